"""Time in the running program: silence, follow-ups, long stops, clocks that jump, several processes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apscheduler.schedulers.base as apscheduler_base
import pytest

from bot.case_asks import Answered
from bot.clock import Clock
from bot.dialogue.turn import Decision, SetTimer, Turn
from bot.records import Case, Timer
from scheduler.clock_loop import ClockLoop
from tests.conftest import Database
from tests.integration.lab import Lab, LabClock, LabDoor, real, running, said_back
from tests.loopback import until


async def begin_complaint(lab: Lab) -> None:
    await lab.hear("Je veux déposer une réclamation, mes briques B8 sont arrivées cassées")
    await lab.settled()


async def said(lab: Lab, count: int) -> None:
    await lab.until(lambda: len(lab.door.calls) >= count)
    await lab.settled()


async def test_silence_in_a_complaint_is_reminded_of_and_then_registered_as_it_is(
    database: Database, tmp_path: Path
) -> None:
    async with running(database, tmp_path, decide_with=real) as lab:
        await begin_complaint(lab)
        asked = len(lab.door.calls)
        lab.advance(minutes=9)
        await asyncio.sleep(0.1)
        assert len(lab.door.calls) == asked
        lab.advance(minutes=2)
        await said(lab, asked + 1)
        assert await lab.rows(Case) == []
        lab.advance(minutes=31)
        await said(lab, asked + 2)
        (case,) = await lab.rows(Case)
        assert (case.complete, case.reference) == (False, "RC-2026-000001")
        assert case.reference in lab.door.texts[-1]


async def test_after_a_long_stop_the_reminder_comes_first_and_nothing_is_registered_behind_its_back(
    database: Database, tmp_path: Path
) -> None:
    doors, clock = {"lab": LabDoor("lab"), "desk": LabDoor("desk")}, LabClock()
    async with running(database, tmp_path, decide_with=real, doors=doors, clock=clock) as lab:
        await begin_complaint(lab)
        asked = len(lab.door.calls)
    clock.advance(timedelta(days=3))
    async with running(database, tmp_path, decide_with=real, doors=doors, clock=clock) as lab:
        await said(lab, asked + 1)
        await asyncio.sleep(0.1)
        assert len(lab.door.calls) == asked + 1  # one reminder, and from now on its half-hour
        assert await lab.rows(Case) == []
        lab.advance(minutes=31)
        await said(lab, asked + 2)
        assert len(await lab.rows(Case)) == 1


async def test_days_after_the_answer_the_customer_is_asked_whether_all_is_well(
    database: Database, tmp_path: Path
) -> None:
    async with running(database, tmp_path, decide_with=real) as lab:
        await begin_complaint(lab)
        lab.advance(minutes=11)
        await said(lab, 2)
        lab.advance(minutes=31)

        async def registered() -> bool:
            return len(await lab.rows(Case)) == 1

        await lab.until(registered)
        await lab.settled()
        (case,) = await lab.rows(Case)
        await lab.app.office.cases.act(case.reference, "answered", Answered(agent="Lina"))
        spoken = len(lab.door.calls)
        (timer,) = [t for t in await lab.rows(Timer) if t.kind == "case.followup"]
        assert timer.due_at - lab.clock.now() >= timedelta(days=3)
        lab.advance(seconds=(timer.due_at - lab.clock.now()).total_seconds() - 3600)
        await asyncio.sleep(0.1)
        assert len(lab.door.calls) == spoken
        lab.advance(hours=2)
        await said(lab, spoken + 1)
        assert case.reference in lab.door.texts[-1]
        await lab.hear("oui")
        await lab.settled()
        (case,) = await lab.rows(Case)
        assert (case.satisfied, case.closed) == (True, True)


def wake_up(turn: Turn) -> Decision:
    if turn.timer is not None:
        return Decision(by="test", language="fr", replies=(said_back(f"réveil {turn.timer.payload['n']}"),))
    due_at = turn.now + timedelta(minutes=10)
    timers = tuple(
        SetTimer(kind="lab", key=f"{turn.conversation_id}:{n}", due_at=due_at, payload={"n": n})
        for n in range(5)
    )
    return Decision(by="test", timers=timers)


async def test_two_processes_fire_every_timer_once(postgres_database: Database, tmp_path: Path) -> None:
    clock = LabClock()
    doors = {"lab": LabDoor("lab"), "desk": LabDoor("desk")}
    common: dict[str, Any] = {"decide_with": wake_up, "doors": doors, "clock": clock}
    (tmp_path / "two").mkdir()
    async with (
        running(postgres_database, tmp_path, **common) as one,
        running(postgres_database, tmp_path / "two", **common) as two,
    ):
        for number in range(12):
            speaker = (one, two)[number % 2]
            await speaker.hear("x", id=f"m{number}", **{"from": f"+2135550001{number:02}"})
        await one.settled()
        clock.advance(timedelta(minutes=11))
        for lab in (one, two):
            lab.app.loop_clock.wake_all()
        await one.until(lambda: len(doors["lab"].calls) == 60)
        await one.settled()
        await asyncio.sleep(0.3)
        assert len(doors["lab"].calls) == 60
        assert len({(call.to, call.text) for call in doors["lab"].calls}) == 60


async def test_a_customer_of_a_stopped_process_is_answered_by_the_other(
    postgres_database: Database, tmp_path: Path
) -> None:
    doors = {"lab": LabDoor("lab"), "desk": LabDoor("desk")}
    (tmp_path / "two").mkdir()
    async with running(postgres_database, tmp_path, doors=doors) as one:
        async with running(postgres_database, tmp_path / "two", doors=doors) as two:
            await two.hear("un", id="m1")
            await two.settled()
        await one.hear("deux", id="m2")
        await one.settled()
    assert doors["lab"].texts == ["un", "deux"]


class MachineClock(Clock):
    """The machine's own clock, set by somebody else."""

    def __init__(self) -> None:
        super().__init__()
        self.set_by = timedelta()

    def now(self) -> datetime:
        return super().now() + self.set_by


@pytest.mark.parametrize("hours", [-1, 1], ids=["back", "forward"])
async def test_jobs_go_on_when_the_machines_clock_is_set(hours: int, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = MachineClock()

    class MachineTime(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz or UTC) + clock.set_by

    monkeypatch.setattr(apscheduler_base, "datetime", MachineTime)
    ran: list[datetime] = []

    async def job() -> None:
        ran.append(clock.now())

    loop = ClockLoop(clock)
    loop.every(0.1, "job", job)
    running_ = asyncio.create_task(loop.run())
    await until(lambda: len(ran) >= 3)
    clock.set_by = timedelta(hours=hours)
    before = len(ran)
    await until(lambda: len(ran) >= before + 4)
    running_.cancel()
    await asyncio.gather(running_, return_exceptions=True)


async def test_a_job_that_fails_runs_again() -> None:
    tries: list[int] = []

    async def job() -> None:
        tries.append(1)
        raise RuntimeError("not today")

    loop = ClockLoop(Clock())
    loop.every(0.05, "job", job)
    task = asyncio.create_task(loop.run())
    await until(lambda: len(tries) >= 3)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
