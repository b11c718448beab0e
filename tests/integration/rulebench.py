"""People and what they have, for tests of rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlmodel import SQLModel

from bot.records import Address, Case, Contact, Conversation, Purchase
from bot.records.base import table_of
from bot.store.port import Store
from scheduler.occurrences import Setting
from scheduler.rule_book import change, switch
from scheduler.rule_files import ready_rules
from scheduler.rules import Rule
from scheduler.segments import Members, Terms
from scheduler.segments import Setting as SegmentSetting
from tests.integration.storebench import new_id

LONG_AGO = datetime(2020, 1, 6, 9, tzinfo=UTC)
MEMBERS = Members(SegmentSetting(terms=Terms(currency="DZD"), zone=ZoneInfo("Africa/Algiers"), week_starts=6))
ALGERIA = Setting(timezone="Africa/Algiers", country="DZ", members=MEMBERS)
READY = ready_rules()


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


async def add(store: Store, model: type[SQLModel], *rows: Mapping[str, Any]) -> list[str]:
    """Insert rows; the ids are made where they are not given."""
    whole: list[dict[str, Any]] = [{"id": new_id(), "created_at": LONG_AGO} | dict(row) for row in rows]
    await store.write(lambda session: session.execute(insert(table_of(model)), whole))
    return [row["id"] for row in whole]


async def person(store: Store, phone: str = "", email: str = "", **more: Any) -> str:
    """A contact, with the addresses it can be reached at."""
    (contact,) = await add(
        store,
        Contact,
        {"source_channel": "sms", "tags": [], "fields": {}, "updated_at": LONG_AGO, "name": "Karim"} | more,
    )
    for channel, value in (("sms", phone), ("email", email)):
        if value:
            await add(store, Address, {"contact_id": contact, "channel": channel, "value": value})
    return contact


async def purchase(store: Store, contact: str, at: datetime, **more: Any) -> str:
    row = {
        "contact_id": contact,
        "at": at,
        "product": "B12",
        "amount": 1000,
        "quantity": 1,
        "currency": "DZD",
    }
    return (await add(store, Purchase, row | more))[0]


async def talk(store: Store, contact: str, address: str, at: datetime, **more: Any) -> str:
    row = {
        "account_id": "lab",
        "thread": address,
        "channel": "sms",
        "address": address,
        "contact_id": contact,
        "state": {},
        "last_inbound_at": at,
    }
    return (await add(store, Conversation, row | more))[0]


async def complaint(store: Store, contact: str, at: datetime, **more: Any) -> str:
    row = {
        "reference": f"RC-{new_id()}",
        "contact_id": contact,
        "conversation_id": "k",
        "channel": "sms",
        "phase": "enregistrement",
        "desk_id": "complaints",
        "summary": "",
        "object": "quality",
        "evidence": [],
        "notes": [],
        "received_at": at,
        "opened_at": at,
        "due_at": at,
        "due_explanation": "",
    }
    whole = {"id": new_id()} | row | more
    await store.write(lambda session: session.execute(insert(table_of(Case)), [whole]))
    return str(whole["id"])


async def turn_on(store: Store, name: str, now: datetime, **changes: Any) -> Rule:
    """Switch a ready rule on, with something changed of it."""
    made: dict[str, Any] = {"by": "test", "now": now}
    if changes:
        await store.write(lambda session: change(session, READY, name, changes, new_id=new_id(), **made))
    listed = await store.write(lambda session: switch(session, READY, name, on=True, new_id=new_id(), **made))
    return listed.rule


def in_days(day: date, hour: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
