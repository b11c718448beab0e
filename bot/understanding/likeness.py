"""How like a text is to each listed phrasing: the cosine of their features."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np

from bot.understanding.features import FeatureSpace, Floats, Ints, Part, distinct

_DENSE_FROM: Final = 48  # phrasings from which a feature is worth a dense column of the Gram matrix
_REMEMBERED_BYTES: Final = 16_000_000
_PAIRS_AT_ONCE: Final = 400_000
_COLUMNS_AT_ONCE: Final = 512


class Heard(NamedTuple):
    """What a word, or a pair, of a text has in common with the phrasings."""

    products: Floats  # with every phrasing
    mass: float
    shares: Floats  # of the mass, what each entry's phrasings have


class Likeness:
    """Phrasings as rows of features, and as postings: which phrasings have a feature."""

    def __init__(self, texts: Sequence[Sequence[str]], entries: Ints | None = None) -> None:
        """`texts` are the phrasings' words, normalised; `entries` the places of what they are of, ascending.
        Without them, each phrasing is of its own."""
        parts = [distinct(words) for words in texts]
        self._space = FeatureSpace(parts)
        self.features = len(self._space)
        self.rows = self._space.rows
        self._entries: Ints = np.arange(len(texts)) if entries is None else entries
        self._size = int(self._entries[-1]) + 1 if len(texts) else 0
        self._index()
        self._remembered: dict[str, Heard] = {}
        self._room = max(200, _REMEMBERED_BYTES // (4 * max(1, len(texts) + self._size)))

    def __len__(self) -> int:
        return len(self.rows.starts) - 1

    def heard(self, words: Iterable[str]) -> list[Heard]:
        """The parts of a text."""
        return [heard for each in distinct(words) if (heard := self._known(each)) is not None]

    def to(self, words: Iterable[str]) -> Floats:
        """The likeness of a text to every phrasing, 0 to 1."""
        return self.together(self.heard(words))

    def together(self, heard: Sequence[Heard]) -> Floats:
        """The same for the parts of a text."""
        if not heard:
            return np.zeros(len(self), np.float32)
        likeness: Floats = np.add.reduce([each.products for each in heard])
        likeness *= 1 / math.sqrt(sum(each.mass for each in heard) or 1.0)
        return likeness

    def known(self, heard: Sequence[Heard]) -> Floats:
        """The share of a text's mass that each entry's phrasings have, 0 to 1."""
        shares: Floats = np.add.reduce([each.shares for each in heard])
        return shares / (sum(each.mass for each in heard) or 1.0)

    def known_to(self, place: int, phrasings: Sequence[int]) -> float:
        """The share of a phrasing's mass that some others have, 0 to 1."""
        has = np.zeros(self.features, np.bool_)
        for each in phrasings:
            has[self.rows.row(each)[0]] = True
        ids, values = self.rows.row(place)
        own = values[has[ids]]
        return float(own @ own) / float(values @ values)

    def of(self, places: Iterable[int]) -> Floats:
        """The likeness of some of the phrasings to every phrasing."""
        found = [np.zeros((0, len(self)), np.float32)]
        for place in places:
            ids, values = self.rows.row(place)
            found.append(self._products(Part(ids.astype(np.int64), values, 1.0))[None])
        return np.concatenate(found)

    def gram(self) -> Floats:
        """The likeness of every phrasing to every phrasing: common features as dense columns, rare ones
        pair by pair."""
        size = len(self)
        gram = self._dense_gram(np.flatnonzero(self._counts >= _DENSE_FROM))
        flat = gram.reshape(-1)
        for count in np.unique(self._counts[(self._counts > 0) & (self._counts < _DENSE_FROM)]).tolist():
            starts = self._starts[self._counts == count]
            for some in np.array_split(starts, 1 + len(starts) * count * count // _PAIRS_AT_ONCE):
                at = some[:, None] + np.arange(count)
                who, values = self._who[at], self._values[at]
                where = (who[:, :, None] * size + who[:, None, :]).reshape(-1)
                np.add.at(flat, where, (values[:, :, None] * values[:, None, :]).reshape(-1))
        return gram

    def _known(self, text: str) -> Heard | None:
        """Remembered, the oldest forgotten."""
        known = self._remembered.get(text)
        if known is not None:
            return known
        part = self._space.part(text)
        if part is None:
            return None
        known = Heard(self._products(part), part.mass, self._shares(part))
        if len(self._remembered) >= self._room:
            self._remembered.pop(next(iter(self._remembered)), None)
        self._remembered[text] = known
        return known

    def _products(self, part: Part) -> Floats:
        at, weights = self._postings(part.ids, part.values)
        return np.bincount(self._who[at], weights * self._values[at], len(self)).astype(np.float32)

    def _shares(self, part: Part) -> Floats:
        at, masses = self._postings(part.ids, part.values**2)
        first = self._first[at]
        return np.bincount(self._whose[at[first]], masses[first], self._size).astype(np.float32)

    def _postings(self, ids: Ints, values: Floats) -> tuple[Ints, Floats]:
        """Where the postings of some features are, and the value of its feature for each."""
        starts, counts = self._starts[ids], self._counts[ids]
        ends = np.cumsum(counts)
        at = np.arange(int(counts.sum())) + np.repeat(starts - ends + counts, counts)
        return at, np.repeat(values, counts)

    def _index(self) -> None:
        columns = self.rows.ids
        order = np.argsort(columns, kind="stable")
        self._who: Ints = np.repeat(np.arange(len(self)), np.diff(self.rows.starts))[order]
        self._values: Floats = self.rows.values[order]
        self._counts: Ints = np.bincount(columns, minlength=self.features)
        self._starts: Ints = np.cumsum(self._counts) - self._counts
        self._whose = self._entries[self._who]  # the entry of every posting
        self._first = np.ones(len(order), np.bool_)  # whether it is the first of its feature and entry
        self._first[1:] = self._whose[1:] != self._whose[:-1]
        self._first[self._starts[self._counts > 0]] = True

    def _dense_gram(self, features: Ints) -> Floats:
        gram = np.zeros((len(self), len(self)), np.float32)
        for some in np.array_split(features, 1 + len(features) // _COLUMNS_AT_ONCE):
            columns = np.zeros((len(some), len(self)), np.float32)
            for place, number in enumerate(some.tolist()):
                at = slice(self._starts[number], self._starts[number] + self._counts[number])
                columns[place, self._who[at]] = self._values[at]
            gram += columns.T @ columns
        return gram
