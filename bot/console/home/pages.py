"""The first page: what this user can open."""

from __future__ import annotations

from nicegui import ui

from bot.console import NavEntry, Visit, kit, page
from bot.console.registry import entries_for


@page("/", title="nav.home", nav=NavEntry(order=0, icon="home", key="h"))
async def home(visit: Visit) -> None:
    """A greeting and the ways on."""
    kit.heading(visit.t("home.hello", name=visit.user.name), visit.t("home.lead"))
    with ui.element("div").classes("tiles"):
        for each in entries_for(visit.user.roles):
            if each.path != "/" and each.nav is not None:
                with ui.link("", each.path).classes("tile"):
                    kit.icon(each.nav.icon)
                    ui.label(visit.t(each.title))
