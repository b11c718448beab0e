"""What a segment is used by, and how its members can be reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from bot.records import Address, Campaign, Contact
from bot.records.base import table_of
from bot.store.changes import NotPossible
from scheduler.consent import Purpose
from scheduler.standings import granted, refused

_UNDER_WAY: Final = ("draft", "planned", "running", "paused")
_DEAD: Final = ("hard_bounce", "blocked")
_contacts = table_of(Contact).c
_addresses = table_of(Address).c
_campaigns = table_of(Campaign).c


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A campaign that names the segment and has not ended."""

    id: str
    name: str
    status: str


class InUse(NotPossible):
    """The segment is used: `uses` says by what."""

    def __init__(self, uses: list[Use]) -> None:
        names = ", ".join(f"{use.name} ({use.status})" for use in uses)
        super().__init__(f"this segment is used by campaigns that have not ended: {names}")
        self.uses = uses


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Members of a segment with an address on a channel that works, and what they said about a purpose there."""

    channel: str
    contacts: int
    agreed: int
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    doors: tuple[Door, ...]  # the most contacts first
    nowhere: int  # members without any address that works


def uses_of(session: Session, name: str) -> list[Use]:
    query = (
        select(_campaigns.id, _campaigns.name, _campaigns.status)
        .where(_campaigns.status.in_(_UNDER_WAY), _campaigns.definition["segment"].as_string() == name)
        .order_by(_campaigns.name)
        .limit(50)
    )
    return [Use(id=row.id, name=row.name, status=row.status) for row in session.execute(query)]


def reach_of(session: Session, members: ColumnElement[bool], purpose: Purpose, now: datetime) -> Reach:
    """`members`: the condition on `contacts`, for all of them at once."""
    # A channel may have several addresses of one contact: they count once.
    found = (
        select(_contacts.id, _addresses.channel)
        .select_from(table_of(Contact))
        .outerjoin(
            table_of(Address),
            and_(_addresses.contact_id == _contacts.id, _addresses.state.not_in(_DEAD)),
        )
        .where(members)
        .distinct()
        .cte("reached")
    )
    yes = granted(found.c.id, found.c.channel, purpose, now)
    no = refused(found.c.id, found.c.channel, purpose, now)
    query = select(
        found.c.channel,
        func.count().label("contacts"),
        func.sum(case((yes, 1), else_=0)).label("agreed"),
        func.sum(case((no, 1), else_=0)).label("refused"),
    ).group_by(found.c.channel)
    rows = session.execute(query).all()
    doors = [
        Door(channel=row.channel, contacts=row.contacts, agreed=int(row.agreed), refused=int(row.refused))
        for row in rows
        if row.channel is not None
    ]
    return Reach(
        doors=tuple(sorted(doors, key=lambda door: (-door.contacts, door.channel))),
        nowhere=sum(row.contacts for row in rows if row.channel is None),
    )
