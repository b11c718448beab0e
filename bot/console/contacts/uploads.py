"""Files of customers as a marketer sees them: how one is understood, what was brought in before, how far it is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.console.words import Words
from bot.contacts_data.cells import text_of
from bot.contacts_data.company_fields import CompanyField
from bot.contacts_data.faults import say
from bot.contacts_data.importing import Fate, Options, Preview
from bot.contacts_data.kinds import KINDS, ImportKind
from bot.contacts_data.mapping import FIELD, IGNORE, ColumnMapping, map_columns, targets_of
from bot.contacts_data.report import faults_page
from bot.contacts_data.sheets import SheetError
from bot.contacts_data.tables import MAX_COLUMNS, Table, TableError, open_table
from bot.records import DataImport, ImportFault
from bot.records.base import table_of

SAMPLES: Final = 3
FAULTS: Final = 50
FORMER: Final = 30
QUICK: Final = 50
"""Rows that are looked at as soon as a file is there."""
_MOST_SAMPLE: Final = 60  # characters of a cell
_imports = table_of(DataImport).c


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """A file's columns with what they would be taken as."""

    table: Table
    mapping: ColumnMapping
    samples: tuple[tuple[str, ...], ...]  # of each column

    @property
    def named_twice(self) -> set[str]:
        """Headings that stand above more than one column: a choice for one is a choice for the first."""
        headings = [column.heading for column in self.mapping.columns]
        return {each for each in headings if headings.count(each) > 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is wrong with a row, and what to do about it."""

    line: int
    refused: bool
    column: str  # of the file; "" where the whole row is meant
    words: str
    mend: str
    cursor: tuple[int, str] = (0, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A row as it would be taken."""

    line: int
    fate: Fate
    values: tuple[tuple[str, str], ...]  # our columns and what stands in them
    told: tuple[Told, ...]


def kind_of(text: str) -> ImportKind:
    """Contacts, where it is none of ours."""
    return next((kind for kind in KINDS if kind == text), "contacts")


async def understand(
    kind: ImportKind, path: Path, fields: Sequence[CompanyField], given: Mapping[str, str], options: Options
) -> Understood:
    """A look at the first rows. Raises `TableError`, `MappingError`."""

    def look() -> Understood:
        table = open_table(path, encoding=options.encoding, delimiter=options.delimiter)
        mapping = map_columns(kind, table, fields, given)
        samples = tuple(_samples(table, at) for at in range(min(len(table.headings), MAX_COLUMNS)))
        return Understood(table=table, mapping=mapping, samples=samples)

    return await asyncio.to_thread(look)


def _samples(table: Table, at: int) -> tuple[str, ...]:
    """The first different values of a column."""
    found: dict[str, None] = {}
    for row in table.sample:
        text = text_of(row.cells[at]) if at < len(row.cells) else ""
        if text:
            found[text if len(text) <= _MOST_SAMPLE else f"{text[:_MOST_SAMPLE]}…"] = None
        if len(found) == SAMPLES:
            break
    return tuple(found)


def targets_named(kind: ImportKind, fields: Sequence[CompanyField], words: Words) -> dict[str, str]:
    """Our columns in the reader's words; "-" leaves one out."""
    own = {FIELD + field.name: field for field in fields}
    named = {IGNORE: words("contacts.import.leave_out")}
    for name in targets_of(kind, fields):
        if name in own:
            labels = own[name].labels
            named[name] = labels.get(words.language) or labels.get("") or next(iter(labels.values()), name)
        else:
            named[name] = target_named(name, words)
    return named


def target_named(name: str, words: Words) -> str:
    key = f"contacts.targets.{name}"
    return words(key) if words.has(key) else name.removeprefix(FIELD)


def tell(line: int, fault: Any, words: Words, cursor: tuple[int, str] = (0, "")) -> Told:
    """A fault in the reader's words, with what to do where the program knows it."""
    own = f"contacts.import.faults.{fault.code}"
    said = words(own) if words.has(own) else say(fault.code, _worded(fault.detail, words), words.language)
    column = target_named(fault.column, words) if fault.column.startswith("consent_") else fault.column
    mend = f"contacts.import.mend.{fault.code}"
    return Told(
        line=line,
        refused=fault.refused,
        column=column,
        words=said,
        mend=words(mend) if words.has(mend) else "",
        cursor=cursor,
    )


def _worded(detail: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """Names of our columns among the details are said as the pages call them."""
    needed = detail.get("needed")
    if not isinstance(needed, str):
        return dict(detail)
    return {**detail, "needed": ", ".join(target_named(each.strip(), words) for each in needed.split(","))}


def shown_rows(preview: Preview, words: Words) -> list[Shown]:
    found = []
    for taken, fate in zip(preview.first, preview.fates, strict=True):
        values = [
            (
                target_named(name, words),
                _plain(taken.values.get("born_on", value) if name == "birthday" else value),
            )
            for name, value in taken.values.items()
            if name not in ("fields", "born_on") and value not in (None, "")
        ]
        values += [(name, _plain(value)) for name, value in taken.values.get("fields", {}).items()]
        values += [
            (target_named(f"channel_{channel}", words), address) for channel, address in taken.addresses
        ]
        values += [
            (
                target_named(f"consent_{word.purpose}", words),
                words("contacts.yes" if word.granted else "contacts.no")
                + (f" · {word.at:%Y-%m-%d}" if word.at else ""),
            )
            for word in taken.words
        ]
        told = [tell(line, fault, words) for line, fault in preview.faults if line == taken.line]
        found.append(Shown(line=taken.line, fate=fate, values=tuple(values), told=tuple(told)))
    return found


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


# what is brought in, and was


def former_imports(session: Session) -> list[DataImport]:
    """The newest first."""
    found = session.scalars(select(DataImport).order_by(_imports.id.desc()).limit(FORMER)).all()
    session.expunge_all()
    return list(found)


def import_of(session: Session, kind: ImportKind, digest: str) -> DataImport | None:
    """The last time this very file was brought in."""
    query = select(DataImport).where(_imports.kind == kind, _imports.file_hash == digest)
    found = session.scalars(query.order_by(_imports.id.desc()).limit(1)).first()
    session.expunge_all()
    return found


def faults_of(session: Session, import_id: str, after: tuple[int, str], words: Words) -> list[Told]:
    """A page, and one more where there is another page."""
    rows = faults_page(session, import_id, after, FAULTS + 1)
    return [tell(row.line, row, words, (row.line, row.id)) for row in rows]


def has_faults(session: Session, import_id: str) -> bool:
    faults = table_of(ImportFault).c
    return session.scalar(select(faults.id).where(faults.import_id == import_id).limit(1)) is not None


async def rows_in(path: Path, data_import: DataImport) -> int | None:
    """How many rows the file has; None where it is not kept."""

    def count() -> int | None:
        try:
            options = data_import.options
            table = open_table(path, encoding=options["encoding"], delimiter=options["delimiter"])
            return sum(1 for _ in table.rows())
        except (TableError, SheetError):
            return None

    return await asyncio.to_thread(count)
