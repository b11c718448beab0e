"""A token bucket: so many at once, and then so many a second."""

from __future__ import annotations


class Bucket:
    """Takes its time from the caller, in seconds that never jump."""

    def __init__(self, *, burst: int, per_s: float, now_s: float) -> None:
        self._burst = float(burst)
        self._per_s = per_s
        self._level = self._burst
        self._at_s = now_s

    def take(self, now_s: float) -> float:
        """Take one and return 0, or return the seconds to wait until there is one."""
        self._level = min(self._burst, self._level + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        if self._level >= 1.0:
            self._level -= 1.0
            return 0.0
        return (1.0 - self._level) / self._per_s
