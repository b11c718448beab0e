"""Which variant won a trial, and how sure that is. Pure: from counts alone.

The best one wins clearly where its share is above the second's by a two-sided test of two proportions (pooled
variance) at the wanted certainty, and both had enough messages. Without a clear winner the rest of the audience still
gets a message: the one that did best wins on points, the first in the alphabet among equals, and it says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import erf, sqrt
from typing import Literal

How = Literal["clear", "on_points", "tie", "too_few"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Of one variant: messages that went out, and those that did what is measured."""

    sent: int
    hits: int

    @property
    def share(self) -> float | None:
        """None where nothing was sent."""
        return self.hits / self.sent if self.sent else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`certainty` is per cent that the best differs from the second; None where it can't be told."""

    winner: str
    how: How
    certainty: float | None = None

    @property
    def clear(self) -> bool:
        return self.how == "clear"


def find_winner(counts: Mapping[str, Counts], *, least: int, sure: int = 95) -> Outcome:
    """Raises `ValueError` without variants. `least` messages of each are needed; `sure` is per cent."""
    if not counts:
        raise ValueError("there is nothing to choose between")
    ranked = sorted(counts, key=lambda letter: (-(counts[letter].share or 0.0), letter))
    best = ranked[0]
    if len(ranked) == 1 or any(each.sent < least for each in counts.values()):
        return Outcome(winner=best, how="too_few")
    first, second = counts[best], counts[ranked[1]]
    if first.hits * second.sent == second.hits * first.sent:
        return Outcome(winner=best, how="tie", certainty=0.0)
    certainty = _certainty(first, second)
    return Outcome(winner=best, how="clear" if certainty >= sure else "on_points", certainty=certainty)


def _certainty(first: Counts, second: Counts) -> float:
    """Per cent: one less the p-value of the two-sided z-test of two proportions."""
    pooled = (first.hits + second.hits) / (first.sent + second.sent)
    spread = sqrt(pooled * (1 - pooled) * (1 / first.sent + 1 / second.sent))
    if spread == 0:
        return 0.0
    z = abs(first.hits / first.sent - second.hits / second.sent) / spread
    return round(100 * erf(z / sqrt(2)), 2)
