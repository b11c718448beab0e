"""The inbox as one agent has it open: views, the list that moves by itself, and the conversation in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from nicegui import background_tasks, ui
from nicegui.element import Element
from sqlalchemy import select

from bot.console import Visit, kit
from bot.console.inbox.conversation import OpenConversation
from bot.console.inbox.wording import channel_icon, initials, left_key, named
from bot.inbox import listing
from bot.inbox.listing import Asked, View
from bot.inbox.live import Changed, Present
from bot.inbox.shown import Shown
from bot.records import Desk
from bot.records.base import table_of
from bot.store.port import StoreError

_CALM_S: Final = 0.05  # changes so close together are shown at once
_COUNTS_S: Final = 1.0
_LEFT_S: Final = 30.0  # how often the time left is written anew
_CHANNELS: Final = ("email", "sms", "whatsapp", "telegram", "webchat")


class Room:
    """State of one open page. Ends with it."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.inbox = visit.services.behind.inbox
        views = {view: view for view in listing.VIEWS}
        self.asked = Asked(
            view=views.get(visit.query.get("view", ""), "open"),  # type: ignore[call-overload]
            agent_id=visit.user.agent_id,
            desk=visit.query.get("desk", ""),
            channel=visit.query.get("channel", ""),
            language=visit.query.get("language", ""),
        )
        self.shown = Shown(self.asked, listing.Page(rows=()))
        self.cards: dict[str, Element] = {}
        self.chosen = ""
        self.open: OpenConversation | None = None
        self._numbers: dict[str, ui.label] = {}
        self._views: dict[str, Element] = {}
        self._counting = False

    async def build(self, conversation_id: str = "") -> None:
        """Draw everything, then listen."""
        self.chosen = conversation_id
        with ui.element("div").classes("inbox").props("data-inbox") as self.root:
            with ui.element("aside").classes("inbox-views"):
                await self._build_views()
            with ui.element("section").classes("inbox-list"):
                self._build_search()
                self.rows = _listbox(self.visit)
            self.middle = ui.element("section").classes("inbox-middle")
        self._mark_chosen()
        await self.reload()
        await self._show_conversation()
        task = background_tasks.create(self._listen(), name="inbox page")
        ui.context.client.on_delete(task.cancel)
        ui.timer(_LEFT_S, self._write_left, immediate=False)

    # views and search

    async def _build_views(self) -> None:
        visit = self.visit
        for view in listing.VIEWS:
            line = ui.element("button").classes("view").props(f"type=button data-view={view}")
            with line:
                ui.label(visit.t(f"inbox.view.{view}"))
                self._numbers[view] = ui.label().classes("view-count")
            self._views[view] = line
            line.on("click", self._viewer(view))
        desks = await visit.store.fetch_all(
            select(table_of(Desk)).where(table_of(Desk).c.active).order_by(table_of(Desk).c.id)
        )
        names = {
            row.id: row.names.get(visit.language) or next(iter(row.names.values()), row.id) for row in desks
        }
        present = {door.kind for door in visit.services.core.doors.values()} | set(_CHANNELS)
        with ui.element("div").classes("filters"):
            self._filter("desk", names)
            self._filter(
                "channel", {one: visit.t(f"inbox.channel.{one}") for one in _CHANNELS if one in present}
            )
            self._filter(
                "language",
                {one: visit.t(f"inbox.lang.{one}") for one in ("fr", "ar", "en")},
            )
        await self._count()

    def _filter(self, name: str, options: dict[str, str]) -> None:
        visit = self.visit
        with ui.element("label").classes("filter"):
            label = visit.t(f"inbox.filter.{name}")
            chooser = ui.element("select").props(f'data-filter={name} aria-label="{label}"')
            with chooser:
                every = f"{label} : {visit.t('inbox.filter.any')}"
                for value, words in {"": every, **options}.items():
                    with ui.element("option").props(f'value="{value}"') as option:
                        ui.label(words).classes("inline")
                    if value == getattr(self.asked, name):
                        option.props("selected")

        async def change(event: Any) -> None:
            await self._ask(**{name: str(event.args or "")})

        chooser.on("change", change, js_handler="(event) => emit(event.target.value)")

    def _build_search(self) -> None:
        visit = self.visit
        with ui.element("div").classes("inbox-search").props("data-search"):
            kit.icon("search")
            field = ui.element("input").props(
                f'type=search placeholder="{visit.t("inbox.search")}" aria-label="{visit.t("inbox.search")}"'
                " maxlength=200"
            )

            async def look(event: Any) -> None:
                await self._ask(words=str(event.args or "")[:200])

            field.on("input", look, js_handler="(event) => emit(event.target.value)", throttle=0.3)

    def _viewer(self, view: View) -> Callable[[], Any]:
        async def look() -> None:
            await self._ask(view=view)

        return look

    async def _ask(self, **changed: Any) -> None:
        values = {name: getattr(self.asked, name) for name in Asked.__dataclass_fields__}
        self.asked = Asked(**{**values, **changed})
        await self.reload()

    # the list

    async def reload(self) -> None:
        """Read the first page of what is asked for."""
        page = await self._page()
        self.shown = Shown(self.asked, page)
        self.rows.clear()
        self.cards.clear()
        with self.rows:
            for row in self.shown.rows:
                self._card(row)
            self._tail()
        for view, line in self._views.items():
            line.props(f"aria-current={'true' if view == self.asked.view else 'false'}")

    async def _page(self, after: tuple[int, str] | None = None) -> listing.Page:
        asked, now, country = self.asked, self.visit.clock.now(), self.visit.config.company.country
        return await self.visit.store.read(
            lambda session: listing.page(session, asked, now, after=after, country=country)
        )

    def _tail(self) -> None:
        visit = self.visit
        with ui.element("div").classes("inbox-tail") as self.tail:
            if not self.shown.rows:
                found = "found" if self.asked.words.strip() else self.asked.view
                kit.empty(visit.t(f"inbox.empty.{found}"), "search" if self.asked.words.strip() else "check")
            elif self.shown.after is not None:
                kit.button(visit.t("inbox.more"), self._more, kind="quiet").props("data-more")

    async def _more(self) -> None:
        fresh = self.shown.extend(await self._page(self.shown.after))
        self.tail.delete()
        with self.rows:
            for row in fresh:
                self._card(row)
            self._tail()

    def _card(self, row: dict[str, Any], into: int | None = None) -> None:
        one = row["conversation_id"]
        with self.rows:
            card = (
                ui.element("a").classes("convo").props(f'data-conversation="{one}" role=option tabindex=-1')
            )
        self._fill(card, row)
        card.on("click", self._opener(one), js_handler="(event) => { event.preventDefault(); emit(); }")
        card.props(f'href="/console/inbox/{one}"')
        self.cards[one] = card
        if one == self.chosen:
            card.props("aria-selected=true")
        if into is not None:
            card.move(self.rows, into)

    def _fill(self, card: Element, row: dict[str, Any]) -> None:
        visit = self.visit
        name = named(row, visit.t("inbox.nameless"))
        with card:
            with ui.element("span").classes("face"):
                ui.label(initials(name))
                with ui.element("span").classes("face-channel"):
                    kit.icon(channel_icon(row["channel"]))
            with ui.element("span").classes("convo-main"):
                with ui.element("span").classes("convo-line"):
                    kit.text(name, "strong", "convo-name").props("dir=auto")
                    if row["last_at"] is not None:
                        ui.label(visit.when(row["last_at"])).classes("convo-when")
                ui.label(row["preview"]).classes("convo-preview").props("dir=auto")
                with ui.element("span").classes("convo-tags"):
                    self._tags(row)

    def _tags(self, row: dict[str, Any]) -> None:
        visit = self.visit
        if row["urgent"]:
            kit.tag(visit.t("inbox.urgent"), "bad")
        if row["complaint"]:
            kit.tag(visit.t("inbox.complaint"), "info")
        if row["state"] == "snoozed" and row["snoozed_until"] is not None:
            kit.tag(visit.when(row["snoozed_until"]))
        key, number, tone = left_key(row["owed_at"], visit.clock.now())
        if key:
            kit.tag(visit.count(key, number), tone).props("data-left")
        if row["owner"] == "queue":
            kit.tag(visit.t("inbox.view.unassigned"), "warn")

    def _opener(self, one: str) -> Callable[[], Any]:
        async def show() -> None:
            self.chosen = one
            self._mark_chosen()
            for conversation_id, card in self.cards.items():
                card.props(f"aria-selected={'true' if conversation_id == one else 'false'}")
            ui.run_javascript(f"history.replaceState(history.state, '', '/console/inbox/{one}')")
            await self._show_conversation()

        return show

    def _mark_chosen(self) -> None:
        self.root.classes(toggle=None, remove="has-open") if not self.chosen else self.root.classes(
            "has-open"
        )

    async def back(self) -> None:
        """On a narrow screen: from the conversation to the list."""
        self.chosen = ""
        self._mark_chosen()
        ui.run_javascript("history.replaceState(history.state, '', '/console/inbox')")
        await self._show_conversation()

    async def _show_conversation(self) -> None:
        if self.open is not None:
            self.open.close()
            self.open = None
        self.middle.clear()
        with self.middle:
            if not self.chosen:
                kit.empty(self.visit.t("inbox.empty.pick"), "inbox")
                return
            self.open = OpenConversation(self.visit, self.chosen, self.back)
            await self.open.build()

    # live

    async def _listen(self) -> None:
        """Show what happens until the page ends."""
        async with self.inbox.live.subscribe() as events:
            while not self.root.is_deleted:
                heard = [await events.get()]
                await asyncio.sleep(_CALM_S)
                while not events.empty():
                    heard.append(events.get_nowait())
                if self.root.is_deleted:
                    return
                with suppress(StoreError), self.root:
                    await self._hear(heard)

    async def _hear(self, heard: list[Any]) -> None:
        if None in heard:
            await self.reload()
        rows = [row for event in heard if isinstance(event, Changed) for row in event.rows]
        latest = {row["conversation_id"]: row for row in rows}
        self._apply(list(latest.values()))
        if latest and not self._counting:
            self._counting = True
            ui.timer(_COUNTS_S, self._count, once=True)
        if self.open is not None:
            contacts = {row["contact_id"] for row in latest.values()}
            await self.open.hear(latest.get(self.chosen), contacts)
            if any(isinstance(event, Present) and event.conversation_id == self.chosen for event in heard):
                self.open.show_present()

    def _apply(self, rows: list[dict[str, Any]]) -> None:
        empty_before = not self.shown.rows
        for move in self.shown.apply(rows, self.visit.clock.now()):
            one = move.row["conversation_id"]
            card = self.cards.get(one)
            if move.into is None:
                if card is not None:
                    card.delete()
                    del self.cards[one]
            elif card is not None:
                card.clear()
                self._fill(card, move.row)
                if move.into != move.out:
                    card.move(self.rows, move.into)
            else:
                self._card(move.row, move.into)
        if empty_before != (not self.shown.rows):
            self.tail.delete()
            with self.rows:
                self._tail()

    async def _count(self) -> None:
        self._counting = False
        now, agent_id = self.visit.clock.now(), self.visit.user.agent_id
        counted = await self.visit.store.read(lambda session: listing.counts(session, agent_id, now))
        for view, label in self._numbers.items():
            number = counted.of(view, agent_id)  # type: ignore[arg-type]
            label.set_text("" if not number else f"{number}" if number < 1000 else f"{number / 1000:.0f} k")
            if view == "overdue":
                label.classes(add="view-late" if number else "", remove="" if number else "view-late")

    def _write_left(self) -> None:
        """The time left goes on without anybody writing."""
        for row in self.shown.rows:
            card = self.cards.get(row["conversation_id"])
            if card is not None and row["owed_at"] is not None:
                card.clear()
                self._fill(card, row)


def _listbox(visit: Visit) -> Element:
    made = ui.element("div").classes("inbox-rows")
    return made.props(f'role=listbox tabindex=0 aria-label="{visit.t("inbox.title")}"')
