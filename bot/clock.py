"""The only reader of time. Everything else takes a `Clock`, or a `now`."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Wall-clock time in aware UTC, which can be shifted (demo and tests) without touching the machine's."""

    def __init__(self) -> None:
        self._shift = timedelta()
        self._shift_ms = 0

    def now(self) -> datetime:
        now = datetime.now(UTC)
        return now + self._shift if self._shift_ms else now

    def epoch_ms(self) -> int:
        """Milliseconds since 1970: the same time, without building a date."""
        return time.time_ns() // 1_000_000 + self._shift_ms

    def monotonic(self) -> float:
        """Seconds that never jump, for time budgets and rates."""
        return time.monotonic()

    @property
    def shift(self) -> timedelta:
        return self._shift

    def advance(self, by: timedelta) -> None:
        """Move this program's time; negative moves it back."""
        self._shift += by
        self._shift_ms = self._shift // timedelta(milliseconds=1)


class ManualClock(Clock):
    """Time that stands still until it is moved, for tests and dry runs."""

    def __init__(self, start: datetime) -> None:
        super().__init__()
        self._now = start
        self._mono = 0.0

    def now(self) -> datetime:
        return self._now

    def epoch_ms(self) -> int:
        return int(self._now.timestamp() * 1000)

    def monotonic(self) -> float:
        return self._mono

    def advance(self, by: timedelta) -> None:
        self._now += by
        self._mono += max(0.0, by.total_seconds())
