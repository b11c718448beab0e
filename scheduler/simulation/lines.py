"""The lines of a simulation: who, when, by which door, which words, at what cost, or why not.

They are kept in a temporary table while they come, so that a large base takes room on disk and not in memory.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    case,
    func,
    insert,
    literal_column,
    select,
)
from sqlalchemy.orm import Session

from bot.records.base import UtcDateTime

Status = Literal["sent", "waiting", "skipped", "stopped", "due"]
"""waiting: held back beyond the last day that was looked at. due: a timer, whose words depend on the dialogue."""

_AT_ONCE: Final = 1_000

_own = MetaData()
LINES = Table(
    "simulated_lines",
    _own,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("status", String(16), nullable=False),
    Column("source", Text, nullable=False),
    Column("contact_id", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("cost", Numeric(12, 4), nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("waited", Text, nullable=False),
    prefixes=["TEMPORARY"],
)
HELD = Table(
    "simulated_holds",
    _own,
    Column("occurrence_id", String(64), primary_key=True),
    Column("reason", Text, nullable=False),
    prefixes=["TEMPORARY"],
)
"""Why a message waited, by its occurrence: when it goes at last, its row has forgotten it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message, or why there is none."""

    key: str  # the same in every simulation of the same message
    at: datetime
    status: Status
    source: str  # "rule:birthday", "campaign:…", "deadline:due_soon", "timer:…"
    contact_id: str = ""
    name: str = ""
    channel: str = ""
    account: str = ""
    address: str = ""
    language: str = ""
    subject: str = ""
    text: str = ""
    cost: Decimal = Decimal(0)  # in the company's currency
    reason: str = ""  # code of `scheduler.guards`, or of a rule's own end
    detail: str = ""  # JSON of what the reason speaks of
    waited: str = ""  # code of what held it back until then


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """How many lines of a source ended in one way, and what they cost."""

    source: str
    status: Status
    reason: str
    channel: str
    number: int
    cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily:
    """How many messages of a source go out by a door on one day; `day` counts from 0."""

    day: int
    source: str
    channel: str
    number: int


_NAMES: Final = tuple(each.name for each in fields(Line))


@dataclass(slots=True)
class Scribe:
    """Numbers the lines and writes them within somebody else's transaction."""

    written: int = field(default=0)

    def write(self, session: Session, lines: Sequence[Line]) -> None:
        rows = []
        for line in lines:
            self.written += 1
            rows.append({"number": self.written, **{name: getattr(line, name) for name in _NAMES}})
        if rows:
            session.execute(insert(LINES), rows)


def read_lines(
    session: Session, *, after: int = 0, since: datetime, wanted: Sequence[str] = ()
) -> list[tuple[int, Line]]:
    """The next lines and their numbers, in order of writing. `wanted` are sources; none: all of them."""
    query = select(LINES).where(LINES.c.number > after, *_shown(LINES.c, since, wanted))
    query = query.order_by(LINES.c.number).limit(_AT_ONCE)
    return [(row.number, _line(row)) for row in session.execute(query)]


def samples(session: Session, number: int, *, since: datetime, wanted: Sequence[str] = ()) -> list[Line]:
    """Some lines of each source, the messages before the reasons, the earliest first."""
    place = func.row_number().over(
        partition_by=(LINES.c.source, LINES.c.status),
        order_by=(LINES.c.at, LINES.c.number),
    )
    ranked = select(LINES, place.label("place")).where(*_shown(LINES.c, since, wanted)).subquery()
    query = select(ranked).where(ranked.c.place <= number).order_by(ranked.c.at, ranked.c.number)
    return [_line(row) for row in session.execute(query)]


def totals(session: Session, *, since: datetime, wanted: Sequence[str] = ()) -> list[Total]:
    columns = (LINES.c.source, LINES.c.status, LINES.c.reason, LINES.c.channel)
    query = select(*columns, func.count().label("number"), func.sum(LINES.c.cost).label("cost"))
    query = query.where(*_shown(LINES.c, since, wanted))
    rows = session.execute(query.group_by(*columns).order_by(*columns))
    return [
        Total(
            source=row.source,
            status=row.status,
            reason=row.reason,
            channel=row.channel,
            number=row.number,
            cost=Decimal(str(row.cost)).quantize(Decimal("0.0001")),
        )
        for row in rows
    ]


def by_day(session: Session, edges: Sequence[datetime]) -> list[Daily]:
    """What goes out between each two of `edges`, by source and door. One statement."""
    if len(edges) < 2:
        return []
    day = case(*((LINES.c.at < edge, at) for at, edge in enumerate(edges[1:])), else_=-1).label("day")
    query = (
        select(day, LINES.c.source, LINES.c.channel, func.count().label("number"))
        .where(LINES.c.at >= edges[0], LINES.c.at < edges[-1], LINES.c.status == "sent")
        .group_by(literal_column("day"), LINES.c.source, LINES.c.channel)
        .order_by(literal_column("day"), LINES.c.source, LINES.c.channel)
    )
    return [
        Daily(day=row.day, source=row.source, channel=row.channel, number=row.number)
        for row in session.execute(query)
    ]


def detail_of(detail: str) -> Mapping[str, str]:
    """What a reason speaks of; nothing where its text is no JSON object (the words of a template's fault)."""
    return dict(json.loads(detail)) if detail.startswith("{") else {}


def _line(row: Any) -> Line:
    return Line(**{name: getattr(row, name) for name in _NAMES})


def _shown(columns: Any, since: datetime, wanted: Sequence[str]) -> list[ColumnElement[bool]]:
    tests: list[ColumnElement[bool]] = [columns.at >= since]
    return [*tests, columns.source.in_(wanted)] if wanted else tests
