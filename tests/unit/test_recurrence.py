"""Recurrence detection: the statistics against their definitions, one finding a rise, few false alarms."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.recurrence import delay, false_alarms
from bot.complaints.recurrence import Cell, Count, RecurrenceRules, find_recurrences, overlaps, plain
from bot.complaints.tails import benjamini_hochberg, chance_of_at_least, incomplete_beta

RULES = RecurrenceRules()


def binomial_tail(successes: int, trials: int, chance: Fraction) -> Fraction:
    return sum(
        (
            Fraction(comb(trials, k)) * chance**k * (1 - chance) ** (trials - k)
            for k in range(successes, trials + 1)
        ),
        Fraction(0),
    )


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 99))
def test_the_incomplete_beta_is_a_binomial_tail(a: int, b: int, hundredths: int) -> None:
    """I_x(a, b) is the chance of a or more successes in a + b − 1 trials."""
    exact = binomial_tail(a, a + b - 1, Fraction(hundredths, 100))
    assert incomplete_beta(a, b, hundredths / 100) == pytest.approx(float(exact), rel=1e-9, abs=1e-12)


@given(st.floats(0.5, 200), st.floats(0, 500), st.integers(1, 104))
def test_more_complaints_are_never_less_unusual_and_a_longer_calm_past_makes_them_more_so(
    count: float, past: float, windows: int
) -> None:
    here = chance_of_at_least(count, past, windows)
    assert 0 <= here <= 1
    assert chance_of_at_least(count + 1, past, windows) <= here + 1e-12
    assert chance_of_at_least(count, past, windows + 1) <= here + 1e-12
    assert chance_of_at_least(count, past + 1, windows) >= here - 1e-12


def test_the_tail_is_the_sum_of_the_negative_binomial() -> None:
    """Ten in five windows: P(X ≥ 5) by adding P(0) … P(4), each from the one before."""
    r, p = 10.5, 5 / 6
    term, below = p**r, 0.0
    for k in range(5):
        below += term
        term *= (r + k) / (k + 1) * (1 - p)
    assert chance_of_at_least(5, 10, 5) == pytest.approx(1 - below, rel=1e-9)


def test_impossible_parameters_are_refused_and_edges_are_certain() -> None:
    with pytest.raises(ValueError):
        incomplete_beta(0, 1, 0.5)
    assert (incomplete_beta(1, 1, 0), incomplete_beta(1, 1, 1)) == (0.0, 1.0)
    assert chance_of_at_least(0, 3, 4) == 1.0


def test_benjamini_and_hochbergs_own_example() -> None:
    """Fifteen tests, of which four stand at 0.05. source: their paper of 1995, §3.2"""
    chances = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
        0.6528, 0.7590, 1.0,
    ]  # fmt: skip
    assert benjamini_hochberg(chances, 0.05, 15) == [True] * 4 + [False] * 11
    assert benjamini_hochberg(chances[::-1], 0.05, 15) == [False] * 11 + [True] * 4
    assert benjamini_hochberg([], 0.05, 15) == []


def history(product: str, zone: str, weekly: int, windows: int = 26, cause: str = "") -> list[Count]:
    return [
        Count(product=product, zone=zone, cause=cause, window=window, number=weekly)
        for window in range(1, windows + 1)
        if weekly
    ]


def now(product: str, zone: str, number: int, cause: str = "") -> Count:
    return Count(product=product, zone=zone, cause=cause, window=0, number=number)


CALM = [
    count
    for product in ("b8", "b12", "hourdis")
    for zone in ("béjaïa", "alger", "sétif")
    for count in (*history(product, zone, 1), now(product, zone, 1))
]


def found(counts: list[Count], past: int = 26, rules: RecurrenceRules = RULES) -> list[Cell]:
    return [each.cell for each in find_recurrences(counts, rules, history=past)]


def test_an_ordinary_week_is_silent() -> None:
    assert found(CALM) == []


def test_a_defect_in_one_place_is_one_finding_and_names_product_and_place() -> None:
    assert found([*CALM, now("B12 ", "Béjaïa", 8)]) == [Cell(product="b12", zone="béjaïa")]


def test_a_defect_everywhere_is_the_products() -> None:
    spread = [now("b12", zone, 5) for zone in ("béjaïa", "alger", "sétif")]
    assert found([*CALM, *spread]) == [Cell(product="b12")]


def test_trouble_with_one_place_is_the_places() -> None:
    spread = [now(product, "alger", 5) for product in ("b8", "b12", "hourdis")]
    assert found([*CALM, *spread]) == [Cell(zone="alger")]


def test_one_cause_over_all_products_is_the_causes() -> None:
    spread = [
        now(product, zone, 1, cause="transport")
        for product in ("b8", "b12", "hourdis")
        for zone in ("béjaïa", "alger", "sétif")
    ]
    assert Cell(cause="transport") in found([*CALM, *spread])


def test_two_defects_of_the_same_week_are_two_findings_the_surer_first() -> None:
    both = found([*CALM, now("b12", "béjaïa", 8), now("hourdis", "alger", 12)])
    assert both == [Cell(product="hourdis", zone="alger"), Cell(product="b12", zone="béjaïa")]


def test_a_bad_month_is_not_announced_without_end() -> None:
    many = [
        Count(product=f"p{number}", zone="alger", cause="", window=0, number=9 + number)
        for number in range(8)
    ]
    assert len(found([*CALM, *many])) <= RULES.max_findings


def test_two_complaints_are_never_a_recurrence() -> None:
    assert found([*CALM, now("tuile", "oran", 2)]) == []
    assert found([*CALM, now("tuile", "oran", 4)]) == [Cell(product="tuile", zone="oran")]


def test_a_sure_but_small_rise_is_none() -> None:
    busy = [*history("b8", "alger", 400), now("b8", "alger", 520)]
    assert found(busy) == []


def test_without_history_so_many_of_one_thing_in_some_days_are_needed() -> None:
    assert found([now("b12", "béjaïa", 4)], past=2) == []
    assert found([now("b12", "béjaïa", 5)], past=2) == [Cell(product="b12", zone="béjaïa")]
    assert found([now("b12", "béjaïa", 5), now("b8", "alger", 60)], past=0) == [
        Cell(product="b8", zone="alger")
    ], "five of sixty-five are no defect of a busy new company"


def test_complaints_without_product_zone_and_cause_have_nothing_in_common() -> None:
    assert found([*CALM, now("", "", 50)]) == []


def test_windows_older_than_the_history_do_not_count() -> None:
    old = [Count(product="b12", zone="béjaïa", cause="", window=30, number=1_000)]
    assert found([*CALM, *old, now("b12", "béjaïa", 8)]) == [Cell(product="b12", zone="béjaïa")]


def test_names_are_compared_without_case_and_blanks() -> None:
    assert plain("  BÉJAÏA   Centre ") == "béjaïa centre"
    assert overlaps(Cell(product="b12"), Cell(product="b12", zone="alger"))
    assert not overlaps(Cell(product="b8"), Cell(product="b12", zone="alger"))


def test_a_company_where_nothing_happens_hears_next_to_no_alarm() -> None:
    """The long simulation stands in benchmarks/recurrence.py, its figures in docs/indicators.md."""
    assert false_alarms(5, 1.0, 0.5, seed=5) <= 0.4


def test_a_defect_that_makes_one_complaint_a_day_is_seen_within_a_week() -> None:
    seen = [delay(20, 0.5, 7, 1.0, seed=seed) for seed in range(3)]
    assert sorted(each if each is not None else 99 for each in seen)[1] <= 7
