"""Group commit in a thread: while one transaction runs, the next batch collects.

`synchronous=FULL` makes a commit cost a disk flush; many callers share it. No timer, no batch size to tune.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy.exc import DBAPIError

from bot.store.port import StoreError, StoreRefused

Flush = Callable[[sqlite3.Cursor, Sequence[Any]], list[Any]]
"""Does one kind of work for a whole batch inside the running transaction; one result an item, in order."""

MAX_BATCH = 512
STALLED_S = 10.0
"""A batch that takes longer means that nothing more is taken in: callers are told to try again."""


class GroupThread:
    """Owns one SQLite connection and does everything that is submitted to it, in shared transactions."""

    def __init__(self, name: str, connect: Callable[[], sqlite3.Connection], *, writes: bool) -> None:
        self._connect = connect
        self._writes = writes
        self._waiting: deque[tuple[Flush, Any, asyncio.Future[Any]]] = deque()
        self._wake = threading.Event()
        self._stopping = False
        self._began = 0.0  # monotonic seconds; of the batch at work, 0 between batches
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self.depth_limit = 50_000

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def submit(self, flush: Flush, item: Any) -> asyncio.Future[Any]:
        """Queue one item. The future ends once its transaction is durable."""
        if self._loop is None or self._stopping:
            raise StoreError("the database is closed")
        if self._began and time.monotonic() - self._began > STALLED_S:
            raise StoreError("the database does not answer")
        future: asyncio.Future[Any] = self._loop.create_future()
        if len(self._waiting) >= self.depth_limit:
            raise StoreError("the database can't keep up: too much waits to be written")
        self._waiting.append((flush, item, future))
        if not self._wake.is_set():  # a busy thread looks by itself before it sleeps
            self._wake.set()
        return future

    async def stop(self) -> None:
        """Finish what waits, then close the connection."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        connection = self._connect()
        cursor = connection.cursor()
        try:
            while batch := self._take():
                self._began = time.monotonic()
                done = self._together(cursor, batch)
                self._began = 0.0
                self._resolve(done)
        finally:
            connection.close()

    def _take(self) -> list[tuple[Flush, Any, asyncio.Future[Any]]]:
        while not self._waiting:
            if self._stopping:
                return []
            self._wake.clear()
            if self._waiting or self._stopping:  # put in between the look and the clearing
                break
            self._wake.wait()
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_BATCH))]

    def _together(
        self, cursor: sqlite3.Cursor, batch: list[tuple[Flush, Any, asyncio.Future[Any]]]
    ) -> list[tuple[asyncio.Future[Any], Any]]:
        """One transaction for all; if it fails, one for each, so that only the guilty one fails."""
        try:
            return self._transaction(cursor, batch)
        except Exception as error:
            failure = _as_store_error(error)
            if len(batch) == 1 or isinstance(
                failure, StoreError
            ):  # away or locked: so it is for each of them
                return [(future, failure) for _, _, future in batch]
        done: list[tuple[asyncio.Future[Any], Any]] = []
        for single in batch:
            try:
                done += self._transaction(cursor, [single])
            except Exception as error:
                done.append((single[2], _as_store_error(error)))
        return done

    def _transaction(
        self, cursor: sqlite3.Cursor, batch: list[tuple[Flush, Any, asyncio.Future[Any]]]
    ) -> list[tuple[asyncio.Future[Any], Any]]:
        by_kind: dict[Flush, list[tuple[Any, asyncio.Future[Any]]]] = {}
        for flush, item, future in batch:
            by_kind.setdefault(flush, []).append((item, future))
        done: list[tuple[asyncio.Future[Any], Any]] = []
        if self._writes:
            cursor.execute("BEGIN IMMEDIATE")
        try:
            for flush, items in by_kind.items():
                results = flush(cursor, [item for item, _ in items])
                done += zip([future for _, future in items], results, strict=True)
            if self._writes:
                cursor.execute("COMMIT")
        except BaseException:
            if cursor.connection.in_transaction:
                cursor.execute("ROLLBACK")
            raise
        return done

    def _resolve(self, done: list[tuple[asyncio.Future[Any], Any]]) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(_settle, done)
        except RuntimeError:  # the loop is closed: the process ends, and the rows speak for themselves
            return


def _settle(done: list[tuple[asyncio.Future[Any], Any]]) -> None:
    for future, result in done:
        if future.done():  # the caller gave up; what was written stays written
            continue
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)


def _as_store_error(error: Exception) -> Exception:
    if isinstance(error, StoreError | StoreRefused):
        return error
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, sqlite3.Error | ValueError | TypeError | OverflowError):
        return error  # not the database's word: whoever submitted the work knows what it means
    passing = isinstance(cause, sqlite3.OperationalError)  # full disk, lock, I/O: may be over soon
    failure = (StoreError if passing else StoreRefused)(f"the database refused: {cause}")
    failure.__cause__ = error
    return failure
