"""What is older than it may be: listed by kind, then removed, a page a transaction. source: PR

An opt-out outlives its contact's data: who refused messages is kept, or a later file would write to them again.
Conversations and complaints are not touched here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from bot.contacts_data.customer_rows import after_months
from bot.contacts_data.settings import DataSettings
from bot.ids import IdMaker
from bot.records import (
    Address,
    Appointment,
    AuditEntry,
    Case,
    Consent,
    Contact,
    Conversation,
    DataImport,
    Equipment,
    ImportFault,
    Interest,
    LoyaltyAccount,
    Purchase,
    Quote,
    SamePerson,
    WaitingPlace,
)
from bot.records.base import table_of
from bot.store.port import Store

PAGE: Final = 500
_contacts = table_of(Contact).c
_OF_A_CONTACT: Final = (Address, Consent, Interest, WaitingPlace)
"""What goes with a contact who was never in touch."""
_KEEPS_A_CONTACT: Final = (Conversation, Case, Purchase, Quote, LoyaltyAccount, Equipment, Appointment)


def _unused_contacts(before: datetime) -> Select[Any]:
    query = select(_contacts.id).where(_contacts.updated_at < before, _contacts.owner_agent_id.is_(None))
    for model in _KEEPS_A_CONTACT:
        query = query.where(~exists().where(table_of(model).c.contact_id == _contacts.id))
    consents, pairs = table_of(Consent).c, table_of(SamePerson).c
    query = query.where(~exists().where(consents.contact_id == _contacts.id, consents.granted.is_(False)))
    return query.where(~exists().where(or_(pairs.contact_id == _contacts.id, pairs.other_id == _contacts.id)))


def _older(model: type[Any], column: str, *where: Any) -> Callable[[datetime], Select[Any]]:
    table = table_of(model)
    return lambda before: select(table.c.id).where(table.c[column] < before, *where)


DUE: Final[dict[str, tuple[type[Any], Callable[[datetime], Select[Any]]]]] = {
    "purchases": (Purchase, _older(Purchase, "at")),
    "quotes": (Quote, _older(Quote, "issued_at", table_of(Quote).c.status != "open")),
    "waiting": (WaitingPlace, _older(WaitingPlace, "at", table_of(WaitingPlace).c.status != "waiting")),
    "interests": (Interest, _older(Interest, "at")),
    "imports": (DataImport, _older(DataImport, "started_at", table_of(DataImport).c.status != "running")),
    "contacts": (Contact, _unused_contacts),
}
"""By kind of `retention:` in the configuration; contacts last, when nothing of theirs keeps them any more."""


async def count_due(store: Store, settings: DataSettings, now: datetime) -> dict[str, int]:
    """How many rows of each kind would be removed now."""
    return {
        kind: await store.read(lambda session, query=query: _count(session, query))  # type: ignore[misc]
        for kind, query in _queries(settings, now)
    }


async def remove_due(store: Store, settings: DataSettings, now: datetime, ids: IdMaker) -> dict[str, int]:
    """Remove them; what was removed is noted in the audit log, by count."""
    removed: dict[str, int] = {}
    for kind, query in _queries(settings, now):
        while page := await store.write(
            lambda session, kind=kind, query=query: _remove_page(session, kind, query)  # type: ignore[misc]
        ):
            removed[kind] = removed.get(kind, 0) + len(page)
            if kind == "imports":
                for digest in page:
                    (settings.folder / digest).unlink(missing_ok=True)
    if removed:
        await store.write(lambda session: session.add(_entry(ids.new(), now, removed)))
    return removed


def _queries(settings: DataSettings, now: datetime) -> list[tuple[str, Select[Any]]]:
    return [
        (kind, query(_months_before(now, settings.retention[kind])))
        for kind, (_, query) in DUE.items()
        if kind in settings.retention
    ]


def _months_before(now: datetime, months: int) -> datetime:
    day = after_months(now.date(), -months)
    return now.replace(year=day.year, month=day.month, day=day.day)


def _count(session: Session, query: Select[Any]) -> int:
    return int(session.scalar(select(func.count()).select_from(query.subquery())) or 0)


def _remove_page(session: Session, kind: str, query: Select[Any]) -> list[str]:
    """Ids of what went; of imports the hashes of their files."""
    model = DUE[kind][0]
    ids = list(session.scalars(query.limit(PAGE)))
    if not ids:
        return []
    gone = ids
    if kind == "imports":
        imports = table_of(DataImport).c
        gone = list(session.scalars(select(imports.file_hash).where(imports.id.in_(ids))))
        faults = table_of(ImportFault)
        session.execute(delete(faults).where(faults.c.import_id.in_(ids)))
    if kind == "contacts":
        for part in _OF_A_CONTACT:
            session.execute(delete(table_of(part)).where(table_of(part).c.contact_id.in_(ids)))
    session.execute(delete(table_of(model)).where(table_of(model).c.id.in_(ids)))
    return gone


def _entry(entry_id: str, now: datetime, removed: dict[str, int]) -> AuditEntry:
    return AuditEntry(
        id=entry_id,
        at=now,
        actor="bot",
        action="retention",
        object_kind="records",
        object_id="",
        detail=dict(removed),
    )
