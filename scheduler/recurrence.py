"""On which day, and at which instant: yearly dates, moving calendars, offsets, series, rhythms. Pure.

Days are local days of the contact; an instant is made of a day and an hour only at the very end, in the contact's
zone. An hour that a clock change leaves out moves forward by the gap; one that comes twice is its first coming.
"""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from statistics import median_low
from typing import Literal
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from babel.core import get_global

LeapPolicy = Literal["feb_28", "mar_1", "leap_years"]
"""When somebody born on 29 February has their day in a year without one."""

HijriDay = tuple[int, int, int]
"""Year, month, day."""

EARLIEST, LATEST = timedelta(hours=14), timedelta(hours=-12)
"""How far local midnights of one day lie from UTC's: what a search over all zones must span."""

_MAIN_ZONE = {
    "AR": "America/Argentina/Buenos_Aires", "AU": "Australia/Sydney", "BR": "America/Sao_Paulo",
    "CA": "America/Toronto", "CD": "Africa/Kinshasa", "CL": "America/Santiago", "CN": "Asia/Shanghai",
    "DE": "Europe/Berlin", "ES": "Europe/Madrid", "GB": "Europe/London", "MX": "America/Mexico_City",
    "MY": "Asia/Kuala_Lumpur", "NZ": "Pacific/Auckland", "PT": "Europe/Lisbon", "RU": "Europe/Moscow",
    "TR": "Europe/Istanbul", "UA": "Europe/Kyiv", "US": "America/New_York",
}  # fmt: skip
"""Of countries with several: where most people live."""


# zones


@lru_cache(maxsize=4096)
def zone_of(timezone: str, country: str, phone: str, company: str) -> ZoneInfo:
    """A contact's zone: their own word, else their country's, else their phone number's, else the company's.

    The first five characters of a phone number ("+2135") say enough.
    """
    for name in (timezone, zone_of_country(country), _zone_of_phone(phone)):
        found = _zone(name)
        if found is not None:
            return found
    return ZoneInfo(company)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, KeyError):  # imported data may hold anything
        return None


def zone_of_country(country: str) -> str:
    """The zone of a country (ISO 3166-1 alpha-2), "" where it has several and none is the main one."""
    code = country.strip().upper()
    zones = get_global("territory_zones").get(code, [])
    return _MAIN_ZONE.get(code, "") or (zones[0] if len(zones) == 1 else "")


def _zone_of_phone(phone: str) -> str:
    if not re.fullmatch(r"\+\d{2,15}", phone):
        return ""
    import phonenumbers  # its tables are large, and most contacts have a country
    from phonenumbers.timezone import time_zones_for_geographical_number

    try:
        # A beginning is filled up with an ordinary local number: nought alone belongs to no area.
        number = phonenumbers.parse(phone if len(phone) > 8 else f"{phone}5550123")
    except phonenumbers.NumberParseException:
        return ""
    country = phonenumbers.region_code_for_country_code(number.country_code or 0)
    if country not in _MAIN_ZONE and (zone := zone_of_country(country)):
        return (
            zone  # the library knows Algeria's numbers under Paris: its own word is for large countries alone
        )
    zones = time_zones_for_geographical_number(number)
    unknown = len(zones) != 1 or zones[0] == phonenumbers.timezone.UNKNOWN_TIMEZONE
    return zone_of_country(country) if unknown else str(zones[0])


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A local day and hour as an instant, in UTC."""
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When a local day begins and when the next one does: 23 to 25 hours."""
    return instant(day, time(0), zone), instant(day + timedelta(days=1), time(0), zone)


# yearly


def yearly_days(month: int, day: int, year: int, leap: LeapPolicy) -> date | None:
    """A yearly day in a year; None where there is none. Raises ValueError for a day no year has."""
    if (month, day) == (2, 29) and not isleap(year):
        return {"feb_28": date(year, 2, 28), "mar_1": date(year, 3, 1), "leap_years": None}[leap]
    return date(year, month, day)


def birthdays_on(day: date, leap: LeapPolicy) -> tuple[str, ...]:
    """The birthdays ("02-29") that are kept on a day."""
    kept = [f"{day:%m-%d}"]
    if not isleap(day.year) and yearly_days(2, 29, day.year, leap) == day:
        kept.append("02-29")
    return tuple(kept)


# the Hijri calendar


def from_hijri(year: int, month: int, day: int) -> date:
    """A day of the arithmetical Islamic calendar (30-year cycle, civil epoch).

    The moon that is really seen may come a day or two off: such a day is provisional until a person confirms it.
    """
    if not (1 <= month <= 12 and 1 <= day <= hijri_month_days(year, month)):
        raise ValueError(f"the Hijri calendar has no {year}-{month:02d}-{day:02d}")
    return date.fromordinal(_hijri_ordinal(year, month, day))


def to_hijri(day: date) -> HijriDay:
    year = (30 * (day.toordinal() - _HIJRI_EPOCH) + 10_646) // 10_631
    month = 12
    while month > 1 and _hijri_ordinal(year, month, 1) > day.toordinal():
        month -= 1
    return year, month, day.toordinal() - _hijri_ordinal(year, month, 1) + 1


def hijri_month_days(year: int, month: int) -> int:
    """30 and 29 in turn; the last month of 11 years in 30 has a day more."""
    leap = (11 * year + 14) % 30 < 11
    return 30 if month % 2 or (month == 12 and leap) else 29


def hijri_days_on(day: date) -> tuple[str, ...]:
    """The Hijri anniversaries ("09-30") kept on a day: the 30th of a month that has 29 is kept on the 29th."""
    year, month, number = to_hijri(day)
    kept = [f"{month:02d}-{number:02d}"]
    if number == 29 and hijri_month_days(year, month) == 29:
        kept.append(f"{month:02d}-30")
    return tuple(kept)


_HIJRI_EPOCH = 227_015  # ordinal of 1 Muharram 1: 19 July 622, Gregorian


def _hijri_ordinal(year: int, month: int, day: int) -> int:
    months = 29 * (month - 1) + month // 2
    return _HIJRI_EPOCH + (year - 1) * 354 + (3 + 11 * year) // 30 + months + day - 1


# offsets


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """So long after a day; negative before it. Months first: 31 January and a month is the end of February."""

    months: int = 0
    days: int = 0

    def __str__(self) -> str:
        return f"{self.months:+d}m" if self.months else f"{self.days:+d}d"


def shift(day: date, by: Offset) -> date:
    if by.months:
        index = day.year * 12 + day.month - 1 + by.months
        year, month = divmod(index, 12)
        day = date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    return day + timedelta(days=by.days)


def anchors_of(day: date, by: Offset) -> tuple[date, ...]:
    """All days that `shift` brings to `day`: none, one, or up to four at a month's end."""
    moved = day - timedelta(days=by.days)
    if not by.months:
        return (moved,)
    year, month = divmod(moved.year * 12 + moved.month - 1 - by.months, 12)
    last = monthrange(year, month + 1)[1]
    end_of_month = moved.day == monthrange(moved.year, moved.month)[1]
    days = range(moved.day, last + 1) if end_of_month else range(moved.day, min(moved.day, last) + 1)
    return tuple(date(year, month + 1, number) for number in days)


# series


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Days that recur, as cron says them; weekdays by name. The hour stands apart, so no clock change loses one."""

    month: str = "*"
    day: str = "*"  # "1", "last", "2nd fri"
    week: str = "*"
    weekday: str = "*"  # "mon", "mon-fri"

    def __post_init__(self) -> None:
        if re.search(r"\d", self.weekday):
            raise ValueError(
                f"weekday {self.weekday!r}: write its name (mon, tue, …), numbers mean two things"
            )
        self._trigger()

    def _trigger(self) -> CronTrigger:
        return CronTrigger(
            month=self.month, day=self.day, week=self.week, day_of_week=self.weekday, hour=0, timezone=UTC
        )

    def days(self, first: date, last: date) -> Iterator[date]:
        """The days of the series from `first` to `last`."""
        trigger = self._trigger()
        before = None
        moment = datetime.combine(first, time(0), tzinfo=UTC)
        while (found := trigger.get_next_fire_time(before, moment)) is not None and found.date() <= last:
            yield found.date()
            before, moment = found, found + timedelta(seconds=1)

    def falls_on(self, day: date) -> bool:
        return next(self.days(day, day), None) is not None


# rhythm and lateness


def median_gap(days: Sequence[date]) -> int | None:
    """Days between two orders, the usual case; None until three orders on different days tell a rhythm."""
    known = sorted(set(days))
    gaps = [(later - earlier).days for earlier, later in pairwise(known)]
    return median_low(gaps) if len(gaps) >= 2 else None


def is_late(due_at: datetime, now: datetime, within: timedelta) -> bool:
    """Whether a message's time has gone by for so long that it is better left out."""
    return now - due_at > within
