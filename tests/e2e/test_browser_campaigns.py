"""A marketer makes a campaign in a real browser: whom, what, when, the dry run, the start, a pause, and its results."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, expect
from sqlalchemy import select

from bot.app import App
from bot.config import load
from bot.records import Agent, AuditEntry, OutboxMessage, Recipient
from bot.records.base import table_of
from tests.conftest import Database
from tests.e2e.browser import DESKTOP, PHONE, open_browser
from tests.integration.campaignbench import change, crowd
from tests.integration.lab import LabClock
from tests.integration.storebench import rows_of
from tests.loopback import free_port

pytestmark = pytest.mark.xdist_group("campaigns in the browser")

WAIT = 40_000
PASSWORD = "un mur de briques rouges"
EVIL = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>{{7*7}}'
USERS = {
    "mina@example.org": ("Mina Khelifi", "marketer"),
    "nora@example.org": ("Nora Mansouri", "manager"),
    "lina@example.org": ("Lina Haddad", "agent"),
}
WITH_YES, WITHOUT = 12, 3
_FAQ = Path(__file__).parents[2] / "templates" / "faq"
CONFIG = """
company: {{name: Briqueterie Atlas, language: fr, languages: [fr, ar, en], timezone: Africa/Algiers, country: DZ}}
database: {{url: "{url}"}}
server: {{port: {port}}}
media: {{folder: "{folder}/media"}}
accounts: {{sms: {{kind: sandbox, via: sms}}, desk: {{kind: sandbox, via: email}}}}
desks:
  complaints: {{name: Service réclamations}}
faq: {{files: ["{faq}/*.yaml"]}}
outreach: {{secret: "{secret}", quiet_hours: none, on_holidays: true, prices: {{sms: 4.5}}}}
console: {{secret: "{secret}"}}
logging: {{level: error}}
"""


class Firm:
    """The running program."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.url = f"http://127.0.0.1:{app.config.server.port}/console"

    async def enter(
        self, browser: Browser, email: str, *, language: str = "fr", size: dict[str, int] = DESKTOP
    ) -> Page:
        users, agents = self.app.console.users, table_of(Agent)
        found = {row.email: row.id for row in await self.app.store.fetch_all(select(agents))}
        await self.app.store.write(lambda session: users.set_language(session, found[email], language))
        self.app.console.sessions.forget()
        context = await browser.new_context(viewport=size)  # type: ignore[arg-type]
        page = await context.new_page()
        await page.goto(f"{self.url}/sign-in")
        await page.fill("input[name=email]", email)
        await page.fill("input[name=password]", PASSWORD)
        await page.press("input[name=password]", "Enter")
        await expect(page.locator(".side-links")).to_be_attached(timeout=WAIT)
        return page


@asynccontextmanager
async def company(url: str, folder: Path) -> AsyncIterator[Firm]:
    path = folder / "campaigns.yaml"
    text = CONFIG.format(url=url, port=free_port(), folder=folder, faq=_FAQ, secret="s" * 40)
    path.write_text(text, encoding="utf-8")
    app = App(load(path, {}), demo=False, clock=LabClock())
    task = asyncio.create_task(app.run())
    try:
        async with asyncio.timeout(90):
            while not app.started:
                if task.done():
                    await task
                await asyncio.sleep(0.01)
        await _people(app)
        yield Firm(app)
    finally:
        app.stop.set()
        await task


async def _people(app: App) -> None:
    users = app.console.users
    hashed = await app.console._passwords.hash(PASSWORD)

    def add(session: Any) -> None:
        act = users.act("operator")
        for email, (name, role) in USERS.items():
            user = users.add(session, act, email=email, name=name, roles=(role,))
            users.set_password(session, act, user.id, hashed)

    await app.store.write(add)
    ids = await crowd(app.store, WITH_YES, doors=("sms",))
    await crowd(app.store, WITHOUT, yes=False, first=100)
    await change(app.store, ids[0], name=EVIL, language="ar")


@pytest.mark.timeout(800)
async def test_a_campaign_from_the_first_step_to_its_results(
    sqlite_database: Database, tmp_path: Path
) -> None:
    """One program for all: it takes longer to start than to try."""
    async with company(sqlite_database.url, tmp_path) as firm, open_browser() as browser:
        await _others_are_refused(firm, browser)
        page = await firm.enter(browser, "mina@example.org")
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        name = await _prepared(firm, page)
        await _planned(firm, page, name)
        await _started_held_and_done(firm, page, name)
        await _results(firm, page, name, tmp_path)
        await _calendar(firm, page)
        assert faults == []
        assert await page.evaluate("window.hacked === undefined")
        await _a_manager_looks(firm, browser, name)
        await _fits_a_phone(firm, browser, name)


def _field(page: Page, name: str) -> Locator:
    return page.locator(f'[data-field="{name}"]')


async def _accessible(page: Page) -> None:
    """The page itself; passing notes are the frame's."""
    found = await Axe().run(page, context={"exclude": [[".q-notification"]]})
    serious = [
        (each["id"], [node["html"][:160] for node in each["nodes"][:3]])
        for each in found.response["violations"]
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == [], page.url


async def _others_are_refused(firm: Firm, browser: Browser) -> None:
    agent = await firm.enter(browser, "lina@example.org")
    assert await agent.locator(".side-links").get_by_role("link", name="Campagnes").count() == 0
    for path in ("/campaigns", "/campaigns/new", "/campaigns/any", "/campaigns/any/plan", "/planned"):
        answer = await agent.goto(f"{firm.url}{path}")
        assert answer is not None and answer.status == 403, path
    await agent.context.close()


async def _prepared(firm: Firm, page: Page) -> str:
    """Three steps; what is missing is said at its field, and each step is kept."""
    await page.goto(f"{firm.url}/campaigns")
    await expect(page.locator(".how li")).to_have_count(4, timeout=WAIT)
    await _accessible(page)
    await page.get_by_role("link", name="Préparer la première campagne").click()
    await expect(page.locator("[data-count]")).to_have_text(str(WITH_YES + WITHOUT), timeout=WAIT)
    on = page.get_by_role("button", name="Continuer")
    await on.click()
    await expect(page.locator(".field-fault").first).to_have_text(
        "Donnez un nom à la campagne.", timeout=WAIT
    )
    await _field(page, "audience").fill("langue = ")
    await expect(page.locator(".field-fault").filter(has_text="une valeur")).to_be_visible(timeout=WAIT)
    await _field(page, "audience").fill("tous")
    await _field(page, "title").fill(f"Rentrée {EVIL}")
    await expect(page.locator("[data-count]")).to_be_visible(timeout=WAIT)
    await _accessible(page)
    await on.click()
    await expect(page.locator(".seen-all > *").first).to_be_visible(timeout=WAIT)
    await expect(page.locator("h1")).to_contain_text("<img src=x")
    name = page.url.split("/")[-2]
    await _field(page, "_.offer.fr").fill(f"−10 % {EVIL[:40]}")
    await _field(page, "_.offer.ar").fill("خصم 10% على الهوردي")
    await on.click()
    await expect(page.locator(".field-fault").filter(has_text="Indiquez un jour")).to_be_visible(timeout=WAIT)
    await _field(page, "_.until._").fill("2026-12-31")
    await page.locator("[data-language=ar]").click()
    bubble = page.locator("[data-seen=sms] .seen-bubble")
    await expect(bubble).to_contain_text("خصم 10%", timeout=WAIT)
    assert await bubble.evaluate("e => getComputedStyle(e).direction") == "rtl"
    await expect(page.locator("[data-seen=sms] .seen-head")).to_contain_text("SMS")
    await expect(page.locator("[data-seen=email] .seen-subject")).to_contain_text("عرض محدود")
    await page.locator("[data-language=fr]").click()
    await expect(bubble).to_contain_text("<img src=x", timeout=WAIT)
    await _accessible(page)
    await on.click()
    gaps = page.locator("[role=alertdialog]")
    await expect(gaps).to_contain_text("anglais", timeout=WAIT)
    await gaps.get_by_role("button", name="Continuer ainsi").click()
    await expect(page.locator(".doors li")).to_have_count(2, timeout=WAIT)
    await page.locator("[data-door=email]").uncheck()
    await _field(page, "rate_per_min").fill("60")
    await page.wait_for_timeout(500)
    await _accessible(page)
    await on.click()
    return name


async def _planned(firm: Firm, page: Page, name: str) -> None:
    """Who is left out and why, one contact looked up, a test to oneself: nobody has got anything."""
    await expect(page.locator("[data-figure=waiting]")).to_have_text(str(WITH_YES), timeout=WAIT)
    await expect(page.locator("[data-figure=left]")).to_have_text(str(WITHOUT))
    await _accessible(page)
    reason = page.locator("[data-reason=skipped-no_consent]")
    await expect(reason).to_contain_text("accord")
    await reason.get_by_role("button").click()
    await expect(page.locator(".dialog-wide .row")).to_have_count(WITHOUT, timeout=WAIT)
    await page.locator(".dialog-wide").get_by_role("button", name="Fermer").click()
    await expect(page.locator(".dialog-wide")).to_have_count(0, timeout=WAIT)
    await page.locator("[data-why]").fill("Client 101")
    await page.get_by_role("button", name="Chercher").click()
    await expect(page.locator("[data-found] .row").first).to_contain_text("accord", timeout=WAIT)
    await page.get_by_role("button", name="Refaire la répétition").click()
    await expect(page.get_by_text("Depuis la répétition précédente")).to_be_visible(timeout=WAIT)
    await page.get_by_role("button", name="Envoi d’essai").click()
    dialog = page.locator("[role=dialog]")
    await _field(page, "door").select_option("sms")
    await _field(page, "address").fill("pas un numéro")
    await dialog.get_by_role("button", name="Envoyer l’essai").click()
    await expect(dialog.locator(".field-fault").filter(has_text="+")).to_be_visible(timeout=WAIT)
    await _field(page, "address").fill("+213550000042")
    await page.wait_for_timeout(500)
    await dialog.get_by_role("button", name="Envoyer l’essai").click()
    await expect(page.locator(".q-notification", has_text="essai")).to_be_visible(timeout=WAIT)
    sent = await rows_of(firm.app.store, OutboxMessage)
    assert [row.key.partition(":")[0] for row in sent] == ["campaign-test"]
    assert await rows_of(firm.app.store, Recipient) == []


async def _started_held_and_done(firm: Firm, page: Page, name: str) -> None:
    await page.get_by_role("button", name="Lancer la campagne").click()
    sure = page.locator("[role=alertdialog]")
    await expect(sure).to_contain_text(f"{WITH_YES} personnes", timeout=WAIT)
    await expect(sure).to_contain_text("DZD")
    await sure.get_by_role("button", name="Oui, lancer").click()
    await expect(page.locator("[data-now]")).to_be_visible(timeout=WAIT)
    await page.locator("[data-act=pause]").click()
    await expect(page.locator("[data-status=paused]")).to_be_visible(timeout=WAIT)
    await page.wait_for_timeout(3_500)
    before = await _by_status(firm)
    assert before.get("waiting", 0) > 0, before
    await page.wait_for_timeout(3_000)
    assert await _by_status(firm) == before
    await _accessible(page)
    await page.locator("[data-act=resume]").click()
    await expect(page.locator("[data-status=done]")).to_be_visible(timeout=90_000)
    await expect(page.locator("[data-figure=sent]")).to_have_text(str(WITH_YES), timeout=WAIT)
    await expect(page.locator("[data-agrees=yes]")).to_be_visible()
    assert await _by_status(firm) == {"sent": WITH_YES, "skipped": WITHOUT}
    noted = {row.action for row in await rows_of(firm.app.store, AuditEntry)}
    assert {"campaign_written", "campaign_tested", "campaign_started", "campaign_pause", "seen"} <= noted


async def _by_status(firm: Firm) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in await rows_of(firm.app.store, Recipient):
        found[row.status] = found.get(row.status, 0) + 1
    return found


async def _results(firm: Firm, page: Page, name: str, folder: Path) -> None:
    await page.get_by_role("link", name="Résultats").click()
    await expect(page.locator("[data-balanced=yes]")).to_be_visible(timeout=WAIT)
    await expect(page.locator("[data-figure=planned]")).to_have_text(str(WITH_YES + WITHOUT))
    await page.wait_for_timeout(500)
    await _accessible(page)
    async with page.expect_download(timeout=WAIT) as coming:
        await page.get_by_role("button", name="Exporter").click()
    kept = folder / "results.csv"
    await (await coming.value).save_as(kept)
    lines = kept.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 1 + WITH_YES + WITHOUT


async def _calendar(firm: Firm, page: Page) -> None:
    """Holidays are marked, and what is switched off is said."""
    await page.goto(f"{firm.url}/planned")
    await expect(page.locator("[data-calendar]")).to_be_visible(timeout=WAIT)
    await expect(page.locator("[data-off]")).to_contain_text("règles éteintes")
    await _accessible(page)
    await page.goto(f"{firm.url}/planned?view=week&on=2026-03-20")
    await expect(page.locator("[data-day='2026-03-20']")).to_contain_text("Fitr", timeout=WAIT)


async def _a_manager_looks(firm: Firm, browser: Browser, name: str) -> None:
    """What the marketer made is open to them; making one is not."""
    manager = await firm.enter(browser, "nora@example.org")
    await manager.goto(f"{firm.url}/campaigns/{name}")
    await expect(manager.locator("[data-status=done]")).to_be_visible(timeout=WAIT)
    for path in ("/campaigns/new", f"/campaigns/{name}/what"):
        answer = await manager.goto(f"{firm.url}{path}")
        assert answer is not None and answer.status == 403, path
    await manager.context.close()


async def _fits_a_phone(firm: Firm, browser: Browser, name: str) -> None:
    phone = await firm.enter(browser, "mina@example.org", language="ar", size=PHONE)
    pages = ("/campaigns", "/campaigns/new", f"/campaigns/{name}", f"/campaigns/{name}/results", "/planned")
    for path in pages:
        await phone.goto(f"{firm.url}{path}")
        await expect(phone.locator("html")).to_have_attribute("dir", "rtl")
        await expect(phone.locator("h1")).to_be_visible(timeout=WAIT)
        await phone.wait_for_timeout(600)
        assert await phone.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        await _accessible(phone)
    await phone.context.close()
