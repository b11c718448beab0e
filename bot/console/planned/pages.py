"""The calendar of everything that will go out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any, Final
from weakref import WeakKeyDictionary

from babel.dates import format_date, get_day_names
from nicegui import ui

from bot.console import NavEntry, Visit, kit, page
from bot.console.campaigns import wording
from bot.console.campaigns.tables import list_dialog
from bot.console.planned.agenda import (
    KINDS,
    PAGE,
    Agenda,
    Entry,
    Item,
    Kind,
    Sources,
    edges_of,
    read_agenda,
    read_day,
    titles_of,
    with_simulated,
)
from bot.console.planned.spans import Span, span_of
from bot.console.visit import _latin
from bot.segments import setting_of
from bot.simulation import Asked
from bot.simulation_desk import SimulationDesk, Told
from bot.store.changes import NotFound, NotPossible
from bot.store.port import StoreError
from scheduler.rule_book import ListedRule

ROLES: Final = ("marketer", "manager")
_SHOWN: Final = 4  # entries of a day in the month
_FRESH: Final = timedelta(minutes=15)
_OFF: Final = 60

_TOLD: WeakKeyDictionary[SimulationDesk, tuple[date, date, Told]] = WeakKeyDictionary()
"""The last simulation that a page asked for: looking at another week of it takes no second one."""


@page(
    "/planned", title="planned.title", roles=ROLES, nav=NavEntry(order=44, icon="calendar", key="l"),
)  # fmt: skip
async def planned(visit: Visit) -> None:
    """A month or a week; the address names it."""
    today = visit.local(visit.clock.now()).date()
    span = span_of(visit.query, today, setting_of(visit.config).week_starts)
    calendar = _Calendar(visit, span, today, await _rules(visit))
    await calendar.build()


async def _rules(visit: Visit) -> dict[str, ListedRule]:
    desk = visit.services.behind.rules
    return await desk.listed() if desk is not None else {}


class _Calendar:
    def __init__(self, visit: Visit, span: Span, today: date, rules: dict[str, ListedRule]) -> None:
        self.visit = visit
        self.span = span
        self.today = today
        self.rules = rules
        self.sources = Sources(
            reminders=frozenset(name for name, each in rules.items() if each.rule.purpose == "service")
        )
        self.kinds: set[Kind] = set(KINDS)
        self.titles: dict[str, str] = {}
        self.agenda = Agenda()

    async def build(self) -> None:
        visit, span = self.visit, self.span
        zone, now = visit.config.company.zone, visit.clock.now()
        self.agenda = await visit.store.read(
            lambda session: read_agenda(
                session, span.first, span.last, zone=zone, now=now, sources=self.sources
            )
        )
        names = [each.source for day in self.agenda.days.values() for each in day if each.kind == "campaign"]
        names = sorted({*names, *self.agenda.paused})
        self.titles = dict(await visit.store.read(lambda session: titles_of(session, names)))
        with kit.heading(visit.t("planned.title"), visit.t("planned.lead")):
            self._views()
        self._steps()
        self._kinds()
        self.grid = ui.element("div")
        self.beyond = ui.element("div").classes("stack-wide")
        self._draw()
        self._simulation()
        self._off()

    # which days

    def _views(self) -> None:
        visit = self.visit
        with ui.element("nav").classes("chips").props(f'aria-label="{visit.t("planned.title")}"'):
            for view in ("month", "week"):
                link = ui.link(visit.t(f"planned.{view}"), _address(view, self.span.on)).classes("choice")
                if view == self.span.view:
                    link.props("aria-current=true")

    def _steps(self) -> None:
        visit, span = self.visit, self.span
        with ui.element("div").classes("cal-steps turns"):
            for key, day in (("earlier", span.earlier), ("later", span.later)):
                with ui.link("", _address(span.view, day)).classes("button") as link:
                    kit.icon("back" if key == "earlier" else "next")
                link.props["aria-label"] = visit.t(f"planned.{key}")
            if span.view == "month":
                name = format_date(span.on, "LLLL y", locale=visit.locale)
            else:
                name = visit.span(span.first, span.last)
            kit.text(_latin(name), "h2", "cal-name")
            ui.link(visit.t("planned.today"), _address(span.view, self.today)).classes("button")

    def _kinds(self) -> None:
        visit = self.visit
        with ui.element("div").classes("chips").props("role=group") as group:
            group.props["aria-label"] = visit.t("planned.kinds")
            for kind in KINDS:
                self._kind(kind)

    def _kind(self, kind: Kind) -> None:
        button = ui.element("button").classes(f"choice cal-kind cal-{kind}")
        button.props(f"type=button aria-pressed=true aria-current=true data-kind={kind}")
        with button:
            ui.label(self.visit.t(f"planned.kind.{kind}"))

        def toggle() -> None:
            on = kind not in self.kinds
            (self.kinds.add if on else self.kinds.discard)(kind)
            button.props(f"aria-pressed={'true' if on else 'false'}")
            if on:
                button.props("aria-current=true")
            else:
                button.props(remove="aria-current")
            self._draw()

        button.on("click", toggle)

    # the days

    def _shown(self) -> Agenda:
        kept = _TOLD.get(self.visit.services.behind.simulations)
        if kept is None:
            return self.agenda
        first, last, told = kept
        fresh = self.visit.clock.now() - told.asked.now < _FRESH
        covers = first <= max(self.span.first, self.today) and self.span.last <= last
        return (
            with_simulated(self.agenda, first, told.days, self.sources) if fresh and covers else self.agenda
        )

    def _draw(self) -> None:
        visit, span, agenda = self.visit, self.span, self._shown()
        kinds = [kind for kind in KINDS if kind in self.kinds]
        self.grid.clear()
        with self.grid, ui.element("div").classes(f"cal cal-{span.view}").props("data-calendar"):
            names = get_day_names("abbreviated", context="stand-alone", locale=visit.locale)
            for day in span.days[:7]:
                kit.text(names[day.weekday()], "div", "cal-head").props("aria-hidden=true")
            for day in span.days:
                self._day(day, agenda.on(day, kinds))
        if not any(agenda.on(day, kinds) for day in span.days):
            with self.grid:
                kit.empty(visit.t("planned.nothing_lead"), "calendar")

    def _day(self, day: date, entries: Sequence[Entry]) -> None:
        visit = self.visit
        kind = "cal-day"
        kind += "" if self.span.inside(day) else " cal-outside"
        kind += " cal-past" if day < self.today else ""
        kind += " cal-empty" if not entries else ""
        closed = self._closed(day)
        quiet = not closed and self._quiet(day)
        kind += " cal-closed" if closed or quiet else ""
        with ui.element("div").classes(kind).props(f"data-day={day.isoformat()}"):
            with ui.element("div").classes("cal-date"):
                label = _latin(format_date(day, "EEEE d MMMM", locale=visit.locale))
                shown = kit.text(
                    str(day.day), "span", "cal-number" + (" cal-today" if day == self.today else "")
                )
                shown.props("aria-hidden=true")
                kit.text(label, "span", "cal-long")
                if closed or quiet:
                    kit.text(closed or visit.t("planned.quiet"), "span", "cal-note")
            for entry in entries[:_SHOWN] if self.span.view == "month" else entries:
                self._entry(entry)
            if entries:
                if self.span.view == "month" and len(entries) > _SHOWN:
                    kit.text(visit.count("planned.more_entries", len(entries) - _SHOWN), "span", "hint")
                open_ = kit.button(
                    visit.t("planned.open_day", day=label), partial(self._open, day), kind="quiet"
                )
                open_.classes("cal-open")

    def _entry(self, entry: Entry) -> None:
        with ui.element("div").classes(f"cal-entry cal-{entry.kind}").props(f"data-entry={entry.kind}"):
            kit.text(self._name(entry), "span", "cal-what").props("dir=auto")
            kit.text(self._number(entry), "span", "cal-count")

    def _name(self, entry: Entry) -> str:
        return self._source(entry.kind, entry.source)

    def _source(self, kind: Kind, source: str) -> str:
        visit = self.visit
        if kind == "campaign":
            return self.titles.get(source, source)
        if kind == "appointment":
            known = visit.config.appointments.kinds.get(source)
            return _named(known.name if known is not None else "", visit.language, source)
        listed = self.rules.get(source)
        title = listed.rule.title if listed is not None else ""
        return _named(title, visit.language, source.replace("_", " "))

    def _number(self, entry: Entry) -> str:
        visit = self.visit
        if entry.number is None:
            at = visit.time(entry.at) if entry.at is not None else ""
            return " · ".join(filter(None, (at, visit.t("planned.starts_open"))))
        key = "meetings" if entry.kind == "appointment" else "messages"
        told = visit.count(f"planned.{key}", entry.number)
        return f"{told} ({visit.t('planned.estimated')})" if entry.simulated else told

    def _closed(self, day: date) -> str:
        visit = self.visit
        calendar = visit.services.core.calendars.company
        name = calendar.closed_because(day, visit.language)
        if not name:
            return ""
        key = "provisional" if calendar.is_provisional(day) else "holiday"
        return visit.t(f"planned.{key}", name=name)

    def _quiet(self, day: date) -> bool:
        names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        return names[day.weekday()] not in self.visit.config.outreach.weekdays

    # one day

    async def _open(self, day: date) -> None:
        visit = self.visit
        await visit.saw("planned_day", day.isoformat())
        zone, now = visit.config.company.zone, visit.clock.now()
        kinds = [kind for kind in KINDS if kind in self.kinds]
        told = [
            (self._name(entry), self._number(entry), "")
            for entry in self._shown().on(day, kinds)
            if entry.number is None or entry.simulated
        ]

        async def page_(after: str) -> tuple[Sequence[tuple[str, str, str]], str]:
            rows = await visit.store.read(
                lambda session: read_day(
                    session, day, zone=zone, now=now, kinds=kinds, sources=self.sources, after=after
                )
            )
            lines = [self._line(each) for each in rows]
            return ([*told, *lines] if not after else lines), rows[-1].key if len(rows) == PAGE else ""

        title = _latin(format_date(day, "EEEE d MMMM y", locale=visit.locale))
        await list_dialog(visit, title, page_)

    def _line(self, item: Item) -> tuple[str, str, str]:
        visit = self.visit
        what = f"{visit.time(item.at)} · {self._source(item.kind, item.source)}"
        if item.kind == "appointment":
            return item.name, what, item.beside
        door = wording.channel(visit, item.channel) if item.channel else visit.t("planned.door_later")
        return item.name, f"{what} · {visit.t(f'planned.kind.{item.kind}')}", door

    # further than the rows

    def _simulation(self) -> None:
        visit = self.visit
        self.beyond.clear()
        if self.span.last < self.today or not any(each.active for each in self.rules.values()):
            return
        kept = _TOLD.get(visit.services.behind.simulations)
        with self.beyond, ui.element("div").classes("cal-beyond"):
            if kept is not None and self._shown() is not self.agenda:
                when = wording.moment(visit, kept[2].asked.now)
                ui.label(visit.t("planned.simulated", when=when)).classes("hint")
                return
            ui.label(visit.t("planned.beyond")).classes("hint")
            kit.button(visit.t("planned.simulate"), self._simulate, picture="refresh").props("data-simulate")

    async def _simulate(self) -> None:
        visit, desk = self.visit, self.visit.services.behind.simulations
        now, last = visit.clock.now(), self.span.last
        kit.say(visit.t("planned.simulating"), "info")
        asked = Asked(now=now, days=(last - self.today).days + 1)
        try:
            told = await desk.run(asked, 0, edges_of(self.today, last, visit.config.company.zone))
        except (NotPossible, NotFound, StoreError):
            kit.say(visit.t("planned.simulation_refused"), "warn")
            return
        _TOLD[desk] = self.today, last, told
        if not self.grid.is_deleted:
            self._draw()
            self._simulation()

    # what does not go

    def _off(self) -> None:
        visit = self.visit
        off = sorted(name for name, each in self.rules.items() if not each.active)
        with kit.section(visit.t("planned.switched_off"), visit.t("planned.switched_off_lead")) as card:
            card.props("data-off")
            for name in self.agenda.paused:
                shown = self.titles.get(name, name)
                ui.link(visit.t("planned.paused", name=shown), f"/campaigns/{name}").props("dir=auto")
            if len(off) == len(self.rules):
                ui.label(visit.t("planned.all_off")).classes("notice notice-warn")
            if not off:
                ui.label(visit.t("planned.off_all_rules")).classes("hint")
                return
            with ui.element("details"):
                kit.text(visit.count("planned.off_rules", len(off)), "summary")
                with ui.element("ul").classes("cal-off"):
                    for name in off[:_OFF]:
                        kit.text(self._source("rule", name), "li").props("dir=auto")


def _named(names: str | Mapping[Any, str], language: str, otherwise: str) -> str:
    """A name that may differ by language."""
    if isinstance(names, str):
        return names or otherwise
    return names.get(language) or next(iter(names.values()), otherwise)


def _address(view: str, day: date) -> str:
    return f"/planned?view={view}&on={day.isoformat()}"
