"""Bringing a file in: a batch a transaction, the counts with it, so that it goes on exactly where it stopped.

The row of `imports` moves in the same transaction as the contacts, and only from where this run knows it to stand:
a kill doubles nothing, and of two processes on one file one gives way.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.contacts_data.contact_rows import Batch, plan_contacts, write_contacts
from bot.contacts_data.customer_rows import plan_rows, write_rows
from bot.contacts_data.dates import Order
from bot.contacts_data.kinds import ImportKind
from bot.contacts_data.mapping import ColumnMapping, map_columns
from bot.contacts_data.outcome import Outcome, Policy
from bot.contacts_data.settings import DataSettings
from bot.contacts_data.tables import Table, open_table
from bot.contacts_data.taking import Fault, RowReader, Taken, Ways, as_money
from bot.ids import IdMaker
from bot.records import DataImport, ImportFault
from bot.records.base import table_of
from bot.store.port import Store, StoreRefused

BATCH: Final = 250
"""Rows in one transaction: few enough that the lanes of a running program hardly wait."""
_SHOWN: Final = 10
_MOST_FAULTS: Final = 200  # of a preview
_imports = table_of(DataImport).c


class ImportConflict(Exception):
    """This file can't be brought in now; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What people may choose about a file; kept with the import, so that it goes on the same way."""

    policy: Policy = "update"
    order: Order = "dmy"
    decimal: str = ","
    encoding: str = ""
    delimiter: str = ""
    consent_source: str = ""
    consent_at: str = ""  # ISO day

    def as_json(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What bringing a file in would do."""

    table: Table
    mapping: ColumnMapping
    outcome: Outcome
    doubles: int
    codes: Mapping[str, int]
    first: list[Taken]
    fates: list[Fate]  # of the first
    faults: list[tuple[int, Fault]]  # the first ones, with the line of the file
    whole: bool = True  # all of the file was read


Progress = Callable[[DataImport], None]
Fate = Literal["added", "changed", "unchanged", "refused", "double"]
"""What would become of a row; double: it names somebody of a row before it."""


class Importer:
    """Brings files in through a store; keeps no state between them."""

    def __init__(self, store: Store, settings: DataSettings, clock: Clock) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._ids = IdMaker(clock)  # of its own: it is used in the thread that writes

    def ways(self, options: Options, today: date | None = None) -> Ways:
        settings = self._settings
        return Ways(
            country=settings.country,
            currency=settings.currency,
            zone=settings.zone,
            today=today or self._clock.now().astimezone(settings.zone).date(),
            order=options.order,
            decimal=options.decimal,
            fields=settings.fields,
            consent_source=options.consent_source,
            consent_at=date.fromisoformat(options.consent_at) if options.consent_at else None,
        )

    async def preview(
        self,
        kind: ImportKind,
        path: Path,
        given: Mapping[str, str],
        options: Options,
        *,
        most: int | None = None,
    ) -> Preview:
        """Read all of the file, or its first `most` rows, and change nothing. Raises `TableError`, `MappingError`."""
        table, mapping = await asyncio.to_thread(self._understood, kind, path, given, options)
        reader = RowReader(kind, table, mapping.targets(), self.ways(options))
        rows = islice(self._taken(reader, table, 0), most)
        found = Preview(
            table=table,
            mapping=mapping,
            outcome=Outcome(),
            doubles=0,
            codes={},
            first=[],
            fates=[],
            faults=[],
        )
        codes, doubles, seen = Counter[str](), 0, set[int]()
        batch = Batch(
            policy=options.policy,
            ids=self._ids,
            now=self._clock.now(),
            file_name=path.name,
            suppressed=self._settings.suppressed,
        )
        while taken := await asyncio.to_thread(_next, rows):
            first = taken[: max(0, _SHOWN - len(found.first))]
            done, fates = await self._store.read(
                lambda session, taken=taken, first=first: (  # type: ignore[misc]
                    _planned(session, kind, taken, batch),
                    [_fate(_planned(session, kind, [row], batch)) for row in first],
                )
            )
            again = _again(taken, seen) if kind == "contacts" else set()
            found.first.extend(first)
            found.fates.extend(
                "double" if row.line in again and fate != "refused" else fate
                for row, fate in zip(first, fates, strict=True)
            )
            found.faults.extend(done.faults[: _MOST_FAULTS - len(found.faults)])
            codes.update(fault.code for _, fault in done.faults)
            doubles += len(again)
            for name in ("added", "changed", "unchanged", "refused"):
                setattr(found.outcome, name, getattr(found.outcome, name) + getattr(done, name))
        return replace(found, doubles=doubles, codes=codes, whole=most is None or found.outcome.rows < most)

    async def begin(
        self,
        kind: ImportKind,
        path: Path,
        given: Mapping[str, str],
        options: Options,
        *,
        file_name: str,
        started_by: str,
        again: bool = False,
        anew: bool = False,
    ) -> DataImport:
        """The import of this file: a new one, or the one that stopped half way, unless it is to begin `anew`.

        Raises `TableError`, `MappingError`; `ImportConflict` where it was brought in already and not `again`.
        """
        digest = await asyncio.to_thread(file_hash, path)
        _, mapping = await asyncio.to_thread(self._understood, kind, path, given, options)
        now = self._clock.now()

        def keep(session: Session) -> DataImport:
            query = select(DataImport).where(_imports.kind == kind, _imports.file_hash == digest)
            before = session.scalars(query.order_by(_imports.id.desc())).first()
            if before is not None and before.status != "done" and not (anew and before.status != "running"):
                before.status, before.finished_at = "running", None
                return before
            if before is not None and before.status == "done" and not again:
                raise ImportConflict(
                    f"this very file was brought in on {before.started_at:%Y-%m-%d} "
                    f"({before.added} added, {before.refused} refused)"
                )
            made = DataImport(
                id=self._ids.new(),
                kind=kind,
                file_name=file_name[:255],
                file_hash=digest,
                mapping=mapping.as_json(),
                options=options.as_json() | {"today": self.ways(options).today.isoformat()},
                status="running",
                started_by=started_by,
                started_at=now,
            )
            session.add(made)
            return made

        return await self._store.write(keep)

    async def run(self, data_import: DataImport, path: Path, progress: Progress | None = None) -> DataImport:
        """Go through the file from where the import stands. Cancelled, it stays "running", to be gone on with.

        Raises `TableError`, `MappingError`, `ImportConflict`.
        """
        stored = dict(data_import.options)
        today = date.fromisoformat(stored.pop("today"))
        options = Options(**stored)
        kind: ImportKind = data_import.kind  # type: ignore[assignment]
        table, mapping = await asyncio.to_thread(self._understood, kind, path, data_import.mapping, options)
        reader = RowReader(kind, table, mapping.targets(), self.ways(options, today))
        rows = self._taken(reader, table, data_import.rows)
        now = self._clock.now()
        batch = Batch(
            policy=options.policy,
            ids=self._ids,
            now=now,
            file_name=data_import.file_name,
            suppressed=self._settings.suppressed,
            since=data_import.id,
        )
        while taken := await asyncio.to_thread(_next, rows):
            data_import = await self._write(data_import, taken, batch)
            if progress is not None:
                progress(data_import)
        return await self.settle(data_import, "done")

    async def settle(self, data_import: DataImport, status: str) -> DataImport:
        """Note that the run has ended, and how."""
        at = self._clock.now() if status in ("done", "failed") else None
        await self._store.write(
            lambda session: session.execute(
                update(table_of(DataImport))
                .where(_imports.id == data_import.id)
                .values(status=status, finished_at=at)
            )
        )
        return _with(data_import, status=status, finished_at=at)

    async def _write(self, data_import: DataImport, taken: list[Taken], batch: Batch) -> DataImport:
        try:
            moved, ids = await self._store.write(lambda session: _advance(session, data_import, taken, batch))
            batch.remember(ids)
            return moved
        except StoreRefused:
            if len(taken) == 1:
                if taken[0].refused:
                    raise
                taken[0].fault("database_refused", refused=True)
                return await self._write(data_import, taken, batch)
        # A value or another process stands against one of them: each by itself shows which.
        for row in taken:
            data_import = await self._write(data_import, [row], batch)
        return data_import

    def _understood(
        self, kind: ImportKind, path: Path, given: Mapping[str, str], options: Options
    ) -> tuple[Table, ColumnMapping]:
        table = open_table(path, encoding=options.encoding, delimiter=options.delimiter)
        return table, map_columns(kind, table, self._settings.fields, given)

    def _taken(self, reader: RowReader, table: Table, skip: int) -> Iterator[Taken]:
        for row in islice(table.rows(), skip, None):
            taken = reader.read(row)
            taken.values = as_money(taken.values, self._settings.currency)
            yield taken


def _advance(
    session: Session, data_import: DataImport, taken: list[Taken], batch: Batch
) -> tuple[DataImport, list[str]]:
    """One batch and the import's own counts, in the caller's transaction; and the ids it was about."""
    kind: ImportKind = data_import.kind  # type: ignore[assignment]
    rows = [replace(row, faults=list(row.faults)) for row in taken]
    done = (
        write_contacts(session, rows, batch) if kind == "contacts" else write_rows(session, kind, rows, batch)
    )
    counts = {
        "rows": data_import.rows + len(taken),
        "added": data_import.added + done.added,
        "changed": data_import.changed + done.changed,
        "unchanged": data_import.unchanged + done.unchanged,
        "refused": data_import.refused + done.refused,
    }
    moved: Any = session.execute(
        update(table_of(DataImport))
        .where(_imports.id == data_import.id, _imports.rows == data_import.rows, _imports.status == "running")
        .values(counts)
    )
    if not moved.rowcount:
        raise ImportConflict("the import was stopped, or another process goes on with it")
    faults = [
        {
            "id": batch.ids.new(),
            "import_id": data_import.id,
            "line": line,
            "column": fault.column[:255],
            "code": fault.code,
            "detail": fault.detail,
            "refused": fault.refused,
        }
        for line, fault in done.faults
    ]
    if faults:
        session.execute(insert(table_of(ImportFault)), faults)
    return _with(data_import, **counts), done.ids


def _with(data_import: DataImport, **changes: Any) -> DataImport:
    return DataImport(**(data_import.model_dump() | changes))


def _planned(session: Session, kind: ImportKind, taken: list[Taken], batch: Batch) -> Outcome:
    if kind == "contacts":
        return plan_contacts(session, taken, batch)
    return plan_rows(session, kind, taken, batch)


def _next(rows: Iterator[Taken]) -> list[Taken]:
    return list(islice(rows, BATCH))


def _fate(outcome: Outcome) -> Fate:
    """Of the one row it is about."""
    names: tuple[Fate, ...] = ("added", "changed", "unchanged")
    return next((name for name in names if getattr(outcome, name)), "refused")


def _again(taken: list[Taken], seen: set[int]) -> set[int]:
    """Lines that say an address or number again; kept as hashes, for a file may have millions."""
    doubles = set()
    for row in taken:
        number = row.values.get("external_id")
        keys = {hash(key) for key in (*row.addresses, *([("", number)] if number else []))}
        if keys & seen:
            doubles.add(row.line)
        seen |= keys
    return doubles


def file_hash(path: Path) -> str:
    """SHA-256 of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
