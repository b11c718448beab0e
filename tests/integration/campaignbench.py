"""A company with many contacts, its campaigns, and a provider that takes what the outbox holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from bot.campaign_desk import Audiences
from bot.clock import ManualClock
from bot.ids import IdMaker
from bot.records import Address, Campaign, Consent, Contact, OutboxMessage, Recipient
from bot.records.base import table_of
from bot.segments import Setting
from bot.store.port import OutboxRow, Store
from bot.templating import CompanyFacts, Templates
from scheduler.campaigns import book
from scheduler.campaigns.book import Action, Mailing
from scheduler.campaigns.definition import Definition
from scheduler.campaigns.planning import Freezer, plan_campaign
from scheduler.campaigns.ports import LinkMaker, PlannedLine
from scheduler.campaigns.reckoning import Reckoning, reckon
from scheduler.campaigns.sending import CampaignSender
from scheduler.campaigns.tending import Tender
from scheduler.campaigns.writing import Writer
from scheduler.gate import Gate
from scheduler.guard_text import Prices, Texts
from scheduler.guards import Limits
from scheduler.quiet import Calm, zone_of
from scheduler.reach import Doors
from scheduler.segments import Terms
from templates import BUILT_IN
from tests.integration.rulebench import LONG_AGO, utc
from tests.integration.storebench import new_id, rows_of

TEMPLATES = Templates.load([BUILT_IN], company=CompanyFacts(name="Briqueterie Atlas"))
DOORS = Doors(accounts={"sms": "lab", "email": "desk", "whatsapp": "wa"})
CHANNELS = {account: channel for channel, account in DOORS.accounts.items()}
START = utc(2026, 3, 5, 9)  # a Thursday, ten o'clock in Algiers
LIMITS = Limits(
    timezone="Africa/Algiers",
    promotional=Calm(),
    texts=Texts(sms_segments=2),
    prices=Prices(by_channel={"sms": Decimal("4.5"), "whatsapp": Decimal(2)}),
)
OFFER = {
    "name": "hourdis",
    "purpose": "offers",
    "audience": "everybody",
    "template": "outreach/limited_offer",
    "values": {"offer": {"fr": "moins 10 % sur le hourdis", "en": "10% off slabs"}, "until": "2026-03-31"},
}


async def crowd(
    store: Store, size: int, *, yes: bool = True, doors: Sequence[str] = ("sms",), first: int = 0
) -> list[str]:
    """Contacts with addresses and a word for offers, written in slices."""
    ids = [new_id() for _ in range(size)]

    def work(session: Session, some: Sequence[tuple[int, str]]) -> None:
        session.execute(insert(table_of(Contact)), [contact_row(each, number) for number, each in some])
        session.execute(insert(table_of(Address)), [
            {"id": new_id(), "contact_id": each, "channel": door, "value": address_of(door, number),
             "state": "ok", "state_reason": "", "created_at": LONG_AGO}
            for number, each in some for door in doors
        ])  # fmt: skip
        if yes:
            session.execute(insert(table_of(Consent)), [word_row(each) for _, each in some])

    numbered = list(enumerate(ids, first))
    for start in range(0, size, 500):
        some = numbered[start : start + 500]
        await store.write(lambda session, some=some: work(session, some))  # type: ignore[misc]
    return ids


def contact_row(contact_id: str, number: int, **more: Any) -> dict[str, Any]:
    row = {"id": contact_id, "name": f"Client {number}", "language": "fr", "timezone": "", "country": "DZ",
           "zone": "", "source_channel": "sms", "preferred_channel": "", "birthday": "", "stage": "regular",
           "tier": "reply_only", "mode": "", "tags": [], "fields": {}, "created_at": LONG_AGO,
           "updated_at": LONG_AGO, "version": 1, "organisation_role": ""}  # fmt: skip
    return row | more


def address_of(door: str, number: int) -> str:
    return f"client{number}@example.org" if door == "email" else f"+2135{number:08d}"


def word_row(
    contact_id: str, *, granted: bool = True, at: datetime = LONG_AGO, channel: str = ""
) -> dict[str, Any]:
    return {"id": new_id(), "contact_id": contact_id, "channel": channel, "purpose": "all", "granted": granted,
            "at": at, "source": "form", "wording": "test"}  # fmt: skip


async def says(store: Store, *contacts: str, granted: bool, at: datetime, channel: str = "") -> None:
    rows = [word_row(each, granted=granted, at=at, channel=channel) for each in contacts]
    await store.write(lambda session: session.execute(insert(table_of(Consent)), rows))


async def change(store: Store, contact_id: str, **values: Any) -> None:
    table = table_of(Contact)
    await store.write(
        lambda session: session.execute(update(table).where(table.c.id == contact_id).values(**values))
    )


class Agency:
    """Plans, freezes and sends campaigns on a clock that stands still."""

    def __init__(self, store: Store, now: datetime = START, *, limits: Limits = LIMITS, links: LinkMaker | None = None,
                 doors: Doors = DOORS, queued_ahead: int = 2_000) -> None:  # fmt: skip
        self.store = store
        self.clock = ManualClock(now)
        self.ids = IdMaker(self.clock)
        self.limits = limits
        self.writer = Writer(TEMPLATES, doors, limits, links=links)
        zone = zone_of("Africa/Algiers", "UTC")
        self.audiences = Audiences(Setting(terms=Terms(currency="DZD"), zone=zone))
        self.freezer = Freezer(store, self.writer, self.audiences.condition, ids=self.ids)
        self.sender = CampaignSender(store, self.writer, ids=self.ids, queued_ahead=queued_ahead)
        self.tender = Tender(store, self.freezer, self.sender, self.audiences.resolve, timezone="Africa/Algiers",
                             clock=self.clock, ids=self.ids)  # fmt: skip
        self.gate = Gate(store, limits, channels=CHANNELS, clock=self.clock, ids=self.ids)

    async def write(self, **changes: Any) -> Mailing:
        definition = Definition.model_validate(OFFER | changes)
        given: dict[str, Any] = {"campaign_id": self.ids.new(), "by": "test", "now": self.clock.now()}
        return await self.store.write(lambda session: book.write_down(session, definition, **given))

    async def move(self, action: Action, name: str = "hourdis") -> Mailing:
        def work(session: Session) -> Mailing:
            audience = self.audiences.resolve(session, book.one(session, name).definition)
            return book.move(session, name, action, by="test", now=self.clock.now(), audience=audience)

        return await self.store.write(work)

    async def started(self, **changes: Any) -> Mailing:
        mailing = await self.write(**changes)
        return await self.move("start", mailing.name)

    async def plan(self, **changes: Any) -> list[PlannedLine]:
        definition = Definition.model_validate(OFFER | changes)
        mailing = book.draft_of(definition, campaign_id=self.ids.new(), now=self.clock.now())
        lines = plan_campaign(self.store, self.writer, replace_audience(mailing), self.audiences.condition,
                              ids=self.ids, now=self.clock.now())  # fmt: skip
        return [line async for line in lines]

    async def tick(self, times: int = 1) -> None:
        for _ in range(times):
            await self.tender.tick()

    async def live(self, until: datetime, every: timedelta, *, deliver: bool = True) -> None:
        """Let time pass: the jobs run, the provider takes what may go."""
        while True:
            await self.tick(2)
            if deliver:
                await self.deliver()
            if self.clock.now() >= until:
                return
            self.clock.advance(min(every, until - self.clock.now()))

    async def deliver(self, *, status: str = "accepted", code: str = "") -> int:
        """The gate is asked, then the provider takes it (or does as told); how many went."""
        went = 0
        while True:
            rows = await self.store.write(self._claim)
            if not rows:
                return went
            admitted = await self.gate.admit(rows)
            await self.store.write(lambda session, some=admitted: _settle(session, some, status, code))  # type: ignore[misc]
            went += len(admitted)

    def _claim(self, session: Session) -> list[OutboxRow]:
        found = session.scalars(
            select(OutboxMessage).where(
                table_of(OutboxMessage).c.status == "queued",
                table_of(OutboxMessage).c.purpose == "bulk",
                table_of(OutboxMessage).c.next_at <= self.clock.now(),
            ).limit(200)
        ).all()  # fmt: skip
        for row in found:
            row.status = "claimed"
        names = ("id", "key", "conversation_id", "message_id", "account_id", "thread", "to", "body", "purpose",
                 "priority", "epoch", "status", "attempts", "next_at", "created_at")  # fmt: skip
        return [OutboxRow(**{name: getattr(row, name) for name in names}) for row in found]

    async def reckoning(self, name: str = "hourdis") -> Reckoning:
        return await self.store.read(lambda session: reckon(session, book.one(session, name).id))

    async def mailing(self, name: str = "hourdis") -> Mailing:
        return await self.store.read(lambda session: book.one(session, name))

    async def recipients(self, *where: Any) -> list[Any]:
        return await rows_of(self.store, Recipient, *where)

    async def outbox(self) -> list[Any]:
        return sorted(await rows_of(self.store, OutboxMessage), key=lambda row: str(row.id))


def replace_audience(mailing: Mailing) -> Mailing:
    return replace(mailing, audience=mailing.definition.audience)


def _settle(session: Session, ids: Iterable[str], status: str, code: str) -> None:
    table = table_of(OutboxMessage)
    session.execute(update(table).where(table.c.id.in_(sorted(ids))).values(status=status, code=code))


async def doubles(store: Store) -> list[Any]:
    """Recipients with more than one message, and contacts with more than one row of a campaign: there are none."""
    outbox, table = table_of(OutboxMessage).c, table_of(Recipient).c
    twice = select(outbox.recipient, func.count()).where(outbox.key.startswith("recipient:"))
    rows = await store.fetch_all(twice.group_by(outbox.recipient).having(func.count() > 1))
    again = select(table.campaign_id, table.contact_id).group_by(table.campaign_id, table.contact_id)
    return [*rows, *await store.fetch_all(again.having(func.count() > 1))]


async def campaigns_named(store: Store, start: str) -> list[Any]:
    rows = await rows_of(store, Campaign)
    return sorted((row for row in rows if row.name.startswith(start)), key=lambda row: str(row.name))
