"""The pages of what the company says: every text by its purpose; one template, tried and changed."""

from __future__ import annotations

import re
from typing import Final

from nicegui import ui

from bot.console import NavEntry, Visit, kit, page
from bot.console.templates.editing import Editor
from bot.console.templates.showing import channel_in_words, language_in_words
from bot.template_desk import SHOWN_CHANNELS, Listed, Measures, NoSuchText, TemplateDesk
from bot.templating.contract import FREE_FOLDERS

ROLES: Final = ("marketer", "manager")
_FOLDERS: Final = (
    "outreach",
    "campaign",
    "reply",
    "complaint",
    "receipt",
    "appointment",
    "consent",
    "alert",
    "report",
    "console",
)
_FREE_NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,40}")


def desk_of(visit: Visit) -> TemplateDesk:
    core, outreach = visit.services.core, visit.config.outreach
    limits = {door.kind: door.capabilities.text_limit for door in core.doors.values()}
    prices = {str(channel): price for channel, price in outreach.prices.items()}
    measures = Measures(sms_segments=outreach.sms_segments, prices=prices, limits=limits)
    return TemplateDesk(core.templates, visit.config.content, measures)


def name_in_words(visit: Visit, name: str) -> str:
    """What a template is for."""
    key = f"templates.name.{name.replace('/', '.')}"
    return visit.t(key) if visit.words.has(key) else name.partition("/")[2].replace("_", " ")


def address_of(name: str) -> str:
    return f"/templates/{name.replace('/', '.')}"


@page("/templates", title="templates.title", roles=ROLES, nav=NavEntry(order=46, icon="template", key="t"))
async def templates(visit: Visit) -> None:
    """All of them, found by any of their words."""
    desk = desk_of(visit)
    listed = await desk.listed()
    own = sum(len(each.own) for each in listed)
    with kit.heading(visit.t("templates.title"), visit.count("templates.lead", len(listed), own=own)):
        if desk.writable:
            kit.button(visit.t("templates.new"), lambda: _new(visit), picture="plus")
    if not desk.writable:
        read_only(visit)
    with ui.element("div").classes("panel"), ui.element("div").props("data-search"):
        words = kit.field(visit.t("templates.search"), "type=search dir=auto")
    shown = ui.element("div").classes("rules-ahead stack")

    def show() -> None:
        shown.clear()
        asked = (words.value or "").casefold().split()
        found = [each for each in listed if _fits(visit, each, asked)]
        with shown:
            if not found:
                kit.empty(visit.t("templates.none_found"), "search")
            _groups(visit, found)

    words.on_value_change(show)
    show()


def _fits(visit: Visit, listed: Listed, asked: list[str]) -> bool:
    told = f"{listed.name} {name_in_words(visit, listed.name)}".casefold()
    return all(word in told for word in asked)


def _groups(visit: Visit, found: list[Listed]) -> None:
    known = [*_FOLDERS, *sorted({each.folder for each in found} - set(_FOLDERS))]
    for folder in known:
        some = [each for each in found if each.folder == folder]
        if not some:
            continue
        key = f"templates.folder.{folder}"
        with (
            kit.section(visit.t(key) if visit.words.has(key) else folder),
            ui.element("div").classes("rows tpl-list"),
        ):
            for each in some:
                _row(visit, each)


def _row(visit: Visit, listed: Listed) -> None:
    languages = list(dict.fromkeys(language for language, _ in listed.texts))
    channels = list(dict.fromkeys(channel for _, channel in listed.texts if channel))
    with ui.element("div").classes("row").props(f'data-template="{listed.name}"'):
        with ui.element("div").classes("row-main"):
            ui.link(name_in_words(visit, listed.name), address_of(listed.name)).classes("row-title").props(
                "dir=auto"
            )
            told = [", ".join(language_in_words(visit, each) for each in languages)]
            if channels:
                doors = ", ".join(channel_in_words(visit, each) for each in channels)
                told.append(visit.t("templates.apart_for", channels=doors))
            ui.label(" · ".join(part for part in told if part)).classes("hint")
        if listed.own:
            kit.tag(visit.count("templates.own", len(listed.own)), "info")
        for language in listed.missing:
            kit.tag(visit.t("templates.missing", language=language_in_words(visit, language)), "warn")


def read_only(visit: Visit) -> None:
    """What to write into the configuration, exactly."""
    with ui.element("div").classes("notice rules-notice").props("data-read-only"):
        ui.label(visit.t("templates.read_only"))
        kit.text("content: texts", "pre", "tpl-code").props("dir=ltr")
        ui.label(visit.t("templates.read_only_then")).classes("hint")


async def _new(visit: Visit) -> None:
    """A text of one's own for campaigns."""
    with ui.dialog() as dialog, ui.element("div").classes("dialog").props("role=dialog aria-modal=true"):
        kit.text(visit.t("templates.new"), "h2")
        ui.label(visit.t("templates.new_lead")).classes("hint")
        box = kit.field(visit.t("templates.new_name"), "dir=ltr maxlength=41")

        def go() -> None:
            name = (box.value or "").strip()
            if _FREE_NAME.fullmatch(name) is None:
                kit.say(visit.t("templates.new_wrong"), "warn")
                return
            dialog.close()
            ui.navigate.to(f"/templates/{min(FREE_FOLDERS)}.{name}")

        with ui.element("div").classes("dialog-acts"):
            kit.button(visit.t("shell.cancel"), dialog.close)
            kit.button(visit.t("templates.new_do"), go, kind="main")
    dialog.open()


@page("/templates/{name}", title="templates.title", roles=ROLES)
async def one_template(visit: Visit, name: str) -> None:
    """One text of a template: as it stands, as the customer sees it, what is wrong with it."""
    desk = desk_of(visit)
    wanted = name.replace(".", "/", 1)
    ui.link(visit.t("templates.back"), "/templates")
    try:
        listed = await desk.one(wanted)
        key = (wanted, *_chosen(visit, listed))
        text = await desk.text(key)
    except NoSuchText:
        kit.empty(visit.t("templates.no_such"), "question")
        return
    kit.heading(name_in_words(visit, wanted), wanted)
    if not desk.writable:
        read_only(visit)
    _pills(visit, listed, (key[1], key[2]))
    siblings = (
        [await desk.text((wanted, *each)) for each in _relatives(listed, key[1])] if not text.source else []
    )
    Editor(visit, desk, text, siblings=[each.source for each in siblings]).build()


def _chosen(visit: Visit, listed: Listed) -> tuple[str, str]:
    """The text that the address names, else the first."""
    language, _, channel = visit.query.get("text", "").partition(".")
    if language:
        return language, channel
    return listed.texts[0] if listed.texts else (visit.config.company.language, "")


def _relatives(listed: Listed, language: str) -> list[tuple[str, str]]:
    """The texts that a new one is begun from: the same language first."""
    return sorted(listed.texts, key=lambda each: (each[0] != language, bool(each[1])))[:3]


def _pills(visit: Visit, listed: Listed, current: tuple[str, str]) -> None:
    """Each text there is, and those that could be added."""
    languages = dict.fromkeys([*visit.config.company.languages, *(each for each, _ in listed.texts)])
    used = {channel for _, channel in listed.texts if channel}
    with ui.element("nav").classes("tpl-nav").props(f'aria-label="{visit.t("templates.texts")}"'):
        for language in languages:
            with ui.element("div").classes("pills"):
                ui.label(language_in_words(visit, language)).classes("tpl-language")
                for channel in ("", *SHOWN_CHANNELS):
                    there = (language, channel) in listed.texts
                    if not there and channel and channel not in used and (language, channel) != current:
                        continue
                    _pill(
                        visit, listed, (language, channel), there=there, chosen=(language, channel) == current
                    )
        unused = [channel for channel in SHOWN_CHANNELS if channel not in used and channel != current[1]]
        if unused:
            with ui.element("details").classes("tpl-more"):
                kit.text(visit.t("templates.more_channels"), "summary", "hint")
                with ui.element("div").classes("pills"):
                    for channel in unused:
                        _pill(visit, listed, (current[0], channel), there=False, chosen=False)


def _pill(visit: Visit, listed: Listed, text: tuple[str, str], *, there: bool, chosen: bool) -> None:
    language, channel = text
    words = channel_in_words(visit, channel)
    link = ui.link(
        words if there else f"+ {words}", f"{address_of(listed.name)}?text={language}.{channel}".rstrip(".")
    )
    link.classes("pill" if there else "pill pill-missing")
    if text in listed.own:
        link.classes("pill-own").props(f'title="{visit.t("templates.is_own")}"')
    if chosen:
        link.props("aria-current=true")
