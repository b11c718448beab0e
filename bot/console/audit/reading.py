"""The audit log as people read it: chosen by who, what, on what and when; a page at a time, by key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bot.records import Agent, AuditEntry
from bot.records.base import table_of

PAGE: Final = 60
MOST_EXPORTED: Final = 50_000
CHANGES: Final = "changes"
"""In place of an action: everything but what was only looked at."""

_RECENT: Final = 3_000  # entries that the choices of the filters are taken from
_MARGIN: Final = timedelta(days=1)
"""How far an identifier's own time may lie from the entry's."""

_SECRET: Final = re.compile(
    r"pass|secret|token|otp|hash|cookie|credential|recovery|authoriz|api_?key|private", re.I
)
_HIDDEN: Final = "•••"
_LONGEST: Final = 200  # characters of one value
_audit = table_of(AuditEntry).c
_agents = table_of(Agent).c


class WrongChoice(ValueError):
    """The days of the address are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is looked for; an empty field is no limit. Days are whole ones of the company's zone."""

    who: str = ""
    what: str = ""
    kind: str = ""
    object_id: str = ""
    first: date | None = None
    last: date | None = None
    before: str = ""  # the identifier of the oldest entry already shown

    @property
    def limited(self) -> bool:
        return any((self.who, self.what, self.kind, self.object_id, self.first, self.last))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry; `who` is a name where the actor is a user of the console."""

    id: str
    at: datetime
    who: str
    action: str
    kind: str
    object_id: str
    about: str  # the name of a user that was changed; ""
    detail: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    entries: tuple[Entry, ...]
    older: str  # `before` of the next page; "" at the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the filters offer: all users, and what the latest entries hold."""

    users: Mapping[str, str]
    others: tuple[str, ...]
    actions: tuple[str, ...]
    kinds: tuple[str, ...]


def asked_of(query: Mapping[str, str]) -> Asked:
    """What an address asks for. Raises `WrongChoice`."""
    days = {}
    for name in ("from", "to"):
        try:
            days[name] = date.fromisoformat(query[name]) if query.get(name) else None
        except ValueError as error:
            raise WrongChoice(name) from error
    if days["from"] and days["to"] and days["from"] > days["to"]:
        raise WrongChoice("to")
    kept = {name: query.get(name, "")[:120].strip() for name in ("who", "what", "kind", "id", "before")}
    return Asked(
        who=kept["who"],
        what=kept["what"],
        kind=kept["kind"],
        object_id=kept["id"],
        before=kept["before"],
        first=days["from"],
        last=days["to"],
    )


def read_page(session: Session, asked: Asked, zone: ZoneInfo, size: int = PAGE) -> Found:
    """The newest entries that fit, older than `asked.before`."""
    rows = session.execute(_chosen(session, asked, zone).limit(size + 1)).all()
    shown = rows[:size]
    return Found(
        entries=tuple(_entries(session, shown)), older=shown[-1].id if len(rows) > size and shown else ""
    )


def read_choices(session: Session) -> Choices:
    users = {row.id: row.name for row in session.execute(select(_agents.id, _agents.name))}
    latest = select(_audit.id, _audit.actor, _audit.action, _audit.object_kind)
    latest_rows = session.execute(latest.order_by(_audit.id.desc()).limit(_RECENT)).all()
    known = {*users, *users.values()}
    return Choices(
        users=dict(sorted(users.items(), key=lambda each: each[1].casefold())),
        others=tuple(sorted({row.actor for row in latest_rows} - known)),
        actions=tuple(sorted({row.action for row in latest_rows})),
        kinds=tuple(sorted({row.object_kind for row in latest_rows})),
    )


def export_rows(session: Session, asked: Asked, zone: ZoneInfo) -> list[Entry]:
    """All that fit, the newest first, `MOST_EXPORTED` at the most."""
    rows = session.execute(_chosen(session, asked, zone).limit(MOST_EXPORTED)).all()
    return list(_entries(session, rows))


def safe_detail(detail: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What was noted, as names and texts; what may be a secret is hidden, however deep it lies."""
    return tuple((name, _told(name, value)) for name, value in detail.items() if value not in ("", None, {}))


def _told(name: str, value: Any) -> str:
    if _SECRET.search(name):
        return _HIDDEN
    if isinstance(value, Mapping):
        told = ", ".join(f"{key}: {_told(str(key), each)}" for key, each in value.items())
    elif isinstance(value, list | tuple):
        told = ", ".join(_told(name, each) for each in value)
    else:
        told = str(value)
    return told if len(told) <= _LONGEST else f"{told[: _LONGEST - 1]}…"


def _chosen(session: Session, asked: Asked, zone: ZoneInfo) -> Select[Any]:
    wanted = [*_same(session, asked), *_within(asked, zone)]
    if asked.before:
        wanted.append(_audit.id < asked.before)
    return select(table_of(AuditEntry)).where(*wanted).order_by(_audit.id.desc())


def _same(session: Session, asked: Asked) -> Iterator[Any]:
    if asked.who:  # some parts note a user's identifier, others the name
        name = session.scalar(select(_agents.name).where(_agents.id == asked.who))
        yield _audit.actor.in_([asked.who, name] if name else [asked.who])
    if asked.what == CHANGES:
        yield _audit.action != "seen"
    elif asked.what:
        yield _audit.action == asked.what
    if asked.kind:
        yield _audit.object_kind == asked.kind
    if asked.object_id:
        yield _audit.object_id == asked.object_id


def _within(asked: Asked, zone: ZoneInfo) -> Iterator[Any]:
    """Identifiers sort by time: their bounds spare a look at everything, the times themselves decide."""
    if asked.first is not None:
        since = datetime.combine(asked.first, time(), zone).astimezone(UTC)
        yield _audit.id >= _id_at(since - _MARGIN)
        yield _audit.at >= since
    if asked.last is not None and asked.last < date.max:
        until = datetime.combine(asked.last + timedelta(days=1), time(), zone).astimezone(UTC)
        yield _audit.id < _id_at(until + _MARGIN)
        yield _audit.at < until


def _id_at(moment: datetime) -> str:
    """The least identifier of an instant. source: RFC 9562 §5.7"""
    return f"{max(0, int(moment.timestamp() * 1000)) << 80:032x}"


def _entries(session: Session, rows: Sequence[Any]) -> Iterator[Entry]:
    wanted = {row.actor for row in rows} | {row.object_id for row in rows if row.object_kind == "user"}
    names: dict[str, str] = {}
    for start in range(0, len(some := sorted(wanted)), 500):
        part = select(_agents.id, _agents.name).where(_agents.id.in_(some[start : start + 500]))
        names |= {row.id: row.name for row in session.execute(part)}
    for row in rows:
        yield Entry(
            id=row.id,
            at=row.at,
            who=names.get(row.actor, row.actor),
            action=row.action,
            kind=row.object_kind,
            object_id=row.object_id,
            about=names.get(row.object_id, "") if row.object_kind == "user" else "",
            detail=safe_detail(row.detail or {}),
        )
