"""The complaint intake, whole dialogues: four languages, corrections, silence, cancelling, people, files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from bot.dialogue.turn import REFERENCE, CancelTimer
from channels.port import Attachment
from tests.unit.dialogue_world import ALGIERS, PHOTO, START, Customer, templates

FULL = "Ma commande 4521 de B12 est arrivée cassée, depuis mardi. Je veux un remboursement"

SCRIPTS = {
    "French, a quality complaint": (
        [
            ("mes briques sont arrivées cassées", "complaint/ask_product"),
            ("B12", "complaint/ask_since"),
            ("depuis mardi", "complaint/ask_evidence"),
            ("je n'ai pas de photo", "complaint/ask_remedy"),
            ("un remboursement", "complaint/restate"),
            ("oui", "complaint/registered"),
        ],
        {"product": "B12", "since": "depuis mardi", "remedy": "refund", "object": "quality"},
    ),
    "English, a late delivery": (
        [
            ("I want to make a complaint", "complaint/what"),
            ("my order 4521 never arrived", "complaint/ask_since"),
            ("since last week", "complaint/ask_remedy"),
            ("just deliver it", "complaint/restate"),
            ("yes that's right", "complaint/registered"),
        ],
        {"order_ref": "4521", "since": "since last week", "remedy": "redelivery", "object": "delivery"},
    ),
    "Arabic": (
        [
            ("أريد تقديم شكوى", "complaint/what"),
            ("لم تصل طلبيتي رقم 4521", "complaint/ask_since"),
            ("منذ أسبوع", "complaint/ask_remedy"),
            ("أريد استرداد المال", "complaint/restate"),
            ("نعم صحيح", "complaint/registered"),
        ],
        {"order_ref": "4521", "since": "منذ أسبوع", "remedy": "refund", "object": "delivery"},
    ),
    "Darija in Arabic letters": (
        [
            ("الياجور جاني مكسر", "complaint/ask_product"),
            ("B8", "complaint/ask_since"),
            ("من البارح", "complaint/ask_evidence"),
            ("ماعنديش", "complaint/ask_remedy"),
            ("بدلوهالي", "complaint/restate"),
            ("ايه", "complaint/registered"),
        ],
        {"product": "B8", "since": "من البارح", "remedy": "exchange", "object": "quality"},
    ),
    "Darija in Latin letters": (
        [
            ("lcommande ta3i mawslatch", "complaint/ask_product"),
            ("4521", "complaint/ask_since"),
            ("hadi simana", "complaint/ask_remedy"),
            ("jibouli lcommande", "complaint/restate"),
            ("wah", "complaint/registered"),
        ],
        {"order_ref": "4521", "since": "hadi simana", "remedy": "redelivery", "object": "delivery"},
    ),
}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_a_complaint_is_taken_down_one_question_at_a_time(
    script: tuple[list[tuple[str, str]], dict[str, str]],
) -> None:
    lines, facts = script
    customer = Customer()
    for text, expected in lines:
        assert templates(customer.say(text)) == [expected], text
    assert customer.last is not None
    opened = customer.last.open_case
    assert opened is not None
    assert {name: getattr(opened, name) for name in facts} == facts
    assert opened.complete
    assert "intake" not in customer.state


def test_dialects_are_answered_in_arabic_and_the_language_stays() -> None:
    customer = Customer()
    for text in ("lcommande ta3i mawslatch", "4521", "hadi simana"):
        customer.say(text)
        assert customer.language == "ar"


def test_the_first_answer_is_the_receipt_and_the_registration_is_one_too() -> None:
    customer = Customer()
    first = customer.say("mes briques sont arrivées cassées")
    assert first.receipt_owed
    assert first.replies[0].purpose == "receipt"
    for text in ("B12", "mardi", "passer", "passer"):
        assert not customer.say(text).receipt_owed
    registered = customer.say("oui")
    assert registered.replies[0].purpose == "receipt"


def test_the_acknowledgement_names_reference_desk_due_date_and_facts() -> None:
    reply = Customer().say(FULL).replies[0]
    assert reply.template == "complaint/registered"
    assert reply.variables["reference"] == REFERENCE
    assert reply.variables["desk"] == "Réclamations"
    assert reply.variables["due_at"] == datetime(2026, 3, 5, 18, tzinfo=ALGIERS)
    assert "4521" in reply.variables["summary"]
    assert reply.variables["complete"] is True


def test_one_message_that_says_it_all_is_registered_without_questions() -> None:
    decision = Customer().say(FULL)
    assert decision.receipt_owed
    assert decision.open_case is not None
    assert (decision.open_case.order_ref, decision.open_case.product) == ("4521", "B12")
    assert decision.open_case.remedy == "refund"
    assert decision.hand_over is None


def test_an_email_complaint_is_never_interrogated() -> None:
    customer = Customer(channel="email", buttons=0)
    decision = customer.say("Bonjour,\nje n'ai toujours rien reçu.\nCordialement, K. Haddad")
    assert templates(decision) == ["complaint/registered"]
    assert decision.open_case is not None


def test_what_was_said_is_never_asked() -> None:
    customer = Customer()
    assert templates(customer.say("ma commande 4521 est arrivée cassée")) == ["complaint/ask_since"]
    assert templates(customer.say("depuis hier, et je veux un échange")) == ["complaint/ask_evidence"]
    assert templates(customer.say("passer")) == ["complaint/restate"]


def test_at_most_five_questions_come_before_the_restatement() -> None:
    customer = Customer()
    asked = templates(customer.say("je veux faire une réclamation"))
    while asked[-1] != "complaint/restate":
        asked += templates(customer.say("la qualité est mauvaise" if len(asked) == 1 else "je ne sais pas"))
    assert asked == [
        "complaint/what",
        "complaint/ask_product",
        "complaint/ask_since",
        "complaint/ask_evidence",
        "complaint/ask_remedy",
        "complaint/restate",
    ]


def test_a_wish_given_instead_of_a_day_is_no_day_and_the_day_is_asked_again() -> None:
    customer = Customer()
    customer.say("ma commande 4521 de B8 est en retard")
    assert templates(customer.say("une nouvelle livraison")) == ["complaint/ask_since"]
    assert templates(customer.say("passer")) == ["complaint/restate"]
    opened = customer.say("oui").open_case
    assert opened is not None
    assert (opened.since, opened.remedy) == ("", "redelivery")


def test_split_bricks_are_a_complaint() -> None:
    decision = Customer().say("Les briques B8 de ma commande 4521 sont arrivées fendues hier")
    assert templates(decision) == ["complaint/registered"]


def test_a_late_delivery_is_not_asked_for_photos() -> None:
    customer = Customer()
    customer.say("ma commande 4521 n'est jamais arrivée")
    assert templates(customer.say("depuis lundi")) == ["complaint/ask_remedy"]


def test_buttons_answer_every_question() -> None:
    customer = Customer()
    shown = customer.say("mes briques sont cassées").replies[0].buttons
    assert [button.value for button in shown] == ["product:B8", "product:B12", "product:Hourdis", "skip"]
    customer.press("product:B12")
    customer.press("skip")
    customer.press("skip")
    customer.press("remedy:exchange")
    opened = customer.press("yes").open_case
    assert opened is not None
    assert (opened.product, opened.remedy) == ("B12", "exchange")


def test_no_more_buttons_are_offered_than_the_channel_shows() -> None:
    for room in (0, 1, 3):
        customer = Customer(channel="whatsapp", buttons=room)
        for text in ("mes briques sont cassées", "B12", "hier", "passer", "passer"):
            for reply in customer.say(text).replies:
                assert len(reply.buttons) <= room


def test_a_number_typed_where_no_list_was_shown_is_not_a_choice() -> None:
    customer = Customer(buttons=0, channel="sms")
    customer.say("mes briques sont arrivées cassées")
    customer.say("B12")
    assert templates(customer.say("2")) == ["complaint/ask_evidence"]


def test_an_angry_customer_gets_the_short_way_and_a_person_urgently() -> None:
    customer = Customer()
    first = customer.say("C'est INADMISSIBLE, vos briques sont toutes cassées !!!")
    assert templates(first) == ["complaint/restate"]
    assert first.replies[0].variables["angry"] is True
    registered = customer.say("oui")
    assert registered.open_case is not None
    assert registered.open_case.angry
    assert registered.hand_over is not None
    assert registered.hand_over.urgent


def test_injury_lawyer_or_press_make_it_critical_and_urgent() -> None:
    for text in (
        "Le mur en B12 s'est effondré hier et un ouvrier est blessé",
        "vos briques B12 sont cassées depuis mardi, mon avocat va vous contacter",
        "the B12 wall collapsed yesterday, bricks are cracked and somebody was hurt",
    ):
        customer = Customer()
        decision = customer.say(text)
        if decision.open_case is None:
            decision = customer.say("oui" if customer.language == "fr" else "yes")
        assert decision.open_case is not None, text
        assert decision.open_case.severity == "critical"
        assert decision.hand_over is not None
        assert decision.hand_over.urgent


def test_an_ordinary_complaint_leaves_the_conversation_with_the_bot() -> None:
    assert Customer().say(FULL).hand_over is None


def test_a_photo_at_any_time_becomes_evidence() -> None:
    customer = Customer()
    customer.say("mes briques sont arrivées cassées", attachments=(PHOTO,))
    other = Attachment(kind="image", ref="media:bb")
    customer.say("B12", attachments=(other,))
    assert templates(customer.say("hier")) == ["complaint/ask_remedy"]  # photos are there: not asked for
    customer.say("échange")
    restated = customer.last
    assert restated is not None
    assert restated.replies[0].variables["files"] == 2
    opened = customer.say("oui").open_case
    assert opened is not None
    assert [file.ref for file in opened.evidence] == ["media:aa", "media:bb"]


def test_a_photo_answers_the_question_for_evidence() -> None:
    customer = Customer()
    for text in ("mes briques sont arrivées cassées", "B12", "hier"):
        customer.say(text)
    assert templates(customer.say("", attachments=(PHOTO,))) == ["complaint/ask_remedy"]


def test_photos_sent_before_the_complaint_are_kept_as_its_evidence() -> None:
    customer = Customer()
    assert templates(customer.say("", attachments=(PHOTO,))) == ["reply/words_please"]
    customer.say("mes briques sont arrivées cassées")
    for text in ("B12", "hier", "passer"):
        customer.say(text)
    opened = customer.say("oui").open_case
    assert opened is not None
    assert opened.evidence == (PHOTO,)


def test_a_correction_at_the_restatement_is_applied_and_restated() -> None:
    customer = Customer()
    for text in ("mes briques sont arrivées cassées", "B8", "hier", "passer", "remboursement"):
        customer.say(text)
    corrected = customer.say("non, c'est B12")
    assert templates(corrected) == ["complaint/restate"]
    assert corrected.replies[0].variables["product"] == "B12"
    opened = customer.say("oui").open_case
    assert opened is not None
    assert opened.product == "B12"


def test_no_alone_asks_what_to_correct() -> None:
    customer = Customer()
    for text in ("mes briques sont arrivées cassées", "B8", "hier", "passer", "remboursement"):
        customer.say(text)
    assert templates(customer.say("non")) == ["complaint/what_to_correct"]
    assert templates(customer.say("la commande est la 7788")) == ["complaint/restate"]
    opened = customer.say("oui").open_case
    assert opened is not None
    assert opened.order_ref == "7788"


def test_endless_corrections_end_in_a_registered_complaint() -> None:
    customer = Customer()
    for text in ("mes briques sont arrivées cassées", "B8", "hier", "passer", "passer"):
        customer.say(text)
    for _ in range(6):
        decision = customer.say("ce n'est pas encore exactement ce que je voulais dire")
        if decision.open_case is not None:
            return
    pytest.fail("restated for ever")


@pytest.mark.parametrize("word", ["annuler", "cancel", "laissez tomber", "إلغاء", "nsaw"])
def test_cancel_stops_the_intake_at_any_moment(word: str) -> None:
    for steps in (1, 2, 3, 4):
        customer = Customer()
        for text in ("mes briques sont arrivées cassées", "B12", "hier", "passer")[:steps]:
            customer.say(text)
        decision = customer.say(word)
        assert templates(decision) == ["complaint/cancelled"], (word, steps)
        assert "intake" not in customer.state
        assert customer.timers == {}


def test_cancelling_the_order_is_a_wish_for_the_money_and_not_a_cancel() -> None:
    customer = Customer()
    customer.say("ma commande 4521 n'est jamais arrivée")
    customer.say("depuis lundi")
    assert templates(customer.say("annuler ma commande")) == ["complaint/restate"]


def test_asking_for_a_person_registers_what_there_is_and_hands_over() -> None:
    customer = Customer()
    customer.say("mes briques sont arrivées cassées")
    decision = customer.say("je veux parler à quelqu'un")
    assert templates(decision) == ["complaint/registered", "reply/handover"]
    assert decision.open_case is not None
    assert not decision.open_case.complete
    assert decision.open_case.summary == "mes briques sont arrivées cassées"
    assert decision.hand_over is not None
    assert decision.hand_over.desk == "complaints"


def test_a_question_in_the_middle_is_answered_and_the_pending_one_asked_again() -> None:
    customer = Customer()
    customer.say("mes briques sont arrivées cassées")
    decision = customer.say("au fait, quels sont vos horaires d'ouverture ?")
    assert templates(decision) == ["reply/faq", "complaint/ask_product"]
    assert templates(customer.say("B12")) == ["complaint/ask_since"]


def test_asking_where_an_older_case_stands_does_not_disturb_the_intake() -> None:
    customer = Customer()
    customer.say(FULL)
    customer.say("nouvelle réclamation : mes hourdis sont fissurés")
    decision = customer.say("où en est ma réclamation ?")
    assert templates(decision) == ["complaint/status", "complaint/ask_since"]


def test_a_burst_is_one_complaint_in_the_customer_s_own_words() -> None:
    customer = Customer()
    first = customer.said("bonjour", id="a")
    second = customer.said("mes briques sont arrivées cassées", id="b")
    third = customer.said("et le chauffeur est parti", id="c")
    customer.burst(first, second, third)
    for text in ("B12", "hier", "passer", "passer"):
        customer.say(text)
    opened = customer.say("oui").open_case
    assert opened is not None
    assert opened.summary == "bonjour\nmes briques sont arrivées cassées\net le chauffeur est parti"


def test_the_clocks_count_from_the_first_message_of_the_complaint() -> None:
    customer = Customer()
    customer.say("mes briques sont arrivées cassées")
    customer.now += timedelta(days=2)
    for text in ("B12", "hier", "passer", "passer"):
        customer.say(text)
    opened = customer.say("oui").open_case
    assert opened is not None
    assert opened.received_at == START
    assert opened.due_at == datetime(2026, 3, 5, 17, tzinfo=UTC)
    assert "5" in opened.due_explanation


def test_silence_is_reminded_then_registered_as_it_is() -> None:
    customer = Customer()
    customer.say("mes briques sont arrivées cassées")
    customer.say("B12")
    assert templates(customer.fire("intake.reminder")) == ["complaint/reminder"]
    decision = customer.fire("intake.register")
    assert templates(decision) == ["complaint/registered_silent"]
    assert decision.open_case is not None
    assert not decision.open_case.complete
    assert decision.open_case.product == "B12"
    assert "intake" not in customer.state
    assert customer.now - START > timedelta(minutes=40)


def test_an_answer_after_the_reminder_goes_on_where_it_stopped() -> None:
    customer = Customer()
    customer.say("mes briques sont arrivées cassées")
    customer.fire("intake.reminder")
    assert "intake.register" in {timer.kind for timer in customer.timers.values()}
    assert templates(customer.say("B12")) == ["complaint/ask_since"]
    assert {timer.kind for timer in customer.timers.values()} == {"intake.reminder"}


def test_silence_after_a_bare_wish_to_complain_opens_no_empty_case() -> None:
    customer = Customer()
    customer.say("je veux faire une réclamation")
    customer.fire("intake.reminder")
    decision = customer.fire("intake.register")
    assert decision.open_case is None
    assert decision.replies == ()


def test_a_late_timer_after_the_end_does_nothing() -> None:
    customer = Customer()
    customer.say("mes briques sont arrivées cassées")
    kept = dict(customer.timers)
    customer.say("annuler")
    customer.timers = kept
    decision = customer.fire("intake.reminder")
    assert (decision.replies, decision.timers, decision.open_case) == ((), (), None)


def test_registering_sets_the_safety_net_three_working_days_after_the_due_date() -> None:
    customer = Customer()
    decision = customer.say(FULL)
    assert any(isinstance(change, CancelTimer) for change in decision.timers)
    timer = customer.timers["case:RC-2026-0001:followup"]
    assert timer.kind == "case.followup"
    assert timer.payload["reference"] == "RC-2026-0001"
    assert timer.due_at == datetime(2026, 3, 10, 10, tzinfo=ALGIERS)


def test_an_edited_message_corrects_the_story() -> None:
    customer = Customer()
    customer.say("mes briques B8 sont arrivées cassées", id="m1")
    decision = customer.say("mes briques B12 sont arrivées cassées", id="e1", edited=True)
    assert decision.by == "intake"
    intake = customer.state["intake"]
    assert intake["product"] == "B12"
    assert [text for _, text in intake["words"]] == ["mes briques B12 sont arrivées cassées"]


def test_a_voice_note_in_the_middle_is_kept_and_words_are_asked_for() -> None:
    customer = Customer()
    customer.say("mes briques sont arrivées cassées")
    voice = Attachment(kind="audio", ref="media:cc", mime="audio/ogg")
    decision = customer.say("", attachments=(voice,))
    assert templates(decision) == ["reply/words_please", "complaint/ask_product"]
    assert customer.state["intake"]["files"][0]["ref"] == "media:cc"


def test_more_words_about_a_recent_complaint_join_its_case() -> None:
    customer = Customer()
    customer.say(FULL)
    decision = customer.say("et aussi deux palettes sont mouillées")
    assert templates(decision) == ["complaint/added"]
    assert decision.add_to_case is not None
    assert decision.add_to_case.case_id == "case1"
    assert decision.open_case is None


def test_an_email_at_night_and_a_chat_the_next_morning_are_one_case() -> None:
    mail = Customer(channel="email", buttons=0, now=START + timedelta(hours=14))
    mail.say("Ma commande 4521 n'est toujours pas arrivée. K.")
    chat = Customer(cases=mail.cases, now=mail.now + timedelta(hours=10))
    decision = chat.say("bonjour, ma commande 4521 n'est toujours pas arrivée !")
    assert decision.open_case is None
    assert decision.add_to_case is not None
    assert decision.add_to_case.case_id == "case1"


def test_another_order_is_another_complaint() -> None:
    customer = Customer()
    customer.say(FULL)
    decision = customer.say("ma commande 7788 n'est jamais arrivée")
    assert decision.add_to_case is None
    assert "intake" in customer.state


def test_a_photo_after_registration_is_added_to_the_case() -> None:
    customer = Customer()
    customer.say(FULL)
    decision = customer.say("", attachments=(PHOTO,))
    assert templates(decision) == ["complaint/added"]
    assert decision.add_to_case is not None
    assert decision.add_to_case.evidence == (PHOTO,)


def test_every_step_survives_a_restart() -> None:
    """The customer writes its state to JSON and back at each turn: the stages must follow all the same."""
    customer = Customer()
    stages = []
    for text in ("mes briques sont arrivées cassées", "B12", "hier", "passer", "passer"):
        customer.say(text)
        stages.append(customer.state["intake"]["stage"])
    assert stages == ["product", "since", "evidence", "remedy", "confirm"]
    assert all(before != after for before, after in pairwise(stages))


def test_a_very_long_story_is_kept_within_bounds() -> None:
    customer = Customer()
    customer.say("mes briques sont arrivées cassées " + "et encore " * 10_000)
    words = "".join(text for _, text in customer.state["intake"]["words"])
    assert 10_000 < len(words) <= 20_000
    restated = Customer(state=customer.state).say("passer")
    assert restated.replies
