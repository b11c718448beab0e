"""What a page changes of a contact: read field by field, so that each mistake is told where it was made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.consents import write_word
from bot.contacts_data.cells import folded, text_of
from bot.contacts_data.desk import CustomerData
from bot.contacts_data.editing import Edit, checked, checked_address, create_contact, edit_contact
from bot.contacts_data.faults import say
from bot.contacts_data.known import organisations_named
from bot.contacts_data.taking import Ways
from bot.contacts_data.unreadable import Unreadable
from bot.records import Contact, Organisation
from channels.text import clean_text

FIELD: Final = "field:"
TEXTS: Final = ("name", "birthday", "timezone", "country", "zone", "organisation", "external_id", "tags")
MAX_WORDING: Final = 2_000


class WordMissing(Exception):
    """A consent that can't be proved: `code` says what lacks."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True, kw_only=True)
class Read:
    """Values as the table keeps them, or what is wrong with which field."""

    values: dict[str, Any] = field(default_factory=dict)
    organisation: str | None = None  # a name; "" for none
    wrong: dict[str, str] = field(default_factory=dict)


def as_typed(contact: Contact, organisation: str, own: Iterable[str]) -> dict[str, str]:
    """What a form begins with."""
    born = contact.born_on.isoformat() if contact.born_on else contact.birthday
    typed = {
        name: getattr(contact, name) or ""
        for name in (
            "name", "language", "timezone", "country", "zone", "organisation_role", "owner_agent_id",
            "preferred_channel", "external_id", "tier", "mode",
        )
    }  # fmt: skip
    typed |= {"birthday": born, "organisation": organisation, "tags": ", ".join(contact.tags)}
    for name in own:
        value = contact.fields.get(name)
        typed[FIELD + name] = "" if value is None else _plain(value)
    return typed


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def read_form(typed: Mapping[str, str], before: Mapping[str, str], ways: Ways, language: str) -> Read:
    """Only what was changed, each field by itself."""
    found = Read()
    for name, value in typed.items():
        value = clean_text(value)
        if value == before.get(name, ""):
            continue
        try:
            if name == "organisation":
                found.organisation = text_of(value)[:255]
            elif name == "tags":
                parts = [
                    part for part in value.replace("،", ",").replace(";", ",").split(",") if part.strip()
                ]
                found.values |= checked({"tags": [part.strip() for part in parts]}, ways)
            elif name.startswith(FIELD):
                own = checked({"fields": {name.removeprefix(FIELD): value}}, ways)["fields"]
                found.values.setdefault("fields", {}).update(own)
            else:
                found.values |= checked({name: value}, ways)
        except Unreadable as error:
            found.wrong[name] = say(error.code, error.detail, language)
    return found


def keep(session: Session, contact_id: str, read: Read, version: int, edit: Edit) -> None:
    """Raises `NotFound`, `EditRefused`."""
    edit_contact(session, contact_id, _with_organisation(session, read, edit), version, edit)


def add(session: Session, read: Read, addresses: list[tuple[str, str]], source: str, edit: Edit) -> str:
    """Raises `EditRefused` where somebody has one of the addresses."""
    return create_contact(session, _with_organisation(session, read, edit), addresses, source, edit)


def _with_organisation(session: Session, read: Read, edit: Edit) -> dict[str, Any]:
    """The company of a name; one that nobody knows yet is made."""
    values = dict(read.values)
    if read.organisation is None:
        return values
    name = read.organisation
    known = organisations_named(session, {name}).get(folded(name)) if name else None
    if name and known is None:
        made = Organisation(id=edit.ids.new(), name=name, country="", created_at=edit.now)
        session.add(made)
        session.flush()
        return values | {"organisation_id": made.id}
    return values | {"organisation_id": known["id"] if known else None}


def read_address(customers: CustomerData, channel: str, value: str) -> tuple[str, str]:
    """As its door keys it. Raises `Unreadable`."""
    return checked_address(channel, clean_text(value), customers.ways())


def spoken_at(day: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a word said on a day: now for today, noon for one before. Raises `WordMissing`."""
    try:
        said = datetime.combine(datetime.fromisoformat(day).date(), time(12), tzinfo=zone)
    except ValueError:
        raise WordMissing("day") from None
    today = now.astimezone(zone).date()
    if said.date() > today:
        raise WordMissing("ahead")
    return now if said.date() == today else said


def write_spoken(
    session: Session,
    word_id: str,
    contact_id: str,
    *,
    channel: str,
    purpose: str,
    granted: bool,
    at: datetime,
    wording: str,
) -> bool:
    """A word said to a person. Raises `NotFound`, `WordMissing` without the words they said it with."""
    words = clean_text(wording).strip()
    if len(words) < 3:
        raise WordMissing("wording")
    return write_word(
        session,
        word_id,
        contact_id,
        channel=channel,
        purpose=purpose,
        granted=granted,
        at=at,
        source="agent",
        wording=words[:MAX_WORDING],
    )
