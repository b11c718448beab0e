"""What must stand before the program can work: socket, texts, database. Whatever is wrong is said in words."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from bot.clock import Clock
from bot.company import company_of, facts_of, product_names
from bot.config import Config
from bot.dialogue import Dialogue
from bot.faq_files import FaqError, load_faq
from bot.ids import IdMaker
from bot.model_hearing import meanings_of
from bot.records import migrate
from bot.rule_problems import rule_problems
from bot.server import CannotListen, listen
from bot.store.port import Store, StoreError
from bot.store.postgres import PostgresStore
from bot.store.sqlite import SqliteStore
from bot.templating import Templates
from bot.understanding.embedding.choice import ModelError
from bot.understanding.reading import Understanding
from channels.port import Problem
from templates import BUILT_IN

T = TypeVar("T")


class StartError(Exception):
    """Relais can't start: what is wrong, and what to do about it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


async def open_store(config: Config) -> Store:
    """The configured database, migrated and open. Raises `StoreError`, `StoreLocked`, `StartError`."""
    store = store_of(config, IdMaker(Clock()).new())
    await bring_to_head(config.database.url)
    await store.open()
    return store


def bound_socket(config: Config) -> socket.socket:
    """The socket to serve on. Raises `StartError`."""
    try:
        return listen(config.server.host, config.server.port)
    except CannotListen as error:
        raise StartError(str(error), error.hint) from error


def store_of(config: Config, worker_id: str) -> SqliteStore | PostgresStore:
    """The configured database, not open yet."""
    path = config.database.sqlite_path
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        return SqliteStore(path, worker_id=worker_id)
    return PostgresStore(config.database.url, worker_id=worker_id)


async def bring_to_head(url: str) -> None:
    """Bring the schema to this release's. Raises `StartError`."""
    try:
        await asyncio.to_thread(migrate.upgrade, url)
    except migrate.SchemaTooNew as error:
        raise StartError(str(error)) from error
    except (OSError, DBAPIError) as error:
        raise StartError(f"the database can't be reached: {error}", "check database.url") from error


async def opened(store: Store) -> None:
    """Open a database to work on. Raises `StartError`."""
    try:
        await store.open()
    except StoreError as error:
        raise StartError(str(error), "check database.url, or stop the other process") from error


def content_of(config: Config, clock: Clock | None = None) -> tuple[Templates, Understanding, Dialogue]:
    """What the company says and understands, checked. Raises `StartError`."""
    folders = [BUILT_IN, *([config.content] if config.content else [])]
    try:
        entries = load_faq(config.faq_paths())
        company = company_of(config)
        meanings = meanings_of(config.faq, clock or Clock())
    except ModelError as error:
        raise StartError(str(error), "import it again, or take faq.model out of the configuration") from error
    except FaqError as error:
        raise StartError(f"the FAQ can't be read: {error}", "relais check shows all of it") from error
    except (FileNotFoundError, ValueError) as error:
        raise StartError(str(error), "relais check shows what else is wrong") from error
    with ThreadPoolExecutor(1) as beside:  # most of learning is arithmetic that lets other threads work
        learning = beside.submit(
            Understanding.build,
            entries,
            products=product_names(config),
            zones=company.zones,
            languages=company.languages,
            default_language=company.language,
            meanings=meanings,
        )
        try:
            templates = Templates.load(folders, company=facts_of(config), trusted=BUILT_IN)
        except (FileNotFoundError, ValueError) as error:
            raise StartError(str(error), "relais check shows what else is wrong") from error
        refuse(templates.check(trusted=BUILT_IN))
        refuse(rule_problems(config, templates))
        understanding = learning.result()
    return templates, understanding, Dialogue(company, understanding)


def refuse(problems: Sequence[Problem]) -> None:
    """Raises `StartError` when one of these is an error."""
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        lines = "\n".join(f"  {problem.where}: {problem.what}" for problem in errors)
        raise StartError(f"{len(errors)} thing(s) must be mended first:\n{lines}", "relais check")
