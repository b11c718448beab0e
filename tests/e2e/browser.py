"""A browser and small servers for tests that drive real pages."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.clock import Clock
from channels.port import Button, EntryKind, Envelope, OutboundMessage, Shown
from channels.webchat.door import WebChatDoor
from channels.webchat.settings import WebChatSettings
from tests.fakes import FakeHost

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


def find_chromium() -> str:
    """The installed Chromium. Without one a test is skipped, and fails in CI."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    if os.environ.get("CI"):
        pytest.fail("no Chromium on this machine: the browser tests can't run")
    pytest.skip("no Chromium on this machine: install one to run the browser tests")


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    path = find_chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


class EchoBot:
    """Answers every new message of a web chat with its text, and a greeting with two buttons."""

    def __init__(self, host: FakeHost, door: WebChatDoor) -> None:
        self.host = host
        self.door = door
        self.said: list[str] = []
        host.attach(door)
        host.on_entry = self._heard

    def _heard(self, account_id: str, envelope: Envelope) -> None:
        if envelope.kind is EntryKind.MESSAGE:
            message = self.door.parse(envelope.raw)
            self.said.append(message.text)
            asyncio.get_running_loop().call_soon(self._answer, message.thread, message.text, message.choice)

    def _answer(self, thread: str, text: str, choice: str) -> None:
        buttons: tuple[Button, ...] = ()
        answer = f"Écho : {text[:300]}"
        if choice:
            answer = f"Choix : {choice}"
        elif text.lower().startswith(("bonjour", "مرحبا", "hello")):
            buttons = (Button("Faire une réclamation", "complaint"), Button("Suivre ma commande", "order"))
        self.say(thread, answer, buttons)

    def say(self, thread: str, text: str, buttons: tuple[Button, ...] = (), author: str = "bot") -> str:
        """Store a message of ours first, then tell the open pages: as the core does."""
        message_id = f"out-{len(self.host.shown[self.door.account_id, thread])}-{len(self.said)}"
        outbound = OutboundMessage(
            id=message_id,
            account_id=self.door.account_id,
            thread=thread,
            to=thread,
            text=text,
            buttons=buttons,
            author=author,
            created_at=self.host.now(),
        )
        stored = Shown(
            id=message_id,
            seq=0,
            direction="out",
            author=author,
            text=text,
            at=self.host.now(),
            buttons=buttons,
        )
        self.host.show(self.door.account_id, thread, stored, publish=False)
        task = asyncio.get_running_loop().create_task(self.door.send(outbound))
        self._last = task  # a task nobody holds may vanish
        return message_id


def embedding_page(widget_url: str, **data: str) -> Starlette:
    """A foreign site that carries the widget."""
    attributes = " ".join(f'data-{key}="{value}"' for key, value in data.items())

    async def page(request: Request) -> Response:
        return HTMLResponse(
            "<!doctype html><meta charset=utf-8>"
            "<meta name=viewport content='width=device-width,initial-scale=1'>"
            "<title>Boutique</title><h1>Boutique</h1>"
            f'<script src="{widget_url}" {attributes} async></script>',
            headers={"content-security-policy": _site_policy(widget_url)},
        )

    return Starlette(routes=[Route("/", page)])


def _site_policy(widget_url: str) -> str:
    """A strict policy, as a careful site would set it: no inline style, no inline script."""
    origin = widget_url.removesuffix("/widget.js")
    return (
        f"default-src 'none'; script-src {origin}; connect-src {origin} {origin.replace('http', 'ws', 1)}; "
        f"img-src {origin} blob:; style-src 'none'"
    )


def chat_app(host: FakeHost | None = None, *, allowed: tuple[str, ...] = (), demo: bool = True) -> EchoBot:
    """A web chat with the echo bot; `EchoBot.door.routes()` are its pages."""
    host = host or FakeHost(Clock())
    settings = WebChatSettings(
        account_id="chat",
        identity_secret=b"a-secret-for-tests-only-0123456789",
        allowed_origins=allowed,
        title="Briqueterie Atlas",
        demo=demo,
    )
    return EchoBot(host, WebChatDoor(settings, host))
