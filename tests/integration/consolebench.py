"""The console without its pages: the real gate and entrance over a real database, NiceGUI left out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket

from bot.clock import Clock, ManualClock
from bot.console.cookies import Cookies
from bot.console.entrance import Entrance
from bot.console.gate import VISITOR, Gate, OpenShell
from bot.console.mails import Mails
from bot.console.oidc import Oidc
from bot.console.passwords import Passwords
from bot.console.registry import PAGES, Page
from bot.console.roles import EVERYBODY, ROLES
from bot.console.seal import Seal
from bot.console.sessions import Sessions
from bot.console.sign_in import SignIn
from bot.console.styles import Styles
from bot.console.users import User, Users
from bot.console.visit import Visit
from bot.ids import IdMaker
from bot.records import OutboxMessage
from bot.store.port import Store
from bot.templating import Templates
from bot.templating.formats import CompanyFacts
from templates import BUILT_IN
from tests.fakes import NOON
from tests.integration.storebench import rows_of

PASSWORD = "un mur de briques rouges"
URL = "https://bot.example.org"
SECRET = "console-secret-of-the-tests-0123456789"
DEVICE = "Mozilla/5.0 (X11; Linux x86_64) Chrome/140"


@cache
def _templates() -> Templates:
    return Templates.load([BUILT_IN], company=CompanyFacts(name="Atlas"))


@dataclass
class Bench:
    """One process of the console; two of them may share a database."""

    store: Store
    clock: Clock = field(default_factory=lambda: ManualClock(NOON))
    oidc: Oidc | None = None
    client_of: dict[str, str] = field(default_factory=dict)  # NiceGUI's client id -> session
    cut: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ids = IdMaker(self.clock)
        self.users = Users(clock=self.clock, ids=self.ids)
        self.sessions = Sessions(self.store, clock=self.clock, ids=self.ids)
        self.sessions.on_end(self.cut.append)
        self.seal = Seal(SECRET, self.clock)
        self.passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        self.mails = Mails(
            _templates(),
            "desk",
            base_url=URL,
            language="fr",
            clock=self.clock,
            ids=self.ids,
        )
        self.sign_in = SignIn(
            self.store,
            self.users,
            self.sessions,
            self.passwords,
            self.mails,
            self.seal,
            clock=self.clock,
            ids=self.ids,
            wake=lambda: None,
        )
        cookies = Cookies(secure=True)
        entrance = Entrance(
            self.sign_in, self.sessions, cookies, Styles(), self.oidc, company="Atlas", language="fr"
        )
        gate = Gate(entrance, self.sessions, cookies, self._start, public_url=URL)
        self.app = Starlette(routes=[Mount("/console", gate)])
        self.opened = 0

    async def _start(self) -> OpenShell:
        self.opened += 1

        async def shown(request: Request) -> Response:
            return PlainTextResponse(f"for {request.scope[VISITOR].email}")

        async def heard(socket: WebSocket) -> None:
            await socket.accept()
            await socket.send_text(f"for {socket.scope[VISITOR].email}")
            await socket.close()

        everything = ["GET", "POST"]
        app = Starlette(
            routes=[
                WebSocketRoute("/{rest:path}", heard),
                Route("/{rest:path}", shown, methods=everything),
            ]
        )
        return OpenShell(app, self.client_of.get)

    def browser(self, address: str = "198.51.100.7", **headers: str) -> httpx.AsyncClient:
        """One that says where its forms come from, as browsers do."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, client=(address, 40_000)),
            base_url=URL,
            headers={"origin": URL, "accept": "text/html", "user-agent": DEVICE, **headers},
        )

    async def add(self, email: str = "nadia@atlas.example", *roles: str, password: str = PASSWORD) -> User:
        hashed = await self.passwords.hash(password) if password else ""

        def add(session: Any) -> User:
            act = self.users.act("operator")
            user = self.users.add(session, act, email=email, name="Nadia", roles=roles or ("agent",))
            if hashed:
                self.users.set_password(session, act, user.id, hashed)
            return self.users.get(session, user.id)

        return await self.store.write(add)

    async def letters(self) -> list[dict[str, Any]]:
        """What was queued for users, in order."""
        rows = await rows_of(self.store, OutboxMessage)
        return [
            dict(row.body) | {"to": row.recipient if hasattr(row, "recipient") else row.to} for row in rows
        ]

    def advance(self, **by: float) -> None:
        self.clock.advance(timedelta(**by))


async def _nothing(visit: Visit) -> None:
    """A page that shows nothing: here only its door matters."""


def pages_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """One page for everybody, and one for each role."""
    pages = {"/": EVERYBODY, "/inbox": EVERYBODY} | {f"/for-{role}": frozenset({role}) for role in ROLES}
    for path, roles in pages.items():
        made = Page(path=path, title="nav.home", roles=roles, build=_nothing, nav=None, wide=False)
        monkeypatch.setitem(PAGES, path, made)


async def enter(browser: httpx.AsyncClient, email: str, password: str = PASSWORD) -> httpx.Response:
    """Send the form of the sign-in page."""
    return await browser.post("/console/sign-in", data={"email": email, "password": password})


def link_in(text: str) -> str:
    """The address in a letter."""
    found = re.search(r"https://\S+/console/reset/\S+", text)
    assert found, text
    return found[0]
