"""Kill, restart, again and again, while customers write; then the verdict."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.databases import Database
from tests.crash.feeders import Feeder
from tests.crash.provider import LastingProvider
from tests.crash.relais import Relais
from tests.crash.verdict import Verdict, judge, quiet


@dataclass(slots=True, kw_only=True)
class Run:
    """What happened."""

    verdict: Verdict
    kills: int
    in_start: int  # kills before it answered
    in_drain: int  # kills while it was stopping
    cuts: int  # lines the provider cut after taking a message
    refused: int
    broken: int
    took_s: float
    to_ready_s: list[float] = field(default_factory=list)
    to_answer_s: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        ready, answer = _middle(self.to_ready_s), _middle(self.to_answer_s)
        return (
            f"{self.kills} kills ({self.in_start} in start-up, {self.in_drain} while stopping), {self.cuts} cut"
            f" lines, {self.broken} calls without an answer, {self.refused} times 503, {self.took_s:.0f} s;"
            f" start to ready {ready} s, start to first message out {answer} s\n{self.verdict}"
        )


def _middle(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} (max {max(values):.2f})" if values else "–"


async def kill_many(
    folder: Path, database: Database, *, kills: int, seed: int, feeders: int = 8, pause_s: float = 0.05
) -> Run:
    """One process under load, killed `kills` times: running, starting, stopping."""
    chance = random.Random(seed)
    with LastingProvider(cut_share=0.01, seed=seed) as provider:
        relais = Relais(folder, database.url, provider.url)
        crowd = [Feeder(number, [relais.port], pause_s=pause_s) for number in range(10, 10 + feeders)]
        run = Run(verdict=Verdict(), kills=0, in_start=0, in_drain=0, cuts=0, refused=0, broken=0, took_s=0.0)
        began = time.perf_counter()
        stop = asyncio.Event()
        relais.start()
        try:
            await relais.ready()
            async with asyncio.TaskGroup() as group:
                for feeder in crowd:
                    group.create_task(feeder.feed(stop))
                try:
                    while relais.kills < kills:
                        await _one_kill(relais, provider, chance, run)
                    await asyncio.sleep(1.0)
                finally:
                    stop.set()
            await quiet(database)
            await relais.stop()
            run.verdict = await judge(database, crowd, provider)
        finally:
            relais.end()
        run.kills = relais.kills
        run.cuts = provider.cuts
        run.took_s = time.perf_counter() - began
        run.refused = sum(feeder.refused for feeder in crowd)
        run.broken = sum(feeder.broken for feeder in crowd)
        return run


async def _one_kill(relais: Relais, provider: LastingProvider, chance: random.Random, run: Run) -> None:
    kind = chance.choices(("running", "starting", "stopping"), (6, 2, 2))[0]
    if kind == "running":
        await asyncio.sleep(chance.uniform(0.05, 1.2))
    elif kind == "starting":
        await asyncio.sleep(chance.uniform(0.2, 0.8))
        relais.kill()
        relais.start()
        await asyncio.sleep(chance.uniform(0.1, 2.0))
        run.in_start += 1
    else:
        await asyncio.sleep(chance.uniform(0.2, 0.8))
        relais.ask_to_stop()
        await asyncio.sleep(chance.uniform(0.0, 0.25))
        run.in_drain += 1
    relais.kill()
    sent = len(provider.sent)
    started = time.perf_counter()
    relais.start()
    run.to_ready_s.append(await relais.ready())
    async with asyncio.timeout(20):
        while len(provider.sent) == sent:  # noqa: ASYNC110 - another process brings it about
            await asyncio.sleep(0.005)
    run.to_answer_s.append(time.perf_counter() - started)
