"""A deadline's explanation in one line of words: French, Arabic, English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.complaints.calendar import WorkingCalendar
from bot.complaints.wording import day_words, duration_words, moment_words, ranges, span_words

_SENTENCES: Mapping[str, Mapping[str, str]] = {
    "fr": {
        "received": "reçue {at}",
        "began": "à partir de {at}",
        "counted": "comptée à partir de {at}",
        "closed": "{days} fermé",
        "feast": "{day} férié ({name})",
        "shut": "{day} fermé ({name})",
        "one": "jour 1 = {days}",
        "days": "jours 1 à {n} = {days}",
        "many": "{n} jours ouvrables",
        "open": "{time} d'ouverture",
        "ramadan": "horaires de Ramadan",
        "special": "horaires particuliers",
        "paused": "suspendue {at} – {until}",
        "moved": "déplacée par {by} ({why})",
        "due": "échéance {at}",
        "provisional": "date de fête provisoire",
    },
    "ar": {
        "received": "استُلمت {at}",
        "began": "ابتداءً من {at}",
        "counted": "تُحتسب من {at}",
        "closed": "{days} عطلة",
        "feast": "{day} عطلة رسمية ({name})",
        "shut": "{day} إغلاق ({name})",
        "one": "اليوم 1 = {days}",
        "days": "الأيام من 1 إلى {n} = {days}",
        "many": "{n} من أيام العمل",
        "open": "{time} من وقت العمل",
        "ramadan": "توقيت رمضان",
        "special": "توقيت خاص",
        "paused": "عُلّقت من {at} إلى {until}",
        "moved": "نُقل الأجل من طرف {by} ({why})",
        "due": "الأجل {at}",
        "provisional": "تاريخ العيد مؤقت",
    },
    "en": {
        "received": "received {at}",
        "began": "from {at}",
        "counted": "counted from {at}",
        "closed": "{days} closed",
        "feast": "{day} holiday ({name})",
        "shut": "{day} closed ({name})",
        "one": "day 1 = {days}",
        "days": "days 1–{n} = {days}",
        "many": "{n} working days",
        "open": "{time} of opening time",
        "ramadan": "Ramadan hours",
        "special": "special hours",
        "paused": "paused {at} – {until}",
        "moved": "moved by {by} ({why})",
        "due": "due {at}",
        "provisional": "provisional feast date",
    },
}
LANGUAGES = tuple(_SENTENCES)
MANY_DAYS = 7  # beyond a week the names of days say nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What an explanation tells of."""

    received_at: datetime
    start: datetime  # the same, or the opening it is counted from
    due_at: datetime
    counted: tuple[date, ...] = ()
    closed: tuple[date, ...] = ()
    open_time: timedelta | None = None
    pauses: tuple[tuple[datetime, datetime], ...] = ()
    moved: tuple[str, str] | None = None  # by whom, why
    provisional: bool = False
    received: bool = True  # something came in then; else something else began


def explain(facts: Facts, calendar: WorkingCalendar, language: str, country: str) -> str:
    """One line, its parts in the order in which the deadline was reckoned."""
    words = _SENTENCES[language]

    def local(moment: datetime) -> str:
        return moment_words(moment.astimezone(calendar.timezone), language, country)

    parts = [words["received" if facts.received else "began"].format(at=local(facts.received_at))]
    if facts.moved is None:
        if _counted_from_elsewhere(facts, calendar):
            parts.append(words["counted"].format(at=local(facts.start)))
        parts += _closed_words(facts.closed, calendar, language, country)
        parts += _counting_words(facts, language)
        parts += _hours_words(facts, calendar, words)
    else:
        by, why = facts.moved
        parts.append(words["moved"].format(by=by, why=why))
    parts += [words["paused"].format(at=local(start), until=local(end)) for start, end in facts.pauses]
    parts.append(words["due"].format(at=local(facts.due_at)))
    if facts.provisional:
        parts.append(words["provisional"])
    return ("؛ " if language == "ar" else "; ").join(parts)


def _counted_from_elsewhere(facts: Facts, calendar: WorkingCalendar) -> bool:
    """A deadline in days tells of another day only, one in hours of another hour."""
    if facts.open_time is not None:
        return facts.start != facts.received_at
    return calendar.local_day(facts.start) != calendar.local_day(facts.received_at)


def _closed_words(
    closed: tuple[date, ...], calendar: WorkingCalendar, language: str, country: str
) -> list[str]:
    words = _SENTENCES[language]
    feasts = {day: calendar.closed_because(day, language) for day in closed}
    ordinary = ranges([day for day in closed if not feasts[day]])
    parts = []
    if not ordinary or (ordinary[-1][1] - ordinary[0][0]).days < MANY_DAYS:
        parts = [words["closed"].format(days=span_words(*span, language)) for span in ordinary]
    for day, name in feasts.items():
        if name:
            key = "shut" if day in calendar.closures else "feast"
            parts.append(words[key].format(day=day_words(day, language, country), name=name))
    return parts


def _counting_words(facts: Facts, language: str) -> list[str]:
    words = _SENTENCES[language]
    if facts.open_time is not None:
        return [words["open"].format(time=duration_words(facts.open_time, language))]
    if len(facts.counted) > MANY_DAYS:
        return [words["many"].format(n=len(facts.counted))]
    if not facts.counted:
        return []
    comma = "، " if language == "ar" else ", "
    spans = comma.join(span_words(first, last, language) for first, last in ranges(list(facts.counted)))
    return [words["one" if len(facts.counted) == 1 else "days"].format(n=len(facts.counted), days=spans)]


def _hours_words(facts: Facts, calendar: WorkingCalendar, words: Mapping[str, str]) -> list[str]:
    """Why the hour at the end is another than usual."""
    last = facts.counted[-1] if facts.counted else calendar.local_day(facts.due_at)
    if last in calendar.special_hours:
        return [words["special"]]
    return [words["ramadan"]] if calendar.has_ramadan_hours(last) else []
