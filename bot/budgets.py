"""Time budgets for many short waits: one look a second at all of them costs less than a timer for each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from bot.clock import Clock

T = TypeVar("T")

_LOOK_EVERY_S = 0.5


class Budgets:
    """Cuts awaits that take too long, to about half a second. `run` must be running."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[asyncio.Task[Any], float] = {}

    async def within(self, seconds: float, work: Awaitable[T]) -> T:
        """Await `work`. Raises `TimeoutError` once it has taken `seconds`."""
        task = asyncio.current_task()
        if task is None or task in self._until:
            raise RuntimeError("a task has one budget at a time")
        self._until[task] = self._clock.monotonic() + seconds
        try:
            return await work
        except asyncio.CancelledError:
            if task not in self._until:  # cut by us, not by our caller
                task.uncancel()
                raise TimeoutError from None
            raise
        finally:
            self._until.pop(task, None)

    async def run(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            self.cut()

    def cut(self) -> None:
        """Cancel whatever is over its budget."""
        now = self._clock.monotonic()
        for task in [task for task, until in self._until.items() if until < now]:
            del self._until[task]
            task.cancel()
