"""Rules, texts, the audit log and the second factor's picture in a real browser, as a day of their users."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pyotp
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from bot.console.account.drawing import qr_svg
from bot.console.sign_in import provisioning_uri
from tests.e2e.browser import DESKTOP, PHONE, open_browser
from tests.e2e.test_console_browser import ADMIN, AGENT, PASSWORD, Program, _answers, enter, opened
from tests.loopback import free_port

pytestmark = pytest.mark.xdist_group("content in the browser")  # one program for all of them

MARKETER = "salma@briqueterie-atlas.example"
EVIL = "<img src=x onerror=\"document.title='taken'\">"
WRONG = "---\npurpose: bulk\nsubject: عيد سعيد\n---\nعيد ميلاد سعيد {{ nmae|isolate }}. STOP\n"
RIGHT = WRONG.replace("nmae", "name")
HOSTILE = f"---\npurpose: bulk\nsubject: A\n---\nBonjour {EVIL} {{{{ name }}}}. STOP\n"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    data, port = tmp_path_factory.mktemp("content"), free_port()
    log = (data / "log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "demo", "--port", str(port), "--data", str(data)],
        stdout=log,
        stderr=log,
    )
    started = Program(url=f"http://127.0.0.1:{port}", data=data)
    try:
        asyncio.run(_answers(started.url))
        for email, name, role in ((MARKETER, f"Salma {EVIL}", "marketer"), (AGENT, "Nadia", "agent")):
            words = ("user", "add", email, "--name", name, "--role", role, "--stdin")
            started.relais(*words, typed=f"{PASSWORD}\n")
        _customers(started)
        yield started
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        log.close()


def _customers(program: Program) -> None:
    """Two with a birthday soon, of whom one bought something; the other's name is an attack."""
    token = (program.data / "api-token").read_text(encoding="utf-8").strip()
    today = datetime.now(UTC)
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{program.url}/api/v1", headers=headers, timeout=60) as api:
        for number, (name, language) in enumerate((("ليلى حداد", "ar"), (EVIL, "fr"))):
            birthday = (today + timedelta(days=5 + number)).strftime("%m-%d")
            phone = f"+21355000090{number}"
            body = {"name": name, "language": language, "birthday": birthday}
            reached = {"addresses": [{"channel": "sms", "value": phone}]}
            made = api.post("/contacts", json=body | reached)
            assert made.status_code == 201, made.text
            if number == 0:
                bought = {"contact_id": made.json()["id"], "product": "B12", "amount": "1000"}
                api.post("/purchases", json=bought | {"at": today.isoformat()}).raise_for_status()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as found:
        yield found


async def show(page: Page, program: Program, path: str) -> None:
    await page.goto(f"{program.url}/console{path}")
    await expect(page.locator(".main .page h1, .main .page .empty").first).to_be_visible()


async def check_looks(page: Page) -> None:
    """No serious finding of axe, and nothing scrolls sideways."""
    fading = {"exclude": [[".q-notification"]]}  # its colours are on their way
    found = (await Axe().run(page, context=fading)).response["violations"]
    serious = [
        (each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")
    ]
    assert serious == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def content_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8-sig")


async def write(page: Page, text: str) -> None:
    await page.locator(".tpl-editor textarea").fill(text)


async def test_a_marketer_looks_ahead_and_switches_a_rule_on_and_off(
    program: Program, browser: Browser
) -> None:
    async with opened(browser, DESKTOP, "fr") as (page, faults):
        await enter(page, program, MARKETER)
        await page.keyboard.press("g")
        await page.keyboard.press("r")
        row = page.locator('[data-rule="birthday"]')
        await expect(row).to_contain_text("Chaque année, à l’anniversaire")
        await check_looks(page)
        await row.get_by_role("link").first.click()
        await expect(page.locator("h1")).to_have_text("Anniversaire")
        await page.locator("[data-ahead] button").click()
        await expect(page.locator("[data-would-send]")).to_have_text("1 message partirait (SMS 1)")
        ahead = page.locator("[data-ahead]")
        await expect(ahead).to_contain_text("jamais écrit ni rien acheté")
        await expect(ahead).to_contain_text(EVIL)
        await expect(ahead.locator('.seen-bubble[dir="rtl"]')).to_contain_text("عيد ميلاد سعيدا")
        await check_looks(page)
        # Switched on with what follows before one's eyes, off with what waits.
        await page.get_by_role("button", name="Activer…").click()
        dialog = page.locator("[role=alertdialog]")
        await expect(dialog).to_contain_text("1 message partirait")
        await expect(dialog).to_contain_text("rien de ce qui était dû avant ne part")
        await dialog.get_by_role("button", name="Activer").click()
        await expect(page.locator(".page-head .tag")).to_have_text("Active")
        await page.get_by_role("button", name="Arrêter…").click()
        await expect(page.locator("[role=alertdialog]")).to_contain_text("en attente")
        await page.locator("[role=alertdialog]").get_by_role("button", name="Arrêter").click()
        await expect(page.locator(".page-head .tag")).to_have_text("Arrêtée")
        assert "taken" not in await page.title()
        assert faults == []


async def test_an_arabic_text_is_refused_with_its_place_then_kept_spoken_and_taken_back(
    program: Program, browser: Browser
) -> None:
    own = program.data / "content" / "outreach" / "birthday" / "ar.j2"
    async with opened(browser, DESKTOP, "fr") as (page, faults):
        await enter(page, program, MARKETER)
        await show(page, program, "/templates/outreach.birthday?text=ar")
        await write(page, WRONG)
        fault = page.locator(".tpl-fault")
        await expect(fault).to_contain_text("Ligne 5")
        await expect(fault).to_contain_text("vouliez-vous écrire « name »")
        await page.get_by_role("button", name="Enregistrer").click()
        await expect(page.locator(".q-notification", has_text="Non enregistré")).to_be_visible()
        assert not own.exists()
        assert await page.locator(".tpl-editor textarea").input_value() == WRONG  # what was typed is kept
        await write(page, RIGHT)
        await expect(page.locator("[data-faults]")).to_contain_text("Aucun défaut")
        bubble = page.locator("[data-preview] .seen-bubble")
        await expect(bubble).to_have_attribute("dir", "rtl")
        await page.get_by_label("Prénom").fill(EVIL)
        await expect(bubble).to_contain_text("<img src=x")
        await page.get_by_label("Prénom").fill("ليلى")
        await expect(bubble).to_contain_text("عيد ميلاد سعيد \u2068ليلى\u2069")
        await page.locator("[data-see=sms]").click()
        await expect(page.locator("[data-preview] .hint")).to_contain_text("UCS-2")
        await page.locator("[data-see=email]").click()
        await expect(page.locator("[data-preview] .seen-subject")).to_have_text("عيد سعيد")
        await check_looks(page)
        await page.get_by_role("button", name="Enregistrer").click()
        await expect(page.locator("[data-diff]")).to_contain_text("+عيد ميلاد سعيد")
        assert own.read_text(encoding="utf-8") == RIGHT
        await check_looks(page)
        # It is spoken at once, here in the rule's own page.
        await show(page, program, "/rules/birthday")
        await expect(page.locator('.seen-bubble[dir="rtl"]').first).to_contain_text("STOP")
        await expect(page.locator('.seen-bubble[dir="rtl"]').first).not_to_contain_text("فريقنا")
        await show(page, program, "/templates/outreach.birthday?text=ar")
        await page.get_by_role("button", name="Revenir au texte d’origine").click()
        await page.locator("[role=alertdialog]").get_by_role("button", name="Revenir").click()
        await expect(page.locator("[data-preview]")).to_contain_text("فريقنا")
        assert not own.exists()
        assert faults == []


async def test_a_script_in_a_text_is_shown_as_text_and_no_name_leads_out_of_the_folder(
    program: Program, browser: Browser
) -> None:
    async with opened(browser, PHONE, "fr") as (page, faults):
        await enter(page, program, MARKETER)
        await show(page, program, "/templates/campaign.essai?text=fr")
        await write(page, HOSTILE)
        await expect(page.locator("[data-preview] .seen-bubble")).to_contain_text("<img src=x")
        await page.get_by_role("button", name="Enregistrer").click()
        await expect(page.locator("[data-faults]")).to_contain_text("Aucun défaut")
        await expect(page.locator(".tpl-two")).to_contain_text("Votre propre texte")
        assert "taken" not in await page.title()
        await check_looks(page)
        for path in (
            "/templates/..%2F..%2Fetc",
            "/templates/faq.company",
            "/templates/outreach.birthday?text=xx",
        ):
            await show(page, program, path)
            await expect(page.locator(".tpl-editor")).to_have_count(0)
        assert faults == [] or all("404" in fault for fault in faults)


async def test_what_was_done_is_found_in_the_audit_and_others_are_refused(
    program: Program, browser: Browser
) -> None:
    async with opened(browser, DESKTOP, "fr") as (page, _):
        await enter(page, program, AGENT)
        for path in ("/rules", "/rules/birthday", "/templates", "/templates/outreach.birthday", "/audit"):
            answer = await page.goto(f"{program.url}/console{path}")
            assert answer is not None and answer.status == 403, path
    async with opened(browser, DESKTOP, "fr") as (page, _):
        await enter(page, program, MARKETER)
        answer = await page.goto(f"{program.url}/console/audit")
        assert answer is not None and answer.status == 403
    async with opened(browser, DESKTOP, "fr") as (page, faults):
        await enter(page, program, ADMIN, program.password)
        await page.keyboard.press("g")
        await page.keyboard.press("u")
        await expect(page.locator("h1")).to_have_text("Audit")
        for action in ("rule_on", "rule_off", "template_saved", "template_restored"):
            row = page.locator(f'[data-action="{action}"]').last
            await expect(row).to_contain_text(f"Salma {EVIL}")
        await expect(page.locator('[data-action="rule_on"]')).to_contain_text("a activé une règle")
        assert "taken" not in await page.title()
        await check_looks(page)
        await show(page, program, "/audit?what=rule_on")
        await expect(page.locator("[data-action]")).to_have_count(1)
        async with page.expect_download() as taking:
            await page.get_by_role("button", name="Exporter").click()
        taken = content_of(await (await taking.value).path())
        assert "a activé une règle" in taken and taken.count("\r\n") == 2
        await show(page, program, "/audit?from=hier")
        await expect(page.locator("[data-action]").first).to_be_visible()
        assert faults == []
    async with opened(browser, PHONE, "ar") as (page, _):
        await enter(page, program, ADMIN, program.password)
        await page.locator(".menu-button").click()
        await page.locator(".side-row [lang=ar]").click()
        await expect(page.locator("html")).to_have_attribute("dir", "rtl")
        for path in (
            "/audit",
            "/rules",
            "/rules/birthday",
            "/templates",
            "/templates/outreach.birthday?text=ar.sms",
        ):
            await show(page, program, path)
            await check_looks(page)


async def test_the_second_factor_is_scanned_confirmed_and_asked_for(
    program: Program, browser: Browser
) -> None:
    async with opened(browser, PHONE, "fr") as (page, faults):
        await enter(page, program)
        await show(page, program, "/account")
        await page.get_by_role("button", name="Activer").click()
        picture = page.locator("svg.qr")
        await expect(picture).to_be_visible()
        secret = (await page.locator("code.key").inner_text()).replace(" ", "")
        address = provisioning_uri(secret, AGENT, "Briqueterie Atlas")
        assert await page.get_by_role("link", name="Ouvrir dans").get_attribute("href") == address
        drawn = await picture.locator("path").nth(1).get_attribute("d")
        assert drawn and drawn in qr_svg(address, "")  # module by module what the standard's encoder draws
        await check_looks(page)
        await page.get_by_label("Code à 6 chiffres").fill("000000")
        await page.get_by_role("button", name="Activer").click()
        await expect(page.locator(".q-notification")).to_be_visible()
        await page.get_by_label("Code à 6 chiffres").fill(pyotp.TOTP(secret).now())
        await page.get_by_role("button", name="Activer").click()
        await expect(page.locator(".codes code")).to_have_count(10)
        assert faults == []
