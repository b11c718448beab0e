"""Finds known phrases in a list of tokens: one pass, one dictionary look-up a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found in a text, from token `start` up to, not including, `end`."""

    label: str
    weight: float
    start: int
    end: int


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

    def find(self, tokens: Sequence[str]) -> list[Hit]:
        hits: list[Hit] = []
        exact, prefix = self._exact, self._prefix
        for start, token in enumerate(tokens):
            if token in exact:
                _follow(exact[token], tokens, start, hits)
            for length in self._lengths:
                if length > len(token):
                    break
                beginning = token[:length]
                if beginning in prefix:
                    _follow(prefix[beginning], tokens, start, hits)
        return hits


def _follow(candidates: list[Phrase], tokens: Sequence[str], start: int, hits: list[Hit]) -> None:
    for phrase in candidates:
        end = start + 1 if len(phrase.words) == 1 else _end_of(phrase.words, tokens, start)
        if end:
            hits.append(Hit(phrase.label, phrase.weight, start, end))


def _end_of(words: tuple[str, ...], tokens: Sequence[str], start: int) -> int:
    """Where the rest of a phrase ends, 0 when it doesn't follow."""
    at, gap = start + 1, False
    for word in words[1:]:
        if word == GAP:
            gap = True
            continue
        reach = range(at, min(at + (MAX_GAP + 1 if gap else 1), len(tokens)))
        found = next((i for i in reach if _same(word, tokens[i])), -1)
        if found < 0:
            return 0
        at, gap = found + 1, False
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
