"""When an appointment is, in the contact's language and by the contact's own clock."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import get_timezone_location

_JOINS = {"fr": " à ", "en": " at ", "ar": " على الساعة "}
_ZONES = {"fr": "heure de {}", "en": "{} time", "ar": "بتوقيت {}"}


@lru_cache(maxsize=64)
def _locale(language: str, country: str) -> Locale:
    for name in (f"{language}_{country}", "en_GB" if language == "en" else language, "en"):
        try:
            return Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
    raise AssertionError("Babel knows English")


def when_words(
    moment: datetime, language: str, zone: ZoneInfo, *, company_zone: ZoneInfo, country: str
) -> str:
    """ "mardi 24 novembre à 14:30"; with the zone's name where its clock differs from the company's."""
    local = moment.astimezone(zone)
    locale = _locale(language, country)
    days, months = locale.days["format"]["wide"], locale.months["format"]["wide"]
    number = "1er" if language == "fr" and local.day == 1 else str(local.day)
    day = f"{days[local.weekday()]} {number} {months[local.month]}"
    said = f"{day}{_JOINS.get(language, ', ')}{local:%H:%M}"
    if local.utcoffset() == moment.astimezone(company_zone).utcoffset():
        return said
    return f"{said} ({_ZONES.get(language, '{}').format(city_of(zone, locale))})"


def city_of(zone: ZoneInfo, locale: Locale) -> str:
    return str(get_timezone_location(zone.key, locale=locale, return_city=True))


@lru_cache(maxsize=64)
def week_begins(country: str) -> int:
    """The weekday a country's week begins with, 0 for Monday: "next week" is said by it."""
    return int(_locale("ar" if country in _ARABIC_WEEKS else "fr", country).first_week_day)


_ARABIC_WEEKS = frozenset(("DZ", "MA", "TN", "EG", "LY", "MR"))
