"""One text in its editor: tried at each pause, with its faults beside it and a preview as the customer sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from nicegui import ui
from nicegui.element import Element

from bot.console import Visit, kit
from bot.console.templates.showing import channel_in_words, draw
from bot.console.words import DIRECTION
from bot.template_desk import SHOWN_CHANNELS, NotKept, TemplateDesk, Text, begun, kinds_of, sample_of
from bot.templating.contract import Kind
from bot.templating.engine import Trial
from bot.templating.fault_words import Fault
from bot.templating.thrift import LONGEST

ROLES: Final = ("marketer", "manager")
_PAUSE_MS: Final = 350
_VALUE: Final = 500  # characters of a sample value
_LINES: Final = 20


class Editor:
    """The text being written, its sample values, and what both look like."""

    def __init__(self, visit: Visit, desk: TemplateDesk, text: Text, *, siblings: Sequence[str]) -> None:
        self._visit = visit
        self._desk = desk
        self._text = text
        name, self._language, channel = text.key
        self._source = text.source or begun(siblings, name)
        self._channel = channel or "whatsapp"
        if not channel and name.startswith(("console/", "report/")):
            self._channel = "email"
        self._values = sample_of(name, self._try().draft.header.variables, visit.clock.now())
        self._given: frozenset[str] = frozenset()
        self._faults: Element
        self._seen: Element
        self._fields: Element

    def _try(self) -> Trial:
        return self._desk.try_out(self._text.key, self._source)

    def build(self) -> None:
        visit = self._visit
        with ui.element("div").classes("tpl-two"):
            with ui.element("div"), kit.section(visit.t("templates.text"), self._lead()):
                self._box()
                self._faults = ui.element("div").props("aria-live=polite data-faults")
                self._acts()
            with (
                ui.element("div"),
                kit.section(visit.t("templates.preview"), visit.t("templates.preview_lead")),
            ):
                self._channels()
                self._seen = ui.element("div").props("aria-live=polite data-preview")
        with kit.section(visit.t("templates.values"), visit.t("templates.values_lead")):
            self._fields = ui.element("div").classes("tpl-values")
        self._difference()
        self._refresh()

    def _lead(self) -> str:
        text = self._text
        key = (
            "own_lead"
            if text.own is not None
            else "shipped_lead"
            if text.shipped is not None
            else "new_text_lead"
        )
        return self._visit.t(f"templates.{key}")

    def _box(self) -> None:
        visit = self._visit
        with ui.element("label").classes("field tpl-editor"):
            kit.text(visit.t("templates.file"), "span", "hint")
            way = f"dir={DIRECTION.get(self._language, 'ltr')} lang={self._language} maxlength={LONGEST}"
            box = ui.textarea(value=self._source).props(f"outlined autogrow spellcheck=true {way}")
            box.props(f"debounce={_PAUSE_MS}")
            box.props["aria-label"] = visit.t("templates.file")
            if not self._desk.writable:
                box.props("readonly")
        box.on_value_change(lambda event: self._changed(str(event.value or "")))

    def _changed(self, source: str) -> None:
        self._source = source[: LONGEST + 1]
        self._refresh()

    # what it looks like

    def _refresh(self) -> None:
        trial = self._try()
        self._tell(trial.faults)
        declared = frozenset(trial.draft.header.variables)
        if declared != self._given or not self._fields.default_slot.children:
            self._given = declared
            fresh = sample_of(self._text.key[0], sorted(declared), self._visit.clock.now())
            self._values = {name: self._values.get(name, value) for name, value in fresh.items()}
            self._draw_fields()
        self._draw(trial)

    def _draw(self, trial: Trial) -> None:
        self._seen.clear()
        with self._seen:
            if trial.refused and not trial.says:
                ui.label(self._visit.t("templates.mend_first")).classes("hint")
                return
            shown = self._desk.shown(trial, self._channel, self._values)
            draw(self._visit, shown, self._language)

    def _tell(self, faults: Sequence[Fault]) -> None:
        visit = self._visit
        self._faults.clear()
        lines = self._source.splitlines()
        with self._faults:
            if not faults:
                kit.tag(visit.t("templates.no_fault"), "good")
                return
            with ui.element("ul").classes("tpl-faults"):
                for each in sorted(faults, key=lambda found: (found.warning, found.line)):
                    with ui.element("li").classes(
                        "tpl-fault tpl-fault-warn" if each.warning else "tpl-fault"
                    ):
                        kit.text(visit.t("templates.line", n=each.line), "strong")
                        kit.text(each.words(visit.language)).props("dir=auto")
                        if 0 < each.line <= len(lines) and lines[each.line - 1].strip():
                            kit.text(lines[each.line - 1].strip()[:160], "span", "mono").props("dir=auto")

    def _channels(self) -> None:
        """A text for every channel is looked at as any of them shows it."""
        visit = self._visit
        own = self._text.key[2]
        if own:
            ui.label(channel_in_words(visit, own)).classes("hint")
            return
        buttons: dict[str, Element] = {}

        def choose(channel: str) -> None:
            self._channel = channel
            for name, button in buttons.items():
                button.props(f"aria-pressed={'true' if name == channel else 'false'}")
            self._draw(self._try())

        with (
            ui.element("div")
            .classes("pills")
            .props(f'role=group aria-label="{visit.t("templates.seen_on")}"')
        ):
            for channel in SHOWN_CHANNELS:
                made = ui.element("button").classes("pill").props(f"type=button data-see={channel}")
                made.props(f"aria-pressed={'true' if channel == self._channel else 'false'}")
                made.on("click", _calling(choose, channel))
                with made:
                    ui.label(channel_in_words(visit, channel))
                buttons[channel] = made

    # sample values

    def _draw_fields(self) -> None:
        self._fields.clear()
        kinds = kinds_of(self._text.key[0], sorted(self._given))
        with self._fields:
            for name in ["name", *sorted(set(kinds) - {"name", "company", "channel"})]:
                if name in kinds and name in self._values:
                    self._field(name, kinds[name])

    def _field(self, name: str, kind: Kind) -> None:
        value = self._values[name]
        key = f"templates.variable.{name}"
        label = self._visit.t(key) if self._visit.words.has(key) else name.replace("_", " ")
        if kind == "flag":
            self._flag(name, label, bool(value))
        elif kind in ("moment", "maybe_moment"):
            box = kit.field(label, "type=datetime-local dir=ltr")
            box.set_value(f"{self._visit.local(value):%Y-%m-%dT%H:%M}" if value else "")
            box.on_value_change(lambda event: self._set(name, self._moment(str(event.value or ""), kind)))
        elif kind == "count":
            box = kit.field(label, "type=number min=0 max=100000 dir=ltr")
            box.set_value(str(value))
            box.on_value_change(lambda event: self._set(name, _count(str(event.value or ""))))
        elif kind in ("text", "texts"):
            box = kit.field(label, f"dir=auto maxlength={_VALUE} debounce={_PAUSE_MS}")
            box.set_value(value if kind == "text" else ", ".join(value))
            box.on_value_change(lambda event: self._set(name, _words(str(event.value or ""), kind)))

    def _flag(self, name: str, label: str, value: bool) -> None:
        with ui.element("label").classes("tpl-flag"):
            box = ui.element("input").props(f"type=checkbox {'checked' if value else ''}")
            box.on(
                "change",
                lambda event: self._set(name, bool(event.args)),
                js_handler="(event) => emit(event.target.checked)",
            )
            kit.text(label)

    def _set(self, name: str, value: Any) -> None:
        self._values[name] = value
        self._draw(self._try())

    def _moment(self, text: str, kind: Kind) -> datetime | None:
        try:
            return (
                datetime.fromisoformat(text).replace(tzinfo=self._visit.config.company.zone).astimezone(UTC)
            )
        except ValueError:
            return None if kind == "maybe_moment" else self._visit.clock.now()

    # keeping

    def _acts(self) -> None:
        visit, text = self._visit, self._text
        if not self._desk.writable:
            return
        with ui.element("div").classes("tpl-save"):
            kit.button(visit.t("templates.save"), self._save, kind="main", picture="check")
            if text.own is not None:
                words = visit.t("templates.restore" if text.shipped is not None else "templates.remove")
                kit.button(words, self._restore, kind="danger")
        ui.label(visit.t("templates.at_once")).classes("hint")

    async def _save(self) -> None:
        visit, key = self._visit, self._text.key
        if not visit.may(*ROLES):
            kit.say(visit.t("shell.not_allowed"), "bad")
            return
        if self._source.rstrip("\n") == self._text.source.rstrip("\n"):
            kit.say(visit.t("templates.same"), "info")
            return
        try:
            await self._desk.keep(key, self._source, mark=self._text.mark)
        except NotKept as why:
            self._refused(why)
            return
        await self._note("template_saved")
        kit.say(visit.t("templates.saved"))
        await kit.again()

    async def _restore(self) -> None:
        visit, text = self._visit, self._text
        if not visit.may(*ROLES):
            kit.say(visit.t("shell.not_allowed"), "bad")
            return
        shipped = text.shipped is not None
        act = visit.t("templates.restore" if shipped else "templates.remove")
        lead = visit.t("templates.restore_sure" if shipped else "templates.remove_sure")
        if not await kit.confirm(visit, act, lead, act, kind="danger"):
            return
        try:
            await self._desk.restore(text.key, mark=text.mark)
        except NotKept as why:
            self._refused(why)
            return
        await self._note("template_restored")
        kit.say(visit.t("templates.restored"))
        await kit.again()

    def _refused(self, why: NotKept) -> None:
        if why.key == "faults" and why.faults:
            first = why.faults[0]
            place = self._visit.t("templates.line", n=first.line)
            kit.say(
                f"{self._visit.t('templates.not.faults')} {place}: {first.words(self._visit.language)}", "bad"
            )
            self._tell(why.faults)
            return
        kit.say(self._visit.t(f"templates.not.{why.key}", why=why.detail), "bad")

    async def _note(self, action: str) -> None:
        name, language, channel = self._text.key
        detail = {"language": language, **({"channel": channel} if channel else {})}
        await self._visit.store.write(self._visit.noted(action, "template", name, **detail))

    def _difference(self) -> None:
        lines = self._text.difference()
        if not lines:
            return
        card = kit.section(self._visit.t("templates.difference"), self._visit.t("templates.difference_lead"))
        with card, ui.element("div").classes("tpl-diff").props("data-diff"):
            for line in lines:
                if line.startswith("@@"):
                    kit.text("⋯", "span", "hint")
                    continue
                kit.text(line, "span", {"+": "tpl-new", "-": "tpl-old"}.get(line[0], ""))


def _calling(do: Callable[[str], None], value: str) -> Callable[[], None]:
    return lambda: do(value)


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _words(text: str, kind: Kind) -> Any:
    if kind == "text":
        return text[:_VALUE]
    return [each.strip() for each in text[:_VALUE].split(",")[:_LINES] if each.strip()]
