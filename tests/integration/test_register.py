"""The register, the figures and the report as an operator and another system ask for them."""

from __future__ import annotations

import asyncio
import csv
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from typer.testing import CliRunner

import bot.register as register_module
from bot.cli import app
from bot.complaints.periods import Period
from bot.paper import Table
from bot.paper.sheet import to_csv
from bot.records import Case, CaseForward, IndicatorBase, PreventiveAction
from bot.register import Register, TooMuch, UnknownColumn, check_columns
from bot.register_words import COLUMNS, PRINTED
from bot.store.port import Store
from tests.conftest import Database
from tests.fakes import NOON
from tests.integration.casebook import Book, draw_book
from tests.integration.lab import TOKEN, LabClock, config_of, running
from tests.integration.storebench import rows_of

run = CliRunner()
MONTH = Period(first=date(2026, 2, 1), last=date(2026, 3, 31))
FIRST = NOON - timedelta(days=20)


def book() -> Book:
    drawn = draw_book(5, cases=40, questions=5, first=FIRST, now=NOON)
    first = drawn.of(Case)[0]
    for desk in ("sales", "complaints", "sales"):
        drawn.add(
            CaseForward, id=f"f{len(drawn.of(CaseForward))}", case_id=first["id"], desk_id=desk,
            question="", asked_by="Samira K.", asked_at=NOON,
        )  # fmt: skip
    return drawn


@pytest.fixture
async def kept(store: Store) -> Book:
    drawn = book()
    await store.write(drawn.write)
    return drawn


def read_sheet(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(data.decode("utf-8-sig")), delimiter=";"))


async def test_every_complaint_of_the_period_is_one_line_with_every_column(
    database: Database, store: Store, kept: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register_module, "PAGE", 7)  # several pages of keys
    written = Register(config_of(database, tmp_path), "fr")
    rows = await store.read(lambda session: list(written.rows(session, MONTH)))
    lines = read_sheet(to_csv(rows, language="fr"))
    cases = sorted(kept.of(Case), key=lambda case: (case["received_at"], case["id"]))
    assert [line["Référence"] for line in lines] == [case["reference"] for case in cases]
    assert list(lines[0]) == [heads[0] for heads in COLUMNS.values()]
    for number, (line, case) in enumerate(zip(lines, cases, strict=True)):
        earlier = sum(other["contact_id"] == case["contact_id"] for other in cases[:number])
        assert line["Réclamations antérieures"] == str(earlier)
        assert line["Phase"] == {"cloture": "clôture", "resolution": "résolution"}[case["phase"]]
        assert line["Client mystère"] == ("oui" if case["mystery"] else "non")
    forwarded = next(line for line in lines if line["Référence"] == kept.of(Case)[0]["reference"])
    assert forwarded["Transmise à"] == "Service commercial, Service réclamations"
    assert any(line["Client"] == "'=Rachid" for line in lines), "no spreadsheet runs a customer's name"


async def test_the_printed_register_has_the_main_columns_and_says_when_it_is_too_long(
    database: Database, store: Store, kept: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = Register(config_of(database, tmp_path), "ar")
    document = await store.read(lambda session: written.document(session, MONTH, NOON))
    (table,) = document.blocks
    assert isinstance(table, Table) and len(table.rows) == 40 and document.landscape
    assert table.heads == tuple(COLUMNS[name][1] for name in PRINTED)
    empty = Period(first=date(2030, 1, 1), last=date(2030, 1, 1))
    assert len((await store.read(lambda session: written.document(session, empty, NOON))).blocks) == 1
    monkeypatch.setattr(register_module, "MOST_PRINTED", 39)
    with pytest.raises(TooMuch, match="40 complaints"):
        await store.read(lambda session: written.document(session, MONTH, NOON))


def test_a_column_that_does_not_exist_is_told_with_those_that_do() -> None:
    assert check_columns(["cause", "zone", "cause"]) == ("cause", "zone")
    with pytest.raises(UnknownColumn, match=r"colour.*reference"):
        check_columns(["colour"])


@pytest.fixture
def company(sqlite_database: Database, tmp_path: Path) -> Path:
    async def fill() -> None:
        store = sqlite_database.new_store()
        await store.open()
        await store.write(book().write)
        await store.close()

    asyncio.run(fill())
    config_of(sqlite_database, tmp_path)
    return tmp_path / "web-worker-scheduler.yaml"


def call(company: Path, *words: object) -> tuple[int, str]:
    done = run.invoke(app, [*map(str, words), "--config", str(company)])
    return done.exit_code, done.output


def test_the_figures_are_shown_and_given_to_scripts(company: Path) -> None:
    code, said = call(company, "indicators", "--from", "2026-02-01", "--to", "2026-03-31")
    assert code == 0 and "Kept in time" in said and "Causes (Pareto)" in said and "n/a" in said
    code, said = call(company, "indicators", "--period", "2026-02..x")
    assert code == 2 and "is no period" in said
    code, said = call(company, "indicators", "base", "--period", "2026-02", "--transactions", "500")
    assert code == 0 and "transactions 500" in said
    code, said = call(company, "indicators", "--period", "2026-02", "--json")
    data = orjson.loads(said)
    assert data["rates"]["complaints_per_cent_of"]["transactions"] == data["complaints"] / 5
    assert data["rates"]["complaints_per_cent_of"]["units"] is None
    assert data["bases"] == {"transactions": {"amount": 500.0, "estimated": False}}
    assert call(company, "indicators", "base", "--period", "2026-02")[0] == 2


def test_the_report_is_kept_as_page_or_text_and_never_over_a_file_that_is_there(
    company: Path, tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    code, said = call(company, "report", "weekly", "--week", "2026-W09", "--to", page, "--language", "ar")
    assert code == 0 and 'dir="rtl"' in page.read_text(encoding="utf-8"), said
    assert call(company, "report", "weekly", "--week", "2026-W09", "--to", page)[0] == 2
    code, said = call(company, "report", "weekly", "--week", "2026-W09")
    assert code == 0 and "Rapport hebdomadaire" in said and "semaine 9" in said
    assert call(company, "report", "weekly", "--week", "2026-03")[0] == 2
    assert call(company, "report", "weekly", "--to", tmp_path / "x.docx")[0] == 2
    code, said = call(company, "report", "weekly", "--send")
    assert code == 2 and "complaints.report.to" in said


def test_the_register_goes_to_a_sheet(company: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "register.csv"
    words = ("export", "register", "--csv", sheet, "--from", "2026-02-01", "--to", "2026-03-31")
    code, said = call(company, *words, "--columns", "reference, cause")
    assert code == 0, said
    lines = read_sheet(sheet.read_bytes())
    assert len(lines) == 40 and list(lines[0]) == ["Référence", "Cause"]
    assert call(company, *words)[0] == 2, "the file is there"
    assert call(company, "export", "register")[0] == 2
    code, said = call(company, "export", "register", "--csv", tmp_path / "y.csv", "--columns", "colour")
    assert code == 2 and "no column colour" in said


async def test_another_system_asks_for_all_of_it(
    sqlite_database: Database, open_store: Any, tmp_path: Path
) -> None:
    store = await open_store(sqlite_database)
    drawn = book()
    drawn.add(
        PreventiveAction, id="a1", key="recurrence:b12:béjaïa::2026-03-01", title="B12, Béjaïa", product="B12",
        zone="Béjaïa", cases=["c1", "c2"], created_by="bot", created_at=NOON,
    )  # fmt: skip
    await store.write(drawn.write)
    await store.close()
    async with running(sqlite_database, tmp_path, clock=LabClock()) as lab:
        async with httpx.AsyncClient(
            base_url=f"{lab.url}/api/v1", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=20
        ) as client:
            bases = {"period": "2026-02..", "amounts": {"units": 1000}}
            assert (await client.post("/indicators/bases", json=bases)).status_code == 422
            bases["period"] = "2026-02"
            assert (await client.post("/indicators/bases", json=bases)).status_code == 204
            bases["amounts"] = {"colours": 3}
            assert (await client.post("/indicators/bases", json=bases)).status_code == 422
            figures = (await client.get("/indicators", params={"period": "2026-02"})).json()
            assert figures["rates"]["complaints_per_cent_of"]["units"] == figures["complaints"] / 10
            (base,) = await lab.rows(IndicatorBase)
            assert base.set_by == "token:test"
            rows = (await client.get("/pareto", params={"period": "2026-02", "by": "zone"})).json()
            assert sum(row["count"] for row in rows) == figures["complaints"]
            (found,) = (await client.get("/recurrences", params={"open": True})).json()
            assert (found["title"], found["cases"], found["usual"]) == ("B12, Béjaïa", 2, None)
            page = await client.get("/report", params={"week": "2026-W09", "language": "en"})
            assert (
                "Weekly complaints report" in page.text
                and page.headers["x-content-type-options"] == "nosniff"
            )
            text = await client.get("/report", params={"format": "txt"})
            assert text.text.startswith("Rapport hebdomadaire")
            assert (await client.get("/report", params={"week": "2026-W99"})).status_code == 422
            sheet = await client.get("/register", params={"period": "2026-02-01..2026-03-31"})
            lines = read_sheet(sheet.content)
            assert [line["Référence"] for line in lines] == [
                case.reference
                for case in sorted(
                    await rows_of(lab.app.store, Case), key=lambda case: (case.received_at, case.id)
                )
            ]
            assert sheet.content.count(b"\xef\xbb\xbf") == 1
            assert (await client.get("/register", params={"columns": "colour"})).status_code == 422
        async with httpx.AsyncClient(base_url=f"{lab.url}/api/v1") as stranger:
            for path in ("/indicators", "/pareto", "/recurrences", "/report", "/register"):
                assert (await stranger.get(path)).status_code == 401
