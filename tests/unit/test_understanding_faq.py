"""The FAQ index on the demo company's own FAQ: how often it is right when it answers, and how fast."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from time import perf_counter

import pytest

import templates
from bot.faq_files import load_faq
from bot.understanding.faq import ANSWER_CONFIDENCE, VERBATIM, FaqIndex, Match
from bot.understanding.reading import Understanding
from tests.unit.dialogue_world import FAQ
from tests.unit.faq_questions import FITTED, FITTED_OUTSIDE, FRESH, FRESH_OUTSIDE

FOLDER = Path(next(iter(templates.__path__))) / "faq"
DEMO = load_faq(sorted(FOLDER.glob("*.yaml")))
DEMO_FAQ = Understanding.build(DEMO)
SMALL = FaqIndex.build(FAQ)


def answered(text: str) -> Match | None:
    """The match that would be given as the answer, as a first message."""
    best = DEMO_FAQ.read(text).best
    return best if best is not None and best.confidence >= ANSWER_CONFIDENCE else None


def measure(asked: Iterable[tuple[str, str]], outside: Iterable[str]) -> tuple[float, float]:
    """Precision of the answers given, and the share of questions answered."""
    given = [(entry, match.entry_id) for entry, text in asked if (match := answered(text))]
    wrong = sum(1 for text in outside if answered(text))
    right = sum(1 for entry, found in given if entry == found)
    return right / (len(given) + wrong), len(given) / len(tuple(asked))


def test_answers_to_phrasings_never_fitted_are_right_95_times_in_100_and_mostly_given() -> None:
    precision, given = measure(FRESH, FRESH_OUTSIDE)
    assert precision >= 0.95
    assert given >= 0.85


def test_answers_to_the_phrasings_it_was_fitted_on_have_not_drifted() -> None:
    precision, given = measure(FITTED, FITTED_OUTSIDE)
    assert precision >= 0.95
    assert given >= 0.80


def test_every_listed_phrasing_finds_its_own_entry() -> None:
    lost = [
        phrasing
        for entry in DEMO
        for language, phrasings in entry.questions.items()
        for phrasing in phrasings
        if DEMO_FAQ.faq.search(phrasing, language[:2], 1)[0].entry_id != entry.id
    ]
    assert len(DEMO) > 50
    assert lost == []


def test_a_verbatim_question_is_certain_and_a_misspelt_one_is_found() -> None:
    assert SMALL.search("QUELS SONT VOS HORAIRES D'OUVERTURE", "fr")[0].confidence == VERBATIM
    for text in ("quels sont vos orraires d'ouverture", "horraires d'ouvertur", "horaiiires douverture"):
        assert SMALL.search(text, "fr")[0].entry_id == "hours", text


def test_a_question_is_found_in_every_language_and_answered_in_the_asked_one() -> None:
    for text in ("when do you open", "متى تفتحون", "وقتاش تحلو", "wa9tach t7allou"):
        match = SMALL.search(text, "ar")[0]
        assert match.entry_id == "hours", text
    assert SMALL.answer("hours", "en") == "dimanche-jeudi (en)"
    assert SMALL.search("when do you open", "fr")[0].question == "Quels sont vos horaires d'ouverture ?"


def test_matches_come_best_first_and_no_more_than_asked() -> None:
    matches = SMALL.search("prix de la livraison de la brique b12", "fr", 2)
    assert len(matches) == 2
    assert matches[0].score >= matches[1].score
    assert len({match.entry_id for match in matches}) == 2


@pytest.mark.parametrize("text", ["", "   ", "👍👍", "?!", "le la les", "​", "Привет как дела"])
def test_nothing_to_look_for_finds_nothing(text: str) -> None:
    assert [match for match in SMALL.search(text, "fr") if match.confidence >= ANSWER_CONFIDENCE] == []


def test_an_empty_faq_answers_nothing_and_breaks_nothing() -> None:
    empty = FaqIndex.build(())
    assert empty.search("quels sont vos horaires", "fr") == []
    assert empty.answer("hours", "fr") == ""
    assert "hours" not in empty


def test_a_search_costs_far_below_a_millisecond() -> None:
    """A guard against an accidental slow path, some twenty times above what is measured."""
    texts = [text for _, text in FRESH]
    for text in texts:
        DEMO_FAQ.faq.search(text, "fr")
    durations = []
    for text in texts * 3:
        started = perf_counter()
        DEMO_FAQ.faq.search(text, "fr")
        durations.append(perf_counter() - started)
    assert sorted(durations)[len(durations) // 2] < 0.0012
