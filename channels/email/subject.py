"""The subject of an answer: one "Re:", however many there were, in whatever language."""

from __future__ import annotations

import re

# Of French, Arabic, English, and of clients set to German, Spanish, Dutch or Scandinavian: Re:, RÉ:, Re[2]:, رد:, …
_ANSWERED = re.compile(
    r"\s*(?:r[eé]p?|rif|res|aw|antw|sv|vs|رد|الرد|إجابة|اجابة)\s*(?:\[\d+\]|\(\d+\)|\^\d+)?\s*[:：]\s*",
    re.IGNORECASE,
)
_LONGEST = 250
_NONE = {"fr": "Votre message", "ar": "رسالتكم", "en": "Your message"}


def base_subject(subject: str) -> str:
    """The subject without the marks of answers in front; "Fwd:" is content and stays."""
    subject = " ".join(subject.split())
    while found := _ANSWERED.match(subject):
        subject = subject[found.end() :]
    return subject


def subject_of(subject: str, *, answers: bool, language: str) -> str:
    """The subject to send: one line of printable characters, never empty."""
    printable = subject
    if not subject.isprintable():
        printable = "".join(char if char.isprintable() else " " for char in subject)
    base = base_subject(printable)
    if not base:
        return _NONE.get(language, _NONE["en"])
    is_answer = answers or base != " ".join(printable.split())
    return f"Re: {base}"[:_LONGEST] if is_answer else base[:_LONGEST]
