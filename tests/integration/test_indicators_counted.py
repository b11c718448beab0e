"""The figures against a plain oracle that loads every row and counts, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.complaints.calendar import Window, WorkingCalendar, weekly
from bot.complaints.feasts import no_holidays
from bot.complaints.indicators import Spread
from bot.complaints.periods import Period
from bot.indicators import Books, Figures, Share, read_figures
from bot.records import (
    AuditEntry,
    Case,
    CaseEvent,
    Compensation,
    Conversation,
    DeadlineRow,
    IndicatorBase,
    Message,
    ReceiptOwed,
    SurveyAnswer,
)
from bot.store.port import Store
from tests.integration.casebook import Book, draw_book

ALGIERS = ZoneInfo("Africa/Algiers")
NOW = datetime(2026, 3, 20, 10, tzinfo=UTC)
FIRST = datetime(2026, 2, 1, tzinfo=UTC)
BOOKS = Books(
    calendar=WorkingCalendar(
        timezone=ALGIERS,
        week=weekly((Window(time(8), time(12)), Window(time(13), time(17))), (6, 0, 1, 2, 3)),
        holidays=no_holidays,
    ),
    currency="DZD",
)
PERIODS = (
    Period(first=date(2026, 3, 2), last=date(2026, 3, 8)),
    Period(first=date(2026, 2, 1), last=date(2026, 3, 31)),
    Period(first=date(2027, 1, 1), last=date(2027, 1, 1)),
)


class Oracle:
    """The same figures by hand, from the rows as they were drawn."""

    def __init__(self, book: Book, period: Period) -> None:
        self.book = book
        self.start, self.end = period.starts_at(ALGIERS), period.ends_at(ALGIERS)
        self.cases = {row["id"]: row for row in book.of(Case)}

    def within(self, moment: datetime | None) -> bool:
        return moment is not None and self.start <= moment < self.end

    def counted(self, field: str = "received_at") -> list[dict[str, Any]]:
        return [
            case
            for case in self.cases.values()
            if not case["mystery"] and case["outcome"] != "merged" and self.within(case[field])
        ]

    def volume(self, field: str) -> dict[str, int]:
        found: dict[str, int] = {}
        for case in self.counted():
            found[case[field]] = found.get(case[field], 0) + 1
        return found

    def promises(self, kind: str) -> tuple[int, int]:
        due = [
            row
            for row in self.book.of(DeadlineRow)
            if row["kind"] == kind
            and row["status"] in ("running", "met", "missed")
            and self.within(row["due_at"])
            and row["due_at"] < NOW
            and not self.cases[row["case_id"]]["mystery"]
        ]
        return len(due), sum(row["met_at"] is not None and row["met_at"] <= row["due_at"] for row in due)

    def receipts(self) -> list[dict[str, Any]]:
        mystery = {case["conversation_id"] for case in self.cases.values() if case["mystery"]}
        return [
            row
            for row in self.book.of(ReceiptOwed)
            if self.within(row["received_at"])
            and row["due_at"] < NOW
            and row["conversation_id"] not in mystery
        ]

    def self_served(self) -> tuple[int, int]:
        handed = {row["object_id"] for row in self.book.of(AuditEntry) if self.within(row["at"])}
        with_case = {
            case["conversation_id"] for case in self.cases.values() if self.within(case["received_at"])
        }
        wrote: set[str] = set()
        people: set[str] = set()
        for row in self.book.of(Message):
            if self.within(row["created_at"]) and row["direction"] == "in":
                wrote.add(row["conversation_id"])
            elif self.within(row["created_at"]) and row["author"] != "bot":
                people.add(row["conversation_id"])
        alone = [
            row["id"]
            for row in self.book.of(Conversation)
            if row["id"] in wrote - people - handed - with_case
        ]
        return len(alone), len(wrote)


def nearest(values: list[float], share: float) -> float | None:
    """By the definition: the smallest value that at least this share of all stay within."""
    for value in sorted(values):
        if sum(each <= value for each in values) >= share * len(values):
            return value
    return None


def open_seconds(begin: datetime, end: datetime) -> float:
    """Quarter hours walked one by one; what is left over at both ends by the second."""
    seconds, at = 0.0, begin
    while at < end:
        step = min(end, at.replace(second=0, microsecond=0) + timedelta(minutes=1))
        if BOOKS.calendar.is_open(at):
            seconds += (step - at).total_seconds()
        at = step
    return seconds


def assert_spread(found: Spread, values: list[float]) -> None:
    assert found.count == len(values)
    for mine, theirs in ((found.median_s, nearest(values, 0.5)), (found.p90_s, nearest(values, 0.9))):
        assert (mine is None) == (theirs is None)
        assert mine is None or mine == pytest.approx(theirs, abs=0.01)


def assert_same(figures: Figures, oracle: Oracle, book: Book) -> None:
    assert figures.complaints == len(oracle.counted())
    assert figures.closed == len(oracle.counted("closed_at"))
    assert figures.angry == sum(case["angry"] for case in oracle.counted())
    assert figures.mystery == sum(
        case["mystery"] and oracle.within(case["received_at"]) for case in oracle.cases.values()
    )
    for name in ("channel", "product", "zone", "object", "cause"):
        assert getattr(figures, f"by_{name}") == oracle.volume(name), name
    assert [count for _, _, count in figures.by_customer] == sorted(
        oracle.volume("contact_id").values(), reverse=True
    )[:10]
    answered = oracle.counted("answered_at")
    spans = [(case["received_at"], case["answered_at"]) for case in answered]
    assert_spread(figures.resolution.clock, [(end - begin).total_seconds() for begin, end in spans])
    if len(spans) < 60:
        assert_spread(figures.resolution.working, [open_seconds(begin, end) for begin, end in spans])
    assert (figures.resolution.promises.due, figures.resolution.promises.kept) == oracle.promises(
        "resolution"
    )
    first = figures.first_answer.promises
    assert (first.due, first.kept) == oracle.promises("first_answer")
    receipts = oracle.receipts()
    acked = [row for row in receipts if row["acknowledged_at"] is not None]
    assert figures.acknowledgement.due == len(receipts)
    assert figures.acknowledgement.kept == sum(row["acknowledged_at"] <= row["due_at"] for row in acked)
    took = [(row["acknowledged_at"] - row["received_at"]).total_seconds() for row in acked]
    assert_spread(figures.acknowledgement_times, took)
    moved = {row["case_id"] for row in book.of(CaseEvent) if row["action"] == "transfer"}
    rightly = sum(case["id"] not in moved for case in oracle.counted())
    assert figures.routed == Share(part=rightly, whole=len(oracle.counted()))
    told = {
        row["case_id"]
        for row in book.of(CaseEvent)
        if row["action"] in ("answer", "refuse") and oracle.within(row["at"])
    }
    ever = [
        case
        for case in oracle.cases.values()
        if case["id"] in told and not case["mystery"] and case["outcome"] != "merged"
    ]
    again = sum(case["reopened"] > 0 for case in ever)
    assert figures.reopened == Share(part=again, whole=len(ever))
    said = [case["satisfied"] for case in answered if case["satisfied"] is not None]
    assert figures.satisfaction.again == Share(part=sum(said), whole=len(said))
    marks = [
        row["score"]
        for row in book.of(SurveyAnswer)
        if oracle.within(row["at"]) and not oracle.cases[row["case_id"]]["mystery"]
    ]
    assert figures.satisfaction.answers == len(marks)
    if marks:
        assert figures.satisfaction.mean == Decimal(sum(marks)) / len(marks)
    granted = [
        row
        for row in book.of(Compensation)
        if row["status"] == "granted"
        and oracle.within(row["decided_at"])
        and not oracle.cases[row["case_id"]]["mystery"]
    ]
    dinars = [row["cost"] for row in granted if row["currency"] == "DZD"]
    assert (figures.money.compensations, figures.money.compensation_cost) == (len(dinars), sum(dinars))
    assert figures.money.others.get("EUR", 0) == sum(
        row["cost"] for row in granted if row["currency"] == "EUR"
    )
    assert (figures.self_served.part, figures.self_served.whole) == oracle.self_served()


async def test_every_figure_is_what_counting_by_hand_gives(store: Store) -> None:
    book = draw_book(7, cases=240, questions=80, first=FIRST, now=NOW)
    await store.write(book.write)
    for period in PERIODS:
        figures = await store.read(partial(read_figures, books=BOOKS, period=period, now=NOW))
        assert_same(figures, Oracle(book, period), book)
    assert figures.complaints == 0 and figures.resolution.promises.share is None  # an empty day says n/a


async def test_rates_are_reckoned_against_what_the_operator_gave(store: Store) -> None:
    """The reference cases: 10 of 500 transactions, 5 000 of 200 000, 170 and 30 of 200."""
    draw_cases = draw_book(3, cases=10, first=FIRST, now=FIRST + timedelta(days=20))
    for case in draw_cases.of(Case):
        case["mystery"] = False
    draw_cases.rows[Compensation] = []
    for at, cost in ((draw_cases.of(Case)[0], 4_000), (draw_cases.of(Case)[1], 1_000)):
        draw_cases.add(
            Compensation, id=f"comp{cost}", case_id=at["id"], contact_id=at["contact_id"], kind="refund",
            description="", cost=Decimal(cost), currency="DZD", status="granted", proposed_by="Samira K.",
            proposed_at=FIRST + timedelta(days=2), decided_at=FIRST + timedelta(days=3),
        )  # fmt: skip
    month = Period(first=date(2026, 2, 1), last=date(2026, 2, 28))
    amounts = {"transactions": 500, "revenue": 200_000, "customers_start": 200, "customers_lost": 30}
    for kind, amount in amounts.items():
        draw_cases.add(
            IndicatorBase, kind=kind, first_day=month.first, last_day=month.last, amount=Decimal(amount),
            set_by="test", set_at=NOW,
        )  # fmt: skip
    await store.write(draw_cases.write)
    figures = await store.read(lambda session: read_figures(session, BOOKS, month, NOW))
    assert figures.complaint_rates == {"customers": None, "transactions": Decimal(2), "units": None}
    assert figures.loss_rates == {"revenue": Decimal("2.5"), "cost_of_sales": None}
    assert (figures.retention, figures.attrition) == (Decimal(85), Decimal(15))
    assert figures.cost_per_complaint == Decimal(500)
    assert not figures.bases["transactions"].estimated


async def test_a_complaint_merged_into_another_counts_once(store: Store) -> None:
    book = draw_book(4, cases=6, first=FIRST, now=FIRST + timedelta(days=6))
    for number, case in enumerate(book.of(Case)):
        case["mystery"] = False
        case["outcome"] = "merged" if number < 2 else "settled"
    await store.write(book.write)
    month = Period(first=date(2026, 2, 1), last=date(2026, 2, 28))
    figures = await store.read(lambda session: read_figures(session, BOOKS, month, NOW))
    assert figures.complaints == 4
