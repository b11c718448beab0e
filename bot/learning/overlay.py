"""The FAQ of the files with what was learned beside them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from bot.faq_files import FaqEntry
from bot.learning.masking import key_of
from bot.understanding.faq import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrasing:
    """A learned way of asking for an entry."""

    entry_id: str
    language: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeEntry:
    """An entry made from what was asked; asked for by learned phrasings alone."""

    id: str
    category: str
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """Everything that stands beside the files."""

    phrasings: tuple[Phrasing, ...] = ()
    entries: tuple[MadeEntry, ...] = ()


def overlaid(entries: Iterable[Entry], learned: Learned) -> tuple[FaqEntry, ...]:
    """The entries of the files, then the made ones, each with its learned phrasings.

    A file's word wins: an entry with the id of a made one takes its place, a phrasing of the files is not
    learned again for another entry. Phrasings of entries that are no more stay out.
    """
    whole = {entry.id: _plain(entry) for entry in entries}
    asked = {key_of(text) for entry in whole.values() for text in _texts(entry)}
    for made in learned.entries:
        whole.setdefault(
            made.id, FaqEntry(id=made.id, category=made.category, questions={}, answers=made.answers)
        )
    more: dict[str, list[Phrasing]] = defaultdict(list)
    for phrasing in learned.phrasings:
        if (key := key_of(phrasing.text)) not in asked:
            asked.add(key)
            more[phrasing.entry_id].append(phrasing)
    found = (_with(entry, more[entry.id]) for entry in whole.values())
    return tuple(entry for entry in found if entry.questions)


def _with(entry: FaqEntry, more: Sequence[Phrasing]) -> FaqEntry:
    if not more:
        return entry
    questions = dict(entry.questions)
    for phrasing in more:
        questions[phrasing.language] = (*questions.get(phrasing.language, ()), phrasing.text)
    return replace(entry, questions=MappingProxyType(questions))


def _plain(entry: Entry) -> FaqEntry:
    return FaqEntry(id=entry.id, category=entry.category, questions=entry.questions, answers=entry.answers)


def _texts(entry: Entry) -> Iterable[str]:
    return (text for texts in entry.questions.values() for text in texts)
