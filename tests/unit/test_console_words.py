"""The console speaks three languages, completely."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from bot.console.words import LANGUAGES, word_files, words_in

CONSOLE = Path(__file__).parents[2] / "bot" / "console"
_PLURALS = (".zero", ".one", ".two", ".few", ".many", ".other")


def texts(language: str) -> dict[str, str]:
    return dict(words_in(language)._texts)


def stem(key: str) -> str:
    return next((key.removesuffix(each) for each in _PLURALS if key.endswith(each)), key)


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_part_has_its_words_in_every_language() -> None:
    parts = [{prefix for prefix, _ in word_files(language)} for language in LANGUAGES]
    assert parts[0] == parts[1] == parts[2]


@pytest.mark.parametrize("language", ["ar", "en"])
def test_all_languages_have_the_same_keys(language: str) -> None:
    french, other = {stem(key) for key in texts("fr")}, {stem(key) for key in texts(language)}
    assert len(french) > 40
    assert french ^ other == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_names_the_same_places_in_every_language(language: str) -> None:
    for key, text in texts(language).items():
        if stem(key) == key:
            assert places(text) == places(texts("fr")[key]), key
        assert text, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plural_has_its_other_form(language: str) -> None:
    found = texts(language)
    assert [key for key in found if stem(key) != key and f"{stem(key)}.other" not in found] == []


def test_every_word_that_a_page_asks_for_is_there() -> None:
    asked: set[str] = set()
    for path in [*CONSOLE.rglob("*.py"), *CONSOLE.rglob("*.html")]:
        text = path.read_text(encoding="utf-8")
        asked |= set(re.findall(r"""\bt\(["']([a-z_]+(?:\.[a-z_0-9]+)+)["']""", text))
        asked |= set(re.findall(r'title="([a-z_]+\.[a-z_.]+)"', text))
    assert len(asked) > 30
    assert {key for key in asked if not words_in("fr").has(key)} == set()
