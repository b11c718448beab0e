"""A campaign in the real program, killed while it is planned, sent and held: everybody once, and what is not known is
called unknown.

CAMPAIGN_SIZE sets the number of recipients: 2 000 in the suite, 100 000 by hand.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.records import migrate
from bot.store.port import Store
from bot.store.postgres import PostgresStore
from bot.store.sqlite import SqliteStore
from tests.crash import relais as model
from tests.crash.databases import Database, PostgresDatabase, SqliteFile, fresh_postgres
from tests.crash.provider import LastingProvider
from tests.crash.relais import Relais
from tests.integration.campaignbench import crowd

SIZE = int(os.environ.get("CAMPAIGN_SIZE", "2000"))
PATIENCE_S = 150 + SIZE / 50
TOKEN = "t" * 40
_ACCOUNT = 'accounts:\n  mails: {{kind: sandbox, via: email, outbound_url: "{provider}"}}\n'
_MORE = (
    f"api: {{{{tokens: {{{{test: {TOKEN}}}}}}}}}\noutreach: {{{{quiet_hours: none, on_holidays: true}}}}\n"
)
_CALMLY = "timeout_s: 20, rates: {{mails: 150}}"  # a busy machine must not take slowness for doubt
_OFFER = {
    "name": "mailing",
    "purpose": "information",
    "audience": "everybody",
    "template": "outreach/newsletter",
    "values": {"title": "Mars", "text": "Les nouvelles du mois."},
    "channels": ["email"],
}


class Program(Relais):
    """With an account for mails, and an API that the test may call."""

    async def call(self, path: str, method: str = "POST", **body: Any) -> Any:
        return await asyncio.to_thread(self._call, path, method, {"agent": "test"} | body)

    def _call(self, path: str, method: str, body: dict[str, Any]) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1/campaigns{path}",
            method=method,
            data=json.dumps(body).encode() if method == "POST" else None,
            headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.loads(answer.read())


@dataclass(slots=True, kw_only=True)
class Scene:
    database: Database
    provider: LastingProvider
    relais: list[Program]

    async def count(self, status: str = "") -> int:
        where = f" WHERE status = '{status}'" if status else ""
        return int((await self.database.rows(f"SELECT count(*) FROM recipients{where}"))[0][0])

    async def past(self, count: int, status: str = "") -> None:
        """Wait until so many rows are there."""
        async with asyncio.timeout(PATIENCE_S):
            while await self.count(status) < count:
                for each in self.relais:
                    if each.restart_if_ended():
                        await each.ready(90)
                await asyncio.sleep(0.02)

    async def kill_and_start(self, program: Program) -> None:
        program.kill()
        program.start()
        await program.ready(90)

    async def over(self) -> dict[str, Any]:
        """Wait for the end; the campaign with its reckoning."""
        until = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            for each in self.relais:
                if each.restart_if_ended():
                    await each.ready(90)
            shown: dict[str, Any] = await self.relais[0].call("/mailing", "GET")
            if shown["status"] == "done":
                return shown
            assert asyncio.get_running_loop().time() < until, f"it never ended: {shown['reckoning']}"
            await asyncio.sleep(0.2)

    async def judge(self) -> dict[str, Any]:
        """Each contact has one row and one message; the provider took each message once, or it says it is in doubt."""
        shown = await self.over()
        reckoning: dict[str, Any] = shown["reckoning"]
        assert reckoning["agrees"] and reckoning["planned"] == SIZE and reckoning["waiting"] == 0, reckoning
        doubtful = sum(reckoning["uncertain"].values())
        assert reckoning["sent"] + doubtful == SIZE, reckoning
        twice = await self.database.rows(
            "SELECT contact_id FROM recipients GROUP BY contact_id HAVING count(*) > 1"
        )
        assert twice == []
        keys = await self.database.rows("SELECT count(*), count(DISTINCT recipient) FROM outbox")
        assert [int(number) for number in keys[0]] == [SIZE, SIZE]
        rows = await self.database.rows("SELECT r.address, r.status, o.id FROM recipients r"
                                        " LEFT JOIN outbox o ON o.id = r.outbox_id")  # fmt: skip
        taken = {thread: len(sent) for thread, sent in self.provider.by_thread().items()}
        assert max(taken.values()) == 1, "somebody got it twice"
        unsent = {address for address, status, _ in rows if status == "sent"} - set(taken)
        assert unsent == set(), f"{len(unsent)} are called sent and were not"
        assert all(message in self.provider.sent for _, status, message in rows if status == "sent")
        places = await self.database.rows("SELECT count(*), count(DISTINCT contact_id) FROM sent_promotions")
        assert [int(number) for number in places[0]] == [SIZE, SIZE]
        return reckoning


@asynccontextmanager
async def scene(
    folder: Path, database: Database, monkeypatch: pytest.MonkeyPatch, programs: int = 1
) -> AsyncIterator[Scene]:
    """A database full of contacts, and the program running on it."""
    whole = model._CONFIG.replace("accounts:\n", _ACCOUNT).replace("timeout_s: 5", _CALMLY) + _MORE
    monkeypatch.setattr(model, "_CONFIG", whole)
    await asyncio.to_thread(migrate.upgrade, database.url)
    store = store_of(database)
    await store.open()
    await crowd(store, SIZE, doors=("email",))
    await store.close()
    with LastingProvider(cut_share=0.001, seed=3) as provider:
        running = [
            Program(folder, database.url, provider.url, name=f"relais{number}") for number in range(programs)
        ]
        try:
            for each in running:
                each.start()
            for each in running:
                await each.ready(90)
            yield Scene(database=database, provider=provider, relais=running)
        finally:
            for each in running:
                each.end()


def store_of(database: Database) -> Store:
    worker = "0" * 32
    if isinstance(database, PostgresDatabase):
        return PostgresStore(database.url, worker_id=worker)
    assert isinstance(database, SqliteFile)
    return SqliteStore(database.path, worker_id=worker)


async def killed_all_along(it: Scene) -> dict[str, Any]:
    """In planning, twice in a row in sending, and in a pause."""
    program, chance = it.relais[0], random.Random(7)
    await program.call("", definition=_OFFER)
    await program.call("/mailing/start")
    await it.past(int(SIZE * 0.3))
    await it.kill_and_start(program)
    await it.past(int(SIZE * 0.2), "sent")
    program.kill()
    program.start()
    await asyncio.sleep(chance.uniform(0.3, 1.0))
    await it.kill_and_start(program)
    assert (await program.call("/mailing/pause"))["status"] == "paused"
    await it.kill_and_start(program)
    assert (await program.call("/mailing", "GET"))["status"] == "paused"
    await program.call("/mailing/resume")
    return await it.judge()


@pytest.mark.timeout(int(600 + SIZE / 20))
async def test_killed_at_every_stage_on_sqlite_each_gets_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path, SqliteFile(tmp_path / "relais.db"), monkeypatch) as it:
        print(await killed_all_along(it), it.relais[0].kills, "kills")
        assert it.relais[0].kills >= 4


@pytest.mark.timeout(int(600 + SIZE / 20))
async def test_two_processes_of_which_one_is_killed_again_and_again_send_each_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        fresh_postgres("relais_campaign_kill") as database,
        scene(tmp_path, database, monkeypatch, programs=2) as it,
    ):
        await it.relais[0].call("", definition=_OFFER)
        await it.relais[1].call("/mailing/start")
        await it.past(int(SIZE * 0.3))
        await it.kill_and_start(it.relais[1])
        await it.past(int(SIZE * 0.3), "sent")
        await it.kill_and_start(it.relais[1])
        print(await it.judge(), it.relais[1].kills, "kills")
