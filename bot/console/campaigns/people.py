"""The people of a campaign: who is in which column, what became of one of them, and the file of all. No NiceGUI."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.contacts_data.searching import search_contacts
from bot.paper.sheet import Cell, csv_lines
from bot.records import Campaign, Contact, Recipient
from bot.records.base import table_of
from bot.store.port import Store
from scheduler.guards import shown_name

PAGE: Final = 50
FOUND: Final = 10  # contacts of a search
_AT_ONCE: Final = 2_000  # rows of the file in one statement
_recipients, _contacts, _campaigns = table_of(Recipient).c, table_of(Contact).c, table_of(Campaign).c


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A contact of a campaign, and what became of their message."""

    id: str
    contact_id: str
    name: str
    status: str
    reason: str
    detail: str
    channel: str
    address: str
    variant: str
    due_at: datetime
    settled_at: datetime | None
    cost: Decimal
    opened_at: datetime | None
    clicked_at: datetime | None
    replied_at: datetime | None
    converted_at: datetime | None
    opted_out_at: datetime | None
    income: Decimal | None


def people(
    session: Session,
    campaign_ids: Sequence[str],
    *,
    status: str = "",
    reason: str | None = None,
    contacts: Sequence[str] = (),
    after: str = "",
    limit: int = PAGE,
) -> list[Person]:
    """In the order of their rows, after the row `after`."""
    table = table_of(Recipient)
    named = table.outerjoin(table_of(Contact), _contacts.id == _recipients.contact_id)
    query = (
        select(table, _contacts.name.label("name"), _contacts.mode.label("mode"))
        .select_from(named)
        .where(_recipients.campaign_id.in_(campaign_ids), _recipients.id > after)
        .order_by(_recipients.id)
        .limit(limit)
    )
    if status:
        query = query.where(_recipients.status == status)
    if reason is not None:
        query = query.where(_recipients.reason == reason)
    if contacts:
        query = query.where(_recipients.contact_id.in_(contacts))
    return [_person(row) for row in session.execute(query)]


def _person(row: Any) -> Person:
    given = {name: getattr(row, name) for name in Person.__slots__ if name != "name"}
    return Person(name=shown_name(row.name or "", row.mode or ""), **given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A contact that a search found."""

    id: str
    name: str


def known(session: Session, words: str, country: str) -> list[Known]:
    """Contacts by name, address or number."""
    ids = search_contacts(session, words, country=country, limit=FOUND)
    rows = session.execute(select(_contacts.id, _contacts.name, _contacts.mode).where(_contacts.id.in_(ids)))
    return sorted(
        (Known(id=row.id, name=shown_name(row.name, row.mode)) for row in rows), key=lambda each: each.id
    )


def runs_of(session: Session, campaign_id: str) -> list[str]:
    """The campaign itself and, of a series, its runs."""
    runs = session.scalars(select(_campaigns.id).where(_campaigns.series_id == campaign_id))
    return [campaign_id, *runs]


HEADS: Final = (
    "name", "contact", "status", "reason", "channel", "address", "variant", "due", "settled", "cost", "opened",
    "clicked", "replied", "converted", "opted_out", "income",
)  # fmt: skip


async def as_csv(
    store: Store,
    campaign_ids: Sequence[str],
    *,
    language: str,
    heads: Sequence[str],
    say: Callable[[str, str, str], tuple[str, str]],
) -> bytes:
    """Everybody, a row each. `say` gives the words of a state and of a reason, from status, reason and detail."""
    pieces: list[bytes] = []
    rows: list[Sequence[Cell]] = [heads]
    after = ""
    while True:
        found = await store.read(
            lambda session, after=after: people(session, campaign_ids, after=after, limit=_AT_ONCE)  # type: ignore[misc]
        )
        rows += [_cells(each, say) for each in found]
        written = b"".join(csv_lines(rows, language=language))
        pieces.append(written if not pieces else written.removeprefix("\ufeff".encode()))
        if len(found) < _AT_ONCE:
            return b"".join(pieces)
        after, rows = found[-1].id, []


def _cells(each: Person, say: Callable[[str, str, str], tuple[str, str]]) -> Sequence[Cell]:
    status, reason = say(each.status, each.reason, each.detail)
    return (
        each.name, each.contact_id, status, reason, each.channel, each.address, each.variant, each.due_at,
        each.settled_at, each.cost, each.opened_at, each.clicked_at, each.replied_at, each.converted_at,
        each.opted_out_at, each.income,
    )  # fmt: skip
