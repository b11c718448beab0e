"""The pieces that pages are made of, so that all of them look and behave alike. Imports NiceGUI: for pages only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import iscoroutine
from typing import Literal

from nicegui import ui
from nicegui.element import Element

from bot.console.icons import svg
from bot.console.visit import Visit

Kind = Literal["plain", "main", "danger", "quiet"]
Tone = Literal["", "good", "bad", "warn", "info"]
Handler = Callable[[], Awaitable[None] | None]


def text(words: str, tag: str = "span", kind: str = "") -> Element:
    """Words in an element of one's own choice; never read as HTML."""
    made = ui.element(tag).classes(kind)
    with made:
        ui.label(words).classes("inline")
    return made


def heading(title: str, lead: str = "") -> Element:
    """The head of a page; what is built inside the returned element stands at its end."""
    with ui.element("header").classes("page-head"):
        with ui.element("div").classes("page-title"):
            text(title, "h1")
            if lead:
                ui.label(lead).classes("hint")
        return ui.element("div").classes("page-acts")


def section(title: str, lead: str = "") -> Element:
    """A card with a title."""
    card = ui.element("section").classes("panel")
    with card:
        text(title, "h2")
        if lead:
            ui.label(lead).classes("hint")
    return card


def field(label: str, props: str = "") -> ui.input:
    """A labelled line of text; `props` of its input, such as "type=search dir=auto maxlength=64"."""
    with ui.element("label").classes("field"):
        text(label)
        made = ui.input().props(f"outlined dense {props}")
        made.props["aria-label"] = label
        return made


def icon(name: str) -> Element:
    return ui.html(svg(name), sanitize=False).classes("icon-box")


def button(words: str, do: Handler, *, kind: Kind = "plain", picture: str = "") -> Element:
    """A real button. While `do` works it can't be pressed again."""
    made = ui.element("button").classes(f"button button-{kind}").props("type=button")
    with made:
        if picture:
            icon(picture)
        ui.label(words)

    async def press() -> None:
        made.props("disabled")
        try:
            result = do()
            if iscoroutine(result):  # what else is given back may be a dialog, which awaited would open again
                await result
        finally:
            if not made.is_deleted:
                made.props(remove="disabled")

    made.on("click", press)
    return made


def tag(words: str, tone: Tone = "") -> Element:
    """A small label: a state, a count."""
    return ui.label(words).classes(f"tag tag-{tone}" if tone else "tag")


def empty(words: str, picture: str = "check") -> None:
    """Says that there is nothing, kindly."""
    with ui.element("div").classes("empty"):
        icon(picture)
        ui.label(words)


def say(words: str, tone: Tone = "good") -> None:
    """A word that goes away by itself."""
    types = {"good": "positive", "bad": "negative", "warn": "warning", "info": "info", "": "info"}
    ui.notify(words, type=types[tone], position="bottom", progress=False)  # type: ignore[arg-type]


async def again() -> None:
    """Build the open page anew, after its user changed what it shows. Say what was done before."""
    await ui.context.client.sub_pages_router.refresh()


async def confirm(visit: Visit, title: str, lead: str, act: str, *, kind: Kind = "main") -> bool:
    """Ask before something that can't be taken back. Escape and the outside mean no."""
    with ui.dialog() as dialog, ui.element("div").classes("dialog").props("role=alertdialog"):
        text(title, "h2")
        ui.label(lead)
        with ui.element("div").classes("dialog-acts"):
            button(visit.t("shell.cancel"), lambda: dialog.submit(False))
            button(act, lambda: dialog.submit(True), kind=kind)
    try:
        return bool(await dialog)
    finally:
        dialog.delete()
