"""A database that does not take anything for a while: refused clearly, nothing lost, and it goes on by itself."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

from tests.crash.databases import SqliteFile
from tests.crash.feeders import Feeder
from tests.crash.provider import LastingProvider
from tests.crash.relais import Relais
from tests.crash.verdict import judge, quiet

_LOCKED_S = 12.0  # the writer waits 5 s for the lock, and what comes meanwhile waits for the writer first


async def test_a_sqlite_file_locked_by_another_program_refuses_and_loses_nothing(tmp_path: Path) -> None:
    database = SqliteFile(tmp_path / "relais.db")
    with LastingProvider() as provider:
        relais = Relais(tmp_path, database.url, provider.url)
        crowd = [Feeder(number, [relais.port], pause_s=0.05) for number in range(40, 44)]
        stop = asyncio.Event()
        relais.start()
        try:
            await relais.ready()
            async with asyncio.TaskGroup() as group:
                for feeder in crowd:
                    group.create_task(feeder.feed(stop))
                await asyncio.sleep(1.0)
                await _lock(database.path, _LOCKED_S)
                before = sum(len(feeder.accepted) for feeder in crowd)
                await asyncio.sleep(2.0)
                stop.set()
            assert sum(len(feeder.accepted) for feeder in crowd) > before + 20, "it did not go on"
            assert sum(feeder.refused for feeder in crowd) > 0, "it never said 503"
            assert relais.running()
            await quiet(database)
            assert await relais.stop() == 0
            verdict = await judge(database, crowd, provider)
        finally:
            relais.end()
    assert verdict.faults == [] and verdict.swapped == [], str(verdict)


async def _lock(path: Path, for_s: float) -> None:
    """What a long write of another program does."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    try:
        connection.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(for_s)
        connection.execute("ROLLBACK")
    finally:
        connection.close()
