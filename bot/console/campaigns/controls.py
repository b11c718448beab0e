"""Labelled inputs of the campaign's form: each keeps what was typed and can say what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nicegui import ui
from nicegui.element import Element

from bot.console import Visit, kit


class Form:
    """Inputs by name. `changed` is called a moment after anything was typed or chosen."""

    def __init__(self, visit: Visit, changed: Callable[[], None] = lambda: None) -> None:
        self._visit = visit
        self._changed = changed
        self._boxes: dict[str, Any] = {}
        self._faults: dict[str, ui.label] = {}
        self.values: dict[str, str] = {}

    def line(self, name: str, label: str, value: str = "", props: str = "dir=auto", hint: str = "") -> Any:
        """One line of text, a number, a day or a time (`type=` in `props`)."""
        return self._input(
            name, label, value, hint, lambda: ui.input().props(f"outlined dense debounce=300 {props}")
        )

    def text(self, name: str, label: str, value: str = "", hint: str = "", props: str = "dir=auto") -> Any:
        """Some lines of text."""
        return self._input(
            name,
            label,
            value,
            hint,
            lambda: ui.textarea().props(f"outlined dense autogrow debounce=300 {props}"),
        )

    def _input(self, name: str, label: str, value: str, hint: str, make: Callable[[], Any]) -> Any:
        with ui.element("div").classes("field") as box:
            with ui.element("label").classes("field-label"):
                kit.text(label)
                made = make()
            made.props["aria-label"] = label
            made.props["data-field"] = name
            made.set_value(value)
            self._tail(name, hint)
        self.values[name] = value

        def take() -> None:
            self.values[name] = str(made.value or "")
            self.wrong(name, "")
            self._changed()

        made.on_value_change(take)
        self._boxes[name] = made
        return box

    def choice(
        self, name: str, label: str, options: Mapping[str, str], value: str = "", hint: str = "",
        then: Callable[[], None] = lambda: None,
    ) -> Element:  # fmt: skip
        """One of some."""
        with ui.element("div").classes("field") as box:
            with ui.element("label").classes("field-label"):
                kit.text(label)
                with ui.element("select").props(f"data-field={name}") as chooser:
                    for each, words in options.items():
                        with ui.element("option") as option:
                            option.props["value"] = each
                            ui.label(words).classes("inline")
                        if each == value:
                            option.props("selected")
            self._tail(name, hint)
        self.values[name] = value if value in options else next(iter(options), "")

        def take(event: Any) -> None:
            self.values[name] = str(event.args)
            self.wrong(name, "")
            then()
            self._changed()

        chooser.on("change", take, js_handler="(event) => emit(event.target.value)")
        self._boxes[name] = chooser
        return box

    def one_of(
        self, name: str, legend: str, options: Sequence[tuple[str, str, str]], value: str,
        then: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        """Radio buttons with a word of explanation each: (value, words, hint)."""
        self.values[name] = value

        def taker(each: str) -> Callable[[], None]:
            def take() -> None:
                self.values[name] = each
                self.wrong(name, "")
                then()
                self._changed()

            return take

        with ui.element("fieldset").classes("options"):
            kit.text(legend, "legend")
            for each, words, hint in options:
                with ui.element("label").classes("option"):
                    box = ui.element("input").props(f'type=radio name="{name}" data-option={name}-{each}')
                    box.props["value"] = each
                    if each == value:
                        box.props("checked")
                    box.on("change", taker(each))
                    with ui.element("span").classes("option-words"):
                        kit.text(words)
                        if hint:
                            kit.text(hint, "span", "hint")
            self._tail(name, "")

    def boxes(self, name: str, legend: str, options: Mapping[str, str], chosen: set[str]) -> None:
        """Any of some; `chosen` is kept up to date."""

        def taker(each: str) -> Callable[[Any], None]:
            def take(event: Any) -> None:
                (chosen.add if event.args else chosen.discard)(each)
                self.wrong(name, "")
                self._changed()

            return take

        with ui.element("fieldset").classes("options options-row"):
            kit.text(legend, "legend")
            for each, words in options.items():
                with ui.element("label").classes("option"):
                    box = ui.element("input").props(f"type=checkbox data-option={name}-{each}")
                    if each in chosen:
                        box.props("checked")
                    box.on("change", taker(each), js_handler="(event) => emit(event.target.checked)")
                    kit.text(words)
            self._tail(name, "")

    def _tail(self, name: str, hint: str) -> None:
        if hint:
            ui.label(hint).classes("hint field-hint")
        fault = ui.label("").classes("field-fault").props("role=alert")
        fault.set_visibility(False)
        self._faults[name] = fault

    def wrong(self, name: str, words: str) -> None:
        """Say what is wrong at a field; no words: nothing is."""
        fault = self._faults.get(name)
        if fault is None or fault.is_deleted or (not words and not fault.visible):
            return
        fault.set_text(words)
        fault.set_visibility(bool(words))
        box = self._boxes.get(name)
        if box is not None and not box.is_deleted:
            if words:
                box.props("aria-invalid=true")
            else:
                box.props(remove="aria-invalid")

    def show(self, faults: Mapping[str, str]) -> None:
        """Keys of words by field; what has no field of its own is told in a note."""
        visit = self._visit
        for name, key in faults.items():
            words = visit.t(f"campaigns.fault.{key}") if visit.words.has(f"campaigns.fault.{key}") else key
            if name in self._faults:
                self.wrong(name, words)
            else:
                kit.say(words, "warn")
        first = next((name for name in faults if name in self._boxes), None)
        if first is not None:
            kit.say(visit.t("campaigns.fault.look"), "warn")
            ui.run_javascript(
                f"document.querySelector('[data-field=\"{first}\"]')?.scrollIntoView({{block: 'center'}})"
            )
