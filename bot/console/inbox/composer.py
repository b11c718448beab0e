"""Where an agent writes: the channel, what the FAQ would say, ready answers, files, notes, now or later."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from nicegui import ui

from bot.console import kit
from bot.console.inbox.acting import ask_time
from bot.inbox.answering import FILES, Answer, Crossed, Suggested
from bot.inbox.suggesting import (
    Ready,
    Suggestion,
    asked_last,
    fill_in,
    keep_ready,
    ready_answers,
    sms_cost,
    suggest,
)
from bot.inbox.timeline import Way
from bot.store.changes import NotPossible
from channels.port import Attachment, Malformed

if TYPE_CHECKING:
    from bot.console.inbox.conversation import OpenConversation

_DRAFT_S: Final = 1.0
_SURE: Final = 0.8


class Composer:
    """One box for answers and notes. What is in it is kept as a draft while the agent writes."""

    def __init__(self, talk: OpenConversation) -> None:
        self.talk = talk
        self.visit = talk.visit
        self.note = False
        self.writing = False
        self._key = talk.visit.ids.new()
        self._seen = talk.opened.seen_seq
        self._suggested: Suggested | None = None
        self._files: list[Attachment] = []
        self._keeping = False
        self._asked = ""

    async def build(self) -> None:
        """Draw the box."""
        visit = self.visit
        with ui.element("div").classes("write").props("data-write") as self.box:
            self.suggestions = ui.element("div").classes("suggestions")
            with ui.element("div").classes("write-top"):
                with ui.element("div").classes("write-kinds").props("role=tablist"):
                    self._answer_tab = self._tab("answer", note=False)
                    self._note_tab = self._tab("note", note=True)
                self.ways = ui.element("div").classes("ways")
            self.text = (
                ui.textarea(value=self.talk.opened.draft)
                .props(
                    f'autogrow borderless dense maxlength=20000 dir=auto aria-label="{visit.t("inbox.write.answer")}"'
                )
                .classes("write-text")
            )
            self.text.on_value_change(self._wrote)
            self.files = ui.element("div").classes("write-files")
            with ui.element("div").classes("write-foot"):
                self.hint = ui.label().classes("hint write-hint")
                with ui.element("div").classes("write-acts"):
                    self.upload = ui.upload(
                        on_upload=self._attach, auto_upload=True, max_file_size=20_000_000, max_files=FILES
                    ).classes("hidden-upload")
                    self.clip = kit.button("", self._pick, kind="quiet", picture="attach").props(
                        f'aria-label="{visit.t("inbox.write.attach")}" title="{visit.t("inbox.write.attach")}"'
                    )
                    self.ready = kit.button(visit.t("inbox.write.ready"), self._ready, kind="quiet").props(
                        "data-ready"
                    )
                    self.later = kit.button(
                        visit.t("inbox.write.later"), self._later, kind="quiet", picture="clock"
                    )
                    self.go = kit.button(
                        visit.t("inbox.write.send"), self._send_now, kind="main", picture="send"
                    ).props("data-send")
        self._draw_ways()
        self._switch(note=False)
        self._suggest()

    def _tab(self, key: str, *, note: bool) -> Any:
        tab = ui.element("button").classes("write-kind").props(f"type=button role=tab data-kind={key}")
        with tab:
            ui.label(self.visit.t(f"inbox.write.{key}"))
        tab.on("click", lambda: self._switch(note=note))
        return tab

    def _switch(self, *, note: bool) -> None:
        visit, self.note = self.visit, note
        self._answer_tab.props(f"aria-selected={'false' if note else 'true'}")
        self._note_tab.props(f"aria-selected={'true' if note else 'false'}")
        self.box.classes(add="write-note" if note else "", remove="" if note else "write-note")
        self.text.props["placeholder"] = visit.t(
            "inbox.write.note_placeholder" if note else "inbox.write.placeholder"
        )
        self.text.update()
        for each in (self.clip, self.ready, self.later, self.ways, self.suggestions):
            each.set_visibility(not note)
        self._hint()

    # the channel

    def _draw_ways(self) -> None:
        visit = self.visit
        self.ways.clear()
        ways = self.talk.opened.ways
        with self.ways:
            for way in ways:
                words = visit.t(f"inbox.channel.{way.channel}") if _has(visit, way.channel) else way.channel
                why = way.closed or ("waits" if way.waits else "")
                chip = ui.element("button").classes("way").props(f"type=button data-way={way.channel}")
                with chip:
                    ui.label(words)
                    if why:
                        ui.label(visit.t(f"inbox.way.{why}")).classes("way-why")
                if way.conversation_id == self.talk.id:
                    chip.props("aria-pressed=true")
                if way.closed:
                    chip.props("disabled")
                elif way.conversation_id != self.talk.id:
                    chip.on("click", self._other_way(way))

    def _other_way(self, way: Way) -> Callable[[], None]:
        return lambda: ui.navigate.to(f"/inbox/{way.conversation_id}")

    @property
    def _way(self) -> Way | None:
        return next((way for way in self.talk.opened.ways if way.conversation_id == self.talk.id), None)

    # what is written

    def put(self, text: str) -> None:
        """Put words into the box, after what is there."""
        now = str(self.text.value or "").strip()
        self.text.set_value(f"{now}\n\n{text}" if now and now != text else text)

    def _wrote(self) -> None:
        writing = bool(str(self.text.value or "").strip())
        if writing != self.writing:
            self.writing = writing
            self.talk.say_writing(writing)
            if writing:
                self._seen = self.talk.opened.seen_seq
        self._hint()
        if not self._keeping:
            self._keeping = True
            with self.box:
                ui.timer(_DRAFT_S, self._keep, once=True)

    async def _keep(self) -> None:
        self._keeping = False
        if not self.note:
            await self.talk.inbox.answering.keep_draft(
                self.talk.id, str(self.text.value or ""), self._seen, self.talk.who
            )

    def _hint(self) -> None:
        visit, text = self.visit, str(self.text.value or "")
        way = self._way
        if self.note or way is None:
            self.hint.set_text("")
        elif way.closed:
            self.hint.set_text(visit.t(f"inbox.way.{way.closed}"))
        elif way.channel == "sms" and text:
            self.hint.set_text(self._cost(text, way))
        elif self.talk.opened.conversation.owner != "agent":
            self.hint.set_text(visit.t("inbox.write.takes_over"))
        else:
            self.hint.set_text("")
        if way is not None and way.closed and not self.note:
            self.go.props("disabled")
        else:
            self.go.props(remove="disabled")

    def _cost(self, text: str, way: Way) -> str:
        visit = self.visit
        account = visit.config.active_accounts().get(way.account_id)
        price = getattr(account, "price_per_segment", None)
        counted = sms_cost(text, price)
        parts = counted.segments
        said = visit.count("inbox.sms.parts", parts.count, units=parts.units, alphabet=parts.alphabet)
        if counted.cost is None:
            return said
        currency = visit.config.company.currency_code
        return f"{said} · {visit.t('inbox.sms.cost', cost=counted.cost.normalize(), currency=currency)}"

    async def refresh(self, fresh: bool) -> None:
        """Something changed around the box; what is in it stays."""
        if not self.writing:
            self._seen = self.talk.opened.seen_seq
        self._draw_ways()
        self._hint()
        if fresh:
            self._suggest()

    # suggestions

    def _suggest(self) -> None:
        visit, opened = self.visit, self.talk.opened
        asked = asked_last(opened.lines, self.talk.id)
        if asked == self._asked:
            return
        self._asked = asked
        self.suggestions.clear()
        last = next((line for line in reversed(opened.lines) if line.direction != "note"), None)
        if not asked or (last is not None and last.direction == "out" and last.author != "bot"):
            return
        language = opened.conversation.language or opened.customer.contact.language
        found = suggest(visit.services.behind.live_faq.understanding, asked, language)
        with self.suggestions:
            for one in found[:1]:
                self._card(one)

    def _card(self, one: Suggestion) -> None:
        visit = self.visit
        with ui.element("div").classes("suggestion").props(f'data-suggestion="{one.entry_id}"'):
            with ui.element("div").classes("suggestion-head"):
                kit.text(visit.t("inbox.suggest.title"), "strong")
                kit.tag(
                    visit.t("inbox.suggest.sure", n=round(one.confidence * 100)),
                    "good" if one.confidence > 0.8 else "warn",
                )
                ui.label(visit.t("inbox.suggest.source", entry=one.entry_id)).classes("hint")
            kit.text(one.text, "div", "suggestion-text").props("dir=auto")
            with ui.element("div").classes("row-acts"):
                kit.button(visit.t("inbox.suggest.as_is"), self._as_is(one)).props("data-as-is")
                kit.button(visit.t("inbox.suggest.use"), self._use(one), kind="quiet").props("data-use")

    def _use(self, one: Suggestion) -> Callable[[], None]:
        def use() -> None:
            self._suggested = Suggested(entry_id=one.entry_id, confidence=one.confidence, text=one.text)
            self.put(one.text)
            self.suggestions.clear()

        return use

    def _as_is(self, one: Suggestion) -> Callable[[], Awaitable[None]]:
        async def send() -> None:
            self._suggested = Suggested(entry_id=one.entry_id, confidence=one.confidence, text=one.text)
            if await self._send(one.text):
                self.suggestions.clear()

        return send

    # ready answers

    async def _ready(self) -> None:
        visit, opened = self.visit, self.talk.opened
        language = opened.conversation.language or visit.language
        fallback, desk_id = visit.config.company.language, opened.conversation.desk_id
        found = await visit.store.read(
            lambda session: ready_answers(session, language=language, fallback=fallback, desk_id=desk_id)
        )
        with ui.dialog() as dialog, ui.element("div").classes("dialog").props("role=dialog"):
            kit.text(visit.t("inbox.write.ready"), "h2")
            if not found:
                ui.label(visit.t("inbox.write.ready_none")).classes("hint")
            for one in found:
                with ui.element("div").classes("ready"):
                    kit.button(one.name, self._put_ready(dialog, one), kind="quiet").classes("one-of")
                    kit.text(one.text[:160], "div", "hint").props("dir=auto")
            self._new_ready(dialog, language)
            with ui.element("div").classes("dialog-acts"):
                kit.button(visit.t("shell.close"), dialog.close)
        dialog.open()

    def _put_ready(self, dialog: ui.dialog, one: Ready) -> Callable[[], None]:
        def use() -> None:
            text, missing = fill_in(one.text, self._values())
            self.put(text)
            if missing:
                kit.say(self.visit.t("inbox.write.ready_open", fields=", ".join(missing)), "warn")
            dialog.close()

        return use

    def _values(self) -> dict[str, str]:
        opened, visit = self.talk.opened, self.visit
        case = next((case for case in opened.customer.cases if not case.closed), None)
        return {
            "name": opened.customer.contact.name,
            "company": visit.config.company.name,
            "agent": self.talk.who.name,
            "reference": case.reference if case else "",
            "due": visit.day(case.due_at) if case else "",
        }

    def _new_ready(self, dialog: ui.dialog, language: str) -> None:
        visit, text = self.visit, str(self.text.value or "").strip()
        if not text:
            return
        name = ui.input(visit.t("inbox.write.ready_name")).props("outlined dense maxlength=80")

        async def keep() -> None:
            new_id, now = visit.ids.new(), visit.clock.now()
            try:
                await visit.store.write(
                    lambda session: keep_ready(
                        session,
                        new_id,
                        str(name.value or ""),
                        {language: text},
                        desk_id=None,
                        who=self.talk.who,
                        now=now,
                    )
                )
            except NotPossible as error:
                kit.say(visit.t("inbox.refused", why=str(error)), "warn")
                return
            dialog.close()
            kit.say(visit.t("shell.saved"))

        kit.button(visit.t("inbox.write.ready_new"), keep)

    # files

    def _pick(self) -> None:
        self.upload.run_method("pickFiles")

    async def _attach(self, event: Any) -> None:
        file = event.file
        try:
            stored = await self.visit.services.host.store_media(
                await file.read(), name=file.name, claimed_mime=file.content_type or ""
            )
        except Malformed as error:
            kit.say(self.visit.t("inbox.write.attach_too_big", why=str(error)), "bad")
            return
        self._files = [*self._files, stored][:FILES]
        self._draw_files()

    def _draw_files(self) -> None:
        self.files.clear()
        with self.files:
            for file in self._files:
                with ui.element("div").classes("line-file"):
                    kit.icon("file")
                    kit.text(file.name or file.kind, "span", "line-file-name").props("dir=auto")
                    kit.button("", self._remover(file), kind="quiet", picture="close").props(
                        f'aria-label="{self.visit.t("inbox.write.remove")}"'
                    )

    def _remover(self, file: Attachment) -> Callable[[], None]:
        def remove() -> None:
            self._files = [each for each in self._files if each is not file]
            self._draw_files()

        return remove

    # sending

    async def _send_now(self) -> None:
        if self.note:
            await self._keep_note()
        else:
            await self._send(str(self.text.value or ""))

    async def _later(self) -> None:
        if not str(self.text.value or "").strip():
            kit.say(self.visit.t("inbox.write.empty"), "warn")
            return
        at = await ask_time(self.visit, self.visit.t("inbox.later.title"), self.visit.t("inbox.later.do"))
        if at is not None and await self._send(str(self.text.value or ""), at=at):
            kit.say(self.visit.t("inbox.later.said", when=self.visit.when(at)))

    async def _send(self, text: str, *, at: datetime | None = None) -> bool:
        if not text.strip() and not self._files:
            kit.say(self.visit.t("inbox.write.empty"), "warn")
            return False
        answer = Answer(
            conversation_id=self.talk.id,
            text=text,
            key=self._key,
            seen_seq=self._seen if self.writing else self.talk.opened.seen_seq,
            attachments=tuple(self._files),
            suggested=self._suggested,
            at=at,
        )
        try:
            await self.talk.inbox.answering.send(answer, self.talk.who)
        except Crossed as crossed:
            if not await self._all_the_same(crossed):
                self._seen = self.talk.opened.seen_seq
                return False
            await self.talk.inbox.answering.send(replace(answer, all_the_same=True), self.talk.who)
        except NotPossible as error:
            kit.say(self.visit.t("inbox.refused", why=str(error)), "warn")
            return False
        self._empty()
        await self.talk.again()
        return True

    async def _all_the_same(self, crossed: Crossed) -> bool:
        visit = self.visit
        if crossed.by == "contact":
            lead = visit.t("inbox.crossed.contact")
        else:
            lead = visit.t("inbox.crossed.colleague", name=crossed.by)
        return await kit.confirm(visit, visit.t("inbox.crossed.title"), lead, visit.t("inbox.crossed.send"))

    async def _keep_note(self) -> None:
        try:
            await self.talk.inbox.acts.note(self.talk.id, str(self.text.value or ""), self.talk.who)
        except NotPossible as error:
            kit.say(self.visit.t("inbox.refused", why=str(error)), "warn")
            return
        self._empty()
        self._switch(note=False)
        await self.talk.again()

    def _empty(self) -> None:
        """A new answer begins: with a key of its own."""
        self._key = self.visit.ids.new()
        self._suggested = None
        self._files = []
        self._draw_files()
        self.text.set_value("")
        self._seen = self.talk.opened.seen_seq


def _has(visit: Any, channel: str) -> bool:
    return bool(visit.words.has(f"inbox.channel.{channel}"))
