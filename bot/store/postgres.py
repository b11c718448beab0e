"""The store on PostgreSQL: any number of processes on any number of machines.

A few writer tasks, each with its own connection; while one batch runs, the next collects. Lanes are leased through
the `lanes` table; a process is alive as long as its session holds an advisory lock, and every commit is fenced by
the lease. A process that loses its session ends and is started anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

import asyncpg
import orjson
import structlog
from sqlalchemy import Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from bot.records.migrate import sqlalchemy_url
from bot.store import admin
from bot.store.group_task import GroupTask, is_passing
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
    StoreRefused,
    TurnCommit,
)
from bot.store.postgres_lanes import Heir
from bot.store.postgres_work import PostgresWork

log = structlog.get_logger()

T = TypeVar("T")

DEAD_AFTER_S = 15.0  # a process that has not been seen for so long is fenced off, frozen or not
CHANNEL = "relais"
_ORPHANS_EVERY = 10  # beats


async def _nothing() -> None:
    """No preparation is needed."""


class PostgresStore:
    """See `bot.store.port.Store`."""

    shared = True

    def __init__(self, url: str, *, worker_id: str) -> None:
        self.url = url
        self.worker_id = worker_id
        self.lost = asyncio.Event()  # our session is gone: this process must end
        self.works_lanes = True  # False in a process without the worker role: it journals, others work
        self.on_notify: Callable[[str], None] = lambda payload: None
        self._work = PostgresWork(worker_id)
        self._session: asyncpg.Connection | None = None
        self._session_turn = asyncio.Lock()  # a connection does one thing at a time
        self._pool: asyncpg.Pool | None = None
        self._engine: AsyncEngine | None = None
        work = self._work
        self._groups: list[GroupTask] = []
        self._accepting = self._group("accept", work.accept)
        self._committing = self._group("commit", work.commit)
        self._recording = self._group("record", work.record)
        self._claiming = self._group("claim", work.claim)
        self._loading = self._group("load", work.load)
        self._lock_key = int(worker_id[-15:], 16)
        self._beats = 0
        self.heir: Heir | None = None  # set in a process that works lanes: it takes over from the dead

    # life

    async def open(self) -> None:
        """Connect and sign on as a live process. Raises `StoreError` when the database can't be reached."""
        try:
            async with asyncio.timeout(15):
                self._pool = await asyncpg.create_pool(self.url, min_size=1, max_size=4, command_timeout=30)
                self._session = await asyncpg.connect(self.url, command_timeout=10)
                await self._sign_on(self._session)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise StoreError(f"can't open the database: {error}") from error
        self._engine = create_async_engine(
            sqlalchemy_url(self.url),
            pool_size=4,
            max_overflow=2,
            json_serializer=lambda value: orjson.dumps(value).decode(),
            json_deserializer=orjson.loads,
        )
        for group in self._groups:
            group.start()

    def _group(self, name: str, flush: Callable[[Any, Sequence[Any]], Awaitable[list[Any]]]) -> GroupTask:
        group = GroupTask(name, self.url, flush)
        self._groups.append(group)
        return group

    async def _sign_on(self, session: asyncpg.Connection) -> None:
        await session.execute("SELECT pg_advisory_lock($1)", self._lock_key)
        await session.execute(
            "INSERT INTO workers (id, lock_key, backend_pid, started_at, seen_at)"
            " VALUES ($1, $2, pg_backend_pid(), now(), now())",
            self.worker_id,
            self._lock_key,
        )
        await session.add_listener(CHANNEL, lambda _c, _pid, _ch, payload: self.on_notify(payload))
        session.add_termination_listener(lambda _connection: self.lost.set())

    async def close(self) -> None:
        """Finish what waits, give the leases back, sign off."""
        for group in self._groups:
            await group.stop()
        if self._session is not None and not self._session.is_closed():
            with suppress(Exception):
                async with asyncio.timeout(5):
                    await self._work.release(self._session, self.worker_id)
            with suppress(Exception):
                await self._session.close(timeout=2)
        if self._pool is not None:
            with suppress(Exception):
                await asyncio.wait_for(self._pool.close(), 5)
            self._pool = None
        if self._engine is not None:
            await self._engine.dispose()
            self._engine = None

    async def beat(self) -> int:
        """Raises `StoreError` when another process has already declared this one dead."""
        session = self._session
        if session is None:
            raise StoreError("the database is not open")
        try:
            async with self._session_turn:
                alive = await session.fetchval(
                    "UPDATE workers SET seen_at = now() WHERE id = $1 RETURNING 1", self.worker_id
                )
                if alive is None:
                    self.lost.set()
                    raise StoreError("this process was taken for dead and must start anew")
                await self._work.bury_dead(session, self.worker_id, DEAD_AFTER_S, self.heir)
                self._beats += 1
                if self._beats % _ORPHANS_EVERY == 1:
                    await self._work.free_orphans(session)
                return int(await session.fetchval("SELECT count(*) FROM workers"))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            if session.is_closed():
                self.lost.set()
            raise StoreError(f"the database does not answer: {error}") from error

    async def notify(self, payload: str) -> None:
        """Tell the other processes; ids only, once a batch."""
        await self._on_pool(
            lambda connection: connection.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)
        )

    async def hold_alone(self, name: str) -> bool:
        """Take a role that only one process may have (a polling loop); kept until this process ends."""
        if self._session is None:
            return False
        async with self._session_turn:
            return await self._try_lock(self._session, name)

    async def _try_lock(self, session: asyncpg.Connection, name: str) -> bool:
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            return bool(await session.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 7))", name))
        return False

    # hot path

    async def accept(self, entries: Sequence[Entry]) -> list[Accepted]:
        owner = self.worker_id if self.works_lanes else None
        results: list[Accepted] = await self._accepting.submit_all([(entry, owner) for entry in entries])
        if not all(result.mine for result in results):
            await self.notify("journal")
        return results

    async def quarantine(self, entry: Entry, reason: str) -> None:
        await self._on_pool(lambda connection: self._work.quarantine(connection, entry, reason))

    async def load(self, key: LaneKey) -> ConversationState | KnownContact | None:
        found: ConversationState | KnownContact | None = await self._loading.submit(key)
        return found

    async def commit(self, turn: TurnCommit) -> Committed:
        committed: Committed = await self._committing.submit(turn)
        return committed

    async def claim(self, row_ids: Sequence[str]) -> set[str]:
        claimed: set[str] = await self._claiming.submit(list(row_ids))
        return claimed

    async def record(self, outcome: SendOutcome) -> bool:
        settled: bool = await self._recording.submit(outcome)
        return settled

    async def advance(self, change: StatusChange) -> bool:
        if not change.provider_id:  # rows that were not sent yet have none either
            return False
        known: bool = await self._on_pool(lambda connection: self._work.advance(connection, change))
        return known

    # recovery and time

    async def pending(self, limit: int, *, adopt: bool = True) -> list[Entry]:
        while adopt and await self.adopt(limit, _nothing, lambda entry: None):
            pass
        entries: list[Entry] = await self._on_pool(lambda connection: self._work.pending(connection, limit))
        return entries

    async def adopt(
        self, limit: int, prepare: Callable[[], Awaitable[None]], hand_on: Callable[[Entry], None]
    ) -> int:
        """Take over lanes that nobody works on and hand on what waits there; how many lanes."""
        count: int = await self._on_pool(
            lambda connection: self._work.adopt(connection, limit, prepare, hand_on)
        )
        return count

    async def waiting(self, ids: Sequence[str]) -> set[str]:
        found: set[str] = await self._on_pool(lambda connection: self._work.waiting(connection, ids))
        return found

    async def queued(self, now: datetime, limit: int) -> list[OutboxRow]:
        return await self._take(lambda connection, held: self._work.queued(connection, held, now, limit))

    async def _take(self, take: Callable[[Any, list[OutboxRow]], Awaitable[None]]) -> list[OutboxRow]:
        """Hold rows. Where the commit ended unknown it is asked for: a row that is ours without our knowing
        would never be sent.
        """
        held: list[OutboxRow] = []
        try:
            await self._on_pool(lambda connection: take(connection, held))
            return held
        except StoreError as error:
            if not held:
                raise
            log.warning("rows_perhaps_held", rows=len(held), error=str(error))
        while True:
            try:
                return await self.take_back([row.id for row in held])
            except StoreError:
                await asyncio.sleep(0.5)

    async def take_back(self, ids: Sequence[str]) -> list[OutboxRow]:
        rows: list[OutboxRow] = await self._on_pool(lambda connection: self._work.take_back(connection, ids))
        return rows

    async def in_doubt(self) -> list[OutboxRow]:
        return await self._take(self._work.in_doubt)

    async def fire_timers(self, now: datetime, limit: int) -> tuple[list[Entry], list[DueTimer]]:
        owner = self.worker_id if self.works_lanes else None
        fired: tuple[list[Entry], list[DueTimer]] = await self._on_pool(
            lambda connection: self._work.fire_timers(connection, now, limit, owner)
        )
        return fired

    async def settle_timer(self, timer_id: str, *, again_at: datetime | None = None) -> None:
        await self._on_pool(lambda connection: self._work.settle_timer(connection, timer_id, again_at))

    async def overdue_receipts(self, now: datetime, limit: int) -> list[OverdueReceipt]:
        rows: list[OverdueReceipt] = await self._on_pool(
            lambda connection: self._work.overdue_receipts(connection, now, limit)
        )
        return rows

    async def _on_pool(self, work: Callable[[Any], Awaitable[Any]]) -> Any:
        if self._pool is None:
            raise StoreError("the database is not open")
        try:
            async with self._pool.acquire(timeout=10) as connection:
                return await work(connection)
        except (ValueError, TypeError, OverflowError) as error:  # also the driver's own DataError
            raise StoreRefused(f"the database refused: {error}") from error
        except asyncpg.PostgresError as error:
            if is_passing(error.sqlstate):
                raise StoreError(f"the database does not answer: {error}") from error
            raise StoreRefused(f"the database refused: {error}") from error
        except (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            raise StoreError(f"the database does not answer: {error}") from error

    # off the hot path

    async def read(self, work: Callable[[Session], T]) -> T:
        return await self._in_session(work, commit=False)

    async def write(self, work: Callable[[Session], T]) -> T:
        return await self._in_session(work, commit=True)

    async def _in_session(self, work: Callable[[Session], T], *, commit: bool) -> T:
        if self._engine is None:
            raise StoreError("the database is not open")
        try:
            engine = self._engine if commit else self._engine.execution_options(postgresql_readonly=True)
            async with AsyncSession(engine, expire_on_commit=False) as session:
                result = await session.run_sync(work)
                if commit:
                    await session.commit()
                return result
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise StoreError(f"the database does not answer: {error}") from error
        except DBAPIError as error:
            if error.connection_invalidated or is_passing(getattr(error.orig, "sqlstate", None)):
                raise StoreError(f"the database does not answer: {error.orig}") from error
            raise StoreRefused(f"the database refused: {error.orig}") from error

    async def fetch_all(self, statement: Executable) -> list[Any]:
        return await self.read(lambda session: list(session.execute(statement).all()))

    async def quarantined(self, limit: int) -> list[Quarantined]:
        return await self.read(lambda session: admin.quarantined(session, limit))

    async def requeue(self, ids: Sequence[str]) -> int:
        count = await self.write(lambda session: admin.requeue(session, ids))
        await self.notify("journal")
        return count

    async def dead_letters(self, limit: int) -> list[DeadLetter]:
        return await self.read(lambda session: admin.dead_letters(session, limit))

    async def resend(self, ids: Sequence[str]) -> int:
        count = await self.write(lambda session: admin.resend(session, ids))
        await self.notify("outbox")
        return count
