"""What of a text is compared: its words, their pairs, and the letters they are made of.

A word stands for its form, its stems, the concept it names, and every 2 to 4 letters in a row with the
word's edges; a pair of neighbours stands for itself. A text is the sum of its distinct words and pairs,
brought to length one, so that what one word adds can be remembered. Digits count as letters: "7al" and
"3andkom" are words.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain, pairwise
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from bot.understanding.concepts import CONCEPTS_OF, STOP_WORDS, concepts_of
from bot.understanding.stems import arabic, stem

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]

MAX_WORDS: Final = 60
"""Distinct words of one text that are compared."""
_MAX_LETTERS: Final = 24
_GRAMS: Final = (2, 3, 4)
_LEXICAL: Final = 1.15  # weight of words and pairs, of the letters'
_SMALL_WORDS: Final = 0.7  # weight of words that most questions have
_RARITY: Final = 0.9  # how strongly rare features outweigh common ones
_CONCEPTS: Final = 2.5 * _LEXICAL  # weight of what words mean: few letters are shared by synonyms
_MEANING: Final = "@"
_KINDS: Final[Mapping[str, float]] = {"=": _LEXICAL, "~": _LEXICAL, _MEANING: _CONCEPTS}
"""Marks before a form, a stem, a concept, with their weights; letters in a row have none."""
_ALONE: Final = (1.0,)
_AT_ONCE: Final = 500  # texts summed in one go: bounds the memory this takes


@lru_cache(maxsize=20_000)
def features_of(word: str) -> tuple[str, ...]:
    """The features of a folded word, or of a pair "a b"."""
    if " " in word:
        return (f"={word}", *(f"@{each}" for each in CONCEPTS_OF.get(word, ())))
    word = word[:_MAX_LETTERS]
    stems = [stem(word, "ar")] if arabic(word) else [stem(word, "en"), stem(word, "fr")]
    found = [f"={word}", *(f"~{each}" for each in stems), *(f"@{each}" for each in concepts_of(word))]
    framed = f" {word} "
    found += [framed[at : at + n] for n in _GRAMS for at in range(max(1, len(framed) - n + 1))]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=20_000)
def shares_of(word: str) -> tuple[float, ...]:
    """How much each of the `features_of` a word, or a pair, counts of what it does elsewhere."""
    features = features_of(word)
    share = _SMALL_WORDS if word in STOP_WORDS else 1.0
    meanings = sum(feature[0] == _MEANING for feature in features)
    if meanings < 2:
        return (share,) * len(features)
    each = share / math.sqrt(meanings)
    return tuple(each if feature[0] == _MEANING else share for feature in features)


def distinct(words: Iterable[str]) -> list[str]:
    """A text's words and its pairs of neighbours ("a b"), each once, words first."""
    said = list(words)[: 2 * MAX_WORDS]
    stems = [stem(word, "ar" if arabic(word) else "en") for word in said]
    return [*list(dict.fromkeys(said))[:MAX_WORDS], *dict.fromkeys(f"{a} {b}" for a, b in pairwise(stems))]


class Part(NamedTuple):
    """What one word or pair adds to a text. The mass counts features that no listed text has, too."""

    ids: Ints
    values: Floats
    mass: float


class Rows(NamedTuple):
    """Texts as rows of features, one after the other; a text's begin at its start."""

    starts: Ints  # one more than texts
    ids: Numbers
    values: Floats

    def row(self, text: int) -> tuple[Numbers, Floats]:
        at = slice(self.starts[text], self.starts[text + 1])
        return self.ids[at], self.values[at]


class FeatureSpace:
    """The features of some texts with their weights: the rarer, the heavier."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        """`texts` as `distinct` gives them."""
        self._ids: dict[str, int] = {}
        parts = _Parts(texts, self._ids)
        starts, ids, shares = parts.summed()
        counts = np.bincount(ids, minlength=len(self._ids))
        rarity = np.log((1 + len(texts)) / (1 + counts)) + 1
        kinds = np.array([_KINDS.get(feature[0], 1.0) for feature in self._ids], np.float64)
        self._weights = (rarity**_RARITY * kinds).astype(np.float32)
        self._unknown = (math.log(1 + len(texts)) + 1) ** (2 * _RARITY)
        scales = 1 / np.sqrt(np.maximum(parts.masses(self._weights), 1e-9))
        values = self._weights[ids] * shares * np.repeat(scales, np.diff(starts))
        self.rows = Rows(starts, ids, values.astype(np.float32))

    def __len__(self) -> int:
        return len(self._ids)

    def part(self, text: str) -> Part | None:
        """What a word, or a pair "a b", adds; nothing for a pair that was never seen and names nothing."""
        features, shares = features_of(text), shares_of(text)
        numbers = [self._ids.get(feature, -1) for feature in features]
        known = [place for place, number in enumerate(numbers) if number >= 0]
        pair = " " in text
        if pair and not known:
            return None
        ids = np.array([numbers[place] for place in known], np.int64)
        values = self._weights[ids] * np.array([shares[place] for place in known], np.float32)
        unknown = 0.0 if pair else (len(features) - len(known)) * self._unknown * shares[0] ** 2
        return Part(ids, values, float(values @ values) + unknown)


class _Parts:
    """The parts of many texts as numbers: which features a part has, which parts a text has."""

    def __init__(self, texts: Sequence[Sequence[str]], ids: dict[str, int]) -> None:
        """`ids` are filled with the number of every feature."""
        places: dict[str, int] = {}
        features: list[int] = []
        shares: list[float] = []
        lengths: list[int] = []
        for each in chain.from_iterable(texts):
            if each not in places:
                places[each] = len(places)
                found = features_of(each)
                features += [ids.setdefault(feature, len(ids)) for feature in found]
                shares += shares_of(each) if len(found) > 1 else _ALONE
                lengths.append(len(found))
        self._features = np.array(features, np.int32)
        self._lengths = np.array(lengths, np.int64)
        self._starts = np.cumsum(self._lengths) - self._lengths
        self._shares = np.array(shares, np.float32)
        self._size = len(ids)
        self._of = [np.array([places[each] for each in parts], np.int64) for parts in texts]

    def summed(self) -> tuple[Ints, Numbers, Floats]:
        """Of all texts the starts, the features, and what their parts together have of each."""
        found = [self._some(self._of[at : at + _AT_ONCE]) for at in range(0, len(self._of), _AT_ONCE)]
        lengths = np.concatenate([np.zeros(1, np.int64), *(counts for counts, _, _ in found)])
        ids = np.concatenate([np.zeros(0, np.int32), *(ids for _, ids, _ in found)])
        shares = np.concatenate([np.zeros(0, np.float32), *(shares for _, _, shares in found)])
        return np.cumsum(lengths), ids, shares

    def masses(self, weights: Floats) -> Floats:
        """The mass of every text."""
        squares = (weights[self._features] * self._shares) ** 2
        masses = np.add.reduceat(squares, self._starts) if len(squares) else squares
        return np.array([masses[of].sum() for of in self._of], np.float32)

    def _some(self, texts: Sequence[Ints]) -> tuple[Ints, Numbers, Floats]:
        parts = np.concatenate(texts)
        lengths = self._lengths[parts]
        ends = np.cumsum(lengths)
        at = np.arange(int(lengths.sum())) + np.repeat(self._starts[parts] - ends + lengths, lengths)
        text = np.repeat(np.repeat(np.arange(len(texts)), [len(of) for of in texts]), lengths)
        keys, place = np.unique(text * self._size + self._features[at], return_inverse=True)
        shares = np.bincount(place, self._shares[at], len(keys))
        counts = np.bincount(keys // max(1, self._size), minlength=len(texts))
        return counts, (keys % max(1, self._size)).astype(np.int32), shares.astype(np.float32)
