"""Brings a database to a revision of the schema. Safe to start on several machines at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, create_engine, event, inspect, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

if TYPE_CHECKING:  # imported where there is something to move: a start finds the schema as it should be
    from alembic.config import Config as AlembicConfig

_SCRIPTS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 0x52656C61  # one migration at a time on a PostgreSQL server


T = TypeVar("T")


class SchemaTooNew(Exception):
    """The database was written by a newer release than this one."""


def head() -> str:
    """The revision this release works with: the number that the newest migration's file begins with."""
    return max(path.name.partition("_")[0] for path in (_SCRIPTS / "versions").glob("[0-9]*_*.py"))


def current(url: str) -> str | None:
    """The revision a database is at; None for an empty one."""
    return _on(url, _revision)


def upgrade(url: str, revision: str = "head") -> None:
    """Move a database forward. Raises `SchemaTooNew` where a newer release has been at work."""

    def run(connection: Connection) -> None:
        now = _revision(connection)
        if now == (head() if revision == "head" else revision):
            return
        _check_known(now)
        from alembic import command

        command.upgrade(_alembic(connection), revision)

    _on(url, run)


def downgrade(url: str, revision: str) -> None:
    """Move a database back to a revision ("base" for an empty one)."""
    from alembic import command

    _on(url, lambda connection: command.downgrade(_alembic(connection), revision))


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return str(found) if found is not None else None


def _check_known(revision: str | None) -> None:
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}
    if revision is not None and revision not in known:
        raise SchemaTooNew(
            f"the database is at revision {revision}, which this release does not know; "
            "install the release that wrote it, or restore the backup made before it"
        )


def _alembic(connection: Connection | None = None) -> AlembicConfig:
    from alembic.config import Config as AlembicConfig

    config = AlembicConfig()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _on(url: str, work: Callable[[Connection], T]) -> T:
    """Run `work` in one transaction on its own connection."""
    if url.startswith("sqlite"):
        return _on_sqlite(url, work)
    return asyncio.run(_on_postgres(url, work))


def _on_sqlite(url: str, work: Callable[[Connection], T]) -> T:
    engine = create_engine(url, poolclass=pool.NullPool)

    @event.listens_for(engine, "connect")
    def _own_transactions(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = None  # the driver's own would commit before each DDL statement
        dbapi.execute("PRAGMA busy_timeout=5000")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    try:
        with engine.begin() as connection:
            return work(connection)
    finally:
        engine.dispose()


async def _on_postgres(url: str, work: Callable[[Connection], T]) -> T:
    engine = create_async_engine(sqlalchemy_url(url), poolclass=pool.NullPool)
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def sqlalchemy_url(url: str) -> str:
    """The URL as SQLAlchemy's asynchronous PostgreSQL driver wants it."""
    return "postgresql+asyncpg://" + url.split("://", 1)[1] if url.startswith("postgres") else url
