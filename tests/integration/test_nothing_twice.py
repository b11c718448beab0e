"""Killed in the middle, or two at once: people are told once, and the ledger stays whole."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

import scheduler.deadlines
from bot.clock import ManualClock
from bot.deadline_notices import Context, DeadlineNotices
from bot.ids import IdMaker
from bot.measures import Measures
from bot.notices import Notices
from bot.plans import Desk, House
from bot.records import Alert, DeadlineRow, LedgerRow, OutboxMessage
from bot.store.port import Store
from bot.templating import CompanyFacts, Templates
from scheduler.deadlines import DeadlineWatch
from templates import BUILT_IN
from tests.conftest import Database, Opener
from tests.integration.ledgerbench import acknowledge, alert, judge, owe, sealer
from tests.integration.storebench import rows_of
from tests.integration.test_deadline_records import ALGIERS, at, engine

NAMES = {"fr": "Service réclamations"}
SECOND, KILLED = "0" * 31 + "2", "0" * 31 + "3"
MANY = 30


def watch_of(store: Store, clock: ManualClock) -> DeadlineWatch:
    """A process that watches deadlines, as far as that goes."""
    facts = CompanyFacts(
        name="Briqueterie Atlas",
        language="fr",
        languages=("fr",),
        timezone="Africa/Algiers",
        country="DZ",
        desks={"complaints": NAMES},
    )
    desk = Desk(names=NAMES, notify=(("desk", "reclamations@example.org"),))
    house = House(language="fr", desks={"complaints": desk}, ack_within_s={"": 60}, timezone=ALGIERS)
    ids, deadlines = IdMaker(clock), engine()
    notices = Notices(house, Templates.load([BUILT_IN], company=facts), {}, ids, clock)
    told = DeadlineNotices(notices, deadlines, ids)
    return DeadlineWatch(store, deadlines, told, clock=clock, measures=Measures())


async def promise(store: Store) -> None:
    deadlines = engine()

    def start(session: Session) -> None:
        for number in range(MANY):
            deadlines.start(
                session,
                "resolution",
                key=f"case:c{number}:resolution",
                desk_id="complaints",
                at=at(1),
                rule=deadlines.rules.resolution,
                case_id=f"c{number}",
            )

    await store.write(start)


def watch_until_killed(url: str) -> None:
    """A process of its own: it dies when all is written and nothing is committed."""
    flush = DeadlineNotices.flush

    def die(self: DeadlineNotices, context: Context) -> None:
        flush(self, context)
        context.session.flush()
        os.kill(os.getpid(), signal.SIGKILL)

    DeadlineNotices.flush = die  # type: ignore[method-assign]

    async def work() -> None:
        store = Database("postgresql", url).new_store(KILLED)
        await store.open()
        await watch_of(store, ManualClock(at(8, 16, 1))).tick()

    asyncio.run(work())


async def test_each_warning_breach_and_escalation_is_told_once_by_two_processes_after_one_was_killed(
    postgres_database: Database, open_store: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = await open_store(postgres_database), await open_store(postgres_database, SECOND)
    await promise(one)
    code = (
        "import sys; from tests.integration.test_nothing_twice import watch_until_killed as w; w(sys.argv[1])"
    )
    killed = await asyncio.create_subprocess_exec(sys.executable, "-c", code, postgres_database.url)
    assert await killed.wait() == -signal.SIGKILL
    assert await rows_of(one, Alert) == [] and await rows_of(one, OutboxMessage) == []
    monkeypatch.setattr(scheduler.deadlines, "_BATCH", 7)  # so that both have something to take
    clock = ManualClock(at(5, 12, 15))
    watches = [watch_of(store, clock) for store in (one, other)]
    for moment, kind, level in (
        (at(5, 12, 15), "due_soon", 0),
        (at(8, 16), "overdue", 1),
        (at(9, 10), "overdue", 2),
    ):
        clock.advance(moment - clock.now())
        await asyncio.gather(*(watch.tick() for watch in watches for _ in range(2)))
        rows = await rows_of(one, DeadlineRow)
        assert Counter(row.level for row in rows) == {level: MANY}
        told = [found.key for found in await rows_of(one, Alert, Alert.kind == kind)]
        of_level = Counter(key.split(":")[1] for key in told if key.endswith(f":{level}"))
        assert of_level == {row.id: 1 for row in rows}, (kind, level)
    assert {row.breached_at for row in rows} == {at(8, 16)}


async def test_a_fault_before_any_statement_of_sealing_leaves_a_ledger_that_verifies(
    database: Database, open_store: Opener, tmp_path: Path
) -> None:
    store = await open_store(database)
    owed = [await owe(store, f"t{number}") for number in range(3)]
    await acknowledge(store, owed[0], 2)
    await alert(store, owed[1], 40)
    survived = await _fail_at_each_statement(database, store, tmp_path)
    assert (
        survived > 3
    )  # faults were made: in the chain, in the notes beside it, in the mark of how far it looked
    verdict = await judge(database, tmp_path)
    assert (verdict.problems, verdict.received, verdict.not_sealed_yet) == ([], 3, 0)
    kinds = Counter(row.kind for row in await rows_of(store, LedgerRow))
    assert kinds == {"received": 3, "accepted": 1, "alerted": 1}


async def _fail_at_each_statement(database: Database, store: Store, folder: Path) -> int:
    """Seal again and again, failing one statement later each time; how many faults there were."""
    for number in range(1, 40):
        seen = 0

        def fail(*_: Any) -> None:
            nonlocal seen
            seen += 1
            if seen == number:  # noqa: B023
                raise RuntimeError("the process is gone")

        event.listen(Engine, "before_cursor_execute", fail)
        try:
            with suppress(Exception):
                await sealer(store, folder).tick()
        finally:
            event.remove(Engine, "before_cursor_execute", fail)
        if seen < number:
            return number - 1
        verdict = await judge(database, folder)
        assert verdict.problems == [], number
    raise AssertionError("sealing never ended")
