"""The calendar and the deadlines over the API and as commands, beside the running program."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from bot.cli import app
from tests.conftest import Database
from tests.integration.lab import TOKEN, Lab, config_of, running
from tests.integration.test_deadline_watch import REFERENCE, Complaining, at, pass_until

HEADERS = {"Authorization": f"Bearer {TOKEN}"}


class Client:
    def __init__(self, lab: Lab, http: httpx.AsyncClient, config: Path) -> None:
        self.lab = lab
        self.http = http
        self.config = config

    async def get(self, path: str, **params: Any) -> Any:
        return (await self.http.get(f"/api/v1{path}", params=params, headers=HEADERS)).json()

    async def post(self, path: str, **body: Any) -> httpx.Response:
        return await self.http.post(f"/api/v1{path}", json={"agent": "Amina"} | body, headers=HEADERS)

    async def command(self, *arguments: str) -> tuple[int, str]:
        """A command in a process of its own, as far as the program can tell."""
        result = await asyncio.to_thread(
            CliRunner().invoke, app, [*arguments, "--config", str(self.config)], env={"COLUMNS": "100"}
        )
        return result.exit_code, result.output


@pytest.fixture
async def client(database: Database, tmp_path: Path) -> AsyncIterator[Client]:
    decide = Complaining()
    async with (
        running(database, tmp_path, decide_with=decide) as lab,
        httpx.AsyncClient(base_url=lab.url) as http,
    ):
        decide.lab = lab
        yield Client(lab, http, tmp_path / "web-worker-scheduler.yaml")


async def test_a_moved_feast_moves_what_is_due_and_is_taken_back(client: Client) -> None:
    client.lab.advance(days=12)  # 17 March: the feast is estimated for the 20th to the 22nd
    await client.lab.hear("briques cassées")
    await client.lab.settled()
    (before,) = await client.get("/deadlines", reference=REFERENCE, status="open", limit=1)
    feasts = await client.get("/calendar/feasts", first="2026-03-01", last="2026-03-31", language="fr")
    assert [(feast["first"], feast["last"], feast["provisional"]) for feast in feasts] == [
        ("2026-03-20", "2026-03-22", True)
    ]
    moved = await client.post("/calendar/changes", kind="feast", day="2026-03-21", new_day="2026-03-22")
    assert moved.status_code == 201
    assert (moved.json()["first"], moved.json()["last"]) == ("2026-03-20", "2026-03-22")
    rows = await client.get("/deadlines", reference=REFERENCE)
    treated = next(row for row in rows if row["kind"] == "resolution")
    assert treated["due_at"] == "2026-03-26T16:00:00Z"
    assert (treated["provisional"], treated["history"][-1]["from"]) == (False, "2026-03-25T16:00:00+00:00")
    assert before["explanation"].keys() == {"fr", "ar", "en"}
    assert (await client.post(f"/calendar/changes/{moved.json()['id']}/withdraw")).status_code == 200
    assert (await client.post(f"/calendar/changes/{moved.json()['id']}/withdraw")).status_code == 404
    rows = await client.get("/deadlines", reference=REFERENCE)
    assert {row["due_at"] for row in rows if row["kind"] == "resolution"} == {"2026-03-25T16:00:00Z"}
    assert await client.get("/calendar/changes") == []


IMPOSSIBLE: list[dict[str, Any]] = [
    {"kind": "feast", "day": "2026-03-03", "new_day": "2026-03-04"},
    {"kind": "feast", "day": "2026-03-20", "new_day": "2026-09-20"},
    {"kind": "closure", "day": "2026-03-20", "name": " "},
    {"kind": "closure", "day": "2026-03-20", "last": "2026-03-19", "name": "x"},
    {"kind": "closure", "day": "2026-03-20", "last": "2029-03-19", "name": "x"},
    {"kind": "hours", "day": "2026-03-20"},
    {"kind": "hours", "day": "2026-03-20", "hours": ["12:00-08:00"]},
    {"kind": "hours", "day": "2026-03-20", "hours": ["08:00-12:00", "11:00-13:00"]},
    {"kind": "worked", "day": "2026-03-20", "hours": ["08:00-12:00"]},
    {"kind": "party", "day": "2026-03-20"},
]


async def test_an_impossible_change_is_refused_with_words_and_changes_nothing(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with running(sqlite_database, tmp_path) as lab, httpx.AsyncClient(base_url=lab.url) as http:
        client = Client(lab, http, tmp_path)
        for wrong in IMPOSSIBLE:
            answer = await client.post("/calendar/changes", **wrong)
            assert answer.status_code in (409, 422) and answer.json()["detail"], wrong
        assert await client.get("/calendar/changes") == []


async def test_the_calendar_says_of_each_day_when_it_is_open_and_why_not(client: Client) -> None:
    made = await client.post("/calendar/changes", kind="closure", day="2026-03-10", name="Inventaire")
    assert made.status_code == 201
    shown = await client.get("/calendar", first="2026-03-09", last="2026-03-10", language="fr")
    assert shown["timezone"] == "Africa/Algiers"
    assert [(day["hours"], day["closed_because"]) for day in shown["days"]] == [
        (["08:00-17:00"], ""),
        ([], "Inventaire"),
    ]
    too_long = await client.http.get(
        "/api/v1/calendar", params={"first": "2026-01-01", "last": "2029-01-01"}, headers=HEADERS
    )
    assert too_long.status_code == 422


async def test_late_deadlines_are_listed_apart(client: Client) -> None:
    await client.lab.hear("briques cassées")
    await client.lab.settled()
    assert await client.get("/deadlines", status="late") == []
    await pass_until(client.lab, at(8, 12, 1))
    (late,) = await client.get("/deadlines", status="late", desk="complaints")
    assert (late["kind"], late["late"], late["level"]) == ("first_answer", True, 1)
    assert await client.get("/deadlines", desk="sales") == []
    found = await client.get("/deadlines", status="all")
    assert [row["kind"] for row in found] == ["first_answer", "resolution"]


async def test_a_command_beside_the_running_program_changes_its_calendar(client: Client) -> None:
    await client.lab.hear("briques cassées")
    await client.lab.settled()
    code, output = await client.command("calendar", "close", "2026-03-10..2026-03-11", "--why", "Inventaire")
    assert code == 0 and "Noted: closure 2026-03-10..2026-03-11" in output
    await client.lab.app.office.calendar_watch.refresh()  # as it does by itself every few seconds
    rows = await client.get("/deadlines", reference=REFERENCE)
    assert {datetime.fromisoformat(row["due_at"]) for row in rows if row["kind"] == "resolution"} == {
        at(16, 17)
    }
    code, output = await client.command("calendar", "why", REFERENCE, "--language", "fr")
    assert code == 0 and "Inventaire" in output and "calendar" in output
    code, output = await client.command("calendar", "changes", "--json")
    (change,) = json.loads(output)
    assert (change["kind"], change["name"]) == ("closure", "Inventaire")
    code, output = await client.command("calendar", "withdraw", change["id"])
    assert code == 0 and "Withdrawn" in output
    code, output = await client.command("deadlines", "--json")
    due = {datetime.fromisoformat(row["due_at"]) for row in json.loads(output)}
    assert max(due) == at(16, 17)  # still the old one, until the program has looked
    assert all(moment.tzinfo is not None and moment < datetime(2027, 1, 1, tzinfo=UTC) for moment in due)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("calendar", "confirm", "2026-03-03"), 1, "No holiday stands on 2026-03-03"),
        (("calendar", "move", "2026-03-20", "soon"), 2, "is no day"),
        (("calendar", "hours", "2026-03-20", "8-12"), 2, "08:00-12:00"),
        (("calendar", "close", "2026-03-20", "--why", " "), 2, "Say why"),
        (("calendar", "withdraw", "nothing"), 1, "There is no change nothing"),
        (("calendar", "why", "RC-1"), 1, "There is no deadline"),
        (("calendar", "show", "--language", "xx"), 2, "is not a language"),
        (("calendar", "show", "--month", "2026-13"), 2, "is no day"),
        (("deadlines",), 0, "Nothing is due"),
    ],
)
def test_a_command_says_what_is_wrong(
    sqlite_database: Database, tmp_path: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    config_of(sqlite_database, tmp_path)
    config = str(tmp_path / "web-worker-scheduler.yaml")
    result = CliRunner().invoke(app, [*arguments, "--config", config], env={"COLUMNS": "100"})
    assert result.exit_code == code, result.output
    assert words in " ".join(result.output.split())
