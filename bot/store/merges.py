"""Joining two contacts that are one person, and taking it back. Same for both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, exists, false, select, update
from sqlalchemy.orm import Session

from bot.records import (
    Address,
    Appointment,
    AuditEntry,
    Case,
    Compensation,
    Consent,
    Contact,
    Conversation,
    Equipment,
    Interest,
    LoyaltyAccount,
    Occurrence,
    OutreachAnswer,
    PersonTask,
    Purchase,
    Quote,
    Recipient,
    SamePerson,
    SentPromotion,
    SurveyAnswer,
    WaitingPlace,
)  # fmt: skip
from bot.records.base import table_of
from bot.store.changes import NotFound, NotPossible

_CHUNK: Final = 500

MOVED: Final[tuple[type[Any], ...]] = (
    Conversation, Address, Case, Consent, Purchase, Quote, Equipment, LoyaltyAccount, Appointment, Interest,
    WaitingPlace, Occurrence, Recipient, SentPromotion, Compensation, SurveyAnswer, OutreachAnswer, PersonTask,
)  # fmt: skip
"""What belongs to a contact."""

_ONCE: Final[Mapping[type[Any], tuple[str, ...]]] = {
    Interest: ("topic",),
    WaitingPlace: ("product",),
    Occurrence: ("rule_id", "subject_id", "on_date"),
    Recipient: ("campaign_id",),
}
"""What a contact has once: where both have it, the kept contact's own stays and the other's is stilled."""

_STILLED: Final[Mapping[type[Any], tuple[str, str]]] = {
    WaitingPlace: ("waiting", "left"),
    Occurrence: ("planned", "skipped"),
    Recipient: ("waiting", "skipped"),
}
_FILLED: Final = (
    "name", "language", "timezone", "country", "zone", "organisation_id", "organisation_role", "owner_agent_id",
    "preferred_channel", "external_id", "born_on", "birthday", "mode",
)  # fmt: skip
"""What the kept contact takes of the other one where it has nothing itself; tags and own fields are joined."""

Threads = list[tuple[str, str]]
"""Account and thread of the conversations that changed."""


def merge(session: Session, pair_id: str, audit_id: str, *, agent: str, now: datetime) -> Threads:
    """Everything of the newer contact becomes the older one's. Raises `NotFound`, `NotPossible`."""
    pair = _pair(session, pair_id, "open", "undone")
    moved: dict[str, Any] = {"stilled": {}}
    for model in MOVED:
        table = table_of(model)
        moved["stilled"][str(table.name)] = _still(session, model, pair)
        mine = select(table.c.id).where(table.c.contact_id == pair.other_id, ~_doubled(model, pair))
        moved[str(table.name)] = ids = list(session.scalars(mine))
        _hand_over(session, model, ids, pair.contact_id)
    kept, other = session.get(Contact, pair.contact_id), session.get(Contact, pair.other_id)
    if kept is not None and other is not None:
        moved["filled"] = _fill(session, kept, other)
        kept.updated_at, kept.version = now, kept.version + 1
    pair.moved = moved
    return _decided(session, pair, audit_id, "merged", agent, now)


def undo(session: Session, pair_id: str, audit_id: str, *, agent: str, now: datetime) -> Threads:
    """What the join moved goes back; what came since stays where it is. Raises `NotFound`, `NotPossible`."""
    pair = _pair(session, pair_id, "merged")
    for model in MOVED:
        table = table_of(model)
        _hand_over(session, model, pair.moved.get(table.name, ()), pair.other_id, only_of=pair.contact_id)
        before, after = _STILLED.get(model, ("", ""))
        for row_id in pair.moved.get("stilled", {}).get(table.name, ()):
            row = session.get(model, row_id)
            if row is not None and row.status == after:
                row.status = before
    kept, other = session.get(Contact, pair.contact_id), session.get(Contact, pair.other_id)
    if kept is not None and other is not None:
        _empty(session, kept, other, pair.moved.get("filled", {}))
        kept.updated_at, kept.version = now, kept.version + 1
    pair.moved = {}
    return _decided(session, pair, audit_id, "undone", agent, now)


def _doubled(model: type[Any], pair: SamePerson) -> ColumnElement[bool]:
    """Rows of the other contact that the kept one has as well."""
    keys = _ONCE.get(model)
    if keys is None:
        return false()
    table, own = table_of(model), table_of(model).alias("own")
    same = [own.c[key] == table.c[key] for key in keys]
    return exists(select(own.c.id).where(own.c.contact_id == pair.contact_id, *same))


def _still(session: Session, model: type[Any], pair: SamePerson) -> list[str]:
    """Nobody is told twice because they were known twice."""
    if model not in _STILLED:
        return []
    table, (before, after) = table_of(model), _STILLED[model]
    doubled = select(table.c.id).where(
        table.c.contact_id == pair.other_id, table.c.status == before, _doubled(model, pair)
    )
    ids = list(session.scalars(doubled))
    values = {"status": after} | ({"reason": "duplicate"} if "reason" in table.c else {})
    session.execute(update(table).where(table.c.id.in_(ids)).values(**values))
    return ids


def _hand_over(
    session: Session, model: type[Any], ids: Sequence[str], contact_id: str, *, only_of: str = ""
) -> None:
    table = table_of(model)
    for start in range(0, len(ids), _CHUNK):
        mine = table.c.id.in_(ids[start : start + _CHUNK])
        whose = (table.c.contact_id == only_of,) if only_of else ()
        session.execute(update(table).where(mine, *whose).values(contact_id=contact_id))


def _fill(session: Session, kept: Contact, other: Contact) -> dict[str, Any]:
    """The kept contact's gaps are filled; gives each changed column with what stands in it now, as JSON."""
    changed: dict[str, Any] = {}
    for name in _FILLED:
        value = getattr(other, name)
        if not getattr(kept, name) and value:
            if name == "external_id":  # one contact's at a time
                other.external_id = None
                session.flush()
            setattr(kept, name, value)
            changed[name] = {"was": None if name in _NULLABLE else "", "is": _plain(value)}
    tags = list(dict.fromkeys([*kept.tags, *other.tags]))
    joined = {"tags": tags, "fields": {**other.fields, **kept.fields}}
    for name, together in joined.items():
        if together != getattr(kept, name):
            changed[name] = {"was": getattr(kept, name), "is": together}
            setattr(kept, name, together)
    return changed


def _empty(session: Session, kept: Contact, other: Contact, filled: Mapping[str, Any]) -> None:
    """Take back what the join filled in, unless somebody has changed it since."""
    for name, change in filled.items():
        if _plain(getattr(kept, name)) != change["is"]:
            continue
        setattr(kept, name, change["was"])
        if name == "external_id":
            session.flush()
            other.external_id = change["is"]


_NULLABLE: Final = ("organisation_id", "owner_agent_id", "external_id", "born_on")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


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
