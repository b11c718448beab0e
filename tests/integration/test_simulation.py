"""What a simulation says is what the program then does, and the simulation itself does nothing."""

from __future__ import annotations

import asyncio
import csv
import json
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from bot.cli import app
from bot.clock import Clock
from bot.records import (
    Consent,
    Contact,
    DeadlineRow,
    Occurrence,
    OutboxMessage,
    OutreachRule,
    SentPromotion,
    Timer,
)
from bot.records.base import table_of
from bot.simulation import Asked, House, simulated
from bot.store.changes import NotFound
from bot.store.dry import Copy, dry_store, everything
from bot.store.port import Store, StoreError
from scheduler.simulation.lines import Line
from tests.conftest import Database
from tests.integration.lab import TOKEN, running
from tests.integration.rulebench import complaint, person, talk, utc
from tests.integration.simulationbench import Real, content_of, house_on, settle_down, switch_on
from tests.integration.storebench import count_of, new_id, rows_of

START = utc(2026, 12, 29, 12)
DAYS = 4
PHONE = "+213550000042"


async def lines_of(house: House, now: datetime, days: int, **more: object) -> list[Line]:
    asked = Asked(now=now, days=days, **more)  # type: ignore[arg-type]
    async with simulated(house, asked) as found:
        return [line async for line in found.lines()]


def compared(lines: list[Line]) -> set[tuple[str, ...]]:
    """As `Real.told` says it; what waits beyond the last day has not happened yet there."""
    found = set[tuple[str, ...]]()
    for line in lines:
        if line.status == "sent":
            cost = f"{line.cost:.4f}"
            found.add((line.key, "sent", line.at.isoformat(), line.account, line.address, line.text, cost))
        elif line.status in ("skipped", "stopped"):
            found.add((line.key, line.status, line.at.isoformat(), line.reason))
    return found


async def test_what_is_simulated_is_what_then_happens(
    store: Store, database: Database, tmp_path: Path
) -> None:
    """Birthdays, cards, purchases and a year's end, in zones from -11 to +14, with caps and words on record."""
    house = house_on(database, tmp_path)
    await settle_down(store, START, seed=len(database.kind))
    await switch_on(store, START - timedelta(hours=3))
    before = await content_of(store)
    said = compared(await lines_of(house, START, DAYS))
    assert await content_of(store) == before
    program = Real(store, house, START)
    await program.live(START + timedelta(days=DAYS), timedelta(hours=1))
    done = await program.told()
    ends = {line[1] for line in said}
    assert len(said) > 25 and {"sent", "skipped"} <= ends
    assert said == done
    assert await count_of(store, Occurrence) > 0 and await count_of(store, OutboxMessage) > 0
    assert await count_of(store, SentPromotion) > 0


async def test_the_real_database_refuses_every_change_of_a_dry_run(store: Store, database: Database) -> None:
    async with dry_store(database.url, [Copy(Occurrence, everything)]) as dry:
        with pytest.raises(StoreError, match="read"):
            await dry.write(lambda session: session.execute(delete(table_of(Contact))))
    async with dry_store(database.url, [Copy(Contact, everything)]) as dry:
        await person(store, name="Venue après")
        assert await dry.read(count) == 0
        await dry.write(lambda session: session.execute(delete(table_of(Contact))))
    assert await store.read(count) == 1


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(table_of(Contact))) or 0


async def test_a_rule_that_is_off_is_lived_through_as_if_it_were_on(
    store: Store, database: Database, tmp_path: Path
) -> None:
    house = house_on(database, tmp_path)
    contact = await person(store, PHONE, birthday=f"{START + timedelta(days=2):%m-%d}", language="fr")
    await talk(store, contact, PHONE, START)
    assert await lines_of(house, START, 5) == []
    (line,) = await lines_of(house, START, 5, switched_on=("birthday",))
    assert (line.status, line.address, line.cost, line.name) == ("sent", PHONE, Decimal("4.5"), "Karim")
    assert line.at == utc(2026, 12, 31, 8) and "joyeux anniversaire" in line.text
    assert await lines_of(house, START, 5, switched_on=("birthday",), rules=("nurture",)) == []
    later = START + timedelta(days=3)
    assert await lines_of(house, START, 5, switched_on=("birthday",), since=later) == []
    with pytest.raises(NotFound):
        await lines_of(house, START, 5, switched_on=("nothing",))
    assert await rows_of(store, OutreachRule) == []


async def test_promises_and_timers_are_told_with_their_hours(
    store: Store, database: Database, tmp_path: Path
) -> None:
    house = house_on(database, tmp_path)
    contact = await person(store, PHONE)
    conversation = await talk(store, contact, PHONE, START)
    case = await complaint(store, contact, START, conversation_id=conversation)
    promise: dict[str, Any] = {
        "key": f"case:{case}:resolution",
        "kind": "resolution",
        "case_id": case,
        "rule": {},
    }
    promise |= {"desk_id": "complaints", "started_at": START, "due_at": START + timedelta(days=2)}
    promise |= {"explanation": {}, "history": [], "next_at": START + timedelta(days=1)}
    timer: dict[str, Any] = {
        "key": "k1",
        "kind": "survey",
        "account_id": "lab",
        "thread": PHONE,
        "payload": {},
    }
    timer |= {"due_at": START + timedelta(days=3), "status": "waiting"}

    def work(session: Session) -> None:
        session.execute(insert(table_of(DeadlineRow)), [promise | {"id": new_id()}])
        session.execute(insert(table_of(Timer)), [timer | {"id": new_id(), "created_at": START}])

    await store.write(work)
    before = await content_of(store)
    lines = await lines_of(house, START, 5)
    told = [line for line in lines if line.source.startswith("deadline:")]
    assert told and {line.address for line in told} == {"reclamations@example.org"}
    assert min(line.at for line in told) >= START + timedelta(days=1)
    (wakes,) = [line for line in lines if line.status == "due"]
    assert (wakes.at, wakes.contact_id) == (START + timedelta(days=3), contact)
    assert await content_of(store) == before


async def test_by_api_one_at_a_time_and_bounded(sqlite_database: Database, tmp_path: Path) -> None:
    async with running(sqlite_database, tmp_path) as lab, httpx.AsyncClient(
        base_url=f"{lab.url}/api/v1", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30
    ) as client:  # fmt: skip
        tomorrow = lab.clock.now() + timedelta(days=1)
        contact = await person(lab.app.store, PHONE, "k@example.org", birthday=f"{tomorrow:%m-%d}")
        await talk(lab.app.store, contact, "k@example.org", lab.clock.now(), channel="email")
        ask = {"days": 5, "switched_on": ["birthday"], "language": "fr"}
        first, second = await asyncio.gather(*(client.post("/simulations", json=ask) for _ in range(2)))
        assert sorted((first.status_code, second.status_code)) == [200, 409]
        told = (first if first.status_code == 200 else second).json()
        (line,) = told["lines"]
        assert (line["status"], line["contact_id"]) == ("sent", contact)
        assert [(total["source"], total["number"]) for total in told["totals"]] == [("rule:birthday", 1)]
        assert (await client.post("/simulations", json={"days": 93})).status_code == 422
        assert (await client.post("/simulations", json={"switched_on": ["no"]})).status_code == 404
        assert (await client.post("/simulations", json=ask, headers={"Authorization": ""})).status_code == 401
        assert await rows_of(lab.app.store, OutboxMessage) == []


async def test_by_command_with_a_file_and_against_an_earlier_one(
    sqlite_database: Database, tmp_path: Path
) -> None:
    store = sqlite_database.new_store()
    await store.open()
    house_on(sqlite_database, tmp_path)
    now = Clock().now()
    birthday = f"{now + timedelta(days=3):%m-%d}"
    people = [await person(store, f"+21355000000{n}", birthday=birthday, name=f"K{n}") for n in range(3)]
    for number, contact in enumerate(people):
        await talk(store, contact, f"+21355000000{number}", now)
    given = ["simulate", "-c", str(tmp_path / "company.yaml"), "--with", "birthday", "--days", "10"]

    def run(*more: str) -> str:
        done = CliRunner().invoke(app, [*given, *more], env={"COLUMNS": "80"})
        assert done.exit_code == 0, done.output
        return done.stdout

    plan = tmp_path / "plan.json"
    plan.write_text(await asyncio.to_thread(run, "--json"))  # while the program holds the file
    document = json.loads(plan.read_text())
    assert [line["name"] for line in document["lines"]] == ["K0", "K1", "K2"]
    no = {
        "id": new_id(),
        "contact_id": people[0],
        "channel": "",
        "purpose": "all",
        "granted": False,
        "at": now,
    }
    word = no | {"source": "message", "wording": "STOP"}
    await store.write(lambda session: session.execute(insert(table_of(Consent)), [word]))
    gone = update(table_of(Contact)).where(table_of(Contact).c.id == people[1]).values(birthday="")
    await store.write(lambda session: session.execute(gone))
    sheet = tmp_path / "plan.csv"
    shown = await asyncio.to_thread(run, "--against", str(plan), "--csv", str(sheet))
    assert "1 other end" in shown and "1 gone" in shown and "asked not to" in shown
    assert max(map(len, shown.splitlines())) <= 80
    with sheet.open(encoding="utf-8-sig") as file:
        assert len(list(csv.DictReader(file, delimiter=";"))) == 2
    await store.close()
