"""Campaigns as people meet them: by API in the running program, and by command."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import httpx
from typer.testing import CliRunner

from bot.cli import app
from bot.records import OutboxMessage, Recipient
from tests.conftest import Database
from tests.integration.campaignbench import OFFER, crowd
from tests.integration.lab import TOKEN, config_of, running
from tests.integration.storebench import rows_of

HEAD = {"Authorization": f"Bearer {TOKEN}"}
NEWS = OFFER | {
    "purpose": "information",
    "template": "outreach/newsletter",
    "values": {"title": "Mars", "text": "Les nouvelles."},
}
YAML = """
name: hourdis
purpose: information
audience: {audience}
template: outreach/newsletter
values: {{title: Mars, text: "{text}"}}
"""


async def test_a_campaign_is_written_planned_tested_sent_and_reckoned_by_api(
    database: Database, tmp_path: Path
) -> None:
    async with running(database, tmp_path) as lab, httpx.AsyncClient(
        base_url=f"{lab.url}/api/v1", headers=HEAD, timeout=30
    ) as client:  # fmt: skip
        await crowd(lab.app.store, 3, doors=("email",))
        agent = {"agent": "Samia"}
        wrong = await client.post(
            "/campaigns", json=agent | {"definition": NEWS | {"template": "outreach/nothing"}}
        )
        assert wrong.status_code == 422 and "no template" in wrong.text
        wrong = await client.post("/campaigns", json=agent | {"definition": NEWS | {"audience": "langue ="}})
        assert wrong.status_code == 422
        wrong = await client.post("/campaigns", json=agent | {"definition": {"name": "x"}})
        assert wrong.status_code == 422 and wrong.json()["problems"]
        new = await client.post("/campaigns", json=agent | {"definition": NEWS})
        assert new.status_code == 201 and new.json()["status"] == "draft"
        assert (await client.post("/campaigns", json=agent | {"definition": NEWS})).status_code == 409
        plan = (await client.get("/campaigns/hourdis/plan", params={"language": "fr"})).json()
        assert plan["totals"]["waiting"] == 3 and len(plan["lines"]) == 3 and plan["currency"] == "DZD"
        whole = (await client.get("/campaigns/hourdis/plan", params={"full": True})).json()
        assert [row["contact_id"] for row in whole["lines"]] == [row["contact_id"] for row in plan["lines"]]
        assert await rows_of(lab.app.store, Recipient) == []
        to = [{"channel": "email", "address": "samia@example.org"}]
        tested = await client.post("/campaigns/hourdis/test", json=agent | {"to": to, "language": "fr"})
        assert tested.status_code == 202 and tested.json()[0]["subject"].startswith("[test]")
        assert (await client.post("/campaigns/hourdis/resume", json=agent)).status_code == 409
        assert (await client.post("/campaigns/hourdis/start", json=agent)).json()["status"] == "planned"

        async def done() -> bool:
            return bool((await client.get("/campaigns/hourdis")).json()["status"] == "done")

        await lab.until(done, within_s=60)
        shown = (await client.get("/campaigns/hourdis")).json()
        assert shown["reckoning"]["agrees"] and shown["reckoning"]["sent"] == 3
        assert shown["created_by"] == "Samia" and shown["reckoning"]["channels"] == {"email": 3}
        assert (await client.get("/campaigns/hourdis/plan")).status_code == 409
        assert (await client.get("/campaigns/nothing")).status_code == 404
        assert [each["name"] for each in (await client.get("/campaigns")).json()] == ["hourdis"]
        sent = await rows_of(lab.app.store, OutboxMessage)
        assert len([row for row in sent if row.key.startswith("campaign-test:")]) == 1
        assert (await client.get("/campaigns", headers={"Authorization": "Bearer no"})).status_code == 401


def test_a_campaign_is_planned_compared_and_started_by_command(
    sqlite_database: Database, tmp_path: Path
) -> None:
    import asyncio

    config_of(sqlite_database, tmp_path)
    given = ["--config", str(next(tmp_path.glob("*.yaml")))]
    file = tmp_path / "campaign.yml"
    runner = CliRunner()

    async def fill() -> None:
        store = sqlite_database.new_store()
        await store.open()
        await crowd(store, 2, doors=("email",))
        await crowd(store, 1, doors=("sms",), first=10)
        await store.close()

    asyncio.run(fill())

    def run(*words: str, code: int = 0) -> str:
        done = runner.invoke(app, ["campaign", *words, *given])
        assert done.exit_code == code, done.output
        return done.output

    file.write_text(YAML.format(audience="tous", text="Les nouvelles."))
    run("new", str(file))
    run("new", str(file), code=1)  # it is there
    shown = run("plan", "hourdis")
    assert "3 contacts, 2 messages, 1 left out" in shown and "no_address" in shown and "nouvelles" in shown
    earlier = tmp_path / "earlier.json"
    earlier.write_text(run("plan", "hourdis", "--json"))
    assert len(json.loads(earlier.read_text())["lines"]) == 3
    file.write_text(YAML.format(audience="joignable par email", text="Autre chose."))
    run("new", str(file), "--replace")
    table = tmp_path / "plan.csv"
    compared = run("plan", "hourdis", "--csv", str(table), "--against", str(earlier))
    assert "0 new, 1 gone, 2 changed, 0 same" in compared
    with table.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert len(rows) == 2 and "Autre chose." in rows[0]["text"]
    run("test", "hourdis", "--to", "email:samia@example.org")
    run("test", "hourdis", "--to", "fax:12", code=1)
    run("start", "hourdis", "--by", "Samia")
    run("pause", "hourdis")
    run("resume", "hourdis")
    assert json.loads(run("show", "hourdis", "--json"))["status"] == "planned"
    assert json.loads(run("results", "hourdis", "--json"))["agrees"] is True
    run("cancel", "hourdis")
    assert "cancelled" in run("list")
    run("start", "nothing", code=1)
    run("plan", "hourdis", "--against", str(file), code=2)
    broken = tmp_path / "broken.yml"
    broken.write_text("name: x")
    assert "purpose" in run("new", str(broken), code=2)
