"""The figures of an FAQ on labelled questions."""

from __future__ import annotations

from bot.understanding.faq_evaluation import Asked, confusions, coverage_at, figures_of


def asked(label: str, *found: str, p: float) -> Asked:
    return Asked(
        text=f"about {label}", label=label, lang="en", in_scope=label != "oos", found=found, probability=p
    )


QUESTIONS = [
    asked("a", "a", "b", p=0.99),
    asked("a", "a", p=0.95),
    asked("b", "b", p=0.9),
    asked("b", "a", "b", p=0.6),
    asked("oos", "a", p=0.7),
    asked("oos", p=0.0),
]


def test_what_was_right_answered_and_refused_is_counted() -> None:
    figures = figures_of(QUESTIONS, 0.65)
    assert figures["accuracy_at_1"] == 0.75
    assert figures["accuracy_at_3"] == 1.0
    assert figures["precision_at_threshold"] == 0.75  # three right, one stranger answered
    assert figures["coverage_at_threshold"] == 0.75
    assert figures["accuracy_at_threshold"] == 0.75
    assert figures["oos_recall"] == 0.5


def test_nothing_asked_is_no_figure_and_no_crash() -> None:
    assert set(figures_of([], 0.5).values()) == {None}
    assert figures_of([asked("oos", p=0.0)], 0.5)["oos_recall"] == 1.0


def test_coverage_at_a_precision_is_the_best_threshold_in_hindsight_and_ties_go_together() -> None:
    many = [asked("a", "a", p=0.9)] * 30 + [asked("a", "b", p=0.5)] * 10
    assert coverage_at(many, 0.95) == 0.75
    tied = [asked("a", "a", p=0.9)] * 30 + [asked("a", "b", p=0.9)] * 10
    assert coverage_at(tied, 0.95) == 0.0


def test_confusions_come_with_an_example_the_most_frequent_first() -> None:
    wrong = [asked("b", "a", p=0.8), asked("b", "a", p=0.3), asked("a", "c", p=0.9)]
    assert confusions(wrong) == [("b", "a", 2, "about b"), ("a", "c", 1, "about a")]
    assert confusions(wrong, 0.85) == [("a", "c", 1, "about a")]
