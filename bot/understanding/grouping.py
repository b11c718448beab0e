"""Texts that ask for the same thing, put together.

Each text joins the oldest group whose first text is enough like it, else it opens a group. Newcomers never
move the earlier ones, and the likeness of two texts depends on these two and the FAQ alone: a group keeps
its first text as its name for as long as that text is there.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from bot.understanding.concepts import STOP_WORDS
from bot.understanding.features import distinct, features_of
from bot.understanding.normalise import words_of

ALIKE: Final = 0.5
"""Likeness from which two texts ask for the same thing."""
_MAX_WORDS: Final = 40
_LEXICAL: Final = 1.15  # weight of forms, stems and concepts, of the letters'
_SMALL_WORDS: Final = 0.5
_RARITY: Final = 1.4
_COMMON: Final = 0.08  # what so many of the FAQ's phrasings have tells nothing

Weights = dict[str, float]


class Rarity:
    """How rare a feature is among the phrasings of the FAQ: what is rare weighs more."""

    def __init__(self, phrasings: Iterable[str] = ()) -> None:
        counts: Counter[str] = Counter()
        self._size = 0
        for phrasing in phrasings:
            self._size += 1
            parts = distinct(words_of(phrasing))
            counts.update({feature for part in parts for feature in features_of(part)})
        self._counts = counts

    def weights(self, text: str) -> Weights:
        """A text's features, brought to length one."""
        found: Weights = {}
        for part in distinct(words_of(text)[:_MAX_WORDS]):
            share = _SMALL_WORDS if part in STOP_WORDS else 1.0
            for feature in features_of(part):
                found[feature] = max(found.get(feature, 0.0), share * self._of(feature))
        length = math.sqrt(sum(weight * weight for weight in found.values())) or 1.0
        return {feature: weight / length for feature, weight in found.items() if weight}

    def _of(self, feature: str) -> float:
        count = self._counts[feature]
        if count > max(20.0, _COMMON * self._size):
            return 0.0
        kind = _LEXICAL if feature[0] in "=~@" else 1.0
        rarity: float = (math.log((1 + self._size) / (1 + count)) + 1) ** _RARITY
        return kind * rarity


def group_alike(
    texts: Sequence[str], rarity: Rarity | None = None, *, alike: float = ALIKE
) -> list[list[int]]:
    """Places of texts that belong together, oldest first; `texts` are in the order in which they came."""
    rarity = rarity or Rarity()
    leaders = _Leaders()
    groups: list[list[int]] = []
    for place, text in enumerate(texts):
        weights = rarity.weights(text)
        found = leaders.nearest(weights, alike)
        if found is None:
            leaders.add(weights)
            groups.append([place])
        else:
            groups[found].append(place)
    return groups


class _Leaders:
    """The first text of every group, by feature."""

    def __init__(self) -> None:
        self._having: defaultdict[str, tuple[array[int], array[float]]] = defaultdict(
            lambda: (array("q"), array("d"))
        )
        self._count = 0

    def add(self, weights: Weights) -> None:
        for feature, weight in weights.items():
            groups, values = self._having[feature]
            groups.append(self._count)
            values.append(weight)
        self._count += 1

    def nearest(self, weights: Weights, least: float) -> int | None:
        """The most alike group, the oldest of equals; None where none is alike enough."""
        likeness = np.zeros(self._count)
        for feature, weight in weights.items():
            having = self._having.get(feature)
            if having is not None:
                groups, values = np.frombuffer(having[0], np.int64), np.frombuffer(having[1])
                likeness[groups] += values * weight
        best = int(likeness.argmax()) if self._count else -1
        return best if best >= 0 and likeness[best] >= least else None
