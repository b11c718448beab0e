"""A linear classifier over phrasings: one against the rest, squared hinge loss, as liblinear's LinearSVC.

Small lists are solved over their Gram matrix. The squared hinge asks nothing of a phrasing that is on its
side by more than a margin; so it is a least-squares fit whose targets follow the scores there, and each
round is one product with a matrix inverted once. (Nesterov's momentum: 25 rounds instead of 200.)
Long lists are solved by `linear_rows`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from bot.understanding.features import Floats, Ints

RIDGE: Final = 0.4
"""What a phrasing may miss the margin by is paid for at 1 / RIDGE."""
BIAS: Final = 1.0
"""The likeness of any two phrasings beside that of their words."""
_ROUNDS: Final = 25
_ROUNDS_AGAIN: Final = 6
_ROUNDS_WORK: Final = 1.5e10  # floating point operations after which a large list's rounds end
_CENTRES: Final = 0.7  # what the likeness to an entry's middle adds to its score
_SMALL: Final = 100  # rows below which a matrix is inverted directly
_GRAM_WORK: Final = 3e10  # floating point operations up to which the Gram matrix is worth it


def fits_gram(phrasings: int, entries: int) -> bool:
    """Whether a list is short enough to be solved over its Gram matrix."""
    return 2.0 * phrasings**3 + 2.0 * _rounds(phrasings, entries) * entries * phrasings**2 <= _GRAM_WORK


def _rounds(phrasings: int, entries: int) -> int:
    return int(min(_ROUNDS, max(5, _ROUNDS_WORK // (2.0 * entries * phrasings**2 or 1.0))))


def signs(entries: Ints, size: int) -> Floats:
    """+1 where a phrasing is of the entry, else -1."""
    targets = np.full((len(entries), size), -1, np.float32)
    targets[np.arange(len(entries)), entries] = 1
    return targets


def inverse_of(gram: Floats, weights: Floats) -> Floats:
    """The regularised Gram matrix inverted, to solve with all phrasings, or with some of them."""
    regular = gram.copy()
    regular[np.diag_indices(len(gram))] += RIDGE / weights
    inverse = _inverse(regular)
    sums = inverse.sum(
        axis=1
    )  # the bias comes in last: inverted along, it would cost the halves their digits
    inverse -= np.outer(sums, sums / np.float32(1 / BIAS + sums.sum()))
    return inverse


def _inverse(matrix: Floats) -> Floats:
    """The inverse of a symmetric positive matrix by halves: two products where a general one takes four."""
    half = len(matrix) // 2
    if half < _SMALL:
        return np.asarray(np.linalg.inv(matrix), np.float32)
    upper, across = _inverse(matrix[:half, :half]), matrix[:half, half:]
    carried = upper @ across
    lower = _inverse(matrix[half:, half:] - across.T @ carried)
    result = np.empty_like(matrix)
    result[half:, half:] = lower
    result[:half, half:] = -(carried @ lower)
    result[half:, :half] = result[:half, half:].T
    result[:half, :half] = upper - result[:half, half:] @ carried.T
    return result


def solve_without(
    inverse: Floats,
    kept: Ints,
    left_out: Ints,
    entries: Ints,
    weights: Floats,
    size: int,
    *,
    start: Floats | None = None,
) -> Floats:
    """`solve_inverse` with the phrasings `kept` only; `entries`, `weights` and `start` are theirs."""
    across = inverse[np.ix_(kept, left_out)]
    rest = inverse[np.ix_(kept, kept)] - across @ np.linalg.solve(
        inverse[np.ix_(left_out, left_out)], across.T
    )
    return solve_inverse(rest, entries, weights, size, start=start)


def solve_inverse(
    inverse: Floats, entries: Ints, weights: Floats, size: int, *, start: Floats | None = None
) -> Floats:
    """The share of every phrasing in every entry's score; see `score`."""
    shares: Floats = inverse @ targets_of(inverse, entries, weights, size, start=start)
    return shares


def targets_of(
    inverse: Floats, entries: Ints, weights: Floats, size: int, *, start: Floats | None = None
) -> Floats:
    """The scores that a least-squares fit must aim at to come to the squared hinge's; `start` are those of a
    list that is nearly the same, from where fewer rounds are needed."""
    ridge = (RIDGE / weights)[:, None]
    own = signs(entries, size)
    targets = before = own if start is None else start
    rounds = _rounds(len(entries), size)
    for turn in range(rounds if start is None else min(_ROUNDS_AGAIN, rounds)):
        moved = own * np.maximum(1, own * (targets - ridge * (inverse @ targets)))
        targets, before = moved + (turn / (turn + 3)) * (moved - before), moved
    return targets


def raised(likeness: Floats) -> Floats:
    """The likeness as it is learned from: half of the letters in common is less than half of a reason."""
    some: Floats = np.maximum(likeness, 0)
    return some * np.sqrt(some)


def with_centres(shares: Floats, gram: Floats, entries: Ints, weights: Floats) -> Floats:
    """The shares with the likeness to the middle of each entry's phrasings added to its score."""
    own = np.zeros_like(shares)
    own[np.arange(len(entries)), entries] = weights
    lengths = np.sqrt(np.einsum("pe,pe->e", own, gram @ own))
    centred: Floats = shares + _CENTRES * own / np.maximum(lengths, 1e-6)
    return centred


def bias_of(shares: Floats) -> Floats:
    """What every entry's score begins with."""
    bias: Floats = BIAS * shares.sum(axis=0)
    return bias


def score(likeness: Floats, shares: Floats, bias: Floats) -> Floats:
    """Every entry's score for one text or many: 1 on the margin of being meant, -1 on that of not."""
    found: Floats = likeness @ shares + bias
    return found
