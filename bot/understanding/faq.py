"""A lexical index over the FAQ: word stems and shared concepts, character trigrams for misspelt words.

A query walks the postings of its own words only. Misspelt words find their neighbours in the vocabulary
once and are remembered. Confidence is calibrated so that the default threshold answers rightly at least
95 times in 100.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from bot.understanding.concepts import CONCEPT_OF, STOP_WORDS
from bot.understanding.normalise import clean, fold, tokens
from bot.understanding.stems import stem

ANSWER_CONFIDENCE: Final = 0.7
"""Default threshold from which an answer is given without asking. source: IN-04"""
SUGGEST_CONFIDENCE: Final = 0.09
"""Below this a question isn't even worth suggesting."""

_QUERY_SHARE: Final = 0.55  # how much unexplained words of the query cost, against those of the phrasing
_WHOLE_ENTRY: Final = 0.35  # share of the score that looks at all phrasings of an entry together
_UNKNOWN_WORD: Final = 0.75  # mass of a word no phrasing has, of the rarest word's
_NUMBER: Final = 0.15  # … of a number no phrasing has
_ALIKE: Final = 0.58  # likeness of trigrams from which a misspelt word is taken for a known one
VERBATIM: Final = 0.99
_REMEMBERED: Final = 50_000
_MAX_WORDS: Final = 40


_Ranked = tuple[float, int, int, float]
"""Score, entry, its best phrasing, the mass shared with it (negative: the very words)."""


class Entry(Protocol):
    """What the index needs of an FAQ entry; keys of both mappings are language codes ("fr", "ar-latn")."""

    @property
    def id(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def questions(self) -> Mapping[str, tuple[str, ...]]: ...
    @property
    def answers(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that may answer, with the phrasing that came nearest."""

    entry_id: str
    question: str
    score: float  # 0 to 1, likeness
    confidence: float  # 0 to 1, how often such a match is right


class _Term:
    """A word of the vocabulary: its weight, and the phrasings and entries that have it."""

    __slots__ = ("entries", "phrasings", "weight")

    def __init__(self) -> None:
        self.weight = 0.0
        self.phrasings: list[int] = []
        self.entries: list[int] = []


class FaqIndex:
    """Immutable once built; build a new one when the FAQ changes."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = list(entries)
        self._by_id = {entry.id: entry for entry in self._entries}
        self._terms: dict[str, _Term] = {}
        self._phrasings: list[tuple[int, str, str]] = []  # entry, language, text
        self._masses: list[float] = []
        self._whole: dict[str, tuple[int, int]] = {}  # folded phrasing -> entry, phrasing
        self._spelling = _Spelling()
        self._known: dict[tuple[str, str], tuple[tuple[_Term, float], ...]] = {}
        self._read_entries()
        self._rarest = math.log(1 + len(self._entries)) if self._entries else 1.0

    @classmethod
    def build(cls, entries: Iterable[Entry]) -> FaqIndex:
        return cls(list(entries))

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, entry_id: object) -> bool:
        return entry_id in self._by_id

    def answer(self, entry_id: str, language: str) -> str:
        """The answer in a language, else in any language that has one; "" for an unknown entry."""
        entry = self._by_id.get(entry_id)
        if entry is None:
            return ""
        return entry.answers.get(language) or next(iter(entry.answers.values()), "")

    def question(self, entry_id: str, language: str) -> str:
        """The first phrasing in a language, to be offered as a suggestion; "" where there is none."""
        entry = self._by_id.get(entry_id)
        phrasings = entry.questions.get(language) if entry else None
        return phrasings[0] if phrasings else ""

    def category(self, entry_id: str) -> str:
        entry = self._by_id.get(entry_id)
        return entry.category if entry else ""

    def search(self, text: str, language: str, k: int = 3) -> list[Match]:
        """The `k` nearest entries of a raw text, best first."""
        folded = fold(clean(text))
        return self.search_tokens(tokens(folded), language, k)

    def search_tokens(self, words: Sequence[str], language: str, k: int = 3) -> list[Match]:
        """The `k` nearest entries of a normalised text, best first."""
        said = [word for word in words[: 3 * _MAX_WORDS] if word not in STOP_WORDS][:_MAX_WORDS]
        verbatim = self._whole.get(" ".join(words))
        if not said and verbatim is None:
            return []
        ranked, mass = self._rank(said, language)
        if verbatim is not None:
            entry, phrasing = verbatim
            ranked = [(1.0, entry, phrasing, -1.0), *(found for found in ranked if found[1] != entry)]
        return [self._match(ranked, place, language, mass) for place in range(min(k, len(ranked)))]

    def _rank(self, said: Sequence[str], language: str) -> tuple[list[_Ranked], float]:
        """Entries, best first, and the mass of the query's words."""
        mass = 0.0
        phrasings: dict[int, float] = {}
        entries: dict[int, float] = {}
        for word in dict.fromkeys(said):
            known = self._lookup(word, language)
            if not known:
                mass += (_NUMBER if word.isdecimal() else _UNKNOWN_WORD) * self._rarest
                continue
            mass += known[0][0].weight
            for term, likeness in known:
                weight = term.weight * likeness
                _add_weight(phrasings, term.phrasings, weight)
                _add_weight(entries, term.entries, weight)
        return (self._best_phrasings(phrasings, entries, mass) if phrasings else []), mass

    def _best_phrasings(
        self, phrasings: Mapping[int, float], entries: Mapping[int, float], mass: float
    ) -> list[_Ranked]:
        query_mass, phrasing_share = _QUERY_SHARE * mass, 1 - _QUERY_SHARE
        best: dict[int, tuple[float, int, float]] = {}
        floor = 0.3 * max(phrasings.values())
        masses, places = self._masses, self._phrasings
        for phrasing, shared in phrasings.items():
            if shared < floor:
                continue
            likeness = shared / (query_mass + phrasing_share * masses[phrasing])
            entry = places[phrasing][0]
            known = best.get(entry)
            if known is None or likeness > known[0]:
                best[entry] = (likeness, phrasing, shared)
        ranked = [
            ((1 - _WHOLE_ENTRY) * likeness + _WHOLE_ENTRY * entries[entry] / mass, entry, phrasing, shared)
            for entry, (likeness, phrasing, shared) in best.items()
        ]
        ranked.sort(reverse=True)
        return ranked

    def _match(self, ranked: list[_Ranked], place: int, language: str, mass: float) -> Match:
        score, entry, phrasing, shared = ranked[place]
        entry_id = self._entries[entry].id
        question = self.question(entry_id, language) or self._phrasings[phrasing][2]
        if shared < 0:
            return Match(entry_id, question, 1.0, VERBATIM)
        rival = ranked[1 - min(place, 1)][0] if len(ranked) > 1 else 0.0
        evidence = shared / self._rarest
        confidence = calibrated(score, score - rival, shared / mass if mass else 0.0, evidence)
        return Match(entry_id, question, min(1.0, score), confidence)

    def _lookup(self, word: str, language: str) -> tuple[tuple[_Term, float], ...]:
        """The vocabulary's terms for a query word with their likeness; remembered."""
        key = (word, language)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[key] = self._find(word, language)
        return known

    def _find(self, word: str, language: str) -> tuple[tuple[_Term, float], ...]:
        for feature in _features(word, language):
            term = self._terms.get(feature)
            if term is not None:
                return ((term, 1.0),)
        near = self._spelling.nearest(word)
        return tuple((self._terms[feature], likeness) for feature, likeness in near)

    def _read_entries(self) -> None:
        for number, entry in enumerate(self._entries):
            for language, questions in entry.questions.items():
                for question in questions:
                    self._add(number, language, question)
        for term in self._terms.values():
            term.entries = sorted({self._phrasings[phrasing][0] for phrasing in term.phrasings})
            term.weight = math.log(1 + len(self._entries) / len(term.entries))
        shares: list[float] = [0.0] * len(self._phrasings)
        for term in self._terms.values():
            for phrasing in term.phrasings:
                shares[phrasing] += term.weight
        self._masses = shares

    def _add(self, entry: int, language: str, question: str) -> None:
        number = len(self._phrasings)
        words = tokens(fold(clean(question)))
        self._phrasings.append((entry, language, question))
        self._whole.setdefault(" ".join(words), (entry, number))
        own = language.split("-")[0] if language != "ar-latn" else ""
        for word in words:
            if word in STOP_WORDS:
                continue
            feature = next(iter(_features(word, own)))
            term = self._terms.setdefault(feature, _Term())
            if not term.phrasings or term.phrasings[-1] != number:
                term.phrasings.append(number)
            self._spelling.add(word, feature)


def _features(word: str, language: str) -> tuple[str, ...]:
    """Keys under which a word may stand, the most telling first: its concept, its stems, itself."""
    concept = CONCEPT_OF.get(word)
    if concept:
        return (concept,)
    latin = word[0] < "ء"
    languages = ("ar",) if not latin else (("en", "fr") if language == "en" else ("fr", "en"))
    if latin and not language:
        return (word,)
    stems = [stem(word, each) for each in languages]
    return tuple(dict.fromkeys([*(CONCEPT_OF.get(each, each) for each in stems), word]))


def _add_weight(masses: dict[int, float], places: Sequence[int], weight: float) -> None:
    """Add a term's weight at each of its places: the hot loop of a search."""
    if not masses:
        masses.update(dict.fromkeys(places, weight))
        return
    known = masses.get
    for place in places:
        masses[place] = known(place, 0.0) + weight


class _Spelling:
    """Known words by their trigrams, to find the ones a misspelt word is most like."""

    def __init__(self) -> None:
        self._words: list[tuple[str, str, int]] = []  # word, feature, number of trigrams
        self._postings: dict[str, list[int]] = {}
        self._seen: set[str] = set()

    def add(self, word: str, feature: str) -> None:
        if word in self._seen or len(word) < 4:
            return
        self._seen.add(word)
        grams = _grams(word)
        number = len(self._words)
        self._words.append((word, feature, len(grams)))
        for gram in grams:
            self._postings.setdefault(gram, []).append(number)

    def nearest(self, word: str) -> tuple[tuple[str, float], ...]:
        """The most alike word's feature and its likeness (Dice over trigrams), or nothing."""
        if len(word) < 4 or len(word) > 24 or word.isdigit():
            return ()
        grams = _grams(word)
        shared: Counter[int] = Counter()
        for gram in grams:
            shared.update(self._postings.get(gram, ()))
        best, feature = 0.0, ""
        for number, count in shared.items():
            _, candidate, size = self._words[number]
            likeness = 2 * count / (len(grams) + size)
            if likeness > best:
                best, feature = likeness, candidate
        return ((feature, best),) if best >= _ALIKE else ()


def _grams(word: str) -> set[str]:
    """Trigrams with word edges, and bigrams of the word's letters for short words and swapped letters."""
    framed = f"^{word}$"
    grams = {framed[i : i + 3] for i in range(len(framed) - 2)}
    return grams | {word[i : i + 2] for i in range(len(word) - 1)}


def calibrated(score: float, margin: float, coverage: float, evidence: float) -> float:
    """How often a match like this one is right.

    `score` is the likeness, `margin` its lead over the next entry, `coverage` the share of the query's
    mass that the phrasing explains, `evidence` that mass in rarest words. Coefficients of a logistic
    regression over held-out phrasings and questions outside the FAQ.
    """
    odds = -5.6 + 15.2 * score + 2.0 * min(margin, 0.4) - 6.9 * coverage + 0.1 * min(evidence, 3.0)
    return 1 / (1 + math.exp(-odds))
