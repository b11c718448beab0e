"""The store on one SQLite file: one process, one writer thread, WAL with synchronous=FULL."""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import orjson
from sqlalchemy import Engine, Executable, create_engine, event, pool
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.store import admin, sqlite_work
from bot.store.group_thread import GroupThread
from bot.store.port import (
    Accepted,
    Committed,
    ConversationState,
    DeadLetter,
    DueTimer,
    Entry,
    KnownContact,
    LaneKey,
    OutboxRow,
    OverdueReceipt,
    Quarantined,
    SendOutcome,
    StatusChange,
    StoreError,
    StoreLocked,
    TurnCommit,
)

T = TypeVar("T")

_READERS = 2


class SqliteStore:
    """See `bot.store.port.Store`."""

    shared = False

    def __init__(self, path: Path, *, worker_id: str) -> None:
        self.path = path
        self.worker_id = worker_id
        self._lock_fd: int | None = None
        self._writer = GroupThread("relais-sqlite-writer", self._connect, writes=True)
        self._loader = GroupThread("relais-sqlite-loader", self._connect_read_only, writes=False)
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="relais-sqlite-reader")
        self._read_engine: Engine | None = None
        self._write_engine: Engine | None = None
        self._work: sqlite_work.SqliteWork | None = None

    # life

    async def open(self) -> None:
        """Take the file for this process. Raises `StoreLocked` when another one has it."""
        self._lock_fd = await asyncio.to_thread(_lock_file, self.path)
        try:
            with self._connect() as connection:
                last = connection.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()[0]
                # We are the only process: work that an earlier one had begun is nobody's.
                connection.execute(
                    "UPDATE timers SET status = 'waiting', owner = NULL WHERE status = 'running'"
                )
            connection.close()
        except sqlite3.Error as error:
            raise StoreError(f"can't read {self.path}: {error}") from error
        self._work = sqlite_work.SqliteWork(self.worker_id, last)
        self._writer.start()
        self._loader.start()
        self._read_engine = read_engine(self.path)

    async def close(self) -> None:
        await self._writer.stop()
        await self._loader.stop()
        self._readers.shutdown()
        if self._read_engine is not None:
            self._read_engine.dispose()
            self._read_engine = None
        if self._lock_fd is not None:
            with suppress(OSError):
                os.close(self._lock_fd)  # gives the lock back
            self._lock_fd = None

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA busy_timeout=5000")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA cache_size=-32000")
        return connection

    def _connect_read_only(self) -> sqlite3.Connection:
        return _read_only(self.path)

    @property
    def work(self) -> sqlite_work.SqliteWork:
        if self._work is None:
            raise StoreError("the database is not open")
        return self._work

    # hot path

    async def accept(self, entries: Sequence[Entry]) -> list[Accepted]:
        work = self.work
        futures = [self._writer.submit(work.accept, entry) for entry in entries]
        return list(await asyncio.gather(*futures)) if len(futures) > 1 else [await futures[0]]

    async def quarantine(self, entry: Entry, reason: str) -> None:
        await self._writer.submit(self.work.quarantine, (entry, reason))

    async def load(self, key: LaneKey) -> ConversationState | KnownContact | None:
        found: ConversationState | KnownContact | None = await self._loader.submit(self.work.load, key)
        return found

    async def commit(self, turn: TurnCommit) -> Committed:
        committed: Committed = await self._writer.submit(self.work.commit, turn)
        return committed

    async def claim(self, row_ids: Sequence[str]) -> set[str]:
        claimed: set[str] = await self._writer.submit(self.work.claim, list(row_ids))
        return claimed

    async def record(self, outcome: SendOutcome) -> bool:
        settled: bool = await self._writer.submit(self.work.record, outcome)
        return settled

    async def advance(self, change: StatusChange) -> bool:
        if not change.provider_id:  # rows that were not sent yet have none either
            return False
        known: bool = await self._writer.submit(self.work.advance, change)
        return known

    # recovery and time

    async def pending(self, limit: int, *, adopt: bool = True) -> list[Entry]:
        found: list[Entry] = await self._loader.submit(self.work.pending, limit)
        return found

    async def adopt(
        self, limit: int, prepare: Callable[[], Awaitable[None]], hand_on: Callable[[Entry], None]
    ) -> int:
        return 0  # all lanes are this process's

    async def waiting(self, ids: Sequence[str]) -> set[str]:
        found: set[str] = await self._loader.submit(self.work.waiting, ids)
        return found

    async def queued(self, now: datetime, limit: int) -> list[OutboxRow]:
        if not await self._loader.submit(self.work.any_unheld, now):
            return []
        rows: list[OutboxRow] = await self._writer.submit(self.work.queued, (now, limit))
        return rows

    async def take_back(self, ids: Sequence[str]) -> list[OutboxRow]:
        rows: list[OutboxRow] = await self._loader.submit(self.work.take_back, ids)
        return rows

    async def in_doubt(self) -> list[OutboxRow]:
        rows: list[OutboxRow] = await self._writer.submit(self.work.in_doubt, None)
        return rows

    async def fire_timers(self, now: datetime, limit: int) -> tuple[list[Entry], list[DueTimer]]:
        if not await self._loader.submit(self.work.any_due, now):
            return [], []
        fired: tuple[list[Entry], list[DueTimer]] = await self._writer.submit(
            self.work.fire_timers, (now, limit)
        )
        return fired

    async def settle_timer(self, timer_id: str, *, again_at: datetime | None = None) -> None:
        await self._writer.submit(self.work.settle_timer, (timer_id, again_at))

    async def overdue_receipts(self, now: datetime, limit: int) -> list[OverdueReceipt]:
        rows: list[OverdueReceipt] = await self._loader.submit(self.work.overdue_receipts, (now, limit))
        return rows

    async def beat(self) -> int:
        return 1

    # off the hot path

    async def read(self, work: Callable[[Session], T]) -> T:
        if self._read_engine is None:
            raise StoreError("the database is not open")
        engine = self._read_engine

        def run() -> T:
            try:
                with Session(engine) as session:
                    return work(session)
            except OperationalError as error:
                raise StoreError(f"the database does not answer: {error.orig}") from error

        return await asyncio.get_running_loop().run_in_executor(self._readers, run)

    async def write(self, work: Callable[[Session], T]) -> T:
        done: T = await self._writer.submit(self._run_in_session, work)
        return done

    def _run_in_session(self, cursor: sqlite3.Cursor, items: Sequence[Callable[[Session], Any]]) -> list[Any]:
        """Lend the writer's connection, in its running transaction, to ORM code."""
        if self._write_engine is None:
            lent = _Lent(cursor.connection)
            self._write_engine = create_engine(
                "sqlite://", creator=lambda: lent, poolclass=pool.StaticPool, **JSON_AS_STORED
            )
        with Session(self._write_engine, expire_on_commit=False) as session:
            results = []
            for item in items:
                results.append(item(session))
                session.flush()
            session.expunge_all()
            return results

    async def fetch_all(self, statement: Executable) -> list[Any]:
        return await self.read(lambda session: list(session.execute(statement).all()))

    async def quarantined(self, limit: int) -> list[Quarantined]:
        return await self.read(lambda session: admin.quarantined(session, limit))

    async def requeue(self, ids: Sequence[str]) -> int:
        return await self.write(lambda session: admin.requeue(session, ids))

    async def dead_letters(self, limit: int) -> list[DeadLetter]:
        return await self.read(lambda session: admin.dead_letters(session, limit))

    async def resend(self, ids: Sequence[str]) -> int:
        return await self.write(lambda session: admin.resend(session, ids))


JSON_AS_STORED: dict[str, Any] = {
    "json_serializer": lambda value: orjson.dumps(value).decode(),
    "json_deserializer": orjson.loads,
}


class _Lent:
    """A connection whose transaction belongs to somebody else: commit, rollback and close do nothing."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def commit(self) -> None:
        """The group commit does it."""

    def rollback(self) -> None:
        """The group commit does it."""

    def close(self) -> None:
        """The writer thread does it."""


def _read_only(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA busy_timeout=5000")
    connection.execute("PRAGMA query_only=ON")
    return connection


def read_engine(path: Path) -> Engine:
    engine = create_engine(
        "sqlite://",
        creator=lambda: _read_only(path),
        poolclass=pool.QueuePool,
        pool_size=_READERS,
        **JSON_AS_STORED,
    )
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _lock_file(path: Path) -> int:
    fd = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(fd)
        raise StoreLocked(
            f"another Relais process works on {path}; stop it first, or use PostgreSQL to run several"
        ) from error
    return fd
