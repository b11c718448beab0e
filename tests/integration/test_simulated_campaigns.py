"""What a simulation says of campaigns is what they then do."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.campaign_desk import CampaignDesk
from bot.ids import IdMaker
from bot.limits import gate_of
from bot.records import Campaign, OutboxMessage, Recipient
from bot.records.base import table_of
from bot.simulation import Asked, House, simulated
from bot.store.port import Store
from scheduler.campaigns.definition import Definition
from scheduler.simulation.lines import Line
from tests.conftest import Database
from tests.integration.campaignbench import crowd, says
from tests.integration.rulebench import complaint, person, utc
from tests.integration.simulationbench import content_of, house_on
from tests.integration.storebench import rows_of

START = utc(2026, 12, 29, 12)  # a Tuesday, one o'clock in Algiers
DAYS = 9
ONCE: dict[str, Any] = {
    "name": "hourdis",
    "purpose": "offers",
    "audience": "tous",
    "template": "outreach/limited_offer",
    "values": {"offer": {"fr": "moins 10 %", "en": "10% off"}, "until": "2027-01-31"},
    "start": "2026-12-30T19:58",
    "rate_per_min": 1,
}
WEEKLY: dict[str, Any] = {
    "name": "nouvelles",
    "purpose": "information",
    "audience": "joignable par email",
    "template": "outreach/newsletter",
    "values": {"title": "La semaine", "text": "Les nouvelles."},
    "repeat": {"weekday": "thu", "at": "10:00"},
}
TRIED: dict[str, Any] = {
    "name": "essai",
    "purpose": "information",
    "audience": "joignable par email",
    "template": "outreach/newsletter",
    "values": {"title": "Essai", "text": "Un texte."},
    "variants": {"a": {}, "b": {"values": {"text": "Un autre."}}},
    "trial": {"share": 50, "after_h": 24, "measure": "clicked"},
    "start": "2027-01-03T10:00",
}


def desk_of(store: Store, house: House, clock: Any) -> CampaignDesk:
    return CampaignDesk(
        store, house.templates, house.config, clock=clock, ids=IdMaker(clock), text_limits=house.text_limits
    )


async def lines_of(house: House, **more: Any) -> list[Line]:
    async with simulated(house, Asked(now=START, days=DAYS, **more)) as found:
        return [line async for line in found.lines() if line.source.startswith("campaign:")]


async def started(store: Store, house: House, *definitions: dict[str, Any]) -> Any:
    from bot.clock import ManualClock

    clock = ManualClock(START)
    desk = desk_of(store, house, clock)
    for each in definitions:
        await desk.new(Definition.model_validate(each), by="test")
        await desk.start(each["name"], by="test")
    return clock, desk


async def live(
    store: Store, house: House, clock: Any, desk: CampaignDesk, looked_at: set[datetime]
) -> set[tuple[str, ...]]:
    """The days as the program lives through them: every half an hour, and at the instants `looked_at`."""
    gate = gate_of(house.config, store, house.doors, clock=clock, ids=IdMaker(clock))
    sent: dict[str, tuple[datetime, str, str]] = {}
    halves = {START + timedelta(minutes=30) * number for number in range(DAYS * 48 + 1)}
    for now in sorted(halves | looked_at):
        clock.advance(now - clock.now())
        while await desk.tender.tick():
            pass
        for row in await store.queued(now, 100):
            claimed = await store.claim([row.id])
            if row.id in claimed and row.id in await gate.admit([row]):
                sent[row.key] = (now, row.account_id, row.body["text"])
                await store.write(lambda session, some=row.id: session.execute(  # type: ignore[misc]
                    table_of(OutboxMessage).update().where(table_of(OutboxMessage).c.id == some)
                    .values(status="accepted")
                ))  # fmt: skip
    names = {row.id: row.name for row in await rows_of(store, Campaign)}
    told = set[tuple[str, ...]]()
    for row in await rows_of(store, Recipient):
        key = f"campaign:{names[row.campaign_id]}:{row.contact_id}"
        if row.status == "sent":
            at, account, text = sent[f"recipient:{row.id}"]
            told.add((key, "sent", f"{at:%F %R}", account, row.address, text))
        elif row.status == "skipped":
            told.add((key, "skipped", row.reason))
    return told


def said(lines: list[Line]) -> set[tuple[str, ...]]:
    found = set[tuple[str, ...]]()
    for line in lines:
        if line.status == "sent":
            found.add((line.key, "sent", f"{line.at:%F %R}", line.account, line.address, line.text))
        else:
            found.add((line.key, line.status, line.reason))
    return found


@pytest.mark.timeout(300)
async def test_campaigns_series_and_trials_are_simulated_as_they_then_happen(
    store: Store, database: Database, tmp_path: Path
) -> None:
    house = house_on(database, tmp_path)
    people = await crowd(store, 12, doors=("sms", "email"))
    await says(store, people[0], granted=False, at=START - timedelta(days=1))
    await complaint(store, people[1], START - timedelta(days=1))
    await person(store, name="Sans adresse", language="fr")
    clock, desk = await started(store, house, ONCE, WEEKLY, TRIED)
    before = await content_of(store)
    lines = await lines_of(house)
    assert await content_of(store) == before
    done = await live(store, house, clock, desk, {line.at for line in lines})
    assert said(lines) == done
    kinds = {line.source for line in lines}
    assert kinds == {
        "campaign:hourdis", "campaign:essai", "campaign:nouvelles_2026_12_31", "campaign:nouvelles_2027_01_07",
    }  # fmt: skip
    once = sorted((line for line in lines if line.source == "campaign:hourdis"), key=lambda line: line.at)
    sent = [line for line in once if line.status == "sent"]
    reasons = {line.reason for line in once if line.status == "skipped"}
    assert {"no_consent", "open_complaint", "no_address"} & reasons and len(sent) >= 8
    assert all(
        line.at.hour < 19 for line in sent
    )  # eight in the evening in Algiers: the rest waits for the morning
    assert len({line.at.date() for line in sent}) == 2 and sum(line.cost for line in sent) > 0


async def test_a_paused_campaign_and_a_draft_say_nothing(
    store: Store, database: Database, tmp_path: Path
) -> None:
    house = house_on(database, tmp_path)
    await crowd(store, 2, doors=("email",))
    _, desk = await started(store, house, ONCE)
    await desk.new(Definition.model_validate(TRIED), by="test")
    await desk.pause("hourdis", by="test")
    assert await lines_of(house) == []


async def test_who_was_left_out_before_is_not_told_again_and_who_waits_beyond_the_end_is(
    store: Store, database: Database, tmp_path: Path
) -> None:
    house = house_on(database, tmp_path)
    people = await crowd(store, 3, doors=("email",))
    await says(store, people[0], granted=False, at=START - timedelta(days=1))
    clock, desk = await started(store, house, ONCE | {"start": None, "rate_per_min": 1})
    await desk.tender.tick()
    assert {row.status for row in await rows_of(store, Recipient)} >= {"skipped"}
    left = await store.fetch_all(
        select(table_of(Recipient).c.contact_id).where(table_of(Recipient).c.status == "skipped")
    )
    lines = await lines_of(house)
    assert {line.contact_id for line in lines}.isdisjoint(row.contact_id for row in left)
    assert clock.now() == START
