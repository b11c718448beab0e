"""When a complaint must be treated, computed once and explained in words. source: CO-01, CO-20"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from bot.complaints.calendar import CountFrom, WorkingCalendar
from bot.complaints.wording import day_words, moment_words, ranges, span_words

RESOLVE_WORKING_DAYS = 5

_SENTENCES: Mapping[str, Mapping[str, str]] = {
    "fr": {
        "received": "reçue {at}",
        "counted": "comptée à partir de {at}",
        "closed": "{days} fermé",
        "feast": "{day} férié ({name})",
        "one": "jour 1 = {days}",
        "days": "jours 1 à {n} = {days}",
        "due": "échéance {at}",
        "provisional": "date de fête provisoire",
    },
    "ar": {
        "received": "استُلمت {at}",
        "counted": "تُحتسب من {at}",
        "closed": "{days} عطلة",
        "feast": "{day} عطلة رسمية ({name})",
        "one": "اليوم 1 = {days}",
        "days": "الأيام من 1 إلى {n} = {days}",
        "due": "الأجل {at}",
        "provisional": "تاريخ العيد مؤقت",
    },
    "en": {
        "received": "received {at}",
        "counted": "counted from {at}",
        "closed": "{days} closed",
        "feast": "{day} holiday ({name})",
        "one": "day 1 = {days}",
        "days": "days 1–{n} = {days}",
        "due": "due {at}",
        "provisional": "provisional feast date",
    },
}
LANGUAGES = tuple(_SENTENCES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The instant a complaint is due, and why, in words."""

    due_at: datetime  # aware UTC
    explanation: Mapping[str, str]  # language -> one line
    counted_days: tuple[date, ...]  # the working days that were counted, local
    provisional: bool = False  # rests on a moon-sighted feast that isn't confirmed yet


def resolution_due(
    received_at: datetime,
    calendar: WorkingCalendar,
    days: int = RESOLVE_WORKING_DAYS,
    count_from: CountFrom = "day_after",
    country: str = "",
    languages: Iterable[str] = LANGUAGES,
) -> Deadline:
    """Closing time of the n-th working day after the day of receipt in the company's zone. source: CO-01

    With `next_opening`, what comes in while closed counts as received at the next opening. `country`
    (ISO) chooses the Arabic month names, `languages` those of the explanation. Raises `NeverOpen` when
    there is nothing to count, ValueError for fewer than one day.
    """
    if days < 1:
        raise ValueError("a complaint needs at least one working day: check complaints.resolve_within")
    start = calendar.next_opening(received_at) if count_from == "next_opening" else received_at
    counted, closed = _walk(calendar.local_day(start), calendar, days)
    due_at = calendar.closing_of(counted[-1])
    facts = _Facts(received_at, start, tuple(counted), tuple(closed), due_at)
    return Deadline(
        due_at=due_at,
        explanation={language: _explain(facts, calendar, language, country) for language in languages},
        counted_days=tuple(counted),
        provisional=any(calendar.is_provisional(day) for day in closed),
    )


@dataclass(frozen=True, slots=True)
class _Facts:
    received_at: datetime
    start: datetime
    counted: tuple[date, ...]
    closed: tuple[date, ...]
    due_at: datetime


def _walk(after: date, calendar: WorkingCalendar, days: int) -> tuple[list[date], list[date]]:
    """Working days counted and days passed over, after a local day."""
    last = calendar.nth_working_day(after, days)
    between = [after + timedelta(days=offset) for offset in range(1, (last - after).days + 1)]
    counted = [day for day in between if calendar.is_working_day(day)]
    return counted, [day for day in between if not calendar.is_working_day(day)]


def _explain(facts: _Facts, calendar: WorkingCalendar, language: str, country: str) -> str:
    words = _SENTENCES[language]

    def local(moment: datetime) -> str:
        return moment_words(moment.astimezone(calendar.timezone), language, country)

    parts = [words["received"].format(at=local(facts.received_at))]
    if calendar.local_day(facts.start) != calendar.local_day(facts.received_at):
        parts.append(words["counted"].format(at=local(facts.start)))
    feasts = {day: calendar.closed_because(day, language) for day in facts.closed}
    for first, last in ranges([day for day in facts.closed if not feasts[day]]):
        parts.append(words["closed"].format(days=span_words(first, last, language)))
    for day, name in feasts.items():
        if name:
            parts.append(words["feast"].format(day=day_words(day, language, country), name=name))
    parts.append(_counted_words(facts.counted, words, language))
    parts.append(words["due"].format(at=local(facts.due_at)))
    if any(calendar.is_provisional(day) for day in facts.closed):
        parts.append(words["provisional"])
    return ("؛ " if language == "ar" else "; ").join(parts)


def _counted_words(counted: tuple[date, ...], words: Mapping[str, str], language: str) -> str:
    comma = "، " if language == "ar" else ", "
    spans = comma.join(span_words(first, last, language) for first, last in ranges(list(counted)))
    key = "one" if len(counted) == 1 else "days"
    return words[key].format(n=len(counted), days=spans)


def is_overdue(due_at: datetime, now: datetime) -> bool:
    return now.astimezone(UTC) > due_at
