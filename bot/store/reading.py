"""A read-only look at the database, beside the running program or without it: one snapshot, nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from bot.records.migrate import sqlalchemy_url
from bot.store.port import StoreError
from bot.store.sqlite import read_engine

T = TypeVar("T")


async def look_at(url: str, work: Callable[[Session], T]) -> T:
    """Run `work` on a snapshot that does not move meanwhile. Raises `StoreError`."""
    try:
        if url.startswith("sqlite"):
            return _on_sqlite(Path(url.removeprefix("sqlite:///")), work)
        return await _on_postgres(url, work)
    except (OSError, OperationalError, DBAPIError) as error:
        raise StoreError(f"can't read the database: {getattr(error, 'orig', error)}") from error


def _on_sqlite(path: Path, work: Callable[[Session], T]) -> T:
    if not path.is_file():
        raise StoreError(f"there is no database at {path}; it is made at the first start")
    engine = read_engine(path)
    try:
        with Session(engine) as session:
            return work(session)
    finally:
        engine.dispose()


async def _on_postgres(url: str, work: Callable[[Session], T]) -> T:
    engine = create_async_engine(sqlalchemy_url(url), poolclass=NullPool, isolation_level="REPEATABLE READ")
    try:
        async with AsyncSession(engine) as session:
            await session.execute(text("SET TRANSACTION READ ONLY"))
            return await session.run_sync(work)
    finally:
        await engine.dispose()
