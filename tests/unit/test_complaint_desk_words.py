"""The complaint desk has words for every act, state, refusal and field that the program knows."""

from __future__ import annotations

import pytest

from bot.cases import ACTS
from bot.complaints.lifecycle import (
    ACTIONS,
    COMPENSATIONS,
    FAITHS,
    FAULTS,
    OBJECTS,
    OUTCOMES,
    PHASES,
    SEVERITIES,
    WHY,
)
from bot.complaints.survey import QUESTIONS
from bot.console.complaints.acting import _REASONS
from bot.console.complaints.deciding import GROUPS
from bot.console.complaints.forms import FORMS
from bot.console.complaints.listing import VIEWS
from bot.console.words import LANGUAGES, words_in

ACTS_ON_A_PAGE = [act for acts in GROUPS.values() for act in acts]
CLOCKS = ("receipt", "first_answer", "next_answer", "resolution", "progress", "department")


def wanted() -> list[str]:
    keys = [f"act.{act}" for act in (*FORMS, *ACTS_ON_A_PAGE)]
    keys += [f"done.{act}" for act in FORMS]
    keys += [f"did.{action}" for action in ACTIONS]
    keys += [f"phase.{phase}" for phase in PHASES]
    keys += [f"state.{outcome}" for outcome in OUTCOMES]
    keys += [f"view.{view}" for view in VIEWS] + [f"empty.{view}" for view in (*VIEWS, "found")]
    keys += [f"against.{name}" for name in ("role", "phase", *WHY.values())]
    keys += [f"group.{group}" for group in GROUPS]
    keys += [f"question.{name}" for name in QUESTIONS]
    keys += [f"reason.{name}" for name in _REASONS.values()]
    keys += [f"clock.{kind}" for kind in CLOCKS]
    keys += [f"clock_state.{state}" for state in ("running", "paused", "met", "missed", "cancelled")]
    choices = {
        "object": OBJECTS, "severity": SEVERITIES, "fault": FAULTS, "faith": FAITHS, "outcome": OUTCOMES,
        "kind": COMPENSATIONS,
    }  # fmt: skip
    keys += [f"choice.{name}.{value}" for name, values in choices.items() for value in values]
    return keys


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_shown_as_a_code(language: str) -> None:
    words = words_in(language)
    keys = wanted()
    assert len(keys) > 200
    assert [key for key in keys if not words.has(f"complaints.{key}")] == []


def test_every_act_of_the_api_has_its_form_and_its_place() -> None:
    assert FORMS.keys() == ACTS.keys()
    on_compensations = {"approve", "decline", "grant"}
    assert set(ACTS_ON_A_PAGE) | on_compensations == FORMS.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_has_a_label(language: str) -> None:
    words = words_in(language)
    for act, fields in FORMS.items():
        for field in fields:
            own = f"complaints.field.{act.replace('-', '_')}_{field.name}"
            assert words.has(own) or words.has(f"complaints.field.{field.name}"), (act, field.name)
            for value in field.choices:
                assert words.has(f"complaints.choice.{field.words}.{value}"), (act, field.name, value)


def test_every_field_of_the_api_is_asked_for() -> None:
    """What an act of the API takes can be given on the page."""
    named = {"settled": "outcome", "link": "kind"}
    for act, fields in FORMS.items():
        asked = {named.get(field.name, field.name) for field in fields}
        taken = set(ACTS[act].model.model_fields) - {"agent", "version", "key", "compensation", "mystery"}
        assert asked == taken, act
