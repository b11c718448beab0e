"""Fixtures of every layer: real databases, one of a test's own each time."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import structlog

from bot.records import migrate
from bot.store.port import Store
from bot.store.postgres import PostgresStore
from bot.store.sqlite import SqliteStore

# A program under test logs where `relais run` does, beside what a command in the same process prints.
structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.__stderr__))

DEFAULT_POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
SQLITE, POSTGRES = "sqlite", "postgresql"
WORKER = "0" * 16 + "a1b2c3d4e5f60718"


@dataclass(frozen=True, slots=True)
class Database:
    """A migrated, empty database of one test."""

    kind: str
    url: str

    @property
    def path(self) -> Path:
        return Path(self.url.removeprefix("sqlite:///"))

    @property
    def shared(self) -> bool:
        return self.kind == POSTGRES

    def new_store(self, worker_id: str = WORKER) -> SqliteStore | PostgresStore:
        if self.kind == SQLITE:
            return SqliteStore(self.path, worker_id=worker_id)
        return PostgresStore(self.url, worker_id=worker_id)


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A server that answers, and a migrated database that others are copied from."""

    url: str
    template: str

    def url_of(self, name: str) -> str:
        return self.url.rsplit("/", 1)[0] + f"/{name}"

    def run(self, *statements: str) -> None:
        asyncio.run(_execute(self.url, statements))

    @property
    def prefix(self) -> str:
        return self.template.removesuffix("template")


async def _execute(url: str, statements: tuple[str, ...]) -> None:
    connection = await asyncpg.connect(url, timeout=5)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The server of RELAIS_TEST_POSTGRES. Without one: a failure in CI, else these tests are left out."""
    url = os.environ.get("RELAIS_TEST_POSTGRES", DEFAULT_POSTGRES)
    server = PostgresServer(url, f"relais_test_{uuid4().hex[:10]}_template")
    try:
        server.run(f"CREATE DATABASE {server.template}")
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        if os.environ.get("CI"):
            pytest.fail(f"PostgreSQL must answer in CI: {error}")
        pytest.skip(f"the PostgreSQL half is left out: no server answers ({type(error).__name__})")
    try:
        migrate.upgrade(server.url_of(server.template))
        yield server
    finally:
        server.run(f"DROP DATABASE IF EXISTS {server.template} WITH (FORCE)")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "relais.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> Database:
    path = tmp_path / "relais.db"
    shutil.copy(sqlite_template, path)
    return Database(SQLITE, f"sqlite:///{path}")


@pytest.fixture
def postgres_database(postgres_server: PostgresServer) -> Iterator[Database]:
    name = f"{postgres_server.prefix}{uuid4().hex[:10]}"
    postgres_server.run(f"CREATE DATABASE {name} TEMPLATE {postgres_server.template}")
    yield Database(POSTGRES, postgres_server.url_of(name))
    postgres_server.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(params=[SQLITE, POSTGRES])
def database(request: pytest.FixtureRequest) -> Database:
    """The same test on both databases."""
    found: Database = request.getfixturevalue(
        f"{'postgres' if request.param == POSTGRES else SQLITE}_database"
    )
    return found


Opener = Callable[..., Awaitable[SqliteStore | PostgresStore]]


@pytest.fixture
async def open_store() -> AsyncIterator[Opener]:
    """Opens stores, as many processes as a test wants, and closes them at its end."""
    opened: list[Store] = []

    async def open_(database: Database, worker_id: str = WORKER) -> SqliteStore | PostgresStore:
        store = database.new_store(worker_id)
        await store.open()
        opened.append(store)
        return store

    yield open_
    for store in reversed(opened):
        with suppress(RuntimeError):  # closed by the test itself
            await store.close()


@pytest.fixture
async def store(database: Database, open_store: Opener) -> SqliteStore | PostgresStore:
    return await open_store(database)


LONG = frozenset(
    f"test_{name}.py"
    for name in (
        "campaign_kills", "appointment_scenarios", "browser_inbox", "console_browser", "department_mail",
        "outreach_scenarios", "appointments", "campaign_desk", "campaigns", "case_files", "consent_machine",
        "console_gate", "console_sign_in", "department_replies", "inbox", "outreach_results", "person_export",
        "rule_segments", "simulation", "survey_answered", "tracking", "browser_campaigns", "browser_complaint_desk",
        "browser_contacts", "browser_content", "complaint_desk", "case_rehearsal", "simulated_campaigns",
    )
)  # fmt: skip
"""Tests that start the program or a browser many times: `make test-long` runs them, `make test` the others."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the long tests, and no others")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if len({item.path for item in items}) == 1:
        return  # a file that is named is run, whatever its length
    wanted = bool(config.getoption("--long"))
    left_out = [item for item in items if (item.path.name in LONG) != wanted]
    items[:] = [item for item in items if (item.path.name in LONG) == wanted]
    config.hook.pytest_deselected(items=left_out)
