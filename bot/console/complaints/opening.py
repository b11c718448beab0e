"""The form for a complaint that came by telephone, letter, fax or at the counter."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, get_args

from nicegui import ui

from bot import case_asks as asks
from bot.complaints.lifecycle import OBJECTS, SEVERITIES, NotAllowed, NotNow
from bot.console import Visit, kit
from bot.console.complaints.forms import Wrong, made
from bot.console.complaints.seeing import HANDLERS
from bot.console.complaints.wording import channel, choice
from bot.store.changes import NotFound, NotPossible

_CHANNELS: Final = get_args(asks.Open.model_fields["channel"].annotation)
_LINES: Final = (
    ("name", "dir=auto maxlength=200"),
    ("phone", "dir=ltr type=tel maxlength=40"),
    ("email", "dir=ltr type=email maxlength=254"),
    ("product", "dir=auto maxlength=200"),
    ("order_ref", "dir=ltr maxlength=200"),
    ("zone", "dir=auto maxlength=200"),
)


class OpenForm:
    """One open form. What is typed stays until it is registered or given up."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.key = visit.ids.new()
        self.chosen: dict[str, Any] = {
            "channel": _CHANNELS[0],
            "object": OBJECTS[-1],
            "severity": SEVERITIES[0],
            "told": False,
        }
        self.inputs: dict[str, Any] = {}

    def open(self) -> None:
        visit = self.visit
        with ui.dialog().props("persistent") as self.dialog:
            box = ui.element("div").classes("dialog act-form").props("role=dialog data-form=open")
            box.props["aria-label"] = visit.t("complaints.open.title")
        with box:
            kit.text(visit.t("complaints.open.title"), "h2")
            ui.label(visit.t("complaints.open.lead")).classes("hint")
            self._choose("channel", {each: channel(visit, each) for each in _CHANNELS})
            with ui.element("label").classes("field wide"):
                label = visit.t("complaints.field.summary")
                kit.text(label)
                self.inputs["summary"] = ui.textarea().props(
                    "outlined dense autogrow dir=auto maxlength=5000"
                )
                self.inputs["summary"].props["aria-label"] = label
            with ui.element("div").classes("two"):
                for name, props in _LINES:
                    self.inputs[name] = kit.field(visit.t(f"complaints.field.{name}"), props)
                self.inputs["received_at"] = kit.field(
                    visit.t("complaints.field.received_at"), "type=datetime-local"
                )
                now = visit.local(visit.clock.now())
                self.inputs["received_at"].set_value(f"{now:%Y-%m-%dT%H:%M}")
                self._choose("object", {each: choice(visit, "object", each) for each in OBJECTS})
                self._choose("severity", {each: choice(visit, "severity", each) for each in SEVERITIES})
            with ui.element("label").classes("tick"):
                tick = ui.element("input").props("type=checkbox data-told")
                tick.on(
                    "change",
                    lambda event: self.chosen.update(told=bool(event.args)),
                    js_handler="(event) => emit(event.target.checked)",
                )
                kit.text(visit.t("complaints.open.told"))
            self.problem = ui.element("div").props("role=alert")
            with ui.element("div").classes("dialog-acts"):
                kit.button(visit.t("shell.cancel"), self._cancel).props("data-cancel")
                kit.button(visit.t("complaints.open.do"), self._go, kind="main").props("data-do")
        self.dialog.open()

    def _choose(self, name: str, options: dict[str, str]) -> None:
        label = self.visit.t(f"complaints.field.{name}")
        with ui.element("label").classes("field"):
            kit.text(label)
            chooser = ui.element("select").props(f"data-name={name}")
            chooser.props["aria-label"] = label
            with chooser:
                for value, words in options.items():
                    option = ui.element("option")
                    option.props["value"] = value
                    if value == self.chosen[name]:
                        option.props("selected")
                    with option:
                        ui.label(words).classes("inline")
        chooser.on(
            "change",
            lambda event: self.chosen.update({name: str(event.args or "")}),
            js_handler="(event) => emit(event.target.value)",
        )

    def _cancel(self) -> None:
        self.dialog.close()
        self.dialog.delete()

    def _say(self, words: str) -> None:
        self.problem.clear()
        with self.problem:
            ui.label(words).classes("notice notice-bad")

    def _asked(self) -> Any:
        """Raises `Wrong`."""
        typed = {name: str(made.value or "").strip() for name, made in self.inputs.items()}
        if not typed["summary"]:
            raise Wrong("summary", "summary")
        if not (typed["name"] or typed["phone"] or typed["email"]):
            raise Wrong("name", "somebody")
        when = typed.pop("received_at")
        values: dict[str, Any] = {**typed, **self.chosen, "agent": self.visit.user.email, "key": self.key}
        if when:
            try:
                at = datetime.fromisoformat(when).replace(tzinfo=self.visit.config.company.zone)
            except ValueError as error:
                raise Wrong("received_at", "date") from error
            now = self.visit.clock.now()
            values["received_at"] = min(at, now) if f"{self.visit.local(now):%Y-%m-%dT%H:%M}" == when else at
        try:
            return made(asks.Open, values)
        except Wrong as wrong:
            raise Wrong(wrong.field, "email" if wrong.field == "email" else "wrong") from wrong

    async def _go(self) -> None:
        visit = self.visit
        if not visit.may(*HANDLERS):
            self._say(visit.t("shell.not_allowed"))
            return
        try:
            ask = self._asked()
        except Wrong as wrong:
            field = f"complaints.field.{wrong.field}"
            where = f"{visit.t(field)} : " if visit.words.has(field) and wrong.key == "wrong" else ""
            self._say(where + visit.t(f"complaints.wrong.{wrong.key}"))
            return
        try:
            case = await visit.services.behind.cases.open(ask)
        except (NotAllowed, NotNow):
            self._say(visit.t("shell.not_allowed"))
            return
        except (NotPossible, NotFound) as error:
            key = "future" if "future" in str(error) else "old" if "year ago" in str(error) else ""
            self._say(
                visit.t(f"complaints.wrong.{key}") if key else visit.t("complaints.refused", why=str(error))
            )
            return
        self.dialog.close()
        kit.say(visit.t("complaints.open.done", reference=case.reference))
        ui.navigate.to(f"/complaints/{case.reference}")


async def open_form(visit: Visit) -> None:
    """Show the form."""
    OpenForm(visit).open()
