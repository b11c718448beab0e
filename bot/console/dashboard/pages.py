"""The dashboard: live counters, the figures of a period against the one before, charts to look behind, exports."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from nicegui import ui
from nicegui.events import EChartPointClickEventArguments

from bot.complaints.indicators import Promises
from bot.complaints.pareto import pareto, shortened
from bot.complaints.periods import Period, WrongPeriod, week_name
from bot.console import NavEntry, Visit, kit, page
from bot.console.dashboard import charts, exports, periods
from bot.console.dashboard.reading import Board, read_board
from bot.indicator_queries import Span
from bot.indicators import Share
from bot.live_counters import CaseLine, LiveCounters, cases_behind, read_live
from bot.paper import NoFont
from bot.register import TooMuch
from bot.report_words import ReportWords

_LIVE_S = 15.0
_MOST_BARS = 10
_MOST_CASES = 100
_ROLES = ("manager", "complaint_manager")


@page(
    "/dashboard",
    title="dashboard.title",
    roles=_ROLES,
    nav=NavEntry(order=60, icon="dashboard", key="d"),
)
async def dashboard(visit: Visit) -> None:
    """Everything of one period; the address names it, so that it can be kept and sent."""
    reporting = visit.services.behind.reporting
    if reporting is None:
        kit.empty(visit.t("shell.unavailable"), "warning")
        return
    starts, now = reporting.report.week_starts, visit.clock.now()
    choice, period, understood = periods.asked(visit.query, visit.local(now).date(), week_starts=starts)
    words = _words(visit)
    board = await visit.store.read(
        lambda session: read_board(
            session, reporting.books, period, now, weeks=periods.TREND_WEEKS, week_starts=starts
        )
    )
    shown = _days(words, period)
    with kit.heading(visit.t("dashboard.title"), shown):
        _exports(visit, board, period)
    _period_choice(visit, choice, period)
    if not understood:
        kit.say(visit.t("dashboard.wrong_period"), "warn")
    await _live(visit)
    _figures(visit, words, board)
    _charts(visit, words, board)
    _recurrences(visit, words, board)


def _words(visit: Visit) -> ReportWords:
    company = visit.config.company
    return ReportWords(
        visit.language, country=company.country, timezone=company.zone, currency=company.currency_code
    )


def _days(words: ReportWords, period: Period) -> str:
    if period.first == period.last:
        return words.full_day(period.first)
    return f"{words.full_day(period.first)} – {words.full_day(period.last)}"


# which days


def _period_choice(visit: Visit, choice: str, period: Period) -> None:
    with ui.element("nav").classes("choices").props(f'aria-label="{visit.t("dashboard.period")}"'):
        for each in periods.CHOICES[:-1]:
            link = ui.link(visit.t(f"dashboard.periods.{each}"), f"/dashboard?period={each}").classes(
                "choice"
            )
            if each == choice:
                link.props("aria-current=true")
        with ui.element("details").classes("own-days") as own:
            if choice == "own":
                own.props("open")
            kit.text(visit.t("dashboard.periods.own"), "summary", "choice")
            _own_days(visit, period)


def _own_days(visit: Visit, period: Period) -> None:
    chosen = {"from": period.first.isoformat(), "to": period.last.isoformat()}

    def go() -> None:
        try:
            first, last = date.fromisoformat(chosen["from"]), date.fromisoformat(chosen["to"])
            Period(first=first, last=last)
        except (WrongPeriod, ValueError, TypeError):
            kit.say(visit.t("dashboard.wrong_period"), "warn")
            return
        ui.navigate.to(f"/dashboard?period={quote(f'{first}..{last}')}")

    with ui.element("div").classes("own-days-form"):
        for edge in ("from", "to"):
            with ui.element("label").classes("field"):
                ui.label(visit.t(f"dashboard.{edge}"))
                ui.element("input").props(f'type=date value="{chosen[edge]}"').on(
                    "change",
                    lambda event, edge=edge: chosen.__setitem__(edge, str(event.args)),
                    js_handler="(event) => emit(event.target.value)",
                )
        kit.button(visit.t("dashboard.show"), go, kind="main")


# now


async def _live(visit: Visit) -> None:
    card = kit.section(visit.t("dashboard.now"))
    with card:
        tiles = ui.element("div").classes("figures")
        as_of = ui.label("").classes("hint")
    load = kit.section(visit.t("dashboard.load"))
    load.classes("load")

    async def look() -> None:
        now = visit.clock.now()
        today = visit.local(now).date()
        ends = datetime.combine(today + timedelta(days=1), time(), tzinfo=visit.config.company.zone)
        live = await visit.store.read(lambda session: read_live(session, now, ends.astimezone(UTC)))
        tiles.clear()
        with tiles:
            _live_tiles(visit, live)
        as_of.set_text(visit.t("dashboard.updated", time=visit.time(now)))
        load.clear()
        with load:
            _load(visit, live)

    await look()
    ui.timer(_LIVE_S, look, immediate=False)


def _live_tiles(visit: Visit, live: LiveCounters) -> None:
    for name, value in (
        ("waiting", live.waiting),
        ("with_people", live.with_people),
        ("open_cases", live.open_cases),
        ("due_today", live.due_today),
        ("overdue", live.overdue),
    ):
        with ui.element("div").classes("figure"):
            shown = ui.label(str(value)).classes("figure-value")
            if name == "overdue" and value:
                shown.classes("is-bad")
            ui.label(visit.t(f"dashboard.{name}")).classes("figure-name")


def _load(visit: Visit, live: LiveCounters) -> None:
    kit.text(visit.t("dashboard.load"), "h2")
    if not live.loads:
        kit.empty(visit.t("dashboard.no_agents"), "person")
        return
    heads = [visit.t(f"dashboard.load_head.{key}") for key in ("name", "conversations", "urgent")]
    _table(heads, [(each.name, str(each.conversations), str(each.urgent)) for each in live.loads])


# figures


def _figures(visit: Visit, words: ReportWords, board: Board) -> None:
    now, before = board.now, board.before
    with kit.section(visit.t("dashboard.figures")):
        if board.empty:
            kit.empty(visit.t("dashboard.empty"), "dashboard")
            return
        with ui.element("div").classes("figures"):
            _promise(
                visit,
                words,
                "acknowledgement",
                now.acknowledgement,
                before.acknowledgement,
                now.acknowledgement_times.median_s,
            )
            _promise(
                visit,
                words,
                "first_answer",
                now.first_answer.promises,
                before.first_answer.promises,
                now.first_answer.clock.median_s,
            )
            _promise(
                visit,
                words,
                "resolution",
                now.resolution.promises,
                before.resolution.promises,
                now.resolution.clock.median_s,
            )
            _figure(
                visit,
                "satisfied",
                words.per_cent(now.satisfaction.satisfied),
                words.per_cent(before.satisfaction.satisfied),
            )
            _figure(visit, "complaints", str(now.complaints), str(before.complaints))
            _rate(visit, words, "complaint_rate", now.complaint_rates, before.complaint_rates)
            _rate(visit, words, "loss_rate", now.loss_rates, before.loss_rates)
            currency = words.currency
            _figure(
                visit,
                "cost",
                f"{words.amount(now.money.cost)} {currency}",
                f"{words.amount(before.money.cost)} {currency}",
            )
            _share(visit, words, "routed", now.routed, before.routed)
            _share(visit, words, "self_served", now.self_served, before.self_served)
            _share(visit, words, "reopened", now.reopened, before.reopened)


def _promise(
    visit: Visit, words: ReportWords, name: str, now: Promises, before: Promises, median_s: float | None
) -> None:
    more = visit.t("dashboard.of", part=now.kept, whole=now.due)
    if median_s is not None:
        more = f"{more} · {visit.t('dashboard.median', time=words.duration(median_s))}"
    _figure(
        visit,
        name,
        words.per_cent(now.share),
        words.per_cent(before.share),
        more,
        bad=now.share is not None and now.share < 90,
    )


def _share(visit: Visit, words: ReportWords, name: str, now: Share, before: Share) -> None:
    more = visit.t("dashboard.of", part=now.part, whole=now.whole)
    _figure(visit, name, words.per_cent(now.per_cent), words.per_cent(before.per_cent), more)


def _rate(
    visit: Visit,
    words: ReportWords,
    name: str,
    now: Mapping[str, Decimal | None],
    before: Mapping[str, Decimal | None],
) -> None:
    kind = next((kind for kind, rate in now.items() if rate is not None), None)
    if kind is None:
        _figure(visit, name, words.not_known, words.not_known, visit.t("dashboard.no_base"))
    else:
        _figure(visit, name, words.per_cent(now[kind]), words.per_cent(before.get(kind)))


def _figure(visit: Visit, name: str, value: str, before: str, more: str = "", *, bad: bool = False) -> None:
    with ui.element("div").classes("figure"):
        shown = ui.label(value).classes("figure-value")
        if bad:
            shown.classes("is-bad")
        ui.label(visit.t(f"dashboard.{name}")).classes("figure-name")
        if more:
            ui.label(more).classes("hint")
        ui.label(visit.t("dashboard.before", value=before)).classes("hint")


# charts


def _charts(visit: Visit, words: ReportWords, board: Board) -> None:
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
    import json

    return json.dumps(text).replace("<", "\\u003c")


# what lies behind


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
        _table(
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


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with ui.element("div").classes("table-box"), ui.element("table").classes("table"):
        with ui.element("thead"), ui.element("tr"):
            for head in heads:
                kit.text(head, "th").props("scope=col")
        with ui.element("tbody"):
            for row in rows:
                with ui.element("tr"):
                    for cell in row:
                        kit.text(cell, "td")


# recurrences


def _recurrences(visit: Visit, words: ReportWords, board: Board) -> None:
    with kit.section(visit.t("dashboard.recurrences")):
        if not board.recurrences:
            kit.empty(visit.t("dashboard.no_recurrence"))
            return
        with ui.element("div").classes("rows"):
            for action in board.recurrences:
                owner = action.owner or visit.t("dashboard.nobody")
                who = (
                    visit.t("dashboard.recurrence_due", owner=owner, day=words.full_day(action.due_on))
                    if action.due_on
                    else visit.t("dashboard.recurrence_open", owner=owner)
                )
                counted = visit.t(
                    "dashboard.recurrence_line", cases=action.cases, usual=words.number(action.usual)
                )
                with ui.element("div").classes("row"), ui.element("div").classes("row-main"):
                    ui.label(action.title).classes("row-title")
                    ui.label(f"{counted} · {who}").classes("hint")


# to take along


def _exports(visit: Visit, board: Board, period: Period) -> None:
    reporting = visit.services.behind.reporting
    assert reporting is not None
    week = period if period.days == 7 else None

    async def keep(kind: str, make: Callable[[], Awaitable[bytes]], name: str, media: str) -> None:
        try:
            data = await make()
        except TooMuch:
            kit.say(visit.t("dashboard.too_much"), "warn")
            return
        except NoFont:
            kit.say(visit.t("dashboard.no_font"), "bad")
            return
        await visit.store.write(
            visit.noted("exported", "register", kind, period=f"{period.first}..{period.last}")
        )
        ui.download.content(data, name, media)

    async def figures() -> bytes:
        return exports.figures_csv(visit, board.now)

    days = f"{period.first}-{period.last}"
    choices: list[tuple[str, Callable[[], Awaitable[bytes]], str, str]] = [
        ("csv", lambda: exports.register_csv(visit, period), f"register-{days}.csv", exports.CSV),
        ("pdf", lambda: exports.register_pdf(visit, period), f"register-{days}.pdf", exports.PDF),
        ("figures_csv", figures, f"figures-{days}.csv", exports.CSV),
    ]
    if week is not None:
        name = f"report-{week_name(week)}.pdf"
        choices.append(("report", lambda: exports.report_pdf(visit, week), name, exports.PDF))
    with ui.element("details").classes("menu"):
        kit.text(visit.t("dashboard.export"), "summary", "button")
        with ui.element("div").classes("menu-list"):
            for kind, make, name, media in choices:
                kit.button(
                    visit.t(f"dashboard.{kind}"),
                    _keeper(keep, kind, make, name, media),
                    kind="quiet",
                    picture="file",
                )


def _keeper(
    keep: Callable[..., Awaitable[None]],
    kind: str,
    make: Callable[[], Awaitable[bytes]],
    name: str,
    media: str,
) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        await keep(kind, make, name, media)

    return run
