"""The tables as the hot path sees them: column order, and how values cross to each driver.

Made from the SQLModel classes, so that there is one schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import JSON, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect

import bot.records as records
from bot.records.base import UtcDateTime

_POSTGRES: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]

Convert = Callable[[Any], Any]


def to_sqlite_time(value: datetime | None) -> str | None:
    """As SQLAlchemy's SQLite dialect writes it, so that both paths read each other."""
    if value is None:
        return None
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return value.isoformat(" ", "microseconds")[:26]


def from_sqlite_time(value: str) -> datetime:
    return datetime.fromisoformat(value).replace(tzinfo=UTC)


def to_json(value: Any) -> str:
    return orjson.dumps(value).decode()


@dataclass(frozen=True, slots=True)
class HotTable:
    """One table for many-row inserts."""

    name: str
    columns: tuple[str, ...]
    sqlite_insert: str
    postgres_insert: str
    sqlite_convert: tuple[tuple[int, Convert], ...]
    postgres_convert: tuple[tuple[int, Convert], ...]

    def for_sqlite(self, rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
        return [_converted(row, self.sqlite_convert) for row in rows]

    def for_postgres(self, rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
        """One list a column, for `unnest`."""
        return [
            list(column) for column in zip(*(_converted(r, self.postgres_convert) for r in rows), strict=True)
        ]


def _converted(row: tuple[Any, ...], converts: tuple[tuple[int, Convert], ...]) -> list[Any]:
    out = list(row)
    for index, convert in converts:
        out[index] = convert(out[index])
    return out


def _hot(table: Table) -> HotTable:
    columns = [column for column in table.columns if column.identity is None]
    names = [f'"{column.name}"' for column in columns]
    types = [_postgres_type(column.type) for column in columns]
    values = ", ".join(
        f"u.c{i}::json" if isinstance(column.type, JSON) else f"u.c{i}" for i, column in enumerate(columns)
    )
    arrays = ", ".join(f"${i + 1}::{kind}[]" for i, kind in enumerate(types))
    aliases = ", ".join(f"c{i}" for i in range(len(columns)))
    times = [i for i, column in enumerate(columns) if isinstance(column.type, UtcDateTime)]
    jsons = [i for i, column in enumerate(columns) if isinstance(column.type, JSON)]
    return HotTable(
        name=table.name,
        columns=tuple(column.name for column in columns),
        sqlite_insert=(
            f'INSERT INTO "{table.name}" ({", ".join(names)}) VALUES ({", ".join("?" * len(names))})'
        ),
        postgres_insert=(
            f'INSERT INTO "{table.name}" ({", ".join(names)}) '
            f"SELECT {values} FROM unnest({arrays}) AS u({aliases})"
        ),
        sqlite_convert=tuple([(i, to_sqlite_time) for i in times] + [(i, to_json) for i in jsons]),
        postgres_convert=tuple((i, to_json) for i in jsons),
    )


def _postgres_type(kind: Any) -> str:
    if isinstance(kind, JSON):
        return "text"
    return str(kind.compile(dialect=_POSTGRES)).lower().split("(")[0]


HOT: dict[str, HotTable] = {table.name: _hot(table) for table in records.Record.metadata.sorted_tables}

ON_CONFLICT = {
    # One alert a key: raising it again changes nothing.
    "alerts": " ON CONFLICT (key) DO NOTHING",
    # Who waits for people's answer waits since their first message.
    "deadlines": " ON CONFLICT (key) DO NOTHING",
    # An entry that failed, and was put back by a person, is a message already: the last word counts.
    "messages": (
        " ON CONFLICT (id) DO UPDATE SET text = excluded.text, attachments = excluded.attachments,"
        " decided_by = excluded.decided_by, why = excluded.why"
    ),
    "outreach_answers": (
        " ON CONFLICT (row_id, question) DO UPDATE SET value = excluded.value, score = excluded.score,"
        " words = excluded.words, channel = excluded.channel, at = excluded.at"
    ),
    "survey_answers": " ON CONFLICT (case_id, round, question) DO NOTHING",
    # Who asks again after having left the list stands at its end.
    "waiting_places": (
        " ON CONFLICT (contact_id, product) DO UPDATE SET status = excluded.status, at = excluded.at"
        " WHERE waiting_places.status NOT IN ('waiting', 'told')"
    ),
    "receipts": (
        " ON CONFLICT (journal_id) DO UPDATE SET outbox_id = coalesce(excluded.outbox_id, receipts.outbox_id)"
    ),
}

TIMER_UPSERT = (
    " ON CONFLICT (key) DO UPDATE SET due_at = excluded.due_at, payload = excluded.payload, "
    "status = 'waiting', kind = excluded.kind, attempts = 0, id = excluded.id"
)


def row(table: str, /, **values: Any) -> tuple[Any, ...]:
    """A row in column order. Raises `KeyError` for a missing column: a row is always whole."""
    return tuple([values[name] for name in HOT[table].columns])
