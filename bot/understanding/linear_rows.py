"""The classifier of `linear` for long lists, learned from the rows of features, phrasing by phrasing
(dual coordinate descent).

source: Hsieh et al., ICML 2008, "A dual coordinate descent method for large-scale linear SVM". Where there
are many entries, each is told apart from its nearest phrasings only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from bot.understanding.embedding.nearness import Nearness
from bot.understanding.features import Floats, Ints, Rows
from bot.understanding.linear import BIAS, RIDGE, raised, signs

FEW: Final = 160
"""Entries up to which each is told apart from all."""
_FAR: Final = 2  # one in so many of the others is taken from all over the list, to stand for the world
_NEAR: Final = 96  # phrasings that an entry is told apart by
_COLUMNS: Final = 384
_TOGETHER: Final = 32  # entries solved together
_ROUNDS: Final = 12
_TABLE: Final = 6_000_000  # weights of the table while a list of few entries is learned
_SEED: Final = 20_240_101


@dataclass(frozen=True, slots=True)
class NearShares:
    """The shares of its nearest phrasings in every entry's score; those of others are none."""

    present: Ints  # entries that have phrasings
    near: Ints  # for each of these its nearest phrasings
    values: Floats
    size: int

    def of(self, likeness: Floats) -> Floats:
        """Every entry's score for one text, without the bias."""
        return self._spread(np.einsum("ek,ek->e", self.values, likeness[self.near]))

    def bias(self) -> Floats:
        """What every entry's score begins with."""
        return self._spread(BIAS * self.values.sum(axis=1))

    def _spread(self, found: Floats) -> Floats:
        scores = np.zeros(self.size, np.float32)
        scores[self.present] = found
        return scores


def solve_few(rows: Rows, entries: Ints, weights: Floats, *, features: int, size: int, epochs: int) -> Floats:
    """The share of every phrasing in every entry's score; see `linear.score`."""
    table = _table(features, size)
    lengths = _lengths(rows, weights)
    targets, bias = signs(entries, size), np.zeros(size, np.float32)
    shares = np.zeros((len(entries), size), np.float32)
    order = np.random.default_rng(_SEED)
    for _ in range(epochs):
        for number in order.permutation(len(entries)).tolist():
            ids, values = rows.row(number)
            at = ids % len(table)
            sign, share = targets[number], shares[number]
            miss = sign * (values @ table[at] + bias) - 1 + RIDGE / weights[number] * (sign * share)
            step = sign * np.maximum(0, sign * share - miss / lengths[number]) - share
            shares[number] += step
            bias += BIAS * step
            table[at] += values[:, None] * step
    return shares


def solve_many(
    rows: Rows, entries: Ints, weights: Floats, *, size: int, nearness: Nearness | None = None
) -> NearShares:
    """The same where there are many entries: each is told apart from its nearest phrasings, a small list of
    its own, in words and in meaning. `entries` are sorted."""
    folded = _folded(rows)
    present, firsts, counts = np.unique(entries, return_index=True, return_counts=True)
    centres = np.add.reduceat(folded, firsts)
    meant = np.zeros(0, np.float32) if nearness is None else nearness.centres(firsts)
    most = min(len(entries), max(_NEAR, min(4 * int(counts.max()), 3 * _NEAR)))
    found, shares = [], []
    for start in range(0, len(present), _TOGETHER):
        some = slice(start, start + _TOGETHER)
        like = centres[some] @ folded.T
        if nearness is not None:
            like += meant[some] @ nearness.meanings.T
        near = np.stack(
            [
                _nearest(like[row], slice(first, first + count), most)
                for row, (first, count) in enumerate(zip(firsts[some], counts[some], strict=True))
            ]
        )
        own = np.where(entries[near] == present[some, None], np.float32(1), np.float32(-1))
        among = folded[near]
        gram = raised(among @ among.transpose(0, 2, 1))
        if nearness is not None:
            gram += nearness.among(near)
        shares.append(_solved(gram, own, RIDGE / weights[near]))
        found.append(near)
    return NearShares(present, np.concatenate(found), np.concatenate(shares), size)


def _nearest(like: Floats, own: slice, most: int) -> Ints:
    """An entry's own phrasings, at most half of all, and the nearest of others."""
    others = like.copy()
    others[own] = -np.inf
    kept = np.arange(own.start, own.stop)
    kept = kept[np.argsort(-like[own], kind="stable")[: most // 2]]
    room = most - len(kept)
    far = room // _FAR
    order = np.argpartition(-others, room - far - 1)
    rest = np.sort(order[room - far : len(others) - (own.stop - own.start)])
    return np.concatenate([kept, order[: room - far], rest[:: max(1, len(rest) // max(1, far))][:far]])


def _solved(grams: Floats, own: Floats, ridges: Floats) -> Floats:
    """As `linear.solve_inverse`, many lists with one entry each together."""
    places = np.arange(grams.shape[1])
    grams += np.float32(BIAS)
    grams[:, places, places] += ridges
    inverses = np.linalg.inv(grams)
    targets = wanted = before = own
    for turn in range(_ROUNDS):
        fitted = wanted - ridges * np.einsum("eij,ej->ei", inverses, wanted)
        moved = targets * np.maximum(1, targets * fitted)
        wanted, before = moved + np.float32(turn / (turn + 3)) * (moved - before), moved
    return np.asarray(np.einsum("eij,ej->ei", inverses, wanted), np.float32)


def _folded(rows: Rows) -> Floats:
    """The rows in few columns: features that share one take different signs, so that on average they don't
    meet."""
    mixed = rows.ids.astype(np.int64) * 2_654_435_761 % (1 << 32)
    signed = np.where(mixed >> 31, rows.values, -rows.values)
    count = len(rows.starts) - 1
    at = np.repeat(np.arange(count), np.diff(rows.starts)) * _COLUMNS + (mixed >> 8) % _COLUMNS
    return np.bincount(at, signed, count * _COLUMNS).astype(np.float32).reshape(count, _COLUMNS)


def without(rows: Rows, kept: Ints) -> Rows:
    """Some of the rows."""
    counts = rows.starts[kept + 1] - rows.starts[kept]
    ends = np.cumsum(counts)
    at = np.arange(int(counts.sum())) + np.repeat(rows.starts[kept] - ends + counts, counts)
    return Rows(np.concatenate([np.zeros(1, np.int64), ends]), rows.ids[at], rows.values[at])


def with_columns(rows: Rows, columns: Floats, *, behind: int) -> Rows:
    """The rows with more features, of which each has all, behind those there are."""
    count, width = columns.shape
    at = np.repeat(rows.starts[1:], width)
    ids = np.tile(np.arange(behind, behind + width, dtype=np.int32), count)
    return Rows(
        rows.starts + width * np.arange(count + 1),
        np.insert(rows.ids, at, ids),
        np.insert(rows.values, at, columns.reshape(-1)),
    )


def _table(features: int, size: int) -> Floats:
    return np.zeros((min(features, max(1024, _TABLE // size)), size), np.float32)


def _lengths(rows: Rows, weights: Floats) -> Floats:
    squares = np.concatenate([np.zeros(1), np.cumsum(rows.values.astype(np.float64) ** 2)])
    return (np.diff(squares[rows.starts]) + BIAS + RIDGE / weights).astype(np.float32)
