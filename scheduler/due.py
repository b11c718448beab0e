"""Timers that came due: those of a conversation enter its lane, the others meet their handler."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.measures import Measures
from bot.store.port import DueTimer, Entry, Store, StoreError

log = structlog.get_logger()

Handler = Callable[[DueTimer], Awaitable[timedelta | None]]
"""Does the work; None when it is done, or how long to wait before the next try."""

_BATCH = 500
_AT_ONCE = 8  # handlers at work


class DueTimers:
    """One tick fires everything that is due, the oldest first."""

    def __init__(
        self,
        store: Store,
        handlers: Mapping[str, Handler],
        *,
        hand_on: Callable[[Entry], None],
        clock: Clock,
        measures: Measures,
        group: asyncio.TaskGroup,
    ) -> None:
        self._store = store
        self._handlers = dict(handlers)
        self._hand_on = hand_on
        self._clock = clock
        self._measures = measures
        self._group = group
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def tick(self) -> None:
        while True:
            entries, timers = await self._store.fire_timers(self._clock.now(), _BATCH)
            for entry in entries:
                self._hand_on(entry)
            for timer in timers:
                # Handlers talk to providers: none of them may hold up the next tick.
                self._group.create_task(self._meet(timer))
            if len(entries) + len(timers) < _BATCH:
                return

    async def _meet(self, timer: DueTimer) -> None:
        self._measures.fired(timer.kind, (self._clock.now() - timer.due_at).total_seconds())
        handler = self._handlers.get(timer.kind)
        if handler is None:
            log.error("timer_without_handler", kind=timer.kind, key=timer.key)
            await self._store.settle_timer(timer.id)
            return
        try:
            async with self._places:
                again = await handler(timer)
        except Exception as error:
            log.error("timer_failed", kind=timer.kind, key=timer.key, error=str(error))
            again = timedelta(minutes=min(60, 2**timer.attempts)) if timer.attempts < 8 else None
        again_at = None if again is None else self._clock.now() + again
        try:
            await self._store.settle_timer(timer.id, again_at=again_at)
        except StoreError as error:  # still marked as running: taken up again when this process ends
            log.error("timer_not_settled", key=timer.key, error=str(error))
