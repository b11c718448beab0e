"""Public holidays and the month of Ramadan, offline: dates that wait for the moon are estimated until an operator
confirms or moves them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

import holidays as public_holidays
from holidays.groups.islamic import IslamicHolidays
from holidays.holiday_base import HolidayBase

_LANGUAGES = {"fr": "fr", "ar": "ar", "en": "en_US"}
_ESTIMATED = "estimated"


@dataclass(frozen=True, slots=True)
class Feast:
    """A public holiday: its names by language, and whether its date waits for the moon."""

    names: Mapping[str, str]
    estimated: bool = False
    fixed: Mapping[str, str] = field(default_factory=dict)  # what falls on the same day and does not move
    moon: Mapping[str, str] = field(default_factory=dict)  # the part that does


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
    raw = {language: found.get(day, english) for language, found in named.items()}
    names = {language: _plain(name) for language, name in raw.items()}
    if _ESTIMATED not in english:
        return Feast(names, moon=names)
    return Feast(
        names,
        estimated=True,
        fixed={} if _all_estimated(english) else {lang: _parts(name, False) for lang, name in raw.items()},
        moon={language: _parts(name, True) for language, name in raw.items()},
    )


def _all_estimated(english: str) -> bool:
    return all(_ESTIMATED in part for part in english.split("; "))


def _parts(name: str, estimated: bool) -> str:
    """Those parts of a day's name that bear the library's remark, or those that don't."""
    return _plain("; ".join(part for part in name.split("; ") if (" (" in part) is estimated))


def _plain(name: str) -> str:
    """A name without the library's remark "(estimated)", in whatever language."""
    return "; ".join(part.split(" (")[0] for part in name.split("; "))


def moved_holidays(base: HolidaysOfYear, moves: Mapping[date, date]) -> HolidaysOfYear:
    """The holidays with some on another day, or confirmed where they are: no longer estimated."""
    if not moves:
        return base

    @lru_cache(maxsize=64)
    def of_year(year: int) -> Mapping[date, Feast]:
        days = dict(base(year))
        moving = [(old, new, base(old.year)[old]) for old, new in moves.items() if old in base(old.year)]
        for old, _, feast in moving:
            if old.year == year:
                del days[old]
                if feast.fixed:
                    days[old] = Feast(feast.fixed, moon=feast.fixed)
        for _, new, feast in moving:
            if new.year == year:
                days[new] = _with(days.get(new), feast)
        return dict(sorted(days.items()))

    return of_year


def _with(there: Feast | None, feast: Feast) -> Feast:
    if there is None:
        return Feast(feast.moon, moon=feast.moon)
    names = {
        lang: "; ".join(dict.fromkeys([there.names.get(lang, ""), name])) for lang, name in feast.moon.items()
    }
    return Feast(names, estimated=there.estimated, fixed=there.fixed, moon=there.moon)


def span_of(holidays: HolidaysOfYear, day: date) -> tuple[date, date]:
    """The days of the estimated feast that `day` belongs to: neighbours with the same name; else the day alone."""

    def name(other: date) -> str:
        feast = holidays(other.year).get(other)
        return feast.moon.get("en", "") if feast and feast.estimated else ""

    first = last = day
    while name(day) and name(first - timedelta(days=1)) == name(day):
        first -= timedelta(days=1)
    while name(day) and name(last + timedelta(days=1)) == name(day):
        last += timedelta(days=1)
    return first, last


@dataclass(frozen=True, slots=True)
class Ramadan:
    """One month of fasting: from `first` to the day before `feast`, the first day of Eid al-Fitr."""

    first: date
    feast: date
    estimated: bool = True

    def __contains__(self, day: date) -> bool:
        return self.first <= day < self.feast


RamadansOfYear = Callable[[int], tuple[Ramadan, ...]]
"""Those that begin in a year: one, seldom two."""


def no_ramadan(_year: int) -> tuple[Ramadan, ...]:
    return ()


class _FastingMonth(HolidayBase, IslamicHolidays):
    """The two dates that the library knows of Ramadan, whatever the country."""

    country = "Ramadan"

    def __init__(self, year: int) -> None:
        self.first: set[date] = set()
        self.feast: set[date] = set()
        IslamicHolidays.__init__(self, show_estimated=False)
        HolidayBase.__init__(self, years=year)

    def _populate_public_holidays(self) -> None:
        self.first |= self._add_ramadan_beginning_day("Ramadan")
        self.feast |= self._add_eid_al_fitr_day("Eid al-Fitr")


@lru_cache(maxsize=64)
def ramadans_of(year: int) -> tuple[Ramadan, ...]:
    """The months of Ramadan that begin in a year, as computed: each is estimated."""
    feasts = sorted(_FastingMonth(year).feast | _FastingMonth(year + 1).feast)
    return tuple(
        Ramadan(first, next(feast for feast in feasts if feast > first))
        for first in sorted(_FastingMonth(year).first)
    )


def moved_ramadans(base: RamadansOfYear, moves: Mapping[date, date]) -> RamadansOfYear:
    """Ramadan where its first day, or the feast at its end, was confirmed or moved."""

    @lru_cache(maxsize=64)
    def of_year(year: int) -> tuple[Ramadan, ...]:
        return tuple(
            Ramadan(
                moves.get(month.first, month.first),
                moves.get(month.feast, month.feast),
                estimated=not (month.first in moves and month.feast in moves),
            )
            for month in base(year)
        )

    return of_year if moves else base
