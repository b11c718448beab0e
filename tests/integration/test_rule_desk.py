"""Rules as people meet them: by API and by command, and a preview that keeps nothing."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
from typer.testing import CliRunner

from bot.cli import app
from bot.records import Occurrence, OutboxMessage, OutreachRule
from bot.store.port import Store
from scheduler.rule_preview import preview
from tests.conftest import Database
from tests.integration.lab import TOKEN, config_of, running
from tests.integration.rulebench import ALGERIA, READY, person, talk, utc
from tests.integration.storebench import rows_of
from tests.integration.test_rules_sent import PHONE, House

HEAD = {"Authorization": f"Bearer {TOKEN}"}


async def test_a_preview_says_who_gets_which_words_or_why_not_and_keeps_nothing(store: Store) -> None:
    glad = await person(store, PHONE, birthday="03-07", language="fr")
    await talk(store, glad, PHONE, utc(2026, 3, 1))
    await person(store, birthday="03-08", name="Sans Adresse")
    await person(store, PHONE.replace("42", "43"), birthday="06-08")
    house = House(store, utc(2026, 3, 5, 12))
    found = await preview(
        store, house.sender, ALGERIA, READY["birthday"], now=utc(2026, 3, 5, 12), days=30, language="fr"
    )
    assert found.planned == 2
    sent, left_out = found.lines
    assert (sent.contact_id, sent.at, sent.status) == (glad, utc(2026, 3, 7, 8), "sent")
    assert (sent.channel, sent.address) == ("sms", PHONE) and "joyeux anniversaire" in sent.text
    assert (left_out.status, left_out.reason) == ("skipped", "no_address") and left_out.words
    for model in (Occurrence, OutboxMessage, OutreachRule):
        assert await rows_of(store, model) == []


async def test_rules_are_switched_previewed_and_told_by_api(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with running(sqlite_database, tmp_path) as lab, httpx.AsyncClient(
        base_url=f"{lab.url}/api/v1", headers=HEAD
    ) as client:  # fmt: skip
        listed = (await client.get("/rules")).json()
        assert len(listed) == len(READY) and not any(rule["active"] for rule in listed)
        assert all(set(rule["words"]) == {"fr", "ar", "en"} for rule in listed)
        contact = await person(lab.app.store, language="en")
        told = {"occasions": [{"contact_id": contact, "subject_id": "B8", "variables": {"product": "B8"}}]}
        assert (await client.post("/rules/stock_available/occasions", json=told)).status_code == 404
        on = await client.post("/rules/stock_available/on", json={"agent": "Samia"})
        assert on.json()["active"] and on.json()["changed_by"] == "Samia"
        assert (await client.post("/rules/stock_available/occasions", json=told)).json() == {"added": 1}
        assert (await client.post("/rules/stock_available/occasions", json=told)).json() == {"added": 0}
        seen = await client.get("/rules/birthday/preview", params={"days": 5})
        assert seen.json() == {"rule": "birthday", "planned": 0, "lines": []}
        wrong = {"agent": "Samia", "changes": {"steps": [{"after": "soon", "template": "outreach/birthday"}]}}
        refused = await client.patch("/rules/birthday", json=wrong)
        assert refused.status_code == 422 and "-60d" in refused.text
        assert (await client.get("/rules/nothing")).status_code == 404
        assert (await client.get("/rules", headers={"Authorization": "Bearer no"})).status_code == 401


def test_rules_are_listed_and_switched_by_command(sqlite_database: Database, tmp_path: Path) -> None:
    config_of(sqlite_database, tmp_path)
    given = ["--config", str(next(tmp_path.glob("*.yaml")))]
    runner = CliRunner()
    assert runner.invoke(app, ["rule", "on", "birthday", *given]).exit_code == 0
    listed = json.loads(runner.invoke(app, ["rule", "list", "--json", *given]).stdout)
    assert [rule["name"] for rule in listed if rule["active"]] == ["birthday"]
    shown = json.loads(runner.invoke(app, ["rule", "preview", "birthday", "--json", *given]).stdout)
    assert shown == {"rule": "birthday", "planned": 0, "lines": []}
    assert runner.invoke(app, ["rule", "confirm", "eid_al_fitr_wishes", "2027-03-10", *given]).exit_code == 0
    unknown = runner.invoke(app, ["rule", "off", "nothing", *given])
    assert unknown.exit_code == 1
