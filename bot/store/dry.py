"""The records to try things on: some tables as copies that may be changed, all others as they stand, nothing kept.

One transaction holds one snapshot of the database from beginning to end, and is taken back. The copies are temporary
tables of the same name, which both databases find first. The database itself refuses every change of a real table:
SQLite's file is opened to be read only, PostgreSQL's transaction is READ ONLY, which leaves temporary tables alone.
No row of a real table is locked: the program beside goes on as ever.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    MetaData,
    Table,
    create_engine,
    event,
    insert,
    pool,
    select,
    text,
    true,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateTable
from sqlmodel import SQLModel

from bot.records.base import table_of
from bot.records.migrate import sqlalchemy_url
from bot.store.port import StoreError
from bot.store.sqlite import JSON_AS_STORED

T = TypeVar("T")
Where = Callable[[Any], ColumnElement[bool]]

_LOCKS = re.compile(r"\s+FOR UPDATE(?: SKIP LOCKED)?\s*$")
_CREATE = re.compile(r"^CREATE TABLE\s+", re.IGNORECASE)
_ROOM = "64MB"  # of temporary tables in PostgreSQL's memory


@dataclass(frozen=True, slots=True)
class Copy:
    """A table that may be changed. `where`, given the columns, says which rows are copied; None: none of them."""

    model: type[SQLModel]
    where: Where | None = None


def everything(_columns: Any) -> ColumnElement[bool]:
    return true()


class DryStore:
    """See `bot.store.port.Records`. What was written is seen by what comes after, and by nobody else."""

    worker_id = "dry run"

    def __init__(self, run: Callable[[Callable[[Session], Any]], Any]) -> None:
        self._run = run

    async def read(self, work: Callable[[Session], T]) -> T:
        return await self.write(work)

    async def write(self, work: Callable[[Session], T]) -> T:
        try:
            done: T = await self._run(work)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise StoreError(f"the database does not answer: {error}") from error
        except DBAPIError as error:
            raise StoreError(f"the dry run went wrong: {error.orig}") from error
        return done

    async def fetch_all(self, statement: Executable) -> list[Any]:
        return await self.read(lambda session: list(session.execute(statement).all()))


@asynccontextmanager
async def dry_store(url: str, copies: Sequence[Copy], own: Sequence[Table] = ()) -> AsyncIterator[DryStore]:
    """The database as it is now. `own` are temporary tables of the dry run alone. Raises `StoreError`."""
    try:
        if url.startswith("sqlite"):
            async with _on_sqlite(Path(url.removeprefix("sqlite:///")), copies, own) as store:
                yield store
        else:
            async with _on_postgres(url, copies, own) as store:
                yield store
    except (OSError, sqlite3.Error, asyncpg.PostgresError, DBAPIError) as error:
        raise StoreError(f"can't read the database: {getattr(error, 'orig', error)}") from error


def real(connection: Connection, model: type[SQLModel]) -> Table:
    """The real table behind a copy."""
    lite = connection.dialect.name == "sqlite"
    schema = "main" if lite else str(connection.scalar(text("SELECT current_schema()")))
    return table_of(model).to_metadata(MetaData(), schema=schema)


# sqlite


@asynccontextmanager
async def _on_sqlite(path: Path, copies: Sequence[Copy], own: Sequence[Table]) -> AsyncIterator[DryStore]:
    engine = create_engine(
        "sqlite://", creator=lambda: _read_only(path), poolclass=pool.StaticPool, **JSON_AS_STORED
    )
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, thread_name_prefix="relais-dry-run") as thread:
        connection = await loop.run_in_executor(thread, engine.connect)
        try:
            whole = await loop.run_in_executor(thread, connection.begin)
            await loop.run_in_executor(thread, _prepare_sqlite, connection, copies, own)

            def run(work: Callable[[Session], Any]) -> Any:
                with Session(
                    connection, join_transaction_mode="create_savepoint", expire_on_commit=False
                ) as session:
                    done = work(session)
                    session.commit()
                    return done

            yield DryStore(lambda work: loop.run_in_executor(thread, run, work))
            await loop.run_in_executor(thread, whole.rollback)
        finally:
            await loop.run_in_executor(thread, connection.close)
            await loop.run_in_executor(thread, engine.dispose)


def _read_only(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise StoreError(f"there is no database at {path}; it is made at the first start")
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    connection.execute("PRAGMA busy_timeout=5000")
    connection.execute("PRAGMA temp_store=FILE")  # the size of the base must not be a matter of memory
    connection.execute("PRAGMA temp.cache_size=-64000")
    return connection


def _prepare_sqlite(connection: Connection, copies: Sequence[Copy], own: Sequence[Table]) -> None:
    for copy in copies:
        name = table_of(copy.model).name
        made = connection.exec_driver_sql(
            "SELECT sql FROM main.sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY type DESC",
            (name,),
        ).all()
        table, *indexes = [row[0] for row in made]
        connection.exec_driver_sql(_CREATE.sub("CREATE TEMP TABLE ", table))
        _fill(connection, copy, "temp")
        for index in indexes:  # an index goes where its table is found first
            connection.exec_driver_sql(index)
    _make(connection, own)


# postgresql


@asynccontextmanager
async def _on_postgres(url: str, copies: Sequence[Copy], own: Sequence[Table]) -> AsyncIterator[DryStore]:
    engine = create_async_engine(
        sqlalchemy_url(url),
        poolclass=pool.NullPool,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        connect_args={"server_settings": {"jit": "off", "temp_buffers": _ROOM}},
    )
    event.listen(engine.sync_engine, "before_cursor_execute", _without_locks, retval=True)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_shape_postgres, copies, own)
            await connection.commit()
            await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            whole = await connection.begin()
            await connection.run_sync(_fill_postgres, copies)
            yield DryStore(lambda work: _in_savepoint(connection, work))
            await whole.rollback()
    finally:
        await engine.dispose()


async def _in_savepoint(connection: AsyncConnection, work: Callable[[Session], Any]) -> Any:
    async with AsyncSession(
        connection, join_transaction_mode="create_savepoint", expire_on_commit=False
    ) as session:
        done = await session.run_sync(work)
        await session.commit()
        return done


def _without_locks(_c: Any, _cursor: Any, statement: str, parameters: Any, _x: Any, _m: Any) -> Any:
    """Nobody else is here to be kept away, and a transaction that only reads may lock nothing."""
    return _LOCKS.sub("", statement), parameters


def _shape_postgres(connection: Connection, copies: Sequence[Copy], own: Sequence[Table]) -> None:
    for copy in copies:
        name = real(connection, copy.model).fullname
        connection.exec_driver_sql(
            f"CREATE TEMP TABLE {table_of(copy.model).name} (LIKE {name} INCLUDING ALL)"
        )
    _make(connection, own)


def _fill_postgres(connection: Connection, copies: Sequence[Copy]) -> None:
    for copy in copies:
        _fill(connection, copy, "pg_temp")
        # Nobody looks at the figures of temporary tables unless told to.
        connection.exec_driver_sql(f"ANALYZE pg_temp.{table_of(copy.model).name}")


# both


def _fill(connection: Connection, copy: Copy, schema: str) -> None:
    if copy.where is None:
        return
    source = real(connection, copy.model)
    target = table_of(copy.model).to_metadata(MetaData(), schema=schema)
    names = [column.name for column in source.columns]
    rows = select(*source.columns).where(copy.where(source.c))
    connection.execute(insert(target).from_select(names, rows, include_defaults=False))


def _make(connection: Connection, own: Sequence[Table]) -> None:
    for table in own:
        connection.execute(CreateTable(table))
