"""Column types and naming shared by all tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, DateTime, MetaData, String, Table, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant in UTC. Refuses naive values; gives aware ones back on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone can't be stored: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Record(SQLModel):
    """Base of all tables."""

    metadata = MetaData(naming_convention=NAMING)


def id_column(**kw: Any) -> Column[str]:
    """An identifier made by `IdMaker`, or an operator's own id."""
    return Column(String(64), **kw)


def time_column(**kw: Any) -> Column[datetime]:
    kw.setdefault("nullable", False)
    return Column(UtcDateTime(), **kw)


def json_column(**kw: Any) -> Column[Any]:
    kw.setdefault("nullable", False)
    return Column(JSON(none_as_null=True), **kw)


def text_column(**kw: Any) -> Column[str]:
    kw.setdefault("nullable", False)
    return Column(Text(), **kw)


def big_column(**kw: Any) -> Column[int]:
    kw.setdefault("nullable", False)
    return Column(BigInteger(), **kw)


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a class, for Core statements."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table
