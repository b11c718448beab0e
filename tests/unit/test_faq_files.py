"""Reading the FAQ: what is taken, what is refused, and the demo company's own files."""

from __future__ import annotations

import re
import time
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from bot.faq_files import FaqEntry, FaqError, check_faq, load_faq, same_words
from channels.port import Problem
from templates import FAQ

GOOD = """\
category: delivery
entries:
  - id: fee
    questions:
      fr: [Combien coûte la livraison ?, frais]
      ar: [كم تكلفة التسليم؟]
      en: ["How much is delivery?"]
    answer:
      fr: Sur devis.
      ar: حسب العرض.
      en: On the quote.
"""


@pytest.fixture(scope="module")
def shipped() -> tuple[FaqEntry, ...]:
    return load_faq([FAQ])


def faq(folder: Path, text: str, name: str = "a.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def the_problem(path: Path) -> Problem:
    found = check_faq([path])
    assert len(found) == 1, found
    return found[0]


def test_an_entry_keeps_its_phrasings_in_order_and_its_files_category(tmp_path: Path) -> None:
    (entry,) = load_faq([faq(tmp_path, GOOD)])
    assert (entry.id, entry.category) == ("fee", "delivery")
    assert entry.questions["fr"] == ("Combien coûte la livraison ?", "frais")
    assert entry.answers["en"] == "On the quote."


def test_entries_cannot_be_changed(tmp_path: Path) -> None:
    (entry,) = load_faq([faq(tmp_path, GOOD)])
    with pytest.raises(FrozenInstanceError):
        entry.id = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        entry.answers["fr"] = "x"  # type: ignore[index]


def test_words_that_yaml_takes_for_booleans_numbers_or_times_stay_words(tmp_path: Path) -> None:
    text = GOOD.replace("frais]", "no, 08:00, 1_000, 2026-03-05]")
    (entry,) = load_faq([faq(tmp_path, text)])
    assert entry.questions["fr"][1:] == ("no", "08:00", "1_000", "2026-03-05")


def test_telephone_numbers_in_arabic_answers_are_kept_in_one_piece(tmp_path: Path) -> None:
    (entry,) = load_faq([faq(tmp_path, GOOD.replace("حسب العرض.", "اتصلوا على +213 555 000 100."))])
    assert "\u2066+213 555 000 100\u2069" in entry.answers["ar"]


def test_a_mistyped_field_is_told_with_its_line_its_entry_and_the_nearest_field(tmp_path: Path) -> None:
    path = faq(tmp_path, GOOD.replace("    answer:", "    anwser:"))
    found = check_faq([path])
    assert Problem(f"{path}:8", "entry “fee”: unknown field “anwser”; did you mean “answer”?") in found
    assert any("“answer” is missing" in problem.what for problem in found)


def test_an_entry_without_an_answer_does_not_hide_the_other_faults(tmp_path: Path) -> None:
    more = "  - id: Bad Id\n    questions: {fr: []}\n    answer: {fr: x}\n"
    found = check_faq([faq(tmp_path, GOOD + more)])
    assert [problem.where.rpartition(":")[2] for problem in found] == ["12", "13"]
    assert all("Bad Id" in problem.what for problem in found)


def test_an_id_that_stands_twice_is_an_error_that_names_both_places(tmp_path: Path) -> None:
    first = faq(tmp_path, GOOD)
    second = faq(tmp_path, re.sub(r"\[.*\]", "[x y z]", GOOD), "b.yaml")
    with pytest.raises(FaqError) as failure:
        load_faq([first, second])
    (problem,) = failure.value.problems
    assert problem.where == f"{second}:3"
    assert f"{first}:3" in problem.what


def test_one_phrasing_under_two_entries_is_an_error_whatever_its_case_and_accents(tmp_path: Path) -> None:
    other = (
        "  - id: other\n    questions:\n      fr:\n        - Autre\n        - COMBIEN COUTE LA LIVRAISON\n"
    )
    path = faq(
        tmp_path, GOOD + other + "      ar: [غير]\n      en: [else]\n    answer: {fr: x, ar: x, en: x}\n"
    )
    problem = the_problem(path)
    assert (problem.where, problem.severity) == (f"{path}:16", "error")
    assert "“fee”" in problem.what and "“other”" in problem.what


def test_a_missing_language_is_a_warning_and_does_not_stop_the_program(tmp_path: Path) -> None:
    path = faq(tmp_path, GOOD.replace("      en: On the quote.\n", ""))
    problem = the_problem(path)
    assert (problem.where, problem.severity) == (f"{path}:8", "warning")
    assert "no answer in “en”" in problem.what
    assert len(load_faq([path])) == 1


def test_a_language_that_stands_twice_is_an_error_since_one_would_be_lost(tmp_path: Path) -> None:
    path = faq(tmp_path, GOOD.replace("      en: On", "      fr: Encore.\n      en: On"))
    assert the_problem(path).where == f"{path}:11"
    assert "stands twice" in the_problem(path).what


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("category: [\n", "not valid YAML"),
        ("", "expected a mapping"),
        ("- a\n", "expected a mapping"),
        ("category: x\n", "“entries” is missing"),
        ("entries: [{id: a}]\n", "“category” is missing"),
        (GOOD.replace("category:", "categori:"), "did you mean “category”"),
    ],
)
def test_a_file_that_is_no_faq_is_told_so(tmp_path: Path, text: str, told: str) -> None:
    assert any(told in problem.what for problem in check_faq([faq(tmp_path, text)]))


def test_a_broken_yaml_file_is_told_with_its_line(tmp_path: Path) -> None:
    path = faq(tmp_path, "category: x\nentries:\n  - id: [a\n")
    assert the_problem(path).where.rpartition(":")[2] in ("3", "4")


def test_a_colon_in_an_unquoted_answer_is_told_to_need_quotes(tmp_path: Path) -> None:
    problem = the_problem(faq(tmp_path, GOOD.replace("Sur devis.", "Tarif : sur devis.")))
    assert problem.where.endswith(":9") and "in quotes" in problem.what


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FaqError, match="no such file"):
        load_faq([tmp_path / "none.yaml"])


def test_a_folder_is_read_file_by_file_in_the_order_of_names(tmp_path: Path) -> None:
    faq(tmp_path, re.sub(r"\[.*\]", "[x y z]", GOOD).replace("id: fee", "id: second"), "b.yaml")
    faq(tmp_path, GOOD, "a.yaml")
    assert [entry.id for entry in load_faq([tmp_path])] == ["fee", "second"]


def test_phrasings_are_compared_by_their_words() -> None:
    assert same_words("Où  êtes-vous\u202f?") == same_words("ou etes vous")
    assert same_words("أين أنتم؟") != same_words("أين هو؟")


# the demo company's FAQ


def test_the_shipped_faq_is_without_a_fault() -> None:
    assert check_faq([FAQ]) == []


def test_the_shipped_faq_is_large_and_says_everything_in_three_languages(
    shipped: tuple[FaqEntry, ...],
) -> None:
    assert len(shipped) >= 60
    for entry in shipped:
        assert set(entry.answers) == {"fr", "ar", "en"}
        for language in ("fr", "ar", "en"):
            assert len(entry.questions[language]) >= 5, (entry.id, language)
            assert len(set(map(same_words, entry.questions[language]))) == len(entry.questions[language])


def test_titles_are_clean_enough_to_be_shown_as_suggestions(shipped: tuple[FaqEntry, ...]) -> None:
    for entry in shipped:
        for language in ("fr", "ar", "en"):
            title = entry.questions[language][0]
            assert title[0].isupper() or language == "ar"
            assert len(title) <= 80


def test_answers_fit_one_message_and_hold_only_reserved_addresses(shipped: tuple[FaqEntry, ...]) -> None:
    for entry in shipped:
        for answer in entry.answers.values():
            assert 20 <= len(answer) <= 400, entry.id
            for address in re.findall(r"[\w.-]+@[\w.-]*\w|www\.[\w.-]*\w", answer):
                assert address.endswith("briqueterie-atlas.test"), entry.id
            for number in re.findall(r"\+\d[\d ]{6,}", answer):
                assert number.startswith("+213 555 000 1"), entry.id


def test_the_opening_hours_agree_wherever_they_are_told(shipped: tuple[FaqEntry, ...]) -> None:
    """The parts of the answers that tell when one may come."""
    answers = {entry.id: entry.answers for entry in shipped}
    for place in ("opening-hours", "order-pickup", "depot-setif"):
        for language in ("fr", "ar", "en"):
            assert "08:00" in answers[place][language] and "17:00" in answers[place][language]
    for place in ("opening-hours", "order-pickup", "weekend-opening"):
        assert all("12:00" in answers[place][language] for language in ("fr", "ar", "en"))


def test_figures_of_an_answer_are_the_same_in_every_language(shipped: tuple[FaqEntry, ...]) -> None:
    for entry in shipped:
        figures = {
            language: sorted(
                set(re.findall(r"\d\d(?::?\d)*", re.sub(r"(?<=\d)[\u202f,. ](?=\d{3})", "", answer)))
            )
            for language, answer in entry.answers.items()
        }
        assert figures["fr"] == figures["en"], (entry.id, figures)
        assert figures["fr"] == figures["ar"], (entry.id, figures)


def test_the_shipped_faq_loads_fast(shipped: tuple[FaqEntry, ...]) -> None:
    started = time.process_time()
    load_faq([FAQ])
    assert time.process_time() - started < 1.0  # about 0.1 s where nothing else runs
