"""One conversation as an agent reads it: every channel of the customer in one line of time, and who they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from bot.records import (
    Address,
    Agent,
    Alert,
    AuditEntry,
    Case,
    Consent,
    Contact,
    Conversation,
    Draft,
    InboxEntry,
    Message,
    Organisation,
    OutboxMessage,
    Purchase,
    SamePerson,
)
from bot.records.base import table_of
from bot.store.changes import NotFound
from channels.port import Door

_messages = table_of(Message).c
_conversations = table_of(Conversation).c
_outbox = table_of(OutboxMessage).c
_contacts = table_of(Contact).c
_cases = table_of(Case).c
_pairs = table_of(SamePerson).c
_purchases = table_of(Purchase).c
_consents = table_of(Consent).c
_addresses = table_of(Address).c
_audit = table_of(AuditEntry).c
_agents = table_of(Agent).c

LINES: Final = 60
_SHOWN: Final = 8  # cases, purchases, pairs beside a conversation
_ON_THE_PAGE: Final = timedelta(hours=1)

Mark = tuple[datetime, str]
"""A place in the line of time: instant and message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message of the timeline, either way, or a note."""

    id: str
    conversation_id: str
    channel: str
    seq: int
    direction: str  # in, out, note
    author: str
    text: str
    subject: str
    quoted: str
    automatic: str
    attachments: Sequence[dict[str, Any]]
    decided_by: str
    why: str
    at: datetime
    edited: bool
    status: (
        str  # of an outgoing one: queued, claimed, accepted, delivered, read, failed, uncertain, cancelled
    )
    code: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A conversation of the customer to write in; `closed` says why not, "" where it is open."""

    conversation_id: str
    account_id: str
    channel: str
    address: str
    closed: Literal["", "no_account", "bad_address", "blocked", "window"]
    waits: bool  # web chat with no page open lately: it is read when they come back


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who it is. `pairs`: contacts that may be the same person, open or joined."""

    contact: Contact
    organisation: str
    owner: str  # the agent who looks after this customer
    addresses: Sequence[Address]
    cases: Sequence[Case]
    purchases: Sequence[Purchase]
    consents: Sequence[Consent]
    pairs: Sequence[tuple[SamePerson, str]]  # … with the other contact's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Everything a page needs of a conversation."""

    conversation: Conversation
    row: Mapping[str, Any] | None  # of the inbox
    agent: str  # the name of the agent who has it
    lines: Sequence[Line]
    before: Mark | None  # where older lines begin; None where there are none
    customer: Customer
    ways: Sequence[Way]
    draft: str
    tried: Sequence[tuple[datetime, str, str]]  # what the bot did last, and why

    @property
    def seen_seq(self) -> int:
        """The last message of this conversation on the page."""
        here = (line.seq for line in self.lines if line.conversation_id == self.conversation.id)
        return max(here, default=0)


def open_conversation(
    session: Session, conversation_id: str, doors: Mapping[str, Door], *, agent_id: str, now: datetime
) -> Open:
    """Raises `NotFound`."""
    conversation = session.get(Conversation, conversation_id)
    if conversation is None:
        raise NotFound(f"there is no conversation {conversation_id}")
    lines, before = read_lines(session, conversation.contact_id)
    row = session.execute(
        select(table_of(InboxEntry)).where(table_of(InboxEntry).c.conversation_id == conversation_id)
    ).first()
    agent = session.get(Agent, conversation.agent_id) if conversation.agent_id else None
    draft = session.get(Draft, (conversation_id, agent_id))
    return Open(
        conversation=conversation,
        row=dict(row._mapping) if row is not None else None,
        agent=agent.name if agent is not None else _taken_by(session, conversation),
        lines=lines,
        before=before,
        customer=customer_of(session, conversation.contact_id),
        ways=ways_of(session, conversation.contact_id, doors, now),
        draft=draft.text if draft is not None else "",
        tried=_tried(lines),
    )


def _taken_by(session: Session, conversation: Conversation) -> str:
    """Who took it without a place in the console: another system, by the name it gave."""
    if conversation.owner != "agent":
        return ""
    query = (
        select(_audit.actor)
        .where(
            _audit.object_kind == "conversation",
            _audit.object_id == conversation.id,
            _audit.action == "taken_over",
        )
        .order_by(_audit.at.desc())
        .limit(1)
    )
    return session.scalar(query) or ""


def read_lines(
    session: Session, contact_id: str, *, before: Mark | None = None, limit: int = LINES
) -> tuple[list[Line], Mark | None]:
    """The newest lines before a mark, oldest first, and the mark of what is older still."""
    query = (
        select(
            table_of(Message),
            _conversations.channel,
            _outbox.status,
            _outbox.code,
            _outbox.error,
        )
        .join(table_of(Conversation), _conversations.id == _messages.conversation_id)
        .outerjoin(
            table_of(OutboxMessage),
            and_(_outbox.message_id == _messages.id, _outbox.conversation_id == _messages.conversation_id),
        )
        .where(
            _messages.conversation_id.in_(
                select(_conversations.id).where(_conversations.contact_id == contact_id)
            )
        )
        .order_by(_messages.created_at.desc(), _messages.id.desc())
        .limit(limit + 1)
    )
    if before is not None:
        at, one = before
        query = query.where(
            or_(_messages.created_at < at, and_(_messages.created_at == at, _messages.id < one))
        )
    found = list(session.execute(query))
    more, found = len(found) > limit, found[:limit]
    mark = (found[-1].created_at, found[-1].id) if more else None
    return [_line(row) for row in reversed(found)], mark


def _line(row: Any) -> Line:
    return Line(
        id=row.id,
        conversation_id=row.conversation_id,
        channel=row.channel,
        seq=row.seq,
        direction=row.direction,
        author=row.author,
        text=row.text,
        subject=row.subject,
        quoted=row.quoted,
        automatic=row.automatic,
        attachments=row.attachments,
        decided_by=row.decided_by,
        why=row.why,
        at=row.provider_at if row.direction == "in" and row.provider_at else row.created_at,
        edited=row.edited_at is not None,
        status=row.status or "",
        code=row.code or "",
        error=row.error or "",
    )


def _tried(lines: Sequence[Line]) -> list[tuple[datetime, str, str]]:
    """What the bot did last, by decider, and its reasons."""
    bots = [line for line in reversed(lines) if line.direction == "out" and line.author == "bot"]
    return [(line.at, line.decided_by, line.why) for line in bots[:_SHOWN]]


def customer_of(session: Session, contact_id: str) -> Customer:
    """Raises `NotFound`."""
    contact = session.get(Contact, contact_id)
    if contact is None:
        raise NotFound(f"there is no contact {contact_id}")
    organisation = session.get(Organisation, contact.organisation_id) if contact.organisation_id else None
    looks_after = contact.owner_agent_id or (organisation.owner_agent_id if organisation else None)
    owner = session.get(Agent, looks_after) if looks_after else None
    pairs = session.scalars(
        select(SamePerson)
        .where(
            or_(_pairs.contact_id == contact_id, _pairs.other_id == contact_id),
            _pairs.status.in_(("open", "merged")),
        )
        .order_by(_pairs.created_at.desc())
        .limit(_SHOWN)
    ).all()
    others = {pair.id: pair.other_id if pair.contact_id == contact_id else pair.contact_id for pair in pairs}
    named = select(_contacts.id, _contacts.name).where(_contacts.id.in_(set(others.values())))
    names = {row.id: row.name for row in session.execute(named)}
    return Customer(
        contact=contact,
        organisation=organisation.name if organisation else "",
        owner=owner.name if owner else "",
        addresses=session.scalars(
            select(Address).where(_addresses.contact_id == contact_id).order_by(_addresses.id)
        ).all(),
        cases=session.scalars(
            select(Case)
            .where(_cases.contact_id == contact_id)
            .order_by(_cases.opened_at.desc())
            .limit(_SHOWN)
        ).all(),
        purchases=session.scalars(
            select(Purchase)
            .where(_purchases.contact_id == contact_id)
            .order_by(_purchases.at.desc())
            .limit(_SHOWN)
        ).all(),
        consents=_in_force(session, contact_id),
        pairs=[(pair, names.get(others[pair.id], "")) for pair in pairs],
    )


def _in_force(session: Session, contact_id: str) -> list[Consent]:
    """The newest word by channel and purpose."""
    newest: dict[tuple[str, str], Consent] = {}
    query = select(Consent).where(_consents.contact_id == contact_id).order_by(_consents.at, _consents.id)
    for consent in session.scalars(query):
        newest[consent.channel, consent.purpose] = consent
    return list(newest.values())


def ways_of(session: Session, contact_id: str, doors: Mapping[str, Door], now: datetime) -> list[Way]:
    """Where the customer can be written to, where they wrote last first. source: CH-30"""
    states = {
        (row.channel, row.value): row.state
        for row in session.execute(
            select(_addresses.channel, _addresses.value, _addresses.state).where(
                _addresses.contact_id == contact_id
            )
        )
    }
    found = session.scalars(
        select(Conversation)
        .where(_conversations.contact_id == contact_id)
        .order_by(_conversations.last_inbound_at.desc(), _conversations.id.desc())
        .limit(20)
    )
    return [_way(one, doors.get(one.account_id), states, now) for one in found]


def _way(one: Conversation, door: Door | None, states: Mapping[tuple[str, str], str], now: datetime) -> Way:
    closed: Literal["", "no_account", "bad_address", "blocked", "window"] = ""
    state = states.get((one.channel, one.address), "ok")
    window_s = door.capabilities.window_s if door is not None else 0.0
    since = now - one.last_inbound_at
    if door is None:
        closed = "no_account"
    elif state == "blocked":
        closed = "blocked"
    elif state == "hard_bounce":
        closed = "bad_address"
    elif window_s and since >= timedelta(seconds=window_s):
        closed = "window"
    return Way(
        conversation_id=one.id,
        account_id=one.account_id,
        channel=one.channel,
        address=one.address,
        closed=closed,
        waits=one.channel == "webchat" and since > _ON_THE_PAGE,
    )


def agents_at_work(session: Session) -> list[tuple[str, str]]:
    """Identifiers and names, by name."""
    query = select(_agents.id, _agents.name).where(_agents.active).order_by(_agents.name)
    return [(row.id, row.name) for row in session.execute(query)]


def open_alerts(session: Session, conversation_id: str) -> list[str]:
    """What somebody must know about this conversation, in words."""
    alerts = table_of(Alert).c
    query = select(alerts.reason).where(alerts.conversation_id == conversation_id, alerts.seen_at.is_(None))
    return [reason for reason in session.scalars(query) if reason]
