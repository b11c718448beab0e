"""Keeps this process by the newest calendar, and brings open deadlines and planned follow-ups after it.

Every deadline bears the version of the calendar it was reckoned by. After a change (or a start with another
configuration) those with an old version are reckoned again, each by one process, wherever it was interrupted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.calendars import Calendars, changes_in_force
from bot.clock import Clock
from bot.complaints.calendar import NeverOpen
from bot.deadline_notices import Context, DeadlineNotices
from bot.deadlines import OPEN, Deadlines
from bot.dialogue.registration import FOLLOWUP, followup_key
from bot.old_promises import OldPromises
from bot.records import Case, DeadlineRow, Timer
from bot.records.base import table_of
from bot.store.port import Store

log = structlog.get_logger()

_rows = table_of(DeadlineRow).c
_cases = table_of(Case).c
_timers = table_of(Timer).c

_BATCH = 200
_LOOK_S = 5.0


class CalendarWatch:
    """`follows`: whether this process reckons deadlines again (the scheduler's part), or only reads along."""

    def __init__(
        self,
        store: Store,
        calendars: Calendars,
        deadlines: Deadlines,
        notices: DeadlineNotices,
        old: OldPromises,
        *,
        clock: Clock,
        follows: bool,
        tell: Callable[[str], None],
    ) -> None:
        self._store = store
        self.calendars = calendars
        self._deadlines = deadlines
        self._notices = notices
        self._old = old
        self._clock = clock
        self._follows = follows
        self._tell = tell
        self._turn = asyncio.Lock()

    async def begin(self) -> None:
        """Before anything else works: the calendar in force, and what was promised by another."""
        await self.refresh()
        if self._follows:
            await self._promise_old_cases()
            await self._follow()

    async def _promise_old_cases(self) -> None:
        for promise in (self._old.treat, self._old.answer):
            last = ""
            while True:
                work = partial(promise, after=last, now=self._clock.now())
                if not (last := await self._store.write(work)):
                    break

    async def run(self) -> None:
        """Look for changes now and then: a word of another process may get lost."""
        while True:
            await asyncio.sleep(_LOOK_S)
            try:
                await self.refresh()
            except Exception as error:  # whatever it is, the next look must come
                log.error("calendar_not_looked_at", error=str(error), kind=type(error).__name__)

    async def changed(self) -> None:
        """This process has written a change: put it in force here, and tell the others."""
        await self.refresh()
        self._tell("calendar")

    async def refresh(self) -> None:
        """Put the changes of operators in force; open deadlines follow."""
        async with self._turn:
            if not self.calendars.use(await self._store.read(changes_in_force)):
                return
            log.info("calendar_changed", version=self.calendars.company.version)
            if self._follows:
                await self._follow()

    async def _follow(self) -> None:
        last, moved = "", 0
        while True:
            now = self._clock.now()
            after = last

            def step(session: Session, now: datetime = now, after: str = after) -> tuple[str, int]:
                return self._follow_batch(session, after, now)

            last, count = await self._store.write(step)
            moved += count
            if not last:
                break
        followups = await self._store.write(lambda session: self._follow_up(session, self._clock.now()))
        if moved or followups:
            log.info("deadlines_moved", deadlines=moved, followups=followups)

    def _follow_batch(self, session: Session, after: str, now: datetime) -> tuple[str, int]:
        rows = list(
            session.scalars(
                select(DeadlineRow)
                .where(
                    _rows.status.in_(OPEN),
                    _rows.calendar_version.not_in(self.calendars.versions),
                    _rows.id > after,
                )
                .order_by(_rows.id)
                .limit(_BATCH)
                .with_for_update(skip_locked=True)
            )
        )
        context = Context(session, rows, now)
        moved = [row for row in rows if self._moves(session, row, now)]
        for row in moved:
            self._notices.moved(context, row)
            self._move_safety_net(session, context.reference(row), row)
        self._notices.flush(context)
        return rows[-1].id if rows else "", len(moved)

    def _moves(self, session: Session, row: DeadlineRow, now: datetime) -> bool:
        try:
            return self._deadlines.recompute(session, row, at=now)
        except ValueError as error:  # NeverOpen, or a rule that can't be read: its neighbours follow
            log.error("deadline_stays", key=row.key, error=str(error))
            row.calendar_version = self.calendars.of(row.rule.get("hours_of", "")).version
            return False

    def _move_safety_net(self, session: Session, reference: str, row: DeadlineRow) -> None:
        """The check some days after the due date of a complaint stays some days after it."""
        if row.kind != "resolution":
            return
        at = self._followup_at(row.due_at)
        timer = session.scalar(
            select(Timer).where(_timers.key == followup_key(reference), _timers.status == "waiting")
        )
        if at is not None and timer is not None and timer.payload.get("check"):
            timer.due_at = at

    def _followup_at(self, moment: datetime) -> datetime | None:
        """Some working days later; None where there are none any more."""
        rules = self._deadlines.rules
        try:
            return self.calendars.company.add_working_days(moment, rules.followup_days, at=rules.followup_at)
        except NeverOpen as error:
            log.error("followup_stays", error=str(error))
            return None

    def _follow_up(self, session: Session, now: datetime) -> int:
        """The re-contact some working days after an answer."""
        moved = 0
        planned = session.execute(
            select(_timers.id, _timers.due_at, _timers.payload, _cases.answered_at)
            .join(table_of(Case), _cases.reference == _timers.payload["reference"].as_string())
            .where(
                _timers.kind == FOLLOWUP,
                _timers.status == "waiting",
                _cases.answered_at.is_not(None),
                ~_cases.closed,
            )
        )
        for timer in planned.all():
            at = self._followup_at(timer.answered_at)
            if (
                at is not None
                and at != timer.due_at
                and at > now
                and "tries" not in timer.payload
                and "check" not in timer.payload
            ):
                session.execute(update(table_of(Timer)).where(_timers.id == timer.id).values(due_at=at))
                moved += 1
        return moved
