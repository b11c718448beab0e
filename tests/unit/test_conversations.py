"""Messy conversations: stories instead of answers, anger, commands, afterthoughts, thanks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.dialogue.labels import label
from bot.dialogue.turn import Decision, SetTimer
from bot.understanding.facts import Catalogue
from bot.understanding.reading import Understanding
from channels.port import Attachment
from tests.unit.dialogue_world import FAQ, PHOTO, Customer, templates


def variables(decision: Decision) -> dict[str, object]:
    return dict(decision.replies[-1].variables)


def told(customer: Customer, *texts: str) -> Decision:
    for text in texts:
        customer.say(text)
    assert customer.last is not None
    return customer.last


# stories instead of answers


def test_a_story_told_instead_of_a_date_is_kept_and_the_question_put_once_more() -> None:
    customer = Customer()
    told(customer, "mes briques sont arrivées cassées", "B12")
    again = customer.say("La moitié des palettes est cassée")
    assert templates(again) == ["complaint/ask_since"]
    assert variables(again)["again"] is True
    assert templates(customer.say("et le chauffeur est parti, tout est abîmé")) == ["complaint/ask_evidence"]
    opened = told(customer, "passer", "remboursement", "oui").open_case
    assert opened is not None
    assert opened.since == ""
    assert "La moitié des palettes est cassée" in opened.summary


@pytest.mark.parametrize(
    "answer", ["mardi", "le 3 novembre", "à la livraison", "ça fait une semaine", "since monday", "البارح"]
)
def test_a_date_in_any_words_is_an_answer(answer: str) -> None:
    customer = Customer()
    told(customer, "mes briques sont arrivées cassées", "B12")
    assert templates(customer.say(answer)) == ["complaint/ask_evidence"]
    assert customer.state["intake"]["since"] == answer


@pytest.mark.parametrize("text", ["je vous ai déjà dit", "vous vous moquez de moi", "pourquoi tout ça"])
def test_words_that_name_no_product_are_not_stored_as_one(text: str) -> None:
    customer = Customer()
    told(customer, "mes briques sont arrivées cassées", text)
    assert customer.state["intake"]["product"] == ""


def test_a_day_told_when_asked_for_the_product_is_the_date() -> None:
    customer = Customer()
    told(customer, "mes briques sont arrivées cassées", "samedi")
    assert customer.state["intake"]["since"] == "samedi"
    assert customer.state["intake"]["product"] == ""


def test_the_same_words_twice_stand_in_the_summary_once() -> None:
    customer = Customer()
    told(customer, "mes briques sont arrivées cassées", "mes briques sont arrivées cassées")
    assert [text for _, text in customer.state["intake"]["words"]] == ["mes briques sont arrivées cassées"]


def test_a_photos_caption_is_not_a_part_of_the_story() -> None:
    customer = Customer()
    told(customer, "mes briques sont arrivées cassées", "B12", "hier")
    customer.say("voilà la photo", attachments=(PHOTO,))
    intake = customer.state["intake"]
    assert len(intake["files"]) == 1
    assert len(intake["words"]) == 1


def test_yes_to_the_question_for_a_photo_waits_for_it_once() -> None:
    customer = Customer()
    told(customer, "mes briques sont arrivées cassées", "B12", "hier")
    waiting = customer.say("oui")
    assert templates(waiting) == ["complaint/ask_evidence"]
    assert variables(waiting)["again"] is True
    assert templates(customer.say("oui")) == ["complaint/ask_remedy"]


def test_what_the_story_tells_outweighs_how_it_was_announced() -> None:
    customer = Customer()
    told(customer, "j'ai un souci avec ma livraison", "les briques sont cassées")
    assert customer.state["intake"]["object"] == "quality"


# anger and danger


def test_who_becomes_angry_on_the_way_is_soothed_then_given_to_a_person() -> None:
    customer = Customer()
    told(customer, "mes briques sont arrivées cassées", "B12")
    upset = customer.say("c'est inadmissible, vous êtes des voleurs")
    assert templates(upset) == ["complaint/restate"]
    assert variables(upset)["first"] is True
    assert variables(upset)["angry"] is True
    registered = customer.say("je vous ai déjà tout dit")
    assert templates(registered) == ["complaint/registered"]
    assert variables(registered)["urgent"] is True
    assert registered.hand_over is not None


def test_the_first_answer_to_anger_carries_empathy_whatever_it_asks() -> None:
    for text in ("C'est inadmissible, ma commande 4521 est cassée", "vous êtes des escrocs"):
        first = Customer().say(text)
        assert variables(first)["first"] is True
        assert variables(first)["angry"] is True


def test_danger_reaches_a_person_at_once_without_questions() -> None:
    decision = Customer().say("le mur s'est effondré, mon fils est blessé")
    assert templates(decision) == ["complaint/registered"]
    assert decision.open_case is not None
    assert decision.open_case.severity == "critical"
    assert decision.hand_over is not None
    assert decision.hand_over.urgent
    assert decision.receipt_owed


def test_the_angry_are_not_reminded_but_registered_when_the_reminder_would_be_due() -> None:
    customer = Customer()
    decision = customer.say("C'est inadmissible, mes briques sont cassées")
    kinds = [timer.kind for timer in decision.timers if isinstance(timer, SetTimer)]
    assert kinds == ["intake.register"]
    assert customer.fire("intake.register").hand_over is not None


# another chance


def serious(customer: Customer) -> Decision:
    return told(
        customer, "la moitié est cassée, chantier bloqué", "B12", "hier", "passer", "un échange", "oui"
    )


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("oui", "complaint/chance_given"), ("non merci", "complaint/chance_refused")],
)
def test_after_a_serious_complaint_another_chance_is_asked_for_once(answer: str, expected: str) -> None:
    customer = Customer()
    assert templates(serious(customer)) == ["complaint/registered", "complaint/another_chance"]
    decision = customer.say(answer)
    assert templates(decision) == [expected]
    assert decision.add_to_case is not None
    assert decision.add_to_case.note == answer
    assert templates(customer.say("oui")) == ["reply/thanks"]


def test_no_other_chance_is_asked_of_the_angry_nor_by_sms_nor_for_a_small_matter() -> None:
    angry = Customer()
    told(angry, "la moitié est cassée, chantier bloqué, c'est inadmissible", "oui")
    sms = Customer(channel="sms", buttons=0)
    serious(sms)
    small = Customer()
    told(small, "mes briques sont cassées", "B12", "hier", "passer", "un échange", "oui")
    for customer in (angry, sms, small):
        assert customer.last is not None
        assert templates(customer.last) == ["complaint/registered"]


# commands, names, small talk


@pytest.mark.parametrize(("hint", "language"), [("ar", "ar"), ("fr-DZ", "fr"), ("en-GB", "en")])
@pytest.mark.parametrize("text", ["/start", "/start promo2026", "/help"])
def test_opening_a_chat_is_greeted_in_the_clients_language_and_changes_no_consent(
    hint: str, language: str, text: str
) -> None:
    customer = Customer(channel="telegram", hint=hint)
    decision = customer.say(text)
    assert templates(decision) == ["reply/greeting"]
    assert decision.consent is None
    assert customer.language == language


def test_start_in_the_middle_of_a_complaint_goes_on_with_it() -> None:
    customer = Customer(channel="telegram")
    told(customer, "mes briques sont arrivées cassées")
    assert templates(customer.say("/start")) == ["reply/greeting", "complaint/ask_product"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Bonjour, je m'appelle Amina", "Amina"),
        ("je m'appelle karim et j'ai une question", "Karim"),
        ("hello, my name is Sara Haddad", "Sara Haddad"),
        ("اسمي أمينة", "أمينة"),
    ],
)
def test_a_name_given_is_used_in_the_very_answer(text: str, name: str) -> None:
    decision = Customer().say(text)
    assert decision.contact_name == name
    assert decision.replies[0].variables["name"] == name


@pytest.mark.parametrize("text", ["ok", "c bon", "👍", "🙏❤️"])
def test_agreeing_with_nothing_asked_is_not_called_misunderstood(text: str) -> None:
    assert templates(Customer().say(text)) == ["reply/thanks"]


def test_an_angry_face_is_not_thanked() -> None:
    assert templates(Customer().say("😡😡")) == ["reply/suggestions"]


def test_a_long_story_not_understood_goes_to_a_person_at_once() -> None:
    decision = Customer().say(" ".join(["le chat mange la souris dans le jardin"] * 4))
    assert templates(decision) == ["reply/handover"]


# questions about complaints, afterthoughts


@pytest.mark.parametrize(
    "text", ["vous acceptez les réclamations par whatsapp ?", "combien de temps pour une réclamation ?"]
)
def test_a_question_about_complaints_opens_none(text: str) -> None:
    assert Customer().say(text).by != "complaint"


@pytest.mark.parametrize("text", ["je veux être livré", "la commande est 778", "je veux un remboursement"])
def test_an_afterthought_right_after_registration_joins_the_case(text: str) -> None:
    customer = Customer()
    told(customer, "commande 777 jamais arrivée depuis 2 semaines")
    decision = customer.say(text)
    assert templates(decision) == ["complaint/added"]
    assert decision.add_to_case is not None
    assert decision.add_to_case.note == text


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("je veux un remboursement", "refund"),
        ("je voudrais un échange", "exchange"),
        ("I want a refund", "refund"),
        ("أريد استرجاع المال", "refund"),
    ],
)
def test_a_remedy_said_after_registration_is_the_cases_and_is_told_back_once(text: str, remedy: str) -> None:
    customer = Customer(channel="sms", buttons=0)
    told(customer, "commande 777 jamais arrivée depuis 2 semaines")
    decision = customer.say(text)
    assert decision.add_to_case is not None and decision.add_to_case.remedy == remedy
    assert decision.replies[0].variables["remedy"] == label(
        f"remedy:{remedy}", decision.language or customer.language
    )
    again = customer.say("je veux une remise")
    assert again.add_to_case is not None and again.add_to_case.remedy == "", (
        "the first word stands; this is a note"
    )
    assert (again.add_to_case.note, again.replies[0].variables["remedy"]) == ("je veux une remise", "")


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "webchat", "telegram"])
@pytest.mark.parametrize(
    "text",
    ["non", "Non.", "NON", "no", "nope", "no thanks", "Non merci", "nn", "لا", "لا شكرا", "لأ", "la",
     "c'est tout", "non c'est tout", "rien d'autre", "that's all", "هذا كل شيء"],
)  # fmt: skip
def test_a_bare_no_right_after_registration_means_nothing_to_add(text: str, channel: str) -> None:
    customer = Customer(channel=channel, buttons=0)
    told(customer, "commande 777 jamais arrivée depuis 2 semaines")
    customer.state = {name: kept for name, kept in customer.state.items() if name != "chance"}
    decision = customer.say(text)
    assert templates(decision) == ["complaint/nothing_more"]
    assert decision.replies[0].variables == {"reference": "RC-2026-0001"} and decision.add_to_case is None
    assert customer.owner == "bot" and "misses" not in customer.state


@pytest.mark.parametrize("text", ["non", "no", "لا"])
def test_a_bare_no_out_of_the_blue_is_like_no_question_of_the_faq(text: str) -> None:
    customer = Customer(channel="sms", buttons=0)
    decision = customer.say(text)
    assert templates(decision) == ["reply/suggestions"] and decision.replies[0].variables["questions"] == []
    customer = Customer(channel="sms", buttons=0)
    told(customer, "commande 777 jamais arrivée depuis 2 semaines")
    customer.now += timedelta(hours=2)
    assert "complaint/nothing_more" not in templates(customer.say(text))


@pytest.mark.parametrize(
    "text", ["non, la commande est 778", "non toujours rien reçu", "no, I want a refund"]
)
def test_a_no_that_says_more_is_heard(text: str) -> None:
    customer = Customer(channel="sms", buttons=0)
    told(customer, "commande 777 jamais arrivée depuis 2 semaines")
    assert "complaint/nothing_more" not in templates(customer.say(text))


def test_a_case_knows_its_product_order_and_kind_when_the_next_complaint_comes() -> None:
    customer = Customer()
    told(customer, "Ma commande 4521 de B12 est arrivée cassée, depuis mardi")
    assert templates(customer.say("la commande CMD-4521 est toujours cassée")) == ["complaint/added"]
    assert customer.say("les hourdis aussi sont fissurés").add_to_case is None


# products by other names


def test_every_name_of_a_product_leads_to_its_id() -> None:
    catalogue = Catalogue({"B12": ("brique de 12", "طوب B12"), "hourdis": ("hollow block",)})
    reading = Understanding.build(FAQ, products={"B12": ("brique de 12",), "hourdis": ("hollow block",)})
    assert reading.read("vos briques de 12 sont cassées").facts.product == "B12"
    assert reading.read("the hollow blocks are broken").facts.product == "hourdis"
    assert catalogue.find(["b", "12"]) == (("B12",), "")


def test_files_without_words_are_acknowledged_by_what_they_are() -> None:
    document = Attachment(kind="file", ref="media:bb", name="bon.pdf", mime="application/pdf", size=10)
    for file, what in ((PHOTO, "image"), (document, "file")):
        decision = Customer().say("", attachments=(file,))
        assert templates(decision) == ["reply/words_please"]
        assert variables(decision)["what"] == what
