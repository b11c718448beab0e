"""A complaint from the first word to its reference: the real program, a real browser."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser import DESKTOP, PHONE, open_browser
from tests.loopback import free_port

REFERENCE = re.compile(r"\b[A-Z]{1,4}-\d{4}-\d{3,}\b")
_DUE = {"fr": "au plus tard le", "ar": "في أجل أقصاه يوم"}
_WORDS = {
    "fr": ("Je veux faire une réclamation", "Ma palette de B12 est arrivée avec 60 briques cassées", "hier"),
    "ar": ("أريد تقديم شكوى", "وصلت منصة الآجر B12 وفيها 60 آجرة مكسورة", "أمس"),
}


@asynccontextmanager
async def running_demo(data: Path) -> AsyncIterator[str]:
    """The program as a newcomer starts it, on a port and a folder of its own."""
    port = free_port()
    arguments = ("-m", "bot.cli", "demo", "--port", str(port), "--data", str(data))
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await _ready(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            await process.wait()


async def _ready(url: str) -> None:
    async with asyncio.timeout(60), httpx.AsyncClient() as client:
        while True:
            try:
                if (await client.get(f"{url}/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


async def _answer(page: Page, words: str = "") -> str:
    """Say something, or press the first button where there are no words, and return what comes back."""
    heard = page.locator(".msg:not(.mine) .bubble")
    before = await heard.count()
    if words:
        await page.locator("textarea").fill(words)
        await page.locator("textarea").press("Enter")
    else:
        await page.locator(".quick button:visible").first.click()
    await expect(heard.nth(before)).to_be_visible(timeout=15_000)
    return (await heard.all_text_contents())[-1]


async def _send_photo(page: Page) -> None:
    """Attach a picture, as evidence, and wait for what comes back."""
    heard = page.locator(".msg:not(.mine) .bubble")
    before = await heard.count()
    picture = await page.screenshot()
    await page.locator("input[type=file]").set_input_files(
        {"name": "palette.png", "mimeType": "image/png", "buffer": picture}
    )
    await expect(page.get_by_text("palette.png")).to_be_visible()
    await page.locator("textarea").press("Enter")
    await expect(heard.nth(before)).to_be_visible(timeout=15_000)
    await expect(page.locator(".mine img")).to_have_count(1)


@pytest.mark.parametrize(
    ("language", "view"), [("fr", DESKTOP), ("ar", PHONE)], ids=["fr-desktop", "ar-phone"]
)
async def test_a_guided_complaint_ends_with_a_reference_though_the_page_is_reloaded_in_the_middle(
    tmp_path: Path, language: str, view: dict[str, int]
) -> None:
    opening, facts, since = _WORDS[language]
    async with running_demo(tmp_path) as url, open_browser() as browser:
        page = await browser.new_page(viewport={"width": view["width"], "height": view["height"]})
        await page.goto(f"{url}/chat?lang={language}")
        await _answer(page, opening)
        await page.reload()
        await expect(page.locator(".mine .bubble").filter(has_text=opening)).to_have_count(1)
        assert await _answer(page, facts)
        assert await _answer(page, since)
        await _send_photo(page)
        assert await _answer(page)  # the first remedy
        last = await _answer(page)  # yes, that is right
        assert REFERENCE.search(last), last
        assert _DUE[language] in last, last
        said = await page.locator(".msg .bubble").all_text_contents()
        await page.reload()
        await expect(page.locator(".msg .bubble")).to_have_count(len(said))
        assert await page.locator(".msg .bubble").all_text_contents() == said
