"""What the database knows of the people a batch of rows is about, looked up in a handful of queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from bot.contacts_data.cells import folded
from bot.contacts_data.names import may_be_same
from bot.contacts_data.taking import Taken
from bot.records import Address, Agent, Contact, Organisation
from bot.records.base import table_of

TELEPHONES: Final = ("sms", "whatsapp", "phone")
"""Channels where the same number is the same telephone."""

_contacts = table_of(Contact).c
_addresses = table_of(Address).c
_organisations = table_of(Organisation).c
_agents = table_of(Agent).c


class Known:
    """Contacts by whatever identifies them; rows that are added join it."""

    def __init__(self) -> None:
        self.contacts: dict[str, dict[str, Any]] = {}
        self.by_external: dict[str, str] = {}
        self.by_address: dict[tuple[str, str], str] = {}
        self.exact: set[tuple[str, str]] = set()

    @classmethod
    def load(cls, session: Session, rows: Sequence[Taken], *, external: str = "external_id") -> Known:
        """`external`: the column that holds the contact's number in its own system."""
        known = cls()
        given = {str(row.values[external]) for row in rows if row.values.get(external)}
        known.take_addresses(session, {address for row in rows for address in row.addresses})
        ids = set(known.by_address.values())
        wanted = [_contacts.id.in_(ids)] if ids else []
        wanted += [_contacts.external_id.in_(given)] if given else []
        if wanted:
            for found in session.execute(select(table_of(Contact)).where(or_(*wanted))).mappings():
                known.add(dict(found))
        return known

    def take_addresses(self, session: Session, addresses: Collection[tuple[str, str]]) -> None:
        """Whose they are; a telephone number on any channel of telephones."""
        emails = [value for channel, value in addresses if channel not in TELEPHONES]
        numbers = [value for channel, value in addresses if channel in TELEPHONES]
        wanted = []
        if emails:
            channels = {channel for channel, _ in addresses} - set(TELEPHONES)
            wanted.append(and_(_addresses.channel.in_(channels), _addresses.value.in_(emails)))
        if numbers:
            wanted.append(and_(_addresses.channel.in_(TELEPHONES), _addresses.value.in_(numbers)))
        if wanted:
            query = select(_addresses.channel, _addresses.value, _addresses.contact_id).where(or_(*wanted))
            for channel, value, contact_id in session.execute(query):
                self.add_address(contact_id, (channel, value))

    def add(self, contact: dict[str, Any]) -> None:
        self.contacts[contact["id"]] = contact
        if contact["external_id"]:
            self.by_external[contact["external_id"]] = contact["id"]

    def add_address(self, contact_id: str, address: tuple[str, str]) -> None:
        self.exact.add(address)
        self.by_address.setdefault(_key(address), contact_id)

    def owner_of(self, address: tuple[str, str]) -> str | None:
        return self.by_address.get(_key(address))

    def match(self, row: Taken, *, external: str = "external_id", by_name: bool = True) -> str | None:
        """The contact a row is about: by its number, else by an address, unless the names speak against it."""
        number = row.values.get(external)
        if number and number in self.by_external:
            return self.by_external[number]
        for address in sorted(row.addresses, key=lambda each: each[0] != "email"):
            owner = self.contacts.get(self.owner_of(address) or "")
            if owner is None or (number and owner["external_id"]):
                continue
            if not by_name or may_be_same(row.values.get("name", ""), owner["name"]):
                return str(owner["id"])
        return None

    def name_of(self, contact_id: str | None) -> str:
        contact = self.contacts.get(contact_id or "", {})
        return contact.get("name") or contact.get("external_id") or "?"


def _key(address: tuple[str, str]) -> tuple[str, str]:
    return ("telephone" if address[0] in TELEPHONES else address[0], address[1])


def organisations_named(session: Session, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Organisations by folded name."""
    # SQLite's lower() knows ASCII only.
    variants = {
        form for name in names for form in (name.lower(), _ascii_lower(name), _ascii_lower(name.upper()))
    }
    if not variants:
        return {}
    query = select(table_of(Organisation)).where(func.lower(_organisations.name).in_(variants))
    return {folded(found["name"]): dict(found) for found in session.execute(query).mappings()}


def _ascii_lower(text: str) -> str:
    return "".join(char.lower() if char.isascii() else char for char in text)


def agents_by_name(session: Session) -> dict[str, str]:
    """Agents' ids by folded name, e-mail address and id."""
    rows = session.execute(select(_agents.id, _agents.name, _agents.email).where(_agents.active))
    return {folded(key): row.id for row in rows for key in (row.id, row.name, row.email)}
