"""The dashboard: live counters, the figures of a period against the one before, charts to look behind, exports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from urllib.parse import quote

from nicegui import ui

from bot.complaints.indicators import Promises
from bot.complaints.periods import Period, WrongPeriod
from bot.console import NavEntry, Visit, kit, page
from bot.console.dashboard import periods
from bot.console.dashboard.drawing import draw, table
from bot.console.dashboard.reading import Board, read_board
from bot.console.dashboard.taking import export_menu
from bot.indicators import Share
from bot.live_counters import LiveCounters, read_live
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
        export_menu(visit, board, period)
    _period_choice(visit, choice, period)
    if not understood:
        kit.say(visit.t("dashboard.wrong_period"), "warn")
    await _live(visit)
    _figures(visit, words, board)
    draw(visit, words, board)
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
    table(heads, [(each.name, str(each.conversations), str(each.urgent)) for each in live.loads])


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
