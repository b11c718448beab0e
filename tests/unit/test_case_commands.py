"""`relais case`: its options are those of the API, and what the API says is shown in words."""

from __future__ import annotations

import httpx
import pytest
from typer.testing import CliRunner

from bot.case_asks import Open
from bot.case_commands import ACTS, OPENS, _words_of
from bot.cases import ACTS as API_ACTS
from bot.cli import app


def test_every_act_of_the_api_has_a_command_with_its_options() -> None:
    assert ACTS.keys() == API_ACTS.keys()
    for name, (_, options) in ACTS.items():
        fields = set(API_ACTS[name].model.model_fields) - {"agent", "version", "key"}
        assert {option.replace("-", "_") for option in options} == fields, name


def test_what_came_otherwise_is_registered_with_all_that_the_api_takes() -> None:
    assert {option.replace("-", "_") for option in OPENS} == set(Open.model_fields) - {"agent", "version"}


def test_every_command_explains_itself() -> None:
    for name, (words, options) in ACTS.items():
        shown = CliRunner().invoke(app, ["case", name, "--help"], env={"COLUMNS": "120"})
        assert shown.exit_code == 0 and words in shown.output, name
        assert all(f"--{option}" in shown.output for option in options), name


def test_what_is_wrong_with_a_call_is_said_in_words() -> None:
    detail = [{"loc": ["body", "text"], "msg": "Value error, it is empty"}]
    assert _words_of({"detail": detail}) == "text: Value error, it is empty"
    assert _words_of({"detail": "there is no case RC-1"}) == "there is no case RC-1"


def test_a_program_that_does_not_run_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> httpx.Response:
        raise httpx.ConnectError("refused")

    monkeypatch.setattr(httpx, "request", refuse)
    settings = {
        "RELAIS__COMPANY__NAME": "x",
        "RELAIS__COMPANY__TIMEZONE": "UTC",
        "RELAIS__COMPANY__COUNTRY": "DZ",
        "RELAIS_TOKEN": "t" * 40,
    }
    shown = CliRunner().invoke(app, ["case", "list"], env=settings)
    assert shown.exit_code == 3 and "relais run" in shown.output
