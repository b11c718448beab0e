"""The buttons in a conversation's head: take, give back, done, and the others behind "more"."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from nicegui import ui
from nicegui.element import Element
from sqlalchemy import select

from bot.console import Visit, kit
from bot.console.inbox.wording import next_monday, tomorrow_at
from bot.inbox.acts import Who
from bot.inbox.desk import InboxDesk
from bot.inbox.timeline import Open, agents_at_work
from bot.records import Desk
from bot.records.base import table_of
from bot.store.changes import NotPossible

Do = Callable[[], Awaitable[Any]]


class Acting:
    """Acts on one conversation, each with its word to the agent."""

    def __init__(
        self,
        visit: Visit,
        inbox: InboxDesk,
        conversation_id: str,
        who: Who,
        again: Callable[[], Awaitable[None]],
    ) -> None:
        self.visit = visit
        self.acts = inbox.acts
        self.id = conversation_id
        self.who = who
        self.again = again

    def draw(self, opened: Open) -> None:
        """The buttons that make sense now."""
        acts = self.acts
        conversation, row = opened.conversation, opened.row
        mine = conversation.owner == "agent" and conversation.agent_id == self.who.id
        state = row["state"] if row else "open"
        seen = opened.seen_seq
        if not mine:
            self._button(
                "take", lambda: acts.take_over(self.id, self.who), "taken", kind="main", picture="hand"
            )
        if conversation.owner != "bot":
            self._button("give_back", lambda: acts.give_back(self.id, self.who), "given_back", picture="bot")
        if state in ("done", "snoozed"):
            self._button("reopen", lambda: acts.reopen(self.id, self.who), "reopened")
        else:
            self._button(
                "done", lambda: acts.done(self.id, self.who, seen_seq=seen), "done_said", picture="check"
            )
            self._open("snooze", self._snooze, "clock")
        self._open("assign", self._assign, "person")
        self._open("transfer", self._transfer, "next")

    def _button(self, act: str, do: Do, said: str, **look: Any) -> None:
        async def press() -> None:
            await self.do(do, self.visit.t(f"inbox.{said}"))

        kit.button(self.visit.t(f"inbox.act.{act}"), press, **look).props(f"data-act={act}")

    def _open(self, act: str, ask: Do, picture: str) -> None:
        kit.button("", ask, kind="quiet", picture=picture).props(
            f'data-act={act} aria-label="{self.visit.t(f"inbox.act.{act}")}" title="{self.visit.t(f"inbox.act.{act}")}"'
        )

    async def do(self, work: Do, said: str) -> bool:
        """Do it and say so; say in words what stood against it."""
        try:
            await work()
        except NotPossible as error:
            kit.say(self.visit.t("inbox.refused", why=str(error)), "warn")
            return False
        kit.say(said)
        await self.again()
        return True

    async def _assign(self) -> None:
        people = await self.visit.store.read(agents_at_work)
        with _dialog(self.visit.t("inbox.assign.title")) as dialog:
            for agent_id, name in people:
                words = f"{name} ({self.visit.t('inbox.you')})" if agent_id == self.who.id else name
                kit.button(words, _submit(dialog, (agent_id, name)), kind="quiet").classes("one-of")
            _close(self.visit, dialog)
        chosen = await _answer(dialog)
        if chosen is not None:
            agent_id, name = chosen
            await self.do(
                lambda: self.acts.assign(self.id, agent_id, self.who),
                self.visit.t("inbox.assigned", name=name),
            )

    async def _transfer(self) -> None:
        visit = self.visit
        desks = await visit.store.fetch_all(
            select(table_of(Desk)).where(table_of(Desk).c.active).order_by(table_of(Desk).c.id)
        )
        names = {
            row.id: row.names.get(visit.language) or next(iter(row.names.values()), row.id) for row in desks
        }
        with _dialog(visit.t("inbox.transfer.title")) as dialog:
            why = (
                ui.textarea(visit.t("inbox.transfer.why"))
                .props("outlined autogrow maxlength=2000")
                .classes("wide")
            )
            for desk_id, name in names.items():
                kit.button(name, _submit(dialog, desk_id), kind="quiet", picture="next").classes(
                    "one-of turns"
                )
            _close(visit, dialog)
        desk_id = await _answer(dialog)
        if desk_id is not None:
            words = str(why.value or "")
            await self.do(
                lambda: self.acts.transfer(self.id, desk_id, words, self.who),
                visit.t("inbox.transferred", desk=names[desk_id]),
            )

    async def _snooze(self) -> None:
        until = await ask_time(
            self.visit, self.visit.t("inbox.snooze.title"), self.visit.t("inbox.snooze.do")
        )
        if until is not None:
            await self.do(
                lambda: self.acts.snooze(self.id, until, self.who),
                self.visit.t("inbox.snoozed", when=self.visit.when(until)),
            )


async def ask_time(visit: Visit, title: str, do: str) -> datetime | None:
    """A time to come in the company's zone; None for "rather not"."""
    now = visit.local(visit.clock.now())
    offers = (
        ("hour", now + timedelta(hours=1)),
        ("tomorrow", tomorrow_at(now, 9)),
        ("monday", next_monday(now, 9)),
    )
    with _dialog(title) as dialog:
        for key, at in offers:
            words = f"{visit.t(f'inbox.snooze.{key}')} · {visit.when(at)}"
            kit.button(words, _submit(dialog, at), kind="quiet").classes("one-of")
        with ui.element("div").classes("own-time"):
            own = ui.input(visit.t("inbox.snooze.own"), value=f"{tomorrow_at(now, 14):%Y-%m-%dT%H:%M}")
            own.props("type=datetime-local outlined dense stack-label")

            def choose() -> None:
                try:
                    at = datetime.fromisoformat(str(own.value)).replace(tzinfo=now.tzinfo)
                except ValueError:
                    return
                dialog.submit(at)

            kit.button(do, choose, kind="main")
        _close(visit, dialog)
    found = await _answer(dialog)
    return found if isinstance(found, datetime) else None


class _Sheet(ui.dialog):
    """A dialog with a title, whose content is built inside `with`."""

    def __init__(self, title: str) -> None:
        super().__init__()
        with self:
            self._body = ui.element("div").classes("dialog").props("role=dialog")
        with self._body:
            kit.text(title, "h2")

    def __enter__(self) -> Any:
        if hasattr(self, "_body"):
            self._body.__enter__()
            return self
        return super().__enter__()

    def __exit__(self, *of: Any) -> None:
        if hasattr(self, "_body"):
            self._body.__exit__(*of)
            return
        super().__exit__(*of)


def _dialog(title: str) -> Any:
    return _Sheet(title)


def _submit(dialog: Any, value: Any) -> Callable[[], None]:
    return lambda: dialog.submit(value)


def _close(visit: Visit, dialog: Any) -> Element:
    with ui.element("div").classes("dialog-acts") as row:
        kit.button(visit.t("shell.cancel"), _submit(dialog, None))
    return row


async def _answer(dialog: Any) -> Any:
    try:
        return await dialog
    finally:
        dialog.delete()
