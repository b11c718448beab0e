"""What a message tells, without the politeness around it, in French, Arabic, English and the dialects."""

from __future__ import annotations

import pytest

from bot.dialogue.story import matter_of
from tests.unit.dialogue_world import Customer

MATTER = "les briques B12 de ma commande 4521 sont arrivées cassées"
POLITE = [
    "Bonjour,\n\n{}.\n\nCordialement,\nKarim Benali",
    "Bonjour Madame,\n{}\nMerci",
    "Madame, Monsieur,\n\n{}.\n\nVeuillez agréer, Madame, Monsieur, mes salutations distinguées.\n\n"
    "K. Benali\nTél : 0555 12 34 56",
    "bonjour {}",
    "Bonsoir à tous, {}. Merci d'avance.",
    "Bonjour M. Haddad,\n{}.\n\nBien à vous",
    "Salut, {}. Merci, Karim",
    "Bonjour,\nj'espère que vous allez bien.\n{}.\nDans l'attente de votre retour, cordialement.\nAmel",
    "Hello, {}. Thanks",
    "Dear Sir or Madam,\n\n{}.\n\nKind regards,\nJohn Smith\nAcme Ltd",
    "Hi team,\n{}\nBest,\nJ.",
    "Good morning,\n{}.\nThank you in advance for your help.\nYours sincerely,\nJane",
    "السلام عليكم ورحمة الله وبركاته،\n{}.\nوشكرا",
    "السلام عليكم {}",
    "تحية طيبة وبعد،\n{}.\nتقبلوا فائق الاحترام والتقدير\nكريم بن علي",
    "صباح الخير، {}. شكرا جزيلا",
    "مرحبا، {}\nفي انتظار ردكم",
    "سيدي المحترم،\n{}.\nمع خالص التحيات،\nأمال",
    "Bonjour Madame, Monsieur, {}. Je vous remercie par avance de votre réponse. Cordialement, Amel B.",
    "Bonjour,\n\n{}.\n\nAmel",
    "Cher service client,\n{}.\nSalutations",
    "Bonjour !\n{} !\nMerci de votre compréhension.\n\nEnvoyé de mon iPhone",
    "Salam 3likoum, {}. merci",
    "Mme, M.,\n{}",
    "Bonjour l'équipe\n{}\nBonne journée",
]
KEPT = [
    "Monsieur Karim a refusé de me livrer",
    "Merci de rembourser ma commande",
    "Bonjour",
    "Cordialement",
    "Good morning delivery never came",
    "Les briques sont cassées. Merci. La B12 aussi est fendue",
    "Je demande un avoir\n\nB12",
    "Le chauffeur a dit merci et il est parti",
    "Produit cassé\nCarton ouvert\nPalette Mouillée",
    "mes briques sont cassées\nRemboursement",
    "All the bricks are broken",
    "Vous m'avez livré des briques cassées",
    "الشكر لا يكفي، أريد استرجاع المال",
    "Tous les carreaux sont fendus, merci de me rappeler",
    "There are cracks",
    "Service client injoignable depuis lundi",
    "Hi-Fi cassée à la livraison",
    "السيد كريم لم يسلم البضاعة",
]


@pytest.mark.parametrize("form", POLITE)
def test_greetings_closings_and_signatures_go(form: str) -> None:
    assert matter_of(form.format(MATTER)).rstrip(".! ") == MATTER


@pytest.mark.parametrize("text", KEPT)
def test_what_may_be_the_matter_stays(text: str) -> None:
    assert matter_of(text) == text


def test_a_greeting_without_a_comma_goes_too() -> None:
    assert matter_of("Salut les briques sont cassées") == "les briques sont cassées"


def test_several_lines_of_a_story_stay_whole() -> None:
    story = "1) Le carton était ouvert.\n2) Deux tuiles manquent !\n\nQue comptez-vous faire ?"
    assert (
        matter_of(f"Bonjour,\n\n{story}\n\nBien cordialement,\n\nK. Benali\nDirecteur\n05 55 12 34 56")
        == story
    )


def test_a_long_text_of_politeness_is_no_trap() -> None:
    for text in (
        "Bonjour " * 2_500,
        "merci, " * 2_800,
        "a, " * 6_000,
        "Madame Monsieur " * 1_200,
        "Bonjour A" * 2_000,
    ):
        assert len(matter_of(text)) <= len(text)


def test_the_restated_complaint_and_the_case_hold_the_matter_alone() -> None:
    mail = Customer(channel="email", buttons=0)
    words = "La moitié des briques B12 de ma commande 4521 est arrivée cassée hier"
    opened = mail.say(f"Bonjour Madame,\n\n{words}.\n\nCordialement,\nKarim Benali").open_case
    assert opened is not None and mail.last is not None
    assert opened.summary.rstrip(".") == words
    assert str(mail.last.replies[0].variables["summary"]).rstrip(".") == words
