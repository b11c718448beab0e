"""The pages of contacts: the list that is searched, one person, files brought in."""

from __future__ import annotations

from typing import Any

from nicegui import ui
from nicegui.element import Element
from sqlalchemy.orm import Session

from bot.console import NavEntry, Visit, kit, page
from bot.console.contacts import finding
from bot.console.contacts.adding import add_dialog
from bot.console.contacts.bringing_in import show_import, start_page
from bot.console.contacts.finding import Asked, Row
from bot.console.contacts.person_view import PersonView
from bot.console.contacts.wording import CHANGE, LOOK, channel_icon, channel_named, named
from bot.console.pick import pick
from bot.segments import Saved
from bot.store.changes import NotFound
from scheduler.segments import Rule, RuleError


@page("/contacts", title="contacts.title", roles=LOOK, nav=NavEntry(order=30, icon="customers", key="p"))
async def contacts(visit: Visit) -> None:
    """Everybody, the newest first; found by name, number, address and filters."""
    view = _List(visit, finding.asked_of(visit.query))
    await view.build()


@page("/contacts/{contact_id}", title="contacts.title", roles=LOOK)
async def one_contact(visit: Visit, contact_id: str) -> None:
    """A person with everything that is kept about them."""
    await PersonView(visit, contact_id).build()


@page("/contacts/import", title="contacts.import.title", roles=CHANGE)
async def bring_in(visit: Visit) -> None:
    """Hand a file in, see how it is understood, start it; and the files of before."""
    await start_page(visit)


@page("/contacts/import/{import_id}", title="contacts.import.title", roles=CHANGE)
async def one_import(visit: Visit, import_id: str) -> None:
    """How far a file is, and what was wrong with it."""
    await show_import(visit, import_id)


class _List:
    """State of one open list."""

    def __init__(self, visit: Visit, asked: Asked) -> None:
        self.visit = visit
        self.asked = asked
        self.before: list[str] = []  # where the pages before began
        self.turn = 0  # an answer that comes after a newer question is not shown
        self.rows: Element
        self.foot: Element

    async def build(self) -> None:
        visit = self.visit
        with kit.heading(visit.t("contacts.title"), visit.t("contacts.lead")):
            if visit.may(*CHANGE):
                kit.button(visit.t("contacts.add.open"), lambda: add_dialog(visit), picture="plus")
                ui.link(visit.t("contacts.import.open"), "/contacts/import").classes("button")
        with ui.element("search").classes("ct-search"):
            with ui.element("div").props("data-search").classes("ct-words"):
                words = kit.field(
                    visit.t("contacts.search"), "type=search dir=auto maxlength=200 debounce=300 clearable"
                )
                words.set_value(self.asked.q)
            await self._filters()
        card = ui.element("section").classes("panel ct-list")
        card.props["aria-label"] = visit.t("contacts.title")
        with card:
            self.rows = ui.element("div").classes("rows").props("aria-live=polite")
            self.foot = ui.element("div").classes("ct-foot")
        words.on_value_change(lambda event: self._ask(q=str(event.value or "")))
        await self._show()

    async def _filters(self) -> None:
        visit, asked = self.visit, self.asked
        every = {"": visit.t("contacts.any")}
        with ui.element("div").classes("ct-filters"):
            self._filter("language", {each: named(visit, "languages", each) for each in finding.LANGUAGES})
            self._filter("channel", {each: channel_named(visit, each) for each in finding.CHANNELS})
            self._filter("consent", {each: visit.t(f"contacts.consents.{each}") for each in finding.CONSENTS})
            if visit.may(*CHANGE):
                saved = await visit.services.behind.segments.every()
                options = every | {each.id: each.name for each in saved}
                pick(
                    visit.t("contacts.filter.segment"),
                    options,
                    asked.segment,
                    lambda value: self._ask(segment=value),
                )

    def _filter(self, name: str, options: dict[str, str]) -> None:
        visit = self.visit
        pick(
            visit.t(f"contacts.filter.{name}"),
            {"": visit.t("contacts.any"), **options},
            str(getattr(self.asked, name)),
            lambda value: self._ask(**{name: value}),
        )

    async def _ask(self, **values: str) -> None:
        asked = finding.asked_of(_said(self.asked.changed(**values)))
        if asked == self.asked:
            return
        self.asked, self.before = asked, []
        await self._show()

    async def _show(self) -> None:
        visit, asked = self.visit, self.asked
        self.turn += 1
        turn = self.turn
        ui.navigate.history.replace(f"/console{asked.address()}")
        segment, rule = await self._segment()
        if turn != self.turn:
            return
        found = await visit.store.read(
            lambda session: finding.page_of(
                session, asked, self._where(session, asked, rule), country=visit.config.company.country
            )
        )
        if turn != self.turn:
            return
        shown, more = found[: finding.PAGE], len(found) > finding.PAGE
        self.rows.clear()
        with self.rows:
            if not shown:
                key = "nobody" if asked.plain else "not_found"
                kit.empty(visit.t(f"contacts.{key}"), "customers" if asked.plain else "search")
            for row in shown:
                _line(visit, row)
        self._draw_foot(shown, more=more, rule=rule)
        if asked.segment and segment is None:
            kit.say(visit.t("contacts.segment_gone"), "warn")

    async def _segment(self) -> tuple[Saved | None, Rule | None]:
        visit = self.visit
        if not self.asked.segment or not visit.may(*CHANGE):
            return None, None
        segments = visit.services.behind.segments
        try:
            saved = await segments.one(self.asked.segment)
            return saved, segments.read(saved.rule)
        except (NotFound, RuleError):
            return None, None

    def _where(self, session: Session, asked: Asked, rule: Rule | None, *, whole: bool = False) -> Any:
        visit = self.visit
        return finding.condition_of(
            session, visit.services.behind.segments, asked, rule, visit.clock.now(), whole=whole
        )

    def _draw_foot(self, shown: list[Row], *, more: bool, rule: Rule | None) -> None:
        visit, asked = self.visit, self.asked
        self.foot.clear()
        with self.foot:
            if not shown:
                return
            count = ui.label("").classes("hint")
            if not asked.after and not more:
                count.set_text(visit.count("contacts.count", len(shown)))
            else:
                count.set_text(visit.t("contacts.a_page", n=len(shown)))

                async def tell() -> None:
                    number = await visit.store.read(
                        lambda session: finding.count_of(
                            session,
                            asked,
                            self._where(session, asked, rule, whole=True),
                            country=visit.config.company.country,
                        )
                    )
                    count.set_text(visit.count("contacts.count", number))

                kit.button(visit.t("contacts.count_them"), tell, kind="quiet").props("data-count")
            with ui.element("nav").classes("row-acts").props(f'aria-label="{visit.t("contacts.pages")}"'):
                if asked.after:
                    kit.button(visit.t("contacts.page_before"), self._back)
                if more:
                    kit.button(visit.t("contacts.page_after"), lambda: self._next(shown[-1].id))

    async def _next(self, last: str) -> None:
        self.before.append(self.asked.after)
        await self._turn_to(last)

    async def _back(self) -> None:
        await self._turn_to(self.before.pop() if self.before else "")

    async def _turn_to(self, after: str) -> None:
        self.asked = self.asked.changed(after=after)
        await self._show()
        ui.run_javascript("window.scrollTo({top: 0})")


def _said(asked: Asked) -> dict[str, str]:
    return {name: getattr(asked, name) for name in asked.__slots__}


def _line(visit: Visit, row: Row) -> None:
    with ui.link(target=f"/contacts/{row.id}").classes("row ct-row").props(f'data-contact="{row.id}"'):
        with ui.element("div").classes("row-main"):
            kit.text(row.title or visit.t("contacts.nameless"), "span", "row-title ct-clip").props("dir=auto")
            with ui.element("span").classes("ct-reached hint"):
                for channel, value in row.addresses:
                    with ui.element("span").classes("ct-address"):
                        kit.icon(channel_icon(channel))
                        kit.text(value, "bdi", "ct-clip").props("dir=ltr")
                if row.more:
                    ui.label(visit.count("contacts.more_addresses", row.more)).classes("inline")
        if row.organisation:
            kit.text(row.organisation, "span", "hint ct-firm ct-clip").props("dir=auto")
        with ui.element("span").classes("ct-tags"):
            if row.mode:
                kit.tag(named(visit, "modes", row.mode), "warn")
            if row.language:
                kit.tag(named(visit, "languages", row.language))
            kit.tag(named(visit, "stages", row.stage), "info" if row.stage == "regular" else "")
        kit.text(visit.day(row.created_at), "span", "hint ct-when")
