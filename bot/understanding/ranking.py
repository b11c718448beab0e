"""Entries ranked for a text, learned from their phrasings; and held-out questions to calibrate it with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bot.understanding import calibration, linear, linear_rows
from bot.understanding.calibration import Calibration, Evidence
from bot.understanding.embedding.nearness import Nearness
from bot.understanding.features import Floats, Ints
from bot.understanding.likeness import Likeness
from bot.understanding.linear_rows import NearShares

_FOLDS: Final = 4
_MOST_PARTS: Final = 12  # of an entry's questions, one part is left out at a time
_ASKED: Final = 80  # … and fewer, longer ones where there are not as many left out in a fold
_FEW_ENTRIES: Final = 8  # below, the rest that an entry is told apart from says little of the world
_SUPPORT: Final = 4.0  # how far the nearest phrasing then carries a score
_SEED: Final = 77
_ENOUGH: Final = 800  # held-out questions after which no further fold is needed
_HELD_OUT: Final = 1_500  # held-out questions of either kind are enough
_ENOUGH_STRANGERS: Final = 30  # that were given, from which entries left out need not stand for them
_EPOCHS: Final = 8  # passes over a long list


@dataclass(frozen=True, slots=True)
class Phrasing:
    """A text that stands for an entry: one of its questions, or (with less weight) of its answer."""

    entry: int
    words: tuple[str, ...]
    weight: float = 1.0
    is_question: bool = True
    text: str = ""  # as written


class Ranking:
    """Immutable once learned. Entries are numbers; those without a phrasing are never found.

    With a sentence model it ranks by meanings beside words; then it is for texts whose meaning is known.
    """

    def __init__(
        self,
        phrasings: Sequence[Phrasing],
        size: int,
        *,
        precision: float,
        held_out_precision: float | None = None,
        strangers: Sequence[Sequence[str]] = (),
        meanings: tuple[Floats, Floats] | None = None,
        beside: Ranking | None = None,
    ) -> None:
        """`strangers`: words of questions that no entry answers, to calibrate with. `meanings`: a row for each of the
        phrasings and then of the strangers, and their strengths; `beside`: what was learned without them."""
        order = sorted(range(len(phrasings)), key=lambda at: phrasings[at].entry)
        self._phrasings = [phrasings[at] for at in order]
        self._strangers = strangers
        self._entries: Ints = np.array([each.entry for each in self._phrasings], np.int64)
        self._weights: Floats = np.array([each.weight for each in self._phrasings], np.float32)
        self._asked: Floats = np.array([each.is_question for each in self._phrasings], np.float32)
        self._size = size
        self._present, self._first, places = np.unique(self._entries, return_index=True, return_inverse=True)
        self.likeness: Likeness = (
            beside.likeness if beside else Likeness([each.words for each in self._phrasings], places)
        )
        self._nearness = None if meanings is None else Nearness(meanings[0][order], meanings[1][order])
        self._short = linear.fits_gram(len(phrasings), len(self._present))
        self._raised = self._short or len(self._present) > linear_rows.FEW
        self._learned, held_out = self._learn()
        if len(strangers) >= _ENOUGH_STRANGERS:
            held_out = [each for each in held_out if not each.stranger]
        self.held_out = held_out + self._of_strangers(meanings)
        self._precision, self._held_out_precision = precision, held_out_precision
        self.calibration = self._calibrate(self.held_out)

    def __len__(self) -> int:
        return len(self._phrasings)

    def calibrate_for(self, places: Collection[int]) -> None:
        """Calibrate anew with these of the held-out questions alone."""
        self.calibration = self._calibrate([each for each in self.held_out if each.place in places])

    def rank(
        self, words: Sequence[str], k: int, meaning: tuple[Floats, float] | None = None
    ) -> list[tuple[int, int, Evidence]]:
        """The best entries with their nearest phrasings (places in the sorted list) and their evidence."""
        if not len(self._present) or not words:
            return []
        heard = self.likeness.heard(words)
        known = self.likeness.known(heard)
        seen = self._seen(self.likeness.together(heard), *(meaning or ()))
        scores = self._learned.scores(seen.together)[self._present]
        nearest, count = seen.nearest(self._first), min(k, len(scores))
        best, evidence = _evidence(scores, nearest, len(words), known.__getitem__, count)
        return [
            (int(self._present[at]), self._phrasing(seen.words, at), each)
            for at, each in zip(best, evidence, strict=True)
        ]

    def words_of(self, place: int) -> Sequence[str]:
        """Of a held-out question; the strangers come behind the phrasings."""
        behind = place - len(self._phrasings)
        return self._phrasings[place].words if behind < 0 else self._strangers[behind]

    def phrasing(self, place: int) -> Phrasing:
        return self._phrasings[place]

    def alike(self, least: float) -> list[tuple[int, int, int, int, float]]:
        """Pairs of entries with the places of their two most alike questions, most alike first."""
        found: dict[tuple[int, int], tuple[int, int, float]] = {}
        for here, asked in enumerate(self._phrasings):
            likeness = self.likeness.to(asked.words) * self._asked * (self._entries > asked.entry)
            for there in np.flatnonzero(likeness >= least).tolist() if asked.is_question else ():
                pair = (asked.entry, int(self._entries[there]))
                if pair not in found or found[pair][2] < likeness[there]:
                    found[pair] = (here, there, float(likeness[there]))
        pairs = [(one, here, other, there, like) for (one, other), (here, there, like) in found.items()]
        return sorted(pairs, key=lambda pair: -pair[4])

    def _seen(self, likeness: Floats, meaning: Floats | None = None, strength: Floats | float = 1.0) -> _Seen:
        """`likeness` of one text to every phrasing, or of several, one a row; so are the meanings."""
        reasons = linear.raised(likeness) if self._raised else likeness
        if self._nearness is None or meaning is None:
            return _Seen(reasons, likeness)
        cosines = self._nearness.cosines(meaning)
        near = self._nearness.of(cosines, np.asarray(strength, np.float32))
        return _Seen(reasons + near, likeness, cosines)

    def _meant(self) -> tuple[Floats, ...]:
        """The phrasings' meanings and strengths, where there are any."""
        return () if self._nearness is None else (self._nearness.meanings, self._nearness.strengths)

    def _phrasing(self, likeness: Floats, at: int) -> int:
        first = int(self._first[at])
        last = int(self._first[at + 1]) if at + 1 < len(self._first) else len(likeness)
        return first + int(np.argmax((likeness * self._asked)[first:last]))

    def _learn(self) -> tuple[_Learned, list[HeldOut]]:
        """What is learned from all phrasings, and what held-out questions found."""
        count = len(self._phrasings)
        everyone = np.arange(count)
        if not count:
            return _Learned.of(np.zeros((0, self._size), np.float32)), []
        if not self._short:
            whole = self._solve_rows(everyone)
            return whole, self._hold_out_rows(whole)
        seen = self._seen(self.likeness.gram(), *self._meant())
        gram = seen.together
        inverse = linear.inverse_of(gram, self._weights)
        targets = linear.targets_of(inverse, self._entries, self._weights, self._size)
        whole = _Learned.with_centres(inverse @ targets, gram, self._entries, self._weights)
        held_out: list[HeldOut] = []
        for fold in _folds(self._phrasings, self._size):
            if len(held_out) >= _ENOUGH:
                break
            kept, left_out = fold.kept, np.setdiff1d(everyone, fold.kept)
            entries, weights = self._entries[kept], self._weights[kept]
            shares = linear.solve_without(
                inverse, kept, left_out, entries, weights, self._size, start=targets[kept]
            )
            learned = _Learned.with_centres(shares, gram[np.ix_(kept, kept)], entries, weights)
            held_out += self._found(seen.of(fold.out), learned, whole, fold)
        return whole, held_out

    def _solve_rows(self, kept: Ints) -> _Learned:
        rows = linear_rows.without(self.likeness.rows, kept)
        entries, weights = self._entries[kept], self._weights[kept]
        nearness = None if self._nearness is None else self._nearness.some(kept)
        if self._raised:
            near = linear_rows.solve_many(rows, entries, weights, size=self._size, nearness=nearness)
            return _Learned(near, near.bias())
        features = self.likeness.features
        if nearness is not None:
            columns = nearness.columns()
            rows = linear_rows.with_columns(rows, columns, behind=features)
            features += columns.shape[1]
        return _Learned.of(
            linear_rows.solve_few(rows, entries, weights, features=features, size=self._size, epochs=_EPOCHS)
        )

    def _hold_out_rows(self, whole: _Learned) -> list[HeldOut]:
        """One fold is enough of a long list."""
        fold = next(iter(_folds(self._phrasings, self._size)))
        learned = self._solve_rows(fold.kept)
        likeness = self.likeness.of(fold.out.tolist())
        return self._found(
            self._seen(likeness, *(each[fold.out] for each in self._meant())), learned, whole, fold
        )

    def _of_strangers(self, meanings: tuple[Floats, Floats] | None) -> list[HeldOut]:
        count = len(self._phrasings)
        found = []
        for place, words in enumerate(self._strangers, count):
            meaning = None if meanings is None else (meanings[0][place], float(meanings[1][place]))
            for _, _, evidence in self.rank(words, 1, meaning):
                found.append(HeldOut(place, evidence, right=False, stranger=True))
        return found

    def _found(self, seen: _Seen, learned: _Learned, whole: _Learned, fold: _Fold) -> list[HeldOut]:
        """What is found for the questions left out. A stranger's entry is none; any other question has the
        entries of strangers for rivals, as `whole` knows them: there are no fewer entries for a customer."""
        if not len(fold.kept):
            return []
        some = _Known.of(self._entries, fold.kept)
        more = _Known.of(self._entries, fold.others)
        strange = ~np.isin(more.present, some.present)
        found = []
        for row, (at, stranger) in enumerate(zip(fold.out.tolist(), fold.strangers.tolist(), strict=True)):
            asked, like = self._phrasings[at], seen.of(row)
            scores = learned.scores(like.together[fold.kept])
            if stranger:
                known, scores = some, scores[some.present]
            else:
                shown = np.zeros_like(like.together)
                shown[fold.others] = like.together[fold.others]
                rivals = whole.scores(shown) if strange.any() else scores
                known, scores = more, np.where(strange, rivals[more.present], scores[more.present])
            nearest = like.of(known.places).nearest(known.first)
            told = partial(self._told, at, known)
            best, evidence = _evidence(scores, nearest, len(asked.words), told, 1)
            right = bool(known.present[best[0]] == asked.entry)
            found.append(HeldOut(at, evidence[0], right=right, stranger=stranger))
        return found

    def _told(self, asked: int, known: _Known, at: int) -> float:
        return self.likeness.known_to(asked, known.of_entry(at))

    def _calibrate(self, held_out: Sequence[HeldOut]) -> Calibration:
        return calibration.fit(
            np.array([each.evidence.terms() for each in held_out], np.float64),
            np.array([each.right for each in held_out], np.bool_),
            np.array([each.stranger for each in held_out], np.bool_),
            self._precision,
            held_out_precision=self._held_out_precision,
        )


@dataclass(frozen=True, slots=True)
class _Seen:
    """What texts are to the phrasings, or to the entries: alike in words, in meaning, in both together as it
    is learned from."""

    together: Floats
    words: Floats
    cosines: Floats | None = None

    def of(self, at: Any) -> _Seen:
        """A part of it, as an array's."""
        return _Seen(self.together[at], self.words[at], None if self.cosines is None else self.cosines[at])

    def nearest(self, first: Ints) -> _Nearest:
        """From phrasings to entries, which begin at these places: their nearest phrasings."""
        cosines = None if self.cosines is None else np.maximum.reduceat(self.cosines, first)
        return _Nearest(np.maximum.reduceat(self.words, first), cosines)


@dataclass(frozen=True, slots=True)
class _Nearest:
    """How near every entry's nearest phrasing is, in words and in meaning."""

    words: Floats
    cosines: Floats | None

    def either(self) -> Floats:
        """The greater of both."""
        return self.words if self.cosines is None else np.maximum(self.words, self.cosines)


@dataclass(frozen=True, slots=True)
class _Learned:
    """From what a text is to all phrasings to every entry's score."""

    shares: Floats | NearShares
    bias: Floats

    @classmethod
    def of(cls, shares: Floats) -> _Learned:
        return cls(shares, linear.bias_of(shares))

    @classmethod
    def with_centres(cls, shares: Floats, gram: Floats, entries: Ints, weights: Floats) -> _Learned:
        return cls(linear.with_centres(shares, gram, entries, weights), linear.bias_of(shares))

    def scores(self, reasons: Floats) -> Floats:
        """Every entry's score for one text."""
        if isinstance(self.shares, NearShares):
            return self.shares.of(reasons) + self.bias
        return linear.score(reasons, self.shares, self.bias)


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A question that was left out, and what was found for it."""

    place: int
    evidence: Evidence
    right: bool
    stranger: bool


@dataclass(frozen=True, slots=True)
class _Fold:
    """Phrasings that are learned, questions that are asked, and which of these no kept entry answers."""

    kept: Ints
    others: Ints  # these, and the phrasings of strangers
    out: Ints
    strangers: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Known:
    """Some phrasings, and the entries they are of."""

    places: Ints
    present: Ints
    first: Ints

    @classmethod
    def of(cls, entries: Ints, places: Ints) -> _Known:
        present, first = np.unique(entries[places], return_index=True)
        return cls(places, present, first)

    def of_entry(self, at: int) -> list[int]:
        """The phrasings of one of them."""
        last = self.first[at + 1] if at + 1 < len(self.first) else len(self.places)
        some: Ints = self.places[self.first[at] : last]
        return [int(each) for each in some]


def _folds(phrasings: Sequence[Phrasing], size: int) -> Iterator[_Fold]:
    """Every entry is a stranger once; of the others few questions are left out at a time, as a question
    whose kin are left out with it is harder than what customers ask."""
    random = np.random.default_rng(_SEED)
    parts = max(_FOLDS, min(_MOST_PARTS, len(phrasings) * 3 // (4 * _ASKED)))
    turn = random.permutation(size) % _FOLDS
    entries = np.array([each.entry for each in phrasings], np.int64)
    questions = np.array([each.is_question for each in phrasings], np.bool_)
    places = np.zeros(len(phrasings), np.int64)
    for entry in range(size):
        own = np.flatnonzero(entries == entry)
        asked = own[questions[own]]
        places[asked] = random.permutation(len(asked)) if len(asked) > 1 else -1
    for fold in range(_FOLDS):
        strange = turn[entries] == fold
        known = ~strange & questions & (places >= 0) & (places % parts == (turn[entries] + fold) % parts)
        chosen = [_some(random, np.flatnonzero(strange & questions)), _some(random, np.flatnonzero(known))]
        out = np.concatenate(chosen)
        yield _Fold(
            np.flatnonzero(~strange & ~known),
            np.flatnonzero(~known),
            out,
            np.arange(len(out)) < len(chosen[0]),
        )


def _some(random: np.random.Generator, places: Ints) -> Ints:
    most = _HELD_OUT // _FOLDS
    return places if len(places) <= most else np.sort(random.choice(places, most, replace=False))


def _evidence(
    scores: Floats, nearest: _Nearest, words: int, known: Callable[[int], float], k: int
) -> tuple[list[int], list[Evidence]]:
    """The `k` best places, best first, with what speaks for each; `known`: see `Evidence.known`."""
    if len(scores) < _FEW_ENTRIES:
        scores = np.minimum(scores, _SUPPORT * nearest.either() - 1)
    best = _highest(scores, max(2, k))
    alike = _highest(nearest.words, 2)
    found = []
    for at in best[:k]:
        rival = next((float(scores[other]) for other in best if other != at), -1.0)
        like = next((float(nearest.words[other]) for other in alike if other != at), 0.0)
        score, near = float(scores[at]), float(nearest.words[at])
        found.append(Evidence(score, score - rival, near, near - like, words, float(known(at))))
    return best[:k], found


def _highest(values: Floats, k: int) -> list[int]:
    count = min(k, len(values))
    some = np.argpartition(values, len(values) - count)[len(values) - count :]
    return [int(at) for at in some[np.argsort(-values[some], kind="stable")]]
