"""The form of one act: what is typed stays, what will be sent is shown before it leaves, a refusal says why."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from nicegui import ui

from bot.case_justice import REASONS
from bot.case_rehearsal import Letter, Rehearsal
from bot.case_work import Changed
from bot.complaints.lifecycle import NotAllowed, NotNow
from bot.console import Visit, kit
from bot.console.complaints.deciding import SENDS, TELLS, asked_forwards
from bot.console.complaints.forms import FORMS, Field, Wrong, asked_of, changed_only
from bot.console.complaints.reading import Whole, changes_since, people_in_charge, read_case
from bot.console.complaints.seeing import ROLES, viewer_of
from bot.console.complaints.wording import (
    actor,
    channel,
    choice,
    desk_name,
    desk_names,
    did,
    refusal,
)
from bot.store.changes import NotFound, NotPossible

Again = Callable[[], Awaitable[None]]
LOOKED_AT: Final = SENDS | TELLS | {"propose"}
"""Acts whose consequences are shown before they are done."""
_DANGEROUS: Final = frozenset({"refuse", "withdraw", "merge", "archive"})
_REFUSED: Final = (NotAllowed, NotNow, NotPossible, NotFound)


class ActForm:
    """One open form. It ends when the act is done or given up."""

    def __init__(
        self,
        visit: Visit,
        whole: Whole,
        act: str,
        again: Again,
        *,
        fixed: Mapping[str, Any] | None = None,
        about: str = "",
    ) -> None:
        self.visit = visit
        self.whole = whole
        self.act = act
        self.again = again
        self.fixed = dict(fixed or {})
        self.about = about
        self.version: int = whole.case.version
        self.key = visit.ids.new()
        self.typed: dict[str, Any] = {}
        self.before: dict[str, Any] = {}
        self.shown: Any = None  # the call that was looked at
        self._problems: dict[str, ui.label] = {}

    async def open(self) -> None:
        """Draw it."""
        visit, people = self.visit, list(await self.visit.store.read(people_in_charge))
        with ui.dialog().props("persistent") as self.dialog:
            box = ui.element("div").classes("dialog act-form").props(f'role=dialog data-form="{self.act}"')
            box.props["aria-label"] = visit.t(f"complaints.act.{self.act}")
        with box:
            kit.text(visit.t(f"complaints.act.{self.act}"), "h2")
            if visit.words.has(f"complaints.lead.{self.act}"):
                ui.label(visit.t(f"complaints.lead.{self.act}")).classes("hint")
            if self.about:
                kit.text(self.about, "div", "quote").props("dir=auto")
            self.fields = ui.element("div").classes("act-fields")
            with self.fields:
                for field in FORMS[self.act]:
                    self._field(field, people)
            self.look = ui.element("div").classes("act-look").props("aria-live=polite")
            self.problem = ui.element("div").props("role=alert")
            with ui.element("div").classes("dialog-acts"):
                kit.button(visit.t("shell.cancel"), self._cancel).props("data-cancel")
                self.edit = kit.button(visit.t("complaints.form.edit"), self._back).props("data-edit")
                kind: Any = "danger" if self.act in _DANGEROUS else "main"
                self.go = kit.button("", self._go, kind=kind).props("data-do")
                (self.go_words,) = (each for each in self.go if isinstance(each, ui.label))
        self._step(looked=False)
        self.dialog.open()

    # fields

    def _field(self, field: Field, people: Sequence[str]) -> None:
        value = self._start(field)
        self.typed[field.name] = self.before[field.name] = value
        label = self._label(field.name)
        if field.kind == "flag":
            self._flag(field, label)
        elif field.kind == "desks":
            self._desks(field, label)
        else:
            with ui.element("label").classes("field wide").props(f'data-field="{field.name}"'):
                plain = field.needed or self.act == "qualify"
                kit.text(label if plain else self.visit.t("complaints.form.optional", label=label))
                self._entry(field, label, value, people)
                if (key := f"complaints.hint.{self.act}_{field.name}") and self.visit.words.has(key):
                    ui.label(self.visit.t(key)).classes("hint")
                self._problem_of(field.name)

    def _label(self, name: str) -> str:
        own = f"complaints.field.{self.act.replace('-', '_')}_{name}"
        return self.visit.t(own if self.visit.words.has(own) else f"complaints.field.{name}")

    def _start(self, field: Field) -> Any:
        """What stands in a field at first: for what is corrected, as it is."""
        case = self.whole.case
        if self.act == "qualify" or (self.act, field.name) in (("cause", "cause"), ("plan", "plan")):
            return getattr(case, field.name)
        if (self.act, field.name) == ("assign", "desk"):
            return case.desk_id
        if self.act == "department-answer" and field.name == "desk":
            asked = asked_forwards(self.whole)
            return asked[0].desk_id if len(asked) == 1 else ""
        if (self.act, field.name) in (("fault", "fault"), ("faith", "faith")):
            return getattr(case, field.name)
        if (self.act, field.name) == ("close", "outcome"):
            return case.outcome or "settled"
        return [] if field.kind == "desks" else False if field.kind == "flag" else ""

    def _entry(self, field: Field, label: str, value: Any, people: Sequence[str]) -> None:
        if options := self._options(field, people):
            self._choose(field, label, options, str(value or ""))
            return
        if field.kind == "prose":
            made: Any = ui.textarea(value=str(value or "")).props("outlined dense autogrow dir=auto")
        else:
            kinds = {"date": "type=date", "money": "inputmode=decimal dir=ltr", "reference": "dir=ltr"}
            made = ui.input(value=str(value or "")).props(
                f"outlined dense {kinds.get(field.kind, 'dir=auto')}"
            )
            made.on("keydown.enter", self._go)
        made.props(f"maxlength={field.most}")
        made.props["aria-label"] = label
        made.on_value_change(lambda event, name=field.name: self._wrote(name, event.value))

    def _options(self, field: Field, people: Sequence[str]) -> dict[str, str]:
        visit = self.visit
        if field.kind == "choice":
            found = {value: choice(visit, field.words, value) for value in field.choices}
            return found if self._start(field) else {"": visit.t("complaints.form.choose")} | found
        if field.kind == "person":
            return {"": visit.t("complaints.form.nobody")} | {name: name for name in people}
        if field.kind != "desk":
            return {}
        desks, asked = desk_names(visit), {one.desk_id for one in asked_forwards(self.whole)}
        if self.act == "department-answer":
            desks = {desk: name for desk, name in desks.items() if desk in asked}
        elif self.act == "forward":
            desks = {desk: name for desk, name in desks.items() if desk not in asked}
        return desks if self._start(field) else {"": visit.t("complaints.form.choose")} | desks

    def _choose(self, field: Field, label: str, options: Mapping[str, str], value: str) -> None:
        chooser = ui.element("select")
        chooser.props["aria-label"] = label
        with chooser:
            for each, words in options.items():
                option = ui.element("option")
                option.props["value"] = each
                if each == value:
                    option.props("selected")
                with option:
                    ui.label(words).classes("inline")
        chooser.on(
            "change",
            lambda event, name=field.name: self._wrote(name, str(event.args or "")),
            js_handler="(event) => emit(event.target.value)",
        )

    def _flag(self, field: Field, label: str) -> None:
        with ui.element("label").classes("tick").props(f'data-field="{field.name}"'):
            box = ui.element("input").props("type=checkbox")
            box.on(
                "change",
                lambda event, name=field.name: self._wrote(name, bool(event.args)),
                js_handler="(event) => emit(event.target.checked)",
            )
            kit.text(label)

    def _desks(self, field: Field, label: str) -> None:
        with ui.element("fieldset").classes("ticks"):
            kit.text(label, "legend")
            for desk, name in desk_names(self.visit).items():
                if desk == self.whole.case.desk_id:
                    continue
                with ui.element("label").classes("tick").props(f'data-desk="{desk}"'):
                    box = ui.element("input").props("type=checkbox")
                    box.on(
                        "change",
                        self._ticker(field.name, desk),
                        js_handler="(event) => emit(event.target.checked)",
                    )
                    kit.text(name).props("dir=auto")

    def _ticker(self, name: str, desk: str) -> Callable[[Any], None]:
        def tick(event: Any) -> None:
            chosen = [each for each in self.typed[name] if each != desk]
            self._wrote(name, [*chosen, desk] if event.args else chosen)

        return tick

    def _problem_of(self, name: str) -> None:
        label = ui.label().classes("field-problem")
        label.set_visibility(False)
        self._problems[name] = label

    def _wrote(self, name: str, value: Any) -> None:
        self.typed[name] = value
        if (label := self._problems.get(name)) is not None:
            label.set_visibility(False)

    # steps

    def _step(self, *, looked: bool) -> None:
        """Writing, or looking at what would leave."""
        visit = self.visit
        self.fields.set_visibility(not looked)
        self.look.set_visibility(looked)
        self.edit.set_visibility(looked)
        if self.act not in LOOKED_AT:
            words = visit.t(f"complaints.act.{self.act}")
        elif not looked:
            words = visit.t("complaints.form.look")
        else:
            words = visit.t("complaints.form.send" if self.act in SENDS | TELLS else "complaints.form.do")
        self.go_words.set_text(words)

    def _back(self) -> None:
        self.shown = None
        self._step(looked=False)

    def _cancel(self) -> None:
        self.dialog.close()
        self.dialog.delete()

    async def _go(self) -> None:
        self.problem.clear()
        if not self.visit.may(*ROLES):
            self._say(self.visit.t("shell.not_allowed"))
            return
        try:
            typed = changed_only(self.typed, self.before) if self.act == "qualify" else self.typed
            ask = asked_of(
                self.act,
                typed,
                agent=self.visit.user.email,
                version=self.version,
                key=self.key,
                fixed=self.fixed,
            )
        except Wrong as wrong:
            self._wrong(wrong)
            return
        try:
            await self._do(ask)
        except Changed:
            await self._crossed()
        except _REFUSED as error:
            fresh = await self._fresh()
            self._say(refusal(self.visit, error, self.act, fresh))

    async def _do(self, ask: Any) -> None:
        cases, reference = self.visit.services.behind.cases, self.whole.case.reference
        if self.act in LOOKED_AT and self.shown is None:
            found = await cases.rehearse(reference, self.act, ask)
            self.shown = ask
            self._show(found)
            self._step(looked=True)
            return
        await cases.act(reference, self.act, ask)
        self.dialog.close()
        kit.say(self.visit.t(f"complaints.done.{self.act}"))
        await self.again()
        self.dialog.delete()

    def _wrong(self, wrong: Wrong) -> None:
        words = self.visit.t(f"complaints.wrong.{wrong.key}")
        if (label := self._problems.get(wrong.field)) is not None:
            label.set_text(words)
            label.set_visibility(True)
        else:
            self._say(words)

    def _say(self, words: str) -> None:
        self.problem.clear()
        with self.problem, ui.element("div").classes("notice notice-bad"):
            ui.label(words)

    async def _fresh(self) -> Whole | None:
        viewer, case_id = viewer_of(self.visit.user), self.whole.case.id
        try:
            return await self.visit.store.read(lambda session: read_case(session, case_id, viewer))
        except (NotFound, NotPossible):
            return None

    async def _crossed(self) -> None:
        """Somebody was here meanwhile: what they did, and whether to go on."""
        visit, case_id = self.visit, self.whole.case.id
        last = self.whole.events[-1].id if self.whole.events else ""
        since = await visit.store.read(lambda session: changes_since(session, case_id, last))
        fresh = await self._fresh()
        if fresh is None:
            self._say(visit.t("complaints.not_found"))
            return
        self.problem.clear()

        def go_on() -> None:
            self.whole, self.version, self.shown = fresh, fresh.case.version, None
            self.problem.clear()
            self._step(looked=False)

        with self.problem, ui.element("div").classes("notice notice-warn").props("data-crossed"):
            ui.label(visit.t("complaints.crossed"))
            for event in since[-5:]:
                words = f"{visit.when(event.at)} · {actor(visit, event.actor)} · {did(visit, event)}"
                kit.text(words, "div").props("dir=auto")
            kit.button(visit.t("complaints.go_on"), go_on).props("data-go-on")
        await self.again()

    # what would leave

    def _show(self, found: Rehearsal) -> None:
        visit = self.visit
        self.look.clear()
        with self.look:
            for letter in found.customer:
                self._letter(
                    "customer",
                    letter,
                    visit.t("complaints.look.customer", channel=channel(visit, letter.channel)),
                )
            if not found.customer and self.act in SENDS:
                ui.label(visit.t("complaints.look.by_hand")).classes("notice notice-warn")
                if found.by_hand:
                    kit.text(found.by_hand, "div", "letter").props("dir=auto")
            if found.desks and self.act in TELLS:
                desk = desk_name(visit, str(self.typed.get("desk", "")))
                self._letter(
                    "desk", found.desks[0], visit.count("complaints.look.desk", len(found.desks), desk=desk)
                )
            elif self.act in TELLS:
                ui.label(visit.t("complaints.look.no_address")).classes("notice notice-warn")
            if copied := self.typed.get("copy_to"):
                names = ", ".join(desk_name(visit, desk) for desk in copied)
                ui.label(visit.t("complaints.look.copied", desks=names)).classes("hint")
            for letter in found.later:
                self._letter(
                    "later", letter, visit.t("complaints.look.later", channel=channel(visit, letter.channel))
                )
            if self.act == "propose":
                key = "approval" if found.approval else "no_approval"
                ui.label(visit.t(f"complaints.look.{key}")).classes(
                    f"notice notice-{'warn' if found.approval else 'good'}"
                )
                for reason in filter(None, found.approval.split("; ")):
                    ui.label(reason_words(visit, reason)).classes("hint")
            if found.phase != self.whole.case.phase:
                now = visit.t(f"complaints.phase.{found.phase}")
                ui.label(visit.t("complaints.look.phase", phase=now)).classes("hint")

    def _letter(self, kind: str, letter: Letter, lead: str) -> None:
        with ui.element("figure").classes("letter-box").props(f"data-letter={kind}"):
            kit.text(lead, "figcaption", "hint")
            with ui.element("div").classes("letter").props("dir=auto"):
                if letter.subject and letter.channel in ("email", ""):
                    kit.text(letter.subject, "strong").props("dir=auto")
                kit.text(letter.text, "div", "letter-text").props("dir=auto")


_REASONS: Final = {words: name for name, words in REASONS.items()}


def reason_words(visit: Visit, reason: str) -> str:
    """Why a compensation needs somebody else's yes; what a person wrote stays as it is."""
    known = _REASONS.get(reason)
    return visit.t(f"complaints.reason.{known}") if known else reason
