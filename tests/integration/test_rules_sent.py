"""Rules from the plan to the outbox, on real databases with the clock moved: the scenarios of the domain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, update
from sqlalchemy.orm import Session

from bot.clock import ManualClock
from bot.ids import IdMaker
from bot.records import Consent, Conversation, Equipment, LoyaltyAccount, Message, Occurrence, OutboxMessage
from bot.records.base import table_of
from bot.store.port import Store
from bot.templating import CompanyFacts, Templates
from scheduler.guard_text import Texts
from scheduler.guards import Limits
from scheduler.occurrences import Planner
from scheduler.quiet import Calm
from scheduler.reach import Doors
from scheduler.rule_book import switch
from scheduler.sending import Sender
from templates import BUILT_IN
from tests.integration.rulebench import (
    ALGERIA,
    LONG_AGO,
    MEMBERS,
    READY,
    add,
    complaint,
    person,
    purchase,
    talk,
    turn_on,
    utc,
)
from tests.integration.storebench import new_id, rows_of

TEMPLATES = Templates.load([BUILT_IN], company=CompanyFacts(name="Briqueterie Atlas"))
DOORS = Doors(accounts={"sms": "lab", "email": "desk"})
PHONE = "+213550000042"


class House:
    """The planner and the sender of one company, on a clock that stands still."""

    def __init__(self, store: Store, now: datetime) -> None:
        self.store = store
        self.clock = ManualClock(now)
        limits = Limits(
            timezone="Africa/Algiers",
            promotional=Calm(),
            needs_yes=frozenset(("offers",)),
            texts=Texts(sms_segments=2),
        )
        self.planner = Planner(store, ALGERIA, lambda: READY, clock=self.clock)
        self.sender = Sender(
            store, TEMPLATES, DOORS, limits, lambda: READY, MEMBERS, clock=self.clock, ids=IdMaker(self.clock)
        )

    async def live(self, until: datetime, every: timedelta = timedelta(hours=6)) -> None:
        """Let time pass, with the jobs run now and then."""
        while True:
            await self.planner.tick()
            await self.sender.tick()
            if self.clock.now() >= until:
                return
            self.clock.advance(min(every, until - self.clock.now()))

    async def outbox(self) -> list[Any]:
        return sorted(await rows_of(self.store, OutboxMessage), key=lambda row: str(row.id))

    async def days(self) -> list[date]:
        return [row.created_at.date() for row in await self.outbox()]

    async def reasons(self) -> list[tuple[str, str]]:
        return sorted((row.status, row.reason) for row in await rows_of(self.store, Occurrence))


async def yes(
    store: Store, contact: str, purpose: str, *, granted: bool = True, at: datetime = LONG_AGO
) -> None:
    word = {"id": new_id(), "contact_id": contact, "channel": "", "purpose": purpose, "granted": granted}
    await store.write(
        lambda session: session.execute(
            table_of(Consent).insert(), [word | {"at": at, "source": "form", "wording": "test"}]
        )
    )


async def test_e1_a_card_is_warned_of_until_it_is_renewed(store: Store) -> None:
    contact = await person(store, PHONE, language="fr")
    card = {"contact_id": contact, "number": "C1", "opened_on": date(2025, 6, 30), "points": 120}
    (card_id,) = await add(store, LoyaltyAccount, card | {"expires_on": date(2026, 6, 30)})
    house = House(store, utc(2026, 4, 30))
    await turn_on(store, "card_expiry", utc(2026, 4, 30))
    await house.live(utc(2026, 5, 2))
    house.clock.advance(timedelta(days=28))
    await house.live(utc(2026, 5, 31, 12))
    assert await house.days() == [date(2026, 5, 1), date(2026, 5, 31)]
    (first, _) = await house.outbox()
    assert first.recipient == PHONE and first.purpose == "service" and "mardi 30 juin" in first.body["text"]
    house.clock.advance(timedelta(days=22))
    await house.planner.tick()
    cards = table_of(LoyaltyAccount)
    renewed = update(cards).where(cards.c.id == card_id).values(expires_on=date(2027, 6, 30))
    await store.write(lambda session: session.execute(renewed))
    await house.live(utc(2026, 7, 2))
    assert await house.days() == [date(2026, 5, 1), date(2026, 5, 31)]
    assert ("stopped", "renewal") in await house.reasons()


async def test_e1_the_days_of_grace_say_until_when_points_still_count(store: Store) -> None:
    contact = await person(store, PHONE, language="en")
    card = {"contact_id": contact, "number": "C1", "opened_on": date(2025, 6, 30)}
    await add(store, LoyaltyAccount, card | {"expires_on": date(2026, 6, 30)})
    house = House(store, utc(2026, 6, 30, 12))
    await turn_on(store, "card_expiry", utc(2026, 6, 30, 12))
    await house.live(utc(2026, 7, 1, 12))
    (row,) = await house.outbox()
    assert "until Tuesday 14 July" in row.body["text"]


async def test_e8_a_service_reminder_is_not_repeated_after_a_reply(store: Store) -> None:
    quiet, answers = await person(store, PHONE), await person(store, "+213550000043")
    for contact in (quiet, answers):
        machine = {"contact_id": contact, "product": "Élévateur", "next_service_on": date(2026, 3, 20)}
        await add(store, Equipment, machine)
    house = House(store, utc(2026, 3, 5, 12))
    await turn_on(store, "periodic_service", utc(2026, 3, 5, 12))
    await house.live(utc(2026, 3, 6, 12))
    assert {row.recipient for row in await house.outbox()} == {PHONE, "+213550000043"}
    await talk(store, answers, "+213550000043", utc(2026, 3, 7, 9))
    house.clock.advance(timedelta(days=10))
    await house.live(utc(2026, 3, 17, 12))
    assert sorted(row.recipient for row in await house.outbox()) == [PHONE, PHONE, "+213550000043"]
    assert ("stopped", "reply") in await house.reasons()


async def test_e12_a_newcomer_is_welcomed_in_their_conversation(store: Store) -> None:
    contact = await person(store, PHONE, language="ar", created_at=utc(2026, 3, 5, 10))
    conversation = await talk(store, contact, PHONE, utc(2026, 3, 5, 10))
    house = House(store, utc(2026, 3, 5, 10))
    await turn_on(store, "welcome", utc(2026, 3, 5, 9))
    await house.live(utc(2026, 3, 5, 12), timedelta(minutes=30))
    (row,) = await house.outbox()
    assert row.conversation_id == conversation and "مرحبا" in row.body["text"]
    (said,) = await rows_of(store, Message)
    (where,) = await rows_of(store, Conversation)
    assert (said.id, said.seq, said.text) == (row.id, where.last_seq, row.body["text"])


async def test_two_rules_that_fall_due_together_speak_one_after_the_other_in_one_conversation(
    store: Store,
) -> None:
    contact = await person(store, PHONE)
    conversation = await talk(store, contact, PHONE, utc(2026, 3, 1))
    card = {"contact_id": contact, "number": "C1", "opened_on": date(2025, 6, 30)}
    await add(store, LoyaltyAccount, card | {"expires_on": date(2026, 4, 4)})
    machine = {"contact_id": contact, "product": "Élévateur", "next_service_on": date(2026, 3, 19)}
    await add(store, Equipment, machine)
    house = House(store, utc(2026, 3, 4, 12))
    await turn_on(store, "card_expiry", utc(2026, 3, 4, 12))
    await turn_on(store, "periodic_service", utc(2026, 3, 4, 12))
    await house.live(utc(2026, 3, 5, 12))
    said = await rows_of(store, Message)
    assert sorted((row.conversation_id, row.seq) for row in said) == [(conversation, 1), (conversation, 2)]
    (where,) = await rows_of(store, Conversation)
    assert (where.last_seq, len(await house.outbox())) == (2, 2)


async def test_e13_only_the_satisfied_who_said_yes_are_asked_to_recommend(store: Store) -> None:
    happy, shy, sad = [await person(store, f"+21355000005{number}") for number in range(3)]
    for contact, satisfied in ((happy, True), (shy, True), (sad, False)):
        closed = {"closed": True, "closed_at": utc(2026, 3, 1, 10), "satisfied": satisfied}
        await complaint(store, contact, utc(2026, 2, 20), **closed)
        await talk(store, contact, f"k{contact}", utc(2026, 2, 20), account_id="other")
    await yes(store, happy, "offers")
    await yes(store, sad, "offers")
    house = House(store, utc(2026, 3, 14, 12))
    await turn_on(store, "referral_invitation", utc(2026, 3, 14))
    await house.live(utc(2026, 3, 15, 12))
    (row,) = await house.outbox()
    assert row.recipient == "+213550000050" and row.purpose == "bulk" and "STOP" in row.body["text"]
    assert row.body["outreach"]["contact_id"] == happy
    assert await house.reasons() == [("sent", ""), ("skipped", "no_consent")]


async def test_e14_one_birthday_wish_a_year_and_none_after_an_opt_out(store: Store) -> None:
    contact = await person(store, PHONE, birthday="03-05")
    await talk(store, contact, PHONE, utc(2026, 1, 1))
    house = House(store, utc(2026, 3, 4, 12))
    await turn_on(store, "birthday", utc(2026, 3, 4))
    await house.live(utc(2026, 3, 6, 12))
    house.clock.advance(utc(2027, 3, 4, 12) - house.clock.now())
    await house.live(utc(2027, 3, 6, 12))
    assert await house.days() == [date(2026, 3, 5), date(2027, 3, 5)]
    house.clock.advance(utc(2028, 3, 4, 12) - house.clock.now())
    await house.planner.tick()
    await yes(store, contact, "all", granted=False, at=utc(2028, 3, 4, 13))
    await house.live(utc(2028, 3, 6, 12))
    assert len(await house.days()) == 2
    assert ("skipped", "opted_out") in await house.reasons()


async def test_e23_a_return_stops_the_win_back(store: Store) -> None:
    gone, back = await person(store, PHONE), await person(store, "+213550000043")
    for contact in (gone, back):
        await purchase(store, contact, utc(2026, 1, 1, 12))
        await yes(store, contact, "offers")
    house = House(store, utc(2026, 6, 29, 12))
    await turn_on(store, "win_back", utc(2026, 6, 29))
    await house.planner.tick()
    await purchase(store, back, utc(2026, 6, 29, 20))
    await house.live(utc(2026, 6, 30, 12))
    assert [row.recipient for row in await house.outbox()] == [PHONE]
    await purchase(store, gone, utc(2026, 7, 10, 12))
    house.clock.advance(timedelta(days=29))
    await house.live(utc(2026, 7, 31, 12))
    assert len(await house.outbox()) == 1


async def test_e24_a_purchase_is_asked_about_but_not_while_a_complaint_is_open(store: Store) -> None:
    pleased, cross = await person(store, PHONE), await person(store, "+213550000043")
    for contact in (pleased, cross):
        bought = {"delivered_at": utc(2026, 3, 1, 12), "status": "delivered"}
        await purchase(store, contact, utc(2026, 2, 1, 12), **bought)
    house = House(store, utc(2026, 3, 7, 12))
    await turn_on(store, "post_purchase", utc(2026, 3, 7))
    await house.planner.tick()
    await complaint(store, cross, utc(2026, 3, 7, 13))
    await house.live(utc(2026, 3, 8, 12))
    (row,) = await house.outbox()
    assert row.recipient == PHONE and "B12" in row.body["text"]
    assert ("skipped", "not_any_more") in await house.reasons()


async def test_a_person_who_has_taken_over_is_not_talked_over(store: Store) -> None:
    contact = await person(store, PHONE, birthday="03-05")
    conversation = await talk(store, contact, PHONE, utc(2026, 3, 1), owner="agent")
    house = House(store, utc(2026, 3, 4, 12))
    await turn_on(store, "birthday", utc(2026, 3, 4))
    await house.live(utc(2026, 3, 5, 9), timedelta(hours=3))
    assert await house.outbox() == []
    given_back = update(table_of(Conversation)).where(table_of(Conversation).c.id == conversation)
    await store.write(lambda session: session.execute(given_back.values(owner="bot")))
    await house.live(utc(2026, 3, 5, 18))
    assert len(await house.outbox()) == 1


async def test_what_came_due_too_long_ago_or_of_a_rule_switched_off_is_not_sent(store: Store) -> None:
    early = await person(store, PHONE, birthday="03-05")
    await person(store, "+213550000043", birthday="03-20")
    await talk(store, early, PHONE, utc(2026, 3, 1))
    house = House(store, utc(2026, 3, 4, 12))
    await turn_on(store, "birthday", utc(2026, 3, 4))
    await house.planner.tick()
    house.clock.advance(timedelta(days=15, hours=10))  # the program stood still
    await house.live(house.clock.now())
    made: dict[str, Any] = {"by": "test", "new_id": new_id(), "now": house.clock.now()}
    await store.write(lambda session: switch(session, READY, "birthday", on=False, **made))
    await house.live(utc(2026, 3, 21))
    assert await house.outbox() == []
    assert await house.reasons() == [("skipped", "late"), ("stopped", "rule_off")]


async def test_a_failure_and_a_doubt_are_written_on_their_occurrences(store: Store) -> None:
    for number, birthday in enumerate(("03-05",) * 3):
        contact = await person(store, f"+21355000006{number}", birthday=birthday)
        await talk(store, contact, f"+21355000006{number}", utc(2026, 3, 1))
    house = House(store, utc(2026, 3, 4, 12))
    await turn_on(store, "birthday", utc(2026, 3, 4))
    await house.live(utc(2026, 3, 5, 12))
    outbox = table_of(OutboxMessage)
    rows = await house.outbox()
    for row, status in zip(rows, ("failed", "uncertain", "delivered"), strict=True):
        change = update(outbox).where(outbox.c.id == row.id).values(status=status, code="30005")
        await store.write(lambda session, change=change: session.execute(change))  # type: ignore[misc]
    assert await house.sender.learn() == 2
    assert await house.sender.learn() == 0
    assert [status for status, _ in await house.reasons()] == ["failed", "sent", "uncertain"]


class Killed(Exception):
    """The process died here."""


@contextmanager
def killed_at(number: int) -> Iterator[list[int]]:
    """Die at the n-th statement or commit of sessions; the list counts them."""
    count = [0]

    def step(*_: Any) -> None:
        count[0] += 1
        if count[0] == number:
            raise Killed

    for name in ("do_orm_execute", "before_flush", "after_flush", "before_commit"):
        event.listen(Session, name, step)
    try:
        yield count
    finally:
        for name in ("do_orm_execute", "before_flush", "after_flush", "before_commit"):
            event.remove(Session, name, step)


async def test_killed_at_any_step_of_planning_or_sending_each_message_goes_out_once(store: Store) -> None:
    """Both jobs die at the first step, then at the second, … until they come through."""
    for number in range(3):
        contact = await person(store, f"+21355000007{number}", birthday="03-05")
        await talk(store, contact, f"+21355000007{number}", utc(2026, 3, 1))
    await turn_on(store, "birthday", utc(2026, 3, 4))
    house = House(store, utc(2026, 3, 5, 9))
    deaths = 0
    for number in range(1, 100):
        with killed_at(number) as count:
            try:
                await house.planner.tick()
                await house.sender.tick()
            except Killed:
                deaths += 1
        if count[0] < number:
            break
    assert deaths >= 15
    assert len({row.recipient for row in await house.outbox()}) == len(await house.outbox()) == 3
    assert await house.reasons() == [("sent", "")] * 3


@pytest.mark.parametrize("name", sorted(READY))
def test_every_ready_rule_names_a_template_that_exists_and_is_off(name: str) -> None:
    rule = READY[name]
    assert {step.template for step in rule.steps} <= set(TEMPLATES.names)
    assert set(rule.title) == {"fr", "ar", "en"}
    for step in rule.steps:
        header = TEMPLATES.header(step.template, language="fr", channel="email")
        assert header.purpose == ("service" if rule.purpose == "service" else "bulk")
