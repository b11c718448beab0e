"""Complaints by telephone, letter, fax or at the counter, registered by a colleague in the running program."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from bot.cli import app
from bot.ledger.verifying import verify
from bot.records import Alert, Case, Contact, Conversation, Message, OutboxMessage, ReceiptOwed
from bot.records.base import table_of
from tests.conftest import Database
from tests.integration.case_lab import CaseLab, case_lab
from tests.integration.lab import TOKEN

_alerts = table_of(Alert).c
LETTER = {"channel": "letter", "summary": "Briques cassées à la livraison", "agent": "Nadia"}


@pytest.fixture
async def lab(database: Database, tmp_path: Path) -> AsyncIterator[CaseLab]:
    async with case_lab(database, tmp_path) as made:
        yield made


@pytest.fixture
async def small(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[CaseLab]:
    async with case_lab(sqlite_database, tmp_path) as made:
        yield made


async def open_case(lab: CaseLab, *, expect: int = 201, **more: Any) -> Any:
    answer = await lab.api("POST", "/cases", **LETTER | more)
    assert answer.status_code == expect, answer.text
    await lab.lab.settled()
    if expect == 201:
        lab.reference = answer.json()["reference"]
    return answer.json()


def mails_to(lab: CaseLab, address: str) -> list[str]:
    return [call.text for call in lab.lab.doors["desk"].calls if call.to == address]


async def test_a_letter_gets_the_deadlines_of_the_day_it_came_and_a_receipt_by_mail(lab: CaseLab) -> None:
    """source: CO-03"""
    came = lab.lab.clock.now() - timedelta(days=1)
    case = await open_case(lab, name="Amel", email="Amel@example.org", received_at=came.isoformat())
    assert (case["phase"], case["channel"], case["desk"]) == ("enregistrement", "letter", "complaints")
    whole = await lab.case()
    assert {d["kind"]: datetime.fromisoformat(d["started_at"]) for d in whole["deadlines"]} == {
        "resolution": came, "first_answer": came,
    }  # fmt: skip
    (mail,) = mails_to(lab, "amel@example.org")
    assert case["reference"] in mail and "Amel" in mail
    assert whole["events"][0]["detail"] | {"because": ""} == {
        "channel": "letter", "receipt": "written", "by": "email", "because": "",
    }  # fmt: skip
    (owed,) = await lab.lab.rows(ReceiptOwed)
    assert owed.acknowledged_at is not None and owed.acknowledged_at <= owed.due_at
    await lab.act("answer", text="Nous les remplaçons.")
    assert "Nous les remplaçons." in mails_to(lab, "amel@example.org")[-1]
    timeline = (await lab.api("GET", f"/contacts/{case['contact_id']}/timeline")).json()
    assert [(line["channel"], line["direction"]) for line in timeline] == [
        ("letter", "in"), ("email", "out"), ("email", "out"),
    ]  # fmt: skip


async def test_the_ledger_counts_the_receipt_that_was_written_and_none_that_was_told(small: CaseLab) -> None:
    await open_case(small, name="Amel", email="amel@example.org")
    await open_case(small, name="Karim", channel="counter", told=True)
    assert (await small.case())["events"][0]["detail"]["receipt"] == "told by the agent"
    office = small.lab.app.office
    await office.sealer.tick()
    now, heads = small.lab.clock.now(), list(office.heads.read())
    verdict = await small.lab.app.store.read(lambda session: verify(session, heads, now=now))
    assert (verdict.received, verdict.in_time, verdict.problems) == (1, 1, [])


async def test_whom_nothing_reaches_is_the_colleagues_to_tell_and_to_ask(lab: CaseLab) -> None:
    case = await open_case(lab, name="Madame Benali")
    (words,) = await lab.lab.rows(Alert, _alerts.kind == "suggestion")
    assert case["reference"] in words.reason and await lab.lab.rows(ReceiptOwed) == []
    assert (await lab.case())["events"][0]["detail"]["receipt"] == "to be told by the agent"
    await lab.act("answered", note="par téléphone")
    lab.lab.advance(days=6)

    async def asked() -> bool:
        return any("convient" in one.reason for one in await lab.lab.rows(Alert, _alerts.kind == "hand_over"))

    await lab.lab.until(asked)


async def test_at_the_counter_a_person_has_answered_already(small: CaseLab) -> None:
    await open_case(small, channel="counter", name="Karim", told=True)
    kinds = {d["kind"]: d["status"] for d in (await small.case())["deadlines"]}
    assert kinds == {"resolution": "running", "first_answer": "met"}
    assert small.lab.doors["desk"].calls == []


async def test_a_caller_we_know_is_answered_where_they_write(small: CaseLab) -> None:
    await small.say("bonjour", **{"from": "+213550000101"})
    before = len(small.lab.door.texts)
    known = (await small.lab.conversation("+213550000101")).contact_id
    case = await open_case(small, channel="phone", phone="0550 00 01 01")
    assert case["contact_id"] == known
    assert case["reference"] in small.lab.door.texts[before]
    assert len(await small.lab.rows(Contact)) == 1


async def test_the_same_call_again_opens_nothing_more_also_side_by_side(lab: CaseLab) -> None:
    body = LETTER | {"name": "Amel", "email": "amel@example.org", "key": "letter-2026-17"}
    answers = await asyncio.gather(*(lab.api("POST", "/cases", **body) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["reference"] for answer in answers}) == 1
    await lab.lab.settled()
    assert len((await lab.api("GET", "/cases")).json()) == 1
    assert len(mails_to(lab, "amel@example.org")) == 1


async def test_numbers_go_on_from_those_of_complaints_that_were_written(lab: CaseLab) -> None:
    first = await lab.complain()
    second = (await open_case(lab, name="Amel", email="amel@example.org"))["reference"]
    assert int(second[-6:]) == int(first[-6:]) + 1


async def test_what_can_t_be_is_said_in_words(small: CaseLab) -> None:
    wrong: list[tuple[dict[str, str], int, str]] = [
        ({}, 422, "say whose it is"),
        ({"name": "A", "phone": "12"}, 409, "no telephone number"),
        ({"name": "A", "received_at": "2031-01-01T00:00:00Z"}, 409, "in the future"),
        ({"name": "A", "received_at": "2020-01-01T00:00:00Z"}, 409, "a year ago"),
        ({"name": "A", "desk": "nowhere"}, 409, "no desk nowhere"),
        ({"contact_id": "nobody"}, 404, "no contact nobody"),
        ({"name": "A", "channel": "pigeon"}, 422, "channel"),
    ]
    for given, status, words in wrong:
        assert words in str(await open_case(small, expect=status, **given)), given
    assert await small.lab.rows(Conversation) == []


async def test_a_complaint_is_registered_from_a_terminal(
    small: CaseLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELAIS_TOKEN", TOKEN)
    for name, value in {"NAME": "x", "TIMEZONE": "UTC", "COUNTRY": "DZ"}.items():
        monkeypatch.setenv(f"RELAIS__COMPANY__{name}", value)
    call = ["case", "open", "--channel", "fax", "--summary", "Colis ouvert", "--name", "Amel", "--json"]
    shown = await asyncio.to_thread(CliRunner().invoke, app, [*call, "--url", small.lab.url])
    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.output)["channel"] == "fax"


async def test_who_was_registered_by_hand_can_be_forgotten(lab: CaseLab) -> None:
    case = await open_case(
        lab, name="Madame Benali", email="benali@example.org", summary="Colis benali ouvert"
    )
    await lab.act("answer", text="Voici un autre colis.")
    await lab.act("close", outcome="settled")
    path = f"/contacts/{case['contact_id']}"
    erased = await lab.api("DELETE", path, agent="Nadia", reason="demande du client")
    assert erased.status_code == 200, erased.text

    def left(session: Session) -> list[str]:
        rows = [str(row) for model in (Case, Contact, Conversation, Message, OutboxMessage)
                for row in session.execute(select(table_of(model)))]  # fmt: skip
        return [row for row in rows if "benali" in row.lower()]

    assert await lab.lab.app.store.read(left) == []
