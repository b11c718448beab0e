"""The books of the desk: the central register of a period, the proof of one conversation, preventive actions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from typing import Any, Final

from nicegui import ui
from sqlalchemy import select

from bot.complaints.periods import Period, WrongPeriod
from bot.console import Visit, kit
from bot.console.complaints.ledger import Proof, proofs_of
from bot.console.complaints.parts import draw_prevention
from bot.console.complaints.preventing import ask_prevention
from bot.console.complaints.reading import Whole, read_case
from bot.console.complaints.seeing import viewer_of
from bot.console.complaints.wording import channel
from bot.console.dashboard import exports, periods
from bot.paper import NoFont
from bot.records import PreventiveAction
from bot.records.base import table_of
from bot.register import Entry, Register, TooMuch, count_of, entries_after
from bot.register_words import COLUMNS, PRINTED, said
from bot.store.changes import NotFound

_PAGE: Final = 50
_LEDGER: Final = 100
_CHOICES: Final = ("week", "last_week", "month", "last_month", "quarter", "year")
_actions = table_of(PreventiveAction).c


def back(visit: Visit, words: str, target: str) -> None:
    with ui.element("div").classes("case-back turns"):
        kit.icon("back")
        ui.link(words, target)


# the register


async def draw_register(visit: Visit) -> None:
    """A period's complaints as the register has them, with what one takes along."""
    reporting = visit.services.behind.reporting
    starts = reporting.report.week_starts
    today = visit.local(visit.clock.now()).date()
    wanted = {"period": visit.query.get("period", "") or "month"}
    chosen, period, understood = periods.asked(wanted, today, week_starts=starts)
    register = Register(visit.config, visit.language)
    count = await visit.store.read(lambda session: count_of(session, period, register.zone))
    back(visit, visit.t("complaints.back"), "/complaints")
    span = visit.span(period.first, period.last)
    with kit.heading(
        visit.t("complaints.register.title"), f"{span} · {visit.count('complaints.register.count', count)}"
    ):
        _exports(visit, period)
    _periods(visit, chosen, period)
    if not understood:
        kit.say(visit.t("complaints.register.wrong_period"), "warn")
    with ui.element("section").classes("panel register").props("data-register"):
        if not count:
            kit.empty(visit.t("complaints.register.empty"))
            return
        await RegisterTable(visit, register, period).build()


def _periods(visit: Visit, chosen: str, period: Period) -> None:
    with (
        ui.element("nav").classes("desk-views").props(f'aria-label="{visit.t("complaints.register.period")}"')
    ):
        for name in _CHOICES:
            link = ui.link(visit.t(f"complaints.period.{name}"), f"/complaints/register?period={name}")
            link.classes("choice")
            if name == chosen:
                link.props("aria-current=true")
    with ui.element("div").classes("own-period"):
        first = kit.field(visit.t("complaints.period.from"), "type=date")
        first.set_value(f"{period.first:%Y-%m-%d}")
        last = kit.field(visit.t("complaints.period.to"), "type=date")
        last.set_value(f"{period.last:%Y-%m-%d}")

        def show() -> None:
            try:
                asked = Period(
                    first=date.fromisoformat(str(first.value)), last=date.fromisoformat(str(last.value))
                )
            except (ValueError, WrongPeriod):
                kit.say(visit.t("complaints.register.wrong_period"), "warn")
                return
            ui.navigate.to(f"/complaints/register?period={asked.first}..{asked.last}")

        kit.button(visit.t("complaints.period.show"), show)


def _exports(visit: Visit, period: Period) -> None:
    days = f"{period.first}-{period.last}"
    choices: Sequence[tuple[str, Callable[[], Awaitable[bytes]], str]] = (
        ("csv", lambda: exports.register_csv(visit, period), exports.CSV),
        ("pdf", lambda: exports.register_pdf(visit, period), exports.PDF),
    )
    for kind, make, media in choices:
        kit.button(
            visit.t(f"complaints.register.{kind}"),
            _taker(visit, period, kind, make, f"register-{days}.{kind}", media),
            picture="file",
        ).props(f"data-export={kind}")


def _taker(
    visit: Visit, period: Period, kind: str, make: Callable[[], Awaitable[bytes]], name: str, media: str
) -> Callable[[], Awaitable[None]]:
    async def take() -> None:
        try:
            data = await make()
        except TooMuch:
            kit.say(visit.t("complaints.register.too_much"), "warn")
            return
        except NoFont:
            kit.say(visit.t("complaints.register.no_font"), "bad")
            return
        span = f"{period.first}..{period.last}"
        await visit.store.write(visit.noted("exported", "register", kind, period=span))
        ui.download.content(data, name, media)

    return take


class RegisterTable:
    """Rows of the register, a page at a time."""

    def __init__(self, visit: Visit, register: Register, period: Period) -> None:
        self.visit = visit
        self.register = register
        self.period = period
        self._after: tuple[datetime, str] | None = None

    async def build(self) -> None:
        with (
            ui.element("div").classes("table-scroll").props("tabindex=0 role=region") as box,
            ui.element("table").classes("book"),
        ):
            box.props["aria-label"] = self.visit.t("complaints.register.title")
            with ui.element("thead"), ui.element("tr"):
                for name in PRINTED:
                    kit.text(said(COLUMNS[name], self.visit.language), "th").props("scope=col")
            self.rows = ui.element("tbody")
        self.tail = ui.element("div").classes("desk-tail")
        await self._more()

    async def _more(self) -> None:
        period, zone, after = self.period, self.register.zone, self._after
        found = await self.visit.store.read(
            lambda session: entries_after(
                session, period.starts_at(zone), period.ends_at(zone), after, _PAGE + 1
            )
        )
        with self.rows:
            for entry in found[:_PAGE]:
                self._row(entry)
        self.tail.clear()
        if len(found) > _PAGE:
            last = found[_PAGE - 1].case
            self._after = (last.received_at, last.id)
            with self.tail:
                kit.button(self.visit.t("inbox.more"), self._more, kind="quiet")

    def _row(self, entry: Entry) -> None:
        cells = self.register.cells(entry, PRINTED)
        with ui.element("tr"):
            for name, cell in zip(PRINTED, cells, strict=True):
                with ui.element("td").props(f"data-column={name}"):
                    if name == "reference":
                        ui.link(str(cell), f"/complaints/{cell}").classes("mono")
                    else:
                        ui.label(str(cell if cell is not None else "")).props("dir=auto")


# the proof


async def draw_ledger(visit: Visit, reference: str) -> None:
    """What the conversation of a complaint was owed, what it was given, and where the chain says so."""
    viewer, now = viewer_of(visit.user), visit.clock.now()

    def read(session: Any) -> tuple[Whole, Sequence[Proof]]:
        whole = read_case(session, reference, viewer)
        return whole, proofs_of(session, whole.case.conversation_id, now, limit=_LEDGER)

    try:
        whole, proofs = await visit.store.read(read)
    except NotFound:
        kit.empty(visit.t("complaints.not_found"), "search")
        ui.link(visit.t("complaints.back"), "/complaints").classes("button")
        return
    await visit.saw("case", whole.case.id)
    back(visit, whole.case.reference, f"/complaints/{whole.case.reference}")
    kit.heading(visit.t("complaints.ledger.title"), visit.t("complaints.ledger.lead"))
    given = sum(1 for proof in proofs if proof.in_time)
    with ui.element("section").classes("panel").props("data-ledger"):
        if not proofs:
            kit.empty(visit.t("complaints.ledger.empty"))
            return
        ui.label(visit.count("complaints.ledger.sum", len(proofs), given=given)).classes("row-title")
        with ui.element("div").classes("rows"):
            for proof in proofs:
                _proof(visit, proof)


def _proof(visit: Visit, proof: Proof) -> None:
    state = "running" if proof.waiting else "met" if proof.in_time else "missed"
    tones: Any = {"running": "info", "met": "good", "missed": "bad"}
    with ui.element("div").classes("row").props(f"data-proof={state}"):
        with ui.element("div").classes("row-main"):
            where = channel(visit, proof.channel)
            received = visit.t(
                "complaints.ledger.received", when=visit.when(proof.received_at), channel=where
            )
            kit.text(received, "span", "row-title")
            ui.label(visit.t("complaints.ledger.owed", when=f"{visit.local(proof.due_at):%H:%M:%S}")).classes(
                "hint"
            )
            if proof.acknowledged_at is not None:
                after = max(0, round((proof.acknowledged_at - proof.received_at).total_seconds()))
                ui.label(visit.count("complaints.acknowledged_after", after))
            for mark in proof.marks:
                kit.tag(visit.t(f"complaints.mark.{mark}"), "warn")
            if proof.rows:
                rows = visit.count("complaints.ledger.sealed", proof.rows, seq=proof.last_seq)
                with ui.element("details").classes("why"):
                    kit.text(rows, "summary")
                    kit.text(proof.hash, "div", "mono hash").props("dir=ltr")
            else:
                ui.label(visit.t("complaints.ledger.not_sealed")).classes("hint")
        kit.tag(visit.t(f"complaints.ledger.{state}"), tones[state])


# prevention


async def draw_preventions(visit: Visit) -> None:
    """Preventive actions, the open ones first."""
    back(visit, visit.t("complaints.back"), "/complaints")
    kit.heading(visit.t("complaints.prevention.title"), visit.t("complaints.prevention.lead"))
    body = ui.element("div").classes("case-body")
    layer = ui.element("div")

    async def again() -> None:
        opened = select(table_of(PreventiveAction)).where(_actions.status == "open")
        ended = select(table_of(PreventiveAction)).where(_actions.status != "open")
        first = await visit.store.fetch_all(
            opened.order_by(_actions.due_on.is_(None), _actions.due_on, _actions.id).limit(_PAGE * 4)
        )
        last = await visit.store.fetch_all(ended.order_by(_actions.id.desc()).limit(_PAGE))
        body.clear()
        with body:
            with kit.section(visit.t("complaints.prevention.open")):
                if not first:
                    kit.empty(visit.t("complaints.prevention.none"))
                draw_prevention(visit, first, ask)
            if last:
                with kit.section(visit.t("complaints.prevention.ended")):
                    draw_prevention(visit, last, None)

    async def ask(what: str, one: Any) -> None:
        with layer:
            await ask_prevention(visit, what, one, again)

    await again()
