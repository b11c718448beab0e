"""Finds known phrases in a list of tokens: one pass, one dictionary look-up a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.understanding.normalise import words_of

GAP = "_"
"""In a phrase: up to `MAX_GAP` words may stand here."""
MAX_GAP = 3


@dataclass(frozen=True, slots=True)
class Phrase:
    """A label with the words that say it. A word ending in * stands for all that begin so."""

    label: str
    weight: float
    words: tuple[str, ...]


class Hit(NamedTuple):
    """A phrase found in a text, from token `start` up to, not including, `end`."""

    label: str
    weight: float
    start: int
    end: int


_REMEMBERED = 20_000  # words


class _Beginning(NamedTuple):
    """The phrases that may begin with a word, by what must come next."""

    alone: tuple[Phrase, ...]  # nothing
    before: Mapping[str, tuple[Phrase, ...]]  # the very word
    free: tuple[Phrase, ...]  # a gap, or a word's beginning


_NOTHING = _Beginning((), {}, ())


class PhraseIndex:
    """All phrases of all labels, by their first word."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._exact: dict[str, list[Phrase]] = {}
        self._prefix: dict[str, list[Phrase]] = {}
        for phrase in phrases:
            first = phrase.words[0]
            index = self._prefix if first.endswith("*") else self._exact
            index.setdefault(first.rstrip("*"), []).append(phrase)
        self._lengths = tuple(sorted({len(prefix) for prefix in self._prefix}))
        # What may begin with a word, by that word: people use few words again and again.
        self._beginning: dict[str, _Beginning] = {}

    def find(self, tokens: Sequence[str]) -> list[Hit]:
        hits: list[Hit] = []
        known = self._beginning
        last = len(tokens) - 1
        for start, token in enumerate(tokens):
            beginning = known[token] if token in known else self._look_up(token)
            if beginning is _NOTHING:
                continue
            following = beginning.before.get(tokens[start + 1], ()) if start < last else ()
            for phrase in (*following, *beginning.free):
                if end := _end_of(phrase.words, tokens, start):
                    hits.append(Hit(phrase.label, phrase.weight, start, end))
            for phrase in beginning.alone:
                hits.append(Hit(phrase.label, phrase.weight, start, start + 1))
        return hits

    def _look_up(self, token: str) -> _Beginning:
        found = list(self._exact.get(token, ()))
        for length in self._lengths:
            if length > len(token):
                break
            found += self._prefix.get(token[:length], ())
        if len(self._beginning) >= _REMEMBERED:
            self._beginning.clear()
        known = self._beginning[token] = _by_second(found) if found else _NOTHING
        return known


def _by_second(phrases: Sequence[Phrase]) -> _Beginning:
    before: dict[str, tuple[Phrase, ...]] = {}
    for phrase in phrases:
        if second := _second(phrase):
            before[second] = (*before.get(second, ()), phrase)
    alone = tuple(phrase for phrase in phrases if len(phrase.words) == 1)
    free = tuple(phrase for phrase in phrases if len(phrase.words) > 1 and not _second(phrase))
    return _Beginning(alone, before, free)


def _second(phrase: Phrase) -> str:
    """The very word that must come next, "" where there is no such word."""
    second = phrase.words[1] if len(phrase.words) > 1 else ""
    return "" if second == GAP or second.endswith("*") else second


def _end_of(words: tuple[str, ...], tokens: Sequence[str], start: int) -> int:
    """Where the rest of a phrase ends, 0 when it doesn't follow."""
    at, reach, count = start + 1, 1, len(tokens)
    for word in words[1:]:
        if word == GAP:
            reach = MAX_GAP + 1
            continue
        beyond = min(at + reach, count)
        while at < beyond and not _same(word, tokens[at]):
            at += 1
        if at >= beyond:
            return 0
        at, reach = at + 1, 1
    return at


def _same(word: str, token: str) -> bool:
    return token.startswith(word[:-1]) if word[-1] == "*" else token == word


def parse_lexicon(lexicon: Mapping[str, str]) -> list[Phrase]:
    """Phrases from text: a line is a weight and phrases between commas. Raises ValueError for a bad line."""
    phrases: list[Phrase] = []
    for label, text in lexicon.items():
        for line in filter(None, map(str.strip, text.splitlines())):
            weight, _, rest = line.partition(" ")
            for written in rest.split(","):
                phrases.append(Phrase(label, float(weight), _words(written)))
    return phrases


def _words(written: str) -> tuple[str, ...]:
    words: list[str] = []
    for part in written.split():
        if part == GAP:
            words.append(GAP)
            continue
        found = words_of(part)
        if part.endswith("*") and found:
            found[-1] += "*"
        words.extend(found)
    if not words or words[0] == GAP:
        raise ValueError(f"not a phrase: {written!r}")
    return tuple(words)
