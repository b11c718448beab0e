"""Consent, and the bot's silence while people own the conversation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.unit.dialogue_world import ALGIERS, PHOTO, Customer, case, templates

FULL = "Ma commande 4521 de B12 est arrivée cassée, depuis mardi. Je veux un remboursement"


# consent


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "stop.",
        "Unsubscribe",
        "arrêt",
        "désabonnez-moi svp",
        "je ne veux plus recevoir vos SMS",
        "stop sending me messages",
        "لا أريد رسائلكم",
        "توقفوا عن إرسال الرسائل",
        "ma teb3atoulich les messages",
    ],
)
def test_an_explicit_opt_out_is_obeyed_at_once(text: str) -> None:
    decision = Customer(channel="sms", buttons=0).say(text)
    assert decision.consent is not None
    assert (decision.consent.purpose, decision.consent.granted) == ("all", False)
    assert decision.consent.wording == text
    assert templates(decision) == ["consent/opt_out_done"]


def test_no_more_offers_keeps_service_messages() -> None:
    decision = Customer().say("plus de publicité s'il vous plaît")
    assert decision.consent is not None
    assert decision.consent.purpose == "offers"


def test_the_carrier_s_other_keywords_are_obeyed_on_sms_and_mean_cancel_elsewhere() -> None:
    on_sms = Customer(channel="sms", buttons=0).say("CANCEL")
    assert on_sms.consent is not None
    assert templates(Customer().say("cancel")) == ["reply/cancelled"]


def test_stop_inside_an_intake_asks_which_is_meant_on_chat() -> None:
    customer = Customer()
    customer.say("mes briques sont cassées")
    assert templates(customer.say("stop")) == ["consent/opt_out_confirm"]
    assert templates(customer.say("non")) == ["consent/opt_out_kept", "complaint/ask_product"]
    assert templates(customer.say("B12")) == ["complaint/ask_since"]


def test_stop_inside_an_intake_by_sms_opts_out_and_loses_no_complaint() -> None:
    customer = Customer(channel="sms", buttons=0)
    customer.say("mes briques sont cassées")
    assert customer.say("STOP").consent is not None
    customer.fire("intake.reminder")
    assert customer.fire("intake.register").open_case is not None


def test_an_unsure_opt_out_is_asked_about_and_the_answer_counts() -> None:
    for answer, granted in (("oui", False), ("non", None)):
        customer = Customer()
        assert templates(customer.say("laissez-moi tranquille")) == ["consent/opt_out_confirm"]
        decision = customer.say(answer)
        assert (decision.consent.granted if decision.consent else None) == granted
        assert "consent" not in customer.state


def test_an_ordinary_message_never_opts_in_again() -> None:
    for text in ("oui", "ok merci", "bonjour", "je veux un devis", "yes please"):
        assert Customer().say(text).consent is None
    opted_in = Customer().say("START")
    assert opted_in.consent is not None
    assert opted_in.consent.granted


def test_an_opt_out_is_obeyed_even_when_people_own_the_conversation() -> None:
    assert Customer(owner="agent").say("STOP").consent is not None


def test_an_opt_out_that_also_complains_loses_neither() -> None:
    decision = Customer().say("désabonnez-moi, et ma commande 4521 n'est jamais arrivée")
    assert templates(decision) == ["consent/opt_out_done", "complaint/ask_since"]
    assert decision.consent is not None
    assert decision.receipt_owed


# people


@pytest.mark.parametrize("owner", ["queue", "agent"])
def test_the_bot_is_silent_while_people_own_the_conversation(owner: Any) -> None:
    for text in ("bonjour", "quels sont vos horaires ?", "mes briques sont cassées", "zzz", "oui", "annuler"):
        decision = Customer(owner=owner).say(text)
        assert decision.replies == (), text
        assert decision.open_case is None


def test_files_sent_to_people_still_reach_the_open_case() -> None:
    decision = Customer(owner="queue", cases=(case(),)).say("voici la photo", attachments=(PHOTO,))
    assert decision.replies == ()
    assert decision.add_to_case is not None
    assert decision.add_to_case.evidence == (PHOTO,)


def test_an_email_waiting_in_the_queue_is_acknowledged_and_one_to_an_agent_is_not() -> None:
    waiting = Customer(owner="queue", channel="email", buttons=0, cases=(case(),)).say("des nouvelles ?")
    assert templates(waiting) == ["receipt/message"]
    assert waiting.replies[0].variables["reference"] == "RC-2026-0001"
    assert Customer(owner="agent", channel="email", buttons=0).say("des nouvelles ?").replies == ()


def test_an_agent_taking_over_in_the_middle_loses_nothing_of_the_intake() -> None:
    customer = Customer()
    customer.say("mes briques sont arrivées cassées")
    customer.owner = "agent"
    customer.say("c'est la B12")
    customer.fire("intake.reminder")
    decision = customer.fire("intake.register")
    assert decision.replies == ()
    assert decision.open_case is not None
    assert decision.open_case.product == "B12"


@pytest.mark.parametrize(
    "text",
    [
        "je veux parler à quelqu'un",
        "conseiller",
        "can I talk to a human please",
        "أريد التحدث مع موظف",
        "n7eb nehder m3a wa7ed",
        "نهدر مع واحد",
    ],
)
def test_a_person_is_always_one_step_away(text: str) -> None:
    decision = Customer().say(text)
    assert templates(decision) == ["reply/handover"]
    assert decision.hand_over is not None
    assert decision.hand_over.desk == "sales"


def test_the_hand_over_goes_to_the_competent_desk_and_says_when_it_opens() -> None:
    night = Customer(now=datetime(2026, 2, 26, 22, tzinfo=ALGIERS))
    decision = night.say("je veux parler à quelqu'un pour ma facture")
    assert decision.hand_over is not None
    assert decision.hand_over.desk == "accounting"
    assert decision.replies[0].variables["open_now"] is False
    assert decision.replies[0].variables["reopens_at"] == datetime(2026, 3, 1, 8, tzinfo=ALGIERS)
