"""Agents at work in a real browser: taking over while the bot is about to answer, two agents, stored scripts."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.conftest import Database
from tests.e2e import manager_day
from tests.e2e.browser import open_browser
from tests.e2e.inboxbench import Company, company

WAIT = 20_000
PHONE: ViewportSize = {"width": 390, "height": 844}
EVIL = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>{{7*7}}"\'>'


async def press(page: Page, act: str) -> None:
    await page.locator(f'[data-act="{act}"]').click()


async def write(page: Page, words: str) -> None:
    await page.locator("[data-write] textarea").fill(words)
    await page.locator("[data-send]").click()


@pytest.mark.timeout(400)
async def test_agents_at_work_in_one_running_program(sqlite_database: Database, tmp_path: Path) -> None:
    """One program for all: it takes longer to start than to try."""
    async with company(sqlite_database.url, tmp_path, rate=0.01) as firm, open_browser() as browser:
        await _taking_over_keeps_back_the_answer_that_the_bot_was_about_to_send(firm, browser)
        await _two_agents_see_each_other_and_a_double_click_sends_once(firm, browser)
        for language in ("fr", "ar"):
            await _scripts_are_words_and_nothing_scrolls_sideways(firm, browser, language)
        await manager_day.day(firm, browser, tmp_path)


async def _taking_over_keeps_back_the_answer_that_the_bot_was_about_to_send(
    firm: Company, browser: Browser
) -> None:
    """By WhatsApp and in the web chat: the second answer waits for the account's rate when the agent takes over."""
    agent = await firm.enter(browser, "lina@example.org")
    conversation = await firm.whatsapp("bonjour")
    await firm.whatsapp("quels sont vos horaires ?")
    sent = await firm.sent(conversation)
    assert [status for status, _ in sent][1:] == ["queued"], sent
    await firm.open(agent, conversation)
    await press(agent, "take")
    await expect(agent.locator("[data-owner]")).to_contain_text("Lina Haddad", timeout=WAIT)
    assert [status for status, _ in await firm.sent(conversation)][1:] == ["cancelled"]
    await write(agent, "Bonjour Amel, je m’en occupe.")
    await expect(agent.locator("[data-waiting]")).to_be_visible(timeout=WAIT)
    firm.pass_time(300)
    await expect(agent.locator(".line-out", has_text="je m’en occupe")).to_be_visible(timeout=WAIT)
    sent = await firm.sent(conversation)
    assert [status for status, _ in sent[1:]] == ["cancelled", sent[2][0]]
    assert sent[2][1] == "Bonjour Amel, je m’en occupe."
    await firm.whatsapp("vous êtes ouverts samedi ?")  # the bot stays silent
    assert len(await firm.sent(conversation)) == 3
    await expect(agent.locator(".line-in", has_text="samedi")).to_be_visible(timeout=WAIT)
    await _in_the_chat(firm, agent)


async def _in_the_chat(firm: Company, agent: Page) -> None:
    """The same where the customer sits before an open page."""
    customer = await agent.context.browser.new_page()  # type: ignore[union-attr]
    await customer.goto(f"{firm.url}/chat")
    heard = customer.locator(".msg:not(.mine) .bubble")
    await customer.locator("textarea").fill("bonjour")
    await customer.locator("textarea").press("Enter")
    await expect(heard.first).to_be_visible(timeout=WAIT)
    before = await heard.count()
    await customer.locator("textarea").fill("quels sont vos horaires ?")
    await customer.locator("textarea").press("Enter")
    await firm.open(agent)
    await agent.locator('[data-view="bot"]').click()
    await agent.locator("[data-conversation]").first.click()
    await expect(agent.locator(".line-in", has_text="horaires")).to_be_visible(timeout=WAIT)
    await press(agent, "take")
    await expect(agent.locator("[data-owner]")).to_contain_text("Lina Haddad", timeout=WAIT)
    firm.pass_time(300)
    await write(agent, "Lina à l’appareil.")
    await expect(agent.locator("[data-waiting]")).to_be_visible(timeout=WAIT)
    firm.pass_time(300)
    await expect(heard.filter(has_text="Lina à l’appareil.")).to_be_visible(timeout=WAIT)
    assert await heard.count() == before + 1  # hers, and nothing of the bot's


async def _two_agents_see_each_other_and_a_double_click_sends_once(firm: Company, browser: Browser) -> None:
    conversation = await firm.whatsapp("je veux parler à une personne", "+213555000102")
    firm.pass_time(300)
    lina = await firm.enter(browser, "lina@example.org")
    samir = await firm.enter(browser, "samir@example.org")
    await firm.open(lina, conversation)
    await firm.open(samir, conversation)
    await expect(lina.locator(".present")).to_contain_text("Samir Cherif", timeout=WAIT)
    await samir.locator("[data-write] textarea").fill("Je réponds aussi")
    await expect(lina.locator(".present-writing")).to_contain_text("Samir Cherif", timeout=WAIT)
    # A double click: one answer.
    await lina.locator("[data-write] textarea").fill("Bonjour, c’est Lina.")
    await lina.locator("[data-send]").dblclick()
    await expect(lina.locator("[data-waiting]")).to_have_count(1, timeout=WAIT)
    firm.pass_time(10)
    await expect(samir.locator(".line-out", has_text="c’est Lina")).to_be_visible(timeout=WAIT)
    # Samir began before hers left: his is not sent across it.
    await samir.locator("[data-send]").click()
    await expect(samir.locator("[role=alertdialog]")).to_contain_text("Lina Haddad", timeout=WAIT)
    await samir.locator("[role=alertdialog] .button").first.click()  # rather not
    # Undo: the text is back, nothing leaves.
    await write(lina, "Encore ceci")
    await lina.locator("[data-undo]").click()
    await expect(lina.locator("[data-write] textarea")).to_have_value("Encore ceci", timeout=WAIT)
    firm.pass_time(30)
    await expect(lina.locator("[data-waiting]")).to_have_count(0, timeout=WAIT)
    people = [
        text for author, text in await firm.said(conversation) if author in ("Lina Haddad", "Samir Cherif")
    ]
    assert people == ["Bonjour, c’est Lina."]


async def _scripts_are_words_and_nothing_scrolls_sideways(
    firm: Company, browser: Browser, language: str
) -> None:
    sender = f"+21355500020{len(language)}{ord(language[0])}"
    words = f"je veux parler à une personne {EVIL} " + "mot" * 900
    conversation = await firm.whatsapp(words, sender, name=EVIL)
    firm.pass_time(300)
    refused: list[str] = []
    agent = await firm.enter(browser, "lina@example.org", language=language, size=PHONE)
    agent.on("pageerror", lambda error: refused.append(str(error)))
    await firm.open(agent)
    card = agent.locator(f'[data-conversation="{conversation}"]')
    await expect(card).to_contain_text("<img src=x", timeout=WAIT)
    await card.click()
    await expect(agent.locator(".line-in").first).to_contain_text("<script>", timeout=WAIT)
    await agent.locator('[data-kind="note"]').click()
    await write(agent, f"@Samir {EVIL}")
    await expect(agent.locator(".line-note")).to_contain_text("onerror", timeout=WAIT)
    assert await agent.evaluate("window.hacked") is None
    assert await agent.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert await agent.evaluate("document.documentElement.dir || 'ltr'") == (
        "rtl" if language == "ar" else "ltr"
    )
    assert refused == []
    assert conversation in agent.url
