"""Cleaning of foreign text."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from channels.text import clean_text

any_text = st.text(st.characters(exclude_categories=[]))  # every code point, lone surrogates too


@given(any_text)
def test_cleaning_a_cleaned_text_changes_nothing(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


@given(any_text)
def test_a_cleaned_text_holds_nothing_that_harms_storage_or_display(text: str) -> None:
    cleaned = clean_text(text)
    assert all(unicodedata.category(char) not in ("Cs", "Co") for char in cleaned)
    assert all(char in "\n\t" or unicodedata.category(char) != "Cc" for char in cleaned)
    assert unicodedata.is_normalized("NFC", cleaned)
    cleaned.encode("utf-8")


@given(st.text(st.characters(categories=["Lu", "Ll", "Lo", "Nd", "Po", "So"])))
def test_ordinary_letters_digits_and_signs_all_stay(text: str) -> None:
    assert clean_text(text) == unicodedata.normalize("NFC", text)


def test_french_arabic_and_emoji_stay_as_they_are() -> None:
    for text in (
        "Réclamation n° 12 : « cassé »\u202f!",
        "مَرْحَبًا، كيف حالكم؟",
        "👨‍👩‍👧‍👦 🇩🇿",
        "می‌خواهم",
        "a\tb\nc",
    ):
        assert clean_text(text) == text


def test_line_ends_of_every_system_become_one() -> None:
    assert clean_text("a\r\nb\rc\u2028d\x85e") == "a\nb\nc\nd\ne"


def test_placeholders_of_our_own_cannot_be_typed_in() -> None:
    assert clean_text("\ue000case\ue001") == "case"


def test_forced_direction_cannot_disguise_a_text() -> None:
    assert clean_text("facture\u202efdp.exe") == "facturefdp.exe"


def test_absurd_runs_become_short_and_modest_ones_stay() -> None:
    assert clean_text("a" + "\n" * 50 + "b") == "a\n\n\nb"
    assert clean_text("a\n\nb") == "a\n\nb"
    assert clean_text("a" + " " * 500 + "b") == "a b"
    assert len(clean_text("Z" + "\u0310" * 400)) == 9
    assert clean_text("!" * 60) == "!" * 60


def test_long_words_are_not_shortened_so_that_limits_see_them() -> None:
    assert len(clean_text("x" * 100_000)) == 100_000
