"""One segment: its form and its text follow each other; in words, counted, with its members and their doors."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Final

from nicegui import ui

from bot.console import Visit, kit
from bot.console.contacts.wording import CHANGE, channel_icon, channel_named
from bot.console.segments.drafts import Unfinished, draft_of, finished, same
from bot.console.segments.examples import EXAMPLES
from bot.console.segments.form_view import FormView
from bot.segment_uses import InUse, Reach
from bot.segments import Count, Crossed, Member, NameTaken, Saved
from bot.store.changes import NotFound, NotPossible
from bot.store.port import StoreError
from scheduler.segments import Rule, RuleError, from_form, lines_of, to_form, write
from scheduler.segments.lexer import MAX_TEXT

_SAMPLE: Final = 8
_PATIENCE_S: Final = 60.0


class Editor:
    """State of one open page. `rule` is None while what stands there can't be read."""

    def __init__(self, visit: Visit, saved: Saved | None) -> None:
        self.visit = visit
        self.saved = saved
        self.segments = visit.services.behind.segments
        self.rule: Rule | None = None
        self.text = saved.rule if saved is not None else ""
        self.turn = 0

    async def build(self) -> None:
        visit, saved = self.visit, self.saved
        ui.link(visit.t("segments.back"), "/segments").classes("ct-back")
        title = saved.name if saved is not None else visit.t("segments.new")
        with kit.heading(title, visit.t("segments.editor_lead")):
            if saved is not None:
                kit.button(visit.t("segments.remove"), self._remove, kind="danger").props("data-remove")
        if saved is None:
            self._examples()
        with ui.element("div").classes("sg sg-columns"):
            with kit.section(visit.t("segments.form"), visit.t("segments.form_lead")):
                self.form = FormView(visit, self._form_changed)
            with ui.element("div").classes("sg-side"):
                with kit.section(visit.t("segments.text"), visit.t("segments.text_lead")):
                    self.box = ui.textarea(value=self.text).props(
                        f"outlined autogrow dir=auto debounce=500 maxlength={MAX_TEXT} spellcheck=false data-rule"
                    )
                    self.box.props["aria-label"] = visit.t("segments.text")
                    self.wrong = ui.element("div").classes("sg-error").props("role=alert")
                with kit.section(visit.t("segments.words")):
                    self.said = ui.element("ul").classes("sg-words").props("aria-live=polite")
        self.result = kit.section(visit.t("segments.who"), visit.t("segments.who_lead"))
        with self.result:
            with ui.element("div").classes("row-acts"):
                kit.button(visit.t("segments.preview"), self._preview, picture="customers").props(
                    "data-preview"
                )
            self.found = ui.element("div").classes("sg-found").props("aria-live=polite")
        self._keeping()
        self.box.on_value_change(lambda event: self._text_changed(str(event.value or "")))
        if saved is None:
            self._take(from_form({"all": []}, self.segments.setting.terms))
        else:
            self._read(self.text)
        if saved is not None and self.rule is not None:
            ui.timer(0.1, self._preview, once=True)

    # the rule, from either side

    def _take(self, rule: Rule) -> None:
        """A rule from outside: form, text and words show it."""
        self.rule = rule
        self.form.show(draft_of(to_form(rule)))
        self._write(rule)
        self._say(rule)

    def _write(self, rule: Rule) -> None:
        self.text = write(rule, self.visit.language)
        self.box.set_value(self.text)

    def _read(self, text: str) -> None:
        """What was typed: the form follows, where it is a rule."""
        self.text = text
        self.wrong.clear()
        try:
            rule = self.segments.read(text)
        except RuleError as error:
            self.rule = None
            self._point(text, error)
            self._say(None)
            return
        self.rule = rule
        if not same(self.form.root, rule, self.segments.setting.terms) or not self.form.faults:
            self.form.show(draft_of(to_form(rule)))
        self.form.tell(None, "")
        self._say(rule)

    def _text_changed(self, text: str) -> None:
        if text != self.text:
            self._read(text)

    async def _form_changed(self) -> None:
        visit = self.visit
        self.wrong.clear()
        try:
            rule = finished(self.form.root, self.segments.setting.terms)
        except Unfinished as lacks:
            self.rule = None
            words = (
                lacks.error.words(visit.language)
                if lacks.error is not None
                else visit.t(f"segments.missing.{lacks.code}")
            )
            self.form.tell(lacks.line, words)
            self._say(None)
            return
        except RuleError as error:
            self.rule = None
            with self.wrong:
                ui.label(error.words(visit.language)).classes("notice notice-bad")
            return
        self.form.tell(None, "")
        self.rule = rule
        self._write(rule)
        self._say(rule)

    def _point(self, text: str, error: RuleError) -> None:
        """The sentence, and the place in the rule it is about."""
        visit = self.visit
        at = min(error.at, len(text))
        end = min(max(at + error.length, at + 1), len(text))
        with self.wrong:
            ui.label(error.words(visit.language)).classes("notice notice-bad")
            if not text:
                return
            with ui.element("p").classes("sg-place mono").props("dir=auto"):
                kit.text(text[max(0, at - 60) : at])
                kit.text(text[at:end] or visit.t("segments.here"), "mark")
                kit.text(text[end : end + 60])

            def jump() -> None:
                ui.run_javascript(
                    "const box = document.querySelector('[data-rule] textarea, textarea[data-rule]');"
                    f"if (box) {{ box.focus(); box.setSelectionRange({at}, {end}); }}"
                )

            kit.button(visit.t("segments.show_place"), jump, kind="quiet")

    def _say(self, rule: Rule | None) -> None:
        self.said.clear()
        self.result.classes(add="sg-old")
        with self.said:
            if rule is None:
                kit.text(self.visit.t("segments.not_yet"), "li", "hint")
                return
            for each in lines_of(rule, self.visit.language):
                kit.text(each.text, "li").props("dir=auto").style(
                    f"margin-inline-start: {each.depth * 1.2}em"
                )

    def _examples(self) -> None:
        visit = self.visit
        with kit.section(visit.t("segments.examples.title")), ui.element("div").classes("ct-tags"):
            for name, form in EXAMPLES.items():
                rule = from_form(form, self.segments.setting.terms)
                kit.button(visit.t(f"segments.examples.{name}"), lambda rule=rule: self._take(rule))  # type: ignore[misc]

    # who belongs

    async def _preview(self) -> None:
        visit, rule = self.visit, self.rule
        self.turn += 1
        turn = self.turn
        if rule is None:
            kit.say(visit.t("segments.mend_first"), "warn")
            return
        self.found.clear()
        with self.found:
            ui.label(visit.t("segments.counting")).classes("hint")
        try:
            async with asyncio.timeout(_PATIENCE_S):
                counted, members = await self.segments.preview(rule, sample=_SAMPLE, language=visit.language)
                reach = await self.segments.reach(rule)
        except (StoreError, TimeoutError):
            self.found.clear()
            with self.found:
                ui.label(visit.t("segments.too_slow")).classes("notice notice-warn")
            return
        if turn != self.turn or self.found.is_deleted:
            return
        self.result.classes(remove="sg-old")
        self.found.clear()
        with self.found:
            self._draw_found(counted, members, reach)

    def _draw_found(self, counted: Count, members: list[Member], reach: Reach) -> None:
        visit = self.visit
        with ui.element("div").classes("sg-total"):
            kit.text(visit.count("segments.contacts", counted.count), "strong").props("data-count")
            if counted.share is not None:
                ui.label(
                    visit.t("segments.share", share=f"{counted.share:.0%}", all=counted.contacts)
                ).classes("hint")
        if not counted.count:
            ui.label(visit.t("segments.nobody")).classes("hint")
            return
        self._doors(reach)
        kit.text(visit.t("segments.sample"), "h3")
        with ui.element("div").classes("rows"):
            for member in members:
                self._member(member)

    def _doors(self, reach: Reach) -> None:
        visit = self.visit
        kit.text(visit.t("segments.doors"), "h3")
        ui.label(visit.t("segments.doors_lead")).classes("hint")
        with ui.element("div").classes("sg-doors"):
            for door in reach.doors:
                with ui.element("div").classes("sg-door").props(f'data-door="{door.channel}"'):
                    with ui.element("span").classes("ct-address"):
                        kit.icon(channel_icon(door.channel))
                        kit.text(channel_named(visit, door.channel), "strong")
                    ui.label(visit.count("segments.contacts", door.contacts))
                    with ui.element("span").classes("ct-tags"):
                        kit.tag(visit.t("segments.agreed", n=door.agreed), "good")
                        if door.refused:
                            kit.tag(visit.t("segments.refused", n=door.refused), "bad")
                        silent = door.contacts - door.agreed - door.refused
                        if silent:
                            kit.tag(visit.t("segments.silent", n=silent), "warn")
        if reach.nowhere:
            ui.label(visit.count("segments.nowhere", reach.nowhere)).classes("notice notice-warn")

    def _member(self, member: Member) -> None:
        visit = self.visit
        with ui.element("details").classes("sg-member"):
            with ui.element("summary"):
                kit.text(member.name or visit.t("contacts.nameless"), "span", "row-title").props("dir=auto")
            for reason in member.reasons:
                with (
                    ui.element("div")
                    .classes("sg-reason")
                    .style(f"margin-inline-start: {reason.depth * 1.2}em")
                ):
                    kit.tag(
                        visit.t("contacts.yes" if reason.holds else "contacts.no"),
                        "good" if reason.holds else "",
                    )
                    kit.text(reason.text, "span").props("dir=auto")
                    if reason.found:
                        kit.text(reason.found, "bdi", "hint")
            ui.link(visit.t("segments.open_contact"), f"/contacts/{member.id}")

    # kept

    def _keeping(self) -> None:
        visit, saved = self.visit, self.saved
        with ui.element("section").classes("panel ct-start"):
            name = kit.field(visit.t("segments.name"), "dir=auto maxlength=100")
            name.set_value(saved.name if saved is not None else "")
            self.name: Any = name
            kit.button(visit.t("shell.save"), self._save, kind="main").props("data-save")

    async def _save(self) -> None:
        visit, saved = self.visit, self.saved
        if not visit.may(*CHANGE):
            kit.say(visit.t("shell.not_allowed"), "bad")
            return
        name = str(self.name.value or "").strip()
        if not name:
            kit.say(visit.t("segments.name_missing"), "warn")
            return
        if self.rule is None:
            kit.say(visit.t("segments.mend_first"), "warn")
            return
        try:
            if saved is None:
                kept = await self.segments.save(name, self.text, by=visit.user.agent_id, must_be_new=True)
            else:
                kept = await self.segments.change(saved.id, name=name, text=self.text, seen=saved.updated_at)
        except InUse as error:
            kit.say(self._used(error, "segments.used_rename"), "bad")
        except NameTaken:
            kit.say(visit.t("segments.name_taken", name=name), "bad")
        except Crossed:
            kit.say(visit.t("segments.crossed"), "bad")
        except NotFound:
            kit.say(visit.t("segments.gone"), "bad")
        except NotPossible:
            kit.say(visit.t("segments.bad_name"), "bad")
        else:
            action = "segment_changed" if saved is not None else "segment_made"
            await visit.store.write(visit.noted(action, "segment", kept.id, name=kept.name))
            kit.say(visit.t("shell.saved"))
            ui.navigate.to(f"/segments/{kept.id}")

    async def _remove(self) -> None:
        visit, saved = self.visit, self.saved
        assert saved is not None
        if uses := await self.segments.uses(saved.name):
            kit.say(self._used(InUse(uses), "segments.used_remove"), "bad")
            return
        title = visit.t("segments.remove_title", name=saved.name)
        lead, act = visit.t("segments.remove_lead"), visit.t("segments.remove")
        if not await kit.confirm(visit, title, lead, act, kind="danger"):
            return
        if not visit.may(*CHANGE):
            kit.say(visit.t("shell.not_allowed"), "bad")
            return
        try:
            with suppress(NotFound):  # somebody else did: the same is wanted
                await self.segments.remove(saved.id)
        except InUse as error:
            kit.say(self._used(error, "segments.used_remove"), "bad")
            return
        await visit.store.write(visit.noted("segment_removed", "segment", saved.id, name=saved.name))
        ui.navigate.to("/segments")

    def _used(self, error: InUse, key: str) -> str:
        names = ", ".join(f"« {use.name} »" for use in error.uses[:5])
        return self.visit.t(key, names=names)
