"""Customers' data in a running program: files go in beside the other work, the nightly jobs run once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, time
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.contacts_data.editing import Edit
from bot.contacts_data.importing import ImportConflict, Importer, Options
from bot.contacts_data.kinds import ImportKind
from bot.contacts_data.lifecycle import classify
from bot.contacts_data.report import faults_page, report_lines
from bot.contacts_data.retention import remove_due
from bot.contacts_data.settings import DataSettings
from bot.contacts_data.tables import Table, TableError, open_table
from bot.contacts_data.taking import Ways
from bot.ids import IdMaker
from bot.records import DataImport, JobRun
from bot.records.base import table_of
from bot.store.changes import NotFound, NotPossible
from bot.store.port import Store, StoreError, StoreRefused

log = structlog.get_logger()

NIGHTLY_AT: Final = time(2, 30)
_JOB: Final = "customers"
_imports = table_of(DataImport).c


class CustomerData:
    """One for the process; its tasks live in the program's group."""

    def __init__(
        self, store: Store, settings: DataSettings, *, clock: Clock, group: asyncio.TaskGroup
    ) -> None:
        self.settings = settings
        self.importer = Importer(store, settings, clock)
        self._store = store
        self._clock = clock
        self._group = group
        self._ids = IdMaker(clock)  # of its own: it is used in the thread that writes
        self._one_at_a_time = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._done: datetime | None = None  # the last night's slot

    def ways(self) -> Ways:
        """How values of a call are read."""
        return self.importer.ways(Options())

    def edit(self, actor: str) -> Edit:
        return Edit(actor=actor, now=self._clock.now(), ids=self._ids)

    def path_of(self, digest: str) -> Path:
        """Where an uploaded file is kept, by the hash of its bytes."""
        return self.settings.folder / digest

    async def begin(
        self,
        kind: ImportKind,
        path: Path,
        given: Mapping[str, str],
        options: Options,
        *,
        file_name: str,
        started_by: str,
        again: bool,
        anew: bool = False,
    ) -> DataImport:
        """Bring an uploaded file in, beside the program's work. Raises what `Importer.begin` does."""
        data_import = await self.importer.begin(
            kind, path, given, options, file_name=file_name, started_by=started_by, again=again, anew=anew
        )
        self._start(data_import)
        return data_import

    async def go_on(self, import_id: str) -> None:
        """Go on with an import that was stopped or failed. Raises `NotFound`, `NotPossible`."""
        data_import = await self.one(import_id)
        if data_import.status not in ("stopped", "failed"):
            raise NotPossible("this import is running or done")
        if not self.path_of(data_import.file_hash).is_file():
            raise NotPossible("the file is not kept any more: hand it in again")
        await self.importer.settle(data_import, "running")
        self._start(await self.one(import_id))

    async def halt(self, import_id: str) -> None:
        """Stop after the rows under way. Raises `NotFound`, `NotPossible` where it is not running."""
        await self.one(import_id)
        statement = (
            update(table_of(DataImport))
            .where(_imports.id == import_id, _imports.status == "running")
            .values(status="stopped")
        )
        done: Any = await self._store.write(lambda session: session.execute(statement).rowcount)  # type: ignore[attr-defined]
        if not done:
            raise NotPossible("this import is not running")

    async def one(self, import_id: str) -> DataImport:
        """Raises `NotFound`."""
        found = await self._store.read(lambda session: session.get(DataImport, import_id))
        if found is None:
            raise NotFound(f"there is no import {import_id}")
        return found

    async def report(self, data_import: DataImport, language: str) -> Iterator[str]:
        """The rows to mend as CSV, a piece at a time; of a file that is not kept only lines and reasons."""
        pages: list[Any] = []
        after = (0, "")
        while page := await self._store.read(
            lambda session, after=after: faults_page(session, data_import.id, after)  # type: ignore[misc]
        ):
            pages.append(page)
            after = (page[-1].line, page[-1].id)
        waiting = iter(pages)
        return report_lines(self._table(data_import), lambda after: next(waiting, []), language)

    def _table(self, data_import: DataImport) -> Table | None:
        options = data_import.options
        try:
            return open_table(
                self.path_of(data_import.file_hash),
                encoding=options["encoding"],
                delimiter=options["delimiter"],
            )
        except TableError:
            return None

    async def resume(self) -> None:
        """Go on with what a stop or a kill interrupted, where this machine has the file."""
        query = select(DataImport).where(_imports.status == "running").order_by(_imports.id)
        for found in await self._store.read(lambda session: list(session.scalars(query))):
            if self.path_of(found.file_hash).is_file():
                self._start(found)

    def stop(self) -> None:
        """Let go of all files; they are gone on with at the next start."""
        for task in self._tasks:
            task.cancel()

    def _start(self, data_import: DataImport) -> None:
        task = self._group.create_task(self._bring_in(data_import), name=f"import {data_import.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _bring_in(self, data_import: DataImport) -> None:
        async with self._one_at_a_time:
            try:
                done = await self.importer.run(data_import, self.path_of(data_import.file_hash))
            except ImportConflict as conflict:
                log.info("import_left", import_id=data_import.id, why=str(conflict))
            except StoreError as error:  # the database is away: the next start goes on
                log.warning("import_interrupted", import_id=data_import.id, error=str(error))
            except Exception as error:  # a fault in one file must not end the program
                log.error(
                    "import_failed", import_id=data_import.id, kind=type(error).__name__, error=str(error)
                )
                with suppress(StoreError):
                    await self.importer.settle(data_import, "failed")
            else:
                log.info("import_done", import_id=done.id, added=done.added, refused=done.refused)

    # every night

    async def tick(self) -> None:
        """Classes and retention, once a day in the small hours, on one machine."""
        now = self._clock.now()
        local = now.astimezone(self.settings.zone)
        slot = datetime.combine(local.date(), NIGHTLY_AT, tzinfo=self.settings.zone)
        if now < slot or slot == self._done or not await self._mine(slot):
            return
        changed = await classify(self._store, self.settings.thresholds, now)
        removed = await remove_due(self._store, self.settings, now, self._ids)
        log.info("customers_looked_through", classes_changed=changed, removed=removed)

    async def _mine(self, slot: datetime) -> bool:
        """Whoever inserts the slot first runs the night's jobs."""
        try:
            taken = await self._store.write(lambda session: _take_slot(session, slot, self._store.worker_id))
        except StoreRefused:  # another machine did in the same instant
            taken = False
        self._done = slot
        return taken


def _take_slot(session: Session, slot: datetime, owner: str) -> bool:
    key: dict[str, Any] = {"job": _JOB, "slot": slot}
    if session.get(JobRun, key) is not None:
        return False
    session.add(JobRun(**key, owner=owner))
    session.flush()
    return True
