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


_Candidate = tuple[Phrase, str]
_REMEMBERED = 20_000  # words


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
        self._beginning: dict[str, tuple[_Candidate, ...]] = {}

    def find(self, tokens: Sequence[str]) -> list[Hit]:
        hits: list[Hit] = []
        last = len(tokens) - 1
        for start, token in enumerate(tokens):
            candidates = self._beginning.get(token)
            if candidates is None:
                candidates = self._look_up(token)
            for phrase, second in candidates:
                if not second and len(phrase.words) == 1:
                    hits.append(Hit(phrase.label, phrase.weight, start, start + 1))
                elif not second or (start < last and tokens[start + 1] == second):
                    end = _end_of(phrase.words, tokens, start)
                    if end:
                        hits.append(Hit(phrase.label, phrase.weight, start, end))
        return hits

    def _look_up(self, token: str) -> tuple[_Candidate, ...]:
        found = list(self._exact.get(token, ()))
        for length in self._lengths:
            if length > len(token):
                break
            found += self._prefix.get(token[:length], ())
        if len(self._beginning) >= _REMEMBERED:
            self._beginning.clear()
        known = self._beginning[token] = tuple((phrase, _second(phrase)) for phrase in found)
        return known


def _second(phrase: Phrase) -> str:
    """The very word that must come next, "" where there is no such word."""
    second = phrase.words[1] if len(phrase.words) > 1 else ""
    return "" if second == GAP or second.endswith("*") else second


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
