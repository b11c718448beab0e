"""What `check` finds in template files, where, and what it advises."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.templating import CONTRACT, CompanyFacts, Templates
from channels.port import Problem
from templates import BUILT_IN

ATLAS = CompanyFacts(name="Briqueterie Atlas")


def problems_of(folder: Path, place: str, source: str) -> list[Problem]:
    """Check a folder that holds one file; what is said of the files it lacks is left out."""
    path = folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    found = Templates.load([folder], company=ATLAS).check()
    return [problem for problem in found if problem.where.startswith(str(folder))]


def the_problem(folder: Path, place: str, source: str) -> tuple[int, str, str]:
    found = problems_of(folder, place, source)
    assert len(found) == 1, found
    path, _, line = found[0].where.rpartition(":")
    assert path == str(folder / place)
    return int(line), found[0].what, found[0].severity


def test_the_shipped_texts_are_without_a_fault() -> None:
    assert Templates.load([BUILT_IN], company=ATLAS).check() == []


def test_a_mistyped_variable_is_an_error_with_its_line_and_the_nearest_name(tmp_path: Path) -> None:
    source = (
        "---\npurpose: receipt\nvariables: reference\n---\n{{ reference }}\n\nAvant {{ due_att|datetime }}\n"
    )
    line, what, severity = the_problem(tmp_path, "complaint/registered/fr.j2", source)
    assert (line, severity) == (7, "error")
    assert "no variable “due_att”; did you mean “due_at”?" in what


def test_a_variable_used_but_not_declared_is_an_error(tmp_path: Path) -> None:
    line, what, severity = the_problem(
        tmp_path, "complaint/added/fr.j2", "---\npurpose: reply\n---\n{{ reference }}\n"
    )
    assert (line, severity) == (4, "error")
    assert "add it to the header" in what


def test_a_variable_declared_but_not_used_is_a_warning(tmp_path: Path) -> None:
    source = "---\npurpose: reply\nvariables: reference, files\n---\n{{ reference }}\n"
    line, what, severity = the_problem(tmp_path, "complaint/added/fr.j2", source)
    assert (line, severity) == (3, "warning")
    assert "“files” is declared but not used" in what


def test_a_declared_variable_that_the_bot_never_gives_is_an_error(tmp_path: Path) -> None:
    source = "---\npurpose: reply\nvariables: reference, order\n---\n{{ reference }}\n"
    line, what, severity = the_problem(tmp_path, "complaint/added/fr.j2", source)
    assert (line, severity) == (3, "error")
    assert "is given no variable “order”" in what


def test_an_unknown_filter_is_an_error_with_the_nearest_one(tmp_path: Path) -> None:
    source = "---\npurpose: reply\nvariables: due_at\n---\n\n{{ due_at|datetme }}\n"
    line, what, severity = the_problem(tmp_path, "complaint/status/fr.j2", source)
    assert (line, severity) == (6, "error")
    assert "unknown filter “datetme”; did you mean “datetime”?" in what


def test_an_unknown_test_is_an_error(tmp_path: Path) -> None:
    source = "---\npurpose: reply\nvariables: due_at\n---\n{% if due_at is evn %}x{% endif %}\n"
    assert "unknown test “evn”" in the_problem(tmp_path, "complaint/status/fr.j2", source)[1]


def test_a_syntax_error_is_found_on_its_line_of_the_file(tmp_path: Path) -> None:
    source = "---\npurpose: reply\n---\nBonjour\n{% if name %}\n{% endfor %}\n"
    line, what, _ = the_problem(tmp_path, "reply/thanks/fr.j2", source)
    assert line == 6 and what.startswith("syntax:")


def test_a_faulty_subject_is_found_on_the_line_of_the_subject(tmp_path: Path) -> None:
    source = "---\npurpose: reply\nsubject: Merci {{ nme }}\n---\nMerci\n"
    line, what, _ = the_problem(tmp_path, "reply/thanks/fr.j2", source)
    assert line == 3 and "“name”" in what


def test_an_unknown_header_field_is_an_error_with_the_nearest_one(tmp_path: Path) -> None:
    line, what, _ = the_problem(
        tmp_path, "reply/thanks/fr.j2", "---\npurpose: reply\nsujbect: x\n---\nMerci\n"
    )
    assert line == 3 and "“sujbect”; did you mean “subject”?" in what


@pytest.mark.parametrize(
    ("source", "advice"),
    [
        ("Merci\n", "no header"),
        ("---\npurpose: reply\nMerci\n", "not closed"),
        ("---\nsubject: x\n---\nMerci\n", "no purpose"),
        ("---\npurpose: recept\n---\nMerci\n", "did you mean “receipt”?"),
        ("---\npurpose: reply\npurpose: bulk\n---\nMerci\n", "stands twice"),
    ],
)
def test_a_bad_header_is_told(tmp_path: Path, source: str, advice: str) -> None:
    assert any(advice in found.what for found in problems_of(tmp_path, "reply/thanks/fr.j2", source))


def test_a_folder_the_bot_never_speaks_from_is_a_warning(tmp_path: Path) -> None:
    _, what, severity = the_problem(tmp_path, "reply/greting/fr.j2", "---\npurpose: reply\n---\nBonjour\n")
    assert severity == "warning" and "did you mean “reply/greeting”?" in what


def test_an_operators_own_campaign_texts_are_welcome(tmp_path: Path) -> None:
    source = "---\npurpose: bulk\nsubject: {{ offer }}\nvariables: offer\n---\n{{ name }}, {{ offer }}\n"
    assert problems_of(tmp_path, "campaign/spring/fr.j2", source) == []


@pytest.mark.parametrize("place", ["reply/fr.j2", "reply/thanks/french.j2", "reply/thanks/more/fr.j2"])
def test_a_file_in_the_wrong_place_is_told_the_right_one(tmp_path: Path, place: str) -> None:
    _, what, severity = the_problem(tmp_path, place, "---\npurpose: reply\n---\nMerci\n")
    assert severity == "error" and "<purpose>/<name>/<language>" in what


def test_an_unknown_channel_is_a_warning(tmp_path: Path) -> None:
    _, what, severity = the_problem(tmp_path, "reply/thanks/fr.emial.j2", "---\npurpose: reply\n---\nMerci\n")
    assert severity == "warning" and "did you mean “email”?" in what


def test_a_template_missing_everywhere_is_an_error(tmp_path: Path) -> None:
    found = Templates.load([tmp_path], company=ATLAS).check()
    assert len(found) == len(CONTRACT)
    assert all("no such template" in problem.what and problem.severity == "error" for problem in found)


def test_a_configured_language_without_its_text_is_an_error() -> None:
    company = CompanyFacts(name="x", languages=("fr", "es"))
    found = Templates.load([BUILT_IN], company=company).check()
    assert len(found) == len(CONTRACT)
    assert "add alert/agent/es.j2" in found[0].what


@pytest.mark.parametrize("words", ["Votre carte est PÉRIMÉE.", "Eh bien, vous en avez\nde la chance."])
def test_words_that_blame_or_frighten_are_errors(tmp_path: Path, words: str) -> None:
    line, what, severity = the_problem(
        tmp_path, "reply/thanks/fr.j2", f"---\npurpose: reply\n---\nMerci.\n{words}\n"
    )
    assert (line, severity) == (5, "error") and "say it otherwise" in what


@pytest.mark.parametrize(
    "words",
    [
        "Réponse sous 48 h.",
        "Réponse dans les deux jours ouvrables.",
        "Réponse avant le 12 mars.",
        "We answer within five working days.",
        "We will call you tomorrow.",
        "Due 2026-03-05.",
        "سنجيبكم خلال 5 أيام.",
        "سنجيبكم في غضون يومين.",
    ],
)
def test_a_date_or_delay_promised_by_hand_is_a_warning(tmp_path: Path, words: str) -> None:
    line, what, severity = the_problem(
        tmp_path, "reply/thanks/fr.j2", f"---\npurpose: reply\n---\nMerci.\n{words}\n"
    )
    assert (line, severity) == (5, "warning") and "computed" in what


@pytest.mark.parametrize(
    "words", ["Ouvert de 08:00 à 17:00.", "La B12 a 12 trous.", "Réponse avant {{ due_at|date }}."]
)
def test_hours_products_and_computed_dates_are_no_promise_by_hand(tmp_path: Path, words: str) -> None:
    source = f"---\npurpose: reply\nvariables: due_at\n---\n{words} {{{{ due_at|time }}}}\n"
    assert problems_of(tmp_path, "complaint/status/fr.j2", source) == []


def test_what_only_fails_when_rendered_is_found_on_its_line(tmp_path: Path) -> None:
    source = "---\npurpose: reply\nvariables: due_at\n---\nMerci.\n{{ due_at + 1 }}\n"
    line, what, severity = the_problem(tmp_path, "complaint/status/fr.j2", source)
    assert (line, severity) == (6, "error") and what.startswith("fails when rendered")


def test_include_is_not_available(tmp_path: Path) -> None:
    source = '---\npurpose: reply\n---\n{% include "reply/calm/fr.j2" %}\n'
    assert "stands alone" in the_problem(tmp_path, "reply/thanks/fr.j2", source)[1]


def test_a_file_that_is_not_text_is_told_and_does_not_stop_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "reply/thanks/fr.j2"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"---\npurpose: reply\n---\n\xff\xfe")
    templates = Templates.load([BUILT_IN, tmp_path], company=ATLAS)
    assert "UTF-8" in templates.check()[0].what
    assert templates.render("reply/thanks", language="fr", channel="sms", variables={}).text


def test_a_folder_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such folder"):
        Templates.load([tmp_path / "nowhere"], company=ATLAS)
