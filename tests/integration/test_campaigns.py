"""Campaigns from the plan to the last outcome, on real databases with the clock moved. source: E29, E30"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from bot.records import Occurrence, OutboxMessage, Recipient, SentPromotion
from bot.records.base import table_of
from bot.store.port import Store
from scheduler.campaigns.book import NotInThatState
from scheduler.campaigns.ports import PlannedLine
from scheduler.guards import Limits
from scheduler.quiet import Calm
from tests.integration.campaignbench import (
    LIMITS,
    START,
    Agency,
    campaigns_named,
    change,
    crowd,
    doubles,
    says,
)
from tests.integration.rulebench import complaint, person, talk, utc
from tests.integration.storebench import count_of, rows_of

_recipients = table_of(Recipient).c
DAY = timedelta(days=1)


def same(line: PlannedLine | Any) -> tuple[Any, ...]:
    names = ("contact_id", "status", "reason", "channel", "address", "due_at", "variant", "cost")
    return tuple(getattr(line, name) for name in names)


async def test_the_plan_is_the_start_to_the_letter_and_everybody_gets_it_once(store: Store) -> None:
    glad = await crowd(store, 30)
    silent = await crowd(store, 5, yes=False, first=100)
    unhappy = (await crowd(store, 2, first=200))[0]
    await complaint(store, unhappy, utc(2026, 3, 1))
    await person(store, name="Sans adresse")
    agency = Agency(store)
    plan = await agency.plan()
    assert len(plan) == 38 and [line.contact_id for line in plan] == sorted(line.contact_id for line in plan)
    for model in (Recipient, OutboxMessage, SentPromotion, Occurrence):
        assert await rows_of(store, model) == []
    await agency.started()
    await agency.tick()  # its audience is fixed
    frozen = sorted(await agency.recipients(), key=lambda row: str(row.contact_id))
    assert [same(row) for row in frozen] == [same(line) for line in plan]
    await agency.live(START + timedelta(minutes=1), timedelta(minutes=1))
    reckoning = await agency.reckoning()
    assert reckoning.agrees and reckoning.planned == 38 and reckoning.sent == 31
    assert reckoning.skipped == {"no_consent": len(silent), "complaint_open": 1, "no_address": 1}
    assert (await agency.mailing()).status == "done" and await doubles(store) == []
    texts = {row.recipient: row.body["text"] for row in await agency.outbox()}
    said = {line.address: line.text for line in plan if line.status == "waiting"}
    assert texts == said and len(texts) == len(glad) + 1
    assert reckoning.cost == sum((line.cost for line in plan), Decimal(0)) == Decimal("4.5") * 31
    assert await count_of(store, SentPromotion) == 31


async def test_who_comes_after_the_start_is_not_in_it(store: Store) -> None:
    await crowd(store, 3)
    agency = Agency(store)
    await agency.started(start="2026-03-06T10:00")
    await agency.tick()
    assert (await agency.mailing()).status == "planned" and await agency.recipients() == []
    agency.clock.advance(DAY)
    await agency.tick()
    late = await person(store, "+213550000099", created_at=agency.clock.now() + timedelta(seconds=1))
    await agency.tick(3)
    assert (await agency.reckoning()).planned == 3
    assert late not in {row.contact_id for row in await agency.recipients()}


async def test_a_word_said_between_the_start_and_the_sending_counts(store: Store) -> None:
    stay, goes, speaks = await crowd(store, 3)
    agency = Agency(store)
    await agency.started(start="2026-03-06T10:00", zone="contact")
    agency.clock.advance(timedelta(hours=12))  # in the first zone of the day it has begun
    await agency.tick(2)
    assert (await agency.reckoning()).waiting == 3
    await says(store, goes, granted=False, at=agency.clock.now())
    agency.clock.advance(timedelta(hours=12))
    await agency.tick(1)
    assert {row.contact_id: (row.status, row.reason) for row in await agency.recipients()} == {
        stay: ("sent", ""), goes: ("skipped", "opted_out"), speaks: ("sent", ""),
    }  # fmt: skip
    await says(store, speaks, granted=False, at=agency.clock.now())  # it waits in the outbox already
    assert await agency.deliver() == 1
    (row,) = await agency.recipients(_recipients.contact_id == speaks)
    assert (row.status, row.reason) == ("skipped", "opted_out")
    await agency.tick()
    reckoning = await agency.reckoning()
    assert reckoning.agrees and (reckoning.sent, reckoning.left) == (1, 2)


async def test_each_gets_it_by_the_door_that_fits(store: Store) -> None:
    both = ("whatsapp", "email", "sms")
    usual, wish, no_sms, open_window = await crowd(store, 4, doors=both)
    (arabic,) = await crowd(store, 1, doors=("sms",), first=50)
    await change(store, wish, preferred_channel="sms")
    await says(store, no_sms, granted=False, at=utc(2026, 1, 1), channel="email")
    await change(store, arabic, language="ar")
    await talk(
        store, open_window, "+213500000003", START - timedelta(hours=2), account_id="wa", channel="whatsapp"
    )
    agency = Agency(store)
    found = {line.contact_id: line for line in await agency.plan()}
    assert found[usual].channel == "email"  # WhatsApp takes no free text outside its window
    assert (found[wish].channel, found[wish].cost) == ("sms", Decimal("4.5"))
    assert found[no_sms].channel == "sms" and found[open_window].channel == "whatsapp"
    assert found[arabic].language == "ar" and found[arabic].cost == Decimal(9)  # two parts
    assert found[arabic].text != found[usual].text


async def test_a_number_that_two_contacts_have_gets_it_once(store: Store) -> None:
    (first,) = await crowd(store, 1, doors=("sms",), first=7)
    await crowd(store, 600, doors=("email",), first=1000)  # they come to stand on different pages
    (second,) = await crowd(store, 1, doors=("whatsapp",), first=7)
    await talk(store, second, "+213500000007", START, account_id="wa", channel="whatsapp")
    agency = Agency(store)
    plan = {line.contact_id: line for line in await agency.plan()}
    assert plan[first].status == "waiting"
    assert (plan[second].status, plan[second].reason) == ("skipped", "duplicate")
    await agency.started()
    await agency.tick(6)
    kept = {row.contact_id: row.reason for row in await agency.recipients()}
    assert kept[second] == "duplicate" and (await agency.reckoning()).sent == 601


async def test_the_budget_is_a_hard_stop_and_says_so(store: Store) -> None:
    await crowd(store, 10)
    await crowd(store, 2, doors=("email",), first=50)
    agency = Agency(store)
    plan = await agency.plan(budget=20)
    assert sum(line.cost for line in plan) == Decimal(18)
    assert [line.reason for line in plan if line.status == "skipped"] == ["budget"] * 6
    await agency.started(budget=20)
    await agency.live(START + timedelta(minutes=1), timedelta(minutes=1))
    reckoning = await agency.reckoning()
    assert (reckoning.sent, reckoning.skipped, reckoning.cost) == (6, {"budget": 6}, Decimal(18))
    assert (await agency.mailing()).spent == Decimal(18) and reckoning.agrees


async def test_the_rate_holds_over_a_pause(store: Store) -> None:
    await crowd(store, 40)
    agency = Agency(store)
    await agency.started(rate_per_min=10)
    plan = await agency.recipients()
    await agency.live(START + timedelta(minutes=1), timedelta(seconds=2))
    sent = (await agency.reckoning()).sent
    assert 9 <= sent <= 11
    await agency.move("pause")
    agency.clock.advance(timedelta(hours=1))
    await agency.tick(3)
    assert (await agency.reckoning()).sent == sent
    await agency.move("resume")
    await agency.tick(3)
    assert (await agency.reckoning()).sent <= sent + 1  # what was not used is not caught up
    await agency.live(agency.clock.now() + timedelta(minutes=1), timedelta(seconds=2))
    assert sent + 8 <= (await agency.reckoning()).sent <= sent + 12
    assert plan == []


async def test_the_rows_of_a_rate_are_due_one_after_the_other(store: Store) -> None:
    await crowd(store, 4)
    plan = await Agency(store).plan(rate_per_min=2)
    assert sorted(line.due_at for line in plan) == [START + timedelta(seconds=30) * n for n in range(4)]


async def test_a_window_and_quiet_hours_make_it_wait_and_the_end_leaves_it_out(store: Store) -> None:
    await crowd(store, 1)
    limits = Limits(**{name: getattr(LIMITS, name) for name in Limits.__dataclass_fields__} | {
        "promotional": Calm(start=utc(2026, 1, 1, 20).time(), end=utc(2026, 1, 1, 8).time())})  # fmt: skip
    agency = Agency(store, limits=limits)
    window = {"opens": "14:00", "closes": "17:00", "weekdays": ["thu", "sat"]}
    (line,) = await agency.plan(window=window)
    assert (line.status, line.due_at, line.reason) == ("waiting", utc(2026, 3, 5, 13), "quiet_hours")
    agency.clock.advance(timedelta(hours=10))
    (line,) = await agency.plan(window=window)
    assert line.due_at == utc(2026, 3, 7, 13)
    (line,) = await agency.plan(window=window, end="2026-03-06")
    assert (line.status, line.reason) == ("skipped", "quiet_hours") and "late" in line.detail


async def test_what_waits_in_the_outbox_is_held_by_a_pause_and_ended_by_a_cancel(store: Store) -> None:
    await crowd(store, 6)
    agency = Agency(store, queued_ahead=4)
    await agency.started()
    await agency.tick(4)
    assert ((await agency.reckoning()).sent, (await agency.reckoning()).waiting) == (
        4,
        2,
    )  # the outbox is full
    await agency.move("pause")
    assert await agency.deliver() == 0
    agency.clock.advance(timedelta(seconds=2))
    await agency.move("resume")
    assert await agency.deliver() == 4  # at once
    await agency.tick()
    await agency.move("cancel")
    assert await agency.deliver() == 0
    await agency.tick()
    reckoning = await agency.reckoning()
    assert reckoning.agrees and (reckoning.sent, reckoning.cancelled) == (4, {"campaign_cancelled": 2})
    with pytest.raises(NotInThatState):
        await agency.move("resume")


async def test_the_cancelled_leave_a_reason_while_they_wait(store: Store) -> None:
    await crowd(store, 3)
    agency = Agency(store)
    await agency.started(start="2026-03-06T10:00", zone="contact")
    agency.clock.advance(timedelta(hours=12))
    await agency.tick(2)
    await agency.move("cancel")
    await agency.tick()
    reckoning = await agency.reckoning()
    assert reckoning.cancelled == {"campaign_cancelled": 3} and reckoning.agrees


async def now_is(store: Store, outbox_id: str, status: str) -> None:
    table = table_of(OutboxMessage)
    known = update(table).where(table.c.id == outbox_id).values(status=status, code="30003")
    await store.write(lambda session: session.execute(known))


async def test_outcomes_come_back_to_the_rows(store: Store) -> None:
    await crowd(store, 3)
    agency = Agency(store)
    await agency.started()
    await agency.tick(2)
    rows = await agency.outbox()
    await agency.deliver()
    for row, status in zip(rows, ("failed", "uncertain", "delivered"), strict=True):
        await now_is(store, row.id, status)
    await agency.tick()  # the end of a campaign looks at every outcome
    reckoning = await agency.reckoning()
    assert (reckoning.failed, reckoning.uncertain, reckoning.sent) == ({"30003": 1}, {"30003": 1}, 1)
    assert (await agency.mailing()).status == "done" and reckoning.agrees
    await now_is(store, rows[1].id, "accepted")
    assert await agency.tender.learn() == 1
    assert (await agency.reckoning()).uncertain == {} and (await agency.reckoning()).agrees


async def test_a_trial_finds_the_better_text_and_everybody_else_gets_that_one(store: Store) -> None:
    await crowd(store, 200)
    agency = Agency(store)
    trial = {"share": 50, "after_h": 24, "least": 10, "measure": "clicked"}
    variants = {"a": {}, "b": {"values": {"offer": "B gratuit"}}}
    plan = await agency.plan(variants=variants, trial=trial)
    await agency.started(variants=variants, trial=trial)
    await agency.live(START + timedelta(minutes=1), timedelta(minutes=1))
    tried = await agency.recipients(_recipients.status == "sent")
    assert {row.contact_id: row.variant for row in tried} == {
        line.contact_id: line.variant for line in plan if line.variant
    }
    assert 70 <= len(tried) <= 130 and {row.variant for row in tried} == {"a", "b"}
    table = table_of(Recipient)
    clicked = table.update().where(table.c.variant == "b").values(clicked_at=agency.clock.now())
    await store.write(lambda session: session.execute(clicked))
    await agency.live(START + DAY + timedelta(minutes=2), timedelta(hours=8))
    mailing = await agency.mailing()
    assert mailing.winner == "b" and '"clear"' in mailing.decided_why and mailing.status == "done"
    rest = [row for row in await agency.outbox() if row.created_at >= START + DAY]
    assert len(rest) == 200 - len(tried) and all("B gratuit" in row.body["text"] for row in rest)
    assert await doubles(store) == [] and (await agency.reckoning()).agrees


async def test_a_series_runs_each_time_once_with_an_audience_of_its_own(store: Store) -> None:
    await crowd(store, 2)
    agency = Agency(store, utc(2026, 3, 5, 9))
    await agency.started(repeat={"weekday": "mon", "at": "10:00"}, purpose="information",
                         template="outreach/nurture", values={})  # fmt: skip
    await agency.live(utc(2026, 3, 12), timedelta(hours=3))
    await crowd(store, 1, first=10)
    await agency.live(utc(2026, 3, 17), timedelta(hours=3))
    runs = await campaigns_named(store, "hourdis_")
    assert [run.name for run in runs] == ["hourdis_2026_03_09", "hourdis_2026_03_16"]
    assert [(await agency.reckoning(run.name)).sent for run in runs] == [2, 3]
    await agency.move("pause")
    await agency.live(utc(2026, 3, 24), timedelta(hours=12))
    assert len(await campaigns_named(store, "hourdis_")) == 2


async def test_two_processes_send_each_message_once(postgres_database: Any, open_store: Any) -> None:
    import asyncio

    one, two = await open_store(postgres_database), await open_store(postgres_database, "0" * 16 + "b" * 16)
    await crowd(one, 900)
    first, second = Agency(one), Agency(two)
    await first.started()

    async def work(agency: Agency) -> None:
        for _ in range(12):
            await agency.tick()

    await asyncio.gather(work(first), work(second))
    reckoning = await first.reckoning()
    assert reckoning.agrees and (reckoning.planned, reckoning.sent, reckoning.waiting) == (900, 900, 0)
    assert await doubles(one) == [] and await count_of(one, OutboxMessage) == 900
    assert await count_of(one, SentPromotion) == 900


class Tracked:
    """Follows every link."""

    def wrap(self, url: str, recipient_id: str) -> str:
        return f"https://t.example.org/{recipient_id}?{url.removeprefix('https://')}"

    def pixel(self, recipient_id: str) -> str | None:
        return f"https://t.example.org/p/{recipient_id}"


async def test_links_are_followed_but_for_the_way_out(store: Store) -> None:
    await crowd(store, 1, doors=("email",))
    agency = Agency(store, links=Tracked())
    await agency.started(values={"offer": "https://example.org/offre", "until": "2026-03-31"})
    await agency.tick(2)
    (row,), (recipient,) = await agency.outbox(), await agency.recipients()
    assert f"https://t.example.org/{recipient.id}?example.org/offre" in row.body["text"]
    assert row.body["pixel"] == f"https://t.example.org/p/{recipient.id}"
