"""The pages of segments: all of them with counts and words, and one with its form, text, members and doors."""

from __future__ import annotations

from nicegui import ui

from bot.console import NavEntry, Visit, kit, page
from bot.console.contacts.wording import CHANGE
from bot.console.segments.editor import Editor
from bot.segments import Saved
from bot.store.changes import NotFound
from bot.store.port import StoreError
from scheduler.segments import Rule, RuleError, explain

_PAGE = 100
_LINES = 4


@page("/segments", title="segments.title", roles=CHANGE, nav=NavEntry(order=32, icon="tag", key="m"))
async def segments(visit: Visit) -> None:
    """By name; the counts come one after the other, when the page stands."""
    after = visit.query.get("after", "")[:200]
    found = await visit.services.behind.segments.every(after=after, limit=_PAGE + 1)
    with kit.heading(visit.t("segments.title"), visit.t("segments.lead")):
        ui.link(visit.t("segments.new"), "/segments/new").classes("button button-main")
    waiting: list[tuple[ui.label, Rule]] = []
    with ui.element("section").classes("panel sg sg-list"):
        with ui.element("div").classes("rows"):
            for each in found[:_PAGE]:
                _line(visit, each, waiting)
        if not found:
            kit.empty(visit.t("segments.none"), "tag")
        if len(found) > _PAGE:
            ui.link(visit.t("segments.more"), f"/segments?after={found[_PAGE - 1].name}")

    async def count() -> None:
        for label, rule in waiting:
            if label.is_deleted:
                return
            try:
                counted = await visit.services.behind.segments.count(rule)
            except StoreError:
                continue
            if not label.is_deleted:
                label.set_text(visit.count("segments.contacts", counted.count))

    ui.timer(0.1, count, once=True)


def _line(visit: Visit, saved: Saved, waiting: list[tuple[ui.label, Rule]]) -> None:
    with ui.link(target=f"/segments/{saved.id}").classes("row ct-row").props(f'data-segment="{saved.id}"'):
        with ui.element("div").classes("row-main"):
            kit.text(saved.name, "span", "row-title ct-clip").props("dir=auto")
            try:
                rule = visit.services.behind.segments.read(saved.rule)
            except RuleError as error:  # such as a field of the company's own that is gone
                kit.text(error.words(visit.language), "span", "ct-wrong").props("dir=auto")
                kit.tag(visit.t("segments.broken"), "bad")
                return
            said = explain(rule, visit.language)
            with ui.element("span").classes("sg-said hint"):
                for words in said[:_LINES]:
                    kit.text(words.strip(), "span").props("dir=auto").style(
                        f"padding-inline-start: {(len(words) - len(words.lstrip())) // 2}em"
                    )
                if len(said) > _LINES:
                    kit.text("…", "span")
        label = ui.label("…").classes("tag tag-info")
        waiting.append((label, rule))


@page("/segments/new", title="segments.new", roles=CHANGE)
async def new_segment(visit: Visit) -> None:
    """A rule from nothing, or from one of the examples."""
    await Editor(visit, None).build()


@page("/segments/{name}", title="segments.title", roles=CHANGE)
async def one_segment(visit: Visit, name: str) -> None:
    """By id or name."""
    try:
        saved = await visit.services.behind.segments.one(name)
    except NotFound:
        ui.link(visit.t("segments.back"), "/segments").classes("ct-back")
        kit.heading(visit.t("segments.title"))
        kit.empty(visit.t("segments.gone"), "tag")
        return
    await Editor(visit, saved).build()
