"""The days that figures are made for: a week, a month, a quarter, a year, or from a day to a day."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_QUARTER = re.compile(r"(\d{4})-Q([1-4])", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_LONGEST = 3_700  # days


class WrongPeriod(ValueError):
    """The words name no period; the text says how to write one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Local days, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise WrongPeriod(f"the period ends ({self.last}) before it begins ({self.first})")
        if (self.last - self.first).days > _LONGEST:
            raise WrongPeriod("the period is longer than ten years")

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def starts_at(self, zone: tzinfo) -> datetime:
        return _midnight(self.first, zone)

    def ends_at(self, zone: tzinfo) -> datetime:
        """The midnight after the last day."""
        return _midnight(self.last + timedelta(days=1), zone)

    def by_days(self) -> Iterator[Period]:
        """Each day of it."""
        for offset in range(self.days):
            day = self.first + timedelta(days=offset)
            yield Period(first=day, last=day)

    def before(self, periods: int = 1) -> Period:
        """One of the same length, so many periods earlier."""
        back = timedelta(days=self.days * periods)
        return Period(first=self.first - back, last=self.last - back)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def read_period(text: str) -> Period:
    """2026-W47, 2026-10, 2026-Q4, 2026, 2026-11-21 or 2026-11-01..2026-11-21. Raises `WrongPeriod`."""
    text = text.strip()
    try:
        if match := _WEEK.fullmatch(text):
            first = date.fromisocalendar(int(match[1]), int(match[2]), 1)
            return Period(first=first, last=first + timedelta(days=6))
        if match := _MONTH.fullmatch(text):
            return _months(int(match[1]), int(match[2]), 1)
        if match := _QUARTER.fullmatch(text):
            return _months(int(match[1]), 3 * int(match[2]) - 2, 3)
        if _YEAR.fullmatch(text):
            return _months(int(text), 1, 12)
        first_day, dots, last_day = text.partition("..")
        return Period(
            first=date.fromisoformat(first_day), last=date.fromisoformat(last_day if dots else first_day)
        )
    except WrongPeriod:
        raise
    except ValueError:
        raise WrongPeriod(
            f"“{text}” is no period: write 2026-W47, 2026-10, 2026-Q4, 2026 or 2026-11-01..2026-11-21"
        ) from None


def _months(year: int, month: int, count: int) -> Period:
    last_month = month + count - 1
    last = date(year, last_month, monthrange(year, last_month)[1]) if 1 <= last_month <= 12 else None
    if last is None:
        raise ValueError("no such month")
    return Period(first=date(year, month, 1), last=last)


def week_around(day: date, starts: int = 0) -> Period:
    """The week that holds a day; `starts` is its first weekday (Monday is 0)."""
    first = day - timedelta(days=(day.weekday() - starts) % 7)
    return Period(first=first, last=first + timedelta(days=6))


def week_name(period: Period) -> str:
    """The ISO week that holds most of the seven days: "2026-W47"."""
    year, week, _ = (period.first + timedelta(days=3)).isocalendar()
    return f"{year}-W{week:02d}"
