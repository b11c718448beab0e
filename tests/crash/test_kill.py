"""The real process under load, ended with SIGKILL at random moments: nothing lost, nothing twice, order kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.databases import SqliteFile, fresh_postgres
from tests.crash.killing import Run, kill_many

KILLS = 20


@pytest.mark.timeout(300)
async def test_twenty_kills_on_sqlite_lose_double_and_reorder_nothing(tmp_path: Path) -> None:
    _clean(await kill_many(tmp_path, SqliteFile(tmp_path / "relais.db"), kills=KILLS, seed=11))


@pytest.mark.timeout(300)
async def test_twenty_kills_on_postgresql_lose_double_and_reorder_nothing(tmp_path: Path) -> None:
    async with fresh_postgres("relais_crash_kill") as database:
        _clean(await kill_many(tmp_path, database, kills=KILLS, seed=12))


def _clean(run: Run) -> None:
    print(run)
    assert run.verdict.faults == [], str(run)
    assert run.verdict.swapped == [], str(run)
    assert run.kills >= KILLS
    assert run.verdict.accepted > 10 * KILLS, "there was no load to speak of"
    assert run.verdict.cases > 0, "no complaint was registered: the numbering was not tested"
