"""A share with the bounds it is known within. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Final

_Z: Final = 1.959964  # of the normal distribution, for 95 %


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many. Shares are parts of 1; None of nothing: a zero base gives no rate. source: domain §5"""

    count: int
    of: int

    @property
    def rate(self) -> float | None:
        return self.count / self.of if self.of else None

    @property
    def low(self) -> float | None:
        bounds = self.bounds
        return bounds[0] if bounds else None

    @property
    def high(self) -> float | None:
        bounds = self.bounds
        return bounds[1] if bounds else None

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Between which the true share lies 19 times of 20. source: Wilson 1927, score interval"""
        if not self.of:
            return None
        n, p, z2 = self.of, self.count / self.of, _Z * _Z
        middle, half = p + z2 / (2 * n), _Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n))
        scale = 1 + z2 / n
        low = 0.0 if self.count == 0 else (middle - half) / scale
        high = 1.0 if self.count == n else (middle + half) / scale
        return max(0.0, low), min(1.0, high)
