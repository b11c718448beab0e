"""What is kept of customers' words, what belongs together, and what stands beside the files. No database."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bot.faq_files import FaqEntry, FaqError, check_faq, load_faq
from bot.learning.export import as_file
from bot.learning.masking import MAX_CHARACTERS, key_of, masked, unmasked
from bot.learning.overlay import Learned, MadeEntry, Phrasing, overlaid
from bot.understanding.corrections import Correction, Corrections
from bot.understanding.faq import FaqIndex
from bot.understanding.grouping import Rarity, group_alike
from bot.understanding.reading import Understanding


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("ma commande CMD-2024-0012 du 12/03/2026", "ma commande [number] du [number]"),
        ("appelez 0550 00 00 12 ou +213 (550) 00-00-12", "appelez [phone] ou [phone]"),
        ("رقمي ٠٥٥٠٠٠٠٠١٢ والطلب ٤٤٧١٢", "رقمي [phone] والطلب [number]"),
        ("write to a.b+c@shop.example.org please", "write to [email] please"),
        ("voir https://example.org/t?id=7&u=karim ici", "voir [link] ici"),
        ("je m'appelle Karim Benali, bonjour", "je m'appelle [name], bonjour"),
        ("RIB FR7630006000011234567890189", "RIB [number]"),
        ("votre réf RC-2026-000123 ?", "votre réf [number] ?"),
        ("prix de la brique B12 et 8 trous, 500 kg", "prix de la brique B12 et 8 trous, 500 kg"),
        ("ouvert de 8h30 à 17h ?", "ouvert de 8h30 à 17h ?"),
        ("a\n\n b\t c", "a b c"),
        ("", ""),
    ],
)
def test_what_tells_who_somebody_is_is_not_kept(said: str, kept: str) -> None:
    assert masked(said) == kept
    assert masked(kept) == kept


def test_long_stories_are_cut_after_they_were_masked() -> None:
    kept = masked("mot " * 200 + "0550 00 00 12 " * 200)
    assert len(kept) <= MAX_CHARACTERS
    assert "0550" not in masked("x" * (MAX_CHARACTERS - 3) + " 0550000012")


def test_the_same_words_have_one_key_however_they_are_spelt() -> None:
    assert key_of("Été, où ?") == key_of("ete ou") != key_of("ete la")
    assert unmasked("où est ma commande [number] ?") == "où est ma commande ?"
    assert unmasked("[phone]") == ""


ASKED = [
    "vous faites des cartes cadeaux ?",
    "est-ce que vous vendez du sable",
    "vous faites des cartes cadeaux svp",
    "Vous faites les cartes cadeau ?",
    "vendez-vous du sable ?",
    "parlez-vous espagnol",
]
PHRASINGS = [
    "vous faites la livraison ?",
    "est-ce que vous vendez en gros",
    "vous êtes où ?",
    "vous ouvrez quand",
]


def test_questions_alike_are_put_together_and_strangers_stay_alone() -> None:
    assert group_alike(ASKED, Rarity(PHRASINGS)) == [[0, 2, 3], [1, 4], [5]]
    assert group_alike([]) == []
    assert group_alike(["", "?!"]) == [[0], [1]]


def test_newcomers_never_move_what_was_grouped_before() -> None:
    shuffled = ASKED * 3
    random.Random(5).shuffle(shuffled)
    whole = group_alike(shuffled, Rarity(PHRASINGS))
    for size in range(len(shuffled)):
        first = group_alike(shuffled[:size], Rarity(PHRASINGS))
        assert first == [kept for group in whole if (kept := [place for place in group if place < size])]


def entry(entry_id: str, *asked: str) -> FaqEntry:
    return FaqEntry(id=entry_id, category="shop", questions={"fr": asked}, answers={"fr": f"{entry_id}."})


FILES = (entry("hours", "vos horaires ?"), entry("price", "quel prix ?"))


def learned(entry_id: str, text: str, language: str = "fr") -> Phrasing:
    return Phrasing(entry_id=entry_id, language=language, text=text)


def test_learned_phrasings_stand_behind_those_of_the_files() -> None:
    found = overlaid(
        FILES, Learned(phrasings=(learned("price", "ça coûte ?"), learned("price", "bch7al", "ar-latn")))
    )
    assert found[0] == FILES[0]
    assert found[1].questions == {"fr": ("quel prix ?", "ça coûte ?"), "ar-latn": ("bch7al",)}


def test_the_files_word_wins_over_what_was_learned() -> None:
    made = MadeEntry(id="price", category="learned", answers={"fr": "other"})
    taken = learned("hours", "Quel prix")
    assert overlaid(FILES, Learned(phrasings=(taken,), entries=(made,))) == FILES


def test_a_made_entry_needs_phrasings_and_phrasings_need_their_entry() -> None:
    made = MadeEntry(id="sand", category="learned", answers={"fr": "Oui."})
    assert overlaid(FILES, Learned(entries=(made,), phrasings=(learned("gone", "autre chose"),))) == FILES
    found = overlaid(FILES, Learned(entries=(made,), phrasings=(learned("sand", "du sable ?"),)))
    assert found[2] == FaqEntry(
        id="sand", category="learned", questions={"fr": ("du sable ?",)}, answers={"fr": "Oui."}
    )


SHOP = """
category: shop
entries:
  - {id: hours, questions: {fr: [vos horaires ?]}, answer: {fr: hours.}}
  - {id: price, questions: {fr: [quel prix ?]}, answer: {fr: price.}}
"""


def test_what_is_exported_is_read_as_it_was_learned(tmp_path: Path) -> None:
    made = MadeEntry(id="sand", category="goods", answers={"fr": "Oui: ici.", "ar": "نعم."})
    phrasings = (learned("sand", "du sable ?"), learned("price", "no"), learned("price", "بشحال", "ar"))
    kept = Learned(entries=(made,), phrasings=phrasings)
    (tmp_path / "shop.yaml").write_text(SHOP, "utf-8")
    before = overlaid(load_faq([tmp_path]), kept)
    (tmp_path / "learned.yaml").write_text(as_file(kept), "utf-8")
    assert {each.id: each for each in load_faq([tmp_path])} == {each.id: each for each in before}
    assert overlaid(load_faq([tmp_path]), kept) == load_faq([tmp_path])


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("phrasings: {hour: {fr: [ouvert]}}", "did you mean “hours”"),
        ("phrasings: {hours: {fr: [Quel prix]}}", "also asked by “price”"),
        ("phrasings: {hours: {fr: []}}", "at least 1"),
        ("phrasings: {hours: {}}", "at least 1"),
        ("titles: {fr: Rien}", "“entries” is missing"),
    ],
)
def test_phrasings_for_other_files_entries_are_checked_with_their_line(
    tmp_path: Path, more: str, told: str
) -> None:
    (tmp_path / "a.yaml").write_text(SHOP, "utf-8")
    (tmp_path / "b.yaml").write_text(f"category: more\n{more}\n", "utf-8")
    (problem,) = [each for each in check_faq([tmp_path], languages=["fr"]) if each.severity == "error"]
    assert told in problem.what
    assert "b.yaml:" in problem.where
    with pytest.raises(FaqError):
        load_faq([tmp_path])


PALLETS = "la palette penche du mauvais côté"


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (PALLETS, True),
        (PALLETS.upper(), True),
        ("Bonjour, la palette penche du mauvais cote svp !", True),
        ("la palette penche du mauvait côté", True),  # one letter off
        ("la palete penche du mauvais coté", True),
        ("la palete penche du mauvait côté", False),  # two words off
        ("la palette ne penche pas du mauvais côté", False),
        ("la palette penche du bon côté", False),
        ("ma palette penche du mauvais côté", False),  # too short a word for a slip
    ],
)
def test_a_correction_is_followed_for_the_same_and_nearly_the_same_words(said: str, found: bool) -> None:
    corrections = Corrections([Correction(text=PALLETS, wishes=("complaint",))])
    understanding = Understanding(FaqIndex([]), corrections=corrections)
    reading = understanding.read(said)
    assert (reading.correction is not None) is found
    assert (reading.intents.likely["complaint"] == 0.99) is found
    assert (reading.intents.complaint >= 4) is found


def test_figures_are_never_a_slip() -> None:
    corrections = Corrections([Correction(text="commande 44712 svp", wishes=("status",))])
    assert corrections.find(["commande", "44712"]) is not None
    assert corrections.find(["commande", "44713"]) is None


def test_the_newest_word_about_a_text_counts() -> None:
    two = [Correction(text=PALLETS, wishes=("complaint",)), Correction(text=PALLETS, wishes=("question",))]
    found = Corrections(two).find(["la", "palette", "penche", "du", "mauvais", "cote"])
    assert found is not None and found.wishes == ("question",)
    assert len(Corrections(two)) == 1
    assert Corrections([Correction(text="?!", wishes=("other",))]).find([]) is None


def test_a_correction_takes_a_wrong_complaint_away_but_never_a_danger() -> None:
    text = "le mur s'est effondré sur un ouvrier, il est blessé"
    plain = Understanding(FaqIndex([])).read(text)
    assert plain.intents.has("critical")
    corrections = Corrections([Correction(text=text, wishes=("question",))])
    reading = Understanding(FaqIndex([]), corrections=corrections).read(text)
    assert reading.intents.has("critical")
    assert not reading.intents.has("complaint")


def test_a_word_that_ends_all_messages_can_not_be_corrected_away() -> None:
    corrections = Corrections([Correction(text="stop", wishes=("other",))])
    reading = Understanding(FaqIndex([]), corrections=corrections).read("STOP")
    assert reading.intents.stop_word


def test_a_wish_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown: flying; known: complaint"):
        Correction(text="x", wishes=("flying",))
