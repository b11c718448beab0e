"""The console of the real program in a real browser: signing in, both directions of writing, and those who attack."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from tests.e2e.browser import DESKTOP, PHONE, open_browser
from tests.loopback import LoopbackServer, free_port

pytestmark = pytest.mark.xdist_group("console in the browser")  # one program for all of them

ADMIN = "admin@briqueterie-atlas.example"
AGENT = "nadia@briqueterie-atlas.example"
AGENT_NAME = "<img src=x onerror=\"document.title='taken'\">"
PASSWORD = "un mur de briques rouges"
PATIENCE_MS = 40_000
expect.set_options(timeout=PATIENCE_MS)


@dataclass(frozen=True)
class Program:
    """A demo company that runs, with one agent whose name is an attack."""

    url: str
    data: Path

    @property
    def password(self) -> str:
        return (self.data / "console-password").read_text(encoding="utf-8").strip()

    def relais(self, *words: str, typed: str = "") -> None:
        """One of its commands, beside it."""
        config = self.data / "relais.yaml"
        config.write_text(
            "company: {name: x, timezone: UTC, country: DZ}\n"
            f"database: {{url: 'sqlite:///{self.data / 'relais.db'}'}}\n",
            encoding="utf-8",
        )
        command = [sys.executable, "-m", "bot.cli", *words, "--config", str(config)]
        subprocess.run(command, input=typed.encode(), check=True, timeout=60)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    data, port = tmp_path_factory.mktemp("console"), free_port()
    log = (data / "log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "demo", "--port", str(port), "--data", str(data)],
        stdout=log,
        stderr=log,
    )
    started = Program(url=f"http://127.0.0.1:{port}", data=data)
    try:
        asyncio.run(_answers(started.url))
        started.relais(
            "user", "add", AGENT, "--name", AGENT_NAME, "--role", "agent", "--stdin", typed=f"{PASSWORD}\n"
        )
        yield started
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        log.close()


async def _answers(url: str) -> None:
    async with asyncio.timeout(110), httpx.AsyncClient() as client:
        while True:
            try:
                if (await client.get(f"{url}/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.2)


@asynccontextmanager
async def opened(
    browser: Browser, view: dict[str, int], language: str
) -> AsyncIterator[tuple[Page, list[str]]]:
    """A page of a browser of its own, and the faults it reports."""
    context = await browser.new_context(viewport=view, locale=language)  # type: ignore[arg-type]
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    try:
        yield page, faults
    finally:
        await context.close()


async def enter(page: Page, program: Program, email: str = AGENT, password: str = PASSWORD) -> None:
    await page.goto(f"{program.url}/console/")
    await page.fill("[name=email]", email)
    await page.fill("[name=password]", password)
    await page.click(".button-main")
    await expect(page.locator(".main .page")).to_be_visible()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as found:
        yield found


async def test_an_administrator_sees_the_set_up_in_both_directions(
    program: Program, browser: Browser
) -> None:
    async with opened(browser, DESKTOP, "fr") as (page, faults):
        await enter(page, program, ADMIN, program.password)
        await page.keyboard.press("g")
        await page.keyboard.press("s")
        await expect(page.locator("h1")).to_have_text("Réglages")
        assert page.url == f"{program.url}/console/setup"
        await page.get_by_role("button", name="Tester").first.click()
        await expect(page.locator(".tag", has_text="Fonctionne")).to_be_visible()
        await page.locator(".side-row [lang=ar]").click()
        await expect(page.locator("html")).to_have_attribute("dir", "rtl")
        await expect(page.locator("h1")).to_have_text("الإعدادات")
        side = await page.locator(".side").bounding_box()
        assert side is not None and side["x"] > 1_000
        assert faults == []
    async with opened(browser, PHONE, "ar") as (page, faults):
        await enter(page, program, ADMIN, program.password)
        await page.goto(f"{program.url}/console/setup")
        await expect(page.locator("h1")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.locator(".menu-button").click()
        await expect(page.locator(".side")).to_be_in_viewport()
        assert faults == []


async def test_an_agent_is_refused_what_is_not_theirs_and_a_name_is_no_script(
    program: Program, browser: Browser
) -> None:
    async with opened(browser, DESKTOP, "fr") as (page, _):
        await enter(page, program)
        await expect(page.locator(".page h1")).to_contain_text("<img src=x")
        assert "taken" not in await page.title()
        assert await page.locator('[href="/console/setup"]').count() == 0
        answer = await page.goto(f"{program.url}/console/setup")
        assert answer is not None and answer.status == 403
        await page.goto(f"{program.url}/console/")
        await expect(page.locator(".main .page")).to_be_visible()
        await page.evaluate("emitEvent('sub_pages_navigate', '/setup')")  # from inside of the open page
        await expect(page.locator(".main .empty")).to_be_visible()
        assert await page.locator(".panel").count() == 0


async def test_an_inline_script_does_not_run_in_a_page(program: Program, browser: Browser) -> None:
    async with opened(browser, DESKTOP, "fr") as (page, _):
        await enter(page, program)
        await page.evaluate(
            "() => { const s = document.createElement('script'); s.textContent = 'window.taken = 1';"
            " document.body.append(s); const d = document.createElement('div');"
            " d.innerHTML = '<img src=x onerror=\"window.taken = 2\">'; document.body.append(d); }"
        )
        await page.wait_for_function("document.querySelector('img[src=x]').complete")
        assert await page.evaluate("window.taken === undefined")


async def test_an_open_page_goes_when_its_user_is_shut_out(program: Program, browser: Browser) -> None:
    async with opened(browser, DESKTOP, "fr") as (page, _):
        await enter(page, program)
        await asyncio.to_thread(program.relais, "user", "disable", AGENT)
        try:
            await expect(page.locator("[name=password]")).to_be_visible()
            assert page.url.startswith(f"{program.url}/console/sign-in")
        finally:
            await asyncio.to_thread(program.relais, "user", "enable", AGENT)


async def test_another_site_can_neither_post_nor_open_a_socket_for_a_user(
    program: Program, browser: Browser
) -> None:
    async def attack(request: Request) -> Response:
        return HTMLResponse("<!doctype html><title>other</title>")

    async with (
        LoopbackServer(Starlette(routes=[Route("/", attack)])) as other,
        opened(browser, DESKTOP, "fr") as (page, _),
    ):
        await enter(page, program)
        stranger = await page.context.new_page()
        await stranger.goto(other.url)  # the same host, another port: cookies are sent along
        posted = await stranger.evaluate(
            "url => fetch(url + '/console/sign-out', {method: 'POST', mode: 'no-cors', credentials: 'include'})"
            ".then(() => 'sent', () => 'refused')",
            program.url,
        )
        ended = await stranger.evaluate(
            "url => new Promise(done => { const s = new WebSocket(url.replace('http', 'ws') +"
            " '/console/_nicegui_ws/socket.io/?EIO=4&transport=websocket');"
            " s.onopen = () => done('open'); s.onclose = s.onerror = () => done('refused'); })",
            program.url,
        )
        assert posted in ("sent", "refused")  # the browser does not tell the foreign page what came back
        assert ended == "refused"
        await page.reload()
        await expect(page.locator(".main .page")).to_be_visible()  # still signed in


async def test_the_console_is_left_by_its_own_button(program: Program, browser: Browser) -> None:
    async with opened(browser, DESKTOP, "en") as (page, _):
        await enter(page, program)
        await page.locator(".side-exit").click()
        await expect(page.locator("[name=password]")).to_be_visible()
        await page.go_back()
        await expect(page.locator("[name=password]")).to_be_visible()
