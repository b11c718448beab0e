"""What a person may ask for: everything that is kept about them, and to be forgotten; both with their proof."""

from __future__ import annotations

import tempfile
from pathlib import Path

from nicegui import ui
from nicegui.element import Element

from bot.console import Visit, kit
from bot.console.contacts.wording import TAKE_OUT
from bot.erasure import Erased, certificate
from bot.paper import NoFont, find_fonts
from bot.paper import to_pdf as printed
from bot.store.changes import NotFound, NotPossible
from bot.store.obstacles import Obstacle
from channels.text import clean_text

_LEAST_REASON = 3
_MOST_REASON = 500


def export_dialog(visit: Visit, contact_id: str) -> None:
    with ui.dialog() as dialog, ui.element("div").classes("dialog").props("role=dialog aria-modal=true"):
        dialog.on("hide", dialog.delete)
        kit.text(visit.t("contacts.export.title"), "h2")
        ui.label(visit.t("contacts.export.lead"))
        reason = kit.field(visit.t("contacts.reason"), f"dir=auto maxlength={_MOST_REASON}")
        ui.label(visit.t("contacts.reason_hint")).classes("hint")
        wrong = _wrong()

        async def make() -> None:
            why = clean_text(reason.value or "").strip()
            if not visit.may(*TAKE_OUT):
                _tell(wrong, visit.t("shell.not_allowed"))
                return
            if len(why) < _LEAST_REASON:
                _tell(wrong, visit.t("contacts.reason_missing"))
                return
            with tempfile.TemporaryDirectory(prefix="relais-export-") as folder:
                target = Path(folder) / "contact.zip"
                try:
                    done = await visit.services.behind.person_export.write(
                        contact_id, target, actor=visit.user.agent_id, reason=why
                    )
                except NotFound:
                    _tell(wrong, visit.t("contacts.gone"))
                    return
                data = target.read_bytes()
            ui.download.content(data, f"contact-{contact_id}.zip", "application/zip")
            dialog.close()
            kit.say(visit.t("contacts.export.done", rows=sum(done.counts.values()), files=done.files))

        with ui.element("div").classes("dialog-acts"):
            kit.button(visit.t("shell.cancel"), dialog.close)
            kit.button(visit.t("contacts.export.do"), make, kind="main").props("data-export")
    dialog.open()


async def erase_dialog(visit: Visit, contact_id: str, name: str) -> None:
    """First what would go and what stands in the way, then the act."""
    erasure = visit.services.behind.erasure
    try:
        found = await erasure.preview(contact_id)
    except NotFound:
        kit.say(visit.t("contacts.gone"), "bad")
        return
    place = ui.context.slot.parent  # the proof stays when this dialog has gone
    with ui.dialog() as dialog, ui.element("div").classes("dialog").props("role=alertdialog"):
        dialog.on("hide", dialog.delete)
        kit.text(visit.t("contacts.erase.title", name=name or visit.t("contacts.nameless")), "h2").props(
            "dir=auto"
        )
        ui.label(visit.t("contacts.erase.lead"))
        with ui.element("ul").classes("ct-goes"):
            for key, number in (
                ("conversations", found.conversations),
                ("messages", found.messages),
                ("cases", len(found.cases)),
                ("files", found.files),
                ("joined", found.joined),
                ("mentions", found.mentions),
            ):
                if number:
                    kit.text(visit.count(f"contacts.erase.goes.{key}", number), "li")
        if found.in_the_way:
            with ui.element("div").classes("notice notice-warn"):
                ui.label(visit.t("contacts.erase.first"))
                for obstacle in found.in_the_way:
                    ui.label(_obstacle(visit, obstacle))
            with ui.element("div").classes("dialog-acts"):
                kit.button(visit.t("shell.close"), dialog.close)
        else:
            _erase_form(visit, contact_id, dialog, place)
    dialog.open()


def _erase_form(visit: Visit, contact_id: str, dialog: ui.dialog, place: Element) -> None:
    reason = kit.field(visit.t("contacts.reason"), f"dir=auto maxlength={_MOST_REASON}")
    ui.label(visit.t("contacts.erase.reason_hint")).classes("hint")
    with ui.element("label").classes("ct-sure"):
        sure = ui.element("input").props("type=checkbox data-sure")
        kit.text(visit.t("contacts.erase.sure"))
    agreed: list[bool] = [False]
    sure.on(
        "change",
        lambda event: agreed.__setitem__(0, bool(event.args)),
        js_handler="(event) => emit(event.target.checked)",
    )
    wrong = _wrong()

    async def erase() -> None:
        why = clean_text(reason.value or "").strip()
        if not visit.may(*TAKE_OUT):
            _tell(wrong, visit.t("shell.not_allowed"))
        elif len(why) < _LEAST_REASON:
            _tell(wrong, visit.t("contacts.reason_missing"))
        elif not agreed[0]:
            _tell(wrong, visit.t("contacts.erase.not_sure"))
        else:
            try:
                done = await visit.services.behind.erasure.erase(
                    contact_id, actor=visit.user.agent_id, reason=why
                )
            except NotFound:
                _tell(wrong, visit.t("contacts.gone"))
            except NotPossible:
                _tell(wrong, visit.t("contacts.erase.meanwhile"))
            else:
                with place:
                    _certificate(visit, done)
                dialog.close()

    with ui.element("div").classes("dialog-acts"):
        kit.button(visit.t("shell.cancel"), dialog.close)
        kit.button(visit.t("contacts.erase.do"), erase, kind="danger").props("data-erase")


def _certificate(visit: Visit, done: Erased) -> None:
    """The proof stays until it is closed; it can be taken along on paper."""

    def leave() -> None:
        proof.close()
        ui.navigate.to("/contacts")

    async def paper() -> None:
        company = visit.config.company
        document = certificate(
            done,
            company=company.name,
            language=visit.language,
            country=company.country,
            zone=company.zone,
        )
        try:
            fonts = find_fonts(visit.config.documents.font, visit.config.documents.bold_font)
            data = printed(document, fonts)
        except NoFont:
            kit.say(visit.t("contacts.erase.no_font"), "bad")
            return
        ui.download.content(data, f"erasure-{done.id}.pdf", "application/pdf")

    with (
        ui.dialog().props("persistent") as proof,
        ui.element("div").classes("dialog").props("role=dialog aria-modal=true"),
    ):
        kit.text(visit.t("contacts.erase.done"), "h2")
        ui.label(visit.t("contacts.erase.done_lead"))
        with ui.element("dl").classes("ct-facts"):
            for key, value in (
                ("proof", done.id),
                ("at", f"{visit.day(done.at)} {visit.time(done.at)}"),
                ("rows", str(sum(done.counts.values()))),
                ("head", f"{done.head.seq}:{done.head.hash[:16]}…"),
            ):
                with ui.element("div"):
                    kit.text(visit.t(f"contacts.erase.{key}"), "dt", "hint")
                    kit.text(value, "dd", "mono ct-clip").props("dir=ltr")
        with ui.element("div").classes("dialog-acts"):
            kit.button(visit.t("contacts.erase.paper"), paper, picture="file")
            kit.button(visit.t("shell.close"), leave, kind="main")
    proof.open()


def _obstacle(visit: Visit, obstacle: Obstacle) -> str:
    key = f"contacts.erase.obstacles.{obstacle.code}"
    if obstacle.code == "open_case":
        return visit.t(key, **obstacle.detail)
    return visit.count(key, int(obstacle.detail.get("n", 0)))


def _wrong() -> ui.label:
    made = ui.label("").classes("notice notice-bad").props("role=alert")
    made.set_visibility(False)
    return made


def _tell(wrong: ui.label, words: str) -> None:
    wrong.set_text(words)
    wrong.set_visibility(True)
