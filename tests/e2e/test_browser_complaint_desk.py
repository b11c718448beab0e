"""A complaint from a customer's first word to its closing, through the pages of those who treat it."""

from __future__ import annotations

import asyncio
import itertools
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.e2e.browser import DESKTOP, PHONE, open_browser
from tests.loopback import free_port

pytestmark = pytest.mark.xdist_group("complaint desk in the browser")  # one program for all of them

WAIT = 40_000
PASSWORD = "un mur de briques rouges"
EVIL = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>{{7*7}}"
PEOPLE = {
    "nadia": ("Nadia Benali", "complaint_manager", ""),
    "mourad": ("Mourad Ait", "manager", ""),
    "karim": ("Karim Ziani", "department", "technical"),
    "lydia": ("Lydia Amrane", "marketer", ""),
}
expect.set_options(timeout=WAIT)


@dataclass
class Desk:
    """A demo company that runs, with the people who treat complaints."""

    url: str
    data: Path
    said: Iterator[int] = field(default_factory=itertools.count)

    def hire(self, name: str) -> None:
        shown, role, desk = PEOPLE[name]
        config = self.data / "relais.yaml"
        config.write_text(
            "company: {name: x, timezone: UTC, country: DZ}\n"
            f"database: {{url: 'sqlite:///{self.data / 'relais.db'}'}}\n",
            encoding="utf-8",
        )
        words = [
            "user",
            "add",
            f"{name}@briqueterie-atlas.example",
            "--name",
            shown,
            "--role",
            role,
            "--stdin",
        ]
        words += ["--desk", desk] if desk else []
        command = [sys.executable, "-m", "bot.cli", *words, "--config", str(config)]
        subprocess.run(command, input=f"{PASSWORD}\n".encode(), check=True, timeout=60)

    def api(self) -> httpx.AsyncClient:
        token = (self.data / "api-token").read_text(encoding="utf-8").strip()
        return httpx.AsyncClient(
            base_url=f"{self.url}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=30
        )

    async def writes(self, sender: str, words: str, name: str) -> None:
        """A customer writes by WhatsApp."""
        body = {"id": f"w{next(self.said)}-{sender}", "from": sender, "text": words, "name": name}
        async with httpx.AsyncClient() as http:
            (await http.post(f"{self.url}/hooks/whatsapp", json=body, timeout=30)).raise_for_status()

    async def complains(self, sender: str, name: str) -> str:
        """A customer tells the bot what is wrong, until it is registered; its reference."""
        async with self.api() as api:
            known = {case["reference"] for case in (await api.get("/cases")).json()}
            await self.writes(sender, "Ma commande 4521 de B12 est arrivée cassée hier à Oran", name)
            for words in ("passer", "passer", "passer", "oui", "oui"):
                for _ in range(30):
                    found = {case["reference"] for case in (await api.get("/cases")).json()} - known
                    if found:
                        return str(found.pop())
                    await asyncio.sleep(0.15)
                await self.writes(sender, words, name)
        raise AssertionError("nothing was registered")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    data, port = tmp_path_factory.mktemp("desk"), free_port()
    log = (data / "log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "demo", "--port", str(port), "--data", str(data)],
        stdout=log,
        stderr=log,
    )
    started = Desk(url=f"http://127.0.0.1:{port}", data=data)
    try:
        asyncio.run(_answers(started.url))
        for name in PEOPLE:
            started.hire(name)
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


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as found:
        yield found


@asynccontextmanager
async def signed_in(
    desk: Desk, browser: Browser, name: str, *, view: Any = DESKTOP, language: str = "fr"
) -> AsyncIterator[Page]:
    """Somebody's own browser; its page may report no fault."""
    context = await browser.new_context(viewport=view, locale=language)
    context.set_default_timeout(WAIT)
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    await page.goto(f"{desk.url}/console/sign-in")
    await page.fill("[name=email]", f"{name}@briqueterie-atlas.example")
    await page.fill("[name=password]", PASSWORD)
    await page.click(".button-main")
    await expect(page.locator(".main .page")).to_be_visible()
    try:
        yield page
        assert [fault for fault in faults if "403" not in fault] == []
    finally:
        await context.close()


async def open_case(desk: Desk, page: Page, reference: str) -> None:
    await page.goto(f"{desk.url}/console/complaints/{reference}")
    await expect(page.locator(".case-title")).to_contain_text(reference)


async def pick(page: Page, act: str) -> Any:
    """Open the form of an act from the list of all acts."""
    await page.locator("[data-more]").click()
    await page.locator(f'[data-pick="{act}"]').click()
    form = page.locator(f'[data-form="{act}"]')
    await expect(form).to_be_visible()
    return form


async def done(form: Any) -> None:
    await form.locator("[data-do]").click()
    await expect(form).to_have_count(0)


async def sound(page: Page) -> None:
    """No serious finding of axe, and nothing to scroll sideways."""
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = await Axe().run(page)
    serious = [
        (each["id"], [node["html"][:160] for node in each["nodes"][:3]])
        for each in found.response["violations"]
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == []


@pytest.mark.timeout(600)
async def test_a_complaint_is_treated_from_intake_to_closing(desk: Desk, browser: Browser) -> None:
    reference = await desk.complains("+213555000301", EVIL)
    other = await desk.complains("+213555000302", "Yacine Brahimi")
    async with (
        signed_in(desk, browser, "nadia") as nadia,
        signed_in(desk, browser, "mourad") as mourad,
        signed_in(desk, browser, "karim") as karim,
    ):
        await _the_list_shows_it_and_it_is_qualified(nadia, reference)
        await _a_department_is_asked(nadia)
        await _its_user_sees_that_one_alone_and_answers(desk, karim, reference, other)
        await _a_compensation_is_proposed(nadia)
        await _a_second_person_approves_while_the_first_is_writing(desk, nadia, mourad, reference)
        await _it_is_granted_answered_and_closed(nadia)
        await _what_is_learnt(desk, nadia, mourad, reference)
        assert "taken" not in await nadia.title()


async def _the_list_shows_it_and_it_is_qualified(page: Page, reference: str) -> None:
    await page.keyboard.press("g")
    await page.keyboard.press("c")
    row = page.locator(f'[data-reference="{reference}"]')
    await expect(row).to_contain_text("<img src=x")
    await sound(page)
    await page.locator('[data-view="new"]').click()
    await page.locator(".desk-search input").fill(reference.lower())
    await expect(page.locator("[data-reference]")).to_have_count(1)
    await row.click()
    await expect(page.locator(".case-title")).to_contain_text("<img src=x")
    await expect(page.locator("[data-next]")).to_contain_text("Personne ne l’a prise en charge")
    await expect(page.locator('[data-clock="receipt"]')).to_contain_text("tenu")
    await page.locator('[data-clock="resolution"] summary').click()
    await expect(page.locator('[data-clock="resolution"] details')).to_contain_text("échéance")
    form = page.locator('[data-form="take"]')
    await page.locator('[data-act="take"]').click()
    await done(form)
    await expect(page.locator('[data-step="take"]')).to_be_visible()

    form = await pick(page, "qualify")
    await form.locator("[data-do]").click()
    await expect(form.locator("[role=alert]")).to_contain_text("rien changé")
    await form.locator('[data-field="severity"] select').select_option("serious")
    await form.locator('[data-field="code"] input').fill("QUA-04")
    await done(form)
    await expect(page.locator("[data-facts]")).to_contain_text("QUA-04")
    await expect(page.locator('[data-check="qualified"]')).to_have_class("check check-done")
    await page.locator("[data-more]").click()
    await expect(page.locator('[data-why="close"]')).to_contain_text("Pas en phase")
    await page.keyboard.press("Escape")


async def _a_department_is_asked(page: Page) -> None:
    form = await pick(page, "forward")
    await form.locator("[data-do]").click()
    await expect(form.locator('[data-field="question"] .field-problem')).to_be_hidden()
    await expect(form.locator('[data-field="desk"] .field-problem')).to_have_text("À remplir.")
    await form.locator("select").select_option("technical")
    await form.locator("textarea").first.fill("Quel lot, et d’autres retours ?")
    await form.locator("[data-do]").click()
    await expect(form.locator("[data-letter=desk]")).to_contain_text("Quel lot, et d’autres retours ?")
    await expect(form.locator("[data-letter=desk]")).not_to_contain_text(
        "<img"
    )  # the customer's name stays here
    await form.locator("[data-edit]").click()
    await expect(form.locator("textarea").first).to_have_value("Quel lot, et d’autres retours ?")
    await form.locator("[data-do]").click()
    await expect(form.locator("[data-letter=desk]")).to_be_visible()
    await done(form)
    await expect(page.locator('[data-forward="technical"]')).to_contain_text("sans réponse")
    await expect(page.locator("[data-next]")).to_contain_text("Service technique")


async def _its_user_sees_that_one_alone_and_answers(
    desk: Desk, page: Page, reference: str, other: str
) -> None:
    await page.goto(f"{desk.url}/console/complaints")
    await expect(page.locator("[data-reference]")).to_have_count(1)
    assert "<img" not in await page.locator("[data-cases]").inner_text()
    await page.goto(f"{desk.url}/console/complaints/{other}")
    await expect(page.locator(".empty")).to_contain_text("n’a pas été transmise")
    for path in ("register", "prevention", f"{reference}/ledger"):
        answer = await page.goto(f"{desk.url}/console/complaints/{path}")
        assert answer is not None and answer.status == 403, path
    await open_case(desk, page, reference)
    assert "<img" not in await page.locator("[data-case]").inner_text()
    await sound(page)
    await page.locator("[data-reply]").click()
    form = page.locator('[data-form="department-answer"]')
    await form.locator("textarea").first.fill("Lot 7, palettes mal cerclées.")
    await done(form)
    await expect(page.locator('[data-forward="technical"]')).to_contain_text("Lot 7")


async def _a_compensation_is_proposed(page: Page) -> None:
    await expect(page.locator("[data-fresh]")).to_contain_text("Karim Ziani")  # it came by itself
    await expect(page.locator("[data-departments]")).to_contain_text("Lot 7, palettes mal cerclées.")
    await page.locator("[data-propose]").click()
    form = page.locator('[data-form="propose"]')
    await form.locator("select").select_option("goodwill")
    await form.locator("textarea").first.fill("Une palette de B12 offerte")
    await form.locator('[data-field="cost"] input').fill("beaucoup")
    await form.locator("[data-do]").click()
    await expect(form.locator('[data-field="cost"] .field-problem')).to_contain_text("pas un montant")
    await form.locator('[data-field="cost"] input').fill("24 500,50")
    await form.locator("[data-do]").click()
    await expect(form.locator("[data-letter]")).to_contain_text("Une palette de B12 offerte")
    await expect(form).to_contain_text("Une autre personne doit approuver")
    await done(form)
    await expect(page.locator("[data-given=proposed]")).to_contain_text("24\u202f500,50")
    await expect(page.locator("[data-given=proposed] [data-why]")).to_contain_text("Vous l’avez proposée")
    await expect(page.locator("[data-approve]")).to_have_count(0)


async def _a_second_person_approves_while_the_first_is_writing(
    desk: Desk, nadia: Page, mourad: Page, reference: str
) -> None:
    form = await pick(nadia, "note")
    await form.locator("textarea").first.fill("Client fidèle, à ménager.")
    await mourad.goto(f"{desk.url}/console/complaints?view=approve")
    await mourad.locator(f'[data-reference="{reference}"]').click()
    await mourad.locator("[data-approve]").click()
    await done(mourad.locator('[data-form="approve"]'))
    await expect(mourad.locator("[data-given=approved]")).to_be_visible()
    await form.locator("[data-do]").click()
    await expect(form.locator("[data-crossed]")).to_contain_text("Mourad Ait")
    await expect(form.locator("textarea").first).to_have_value("Client fidèle, à ménager.")
    await form.locator("[data-go-on]").click()
    await done(form)
    await expect(nadia.locator('[data-step="note"]')).to_contain_text("à ménager")


async def _it_is_granted_answered_and_closed(page: Page) -> None:
    await page.locator("[data-grant]").click()
    form = page.locator('[data-form="grant"]')
    await form.locator("[data-do]").click()
    await expect(form.locator("[data-letter]")).to_contain_text("geste commercial")
    await done(form)
    await expect(page.locator("[data-given=granted]")).to_be_visible()

    form = await pick(page, "inform")
    await form.locator("textarea").first.fill("Le camion part demain matin.")
    await form.locator("[data-do]").click()
    await expect(form.locator("[data-letter]")).to_contain_text("au plus tard")
    await done(form)
    await expect(page.locator(".line-out", has_text="Le camion part demain matin.")).to_be_visible()

    await page.locator('[data-act="answer"]').click()
    form = page.locator('[data-form="answer"]')
    await form.locator("textarea").first.fill("Vos briques sont livrées ce matin.")
    await form.locator('[data-field="settled"] input').check()
    await form.locator('[data-desk="sales"] input').check()
    await form.locator("[data-do]").click()
    await expect(form.locator("[data-letter]")).to_contain_text("Vos briques sont livrées ce matin.")
    await expect(form).to_contain_text("Service commercial")
    await done(form)
    await expect(page.locator("[data-phase]")).to_have_text("Clôture")
    await expect(page.locator(".line-out", has_text="Vos briques sont livrées ce matin.")).to_have_count(1)

    await page.locator('[data-act="close"]').click()
    form = page.locator('[data-form="close"]')
    await form.locator("[data-do]").click()
    await expect(form.locator("[data-letter]")).to_contain_text("close")
    await done(form)
    await expect(page.locator("[data-state]")).to_have_text("Close, réglée.")


async def _what_is_learnt(desk: Desk, nadia: Page, mourad: Page, reference: str) -> None:
    form = await pick(nadia, "cause")
    await form.locator("input").first.fill("cerclage")
    await done(form)
    await nadia.locator("[data-prevent]").click()
    form = nadia.locator('[data-form="prevent"]')
    await form.locator('[data-field="title"] input').fill("Cercler en quatre points")
    await done(form)
    await nadia.locator("[data-take]").click()
    form = nadia.locator('[data-form="prevention-take"]')
    await form.locator("input").first.fill("2030-01-15")
    await done(form)
    await expect(nadia.locator("[data-preventions]")).to_contain_text("15 janvier 2030")
    await nadia.locator("[data-more]").click()
    await expect(nadia.locator('[data-why="review"]')).to_contain_text("Une autre personne")
    await nadia.keyboard.press("Escape")
    await open_case(desk, mourad, reference)
    await mourad.locator('[data-act="review"]').click()
    await done(mourad.locator('[data-form="review"]'))
    await expect(mourad.locator("[data-phase]")).to_have_text("Leçons à tirer")


async def test_the_books_are_read_and_taken_along(desk: Desk, browser: Browser, tmp_path: Path) -> None:
    reference = await desk.complains("+213555000303", "Amel Haddad")
    async with signed_in(desk, browser, "nadia") as page:
        await open_case(desk, page, reference)
        await sound(page)
        await page.locator("[data-customer] a", has_text="Preuve").click()
        await expect(page.locator("[data-proof=met]").first).to_contain_text("dans les délais")
        await sound(page)
        await page.goto(f"{desk.url}/console/complaints/register?period=year")
        await expect(page.locator("[data-register]")).to_contain_text(reference)
        await sound(page)
        async with page.expect_download(timeout=WAIT) as coming:
            await page.locator("[data-export=csv]").click()
        kept = tmp_path / "register.csv"
        await (await coming.value).save_as(kept)
        assert reference in kept.read_text(encoding="utf-8-sig")
        await page.goto(f"{desk.url}/console/complaints")
        await page.locator("[data-open]").click()
        form = page.locator("[data-form=open]")
        await form.locator("[data-do]").click()
        await expect(form.locator("[role=alert]")).to_contain_text("Écrivez ce que dit le client")
        await form.locator("textarea").first.fill("Facture réglée deux fois")
        await form.get_by_label("Nom du client").fill("Samia Cherif")
        await form.locator("[data-do]").click()
        await expect(page.locator(".case-title")).to_contain_text("Samia Cherif")


async def test_the_desk_is_whole_in_arabic_on_a_phone(desk: Desk, browser: Browser) -> None:
    reference = await desk.complains("+213555000304", EVIL)
    async with signed_in(desk, browser, "mourad", view=PHONE, language="ar") as page:
        await page.evaluate("document.querySelector('.side-row [lang=ar]').click()")
        await expect(page.locator("html")).to_have_attribute("dir", "rtl")
        for path in ("", f"/{reference}", f"/{reference}/ledger", "/register", "/prevention"):
            await page.goto(f"{desk.url}/console/complaints{path}")
            await expect(page.locator("h1")).to_be_visible()
            await sound(page)
        assert "taken" not in await page.title()


async def test_a_marketer_is_refused_every_page_of_the_desk(desk: Desk, browser: Browser) -> None:
    async with signed_in(desk, browser, "lydia") as page:
        assert await page.locator('[href="/console/complaints"]').count() == 0
        for path in ("", "/register", "/prevention", "/RC-2026-000001", "/RC-2026-000001/ledger"):
            answer = await page.goto(f"{desk.url}/console/complaints{path}")
            assert answer is not None and answer.status == 403, path
