"""Finding contacts by what a person types: a name, an address, a telephone in any spelling, a customer number."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from bot.contacts_data.phones import read_phones
from bot.contacts_data.unreadable import Unreadable
from bot.records import Address, Contact
from bot.records.base import table_of
from channels.text import clean_text

_contacts = table_of(Contact).c
_addresses = table_of(Address).c


def search_contacts(
    session: Session,
    words: str,
    *,
    country: str = "",
    organisation_id: str = "",
    owner_agent_id: str = "",
    where: ColumnElement[bool] | None = None,
    after: str = "",
    newest: bool = False,
    limit: int = 50,
) -> list[str]:
    """Ids in the order the contacts were added, or the newest first; those after `after`."""
    query = _found(words, country, organisation_id, owner_agent_id, where).limit(limit)
    if after:
        query = query.where(_contacts.id < after if newest else _contacts.id > after)
    return list(session.scalars(query.order_by(_contacts.id.desc() if newest else _contacts.id)))


def count_contacts(
    session: Session, words: str, *, country: str = "", where: ColumnElement[bool] | None = None
) -> int:
    """How many a search finds in all: it looks at every contact."""
    return int(
        session.scalar(select(func.count()).select_from(_found(words, country, where=where).subquery())) or 0
    )


def _found(
    words: str,
    country: str,
    organisation_id: str = "",
    owner_agent_id: str = "",
    where: ColumnElement[bool] | None = None,
) -> Select[tuple[str]]:
    query = select(_contacts.id)
    if organisation_id:
        query = query.where(_contacts.organisation_id == organisation_id)
    if owner_agent_id:
        query = query.where(_contacts.owner_agent_id == owner_agent_id)
    if words := clean_text(words):
        query = query.where(_matches(words, country))
    return query if where is None else query.where(where)


def _matches(words: str, country: str) -> Any:
    values = {words, words.casefold()}
    with suppress(Unreadable):
        values |= {phone.value for phone in read_phones(words, country=country)}
    by_address = select(_addresses.contact_id).where(_addresses.value.in_(values))
    name = func.lower(_contacts.name)
    # SQLite's lower() leaves accents and Arabic as they are: the words are tried as typed, too.
    named = or_(
        name.contains(words.lower(), autoescape=True), _contacts.name.contains(words, autoescape=True)
    )
    return or_(_contacts.id.in_(by_address), _contacts.external_id == words, _contacts.id == words, named)
