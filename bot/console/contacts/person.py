"""One contact with everything that is kept about them, read in one go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.consents import channels_of, known_contact, ledger_of, standings_at
from bot.contact_calendar import Line, calendar_of_contact
from bot.records import (
    Address,
    Agent,
    Appointment,
    Case,
    Contact,
    Conversation,
    Equipment,
    Interest,
    LoyaltyAccount,
    Organisation,
    Purchase,
    Quote,
    WaitingPlace,
)
from bot.records.base import table_of
from scheduler.consent import Purpose, Standing, Word

SHOWN: Final = 15
_LINES: Final = 120
_AHEAD: Final = timedelta(days=3_660)
_LEFT_OUT: Final = ("skipped", "failed", "stopped", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The newest rows of a kind, and how many there are."""

    rows: tuple[Any, ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    contact: Contact
    addresses: tuple[Address, ...]
    organisation: str
    owner: str
    words: tuple[Word, ...]  # of consent, the oldest first
    channels: tuple[str, ...]
    purchases: Kept
    quotes: Kept
    equipment: Kept
    cards: Kept
    appointments: Kept
    waiting: Kept
    interests: Kept
    conversations: Kept
    cases: Kept
    ahead: tuple[Line, ...]  # messages still to come, the next one first
    left_out: tuple[Line, ...]  # the newest first

    def standings(self, at: datetime) -> dict[tuple[str, Purpose], Standing]:
        return standings_at(self.words, self.channels, at)

    @property
    def title(self) -> str:
        """Their name, or else what they are reached by."""
        return self.contact.name or (self.addresses[0].value if self.addresses else "")


def read_person(session: Session, contact_id: str, now: datetime) -> Person:
    """The one they were joined with, where they were. Raises `NotFound`."""
    contact = known_contact(session, contact_id)
    addresses = table_of(Address).c
    reached = session.scalars(
        select(Address).where(addresses.contact_id == contact.id).order_by(addresses.id)
    ).all()
    lines = calendar_of_contact(session, contact.id, before=now + _AHEAD, limit=_LINES)
    person = Person(
        contact=contact,
        addresses=tuple(reached),
        organisation=_name(session, Organisation, contact.organisation_id),
        owner=_name(session, Agent, contact.owner_agent_id),
        words=tuple(ledger_of(session, contact.id)),
        channels=tuple(channels_of(session, contact.id)),
        purchases=_kept(session, Purchase, contact.id, "at"),
        quotes=_kept(session, Quote, contact.id, "issued_at"),
        equipment=_kept(session, Equipment, contact.id, "created_at"),
        cards=_kept(session, LoyaltyAccount, contact.id, "created_at"),
        appointments=_kept(session, Appointment, contact.id, "starts_at"),
        waiting=_kept(session, WaitingPlace, contact.id, "at"),
        interests=_kept(session, Interest, contact.id, "at"),
        conversations=_kept(session, Conversation, contact.id, "last_inbound_at"),
        cases=_kept(session, Case, contact.id, "opened_at"),
        ahead=tuple(reversed([line for line in lines if line.ahead])),
        left_out=tuple(line for line in lines if not line.ahead and line.status in _LEFT_OUT),
    )
    session.expunge_all()
    return person


def _name(session: Session, model: type[Organisation] | type[Agent], row_id: str | None) -> str:
    found = session.get(model, row_id) if row_id else None
    return str(getattr(found, "name", ""))


def _kept(session: Session, model: type[Any], contact_id: str, by: str) -> Kept:
    columns = table_of(model).c
    of_them = columns.contact_id == contact_id
    query = select(model).where(of_them).order_by(columns[by].desc(), columns.id.desc()).limit(SHOWN)
    rows = tuple(session.scalars(query).all())
    count = len(rows)
    if count == SHOWN:
        count = int(session.scalar(select(func.count()).select_from(table_of(model)).where(of_them)) or 0)
    return Kept(rows=rows, count=count)


async def agents_for_owner(store: Any) -> dict[str, str]:
    """Who may have contacts of their own, by id."""
    agents = table_of(Agent).c
    query = select(agents.id, agents.name).where(agents.active).order_by(agents.name).limit(500)
    return {row.id: row.name for row in await store.fetch_all(query)}
