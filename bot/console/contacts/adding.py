"""A contact added by hand: somebody who telephoned, wrote a letter, or stood in the shop."""

from __future__ import annotations

from nicegui import ui

from bot.console import Visit, kit
from bot.console.contacts.changing import add, read_address, read_form
from bot.console.contacts.finding import CHANNELS
from bot.console.contacts.wording import CHANGE, channel_named, named
from bot.console.pick import pick
from bot.contacts_data.editing import EditRefused
from bot.contacts_data.faults import say
from bot.contacts_data.unreadable import Unreadable

_SOURCES = ("phone", "shop", "fair", "post", "form")


def add_dialog(visit: Visit) -> None:
    chosen = {"channel": "sms", "language": "", "source": "phone"}
    with ui.dialog() as dialog, ui.element("div").classes("dialog").props("role=dialog aria-modal=true"):
        dialog.on("hide", dialog.delete)
        kit.text(visit.t("contacts.add.title"), "h2")
        name = kit.field(visit.t("contacts.facts.name"), "dir=auto maxlength=200 autofocus")
        pick(
            visit.t("contacts.add.channel"),
            {each: channel_named(visit, each) for each in CHANNELS if each != "webchat"},
            chosen["channel"],
            lambda value: chosen.update(channel=value),
        )
        address = kit.field(visit.t("contacts.add.address"), "dir=auto maxlength=255")
        pick(
            visit.t("contacts.facts.language"),
            {"": visit.t("contacts.unknown")}
            | {each: named(visit, "languages", each) for each in ("fr", "ar", "en")},
            "",
            lambda value: chosen.update(language=value),
        )
        pick(
            visit.t("contacts.add.source"),
            {each: visit.t(f"contacts.sources.{each}") for each in _SOURCES},
            chosen["source"],
            lambda value: chosen.update(source=value),
        )
        wrong = ui.label("").classes("notice notice-bad").props("role=alert")
        wrong.set_visibility(False)

        def refuse(words: str) -> None:
            wrong.set_text(words)
            wrong.set_visibility(True)

        async def keep() -> None:
            if not visit.may(*CHANGE):
                refuse(visit.t("shell.not_allowed"))
                return
            customers = visit.services.behind.customers
            typed = {"name": name.value or "", "language": chosen["language"]}
            read = read_form(typed, {}, customers.ways(), visit.language)
            if read.wrong:
                refuse(" ".join(read.wrong.values()))
                return
            try:
                reached = read_address(customers, chosen["channel"], address.value or "")
                edit = customers.edit(visit.user.agent_id)
                made = await visit.store.write(
                    lambda session: add(session, read, [reached], chosen["source"], edit)
                )
            except Unreadable as error:
                refuse(say(error.code, error.detail, visit.language))
                return
            except EditRefused as error:
                refuse(visit.t(f"contacts.refused.{error.code}", value=error.detail.get("value", "")))
                return
            dialog.close()
            ui.navigate.to(f"/contacts/{made}")

        with ui.element("div").classes("dialog-acts"):
            kit.button(visit.t("shell.cancel"), dialog.close)
            kit.button(visit.t("contacts.add.do"), keep, kind="main")
    dialog.open()
