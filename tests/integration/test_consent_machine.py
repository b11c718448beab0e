"""No sequence of events sends a promotion after an opt-out: the real ledger, sender's marks and gate, by chance."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.clock import ManualClock
from bot.consents import write_word
from bot.ids import IdMaker
from bot.records import (
    Address,
    Consent,
    Contact,
    Conversation,
    OutboxMessage,
    SamePerson,
    SentPromotion,
    migrate,
)
from bot.records.base import table_of
from bot.store.port import OutboxRow
from bot.store.sqlite import SqliteStore
from scheduler.caps import Cap
from scheduler.gate import Gate, mark
from scheduler.guards import Candidate, Limits
from tests.conftest import WORKER
from tests.integration.storebench import new_id

START = datetime(2026, 3, 5, 9, tzinfo=UTC)
PEOPLE = ("a", "b")
CHANNELS = ("sms", "email")
CAP = Cap(per_day=2, per_week=3)
_ZONE = ZoneInfo("UTC")
_template: list[Path] = []

people = st.sampled_from(PEOPLE)
channels = st.sampled_from(("", *CHANNELS))
purposes = st.sampled_from(("all", "information", "offers"))


def empty_database() -> Path:
    """A migrated file, made once and copied for each run."""
    if not _template:
        _template.append(Path(tempfile.mkdtemp()) / "template.db")
        migrate.upgrade(f"sqlite:///{_template[0]}")
    path = Path(tempfile.mkdtemp()) / "relais.db"
    shutil.copy(_template[0], path)
    return path


class Outreach(RuleBasedStateMachine):
    """Words, imports, joins, queued promotions and sends in any order, with time passing in between."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.path = empty_database()
        self.store = SqliteStore(self.path, worker_id=WORKER)
        self.clock = ManualClock(START)
        self.run(self.store.open())
        limits = Limits(timezone="UTC", needs_yes=frozenset(("offers",)), cap=CAP)
        self.gate = Gate(
            self.store,
            limits,
            channels={channel: channel for channel in CHANNELS},
            clock=self.clock,
            ids=IdMaker(self.clock),
        )
        self.queue: list[OutboxRow] = []
        self.words: list[
            tuple[str, str, str, bool, datetime]
        ] = []  # what people really said, as a plain list
        self.sent: list[tuple[str, str, str, datetime]] = []
        self.joined = False

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        self.run(self.store.close())
        self.loop.close()
        shutil.rmtree(self.path.parent)

    def write(self, model: Any, **values: Any) -> None:
        self.run(self.store.write(lambda session: session.execute(insert(table_of(model)), [values])))

    @initialize()
    def two_customers(self) -> None:
        for person in PEOPLE:
            made = {"source_channel": "sms", "tags": [], "fields": {}, "updated_at": START, "name": person}
            self.write(Contact, id=person, created_at=START, **made)
            for channel in CHANNELS:
                where = f"{channel}-{person}"
                self.write(
                    Address, id=new_id(), contact_id=person, channel=channel, value=where, created_at=START
                )
            self.write(
                Conversation,
                id=new_id(),
                account_id="sms",
                thread=person,
                channel="sms",
                address=f"sms-{person}",
                contact_id=person,
                state={},
                created_at=START,
                last_inbound_at=START,
            )

    def speak(self, person: str, channel: str, purpose: str, *, granted: bool, source: str) -> None:
        self.clock.advance(timedelta(minutes=1))
        now, word_id = self.clock.now(), new_id()

        def work(session: Session) -> bool:
            return write_word(
                session,
                word_id,
                person,
                channel=channel,
                purpose=purpose,
                granted=granted,
                at=now,
                source=source,
                wording="",
            )

        assert self.run(self.store.write(work))
        if source != "import":
            self.words.append((person, channel, purpose, granted, now))

    @rule(person=people, channel=channels, purpose=purposes)
    def says_no(self, person: str, channel: str, purpose: str) -> None:
        self.speak(person, channel, purpose, granted=False, source="message")

    @rule(person=people, channel=channels, purpose=purposes)
    def says_yes(self, person: str, channel: str, purpose: str) -> None:
        self.speak(person, channel, purpose, granted=True, source="form")

    @rule(person=people, channel=channels, purpose=purposes)
    def a_list_is_imported(self, person: str, channel: str, purpose: str) -> None:
        self.speak(person, channel, purpose, granted=True, source="import")

    @rule(hours=st.integers(1, 40))
    def time_passes(self, hours: int) -> None:
        self.clock.advance(timedelta(hours=hours))

    @rule()
    def both_turn_out_to_be_one(self) -> None:
        """The records join two contacts: the words of both follow, messages to the other one are the one's."""
        if self.joined:
            return
        self.joined = True
        consents = table_of(Consent)

        def work(session: Session) -> None:
            session.execute(consents.update().where(consents.c.contact_id == "b").values(contact_id="a"))

        self.run(self.store.write(work))
        pair = {"contact_id": "a", "other_id": "b", "evidence": [], "status": "merged", "moved": {}}
        self.write(SamePerson, id=new_id(), created_at=self.clock.now(), **pair)

    @rule(
        person=people, channel=st.sampled_from(CHANNELS), purpose=st.sampled_from(("information", "offers"))
    )
    def a_promotion_is_queued(self, person: str, channel: str, purpose: Any) -> None:
        now, address = self.clock.now(), f"{channel}-{person}"
        it = Candidate(contact_id=person, purpose=purpose, channel=channel, address=address, at=now)
        row = OutboxRow(
            id=new_id(),
            key=new_id(),
            conversation_id=None,
            message_id=None,
            account_id=channel,
            thread=address,
            to=address,
            body={"text": "Soldes. STOP pour arrêter.", "outreach": mark(it)},
            purpose="bulk",
            priority=5,
            epoch=None,
            status="claimed",
            attempts=1,
            next_at=now,
            created_at=now,
        )
        values = {name: getattr(row, name) for name in OutboxRow.__dataclass_fields__ if name != "to"}
        self.write(OutboxMessage, **values, recipient=row.to, error="")
        self.queue.append(row)

    @rule()
    def all_that_waits_is_handed_to_the_gate(self) -> None:
        admitted = self.run(self.gate.admit(self.queue)) if self.queue else set()
        for row in self.queue:
            it = row.body["outreach"]
            if row.id in admitted:
                self.sent.append((it["contact_id"], row.account_id, it["purpose"], self.clock.now()))
        self.queue = []

    def same(self, person: str) -> tuple[str, ...]:
        return PEOPLE if self.joined else (person,)

    @invariant()
    def nobody_gets_what_they_refused(self) -> None:
        """By a plain reading of what was said: the newest word of a person on the channel and purpose."""
        for person, channel, purpose, at in self.sent[-4:]:
            if at != self.clock.now():
                continue
            said = [
                word
                for word in self.words
                if word[0] in self.same(person) and word[1] in ("", channel) and word[2] in ("all", purpose)
            ]
            assert not said or said[-1][3]
            assert purpose != "offers" or said or self.imported(person)

    def imported(self, person: str) -> bool:
        """A list speaks where nobody else has: whether there was one."""
        table = table_of(Consent)
        rows = self.run(self.store.fetch_all(table.select().where(table.c.source == "import")))
        return any(row.contact_id in self.same(person) for row in rows)

    @invariant()
    def the_caps_hold(self) -> None:
        days: Counter[tuple[str, Any]] = Counter()
        for place in self.run(self.store.fetch_all(table_of(SentPromotion).select())):
            days[place.contact_id, place.at.astimezone(_ZONE).date()] += 1
        for (person, day), number in days.items():
            assert number <= CAP.per_day
            assert sum(days[person, day + timedelta(days=n)] for n in range(7)) <= CAP.per_week


TestOutreach = Outreach.TestCase
TestOutreach.settings = settings(max_examples=12, stateful_step_count=20, deadline=None)
