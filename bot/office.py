"""Builds what works beside the path of a message: complaints, deadlines, the ledger, reports, rules, upkeep."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.calendar_watch import CalendarWatch
from bot.calendars import Calendars
from bot.case_voice import CaseVoice
from bot.case_work import CaseTools
from bot.cases import Cases
from bot.clock import Clock
from bot.company import case_rules_of
from bot.config import Config
from bot.deadline_notices import DeadlineNotices
from bot.deadlines import Deadlines
from bot.delivery import Delivery
from bot.erasure import TIMER as MEDIA_ERASE
from bot.erasure import Erasure
from bot.ids import IdMaker
from bot.indicators import Books
from bot.ledger import ReceiptWatch
from bot.ledger.heads import HeadKeeper
from bot.ledger.sealing import LedgerMeasures, Sealer
from bot.measures import Measures
from bot.media import MediaStore
from bot.notices import Notices
from bot.old_promises import OldPromises
from bot.person_export import PersonExport
from bot.plans import House
from bot.prevention import Prevention
from bot.promises import RESUME, Resuming
from bot.recurrence_watch import RecurrenceWatch
from bot.report_sending import WeeklyReport
from bot.rule_desk import RuleDesk
from bot.same_person import SamePersonFinder
from bot.segments import Segments, setting_of
from bot.store.port import Store
from bot.templating import Templates
from bot.unsubscribe.building import way_out
from channels.port import Door
from scheduler.clock_loop import Job
from scheduler.deadlines import DeadlineWatch
from scheduler.due import Handler

if TYPE_CHECKING:
    from bot.api.indicators import Reporting

_STUCK_AFTER_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """What all parts of the program share."""

    config: Config
    demo: bool
    store: Store
    clock: Clock
    ids: IdMaker
    measures: Measures
    templates: Templates
    doors: Mapping[str, Door]
    delivery: Delivery
    house: House
    calendars: Calendars
    deadlines: Deadlines
    forget: Callable[[str, str], None]
    tell: Callable[[str], None]


class Office:
    """The parts, the jobs that run by the clock, and the handlers of timers."""

    def __init__(self, core: Core) -> None:
        config, store, clock, ids = core.config, core.store, core.clock, core.ids
        self._core = core
        notices = Notices(core.house, core.templates, core.doors, ids, clock)
        tools = CaseTools(
            ids=ids,
            house=core.house,
            voice=CaseVoice(core.house, core.templates, core.doors, ids),
            notices=notices,
            deadlines=core.deadlines,
            rules=case_rules_of(config),
        )
        self.cases = Cases(store, tools, core.delivery, clock=clock, forget=core.forget, tell=core.tell)
        self.prevention = Prevention(store, clock=clock, ids=ids)
        self.watch = ReceiptWatch(
            store,
            clock=clock,
            ids=ids,
            desk=config.complaints.desk,
            stuck_after_s=_STUCK_AFTER_S,
            tell_desk=notices.tell_desk,
        )
        self.heads = HeadKeeper.of(config)
        self.sealer = Sealer(
            store,
            self.heads,
            clock=clock,
            head_every=timedelta(seconds=config.ledger.head_every_s),
            measures=LedgerMeasures(core.measures.registry),
        )
        self.erasure = Erasure(
            store, self.heads, clock=clock, ids=ids, media=config.media.folder, forget=core.forget
        )
        self.person_export = PersonExport(
            store,
            config.database.url,
            MediaStore(config.media.folder, config.media.max_bytes),
            company=config.company.name,
            clock=clock,
            ids=ids,
        )
        self.same_person = SamePersonFinder(store, country=config.company.country, clock=clock, ids=ids)
        deadline_notices = DeadlineNotices(notices, core.deadlines, ids)
        self.deadline_watch = DeadlineWatch(
            store, core.deadlines, deadline_notices, clock=clock, measures=core.measures
        )
        self.calendar_watch = CalendarWatch(
            store,
            core.calendars,
            core.deadlines,
            deadline_notices,
            OldPromises(core.deadlines, ids),
            clock=clock,
            follows="scheduler" in config.roles,
            tell=core.tell,
        )
        self.recurrences = RecurrenceWatch(store, config, clock=clock, ids=ids, tell_desk=notices.tell_desk)
        self.report = WeeklyReport(store, config, core.templates, clock=clock, ids=ids)
        self.rules = RuleDesk(
            store,
            core.templates,
            config,
            clock=clock,
            ids=ids,
            wake=core.delivery.wake,
            text_limits={door.kind: door.capabilities.text_limit for door in core.doors.values()},
        )

        self.segments = Segments(store, setting_of(config), clock=clock, ids=ids)
        self.unsubscribe = way_out(
            config,
            store,
            core.templates,
            core.doors,
            clock=clock,
            ids=ids,
            wake=core.delivery.wake,
            demo=core.demo,
        )

    def jobs(self) -> list[tuple[float, str, Job]]:
        """Seconds between two runs, name, work."""
        return [
            (1, "deadlines", self.deadline_watch.wake),
            (1, "receipts", self.watch.tick),
            (1, "ledger", self.sealer.tick),
            (5, "stuck", self.watch.find_stuck),
            (10, "same person", self.same_person.tick),
            (30, "recurrences", self.recurrences.tick),
            (30, "weekly report", self.report.tick),
            (60, "plan rules", self.rules.planner.tick),
            (5, "send rules", self.rules.sender.tick),
            (60, "learn of rules", self.rules.sender.learn),
        ]

    def handlers(self) -> dict[str, Handler]:
        """By kind of timer."""
        return {
            MEDIA_ERASE: self.erasure.remove_files,
            RESUME: Resuming(self._core.store, self._core.deadlines).handle,
            **self.cases.handlers(),
        }

    def reporting(self) -> Reporting:
        """What the API tells figures from."""
        from bot.api.indicators import Reporting

        config, ids = self._core.config, self._core.ids
        return Reporting(config=config, books=Books.of(config), report=self.report, ids=ids)
