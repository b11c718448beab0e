"""Who needs a second word for a compensation: kind, cost, and a customer who gets one again and again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bot.complaints.compensation import CompensationRules, Given, repeated, why_approval

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
RULES = CompensationRules(repeat_count=2, repeat_within=timedelta(days=180), approval_above=Decimal(10_000))


def gift(case_id: str, days_ago: float, status: str = "granted") -> Given:
    return Given(
        case_id=case_id,
        contact_id="c1",
        status=status,
        at=NOW - timedelta(days=days_ago),
        cost=Decimal(500),
    )


def reasons(*earlier: Given, kind: str = "refund", cost: int = 500, case_id: str = "now") -> tuple[str, ...]:
    return why_approval(kind, Decimal(cost), list(earlier), RULES, NOW, case_id=case_id)


def test_a_first_small_refund_needs_nobody() -> None:
    assert reasons() == ()
    assert reasons(gift("a", 20)) == ()


def test_the_third_within_half_a_year_needs_approval() -> None:
    assert reasons(gift("a", 20), gift("b", 179)) == ("repeated",)
    assert reasons(gift("a", 20), gift("b", 181)) == ()


def test_two_for_one_complaint_are_one_and_those_of_the_present_case_do_not_count() -> None:
    assert reasons(gift("a", 20), gift("a", 19)) == ()
    assert reasons(gift("a", 20), gift("now", 1)) == ()


def test_what_was_refused_is_no_pattern_but_what_was_proposed_is() -> None:
    assert reasons(gift("a", 20), gift("b", 10, "refused")) == ()
    assert reasons(gift("a", 20), gift("b", 10, "proposed")) == ("repeated",)


def test_goodwill_and_high_costs_always_need_approval() -> None:
    assert reasons(kind="goodwill") == ("kind",)
    assert reasons(cost=10_000) == () and reasons(cost=10_001) == ("cost",)
    assert reasons(gift("a", 1), gift("b", 2), kind="goodwill", cost=99_999) == ("kind", "cost", "repeated")


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(-30, 400)), max_size=12))
def test_the_flag_agrees_with_a_count_of_distinct_cases_in_the_window(earlier: list[tuple[str, int]]) -> None:
    found = repeated([gift(case, days) for case, days in earlier], RULES, NOW)
    distinct = {case for case, days in earlier if 0 <= days <= 180}
    assert bool(found) == (len(distinct) >= RULES.repeat_count)
    assert {each.case_id for each in found} == (distinct if found else set())
