"""The API and the hooks through HTTP, against the running program on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.dialogue.turn import Decision, HandOver, Turn
from bot.records import JournalEntry
from bot.replay import again
from bot.store.port import StoreError
from bot.web import Gone, TooLarge, read_body
from tests.conftest import Database
from tests.integration.lab import TOKEN, Lab, config_of, real, running

HEADERS = {"Authorization": f"Bearer {TOKEN}"}
EVERY = [
    ("GET", "/conversations"),
    ("GET", "/conversations/x/messages"),
    ("POST", "/conversations/x/take-over"),
    ("POST", "/conversations/x/give-back"),
    ("POST", "/conversations/x/replies"),
    ("GET", "/cases"),
    ("GET", "/cases/RC-1"),
    ("POST", "/cases/RC-1/answered"),
    ("GET", "/alerts"),
    ("POST", "/alerts/x/seen"),
]


class Client:
    def __init__(self, lab: Lab, http: httpx.AsyncClient) -> None:
        self.lab = lab
        self.http = http

    async def api(self, method: str, path: str, **more: Any) -> httpx.Response:
        return await self.http.request(method, f"/api/v1{path}", headers=HEADERS, **more)

    async def talked(self) -> str:
        """A conversation of one message and one answer."""
        await self.lab.hear("bonjour")
        await self.lab.settled()
        return str((await self.lab.conversation()).id)


@pytest.fixture
async def client(database: Database, tmp_path: Path) -> AsyncIterator[Client]:
    async with running(database, tmp_path) as lab, httpx.AsyncClient(base_url=lab.url) as http:
        yield Client(lab, http)


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": f"Bearer {'x' * 40}"}, {"Authorization": "Basic eDp5"}]
)
async def test_every_address_wants_a_known_token(
    sqlite_database: Database, tmp_path: Path, headers: dict[str, str]
) -> None:
    async with running(sqlite_database, tmp_path) as lab, httpx.AsyncClient(base_url=lab.url) as http:
        for method, path in EVERY:
            refused = await http.request(method, f"/api/v1{path}", headers=headers)
            assert refused.status_code == 401, path
            assert refused.headers["www-authenticate"] == "Bearer"


async def test_without_tokens_in_the_configuration_nobody_is_let_in(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with (
        running(sqlite_database, tmp_path, tokens="{}") as lab,
        httpx.AsyncClient(base_url=lab.url) as http,
    ):
        for token in (TOKEN, "None"):
            answer = await http.get("/api/v1/conversations", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 401


async def test_a_conversation_is_listed_read_taken_over_answered_and_given_back(client: Client) -> None:
    conversation = await client.talked()
    (listed,) = (await client.api("GET", "/conversations")).json()
    assert (listed["id"], listed["owner"], listed["channel"]) == (conversation, "bot", "sms")
    assert (await client.api("GET", "/conversations?owner=agent")).json() == []
    taken = await client.api("POST", f"/conversations/{conversation}/take-over", json={"agent": "Lina"})
    assert (taken.status_code, taken.json()) == (200, {"owner": "agent", "epoch": 1, "cancelled": 0})
    answer = {"agent": "Lina", "text": "Je regarde.", "key": "answer-0001"}
    sent = await client.api("POST", f"/conversations/{conversation}/replies", json=answer)
    assert sent.status_code == 202
    twice = await client.api("POST", f"/conversations/{conversation}/replies", json=answer)
    assert twice.json() == sent.json()
    await client.lab.settled()
    assert client.lab.door.texts == ["bonjour", "Je regarde."]
    told = (await client.api("GET", f"/conversations/{conversation}/messages")).json()
    assert [(m["author"], m["text"], m["status"]) for m in told] == [
        ("contact", "bonjour", None),
        ("bot", "bonjour", "accepted"),
        ("Lina", "Je regarde.", "accepted"),
    ]
    after = (await client.api("GET", f"/conversations/{conversation}/messages?after_seq=2")).json()
    assert [m["seq"] for m in after] == [3]
    given = await client.api("POST", f"/conversations/{conversation}/give-back", json={"agent": "Lina"})
    assert given.json()["owner"] == "bot"


async def test_a_case_is_listed_read_and_answered(database: Database, tmp_path: Path) -> None:
    async with (
        running(database, tmp_path, decide_with=real) as lab,
        httpx.AsyncClient(base_url=lab.url) as http,
    ):
        client = Client(lab, http)
        await lab.hear("Je veux déposer une réclamation: mes briques B8 sont arrivées cassées hier")
        for words in ("la commande 4471", "hier", "passer", "un échange", "oui", "oui", "oui"):
            await lab.settled()
            if (await client.api("GET", "/cases")).json():
                break
            await lab.hear(words)
        (case,) = (await client.api("GET", "/cases?closed=false")).json()
        assert (await client.api("GET", "/cases?closed=true")).json() == []
        shown = (await client.api("GET", f"/cases/{case['reference']}")).json()
        assert case.items() <= shown.items()
        assert shown["desk"] == "complaints" and shown["answered_at"] is None
        answered = await client.api("POST", f"/cases/{case['reference']}/answered", json={"agent": "Lina"})
        assert answered.status_code == 200 and answered.json()["answered_at"] is not None


async def test_an_alert_is_listed_until_somebody_has_seen_it(client: Client) -> None:
    def hand_over(turn: Turn) -> Decision:
        return Decision(by="test", hand_over=HandOver(desk="complaints", reason="asked for", urgent=True))

    client.lab.app.lab_dialogue.decide_with = hand_over
    await client.talked()
    (alert,) = (await client.api("GET", "/alerts")).json()
    assert (alert["kind"], alert["reason"], alert["urgent"]) == ("hand_over", "asked for", True)
    seen = await client.api("POST", f"/alerts/{alert['id']}/seen")
    assert (seen.status_code, seen.content) == (204, b"")
    assert (await client.api("GET", "/alerts")).json() == []
    assert (await client.api("POST", f"/alerts/{alert['id']}/seen")).status_code == 404


async def test_what_is_not_there_is_404_and_what_can_not_be_done_now_is_409(client: Client) -> None:
    conversation = await client.talked()
    answer = {"agent": "Lina", "text": "oui", "key": "answer-0001"}
    for method, path, body in [
        ("POST", "/conversations/x/take-over", {"agent": "Lina"}),
        ("POST", "/conversations/x/give-back", {"agent": "Lina"}),
        ("POST", "/conversations/x/replies", answer),
        ("GET", "/cases/RC-1999-000001", None),
        ("POST", "/cases/RC-1999-000001/answered", {"agent": "Lina"}),
        ("POST", "/alerts/x/seen", None),
    ]:
        missing = await client.api(method, path, json=body)
        assert missing.status_code == 404, path
        assert "there is no" in missing.json()["detail"]
    early = await client.api("POST", f"/conversations/{conversation}/replies", json=answer)
    assert early.status_code == 409 and "take the conversation over" in early.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/conversations/{id}/take-over", {}),
        ("POST", "/conversations/{id}/take-over", {"agent": "L", "more": 1}),
        ("POST", "/conversations/{id}/take-over", {"agent": "x" * 101}),
        ("POST", "/conversations/{id}/replies", {"agent": "L", "text": " \u200b ", "key": "k" * 8}),
        ("POST", "/conversations/{id}/replies", {"agent": "L", "text": "a", "key": "short"}),
        ("POST", "/conversations/{id}/replies", {"agent": "L", "text": "x" * 20_001, "key": "k" * 8}),
        ("POST", "/conversations/{id}/replies", {"agent": "L", "text": "a", "key": "nul\x00nul\x00nul"}),
        ("GET", "/conversations?limit=0", None),
        ("GET", "/conversations?owner=nobody", None),
        ("GET", "/conversations?before=2026-03-05T09:00:00", None),
        ("GET", "/conversations/{id}/messages?after_seq=x", None),
        ("GET", "/conversations/{id}/messages?after_seq=99999999999999999999", None),
        ("GET", "/conversations/a%00b/messages", None),
        ("GET", "/cases/a%00b", None),
    ],
)
async def test_what_can_not_be_understood_is_a_clear_error_of_the_caller(
    client: Client, method: str, path: str, body: dict[str, Any] | None
) -> None:
    conversation = await client.talked()
    if "replies" in path:
        await client.api("POST", f"/conversations/{conversation}/take-over", json={"agent": "Lina"})
    refused = await client.api(method, path.format(id=conversation), json=body)
    # On SQLite a NUL is a character like any other, and finds nothing.
    expected = {422} if "%00" not in path else {422, 404, 200}
    assert refused.status_code in expected, refused.text
    assert "Traceback" not in refused.text and "sqlalchemy" not in refused.text.lower()


async def test_a_database_that_does_not_answer_is_503_and_said_by_readyz(client: Client) -> None:
    async def away(*_: object) -> None:
        raise StoreError("the database does not answer: secret details")

    client.lab.app.store.read = away  # type: ignore[method-assign,assignment]
    refused = await client.api("GET", "/conversations")
    assert refused.status_code == 503 and refused.headers["retry-after"] == "5"
    assert "secret" not in refused.text
    ready = await client.http.get("/readyz")
    assert (ready.status_code, ready.json()) == (503, {"ready": False, "missing": ["database"]})
    assert (await client.http.get("/healthz")).status_code == 200


async def test_a_fault_of_ours_shows_nothing_of_itself(client: Client) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("secret details")

    client.lab.app.store.read = broken  # type: ignore[method-assign,assignment]
    failed = await client.api("GET", "/conversations")
    assert failed.status_code == 500
    assert "secret" not in failed.text and "Traceback" not in failed.text


async def test_health_and_numbers(client: Client) -> None:
    await client.talked()
    assert (await client.http.get("/healthz")).text == "ok"
    assert (await client.http.get("/readyz")).json() == {"ready": True, "missing": []}
    numbers = (await client.http.get("/metrics")).text
    assert 'relais_messages_accepted_total{account="lab"} 1.0' in numbers
    assert 'relais_sends_total{account="lab",outcome="accepted"} 1.0' in numbers
    assert 'relais_decisions_total{decider="echo"} 1.0' in numbers
    assert "relais_lane_entries 0.0" in numbers


# hooks


async def test_a_provider_hears_ok_once_the_message_is_kept_and_a_double_changes_nothing(
    client: Client,
) -> None:
    for _ in range(3):
        answer = await client.http.post(
            "/hooks/lab", content=b'{"id": "h1", "from": "+213555000101", "text": "oui"}'
        )
        assert (answer.status_code, answer.text) == (200, "OK")
    await client.lab.settled()
    assert len(await client.lab.rows(JournalEntry)) == 1
    assert client.lab.door.texts == ["oui"]


async def test_statuses_have_an_address_of_their_own(client: Client) -> None:
    await client.talked()
    sent = client.lab.door.calls[0].id
    told = {"id": "s1", "status_of": f"p-{sent}", "status": "read", "thread": "s"}
    assert (await client.http.post("/hooks/lab/status", json=told)).status_code == 200
    await client.lab.settled()
    assert await client.lab.statuses() == ["read"]


@pytest.mark.parametrize("body", [b"", b"{broken", b"\xff\xfe\x00", b'{"nul": 1}'])
async def test_what_can_not_be_read_is_400_and_kept(client: Client, body: bytes) -> None:
    refused = await client.http.post("/hooks/lab", content=body)
    assert refused.status_code == 400 and "can't be read" in refused.text
    assert [row.raw for row in await client.lab.rows(JournalEntry)] == [body]
    (kept,) = await client.lab.app.store.quarantined(10)
    assert kept.reason.startswith("Malformed: ") and kept.preview_size == len(body)


async def test_a_wrong_secret_is_403_and_kept_and_an_empty_call_leaves_nothing(client: Client) -> None:
    client.lab.door.secret = "s" * 32
    refused = await client.http.post("/hooks/lab", content=b'{"id": "h1"}', headers={"X-Secret": "wrong"})
    assert (refused.status_code, refused.text) == (403, "not allowed")
    assert (await client.http.post("/hooks/lab", content=b"")).status_code == 403
    (kept,) = await client.lab.app.store.quarantined(10)
    assert kept.reason == "Untrusted: X-Secret is wrong"


async def test_an_unknown_account_is_404_and_a_fault_in_a_door_500_and_kept(client: Client) -> None:
    assert (await client.http.post("/hooks/nobody", content=b"{}")).status_code == 404
    assert (await client.http.get("/hooks/lab")).status_code == 405
    broken = await client.http.post("/hooks/lab", content=b"[]")  # this door expects an object
    assert (broken.status_code, broken.text) == (500, "internal error")
    assert [item.reason for item in await client.lab.app.store.quarantined(10)] == [
        "the door failed on this call"
    ]


async def test_a_body_that_is_too_large_is_refused_before_it_is_held(client: Client) -> None:
    large = b"x" * 20_001
    assert (await client.http.post("/hooks/lab", content=large)).status_code == 413

    async def unannounced() -> AsyncIterator[bytes]:
        for _ in range(21):
            yield b"x" * 1_000

    assert (await client.http.post("/hooks/lab", content=unannounced())).status_code == 413
    assert await client.lab.rows(JournalEntry) == []


async def test_when_the_store_is_away_the_provider_is_asked_to_come_again(client: Client) -> None:
    async def away(*_: object) -> None:
        raise StoreError("away")

    accept = client.lab.app.store.accept
    client.lab.app.store.accept = away  # type: ignore[method-assign,assignment]
    body = b'{"id": "h1", "from": "+213555000101", "text": "oui"}'
    refused = await client.http.post("/hooks/lab", content=body)
    assert refused.status_code == 503 and refused.headers["retry-after"] == "5"
    client.lab.app.store.accept = accept  # type: ignore[method-assign]
    assert (await client.http.post("/hooks/lab", content=body)).status_code == 200
    await client.lab.settled()
    assert client.lab.door.texts == ["oui"]


async def test_a_body_that_does_not_come_is_given_up(client: Client) -> None:
    port = client.lab.app.config.server.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /hooks/lab HTTP/1.1\r\nHost: test\r\nContent-Length: 40\r\n\r\n{")
    await writer.drain()
    await asyncio.sleep(0.05)
    client.lab.advance(seconds=20)
    async with asyncio.timeout(5):
        assert b" 408 " in await reader.readline()
    writer.close()
    assert await client.lab.rows(JournalEntry) == []


async def test_a_caller_who_hangs_up_leaves_nothing() -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    with pytest.raises(Gone):
        await read_body({"type": "http", "headers": [], "method": "POST"}, receive, 100)


async def test_a_declared_size_is_enough_to_refuse() -> None:
    async def receive() -> dict[str, Any]:
        raise AssertionError("nothing may be read")

    scope = {"type": "http", "method": "POST", "headers": [(b"content-length", b"101")]}
    with pytest.raises(TooLarge):
        await read_body(scope, receive, 100)


async def test_replay_puts_everything_that_was_set_aside_to_work_again(
    database: Database, tmp_path: Path
) -> None:
    async with running(database, tmp_path) as lab:
        await lab.hear("BOOM", **{"from": "+213555000105"})
        lab.door.secret = "s" * 32
        async with httpx.AsyncClient(base_url=lab.url) as http:
            body = b'{"id": "h1", "from": "+213555000101", "text": "oui"}'
            assert (await http.post("/hooks/lab", content=body)).status_code == 403
        await lab.settled()
        doors = lab.doors
    outcome = await again(config_of(database, tmp_path), ["no such id"], everything=False)
    assert outcome == {"requeued": 0, "resent": 0, "unknown": ["no such id"]}
    outcome = await again(config_of(database, tmp_path), [], everything=True)
    assert outcome == {"requeued": 2, "resent": 0, "unknown": []}
    async with running(database, tmp_path, doors=doors) as lab:
        await lab.settled()
        assert lab.door.texts == ["oui"]
        (still,) = await lab.app.store.quarantined(10)
        assert still.reason.startswith("failed: ")
