"""Dates of a deadline's explanation in words: French, Arabic (with the country's month names), English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

WEEKDAYS: Mapping[str, tuple[str, ...]] = {
    "fr": ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."),
    "ar": ("الإثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_FR = "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc."
_EN = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
_AR_DZ = "جانفي فيفري مارس أفريل ماي جوان جويلية أوت سبتمبر أكتوبر نوفمبر ديسمبر"
_AR_MA = "يناير فبراير مارس أبريل ماي يونيو يوليوز غشت شتنبر أكتوبر نونبر دجنبر"
_AR = "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر"
MONTHS: Mapping[str, tuple[str, ...]] = {
    "fr": tuple(_FR.split()),
    "en": tuple(_EN.split()),
    "ar": tuple(_AR.split()),
    "ar-DZ": tuple(_AR_DZ.split()),
    "ar-TN": tuple(_AR_DZ.split()),
    "ar-MA": tuple(_AR_MA.split()),
}


def weekday_name(day: date, language: str) -> str:
    return WEEKDAYS[language][day.weekday()]


def day_words(day: date, language: str, country: str = "") -> str:
    """A short date: "Thu 5 Mar", "jeu. 5 mars", «الخميس 5 مارس»."""
    months = MONTHS.get(f"{language}-{country}", MONTHS[language])
    return f"{weekday_name(day, language)} {day.day} {months[day.month - 1]}"


def moment_words(moment: datetime, language: str, country: str = "") -> str:
    """A short date with its hour, in the zone that `moment` carries."""
    return f"{day_words(moment.date(), language, country)} {moment:%H:%M}"


def ranges(days: list[date]) -> list[tuple[date, date]]:
    """Neighbouring days as (first, last) pairs, in order."""
    found: list[tuple[date, date]] = []
    for day in days:
        if found and (day - found[-1][1]).days == 1:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def span_words(first: date, last: date, language: str) -> str:
    """ "Fri" or "Fri–Sat"."""
    if first == last:
        return weekday_name(first, language)
    return f"{weekday_name(first, language)}–{weekday_name(last, language)}"


_UNITS: Mapping[str, tuple[str, str]] = {"fr": ("h", "min"), "ar": ("سا", "د"), "en": ("h", "min")}


def duration_words(duration: timedelta, language: str) -> str:
    """ "4 h", "1 h 30 min", "45 min"; «4 سا»."""
    hours, minutes = divmod(duration // timedelta(minutes=1), 60)
    hour, minute = _UNITS[language]
    parts = [f"{hours} {hour}"] if hours else []
    return " ".join([*parts, f"{minutes} {minute}"] if minutes or not hours else parts)
