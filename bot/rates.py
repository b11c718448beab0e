"""How fast an account may send."""

from __future__ import annotations


class Bucket:
    """A token bucket: `rate_per_s` on average, bursts of up to `burst`. Rate 0 means no limit."""

    __slots__ = ("_burst", "_filled_at", "_rate", "_tokens")

    def __init__(self, rate_per_s: float, burst: float, now: float) -> None:
        self._rate = rate_per_s
        self._burst = max(1.0, burst)
        self._tokens = self._burst
        self._filled_at = now

    def wait_s(self, now: float) -> float:
        """Seconds until a token is there; 0 when one is."""
        if self._rate <= 0:
            return 0.0
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        return 0.0 if self._tokens >= 1 - 1e-9 else (1 - self._tokens) / self._rate

    def take(self, count: float = 1) -> None:
        """Use the token that `wait_s` found; more than one puts the bucket into debt."""
        if self._rate > 0:
            self._tokens -= count

    def give_back(self) -> None:
        """Return a token that was not used."""
        self._tokens = min(self._burst, self._tokens + 1)

    def change_rate(self, rate_per_s: float) -> None:
        self._rate = rate_per_s
