"""Every decider but the intake: consent, people, surveys, status, FAQ, small talk, not understood, e-mail."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.dialogue.turn import CaseView, ContactView, Decision, Said, TimerFired, Turn
from channels.port import Attachment
from tests.unit.dialogue_world import ALGIERS, DIALOGUE, PHOTO, START, Customer, templates

FULL = "Ma commande 4521 de B12 est arrivée cassée, depuis mardi. Je veux un remboursement"


def case(number: int = 1, **changes: Any) -> CaseView:
    values: dict[str, Any] = {
        "id": f"case{number}",
        "reference": f"RC-2026-{number:04d}",
        "phase": "resolution",
        "closed": False,
        "opened_at": START - timedelta(days=1),
        "due_at": START + timedelta(days=6),
        "desk": "complaints",
        "summary": "ma commande 4521 n'est jamais arrivée",
        "conversation_id": "c1",
    }
    return CaseView(**{**values, **changes})


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
    assert templates(decision) == ["complaint/satisfied"]
    assert decision.add_to_case is not None
    assert decision.add_to_case.satisfied is True
    assert "survey" not in customer.state


@pytest.mark.parametrize("text", ["non", "pas du tout, c'est encore cassé", "non pas encore", "لا"])
def test_a_no_reopens_the_case_and_calls_a_person(text: str) -> None:
    customer, _ = followed_up(closed=True, phase="suivi")
    decision = customer.say(text)
    assert templates(decision) == ["complaint/not_satisfied"]
    assert decision.add_to_case is not None
    assert decision.add_to_case.reopen
    assert decision.hand_over is not None


def test_another_question_is_answered_although_a_survey_waits() -> None:
    customer, _ = followed_up(phase="cloture")
    assert templates(customer.say("quels sont vos horaires ?")) == ["reply/faq"]
    assert templates(customer.say("oui")) == ["complaint/satisfied"]


def test_a_case_without_an_answer_days_after_its_due_date_calls_people_and_not_the_customer() -> None:
    _, decision = followed_up(phase="resolution")
    assert decision.replies == ()
    assert decision.hand_over is not None
    assert decision.hand_over.urgent
    assert decision.timers


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
