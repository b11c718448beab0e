"""The long kill test: the real process under load, ended with SIGKILL again and again, then the verdict.

    python -m benchmarks.kill [--kills 200] [--database sqlite|postgresql] [--seed 1]

PostgreSQL: the server of RELAIS_TEST_POSTGRES, in a database of its own that is dropped afterwards. Exits with 1
where anything was lost, said twice, or said out of order.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.crash.databases import SqliteFile, fresh_postgres
from tests.crash.killing import Run, kill_many


async def run(kills: int, database: str, seed: int) -> Run:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if database == "sqlite":
            return await kill_many(folder, SqliteFile(folder / "relais.db"), kills=kills, seed=seed)
        async with fresh_postgres("relais_long_kill") as fresh:
            return await kill_many(folder, fresh, kills=kills, seed=seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    result = asyncio.run(run(arguments.kills, arguments.database, arguments.seed))
    print(f"{arguments.database}, seed {arguments.seed}: {result}")
    sys.exit(bool(result.verdict.faults or result.verdict.swapped))


if __name__ == "__main__":
    main()
