"""When a message may go by the contact's own clock: quiet hours, weekdays, holidays. Pure.

Hours are wall-clock times of the contact's zone, so an hour that the change to summer time leaves out is never
waited for, and one that comes twice is quiet both times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

HORIZON_DAYS: Final = 60
"""How far ahead a free moment is looked for."""


def open_every_day(_day: date) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Calm:
    """Hours and days on which nothing goes out. `start` after `end` reaches over midnight."""

    start: time | None = None
    end: time | None = None
    weekdays: frozenset[int] = frozenset(range(7))  # allowed; Monday is 0
    is_open: Callable[[date], bool] = open_every_day  # False on holidays and closures
    window: tuple[time, time] | None = None  # and within these hours of the day alone

    def quiet(self, at: time) -> bool:
        if self.window is not None and not self.window[0] <= at < self.window[1]:
            return True
        if self.start is None or self.end is None or self.start == self.end:
            return False
        if self.start < self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end

    def allows(self, at: datetime, zone: ZoneInfo) -> bool:
        local = at.astimezone(zone)
        return (
            not self.quiet(local.time()) and local.weekday() in self.weekdays and self.is_open(local.date())
        )

    def why(self, at: datetime, zone: ZoneInfo) -> str:
        """quiet_hours, weekday or holiday: what stands against this moment; "" when nothing does."""
        local = at.astimezone(zone)
        if local.weekday() not in self.weekdays:
            return "weekday"
        if not self.is_open(local.date()):
            return "holiday"
        return "quiet_hours" if self.quiet(local.time()) else ""

    def next_allowed(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """`at` itself, or the first allowed moment after it; None when there is none within the horizon."""
        if self.allows(at, zone):
            return at
        for moment in self._openings(at.astimezone(zone).date(), zone):
            if moment > at and self.allows(moment, zone):
                return moment
        return None

    def _openings(self, first: date, zone: ZoneInfo) -> Iterator[datetime]:
        """Every moment at which the day or its loud hours begin, in order."""
        begins = {time(0), self.end} if self.end is not None else {time(0)}
        if self.window is not None:
            begins.add(self.window[0])
        for offset in range(HORIZON_DAYS):
            day = first + timedelta(days=offset)
            yield from sorted(
                datetime.combine(day, begin, tzinfo=zone).replace(fold=fold).astimezone(UTC)
                for begin in begins
                for fold in (0, 1)
            )


@lru_cache(maxsize=1024)
def zone_of(name: str, otherwise: str) -> ZoneInfo:
    """The zone of that IANA name; the other one where it is empty or nobody knows it."""
    try:
        return ZoneInfo(name or otherwise)
    except (KeyError, ValueError, OSError):
        return ZoneInfo(otherwise)
