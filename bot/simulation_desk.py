"""Simulations asked for while the program runs: one at a time, in a thread of their own, for a bounded time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.clock import Clock
from bot.simulation import Asked, House, simulated
from bot.store.changes import NotPossible
from scheduler.simulation.lines import Daily, Line, Total
from scheduler.simulation.run import Progress, Tell, TookTooLong

WITHIN_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a simulation found: all sums, and some of its lines."""

    asked: Asked
    totals: tuple[Total, ...]
    lines: tuple[Line, ...]
    days: tuple[Daily, ...] = ()


class SimulationDesk:
    """The lanes go on meanwhile: another thread, another connection, no row locked."""

    def __init__(self, house: House, *, clock: Clock, within_s: float = WITHIN_S) -> None:
        self._house = house
        self._clock = clock
        self._within_s = within_s
        self._busy = False

    @property
    def currency(self) -> str:
        return self._house.config.company.currency_code

    def now(self) -> datetime:
        return self._clock.now()

    async def run(self, asked: Asked, samples: int, edges: Sequence[datetime] = ()) -> Told:
        """`edges`: the beginnings of the days whose messages are counted, and the end of the last one.

        Raises `NotFound`, `StoreError`; `NotPossible` while another one runs, or when it takes too long."""
        if self._busy:
            raise NotPossible("another simulation runs: try again when it is done")
        self._busy = True
        stop = threading.Event()
        ends = self._clock.monotonic() + self._within_s

        def tell(_progress: Progress) -> None:
            if stop.is_set() or self._clock.monotonic() > ends:
                raise TookTooLong

        def work() -> Told:
            try:
                return asyncio.run(self._told(asked, samples, edges, tell))
            finally:
                self._busy = False

        try:
            return await asyncio.to_thread(work)
        except TookTooLong:
            raise NotPossible(
                f"it takes longer than {self._within_s:.0f} s here: ask for fewer days, or run relais simulate"
            ) from None
        finally:
            stop.set()

    async def _told(self, asked: Asked, samples: int, edges: Sequence[datetime], tell: Tell) -> Told:
        async with simulated(self._house, asked, tell=tell) as found:
            return Told(
                asked=asked,
                totals=tuple(await found.totals()),
                lines=tuple(await found.samples(samples)),
                days=tuple(await found.by_day(edges)),
            )
