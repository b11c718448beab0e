"""Writes down that a link was followed or a picture loaded. Counts, never who or from where."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import Table, delete, func, select, update
from sqlalchemy.orm import Session

from bot.ids import IdMaker
from bot.records import Address, Occurrence, OutboxMessage, OutreachSign, Recipient
from bot.records.base import table_of
from bot.store.upsert import insert_into
from bot.tracking.visitors import BURST, Kind, machine

_signs = table_of(OutreachSign)
_outbox = table_of(OutboxMessage).c
_addresses = table_of(Address).c
_ROWS: Final = (table_of(Recipient), table_of(Occurrence))
_SEEN: Final[Mapping[Kind, str]] = {"open": "opened_at", "click": "clicked_at"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    kind: Kind
    row_id: str
    url: str = ""
    at: datetime
    headers: Mapping[str, str]


def write_sign(session: Session, sign: Sign, ids: IdMaker) -> str:
    """Count a sign. "person", "machine", or "" where there is nobody any more that it could belong to."""
    found = _row(session, sign.row_id)
    if found is None:
        return ""
    table, row = found
    sent_at = _sent_at(session, row)
    why = machine(sign.kind, sign.headers, sign.at - sent_at if sent_at is not None else None)
    link = plain_link(sign.url)
    if not why and sign.kind == "click" and _is_burst(session, sign, link):
        why = "burst"
        _take_back(session, table, sign, ids)
    _count(session, sign, link, by="machine" if why else "person", why=why, ids=ids)
    if not why:
        column = table.c[_SEEN[sign.kind]]
        session.execute(
            update(table).where(table.c.id == sign.row_id, column.is_(None)).values({column.name: sign.at})
        )
    return "machine" if why else "person"


def plain_link(url: str) -> str:
    """A link without what may tell of a person: its query and what follows a #."""
    if not url:
        return ""
    parts = urlsplit(url)
    return parts._replace(query="", fragment="", netloc=parts.netloc.rpartition("@")[2]).geturl()


def _row(session: Session, row_id: str) -> tuple[Table, Any] | None:
    """Locked: two signs of one message are counted one after the other. None for who was erased."""
    for table in _ROWS:
        row = session.execute(
            select(table.c.contact_id, table.c.outbox_id, table.c.settled_at)
            .where(table.c.id == row_id)
            .with_for_update()
        ).one_or_none()
        if row is not None:
            known = select(_addresses.id).where(_addresses.contact_id == row.contact_id).limit(1)
            return (table, row) if session.scalar(known) is not None else None
    return None


def _sent_at(session: Session, row: Any) -> datetime | None:
    sent = session.execute(
        select(_outbox.sent_at, _outbox.status).where(_outbox.id == row.outbox_id)
    ).one_or_none()
    settled: datetime | None = row.settled_at
    if sent is None:  # tidied away long ago
        return settled
    at: datetime | None = sent.sent_at
    return None if at is None and sent.status in ("queued", "claimed", "cancelled") else at or settled


def _is_burst(session: Session, sign: Sign, link: str) -> bool:
    others = select(_signs.c.id).where(
        _signs.c.row_id == sign.row_id,
        _signs.c.kind == "click",
        _signs.c.link_key != _key(link),
        _signs.c.last_at >= sign.at - BURST,
    )
    return session.scalar(others.limit(1)) is not None


def _take_back(session: Session, table: Table, sign: Sign, ids: IdMaker) -> None:
    """What the same burst did a moment ago was no person either."""
    taken = session.execute(
        select(_signs).where(
            _signs.c.row_id == sign.row_id,
            _signs.c.kind == "click",
            _signs.c.by == "person",
            _signs.c.first_at >= sign.at - BURST,
        )
    ).all()
    for one in taken:
        session.execute(delete(_signs).where(_signs.c.id == one.id))
        _count(session, sign, one.link, by="machine", why="burst", ids=ids)
    first = session.scalar(
        select(func.min(_signs.c.first_at)).where(
            _signs.c.row_id == sign.row_id, _signs.c.kind == "click", _signs.c.by == "person"
        )
    )
    if taken:
        session.execute(update(table).where(table.c.id == sign.row_id).values(clicked_at=first))


def _count(session: Session, sign: Sign, link: str, *, by: str, why: str, ids: IdMaker) -> None:
    statement = insert_into(session, _signs).values(
        id=ids.new(),
        row_id=sign.row_id,
        kind=sign.kind,
        link_key=_key(link),
        link=link,
        by=by,
        why=why,
        first_at=sign.at,
        last_at=sign.at,
        times=1,
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["row_id", "kind", "link_key", "by"],
            set_={"last_at": statement.excluded.last_at, "times": _signs.c.times + 1},
        )
    )


def _key(link: str) -> str:
    return hashlib.sha256(link.encode()).hexdigest()[:24] if link else ""
