"""The story of a complaint in one line of time: what was said, and what was done."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from bot.console import Visit, kit
from bot.console.complaints.reading import Whole
from bot.console.complaints.wording import actor, details, did
from bot.console.inbox.timeline import draw_line

_FOLDED = 60
"""Entries that are shown at once; older ones behind a fold."""


def draw_history(visit: Visit, whole: Whole) -> None:
    """Oldest first."""
    steps: list[tuple[Any, int, Any]] = [(event.at, 1, event) for event in whole.events]
    steps += [(line.at, 0, line) for line in whole.lines]
    steps.sort(key=lambda each: (each[0], each[1], each[2].id))
    older, shown = steps[:-_FOLDED], steps[-_FOLDED:]
    if older:
        with ui.element("details").classes("older"):
            kit.text(visit.count("complaints.older", len(older)), "summary", "button button-quiet")
            with ui.element("div").classes("story"):
                for _, kind, each in older:
                    _entry(visit, whole, kind, each)
    with ui.element("div").classes("story").props("data-story"):
        for _, kind, each in shown:
            _entry(visit, whole, kind, each)
    if not steps:
        kit.empty(visit.t("complaints.no_history"))


def _entry(visit: Visit, whole: Whole, kind: int, each: Any) -> None:
    if kind == 0:
        draw_line(visit, each, here=whole.case.conversation_id)
        return
    with ui.element("div").classes("step").props(f'data-step="{each.action}"'):
        with ui.element("div").classes("step-head"):
            kit.text(did(visit, each), "strong")
            kit.text(actor(visit, each.actor), "span").props("dir=auto")
            ui.label(visit.when(each.at)).classes("line-when")
        if each.note and not _said_already(each):
            kit.text(each.note, "div", "step-note").props("dir=auto")
        for words in details(visit, each):
            kit.text(words, "div", "hint").props("dir=auto")


def _said_already(event: Any) -> bool:
    """Its words stand in the message beside it."""
    return event.action in ("answer", "inform", "wait", "plan") and "channel" in (event.detail or {})
