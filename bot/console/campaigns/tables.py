"""Tables and lists that the pages of a campaign share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from nicegui import ui
from nicegui.element import Element

from bot.console import Visit, kit
from bot.console.campaigns import wording

Opener = Callable[[str], Awaitable[None]]


def figure(value: str, name: str, tone: str = "", key: str = "") -> Element:
    with ui.element("div").classes("figure") as made:
        shown = ui.label(value).classes("figure-value")
        if tone:
            shown.classes(f"is-{tone}")
        if key:
            shown.props(f"data-figure={key}")
        ui.label(name).classes("figure-name")
    return made


def table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with ui.element("div").classes("table-box").props("tabindex=0 role=region") as box:
        box.props["aria-label"] = caption
        with ui.element("table").classes("table"):
            with ui.element("thead"), ui.element("tr"):
                for head in heads:
                    kit.text(head, "th").props("scope=col")
            with ui.element("tbody"):
                for row in rows:
                    with ui.element("tr"):
                        for at, cell in enumerate(row):
                            kit.text(cell, "th" if at == 0 else "td").props("scope=row" if at == 0 else "")


def reasons(visit: Visit, found: Mapping[str, int], open_: Opener | None, kind: str) -> None:
    """Why, in words, with how many; each can be opened."""
    with ui.element("div").classes("rows"):
        for code, count in sorted(found.items(), key=lambda item: (-item[1], item[0])):
            with ui.element("div").classes("row").props(f"data-reason={kind}-{code or 'none'}"):
                kit.text(wording.reason(visit, code), "span", "row-main")
                kit.text(wording.number(visit, count), "strong")
                if open_ is not None:
                    shown = kit.button(visit.t("campaigns.who"), _opened(open_, code), kind="quiet")
                    shown.props["aria-label"] = f"{visit.t('campaigns.who')}: {wording.reason(visit, code)}"


def _opened(open_: Opener, code: str) -> Callable[[], Awaitable[None]]:
    async def go() -> None:
        await open_(code)

    return go


Page = Callable[[str], Awaitable[tuple[Sequence[tuple[str, str, str]], str]]]
"""After a key → lines of (name, what, more), and the key to go on after; "" at the end."""


async def list_dialog(visit: Visit, title: str, page: Page) -> None:
    """People one page after the other."""
    with (
        ui.dialog() as dialog,
        ui.element("div").classes("dialog dialog-wide").props("role=dialog aria-modal=true") as box,
    ):
        box.props["aria-label"] = title
        kit.text(title, "h2")
        rows = ui.element("div").classes("rows")
        tail = ui.element("div").classes("list-tail")

        async def more(after: str = "") -> None:
            found, following = await page(after)
            tail.clear()
            with rows:
                if not found and not after:
                    kit.empty(visit.t("campaigns.nobody"))
                for name, what, beside in found:
                    with ui.element("div").classes("row"), ui.element("div").classes("row-main"):
                        kit.text(name or visit.t("campaigns.nameless"), "span", "row-title").props("dir=auto")
                        kit.text(what, "span", "hint")
                        if beside:
                            kit.text(beside, "span", "hint").props("dir=auto")
            if following:
                with tail:
                    kit.button(visit.t("campaigns.more"), lambda: more(following))

        await more()
        with ui.element("div").classes("dialog-acts"):
            kit.button(visit.t("shell.close"), dialog.close)
    dialog.on("hide", dialog.delete)
    dialog.open()
