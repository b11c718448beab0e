"""Growing, jittered pauses for loops that must never give up and never hammer."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable

Sleep = Callable[[float], Awaitable[None]]


class Backoff:
    """Pauses between `first_s` and `most_s`, doubled at each failure; jitter keeps many accounts apart."""

    def __init__(self, sleep: Sleep, *, first_s: float = 1.0, most_s: float = 30.0) -> None:
        self._sleep = sleep
        self._first_s = first_s
        self._most_s = most_s
        self._failures = 0

    def reset(self) -> None:
        self._failures = 0

    async def pause(self, *, at_least_s: float = 0.0) -> None:
        """Sleep for the next pause, or for `at_least_s` where that is longer."""
        full_s = min(self._most_s, self._first_s * 2 ** min(self._failures, 16))
        self._failures += 1
        await self._sleep(max(at_least_s, full_s * random.uniform(0.5, 1.0)))
