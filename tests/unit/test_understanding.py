"""Normalising, languages, intents and facts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.facts import Catalogue, read_facts
from bot.understanding.faq import FaqIndex
from bot.understanding.normalise import MAX_CHARACTERS, clean, fold, words_of
from bot.understanding.phrases import parse_lexicon
from bot.understanding.reading import Reading, Understanding

PRODUCTS = ("B8", "B12", "Hourdis 16")
PLAIN = Understanding(FaqIndex([]), products=PRODUCTS, zones=("Oran", "Béjaïa"))
MOMENT = datetime(2026, 3, 2, tzinfo=UTC)


def read(text: str, **about: str) -> Reading:
    return PLAIN.read(text, **about)


# normalising


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("ÉTÉ çà Œuvre", ["ete", "ca", "oeuvre"]),
        ("merciiiii", ["merci"]),
        ("الطَّلَبِيَّة", ["طلبيه"]),
        ("أمس إلى آخر ـــ", ["امس", "الي", "اخر"]),
        ("وَالطلبية", ["طلبيه"]),
        ("٤٥٢١ ۴۵۲۱", ["4521", "4521"]),
        ("bri\u200bque \u202bB12\u202c", ["brique", "b12"]),
        ("𝐛𝐫𝐢𝐪𝐮𝐞 ｂ１２", ["brique", "b12"]),
        ("l’usine d'Oran", ["l", "usine", "d", "oran"]),
        ("1000 brrr", ["1000", "br"]),
        ("👍 … !", []),
    ],
)
def test_spelling_is_forgotten(written: str, kept: list[str]) -> None:
    assert words_of(written) == kept


@given(st.text(max_size=300))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    once = fold(clean(text))
    assert words_of(once) == words_of(text)


def test_only_the_beginning_of_a_monster_is_understood() -> None:
    assert len(clean("ﷺ" * 100_000)) <= MAX_CHARACTERS
    assert len(read("mes briques " * 10_000).tokens) < MAX_CHARACTERS


# languages


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("je voudrais savoir quand arrive ma commande", "fr"),
        ("combien coute la livraison a oran", "fr"),
        ("briques cassées", "fr"),
        ("where is my order", "en"),
        ("do you deliver to Oran?", "en"),
        ("متى تصل طلبيتي", "ar"),
        ("وين راهي الكوموند", "ar"),
        ("svp السعر ؟", "ar"),
        ("win rahi lcommande ta3i", "ar"),
        ("ch7al la brique", "ar"),
        ("salam khoya chhal lbrique b12", "ar"),
        ("3andi mochkil f la facture", "ar"),
    ],
)
def test_a_first_message_tells_its_language(text: str, language: str) -> None:
    assert read(text).language == language


@pytest.mark.parametrize("text", ["B12", "123", "👍", "Karim", "ok", "Привет", "blorb fnord"])
def test_names_numbers_and_emoji_keep_the_language(text: str) -> None:
    for language in ("fr", "ar", "en"):
        assert read(text, language=language).language == language
    assert read(text).language == "fr"
    assert read(text, hint="en").language == "en"


def test_arabizi_does_not_take_a_french_conversation_away() -> None:
    text = "win rahi lcommande ta3i khoya"
    assert read(text).language == "ar"
    assert read(text).arabizi
    assert read(text, language="fr").language == "fr"
    assert read(text, language="ar").language == "ar"


def test_three_clear_words_change_the_language_and_one_does_not() -> None:
    assert read("thanks", language="fr").language == "fr"
    assert read("where is my order", language="fr").language == "en"
    assert read("où est ma commande", language="en").language == "fr"
    assert read("أين طلبيتي من فضلكم", language="fr").language == "ar"


def test_a_language_the_company_does_not_speak_gives_its_default() -> None:
    french = Understanding(FaqIndex([]), languages=("fr",), default_language="fr")
    assert french.read("where is my order please").language == "fr"


# intents


@pytest.mark.parametrize(
    "text",
    [
        "mes briques sont arrivées cassées",
        "je n'ai toujours rien reçu",
        "la moitié de la palette est fissurée",
        "je suis très mécontent du service",
        "vous m'avez facturé deux fois",
        "my bricks are cracked",
        "the order never arrived",
        "you charged me twice",
        "الطلبية لم تصل بعد",
        "الآجر مكسور",
        "أريد تقديم شكوى",
        "السلعة جات مكسرة",
        "ماوصلتنيش الكوموند",
        "lbrique ja mkasser",
        "lcommande mawsletch",
        "7agra hadi",
    ],
)
def test_a_complaint_is_recognised_with_the_words_that_say_it(text: str) -> None:
    intents = read(text).intents
    assert intents.complaint >= 2
    assert intents.words("defect") or intents.words("complaint")


@pytest.mark.parametrize(
    "text",
    [
        "que faire si mes briques arrivent cassées ?",
        "what if the bricks are broken?",
        "ماذا أفعل إذا وصل الطوب مكسورا؟",
        "pas de problème, merci",
        "no problem",
        "quels sont vos délais de livraison ?",
        "livrez-vous à Oran ?",
        "bonjour, un devis svp",
        "rien de cassé, tout va bien",
        "je suis pressé, c'est pour un court délai",
    ],
)
def test_a_question_or_good_news_is_no_complaint(text: str) -> None:
    assert read(text).intents.complaint < 2


def test_anger_shows_in_words_capitals_and_exclamation_marks() -> None:
    for text in (
        "c'est inadmissible",
        "MES BRIQUES SONT CASSÉES ENCORE",
        "où est ma commande !!!",
        "حشومة عليكم",
    ):
        assert read(text).intents.angry, text
    assert not read("mes briques B12 sont cassées").intents.angry


def test_a_yes_inside_a_long_sentence_is_only_a_word() -> None:
    assert read("oui c'est ça").intents.has("yes")
    assert not read("je voudrais bien savoir si oui ou non vous livrez à Oran cette semaine").intents.has(
        "yes"
    )


def test_a_bad_lexicon_line_is_refused() -> None:
    with pytest.raises(ValueError):
        parse_lexicon({"x": "heavy words"})
    with pytest.raises(ValueError, match="not a phrase"):
        parse_lexicon({"x": "2 , "})


# facts


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("ma commande n° 4521", "4521"),
        ("commande CMD-2024-118 svp", "CMD-2024-118"),
        ("facture F2024/118", "F2024/118"),
        ("order #4521", "4521"),
        ("الطلبية رقم ٤٥٢١", "4521"),
        ("lcommande 4521", "4521"),
        ("brique B12", ""),
        ("ma commande de B12", ""),
        ("j'ai payé 12 500 DA", ""),
        ("appelez le +213 555 000 101", ""),
    ],
)
def test_an_order_is_told_from_products_amounts_and_telephones(text: str, order: str) -> None:
    assert read(text).facts.order == order


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("depuis mardi", "depuis mardi"),
        ("je l'attends depuis 3 semaines !", "depuis 3 semaines"),
        ("il y a deux jours", "il y a deux jours"),
        ("livré hier soir", "hier soir"),
        ("since last week", "since last week"),
        ("delivered 3 days ago", "3 days ago"),
        ("منذ أسبوع", "منذ أسبوع"),
        ("من البارح", "من البارح"),
        ("hadi simana", "hadi simana"),
        ("men lbareh", "men lbareh"),
        ("le 12 mars", "le 12 mars"),
        ("rien de tout cela", ""),
        ("for the house", ""),
    ],
)
def test_since_when_is_kept_in_the_customer_s_words(text: str, since: str) -> None:
    assert read(text).facts.since == since


def test_products_and_places_are_found_however_they_are_written() -> None:
    facts = read("des b 12, B-8 et hourdis 16 pour BEJAIA").facts
    assert facts.products == ("B12", "B8", "Hourdis 16")
    assert facts.zone == "Béjaïa"
    assert facts.product == "B12, B8, Hourdis 16"


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("je veux être remboursé", "refund"),
        ("remplacez-les", "exchange"),
        ("please deliver it again", "redelivery"),
        ("je voudrais une explication", "explanation"),
        ("أريد استرجاع المال", "refund"),
        ("bedlouhali", "exchange"),
        ("bonjour", ""),
    ],
)
def test_the_wanted_remedy_is_named(text: str, remedy: str) -> None:
    assert read(text).facts.remedy == remedy


def test_contact_data_and_names_are_found() -> None:
    facts = read("je m'appelle Nadia Exemple, +213 555 000 101, nadia@example.org, 12 500 DA").facts
    assert facts.name == "Nadia Exemple"
    assert facts.phones == ("+213 555 000 101",)
    assert facts.emails == ("nadia@example.org",)
    assert facts.amounts == ("12 500 DA",)


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    reading = read(text)
    assert reading.language in ("fr", "ar", "en")
    assert reading.matches == []


@pytest.mark.parametrize("unit", ["1 ", "a@", "commande n°", "depuis ", "1.", "+213 ", "il y a ", "اا "])
def test_repetition_is_read_in_bounded_time(unit: str) -> None:
    text = clean(unit * 2_000)
    facts = read_facts(text, words_of(text), Catalogue(PRODUCTS))
    assert facts.product == ""
