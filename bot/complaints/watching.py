"""What to do when a deadline's next instant has come: warn, say that it is missed, tell the next people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.complaints.calendar import NeverOpen, WorkingCalendar

KIND_WORDS: Mapping[str, Mapping[str, str]] = {
    "fr": {
        "resolution": "Traitement de la réclamation",
        "first_answer": "Première réponse d'une personne",
        "next_answer": "Réponse au client",
        "progress": "Message d'avancement",
        "department": "Réponse du service consulté",
    },
    "ar": {
        "resolution": "معالجة الشكوى",
        "first_answer": "أول رد من موظف",
        "next_answer": "الرد على الزبون",
        "progress": "إعلام الزبون بسير المعالجة",
        "department": "رد المصلحة المعنية",
    },
    "en": {
        "resolution": "Treating the complaint",
        "first_answer": "First answer by a person",
        "next_answer": "Answer to the customer",
        "progress": "Progress notice",
        "department": "Answer of the department asked",
    },
}
UNCOUNTED_WORDS: Mapping[str, str] = {
    "fr": "aucune heure d'ouverture ne permet de calculer cette échéance ; vérifiez les horaires et les fermetures",
    "ar": "لا توجد أي ساعة عمل تسمح بحساب هذا الأجل؛ يرجى التحقق من المواقيت وأيام الإغلاق",
    "en": "no opening hour lets this deadline be reckoned; check the hours and the closures",
}
MORE_WORDS: Mapping[str, str] = {"fr": "et {n} de plus", "ar": "وغيرها: {n}", "en": "and {n} more"}


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be told now, and when to look again; None for never."""

    told: Literal["due_soon", "overdue"]
    level: int  # reached: 0 before the due instant, then 1 for the desk in charge, 2 … for the chain
    next_at: datetime | None


def next_step(now: datetime, due_at: datetime, chain: Sequence[timedelta], calendar: WorkingCalendar) -> Step:
    """The step that is due, however late it is looked at. `chain`: opening time after the due instant."""
    if now < due_at:
        return Step("due_soon", 0, due_at)
    for level, after in enumerate(chain, start=1):
        at = _after(due_at, after, calendar)
        if now < at:
            return Step("overdue", level, at)
    return Step("overdue", len(chain) + 1, None)


def _after(due_at: datetime, after: timedelta, calendar: WorkingCalendar) -> datetime:
    """A company that closed for good must hear of it all the same."""
    try:
        return calendar.add_open(due_at, after)
    except NeverOpen:
        return due_at + after


def people_told_at(now: datetime, calendar: WorkingCalendar, *, at_any_hour: bool) -> datetime:
    """When people may be told: at once, or when they work again. source: quiet hours for people, not for facts"""
    if at_any_hour:
        return now
    try:
        return calendar.next_opening(now)
    except NeverOpen:
        return now


def what_words(kind: str, explanation: Mapping[str, str], language: str) -> str:
    """One line for people: what is due, and the reckoning."""
    return f"{kind_words(kind, language)} : {explanation.get(language, explanation.get('en', ''))}"


def kind_words(kind: str, language: str) -> str:
    """What a kind of deadline is called."""
    return KIND_WORDS.get(language, KIND_WORDS["en"]).get(kind, kind)
