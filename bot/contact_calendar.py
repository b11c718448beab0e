"""Everything that was and will be sent to one contact, whoever sends it, on every channel. source: CH-32"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from bot.consents import known_contact
from bot.records import (
    Campaign,
    Conversation,
    Occurrence,
    OutboxMessage,
    OutreachRule,
    Recipient,
)
from bot.records.base import table_of
from channels.frozen import frozen

_outbox = table_of(OutboxMessage)
_talks = table_of(Conversation)
_occurrences = table_of(Occurrence)
_rules = table_of(OutreachRule)
_recipients = table_of(Recipient)
_campaigns = table_of(Campaign)

_AHEAD: Final = ("planned", "waiting", "queued", "claimed")


@frozen
class Line:
    """One message. `source` is "rule:<name>", "campaign:<name>", "bot" or the agent who wrote it."""

    at: datetime
    ahead: bool  # still to be sent
    channel: str
    purpose: str
    source: str
    desk: str
    status: str
    reason: str  # code of `scheduler.guards` where it was left out or waits
    id: str


def calendar_of_contact(session: Session, contact_id: str, *, before: datetime, limit: int) -> list[Line]:
    """The last `limit` messages before an instant, planned ones included, the latest first. Raises `NotFound`."""
    contact_id = known_contact(session, contact_id).id
    found = [
        *_said(session, contact_id, before, limit),
        *_by_rules(session, contact_id, before, limit),
        *_by_campaigns(session, contact_id, before, limit),
    ]
    return sorted(found, key=lambda line: (line.at, line.id), reverse=True)[:limit]


def _said(session: Session, contact_id: str, before: datetime, limit: int) -> Iterator[Line]:
    """Receipts, answers and notices of every conversation."""
    at = func.coalesce(_outbox.c.sent_at, _outbox.c.next_at, type_=_outbox.c.next_at.type)
    query = (
        select(_outbox, _talks.c.channel, _talks.c.desk_id, at.label("moment"))
        .join(_talks, _talks.c.id == _outbox.c.conversation_id)
        .where(_talks.c.contact_id == contact_id, at < before)
    )
    for row in session.execute(query.order_by(at.desc()).limit(limit)):
        if "outreach" not in row.body:  # those stand below, with the rule or campaign they belong to
            yield Line(
                at=row.moment,
                ahead=row.status in _AHEAD,
                channel=row.channel,
                purpose=row.purpose,
                source=row.body.get("author", "bot"),
                desk=row.desk_id or "",
                status=row.status,
                reason=row.code,
                id=row.id,
            )


def _by_rules(session: Session, contact_id: str, before: datetime, limit: int) -> Iterator[Line]:
    query = (
        select(_occurrences, _rules.c.name.label("source_name"), _outbox.c.status.label("outbox_status"))
        .outerjoin(_rules, _rules.c.id == _occurrences.c.rule_id)
        .outerjoin(_outbox, _outbox.c.id == _occurrences.c.outbox_id)
        .where(_occurrences.c.contact_id == contact_id, _occurrences.c.due_at < before)
        .order_by(_occurrences.c.due_at.desc())
    )
    yield from _outreach(session, query.limit(limit), "rule")


def _by_campaigns(session: Session, contact_id: str, before: datetime, limit: int) -> Iterator[Line]:
    query = (
        select(_recipients, _campaigns.c.name.label("source_name"), _outbox.c.status.label("outbox_status"))
        .outerjoin(_campaigns, _campaigns.c.id == _recipients.c.campaign_id)
        .outerjoin(_outbox, _outbox.c.id == _recipients.c.outbox_id)
        .where(_recipients.c.contact_id == contact_id, _recipients.c.due_at < before)
        .order_by(_recipients.c.due_at.desc())
    )
    yield from _outreach(session, query.limit(limit), "campaign")


def _outreach(session: Session, query: Select[Any], kind: str) -> Iterator[Line]:
    for row in session.execute(query):
        status = row.status if row.status == "skipped" else row.outbox_status or row.status
        yield Line(
            at=row.due_at,
            ahead=status in _AHEAD,
            channel=row.channel,
            purpose="bulk",
            source=f"{kind}:{row.source_name or '?'}",
            desk="",
            status=status,
            reason=row.reason,
            id=row.id,
        )
