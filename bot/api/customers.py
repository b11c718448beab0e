"""What customers bought, were offered, own, collect, wait for and like; and the companies they belong to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import AwareDatetime, BaseModel, Field, StringConstraints
from sqlalchemy import func, select

from bot.api.access import Limit, LineOut, StoreDep, aware, caller
from bot.contacts_data.contact_rows import Batch
from bot.contacts_data.customer_rows import KEPT, write_rows
from bot.contacts_data.desk import CustomerData
from bot.contacts_data.editing import checked_address
from bot.contacts_data.faults import say
from bot.contacts_data.kinds import ImportKind
from bot.contacts_data.taking import Taken, as_money, read_country
from bot.contacts_data.unreadable import Unreadable
from bot.records import Contact, Conversation, Message, Organisation
from bot.records.base import table_of
from bot.store.changes import NotFound, NotPossible
from channels.text import clean_text

router = APIRouter()

Text = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Note = Annotated[str, StringConstraints(max_length=5_000)]
Money = Annotated[Decimal, Field(max_digits=14, decimal_places=3)]
Whole = Annotated[int, Field(ge=-(2**31), lt=2**31)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


def customers_of(request: Request) -> CustomerData:
    customers: CustomerData = request.app.state.customers
    return customers


CustomersDep = Annotated[CustomerData, Depends(customers_of)]
CallerDep = Annotated[str, Depends(caller)]


class About(BaseModel, extra="forbid"):
    """Whose it is: by our id, by the number in the caller's system, or by an address."""

    contact_id: Text | None = None
    contact_external_id: Text | None = None
    email: Text | None = None
    phone: Text | None = None


class PurchaseIn(About):
    external_id: Text | None = Field(
        None, description="The line's number in your system: sent twice, kept once."
    )
    order_ref: Text | None = None
    at: AwareDatetime
    product: Text
    product_range: Text | None = None
    quantity: Money | None = None
    amount: Money = Field(description="Of the line, tax included.")
    currency: Currency | None = None
    channel: Text | None = None
    status: Literal["ordered", "delivered", "cancelled", "returned"] | None = None
    delivered_at: AwareDatetime | None = None


class QuoteIn(About):
    external_id: Text | None = None
    reference: Text
    issued_at: AwareDatetime
    valid_until: date | None = None
    amount: Money
    currency: Currency | None = None
    summary: Note | None = None
    status: Literal["open", "accepted", "refused", "expired"] | None = None


class EquipmentIn(About):
    external_id: Text | None = None
    product: Text
    serial: Text | None = None
    installed_on: date | None = None
    service_every_months: Annotated[int, Field(ge=1, le=600)] | None = None
    last_service_on: date | None = None
    next_service_on: date | None = None


class LoyaltyIn(About):
    number: Text
    points: Whole | None = None
    rewards: Whole | None = None
    opened_on: date | None = None
    expires_on: date | None = None
    renewed_on: date | None = None


class WaitingIn(About):
    product: Text
    quantity: Money | None = None
    at: AwareDatetime | None = None
    status: Literal["waiting", "told", "bought", "left"] | None = None


class InterestIn(About):
    topic: Text
    source: Text | None = None
    at: AwareDatetime | None = None


class OrganisationIn(BaseModel, extra="forbid"):
    name: Text
    country: Text | None = None
    owner: Text | None = Field(None, description="An agent's id, name or e-mail address.")


class KeptOut(BaseModel):
    id: str
    result: Literal["added", "changed", "unchanged"]


class MemberOut(BaseModel):
    id: str
    name: str
    role: str


class OrganisationOut(BaseModel):
    id: str
    name: str
    country: str
    owner_agent_id: str | None
    created_at: datetime
    contacts: list[MemberOut] = Field(description="Its first 200 contacts, with their roles.")


@router.post("/purchases")
async def keep_purchase(given: PurchaseIn, store: StoreDep, customers: CustomersDep) -> KeptOut:
    """Add a line of an order, or bring the same one up to date."""
    return await _keep("purchases", given, store, customers)


@router.post("/quotes")
async def keep_quote(given: QuoteIn, store: StoreDep, customers: CustomersDep) -> KeptOut:
    """Add a quote, or bring the same one up to date."""
    return await _keep("quotes", given, store, customers)


@router.post("/equipment")
async def keep_equipment(given: EquipmentIn, store: StoreDep, customers: CustomersDep) -> KeptOut:
    """Add a machine or vehicle, or bring the same one up to date."""
    return await _keep("equipment", given, store, customers)


@router.post("/loyalty")
async def keep_card(given: LoyaltyIn, store: StoreDep, customers: CustomersDep) -> KeptOut:
    """Add a loyalty card, or bring the same one up to date."""
    return await _keep("loyalty", given, store, customers)


@router.post("/waiting")
async def keep_place(given: WaitingIn, store: StoreDep, customers: CustomersDep) -> KeptOut:
    """Add a place in a product's waiting list, or bring the same one up to date."""
    return await _keep("waiting", given, store, customers)


@router.post("/interests")
async def keep_interest(given: InterestIn, store: StoreDep, customers: CustomersDep) -> KeptOut:
    """Note a subject the contact wants to hear of."""
    return await _keep("interests", given, store, customers)


def _lists(kind: ImportKind) -> Callable[..., Awaitable[list[dict[str, Any]]]]:
    table = table_of(KEPT[kind].model)

    async def list_rows(
        store: StoreDep,
        contact_id: str = "",
        after: Annotated[str, Query(description="The last id of the page before.")] = "",
        limit: Limit = 50,
    ) -> list[dict[str, Any]]:
        """In the order they were added; of one contact, or of all."""
        query = select(table).where(table.c.id > after).order_by(table.c.id).limit(limit)
        if contact_id:
            query = query.where(table.c.contact_id == contact_id)
        return [dict(row._mapping) for row in await store.fetch_all(query)]

    return list_rows


for _kind in KEPT:
    router.get(f"/{_kind}", name=f"list_{_kind}")(_lists(_kind))


@router.post("/organisations")
async def keep_organisation(given: OrganisationIn, store: StoreDep, customers: CustomersDep) -> KeptOut:
    """Add a company, or bring the one of that name up to date."""
    values = given.model_dump(exclude_none=True)
    if "country" in values:
        values["country"] = _readable(lambda: read_country(values["country"]))
    return await _write("organisations", Taken(line=0, values=_cleaned(values)), store, customers)


@router.get("/organisations")
async def list_organisations(
    store: StoreDep, name: str = "", after: str = "", limit: Limit = 50
) -> list[OrganisationOut]:
    """In the order they were added; `name`: those that begin so."""
    table = table_of(Organisation)
    query = select(table).where(table.c.id > after).order_by(table.c.id).limit(limit)
    if name:
        query = query.where(func.lower(table.c.name).startswith(name.lower(), autoescape=True))
    return [
        OrganisationOut(**row._mapping, contacts=await _members(store, row.id))
        for row in await store.fetch_all(query)
    ]


@router.get("/organisations/{organisation_id}")
async def show_organisation(organisation_id: str, store: StoreDep) -> OrganisationOut:
    """A company, its owner and its contacts."""
    table = table_of(Organisation)
    rows = await store.fetch_all(select(table).where(table.c.id == organisation_id))
    if not rows:
        raise NotFound(f"there is no organisation {organisation_id}")
    return OrganisationOut(**rows[0]._mapping, contacts=await _members(store, organisation_id))


class OrganisationLineOut(LineOut):
    contact_id: str
    contact_name: str


@router.get("/organisations/{organisation_id}/timeline")
async def organisation_timeline(
    organisation_id: str, store: StoreDep, before: datetime | None = None, limit: Limit = 100
) -> list[OrganisationLineOut]:
    """What was said with any of its contacts on any channel, the newest `limit` before `before`, oldest first."""
    messages, conversations = table_of(Message).c, table_of(Conversation).c
    contacts = table_of(Contact).c
    query = (
        select(
            table_of(Message),
            conversations.channel,
            contacts.id.label("contact_id"),
            contacts.name.label("contact_name"),
        )
        .join(table_of(Conversation), conversations.id == messages.conversation_id)
        .join(table_of(Contact), contacts.id == conversations.contact_id)
        .where(contacts.organisation_id == organisation_id)
        .order_by(messages.created_at.desc(), messages.id.desc())
        .limit(limit)
    )
    if before:
        query = query.where(messages.created_at < aware(before))
    return [
        OrganisationLineOut(
            at=row.created_at,
            **{name: getattr(row, name) for name in OrganisationLineOut.model_fields if name != "at"},
        )
        for row in reversed(await store.fetch_all(query))
    ]


async def _members(store: StoreDep, organisation_id: str) -> list[MemberOut]:
    contacts = table_of(Contact).c
    query = (
        select(contacts.id, contacts.name, contacts.organisation_role)
        .where(contacts.organisation_id == organisation_id)
        .order_by(contacts.id)
        .limit(200)
    )
    return [
        MemberOut(id=row.id, name=row.name, role=row.organisation_role)
        for row in await store.fetch_all(query)
    ]


async def _keep(kind: ImportKind, given: About, store: StoreDep, customers: CustomersDep) -> KeptOut:
    values = given.model_dump(exclude_none=True)
    addresses = [
        _readable(
            lambda channel=channel, name=name: checked_address(channel, values.pop(name), customers.ways())
        )
        for name, channel in (("email", "email"), ("phone", "sms"))
        if name in values
    ]
    if not addresses and not values.keys() & {"contact_id", "contact_external_id"}:
        raise HTTPException(422, "say whose it is: contact_id, contact_external_id, email or phone")
    if contact_id := values.get("contact_id"):
        contacts = table_of(Contact).c
        if not await store.fetch_all(select(contacts.id).where(contacts.id == contact_id)):
            raise NotFound(f"there is no contact {contact_id}")
    values = as_money(_cleaned(values), customers.settings.currency)
    return await _write(kind, Taken(line=0, values=values, addresses=addresses), store, customers)


async def _write(kind: ImportKind, taken: Taken, store: StoreDep, customers: CustomersDep) -> KeptOut:
    edit = customers.edit("api")
    batch = Batch(
        policy="update",
        ids=edit.ids,
        now=edit.now,
        file_name="API",
        suppressed=customers.settings.suppressed,
    )
    done = await store.write(lambda session: write_rows(session, kind, [taken], batch))
    faults = [fault for _, fault in done.faults]
    if faults:
        raise NotPossible(say(faults[0].code, faults[0].detail, "en"))
    result: Literal["added", "changed", "unchanged"] = (
        "added" if done.added else "changed" if done.changed else "unchanged"
    )
    return KeptOut(id=done.ids[0], result=result)


def _cleaned(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: clean_text(value) if isinstance(value, str) else value for name, value in values.items()}


def _readable(read: Any) -> Any:
    """What a reader of cells can't read is the caller's error."""
    try:
        return read()
    except Unreadable as error:
        raise HTTPException(422, say(error.code, error.detail, "en")) from error
