"""Scans and photos of complaints that colleagues register: kept, checked, read again, and put in once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from bot.cli import app
from tests.conftest import Database
from tests.integration.case_lab import CaseLab, case_lab
from tests.integration.lab import TOKEN

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
LETTER = {"channel": "letter", "summary": "Briques fendues", "name": "Amel", "agent": "Nadia"}


@pytest.fixture
async def lab(database: Database, tmp_path: Path) -> AsyncIterator[CaseLab]:
    async with case_lab(database, tmp_path) as made:
        made.reference = (await made.api("POST", "/cases", **LETTER)).json()["reference"]
        yield made


@pytest.fixture
async def small(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[CaseLab]:
    async with case_lab(sqlite_database, tmp_path) as made:
        made.reference = (await made.api("POST", "/cases", **LETTER)).json()["reference"]
        yield made


async def hand_in(lab: CaseLab, data: bytes, *, reference: str = "", **asked: str) -> httpx.Response:
    path = f"/api/v1/cases/{reference or lab.reference}/files"
    return await lab.http.post(path, content=data, params={"agent": "Nadia"} | asked)


async def test_a_scan_goes_into_the_case_once_and_is_read_again(lab: CaseLab) -> None:
    """source: CO-03"""
    for _ in range(2):
        taken = await hand_in(lab, PDF, name="../lettre du 5.pdf")
        assert taken.status_code == 201, taken.text
    (file,) = taken.json()["evidence"]
    assert (file["name"], file["mime"], file["size"]) == ("lettre du 5.pdf", "application/pdf", len(PDF))
    assert (await lab.actions()).count("attach") == 1
    event = (await lab.case())["events"][-1]
    assert (event["actor"], event["note"]) == ("Nadia", "lettre du 5.pdf")
    digest = file["ref"].removeprefix("media:")
    read = await lab.http.get(f"/api/v1/cases/{lab.reference}/files/{digest}")
    assert (read.content, read.headers["content-type"]) == (PDF, "application/pdf")
    assert (
        read.headers["content-disposition"].startswith("attachment")
        and read.headers["cache-control"] == "no-store"
    )


async def test_files_that_come_at_once_are_all_kept(lab: CaseLab) -> None:
    made = await asyncio.gather(*(hand_in(lab, PDF + b"%d" % n, name=f"{n}.pdf") for n in range(4)))
    assert [answer.status_code for answer in made] == [201] * 4
    assert len((await lab.case())["evidence"]) == 4


async def test_a_file_of_one_case_is_not_read_through_another(small: CaseLab) -> None:
    await hand_in(small, PDF, name="a.pdf")
    digest = (await small.case())["evidence"][0]["ref"].removeprefix("media:")
    other = (await small.api("POST", "/cases", **LETTER | {"name": "Karim"})).json()["reference"]
    assert (await small.http.get(f"/api/v1/cases/{other}/files/{digest}")).status_code == 404


async def test_what_is_no_file_is_refused_with_the_reason(small: CaseLab) -> None:
    limit = small.lab.app.config.media.max_bytes
    wrong = [
        (b"", {}, 422, "the body must be the file"),
        (b"x" * (limit + 1), {}, 413, "larger than"),
        (PDF, {"reference": "RC-2026-999999"}, 404, "there is no case"),
    ]
    for data, more, status, words in wrong:
        answer = await hand_in(small, data, name="a.pdf", **more)
        assert (answer.status_code, words in answer.text) == (status, True), answer.text
    fake = await small.http.post(
        f"/api/v1/cases/{small.reference}/files", content=PDF, headers={"content-type": "image/png"}
    )
    assert fake.status_code == 422 and "claims to be a picture" in fake.text
    assert (await small.case())["evidence"] == []


async def test_a_letter_is_registered_with_its_scans_from_a_terminal(
    small: CaseLab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RELAIS_TOKEN", TOKEN)
    for name, value in {"NAME": "x", "TIMEZONE": "UTC", "COUNTRY": "DZ"}.items():
        monkeypatch.setenv(f"RELAIS__COMPANY__{name}", value)
    scans = [tmp_path / "page1.pdf", tmp_path / "page2.pdf"]
    for number, scan in enumerate(scans):
        scan.write_bytes(PDF + b"%d" % number)

    async def run(*words: str) -> dict[str, object]:
        shown = await asyncio.to_thread(CliRunner().invoke, app, [*words, "--json", "--url", small.lab.url])
        assert shown.exit_code == 0, shown.output
        found: dict[str, object] = json.loads(shown.output)
        return found

    files = [word for scan in scans for word in ("--file", str(scan))]
    case = await run("case", "open", "--channel", "letter", "--summary", "Fentes", "--name", "Amel", *files)
    assert [file["name"] for file in case["evidence"]] == ["page1.pdf", "page2.pdf"]  # type: ignore[attr-defined]
    again = await run("case", "attach", str(case["reference"]), *map(str, scans), "--as", "Nadia")
    assert len(again["evidence"]) == 2  # type: ignore[arg-type]
    (tmp_path / "empty.pdf").write_bytes(b"")
    refused = await asyncio.to_thread(
        CliRunner().invoke,
        app,
        ["case", "attach", str(case["reference"]), str(tmp_path / "empty.pdf"), "--url", small.lab.url],
    )
    assert refused.exit_code == 1 and "the body must be the file" in refused.output
