"""The real program with its console, a web chat and a WhatsApp of the sandbox, and agents in browsers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Browser, Page, ViewportSize, expect
from sqlalchemy import select

from bot.app import App
from bot.config import load
from bot.records import Agent, Conversation, Message, OutboxMessage
from bot.records.base import table_of
from tests.integration.lab import LabClock
from tests.integration.storebench import rows_of
from tests.loopback import free_port

WINDOW: ViewportSize = {"width": 1280, "height": 800}
PASSWORD = "un mur de briques rouges"
AGENTS = {"lina@example.org": "Lina Haddad", "samir@example.org": "Samir Cherif"}
MANAGERS = {"nora@example.org": "Nora Mansouri"}
_FAQ = Path(__file__).parents[2] / "templates" / "faq"
CONFIG = """
company: {{name: Briqueterie Atlas, language: fr, languages: [fr, ar, en], timezone: Africa/Algiers, country: DZ}}
database: {{url: "{url}"}}
server: {{port: {port}}}
media: {{folder: "{folder}/media"}}
accounts: {{chat: {{kind: webchat, identity_secret: "{secret}"}}, whatsapp: {{kind: sandbox, via: whatsapp}}}}
desks:
  complaints: {{name: Service réclamations}}
  sales: {{name: Service commercial}}
  technical: {{name: Service technique}}
faq: {{files: ["{faq}/*.yaml"]}}
dialogue: {{burst_wait_s: 0}}
delivery: {{rates: {{chat: {rate}, whatsapp: {rate}}}}}
console: {{secret: "{secret}"}}
logging: {{level: error}}
"""


class Company:
    """The running program, and what customers do."""

    def __init__(self, app: App, clock: LabClock) -> None:
        self.app = app
        self.clock = clock
        self.url = f"http://127.0.0.1:{app.config.server.port}"
        self._said = 0

    async def whatsapp(self, text: str, sender: str = "+213555000101", **more: Any) -> str:
        """A customer writes by WhatsApp; the conversation's identifier once the bot has decided."""
        self._said += 1
        body = {"id": f"w{self._said}", "from": sender, "text": text, "name": "Amel Benali"} | more
        async with httpx.AsyncClient() as http:
            answer = await http.post(f"{self.url}/hooks/whatsapp", json=body)
        assert answer.status_code == 200, answer.text
        async with asyncio.timeout(10):
            while self.app.dispatcher.backlog():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return await self.conversation(sender)

    async def conversation(self, thread: str) -> str:
        (found,) = await rows_of(self.app.store, Conversation, table_of(Conversation).c.thread == thread)
        return str(found.id)

    async def sent(self, conversation_id: str) -> list[tuple[str, str]]:
        """What went out or will: status and words, in order."""
        outbox = table_of(OutboxMessage).c
        rows = await rows_of(self.app.store, OutboxMessage, outbox.conversation_id == conversation_id)
        return [(row.status, row.body["text"]) for row in sorted(rows, key=lambda row: str(row.id))]

    async def said(self, conversation_id: str) -> list[tuple[str, str]]:
        messages = table_of(Message).c
        rows = await rows_of(self.app.store, Message, messages.conversation_id == conversation_id)
        return [(row.author, row.text) for row in sorted(rows, key=lambda row: int(row.seq))]

    def pass_time(self, seconds: float) -> None:
        """Time goes on for timers, and for what waits for its account's rate."""
        self.clock.advance(timedelta(seconds=seconds))
        self.app.last_beat = self.clock.monotonic()
        self.app.loop_clock.wake_all()
        for account in self.app.doors:
            self.app.delivery._pump(account)

    async def enter(
        self, browser: Browser, email: str, *, language: str = "fr", size: ViewportSize | None = None
    ) -> Page:
        """An agent signs in, in a browser of their own."""
        users = self.app.console.users
        found = {row.email: row.id for row in await self.app.store.fetch_all(_agents())}
        await self.app.store.write(lambda session: users.set_language(session, found[email], language))
        context = await browser.new_context(viewport=size or WINDOW)
        page = await context.new_page()
        await page.goto(f"{self.url}/console/sign-in")
        await page.fill("input[name=email]", email)
        await page.fill("input[name=password]", PASSWORD)
        await page.press("input[name=password]", "Enter")
        await expect(page.locator(".side-links")).to_be_attached(timeout=20_000)
        return page

    async def open(self, page: Page, conversation_id: str = "") -> None:
        """The inbox, or a conversation in it."""
        await page.goto(f"{self.url}/console/inbox" + (f"/{conversation_id}" if conversation_id else ""))
        await expect(page.locator("[data-inbox]")).to_be_visible(timeout=20_000)
        if conversation_id:
            await expect(page.locator("[data-write]")).to_be_visible(timeout=20_000)


def _agents() -> Any:
    return select(table_of(Agent))


@asynccontextmanager
async def company(url: str, folder: Path, *, rate: float = 1_000.0) -> AsyncIterator[Company]:
    """Start the program and its agents; `rate`: messages a second of each account."""
    path = folder / "company.yaml"
    text = CONFIG.format(url=url, port=free_port(), folder=folder, faq=_FAQ, rate=rate, secret="s" * 40)
    path.write_text(text, encoding="utf-8")
    clock = LabClock()
    app = App(load(path, {}), demo=False, clock=clock)
    task = asyncio.create_task(app.run())
    try:
        async with asyncio.timeout(60):
            while not app.started:
                if task.done():
                    await task
                await asyncio.sleep(0.01)
        await _hire(app)
        yield Company(app, clock)
    finally:
        app.stop.set()
        await task


async def _hire(app: App) -> None:
    users = app.console.users
    hashed = await app.console._passwords.hash(PASSWORD)

    def add(session: Any) -> None:
        act = users.act("operator")
        for people, role in ((AGENTS, "agent"), (MANAGERS, "manager")):
            for email, name in people.items():
                user = users.add(session, act, email=email, name=name, roles=(role,))
                users.set_password(session, act, user.id, hashed)

    await app.store.write(add)
