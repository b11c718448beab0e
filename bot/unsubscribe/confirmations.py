"""Double opt-in: a yes counts once the reader of that very address has confirmed it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.ids import IdMaker
from bot.records import Address, Contact, OutboxMessage
from bot.records.base import table_of
from bot.store.plan import PRIORITY
from bot.templating import Templates
from bot.unsubscribe.links import Links
from bot.unsubscribe.words import purpose_names
from channels.port import Door

ASKED_BY: Final = ("email", "sms")
"""Channels a first message may go out on; elsewhere the contact writes START to us."""

_addresses = table_of(Address).c


class Confirmations:
    """Queues the question inside somebody else's transaction."""

    def __init__(
        self, links: Links, templates: Templates, doors: Mapping[str, Door], ids: IdMaker, *, language: str
    ) -> None:
        self.links = links
        self._templates = templates
        self._doors = doors
        self._ids = ids
        self._language = language  # the company's

    def ask(
        self, session: Session, contact: Contact, channel: str, purposes: Sequence[str], now: datetime
    ) -> bool:
        """Send the question to the contact's address; False where it can't be asked on that channel."""
        account = next((name for name, door in self._doors.items() if door.kind == channel), None)
        address = session.scalar(
            select(_addresses.value)
            .where(
                _addresses.contact_id == contact.id,
                _addresses.channel == channel,
                _addresses.state.in_(("ok", "soft_bounce")),
            )
            .order_by(_addresses.id)
            .limit(1)
        )
        if channel not in ASKED_BY or account is None or address is None or not purposes:
            return False
        language = contact.language or self._language
        rendered = self._templates.render(
            "consent/confirm",
            language=language,
            channel=channel,
            variables={
                "link": self.links.confirm(contact.id, channel, purposes, now),
                "what": purpose_names(tuple(purposes), language),
            },
        )
        # Once an hour for the same wish: a form sent again, or by somebody ill-meaning, sends no second one.
        key = f"confirm:{contact.id}:{channel}:{'+'.join(purposes)}:{now:%Y%m%d%H}"
        if session.scalar(select(table_of(OutboxMessage).c.id).where(table_of(OutboxMessage).c.key == key)):
            return True
        session.add(
            OutboxMessage(
                id=self._ids.new(),
                key=key,
                account_id=account,
                thread=address,
                to=address,
                body={"text": rendered.text, "subject": rendered.subject, "language": rendered.language},
                purpose="service",
                priority=PRIORITY["service"],
                status="queued",
                next_at=now,
                created_at=now,
            )
        )
        return True
