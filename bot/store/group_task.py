"""Group commit over one PostgreSQL connection: while one batch runs, the next collects."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

import asyncpg
import structlog

from bot.store.port import StoreError, StoreRefused

log = structlog.get_logger()

MAX_BATCH = 256
_PASSING = (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError)
_PASSING_STATES = (
    "08",
    "40",
    "53",
    "55",
    "57",
    "58",
)  # connection, serialisation, resources, locks, operator


class GroupTask:
    """Owns a connection, and reconnects it; a batch that fails is tried item by item."""

    def __init__(
        self, name: str, url: str, flush: Callable[[Any, Sequence[Any]], Awaitable[list[Any]]]
    ) -> None:
        self._name = name
        self._url = url
        self._flush = flush
        self._waiting: deque[tuple[Any, asyncio.Future[Any]]] = deque()
        self._wake = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        self._connection: asyncpg.Connection | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"relais-pg-{self._name}")

    async def submit(self, item: Any) -> Any:
        """Wait until the item's batch is committed, and give its result."""
        return await self._put(item)

    async def submit_all(self, items: Sequence[Any]) -> list[Any]:
        return list(await asyncio.gather(*[self._put(item) for item in items]))

    def _put(self, item: Any) -> asyncio.Future[Any]:
        if self._stopping or self._task is None or self._task.done():
            raise StoreError("the database is closed")
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._wake.set()
        return future

    async def stop(self) -> None:
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            with suppress(asyncio.CancelledError, TimeoutError):
                await asyncio.wait_for(self._task, 10)
        if self._connection is not None and not self._connection.is_closed():
            with suppress(Exception):
                await self._connection.close(timeout=2)

    async def _run(self) -> None:
        while True:
            if not self._waiting:
                if self._stopping:
                    return
                self._wake.clear()
                await self._wake.wait()
                continue
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_BATCH))]
            await self._work_off(batch)

    async def _work_off(self, batch: list[tuple[Any, asyncio.Future[Any]]]) -> None:
        try:
            results = await self._attempt([item for item, _ in batch])
        except (StoreError, StoreRefused) as error:
            if len(batch) == 1 or isinstance(error, StoreError):
                _fail(batch, error)
                return
            for single in batch:
                await self._work_off([single])
            return
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)

    async def _attempt(self, items: list[Any]) -> list[Any]:
        """Raises `StoreError` when the outcome may be unknown, `StoreRefused` when nothing was stored."""
        try:
            async with asyncio.timeout(30):
                if self._connection is None or self._connection.is_closed():
                    self._connection = await asyncpg.connect(self._url, command_timeout=30)
                return await self._flush(self._connection, items)
        except (ValueError, TypeError, OverflowError) as error:  # also the driver's own DataError
            raise StoreRefused(f"the database refused: {error}") from error
        except _PASSING as error:
            await self._drop()
            raise StoreError(f"the database does not answer: {error}") from error
        except asyncpg.PostgresError as error:
            if is_passing(error.sqlstate):
                raise StoreError(f"the database does not answer: {error}") from error
            raise StoreRefused(f"the database refused: {error}") from error
        except Exception as error:  # a fault of ours: whoever asked hears of it, and the others go on
            raise StoreRefused(f"can't be written: {type(error).__name__}: {error}") from error

    async def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
        await asyncio.sleep(0.1)  # a database that is away is not asked in a tight loop


def is_passing(sqlstate: str | None) -> bool:
    """Whether an error of the server may be over soon, by its class."""
    return (sqlstate or "")[:2] in _PASSING_STATES


def _fail(batch: list[tuple[Any, asyncio.Future[Any]]], error: Exception) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(error)
