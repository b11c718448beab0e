"""A customer with a real browser: the widget on our page and on a foreign site, in French and Arabic."""

from __future__ import annotations

import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, FilePayload, Locator, Page, expect
from starlette.applications import Starlette

from channels.port import EntryKind
from tests.e2e.browser import (
    DESKTOP,
    PHONE,
    EchoBot,
    chat_app,
    embedding_page,
    open_browser,
)
from tests.loopback import LoopbackServer, free_port, until

PATIENCE_MS = 15_000
expect.set_options(timeout=PATIENCE_MS)
VIEWS = pytest.mark.parametrize("view", [DESKTOP, PHONE], ids=["desktop", "phone"])
LANGUAGES = pytest.mark.parametrize("language", ["fr", "ar"])


@dataclass
class Customer:
    """A browser with the widget open, and the faults its page reported."""

    context: BrowserContext
    page: Page
    faults: list[str]

    @property
    def box(self) -> Locator:
        return self.page.locator("textarea")

    def bubbles(self, text: str) -> Locator:
        return self.page.locator(".bubble").filter(has_text=text)

    async def write(self, text: str) -> None:
        await self.box.fill(text)
        await self.box.press("Enter")

    async def texts(self, whose: str = "") -> list[str]:
        """What stands in the log, from top to bottom; `whose` is ".mine" for the customer's own."""
        return await self.page.locator(f".msg{whose} .bubble").all_text_contents()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as running:
        yield running


@asynccontextmanager
async def visit(
    browser: Browser, url: str, view: dict[str, int] | None = None, **options: Any
) -> AsyncIterator[Customer]:
    view = view or DESKTOP
    phone = view is PHONE
    context = await browser.new_context(
        viewport={"width": view["width"], "height": view["height"]},
        is_mobile=phone,
        has_touch=phone,
        **options,
    )
    page = await context.new_page()
    customer = Customer(context, page, [])
    page.on("pageerror", lambda error: customer.faults.append(str(error)))
    page.on("dialog", lambda dialog: customer.faults.append(f"dialog {dialog.message}"))
    await page.goto(url)
    try:
        yield customer
    finally:
        await context.close()
    assert customer.faults == []


@asynccontextmanager
async def chat_server() -> AsyncIterator[tuple[EchoBot, LoopbackServer]]:
    bot = chat_app()
    async with LoopbackServer(Starlette(routes=bot.door.routes())) as server:
        yield bot, server


def messages_of(bot: EchoBot) -> list[str]:
    return [bot.door.parse(entry.raw).text for entry in bot.host.entries(EntryKind.MESSAGE)]


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\x00" + b"\xb4\x50\x30" * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


@VIEWS
@LANGUAGES
async def test_a_customer_talks_presses_a_button_and_finds_it_all_again_after_a_reload(
    browser: Browser, view: dict[str, int], language: str
) -> None:
    hello = {"fr": "Bonjour, ma palette est cassée", "ar": "مرحبا، وصلت المنصة مكسورة"}[language]
    async with (
        chat_server() as (bot, server),
        visit(browser, f"{server.url}/chat?lang={language}", view) as customer,
    ):
        page = customer.page
        direction = await page.locator("[data-relais] > div, .panel").first.evaluate(
            "node => getComputedStyle(node).direction"
        )
        assert direction == ("rtl" if language == "ar" else "ltr")
        await customer.write(hello)
        await expect(customer.bubbles("Écho")).to_have_count(1)
        await page.get_by_role("button", name="Faire une réclamation").click()
        await expect(customer.bubbles("Choix : complaint")).to_have_count(1)
        await expect(page.locator(".quick button:visible")).to_have_count(0)
        before = await customer.texts()
        await page.reload()
        await expect(customer.bubbles("Choix : complaint")).to_have_count(1)
        assert await customer.texts() == before
        assert messages_of(bot) == [hello, "Faire une réclamation"]
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await page.evaluate(overflow) <= 0


async def test_reading_is_reported_for_messages_that_were_on_the_screen(browser: Browser) -> None:
    async with chat_server() as (bot, server), visit(browser, f"{server.url}/chat?lang=fr") as customer:
        await customer.write("Bonjour")
        await expect(customer.bubbles("Écho")).to_have_count(1)
        await until(lambda: len(bot.host.entries(EntryKind.STATUS)) == 2)
        thread = bot.host.entries(EntryKind.MESSAGE)[0].thread
        await customer.page.keyboard.press("Escape")
        bot.say(thread, "Encore là ?")
        await expect(customer.page.locator(".badge")).to_have_text("1")
        reports = [bot.door.parse_status(e.raw).status for e in bot.host.entries(EntryKind.STATUS)]
        assert reports.count("read") == 1
        await customer.page.locator(".launch").click()
        await expect(customer.page.locator(".badge")).to_be_hidden()


@VIEWS
async def test_a_lost_connection_loses_nothing_and_doubles_nothing(
    browser: Browser, view: dict[str, int]
) -> None:
    async with chat_server() as (bot, server), visit(browser, f"{server.url}/chat?lang=fr", view) as customer:
        await customer.write("un")
        await expect(customer.bubbles("Écho : un")).to_have_count(1)
        await customer.context.set_offline(True)
        await customer.write("deux")
        await customer.write("trois")
        await expect(customer.page.locator(".banner")).to_be_visible()
        assert messages_of(bot) == ["un"]
        await customer.context.set_offline(False)
        await expect(customer.bubbles("Écho : trois")).to_have_count(1)
        await expect(customer.page.locator(".banner")).to_be_hidden()
        assert messages_of(bot) == ["un", "deux", "trois"]
        assert await customer.texts(".mine") == ["un", "deux", "trois"]


async def test_a_server_that_goes_away_and_comes_back_loses_nothing_and_doubles_nothing(
    browser: Browser,
) -> None:
    bot = chat_app()
    app = Starlette(routes=bot.door.routes())
    server = LoopbackServer(app)
    await server.start()
    async with visit(browser, f"{server.url}/chat?lang=fr") as customer:
        await customer.write("un")
        await expect(customer.bubbles("Écho : un")).to_have_count(1)
        await server.stop()
        await customer.write("deux")
        await customer.write("trois")
        bot.say(bot.host.entries(EntryKind.MESSAGE)[0].thread, "Pendant la panne")
        async with LoopbackServer(app, server.port):
            await expect(customer.bubbles("Écho : trois")).to_have_count(1, timeout=30_000)
            await expect(customer.bubbles("Pendant la panne")).to_have_count(1)
            assert messages_of(bot) == ["un", "deux", "trois"]
            assert await customer.texts(".mine") == ["un", "deux", "trois"]


async def test_unsent_messages_survive_a_reload(browser: Browser) -> None:
    async with chat_server() as (bot, server), visit(browser, f"{server.url}/chat?lang=fr") as customer:
        await customer.write("un")
        await expect(customer.bubbles("Écho : un")).to_have_count(1)
        bot.host.overloaded = True
        await customer.write("deux")
        await customer.write("trois")
        await customer.page.reload()
        await expect(customer.bubbles("trois")).to_have_count(1)
        bot.host.overloaded = False
        await expect(customer.bubbles("Écho : trois")).to_have_count(1)
        assert messages_of(bot) == ["un", "deux", "trois"]
        assert await customer.texts(".mine") == ["un", "deux", "trois"]


async def test_an_answer_lost_on_the_way_does_not_make_a_double(browser: Browser) -> None:
    async with chat_server() as (bot, server), visit(browser, f"{server.url}/chat?lang=fr") as customer:
        await customer.write("un")
        await expect(customer.bubbles("Écho : un")).to_have_count(1)
        known = await customer.page.evaluate(
            "Object.keys(localStorage).filter((key) => key.includes(':out:')).length"
        )
        assert known == 0
        cid = bot.host.entries(EntryKind.MESSAGE)[0].provider_id.rpartition("/")[2]
        # As if the page had been closed between the server's "accepted" and the page hearing it.
        await customer.page.evaluate(
            """(cid) => localStorage.setItem(`relais:chat:out:${cid}`, JSON.stringify(
                 {cid, text: "un", choice: "", files: [], at: Date.now(), n: 1,
                  visitor: localStorage.getItem("relais:chat:visitor")}))""",
            cid,
        )
        await customer.page.reload()
        await expect(customer.bubbles("Écho : un")).to_have_count(1)
        await customer.write("deux")
        await expect(customer.bubbles("Écho : deux")).to_have_count(1)
        assert messages_of(bot) == ["un", "deux"]
        assert await customer.texts(".mine") == ["un", "deux"]


async def test_a_photo_is_sent_and_shown_again_and_a_false_one_is_refused(browser: Browser) -> None:
    async with chat_server() as (bot, server), visit(browser, f"{server.url}/chat?lang=fr") as customer:
        page = customer.page
        photo = FilePayload(name="briques.png", mimeType="image/png", buffer=png(320, 200))
        await page.locator("input[type=file]").set_input_files([photo])
        await customer.write("Voici")
        await expect(customer.bubbles("Écho : Voici")).to_have_count(1)
        (entry,) = bot.host.entries(EntryKind.MESSAGE)
        (attachment,) = bot.door.parse(entry.raw).attachments
        assert (attachment.kind, attachment.name) == ("image", "briques.png")
        await page.reload()
        picture = page.locator(".file.pic img")
        await expect(picture).to_be_visible()
        assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 320
        empty = FilePayload(name="vide.png", mimeType="image/png", buffer=b"")
        await page.locator("input[type=file]").set_input_files([empty])
        await expect(page.locator(".chip.bad")).to_contain_text("vide, endommagé")


async def test_a_file_can_be_dropped_and_pasted(browser: Browser) -> None:
    async with chat_server() as (_, server), visit(browser, f"{server.url}/chat?lang=fr") as customer:
        page = customer.page
        await expect(customer.box).to_be_visible()
        make = "const data = new DataTransfer(); data.items.add(new File(['Bon 4512'], 'bon.txt'));"
        await page.locator(".panel").evaluate(
            f"(n) => {{ {make} n.dispatchEvent(new DragEvent('drop', {{dataTransfer: data}})) }}"
        )
        await expect(page.locator(".chip")).to_have_count(1)
        await customer.box.evaluate(
            f"(n) => {{ {make} n.dispatchEvent(new ClipboardEvent('paste', {{clipboardData: data}})) }}"
        )
        await expect(page.locator(".chip")).to_have_count(2)
        await customer.box.press("Enter")
        await expect(page.locator(".mine .file")).to_have_count(2)


async def test_the_widget_works_on_a_foreign_site_under_a_strict_policy(browser: Browser) -> None:
    port = free_port()
    site = f"http://localhost:{port}"
    bot = chat_app(allowed=(site,))
    async with LoopbackServer(Starlette(routes=bot.door.routes())) as server:
        app = embedding_page(f"{server.url}/widget.js", account="chat", language="fr")
        async with LoopbackServer(app, port), visit(browser, site) as customer:
            await customer.page.get_by_role("button", name="Ouvrir la discussion").click()
            await customer.write("Bonjour")
            await expect(customer.bubbles("Écho : Bonjour")).to_have_count(1)
            colour = await customer.page.locator("header").evaluate(
                "node => getComputedStyle(node).backgroundColor"
            )
            assert (
                colour == "rgb(47, 85, 212)"
            )  # its style sheet is in force although the site forbids style elements


async def test_a_site_that_is_not_allowed_is_told_so_and_gets_nothing(browser: Browser) -> None:
    bot = chat_app(allowed=("https://shop.example.org",))
    async with LoopbackServer(Starlette(routes=bot.door.routes())) as server:
        app = embedding_page(f"{server.url}/widget.js", account="chat", language="fr")
        async with LoopbackServer(app) as site, visit(browser, f"http://localhost:{site.port}") as customer:
            await customer.page.get_by_role("button", name="Ouvrir la discussion").click()
            await expect(customer.page.locator(".banner")).to_be_visible()
            assert bot.host.journal == []
            assert await customer.page.evaluate("localStorage.getItem('relais:chat:token')") is None


async def test_script_and_html_in_a_message_stay_words(browser: Browser) -> None:
    evil = (
        "<img src=x onerror=alert(1)><script>alert(2)</script><b>gras</b> javascript:alert(3) "
        'https://example.org/?a="><i>'
    )
    async with chat_server() as (bot, server), visit(browser, f"{server.url}/chat?lang=fr") as customer:
        await customer.write(evil)
        await expect(customer.bubbles("Écho")).to_have_count(1)
        thread = bot.host.entries(EntryKind.MESSAGE)[0].thread
        bot.say(thread, evil, author="<img src=x onerror=alert(4)>")
        await expect(customer.bubbles("gras")).to_have_count(3)
        await customer.page.reload()
        await expect(customer.bubbles("gras")).to_have_count(3)
        assert (await customer.texts(".mine")) == [evil]
        assert (
            await customer.page.locator(
                ".log script, .log b:not(.empty b), .log .bubble img, .log i:not(.empty i)"
            ).count()
            == 0
        )
        links = await customer.page.locator(".bubble a").evaluate_all("all => all.map(a => a.href)")
        assert set(links) == {"https://example.org/?a="}


async def test_a_very_long_text_is_stopped_in_words_and_a_long_word_wraps(browser: Browser) -> None:
    async with (
        chat_server() as (bot, server),
        visit(browser, f"{server.url}/chat?lang=fr", PHONE) as customer,
    ):
        await customer.box.fill("x" * 100_000)
        await expect(customer.page.locator(".note")).to_contain_text("Message trop long")
        await customer.box.press("Enter")
        assert messages_of(bot) == []
        await customer.write("y" * 4000)
        await expect(customer.bubbles("Écho")).to_have_count(1)
        assert [len(text) for text in messages_of(bot)] == [4000]
        log = customer.page.locator(".log")
        assert await log.evaluate("node => node.scrollWidth - node.clientWidth") <= 0


async def test_two_tabs_show_the_same_conversation(browser: Browser) -> None:
    async with chat_server() as (bot, server), visit(browser, f"{server.url}/chat?lang=fr") as customer:
        await customer.write("un")
        await expect(customer.bubbles("Écho : un")).to_have_count(1)
        other = Customer(customer.context, await customer.context.new_page(), [])
        await other.page.goto(f"{server.url}/chat?lang=fr")
        await expect(other.bubbles("Écho : un")).to_have_count(1)
        await other.write("deux")
        await expect(customer.bubbles("Écho : deux")).to_have_count(1)
        assert await customer.texts() == await other.texts() == ["un", "Écho : un", "deux", "Écho : deux"]
        assert messages_of(bot) == ["un", "deux"]


async def test_the_keyboard_alone_is_enough(browser: Browser) -> None:
    async with chat_server() as (bot, server), visit(browser, f"{server.url}/chat?lang=en") as customer:
        page = customer.page
        await page.keyboard.press("Escape")
        await page.locator(".x").first.focus()
        await page.keyboard.press("Escape")
        await expect(page.locator(".panel")).to_be_hidden()
        await page.keyboard.press("Enter")  # the launcher has the focus again
        await expect(customer.box).to_be_focused()
        await page.keyboard.type("first line")
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("second line")
        await page.keyboard.press("Enter")
        await expect(customer.bubbles("Écho")).to_have_count(1)
        assert messages_of(bot) == ["first line\nsecond line"]


async def test_every_control_has_a_name_and_the_log_is_announced(browser: Browser) -> None:
    async with chat_server() as (_, server), visit(browser, f"{server.url}/chat?lang=ar") as customer:
        await customer.write("مرحبا")
        await expect(customer.bubbles("Écho")).to_have_count(1)
        nameless = await customer.page.locator(".panel button, .launch, textarea").evaluate_all(
            "all => all.filter(n => !(n.getAttribute('aria-label') || n.textContent.trim())).length"
        )
        assert nameless == 0
        log = customer.page.get_by_role("log")
        await expect(log).to_have_attribute("aria-live", "polite")
        assert (
            await customer.box.evaluate("node => getComputedStyle(node).fontSize") == "16px"
        )  # no zoom on a phone
