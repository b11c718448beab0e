"""Decisions, conversations and cases, on both databases: whole or not at all, never twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from bot.dialogue.turn import REFERENCE
from bot.records import Case, Contact, Conversation, JournalEntry, Message, OutboxMessage
from bot.records.base import table_of
from bot.store import changes
from bot.store.port import ConversationState, KnownContact, LaneKey, Store, StoreError, StoreRefused
from bot.store.tables import row
from tests.conftest import Database, Opener
from tests.fakes import NOON
from tests.integration.storebench import (
    ACCOUNT,
    accept,
    address_row,
    case_row,
    contact_row,
    conversation,
    count_of,
    ending,
    entry,
    new_id,
    outbox_row,
    rows_of,
    talk,
    timer,
    turn,
)

_conversations = table_of(Conversation).c


def key(thread: str = "t1", address: str = "") -> LaneKey:
    return LaneKey(account_id=ACCOUNT, thread=thread, channel="sms", address=address or thread)


async def loaded(store: Store, thread: str = "t1") -> ConversationState:
    found = await store.load(key(thread))
    assert isinstance(found, ConversationState)
    return found


async def test_a_conversation_is_read_as_it_was_written(store: Store) -> None:
    state = await talk(
        store, state={"intake": {"words": "brique cassée 🧱", "n": [1, None, True]}}, urgent=True, last_seq=3
    )
    found = await loaded(store)
    assert found == replace(state, version=1, contact_is_new=False)
    assert found.created_at.tzinfo is not None


async def test_an_unknown_lane_gives_the_contact_of_its_address_or_nothing(store: Store) -> None:
    state = await talk(store, address="+213555000101")
    assert await store.load(key("another", "+213555000101")) == KnownContact(id=state.contact_id)
    assert await store.load(key("another", "+213555000102")) is None


async def test_a_decision_is_committed_once(store: Store) -> None:
    first = entry()
    await accept(store, first)
    decided = turn(store, [first], conversation(), sends=[])
    results = await asyncio.gather(store.commit(decided), *(store.commit(ending([first])) for _ in range(5)))
    assert sorted(r.outcome for r in results).count("done") == 1
    assert (await store.commit(ending([first]))).outcome == "gone"


async def test_a_decision_on_an_older_conversation_is_stale_and_changes_nothing(store: Store) -> None:
    state = await talk(store)
    agent = new_id()
    await store.write(lambda s: changes.take_over(s, agent, state.id, agent="Lina", now=NOON))
    second = entry()
    await accept(store, second)
    sends = [outbox_row(state)]
    assert (await store.commit(turn(store, [second], state, sends=sends))).outcome == "stale"
    assert await count_of(store, OutboxMessage) == 0
    assert [e.id for e in await store.pending(10)] == [second.id]
    now = await loaded(store)
    assert (now.owner, now.epoch) == ("agent", 1)
    assert (await store.commit(turn(store, [second], now, sends=sends))).outcome == "done"


async def test_a_burst_of_which_one_entry_is_gone_is_not_committed_in_part(store: Store) -> None:
    one, two = entry(), entry()
    await accept(store, one, two)
    await store.commit(ending([one]))
    assert (await store.commit(turn(store, [one, two], conversation()))).outcome == "gone"
    assert await count_of(store, Conversation) == 0
    assert [e.id for e in await store.pending(10)] == [two.id]


async def test_entries_of_a_failed_turn_rest_in_quarantine_with_the_reason(store: Store) -> None:
    first = entry(raw=b"the payload")
    await accept(store, first)
    await store.commit(turn(store, [first], conversation(), quarantine_reason="failed: KeyError"))
    (kept,) = await store.quarantined(10)
    assert (kept.id, kept.reason) == (first.id, "failed: KeyError")
    assert await count_of(store, Conversation) == 1


async def test_a_case_gets_its_reference_in_every_place_that_stands_for_it(store: Store) -> None:
    first = entry()
    await accept(store, first)
    state = conversation(state={"last": REFERENCE})
    sent = outbox_row(state, body={"text": f"Dossier {REFERENCE}."})
    told = row(
        "messages",
        id=new_id(),
        conversation_id=state.id,
        seq=1,
        direction="out",
        author="bot",
        text=f"Dossier {REFERENCE}.",
        subject="",
        quoted="",
        automatic="",
        language="fr",
        attachments=[],
        buttons=[],
        choice="",
        template="",
        decided_by="",
        why="",
        provider_id="",
        provider_at=None,
        created_at=NOON,
        edited_at=None,
    )
    done = await store.commit(
        turn(
            store,
            [first],
            state,
            sends=[sent],
            case_counter="RC-2026",
            inserts={"cases": [case_row(state)], "messages": [told]},
            set_timers=[timer(f"case:{REFERENCE}:followup", NOON)],
        )
    )
    assert done.reference == "RC-2026-000001"
    assert [c.reference for c in await rows_of(store, Case)] == ["RC-2026-000001"]
    assert [m.text for m in await rows_of(store, Message)] == ["Dossier RC-2026-000001."]
    assert [o.body["text"] for o in await rows_of(store, OutboxMessage)] == ["Dossier RC-2026-000001."]
    assert (await loaded(store)).state == {"last": "RC-2026-000001"}
    fired, _ = await store.fire_timers(NOON, 10)
    assert b"case:RC-2026-000001:followup" in fired[0].raw


async def test_sixty_cases_at_once_are_numbered_without_gap_or_double(store: Store) -> None:
    first = [entry(thread=f"t{n}") for n in range(60)]
    await accept(store, *first)

    async def open_case(n: int) -> str:
        state = conversation(f"t{n}")
        shape = {"cases": [case_row(state)]}
        if n % 10 == 3:  # this one fails after it has drawn its number
            shape["no_such_table"] = []
            shape["contacts"] = [contact_row(state), contact_row(state)]
        try:
            done = await store.commit(turn(store, [first[n]], state, case_counter="RC-2026", inserts=shape))
        except Exception:
            return ""
        return done.reference

    given = [reference for reference in await asyncio.gather(*(open_case(n) for n in range(60))) if reference]
    assert sorted(given) == [f"RC-2026-{n:06d}" for n in range(1, 55)]


async def test_a_cases_lists_grow_and_its_other_fields_are_replaced(store: Store) -> None:
    first = entry()
    await accept(store, first)
    state = conversation()
    case = case_row(state, reference="RC-1", notes=[{"text": "un"}])
    await store.commit(turn(store, [first], state, inserts={"cases": [case]}))
    state = await loaded(store)
    second = entry()
    await accept(store, second)
    change = {"notes": [{"text": "deux"}], "phase": "cloture", "closed": True, "closed_at": NOON}
    await store.commit(turn(store, [second], state, case_changes=[(case[0], change)]))
    (kept,) = await rows_of(store, Case)
    assert [note["text"] for note in kept.notes] == ["un", "deux"]
    assert (kept.phase, kept.closed, kept.closed_at, kept.version) == ("cloture", True, NOON, 2)


async def test_a_case_is_seen_by_the_contacts_other_conversations_at_once(store: Store) -> None:
    one = await talk(store, "t1", address="+213555000101")
    other = entry(thread="t2")
    await accept(store, other)
    two = conversation("t2", address="+213555000101", contact_id=one.contact_id, contact_is_new=False)
    await store.commit(turn(store, [other], two))
    two.version = 1
    third = entry()
    await accept(store, third)
    opened = turn(store, [third], one, shared_change=True, inserts={"cases": [case_row(one, reference="R1")]})
    assert (await store.commit(opened)).outcome == "done"
    late = entry(thread="t2")
    await accept(store, late)
    assert (await store.commit(turn(store, [late], two))).outcome == "stale"
    assert [case["reference"] for case in (await loaded(store, "t2")).cases] == ["R1"]


async def test_a_contacts_name_and_language_change_with_the_turn(store: Store) -> None:
    state = await talk(store)
    second = entry()
    await accept(store, second)
    await store.commit(turn(store, [second], state, contact_name="Amina", contact_language="ar"))
    found = await loaded(store)
    assert (found.contact_name, found.contact_language) == ("Amina", "ar")
    assert [c.version for c in await rows_of(store, Contact)] == [2]


async def test_two_lanes_that_meet_the_same_new_contact_leave_one_of_them(store: Store) -> None:
    first, second = entry(thread="t1"), entry(thread="t2")
    await accept(store, first, second)
    results = await asyncio.gather(
        *(
            store.commit(turn(store, [item], conversation(item.thread, address="+213555000101")))
            for item in (first, second)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(result, StoreRefused) for result in results) == 1
    assert await count_of(store, Contact) == 1


async def test_a_process_without_the_lane_commits_nothing(
    postgres_database: Database, open_store: Opener
) -> None:
    one, two = await open_store(postgres_database), await open_store(postgres_database, "f" * 32)
    first = entry()
    await accept(one, first)
    assert (await two.commit(turn(two, [first], conversation()))).outcome == "gone"
    await one.close()
    assert [e.id for e in await two.pending(10)] == [first.id]
    assert (await two.commit(turn(two, [first], conversation()))).outcome == "done"


# off the hot path


async def test_a_read_only_session_writes_nothing(store: Store) -> None:
    await talk(store)

    def meddle(session: Session) -> None:
        session.execute(update(table_of(Conversation)).values(language="xx"))
        session.commit()

    with pytest.raises(Exception):  # noqa: B017 - each driver says it in its own way
        await store.read(meddle)
    assert (await loaded(store)).language == "fr"


async def test_what_a_failed_change_wrote_is_not_kept(store: Store) -> None:
    state = await talk(store)

    def fail(session: Session) -> None:
        session.execute(update(table_of(Conversation)).values(language="xx"))
        raise changes.NotPossible("not now")

    with pytest.raises(changes.NotPossible, match="not now"):
        await store.write(fail)
    assert (await loaded(store)).language == "fr"
    with pytest.raises(changes.NotFound):
        await store.write(lambda s: changes.take_over(s, new_id(), "nobody", agent="Lina", now=NOON))
    assert state.id


async def test_a_change_that_fails_does_not_take_its_neighbours_along(store: Store) -> None:
    states = [await talk(store, f"t{n}") for n in range(6)]

    def take(n: int) -> object:
        wanted = states[n].id if n != 3 else "nobody"
        return store.write(lambda s: changes.take_over(s, new_id(), wanted, agent="Lina", now=NOON))

    results = await asyncio.gather(*(take(n) for n in range(6)), return_exceptions=True)  # type: ignore[call-overload]
    assert isinstance(results[3], changes.NotFound)
    assert [r.epoch for n, r in enumerate(results) if n != 3] == [1] * 5


async def test_a_full_disk_is_something_to_wait_for_not_a_refusal(
    sqlite_database: Database, open_store: Opener
) -> None:
    store = await open_store(sqlite_database)
    state = await talk(store)
    await store.write(lambda session: session.execute(text("PRAGMA max_page_count = 1")).all())
    big = {"state": {"words": "x" * 500_000}}
    with pytest.raises(StoreError):
        await store.write(lambda s: s.execute(update(table_of(Conversation)).values(**big)))
    more = entry(raw=b"x" * 500_000)
    with pytest.raises(StoreError):
        await store.accept([more])
    await store.write(lambda session: session.execute(text("PRAGMA max_page_count = 1000000")).all())
    assert [r.fresh for r in await accept(store, more)] == [True]
    assert (await loaded(store)).id == state.id


async def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    state = await talk(store)
    naive = datetime(2026, 3, 5, 12, 0)  # noqa: DTZ001 - the point of this test

    def change(session: Session) -> None:
        found = session.get(Conversation, state.id)
        assert found is not None
        found.last_inbound_at = naive
        session.flush()

    with pytest.raises(Exception, match="without a zone"):
        await store.write(change)


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 3, 5, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2026, 3, 5, 1, 2, 3, 0, tzinfo=timezone(timedelta(hours=5, minutes=45))),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2099, 12, 31, 23, 0, 0, 1, tzinfo=timezone(timedelta(hours=-12))),
    ],
    ids=str,
)
async def test_instants_survive_both_ways_between_the_orm_and_the_driver(store: Store, at: datetime) -> None:
    state = await talk(store, last_inbound_at=at)  # the driver writes
    (by_orm,) = await store.fetch_all(select(_conversations.last_inbound_at))
    assert by_orm[0] == at and by_orm[0].tzinfo is not None and by_orm[0].utcoffset() == timedelta()
    later = at + timedelta(seconds=1)

    def change(session: Session) -> None:  # the ORM writes
        found = session.get(Conversation, state.id)
        assert found is not None
        found.last_inbound_at = later

    await store.write(change)
    assert (await loaded(store)).last_inbound_at == later


async def test_rows_of_the_driver_and_of_the_orm_sort_together(store: Store) -> None:
    """Whole seconds and fractions must not be written in two ways, or text order breaks on SQLite."""
    await talk(store, "t1", last_inbound_at=NOON)
    two = await talk(store, "t2", last_inbound_at=NOON)

    def change(session: Session) -> None:
        found = session.get(Conversation, two.id)
        assert found is not None
        found.last_inbound_at = NOON + timedelta(microseconds=1)

    await store.write(change)
    found = await rows_of(store, Conversation, _conversations.last_inbound_at > NOON)
    assert [c.id for c in found] == [two.id]
    same = await rows_of(store, Conversation, _conversations.last_inbound_at == NOON)
    assert [c.thread for c in same] == ["t1"]


async def test_an_address_has_one_contact_whatever_the_path(store: Store) -> None:
    state = await talk(store, address="+213555000101")
    second = entry(thread="t2")
    await accept(store, second)
    other = conversation("t2", address="+213555000101")
    with pytest.raises(StoreRefused):
        await store.commit(turn(store, [second], other, inserts={"addresses": [address_row(state)]}))
    assert await count_of(store, JournalEntry, table_of(JournalEntry).c.status == "pending") == 1
