"""From a decision to the provider: retries, doubts, ownership, receipts. The real program, a scripted door."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.case_asks import Answered
from bot.dialogue.turn import Decision, HandOver, SetTimer, Turn
from bot.records import Address, Alert, Consent, Delivery, OutboxMessage, ReceiptOwed
from bot.store.changes import NotFound, NotPossible
from channels.port import NotSent, OptedOut, Receipt, Rejected, Throttled, Uncertain
from tests.conftest import Database
from tests.integration.lab import Lab, LabDoor, running, said_back


@pytest.fixture
async def lab(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Lab]:
    async with running(sqlite_database, tmp_path) as started:
        yield started


@pytest.fixture
async def both(database: Database, tmp_path: Path) -> AsyncIterator[Lab]:
    async with running(database, tmp_path) as started:
        yield started


async def test_a_message_that_did_not_arrive_is_tried_again_after_its_wait_and_not_before(both: Lab) -> None:
    lab = both
    lab.door.script.extend([NotSent("away", code="503"), NotSent("away", code="503")])
    await lab.hear("un")
    await lab.until(lambda: len(lab.door.calls) == 1)

    async def waits() -> bool:
        return await lab.statuses() == ["queued"]

    await lab.until(waits)
    lab.advance(seconds=4)  # at least half of the 10 s of the configuration
    await asyncio.sleep(0.05)
    assert len(lab.door.calls) == 1
    lab.advance(seconds=12)
    await lab.until(lambda: len(lab.door.calls) == 2)
    await lab.until(waits)
    lab.advance(seconds=16)
    await lab.settled()
    assert await lab.statuses() == ["accepted"]
    assert len({call.id for call in lab.door.calls}) == 1  # one key, however many tries


async def test_a_message_that_never_arrives_fails_after_its_tries_and_a_person_can_send_it_again(
    both: Lab,
) -> None:
    lab = both
    lab.door.answer = lambda message: NotSent("away", code="503")
    await lab.hear("un")
    await lab.until(lambda: len(lab.door.calls) == 1)

    async def failed() -> bool:
        if len(lab.door.calls) < 4:
            lab.advance(seconds=20)
        return await lab.statuses() == ["failed"]

    await lab.until(failed)
    assert len(lab.door.calls) == 4  # once, and three retries
    await lab.until(lambda: lab.app.delivery._in_flight == 0)
    assert await lab.alerts() == [("failed", False)]
    lab.door.answer = lambda message: None
    (dead,) = await lab.app.store.dead_letters(10)
    assert (dead.code, dead.to) == ("503", "+213555000101")
    assert await lab.app.store.resend([dead.id]) == 1
    lab.app.delivery.wake()
    await lab.settled()
    assert await lab.statuses() == ["accepted"]


async def test_a_customer_who_waits_does_not_hold_up_another(lab: Lab) -> None:
    lab.door.answer = lambda message: NotSent("away") if message.to.endswith("1") else None
    await lab.hear("un")
    await lab.until(lambda: len(lab.door.calls) == 1)
    await lab.hear("deux", **{"from": "+213555000102"})
    await lab.until(lambda: lab.door.texts == ["un", "deux"])


async def test_a_provider_that_asks_to_wait_is_left_alone_and_then_answers_go_before_campaigns(
    sqlite_database: Database, tmp_path: Path
) -> None:
    def decide(turn: Turn) -> Decision | None:
        words = " ".join(said.text for said in turn.said)
        purpose = "bulk" if words.startswith("promo") else "reply"
        return Decision(by="test", language="fr", replies=(said_back(words, purpose),))

    doors = {"lab": LabDoor("lab", slots=1), "desk": LabDoor("desk")}
    async with running(sqlite_database, tmp_path, decide_with=decide, doors=doors) as lab:
        lab.door.script.append(Throttled("slow down", retry_after_s=60))
        await lab.hear("premier", **{"from": "+213555000100"})
        await lab.until(lambda: len(lab.door.calls) == 1)
        for number in range(1, 4):
            await lab.hear(f"promo {number}", **{"from": f"+21355500010{number}"})
        await lab.hear("question", **{"from": "+213555000109"})
        lab.advance(seconds=50)
        await asyncio.sleep(0.05)
        assert len(lab.door.calls) == 1
        lab.advance(seconds=15)
        await lab.settled()
        assert lab.door.texts[0] == "premier" and set(lab.door.texts[1:3]) == {"premier", "question"}
        assert sorted(lab.door.texts[3:]) == ["promo 1", "promo 2", "promo 3"]


async def test_waiting_for_a_slow_provider_uses_up_no_try(lab: Lab) -> None:
    lab.door.script.extend(Throttled("slow down", retry_after_s=1) for _ in range(6))
    await lab.hear("un")

    async def sent() -> bool:
        lab.advance(seconds=2)
        return await lab.statuses() == ["accepted"]

    await lab.until(sent)
    assert len(lab.door.calls) == 7


async def test_a_rejected_message_is_a_dead_letter_and_told_to_people(lab: Lab) -> None:
    lab.door.script.append(Rejected("no such number", code="21211"))
    await lab.hear("un")
    await lab.settled()
    await lab.until(lambda: lab.app.delivery._in_flight == 0)
    assert await lab.statuses() == ["failed"]
    (dead,) = await lab.app.store.dead_letters(10)
    assert (dead.code, dead.error) == ("21211", "no such number")
    assert await lab.alerts() == [("failed", False)]


async def test_an_address_that_opted_out_is_marked_and_its_word_kept(both: Lab) -> None:
    lab = both
    lab.door.script.append(OptedOut("stopped", code="21610"))
    await lab.hear("un")
    await lab.settled()
    await lab.until(lambda: lab.app.delivery._in_flight == 0)
    (address,) = await lab.rows(Address)
    assert (address.state, address.state_reason) == ("blocked", "21610")
    (word,) = await lab.rows(Consent)
    assert (word.granted, word.purpose, word.source, word.channel) == (False, "all", "provider", "sms")


async def test_a_message_in_doubt_is_not_sent_again_and_a_person_is_told(lab: Lab) -> None:
    lab.door.script.append(Uncertain("the line broke", code="reset"))
    await lab.hear("un")

    async def told() -> bool:
        return await lab.alerts() == [("uncertain", False)]

    await lab.until(told)
    lab.advance(hours=2)
    await asyncio.sleep(0.1)
    assert len(lab.door.calls) == 1
    assert await lab.statuses() == ["uncertain"]


async def test_a_message_in_doubt_that_arrived_is_known_by_looking_it_up(
    sqlite_database: Database, tmp_path: Path
) -> None:
    doors = {"lab": LabDoor("lab", lookup=True), "desk": LabDoor("desk")}
    async with running(sqlite_database, tmp_path, doors=doors) as lab:
        lab.door.script.append(Uncertain("the line broke"))
        lab.door.lookup = lambda message: Receipt("found")
        await lab.hear("un")
        await lab.until(lambda: len(lab.door.looked_up) == 1)
        await lab.settled()
        await lab.until(lambda: lab.app.delivery._in_flight == 0)
        assert len(lab.door.calls) == 1
        (sent,) = await lab.rows(OutboxMessage)
        assert (sent.status, sent.provider_id) == ("accepted", "found")
        assert await lab.alerts() == []  # nobody is troubled with a doubt that settled itself


async def test_a_message_in_doubt_that_did_not_arrive_is_sent_again_but_not_without_end(
    sqlite_database: Database, tmp_path: Path
) -> None:
    doors = {"lab": LabDoor("lab", lookup=True), "desk": LabDoor("desk")}
    async with running(sqlite_database, tmp_path, doors=doors) as lab:
        lab.door.answer = lambda message: Uncertain("the line broke")
        await lab.hear("un")
        await lab.until(lambda: len(lab.door.looked_up) >= 1)
        await asyncio.sleep(0.2)
        assert len(lab.door.calls) <= 2  # it waits like any other retry

        async def given_up() -> bool:
            lab.advance(seconds=20)
            return await lab.statuses() in (["failed"], ["uncertain"])

        await lab.until(given_up)
        await lab.until(lambda: lab.app.delivery._in_flight == 0)
        assert len(lab.door.calls) == 4
        assert [kind for kind, _ in await lab.alerts()] in (["failed"], ["uncertain"])


async def test_a_provider_that_hangs_is_given_up_in_time(sqlite_database: Database, tmp_path: Path) -> None:
    async with running(sqlite_database, tmp_path, timeout_s=1) as lab:
        lab.door.open.clear()
        await lab.hear("un")
        await lab.until(lambda: bool(lab.door.calls))
        lab.advance(seconds=2)

        async def in_doubt() -> bool:
            return await lab.statuses() == ["uncertain"]

        await lab.until(in_doubt)
        assert [d.code for d in await lab.rows(Delivery)] == ["timeout"]
        lab.door.open.set()


async def test_a_fault_in_a_door_leaves_a_doubt_and_the_program_running(lab: Lab) -> None:
    lab.door.script.append(ZeroDivisionError("a fault of ours"))
    await lab.hear("un")

    async def in_doubt() -> bool:
        return await lab.statuses() == ["uncertain"]

    await lab.until(in_doubt)
    await lab.hear("deux", **{"from": "+213555000102"})
    await lab.settled()
    assert lab.door.texts == ["un", "deux"]


# ownership


async def test_an_answer_that_waits_is_not_sent_once_a_person_has_taken_over(both: Lab) -> None:
    lab = both
    lab.door.script.append(NotSent("away"))
    await lab.hear("un")
    await lab.until(lambda: bool(lab.door.calls))

    async def waits() -> bool:
        return await lab.statuses() == ["queued"]

    await lab.until(waits)
    taken = await lab.app.people.take_over((await lab.conversation()).id, agent="Lina")
    assert (taken.owner, taken.epoch, taken.cancelled) == ("agent", 1, 1)
    lab.advance(seconds=60)
    await asyncio.sleep(0.1)
    assert len(lab.door.calls) == 1
    assert await lab.statuses() == ["cancelled"]


async def test_an_answer_already_claimed_and_not_yet_with_the_provider_is_not_sent(both: Lab) -> None:
    lab = both
    await lab.hear("un")
    await lab.settled()
    conversation = (await lab.conversation()).id
    hold = asyncio.Event()
    attempt = lab.app.delivery._attempt

    async def late(row: object) -> object:
        await hold.wait()
        return await attempt(row)  # type: ignore[arg-type]

    lab.app.delivery._attempt = late  # type: ignore[method-assign,assignment]
    await lab.hear("deux")

    async def claimed() -> bool:
        return await lab.statuses() == ["accepted", "claimed"]

    await lab.until(claimed)
    await lab.app.people.take_over(conversation, agent="Lina")
    hold.set()
    await lab.settled()
    assert lab.door.texts == ["un"]
    assert await lab.statuses() == ["accepted", "cancelled"]


async def test_a_take_over_in_the_same_instant_as_a_message_never_lets_the_bot_speak_after_it(
    both: Lab,
) -> None:
    lab = both
    await lab.hear("zéro")
    await lab.settled()
    conversation = (await lab.conversation()).id
    for round_ in range(8):
        await lab.app.people.give_back(conversation, agent="Lina")
        _, taken = await asyncio.gather(
            lab.hear(f"tour {round_}"), lab.app.people.take_over(conversation, agent="Lina")
        )
        spoken = len(lab.door.calls)
        await lab.settled()
        await asyncio.sleep(0.05)
        assert len(lab.door.calls) == spoken  # nothing new reached the provider after the take-over
        rows = [row for row in await lab.rows(OutboxMessage) if row.epoch is not None]
        assert not [row for row in rows if row.status == "accepted" and row.epoch >= taken.epoch]


async def test_the_bot_is_silent_while_a_person_owns_the_conversation_and_answers_after(lab: Lab) -> None:
    await lab.hear("un")
    await lab.settled()
    conversation = (await lab.conversation()).id
    await lab.app.people.take_over(conversation, agent="Lina")
    await lab.hear("deux")
    await lab.settled()
    assert lab.door.texts == ["un"]
    await lab.app.people.give_back(conversation, agent="Lina")
    await lab.hear("trois")
    await lab.settled()
    assert lab.door.texts == ["un", "trois"]


async def test_an_agents_answer_goes_out_once_for_a_key(both: Lab) -> None:
    lab = both
    await lab.hear("un")
    await lab.settled()
    people, conversation = lab.app.people, (await lab.conversation()).id
    with pytest.raises(NotPossible, match="take the conversation over first"):
        await people.reply(conversation, "Je regarde.", agent="Lina", key="answer-1")
    await people.take_over(conversation, agent="Lina")
    again = [people.reply(conversation, "Je regarde.", agent="Lina", key="answer-1") for _ in range(5)]
    first, *others = await asyncio.gather(*again)
    assert len(first) == 1 and all(other == first for other in others)
    # A key that begins like another one is another one.
    await people.reply(conversation, "Voilà.", agent="Lina", key="answer-1:0")
    await people.reply(conversation, "Merci.", agent="Lina", key="answer")
    await lab.settled()
    assert sorted(lab.door.texts[1:]) == ["Je regarde.", "Merci.", "Voilà."]
    assert {call.author for call in lab.door.calls[1:]} == {"Lina"}


async def test_a_long_answer_of_an_agent_goes_out_in_parts_in_order_and_once(lab: Lab) -> None:
    await lab.hear("un")
    await lab.settled()
    people, conversation = lab.app.people, (await lab.conversation()).id
    await people.take_over(conversation, agent="Lina")
    text = " ".join(f"mot{n}" for n in range(900))
    first = await people.reply(conversation, text, agent="Lina", key="long-answer")
    assert await people.reply(conversation, text, agent="Lina", key="long-answer") == first
    await lab.settled()
    assert len(first) > 2 and " ".join(lab.door.texts[1:]) == text


async def test_unknown_conversations_and_cases_are_not_found(both: Lab) -> None:
    people = both.app.people
    for call in (
        people.take_over("nobody", agent="Lina"),
        people.give_back("nobody", agent="Lina"),
        people.reply("nobody", "a", agent="Lina", key="k" * 8),
        both.app.office.cases.act("RC-1999-000001", "answered", Answered(agent="Lina")),
    ):
        with pytest.raises(NotFound):
            await call


# people are told


async def test_the_people_of_a_desk_are_told_of_a_hand_over_once(lab: Lab) -> None:
    lab.app.lab_dialogue.decide_with = lambda turn: Decision(
        by="test", hand_over=HandOver(desk="complaints", reason="wants a person", urgent=True)
    )
    await lab.hear("un")
    await lab.settled()
    (told,) = lab.desk.calls
    assert told.to == "reclamations@example.org" and "wants a person" in told.text
    assert await lab.alerts() == [("hand_over", True)]


def with_receipt(turn: Turn) -> Decision:
    return Decision(by="test", language="fr", receipt_owed=True, replies=(said_back("reçu", "receipt"),))


async def test_a_receipt_that_goes_out_leaves_nothing_owed(sqlite_database: Database, tmp_path: Path) -> None:
    async with running(sqlite_database, tmp_path, decide_with=with_receipt) as lab:
        await lab.hear("un")
        await lab.settled()
        (receipt,) = await lab.rows(ReceiptOwed)
        assert receipt.acknowledged_at is not None and receipt.acknowledged_at <= receipt.due_at
        lab.advance(minutes=5)
        await asyncio.sleep(0.1)
        assert await lab.alerts() == []


async def test_people_are_told_before_the_deadline_when_the_provider_hangs(
    database: Database, tmp_path: Path
) -> None:
    async with running(database, tmp_path, decide_with=with_receipt, timeout_s=300) as lab:
        lab.door.open.clear()
        await lab.hear("un")
        await lab.until(lambda: bool(lab.door.calls))
        lab.advance(seconds=41)

        async def told() -> bool:
            return await lab.alerts() == [("receipt", True)]

        await lab.until(told)
        (receipt,) = await lab.rows(ReceiptOwed)
        (alert,) = await lab.rows(Alert)
        assert receipt.acknowledged_at is None
        assert alert.created_at < receipt.due_at == alert.due_at
        await lab.until(lambda: len(lab.desk.calls) == 1)
        lab.advance(seconds=30)
        await asyncio.sleep(0.1)
        assert len(lab.desk.calls) == 1
        lab.door.open.set()


async def test_people_are_told_of_a_message_that_nobody_handles(lab: Lab) -> None:
    lab.app.dispatcher._stopping = True  # lanes that take nothing
    await lab.hear("un")
    lab.advance(seconds=25)

    async def told() -> bool:
        return await lab.alerts() == [("stuck", True)]

    await lab.until(told)
    assert "has been waiting since" in (await lab.rows(Alert))[0].reason
    lab.app.dispatcher._stopping = False
    await lab.settled()
    assert lab.door.texts == ["un"]


async def test_what_a_killed_process_had_in_its_hands_is_looked_up_before_anything_is_sent(
    sqlite_database: Database, tmp_path: Path
) -> None:
    doors = {"lab": LabDoor("lab", lookup=True), "desk": LabDoor("desk")}
    async with running(sqlite_database, tmp_path, doors=doors) as lab:
        lab.door.open.clear()
        await lab.hear("un")
        await lab.until(lambda: bool(lab.door.calls))
        lab.app.delivery.abandon()  # the process is gone: the provider has it, the table says "claimed"
        await asyncio.sleep(0)
        lab.app.delivery._in_flight = 0
        lab.app.delivery._idle.set()
    doors["lab"].open.set()
    doors["lab"].lookup = lambda message: Receipt("it had arrived")
    async with running(sqlite_database, tmp_path, doors=doors) as lab:
        await lab.settled()
        assert len(lab.door.calls) == 1 and len(lab.door.looked_up) == 1
        assert await lab.statuses() == ["accepted"]


async def test_slots_bound_what_can_be_in_doubt(sqlite_database: Database, tmp_path: Path) -> None:
    doors = {"lab": LabDoor("lab", slots=3), "desk": LabDoor("desk")}
    async with running(sqlite_database, tmp_path, doors=doors) as lab:
        lab.door.open.clear()
        await asyncio.gather(*(lab.hear("x", **{"from": f"+2135550001{n:02}"}) for n in range(20)))
        await lab.until(lambda: lab.door.in_flight == 3)
        await asyncio.sleep(0.05)
        assert lab.door.most_in_flight == 3
        assert (await lab.statuses()).count("claimed") == 3
        lab.door.open.set()
        await lab.settled()
        assert len(lab.door.calls) == 20 and lab.door.most_in_flight == 3


async def test_a_timer_of_the_dialogue_wakes_its_conversation(lab: Lab) -> None:
    def decide(turn: Turn) -> Decision:
        if turn.timer is not None:
            return Decision(by="test", language="fr", replies=(said_back(f"réveil {turn.timer.kind}"),))
        due_at = turn.now + timedelta(minutes=10)
        return Decision(by="test", timers=(SetTimer(kind="lab", key=turn.conversation_id, due_at=due_at),))

    lab.app.lab_dialogue.decide_with = decide
    await lab.hear("un")
    await lab.settled()
    lab.advance(minutes=9)
    await asyncio.sleep(0.05)
    assert lab.door.calls == []
    lab.advance(minutes=2)
    await lab.until(lambda: lab.door.texts == ["réveil lab"])
