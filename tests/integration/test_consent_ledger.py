"""The ledger and the gate on both databases: what SQL says of audiences, what is checked once more when sent."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bot.clock import ManualClock
from bot.consents import SOURCES, known_contact, ledger_of, write_word
from bot.ids import IdMaker
from bot.records import (
    Address,
    Case,
    Consent,
    Contact,
    Occurrence,
    OutboxMessage,
    Purchase,
    SamePerson,
    SentPromotion,
)
from bot.records.base import table_of
from bot.store.changes import NotFound
from bot.store.port import OutboxRow, SendOutcome, Store
from scheduler.consent import PURPOSES, Purpose, in_force
from scheduler.gate import Gate, mark
from scheduler.guards import Candidate, Limits
from scheduler.standings import granted, may_get, refused
from tests.conftest import WORKER
from tests.fakes import NOON
from tests.integration.rulebench import MEMBERS
from tests.integration.storebench import new_id, outbox_row, rows_of

CHANNELS = ("", "sms", "email")


async def add(store: Store, *records: Any) -> None:
    await store.write(lambda session: session.add_all(records))


def contact(contact_id: str, **more: Any) -> Contact:
    values: dict[str, Any] = {"source_channel": "email", "tags": [], "fields": {}}
    return Contact(id=contact_id, created_at=NOON, updated_at=NOON, **(values | more))


def address(contact_id: str, channel: str, value: str, **more: Any) -> Address:
    return Address(id=new_id(), contact_id=contact_id, channel=channel, value=value, created_at=NOON, **more)


def consent(contact_id: str, *, granted: bool = True, **more: Any) -> Consent:
    values: dict[str, Any] = {"channel": "", "purpose": "all", "at": NOON, "source": "form", "wording": "oui"}
    return Consent(id=new_id(), contact_id=contact_id, granted=granted, **(values | more))


@pytest.mark.parametrize("seed", [7, 8, 9])
async def test_sql_says_of_an_audience_what_the_pure_rule_says_of_each(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    rows: list[dict[str, Any]] = []
    for number in range(120):
        rows += [
            {
                "id": new_id(),
                "contact_id": f"c{number}",
                "channel": chance.choice(CHANNELS),
                "purpose": chance.choice(("all", *PURPOSES)),
                "granted": chance.random() < 0.6,
                "at": NOON + timedelta(hours=chance.randrange(4)),
                "source": chance.choice(("message", "import", "import_dated", "provider")),
                "wording": "",
            }
            for _ in range(chance.randrange(6))
        ]
    people = [contact(f"c{number}") for number in range(120)]
    await add(store, *people)
    await store.write(lambda session: session.execute(insert(table_of(Consent)), rows))
    ids, seen = table_of(Contact).c.id, set[tuple[str, ...]]()
    for at in (NOON + timedelta(hours=1), NOON + timedelta(hours=9)):
        for channel in ("sms", "email"):
            for purpose in PURPOSES:
                found = await store.fetch_all(
                    select(
                        ids,
                        refused(ids, channel, purpose, at).label("no"),
                        granted(ids, channel, purpose, at).label("yes"),
                        may_get(ids, channel, purpose, at, needs_yes=False).label("may"),
                    )
                )
                ledgers = await store.read(lambda session: {p.id: ledger_of(session, p.id) for p in people})
                yes = {row.id for row in found if row.yes}
                text = f"consent to {purpose} by {channel}"
                assert await in_segment(store, text, at) == [yes, yes], "segments weigh words alike"
                for row in found:
                    state = in_force(ledgers[row.id], channel, purpose, at).state
                    assert (bool(row.no), bool(row.yes), bool(row.may)) == (
                        state == "refused",
                        state == "granted",
                        state != "refused",
                    )
                    seen.add((state,))
    assert len(seen) == 3


@pytest.mark.parametrize("purpose", PURPOSES)
async def test_consent_by_any_channel_is_consent_by_one_at_least(store: Store, purpose: Purpose) -> None:
    chance = random.Random(f"any {purpose}")
    people = [contact(f"c{number}") for number in range(80)]
    await add(store, *people)
    words = [
        Consent(
            id=new_id(), contact_id=person.id, channel=chance.choice(("", *CHANNELS)), source=chance.choice(SOURCES),
            purpose=chance.choice(("all", purpose)), granted=chance.random() < 0.5, wording="",
            at=NOON + timedelta(hours=chance.randrange(3)),
        )
        for person in people
        for _ in range(chance.randrange(5))
    ]  # fmt: skip
    await add(store, *words)
    at = NOON + timedelta(hours=1)
    ledgers = await store.read(
        lambda session: {person.id: ledger_of(session, person.id) for person in people}
    )
    expected = {
        who
        for who, ledger in ledgers.items()
        if any(in_force(ledger, by, purpose, at).state == "granted" for by in ("", *CHANNELS))
    }
    assert 0 < len(expected) < len(people)
    assert await in_segment(store, f"consent to {purpose}", at) == [expected, expected]


async def in_segment(store: Store, text: str, at: datetime) -> list[set[str]]:
    """Members as a set, and one after the other."""
    ids = table_of(Contact).c.id

    def work(session: Session) -> list[set[str]]:
        rule = MEMBERS.read(text)
        return [
            set(session.scalars(select(ids).where(MEMBERS.where(session, rule, at, whole=whole))))
            for whole in (True, False)
        ]

    return await store.read(work)


async def test_a_word_is_written_once_and_follows_a_joined_contact(store: Store) -> None:
    pair = SamePerson(
        id=new_id(), contact_id="a", other_id="b", evidence=[], status="merged", moved={}, created_at=NOON
    )
    await add(store, contact("a"), contact("b"), pair)

    def write(session: Session) -> bool:
        return write_word(
            session,
            "w1",
            "b",
            channel="sms",
            purpose="offers",
            granted=False,
            at=NOON,
            source="form",
            wording="non",
        )

    assert [await store.write(write), await store.write(write)] == [True, False]
    (word,) = await rows_of(store, Consent)
    assert (word.contact_id, word.wording, word.at) == ("a", "non", NOON)
    with pytest.raises(NotFound):
        await store.read(lambda session: known_contact(session, "nobody"))


# the gate


class Sending:
    """Bulk rows on their way through the gate."""

    def __init__(self, store: Store, limits: Limits | None = None) -> None:
        self.store = store
        self.clock = ManualClock(NOON)
        limits = limits or Limits(needs_yes=frozenset())
        self.gate = Gate(store, limits, channels={"lab": "sms"}, clock=self.clock, ids=IdMaker(self.clock))

    async def claim(
        self, contact_id: str, *, purpose: Any = "offers", to: str = "", **more: Any
    ) -> OutboxRow:
        value = to or f"+213550{contact_id}"
        it = Candidate(contact_id=contact_id, purpose=purpose, channel="sms", address=value, at=NOON)
        marked = mark(it, occurrence=more.pop("occurrence", ""))
        body = {"text": "Soldes. STOP pour arrêter.", "outreach": marked} | more.pop("body", {})
        row = outbox_row(None, status="claimed", to=value, purpose="bulk", body=body, **more)
        values = {
            name: getattr(row, name) for name in ("id", "key", "account_id", "thread", "body", "purpose")
        }
        await add(
            self.store,
            OutboxMessage(
                **values,
                to=value,
                priority=5,
                status="claimed",
                attempts=1,
                next_at=NOON,
                created_at=NOON,
                owner=WORKER,
            ),
        )
        return row

    async def admit(self, *rows: OutboxRow) -> list[bool]:
        admitted = await self.gate.admit(rows)
        return [row.id in admitted for row in rows]

    async def kept(self, row: OutboxRow) -> Any:
        (found,) = await rows_of(self.store, OutboxMessage, table_of(OutboxMessage).c.id == row.id)
        return found


@pytest.fixture
async def sending(store: Store) -> Sending:
    bought = [
        Purchase(
            id=new_id(),
            contact_id=each,
            at=NOON,
            product="B8",
            amount=Decimal(1),
            currency="DZD",
            created_at=NOON,
        )
        for each in ("1", "2", "3")
    ]
    people = [contact(each) for each in ("1", "2", "3", "4")]
    await add(store, *people, *bought, *(address(p.id, "sms", f"+213550{p.id}") for p in people))
    return Sending(store)


async def test_what_may_go_takes_its_place_and_the_next_waits(sending: Sending) -> None:
    first, second, other = [await sending.claim(each) for each in ("1", "1", "2")]
    assert await sending.admit(first, second, other) == [True, False, True]
    waiting = await sending.kept(second)
    assert (waiting.status, waiting.code, waiting.owner, waiting.attempts) == ("queued", "cap_day", None, 0)
    assert waiting.next_at == datetime.fromisoformat("2026-03-06T00:00+00:00")
    places = await rows_of(sending.store, SentPromotion)
    assert {(p.contact_id, p.outbox_id) for p in places} == {("1", first.id), ("2", other.id)}


async def test_a_second_try_keeps_its_place(sending: Sending) -> None:
    row = await sending.claim("1")
    assert await sending.admit(row) == [True]
    sending.clock.advance(timedelta(minutes=5))
    assert await sending.admit(row) == [True]
    assert len(await rows_of(sending.store, SentPromotion)) == 1


async def test_a_place_of_a_message_that_failed_is_free_again(sending: Sending) -> None:
    row = await sending.claim("1")
    assert await sending.admit(row) == [True]
    failed = SendOutcome(
        row_id=row.id, attempt=1, outcome="rejected", status="failed", at=NOON, delivery_id="d"
    )
    assert await sending.store.record(failed)
    assert await sending.admit(await sending.claim("1")) == [True]


async def test_an_opt_out_after_planning_cancels_with_its_reason(sending: Sending) -> None:
    planned = Occurrence(
        id="o1", rule_id="r", contact_id="1", on_date=NOON.date(), due_at=NOON, status="planned"
    )
    await add(sending.store, planned, consent("1", granted=False, channel="sms"))
    row = await sending.claim("1", occurrence="o1")
    assert await sending.admit(row) == [False]
    kept = await sending.kept(row)
    assert (kept.status, kept.code) == ("cancelled", "opted_out") and "asked not to" in kept.error
    (occurrence,) = await rows_of(sending.store, Occurrence)
    assert (occurrence.status, occurrence.reason) == ("skipped", "opted_out")
    assert await rows_of(sending.store, SentPromotion) == []


async def test_what_changed_since_planning_stops_it(sending: Sending) -> None:
    pair = SamePerson(
        id="p", contact_id="7", other_id="6", evidence=[], status="merged", moved={}, created_at=NOON
    )
    blocked = address("5", "sms", "+2135505", state="blocked")
    await add(sending.store, contact("5"), blocked, contact("6"), contact("7"), pair, open_case("3"))
    await add(sending.store, consent("7", granted=False))
    held = {
        "never_in_touch": await sending.claim("4"),
        "contact_gone": await sending.claim("99"),
        "bad_address": await sending.claim("5"),
        "unmarked": await sending.claim("1", body={"outreach": {}}),
        "banned_word": await sending.claim("1", body={"text": "Votre carte est périmée"}),
        "complaint_open": await sending.claim("3"),
        "opted_out": await sending.claim("6"),  # the word of the contact it was joined with
    }
    goes = await sending.claim("2")
    assert await sending.admit(*held.values(), goes) == [False] * len(held) + [True]
    kept = {code: await sending.kept(row) for code, row in held.items()}
    assert {row.status for row in kept.values()} == {"cancelled"}
    assert {code: row.code for code, row in kept.items()} == {code: code for code in held}


def open_case(contact_id: str) -> Case:
    return Case(
        id=new_id(),
        reference="RC-2026-000001",
        contact_id=contact_id,
        conversation_id="v",
        channel="sms",
        phase="enregistrement",
        desk_id="complaints",
        summary="",
        object="quality",
        evidence=[],
        notes=[],
        received_at=NOON,
        opened_at=NOON,
        due_at=NOON,
        due_explanation="",
    )


async def test_services_go_during_a_complaint_and_take_no_place(sending: Sending) -> None:
    await add(sending.store, open_case("1"))
    assert await sending.admit(await sending.claim("1", purpose="service")) == [True]
    assert await rows_of(sending.store, SentPromotion) == []


async def test_the_gate_asks_a_few_questions_whatever_the_number(sending: Sending) -> None:
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    counted: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            counted.append(statement)

    async def asked(rows: Sequence[OutboxRow]) -> int:
        counted.clear()
        await sending.gate.admit(rows)
        return len(counted)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        one = await asked([await sending.claim("1")])
        more = [await sending.claim(each) for each in ("2", "3", "4", "1", "2")]
        await sending.admit(*more[:2])  # their places are known from before
        many = await asked(more[:2])
        held = await asked(more[2:])
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    assert 0 < many <= one + 1
    assert held <= one + len(more[2:])  # each one that is held is looked up to be changed
