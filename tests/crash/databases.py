"""Databases of the crash tests' own, and a look into them from outside."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest

SERVER = os.environ.get("RELAIS_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")

Rows = list[tuple[Any, ...]]


class Database(Protocol):
    url: str

    async def rows(self, statement: str) -> Rows: ...


class SqliteFile:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"sqlite:///{path}"

    async def rows(self, statement: str) -> Rows:
        return await asyncio.to_thread(self._rows, statement)

    def _rows(self, statement: str) -> Rows:
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute(statement).fetchall()
        finally:
            connection.close()


class PostgresDatabase:
    def __init__(self, url: str) -> None:
        self.url = url

    async def rows(self, statement: str) -> Rows:
        connection = await asyncpg.connect(self.url, timeout=10)
        try:
            return [tuple(row) for row in await connection.fetch(statement, timeout=30)]
        finally:
            await connection.close()


@asynccontextmanager
async def fresh_postgres(name: str) -> AsyncIterator[PostgresDatabase]:
    """A database of its own, dropped afterwards. Without a server: skipped, but in CI a failure."""
    try:
        connection = await asyncpg.connect(SERVER, timeout=5)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        words = f"no PostgreSQL answers: crash safety on PostgreSQL was not tested ({error})"
        if os.environ.get("CI"):
            pytest.fail(words)
        pytest.skip(words)
    name = f"{name}_{uuid4().hex[:10]}"  # two runs may share the server
    try:
        await connection.execute(f"CREATE DATABASE {name}")
        yield PostgresDatabase(urlunsplit(urlsplit(SERVER)._replace(path=f"/{name}")))
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        await connection.close()
