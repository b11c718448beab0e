"""Rules built by form: every rule comes through the form unchanged, and what lacks is told at its line."""

from __future__ import annotations

from random import Random

import pytest

from bot.console.segments.drafts import (
    GROUPS,
    Group,
    Line,
    PeriodDraft,
    Unfinished,
    apart,
    draft_of,
    finished,
)
from bot.console.segments.examples import EXAMPLES
from scheduler.segments import Terms, from_form, parse, to_form
from scheduler.segments.measures import MEASURES
from tests.segment_world import TERMS, make_rule

_TERMS = Terms(currency="DZD", own_fields=("secteur",))


def test_every_rule_comes_through_the_form_unchanged() -> None:
    random = Random(7)
    for _ in range(2_000):
        rule = make_rule(random)
        form = to_form(rule)
        assert to_form(finished(draft_of(form), TERMS)) == form


def test_every_field_of_the_language_stands_in_the_form_once() -> None:
    offered = [measure for _, measures in GROUPS for measure in measures]
    assert sorted(offered) == sorted(set(MEASURES) - {"own"})


def test_the_examples_are_rules() -> None:
    for form in EXAMPLES.values():
        rule = from_form(form, _TERMS)
        assert finished(draft_of(to_form(rule)), _TERMS) == rule


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (Line(measure="zone", test="one_of", text=" ; ؛ "), "value"),
        (Line(measure="zone", test="contains", text=" "), "value"),
        (Line(measure="purchases", test="compare", number="beaucoup"), "number"),
        (Line(measure="birthday", test="during", period=PeriodDraft(kind="next", count="x")), "length"),
        (Line(measure="created", test="during", period=PeriodDraft(kind="between")), "days"),
        (Line(measure="purchases", test="compare", within=PeriodDraft(kind="last", count="")), "length"),
    ],
)
def test_what_lacks_is_told_at_its_line(line: Line, code: str) -> None:
    whole = Line(measure="language", test="one_of", text="fr")
    with pytest.raises(Unfinished) as lacks:
        finished(Group(items=[whole, Group(join="any", items=[line])]), _TERMS)
    assert (lacks.value.line, lacks.value.code) == (line.id, code)


def test_what_the_language_refuses_is_told_at_its_line_in_words() -> None:
    line = Line(measure="frequency", test="compare", number="9")
    with pytest.raises(Unfinished) as lacks:
        finished(Group(items=[line]), _TERMS)
    assert lacks.value.line == line.id
    assert lacks.value.error is not None
    assert "1 " in lacks.value.error.words("fr")


def test_numbers_are_read_as_people_write_them() -> None:
    line = Line(measure="amount", test="compare", number="50\u202f000,5", currency="DZD")
    assert finished(Group(items=[line]), _TERMS) == parse("amount >= 50000.5 DZD", _TERMS)


def test_values_stand_apart_by_either_semicolon_and_one_with_it_inside_stays_as_text() -> None:
    assert apart("Alger ; سطيف؛ Oran;") == ["Alger", "سطيف", "Oran"]
    rule = parse('zone in ("a;b", "c")', _TERMS)
    root = draft_of(to_form(rule))
    (line,) = root.lines()
    assert line.fixed is not None
    assert finished(root, _TERMS) == rule


def test_asking_something_else_forgets_what_was_typed() -> None:
    line = Line(measure="zone", text="Alger", negated=True)
    line.choose("own:secteur", "DZD", ("one_of",))
    assert (line.measure, line.name, line.text, line.negated) == ("own", "secteur", "", True)
    line.choose("amount", "DZD", ("compare",))
    assert (line.name, line.currency, line.test) == ("", "DZD", "compare")
