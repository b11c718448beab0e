"""How many promotional messages a contact gets at most, over all channels and desks. Pure. source: PR, domain §7

A day is a day of the contact's own calendar, a week is any seven of them in a row. A message is weighed against
what went out and what is planned on both sides of it, so the limits hold whatever the order of planning.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

WEEK_DAYS: Final = 7
REACH: Final = timedelta(days=WEEK_DAYS + 1)
"""How far from a moment other messages can matter, whatever the zone."""

HORIZON_DAYS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """The most in a day, and in any seven days in a row."""

    per_day: int = 1
    per_week: int = 3


Reached = Literal["", "cap_day", "cap_week"]


def reached(cap: Cap, others: Iterable[datetime], at: datetime, zone: ZoneInfo) -> Reached:
    """Which limit one more message at `at` would break, given all the others; "" when none."""
    return _reached_on(cap, _by_day(others, zone), at.astimezone(zone).date())


def next_free(cap: Cap, others: Iterable[datetime], at: datetime, zone: ZoneInfo) -> datetime | None:
    """`at` itself, or the beginning of the first day with room; None when there is none within the horizon."""
    days = _by_day(others, zone)
    first = at.astimezone(zone).date()
    for offset in range(HORIZON_DAYS):
        day = first + timedelta(days=offset)
        if not _reached_on(cap, days, day):
            return at if offset == 0 else _begin(day, zone)
    return None


def _by_day(moments: Iterable[datetime], zone: ZoneInfo) -> Counter[date]:
    return Counter(moment.astimezone(zone).date() for moment in moments)


def _reached_on(cap: Cap, days: Counter[date], day: date) -> Reached:
    if days[day] >= cap.per_day:
        return "cap_day"
    if not days and cap.per_week > 0:  # most contacts, most of the time
        return ""
    for back in range(WEEK_DAYS):
        first = day - timedelta(days=back)
        if sum(days[first + timedelta(days=n)] for n in range(WEEK_DAYS)) >= cap.per_week:
            return "cap_week"
    return ""


def _begin(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day, also where midnight comes twice or not at all."""
    begin = datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC)
    while begin.astimezone(zone).date() < day:
        begin += timedelta(minutes=15)
    return begin
