"""What the pages make of forms: names of entries, texts that were chosen, entries that hold some words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from bot.faq_files import ANSWER_LIMIT, PHRASING_LIMIT
from bot.learning.overlay import MadeEntry
from bot.understanding.faq import Entry
from channels.text import clean_text

SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SLUG_LIMIT: Final = 64


class NotTaught(ValueError):
    """A form that can't be used. `key` names the words that say why."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def made_of(entry_id: str, category: str, answers: Mapping[str, str]) -> MadeEntry:
    """An entry from a form. Raises `NotTaught`."""
    wanted = entry_id.strip()
    if not SLUG.fullmatch(wanted) or len(wanted) > SLUG_LIMIT:
        raise NotTaught("make_wrong_id")
    chosen = category.strip() or "learned"
    if not SLUG.fullmatch(chosen) or len(chosen) > SLUG_LIMIT:
        raise NotTaught("make_wrong_id")
    given = {
        language: clean_text(answer).strip()[:ANSWER_LIMIT]
        for language, answer in answers.items()
        if answer.strip()
    }
    if not given:
        raise NotTaught("make_no_answer")
    return MadeEntry(id=wanted, category=chosen, answers=given)


def phrasing_of(text: str) -> str:
    """One way of asking from a form. Raises `NotTaught` for nothing."""
    clean = clean_text(text).strip()[:PHRASING_LIMIT]
    if not clean:
        raise NotTaught("choose_text")
    return clean


def holding(entries: Iterable[Entry], words: str) -> list[Entry]:
    """Entries whose id, questions or answers hold all these words, in the order of the files."""
    wanted = words.casefold().split()
    return [entry for entry in entries if all(word in _all_of(entry) for word in wanted)]


def title_of(entry: Entry, language: str) -> str:
    """Its first question in a language, else in any, else its id."""
    for texts in (entry.questions.get(language, ()), *entry.questions.values()):
        if texts:
            return texts[0]
    return entry.id


def answer_of(entry: Entry, language: str) -> str:
    """Its answer in a language, else in any."""
    return entry.answers.get(language) or next(iter(entry.answers.values()), "")


def _all_of(entry: Entry) -> str:
    texts = [text for questions in entry.questions.values() for text in questions]
    return "\n".join((entry.id, *texts, *entry.answers.values())).casefold()
