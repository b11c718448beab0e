"""Contacts: one timeline over all their channels, and suggestions that two of them are one person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import select

from bot.api.access import Ask, Limit, LineOut, PeopleDep, StoreDep, aware
from bot.api.customers import CallerDep, CustomersDep
from bot.contacts_data.editing import (
    add_address,
    checked,
    checked_address,
    create_contact,
    edit_contact,
    remove_address,
)
from bot.contacts_data.faults import say
from bot.contacts_data.searching import search_contacts
from bot.contacts_data.unreadable import Unreadable
from bot.records import Address, Contact, Conversation, Message, SamePerson
from bot.records.base import table_of
from bot.store.changes import NotFound
from channels.text import clean_text

_contacts = table_of(Contact).c
_addresses = table_of(Address).c
_conversations = table_of(Conversation).c
_messages = table_of(Message).c
_pairs = table_of(SamePerson).c

router = APIRouter()

Status = Literal["open", "merged", "dismissed", "undone"]


class AddressOut(BaseModel):
    channel: str
    value: str
    state: str


class ContactOut(BaseModel):
    id: str
    name: str
    language: str
    addresses: list[AddressOut]
    timezone: str
    country: str
    zone: str
    organisation_id: str | None
    organisation_role: str
    owner_agent_id: str | None
    source_channel: str
    preferred_channel: str
    external_id: str | None
    born_on: date | None
    birthday: str = Field(description="Month and day, 03-05, also where the year is not known.")
    stage: str
    tier: str
    mode: str
    tags: list[str]
    fields: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    version: int


Short = Annotated[str, StringConstraints(max_length=255)]


class AddressIn(BaseModel, extra="forbid"):
    channel: Short = Field(description="email, sms, whatsapp, telegram, webchat, phone or post.")
    value: Annotated[str, StringConstraints(min_length=1, max_length=255)]


class ContactValues(BaseModel, extra="forbid"):
    """What may be set by hand; "" or null empties it. Stage is computed every night."""

    name: Short | None = None
    language: Short | None = None
    timezone: Short | None = None
    country: Short | None = None
    zone: Short | None = None
    organisation_id: Short | None = None
    organisation_role: Short | None = Field(
        None, description="decider, buyer, user, prescriber, adviser or filter."
    )
    owner_agent_id: Short | None = None
    preferred_channel: Short | None = None
    external_id: Short | None = None
    birthday: Short | None = Field(None, description="1985-03-05, or 03-05 where the year is not known.")
    tier: Short | None = None
    mode: Short | None = Field(None, description="low_contact, discreet, or empty.")
    tags: Annotated[list[Short], Field(max_length=50)] | None = None
    fields: Annotated[dict[str, str | bool | int | float | None], Field(max_length=100)] | None = Field(
        None, description="The company's own, as contacts.fields of the configuration names them."
    )


class ContactIn(ContactValues):
    addresses: Annotated[list[AddressIn], Field(max_length=50)] = []
    source: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,32}$")] = Field(
        "api", description="Where the first contact was: phone, trade_fair, point_of_sale …"
    )


class ContactPatch(ContactValues):
    version: int = Field(description="Of the contact as you read it: a newer one is never overwritten.")


class SamePersonOut(BaseModel):
    id: str
    contact: ContactOut
    other: ContactOut
    evidence: list[dict[str, str]]
    status: Status
    created_at: datetime
    decided_by: str


@router.get("/contacts")
async def list_contacts(
    store: StoreDep,
    customers: CustomersDep,
    q: Annotated[str, Query(max_length=200, description="Part of a name, an address or a number.")] = "",
    organisation_id: str = "",
    owner_agent_id: str = "",
    after: Annotated[str, Query(description="The last id of the page before.")] = "",
    limit: Limit = 50,
) -> list[ContactOut]:
    """In the order they were added, a page at a time."""
    ids = await store.read(
        lambda session: search_contacts(
            session,
            q,
            country=customers.settings.country,
            organisation_id=organisation_id,
            owner_agent_id=owner_agent_id,
            after=after,
            limit=limit,
        )
    )
    known = await _contacts_of(store, set(ids))
    return [known[contact_id] for contact_id in ids]


@router.post("/contacts", status_code=201)
async def add_contact(
    given: ContactIn, store: StoreDep, customers: CustomersDep, who: CallerDep
) -> ContactOut:
    """A new contact; 409 where somebody has one of the addresses already."""
    values, ways = given.model_dump(exclude_unset=True, exclude={"addresses", "source"}), customers.ways()
    addresses: Sequence[tuple[str, str]]
    try:
        addresses = [checked_address(each.channel, each.value, ways) for each in given.addresses]
        ready = checked(values, ways)
    except Unreadable as error:
        raise HTTPException(422, say(error.code, error.detail, "en")) from error
    edit = customers.edit(f"api:{who}")
    made = await store.write(lambda session: create_contact(session, ready, addresses, given.source, edit))
    return (await _contacts_of(store, {made}))[made]


@router.patch("/contacts/{contact_id}")
async def change_contact(
    contact_id: str, given: ContactPatch, store: StoreDep, customers: CustomersDep, who: CallerDep
) -> ContactOut:
    """Change what is named and leave the rest; 409 where somebody else was faster."""
    values = given.model_dump(exclude_unset=True, exclude={"version"})
    try:
        ready = checked(values, customers.ways())
    except Unreadable as error:
        raise HTTPException(422, say(error.code, error.detail, "en")) from error
    edit = customers.edit(f"api:{who}")
    await store.write(lambda session: edit_contact(session, contact_id, ready, given.version, edit))
    return (await _contacts_of(store, {contact_id}))[contact_id]


@router.post("/contacts/{contact_id}/addresses")
async def reach_contact(
    contact_id: str, given: AddressIn, store: StoreDep, customers: CustomersDep, who: CallerDep
) -> ContactOut:
    """One more way to reach the contact; 409 where it is somebody else's."""
    address = _address(given, customers)
    edit = customers.edit(f"api:{who}")
    await store.write(lambda session: add_address(session, contact_id, address, edit))
    return (await _contacts_of(store, {contact_id}))[contact_id]


@router.delete("/contacts/{contact_id}/addresses/{channel}/{value:path}")
async def forget_address(
    contact_id: str, channel: str, value: str, store: StoreDep, customers: CustomersDep, who: CallerDep
) -> ContactOut:
    """Take an address away; what was said by it stays in the timeline."""
    edit = customers.edit(f"api:{who}")
    await store.write(lambda session: remove_address(session, contact_id, (channel, value), edit))
    return (await _contacts_of(store, {contact_id}))[contact_id]


def _address(given: AddressIn, customers: CustomersDep) -> tuple[str, str]:
    try:
        return checked_address(given.channel, given.value, customers.ways())
    except Unreadable as error:
        raise HTTPException(422, say(error.code, error.detail, "en")) from error


@router.get("/contacts/{contact_id}")
async def show_contact(contact_id: str, store: StoreDep) -> ContactOut:
    """Who it is, and how to reach them."""
    return (await _contacts_of(store, {contact_id}))[contact_id]


@router.get("/contacts/{contact_id}/timeline")
async def timeline(
    contact_id: str, store: StoreDep, before: datetime | None = None, limit: Limit = 100
) -> list[LineOut]:
    """Everything said with a contact on every channel, the newest `limit` before `before`, oldest first."""
    query = (
        select(table_of(Message), _conversations.channel)
        .join(table_of(Conversation), _conversations.id == _messages.conversation_id)
        .where(_conversations.contact_id == contact_id)
        .order_by(_messages.created_at.desc(), _messages.id.desc())
        .limit(limit)
    )
    if before:
        query = query.where(_messages.created_at < aware(before))
    rows = await store.fetch_all(query)
    if not rows:
        await _contacts_of(store, {contact_id})
    return [
        LineOut(
            at=row.created_at,
            **{name: getattr(row, name) for name in LineOut.model_fields if name != "at"},
        )
        for row in reversed(rows)
    ]


@router.get("/same-person")
async def list_suggestions(
    store: StoreDep, status: Annotated[Status, Query()] = "open", limit: Limit = 50
) -> list[SamePersonOut]:
    """Contacts that may be one person, and why; the newest first."""
    query = (
        select(table_of(SamePerson))
        .where(_pairs.status == status)
        .order_by(_pairs.created_at.desc())
        .limit(limit)
    )
    rows = await store.fetch_all(query)
    known = await _contacts_of(store, {each for row in rows for each in (row.contact_id, row.other_id)})
    return [
        SamePersonOut(
            id=row.id,
            contact=known[row.contact_id],
            other=known[row.other_id],
            evidence=row.evidence,
            status=row.status,
            created_at=row.created_at,
            decided_by=row.decided_by,
        )
        for row in rows
    ]


@router.post("/same-person/{pair_id}/{decision}", status_code=204)
async def decide(
    pair_id: str, decision: Literal["merge", "dismiss", "undo"], ask: Ask, people: PeopleDep
) -> None:
    """Join the two, keep them apart for good, or take a join back."""
    await people.decide_same_person(pair_id, decision, agent=clean_text(ask.agent))


async def _contacts_of(store: StoreDep, ids: set[str]) -> dict[str, ContactOut]:
    contacts = await store.fetch_all(select(table_of(Contact)).where(_contacts.id.in_(ids)))
    addresses = await store.fetch_all(
        select(table_of(Address)).where(_addresses.contact_id.in_(ids)).order_by(_addresses.id)
    )
    known = {
        row.id: ContactOut(
            **{name: getattr(row, name) for name in ContactOut.model_fields if name != "addresses"},
            addresses=[
                AddressOut(channel=address.channel, value=address.value, state=address.state)
                for address in addresses
                if address.contact_id == row.id
            ],
        )
        for row in contacts
    }
    for missing in ids - known.keys():
        raise NotFound(f"there is no contact {missing}")
    return known
