"""Segments through HTTP and by the command, against the running program."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from bot.cli import app
from tests.conftest import Database
from tests.integration.lab import TOKEN, running
from tests.integration.test_segments import fill
from tests.segment_oracle import members
from tests.segment_world import MOMENT, TERMS, make_world

HEADERS = {"Authorization": f"Bearer {TOKEN}"}
RULE = "langue = fr et achats >= 2"
WORLD = make_world(11, contacts=60)
CONFIG = """
company: {{name: Briqueterie Atlas, language: fr, timezone: Africa/Algiers, country: DZ}}
database: {{url: "{url}"}}
"""


@pytest.fixture
async def http(database: Database, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with running(database, tmp_path) as lab:
        await fill(lab.app.store, WORLD)
        async with httpx.AsyncClient(base_url=f"{lab.url}/api/v1", headers=HEADERS) as client:
            yield client


def expected() -> list[str]:
    from scheduler.segments import parse

    return members(parse(RULE, TERMS), WORLD, MOMENT)


async def test_a_segment_is_made_shown_walked_through_changed_and_removed(http: httpx.AsyncClient) -> None:
    made = await http.post("/segments", json={"name": "Fidèles", "rule": RULE})
    assert made.status_code == 201 and made.json()["created_by"] == "test"
    assert (await http.post("/segments", json={"name": "Fidèles", "rule": RULE})).status_code == 409
    assert [each["name"] for each in (await http.get("/segments")).json()] == ["Fidèles"]
    seen: list[str] = []
    after = ""
    while after is not None:
        page = (await http.get("/segments/Fidèles/members", params={"after": after, "limit": 2})).json()
        seen, after = [*seen, *page["ids"]], page["next"]
    assert seen == expected() and len(seen) > 2
    why = (await http.get(f"/segments/Fidèles/members/{seen[0]}", params={"language": "en"})).json()
    assert why["belongs"] and why["reasons"][1]["text"] == "the language is french"
    form = made.json()["form"]
    changed = await http.put("/segments/Fidèles", json={"form": {"not": form}})
    assert changed.json()["rule"] == "non (langue = fr et achats >= 2)"
    previewed = (await http.get("/segments/Fidèles/preview", params={"sample": 2})).json()
    assert (previewed["count"], previewed["contacts"]) == (60 - len(seen), 60)
    assert len(previewed["sample"]) == 2
    assert (await http.delete("/segments/Fidèles")).status_code == 204
    assert (await http.get("/segments/Fidèles")).status_code == 404


async def test_a_rule_is_tried_and_explained_without_being_saved(http: httpx.AsyncClient) -> None:
    tried = (await http.post("/segments/preview", json={"rule": RULE})).json()
    assert tried["count"] == len(expected())
    explained = (await http.post("/segments/explain", params={"language": "en"}, json={"rule": RULE})).json()
    assert explained["rule"] == "language = fr and purchases >= 2"
    assert explained["sentences"][2] == "  the number of purchases is at least 2"
    again = (await http.post("/segments/explain", json={"form": explained["form"]})).json()
    assert again["rule"] == RULE


async def test_what_can_not_be_read_is_said_with_its_place_in_the_language_asked_for(
    http: httpx.AsyncClient,
) -> None:
    ask: dict[str, Any] = {"rule": "zonne = x"}
    refused = await http.post("/segments/explain", json=ask)
    assert refused.status_code == 422
    told = refused.json()
    assert told["detail"].startswith("« zonne » n'est pas un champ")
    assert (told["code"], told["at"], told["length"], told["nearest"][0]) == ("unknown_field", 0, 5, "zone")
    english = await http.post("/segments/preview?language=en", json=ask)
    assert english.json()["detail"].startswith("“zonne” is not a field")
    for wrong in ({}, {"rule": "tous", "form": {}}, {"form": {"measure": "x"}}, {"rule": "a" * 30_000}):
        answer = await http.post("/segments/explain", json=wrong)
        assert answer.status_code in (409, 422) and "Traceback" not in answer.text
    async with httpx.AsyncClient(base_url=http.base_url) as stranger:
        assert (await stranger.get("/segments")).status_code == 401


def test_the_command_saves_counts_tests_and_explains(sqlite_database: Database, tmp_path: Path) -> None:
    path = tmp_path / "relais.yaml"
    path.write_text(CONFIG.format(url=sqlite_database.url))

    def relais(*words: str) -> Any:
        done = CliRunner().invoke(app, ["segment", *words, "-c", str(path), "--json"])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    assert relais("save", "Fidèles", RULE)["rule"] == RULE
    assert [each["name"] for each in relais("list")] == ["Fidèles"]
    assert relais("count", "Fidèles") == {"count": 0, "contacts": 0, "share": None}
    assert relais("test", "tous")["sample"] == []
    assert relais("show", "Fidèles")["form"]["all"][0]["measure"] == "language"
    assert relais("explain", "Fidèles")["sentences"][1] == "  la langue est français"
    wrong = CliRunner().invoke(app, ["segment", "count", "zonne = x", "-c", str(path)])
    assert wrong.exit_code == 2 and "« zonne » n'est pas un champ" in wrong.output
