"""The formulas with their reference cases, percentiles, Pareto, bases, periods and opening time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.complaints.calendar import Window, WorkingCalendar, weekly
from bot.complaints.feasts import holidays_of
from bot.complaints.indicators import (
    Base,
    Promises,
    attrition,
    base_for,
    campaign_result,
    click_through,
    complaint_rate,
    cost_per_complaint,
    is_profitable,
    loss_rate,
    nearest_rank,
    retention,
    spread,
)
from bot.complaints.pareto import pareto, shortened
from bot.complaints.periods import Period, WrongPeriod, read_period, week_around, week_name
from bot.complaints.working_time import WorkingTime

PARIS = ZoneInfo("Europe/Paris")


def test_the_reference_cases_of_every_formula() -> None:
    assert complaint_rate(10, 500) == 2
    assert loss_rate(5_000, 200_000) == Decimal("2.5")
    assert retention(170, 200) == 85
    assert attrition(30, 200) == 15
    assert campaign_result(50_000, 30_000) == 20_000 and is_profitable(campaign_result(50_000, 30_000))
    assert not is_profitable(campaign_result(30_000, 30_000))
    assert click_through(20, 1_000) == 2
    assert cost_per_complaint(Decimal(5_000), 10) == 500


@pytest.mark.parametrize("formula", [complaint_rate, loss_rate, retention, attrition, click_through])
@pytest.mark.parametrize("base", [0, 0.0, Decimal(0), None])
def test_a_base_of_zero_or_none_can_not_be_said(formula: object, base: object) -> None:
    assert formula(10, base) is None  # type: ignore[operator]
    assert formula(0, base) is None  # type: ignore[operator]


def test_no_complaints_of_many_customers_is_a_rate_of_zero_and_no_cost_each() -> None:
    assert complaint_rate(0, 500) == 0
    assert cost_per_complaint(Decimal(0), 0) is None
    assert Promises(due=0, kept=0).share is None
    assert Promises(due=3, kept=2).share == Decimal(200) / 3


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60), st.sampled_from([0.1, 0.5, 0.9, 1.0]))
def test_a_percentile_is_the_smallest_value_that_covers_its_share(values: list[float], share: float) -> None:
    found = sorted(values)[nearest_rank(len(values), share)]
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
    assert sum(value < found for value in values) < share * len(values)


@given(st.lists(st.floats(0, 1e6), max_size=60))
def test_the_spread_agrees_with_sorting(values: list[float]) -> None:
    found = spread(values)
    assert found.count == len(values)
    if values:
        ordered = sorted(values)
        assert found.median_s == ordered[nearest_rank(len(values), 0.5)]
        assert found.p90_s == ordered[nearest_rank(len(values), 0.9)]
    else:
        assert found.median_s is None and found.p90_s is None


@pytest.mark.parametrize(("count", "share"), [(0, 0.5), (3, 0.0), (3, 1.1)])
def test_a_percentile_of_nothing_or_beyond_all_is_refused(count: int, share: float) -> None:
    with pytest.raises(ValueError, match="percentile"):
        nearest_rank(count, share)


def test_paretos_vital_few_reach_eighty_per_cent() -> None:
    rows = pareto({"transport": 50, "cuisson": 30, "prix": 15, "autre": 5})
    assert [(row.name, int(row.share), int(row.cumulated), row.vital) for row in rows] == [
        ("transport", 50, 50, True),
        ("cuisson", 30, 80, True),
        ("prix", 15, 95, False),
        ("autre", 5, 100, False),
    ]


def test_what_has_no_cause_yet_stands_last_and_is_not_vital() -> None:
    rows = pareto({"": 90, "transport": 10})
    assert [(row.name, row.vital) for row in rows] == [("transport", True), ("", False)]
    assert pareto({}) == [] and pareto({"a": 0}) == []


def test_many_causes_are_put_together_at_the_end() -> None:
    rows = shortened(pareto({f"c{number:02d}": 20 - number for number in range(12)}), 4)
    assert [row.name for row in rows] == ["c00", "c01", "c02", "…"]
    assert sum(row.count for row in rows) == sum(20 - number for number in range(12))
    assert rows[-1].cumulated == 100


@given(st.dictionaries(st.text(max_size=4), st.integers(0, 50), max_size=12))
def test_shares_add_up_and_only_grow(counts: dict[str, int]) -> None:
    rows = pareto(counts)
    assert sum(row.count for row in rows) == sum(counts.values())
    assert not rows or rows[-1].cumulated == 100
    named = [row for row in rows if row.name]
    assert all(one.count >= two.count for one, two in pairwise(named))


def base(kind: str, first: str, last: str, amount: int) -> Base:
    return Base(
        kind=kind, first=date.fromisoformat(first), last=date.fromisoformat(last), amount=Decimal(amount)
    )


OCTOBER = base("transactions", "2026-10-01", "2026-10-31", 620)
YEAR = base("transactions", "2026-01-01", "2026-12-31", 3_650)


def test_a_base_for_exactly_the_period_is_taken_as_it_is() -> None:
    found = base_for("transactions", [YEAR, OCTOBER], OCTOBER.first, OCTOBER.last)
    assert found is not None and (int(found.amount), found.estimated) == (620, False)


def test_a_week_gets_its_part_of_the_month_and_says_so() -> None:
    found = base_for("transactions", [YEAR, OCTOBER], date(2026, 10, 5), date(2026, 10, 11))
    assert found is not None and (int(found.amount), found.estimated) == (140, True)


def test_days_without_a_month_fall_back_on_the_year_and_without_either_nothing_is_said() -> None:
    found = base_for("transactions", [YEAR, OCTOBER], date(2026, 10, 31), date(2026, 11, 1))
    assert found is not None and found.amount == 20 + 10
    assert base_for("transactions", [OCTOBER], date(2026, 10, 31), date(2026, 11, 1)) is None
    assert base_for("units", [OCTOBER], OCTOBER.first, OCTOBER.last) is None


def test_customers_are_a_level_that_does_not_add_up() -> None:
    months = [
        base("customers", "2026-10-01", "2026-10-31", 200),
        base("customers", "2026-11-01", "2026-11-30", 231),
        base("customers_start", "2026-10-01", "2026-10-31", 190),
    ]
    both = base_for("customers", months, date(2026, 10, 1), date(2026, 11, 30))
    assert both is not None and both.amount == Decimal(200 * 31 + 231 * 30) / 61
    start = base_for("customers_start", months, date(2026, 10, 1), date(2026, 10, 31))
    assert start is not None and (int(start.amount), start.estimated) == (190, False)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-W47", "2026-11-16", "2026-11-22"),
        ("2026-W53", "2026-12-28", "2027-01-03"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026-Q4", "2026-10-01", "2026-12-31"),
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-11-21", "2026-11-21", "2026-11-21"),
        (" 2026-11-01..2026-11-21 ", "2026-11-01", "2026-11-21"),
    ],
)
def test_a_period_is_written_in_many_ways(text: str, first: str, last: str) -> None:
    assert read_period(text) == Period(first=date.fromisoformat(first), last=date.fromisoformat(last))


@pytest.mark.parametrize(
    "text",
    ["", "x", "2026-W54", "2026-W00", "2026-13", "2026-00", "2026-Q5", "0000", "2026-11-31", "2026-11-02..",
     "2026-11-02..2026-11-01", "1900-01-01..2026-01-01", "२०२६"],
)  # fmt: skip
def test_what_is_no_period_is_told_in_words(text: str) -> None:
    with pytest.raises(WrongPeriod):
        read_period(text)


def test_a_week_may_begin_on_sunday_and_keeps_the_name_of_its_greater_part() -> None:
    sunday = week_around(date(2026, 11, 18), starts=6)
    assert (sunday.first, sunday.last) == (date(2026, 11, 15), date(2026, 11, 21))
    assert week_name(sunday) == week_name(week_around(date(2026, 11, 18))) == "2026-W47"
    assert week_name(sunday.before()) == "2026-W46"


def test_a_period_ends_at_the_midnight_of_its_zone_also_when_clocks_change() -> None:
    october = read_period("2026-10-25")  # 25 hours long in Paris
    assert october.ends_at(PARIS) - october.starts_at(PARIS) == timedelta(hours=25)


CALENDAR = WorkingCalendar(
    timezone=PARIS,
    week=weekly((Window(time(8), time(12)), Window(time(14), time(0))), (0, 1, 2, 3, 4)),
    holidays=holidays_of("FR"),
)
DAYS = (date(2026, 3, 20), date(2026, 4, 10))  # the clock change of 29 March, and Easter Monday
WORKING = WorkingTime(CALENDAR, *DAYS)
INSTANTS = st.integers(0, 18 * 86_400).map(
    lambda after_s: datetime(2026, 3, 21, tzinfo=UTC) + timedelta(seconds=after_s)
)


def walked(begin: datetime, end: datetime) -> float:
    """By the minute."""
    seconds, at = 0.0, begin
    while at < end:
        step = min(end, at.replace(second=0, microsecond=0) + timedelta(minutes=1))
        seconds += (step - at).total_seconds() if CALENDAR.is_open(at) else 0.0
        at = step
    return seconds


@given(INSTANTS, st.integers(-2_000, 3_000))
@settings(max_examples=15, deadline=None)
def test_opening_time_between_two_instants_is_what_a_walk_by_the_minute_finds(
    begin: datetime, minutes: int
) -> None:
    end = begin + timedelta(minutes=minutes, seconds=17)
    found = WORKING.between(np.asarray([begin.timestamp()]), np.asarray([end.timestamp()]))
    assert found[0] == pytest.approx(walked(begin, end), abs=0.001)


def test_nobody_works_outside_of_the_days_laid_down() -> None:
    begin, end = datetime(2020, 1, 1, tzinfo=UTC).timestamp(), datetime(2030, 1, 1, tzinfo=UTC).timestamp()
    whole = WORKING.between(np.asarray([begin]), np.asarray([end]))[0]
    assert whole == 15 * 14 * 3600  # fifteen working days but for Easter Monday
    assert (
        len(WorkingTime(CALENDAR, date(2026, 3, 21), date(2026, 3, 22)).between(np.zeros(2), np.ones(2))) == 2
    )
