"""The page /sandbox: what it takes, what it shows live, and whom it refuses."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from channels.port import Button, EntryKind, OutboundMessage, Shown, Typing
from channels.sandbox.door import SandboxDoor
from channels.sandbox.page import FILES, FOLDER, sandbox_routes
from channels.sandbox.settings import SandboxSettings
from tests.fakes import NOON, FakeHost
from tests.loopback import LoopbackServer, until

PNG = b"\x89PNG\r\n\x1a\n....."


class Stage:
    """The page over a fake host, on a loopback port."""

    def __init__(self) -> None:
        self.host = FakeHost()
        settings = SandboxSettings(account_id="wa", via="whatsapp", max_file_bytes=1_000)
        self.door = SandboxDoor(settings, self.host)
        self.host.attach(self.door)
        routes = sandbox_routes(
            [self.door], self.host, self.advance, company="Atlas", timezone="Africa/Algiers"
        )
        self.server = LoopbackServer(Starlette(routes=routes))
        self.client = httpx.AsyncClient(base_url=self.server.url, trust_env=False)

    def advance(self, by: timedelta) -> datetime:
        self.host.clock.advance(by)
        return self.host.clock.now()

    def events(self, query: str = "thread=t1", account: str = "wa", origin: str | None = None) -> connect:
        url = f"{self.server.url.replace('http', 'ws')}/sandbox/{account}/events?{query}"
        return connect(url, origin=Origin(origin) if origin else None, proxy=None)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    await stage.server.start()
    async with stage.client:
        yield stage
    await stage.server.stop()


async def received(socket: ClientConnection) -> Any:
    async with asyncio.timeout(5):
        return json.loads(await socket.recv())


async def test_the_page_and_its_files_are_served_with_a_strict_policy(stage: Stage) -> None:
    for path in ("/sandbox", *(f"/sandbox/file/{name}" for name in FILES)):
        answer = await stage.client.get(path)
        assert answer.status_code == 200
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await stage.client.get("/sandbox/file/page.py")).status_code == 404
    assert (await stage.client.get("/sandbox/file/..%2Fpage.py")).status_code == 404


def test_the_page_makes_no_markup_of_texts() -> None:
    source = (FOLDER / "app.js").read_text(encoding="utf-8")
    assert "textContent" in source
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert way not in source


def test_the_page_says_the_same_things_in_every_language() -> None:
    words = (FOLDER / "words.js").read_text(encoding="utf-8")
    block = words[words.index("export const WORDS") : words.index("// Fictitious people")]
    keys = [
        sorted(set(re.findall(r"(?:^|[ {,])(\w+): '", part)))
        for part in block.split("\n  fr: {")[1].replace("\n  en: {", "\n  ar: {").split("\n  ar: {")
    ]
    assert len(keys) == 3 and len(keys[0]) > 25
    assert keys[0] == keys[1] == keys[2]


async def test_the_state_tells_accounts_and_time(stage: Stage) -> None:
    state = (await stage.client.get("/sandbox/state")).json()
    assert state["now"] == NOON.isoformat()
    assert state["timezone"] == "Africa/Algiers"
    (account,) = state["accounts"]
    assert (account["id"], account["via"], account["buttons"]) == ("wa", "whatsapp", 3)


async def test_what_a_customer_says_is_journaled_once(stage: Stage) -> None:
    said = {"id": "m1", "from": "+213555000101", "text": "Bonjour"}
    assert (await stage.client.post("/sandbox/wa/say", json=said)).json() == {"accepted": 1, "known": 0}
    assert (await stage.client.post("/sandbox/wa/say", json=said)).json() == {"accepted": 0, "known": 1}
    (entry,) = stage.host.entries(EntryKind.MESSAGE)
    assert entry.thread == "+213555000101"


async def test_a_read_report_is_a_status(stage: Stage) -> None:
    await stage.client.post("/sandbox/wa/say", json={"status_of": "o1", "status": "read"})
    (entry,) = stage.host.entries(EntryKind.STATUS)
    assert stage.door.parse_status(entry.raw).provider_id == "o1"


@pytest.mark.parametrize(
    "body", [b"{", b'{"id": "m"}', b'{"id": "m", "from": "a", "text": 3}', b"x" * 1_100_000]
)
async def test_what_can_not_be_read_is_refused_and_not_kept(stage: Stage, body: bytes) -> None:
    answer = await stage.client.post("/sandbox/wa/say", content=body)
    assert answer.status_code == 400 and answer.json()["error"]
    assert stage.host.journal == []


async def test_a_store_that_takes_nothing_is_told_so_that_the_page_tries_again(stage: Stage) -> None:
    stage.host.overloaded = True
    assert (await stage.client.post("/sandbox/wa/say", json={"id": "m", "from": "a"})).status_code == 503


async def test_pages_of_other_sites_are_refused(stage: Stage) -> None:
    headers = {"origin": "https://evil.test"}
    for path in ("/sandbox/wa/say", "/sandbox/wa/media", "/sandbox/clock"):
        assert (await stage.client.post(path, json={}, headers=headers)).status_code == 403
    with pytest.raises(InvalidStatus, match="403"):
        await stage.events(origin="https://evil.test")
    own = {"origin": stage.server.url}
    assert (
        await stage.client.post("/sandbox/wa/say", json={"id": "m", "from": "a"}, headers=own)
    ).status_code == 200


async def test_an_unknown_account_is_not_there(stage: Stage) -> None:
    assert (await stage.client.post("/sandbox/none/say", json={"id": "m", "from": "a"})).status_code == 404
    assert (await stage.client.post("/sandbox/none/media", content=PNG)).status_code == 404
    for query, account in (("thread=a", "none"), ("thread=", "wa"), ("", "wa")):
        with pytest.raises(InvalidStatus, match="403"):
            await stage.events(query, account)


async def test_the_clock_is_moved_forward_only(stage: Stage) -> None:
    answer = await stage.client.post("/sandbox/clock", json={"advance_s": 3600})
    assert answer.json()["now"] == (NOON + timedelta(hours=1)).isoformat()
    wrongs: list[Any] = [
        {"advance_s": -1},
        {"advance_s": "x"},
        {"advance_s": 10**9},
        {"advance_s": True},
        {},
        [],
    ]
    for wrong in wrongs:
        assert (await stage.client.post("/sandbox/clock", json=wrong)).status_code == 400
    assert (await stage.client.post("/sandbox/clock", content=b"{")).status_code == 400
    assert stage.host.now() == NOON + timedelta(hours=1)


async def test_a_photo_is_kept_and_shown_and_nothing_else_is_shown_in_place(stage: Stage) -> None:
    photo = (
        await stage.client.post(
            "/sandbox/wa/media?name=b.png", content=PNG, headers={"content-type": "image/png"}
        )
    ).json()
    shown = await stage.client.get(f"/sandbox/media/{photo['ref'].removeprefix('media:')}")
    assert shown.content == PNG and shown.headers["content-type"] == "image/png"
    page = (
        await stage.client.post(
            "/sandbox/wa/media?name=b.html", content=b"<script>", headers={"content-type": "text/html"}
        )
    ).json()
    answer = await stage.client.get(f"/sandbox/media/{page['ref'].removeprefix('media:')}")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert (await stage.client.get("/sandbox/media/..%2Fx")).status_code == 404


async def test_a_file_that_is_too_large_is_refused(stage: Stage) -> None:
    answer = await stage.client.post("/sandbox/wa/media", content=b"x" * 1_001)
    assert answer.status_code == 400 and "too large" in answer.json()["error"]


async def test_a_page_gets_the_history_and_then_what_happens(stage: Stage) -> None:
    await stage.client.post("/sandbox/wa/say", json={"id": "m1", "from": "t1", "text": "Bonjour"})
    message = OutboundMessage(
        id="o1",
        account_id="wa",
        thread="t1",
        to="t1",
        text="سلام",
        buttons=(Button("Oui", "yes"),),
        created_at=NOON,
    )
    other = Shown(id="x", seq=0, direction="out", author="bot", text="of somebody else", at=NOON)
    async with stage.events() as socket:
        past = await received(socket)
        assert [shown["provider_id"] for shown in past["messages"]] == ["m1"]
        await stage.door.send(message)
        live = await received(socket)
        assert (live["type"], live["id"], live["text"]) == ("message", "o1", "سلام")
        assert live["buttons"] == [{"label": "Oui", "value": "yes"}]
        stage.host.publish("wa", "t2", other)
        stage.host.publish("wa", "t1", Typing("bot"))
        assert await received(socket) == {"type": "typing", "author": "bot", "on": True}


async def test_an_inbox_without_a_conversation_shows_what_was_sent_to_it(stage: Stage) -> None:
    alert = OutboundMessage(
        id="a1", account_id="wa", thread="desk@b.example", to="desk@b.example", text="Alerte"
    )
    await stage.door.send(alert)
    async with stage.events("thread=desk@b.example") as socket:
        assert [shown["text"] for shown in (await received(socket))["messages"]] == ["Alerte"]


async def test_a_page_that_goes_away_leaves_nothing_behind(stage: Stage) -> None:
    async with stage.events() as socket:
        await received(socket)
        assert stage.host.listeners("wa", "t1") == 1
    await until(lambda: stage.host.listeners("wa", "t1") == 0)
