"""After the answer to a complaint: satisfied again, a mark, a few words; keeping in touch before it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.complaints.survey import read_mark
from bot.dialogue import Dialogue
from bot.dialogue.turn import ContactView, Decision, Said, SetTimer, TimerFired, Turn
from tests.unit.dialogue_world import (
    COMPANY,
    DIALOGUE,
    START,
    UNDERSTANDING,
    Customer,
    case,
    templates,
)

FULL = "Ma commande 4521 de B12 est arrivée cassée, depuis mardi. Je veux un remboursement"


# follow-up


def followed_up(**changes: Any) -> tuple[Customer, Decision]:
    customer = Customer(cases=(case(**changes),))
    fired = TimerFired(
        kind="case.followup",
        key="case:RC-2026-0001:followup",
        due_at=START,
        payload={"reference": "RC-2026-0001"},
    )
    turn = Turn(
        now=START,
        conversation_id="c1",
        account_id="chat",
        channel="webchat",
        buttons=6,
        owner=customer.owner,
        language="fr",
        contact=ContactView(id="k1"),
        state={},
        timer=fired,
        cases=customer.cases,
    )
    decision = DIALOGUE.decide(turn)
    customer.language = "fr"
    customer.state = dict(decision.state or {})
    return customer, decision


def test_an_answered_case_is_followed_up_and_a_yes_is_recorded() -> None:
    customer, asked = followed_up(phase="cloture")
    assert templates(asked) == ["complaint/followup"]
    decision = customer.say("oui c'est réglé, merci")
    assert templates(decision) == ["complaint/satisfied", "complaint/survey_mark"]
    assert decision.add_to_case is not None
    assert decision.add_to_case.satisfied is True
    assert decision.survey is not None
    assert (decision.survey.question, decision.survey.value, decision.survey.round) == ("satisfied", "yes", 1)


@pytest.mark.parametrize("text", ["non", "pas du tout, c'est encore cassé", "non pas encore", "لا"])
def test_a_no_reopens_the_case_and_calls_a_person(text: str) -> None:
    customer, _ = followed_up(closed=True, phase="suivi")
    decision = customer.say(text)
    assert templates(decision) == ["complaint/not_satisfied"]
    assert decision.replies[0].variables["due_at"] > START + timedelta(days=5)
    assert decision.add_to_case is not None
    assert decision.add_to_case.reopen
    assert decision.hand_over is not None


def test_another_question_is_answered_although_a_survey_waits() -> None:
    customer, _ = followed_up(phase="cloture")
    assert templates(customer.say("quels sont vos horaires ?")) == ["reply/faq"]
    assert templates(customer.say("oui")) == ["complaint/satisfied", "complaint/survey_mark"]


def test_a_case_without_an_answer_days_after_its_due_date_calls_people_and_not_the_customer() -> None:
    _, decision = followed_up(phase="resolution")
    assert decision.replies == ()
    assert decision.hand_over is not None
    assert decision.hand_over.urgent
    assert decision.timers


# the questions after it


def marked(**changes: Any) -> Customer:
    """A customer who was satisfied and is asked for a mark."""
    customer, _ = followed_up(phase="cloture", answered=True)
    for name, value in changes.items():
        setattr(customer, name, value)
    customer.say("oui")
    return customer


def answer(decision: Decision) -> tuple[str, str, int | None]:
    assert decision.survey is not None
    return decision.survey.question, decision.survey.value, decision.survey.score


def test_a_good_mark_leads_to_the_recommendation_and_a_poor_one_to_what_could_be_better() -> None:
    pleased, sore = marked(), marked()
    decision = pleased.press("mark:5")
    assert (answer(decision), templates(decision)) == (("mark", "5", 5), ["complaint/survey_recommend"])
    decision = pleased.say("oui bien sûr")
    assert answer(decision) == ("recommend", "yes", None)
    assert templates(decision) == ["complaint/survey_thanks"] and "survey" not in pleased.state
    decision = sore.say("2")
    assert (answer(decision), templates(decision)) == (("mark", "2", 2), ["complaint/survey_improve"])
    decision = sore.say("prévenir avant de passer, ce serait plus simple pour nous")
    assert answer(decision) == ("improve", "said", None)
    assert decision.survey is not None and "prévenir avant" in decision.survey.words
    assert templates(decision) == ["complaint/survey_thanks"]


def test_marks_are_buttons_only_where_all_five_fit() -> None:
    with_buttons, _ = followed_up(phase="cloture")
    few, _ = followed_up(phase="cloture")
    few.buttons = 3
    assert [b.value for b in with_buttons.say("oui").replies[-1].buttons] == [
        f"mark:{n}" for n in range(1, 6)
    ]
    assert few.say("oui").replies[-1].buttons == ()


@pytest.mark.parametrize(
    ("words", "mark"),
    [
        ("4", 4), ("4/5", 4), ("٤", 4), ("3 sur 5", 3), ("★★★", 3), ("⭐⭐⭐⭐⭐", 5), ("très satisfaite", 5),
        ("Satisfait", 4), ("insatisfaite", 2), ("pas satisfait", 2), ("pas du tout satisfait", 1), ("moyen", 3),
        ("very happy", 5), ("dissatisfied", 2), ("راضٍ جدًا", 5), ("راض", 4), ("غير راضٍ", 2), ("ممتاز", 5),
        ("6", None), ("0", None), ("45", None), ("la commande 4", None), ("quels sont vos horaires", None), ("", None),
    ],
)  # fmt: skip
def test_a_mark_is_read_from_numbers_stars_and_words(words: str, mark: int | None) -> None:
    assert read_mark(words) == mark


def test_a_survey_can_be_skipped_and_is_left_for_a_question_a_person_or_a_new_complaint() -> None:
    assert templates(marked().say("passer")) == ["complaint/survey_thanks"]
    assert templates(marked().say("quels sont vos horaires ?")) == ["reply/faq"]
    assert marked().say("je veux parler à un conseiller").hand_over is not None
    customer = marked()
    customer.say("nouvelle réclamation : une autre commande 9977 de B8 est arrivée cassée")
    assert "intake" in customer.state
    assert customer.say("4").survey is None


def test_without_the_survey_one_question_is_all() -> None:
    customer, _ = followed_up(phase="cloture")
    quiet = Dialogue(replace(COMPANY, survey=False), UNDERSTANDING)
    turn = Turn(
        now=START, conversation_id="c1", account_id="chat", channel="webchat", buttons=6, owner="bot",
        language="fr", contact=ContactView(id="k1"), state=customer.state, cases=customer.cases,
        said=(Said(id="m1", text="oui", at=START),),
    )  # fmt: skip
    assert templates(quiet.decide(turn)) == ["complaint/satisfied"]


def test_a_withdrawn_merged_or_archived_case_is_not_asked_about() -> None:
    for changes in (
        {"outcome": "withdrawn"},
        {"outcome": "merged"},
        {"outcome": "settled", "archived": True},
    ):
        _, decision = followed_up(closed=True, phase="suivi", **changes)
        assert decision.replies == (), changes


# keeping in touch


def touched(owner: Any = "bot", **changes: Any) -> Decision:
    fired = TimerFired(
        kind="case.keep_in_touch", key="k", due_at=START, payload={"reference": "RC-2026-0001"}
    )
    turn = Turn(
        now=START, conversation_id="c1", account_id="chat", channel="webchat", buttons=6, owner=owner,
        language="fr", contact=ContactView(id="k1"), state={}, timer=fired, cases=(case(**changes),),
    )  # fmt: skip
    return DIALOGUE.decide(turn)


def test_a_customer_who_heard_nothing_for_two_working_days_hears_that_it_is_worked_on() -> None:
    decision = touched()
    assert templates(decision) == ["complaint/keep_in_touch"]
    assert decision.replies[0].variables["due_at"] == START + timedelta(days=6)
    assert decision.add_to_case is not None and decision.add_to_case.told
    (again,) = decision.timers
    assert isinstance(again, SetTimer) and again.due_at > START + timedelta(days=2)


def test_once_the_due_date_has_passed_no_date_is_promised() -> None:
    decision = touched(due_at=START - timedelta(hours=1))
    assert decision.replies[0].variables["due_at"] is None


def test_in_a_conversation_held_by_people_the_words_are_suggested_to_them() -> None:
    for owner in ("agent", "queue"):
        decision = touched(owner)
        assert decision.replies == () and decision.timers
        assert [reply.template for reply in decision.suggest] == ["complaint/keep_in_touch"]


@pytest.mark.parametrize(
    "changes", [{"waiting": True}, {"phase": "cloture"}, {"closed": True, "phase": "suivi"}]
)
def test_nobody_is_kept_in_touch_about_what_is_answered_closed_or_waits_for_them(changes: Any) -> None:
    decision = touched(**changes)
    assert (decision.replies, decision.suggest, decision.timers) == ((), (), ())
