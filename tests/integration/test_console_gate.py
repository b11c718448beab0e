"""A stranger's address is refused for each role, and a socket from another origin or of another page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.types import Message

from bot.console.roles import ROLES
from bot.console.sockets import guard_sockets
from bot.store.port import Store
from tests.integration.consolebench import URL, Bench, enter, pages_of_the_tests

NADIA = "nadia@atlas.example"
SOCKET = "/console/_nicegui_ws/socket.io/?EIO=4&transport=websocket&client_id="


@pytest.fixture(autouse=True)
def pages(monkeypatch: pytest.MonkeyPatch) -> None:
    pages_of_the_tests(monkeypatch)


@pytest.fixture
def bench(sqlite_store: Store) -> Bench:
    return Bench(sqlite_store)


@pytest.fixture
async def sqlite_store(sqlite_database: Any, open_store: Any) -> Any:
    return await open_store(sqlite_database)


@pytest.mark.parametrize("role", ROLES)
async def test_a_page_of_another_role_is_refused_on_the_server(bench: Bench, role: str) -> None:
    await bench.add(NADIA, role)
    async with bench.browser() as browser:
        for wanted in ROLES:
            sent = await browser.get(f"/console/for-{wanted}")
            assert (sent.status_code, sent.headers["location"]) == (
                303,
                f"/console/sign-in?next=%2Ffor-{wanted}",
            )
        await enter(browser, NADIA)
        for wanted in ROLES:
            allowed = role in (wanted, "administrator")
            answer = await browser.get(f"/console/for-{wanted}")
            assert answer.status_code == (200 if allowed else 403), wanted
        assert (await browser.get("/console/nowhere")).status_code == 404


async def test_every_answer_carries_the_strict_headers(bench: Bench) -> None:
    await bench.add()
    async with bench.browser() as browser:
        plain = await browser.get("/console/sign-in")
        assert "default-src 'none'" in plain.headers["content-security-policy"]
        assert "script-src" not in plain.headers["content-security-policy"]
        await enter(browser, NADIA)
        pages = [await browser.get("/console/") for _ in range(2)]
    policies = [page.headers["content-security-policy"] for page in pages]
    assert policies[0] != policies[1]  # a nonce is used once
    for answer in (plain, *pages):
        policy = answer.headers["content-security-policy"]
        scripts = next((each for each in policy.split("; ") if each.startswith("script-src")), "")
        assert "'unsafe-inline'" not in scripts
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["strict-transport-security"]


async def signed_in(bench: Bench, email: str = NADIA) -> str:
    await bench.add(email)
    async with bench.browser() as browser:
        await enter(browser, email)
        await browser.get("/console/")  # opens the pages
        return str(browser.cookies["__Secure-relais-session"])


@pytest.mark.parametrize(
    ("origin", "known", "mine", "let_in"),
    [
        (URL, True, True, True),
        ("https://evil.example", True, True, False),
        ("null", True, True, False),
        ("", True, True, False),
        (URL, False, True, False),
        (URL, True, False, False),
    ],
    ids=["our own page", "another origin", "no origin to speak of", "silent", "a stranger", "another's page"],
)
async def test_a_socket_is_let_in_only_from_its_own_page(
    bench: Bench, origin: str, known: bool, mine: bool, let_in: bool
) -> None:
    token = await signed_in(bench)
    own = await bench.sessions.look(token)
    assert own is not None
    bench.client_of["page-1"] = own.session_id if mine else "somebody else's"
    headers = {"origin": origin} if origin else {}
    if known:
        headers["cookie"] = f"__Secure-relais-session={token}"
    sent = await knock(bench, headers)
    if let_in:
        assert [message["type"] for message in sent][:2] == ["websocket.accept", "websocket.send"]
        assert sent[1]["text"] == f"for {NADIA}"
    else:
        assert sent == [{"type": "websocket.close", "code": 4403}]


async def knock(bench: Bench, headers: dict[str, str]) -> list[Message]:
    """What the gate says to a socket that wants in."""
    sent: list[Message] = []
    path, _, query = f"{SOCKET}page-1".partition("?")
    scope = {
        "type": "websocket",
        "scheme": "wss",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(b"host", b"bot.example.org")]
        + [(name.encode(), value.encode()) for name, value in headers.items()],
        "subprotocols": [],
        "client": ("198.51.100.7", 40_000),
    }

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await bench.app(scope, receive, send)
    return sent


async def test_a_poll_or_an_upload_for_somebody_elses_page_is_refused(bench: Bench) -> None:
    await bench.add()
    bench.client_of["0" * 36] = "somebody else's"
    async with bench.browser() as browser:
        await enter(browser, NADIA)
        poll = await browser.get(f"/console/_nicegui_ws/socket.io/?client_id={'0' * 36}")
        upload = await browser.post(f"/console/_nicegui/client/{'0' * 36}/upload/1", content=b"x")
        foreign = await browser.post(
            "/console/_nicegui_ws/socket.io/", headers={"origin": "https://evil.example"}
        )
    assert [poll.status_code, upload.status_code, foreign.status_code] == [403, 403, 403]


class _Server:
    """What of a socket.io server the guard looks at."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.handlers: dict[str, dict[str, Callable[[str, Any], None]]] = {
            "/": {name: self._hear for name in ("event", "javascript_response", "ack", "log")}
        }

    def _hear(self, sid: str, message: Any) -> None:
        self.heard.append(sid)

    def rooms(self, sid: str) -> list[str]:
        return [sid, "page-of-" + sid]


def test_a_message_for_a_page_the_socket_has_not_joined_is_dropped() -> None:
    server = _Server()
    guard_sockets(server)
    guard_sockets(server)  # once more changes nothing
    event: Any = server.handlers["/"]["event"]
    event("a", {"client_id": "page-of-b"})
    event("a", {"client_id": ["page-of-a"]})
    event("a", "no message at all")
    assert server.heard == []
    event("a", {"client_id": "page-of-a"})
    assert server.heard == ["a"]
