"""What a period of a rule means at a given now: instants, days, or days of any year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from scheduler.segments.tree import Between, Calendar, Last, Next, Older, Period, Unit

_INSTANT: Final = timedelta(microseconds=1)
_DAY: Final = timedelta(days=1)
_YEAR_DAYS: Final = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Where the fifths of all buyers begin: a class -> the least value that belongs to it or a better one.

    A class that nobody reaches, as among buyers who are all alike, is missing.
    """

    recency: Mapping[int, datetime] = field(default_factory=dict)
    frequency: Mapping[int, int] = field(default_factory=dict)
    spending: Mapping[int, int] = field(default_factory=dict)  # thousandths of the currency


@dataclass(frozen=True, kw_only=True)
class Moment:
    """When, where and among whom a rule is looked at."""

    now: datetime
    zone: ZoneInfo  # the company's
    week_starts: int = 0  # Monday 0 … Sunday 6
    currency: str = "EUR"  # of the classes of amount
    bounds: Bounds = Bounds()

    @cached_property
    def today(self) -> date:
        """The company's day."""
        return self.now.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Instants from `start` (included) to `end` (left out); None leaves a side open."""

    start: datetime | None
    end: datetime | None

    def holds(self, at: datetime) -> bool:
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Days from `first` to `last`, both included; None leaves a side open."""

    first: date | None
    last: date | None

    def holds(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


def span(period: Period, moment: Moment) -> Span:
    """The instants a period means. What is counted back from now ends now, and begins with a whole day."""
    if isinstance(period, Last):
        return Span(
            start=_begins(back(moment.today, period.count, period.unit), moment), end=moment.now + _INSTANT
        )
    if isinstance(period, Next):
        last = forward(moment.today, period.count, period.unit)
        return Span(start=moment.now, end=_begins(after(last), moment))
    if isinstance(period, Older):
        return Span(start=None, end=_begins(back(moment.today, period.count, period.unit), moment))
    covered = days(period, moment.today, moment.week_starts)
    return Span(
        start=None if covered.first is None else _begins(covered.first, moment),
        end=None if covered.last is None else _begins(after(covered.last), moment),
    )


def days(period: Period, today: date, week_starts: int = 0) -> Days:
    """The days a period means, for one whose day it is."""
    if isinstance(period, Last):
        return Days(first=back(today, period.count, period.unit), last=today)
    if isinstance(period, Next):
        return Days(first=today, last=forward(today, period.count, period.unit))
    if isinstance(period, Older):
        return Days(first=None, last=back(today, period.count, period.unit) - _DAY)
    if isinstance(period, Between):
        return Days(first=period.start, last=period.end)
    return _calendar(period, today, week_starts)


def _calendar(period: Calendar, today: date, week_starts: int) -> Days:
    if period.unit == "day":
        day = today + period.offset * _DAY
        return Days(first=day, last=day)
    if period.unit == "week":
        first = today - ((today.weekday() - week_starts) % 7) * _DAY + 7 * period.offset * _DAY
        return Days(first=first, last=first + 6 * _DAY)
    first = today.replace(day=1) if period.unit == "month" else today.replace(month=1, day=1)
    first = forward(first, period.offset, period.unit) if period.offset >= 0 else back(first, 1, period.unit)
    return Days(first=first, last=forward(first, 1, period.unit) - _DAY)


def yeardays(period: Period, today: date, week_starts: int = 0) -> frozenset[str] | None:
    """The days of any year ("03-05") a period touches; None for all of them.

    Where a year has no 29 February, those born on it have their day on the 28th.
    """
    covered = days(period, today, week_starts)
    if covered.first is None or covered.last is None or (covered.last - covered.first).days >= _YEAR_DAYS:
        return None
    found = set()
    day = covered.first
    while True:
        found.add(f"{day:%m-%d}")
        if (day.month, day.day) == (2, 28) and (day + _DAY).month == 3:
            found.add("02-29")
        if day == covered.last:
            return frozenset(found)
        day += _DAY


def born_by(years: int, today: date) -> date:
    """The last birthday of those who are `years` old or more."""
    return back(today, years, "year") if years <= today.year - 1 else date.min


def back(day: date, count: int, unit: Unit) -> date:
    """So much earlier; the end of a month where it has no such day, the calendar's first day at the earliest."""
    return _moved(day, -count, unit)


def forward(day: date, count: int, unit: Unit) -> date:
    return _moved(day, count, unit)


def _moved(day: date, count: int, unit: Unit) -> date:
    if unit in ("day", "week"):
        try:
            return day + count * (7 if unit == "week" else 1) * _DAY
        except OverflowError:
            return date.min if count < 0 else date.max
    months = day.year * 12 + day.month - 1 + count * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    if not 1 <= year <= 9998:
        return date.min if year < 1 else date.max
    return date(year, month + 1, min(day.day, _month_days(year, month + 1)))


def _month_days(year: int, month: int) -> int:
    return (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days


def after(day: date) -> date:
    return day if day == date.max else day + _DAY


def _begins(day: date, moment: Moment) -> datetime:
    """The first instant of a day. Days nobody lives in, at either end of the calendar, have none that is exact."""
    if not 2 <= day.year <= 9998:
        return datetime(max(2, min(day.year, 9998)), 1, 1, tzinfo=UTC)
    return datetime.combine(day, time(), moment.zone).astimezone(UTC)


@lru_cache(maxsize=64)
def zones_by_day(now: datetime) -> Mapping[date, tuple[str, ...]]:
    """The time zones of the world by the day it is there."""
    found: dict[date, list[str]] = {}
    for name in sorted(available_timezones()):
        found.setdefault(now.astimezone(ZoneInfo(name)).date(), []).append(name)
    return {day: tuple(names) for day, names in found.items()}


def thousandths(value: Decimal) -> int:
    """An amount as a whole number, which both databases add up and compare alike."""
    return int((value * 1000).to_integral_value())
