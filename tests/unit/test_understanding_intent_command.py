"""`relais intent`: figures of a labelled file, guessed tasks, explanations, and clear errors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.terminal import Exit
from bot.understanding.intent_tasks import guess_task

COMPLAINT, QUESTION = "my parcel arrived broken and nobody answers", "what are your opening hours?"


def relais(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["intent", *arguments])


def measured(tmp_path: Path, lines: Sequence[Mapping[str, Any]], *options: str) -> dict[str, Any]:
    path = tmp_path / "test.jsonl"
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    result = relais("eval", "--test", str(path), "--json", *options)
    assert result.exit_code == Exit.OK, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_wishes_are_measured_label_by_label(tmp_path: Path) -> None:
    lines = [
        {"text": COMPLAINT, "label": "complaint", "lang": "en"},
        {"text": QUESTION, "label": "question", "lang": "en"},
        {"text": "je veux parler à un humain", "label": "handoff", "lang": "fr"},
        {"text": "désabonnez-moi", "label": "opt_in", "lang": "fr"},
    ]
    answer = measured(tmp_path, lines)
    assert (answer["task"], answer["task_guessed"], answer["n_test"]) == ("intent", True, 4)
    assert answer["accuracy"] == 0.75
    assert answer["labels"]["opt_in"]["missed"] == 1
    assert answer["by_lang"]["fr"]["n"] == 2
    for name in ("macro_f1", "ms_p50", "ms_p99", "startup_s", "peak_mb", "unknown_labels"):
        assert name in answer


def test_complaint_or_not_has_an_area_under_the_curve(tmp_path: Path) -> None:
    lines = [
        {"text": COMPLAINT, "label": 1},
        {"text": QUESTION, "label": 0},
        {"text": "thank you", "label": 0},
    ]
    answer = measured(tmp_path, lines, "--task", "complaint")
    assert (answer["f1"], answer["auc"], answer["false_positives"]) == (1.0, 1.0, 0)


def test_each_language_has_figures_of_its_own_and_each_route_an_area(tmp_path: Path) -> None:
    lines = [
        {"text": COMPLAINT, "label": "complaint", "lang": "en"},
        {"text": QUESTION, "label": "other", "lang": "en"},
        {"text": "ma commande est arrivée cassée", "label": "complaint", "lang": "fr"},
        {"text": "merci beaucoup", "label": "other", "lang": "fr"},
    ]
    answer = measured(tmp_path, lines, "--task", "complaint")
    for lang in ("en", "fr"):
        assert (answer["by_lang"][lang]["auc"], answer["by_lang"][lang]["f1"]) == (1.0, 1.0)
    routes = measured(tmp_path, lines, "--task", "route")
    assert routes["labels"]["complaint"]["auc"] == 1.0


def test_several_labels_in_one_message_are_looked_for(tmp_path: Path) -> None:
    both = {"text": "my order never arrived, let me talk to a real person", "labels": ["complaint", "person"]}
    assert measured(tmp_path, [both])["accuracy"] == 1.0


def test_facts_and_their_absence_are_counted(tmp_path: Path) -> None:
    lines = [
        {"text": "commande 4521 jamais reçue, 3000 DA", "order_id": "4521", "amount": "9999", "date": None},
        {"text": "bonjour", "order_id": None, "amount": None, "date": None},
    ]
    answer = measured(tmp_path, lines)
    assert answer["task"] == "facts"
    assert answer["labels"]["order_id"]["f1"] == 1.0
    assert (answer["labels"]["amount"]["wrong"], answer["labels"]["amount"]["missed"]) == (1, 1)
    assert answer["accuracy"] == 0.5


def test_predictions_can_be_kept_and_mistakes_shown(tmp_path: Path) -> None:
    kept = tmp_path / "said.jsonl"
    lines = [{"text": QUESTION, "label": "praise"}]
    answer = measured(tmp_path, lines, "--task", "route", "--predictions", str(kept), "--mistakes", "5")
    assert answer["mistakes"] == [{"text": QUESTION, "right": ["praise"], "said": ["question"]}]
    assert json.loads(kept.read_text())["said"] == ["question"]


def test_corrections_in_a_training_file_are_learnt_before(tmp_path: Path) -> None:
    known = tmp_path / "known.jsonl"
    taught = [{"text": f"the flurbo is wonky {each}", "label": 1} for each in ("again", "too", "now")]
    known.write_text("\n".join(json.dumps(line) for line in taught))
    lines = [{"text": "my flurbo is wonky", "label": 1}, {"text": QUESTION, "label": 0}]
    answer = measured(tmp_path, lines, "--task", "complaint", "--train", str(known))
    assert (answer["f1"], answer["n_train"]) == (1.0, 3)
    assert answer["train_ms"] >= 0


def test_a_language_is_not_taught_by_a_training_file(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    path.write_text('{"text": "bonjour", "lang": "fr"}')
    result = relais("eval", "--test", str(path), "--train", str(path))
    assert result.exit_code == Exit.USAGE
    assert "nothing to learn" in result.stderr


@pytest.mark.parametrize(
    ("lines", "task"),
    [
        ([{"text": "x", "label": "1"}, {"text": "y", "label": "0"}], "complaint"),
        ([{"text": "x", "label": "complaint"}, {"text": "y", "label": "not_complaint"}], "complaint"),
        ([{"text": "x", "label": "opt_out"}, {"text": "y", "label": "other"}], "optout"),
        ([{"text": "x", "label": "handoff"}, {"text": "y", "label": "other"}], "person"),
        ([{"text": "x", "label": "fr"}, {"text": "y", "label": "arabizi"}], "language"),
        ([{"text": "x", "lang": "fr"}], "language"),
        ([{"text": "x", "route": "praise"}, {"text": "y", "route": "complaint"}], "route"),
        ([{"text": "x", "label": "thanks"}, {"text": "y", "label": "abuse"}], "intent"),
        ([{"text": "x", "label": "low"}, {"text": "y", "label": "critical"}], "severity"),
        ([{"text": "x", "order_id": None}], "facts"),
    ],
)
def test_the_task_is_guessed_from_the_labels(lines: list[dict[str, Any]], task: str) -> None:
    assert guess_task(lines) == task


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{", "line 1 is no JSON"),
        ('{"label": "x"}', 'line 1 has no "text"'),
        ("", "has no lines"),
        ("[]", "no"),
    ],
)
def test_a_file_that_can_not_be_read_is_refused_in_words(tmp_path: Path, written: str, said: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(written)
    result = relais("eval", "--test", str(path))
    assert result.exit_code == Exit.USAGE
    assert said in " ".join(result.stderr.split())


def test_a_missing_file_and_an_unknown_task_are_refused(tmp_path: Path) -> None:
    assert relais("eval", "--test", str(tmp_path / "none.jsonl")).exit_code == Exit.USAGE
    path = tmp_path / "one.jsonl"
    path.write_text('{"text": "x", "label": "1"}')
    assert relais("eval", "--test", str(path), "--task", "mood").exit_code == Exit.USAGE


def test_a_table_for_people_is_shown_too(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps({"text": COMPLAINT, "label": "complaint"}))
    result = relais("eval", "--test", str(path))
    assert result.exit_code == Exit.OK
    assert "complaint (guessed from the labels), 1 messages" in result.stdout


def test_a_message_is_explained_by_its_words_and_by_examples() -> None:
    explained = json.loads(relais("explain", "my suitcase came out torn and wet", "--json").stdout)
    assert explained["route"] == "complaint"
    reason = explained["why"][0]
    assert any(word["said"] in ("torn", "wet", "out torn") and word["worth"] > 0 for word in reason["words"])
    assert len(reason["like"]) == 3
    shown = relais("explain", "ma commande 4521 n'est pas arrivée")
    assert shown.exit_code == Exit.OK
    assert "order: 4521" in shown.stdout
    assert relais("explain", "👍").exit_code == Exit.OK
