"""Preventive actions: taken with a date, closed with what came of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

from nicegui import ui

from bot import case_asks as asks
from bot.complaints.lifecycle import NotAllowed
from bot.console import Visit, kit
from bot.console.complaints.forms import Wrong, made
from bot.console.complaints.seeing import ROLES
from bot.store.changes import NotFound, NotPossible

Again = Callable[[], Awaitable[None]]


async def ask_prevention(visit: Visit, what: str, one: Any, again: Again) -> None:
    """The small form of taking or closing one."""
    with ui.dialog().props("persistent") as dialog:
        box = ui.element("div").classes("dialog act-form").props(f'role=dialog data-form="prevention-{what}"')
        box.props["aria-label"] = visit.t(f"complaints.prevention.{what}")
    with box:
        kit.text(visit.t(f"complaints.prevention.{what}"), "h2")
        kit.text(one.title, "div", "quote").props("dir=auto")
        read = _taking(visit, one) if what == "take" else _closing(visit)
        problem = ui.element("div").props("role=alert")

        async def go() -> None:
            words = await _do(visit, what, one, read)
            if words:
                problem.clear()
                with problem:
                    ui.label(words).classes("notice notice-bad")
                return
            dialog.close()
            kit.say(visit.t("shell.saved"))
            await again()
            dialog.delete()

        def give_up() -> None:
            dialog.close()
            dialog.delete()

        with ui.element("div").classes("dialog-acts"):
            kit.button(visit.t("shell.cancel"), give_up).props("data-cancel")
            kit.button(visit.t(f"complaints.prevention.{what}"), go, kind="main").props("data-do")
    dialog.open()


def _taking(visit: Visit, one: Any) -> Callable[[], dict[str, Any]]:
    due = kit.field(visit.t("complaints.field.due_on"), "type=date")
    due.set_value(f"{one.due_on:%Y-%m-%d}" if one.due_on else "")

    def read() -> dict[str, Any]:
        typed = str(due.value or "").strip()
        try:
            return {"due_on": date.fromisoformat(typed) if typed else None}
        except ValueError as error:
            raise Wrong("due_on", "date") from error

    return read


def _closing(visit: Visit) -> Callable[[], dict[str, Any]]:
    chosen = {"status": "done"}
    with ui.element("fieldset").classes("ticks"):
        kit.text(visit.t("complaints.prevention.how"), "legend")
        for status in ("done", "dropped"):
            with ui.element("label").classes("tick"):
                box = ui.element("input").props(
                    f"type=radio name=how value={status} {'checked' if status == 'done' else ''}"
                )
                box.on("change", lambda _, status=status: chosen.update(status=status))
                kit.text(visit.t(f"complaints.prevention_state.{status}"))
    with ui.element("label").classes("field wide"):
        label = visit.t("complaints.field.result")
        kit.text(label)
        result = ui.textarea().props("outlined dense autogrow dir=auto maxlength=5000")
        result.props["aria-label"] = label

    def read() -> dict[str, Any]:
        words = str(result.value or "").strip()
        if not words:
            raise Wrong("result", "needed")
        return {"status": chosen["status"], "result": words}

    return read


async def _do(visit: Visit, what: str, one: Any, read: Callable[[], dict[str, Any]]) -> str:
    """What stood against it, in words; "" when it is done."""
    if not visit.may(*ROLES):
        return visit.t("shell.not_allowed")
    prevention = visit.services.behind.prevention
    try:
        values = {**read(), "agent": visit.user.email}
        if what == "take":
            ask: Any = made(asks.TakePrevention, values)
            await prevention.take(one.id, ask)
        else:
            ask = made(asks.ClosePrevention, values)
            await prevention.close(one.id, ask)
    except Wrong as wrong:
        return visit.t(f"complaints.wrong.{wrong.key}")
    except NotAllowed:
        return visit.t("shell.not_allowed")
    except (NotPossible, NotFound):
        return visit.t(
            "complaints.prevention.not_open"
            if one.owner or what == "take"
            else "complaints.prevention.take_first"
        )
    return ""
