"""Cutting of long texts: nothing lost, nothing too long, nothing cut in two that belongs together."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.split import LengthUnit, length_of, split_text

UNITS: tuple[LengthUnit, ...] = get_args(LengthUnit)
FAMILY = "👩\u200d👩\u200d👧\u200d👦"
PIECES = st.sampled_from(
    [
        "mot",
        " ",
        "\n",
        "\n\n",
        ". ",
        "? ",
        "é",
        "e\u0301",
        FAMILY,
        "🇩🇿",
        "👍🏽",
        "✈\ufe0f",
        "مرحبا",
        "بِسْمِ",
        "\u00a0",
        "x" * 30,
    ]
)
TEXTS = st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=60).map("".join))


def words_of(text: str) -> str:
    return "".join(char for char in text if not char.isspace())


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, limit=st.integers(2, 80), unit=st.sampled_from(UNITS))
def test_parts_fit_and_keep_every_character_but_blanks(text: str, limit: int, unit: LengthUnit) -> None:
    parts = split_text(text, limit, unit)
    assert all(0 < length_of(part, unit) <= limit for part in parts)
    assert words_of("".join(parts)) == words_of(text)
    assert all(part == part.strip() for part in parts)


@settings(max_examples=200, deadline=None)
@given(
    text=st.lists(PIECES, max_size=60).map("".join), limit=st.integers(40, 90), unit=st.sampled_from(UNITS)
)
def test_no_part_begins_with_what_belongs_to_the_letter_before(
    text: str, limit: int, unit: LengthUnit
) -> None:
    for part in split_text(text, limit, unit)[1:]:
        assert part[0] not in "\u0301\u0650\u0652\u200d\ufe0f🏽", "a mark or joiner was torn off"
    assert all(part.count("🇩") == part.count("🇿") for part in split_text(text, limit, unit)), "a flag was cut"


@given(text=st.text(alphabet="aé😀🧱 \n", max_size=200), limit=st.integers(2, 40))
def test_utf_16_parts_hold_no_half_characters(text: str, limit: int) -> None:
    for part in split_text(text, limit, "utf-16"):
        assert part.encode("utf-16-le").decode("utf-16-le") == part


@given(text=st.text(max_size=50))
def test_a_text_that_fits_is_one_part(text: str) -> None:
    assert split_text(text, 200, "utf-16") == ([text.strip()] if text.strip() else [])


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("Un deux.\n\nTrois quatre cinq", 20, ["Un deux.", "Trois quatre cinq"]),
        ("Ligne une ici\nligne deux là", 20, ["Ligne une ici", "ligne deux là"]),
        ("Une phrase. Une autre phrase", 20, ["Une phrase.", "Une autre phrase"]),
        ("هل وصلت الطلبية؟ نعم وصلت اليوم", 20, ["هل وصلت الطلبية؟", "نعم وصلت اليوم"]),
        ("un deux trois quatre", 13, ["un deux trois", "quatre"]),
        ("un deux trois quatre", 12, ["un deux", "trois quatre"]),
        (
            "A. Bcd efg hij klm nop",
            20,
            ["A. Bcd efg hij klm", "nop"],
        ),  # a cut after "A." would waste the part
    ],
)
def test_the_largest_unit_of_sense_is_kept_whole(text: str, limit: int, parts: list[str]) -> None:
    assert split_text(text, limit) == parts


def test_a_url_that_fits_a_part_is_never_cut() -> None:
    url = "https://shop.example.org/suivi?commande=4417&langue=fr.html"
    text = " ".join(["mot"] * 30 + [url] + ["mot"] * 30)
    for limit in range(len(url), 3 * len(url)):
        assert [part for part in split_text(text, limit) if url in part], limit


def test_french_punctuation_stays_with_its_word() -> None:
    parts = split_text("Vous confirmez\u00a0? Oui\u202f! Bien", 15)
    assert parts == ["Vous", "confirmez\u00a0?", "Oui\u202f! Bien"]


def test_an_endless_word_is_cut_between_graphemes() -> None:
    parts = split_text(FAMILY * 20, 25, "utf-16")
    assert all(part == FAMILY * (len(part) // len(FAMILY)) for part in parts)
    assert "".join(parts) == FAMILY * 20


@pytest.mark.parametrize("whole", ["🇩🇿", "👍🏽", "e\u0301", "✈\ufe0f", "\u1112\u1161\u11ab", FAMILY])
def test_flags_skin_tones_marks_and_syllables_are_never_torn(whole: str) -> None:
    for limit in range(len(whole), 4 * len(whole) + 1):
        parts = split_text(whole * 30, limit)
        assert "".join(parts) == whole * 30
        assert all(part == whole * (len(part) // len(whole)) for part in parts), limit


def test_a_grapheme_larger_than_a_part_is_cut_rather_than_lost() -> None:
    drawing = "a" + "\u0301" * 50
    assert "".join(split_text(drawing, 10)) == drawing


def test_a_limit_that_no_emoji_fits_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        split_text("😀", 1, "utf-16")


def test_parts_of_a_novel_are_well_filled() -> None:
    novel = "Il était une fois une brique. " * 20_000
    fewest = -(-len(novel) // 4096)
    assert fewest <= len(split_text(novel, 4096, "utf-16")) <= fewest * 1.05
