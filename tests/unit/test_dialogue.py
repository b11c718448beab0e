"""Status, FAQ, small talk, language, e-mail, what was not understood, and anything at all."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.dialogue.turn import ContactView, Said, TimerFired, Turn
from channels.port import Attachment
from tests.unit.dialogue_world import COMPANY, DIALOGUE, PHOTO, START, Customer, case, templates

FULL = "Ma commande 4521 de B12 est arrivée cassée, depuis mardi. Je veux un remboursement"


# status


def test_where_is_my_case_answers_with_the_newest_open_one() -> None:
    cases = (case(3, closed=True), case(2), case(1))
    decision = Customer(cases=cases).say("où en est ma réclamation ?")
    assert templates(decision) == ["complaint/status"]
    variables = decision.replies[0].variables
    assert (variables["reference"], variables["phase"]) == ("RC-2026-0002", "en cours de traitement")


def test_a_named_reference_is_found_and_a_foreign_one_reveals_nothing() -> None:
    customer = Customer(cases=(case(2), case(1)))
    assert customer.say("et rc-2026-0001 ?").replies[0].variables["reference"] == "RC-2026-0001"
    assert templates(customer.say("où en est ma réclamation RC-2026-0999 ?")) == ["complaint/status_none"]


@pytest.mark.parametrize(
    ("text", "language"),
    [("where is my complaint?", "en"), ("أين وصلت شكواي؟", "ar"), ("win wasla reclamation ta3i", "ar")],
)
def test_the_status_is_asked_for_in_every_language(text: str, language: str) -> None:
    customer = Customer(cases=(case(),))
    assert templates(customer.say(text)) == ["complaint/status"]
    assert customer.language == language


def test_without_a_case_it_says_so() -> None:
    assert templates(Customer().say("où en est ma réclamation ?")) == ["complaint/status_none"]


def test_an_order_is_looked_up_by_a_person_of_the_sales_desk() -> None:
    decision = Customer().say("où est ma commande 4521 ?")
    assert templates(decision) == ["reply/order_status"]
    assert decision.replies[0].variables["order"] == "4521"
    assert decision.hand_over is not None
    assert decision.hand_over.desk == "sales"


# FAQ, small talk, not understood


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Quels sont vos horaires ?", "dimanche-jeudi (fr)"),
        ("bonjour, vous ouvrez à quelle heure svp", "dimanche-jeudi (fr)"),
        ("how much is a B12 brick?", "liste de prix (en)"),
        ("متى تفتحون", "dimanche-jeudi (ar)"),
        ("wa9tach t7allou", "dimanche-jeudi (ar)"),
        ("Que faire si mes briques arrivent cassées ?", "signalez-le (fr)"),
    ],
)
def test_a_question_of_the_faq_is_answered_in_its_language(text: str, answer: str) -> None:
    decision = Customer().say(text)
    assert templates(decision) == ["reply/faq"]
    assert decision.replies[0].variables["answer"] == answer


def test_the_first_miss_suggests_and_the_second_hands_over() -> None:
    customer = Customer()
    first = customer.say("et la palette du voisin de mon cousin en fait")
    assert templates(first) == ["reply/suggestions"]
    assert first.unanswered
    assert first.replies[0].buttons[-1].value == "person"
    second = customer.say("xyzzy plugh")
    assert templates(second) == ["reply/handover"]
    assert second.hand_over is not None


def test_an_answer_in_between_forgets_the_first_miss() -> None:
    customer = Customer()
    customer.say("xyzzy plugh")
    customer.say("quels sont vos horaires ?")
    assert templates(customer.say("xyzzy plugh")) == ["reply/suggestions"]


def test_a_suggestion_is_picked_by_button_or_by_number() -> None:
    by_button = Customer().press("faq:payment")
    assert by_button.replies[0].variables["answer"] == "virement ou espèces (fr)"
    texter = Customer(channel="sms", buttons=0)
    offered = texter.say("la livraison du samedi pour mon cousin").replies[0]
    assert offered.variables["numbered"] is True
    assert offered.buttons == ()
    count = len(offered.variables["questions"])
    assert count >= 1
    assert templates(texter.say("1")) == ["reply/faq"]
    assert templates(Customer(channel="sms", buttons=0, state=texter.state).say("9")) != ["reply/faq"]


def test_a_button_of_an_answer_that_is_gone_is_not_an_error() -> None:
    assert templates(Customer().press("faq:removed")) == ["reply/suggestions"]


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("Bonjour", "reply/greeting"),
        ("السلام عليكم", "reply/greeting"),
        ("slm", "reply/greeting"),
        ("merci beaucoup !", "reply/thanks"),
        ("ya3tik saha", "reply/thanks"),
        ("au revoir", "reply/goodbye"),
        ("connard", "reply/calm"),
    ],
)
def test_small_talk_is_answered_in_kind(text: str, template: str) -> None:
    assert templates(Customer().say(text)) == [template]


def test_insults_are_met_calmly_and_then_by_a_person() -> None:
    customer = Customer()
    said = [templates(customer.say("connard"))[0] for _ in range(3)]
    assert said == ["reply/calm", "reply/calm", "reply/handover"]


def test_a_sticker_is_answered_with_a_wish_for_words() -> None:
    decision = Customer().say("", unsupported="sticker")
    assert decision.replies[0].template == "reply/words_please"
    assert decision.replies[0].variables["what"] == "sticker"


def test_an_edit_outside_an_intake_is_not_answered_as_new() -> None:
    customer = Customer()
    customer.say("quels sont vos horaires ?")
    assert customer.say("quels sont vos horaires svp ?", edited=True).replies == ()


def test_an_edit_of_a_message_that_was_not_understood_is_answered() -> None:
    customer = Customer()
    customer.say("xyzzy plugh")
    assert templates(customer.say("quels sont vos horaires ?", edited=True)) == ["reply/faq"]


# language


def test_the_hint_then_the_company_decide_until_words_do() -> None:
    assert Customer(hint="en-GB").say("👍").language == "en"
    assert Customer(hint="pt-BR").say("👍").language == "fr"
    assert Customer(hint="en-GB").say("quels sont vos horaires ?").language == "fr"


def test_one_borrowed_word_never_changes_the_conversation_s_language() -> None:
    customer = Customer()
    customer.say("quels sont vos horaires ?")
    for text in ("thanks", "ok", "شكرا", "👍", "B12", "Karim"):
        customer.say(text)
        assert customer.language == "fr", text
    customer.say("where do you deliver please")
    assert customer.language == "en"


def test_a_name_that_was_given_is_kept() -> None:
    assert Customer().say("bonjour, je m'appelle Nadia Exemple").contact_name == "Nadia Exemple"


# e-mail


def test_every_email_is_owed_and_given_a_receipt() -> None:
    for text in ("Bonjour, quels sont vos horaires ?", "Merci", FULL, "blabla", "", "où est ma commande ?"):
        decision = Customer(channel="email", buttons=0).say(text)
        assert decision.receipt_owed, text
        assert decision.replies[0].purpose == "receipt", text


def test_an_email_that_is_not_understood_goes_to_its_desk_with_a_probable_reply() -> None:
    customer = Customer(channel="email", buttons=0, account="factures-mail")
    decision = customer.say("Bonjour, je prépare un dossier sur la livraison dans les wilayas du sud. K.")
    assert templates(decision) == ["receipt/message"]
    assert decision.hand_over is not None
    assert "FAQ" in decision.hand_over.reason


# anything at all

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
INTAKE = st.fixed_dictionaries(
    {"received_at": st.just(START.isoformat()) | JSON},
    optional={
        "stage": st.sampled_from(["what", "product", "since", "evidence", "remedy", "confirm", "correct"])
        | JSON,
        "words": st.just([["m1", "cassé"]]) | JSON,
        "files": JSON,
        "asked": JSON,
        "restated": JSON,
        "severity": JSON,
        "product": JSON,
    },
)
STATES = st.fixed_dictionaries(
    {},
    optional={
        "intake": INTAKE | JSON,
        "survey": JSON | st.just({"case_id": "case1", "asked_at": START.isoformat()}),
        "consent": JSON,
        "misses": JSON,
        "offered": JSON,
        "files": JSON,
        "insults": JSON,
    },
)
WORDS = st.sampled_from(
    [
        "oui",
        "non",
        "annuler",
        "STOP",
        FULL,
        "conseiller",
        "{{ 7*7 }}",
        "{% raise %}",
        "‏مرحبا",
        "​",
        "?!…",
        "4521",
        "passer",
    ]
)
TEXTS = st.text(max_size=60) | WORDS
CHOICES = st.sampled_from(
    ["", "", "", "yes", "no", "fix", "skip", "cancel", "person", "faq:hours", "product:", "zz:"]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    texts=st.lists(TEXTS, min_size=1, max_size=3),
    choice=CHOICES,
    state=STATES,
    owner=st.sampled_from(["bot", "queue", "agent"]),
    channel=st.sampled_from(["webchat", "email", "sms", "whatsapp"]),
    language=st.sampled_from(["", "fr", "ar", "en", "xx"]),
    hint=st.text(max_size=6),
    timer=st.sampled_from([None, "intake.reminder", "intake.register", "case.followup", "else"]),
    edited=st.booleans(),
    with_case=st.booleans(),
)
def test_nothing_a_customer_or_a_record_says_ever_raises(
    texts: list[str],
    choice: str,
    state: dict[str, Any],
    owner: Any,
    channel: str,
    language: str,
    hint: str,
    timer: str | None,
    edited: bool,
    with_case: bool,
) -> None:
    said = tuple(
        Said(id=str(number), text=text, at=START, edited=edited) for number, text in enumerate(texts)
    )
    said = (*said[:-1], replace(said[-1], choice=choice, attachments=(PHOTO,) if with_case else ()))
    fired = (
        TimerFired(kind=timer, key="k", due_at=START, payload={"reference": "RC-2026-0001"})
        if timer
        else None
    )
    turn = Turn(
        now=START,
        conversation_id="c1",
        account_id="chat",
        channel=channel,
        buttons=3 if channel == "whatsapp" else 0,
        owner=owner,
        language=language,
        language_hint=hint,
        contact=ContactView(id="k1"),
        state=state,
        said=() if fired else said,
        timer=fired,
        cases=(case(phase="cloture"),) if with_case else (),
    )
    decision = DIALOGUE.decide(turn)
    if decision.state is not None:
        assert json.loads(json.dumps(decision.state)) == decision.state
    assert decision.by
    if owner == "bot" and not fired and not decision.replies:
        assert decision.by == "edit"


def test_a_hundred_thousand_characters_are_decided_quickly_and_sanely() -> None:
    for text in ("a" * 100_000, "mes briques " * 9_000, "😀" * 100_000, "ا" * 100_000, "1" * 100_000):
        assert Customer().say(text).replies


def test_files_of_every_kind_are_taken() -> None:
    for kind in ("image", "audio", "video", "file", "location", "contact"):
        file = Attachment(kind=kind, ref="media:zz")
        assert templates(Customer().say("", attachments=(file,))) == ["reply/words_please"]


def test_a_turn_without_words_or_timer_decides_nothing() -> None:
    assert Customer().burst().replies == ()


def test_the_address_written_to_names_the_desk_before_its_account_does() -> None:
    company = replace(
        COMPANY, account_desks={"mail": "sales"}, alias_desks={("mail", "pro@example.org"): "complaints"}
    )
    assert company.mailbox_desk("mail", "Pro@Example.org") == "complaints"
    assert company.mailbox_desk("mail", "support@example.org") == "sales"
    assert company.mailbox_desk("chat", "pro@example.org") == ""
