"""A person's data, handed out at their request: all of theirs, nobody else's, and a proof in the audit log."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from bot.cli import app as command
from bot.person_export import _INNER, KEPT_BACK, LINKS, is_handed_out
from bot.records import AuditEntry, Record
from bot.records.base import table_of
from tests.conftest import Database
from tests.integration.lab import Lab, LabDoor, real, running
from tests.integration.test_erasure import NAME, NUMBER, OTHER, WORDS, api, complain


@pytest.fixture
async def lab(database: Database, tmp_path: Path) -> AsyncIterator[Lab]:
    doors = {"lab": LabDoor("lab", "whatsapp"), "desk": LabDoor("desk", "email")}
    async with running(database, tmp_path, decide_with=real, doors=doors) as started:
        yield started


async def asked(lab: Lab, contact_id: str, **more: Any) -> httpx.Response:
    async with api() as http:
        body = {"agent": "Lina", "reason": "demande du 5 mars"} | more
        return await http.post(f"{lab.url}/api/v1/contacts/{contact_id}/export", json=body)


def opened(data: bytes) -> tuple[dict[str, Any], zipfile.ZipFile]:
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    return json.loads(archive.read("data.json")), archive


def test_every_record_that_is_somebodys_is_handed_out_or_kept_back_for_a_reason() -> None:
    looked = 0
    for table in Record.metadata.sorted_tables:
        linked = {column.name for column in table.columns} & set(LINKS)
        if linked and not is_handed_out(table):
            assert KEPT_BACK[table.name]
        for column in _INNER.get(table.name, ()):
            assert column in table.columns, f"{table.name}.{column}"
        looked += bool(linked)
    assert looked >= 20 and {*KEPT_BACK, *_INNER} <= set(Record.metadata.tables)


async def test_all_of_a_persons_data_comes_out_with_its_files_and_a_proof(lab: Lab) -> None:
    """source: IN-23"""
    contact_id, ref = await complain(lab)
    answer = await asked(lab, contact_id)
    assert answer.status_code == 200, answer.text
    assert (
        answer.headers["content-type"] == "application/zip" and answer.headers["cache-control"] == "no-store"
    )
    told, archive = opened(answer.content)
    records = told["records"]
    assert {"contacts", "addresses", "conversations", "messages", "cases", "case_events", "case_forwards",
            "compensations", "consents", "survey_answers", "outbox"} <= set(records)  # fmt: skip
    assert NAME in str(records["contacts"]) and NUMBER in str(records["addresses"])
    assert any(WORDS in row["text"] for row in records["messages"] if row["direction"] == "in")
    assert any(row["direction"] == "out" for row in records["messages"])
    assert float(records["compensations"][0]["cost"]) == 10
    assert "je connais" not in archive.read("data.json").decode().lower() and OTHER not in str(records)
    assert archive.read(told["files"][ref]).startswith(b"\x89PNG") and "zoubida-maison" in told["files"][ref]
    assert all(
        words in archive.read("README.txt").decode() for words in ("données", "personal data", "الشخصية")
    )
    (proof,) = await lab.rows(AuditEntry, table_of(AuditEntry).c.action == "contact_exported")
    assert (
        (proof.id, proof.actor)
        == (answer.headers["relais-audit-entry"], "Lina")
        == (told["audit_entry"], "Lina")
    )
    assert proof.object_id == contact_id and proof.detail["reason"] == "demande du 5 mars"
    assert proof.detail["sha256"] == hashlib.sha256(answer.content).hexdigest()
    assert proof.detail["files"] == 1 and proof.detail["counts"]["messages"] == len(records["messages"])


async def test_a_file_that_is_gone_is_said(lab: Lab, tmp_path: Path) -> None:
    contact_id, ref = await complain(lab)
    digest = ref.removeprefix("media:")
    (tmp_path / "media" / digest[:2] / digest[2:4] / digest).unlink()
    told, archive = opened((await asked(lab, contact_id)).content)
    assert told["files_gone"] == [ref] and told["files"] == {}
    assert sorted(archive.namelist()) == ["README.txt", "data.json"]


async def test_nobody_is_handed_out_for_no_reason_or_who_is_not_there(lab: Lab) -> None:
    contact_id, _ = await complain(lab)
    assert (await asked(lab, contact_id, reason="")).status_code == 422
    assert (await asked(lab, "nobody")).status_code == 404
    async with httpx.AsyncClient() as stranger:
        answer = await stranger.post(
            f"{lab.url}/api/v1/contacts/{contact_id}/export", json={"agent": "x", "reason": "demande"}
        )
    assert answer.status_code == 401
    assert await lab.rows(AuditEntry, table_of(AuditEntry).c.action == "contact_exported") == []


async def test_the_command_works_beside_the_program_and_finds_people_by_their_address(
    lab: Lab, tmp_path: Path
) -> None:
    contact_id, _ = await complain(lab)
    config, target = str(tmp_path / "web-worker-scheduler.yaml"), tmp_path / "amel.zip"
    words = ["contact", "export", NUMBER, "--config", config, "--to", str(target), "--json"]
    refused = await asyncio.to_thread(CliRunner().invoke, command, words)
    assert refused.exit_code == 2 and not target.exists(), "a reason is asked for"
    words += ["--reason", "demande du 5 mars"]
    done = await asyncio.to_thread(CliRunner().invoke, command, words)
    assert done.exit_code == 0, done.output
    said = json.loads(done.output)
    assert said["contact"] == contact_id and target.stat().st_mode & 0o777 == 0o600
    assert said["sha256"] == hashlib.sha256(target.read_bytes()).hexdigest()
    told, _ = opened(target.read_bytes())
    assert told["contact"] == contact_id and told["records"]["cases"]
    again = await asyncio.to_thread(CliRunner().invoke, command, words)
    assert again.exit_code != 0 and "there already" in again.output
    (proof,) = await lab.rows(AuditEntry, table_of(AuditEntry).c.action == "contact_exported")
    assert proof.actor.startswith("operator ") and proof.id == said["id"]
    nobody = await asyncio.to_thread(
        CliRunner().invoke, command, [*words[:2], "nobody@example.org", *words[3:5], "--reason", "demande"]
    )
    assert nobody.exit_code != 0 and "there is no contact" in nobody.output


def test_what_is_handed_out_can_be_written_as_json() -> None:
    """Types of columns that are handed out, so that a new one does not fail at the first request."""
    kinds = {
        type(column.type).__name__
        for table in Record.metadata.sorted_tables
        if is_handed_out(table)
        for column in table.columns
    }
    assert not {kind for kind in kinds if "Binary" in kind or "Interval" in kind}, kinds
