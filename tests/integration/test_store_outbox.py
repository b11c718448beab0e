"""The outbox, statuses, receipts and timers, on both databases."""

from __future__ import annotations

import asyncio
import random
import time
from datetime import timedelta
from itertools import permutations

import orjson
import pytest

from bot.records import Delivery, JournalEntry, OutboxMessage, ReceiptOwed, Timer
from bot.records.base import table_of
from bot.store import changes
from bot.store.port import OutboxRow, StatusChange, Store, TurnCommit
from tests.conftest import Database, Opener
from tests.fakes import NOON
from tests.integration.storebench import (
    ACCOUNT,
    accept,
    conversation,
    count_of,
    ending,
    entry,
    new_id,
    outbox_row,
    outcome,
    receipt_row,
    rows_of,
    send_row,
    talk,
    timer,
    turn,
)

_timers = table_of(Timer).c


async def status_of(store: Store, sent: OutboxRow) -> str:
    (found,) = await rows_of(store, OutboxMessage, table_of(OutboxMessage).c.id == sent.id)
    return str(found.status)


def change(sent: OutboxRow, status: str, *, provider_id: str = "", journal_id: str = "") -> StatusChange:
    return StatusChange(
        account_id=ACCOUNT,
        provider_id=provider_id or f"p-{sent.id}",
        status=status,  # type: ignore[arg-type]
        at=NOON,
        journal_id=journal_id,
        delivery_id=new_id(),
    )


async def test_rows_go_out_by_urgency_then_age_and_only_when_they_are_due(store: Store) -> None:
    state = await talk(store)
    bulk = await send_row(store, state, owner=None, purpose="bulk", priority=5)
    later = await send_row(store, state, owner=None, next_at=NOON + timedelta(seconds=10))
    reply = await send_row(store, state, owner=None)
    receipt = await send_row(store, state, owner=None, purpose="receipt", priority=0)
    assert [row.id for row in await store.queued(NOON, 2)] == sorted([receipt.id, reply.id])
    assert [row.id for row in await store.queued(NOON, 10)] == [bulk.id]
    assert await store.queued(NOON, 10) == []
    assert [row.id for row in await store.queued(NOON + timedelta(seconds=10), 10)] == [later.id]


async def test_an_answer_that_waits_for_its_next_try_is_held_with_what_was_written_after_it(
    store: Store,
) -> None:
    state = await talk(store)
    retried = await send_row(store, state, owner=None, attempts=1, next_at=NOON + timedelta(seconds=40))
    after = await send_row(store, state, owner=None)
    assert [(row.id, row.next_at) for row in await store.queued(NOON, 10)] == [
        (retried.id, NOON + timedelta(seconds=40)),
        (after.id, NOON),
    ]
    assert await store.queued(NOON, 10) == []


async def test_a_row_comes_back_as_it_went_in(store: Store) -> None:
    state = await talk(store)
    body = {"text": "brique 🧱", "buttons": [["Oui", "yes"]], "subject": "Ré: votre message"}
    sent = await send_row(store, state, owner=None, body=body, message_id=new_id(), attempts=2)
    assert await store.queued(NOON, 10) == [sent]


async def test_a_row_is_claimed_once(store: Store) -> None:
    state = await talk(store)
    sent = await send_row(store, state)
    results = await asyncio.gather(*(store.claim([sent.id]) for _ in range(3)))
    assert all(result <= {sent.id} for result in results)
    assert await store.record(outcome(sent)) is True
    assert await store.claim([sent.id]) == set()
    assert await store.record(outcome(sent, "failed")) is False
    assert await status_of(store, sent) == "accepted"


async def test_two_processes_never_hold_the_same_row(postgres_database: Database, open_store: Opener) -> None:
    one, two = await open_store(postgres_database), await open_store(postgres_database, "f" * 32)
    state = await talk(one)
    rows = [await send_row(one, state, owner=None) for _ in range(40)]
    halves = await asyncio.gather(*(s.queued(NOON, 5) for _ in range(6) for s in (one, two)))
    held = [row.id for half in halves for row in half]
    assert sorted(held) == sorted(row.id for row in rows)


async def test_a_take_over_cancels_the_bots_words_and_only_those(store: Store) -> None:
    state = await talk(store)
    waiting = await send_row(store, state)
    held_by_nobody = await send_row(store, state, owner=None)
    internal = await send_row(store, state, epoch=None)
    claimed = await send_row(store, state)
    assert await store.claim([claimed.id]) == {claimed.id}
    taken = await store.write(lambda s: changes.take_over(s, new_id(), state.id, agent="Lina", now=NOON))
    assert taken.cancelled == 2
    assert await store.claim([waiting.id, held_by_nobody.id, internal.id]) == {internal.id}
    assert await status_of(store, waiting) == "cancelled"
    assert await status_of(store, claimed) == "claimed"  # with the provider already: told as it is


async def test_a_row_decided_before_a_take_over_and_committed_after_it_is_never_claimed(store: Store) -> None:
    state = await talk(store)
    await store.write(lambda s: changes.take_over(s, new_id(), state.id, agent="Lina", now=NOON))
    state.version, state.epoch = 2, 0  # as the lane saw it
    late = await send_row(store, state)
    assert await store.claim([late.id]) == set()
    assert await status_of(store, late) == "cancelled"


async def test_claims_and_take_overs_at_the_same_instant_end_in_one_of_two_ways(store: Store) -> None:
    for round_ in range(15):
        state = await talk(store, f"t{round_}")
        sent = await send_row(store, state)
        who = state.id
        claimed, taken = await asyncio.gather(
            store.claim([sent.id]),
            store.write(lambda s, who=who: changes.take_over(s, new_id(), who, agent="L", now=NOON)),  # type: ignore[misc]
        )
        status = await status_of(store, sent)
        assert (status, bool(claimed), taken.cancelled) in [
            ("claimed", True, 0),
            ("cancelled", False, 1),
            ("cancelled", False, 0),
        ]


async def test_an_outcome_is_kept_whole(store: Store) -> None:
    state = await talk(store)
    sent = await send_row(store, state)
    await store.claim([sent.id])
    again = NOON + timedelta(seconds=4)
    assert await store.record(
        outcome(sent, "queued", outcome="not_sent", code="503", detail="down", next_at=again)
    )
    (found,) = await rows_of(store, OutboxMessage)
    assert (found.status, found.code, found.error, found.next_at) == ("queued", "503", "down", again)
    assert found.owner == store.worker_id
    await store.claim([sent.id])
    assert await store.record(outcome(sent, attempt=2))
    (found,) = await rows_of(store, OutboxMessage)
    assert (found.status, found.provider_id, found.sent_at, found.owner) == (
        "accepted",
        f"p-{sent.id}",
        NOON,
        None,
    )
    tried = await rows_of(store, Delivery)
    assert sorted((d.attempt, d.outcome) for d in tried) == [(1, "not_sent"), (2, "accepted")]


@pytest.mark.parametrize("order", list(permutations(["accepted", "delivered", "read"])))
async def test_statuses_only_move_forward_in_whatever_order_they_come(
    store: Store, order: tuple[str, ...]
) -> None:
    state = await talk(store)
    sent = await send_row(store, state, status="claimed")
    await store.record(outcome(sent))
    for status in order:
        assert await store.advance(change(sent, status)) is True
    assert await status_of(store, sent) == "read"


async def test_a_failure_after_acceptance_counts_but_not_after_delivery(store: Store) -> None:
    state = await talk(store)
    sent, read = (
        await send_row(store, state, status="claimed"),
        await send_row(store, state, status="claimed"),
    )
    await store.record(outcome(sent))
    await store.record(outcome(read))
    await store.advance(change(sent, "failed"))
    await store.advance(change(sent, "delivered"))
    assert await status_of(store, sent) == "failed"
    await store.advance(change(read, "read"))
    await store.advance(change(read, "failed"))
    assert await status_of(store, read) == "read"


async def test_a_status_before_its_send_is_recorded_is_unknown_and_then_known(store: Store) -> None:
    state = await talk(store)
    sent = await send_row(store, state, status="claimed")
    told = entry(kind="status", thread="status:1")
    await accept(store, told)
    assert await store.advance(change(sent, "delivered", journal_id=told.id)) is False
    assert [e.id for e in await store.pending(10)] == [told.id]
    await store.record(outcome(sent))
    assert await store.advance(change(sent, "delivered", journal_id=told.id)) is True
    assert await status_of(store, sent) == "delivered"
    assert await store.pending(10) == []


async def test_a_status_without_a_message_never_touches_one_that_was_not_sent_yet(store: Store) -> None:
    state = await talk(store)
    waiting = await send_row(store, state)  # its provider id is still empty
    nameless = StatusChange(
        account_id=ACCOUNT, provider_id="", status="failed", code="blocked", at=NOON, delivery_id=new_id()
    )
    assert await store.advance(nameless) is False
    assert await status_of(store, waiting) == "queued"


async def test_rows_of_a_dead_process_are_in_doubt_and_those_it_only_held_are_free(
    database: Database, open_store: Opener
) -> None:
    dead = await open_store(database)
    state = await talk(dead)
    claimed = await send_row(dead, state, status="claimed")
    held = await send_row(dead, state)
    await dead.close()
    alive = await open_store(database, "f" * 32)
    assert [row.id for row in await alive.in_doubt()] == [claimed.id]
    assert await alive.in_doubt() == []
    assert [row.id for row in await alive.queued(NOON, 10)] == [held.id]


async def test_what_a_commit_of_unknown_outcome_left_can_be_taken_back(store: Store) -> None:
    state = await talk(store)
    waiting, claimed = await send_row(store, state), await send_row(store, state, status="claimed")
    sent = await send_row(store, state, status="claimed")
    await store.record(outcome(sent))
    back = await store.take_back([waiting.id, claimed.id, sent.id, "never stored"])
    assert [(row.id, row.status) for row in back] == [(waiting.id, "queued"), (claimed.id, "claimed")]


async def test_failed_and_uncertain_rows_are_dead_letters_until_a_person_sends_them_again(
    store: Store,
) -> None:
    state = await talk(store)
    failed, unsure = (
        await send_row(store, state, status="claimed"),
        await send_row(store, state, status="claimed"),
    )
    fine = await send_row(store, state, status="claimed")
    await store.record(outcome(failed, "failed", code="21211", detail="no such number"))
    await store.record(outcome(unsure, "uncertain", code="timeout"))
    await store.record(outcome(fine))
    dead = {letter.id: (letter.status, letter.code, letter.error) for letter in await store.dead_letters(10)}
    assert dead == {
        failed.id: ("failed", "21211", "no such number"),
        unsure.id: ("uncertain", "timeout", ""),
    }
    assert await store.resend([failed.id, fine.id]) == 1
    (row,) = await store.queued(NOON, 10)
    assert (row.id, row.attempts, row.status) == (failed.id, 0, "queued")
    assert await store.claim([row.id]) == {row.id}


# receipts


async def owed(store: Store) -> tuple[OutboxRow, str]:
    first = entry()
    await accept(store, first)
    state = conversation()
    sent = outbox_row(state, status="claimed", purpose="receipt", priority=0)
    shape = {"receipts": [receipt_row(first, state, sent.id)]}
    await store.commit(turn(store, [first], state, sends=[sent], inserts=shape))
    return sent, first.id


async def test_a_receipt_is_owed_until_its_message_has_gone_out(store: Store) -> None:
    sent, journal_id = await owed(store)
    at = NOON + timedelta(seconds=40)
    assert await store.overdue_receipts(at - timedelta(seconds=1), 10) == []
    (overdue,) = await store.overdue_receipts(at, 10)
    assert (overdue.journal_id, overdue.outbox_id) == (journal_id, sent.id)
    assert overdue.due_at == NOON + timedelta(seconds=60)
    await store.record(outcome(sent, acknowledges=True, at=NOON + timedelta(seconds=1)))
    assert await store.overdue_receipts(at, 10) == []
    (receipt,) = await rows_of(store, ReceiptOwed)
    assert receipt.acknowledged_at == NOON + timedelta(seconds=1)


async def test_an_overdue_receipt_is_told_once(store: Store) -> None:
    _, journal_id = await owed(store)
    at = NOON + timedelta(seconds=45)
    await store.write(lambda session: changes.mark_alerted(session, [journal_id], at))
    assert await store.overdue_receipts(at, 10) == []
    assert [r.alerted_at for r in await rows_of(store, ReceiptOwed)] == [at]


# timers


async def set_timers(store: Store, *timers: tuple[object, ...], cancel: list[str] | None = None) -> None:
    first = entry()
    await accept(store, first)
    await store.commit(
        TurnCommit(
            account_id=ACCOUNT,
            thread="t1",
            journal_ids=(first.id,),
            conversation=None,
            set_timers=list(timers),
            cancel_timers=cancel or [],
        )
    )


async def test_a_timer_fires_when_it_is_due_and_not_before_and_once(store: Store) -> None:
    await set_timers(store, timer("k1", NOON + timedelta(seconds=5)))
    assert await store.fire_timers(NOON + timedelta(seconds=4), 10) == ([], [])
    (fired,), others = await store.fire_timers(NOON + timedelta(seconds=5), 10)
    assert (fired.kind, fired.thread, others) == ("timer", "t1", [])
    assert b'"key":"k1"' in fired.raw
    assert await store.fire_timers(NOON + timedelta(days=1), 10) == ([], [])
    assert [e.id for e in await store.pending(10)] == [fired.id]


async def test_a_timer_set_again_moves_and_fires_anew_after_it_fired(store: Store) -> None:
    await set_timers(store, timer("k1", NOON))
    await set_timers(store, timer("k1", NOON + timedelta(seconds=5)))
    assert await store.fire_timers(NOON, 10) == ([], [])
    first, _ = await store.fire_timers(NOON + timedelta(seconds=5), 10)
    await set_timers(store, timer("k1", NOON + timedelta(seconds=9)))
    second, _ = await store.fire_timers(NOON + timedelta(seconds=9), 10)
    assert len(first) == len(second) == 1 and first[0].id != second[0].id
    assert await count_of(store, Timer) == 1


async def test_a_cancelled_timer_is_silent_and_one_that_fired_can_not_be_cancelled(store: Store) -> None:
    await set_timers(store, timer("k1", NOON), timer("k2", NOON))
    await set_timers(store, cancel=["k1", "no such key"])
    fired, _ = await store.fire_timers(NOON, 10)
    assert [b'"key":"k2"' in e.raw for e in fired] == [True]
    await set_timers(store, cancel=["k2"])
    assert [t.status for t in await rows_of(store, Timer, _timers.key == "k2")] == ["fired"]


async def test_a_timer_set_and_cancelled_by_one_turn_follows_the_last_word(store: Store) -> None:
    await set_timers(store, timer("k1", NOON), timer("k1", NOON + timedelta(seconds=3)))
    assert await store.fire_timers(NOON, 10) == ([], [])
    assert len((await store.fire_timers(NOON + timedelta(seconds=3), 10))[0]) == 1


async def test_a_timer_without_a_thread_goes_to_its_handler_until_that_is_done(store: Store) -> None:
    await set_timers(store, timer("k1", NOON, thread="", kind="media.fetch"))
    _, (due,) = await store.fire_timers(NOON, 10)
    assert (due.kind, due.payload, due.attempts) == ("media.fetch", {"n": 1}, 0)
    assert await store.fire_timers(NOON, 10) == ([], [])
    await store.settle_timer(due.id, again_at=NOON + timedelta(seconds=9))
    assert await store.fire_timers(NOON + timedelta(seconds=8), 10) == ([], [])
    _, (due,) = await store.fire_timers(NOON + timedelta(seconds=9), 10)
    assert due.attempts == 1
    await store.settle_timer(due.id)
    assert await store.fire_timers(NOON + timedelta(days=9), 10) == ([], [])


async def test_work_that_a_dead_process_had_begun_is_begun_again(
    database: Database, open_store: Opener
) -> None:
    dead = await open_store(database)
    await set_timers(dead, timer("k1", NOON, thread="", kind="media.fetch"))
    assert len((await dead.fire_timers(NOON, 10))[1]) == 1
    await dead.close()
    alive = await open_store(database, "f" * 32)
    assert [due.key for due in (await alive.fire_timers(NOON, 10))[1]] == ["k1"]


async def test_ten_thousand_timers_fire_once_each_in_order_of_their_time(store: Store) -> None:
    chance = random.Random(7)
    due = [NOON + timedelta(milliseconds=chance.randrange(100_000)) for _ in range(10_000)]
    await set_timers(store, *(timer(f"k{n}", at, thread=f"t{n % 50}") for n, at in enumerate(due)))
    began = time.perf_counter()
    fired = []
    while batch := (await store.fire_timers(NOON + timedelta(seconds=200), 500))[0]:
        assert len(batch) <= 500
        fired += batch
    assert time.perf_counter() - began < 20
    assert len({e.provider_id for e in fired}) == len(fired) == 10_000
    told = [orjson.loads(e.raw)["due_at"] for e in fired[:500]]
    assert sorted(told) == [at.isoformat() for at in sorted(due)[:500]]  # the earliest come first
    assert await count_of(store, JournalEntry, table_of(JournalEntry).c.kind == "timer") == 10_000


async def test_two_processes_fire_each_timer_once_between_them(
    postgres_database: Database, open_store: Opener
) -> None:
    one, two = await open_store(postgres_database), await open_store(postgres_database, "f" * 32)
    await set_timers(one, *(timer(f"k{n}", NOON, thread=f"t{n % 9}") for n in range(500)))
    await set_timers(one, *(timer(f"h{n}", NOON, thread="", kind="media.fetch") for n in range(100)))
    fired = await asyncio.gather(*(s.fire_timers(NOON, 40) for _ in range(12) for s in (one, two)))
    handed_on = [due.key for _, others in fired for due in others]
    assert len(handed_on) == len(set(handed_on)) == 100
    assert await count_of(
        one, JournalEntry, table_of(JournalEntry).c.kind == "timer"
    ) == 500 - await count_of(one, Timer, _timers.status == "waiting")
    assert not await count_of(one, Timer, _timers.status == "waiting")


async def test_a_status_that_nobody_knows_can_be_ended_like_any_entry(store: Store) -> None:
    told = entry(kind="status")
    await accept(store, told)
    assert (await store.commit(ending([told]))).outcome == "done"
    assert await store.pending(10) == []
