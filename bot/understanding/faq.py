"""The company's FAQ, searched: which entry a message asks for, and how sure that is.

All languages share one index, because customers mix them. Entries are ranked by a linear classifier over
words and letters (`ranking`), learned from the listed phrasings and, where these are few, from the
sentences of the answers. Confidence is calibrated on the FAQ's own phrasings (`calibration`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

import numpy as np

from bot.understanding.calibration import Calibration, Evidence
from bot.understanding.embedding.choice import KINDS, UNTRIED, Meanings, kind_of, measure, worth_it
from bot.understanding.features import Floats
from bot.understanding.linear import fits_gram
from bot.understanding.normalise import clean, fold, tokens
from bot.understanding.ranking import Phrasing, Ranking

ANSWER_CONFIDENCE: Final = 0.7
"""Threshold from which an answer is given without asking: there, and above, the precision asked for is
kept. source: IN-04"""
SUGGEST_CONFIDENCE: Final = 0.09
"""Below this a question isn't even worth suggesting."""
VERBATIM: Final = 0.99
"""Confidence of the very words of a phrasing that only one entry has."""
PRECISION: Final = 0.95
"""Share of given answers that shall be right, by default."""
WRITTEN_PRECISION: Final = 0.88
"""What is asked for on left-out phrasings of an FAQ written by hand. These are written to differ from each
other, and its entries are neighbours: a left-out one is harder than what customers ask. With 88 % there,
answers to fresh questions are right more than 95 times in 100 (`tests/unit/test_understanding_faq.py`)."""


_MAX_WORDS: Final = 80
_ENOUGH_PHRASINGS: Final = 8  # from which the answer's sentences add nothing
_SENTENCES: Final = 4
_NAME_WEIGHT: Final = 0.5
_NAME_LETTERS: Final = 3
_NO_LETTERS: Final = re.compile(r"[\W\d_]+")
_SENTENCE_WEIGHT: Final = 0.5
_SENTENCE_WORDS: Final = 4  # shorter ones ("Yes.") say nothing of the question
_SENTENCE_END: Final = re.compile(r"(?<=[.!?؟])\s+|\n+")


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
    score: float  # 0 to 1; one half is the classifier's border
    confidence: float  # 0 to 1; from ANSWER_CONFIDENCE on, the FAQ's precision is kept
    probability: float = 1.0  # 0 to 1, how often a match like this one is right


class FaqIndex:
    """Immutable once built; build a new one when the FAQ changes."""

    def __init__(
        self,
        entries: Sequence[Entry],
        *,
        precision: float = PRECISION,
        held_out_precision: float | None = None,
        strangers: Iterable[str] = (),
        meanings: Meanings | None = None,
    ) -> None:
        """`held_out_precision`: the precision asked for on the FAQ's own left-out phrasings, if another.
        `strangers`: questions known to belong to no entry, to calibrate with.
        `meanings`: a sentence model, used for the languages where it finds more."""
        self._entries = list(entries)
        self._by_id = {entry.id: entry for entry in self._entries}
        self._verbatim: dict[str, tuple[int, str] | None] = {}  # None: entries contradict each other
        self._texts: dict[tuple[int, tuple[str, ...]], str] = {}
        questions = [phrasing for number in range(len(self._entries)) for phrasing in self._questions(number)]
        phrasings = [*questions, *self._names(questions), *self._answers(questions)]
        strange = [clean(text) for text in strangers]
        learn = partial(
            Ranking,
            phrasings,
            len(self._entries),
            precision=precision,
            held_out_precision=held_out_precision,
            strangers=[tokens(fold(text))[:_MAX_WORDS] for text in strange],
        )
        self._ranking = learn()
        self._meant = _Meant.learn(phrasings, strange, self._ranking, learn, meanings) if meanings else None
        self._like_this = partial(
            FaqIndex,
            precision=precision,
            held_out_precision=held_out_precision,
            strangers=strange,
            meanings=meanings,
        )

    @classmethod
    def build(
        cls,
        entries: Iterable[Entry],
        *,
        precision: float = PRECISION,
        strangers: Iterable[str] = (),
        meanings: Meanings | None = None,
    ) -> FaqIndex:
        return cls(list(entries), precision=precision, strangers=strangers, meanings=meanings)

    @classmethod
    def written(cls, entries: Iterable[Entry], *, meanings: Meanings | None = None) -> FaqIndex:
        """For an FAQ written by hand, as the bot uses it."""
        return cls(list(entries), held_out_precision=WRITTEN_PRECISION, meanings=meanings)

    def anew(self, entries: Iterable[Entry]) -> FaqIndex:
        """Other entries, learned as these were, with the same sentence model."""
        return self._like_this(list(entries))

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, entry_id: object) -> bool:
        return entry_id in self._by_id

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What it was built from."""
        return tuple(self._entries)

    @property
    def threshold(self) -> float:
        """The probability that stands at `ANSWER_CONFIDENCE`."""
        return self._leading.calibration.limit

    @property
    def held_out(self) -> int:
        """How many left-out questions the confidence was calibrated with."""
        return self._leading.calibration.held_out

    @property
    def trials(self) -> dict[str, tuple[int, float]]:
        """What the sentence model won: by kind of language, questions tried and the share won or lost."""
        return {} if self._meant is None else self._meant.trials

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of language that the sentence model is used for."""
        return frozenset(self._meant.kinds if self._meant else ())

    @property
    def meanings(self) -> Meanings | None:
        """Where the meanings come from, where any are used."""
        return self._meant.meanings if self._meant and self._meant.kinds else None

    def asks_for_meaning(self, words: Sequence[str]) -> bool:
        """Whether `search_tokens` would ask for the meaning of a text."""
        return self._meant is not None and self._meant.hears(words) and " ".join(words) not in self._verbatim

    @property
    def _leading(self) -> Ranking:
        """The ranking that most questions are answered by."""
        if self._meant is None or not self._meant.kinds:
            return self._ranking
        return max(self._meant.ranking, self._ranking, key=lambda each: each.calibration.held_out)

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

    def owner(self, text: str) -> str:
        """The entry that has these very words as a phrasing, "" for none."""
        verbatim = self._verbatim.get(" ".join(tokens(fold(clean(text)))))
        return self._entries[verbatim[0]].id if verbatim else ""

    def category(self, entry_id: str) -> str:
        entry = self._by_id.get(entry_id)
        return entry.category if entry else ""

    def search(self, text: str, language: str, k: int = 3) -> list[Match]:
        """The `k` nearest entries of a raw text, best first."""
        cleaned = clean(text)
        return self.search_tokens(tokens(fold(cleaned)), language, k, text=cleaned)

    def search_tokens(
        self, words: Sequence[str], language: str, k: int = 3, *, text: str = ""
    ) -> list[Match]:
        """The `k` nearest entries of a normalised text, best first; `text` is the same as written."""
        said = words[:_MAX_WORDS]
        ranking, meaning = self._ranking, self._meant.meaning_of(said, text) if self._meant else None
        if meaning is not None and self._meant is not None:
            ranking = self._meant.ranking
        matches = [
            self._match(*found, ranking.calibration, language) for found in ranking.rank(said, k, meaning)
        ]
        verbatim = self._verbatim.get(" ".join(words))
        if verbatim is None:
            return matches
        entry_id = self._entries[verbatim[0]].id
        sure = Match(entry_id, self.question(entry_id, language) or verbatim[1], 1.0, VERBATIM)
        return [sure, *(match for match in matches if match.entry_id != entry_id)][:k]

    def _match(
        self, entry: int, place: int, evidence: Evidence, calibration: Calibration, language: str
    ) -> Match:
        probability = calibration.probability(evidence)
        return Match(
            entry_id=self._entries[entry].id,
            question=self._shown(entry, place, language),
            score=max(0.0, min(1.0, (1 + evidence.score) / 2)),
            confidence=calibration.confidence(probability, ANSWER_CONFIDENCE),
            probability=calibration.moved(probability, self.threshold),
        )

    def alike(self, least: float) -> list[tuple[str, str, str, str, float]]:
        """Pairs of entries with the two phrasings that are most alike, and how much; most alike first."""
        return [
            (
                self._entries[one].id,
                self._text(one, here),
                self._entries[other].id,
                self._text(other, there),
                like,
            )
            for one, here, other, there, like in self._ranking.alike(least)
        ]

    def _text(self, entry: int, place: int) -> str:
        return self._texts.get((entry, self._ranking.phrasing(place).words), "")

    def _shown(self, entry: int, place: int, language: str) -> str:
        """The entry's first phrasing in a language, else the nearest one there is."""
        return self.question(self._entries[entry].id, language) or self._text(entry, place)

    def _questions(self, number: int) -> Iterator[Phrasing]:
        entry = self._entries[number]
        for text in (text for texts in entry.questions.values() for text in texts):
            words = tuple(tokens(fold(clean(text))))
            if not words:
                continue
            self._texts.setdefault((number, words), text)
            whole = " ".join(words)
            known = self._verbatim.setdefault(whole, (number, text))
            if known is not None and known[0] != number:
                self._verbatim[whole] = None
            yield Phrasing(number, words[:_MAX_WORDS], text=text)

    def _names(self, questions: Sequence[Phrasing]) -> Iterator[Phrasing]:
        """The ids of entries that have questions: who writes "delivery-fee" says what it is about."""
        for number in sorted({question.entry for question in questions}):
            name = _NO_LETTERS.sub(" ", self._entries[number].id)
            words = tuple(tokens(fold(clean(name)))[:_MAX_WORDS])
            if any(len(word) >= _NAME_LETTERS for word in words):
                yield Phrasing(number, words, _NAME_WEIGHT, is_question=False, text=name)

    def _answers(self, questions: Sequence[Phrasing]) -> list[Phrasing]:
        """Sentences of the answers to what has few phrasings: as many as keep the index quickly learned."""
        counts = Counter(question.entry for question in questions)
        poor = [number for number in counts if counts[number] < _ENOUGH_PHRASINGS]
        for most in range(_SENTENCES, 0, -1):
            found = [each for number in poor for each in _sentences(number, self._entries[number], most)]
            if fits_gram(len(questions) + len(found), len(counts)):
                return found
        return []


@dataclass(frozen=True, slots=True)
class _Meant:
    """The entries ranked by meanings beside words, and the kinds of language it is done for."""

    ranking: Ranking
    meanings: Meanings
    kinds: dict[str, float]  # with their strengths
    trials: dict[str, tuple[int, float]]

    @classmethod
    def learn(
        cls,
        phrasings: Sequence[Phrasing],
        strangers: Sequence[str],
        base: Ranking,
        learn: Callable[..., Ranking],
        meanings: Meanings,
    ) -> _Meant | None:
        """None where the model is away, or there is nothing to learn."""
        rows = meanings.learn([*(each.text for each in phrasings), *strangers]) if phrasings else None
        if rows is None:
            return None
        heard = {kind: meanings.hearing.get(kind, UNTRIED).strength for kind in KINDS}
        said = [*(each.words for each in phrasings), *(tokens(fold(text)) for text in strangers)]
        strengths = np.array([heard[kind_of(words)] for words in said], np.float32)
        ranking = learn(meanings=(rows, strengths), beside=base)
        without = {each.place: each.right for each in base.held_out if not each.stranger}
        kinds = {each.place: kind_of(ranking.words_of(each.place)) for each in ranking.held_out}
        trials = [
            (kinds[each.place], without[each.place], each.right)
            for each in ranking.held_out
            if each.place in without and not each.stranger
        ]
        chosen = worth_it(trials, meanings.hearing)
        ranking.calibrate_for({place for place, kind in kinds.items() if kind in chosen})
        return cls(ranking, meanings, {kind: heard[kind] for kind in chosen}, measure(trials))

    def meaning_of(self, words: Sequence[str], text: str) -> tuple[Floats, float] | None:
        """The meaning of a text in a language that the model is used for, if it can be had; its strength."""
        if not self.hears(words):
            return None
        meaning = self.meanings.of(text or " ".join(words))
        return None if meaning is None else (meaning, self.kinds[kind_of(words)])

    def hears(self, words: Sequence[str]) -> bool:
        return bool(words) and kind_of(words) in self.kinds


def _sentences(number: int, entry: Entry, most: int) -> Iterator[Phrasing]:
    """The first sentences of an entry's answers, as weaker evidence of what is asked."""
    for answer in entry.answers.values():
        split = ((tokens(fold(clean(sentence))), sentence) for sentence in _SENTENCE_END.split(answer))
        telling = [(words, text) for words, text in split if len(words) >= _SENTENCE_WORDS]
        for words, text in telling[:most]:
            yield Phrasing(number, tuple(words[:_MAX_WORDS]), _SENTENCE_WEIGHT, is_question=False, text=text)
