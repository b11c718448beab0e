"""From the journal to an answer: lanes, bursts, poison, statuses, files. The real program, a scripted door."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.dialogue.turn import Decision, HandOver, Turn
from bot.records import (
    Address,
    Alert,
    Case,
    Consent,
    Conversation,
    JournalEntry,
    Message,
    OutboxMessage,
    Timer,
)
from channels.port import Attachment, NotSent, Rejected
from tests.conftest import Database
from tests.integration.lab import Lab, LabDoor, echo, real, running


@pytest.fixture
async def lab(database: Database, tmp_path: Path) -> AsyncIterator[Lab]:
    async with running(database, tmp_path) as started:
        yield started


async def test_a_message_is_answered_once_however_often_it_comes(lab: Lab) -> None:
    assert await lab.hear("bonjour", id="m1") is True
    assert await lab.hear("bonjour", id="m1") is False
    await lab.settled()
    assert await lab.hear("bonjour", id="m1") is False
    await lab.settled()
    assert lab.door.texts == ["bonjour"]
    assert await lab.statuses() == ["accepted"]


async def test_one_customer_is_answered_in_order_and_others_side_by_side(lab: Lab) -> None:
    lab.door.open.clear()
    await asyncio.gather(*(lab.hear(f"de {n}", **{"from": f"+21355500010{n}"}) for n in range(5)))
    await lab.until(lambda: lab.door.in_flight == 5)
    await lab.hear("encore", **{"from": "+213555000100"})
    await asyncio.sleep(0.1)
    assert lab.door.in_flight == 5  # the second answer to one customer waits for the first
    lab.door.open.set()
    await lab.settled()
    assert lab.door.texts[5:] == ["encore"]


async def test_a_burst_is_answered_once_in_the_providers_order(lab: Lab) -> None:
    lines = [{"text": word, "order": order} for word, order in (("un", 1), ("trois", 3), ("deux", 2))]
    await lab.hear_all(lines)
    await lab.settled()
    # The first entry may be at work before the others arrive; what waits meanwhile is answered at once.
    assert len(lab.door.texts) <= 2
    assert " + ".join(lab.door.texts) == "un + deux + trois"


async def test_fifty_messages_of_one_customer_are_all_heard_in_order(lab: Lab) -> None:
    await asyncio.gather(*(lab.hear(f"n{n:02}", order=n + 1) for n in range(50)))
    await lab.settled()
    heard = [m.text for m in sorted(await lab.rows(Message), key=lambda m: m.seq) if m.direction == "in"]
    assert sorted(heard) == [f"n{n:02}" for n in range(50)]
    spoken = " + ".join(lab.door.texts).split(" + ")
    assert spoken == heard
    assert len(lab.door.texts) < 50


async def test_what_can_not_be_read_rests_in_quarantine_and_its_neighbour_is_answered(lab: Lab) -> None:
    await lab.hear_all([{"text": "un"}, {"text": "malformed"}, {"text": "crash"}, {"text": "deux"}])
    await lab.settled()
    assert " + ".join(lab.door.texts) == "un + deux"
    reasons = sorted(item.reason for item in await lab.app.store.quarantined(10))
    assert len(reasons) == 2 and reasons[0].startswith("Malformed: text is not") and "KeyError" in reasons[1]


async def test_a_message_the_bot_fails_on_goes_to_a_person_and_its_neighbours_are_answered(lab: Lab) -> None:
    await lab.hear_all([{"text": "un"}, {"text": "BOOM"}, {"text": "deux"}])
    await lab.settled()
    assert "un" in " + ".join(lab.door.texts)
    (kept,) = await lab.app.store.quarantined(10)
    assert kept.reason == "failed: RuntimeError"
    (raw,) = [r.raw for r in await lab.rows(JournalEntry) if r.id == kept.id]
    assert b"BOOM" in raw
    conversation = await lab.conversation()
    assert (conversation.owner, conversation.urgent) == ("queue", True)
    assert ("hand_over", True) in await lab.alerts()
    assert [call.to for call in lab.desk.calls] == ["reclamations@example.org"]
    heard = {m.text for m in await lab.rows(Message) if m.direction == "in"}
    assert heard == {"un", "BOOM", "deux"}


async def test_a_failed_message_can_be_tried_again_once_the_fault_is_mended(lab: Lab) -> None:
    await lab.hear("BOOM")
    await lab.settled()
    (kept,) = await lab.app.store.quarantined(10)
    conversation = await lab.conversation()
    await lab.app.people.give_back(conversation.id, agent="Lina")
    mended = lab.app.lab_dialogue
    mended.decide = lambda turn: echo(turn) or Decision(by="silent")  # type: ignore[method-assign]
    assert await lab.app.store.requeue([kept.id]) == 1
    await lab.settled()
    assert await lab.app.store.quarantined(10) == []
    assert lab.door.texts == ["BOOM"]
    assert len([m for m in await lab.rows(Message) if m.direction == "in"]) == 1


async def test_a_turn_that_hands_over_can_be_tried_again_after_it_failed(lab: Lab) -> None:
    await lab.hear("BOOM")
    await lab.settled()
    (kept,) = await lab.app.store.quarantined(10)
    await lab.app.people.give_back((await lab.conversation()).id, agent="Lina")

    def hand_over(turn: Turn) -> Decision:
        return Decision(
            by="test", hand_over=HandOver(desk="complaints", reason="asked for"), receipt_owed=True
        )

    lab.app.lab_dialogue.decide = hand_over  # type: ignore[method-assign]
    await lab.app.store.requeue([kept.id])
    await lab.settled()
    assert await lab.app.store.quarantined(10) == []
    assert (await lab.conversation()).owner == "queue"
    assert len(lab.desk.calls) == 2


async def test_a_value_the_database_refuses_does_not_stop_its_neighbours(
    postgres_database: Database, tmp_path: Path
) -> None:
    async with running(postgres_database, tmp_path) as lab:
        await lab.hear_all([{"text": "un"}, {"text": "a \x00 b"}, {"text": "deux"}])
        await lab.settled(within_s=15)
        (kept,) = await lab.app.store.quarantined(10)
        assert kept.reason.startswith("failed: ")
        assert "un" in " + ".join(lab.door.texts)
        conversation = await lab.conversation()
        assert conversation.owner == "queue"  # the customer is not left alone


async def test_the_first_words_of_a_customer_being_poison_still_reach_a_person(
    postgres_database: Database, tmp_path: Path
) -> None:
    async with running(postgres_database, tmp_path) as lab:
        await lab.hear("a \x00 b")
        await lab.settled(within_s=15)
        assert len(await lab.app.store.quarantined(10)) == 1
        assert [kind for kind, _ in await lab.alerts()] != []


async def test_an_edit_is_a_turn_of_its_own_and_is_marked(lab: Lab) -> None:
    await lab.hear("une brique", id="m1")
    await lab.settled()
    await lab.hear("deux briques", id="m1:edit", edits="m1")
    await lab.settled()
    assert lab.app.lab_dialogue.turns[-1].said[0].edited is True
    edited = [m for m in await lab.rows(Message) if m.edited_at is not None]
    assert [m.text for m in edited] == ["deux briques"]


async def test_an_account_that_is_gone_leaves_its_messages_in_quarantine(lab: Lab) -> None:
    lab.doors["gone"] = LabDoor("gone")
    await lab.hear_all([{"text": "allô"}], account="gone")
    await lab.settled()
    (kept,) = await lab.app.store.quarantined(10)
    assert "there is no account “gone”" in kept.reason


async def test_a_status_moves_its_message_and_a_failure_reaches_a_person(lab: Lab) -> None:
    await lab.hear("un")
    await lab.settled()
    (sent,) = await lab.rows(OutboxMessage)
    await lab.hear(status_of=sent.provider_id, status="delivered", thread="s1")
    await lab.settled()
    assert await lab.statuses() == ["delivered"]
    await lab.hear("deux")
    await lab.settled()
    second = next(row for row in await lab.rows(OutboxMessage) if row.status == "accepted")
    await lab.hear(status_of=second.provider_id, status="failed", code="30003", thread="s2")
    await lab.settled()
    assert await lab.statuses() == ["delivered", "failed"]
    assert await lab.alerts() == [("failed", False)]
    assert "30003" in (await lab.rows(Alert))[0].reason


async def test_a_status_that_comes_before_its_send_is_recorded_is_not_lost(lab: Lab) -> None:
    lab.door.open.clear()
    await lab.hear("un")
    await lab.until(lambda: bool(lab.door.calls))
    await lab.hear(status_of=f"p-{lab.door.calls[0].id}", status="read", thread="s1")
    await asyncio.sleep(0.05)
    lab.door.open.set()
    await lab.settled()
    assert await lab.statuses() == ["read"]


async def test_a_status_of_an_unknown_message_ends_and_disturbs_nobody(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.statuses._STATUS_PATIENCE_S", (0.01, 0.02))
    async with running(sqlite_database, tmp_path) as lab:
        await lab.hear(status_of="never sent", status="delivered", thread="s1")
        await lab.hear("un")
        await lab.settled()
        assert await lab.statuses() == ["accepted"]
        assert await lab.app.store.quarantined(10) == []


async def test_a_customer_who_blocks_the_bot_is_stopped_and_nobody_else(lab: Lab) -> None:
    await lab.hear("un")
    await lab.hear("un", **{"from": "+213555000102"})
    await lab.settled()
    await lab.hear(member=True, status="failed", code="blocked")
    await lab.settled()
    states = {row.value: (row.state, row.state_reason) for row in await lab.rows(Address)}
    assert states == {"+213555000101": ("blocked", "blocked"), "+213555000102": ("ok", "")}
    (word,) = await lab.rows(Consent)
    assert (word.granted, word.purpose, word.source) == (False, "all", "provider")
    assert await lab.statuses() == ["accepted", "accepted"]
    await lab.hear(member=True, status="accepted", code="unblocked")
    await lab.settled()
    assert {row.state for row in await lab.rows(Address)} == {"ok"}
    assert len(await lab.rows(Consent)) == 1  # reachable again; what was said of messages stands


async def test_a_file_is_brought_in_after_several_tries(lab: Lab) -> None:
    kept = Attachment(kind="image", ref=f"media:{'a' * 64}", mime="image/png", size=9)
    lab.door.fetched.extend([NotSent("away"), NotSent("away"), kept])
    await lab.hear("voici", files=[{"kind": "image", "ref": "sandbox:f1"}])
    await lab.settled()

    async def brought_in() -> bool:
        lab.advance(seconds=60)
        (heard,) = [m for m in await lab.rows(Message) if m.direction == "in"]
        return bool(heard.attachments[0]["ref"] == kept.ref)

    await lab.until(brought_in)
    await lab.until(lambda: not lab.door.fetched)
    assert {timer.status for timer in await lab.rows(Timer)} <= {"fired", "running"}


async def test_a_file_that_is_refused_is_asked_for_once(lab: Lab) -> None:
    lab.door.fetched.append(Rejected("too large"))
    await lab.hear("voici", files=[{"kind": "file", "ref": "sandbox:f1"}])
    await lab.settled()
    lab.advance(seconds=1)

    async def given_up() -> bool:
        return [timer.status for timer in await lab.rows(Timer)] == ["fired"]

    await lab.until(given_up)
    assert lab.door.texts == ["voici"]


async def test_two_accounts_that_meet_one_new_customer_at_once_make_one_contact(lab: Lab) -> None:
    await asyncio.gather(*(lab.hear("bonjour", thread=f"t{n}") for n in range(8)))
    await lab.settled()
    assert len(await lab.rows(Address)) == 1
    assert len({c.contact_id for c in await lab.rows(Conversation)}) == 1
    assert len(lab.door.calls) == 8


async def test_a_complaint_in_one_breath_is_registered_with_its_reference_in_the_answer(
    database: Database, tmp_path: Path
) -> None:
    async with running(database, tmp_path, decide_with=real) as lab:
        await lab.hear("Je veux déposer une réclamation: mes briques B8 sont arrivées cassées hier")
        for answer in ("la commande 4471", "hier", "passer", "un échange", "oui", "oui", "oui"):
            await lab.settled()
            if await lab.rows(Case):
                break
            await lab.hear(answer)
        await lab.settled()
        (case,) = await lab.rows(Case)
        assert case.reference == "RC-2026-000001"
        assert any(case.reference in text for text in lab.door.texts)
        assert not any("\ue000" in text for text in lab.door.texts)


async def test_what_was_under_way_when_the_program_stopped_is_finished_by_the_next(
    database: Database, tmp_path: Path
) -> None:
    doors = {"lab": LabDoor("lab"), "desk": LabDoor("desk")}
    async with running(database, tmp_path, doors=doors) as lab:
        lab.app.intake._hand_on = lambda entry: None  # journaled, and then the process stops
        await lab.hear("un")
        await lab.hear("deux", **{"from": "+213555000102"})
        lab.app.dispatcher._stopping = True
    assert doors["lab"].closed and doors["lab"].calls == []
    async with running(database, tmp_path, doors=doors) as lab:
        await lab.settled()
    assert sorted(doors["lab"].texts) == ["deux", "un"]
