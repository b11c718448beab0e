"""Deadlines as records, on both databases: made, met, paused, moved, ended, reckoned again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot.calendars import Calendars
from bot.clock import ManualClock
from bot.complaints.calendar import Window, WorkingCalendar, weekly
from bot.complaints.day_changes import DayChange
from bot.complaints.deadlines import Rule
from bot.deadline_rules import DeadlineRules, Escalation
from bot.deadlines import Deadlines
from bot.ids import IdMaker
from bot.records import DeadlineRow
from bot.records.base import table_of
from bot.store.changes import NotFound, NotPossible
from bot.store.port import Store
from tests.integration.storebench import rows_of

ALGIERS = ZoneInfo("Africa/Algiers")
SUN_THU = (6, 0, 1, 2, 3)
KEY = "case:c1:resolution"


def at(day: int, hour: int = 9, minute: int = 0, month: int = 3) -> datetime:
    """A moment of March 2026 in Algiers; the 1st is a Sunday."""
    return datetime(2026, month, day, hour, minute, tzinfo=ALGIERS).astimezone(UTC)


def rules(**changes: Any) -> DeadlineRules:
    usual = DeadlineRules(
        resolution=Rule(days=5),
        reopened=Rule(days=5),
        first_answer=Rule(minutes=480),
        next_answer=Rule(minutes=240),
        department=Rule(days=2, received=False),
        progress=Rule(days=2, received=False),
        pause_while_waiting=True,
        escalation=(Escalation(after=timedelta(hours=2), desk_id="complaints"),),
    )
    return replace(usual, **changes)


def engine(**changes: Any) -> Deadlines:
    clock = ManualClock(at(1))
    week = weekly((Window(time(8), time(16)),), SUN_THU)
    calendars = Calendars(WorkingCalendar(timezone=ALGIERS, week=week, version="v1"))
    return Deadlines(IdMaker(clock), clock, calendars, rules(**changes))


def begin(deadlines: Deadlines, **more: Any) -> Callable[[Any], DeadlineRow]:
    given: dict[str, Any] = {
        "kind": "resolution",
        "key": KEY,
        "desk_id": "complaints",
        "at": at(1),
        "rule": deadlines.rules.resolution,
        "case_id": "c1",
    } | more
    kind = given.pop("kind")
    return lambda session: deadlines.start(session, kind, **given)


async def kept(store: Store, key: str = KEY) -> Any:
    (row,) = await rows_of(store, DeadlineRow, table_of(DeadlineRow).c.key == key)
    return row


async def reckoned(store: Store, deadlines: Deadlines, *, at: datetime, key: str = KEY) -> bool:
    def work(session: Session) -> bool:
        row = session.scalar(select(DeadlineRow).where(table_of(DeadlineRow).c.key == key))
        assert row is not None
        return deadlines.recompute(session, row, at=at)

    return await store.write(work)


async def test_a_promise_is_kept_with_its_instant_its_words_and_its_calendar(store: Store) -> None:
    await store.write(begin(engine()))
    row = await kept(store)
    assert (row.status, row.due_at, row.calendar_version) == ("running", at(8, 16), "v1")
    assert set(row.explanation) == {"fr", "ar", "en"}
    assert row.explanation["en"] == (
        "received Sun 1 Mar 09:00; Fri–Sat closed; days 1–5 = Mon–Thu, Sun; due Sun 8 Mar 16:00"
    )
    # A quarter of the 47 open hours before: 11 h 45 min of opening time before closing on Sunday.
    assert row.next_at == at(5, 12, 15)


async def test_what_is_done_before_its_instant_is_met_and_later_it_is_missed(store: Store) -> None:
    deadlines = engine()
    await store.write(begin(deadlines))
    assert await store.write(lambda session: deadlines.meet(session, KEY, at=at(8, 16)))
    assert not await store.write(lambda session: deadlines.meet(session, KEY, at=at(8, 16)))
    row = await kept(store)
    assert (row.status, row.met_at, row.breached_at) == ("met", at(8, 16), None)
    await store.write(begin(deadlines, key="late"))
    assert await store.write(lambda session: deadlines.meet(session, "late", at=at(8, 16, 1)))
    row = await kept(store, "late")
    assert (row.status, row.met_at, row.breached_at) == ("missed", at(8, 16, 1), at(8, 16))


async def test_a_day_on_which_the_clock_stood_still_at_closing_time_does_not_count(store: Store) -> None:
    deadlines = engine()
    await store.write(begin(deadlines))
    paused = await store.write(lambda session: deadlines.pause(session, "c1", at=at(3, 10), why="asked"))
    row = await kept(store)
    assert (paused, row.status, row.paused_at) == (1, "paused", at(3, 10))
    await store.write(lambda session: deadlines.resume(session, "c1", at=at(5, 15), why="answered"))
    row = await kept(store)
    # Tuesday 3 and Wednesday 4 ended while it stood still: two working days more.
    assert (row.status, row.due_at, row.paused_at) == ("running", at(10, 16), None)
    assert "paused Tue 3 Mar 10:00 – Thu 5 Mar 15:00" in row.explanation["en"]
    assert [entry["what"] for entry in row.history] == ["paused", "resumed"]
    assert row.history[-1]["from"] == at(8, 16).isoformat()
    assert row.history[-1]["to"] == at(10, 16).isoformat()


async def test_a_pause_within_a_day_moves_no_deadline_in_days_but_one_in_minutes(store: Store) -> None:
    deadlines = engine()
    await store.write(begin(deadlines))
    await store.write(begin(deadlines, kind="progress", key="p", rule=Rule(minutes=600, received=False)))
    assert (await kept(store, "p")).due_at == at(2, 11)
    await store.write(lambda session: deadlines.pause(session, "c1", at=at(1, 10), why="asked"))
    await store.write(lambda session: deadlines.resume(session, "c1", at=at(1, 13), why="answered"))
    assert (await kept(store)).due_at == at(8, 16)
    assert (await kept(store, "p")).due_at == at(2, 14)


async def test_nothing_stands_still_where_that_is_not_wanted_or_too_late(store: Store) -> None:
    strict = engine(pause_while_waiting=False)
    await store.write(begin(strict))
    assert await store.write(lambda session: strict.pause(session, "c1", at=at(3), why="asked")) == 0
    deadlines = engine()
    assert await store.write(lambda session: deadlines.pause(session, "c1", at=at(8, 16), why="asked")) == 0
    assert await store.write(lambda session: deadlines.resume(session, "c1", at=at(9), why="wrote")) == 0


async def test_a_person_moves_a_deadline_with_a_reason_and_the_old_date_is_kept(store: Store) -> None:
    deadlines = engine()
    await store.write(begin(deadlines))

    def move(due_at: datetime, why: str = "part ordered", key: str = KEY) -> Callable[[Any], DeadlineRow]:
        return lambda session: deadlines.move(session, key, due_at, at=at(4), by="Amina", why=why)

    for impossible in (move(at(4)), move(at(10), why=" ")):
        with pytest.raises(NotPossible):
            await store.write(impossible)
    with pytest.raises(NotFound):
        await store.write(move(at(10), key="nothing"))
    await store.write(move(at(12, 12)))
    row = await kept(store)
    assert row.due_at == at(12, 12)
    assert "moved by Amina (part ordered)" in row.explanation["en"]
    assert row.history[-1] == {
        "at": at(4).isoformat(),
        "what": "moved",
        "why": "part ordered",
        "by": "Amina",
        "from": at(8, 16).isoformat(),
        "to": at(12, 12).isoformat(),
    }
    # A person's word stands when the calendar changes; a pause after it comes on top, in opening time.
    closed = DayChange(kind="closure", day=at(11).date(), until=at(11).date(), name="inventory")
    deadlines.calendars.use([closed])
    await reckoned(store, deadlines, at=at(5))
    assert (await kept(store)).due_at == at(12, 12)
    await store.write(lambda session: deadlines.pause(session, "c1", at=at(12, 10), why="asked"))
    await store.write(lambda session: deadlines.resume(session, "c1", at=at(15, 15), why="answered"))
    assert (await kept(store)).due_at == at(16, 9)


async def test_what_is_promised_anew_is_another_row_and_the_old_one_stays(store: Store) -> None:
    deadlines = engine()
    first = await store.write(begin(deadlines))
    await store.write(lambda session: deadlines.meet(session, KEY, at=at(3)))
    await store.write(begin(deadlines, at=at(8)))
    assert (await kept(store, f"{KEY}:{first.id}")).status == "met"
    again = await kept(store)
    assert (again.status, again.due_at) == ("running", at(15, 16))
    await store.write(begin(deadlines, at=at(9)))
    assert (await kept(store, f"{KEY}:{again.id}")).status == "cancelled"


async def test_a_case_that_ends_ends_its_deadlines_and_the_late_ones_were_missed(store: Store) -> None:
    deadlines = engine()
    await store.write(begin(deadlines))
    await store.write(begin(deadlines, kind="progress", key="p", rule=deadlines.rules.progress))

    def cancel(**more: Any) -> Callable[[Any], int]:
        return lambda session: deadlines.cancel(session, "c1", at=at(4), why="withdrawn", **more)

    assert await store.write(cancel(kinds=("department",))) == 0
    assert await store.write(cancel()) == 2
    assert (await kept(store)).status == "cancelled"
    row = await kept(store, "p")
    assert (row.status, row.breached_at, row.met_at) == ("missed", row.due_at, None)


async def test_a_closure_moves_what_is_open_and_keeps_both_dates(store: Store) -> None:
    deadlines = engine()
    row = await store.write(begin(deadlines))
    closed = DayChange(kind="closure", day=at(4).date(), until=at(5).date(), name="inventory")
    assert deadlines.calendars.use([closed])
    assert not deadlines.calendars.use([closed])
    assert row.calendar_version not in deadlines.calendars.versions
    assert await reckoned(store, deadlines, at=at(3))
    row = await kept(store)
    assert (row.due_at, row.calendar_version) == (at(10, 16), deadlines.calendars.company.version)
    assert "Wed 4 Mar closed (inventory)" in row.explanation["en"]
    assert (row.history[-1]["from"], row.history[-1]["to"]) == (
        at(8, 16).isoformat(),
        at(10, 16).isoformat(),
    )
    assert not await reckoned(store, deadlines, at=at(3))


async def test_a_look_at_what_is_due_goes_by_the_index_of_running_ones(store: Store) -> None:
    query = "SELECT next_at FROM deadlines WHERE status = 'running' ORDER BY next_at LIMIT 1"

    def plan(session: Session) -> str:
        on_sqlite = session.get_bind().dialect.name == "sqlite"
        if not on_sqlite:
            session.execute(text("SET LOCAL enable_seqscan = off"))  # an empty table needs no index
        explain = "EXPLAIN QUERY PLAN " if on_sqlite else "EXPLAIN "
        return "\n".join(str(row) for row in session.execute(text(explain + query)))

    assert "ix_deadlines_next_at" in await store.write(plan)
