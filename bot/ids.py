"""Identifiers that sort by time: UUID version 7 (RFC 9562) as 32 hexadecimal digits."""

from __future__ import annotations

import os
import random

from bot.clock import Clock

_RAND_A_MAX = (1 << 12) - 1


class IdMaker:
    """Makes identifiers that never repeat and never go back within a process, whatever the clock does."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last_ms = 0
        self._counter = 0
        # Unique, not secret: a generator of our own costs no system call for each identifier.
        self._random = random.Random(os.urandom(16))

    def new(self) -> str:
        ms = self._clock.epoch_ms()
        if ms > self._last_ms:
            self._last_ms, self._counter = ms, 0
        else:
            self._counter += 1
            if self._counter > _RAND_A_MAX:
                self._last_ms, self._counter = self._last_ms + 1, 0
        tail = self._random.getrandbits(62)
        return f"{(self._last_ms << 80) | (0x7 << 76) | (self._counter << 64) | (0b10 << 62) | tail:032x}"
