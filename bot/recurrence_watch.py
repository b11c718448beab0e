"""Once a day: what complaints have in common is held against what is usual. source: CO-25, CO-09, E19"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import structlog
from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from bot import indicator_queries as queries
from bot.clock import Clock
from bot.complaints.recurrence import (
    MIN_HISTORY,
    Cell,
    Recurrence,
    RecurrenceRules,
    find_recurrences,
    overlaps,
    plain,
)
from bot.config import Config
from bot.ids import IdMaker
from bot.job_slots import has_run, latest_slot, take_slot
from bot.records import AuditEntry, Case, CaseLink, PreventiveAction
from bot.records.base import table_of
from bot.report_queries import RECURRENCE
from bot.store import changes
from bot.store.port import Store

log = structlog.get_logger()

JOB = "recurrences"
MOST_CASES = 500  # linked to one action
_DAY = timedelta(days=1)
_cases = table_of(Case).c
_actions = table_of(PreventiveAction).c

_REASONS: Mapping[str, tuple[str, str]] = {
    "fr": ("{title}\u202f: {cases} réclamations en {days} jours", ", d’habitude {usual}"),
    "en": ("{title}: {cases} complaints in {days} days", ", usually {usual}"),
    "ar": ("{title}: عدد الشكاوى {cases}، عدد الأيام {days}", "، المعتاد {usual}"),
}

TellDesk = Callable[[Session, str, str, str, datetime | None], None]


def rules_of(config: Config) -> RecurrenceRules:
    settings = config.complaints.recurrence
    return RecurrenceRules(
        history_windows=settings.history_windows,
        false_alarms=settings.false_alarms,
        min_cases=settings.min_cases,
        max_findings=settings.max_a_day,
        few_cases=settings.few.cases,
    )


class RecurrenceWatch:
    """Raises one alert and proposes one preventive action for each recurrence; on one process at a time."""

    def __init__(
        self,
        store: Store,
        config: Config,
        *,
        clock: Clock,
        ids: IdMaker,
        tell_desk: TellDesk,
    ) -> None:
        settings = config.complaints.recurrence
        self._store = store
        self._clock = clock
        self._ids = ids
        self._tell_desk = tell_desk
        self._rules = rules_of(config)
        self._zone = config.company.zone
        self._at: time = settings.at
        self._desk = config.complaints.desk
        self._language = config.company.language
        self._enabled = settings.enabled
        self._window = settings.window_days * _DAY
        self._few_window = settings.few.days * _DAY
        self._cooldown = settings.cooldown_days * _DAY
        self._action_days = settings.action_days * _DAY
        self._last: datetime | None = None

    async def tick(self) -> None:
        """Look, where today's look is still to come."""
        slot = latest_slot(self._clock.now(), self._at, self._zone)
        if not self._enabled or slot == self._last:
            return
        if not await self._store.read(lambda session: has_run(session, JOB, slot)):
            await self.look(slot)
        self._last = slot

    async def look(self, slot: datetime) -> list[str]:
        """Hold the windows that end at `slot` against those before; the keys of the actions proposed."""
        found, window = await self._find(slot)
        now = self._clock.now()
        keys = await self._store.write(lambda session: self._announce(session, slot, found, window, now))
        if keys:
            log.warning("recurrences_found", count=len(keys))
        return keys

    async def _find(self, end: datetime) -> tuple[list[Recurrence], timedelta]:
        first = await self._store.read(queries.first_complaint_at)
        if first is None or first >= end:
            return [], self._window
        history = int((end - first) / self._window) - 1
        few = history < MIN_HISTORY
        window = self._few_window if few else self._window
        counts = await self._store.read(
            lambda session: list(
                queries.recurrence_counts(session, end, window, 0 if few else self._rules.history_windows)
            )
        )
        return find_recurrences(counts, self._rules, history=0 if few else history), window

    def _announce(
        self, session: Session, slot: datetime, found: Sequence[Recurrence], window: timedelta, now: datetime
    ) -> list[str]:
        """All of a day in the transaction that takes its slot: a crash repeats nothing and loses nothing."""
        if not take_slot(session, JOB, slot, owner="scheduler"):
            return []
        keys = []
        for each in found:
            if not self._is_known(session, each.cell, slot, window, now):
                keys.append(self._propose(session, each, slot, window, now))
        return keys

    def _is_known(
        self, session: Session, cell: Cell, end: datetime, window: timedelta, now: datetime
    ) -> bool:
        """Announced not long ago: its new cases join the action that stands."""
        recent = session.scalars(
            select(PreventiveAction).where(
                _actions.key.startswith(RECURRENCE), _actions.created_at > now - self._cooldown
            )
        )
        for action in recent:
            stands = Cell(product=plain(action.product), zone=plain(action.zone), cause=plain(action.cause))
            if overlaps(stands, cell):
                if action.status == "open" and stands.holds(cell):
                    self._join(session, action, _case_ids(session, cell, end - window, end), now)
                return True
        return False

    def _propose(
        self, session: Session, found: Recurrence, end: datetime, window: timedelta, now: datetime
    ) -> str:
        start = end - window
        cases = _case_ids(session, found.cell, start, end)
        shown = _as_written(session, cases, found.cell)
        since = start.astimezone(self._zone).date()
        key = f"{RECURRENCE}{found.cell.product}:{found.cell.zone}:{found.cell.cause}:{since.isoformat()}"
        title = ", ".join(part for part in (shown.product, shown.zone, shown.cause) if part)
        action = PreventiveAction(
            id=self._ids.new(),
            key=key,
            title=title,
            product=shown.product,
            zone=shown.zone,
            cause=shown.cause,
            cases=[],
            due_on=self._due_on(now),
            created_by="bot",
            created_at=now,
        )
        session.add(action)
        self._join(session, action, cases, now)
        session.add(
            AuditEntry(
                id=self._ids.new(),
                at=now,
                actor="bot",
                action="recurrence_found",
                object_kind="preventive_action",
                object_id=action.id,
                detail={
                    "rule": found.rule,
                    "cases": found.cases,
                    "usual": round(found.usual, 2),
                    "chance": found.chance,
                    "since": since.isoformat(),
                },
            )
        )
        self._alert(session, key, title, found, window, now)
        return key

    def _alert(
        self,
        session: Session,
        key: str,
        title: str,
        found: Recurrence,
        window: timedelta,
        now: datetime,
    ) -> None:
        words, usual = _REASONS[self._language], f"{found.usual:.1f}"
        reason = words[0].format(title=title, cases=found.cases, days=window.days)
        if found.rule == "rise":
            reason += words[1].format(usual=usual if self._language == "en" else usual.replace(".", ","))
        fresh = changes.raise_alert(
            session,
            self._ids.new(),
            key=key,
            kind="recurrence",
            desk_id=self._desk,
            reason=reason,
            now=now,
        )
        if fresh:
            self._tell_desk(session, self._desk, key, reason, None)

    def _due_on(self, now: datetime) -> date:
        return (now + self._action_days).astimezone(self._zone).date()

    def _join(self, session: Session, action: PreventiveAction, cases: list[str], now: datetime) -> None:
        """Put cases to an action, and link each to its first one."""
        fresh = [case_id for case_id in cases if case_id not in action.cases]
        if not fresh:
            return
        action.cases = [*action.cases, *fresh][:MOST_CASES]
        first = action.cases[0]
        links = table_of(CaseLink).c
        linked = set(session.scalars(select(links.other_id).where(links.case_id == first)))
        for case_id in fresh:
            if case_id != first and case_id not in linked:
                session.add(
                    CaseLink(
                        id=self._ids.new(),
                        case_id=first,
                        other_id=case_id,
                        kind="recurrence",
                        note=action.key,
                        created_by="bot",
                        created_at=now,
                    )
                )


def _case_ids(session: Session, cell: Cell, start: datetime, end: datetime) -> list[str]:
    """The complaints of a cell, oldest first. Names are compared as `plain` makes them, so not in SQL."""
    rows = session.execute(
        select(_cases.id, _cases.product, _cases.zone, _cases.cause)
        .where(queries.COUNTED, _cases.received_at >= start, _cases.received_at < end)
        .order_by(_cases.received_at, _cases.id)
    )
    return [row.id for row in rows if cell.holds(_cell_of(row))][:MOST_CASES]


def _cell_of(row: Any) -> Cell:
    return Cell(product=plain(row.product), zone=plain(row.zone), cause=plain(row.cause))


def _as_written(session: Session, cases: list[str], cell: Cell) -> Cell:
    """The cell's names as people write them most."""

    def usual(column: Any, wanted: str) -> str:
        if not wanted:
            return ""
        rows = session.execute(
            select(column, func.count())
            .where(and_(_cases.id.in_(cases), column != ""))
            .group_by(column)
            .order_by(func.count().desc(), column)
        )
        return next((str(name) for name, _ in rows if plain(str(name)) == wanted), wanted)

    return Cell(
        product=usual(_cases.product, cell.product),
        zone=usual(_cases.zone, cell.zone),
        cause=usual(_cases.cause, cell.cause),
    )
