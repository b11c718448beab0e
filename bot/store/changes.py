"""Changes that people and upkeep make, each in one transaction of its own. Same for both databases.

Whatever changes a conversation outside of its lane moves `version`, so that a decision under way is made again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.alerts import AlertKind
from bot.records import (
    Address,
    Alert,
    AuditEntry,
    Case,
    Consent,
    Conversation,
    Delivery,
    Desk,
    Message,
    OutboxMessage,
    ReceiptOwed,
)
from bot.records.base import table_of
from bot.store.plan import PRIORITY
from bot.store.port import SendOutcome
from bot.store.upsert import put

_conversations = table_of(Conversation).c
_outbox = table_of(OutboxMessage).c


class NotPossible(Exception):
    """A person asked for something that can't be done now; the text says why."""


class NotFound(NotPossible):
    """There is no such thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    conversation_id: str
    account_id: str
    thread: str
    owner: str
    epoch: int
    cancelled: int  # bot replies that waited and will not go out


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a contact is reached."""

    contact_id: str
    channel: str
    address: str


def raise_alert(
    session: Session,
    alert_id: str,
    *,
    key: str,
    kind: AlertKind,
    reason: str,
    now: datetime,
    conversation_id: str | None = None,
    desk_id: str | None = None,
    urgent: bool = False,
    due_at: datetime | None = None,
) -> bool:
    """Raise an alert once; False where it stands already."""
    if session.scalar(select(table_of(Alert).c.id).where(table_of(Alert).c.key == key)) is not None:
        return False
    session.add(
        Alert(
            id=alert_id,
            key=key,
            kind=kind,
            desk_id=desk_id,
            conversation_id=conversation_id,
            reason=reason,
            urgent=urgent,
            due_at=due_at,
            created_at=now,
        )
    )
    return True


def settle(session: Session, outcome: SendOutcome, *, worker_id: str) -> bool:
    """End a row as its attempt ended, in the caller's transaction. False where it is no longer ours to end."""
    row = session.get(OutboxMessage, outcome.row_id, with_for_update=True)
    if session.get(Delivery, outcome.delivery_id) is not None:
        return True  # stored by a commit whose answer got lost, together with all that belongs to it
    if row is None or row.status not in ("claimed", "uncertain") or row.owner not in (worker_id, None):
        return False
    row.status, row.code, row.error, row.owner = outcome.status, outcome.code, outcome.detail, None
    if outcome.provider_id:
        row.provider_id = outcome.provider_id
    session.add(
        Delivery(
            id=outcome.delivery_id,
            outbox_id=outcome.row_id,
            attempt=outcome.attempt,
            outcome=outcome.outcome,
            provider_id=outcome.provider_id,
            code=outcome.code,
            detail=outcome.detail,
            at=outcome.at,
        )
    )
    return True


def stop_address(session: Session, row: OutboxMessage, reason: str, now: datetime) -> None:
    """Who was sent this message wants nothing more: mark the address, and keep the word. Once a message."""
    place = _place_of(session, row)
    if place is not None and session.get(Consent, row.id) is None:
        _stop(session, row.id, place, reason, now)


def mark_bad_address(session: Session, row: OutboxMessage, reason: str) -> None:
    """Nobody can be reached where this message went: the address is not used again until its owner writes."""
    place = _place_of(session, row)
    if place is not None and place.address == row.to:
        _mark_address(session, place, "hard_bounce", reason)


def _place_of(session: Session, row: OutboxMessage) -> _Place | None:
    """Whom a message went to, and where: its conversation's contact, or the one that outreach names."""
    conversation = session.get(Conversation, row.conversation_id) if row.conversation_id else None
    if conversation is not None:
        return _place(conversation)
    it = row.body.get("outreach")
    if not it:
        return None
    addresses = table_of(Address).c
    owner = session.scalar(  # contacts may have been joined since
        select(addresses.contact_id).where(addresses.channel == it["channel"], addresses.value == row.to)
    )
    return _Place(contact_id=owner or it["contact_id"], channel=it["channel"], address=row.to)


def stop_thread(
    session: Session, new_id: str, *, account_id: str, thread: str, reason: str, now: datetime
) -> None:
    """The same, where the provider speaks of a thread ("blocked"). Once for a `new_id`."""
    conversation = _conversation_of(session, account_id, thread)
    if conversation is not None and session.get(Consent, new_id) is None:
        _stop(session, new_id, _place(conversation), reason, now)


def reopen_thread(session: Session, *, account_id: str, thread: str) -> None:
    """The address can be reached again. The contact's word in the consent ledger stands."""
    conversation = _conversation_of(session, account_id, thread)
    if conversation is not None:
        _mark_address(session, _place(conversation), "ok", "")


def _conversation_of(session: Session, account_id: str, thread: str) -> Conversation | None:
    return session.scalar(
        select(Conversation).where(_conversations.account_id == account_id, _conversations.thread == thread)
    )


def _place(conversation: Conversation) -> _Place:
    return _Place(
        contact_id=conversation.contact_id, channel=conversation.channel, address=conversation.address
    )


def _mark_address(session: Session, place: _Place, state: str, reason: str) -> None:
    addresses = table_of(Address)
    session.execute(
        update(addresses)
        .where(
            addresses.c.contact_id == place.contact_id,
            addresses.c.channel == place.channel,
            addresses.c.value == place.address,
        )
        .values(state=state, state_reason=reason)
    )


def _stop(session: Session, new_id: str, place: _Place, reason: str, now: datetime) -> None:
    _mark_address(session, place, "blocked", reason)
    session.add(
        Consent(
            id=new_id,
            contact_id=place.contact_id,
            channel=place.channel,
            purpose="all",
            granted=False,
            at=now,
            source="provider",
            wording=reason,
        )
    )


def accepted_row(session: Session, account_id: str, provider_id: str) -> OutboxMessage | None:
    """The message that a provider took and now speaks of, while nothing more is known of it."""
    return session.scalar(
        select(OutboxMessage).where(
            _outbox.account_id == account_id,
            _outbox.provider_id == provider_id,
            _outbox.status == "accepted",
        )
    )


def take_over(
    session: Session,
    audit_id: str,
    conversation_id: str,
    *,
    agent: str,
    now: datetime,
    agent_id: str | None = None,
) -> Ownership:
    """A person takes the conversation: the bot is silent from this instant. source: IN-31"""
    return own(
        session,
        audit_id,
        conversation_id,
        owner="agent",
        actor=agent,
        action="taken_over",
        now=now,
        more={"agent_id": agent_id},
    )


def give_back(
    session: Session, audit_id: str, conversation_id: str, *, agent: str, now: datetime
) -> Ownership:
    """The bot answers again."""
    return own(session, audit_id, conversation_id, owner="bot", actor=agent, action="given_back", now=now)


def own(
    session: Session,
    audit_id: str,
    conversation_id: str,
    *,
    owner: str,
    actor: str,
    action: str,
    now: datetime,
    more: Mapping[str, Any] = MappingProxyType({}),
) -> Ownership:
    """A conversation changes hands; `more` are columns set with it. Raises `NotFound`."""
    values: dict[str, Any] = {
        "owner": owner,
        "agent_id": None,
        "epoch": _conversations.epoch + 1,
        "version": _conversations.version + 1,
        "hand_over_reason": "",
        "urgent": False,
        **more,
    }
    if owner == "bot":
        values["state"] = {}  # whatever the bot was in the middle of is over
    row = session.execute(
        update(table_of(Conversation))
        .where(_conversations.id == conversation_id)
        .values(values)
        .returning(_conversations.account_id, _conversations.thread, _conversations.epoch)
    ).one_or_none()
    if row is None:
        raise NotFound(f"there is no conversation {conversation_id}")
    cancelled: Any = session.execute(
        update(table_of(OutboxMessage))
        .where(
            _outbox.conversation_id == conversation_id,
            _outbox.status == "queued",
            _outbox.epoch.is_not(None),
            _outbox.epoch < row.epoch,
        )
        .values(status="cancelled", code="taken_over", owner=None)
    )
    _see_alerts(session, conversation_id, now)
    session.add(
        AuditEntry(
            id=audit_id,
            at=now,
            actor=actor,
            action=action,
            object_kind="conversation",
            object_id=conversation_id,
            detail={"epoch": row.epoch, "cancelled": cancelled.rowcount},
        )
    )
    return Ownership(
        conversation_id=conversation_id,
        account_id=row.account_id,
        thread=row.thread,
        owner=owner,
        epoch=row.epoch,
        cancelled=int(cancelled.rowcount),
    )


def _see_alerts(session: Session, conversation_id: str, now: datetime) -> None:
    alerts = table_of(Alert)
    session.execute(
        update(alerts)
        .where(alerts.c.conversation_id == conversation_id, alerts.c.seen_at.is_(None))
        .values(seen_at=now)
    )


def agent_reply(
    session: Session,
    *,
    conversation_id: str,
    parts: Sequence[tuple[str, str, str]],
    agent: str,
    key: str,
    now: datetime,
    attachments: Sequence[dict[str, Any]] = (),
    why: str = "",
) -> list[str]:
    """Queue an agent's answer: (message id, outbox id, text) a part. `key` makes a repeated call send once.

    `attachments` go with the last part; `why` says what it was made from.

    Raises `NotFound`, and `NotPossible` while the conversation is not the agent's.
    """
    conversation = session.get(Conversation, conversation_id, with_for_update=True)
    if conversation is None:
        raise NotFound(f"there is no conversation {conversation_id}")
    # After the lock: the same call may be under way twice.
    if known := _parts_of(session, key):
        return known
    if conversation.owner != "agent":
        raise NotPossible("take the conversation over first, so that the bot does not answer as well")
    for number, (message_id, outbox_id, text) in enumerate(parts):
        files = list(attachments) if number == len(parts) - 1 else []
        conversation.last_seq += 1
        session.add(
            Message(
                id=message_id,
                conversation_id=conversation_id,
                seq=conversation.last_seq,
                direction="out",
                author=agent,
                text=text,
                language=conversation.language,
                attachments=files,
                buttons=[],
                decided_by=agent,
                why=why,
                created_at=now,
            )
        )
        session.add(
            OutboxMessage(
                id=outbox_id,
                key=f"{key}:{number}",
                conversation_id=conversation_id,
                message_id=message_id,
                account_id=conversation.account_id,
                thread=conversation.thread,
                to=conversation.address,
                body={
                    "text": text,
                    "language": conversation.language,
                    "author": agent,
                    "reply_to": conversation.last_heard,
                    "answers_subject": conversation.subject,
                    "heard_at": conversation.last_inbound_at.isoformat(),
                    **({"attachments": files} if files else {}),
                },
                purpose="reply",
                priority=PRIORITY["reply"],
                status="queued",
                next_at=now,
                created_at=now,
            )
        )
    conversation.version += 1
    return [message_id for message_id, _, _ in parts]


def _parts_of(session: Session, key: str) -> list[str]:
    """Messages that were queued under a key before; another key may begin with the same letters."""
    found = session.execute(
        select(_outbox.key, _outbox.message_id)
        .where(_outbox.key.startswith(f"{key}:", autoescape=True))
        .order_by(_outbox.id)
    )
    return [str(message_id) for full, message_id in found if full.removeprefix(f"{key}:").isdigit()]


def mark_alerted(session: Session, journal_ids: Sequence[str], now: datetime) -> None:
    receipts = table_of(ReceiptOwed)
    session.execute(update(receipts).where(receipts.c.journal_id.in_(journal_ids)).values(alerted_at=now))


def keep_file(session: Session, message_id: str, index: int, file: dict[str, Any]) -> None:
    """A provider's file was brought in: the message and its case point to our copy from now on."""
    message = session.get(Message, message_id)
    if message is None or index >= len(message.attachments):
        return
    old_ref = message.attachments[index]["ref"]
    message.attachments = [file if i == index else item for i, item in enumerate(message.attachments)]
    cases = table_of(Case)
    for case in session.scalars(select(Case).where(cases.c.conversation_id == message.conversation_id)):
        case.evidence = [file if item["ref"] == old_ref else item for item in case.evidence]


def keep_desks(session: Session, desks: dict[str, dict[str, str]]) -> None:
    """Bring the desks in step with the configuration; one that is gone stays, inactive, for its history."""
    for desk in session.scalars(select(Desk)):
        desk.active = desk.id in desks
    put(session, Desk, [{"id": desk_id, "names": names, "active": True} for desk_id, names in desks.items()])


def count_open_alerts(session: Session) -> int:
    alerts = table_of(Alert)
    return int(
        session.scalar(select(func.count()).select_from(alerts).where(alerts.c.seen_at.is_(None))) or 0
    )
