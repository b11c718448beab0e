"""Finds an address in every text of every table: people are also spoken of where nobody expects it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import (
    JSON,
    Column,
    LargeBinary,
    String,
    Table,
    Text,
    cast,
    delete,
    func,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.orm import Session

from bot.records import Record

_LEFT_OUT: Final = frozenset({"ledger", "ledger_open", "suppressions", "workers", "counters", "job_runs"})
INSTEAD: Final = "…"

Hit = tuple[str, tuple[Any, ...]]
"""A table's name and the primary key of a row."""


def find_mentions(session: Session, names: Sequence[str]) -> list[Hit]:
    """Rows whose texts hold one of these. Reads every table whole."""
    found: list[Hit] = []
    for table in Record.metadata.sorted_tables:
        columns = _texts(table)
        if not names or not columns or table.name in _LEFT_OUT:
            continue
        holds = [_text_of(session, column).contains(name, autoescape=True)
                 for column in columns for name in _spellings(column, names)]  # fmt: skip
        keys = select(*table.primary_key.columns).where(or_(*holds))
        found += [(table.name, tuple(row)) for row in session.execute(keys)]
    return found


def blank_mentions(session: Session, hits: Sequence[Hit], names: Sequence[str]) -> int:
    """Put an ellipsis where the rows name them. Returns how many rows changed."""
    changed = 0
    for name, key in hits:
        table = Record.metadata.tables[name]
        where = [column == value for column, value in zip(table.primary_key.columns, key, strict=True)]
        row = session.execute(select(table).where(*where)).one_or_none()
        if row is None:
            continue
        values = dict(_blanked(table, row, names))
        if values:
            session.execute(update(table).where(*where).values(values))
            if name == "messages":  # its words for the search are folded: they don't show the name as written
                words = Record.metadata.tables["search_texts"]
                session.execute(delete(words).where(words.c.message_id == key[0]))
            changed += 1
    return changed


def _texts(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if holds_words(column) and not column.primary_key]


def holds_words(column: Column[Any]) -> bool:
    """Whether texts can stand in it; the plain texts of the records are a type around the database's own."""
    kind = getattr(column.type, "impl_instance", column.type)
    return isinstance(kind, String | JSON | LargeBinary)


def _text_of(session: Session, column: Column[Any]) -> Any:
    postgres = session.get_bind().dialect.name == "postgresql"
    if isinstance(column.type, LargeBinary):
        return func.encode(column, "escape") if postgres else cast(column, Text)
    if isinstance(column.type, JSON):
        return cast(column, Text) if postgres else type_coerce(column, Text)
    return column


def _spellings(column: Column[Any], names: Sequence[str]) -> Iterator[str]:
    for name in names:
        yield name
        if isinstance(column.type, JSON) and (written := orjson.dumps(name).decode()[1:-1]) != name:
            yield written


def _blanked(table: Table, row: Any, names: Sequence[str]) -> Iterator[tuple[str, Any]]:
    for column in _texts(table):
        value = getattr(row, column.name)
        cleaned = without(value, names)
        if cleaned != value:
            yield column.name, cleaned


def without(value: Any, names: Sequence[str]) -> Any:
    """The value with an ellipsis in place of each name; bytes that hold one are emptied."""
    if isinstance(value, bytes | memoryview):
        return b"" if any(name.encode() in bytes(value) for name in names) else value
    if isinstance(value, str):
        for name in names:
            value = value.replace(name, INSTEAD)
        return value
    if isinstance(value, list):
        return [without(each, names) for each in value]
    if isinstance(value, dict):
        return {without(key, names): without(each, names) for key, each in value.items()}
    return value
