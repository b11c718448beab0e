"""Builds what works beside the path of a message: complaints, deadlines, the ledger, reports, outreach, upkeep."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from starlette.routing import BaseRoute

from bot.appointment_desk import AppointmentDesk
from bot.appointment_files import AppointmentFiles
from bot.appointment_upkeep import AppointmentUpkeep
from bot.appointment_voice import AppointmentVoice
from bot.behind import Behind, Reporting
from bot.calendar_watch import CalendarWatch
from bot.calendars import Calendars
from bot.campaign_desk import CampaignDesk
from bot.case_voice import CaseVoice
from bot.case_work import CaseTools
from bot.cases import Cases
from bot.clock import Clock
from bot.company import appointments_of, case_rules_of
from bot.config import Config
from bot.contacts_data.desk import CustomerData
from bot.deadline_notices import DeadlineNotices
from bot.deadlines import Deadlines
from bot.delivery import Delivery
from bot.erasure import TIMER as MEDIA_ERASE
from bot.erasure import Erasure
from bot.ids import IdMaker
from bot.inbox.desk import InboxDesk
from bot.indicators import Books
from bot.learning.desk import LearningDesk
from bot.learning.live import LiveFaq
from bot.ledger import ReceiptWatch
from bot.ledger.heads import HeadKeeper
from bot.ledger.sealing import LedgerMeasures, Sealer
from bot.measures import Measures
from bot.media import MediaStore
from bot.notices import Notices
from bot.old_promises import OldPromises
from bot.people import People
from bot.person_export import PersonExport
from bot.plans import House
from bot.prevention import Prevention
from bot.promises import RESUME, Resuming
from bot.recurrence_watch import RecurrenceWatch
from bot.report_sending import WeeklyReport
from bot.rule_desk import RuleDesk
from bot.same_person import SamePersonFinder
from bot.segments import Segments, setting_of
from bot.simulation import House as SimulatedHouse
from bot.simulation_desk import SimulationDesk
from bot.store.port import Store
from bot.tasks import TaskDesk
from bot.templating import Templates
from bot.tracking.building import followed_links
from bot.tracking.pages import TrackingPages
from bot.unsubscribe.building import way_out
from channels.port import Door
from scheduler.clock_loop import Job
from scheduler.deadlines import DeadlineWatch
from scheduler.due import Handler
from scheduler.results.credit import Windows
from scheduler.results.crediting import Crediting

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
        self.rules = RuleDesk(
            store,
            core.templates,
            config,
            clock=clock,
            ids=ids,
            wake=core.delivery.wake,
            text_limits={door.kind: door.capabilities.text_limit for door in core.doors.values()},
            links=self.unsubscribe.links if self.unsubscribe else None,
        )

        book = appointments_of(config)
        voice = AppointmentVoice(config, core.house, book, core.templates, core.doors, ids)
        self.appointments = AppointmentDesk(
            store,
            book,
            core.calendars,
            voice,
            timezone=config.company.timezone,
            clock=clock,
            ids=ids,
            changed=self.changed,
        )
        self.appointment_upkeep = AppointmentUpkeep(
            store, book, core.calendars, voice, core.house, clock=clock, ids=ids, changed=self.changed
        )
        company = config.company
        self.appointment_files = AppointmentFiles(
            store, book, company=company.name, language=company.language
        )
        self.campaigns = CampaignDesk(
            store,
            core.templates,
            config,
            clock=clock,
            ids=ids,
            wake=core.delivery.wake,
            text_limits={door.kind: door.capabilities.text_limit for door in core.doors.values()},
            way_out=self.unsubscribe.links if self.unsubscribe else None,
        )
        self.segments = Segments(store, setting_of(config), clock=clock, ids=ids)
        self.crediting = Crediting(
            store,
            Windows(
                reply=timedelta(days=config.outreach.results.reply_within_days),
                purchase=timedelta(days=config.outreach.results.purchase_within_days),
            ),
            self.rules.ready,
            currency=config.company.currency_code,
            clock=clock,
        )
        self.tasks = TaskDesk(store, clock=clock, ids=ids)
        links = followed_links(config)
        self.tracking = TrackingPages(store, links, clock=clock, ids=ids) if links else None
        self.simulations = SimulationDesk(
            SimulatedHouse(
                config=config,
                templates=core.templates,
                doors=core.doors,
                calendars=core.calendars,
                way_out=self.unsubscribe.links if self.unsubscribe else None,
            ),
            clock=clock,
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
            (30, "appointments", self.appointment_upkeep.tick),
            (60, "plan rules", self.rules.planner.tick),
            (5, "send rules", self.rules.sender.tick),
            (60, "learn of rules", self.rules.sender.learn),
            (60, "results of outreach", self.crediting.tick),
            (1, "campaigns", self.campaigns.tender.tick),
            (30, "learn of campaigns", self.campaigns.tender.learn),
        ]

    def handlers(self) -> dict[str, Handler]:
        """By kind of timer."""
        return {
            MEDIA_ERASE: self.erasure.remove_files,
            RESUME: Resuming(self._core.store, self._core.deadlines).handle,
            **self.cases.handlers(),
            **self.appointment_upkeep.handlers(),
        }

    def routes(self) -> list[BaseRoute]:
        """Pages that customers open by a link."""
        pages = self.unsubscribe.pages.routes() if self.unsubscribe is not None else []
        followed = self.tracking.routes() if self.tracking is not None else []
        return [*pages, *followed, self.appointment_files.route()]

    def changed(self, threads: Collection[tuple[str, str]]) -> None:
        """Conversations know something new, and something may wait to be sent."""
        for account_id, thread in threads:
            self._core.forget(account_id, thread)
        self._core.delivery.wake()
        self._core.tell("outbox")

    def behind(
        self,
        *,
        people: People,
        inbox: InboxDesk,
        customers: CustomerData,
        learning: LearningDesk,
        live_faq: LiveFaq,
        media: MediaStore,
    ) -> Behind:
        """What the API and the console call."""
        return Behind(
            store=self._core.store,
            people=people,
            inbox=inbox,
            calendar_watch=self.calendar_watch,
            cases=self.cases,
            appointments=self.appointments,
            prevention=self.prevention,
            customers=customers,
            learning=learning,
            live_faq=live_faq,
            erasure=self.erasure,
            person_export=self.person_export,
            media=media,
            rules=self.rules,
            campaigns=self.campaigns,
            segments=self.segments,
            confirmations=self.unsubscribe.confirmations if self.unsubscribe else None,
            reporting=self._reporting(),
            tasks=self.tasks,
            simulations=self.simulations,
        )

    def _reporting(self) -> Reporting:
        """What the figures are told from."""
        config, ids = self._core.config, self._core.ids
        return Reporting(config=config, books=Books.of(config), report=self.report, ids=ids)
