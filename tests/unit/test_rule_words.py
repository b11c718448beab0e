"""Rules in the words of a marketer."""

from __future__ import annotations

from typing import get_args

import pytest

from scheduler.rule_files import ready_rules
from scheduler.rule_words import explain, parts_of
from scheduler.rules import Condition, Rule, read_rule


def rule(when: dict[str, object], **step: object) -> Rule:
    steps = [{"template": "outreach/birthday", **step}]
    return read_rule({"name": "one", "purpose": "service", "when": when, "steps": steps})


@pytest.mark.parametrize("language", ["fr", "ar", "en"])
def test_every_ready_rule_is_told_without_a_code(language: str) -> None:
    for each in ready_rules().values():
        said = explain(each, language)
        assert said and "_" not in said and "=" not in said, said


@pytest.mark.parametrize("language", ["fr", "ar", "en"])
def test_every_condition_has_words(language: str) -> None:
    for condition in get_args(Condition):
        said = read_rule(
            {**rule({"kind": "yearly"}).model_dump(mode="json", exclude_unset=True), "only": [condition]}
        )
        assert parts_of(said, language).only


def test_numbers_agree_with_what_they_count() -> None:
    told = {
        (after, language): parts_of(
            rule({"kind": "date", "of": "quote.issued_at"}, after=after), language
        ).steps[0]
        for after in ("-1d", "2d", "7d", "14d", "100d", "1m")
        for language in ("fr", "en", "ar")
    }
    assert told["-1d", "fr"] == "1 jour avant (09:00)"
    assert told["7d", "fr"] == "7 jours après (09:00)"
    assert told["1m", "en"] == "1 month after (09:00)"
    assert told["2d", "ar"] == "بعد يومين (09:00)"
    assert told["7d", "ar"] == "بعد 7 أيام (09:00)"
    assert told["14d", "ar"] == "بعد 14 يوما (09:00)"
    assert told["100d", "ar"] == "بعد 100 يوم (09:00)"


def test_days_and_series_are_told_by_their_names() -> None:
    assert parts_of(rule({"kind": "fixed", "days": ["12-31"]}), "fr").occasion == "le 31 décembre"
    assert parts_of(rule({"kind": "fixed", "days": ["2026-12-31"]}), "en").occasion == "on 31 December 2026"
    weekly = parts_of(rule({"kind": "series", "weekday": "fri"}), "fr").occasion
    assert weekly == "en série : le vendredi"
    assert "last" not in parts_of(rule({"kind": "series", "day": "last"}), "ar").occasion
