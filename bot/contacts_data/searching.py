"""Finding contacts by what a person types: a name, an address, a telephone in any spelling, a customer number."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from sqlalchemy import func, or_, select
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
    after: str = "",
    limit: int = 50,
) -> list[str]:
    """Ids in the order the contacts were added, after `after`."""
    query = select(_contacts.id).where(_contacts.id > after).order_by(_contacts.id).limit(limit)
    if organisation_id:
        query = query.where(_contacts.organisation_id == organisation_id)
    if owner_agent_id:
        query = query.where(_contacts.owner_agent_id == owner_agent_id)
    if words := clean_text(words):
        query = query.where(_matches(words, country))
    return list(session.scalars(query))


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
