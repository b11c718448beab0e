"""One conversation as it is open: its head with the acts, its lines, the answer, and the customer beside it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from nicegui import ui

from bot.console import Visit, kit
from bot.console.inbox.acting import Acting
from bot.console.inbox.composer import Composer
from bot.console.inbox.customer import draw_customer
from bot.console.inbox.timeline import draw_line
from bot.console.inbox.wording import channel_icon, held_key, left_key
from bot.inbox.acts import Who
from bot.inbox.answering import Waiting, waiting_answers
from bot.inbox.live import Present
from bot.inbox.timeline import Mark, Open, open_conversation, read_lines
from bot.store.changes import NotFound, NotPossible

_HERE_S: Final = 8.0  # how often somebody who looks says so


class OpenConversation:
    """Built once for each conversation that is opened; `hear` brings it up to date."""

    def __init__(self, visit: Visit, conversation_id: str, back: Callable[[], Awaitable[None]]) -> None:
        self.visit = visit
        self.id = conversation_id
        self.inbox = visit.services.behind.inbox
        self.who = Who(id=visit.user.agent_id, name=visit.user.name)
        self._back = back
        self._before: Mark | None = None
        self._drawn: dict[str, str] = {}  # message → what of it can change
        self._closed = False
        self.opened: Open

    async def read(self) -> Open:
        """The conversation as it stands."""
        doors, now = self.visit.services.core.doors, self.visit.clock.now()
        return await self.visit.store.read(
            lambda session: open_conversation(session, self.id, doors, agent_id=self.who.id, now=now)
        )

    async def build(self) -> None:
        """Draw it whole."""
        try:
            self.opened = await self.read()
        except NotFound:
            kit.empty(self.visit.t("inbox.empty.found"), "search")
            return
        with ui.element("div").classes("talk"):
            self.head = ui.element("header").classes("talk-head")
            self.acting = Acting(self.visit, self.inbox, self.id, self.who, self.again)
            self._draw_head()
            with ui.element("div").classes("talk-lines").props("data-lines tabindex=0 role=log"):
                self.earlier = ui.element("div").classes("talk-earlier")
                self.lines = ui.element("div").classes("talk-inner")
            self._before = self.opened.before
            self._draw_earlier()
            self._draw_lines()
            self.present = ui.element("div").classes("talk-present").props("aria-live=polite")
            self.pending = ui.element("div").classes("talk-pending")
            self.composer = Composer(self)
            await self.composer.build()
        self.beside = ui.element("aside").classes("beside")
        self._draw_beside()
        await self.draw_pending()
        self.show_present()
        self._say_here()
        self._timer = ui.timer(_HERE_S, self._say_here, immediate=False)
        if not self._closed:
            await self.inbox.acts.see_mentions(self.id, self.who)
            await self.visit.saw("conversation", self.id)
        ui.run_javascript("window.relaisInbox && window.relaisInbox.toEnd()")

    def close(self) -> None:
        """The agent looks elsewhere."""
        self._closed = True
        self.inbox.live.leave(self.who.id, self.id)

    # parts

    def _draw_head(self) -> None:
        visit, opened = self.visit, self.opened
        conversation = opened.conversation
        self.head.clear()
        with self.head:
            kit.button("", self._back, kind="quiet", picture="back").classes("talk-back turns").props(
                f'aria-label="{visit.t("inbox.back")}"'
            )
            with ui.element("div").classes("talk-who"):
                name = opened.customer.contact.name or visit.t("inbox.nameless")
                kit.text(name, "h1", "talk-name").props("dir=auto")
                with ui.element("div").classes("talk-state"):
                    kit.icon(channel_icon(conversation.channel))
                    kit.text(self._owner_words(), "span", "talk-owner").props("data-owner")
                    row = opened.row
                    key, number, tone = left_key(row["owed_at"] if row else None, visit.clock.now())
                    if key and row:
                        what = visit.t(f"inbox.owed.{row['owed_kind']}")
                        kit.tag(f"{what} · {visit.count(key, number)}", tone)
            with ui.element("div").classes("talk-acts"):
                self.acting.draw(opened)

    def _owner_words(self) -> str:
        conversation = self.opened.conversation
        if conversation.owner == "agent":
            if conversation.agent_id == self.who.id:
                return self.visit.t(
                    "inbox.owner.agent", name=f"{self.who.name} ({self.visit.t('inbox.you')})"
                )
            return self.opened.agent or self.visit.t("inbox.owner.somebody")
        return self.visit.t(f"inbox.owner.{conversation.owner}")

    def _draw_earlier(self) -> None:
        self.earlier.clear()
        if self._before is None:
            return
        with self.earlier:
            kit.button(self.visit.t("inbox.older"), self._older, kind="quiet")

    async def _older(self) -> None:
        contact_id, before = self.opened.conversation.contact_id, self._before
        lines, self._before = await self.visit.store.read(
            lambda session: read_lines(session, contact_id, before=before)
        )
        for at, line in enumerate(lines):
            with self.lines:
                holder = ui.element("div")
            with holder:
                draw_line(self.visit, line, here=self.id)
            holder.move(self.lines, at)
            self._holders[line.id] = holder
        self._draw_earlier()

    def _draw_lines(self) -> None:
        self.lines.clear()
        self._holders: dict[str, Any] = {}
        self._drawn.clear()
        for line in self.opened.lines:
            self._draw_one(line)

    def _draw_one(self, line: Any) -> None:
        state = f"{line.status}{line.text}{line.edited}{len(line.attachments)}{line.attachments}"
        if self._drawn.get(line.id) == state:
            return
        holder = self._holders.get(line.id)
        if holder is None:
            with self.lines:
                holder = self._holders[line.id] = ui.element("div")
        holder.clear()
        with holder:
            draw_line(self.visit, line, here=self.id)
        self._drawn[line.id] = state

    def _draw_beside(self) -> None:
        self.beside.clear()
        with self.beside:
            draw_customer(self.visit, self.opened, self.again)

    # live

    async def hear(self, row: dict[str, Any] | None, contacts: set[str]) -> None:
        """Something changed: here, or on another channel of the same customer."""
        if self._closed or not hasattr(self, "composer"):
            return
        if row is None and self.opened.conversation.contact_id not in contacts:
            return
        await self.again()

    async def again(self) -> None:
        """Read it anew and draw what is different."""
        before = self.opened
        try:
            self.opened = await self.read()
        except NotFound:
            return
        if self._closed or self.lines.is_deleted:
            return
        fresh = {line.id for line in self.opened.lines} - self._drawn.keys()
        for line in self.opened.lines:
            self._draw_one(line)
        self._draw_head()
        await self.draw_pending()
        if _beside_of(before) != _beside_of(self.opened):
            self._draw_beside()
        await self.composer.refresh(bool(fresh))
        if fresh:
            ui.run_javascript("window.relaisInbox && window.relaisInbox.toEnd(true)")

    # who else is here

    def _say_here(self, writing: bool | None = None) -> None:
        if self._closed or (hasattr(self, "lines") and self.lines.is_deleted):
            return
        if writing is None:
            writing = hasattr(self, "composer") and self.composer.writing
        self.inbox.live.be(Present(self.who.id, self.who.name, self.id, writing))

    def say_writing(self, writing: bool) -> None:
        """The agent began or ceased to write."""
        self._say_here(writing)

    def show_present(self) -> None:
        """Who else looks or writes."""
        if self._closed or not hasattr(self, "present") or self.present.is_deleted:
            return
        others = self.inbox.live.others_at(self.id, self.who.id)
        self.present.clear()
        with self.present:
            for key, names in (
                ("writing", [each.agent_name for each in others if each.writing]),
                ("here", [each.agent_name for each in others if not each.writing]),
            ):
                if names:
                    words = self.visit.t(f"inbox.present.{key}", names=", ".join(dict.fromkeys(names)))
                    kit.text(words, "div", f"present present-{key}").props("dir=auto")

    # answers that have not left

    async def draw_pending(self) -> None:
        """Answers that can still be undone, wait for later, or are held."""
        waiting = await self.visit.store.read(lambda session: waiting_answers(session, self.id))
        if self._closed or self.pending.is_deleted:
            return
        self.pending.clear()
        with self.pending:
            for one in waiting:
                self._draw_waiting(one)

    def _draw_waiting(self, one: Waiting) -> None:
        visit = self.visit
        with ui.element("div").classes(f"waiting waiting-{one.status}").props(f'data-waiting="{one.id}"'):
            with ui.element("div").classes("waiting-main"):
                words = ui.label().classes("waiting-when")
                kit.text(one.text[:200], "div", "waiting-text").props("dir=auto")
            if one.status == "held":
                key, name = held_key(one.reason)
                words.set_text(visit.t(key, name=name) if name else visit.t(key))
                kit.button(visit.t("inbox.pending.send_anyway"), self._insister(one.id))
            elif one.later:
                words.set_text(visit.t("inbox.pending.at", when=visit.when(one.due_at)))
            else:
                self._count_down(words, one)
            if one.agent_id == self.who.id or one.status == "held":
                kit.button(visit.t("inbox.pending.undo"), self._undoer(one.id), kind="quiet").props(
                    "data-undo"
                )

    def _count_down(self, words: ui.label, one: Waiting) -> None:
        def write() -> None:
            left = max(0, round((one.due_at - self.visit.clock.now()).total_seconds()))
            words.set_text(self.visit.count("inbox.pending.leaves", left))

        write()
        ui.timer(1.0, write, immediate=False)

    def _undoer(self, answer_id: str) -> Callable[[], Awaitable[None]]:
        async def undo() -> None:
            try:
                text = await self.inbox.answering.undo(answer_id, self.who)
            except NotPossible:
                kit.say(self.visit.t("inbox.pending.too_late"), "warn")
            else:
                self.composer.put(text)
                kit.say(self.visit.t("inbox.pending.undone"), "info")
            await self.draw_pending()

        return undo

    def _insister(self, answer_id: str) -> Callable[[], Awaitable[None]]:
        async def insist() -> None:
            await self.inbox.answering.insist(answer_id, self.who)
            await self.again()

        return insist


def _beside_of(opened: Open) -> tuple[Any, ...]:
    """What of the customer can change while one looks."""
    customer = opened.customer
    return (
        customer.contact.version,
        customer.contact.id,
        tuple((case.reference, case.version) for case in customer.cases),
        tuple((pair.id, pair.status, len(pair.evidence)) for pair, _ in customer.pairs),
        len(customer.addresses),
        len(customer.consents),
        opened.tried[:1],
    )
