"""Contacts changed by hand or by another system: checked like a file's cells, audited, never over someone's edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.contacts_data.cells import text_of
from bot.contacts_data.company_fields import read_field
from bot.contacts_data.contact_rows import blank_contact
from bot.contacts_data.dates import read_birthday
from bot.contacts_data.kinds import CHANNELS, MODES, ROLES
from bot.contacts_data.known import TELEPHONES, Known
from bot.contacts_data.phones import read_emails, read_phones
from bot.contacts_data.taking import Ways, read_country, read_text, read_timezone
from bot.contacts_data.unreadable import Unreadable
from bot.ids import IdMaker
from bot.records import Address, Agent, AuditEntry, Contact, Conversation, Organisation
from bot.records.base import table_of
from bot.store.changes import NotFound, NotPossible

TIERS: Final = ("none", "reply_only", "post_purchase", "periodic", "dedicated")
_CHOICES: Final = {
    "organisation_role": tuple(value for value, _ in ROLES),
    "mode": tuple(value for value, _ in MODES),
    "preferred_channel": tuple(value for value, _ in CHANNELS),
    "language": ("fr", "ar", "en"),
    "tier": TIERS,
}
_NOT_EMPTY: Final = ("tier",)
_IDS: Final[dict[str, type[Any]]] = {"organisation_id": Organisation, "owner_agent_id": Agent}
_addresses = table_of(Address).c


class EditRefused(NotPossible):
    """The text says why; `code` and `detail` for other languages: crossed, no_link, number_taken, address_taken."""

    def __init__(self, words: str, code: str, **detail: str) -> None:
        super().__init__(words)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Who changes something, when, and the ids it takes."""

    actor: str
    now: datetime
    ids: IdMaker


def checked(values: Mapping[str, Any], ways: Ways) -> dict[str, Any]:
    """The same values as the table keeps them; "" or None empties a column. Raises `Unreadable`."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name == "birthday":
            found |= _birthday(value, ways)
        elif name == "tags":
            found["tags"] = list(dict.fromkeys(read_text(tag, 64) for tag in value if text_of(tag)))
        elif name == "fields":
            found["fields"] = _company_fields(value, ways)
        elif name in _IDS or name == "external_id":
            found[name] = read_text(value) or None
        elif name in _CHOICES:
            found[name] = _choice(name, value)
        elif name in ("country", "timezone"):
            reader = read_country if name == "country" else read_timezone
            found[name] = reader(value) if text_of(value) else ""
        else:
            found[name] = read_text(value, 200)
    return found


def _birthday(value: Any, ways: Ways) -> dict[str, Any]:
    if not text_of(value):
        return {"born_on": None, "birthday": ""}
    text = text_of(value)
    born_on, birthday = read_birthday(
        f"--{text}" if len(text) == 5 and text[2] == "-" else text, today=ways.today
    )
    return {"born_on": born_on, "birthday": birthday}


def _choice(name: str, value: Any) -> str:
    known = _CHOICES[name]
    if value in known or (not value and name not in _NOT_EMPTY):
        return value or ""
    raise Unreadable("bad_choice", value=text_of(value), known=", ".join(known))


def _company_fields(given: Mapping[str, Any], ways: Ways) -> dict[str, Any]:
    """None stands for a field to be taken away."""
    known = {field.name: field for field in ways.fields}
    for name in given:
        if name not in known:
            raise Unreadable("bad_choice", value=name, known=", ".join(known) or "-")
    return {
        name: read_field(value, known[name], today=ways.today) if text_of(value) else None
        for name, value in given.items()
    }


def checked_address(channel: str, value: str, ways: Ways) -> tuple[str, str]:
    """As the channel's door keys it. Raises `Unreadable`."""
    known = [name for name, _ in CHANNELS]
    if channel not in known:
        raise Unreadable("bad_choice", value=channel, known=", ".join(known))
    if channel == "email":
        found = read_emails(value)
    elif channel in TELEPHONES:
        found = [phone.value for phone in read_phones(value, country=ways.country)]
    else:
        found = [read_text(value)]
    if len(found) != 1 or not found[0]:
        raise Unreadable("bad_email" if channel == "email" else "bad_phone", value=value)
    return channel, found[0]


def create_contact(
    session: Session, values: Mapping[str, Any], addresses: Sequence[tuple[str, str]], source: str, edit: Edit
) -> str:
    """A new contact; `values` and `addresses` are checked. Raises `NotPossible` where somebody has one of them."""
    contact = blank_contact(edit.ids.new(), edit.now, source) | _whole(values, {})
    _check_links(session, contact)
    _check_external(session, contact["external_id"], contact["id"])
    session.add(Contact(**contact))
    session.flush()
    for channel, value in dict.fromkeys(addresses):
        _reach(session, contact["id"], channel, value, edit)
    _note(session, edit, contact["id"], "contact_added", {"columns": sorted(values)})
    return str(contact["id"])


def edit_contact(
    session: Session, contact_id: str, values: Mapping[str, Any], version: int, edit: Edit
) -> None:
    """Raises `NotFound`; `NotPossible` where somebody else changed the contact since it was read."""
    contact = _contact(session, contact_id)
    if contact.version != version:
        raise EditRefused(
            f"somebody has changed this contact meanwhile (version {contact.version}, yours is {version}): "
            "read it again",
            "crossed",
        )
    whole = _whole(values, contact.fields)
    _check_links(session, whole)
    _check_external(session, whole.get("external_id"), contact_id)
    changed = sorted(name for name, value in whole.items() if getattr(contact, name) != value)
    for name in changed:
        setattr(contact, name, whole[name])
    if changed:
        contact.version += 1
        contact.updated_at = edit.now
        _note(session, edit, contact_id, "contact_changed", {"columns": changed})
        _heard_anew(session, contact_id)
        session.flush()


def _heard_anew(session: Session, contact_id: str) -> None:
    """What lanes remember of the contact is stale: a decision under way is made again."""
    conversations = table_of(Conversation)
    session.execute(
        update(conversations)
        .where(conversations.c.contact_id == contact_id)
        .values(version=conversations.c.version + 1)
    )


def add_address(session: Session, contact_id: str, address: tuple[str, str], edit: Edit) -> None:
    """Raises `NotFound`; `NotPossible` where it is somebody else's."""
    _contact(session, contact_id)
    if _reach(session, contact_id, *address, edit):
        _note(session, edit, contact_id, "address_added", {"channel": address[0]})


def remove_address(session: Session, contact_id: str, address: tuple[str, str], edit: Edit) -> None:
    """Raises `NotFound`. Conversations by this address stay in the timeline."""
    query = select(Address).where(
        _addresses.contact_id == contact_id, _addresses.channel == address[0], _addresses.value == address[1]
    )
    found = session.scalars(query).first()
    if found is None:
        raise NotFound(f"this contact has no such {address[0]} address")
    session.delete(found)
    _note(session, edit, contact_id, "address_removed", {"channel": address[0]})
    session.flush()


def _whole(values: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    whole = dict(values)
    if "fields" in whole:
        merged = {**fields, **whole["fields"]}
        whole["fields"] = {name: value for name, value in merged.items() if value is not None}
    return whole


def _contact(session: Session, contact_id: str) -> Contact:
    contact = session.get(Contact, contact_id, with_for_update=True)
    if contact is None:
        raise NotFound(f"there is no contact {contact_id}")
    return contact


def _check_links(session: Session, values: Mapping[str, Any]) -> None:
    for name, model in _IDS.items():
        if values.get(name) and session.get(model, values[name]) is None:
            what = name.removesuffix("_id").replace("_", " ")
            raise EditRefused(f"there is no {what} {values[name]}", "no_link", value=values[name])


def _check_external(session: Session, external_id: str | None, contact_id: str) -> None:
    contacts = table_of(Contact).c
    if external_id and session.scalar(
        select(contacts.id).where(contacts.external_id == external_id, contacts.id != contact_id)
    ):
        raise EditRefused(
            f"another contact has the external id {external_id}", "number_taken", value=external_id
        )


def _reach(session: Session, contact_id: str, channel: str, value: str, edit: Edit) -> bool:
    known = Known()
    known.take_addresses(session, [(channel, value)])
    owner = known.owner_of((channel, value))
    if owner not in (None, contact_id):
        raise EditRefused(
            f"{value} belongs to contact {owner} already", "address_taken", value=value, owner=str(owner)
        )
    if (channel, value) in known.exact:
        return False
    session.add(
        Address(id=edit.ids.new(), contact_id=contact_id, channel=channel, value=value, created_at=edit.now)
    )
    session.flush()
    return True


def _note(session: Session, edit: Edit, contact_id: str, action: str, detail: dict[str, Any]) -> None:
    session.add(
        AuditEntry(
            id=edit.ids.new(),
            at=edit.now,
            actor=edit.actor,
            action=action,
            object_kind="contact",
            object_id=contact_id,
            detail=detail,
        )
    )
