"""Rows that several writers may make at the same instant: whoever comes second changes what is there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from bot.records import DoorNote
from bot.records.base import table_of


def insert_into(session: Session, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT of the database's own dialect, for its ON CONFLICT."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return insert(table)


def put(session: Session, record: type[SQLModel], rows: Sequence[dict[str, Any]]) -> None:
    """Write rows by their primary key, in one statement; of rows that are there the given columns change.

    `Session.merge` looks first and writes then: of two processes that start together, one would fail.
    """
    if not rows:
        return
    table = table_of(record)
    keys = [column.name for column in table.primary_key]
    statement = insert_into(session, table).values(list(rows))
    changes = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    if changes:
        session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes))
    else:
        session.execute(statement.on_conflict_do_nothing())


def put_note(session: Session, of: tuple[str, str], value: str, at: datetime) -> None:
    """What a door or a job remembers, by account and key."""
    put(session, DoorNote, [{"account_id": of[0], "key": of[1], "value": value, "at": at}])
