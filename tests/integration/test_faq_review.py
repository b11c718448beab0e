"""`relais faq review` and `export-learned`, beside the running program and without it, on both databases."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.records import AuditEntry, FaqCandidate, LearnedPhrasing
from bot.records.base import table_of
from tests.conftest import Database
from tests.integration.lab import config_of
from tests.integration.test_learning import FAQ, UNKNOWN, Shop, shop_of

OTHER = "avez-vous un parking gardé"


@pytest.fixture
def faq(tmp_path: Path) -> Path:
    path = tmp_path / "faq" / "shop.yaml"
    path.parent.mkdir()
    path.write_text(FAQ, encoding="utf-8")
    return path


async def relais(folder: Path, *words: str, typed: str = "") -> tuple[int, str]:
    """A command in a process of its own, as far as the database can tell."""
    config = ["--config", str(folder / "web-worker-scheduler.yaml")]
    done = await asyncio.to_thread(CliRunner().invoke, app, [*words, *config], input=typed)
    return done.exit_code, done.output


async def listed(folder: Path) -> list[dict[str, Any]]:
    code, said = await relais(folder, "faq", "review", "--json")
    assert code == 0, said
    found: list[dict[str, Any]] = json.loads(said)
    return found


async def answered(shop: Shop, text: str, words: str, sender: str) -> None:
    """The running program answers so, soon after a command taught it."""

    async def known() -> bool:
        tried = await shop.api("POST", "/try", json={"text": text})
        return words in tried["answer"]

    await shop.lab.until(known, within_s=10)
    assert words in await shop.ask(text, sender)


async def test_the_running_program_follows_what_scripts_decide_beside_it(
    database: Database, tmp_path: Path, faq: Path
) -> None:
    async with shop_of(database, tmp_path, faq) as shop:
        await shop.ask(UNKNOWN, "+213555000101")
        await shop.ask(UNKNOWN, "+213555000102")
        await shop.ask(OTHER, "+213555000103")
        known, other = await listed(tmp_path)
        assert (known["size"], known["said"][0]["text"], other["size"]) == (2, UNKNOWN, 1)
        accept = ("--accept", known["id"], "--entry", "payment", "--as", "Lina")
        code, said = await relais(tmp_path, "faq", "review", *accept)
        assert (code, json.loads(said)["settled"]) == (0, 2)
        await answered(shop, UNKNOWN, "virement", "+213555000104")
        code, said = await relais(tmp_path, "faq", "review", "--dismiss", other["id"])
        assert (code, json.loads(said)) == (0, {"settled": 1})
        assert await listed(tmp_path) == []
        code, said = await relais(tmp_path, "faq", "review", "--dismiss", other["id"])
        assert (code, "dismissed already, by operator" in " ".join(said.split())) == (1, True)
        actors = {row.actor for row in await shop.lab.rows(AuditEntry)} - {"bot"}
        assert actors == {"Lina", "operator"}


async def test_a_sitting_accepts_makes_an_entry_and_ends_where_the_typing_ends(
    sqlite_database: Database, tmp_path: Path, faq: Path
) -> None:
    async with shop_of(sqlite_database, tmp_path, faq) as shop:
        for number in range(3):
            await shop.ask(UNKNOWN, f"+21355500010{number}")
        await shop.ask(OTHER, "+213555000110")
        await shop.ask(OTHER, "+213555000111")
        await shop.ask("quelle est la taille du chien", "+213555000112")
        typed = ["z", "a 9", "e", "payment", "n", "guarded-parking", "", "Oui, jour et nuit.", "", "", "?"]
        code, said = await relais(tmp_path, "faq", "review", typed="\n".join(typed) + "\n")
        assert code == 0, said
        assert "[1 of 3] asked 3 times" in said
        assert "There is no such number." in said
        assert "5 settled." in said
        await answered(shop, UNKNOWN, "virement", "+213555000120")
        await answered(shop, OTHER, "jour et nuit", "+213555000121")
        (left,) = await shop.groups()
        assert left["said"][0]["text"] == "quelle est la taille du chien"


async def test_without_the_program_it_is_the_same_and_a_file_takes_over(
    database: Database, tmp_path: Path, faq: Path
) -> None:
    async with shop_of(database, tmp_path, faq) as shop:
        await shop.ask(UNKNOWN)
    (group,) = await listed(tmp_path)
    code, said = await relais(tmp_path, "faq", "review", "--accept", group["id"], "--entry", "payment")
    assert code == 0, said
    code, said = await relais(tmp_path, "faq", "export-learned", str(tmp_path / "out.yaml"), "--move")
    assert (code, "would not be read" in said, (tmp_path / "out.yaml").exists()) == (1, True, False)
    learned = faq.parent / "learned.yaml"
    code, said = await relais(tmp_path, "faq", "export-learned", str(learned), "--move")
    assert (code, "1 phrasings written" in said) == (0, True), said
    assert UNKNOWN in learned.read_text("utf-8")
    code, said = await relais(tmp_path, "faq", "export-learned", str(learned))
    assert (code, "is there already" in " ".join(said.split())) == (2, True)
    async with shop_of(database, tmp_path, faq) as shop:
        assert (await shop.api("GET", "/status"))["learned_phrasings"] == 0
        assert "virement" in await shop.ask(UNKNOWN, "+213555000105")
        standing = table_of(LearnedPhrasing).c.withdrawn_at.is_(None)
        assert await shop.lab.rows(LearnedPhrasing, standing) == []
        (row,) = await shop.lab.rows(FaqCandidate)
        assert (row.status, row.entry_id, row.decided_by) == ("accepted", "payment", "operator")


def test_faq_test_finds_the_configuration_by_itself(
    sqlite_database: Database, tmp_path: Path, faq: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config_of(sqlite_database, tmp_path, faq=faq.parent)
    (tmp_path / "web-worker-scheduler.yaml").rename(tmp_path / "relais.yaml")
    (tmp_path / "asked.yaml").write_text("payment: [je paie comment]\nopening-hours: [horaires]\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["faq", "test", "asked.yaml", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["unknown_labels"] == []


async def test_intent_explain_tells_what_a_person_set_right(
    sqlite_database: Database, tmp_path: Path, faq: Path
) -> None:
    async with shop_of(sqlite_database, tmp_path, faq) as shop:
        made = {"agent": "Lina", "text": "ma palette penche encore", "wishes": ["complaint"]}
        await shop.api("POST", "/corrections", json=made)
        code, said = await relais(tmp_path, "intent", "explain", "Ma palette penche encore!", "--json")
    assert code == 0, said
    explained = json.loads(said)
    assert (explained["route"], explained["corrected"]) == ("complaint", "ma palette penche encore")
