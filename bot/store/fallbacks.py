"""What is owed and could not be delivered goes out by another of the contact's channels. source: design §1.4

One logical message: the next channel is tried only once the last one has certainly failed. Its rows share a key
("<first key>~<n>"), so no channel is tried twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from bot.records import Address, AuditEntry, Contact, Conversation, Message, OutboxMessage, ReceiptOwed
from bot.records.base import table_of
from bot.store.plan import PRIORITY

_conversations = table_of(Conversation).c
_addresses = table_of(Address).c
_outbox = table_of(OutboxMessage).c
_receipts = table_of(ReceiptOwed).c
_LAST_RESORT = "webchat"  # it waits until the page is opened again

Split = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Detour:
    """Where a message goes out instead."""

    conversation_id: str
    account_id: str
    thread: str


def is_owed(row: OutboxMessage) -> bool:
    """Receipts, and what a person wrote: the customer waits for it on whatever channel."""
    return row.purpose == "receipt" or (row.purpose == "reply" and row.body.get("author", "bot") != "bot")


def fall_back(
    session: Session,
    row: OutboxMessage,
    splits: Mapping[str, Split],
    new_id: Callable[[], str],
    now: datetime,
) -> Detour | None:
    """Queue a failed row's message on the contact's next channel; None where there is none left.

    `splits` tells for each account that can send how it cuts a text into messages.
    """
    if not is_owed(row) or row.conversation_id is None:
        return None
    failed = session.get(Conversation, row.conversation_id)
    if failed is None:
        return None
    first_key = row.key.partition("~")[0]
    under_way = _under_way(session, row, first_key)
    if under_way is not None:
        return under_way
    instead = _next_channel(session, failed, splits, _tried(session, first_key))
    if instead is None:
        return None
    for number, text in enumerate(splits[instead.account_id](row.body["text"])):
        outbox_id = _queue(session, row, instead, f"{first_key}~{instead.id}:{number}", text, new_id, now)
        if number == 0:
            session.execute(
                update(table_of(ReceiptOwed))
                .where(_receipts.outbox_id == row.id)
                .values(outbox_id=outbox_id, acknowledged_at=None)
            )
    instead.version += 1
    session.add(
        AuditEntry(
            id=new_id(),
            at=now,
            actor="bot",
            action="fell_back",
            object_kind="conversation",
            object_id=instead.id,
            detail={"from": failed.channel, "to": instead.channel, "outbox": row.id, "code": row.code},
        )
    )
    return Detour(conversation_id=instead.id, account_id=instead.account_id, thread=instead.thread)


def _under_way(session: Session, row: OutboxMessage, first_key: str) -> Detour | None:
    """The detour that was taken already: the same failure may be told twice."""
    found = session.scalar(
        select(OutboxMessage).where(
            _outbox.key.startswith(f"{first_key}~", autoescape=True),
            _outbox.id > row.id,
            _outbox.status.not_in(("failed", "cancelled")),
        )
    )
    if found is None or found.conversation_id is None:
        return None
    return Detour(conversation_id=found.conversation_id, account_id=found.account_id, thread=found.thread)


def _tried(session: Session, first_key: str) -> set[tuple[str, str]]:
    found = session.execute(
        select(_outbox.account_id, _outbox.thread).where(
            or_(_outbox.key == first_key, _outbox.key.startswith(f"{first_key}~", autoescape=True))
        )
    )
    return {(account_id, thread) for account_id, thread in found}


def _next_channel(
    session: Session, failed: Conversation, splits: Mapping[str, Split], tried: set[tuple[str, str]]
) -> Conversation | None:
    """The contact's own choice, else where they wrote last; never an address that is known not to work."""
    contact = session.get(Contact, failed.contact_id)
    preferred = contact.preferred_channel if contact is not None else ""
    bad = {
        (channel, value)
        for channel, value in session.execute(
            select(_addresses.channel, _addresses.value).where(
                _addresses.contact_id == failed.contact_id, _addresses.state != "ok"
            )
        )
    }
    others = session.scalars(
        select(Conversation)
        .where(_conversations.contact_id == failed.contact_id, _conversations.id != failed.id)
        .order_by(_conversations.last_inbound_at.desc())
    )
    able = [
        other
        for other in others
        if other.account_id in splits
        and (other.account_id, other.thread) not in tried
        and (other.channel, other.address) not in bad
    ]
    able.sort(key=lambda other: (other.channel == _LAST_RESORT, other.channel != preferred))
    return able[0] if able else None


def _queue(
    session: Session,
    row: OutboxMessage,
    instead: Conversation,
    key: str,
    text: str,
    new_id: Callable[[], str],
    now: datetime,
) -> str:
    message_id, author = new_id(), row.body.get("author", "bot")
    instead.last_seq += 1
    session.add(
        Message(
            id=message_id,
            conversation_id=instead.id,
            seq=instead.last_seq,
            direction="out",
            author=author,
            text=text,
            subject=row.body.get("subject", ""),
            language=row.body.get("language", ""),
            attachments=row.body.get("attachments", []),
            buttons=[],
            template=row.body.get("template", ""),
            decided_by="fallback",
            why=f"could not be delivered by {row.account_id}: {row.code}",
            created_at=now,
        )
    )
    session.add(
        OutboxMessage(
            id=message_id,
            key=key,
            conversation_id=instead.id,
            message_id=message_id,
            account_id=instead.account_id,
            thread=instead.thread,
            to=instead.address,
            body={
                **{name: value for name, value in row.body.items() if name != "buttons"},
                "text": text,
                "reply_to": instead.last_heard,
                "answers_subject": instead.subject,
                "heard_at": instead.last_inbound_at.isoformat(),
            },
            purpose=row.purpose,
            priority=PRIORITY[row.purpose],
            status="queued",
            next_at=now,
            created_at=now,
        )
    )
    return message_id
