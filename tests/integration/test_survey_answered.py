"""A survey from the rule to the mark, a call from the step to its outcome, and both in results, in the program."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.records import Agent, Alert, Occurrence, OutreachAnswer, PersonTask
from scheduler.rule_files import ready_rules
from tests.conftest import Database
from tests.fakes import NOON
from tests.integration.lab import TOKEN, Lab, LabDoor, config_of, real, running
from tests.integration.rulebench import person, purchase
from tests.integration.storebench import new_id

MAIL = "karim@example.org"


@pytest.fixture
async def lab(database: Database, tmp_path: Path) -> AsyncIterator[Lab]:
    doors = {"lab": LabDoor("lab", "whatsapp"), "desk": LabDoor("desk", "email")}
    async with running(database, tmp_path, decide_with=real, doors=doors) as started:
        yield started


def api(lab: Lab) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"{lab.url}/api/v1", headers={"authorization": f"Bearer {TOKEN}"})


async def send_rule(lab: Lab, name: str, hours: float) -> Any:
    """Let the rule's hour come; its one message."""
    await lab.app.office.rules.switch(name, on=True, by="test")
    before = len(lab.desk.calls)
    await lab.app.office.rules.planner.tick()
    lab.advance(hours=hours)
    await lab.app.office.rules.planner.tick()
    await lab.app.office.rules.sender.tick()
    await lab.until(lambda: len(lab.desk.calls) > before)
    await lab.settled()
    return lab.desk.calls[-1]


async def answer(lab: Lab, text: str) -> list[str]:
    """What the bot says to it."""
    before = len(lab.desk.calls)
    await lab.hear_all([{"from": MAIL, "text": text}], account="desk")
    await lab.settled()
    return [message.text for message in lab.desk.calls[before:] if message.to == MAIL]


async def test_a_survey_is_answered_and_its_results_are_told(lab: Lab) -> None:
    contact = await person(lab.app.store, email=MAIL, language="fr")
    await purchase(lab.app.store, contact, NOON - timedelta(days=25), delivered_at=NOON - timedelta(days=20))
    asked = await send_rule(lab, "survey", 23)
    assert "De 1" in asked.text
    lab.advance(hours=1)
    (why,) = await answer(lab, "Bonjour,\n2/5")
    assert "mieux faire" in why
    (thanks,) = await answer(lab, "Les chauffeurs devraient appeler avant de passer.")
    assert "Merci" in thanks
    (mark, words) = sorted(await lab.rows(OutreachAnswer), key=lambda row: str(row.question))
    assert (mark.question, mark.value, mark.score, mark.channel) == ("mark", "2/5", 2, "email")
    assert mark.contact_id == contact and words.words.startswith("Les chauffeurs")
    (alert,) = [row for row in await lab.rows(Alert) if row.kind == "low_mark"]
    assert alert.reason == "rule:survey: 2/5 (B12)" and alert.conversation_id == mark.conversation_id
    await lab.app.office.crediting.run()
    async with api(lab) as client:
        found = (await client.get("/rules/survey/results")).json()
        assert found["balanced"] and (found["planned"], found["sent"]) == (1, 1)
        assert found["counts"]["replied"]["count"] == 1 and found["marks"]["given"] == {"2": 1}
        assert found["marks"]["suggestions"] == 1 and found["counts"]["replied"]["low"] < 1
        later = {"since": (NOON + timedelta(days=9)).isoformat()}
        assert (await client.get("/rules/survey/results", params=later)).json()["planned"] == 0
        assert (
            await client.get("/rules/survey/results", params={"since": "2026-03-05T09:00"})
        ).status_code == 422
        assert (await client.get("/campaigns/none/results")).status_code == 404
    await corrected_in_silence_while_a_person_holds_it(lab, mark.conversation_id)


async def corrected_in_silence_while_a_person_holds_it(lab: Lab, conversation_id: str) -> None:
    await lab.app.people.take_over(conversation_id, agent="Samia")
    assert await answer(lab, "finalement 4") == [] or await answer(lab, "4") == []
    await answer(lab, "4")
    (mark,) = [row for row in await lab.rows(OutreachAnswer) if row.question == "mark"]
    assert mark.score == 4
    assert len([row for row in await lab.rows(Alert) if row.kind == "low_mark"]) == 1


async def test_a_first_purchase_asks_its_owner_to_call(lab: Lab) -> None:
    store = lab.app.store
    agent = Agent(id="a1", name="Samia", email="s@example.org", roles=[], desk_id="sales", created_at=NOON)
    await store.write(lambda session: session.add(agent))
    contact = await person(store, "+213550000042", MAIL, language="ar", owner_agent_id="a1")
    await lab.app.office.rules.switch("first_purchase", on=True, by="test")
    lab.advance(minutes=5)
    await purchase(store, contact, lab.clock.now(), created_at=lab.clock.now())
    await send_rule(lab, "first_purchase", 24)
    async with api(lab) as client:
        (task,) = (await client.get("/tasks", params={"owner": "a1"})).json()
        assert (task["contact_name"], task["number"], task["owner_name"]) == (
            "Karim",
            "+213550000042",
            "Samia",
        )
        assert task["words"].startswith("Premier achat") and not task["overdue"]
        (alert,) = [row for row in await lab.rows(Alert) if row.kind == "call"]
        assert (alert.desk_id, alert.due_at.isoformat()[:16]) == ("sales", task["due_at"][:16])
        path = f"/tasks/{task['id']}"
        later = {"agent": "Samia", "until": (lab.clock.now() + timedelta(days=1)).isoformat()}
        assert (await client.post(f"{path}/put-off", json=later)).json()["status"] == "open"
        past = later | {"until": NOON.isoformat()}
        assert (await client.post(f"{path}/put-off", json=past)).status_code == 409
        assert (await client.post(f"{path}/take", json={"agent": "S", "owner": "x"})).status_code == 404
        lab.advance(hours=25)
        assert (await client.get("/tasks")).json()[0]["overdue"]
        ended = {"agent": "Samia", "outcome": "reached", "note": "content"}
        for _ in range(2):
            closed = (await client.post(f"{path}/done", json=ended)).json()
            assert (closed["status"], closed["outcome"], closed["closed_by"]) == ("done", "reached", "Samia")
        other = ended | {"outcome": "no_answer"}
        assert (await client.post(f"{path}/done", json=other)).status_code == 409
        assert (await client.get("/tasks")).json() == []
    assert all(row.seen_at is not None for row in await lab.rows(Alert) if row.kind == "call")
    await lab.app.office.rules.sender.tick()
    assert len(await lab.rows(PersonTask)) == len(await lab.rows(Occurrence)) == 1


def test_the_ready_rules_speak_of_calls_in_every_language() -> None:
    calls = [step.call for rule in ready_rules().values() for step in rule.steps if step.call is not None]
    assert calls and all(set(call.words) == {"fr", "ar", "en"} for call in calls)


def configured(database: Database, folder: Path) -> list[str]:
    config_of(database, folder)
    return ["--config", str(next(folder.glob("*.yaml")))]


async def test_tasks_are_listed_and_closed_by_command(
    sqlite_database: Database, tmp_path: Path, open_store: Any
) -> None:
    store = await open_store(sqlite_database)
    contact = await person(store, "+213550000042")
    task = PersonTask(
        id=new_id(),
        key="k",
        source="rule:x",
        contact_id=contact,
        words="Appeler [b]",
        due_at=NOON,
        created_at=NOON,
    )
    await store.write(lambda session: session.add(task))
    await store.close()
    given = configured(sqlite_database, tmp_path)

    def run(*arguments: str) -> Any:
        import concurrent.futures

        with concurrent.futures.ThreadPoolExecutor(1) as pool:  # the command has a loop of its own
            return pool.submit(CliRunner().invoke, app, [*arguments, *given]).result()

    (listed,) = json.loads(run("task", "list", "--json").stdout)
    assert (listed["words"], listed["number"], listed["overdue"]) == ("Appeler [b]", "+213550000042", True)
    assert "Appeler [b]" in run("task", "list").stdout
    assert run("task", "done", listed["id"], "--outcome", "maybe").exit_code != 0
    done = run("task", "done", listed["id"], "--outcome", "not_needed")
    assert done.exit_code == 0 and "dropped" in done.stdout
    assert json.loads(run("task", "list", "--json").stdout) == []
    assert run("task", "done", "nothing", "--outcome", "reached").exit_code == 1
