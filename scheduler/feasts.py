"""The days of feasts, year by year; those that wait for the moon are provisional until a person confirms them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.complaints.feasts import holidays_of
from scheduler.recurrence import from_hijri, to_hijri

FeastName = Literal["eid_al_fitr", "eid_al_adha", "islamic_new_year", "mawlid", "ramadan"]

FEASTS: Mapping[FeastName, tuple[int, int, str]] = {
    "islamic_new_year": (1, 1, "Islamic New Year"),
    "mawlid": (3, 12, "Prophet's Birthday"),
    "ramadan": (9, 1, ""),
    "eid_al_fitr": (10, 1, "Eid al-Fitr"),
    "eid_al_adha": (12, 10, "Eid al-Adha"),
}
"""Hijri month and day, and the name under which the table of public holidays knows it."""

FEAST_WORDS: Mapping[FeastName, Mapping[str, str]] = {
    "islamic_new_year": {"fr": "Nouvel An hégirien", "en": "Islamic New Year", "ar": "رأس السنة الهجرية"},
    "mawlid": {"fr": "Mawlid", "en": "Mawlid", "ar": "المولد النبوي الشريف"},
    "ramadan": {"fr": "Ramadan", "en": "Ramadan", "ar": "شهر رمضان"},
    "eid_al_fitr": {"fr": "Aïd el-Fitr", "en": "Eid al-Fitr", "ar": "عيد الفطر"},
    "eid_al_adha": {"fr": "Aïd el-Adha", "en": "Eid al-Adha", "ar": "عيد الأضحى"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeastDay:
    day: date
    provisional: bool


def feast_days(
    feast: FeastName, year: int, *, country: str = "", confirmed: Mapping[int, date] | None = None
) -> tuple[FeastDay, ...]:
    """The days a feast begins on in a Gregorian year: one, and now and then two or none.

    A confirmed day of that year wins; else the country's table of holidays; else the arithmetical calendar.
    """
    if confirmed and year in confirmed:
        return (FeastDay(day=confirmed[year], provisional=False),)
    month, number, name = FEASTS[feast]
    listed = _listed(name, year, country) if name else ()
    if listed:
        return listed
    first = to_hijri(date(year, 1, 1))[0]
    days = [from_hijri(hijri_year, month, number) for hijri_year in (first, first + 1)]
    return tuple(FeastDay(day=day, provisional=True) for day in days if day.year == year)


def _listed(name: str, year: int, country: str) -> tuple[FeastDay, ...]:
    """First days of the runs of days that bear a feast's name; two feasts of one year lie months apart."""
    try:
        table = holidays_of(country)(year)
    except ValueError:
        return ()
    days = sorted(day for day, feast in table.items() if name in feast.names["en"])
    firsts = [day for at, day in enumerate(days) if at == 0 or (day - days[at - 1]).days > 7]
    return tuple(FeastDay(day=day, provisional=table[day].estimated) for day in firsts)
