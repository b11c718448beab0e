"""What is typed into a form of the desk becomes the act's call, or says which field can't be taken and why."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bot import case_asks as asks
from bot.console.complaints.forms import Wrong, asked_of, changed_only, read_money

ME: dict[str, Any] = {"agent": "nadia@briqueterie-atlas.example", "version": 3}


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1 500,50", "1500.50"),
        ("1\u202f500,5", "1500.5"),
        ("1500.5", "1500.5"),
        ("١٥٠٠٫٥", "1500.5"),
        ("0", "0"),
    ],
)
def test_an_amount_is_read_as_it_is_written_here(typed: str, amount: str) -> None:
    assert read_money(typed) == Decimal(amount)


@pytest.mark.parametrize("typed", ["", "abc", "-5", "NaN", "Infinity", "1,500,50", "1.500,50"])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="is no amount"):
        read_money(typed)


def test_an_answer_carries_its_key_so_that_a_double_click_sends_once() -> None:
    ask = asked_of(
        "answer", {"text": " Voici. ", "settled": True, "copy_to": ["sales"]}, **ME, key="0123456789"
    )
    assert isinstance(ask, asks.Answer)
    assert (ask.text, ask.outcome, ask.copy_to, ask.key) == ("Voici.", "settled", ("sales",), "0123456789")
    assert (ask.agent, ask.version) == (ME["agent"], 3)


def test_only_what_changed_is_qualified_and_a_cleared_text_counts() -> None:
    before = {"object": "price", "product": "B12", "zone": "Oran"}
    changed = changed_only({"object": "quality", "product": "", "zone": "Oran"}, before)
    ask = asked_of("qualify", changed, **ME)
    assert isinstance(ask, asks.Qualify)
    assert ask.model_dump(exclude_none=True) == {**ME, "object": "quality", "product": ""}
    with pytest.raises(Wrong, match="nothing"):
        asked_of("qualify", {}, **ME)


@pytest.mark.parametrize(
    ("act", "typed", "field", "key"),
    [
        ("plan", {"plan": "   "}, "plan", "needed"),
        ("note", {"text": "x" * 5_001}, "text", "long"),
        ("propose", {"kind": "refund", "description": "x", "cost": "beaucoup"}, "cost", "money"),
        ("propose", {"kind": "refund", "description": "x", "cost": "1.2345"}, "cost", "wrong"),
        ("prevent", {"title": "x", "due_on": "demain"}, "due_on", "date"),
        ("merge", {"into": "42"}, "into", "reference"),
        ("faith", {"faith": "bad", "evidence": " "}, "evidence", "evidence"),
        ("forward", {"desk": "", "question": "x"}, "desk", "needed"),
    ],
)
def test_the_field_in_question_is_named(act: str, typed: dict[str, Any], field: str, key: str) -> None:
    with pytest.raises(Wrong) as wrong:
        asked_of(act, typed, **ME)
    assert (wrong.value.field, wrong.value.key) == (field, key)


def test_references_are_taken_in_small_letters_too() -> None:
    ask = asked_of("link", {"other": "rc-2026-000042", "link": "recurrence"}, **ME)
    assert isinstance(ask, asks.Link)
    assert (ask.other, ask.kind) == ("RC-2026-000042", "recurrence")
