"""The company's working calendar: weekdays, several opening windows a day, public holidays, closures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

import holidays as public_holidays

HORIZON_DAYS = 800
"""How far ahead a search looks before it says that the company never opens."""

CountFrom = Literal["day_after", "next_opening"]
"""What the days of a deadline are counted from. source: CO-01"""

_LANGUAGES = {"fr": "fr", "ar": "ar", "en": "en_US"}
_ESTIMATED = "estimated"


class NeverOpen(ValueError):
    """The calendar has no working day or no opening hours to count on; the text says which setting to
    mend.
    """


@dataclass(frozen=True, slots=True)
class Window:
    """One opening window of a day, in local time. `closes` at 00:00 means midnight at the end of the day."""

    opens: time
    closes: time

    def __post_init__(self) -> None:
        if self.opens.tzinfo or self.closes.tzinfo:
            raise ValueError("opening hours are local times without a zone")
        if not self.ends_at_midnight and self.closes <= self.opens:
            raise ValueError(f"opening hours end before they begin: {self.opens:%H:%M}-{self.closes:%H:%M}")

    @property
    def ends_at_midnight(self) -> bool:
        return self.closes == time(0)


@dataclass(frozen=True, slots=True)
class Feast:
    """A public holiday: its names by language, and whether its date waits for the moon."""

    names: Mapping[str, str]
    estimated: bool = False


HolidaysOfYear = Callable[[int], Mapping[date, Feast]]


def no_holidays(_year: int) -> Mapping[date, Feast]:
    return {}


@lru_cache(maxsize=32)
def holidays_of(country: str, region: str = "") -> HolidaysOfYear:
    """Public holidays of a country (ISO 3166-1 alpha-2) and region, by year; offline.

    Raises ValueError for a country or region that isn't known.
    """
    if not country:
        return no_holidays
    try:
        public_holidays.country_holidays(country, subdiv=region or None, years=2026)
    except (NotImplementedError, AttributeError, KeyError) as error:
        place = f"{country} {region}".strip()
        raise ValueError(
            f"no public holidays are known for {place!r}: check company.country, region"
        ) from error

    @lru_cache(maxsize=64)
    def of_year(year: int) -> Mapping[date, Feast]:
        named = {
            ours: public_holidays.country_holidays(
                country, subdiv=region or None, years=year, language=theirs
            )
            for ours, theirs in _LANGUAGES.items()
        }
        return {day: _feast(day, named) for day in named["en"]}

    return of_year


def _feast(day: date, named: Mapping[str, Mapping[date, str]]) -> Feast:
    english = named["en"].get(day, "")
    names = {language: _plain(found.get(day, english)) for language, found in named.items()}
    return Feast(names, estimated=_ESTIMATED in english)


def _plain(name: str) -> str:
    """A name without the library's remark "(estimated)", in whatever language."""
    return "; ".join(part.split(" (")[0] for part in name.split("; "))


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingCalendar:
    """When the company works. Every instant that goes in or comes out is aware; days are local days.

    `special_hours` (Ramadan hours, a Saturday worked) win over everything, then `closures` (empty name:
    the company works although the day is a public holiday, for a moon-sighted feast that moved), then
    holidays, then the week.
    """

    timezone: ZoneInfo
    week: Mapping[
        int, tuple[Window, ...]
    ]  # weekday (Monday 0) -> windows in order; a missing day is not worked
    holidays: HolidaysOfYear = no_holidays
    closures: Mapping[date, str] = field(default_factory=dict)
    special_hours: Mapping[date, tuple[Window, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not any(self.week.values()):
            raise NeverOpen("no working day has opening hours: set company.working_days and opening_hours")
        for windows in (*self.week.values(), *self.special_hours.values()):
            _check_order(windows)

    def windows_on(self, day: date) -> tuple[Window, ...]:
        """The opening windows of a local day, in order; empty when it isn't worked."""
        if day in self.special_hours:
            return self.special_hours[day]
        closed = self.closures[day] if day in self.closures else self._feast_on(day)
        if closed:
            return ()
        return self.week.get(day.weekday(), ())

    def is_working_day(self, day: date) -> bool:
        return bool(self.windows_on(day))

    def closed_because(self, day: date, language: str = "en") -> str:
        """The holiday or closure of a day in words, "" when it is an ordinary one."""
        if day in self.closures:
            return self.closures[day]
        feast = self._feast_on(day)
        return feast.names.get(language, feast.names.get("en", "")) if feast else ""

    def is_provisional(self, day: date) -> bool:
        """Whether a day is closed for a feast whose date is only estimated, and nobody has confirmed or
        moved it.
        """
        feast = self._feast_on(day) if day not in self.closures else None
        return feast is not None and feast.estimated

    def _feast_on(self, day: date) -> Feast | None:
        return self.holidays(day.year).get(day)

    def local_day(self, moment: datetime) -> date:
        return self._local(moment).date()

    def is_open(self, moment: datetime) -> bool:
        return any(start <= moment < end for start, end in self._spans(self.local_day(moment)))

    def next_opening(self, moment: datetime) -> datetime:
        """The next instant at which somebody works: `moment` itself when it is open. Raises `NeverOpen`."""
        for day in self._days_from(self.local_day(moment)):
            for start, end in self._spans(day):
                if moment < end:
                    return max(start, moment).astimezone(UTC)
        raise self._never()

    def nth_working_day(self, after: date, days: int) -> date:
        """The `days`-th working day after a local day, that day not counted; 0 gives the day itself."""
        if days < 0:
            raise ValueError("working days are counted forwards")
        left = days
        for day in self._days_from(after, days):
            if left == 0:
                return day
            left -= self.is_working_day(day + timedelta(days=1))
        raise self._never()

    def opening_of(self, day: date) -> datetime:
        """When a working day begins. Raises `NeverOpen` for a day that isn't worked."""
        return self._instant(day, self._worked(day)[0].opens)

    def closing_of(self, day: date) -> datetime:
        """When a working day ends. Raises `NeverOpen` for a day that isn't worked."""
        return self._end(day, self._worked(day)[-1])

    def add_working_days(self, moment: datetime, days: int, *, at: time | None = None) -> datetime:
        """The n-th working day after `moment`'s local day, at `at` or, where that is closed, at its
        opening.
        """
        day = self.nth_working_day(self.local_day(moment), days)
        if not self.is_working_day(day):
            return self.next_opening(self._instant(day, at or time(0)))
        wanted = self._instant(day, at) if at is not None else self.opening_of(day)
        return wanted if self.is_open(wanted) else self.opening_of(day)

    def _worked(self, day: date) -> tuple[Window, ...]:
        windows = self.windows_on(day)
        if not windows:
            raise NeverOpen(f"{day.isoformat()} is not a working day")
        return windows

    def _local(self, moment: datetime) -> datetime:
        if moment.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return moment.astimezone(self.timezone)

    def _instant(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, tzinfo=self.timezone).astimezone(UTC)

    def _end(self, day: date, window: Window) -> datetime:
        if window.ends_at_midnight:
            return self._instant(day + timedelta(days=1), time(0))
        return self._instant(day, window.closes)

    def _spans(self, day: date) -> list[tuple[datetime, datetime]]:
        return [(self._instant(day, window.opens), self._end(day, window)) for window in self.windows_on(day)]

    def _days_from(self, day: date, extra: int = 0) -> Iterator[date]:
        return (day + timedelta(days=offset) for offset in range(HORIZON_DAYS + 8 * extra))

    def _never(self) -> NeverOpen:
        return NeverOpen(
            f"no opening hours within {HORIZON_DAYS} days: check company.working_days and closures"
        )


def weekly(windows: tuple[Window, ...], days: tuple[int, ...]) -> Mapping[int, tuple[Window, ...]]:
    """The same windows on each of the given weekdays (Monday is 0)."""
    if any(day not in range(7) for day in days):
        raise ValueError("weekdays go from 0 (Monday) to 6 (Sunday)")
    return dict.fromkeys(days, windows)


def _check_order(windows: tuple[Window, ...]) -> None:
    for before, after in pairwise(windows):
        if before.ends_at_midnight or after.opens < before.closes:
            raise ValueError(f"opening hours overlap or are out of order at {after.opens:%H:%M}")
