"""Marks in answers to surveys, in three languages, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.complaints.scores import read_score


@pytest.mark.parametrize(
    ("text", "mark", "value", "words"),
    [
        ("5", 5, "5", ""),
        ("٤", 4, "٤", ""),
        ("8", 4, "8", ""),
        ("8/10", 4, "8/10", ""),
        ("٨/١٠", 4, "٨/١٠", ""),
        ("7 sur 10 rien à dire", 4, "7 sur 10", "rien à dire"),
        ("0", 1, "0", ""),
        ("1/10", 1, "1/10", ""),
        ("15/20", 4, "15/20", ""),
        ("4,5", 5, "4,5", ""),
        ("4.5/5", 5, "4.5/5", ""),
        ("4 !", 4, "4", ""),
        ("4, livraison un peu lente", 4, "4", "livraison un peu lente"),
        ("2. Le carton était ouvert", 2, "2", "Le carton était ouvert"),
        ("3\nlivraison lente", 3, "3", "livraison lente"),
        ("5 merci beaucoup", 5, "5", "merci beaucoup"),
        ("4 étoiles pour le livreur", 4, "4", "pour le livreur"),
        ("Bonjour,\n4 - très propre", 4, "4", "très propre"),
        ("السلام عليكم، ٥ شكرا", 5, "٥", "شكرا"),
        ("ma note : 3", 3, "3", ""),
        ("je mets un 4 pour l'accueil", 4, "4", "pour l'accueil"),
        ("I give it a 2 because it was late", 2, "2", "because it was late"),
        ("أعطيكم 4 من 5", 4, "4 من 5", ""),
        ("★★★★", 4, "★★★★", ""),
        ("⭐⭐ bof", 2, "⭐⭐", "bof"),
        ("quatre sur cinq", 4, "quatre sur cinq", ""),
        ("خمسة", 5, "خمسة", ""),
        ("huit sur dix", 4, "huit sur dix", ""),
        ("Très bien !", 5, "Très bien !", ""),
        ("pas satisfait", 2, "pas satisfait", ""),
        ("ممتاز", 5, "ممتاز", ""),
        ("غير راض", 2, "غير راض", ""),
    ],
)
def test_a_mark_is_read(text: str, mark: int, value: str, words: str) -> None:
    score = read_score(text)
    assert score is not None
    assert (score.mark, score.value, score.words) == (mark, value, words)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ok",
        "4 briques manquent",
        "2 jours de retard",
        "4-5 jours",
        "10 palettes svp",
        "4,5 tonnes de sable",
        "12",
        "100",
        "9/5",
        "0550 12 34 56",
        "12/10/2026",
        "3 h",
        "CMD-4",
        "5000 DA",
        "bonjour",
        "je voudrais savoir si c'est bon pour demain",
        "2 fois déjà que j'appelle",
        "★★★★★★★",
    ],
)
def test_what_is_no_mark_is_not_read_as_one(text: str) -> None:
    assert read_score(text) is None


@given(st.text(max_size=80))
def test_whatever_is_written_a_mark_is_one_of_five(text: str) -> None:
    score = read_score(text)
    assert score is None or (score.mark in range(1, 6) and score.value)
