"""A marketer's morning in a real browser: a dirty file, an opt-out, a segment; and who is refused."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.e2e.browser import open_browser
from tests.e2e.test_console_browser import AGENT, AGENT_NAME, PASSWORD, Program, _answers, enter, opened
from tests.loopback import free_port

pytestmark = pytest.mark.xdist_group("contacts in the browser")  # one program for all of them

MARKETER = "samia@briqueterie-atlas.example"
MANAGER = "nora@briqueterie-atlas.example"
EVIL = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>{{7*7}}'
FILE = "<b onclick=x>clients<b>.csv"
DESK: ViewportSize = {"width": 1360, "height": 850}
PHONE: ViewportSize = {"width": 390, "height": 844}
ROWS = [
    'Réf;Nom complet;Contact tél;Ville;Offres;"<script>window.hacked=1</script>"',
    "A1;BENALI Karim;0550 11 22 33;Béjaïa;non;x",
    "A2;أمينة مزيان;0661 22 33 44;سطيف;oui;y",
    "A3;Yacine Haddad;2.13E+11;Alger;;z",
    'A4;"<img src=x onerror=""window.hacked=1"">";0770 44 55 66;Alger;;' + "mot" * 200,
    "A5;Sofiane Cherif;pas de numéro;Alger;;",
]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    data, port = tmp_path_factory.mktemp("contacts"), free_port()
    log = (data / "log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "demo", "--port", str(port), "--data", str(data)],
        stdout=log,
        stderr=log,
    )
    started = Program(url=f"http://127.0.0.1:{port}", data=data)
    try:
        asyncio.run(_answers(started.url))
        for email, name, role in (
            (MARKETER, "Samia Rahmani", "marketer"),
            (MANAGER, "Nora Mansouri", "manager"),
            (AGENT, AGENT_NAME, "agent"),
        ):
            words = ("user", "add", email, "--name", name, "--role", role, "--stdin")
            started.relais(*words, typed=f"{PASSWORD}\n")
        yield started
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        log.close()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as found:
        yield found


async def bring_in(page: Page, program: Program, folder: Path) -> None:
    """The file, up to what would come of it."""
    path = folder / FILE
    path.write_text("\n".join(ROWS), encoding="utf-8")
    await page.goto(f"{program.url}/console/contacts/import")
    await page.locator("input[type=file]").set_input_files(path)
    await expect(page.locator("[data-start]")).to_be_visible()


async def sound(page: Page, *, where: str) -> None:
    """Nothing ran that stands in names, nothing scrolls sideways, nothing serious for those who can't see."""
    assert await page.evaluate("window.hacked") is None, where
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), where
    found = await Axe().run(
        page, context={"exclude": [[".q-notification"]]}
    )  # a word that goes away by itself
    grave = [
        (each["id"], [node["html"][:200] for node in each["nodes"][:2]])
        for each in found.response["violations"]
        if each["impact"] in ("serious", "critical")
    ]
    assert grave == [], where


@pytest.mark.timeout(400)
async def test_a_marketers_morning(program: Program, browser: Browser, tmp_path: Path) -> None:
    async with opened(browser, DESK, "fr") as (page, faults):  # type: ignore[arg-type]
        await enter(page, program, MARKETER)
        await page.goto(f"{program.url}/console/contacts")
        await expect(page.locator(".empty")).to_contain_text("Importez un fichier")
        await _a_dirty_file_goes_in(page, program, tmp_path)
        await _a_contact_is_found_and_opts_out(page, program)
        await _a_segment_is_made_by_form(page, program)
        assert faults == []


async def _a_dirty_file_goes_in(page: Page, program: Program, folder: Path) -> None:
    await bring_in(page, program, folder)
    await expect(page.locator("h2").first).to_have_text(FILE)
    await expect(page.locator("[data-read-as]")).to_contain_text("UTF-8")
    outcome = page.locator("[data-outcome]")
    await expect(outcome).to_contain_text("nouveaux")
    await expect(page.locator(".ct-preview").nth(1)).to_contain_text("أمينة مزيان")
    await sound(page, where="columns")
    # “Réf” was guessed wrongly or not at all: it is the customer number. “Ville” is what a zone is.
    await page.locator('[data-column="Réf"]').select_option("external_id")
    await expect(page.locator(".ct-column-row").first).to_contain_text("Votre choix")
    await expect(page.locator(".ct-preview").first).to_contain_text("A1")
    kinds = page.locator(".ct-kind summary")
    await expect(kinds.filter(has_text="tableur a raccourci")).to_be_visible()
    await kinds.filter(has_text="n'est pas un numéro").click()
    await expect(page.locator(".ct-kind[open] .ct-line")).to_have_text("Ligne 6")
    await page.reload()  # the file itself is kept
    await expect(page.locator("[data-start]")).to_be_visible()
    await page.locator('[data-column="Réf"]').select_option("external_id")
    await expect(page.locator(".ct-preview").first).to_contain_text("A1")
    await page.locator("[data-start]").click()
    sure = page.locator("[role=alertdialog]")
    await expect(sure).to_contain_text("5 lignes : 5 nouveaux")
    await sure.locator(".button-main").click()
    await expect(page.locator("[data-status=done]")).to_be_visible()
    await expect(page.locator(".ct-counts")).to_contain_text("5")
    await expect(page.locator(".ct-fault", has_text="Ligne 4")).to_contain_text("format Texte")
    async with page.expect_download() as download:
        await page.locator("[data-download]").click()
    path = Path(await (await download.value).path())
    report = await asyncio.to_thread(path.read_text, encoding="utf-8-sig")
    assert "2.13E+11" in report
    assert "Yacine" in report
    await sound(page, where="import")
    await page.goto(f"{program.url}/console/contacts/import")
    await expect(page.locator(".ct-row", has_text=FILE)).to_contain_text("Terminé")


async def _a_contact_is_found_and_opts_out(page: Page, program: Program) -> None:
    await page.keyboard.press("g")
    await page.keyboard.press("p")
    rows = page.locator(".ct-row")
    await expect(rows).to_have_count(5)
    await expect(page.locator(".ct-foot")).to_contain_text("5 contacts")
    await sound(page, where="list")
    await page.keyboard.press("/")
    await page.keyboard.type("0661 22 33 44")
    await expect(rows).to_have_count(1)
    assert "q=0661" in page.url
    await rows.first.click()
    await expect(page.locator("h1")).to_have_text("أمينة مزيان")
    await expect(page.locator(".ct-facts").first).to_contain_text("A2")
    await page.locator("[data-record]").click()
    dialog = page.locator(".dialog")
    await page.locator("[data-keep]").click()
    await expect(dialog.locator(".notice-bad")).to_contain_text("preuve")
    await dialog.locator("textarea").fill(f"Plus de promotions {EVIL}")
    await page.locator("[data-keep]").click()
    await expect(page.locator(".ct-grid .tag-bad")).to_have_count(2)  # by SMS, and on any other channel
    await page.locator(".ct-history summary").click()
    await expect(page.locator(".ct-quote")).to_contain_text("<script>")
    await page.locator("[data-edit]").click()
    await page.locator("[data-field=birthday]").fill("45/13/1990")
    await page.locator("[data-field=organisation]").fill(f"Travaux {EVIL}")
    await page.locator("[data-save]").click()
    await expect(page.locator(".ct-wrong:visible")).to_contain_text("45/13/1990")
    await sound(page, where="form of a contact")
    await page.locator("[data-field=birthday]").fill("05/03/1985")
    await page.locator("[data-save]").click()
    await expect(page.locator(".ct-facts").first).to_contain_text("5 mars 1985")
    await expect(page.locator(".ct-facts").first).to_contain_text("Travaux <img")
    assert await page.locator("[data-erase], .button-danger").count() == 0  # that is a manager's
    await sound(page, where="contact")
    await page.go_back()
    await expect(page.locator("[data-search] input")).to_have_value("0661 22 33 44")


async def _a_segment_is_made_by_form(page: Page, program: Program) -> None:
    await page.goto(f"{program.url}/console/segments/new")
    await page.locator("[data-add='1']").click()
    line = page.locator(".sg-line")
    await line.locator("select").first.select_option("zone")
    await expect(line.locator("[role=alert]:visible")).to_contain_text("valeur")
    value = line.locator("input:not([type=checkbox])")  # of the line drawn anew
    await value.fill("Alger; سطيف")
    await value.press("Tab")
    text = page.locator(".sg textarea")
    await expect(text).to_have_value('zone parmi ("Alger", "سطيف")')
    await expect(page.locator(".sg-words")).to_contain_text("la zone est « Alger »")
    await text.fill('zone parmi ("Alger", "سطيف") et achat < 3 x')
    await expect(page.locator(".sg-place mark")).to_have_text("x")
    await text.fill('zone parmi ("Alger", "سطيف") et achats < 3')
    await expect(line).to_have_count(2)
    await page.locator("[data-preview]").click()
    await expect(page.locator("[data-count]")).to_have_text("4 contacts")
    await expect(page.locator("[data-door=sms]")).to_contain_text("1 refusent")
    await page.locator(".sg-member summary").first.click()
    await expect(page.locator(".sg-reason").first).to_be_visible()
    await sound(page, where="segment")
    await page.get_by_label("Nom du segment").fill(f"Alger et Sétif {EVIL[:40]}")
    await page.locator("[data-save]").click()
    await expect(page).to_have_url(re.compile(r"/segments/[0-9a-f]{32}$"))
    await page.goto(f"{program.url}/console/segments")
    await expect(page.locator(".ct-row")).to_contain_text("4 contacts")
    await sound(page, where="segments")


@pytest.mark.timeout(200)
async def test_an_agent_may_look_at_contacts_and_is_refused_files_and_segments(
    program: Program, browser: Browser
) -> None:
    async with opened(browser, DESK, "fr") as (page, _):  # type: ignore[arg-type]
        await enter(page, program)
        for path in ("contacts/import", "contacts/import/x", "segments", "segments/new", "segments/x"):
            answer = await page.goto(f"{program.url}/console/{path}")
            assert answer is not None
            assert answer.status == 403, path
        await page.goto(f"{program.url}/console/contacts")
        await expect(page.locator("h1")).to_have_text("Contacts")
        assert await page.locator('[href="/console/contacts/import"]').count() == 0
        await page.evaluate("emitEvent('sub_pages_navigate', '/contacts/import')")  # inside of the open page
        await expect(page.locator(".main .empty")).to_be_visible()
        assert await page.locator("[data-drop]").count() == 0


@pytest.mark.timeout(300)
async def test_arabic_on_a_phone_and_a_person_forgotten_with_proof(
    program: Program, browser: Browser, tmp_path: Path
) -> None:
    async with opened(browser, PHONE, "ar") as (page, faults):  # type: ignore[arg-type]
        await enter(page, program, MANAGER)
        await page.locator(".side-row [lang=ar]").dispatch_event("click")
        await expect(page.locator("html")).to_have_attribute("dir", "rtl")
        await bring_in(page, program, tmp_path)
        await sound(page, where="columns, Arabic")
        await page.goto(f"{program.url}/console/segments/new")
        await page.locator(".ct-tags .button").nth(1).click()
        await expect(page.locator(".sg-line")).to_have_count(2)
        await sound(page, where="segment, Arabic")
        await page.goto(f"{program.url}/console/contacts")
        await page.get_by_role("button", name="إضافة جهة اتصال").click()
        dialog = page.locator(".dialog")
        await dialog.locator("input").nth(0).fill("نورة")
        await dialog.locator("input").nth(1).fill("abc")
        await dialog.locator(".button-main").click()
        await expect(dialog.locator(".notice-bad")).to_contain_text("abc")
        await dialog.locator("input").nth(1).fill("0555 99 88 77")
        await dialog.locator(".button-main").click()
        await expect(page.locator("h1")).to_have_text("نورة")
        await sound(page, where="contact, Arabic")
        await page.locator(".page-acts .button").first.click()
        await page.locator(".dialog input").fill("طلب يوم 5 مارس")
        async with page.expect_download() as download:
            await page.locator("[data-export]").click()
        assert (await download.value).suggested_filename.endswith(".zip")
        await page.locator(".button-danger").click()
        forget = page.locator("[role=alertdialog]")
        await forget.locator("input:not([type=checkbox])").fill("طلب")
        await page.locator("[data-erase]").click()
        await expect(forget.locator(".notice-bad")).to_be_visible()  # not agreed to yet
        await page.locator("[data-sure]").check()
        await page.locator("[data-erase]").click()
        await expect(page.locator(".dialog .ct-facts")).to_contain_text("الدليل")
        await page.locator(".dialog .button-main").click()
        await expect(page.locator(".page h1")).to_have_text("جهات الاتصال")
        await expect(page.locator(".ct-row", has_text="نورة")).to_have_count(0)
        assert faults == []
