"""Where a customer hears about a complaint: where they are, not where they were. source: CH-30, E6"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.records import Address, Contact, Conversation
from bot.records.base import table_of
from channels.port import Door

_conversations = table_of(Conversation).c
_addresses = table_of(Address).c

_ON_THE_PAGE = timedelta(hours=1)
"""A message on the web chat waits until its page is opened again: after so long another channel is nearer."""


class Matter(Protocol):
    """What a customer hears about: a case, an appointment."""

    @property
    def contact_id(self) -> str: ...

    @property
    def conversation_id(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Way:
    """A conversation to write in, and why there."""

    conversation: Conversation
    because: str  # wrote_last, of_the_case, preferred, other


def way_to(session: Session, case: Matter, doors: Mapping[str, Door], now: datetime) -> Way | None:
    """Where they wrote last if free text arrives there now; else the case's own conversation; else the channel
    they prefer, or used last. None where nothing reaches them.
    """
    found = session.scalars(
        select(Conversation)
        .where(_conversations.contact_id == case.contact_id)
        .order_by(_conversations.last_inbound_at.desc(), _conversations.id.desc())
    )
    bad = _broken(session, case.contact_id)
    able = [one for one in found if one.account_id in doors and (one.channel, one.address) not in bad]
    near = [one for one in able if _near(one, doors[one.account_id], now)]
    contact = session.get(Contact, case.contact_id)
    preferred = contact.preferred_channel if contact is not None else ""
    own = [one for one in able if one.id == case.conversation_id]
    chosen = [one for one in able if one.channel == preferred]
    for ways, because in (
        ([one for one in able[:1] if one in near], "wrote_last"),
        ([one for one in near if one in own], "of_the_case"),
        ([one for one in near if one in chosen], "preferred"),
        (near, "other"),
        (own, "of_the_case"),
        (chosen, "preferred"),
        (able, "other"),
    ):
        if ways:
            return Way(ways[0], because)
    return None


def _near(conversation: Conversation, door: Door, now: datetime) -> bool:
    """Whether free text arrives there now."""
    since = now - conversation.last_inbound_at
    if conversation.channel == "webchat":
        return since <= _ON_THE_PAGE
    window_s = door.capabilities.window_s
    return not window_s or since < timedelta(seconds=window_s)


def _broken(session: Session, contact_id: str) -> set[tuple[str, str]]:
    """Addresses that are known not to work."""
    query = select(_addresses.channel, _addresses.value).where(
        _addresses.contact_id == contact_id, _addresses.state != "ok"
    )
    return {(channel, value) for channel, value in session.execute(query)}
