"""How unusual a count is, given counts of the past: the tail of a negative binomial, for real numbers too."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, lgamma, log, log1p

_STEPS = 500
_SMALL = 1e-300
_PRECISION = 1e-12


def chance_of_at_least(count: float, past: float, windows: float) -> float:
    """The chance of `count` or more in one window, when `past` fell into `windows` such windows before.

    The unknown rate has Jeffreys' prior for a Poisson rate (gamma ½), so that what comes next is negative
    binomial: a short or empty past makes the tail heavy, not sure of itself.
    """
    if count <= 0:
        return 1.0
    return incomplete_beta(count, past + 0.5, 1.0 / (windows + 1.0))


def incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b), by its continued fraction. source: DLMF 8.17.22"""
    if a <= 0 or b <= 0:
        raise ValueError("both parameters must be above zero")
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on the other side only
        return 1.0 - incomplete_beta(b, a, 1.0 - x)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    return min(1.0, front / (a * _fraction(a, b, x)))


def _fraction(a: float, b: float, x: float) -> float:
    """1 + d1/(1 + d2/(1 + …)), by Lentz's method."""
    value, upper, lower = 1.0, 1.0, 0.0
    for step in range(1, _STEPS):
        half = step // 2
        if step % 2:
            term = -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
        else:
            term = half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
        lower = 1.0 / (1.0 + term * lower or _SMALL)
        upper = 1.0 + term / upper or _SMALL
        value *= upper * lower
        if abs(upper * lower - 1.0) < _PRECISION:
            break
    return value


def benjamini_hochberg(chances: Sequence[float], share: float, tests: int) -> list[bool]:
    """Which findings stand when so many `tests` were made and `share` of the findings may be false.

    `chances` may leave out tests whose chance is nearly 1.
    """
    order = sorted(range(len(chances)), key=lambda at: chances[at])
    last = -1
    for rank, at in enumerate(order, 1):
        if chances[at] <= share * rank / max(tests, 1):
            last = rank
    kept = set(order[: max(last, 0)])
    return [at in kept for at in range(len(chances))]
