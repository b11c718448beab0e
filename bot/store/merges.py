"""Joining two contacts that are one person, and taking it back. Same for both databases."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.records import Address, Appointment, AuditEntry, Case, Consent, Contact, Conversation, SamePerson
from bot.records.base import table_of
from bot.store.changes import NotFound, NotPossible

_MOVED: Final[dict[str, type[Any]]] = {
    "conversations": Conversation,
    "addresses": Address,
    "cases": Case,
    "consents": Consent,
    "appointments": Appointment,
}
"""What belongs to a contact."""

Threads = list[tuple[str, str]]
"""Account and thread of the conversations that changed."""


def merge(session: Session, pair_id: str, audit_id: str, *, agent: str, now: datetime) -> Threads:
    """Everything of the newer contact becomes the older one's. Raises `NotFound`, `NotPossible`."""
    pair = _pair(session, pair_id, "open", "undone")
    moved: dict[str, list[str]] = {}
    for name, model in _MOVED.items():
        rows = list(session.scalars(select(model).where(table_of(model).c.contact_id == pair.other_id)))
        moved[name] = [row.id for row in rows]
        for row in rows:
            row.contact_id = pair.contact_id
    kept, other = session.get(Contact, pair.contact_id), session.get(Contact, pair.other_id)
    if kept is not None and other is not None:
        kept.name = kept.name or other.name
        kept.updated_at = now
    pair.moved = moved
    return _decided(session, pair, audit_id, "merged", agent, now)


def undo(session: Session, pair_id: str, audit_id: str, *, agent: str, now: datetime) -> Threads:
    """What the join moved goes back; what came since stays where it is. Raises `NotFound`, `NotPossible`."""
    pair = _pair(session, pair_id, "merged")
    for name, model in _MOVED.items():
        for row_id in pair.moved.get(name, ()):
            row = session.get(model, row_id)
            if row is not None and row.contact_id == pair.contact_id:
                row.contact_id = pair.other_id
    pair.moved = {}
    return _decided(session, pair, audit_id, "undone", agent, now)


def dismiss(session: Session, pair_id: str, audit_id: str, *, agent: str, now: datetime) -> Threads:
    """They are two people: never suggested again. Raises `NotFound`, `NotPossible`."""
    pair = _pair(session, pair_id, "open", "undone")
    return _decided(session, pair, audit_id, "dismissed", agent, now)


def _pair(session: Session, pair_id: str, *allowed: str) -> SamePerson:
    pair = session.get(SamePerson, pair_id, with_for_update=True)
    if pair is None:
        raise NotFound(f"there is no suggestion {pair_id}")
    if pair.status not in allowed:
        raise NotPossible(f"this suggestion is {pair.status} already")
    return pair


def _decided(
    session: Session, pair: SamePerson, audit_id: str, status: str, agent: str, now: datetime
) -> Threads:
    pair.status, pair.decided_by, pair.decided_at = status, agent, now
    session.add(
        AuditEntry(
            id=audit_id,
            at=now,
            actor=agent,
            action=f"contacts_{status}",
            object_kind="contact",
            object_id=pair.contact_id,
            detail={"other": pair.other_id, "evidence": pair.evidence},
        )
    )
    session.flush()
    conversations = table_of(Conversation)
    touched = session.execute(
        update(conversations)
        .where(conversations.c.contact_id.in_((pair.contact_id, pair.other_id)))
        .values(
            version=conversations.c.version + 1
        )  # a decision under way is made again, on the joined contact
        .returning(conversations.c.account_id, conversations.c.thread)
    )
    return [(row.account_id, row.thread) for row in touched]
