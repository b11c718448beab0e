"""Deadlines in the running program: warned of, missed to the instant, told to the next people, moved."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.calendars import change_row
from bot.complaints.day_changes import DayChange
from bot.complaints.deadlines import resolution_due
from bot.dialogue.turn import Decision, HandOver, OpenCase, SetTimer, Turn
from bot.records import Alert, Case, DeadlineRow, OutboxMessage, Timer
from bot.records.base import table_of
from bot.store.port import Store
from tests.conftest import Database
from tests.integration.lab import Lab, running

_rows = table_of(DeadlineRow).c
ALGIERS = ZoneInfo("Africa/Algiers")
REFERENCE = "RC-2026-000001"


def at(day: int, hour: int = 8, minute: int = 0) -> datetime:
    """A moment of March 2026 in Algiers; the 1st is a Sunday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=ALGIERS).astimezone(UTC)


class Complaining:
    """Registers what is said as a complaint; "person" calls people."""

    def __init__(self) -> None:
        self.lab: Lab | None = None

    def __call__(self, turn: Turn) -> Decision | None:
        if not turn.said:
            return None
        if turn.said[0].text == "person":
            return Decision(by="test", hand_over=HandOver(desk="complaints", reason="asked", urgent=False))
        if turn.owner != "bot":
            return Decision(by="silent")
        assert self.lab is not None
        received = turn.said[0].at
        due = resolution_due(received, self.lab.app.dialogue.company.calendar)
        case = OpenCase(
            summary=turn.said[0].text,
            received_at=received,
            due_at=due.due_at,
            due_explanation=due.explanation["fr"],
        )
        check = SetTimer(
            kind="case.followup",
            key="case:\ue000case\ue001:followup",
            due_at=due.due_at + timedelta(days=5),
            payload={"reference": "\ue000case\ue001", "check": True},
        )
        return Decision(by="test", open_case=case, timers=(check,))


@pytest.fixture
async def lab(database: Database, tmp_path: Path) -> AsyncIterator[Lab]:
    decide = Complaining()
    async with running(database, tmp_path, decide_with=decide) as lab:
        decide.lab = lab
        yield lab


async def deadline(lab: Lab, kind: str) -> Any:
    (row,) = await lab.rows(DeadlineRow, _rows.kind == kind)
    return row


async def pass_until(lab: Lab, moment: datetime) -> None:
    """Move the clock a little past a moment, and let what is due happen."""
    lab.advance(seconds=(moment - lab.clock.now()).total_seconds() + 0.2)
    await lab.app.office.deadline_watch.tick()


async def told(lab: Lab, kind: str) -> list[Any]:
    outbox = table_of(OutboxMessage).c
    return await lab.rows(OutboxMessage, outbox.key.startswith(f"{kind}:"))


async def alerts(lab: Lab, kind: str) -> list[Any]:
    found = await lab.rows(Alert, table_of(Alert).c.kind == kind)
    return sorted(found, key=lambda alert: str(alert.id))


async def close_days(lab: Lab, first: date, last: date) -> None:
    change = DayChange(kind="closure", day=first, until=last, name="Inventaire")
    row = change_row(change, new_id=lab.app.ids.new(), actor="Amina", at=lab.clock.now())
    await lab.app.store.write(lambda session: session.add(row))
    await lab.app.office.calendar_watch.changed()


async def test_a_case_is_promised_an_answer_and_a_treatment_in_the_commit_that_opens_it(lab: Lab) -> None:
    await lab.hear("briques cassées")
    await lab.settled()
    (case,) = await lab.rows(Case)
    treated, answered = await deadline(lab, "resolution"), await deadline(lab, "first_answer")
    assert treated.key == f"case:{case.id}:resolution"
    assert treated.due_at == case.due_at == at(12, 17)
    assert treated.explanation["fr"] == case.due_explanation
    assert (answered.key, answered.desk_id) == (f"case:{case.id}:first_answer", "complaints")
    assert timedelta() <= answered.due_at - at(8, 12) < timedelta(seconds=30)  # 4 h on Thursday, 4 on Sunday


async def test_people_are_warned_told_to_the_instant_and_the_next_ones_after_them(lab: Lab) -> None:
    await lab.hear("briques cassées")
    await lab.settled()
    due_at = (await deadline(lab, "first_answer")).due_at
    await pass_until(lab, due_at - timedelta(hours=2, seconds=10))
    assert await alerts(lab, "due_soon") == []
    await pass_until(lab, due_at - timedelta(hours=2))
    (warning,) = await alerts(lab, "due_soon")
    assert warning.reason.startswith(f"{REFERENCE} Première réponse d'une personne : reçue")
    assert len(await told(lab, "due_soon")) == 1
    await pass_until(lab, due_at + timedelta(hours=1))  # nobody looked at the very instant
    row = await deadline(lab, "first_answer")
    assert (row.status, row.breached_at, row.level) == ("running", due_at, 1)
    await pass_until(lab, due_at + timedelta(hours=2))
    await pass_until(lab, due_at + timedelta(hours=3))
    assert (await deadline(lab, "first_answer")).level == 2
    assert [alert.urgent for alert in await alerts(lab, "overdue")] == [False, True]
    assert len(await told(lab, "overdue")) == 2


async def test_whom_two_steps_of_a_deadline_reach_at_once_hears_of_it_once(lab: Lab) -> None:
    await lab.hear("briques cassées")
    await lab.settled()
    due_at = (await deadline(lab, "first_answer")).due_at
    await pass_until(lab, due_at + timedelta(hours=3))  # the program stood still meanwhile
    assert (await deadline(lab, "first_answer")).level == 2
    assert [alert.urgent for alert in await alerts(lab, "overdue")] == [False, True]
    assert len(await told(lab, "overdue")) == 1


async def test_an_answer_by_a_person_keeps_the_promise_or_comes_too_late(lab: Lab) -> None:
    await lab.hear("briques cassées")
    await lab.settled()
    conversation = (await lab.conversation()).id
    await lab.app.people.take_over(conversation, agent="Lina")
    await lab.hear("vous êtes là ?")
    await lab.hear("allô ?")
    await lab.settled()
    waiting = await deadline(lab, "next_answer")  # one, since the first word without an answer
    assert waiting.key == f"conversation:{conversation}:next_answer"
    await lab.app.people.reply(conversation, "Nous regardons.", agent="Lina", key="answer-1")
    assert (await deadline(lab, "first_answer")).status == "met"
    assert (await deadline(lab, "next_answer")).status == "met"
    await lab.hear("merci")
    await lab.settled()
    second = next(
        row for row in await lab.rows(DeadlineRow, _rows.kind == "next_answer") if row.id != waiting.id
    )
    await pass_until(lab, second.due_at)
    await lab.app.people.reply(conversation, "De rien.", agent="Lina", key="answer-2")
    rows = {row.id: row for row in await lab.rows(DeadlineRow, _rows.kind == "next_answer")}
    assert [rows[waiting.id].status, rows[second.id].status] == ["met", "missed"]
    await lab.hear("encore moi")
    await lab.settled()
    await lab.app.people.give_back(conversation, agent="Lina")
    (third,) = await lab.rows(DeadlineRow, _rows.kind == "next_answer", _rows.status == "cancelled")
    assert third.id not in (waiting.id, second.id)


async def test_a_message_to_people_waits_until_they_work_but_the_fact_does_not(lab: Lab) -> None:
    await lab.hear("briques cassées")
    await lab.settled()
    await pass_until(lab, at(12, 17))  # closing time on the last day before the weekend
    row = await deadline(lab, "resolution")
    assert row.breached_at == at(12, 17)
    (message,) = [one for one in await told(lab, "overdue") if "Traitement" in one.body["text"]]
    assert (message.status, message.next_at) == ("queued", at(15))


async def test_a_closure_moves_open_deadlines_their_case_and_the_planned_check(lab: Lab) -> None:
    await lab.hear("briques cassées")
    await lab.settled()
    before = await deadline(lab, "resolution")
    await close_days(lab, date(2026, 3, 10), date(2026, 3, 11))
    row = await deadline(lab, "resolution")
    assert (before.due_at, row.due_at) == (at(12, 17), at(16, 17))
    assert row.history[-1]["from"] == before.due_at.isoformat()
    assert "Inventaire" in row.explanation["fr"]
    (case,) = await lab.rows(Case)
    assert (case.due_at, case.due_explanation) == (row.due_at, row.explanation["fr"])
    (timer,) = await lab.rows(Timer, table_of(Timer).c.kind == "case.followup")
    assert timer.due_at == at(19, 10)
    (alert,) = await alerts(lab, "moved")
    assert alert.desk_id == "complaints" and alert.due_at == row.due_at
    assert (await lab.conversation()).version > 1
    # What is promised from now on follows the same calendar.
    await lab.hear("autre chose", **{"from": "+213555000202"})
    await lab.settled()
    assert {one.due_at for one in await lab.rows(DeadlineRow, _rows.kind == "resolution")} == {at(16, 17)}


@pytest.fixture
async def older(database: Database, tmp_path: Path) -> AsyncIterator[Lab]:
    """One case, opened before deadlines were kept."""
    decide = Complaining()
    async with running(database, tmp_path, decide_with=decide) as lab:
        decide.lab = lab
        await lab.hear("briques cassées")
        await lab.settled()
        await lab.app.store.write(lambda session: session.execute(table_of(DeadlineRow).delete()))
        yield lab


def close_for_good(lab: Lab) -> None:
    calendar = lab.app.calendars.company
    days = (date(2026, 1, 1) + timedelta(days=number) for number in range(7_000))
    lab.app.calendars.company = replace(calendar, closures=dict.fromkeys(days, "fermé"))


async def test_a_case_of_an_older_release_gets_its_deadlines_at_the_start(older: Lab) -> None:
    await older.app.office.calendar_watch.begin()
    assert (await deadline(older, "resolution")).due_at == at(12, 17)
    assert (await deadline(older, "first_answer")).status == "running"
    await older.app.office.calendar_watch.begin()
    assert len(await older.rows(DeadlineRow)) == 2


async def test_an_older_case_that_a_person_has_written_to_is_owed_no_first_answer(older: Lab) -> None:
    conversation = (await older.conversation()).id
    await older.app.people.take_over(conversation, agent="Lina")
    await older.app.people.reply(conversation, text="Je regarde", agent="Lina", key="k1")
    await older.app.office.calendar_watch.begin()
    assert {row.kind for row in await older.rows(DeadlineRow)} == {"resolution"}


async def test_an_older_case_does_not_stop_the_start_where_nobody_ever_works_again(older: Lab) -> None:
    close_for_good(older)
    await older.app.office.calendar_watch.begin()
    (case,) = await older.rows(Case)
    (row,) = await older.rows(DeadlineRow)  # as the customer was told; the first answer can't be reckoned
    assert (row.kind, row.due_at, row.next_at) == ("resolution", case.due_at, case.due_at)
    (alert,) = await alerts(older, "stuck")
    assert alert.reason.startswith(f"{REFERENCE} Première réponse d'une personne : aucune heure d'ouverture")
    await older.app.office.calendar_watch.begin()
    assert (len(await older.rows(DeadlineRow)), len(await alerts(older, "stuck"))) == (1, 1)


async def test_an_angry_customers_deadline_is_told_at_once_though_nobody_works(lab: Lab) -> None:
    await lab.hear("briques cassées")
    await lab.hear("palettes vides", **{"from": "+213555000202"})
    await lab.settled()
    cases = table_of(Case)
    angry = cases.update().where(cases.c.summary == "briques cassées").values(angry=True)
    await lab.app.store.write(lambda session: session.execute(angry))
    keep = table_of(DeadlineRow).delete().where(_rows.kind != "resolution")
    await lab.app.store.write(lambda session: session.execute(keep))
    due_at = at(12, 17)  # closing time on Thursday; the desk opens again on Sunday
    await pass_until(lab, due_at)
    at_once, later = sorted(await told(lab, "overdue"), key=lambda row: row.next_at)
    assert at_once.next_at < due_at + timedelta(minutes=1)
    assert later.next_at == at(15)
    assert [alert.urgent for alert in await alerts(lab, "overdue")] in ([True, False], [False, True])


async def test_two_looks_at_the_same_time_tell_once(lab: Lab) -> None:
    for number in range(6):
        await lab.hear("cassé", **{"from": f"+21355500030{number}"})
    await lab.settled()
    due_at = max(row.due_at for row in await lab.rows(DeadlineRow, _rows.kind == "first_answer"))
    lab.advance(seconds=(due_at - lab.clock.now()).total_seconds() + 60)
    await asyncio.gather(*(lab.app.office.deadline_watch.tick() for _ in range(4)))
    assert len(await alerts(lab, "overdue")) == 6
    # One message a person for all that came together, at most one a look.
    assert 1 <= len(await told(lab, "overdue")) <= 4


async def test_a_process_that_only_reads_sees_a_change_of_another(
    postgres_database: Database, tmp_path: Path
) -> None:
    async with running(postgres_database, tmp_path) as lab:
        store: Store = lab.app.store
        change = DayChange(kind="closure", day=date(2026, 3, 10), until=date(2026, 3, 10), name="x")
        row = change_row(change, new_id=lab.app.ids.new(), actor="Amina", at=lab.clock.now())
        await store.write(lambda session: session.add(row))
        lab.app._heard("calendar")
        await lab.until(lambda: not lab.app.calendars.company.is_working_day(date(2026, 3, 10)))
        assert lab.app.dialogue.company.calendar is lab.app.calendars.company
