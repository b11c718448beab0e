"""The schema's way forward and back, on both databases."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from typer.testing import CliRunner

import bot.records as records
from bot.cli import app
from bot.records import JournalEntry, migrate
from bot.starting import StartError, open_store
from tests.conftest import Database, PostgresServer
from tests.integration.lab import config_of
from tests.integration.storebench import accept, count_of, entry, talk


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """A database without any table."""
    if request.param == "sqlite":
        return Database("sqlite", f"sqlite:///{tmp_path / 'empty.db'}")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = f"{server.prefix}{uuid4().hex[:10]}"
    server.run(f"CREATE DATABASE {name}")
    request.addfinalizer(lambda: server.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
    return Database("postgresql", server.url_of(name))


def names(url: str) -> set[str]:
    def look(connection: Connection) -> set[str]:
        statement = (
            "SELECT name FROM sqlite_master WHERE type = 'table'"
            if connection.dialect.name == "sqlite"
            else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        return {row[0] for row in connection.execute(text(statement))}

    return migrate._on(url, look)


def test_an_empty_database_is_brought_to_the_head(empty: Database) -> None:
    assert migrate.current(empty.url) is None
    migrate.upgrade(empty.url)
    assert migrate.current(empty.url) == migrate.head()
    assert set(records.Record.metadata.tables) <= names(empty.url)
    migrate.upgrade(empty.url)  # once more changes nothing


def test_the_files_of_migrations_are_numbered_as_their_revisions() -> None:
    scripts = ScriptDirectory.from_config(migrate._alembic())
    assert migrate.head() == scripts.get_current_head()
    for script in scripts.walk_revisions():
        assert Path(script.path).name.startswith(f"{script.revision}_")


def test_the_head_is_what_the_models_say_to_the_last_index(empty: Database) -> None:
    migrate.upgrade(empty.url)

    def differences(connection: Connection) -> list[object]:
        # Each database has a full-text index of its own kind: no model speaks of it.
        opts = {
            "compare_type": True,
            "include_name": lambda name, kind, _: not f"{name}".startswith("search_words"),
        }
        context = MigrationContext.configure(connection, opts=opts)
        return list(compare_metadata(context, records.Record.metadata))

    assert migrate._on(empty.url, differences) == []


def test_partial_indexes_are_partial_on_the_database_too(empty: Database) -> None:
    """Alembic does not compare the condition of an index."""
    migrate.upgrade(empty.url)

    def conditions(connection: Connection) -> set[str]:
        statement = (
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'"
            if connection.dialect.name == "sqlite"
            else "SELECT indexname, indexdef FROM pg_indexes WHERE indexdef LIKE '% WHERE %'"
        )
        return {row[0] for row in connection.execute(text(statement))}

    partial = {
        str(index.name)
        for table in records.Record.metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }
    assert len(partial) >= 8
    assert migrate._on(empty.url, conditions) == partial


def test_it_goes_back_to_nothing_and_forward_again(empty: Database) -> None:
    migrate.upgrade(empty.url)
    migrate.downgrade(empty.url, "base")
    assert names(empty.url) <= {"alembic_version"}
    assert migrate.current(empty.url) is None
    migrate.upgrade(empty.url)
    assert migrate.current(empty.url) == migrate.head()


async def test_rows_of_the_first_release_are_kept_and_worked_with(empty: Database) -> None:
    await asyncio.to_thread(migrate.upgrade, empty.url, "0001")

    def old_row(connection: Connection) -> None:
        connection.execute(
            text(
                "INSERT INTO journal (id, seq, account_id, provider_id, kind, thread, provider_order, raw,"
                " received_at, status, reason) VALUES ('old', 7, 'lab', 'm-old', 'message', 't1', 0, :raw,"
                " '2026-03-05 12:00:00+00:00', 'done', '')"
                if connection.dialect.name == "sqlite"
                else "INSERT INTO journal (id, account_id, provider_id, kind, thread, provider_order, raw,"
                " received_at, status, reason) VALUES ('old', 'lab', 'm-old', 'message', 't1', 0, :raw,"
                " '2026-03-05 12:00:00+00:00', 'done', '')"
            ),
            {"raw": b"{}"},
        )

    await asyncio.to_thread(migrate._on, empty.url, old_row)
    await asyncio.to_thread(migrate.upgrade, empty.url)
    store = empty.new_store()
    await store.open()
    try:
        assert [result.fresh for result in await accept(store, entry("m-old"))] == [False]
        await talk(store)
        assert await count_of(store, JournalEntry) == 2
    finally:
        await store.close()


def test_candidates_of_an_earlier_release_are_kept_on_the_way_there_and_back(empty: Database) -> None:
    def keep(connection: Connection) -> None:
        connection.execute(
            text(
                "INSERT INTO faq_candidates (id, conversation_id, text, language, status, created_at)"
                " VALUES ('c1', 'x', 'quel prix', 'fr', 'open', '2026-03-05 12:00:00+00:00')"
            )
        )

    def kept(connection: Connection) -> list[tuple[object, ...]]:
        columns = "text, status" if migrated == "0003" else "text, status, key, reason"
        return [tuple(row) for row in connection.execute(text(f"SELECT {columns} FROM faq_candidates"))]

    migrated = "0003"
    migrate.upgrade(empty.url, migrated)
    migrate._on(empty.url, keep)
    migrate.upgrade(empty.url, migrated := "0005")
    assert migrate._on(empty.url, kept) == [("quel prix", "open", "", "unanswered")]
    migrate.downgrade(empty.url, migrated := "0003")
    assert migrate._on(empty.url, kept) == [("quel prix", "open")]


def test_several_processes_that_migrate_at_once_do_it_once(empty: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(migrate.upgrade, empty.url) for _ in range(4)]:
            done.result(30)
    assert migrate.current(empty.url) == migrate.head()


async def test_a_database_of_a_newer_release_is_left_alone_and_said_so(
    database: Database, tmp_path: Path
) -> None:
    def from_the_future(connection: Connection) -> None:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    await asyncio.to_thread(migrate._on, database.url, from_the_future)
    before = await asyncio.to_thread(names, database.url)
    with pytest.raises(migrate.SchemaTooNew, match="at revision 9999, which this release does not know"):
        await asyncio.to_thread(migrate.upgrade, database.url)
    with pytest.raises(StartError, match="install the release that wrote it, or restore the backup"):
        await open_store(config_of(database, tmp_path))
    assert await asyncio.to_thread(names, database.url) == before


def test_the_commands_say_where_the_schema_stands_and_move_it(empty: Database, tmp_path: Path) -> None:
    config_of(empty, tmp_path)
    file = str(tmp_path / "web-worker-scheduler.yaml")

    def relais(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["db", *words, "--config", file])
        return done.exit_code, done.output

    code, said = relais("current")
    assert code == 1 and f"this release needs {migrate.head()}" in " ".join(said.split())
    code, said = relais("upgrade")
    assert code == 0 and f"The schema is {migrate.head()}" in said
    assert relais("current")[0] == 0
    code, said = relais("downgrade", "0001", "--yes")
    assert code == 0 and f"The schema is 0001 (before: {migrate.head()})" in " ".join(said.split())
    assert relais("current")[0] == 1
    code, said = relais("downgrade", "base")  # not confirmed
    assert code == 1 and migrate.current(empty.url) == "0001"
