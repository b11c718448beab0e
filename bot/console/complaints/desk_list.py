"""The list of complaints on a page: views with their numbers, filters, search, one page at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any, Final
from urllib.parse import urlencode

from nicegui import ui

from bot.complaints.lifecycle import OBJECTS, SEVERITIES
from bot.console import Visit, kit
from bot.console.complaints import listing
from bot.console.complaints.listing import Line
from bot.console.complaints.opening import open_form
from bot.console.complaints.seeing import viewer_of
from bot.console.complaints.wording import choice, desk_name, desk_names, left, severity_tone

_REFRESH_S: Final = 20.0


class DeskList:
    """State of one open page."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.viewer = viewer_of(visit.user)
        self.asked = listing.asked_by(visit.query, self.viewer)
        self._numbers: dict[str, ui.label] = {}
        self._views: dict[str, Any] = {}
        self._pages = 1
        self._after: listing.Mark | None = None
        self._shown: list[Any] = []

    async def build(self) -> None:
        visit = self.visit
        head = kit.heading(visit.t("complaints.title"), visit.t("complaints.intro"))
        if self.viewer.all:
            with head:
                ui.link(visit.t("complaints.register.title"), "/complaints/register").classes("button")
                ui.link(visit.t("complaints.prevention.title"), "/complaints/prevention").classes("button")
                kit.button(visit.t("complaints.open.title"), self._open, kind="main", picture="plus").props(
                    "data-open"
                )
        if self.viewer.none:
            kit.empty(visit.t("complaints.no_desk"), "warning")
            return
        self._build_views()
        with ui.element("div").classes("desk-tools"):
            self._build_search()
            if self.viewer.all:
                self._build_filters()
        with (
            ui.element("section")
            .classes("panel desk-list")
            .props(f'aria-label="{visit.t("complaints.title")}"')
        ):
            self.rows = ui.element("div").classes("case-rows").props("data-cases")
            self.tail = ui.element("div").classes("desk-tail")
        await self.reload()
        await self._count()
        ui.timer(_REFRESH_S, self._refresh, immediate=False)

    def _build_views(self) -> None:
        visit = self.visit
        views = listing.FOR_HANDLERS if self.viewer.all else listing.FOR_DEPARTMENTS
        with ui.element("nav").classes("desk-views").props(f'aria-label="{visit.t("complaints.views")}"'):
            for view in views:
                line = ui.element("button").classes("choice").props(f"type=button data-view={view}")
                with line:
                    ui.label(visit.t(f"complaints.view.{view}"))
                    self._numbers[view] = ui.label().classes("view-count")
                line.on("click", self._chooser("view", view))
                self._views[view] = line

    def _build_search(self) -> None:
        visit = self.visit
        with ui.element("div").classes("desk-search").props("data-search"):
            kit.icon("search")
            words = visit.t("complaints.search")
            field = ui.element("input").props("type=search maxlength=100 dir=auto")
            field.props["placeholder"] = field.props["aria-label"] = words
            field.props["value"] = self.asked.words

            async def look(event: Any) -> None:
                await self._ask(words=str(event.args or "")[:100])

            field.on("input", look, js_handler="(event) => emit(event.target.value)", throttle=0.4)

    def _build_filters(self) -> None:
        visit = self.visit
        self._filter("desk", desk_names(visit))
        self._filter("object", {each: choice(visit, "object", each) for each in OBJECTS})
        self._filter("severity", {each: choice(visit, "severity", each) for each in SEVERITIES})

    def _filter(self, name: str, options: dict[str, str]) -> None:
        visit = self.visit
        label = visit.t(f"complaints.field.{name}")
        chooser = ui.element("select").classes("desk-filter").props(f"data-filter={name}")
        chooser.props["aria-label"] = label
        with chooser:
            for value, words in {"": visit.t("complaints.any", label=label), **options}.items():
                option = ui.element("option")
                option.props["value"] = value
                if value == getattr(self.asked, name):
                    option.props("selected")
                with option:
                    ui.label(words).classes("inline")

        async def change(event: Any) -> None:
            await self._ask(**{name: str(event.args or "")})

        chooser.on("change", change, js_handler="(event) => emit(event.target.value)")

    def _chooser(self, name: str, value: str) -> Callable[[], Any]:
        async def choose() -> None:
            await self._ask(**{name: value})

        return choose

    async def _ask(self, **changed: Any) -> None:
        self.asked, self._pages = replace(self.asked, **changed), 1
        given = {
            ("q" if name == "words" else name): value for name, value in asdict(self.asked).items() if value
        }
        address = f"/console/complaints?{urlencode(given)}"
        ui.run_javascript(f"history.replaceState(history.state, '', {address!r})")
        await self.reload()

    # rows

    async def reload(self) -> None:
        """The pages that are open, anew."""
        page = await self._page(None, listing.PAGE * self._pages)
        shown = [(self.asked, line, left(self.visit, line.owed_at)) for line in page.lines]
        if shown and shown == self._shown:
            return  # nothing moved: what one is reading or has the focus on stays
        self._shown, self._after = shown, page.after
        self.rows.clear()
        with self.rows:
            for line in page.lines:
                self._row(line)
        for view, button in self._views.items():
            button.props(f"aria-current={'true' if view == self.asked.view else 'false'}")
        self._tail(bool(page.lines))

    async def _page(self, after: listing.Mark | None, limit: int = listing.PAGE) -> listing.Page:
        asked, viewer, now = self.asked, self.viewer, self.visit.clock.now()
        country = self.visit.config.company.country
        return await self.visit.store.read(
            lambda session: listing.read_page(
                session, asked, viewer, now, after=after, limit=limit, country=country
            )
        )

    def _tail(self, found: bool) -> None:
        self.tail.clear()
        asked = self.asked
        with self.tail:
            if not found:
                looked = asked.words.strip() or asked.desk or asked.object or asked.severity
                key = "found" if looked else asked.view
                kit.empty(self.visit.t(f"complaints.empty.{key}"), "search" if looked else "check")
            elif self._after is not None:
                kit.button(self.visit.t("inbox.more"), self._more, kind="quiet").props("data-next-page")

    async def _more(self) -> None:
        page = await self._page(self._after)
        self._after, self._pages = page.after, self._pages + 1
        with self.rows:
            for line in page.lines:
                self._row(line)
        self._tail(True)

    def _row(self, line: Line) -> None:
        visit = self.visit
        with (
            ui.link(target=f"/complaints/{line.reference}")
            .classes("case-row")
            .props(f'data-reference="{line.reference}"')
        ):
            with ui.element("span").classes("case-row-main"):
                with ui.element("span").classes("case-row-top"):
                    kit.text(line.reference, "bdi", "mono")
                    if self.viewer.all:
                        kit.text(line.customer or visit.t("inbox.nameless"), "strong", "clip").props(
                            "dir=auto"
                        )
                kit.text(line.summary[:240], "span", "case-row-words").props("dir=auto")
                with ui.element("span").classes("case-row-tags"):
                    self._tags(line)
            with ui.element("span").classes("case-row-side"):
                words, tone = left(visit, line.owed_at)
                if words:
                    kit.tag(words, tone).props("data-left")
                    ui.label(visit.t(f"complaints.clock.{line.owed_kind}")).classes("hint")
                elif line.closed_at is not None:
                    ui.label(visit.t("complaints.closed_at", when=visit.when(line.closed_at))).classes("hint")
                if self.viewer.all:
                    kit.text(line.owner or visit.t("complaints.nobody"), "span", "hint").props("dir=auto")

    def _tags(self, line: Line) -> None:
        visit = self.visit
        if line.waiting:
            kit.tag(visit.t("complaints.view.customer"), "warn")
        else:
            kit.tag(visit.t(f"complaints.phase.{line.phase}"))
        if line.closed and line.outcome:
            kit.tag(choice(visit, "outcome", line.outcome))
        kit.tag(choice(visit, "object", line.object))
        if line.severity != "normal":
            kit.tag(choice(visit, "severity", line.severity), severity_tone(line.severity))
        if line.angry:
            kit.tag(visit.t("complaints.angry"), "bad")
        if line.to_approve:
            kit.tag(visit.t("complaints.view.approve"), "warn")
        if self.viewer.all:
            for desk in line.asked_desks[:3]:
                kit.tag(visit.t("complaints.asked_desk", desk=desk_name(visit, desk)), "info")

    async def _refresh(self) -> None:
        await self.reload()
        await self._count()

    async def _count(self) -> None:
        viewer, now = self.viewer, self.visit.clock.now()
        counted = await self.visit.store.read(lambda session: listing.read_counts(session, viewer, now))
        for view, number in counted.items():
            shown = f"{number}" if number < listing.MOST_COUNTED else f"{listing.MOST_COUNTED}+"
            self._numbers[view].set_text(shown if number else "")
            if view == "overdue":
                self._numbers[view].classes(
                    add="view-late" if number else "", remove="" if number else "view-late"
                )

    async def _open(self) -> None:
        await open_form(self.visit)
