"""`relais ledger`, as an operator runs it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pypdfium2
import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.clock import ManualClock
from bot.ledger.export import Edition, ledger_document
from bot.ledger.verifying import Verdict
from bot.ledger.words import WORDS
from bot.paper import to_pdf
from tests.conftest import Database
from tests.fakes import NOON
from tests.integration.lab import config_of
from tests.integration.ledgerbench import acknowledge, owe, sealer, tamper

run = CliRunner()


@pytest.fixture
def kept(sqlite_database: Database, tmp_path: Path) -> Path:
    """The configuration of a company with two acknowledged messages, one of them late."""

    async def work() -> None:
        store = sqlite_database.new_store()
        await store.open()
        for thread, after_s in (("t1", 3.2), ("t2", 61)):
            await acknowledge(store, await owe(store, thread), after_s)
        # The key is the one that the program makes for itself.
        sealing = sealer(store, tmp_path, ManualClock(NOON + timedelta(minutes=2)))
        sealing._keeper._given = None
        await sealing.tick()
        await store.close()

    asyncio.run(work())
    config_of(sqlite_database, tmp_path)
    return tmp_path / "web-worker-scheduler.yaml"


def call(*words: object) -> tuple[int, str]:
    done = run.invoke(app, ["ledger", *map(str, words)])
    return done.exit_code, done.output


def test_verify_says_it_in_one_line(kept: Path) -> None:
    code, said = call("verify", "--config", kept)
    assert code == 0
    assert said.strip().endswith("2 received, 1 acknowledged in time, worst 61.0 s, 0 unexplained")
    assert "late after 61.0 s" in said


def test_verify_as_json_has_every_exception(kept: Path) -> None:
    code, said = call("verify", "--json", "--config", kept)
    assert code == 0
    told: dict[str, Any] = orjson.loads(said)
    assert (told["rows"], told["received"], told["in_time"], told["late"]) == (4, 2, 1, 1)
    assert [each["marks"] for each in told["exceptions"]] == [["late"]]


def test_a_change_ends_verify_with_words_and_a_code(kept: Path, sqlite_database: Database) -> None:
    asyncio.run(tamper(sqlite_database, "UPDATE ledger SET kind = 'moved' WHERE seq = 2"))
    code, said = call("verify", "--config", kept)
    assert code == 1
    assert "row 2: it was changed" in said
    assert "NOT sound" in said


def test_a_head_that_was_kept_is_held_against_the_chain(kept: Path) -> None:
    _, said = call("verify", "--json", "--config", kept)
    head = orjson.loads(said)["head"]
    assert call("verify", "--head", f"{head['seq']}:{head['hash']}", "--config", kept)[0] == 0
    assert call("verify", "--head", f"{head['seq']}:{'0' * 64}", "--config", kept)[0] == 1
    assert call("verify", "--head", f"99:{head['hash']}", "--config", kept)[0] == 1
    assert call("verify", "--head", "something", "--config", kept)[0] == 2


def test_the_account_can_be_narrowed_to_some_days(kept: Path) -> None:
    assert "2 received" in call("verify", "--from", "2026-03-05", "--to", "2026-03-05", "--config", kept)[1]
    assert "0 received" in call("verify", "--from", "2026-03-06", "--config", kept)[1]
    assert call("verify", "--from", "2026-03-06", "--to", "2026-03-05", "--config", kept)[0] == 2


def test_an_auditor_gets_a_paper_and_a_sheet(kept: Path, tmp_path: Path) -> None:
    pdf, csv = tmp_path / "ledger.pdf", tmp_path / "ledger.csv"
    assert call("export", "--pdf", pdf, "--language", "fr", "--config", kept)[0] == 0
    words = " ".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf))
    assert "Registre des accusés de réception" in words
    assert "en retard" in words
    assert call("export", "--csv", csv, "--language", "en", "--config", kept)[0] == 0
    lines = csv.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 3
    assert lines[2].endswith(",61.0,0,late")
    assert call("export", "--csv", csv, "--config", kept)[0] == 2  # nothing is written over
    assert call("export", "--config", kept)[0] == 2


def test_without_a_database_there_is_a_word_and_no_trace(tmp_path: Path) -> None:
    config_of(Database("sqlite", f"sqlite:///{tmp_path / 'none.db'}"), tmp_path)
    code, said = call("verify", "--config", tmp_path / "web-worker-scheduler.yaml")
    assert code == 3
    assert "there is no database" in said


@pytest.mark.parametrize("language", WORDS)
def test_each_language_says_the_same_things(language: str) -> None:
    assert WORDS[language].keys() == WORDS["en"].keys()
    edition = Edition(
        company="Briqueterie Atlas",
        language=language,
        country="DZ",
        zone=NOON.tzinfo,  # type: ignore[arg-type]
        now=NOON,
        since=NOON,
        until=NOON,
    )
    verdict = Verdict()
    verdict.blame("row 1", "changed")
    assert to_pdf(ledger_document(verdict, edition)).startswith(b"%PDF")
