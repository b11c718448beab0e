"""Answers to what outreach asked: marks, reasons, suggestions, unhappy purchases; never over a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.dialogue.turn import Asked, Decision
from tests.unit.dialogue_world import START, Customer, templates

MARK = Asked(row_id="o1", source="rule:survey", question="mark", at=START - timedelta(days=1), product="B12")
SUITS = Asked(
    row_id="o2",
    source="rule:post_purchase",
    question="satisfied",
    at=START - timedelta(days=1),
    product="B12",
    order="CMD-7",
)


def customer(asked: Asked = MARK, **more: Any) -> Customer:
    return Customer(asked=(asked,), language="fr", **more)


def kept(decision: Decision) -> list[tuple[str, str, int | None, str]]:
    return [(one.question, one.value, one.score, one.words) for one in decision.outreach]


@pytest.mark.parametrize(
    ("text", "score"), [("5", 5), ("٤", 4), ("8/10", 4), ("très bien", 5), ("4, parfait sauf le délai", 4)]
)
def test_a_good_mark_is_recorded_and_thanked_for(text: str, score: int) -> None:
    decision = customer().say(text)
    assert decision.outreach[0].score == score and decision.outreach[0].alarm == ""
    assert templates(decision) == ["complaint/survey_thanks"]


def test_a_low_mark_alarms_a_person_and_asks_why_once() -> None:
    talk = customer()
    decision = talk.say("2")
    assert kept(decision) == [("mark", "2", 2, "")] and decision.outreach[0].alarm == "rule:survey: 2 (B12)"
    assert templates(decision) == ["complaint/survey_improve"] and decision.hand_over is None
    reason = talk.say("les chauffeurs devraient appeler avant de passer")
    assert kept(reason) == [("suggestion", "said", None, "les chauffeurs devraient appeler avant de passer")]
    assert templates(reason) == ["complaint/survey_thanks"] and "outreach" not in talk.state


@pytest.mark.parametrize("text", ["passer", "non", "non merci"])
def test_who_gives_no_reason_is_thanked_and_left_alone(text: str) -> None:
    talk = customer()
    talk.say("3")
    decision = talk.say(text)
    assert kept(decision) == [] and templates(decision) == ["complaint/survey_thanks"]
    assert "outreach" not in talk.state


def test_a_question_after_a_mark_is_answered_as_a_question() -> None:
    talk = customer()
    talk.say("3")
    assert templates(talk.say("Quels sont vos horaires d'ouverture ?")) == ["reply/faq"]


def test_a_mark_said_again_is_corrected_without_thanks() -> None:
    again = Asked(row_id="o1", source="rule:survey", question="mark", at=START, answered=True)
    decision = customer(again).say("4")
    assert kept(decision) == [("mark", "4", 4, "")] and templates(decision) == []


def test_a_low_mark_with_a_defect_begins_a_complaint_about_that_purchase() -> None:
    talk = customer()
    decision = talk.say("1, les briques sont arrivées cassées")
    assert kept(decision)[0][:3] == ("mark", "1", 1) and decision.outreach[0].alarm
    assert talk.state["intake"]["product"] == "B12"


def test_no_answer_is_read_into_other_words() -> None:
    for text in ("Quels sont vos horaires d'ouverture ?", "4 briques manquent", "bonjour"):
        assert kept(customer().say(text)) == []


def test_words_alone_are_an_answer_only_soon_after_the_question() -> None:
    old = Asked(row_id="o1", source="rule:survey", question="mark", at=START - timedelta(days=6))
    assert kept(customer(old).say("très bien")) == []
    assert kept(customer(old).say("5")) == [("mark", "5", 5, "")]


def test_people_who_hold_the_conversation_are_not_talked_over_and_the_mark_is_kept() -> None:
    decision = customer(owner="agent").say("2")
    assert kept(decision) == [("mark", "2", 2, "")] and templates(decision) == []


def test_a_number_of_an_offered_list_is_no_mark() -> None:
    talk = customer()
    talk.state = {"offered": ["hours", "address"]}
    assert kept(talk.say("2")) == []


def test_a_happy_buyer_is_thanked_and_a_suggestion_is_kept() -> None:
    assert kept(customer(SUITS).say("oui très satisfait")) == [("satisfied", "yes", 5, "oui très satisfait")]
    words = "Il faudrait livrer aussi le samedi"
    decision = customer(SUITS).say(words)
    assert kept(decision) == [("suggestion", "said", None, words)]
    assert templates(decision) == ["complaint/survey_thanks"]


def test_e24_an_unhappy_buyer_begins_a_complaint_about_the_order() -> None:
    talk = customer(SUITS)
    decision = talk.say("non pas du tout, elles sont arrivées cassées")
    assert kept(decision)[0][:2] == ("satisfied", "no")
    assert talk.state["intake"]["order"] == "CMD-7" and talk.state["intake"]["product"] == "B12"


def test_a_stop_is_obeyed_before_anything_else() -> None:
    decision = customer().say("STOP")
    assert decision.by == "consent" and kept(decision) == []
