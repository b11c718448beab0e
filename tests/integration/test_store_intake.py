"""Taking in, on both databases: durable once, in order, never twice."""

from __future__ import annotations

import asyncio

import pytest

from bot.records import JournalEntry
from bot.records.base import table_of
from bot.store.port import Store, StoreError, StoreRefused
from tests.conftest import Database, Opener
from tests.integration.storebench import (
    accept,
    conversation,
    count_of,
    ending,
    entry,
    rows_of,
    talk,
    turn,
)

_journal = table_of(JournalEntry).c


async def test_a_known_entry_is_told_from_a_fresh_one(store: Store) -> None:
    assert [r.fresh for r in await accept(store, entry("m1"), entry("m2"))] == [True, True]
    assert [r.fresh for r in await accept(store, entry("m2"), entry("m3"))] == [False, True]
    assert await count_of(store, JournalEntry) == 3


async def test_a_double_inside_one_batch_is_taken_once(store: Store) -> None:
    results = await accept(store, entry("m1"), entry("m1"), entry("m1"))
    assert [r.fresh for r in results] == [True, False, False]
    assert await count_of(store, JournalEntry) == 1


async def test_the_same_provider_id_on_two_accounts_is_two_messages(store: Store) -> None:
    await accept(store, entry("m1"), entry("m1", account_id="other"))
    assert await count_of(store, JournalEntry) == 2


async def test_one_message_delivered_forty_times_at_once_is_taken_once(store: Store) -> None:
    results = await asyncio.gather(*(store.accept([entry("m1")]) for _ in range(40)))
    assert sum(result[0].fresh for result in results) == 1
    assert await count_of(store, JournalEntry) == 1


async def test_two_processes_take_the_same_messages_once_between_them(
    postgres_database: Database, open_store: Opener
) -> None:
    one, two = await open_store(postgres_database), await open_store(postgres_database, "f" * 32)
    taken = await asyncio.gather(
        *(s.accept([entry(f"m{n}", thread=f"t{n % 7}")]) for n in range(100) for s in (one, two))
    )
    assert sum(result[0].fresh for result in taken) == 100
    mine, theirs = await one.pending(1000), await two.pending(1000)
    assert len(mine) + len(theirs) == 100
    assert not {e.thread for e in mine} & {e.thread for e in theirs}  # a lane has one worker


async def test_pending_entries_come_in_order_of_arrival_and_only_while_they_wait(store: Store) -> None:
    entries = [entry(f"m{n}", thread=f"t{n % 3}") for n in range(30)]
    for item in entries:
        await accept(store, item)
    waiting = await store.pending(100)
    assert [e.provider_id for e in waiting] == [f"m{n}" for n in range(30)]
    assert [e.seq for e in waiting] == sorted(e.seq for e in waiting)
    assert [e.provider_id for e in await store.pending(4)] == ["m0", "m1", "m2", "m3"]
    await store.commit(ending([entries[0]]))
    assert "m0" not in [e.provider_id for e in await store.pending(100)]


async def test_an_entry_comes_back_as_it_went_in(store: Store) -> None:
    raw = bytes(range(256))
    given = entry("id with é and 🧱", thread="fil-ä", order=2**62, raw=raw, kind="edit")
    await accept(store, given)
    (found,) = await store.pending(10)
    assert found == given
    assert found.received_at.tzinfo is not None


async def test_arrival_numbers_go_on_after_a_restart(database: Database, open_store: Opener) -> None:
    first = await open_store(database)
    await accept(first, entry("m1"), entry("m2"))
    await first.close()
    again = await open_store(database, "b" * 32)
    await accept(again, entry("m3"))
    assert [e.provider_id for e in await again.pending(10)] == ["m1", "m2", "m3"]


async def test_quarantine_keeps_the_payload_and_the_reason_once(store: Store) -> None:
    held = entry("q1", raw=b"\x00\xff broken")
    await store.quarantine(held, "Malformed: not JSON")
    await store.quarantine(entry("q1", raw=b"other"), "again")
    (found,) = await store.quarantined(10)
    assert (found.id, found.reason, found.preview_size) == (held.id, "Malformed: not JSON", 9)
    assert await store.pending(10) == []
    assert [r.raw for r in await rows_of(store, JournalEntry)] == [held.raw]


async def test_a_requeued_entry_waits_in_its_lane_again_and_ends_there(store: Store) -> None:
    held = [entry(f"q{n}", thread="t9") for n in range(3)]
    for item in held:
        await store.quarantine(item, "reason")
    assert await store.requeue([item.id for item in held[:2]]) == 2
    assert await store.requeue(["no such id"]) == 0
    waiting = await store.pending(10)
    assert [e.provider_id for e in waiting] == ["q0", "q1"]
    for item in waiting:
        assert (await store.commit(ending([item]))).outcome == "done"
    assert await store.pending(10) == []
    assert [item.id for item in await store.quarantined(10)] == [held[2].id]


async def test_entries_requeued_while_their_lane_works_are_not_left_behind(store: Store) -> None:
    held = [entry(f"q{n}", thread="t1") for n in range(20)]
    for item in held:
        await store.quarantine(item, "reason")
    busy = [entry(f"m{n}", thread="t1") for n in range(20)]

    async def work_off() -> None:
        for item in busy:
            await accept(store, item)
            taken: set[str] = set()
            while item.id not in taken:  # a lane where something older waits is taken over with all of it,
                taken = {e.id for e in await store.pending(100)}  # at a moment when nobody requeues there
            assert (await store.commit(ending([item]))).outcome == "done"

    async def requeue() -> None:
        for item in held:
            assert await store.requeue([item.id]) == 1

    await asyncio.gather(work_off(), requeue())
    assert {e.provider_id for e in await store.pending(100)} == {f"q{n}" for n in range(20)}


@pytest.mark.parametrize(
    "change",
    [
        {"id": "x" * 5000, "thread": "\x00"},
        {"order": 2**70},
        {"thread": "\ud800"},
        {"provider_id": None},
    ],
    ids=["too long or NUL", "number too large", "unpaired surrogate", "nothing where something must be"],
)
async def test_a_value_the_database_refuses_fails_alone(store: Store, change: dict[str, object]) -> None:
    if not store.shared and "id" in change:
        pytest.skip("SQLite keeps NUL and any length")
    bad = entry("bad")
    for name, value in change.items():
        setattr(bad, name, value)
    results = await asyncio.gather(
        *(store.accept([item]) for item in (entry("good1"), bad, entry("good2"))), return_exceptions=True
    )
    assert isinstance(results[1], StoreRefused)
    assert not isinstance(results[0], BaseException) and not isinstance(results[2], BaseException)
    assert {e.provider_id for e in await store.pending(10)} == {"good1", "good2"}


async def test_a_refused_turn_fails_alone_and_changes_nothing(store: Store) -> None:
    await talk(store, "t0")
    first, second = entry(thread="t1"), entry(thread="t2")
    await accept(store, first, second)
    good = turn(store, [first], conversation("t1"))
    bad = turn(store, [second], conversation("t2", address="t0"))  # another contact's address
    results = await asyncio.gather(store.commit(good), store.commit(bad), return_exceptions=True)
    assert isinstance(results[1], StoreRefused)
    assert not isinstance(results[0], BaseException) and results[0].outcome == "done"
    assert [e.thread for e in await store.pending(10)] == ["t2"]
    assert (await store.commit(ending([second], quarantine="refused"))).outcome == "done"
    assert [item.reason for item in await store.quarantined(10)] == ["refused"]


async def test_our_own_fault_in_one_item_does_not_stop_the_others(store: Store) -> None:
    first = entry()
    await accept(store, first)
    nonsense = turn(store, [first], conversation(), inserts={"no_such_table": [(1,)]})
    with pytest.raises(Exception):  # noqa: B017 - which one is not the point: that it comes back, is
        await asyncio.wait_for(store.commit(nonsense), 5)
    assert (await asyncio.wait_for(store.commit(ending([first])), 5)).outcome == "done"


async def test_a_closed_store_says_so(database: Database) -> None:
    store = database.new_store()
    with pytest.raises(StoreError):
        await store.accept([entry()])
    await store.open()
    await store.close()
    with pytest.raises(StoreError):
        await store.accept([entry()])
    with pytest.raises(StoreError):
        await store.read(lambda session: None)


async def test_a_second_process_on_one_sqlite_file_is_refused_clearly(
    sqlite_database: Database, open_store: Opener
) -> None:
    await open_store(sqlite_database)
    with pytest.raises(StoreError, match="another Relais process works on"):
        await sqlite_database.new_store("b" * 32).open()
