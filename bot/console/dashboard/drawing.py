"""The charts of the dashboard with their tables, and the complaints behind each bar."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from nicegui import ui
from nicegui.events import EChartPointClickEventArguments

from bot.complaints.pareto import pareto, shortened
from bot.complaints.periods import Period
from bot.console import Visit, kit
from bot.console.dashboard import charts
from bot.console.dashboard.reading import Board
from bot.indicator_queries import Span
from bot.live_counters import CaseLine, cases_behind
from bot.report_words import ReportWords

_MOST_BARS = 10
_MOST_CASES = 100


def draw(visit: Visit, words: ReportWords, board: Board) -> None:
    rtl = visit.direction == "rtl"
    with kit.section(visit.t("dashboard.trend")):
        names = [words.short_day(week.first) for _, week, _ in board.trend]
        counts = [count for *_, count in board.trend]
        _chart(
            visit, "trend", charts.columns(names, counts, rtl=rtl), 200, list(zip(names, counts, strict=True))
        )
    if not board.now.complaints:
        kit.empty(visit.t("dashboard.no_complaint"), "check")
        return
    with kit.section(visit.t("dashboard.causes"), visit.t("dashboard.causes_lead")):
        rows = shortened(pareto(board.now.by_cause), _MOST_BARS)
        nameless = visit.t("dashboard.without_cause")
        _bars(visit, board, "cause", [(row.name, row.count, row.vital) for row in rows], nameless)
    with ui.element("div").classes("columns"):
        for facet, counted in (
            ("product", board.now.by_product),
            ("zone", board.now.by_zone),
            ("channel", board.now.by_channel),
        ):
            with kit.section(visit.t(f"dashboard.{facet}")):
                found = shortened(pareto(counted), _MOST_BARS)
                _bars(
                    visit,
                    board,
                    facet,
                    [(row.name, row.count, False) for row in found],
                    visit.t("dashboard.unnamed"),
                    words,
                )
    if board.now.satisfaction.answers:
        with kit.section(visit.t("dashboard.marks")):
            marks = [str(mark) for mark in range(1, 6)]
            given = [board.now.satisfaction.marks.get(mark, 0) for mark in range(1, 6)]
            _chart(
                visit,
                "marks",
                charts.columns(marks, given, rtl=rtl),
                160,
                list(zip(marks, given, strict=True)),
            )


def _bars(
    visit: Visit,
    board: Board,
    facet: str,
    rows: Sequence[tuple[str, int, bool]],
    nameless: str,
    words: ReportWords | None = None,
) -> None:
    def named(value: str) -> str:
        if facet == "channel" and words is not None:
            return words.channel(value)
        return value or nameless

    names = [named(name) for name, *_ in rows]
    counts = [count for _, count, _ in rows]
    options = charts.bars(names, counts, vital=[few for *_, few in rows], rtl=visit.direction == "rtl")

    async def look_behind(at: int) -> None:
        value = rows[at][0]
        if value != "…":
            await _cases(visit, board.period, facet, value, names[at])

    _chart(
        visit, facet, options, charts.height_of(len(rows)), list(zip(names, counts, strict=True)), look_behind
    )


def _chart(
    visit: Visit,
    name: str,
    options: dict[str, Any],
    height: int,
    rows: Sequence[tuple[str, int]],
    look_behind: Callable[[int], Awaitable[None]] | None = None,
) -> None:
    """A chart, its picture to keep, and the same figures as a table with what lies behind each."""
    chart = ui.echart(options, renderer="svg").classes("chart").style(f"height: {height}px")
    chart.props("aria-hidden=true")
    if look_behind is not None:

        async def pressed(event: EChartPointClickEventArguments) -> None:
            await look_behind(event.data_index)

        chart.on_point_click(pressed)

    async def keep() -> None:
        picture = await chart.run_chart_method("getDataURL", {"type": "svg", "backgroundColor": "#fff"})
        ui.run_javascript(
            "const a = document.createElement('a');"
            f"a.href = {_quoted(str(picture))}; a.download = {_quoted(f'{name}.svg')}; a.click();"
        )

    with ui.element("div").classes("chart-acts"):
        with ui.element("details"):
            kit.text(visit.t("dashboard.table"), "summary", "hint")
            with ui.element("div").classes("rows"):
                for at, (label, count) in enumerate(rows):
                    with ui.element("div").classes("row"):
                        ui.label(label).classes("row-main")
                        if look_behind is None:
                            ui.label(str(count))
                        else:
                            kit.button(str(count), _opener(look_behind, at), kind="quiet")
        kit.button(visit.t("dashboard.picture"), keep, kind="quiet", picture="file")


def _opener(look_behind: Callable[[int], Awaitable[None]], at: int) -> Callable[[], Awaitable[None]]:
    async def open_() -> None:
        await look_behind(at)

    return open_


def _quoted(text: str) -> str:
    """As a JavaScript string that can't leave its quotation marks or its script."""
    return json.dumps(text).replace("<", "\\u003c")


async def _cases(visit: Visit, period: Period, facet: str, value: str, shown: str) -> None:
    zone, now = visit.config.company.zone, visit.clock.now()
    span = Span(start=period.starts_at(zone), end=period.ends_at(zone), now=now)
    lines, count = await visit.store.read(
        lambda session: cases_behind(session, span, facet, value, most=_MOST_CASES)
    )
    title = visit.t("dashboard.behind", facet=visit.t(f"dashboard.facet.{facet}"), value=shown)
    with ui.dialog() as dialog, ui.element("div").classes("dialog dialog-wide").props("role=dialog"):
        kit.text(title, "h2")
        ui.label(visit.count("dashboard.behind_count", count)).classes("hint")
        if count > len(lines):
            ui.label(visit.t("dashboard.behind_more", shown=len(lines), count=count)).classes("hint")
        keys = ("reference", "customer", "product", "received", "due", "state")
        table(
            [visit.t(f"dashboard.case_head.{key}") for key in keys], [_cells(visit, line) for line in lines]
        )
        with ui.element("div").classes("dialog-acts"):
            kit.button(visit.t("shell.close"), dialog.close)
    dialog.open()


def _cells(visit: Visit, line: CaseLine) -> tuple[str, ...]:
    late = not line.closed and line.due_at < visit.clock.now()
    state = "closed" if line.closed else "late" if late else "open"
    return (
        line.reference,
        line.customer or "—",
        line.product or "—",
        visit.when(line.received_at),
        visit.when(line.due_at),
        visit.t(f"dashboard.state.{state}"),
    )


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with ui.element("div").classes("table-box"), ui.element("table").classes("table"):
        with ui.element("thead"), ui.element("tr"):
            for head in heads:
                kit.text(head, "th").props("scope=col")
        with ui.element("tbody"):
            for row in rows:
                with ui.element("tr"):
                    for cell in row:
                        kit.text(cell, "td")
