"""The ledger in the running program: sealed beside the lanes, shown by the API, kept outside when it ends."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import httpx
from sqlalchemy.orm import Session

from bot.ledger.heads import HeadKeeper
from bot.ledger.verifying import Verdict, verify
from bot.records import LedgerRow
from bot.store.reading import look_at
from tests.conftest import Database
from tests.fakes import NOON
from tests.integration.lab import TOKEN, Lab, real, running
from tests.integration.storebench import count_of

PAGE = Path(__file__).parents[2] / "docs" / "ledger.md"


async def sealed(lab: Lab, rows: int) -> None:
    async def enough() -> bool:
        return await count_of(lab.app.store, LedgerRow) >= rows

    lab.advance(seconds=2)
    await lab.until(enough)


async def test_what_customers_are_owed_is_sealed_shown_and_verified(
    database: Database, tmp_path: Path
) -> None:
    async with running(database, tmp_path, decide_with=real) as lab, httpx.AsyncClient(timeout=20) as calls:
        for number in range(3):
            await lab.hear("Bonjour, ma commande B12 est arrivée cassée", **{"from": f"+21355500020{number}"})
        await lab.settled()
        await sealed(lab, 6)
        url, mine = f"{lab.url}/api/v1/ledger", {"authorization": f"Bearer {TOKEN}"}
        assert (await calls.get(url)).status_code == 401
        account = (await calls.get(url, headers=mine)).json()
        assert (account["received"], account["in_time"], account["unexplained"]) == (3, 3, 0)
        assert account["exceptions"] == []
        rows = (await calls.get(f"{url}/rows", headers=mine)).json()
        assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
        assert rows[-1]["hash"] == account["head"]["hash"]
        far = {"since": (NOON - timedelta(days=99)).isoformat()}
        assert (await calls.get(url, headers=mine, params=far)).status_code == 422
        numbers = (await calls.get(f"{lab.url}/metrics")).text
        assert 'relais_ledger_acknowledged_total{in_time="yes"} 3.0' in numbers
        shown = {
            name
            for name in re.findall(r"^# HELP (relais_ledger_\w+)", numbers, re.MULTILINE)
            if not name.endswith("_created")
        }
        explained = set(re.findall(r"`(relais_ledger_[a-z_]+)`", PAGE.read_text(encoding="utf-8")))
        assert explained == shown
        config = lab.app.config

    def judge(session: Session) -> Verdict:
        return verify(session, HeadKeeper.of(config).read(), now=NOON + timedelta(days=1))

    verdict = await look_at(database.url, judge)
    assert verdict.problems == []
    assert verdict.heads >= 1  # the last one was kept at the end of the program
    assert (verdict.received, verdict.in_time) == (3, 3)
