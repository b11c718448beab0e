"""A few reads and changes beside the process that holds an SQLite file: no lanes, no lock, short transactions.

SQLite itself keeps writers apart; the running program waits the few milliseconds that a change takes.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import create_engine, event, pool
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from bot.store.port import StoreError, StoreRefused
from bot.store.sqlite import JSON_AS_STORED

T = TypeVar("T")


class SqliteBeside:
    """Not for anything that a lane works on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = create_engine(
            "sqlite://", creator=self._connect, poolclass=pool.NullPool, **JSON_AS_STORED
        )
        event.listen(self._engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))

    async def read(self, work: Callable[[Session], T]) -> T:
        return await asyncio.to_thread(self._run, work)

    async def write(self, work: Callable[[Session], T]) -> T:
        return await asyncio.to_thread(self._run, work)

    async def close(self) -> None:
        self._engine.dispose()

    def _run(self, work: Callable[[Session], T]) -> T:
        try:
            with Session(self._engine, expire_on_commit=False) as session, session.begin():
                return work(session)
        except OperationalError as error:
            raise StoreError(f"the database does not answer: {error.orig}") from error
        except IntegrityError as error:
            raise StoreRefused(f"the database refused: {error.orig}") from error

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA busy_timeout=5000")
        connection.execute("PRAGMA synchronous=FULL")
        return connection
