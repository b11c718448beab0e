"""A manager's look at the console: figures, what lies behind them, what to take along, and the FAQ."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from tests.e2e.inboxbench import Company
from tests.integration.casebook import draw_book

WAIT = 20_000
UNKNOWN = ("faites-vous la peinture au pistolet ?", "peinture au pistolet possible chez vous ?")


async def seed(firm: Company) -> None:
    """Complaints of some weeks, and two questions that the FAQ does not know."""
    now = firm.app.clock.now()
    book = draw_book(5, cases=60, first=now - timedelta(days=60), now=now)
    await firm.app.store.write(book.write)
    for number, words in enumerate(UNKNOWN):
        await firm.whatsapp(words, sender=f"+21355500020{number}")


async def figures(firm: Company, page: Page, folder: Path) -> None:
    """A chart's table opens the complaints behind a bar; the register comes along; wrong days say so."""
    await page.goto(f"{firm.url}/console/dashboard?period=year")
    await expect(page.locator(".figure-value").first).to_be_visible(timeout=WAIT)
    table = page.locator(".panel", has=page.locator("h2", has_text="Causes")).locator("details")
    await table.locator("summary").click()
    first = table.locator(".row").first
    number = int(await first.locator("button").inner_text())
    assert number > 0
    await first.locator("button").click()
    dialog = page.locator(".dialog-wide")
    await expect(dialog.locator("tbody tr")).to_have_count(number, timeout=WAIT)
    await page.keyboard.press("Escape")
    await page.locator("details.menu > summary").click()
    async with page.expect_download(timeout=WAIT) as coming:
        await page.locator(".menu-list button").first.click()
    kept = folder / "register.csv"
    await (await coming.value).save_as(kept)
    assert "RC-" in kept.read_text(encoding="utf-8-sig")
    await page.goto(f"{firm.url}/console/dashboard?period=nonsense")
    await expect(page.locator(".figure-value").first).to_be_visible(timeout=WAIT)


async def teaching(firm: Company, page: Page) -> None:
    """What was not understood becomes an entry, and the bot answers with it at once."""
    await page.goto(f"{firm.url}/console/faq")
    group = page.locator(".panel", has=page.locator(".said", has_text="peinture au pistolet")).first
    await expect(group).to_be_visible(timeout=WAIT)
    await group.get_by_role("button", name="Créer une entrée").click()
    dialog = page.locator(".dialog")
    make = dialog.get_by_role("button", name="Créer l’entrée")
    await make.click()
    await expect(page.locator(".q-notification", has_text="minuscules")).to_be_visible(timeout=WAIT)
    await dialog.locator("input").first.fill("spray-painting")
    await dialog.locator("textarea").first.fill("Oui, sur rendez-vous, à l’atelier.")
    await make.click()
    await expect(page.locator(".q-notification", has_text="créée")).to_be_visible(timeout=WAIT)
    box = page.locator(".panel").first
    await box.locator("input").fill("vous faites la peinture au pistolet ?")
    await box.locator("button").click()
    await expect(box.locator(".answer")).to_contain_text("sur rendez-vous", timeout=WAIT)
    await page.goto(f"{firm.url}/console/faq/entries/spray-painting")
    await expect(page.locator(".answer")).to_contain_text("atelier", timeout=WAIT)


async def day(firm: Company, browser: Browser, folder: Path) -> None:
    """All of it; an agent gets no figures."""
    await seed(firm)
    page = await firm.enter(browser, "nora@example.org")
    await figures(firm, page, folder)
    await teaching(firm, page)
    agent = await firm.enter(browser, "samir@example.org")
    answer = await agent.goto(f"{firm.url}/console/dashboard")
    assert answer is not None and answer.status == 403
