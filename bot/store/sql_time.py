"""Times as numbers inside of a query, on both databases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Double, Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

_UNIX_EPOCH_AS_JULIAN_DAY = 2440587.5


class epoch_s(GenericFunction[float]):
    """Seconds since 1970 of a stored time."""

    type = Double()
    inherit_cache = True


@compiles(epoch_s, "sqlite")
def _sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    moment = compiler.process(element.clauses, **kw)
    return f"((julianday({moment}) - {_UNIX_EPOCH_AS_JULIAN_DAY}) * 86400.0)"


@compiles(epoch_s, "postgresql")
def _postgres(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST(EXTRACT(EPOCH FROM {compiler.process(element.clauses, **kw)}) AS DOUBLE PRECISION)"


class whole(GenericFunction[int]):
    """The integer part of a number that is not negative."""

    type = Integer()
    inherit_cache = True


@compiles(whole, "sqlite")
def _sqlite_whole(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AS INTEGER)"


@compiles(whole, "postgresql")
def _postgres_whole(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST(floor({compiler.process(element.clauses, **kw)}) AS INTEGER)"


def windows_before(moment: ColumnElement[Any], end: datetime, length_s: float) -> ColumnElement[int]:
    """How many whole windows of `length_s` lie between a stored time and `end`: 0 in the last window."""
    return whole((end.timestamp() - epoch_s(moment)) / length_s)


def first_id_at(moment: datetime) -> str:
    """The smallest id that `IdMaker` can have made at an instant: ids sort by time."""
    return f"{max(0, int(moment.timestamp() * 1000)) << 80:032x}"
