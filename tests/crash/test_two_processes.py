"""Two processes on one PostgreSQL: killed, frozen, cut off from the database. The same zeros."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from bot.store.postgres import DEAD_AFTER_S
from tests.crash.databases import SERVER, PostgresDatabase, fresh_postgres
from tests.crash.feeders import Feeder
from tests.crash.provider import LastingProvider
from tests.crash.relais import Relais
from tests.crash.verdict import Verdict, judge, quiet


@dataclass(slots=True)
class Pair:
    """Two processes, their provider, and customers who write to both in turn."""

    database: PostgresDatabase
    provider: LastingProvider
    both: tuple[Relais, Relais]
    crowd: Sequence[Feeder]
    stop: asyncio.Event

    async def at_rest(self) -> Verdict:
        """No more customers; everything settled; both stopped; then the verdict."""
        self.stop.set()
        await asyncio.sleep(0.5)
        for relais in self.both:
            if relais.restart_if_ended():
                await relais.ready()
        await quiet(self.database)
        for relais in self.both:
            assert await relais.stop() == 0, relais.tail()
        verdict = await judge(self.database, self.crowd, self.provider)
        refused = sum(feeder.refused for feeder in self.crowd)
        print(f"{refused} times 503, exits {[relais.exits for relais in self.both]}: {verdict}")
        return verdict


@asynccontextmanager
async def pair(folder: Path, database: PostgresDatabase, *, feeders: int = 8) -> AsyncIterator[Pair]:
    """Both running, under load, until the block ends."""
    with LastingProvider(cut_share=0.01, seed=5) as provider:
        both = (
            Relais(folder, database.url, provider.url, name="one"),
            Relais(folder, database.url, provider.url, name="two"),
        )
        ports = [relais.port for relais in both]
        crowd = [Feeder(number, ports, pause_s=0.04, answer_s=3.0) for number in range(20, 20 + feeders)]
        stop = asyncio.Event()
        try:
            for relais in both:
                relais.start()
            for relais in both:
                await relais.ready()
            async with asyncio.TaskGroup() as group:
                for feeder in crowd:
                    group.create_task(feeder.feed(stop))
                try:
                    await asyncio.sleep(0.5)
                    yield Pair(database, provider, both, crowd, stop)
                finally:
                    stop.set()
        finally:
            for relais in both:
                relais.end()


def _clean(verdict: Verdict) -> None:
    """No fault. Whether a later answer may overtake one that a frozen or cut-off process holds is not judged here:
    holding the customer's whole thread back until that process is known to be dead would be worse.
    """
    assert verdict.faults == [], str(verdict)
    assert verdict.accepted > 200, "there was no load to speak of"


@pytest.mark.timeout(240)
async def test_one_of_two_processes_is_killed_again_and_again(tmp_path: Path) -> None:
    chance = random.Random(21)
    async with fresh_postgres("relais_crash_two") as database, pair(tmp_path, database) as pair_:
        for number in range(6):
            victim = pair_.both[number % 2]
            await asyncio.sleep(chance.uniform(0.3, 1.5))
            victim.kill()
            await asyncio.sleep(chance.uniform(0.0, 1.0))
            victim.start()
            await victim.ready()
        verdict = await pair_.at_rest()
    _clean(verdict)
    assert verdict.swapped == [], str(verdict)
    assert sum(relais.kills for relais in pair_.both) == 6


@pytest.mark.timeout(240)
async def test_a_process_frozen_for_longer_than_its_lease_ends_and_harms_nothing(tmp_path: Path) -> None:
    async with fresh_postgres("relais_crash_frozen") as database, pair(tmp_path, database) as pair_:
        sleeper, other = pair_.both
        await asyncio.sleep(1.0)
        sleeper.freeze()
        sent = len(pair_.provider.sent)
        await asyncio.sleep(DEAD_AFTER_S + 4)
        assert len(pair_.provider.sent) > sent + 20, "the other one did not carry on"
        sleeper.thaw()
        assert await asyncio.to_thread(_exit_code, sleeper) != 0
        sleeper.restart_if_ended()
        await sleeper.ready()
        await asyncio.sleep(1.0)
        assert other.running()
        verdict = await pair_.at_rest()
    _clean(verdict)


@pytest.mark.timeout(240)
async def test_database_connections_are_killed_every_150_ms_for_a_while(tmp_path: Path) -> None:
    async with fresh_postgres("relais_crash_cuts") as database, pair(tmp_path, database) as pair_:
        until = time.monotonic() + 20
        cut = 0
        while time.monotonic() < until:
            cut += await _cut_one(database)
            for relais in pair_.both:
                relais.restart_if_ended()
            await asyncio.sleep(0.15)
        for relais in pair_.both:
            relais.restart_if_ended()
            with suppress(AssertionError):
                await relais.ready()
            relais.restart_if_ended()
            await relais.ready()
        await asyncio.sleep(2.0)
        verdict = await pair_.at_rest()
    _clean(verdict)
    assert cut > 10  # most of the time they are starting again
    assert all(code != 0 for relais in pair_.both for code in relais.exits)


def _exit_code(relais: Relais) -> int:
    assert relais.process is not None
    return relais.process.wait(20)


async def _cut_one(database: PostgresDatabase) -> int:
    """End one of the processes' sessions, whichever."""
    connection = await asyncpg.connect(SERVER)
    try:
        name = database.url.rpartition("/")[2]
        rows = await connection.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend' ORDER BY random() LIMIT 1",
            name,
        )
        return len(rows)
    finally:
        await connection.close()
