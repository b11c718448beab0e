"""The configured database for a command, also while the program runs on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.config import Config
from bot.ids import IdMaker
from bot.starting import StartError, bring_to_head, store_of
from bot.store.port import StoreError
from bot.store.postgres import PostgresStore
from bot.store.sqlite_beside import SqliteBeside
from bot.terminal import Exit, Stop

T = TypeVar("T")


@asynccontextmanager
async def records_beside(config: Config) -> AsyncIterator[SqliteBeside | PostgresStore]:
    """Reads and short changes. On SQLite the program may go on holding its file. Raises `Stop`."""
    path = config.database.sqlite_path
    beside: SqliteBeside | PostgresStore
    try:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        await bring_to_head(config.database.url)
        if path is not None:
            beside = SqliteBeside(path)
        else:
            made = store_of(config, IdMaker(Clock()).new())
            assert isinstance(made, PostgresStore)
            made.works_lanes = False
            await made.open()
            beside = made
    except StartError as error:
        raise Stop(str(error), hint=error.hint, code=Exit.CANNOT_START) from error
    except StoreError as error:
        raise Stop(str(error), hint="See: relais check", code=Exit.CANNOT_START) from error
    try:
        yield beside
    finally:
        await beside.close()


def beside(config: Config, work: Callable[[Session], T]) -> T:
    """Run `work` in a transaction of its own. Raises `Stop` where the database can't be used."""
    path = config.database.sqlite_path
    if path is not None and not path.exists():
        raise Stop(
            f"There is no database {path} yet", hint="Start it once: relais run", code=Exit.CANNOT_START
        )
    return asyncio.run(_write(config, work))


async def _write(config: Config, work: Callable[[Session], T]) -> T:
    async with records_beside(config) as records:
        try:
            return await records.write(work)
        except StoreError as error:
            raise Stop(
                f"The database can't be used: {error}", hint="See: relais check", code=Exit.CANNOT_START
            ) from error
