"""Deadlines whose instant has come: a warning, a breach, an escalation. Each happens once, in one transaction.

The breach bears the due instant, whatever the hour at which it was seen. The cost of a look hangs on how many are due,
not on how many are open: an index holds the next instant of those that run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.complaints.watching import next_step
from bot.deadline_notices import Context, DeadlineNotices
from bot.deadlines import NEVER, Deadlines
from bot.measures import Measures
from bot.records import DeadlineRow
from bot.records.base import table_of
from bot.store.port import Records

log = structlog.get_logger()

_table = table_of(DeadlineRow)
_rows = _table.c

SWEEP_S = 1.0
"""How long it sleeps at most; less when it knows of an earlier instant."""
_LEAST_S = 0.02  # what falls due closer together is told together
_BATCH = 500

_next = {"next_at": bindparam("to_next_at"), "version": _rows.version + 1}
_of_row = update(_table).where(_rows.id == bindparam("row_id"))
_WARN = _of_row.values(warned_at=bindparam("to_warned_at"), **_next)
_BREACH = _of_row.values(breached_at=bindparam("to_breached_at"), level=bindparam("to_level"), **_next)


class DeadlineWatch:
    """Any number of processes may look at the same time: each row is taken by one of them."""

    def __init__(
        self,
        store: Records,
        deadlines: Deadlines,
        notices: DeadlineNotices,
        *,
        clock: Clock,
        measures: Measures,
    ) -> None:
        self._store = store
        self._deadlines = deadlines
        self._notices = notices
        self._clock = clock
        self._measures = measures
        self._woken = asyncio.Event()

    async def run(self) -> None:
        """Look at each instant that is known, and every second for those that are not."""
        while True:
            wait_s = SWEEP_S
            try:
                wait_s = await self.tick()
            except Exception as error:  # whatever it is, the next look must come
                log.error("deadlines_not_looked_at", error=str(error), kind=type(error).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._woken.wait()
            self._woken.clear()

    async def wake(self) -> None:
        """Look now: the clock may have jumped."""
        self._woken.set()

    async def tick(self) -> float:
        """Tell of everything that is due now; seconds until the next look."""
        while True:
            next_at = await self._next_at()
            if next_at is None:
                return SWEEP_S
            left_s = (next_at - self._clock.now()).total_seconds()
            if left_s > 0:
                return min(SWEEP_S, max(left_s, _LEAST_S))
            await self._fire()

    async def _next_at(self) -> datetime | None:
        query = select(_rows.next_at).where(_rows.status == "running").order_by(_rows.next_at).limit(1)
        found = await self._store.fetch_all(query)
        return found[0].next_at if found else None

    async def _fire(self) -> None:
        """One batch, the oldest instant first."""
        now = self._clock.now()
        instants = await self._store.write(lambda session: self._fire_batch(session, now))
        durable = self._clock.now()
        for instant in instants:
            self._measures.fired("deadline", (durable - instant).total_seconds())

    def _fire_batch(self, session: Session, now: datetime) -> list[datetime]:
        rows = session.execute(
            select(
                _rows.id,
                _rows.kind,
                _rows.case_id,
                _rows.conversation_id,
                _rows.desk_id,
                _rows.due_at,
                _rows.explanation,
                _rows.rule,
                _rows.breached_at,
                _rows.level,
                _rows.version,
                _rows.next_at,
            )
            .where(_rows.status == "running", _rows.next_at <= now)
            .order_by(_rows.next_at)
            .limit(_BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        if rows:
            self._step_all(session, rows, now)
        return [row.next_at for row in rows]

    def _step_all(self, session: Session, rows: Sequence[Any], now: datetime) -> None:
        rules = self._deadlines.rules
        chain = [step.after for step in rules.escalation]
        context = Context(session, rows, now)
        warned: list[dict[str, Any]] = []
        breached: list[dict[str, Any]] = []
        for row in rows:
            calendar = self._deadlines.calendars.of(row.rule.get("hours_of", ""))
            step = next_step(now, row.due_at, chain, calendar)
            again = {"row_id": row.id, "to_next_at": step.next_at or NEVER}
            if step.told == "due_soon":
                warned.append({**again, "to_warned_at": row.next_at})
                self._notices.warn(context, row)
                continue
            breached.append(
                {**again, "to_breached_at": row.breached_at or row.due_at, "to_level": step.level}
            )
            for level in range(row.level + 1, step.level + 1):
                self._notices.overdue(context, row, level)
        for statement, values in ((_WARN, warned), (_BREACH, breached)):
            if values:
                session.connection().execute(statement, values)
        self._notices.flush(context)
