"""A person who is erased is nowhere any more, and the proof of what was done for them still stands."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import orjson
import pypdfium2
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from bot.cli import app as command
from bot.erasure import CERTIFICATE, KEPT_NAMES
from bot.ids import IdMaker
from bot.ledger.heads import HeadKeeper
from bot.ledger.verifying import Verdict, verify
from bot.records import (
    Alert,
    AuditEntry,
    Case,
    CaseEvent,
    CaseForward,
    Compensation,
    Consent,
    Contact,
    Conversation,
    FaqCandidate,
    Message,
    Record,
    SamePerson,
    Suppression,
    SurveyAnswer,
    Timer,
)
from bot.records.base import table_of
from bot.store.changes import NotPossible
from bot.store.mentions import holds_words
from bot.store.reading import look_at
from tests.conftest import SQLITE, Database
from tests.fakes import NOON
from tests.integration.lab import TOKEN, Lab, LabDoor, config_of, real, running
from tests.integration.storebench import rows_of

NUMBER, OTHER = "+213555000177", "+213555000188"
NAME, WORDS = "Zoubida Quinquina", "palettefracassée"
PHOTO = {"kind": "image", "ref": "", "name": "zoubida-maison.png", "mime": "image/png"}


def texts(session: Session) -> list[tuple[str, str, str]]:
    """Every text of every table: (table, column, what it says)."""
    found, looked = [], 0
    for table in Record.metadata.sorted_tables:
        columns = [c for c in table.columns if holds_words(c)]
        looked += len(columns)
        for row in session.execute(select(*columns)) if columns else ():
            for column, value in zip(columns, row, strict=True):
                if isinstance(value, bytes | memoryview):
                    found.append((table.name, column.name, bytes(value).decode("utf-8", "replace")))
                elif value is not None:
                    found.append(
                        (
                            table.name,
                            column.name,
                            value if isinstance(value, str) else orjson.dumps(value).decode(),
                        )
                    )
    assert looked > 240
    return found


def traces(found: list[tuple[str, str, str]], *words: str) -> set[str]:
    return {
        f"{table}.{column}" for table, column, text in found for word in words if word.lower() in text.lower()
    }


PERSON = (NAME, "Zoubida", "Quinquina", NUMBER, NUMBER[1:], WORDS, "zoubida-maison")


async def complain(lab: Lab) -> tuple[str, str]:
    """A person complains, refuses offers, and leaves traces in every corner. Gives contact and media reference."""
    kept = await lab.app.media.put(
        b"\x89PNG\r\n\x1a\n" + _PNG, name="zoubida-maison.png", claimed_mime="image/png"
    )
    file = {**PHOTO, "ref": kept.ref, "size": kept.size}
    await lab.hear(
        f"Bonjour, je suis {NAME}. Réclamation : commande B12, {WORDS} à la livraison, au {NUMBER}.",
        **{"from": NUMBER, "name": NAME, "files": [file]},
    )
    await lab.settled()
    await lab.hear("STOP", **{"from": NUMBER, "name": NAME})
    await lab.settled()
    await lab.hear(f"Je connais {NUMBER}, elle m'a parlé de vous", **{"from": OTHER})
    await lab.settled()
    (conversation,) = [row for row in await lab.rows(Conversation) if row.thread == NUMBER]
    await lab.app.store.write(lambda session: _traces_of_people(session, conversation, file, lab.app.ids))
    return conversation.contact_id, kept.ref


def _traces_of_people(session: Session, conversation: Any, file: dict[str, Any], ids: IdMaker) -> None:
    """What agents and later parts of the program write about a person."""
    case_id, now = ids.new(), NOON
    said = f"{NAME} ({NUMBER}) : {WORDS}"
    session.add(
        Case(
            id=case_id, reference="RC-2026-000777", contact_id=conversation.contact_id,
            conversation_id=conversation.id, channel="sms", phase="resolution", desk_id="complaints", summary=said,
            object="quality", order_ref=said, since=said, remedy=said, consequences=said, anomaly=said,
            faith_evidence=said, plan=said, evidence=[file], notes=[{"by": "contact", "text": said}],
            received_at=now, opened_at=now, due_at=now, due_explanation="",
        )
    )  # fmt: skip
    session.add(
        CaseEvent(
            id=ids.new(),
            case_id=case_id,
            at=now,
            actor="Amine",
            action="noted",
            note=said,
            detail={"x": said},
        )
    )
    session.add(
        CaseForward(
            id=ids.new(),
            case_id=case_id,
            desk_id="sales",
            question=said,
            answer=said,
            asked_by="Amine",
            asked_at=now,
        )
    )
    session.add(
        Compensation(
            id=ids.new(), case_id=case_id, contact_id=conversation.contact_id, kind="refund", description=said,
            cost=Decimal(10), currency="DZD", reason=said, proposed_by="Amine", proposed_at=now,
        )
    )  # fmt: skip
    session.add(
        SurveyAnswer(
            id=ids.new(), case_id=case_id, contact_id=conversation.contact_id, question="why", value=said, words=said,
            channel="sms", at=now,
        )
    )  # fmt: skip
    session.add(
        FaqCandidate(
            id=ids.new(), conversation_id=conversation.id, text=said, key=said, answer=said, nearest=[], created_at=now
        )
    )  # fmt: skip
    session.add(Alert(id=ids.new(), key=f"case:{case_id}:x", kind="failed", reason=said, created_at=now))
    session.add(
        AuditEntry(
            id=ids.new(), at=now, actor="Amine", action="noted", object_kind="case", object_id=case_id,
            detail={"n": said},
        )
    )  # fmt: skip
    session.add(
        SamePerson(
            id=ids.new(), contact_id=conversation.contact_id, other_id=ids.new(), moved={}, created_at=now,
            evidence=[{"kind": "phone", "value": NUMBER}],
        )
    )  # fmt: skip


# The smallest picture there is: one grey point.
_PNG = bytes.fromhex(
    "0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c6360000000020001"
    "48afa4710000000049454e44ae426082"
)


async def close_cases(lab: Lab, contact_id: str) -> None:
    cases = table_of(Case)
    await lab.app.store.write(
        lambda session: session.execute(
            cases.update().where(cases.c.contact_id == contact_id).values(closed=True, outcome="settled")
        )
    )


def api() -> httpx.AsyncClient:
    return httpx.AsyncClient(headers={"authorization": f"Bearer {TOKEN}"}, timeout=30)


async def judged(database: Database, config: Any) -> Verdict:
    def look(session: Session) -> Verdict:
        return verify(session, HeadKeeper.of(config).read(), now=NOON + timedelta(days=1))

    return await look_at(database.url, look)


async def test_no_word_of_an_erased_person_is_left_and_the_ledger_stays_whole(
    database: Database, tmp_path: Path
) -> None:
    async with running(database, tmp_path, decide_with=real) as lab, api() as calls:
        contact_id, ref = await complain(lab)
        await lab.app.inbox.follower.index()
        before = await lab.app.store.read(texts)
        assert len(traces(before, *PERSON)) >= 20  # they did leave traces
        url = f"{lab.url}/api/v1/contacts/{contact_id}"
        shown = (await calls.get(f"{url}/erasure")).json()
        assert "RC-2026-000777" in shown["cases"]
        assert shown["files"] == 1
        assert any("is open" in each for each in shown["in_the_way"])
        ask = {"agent": "Amine", "reason": "demande écrite du 5 mars"}
        refused = await calls.request("DELETE", url, json=ask)
        assert refused.status_code == 409
        assert "RC-2026-000777" in refused.json()["detail"]
        assert traces(await lab.app.store.read(texts), *PERSON) == traces(
            before, *PERSON
        )  # nothing was touched

        await close_cases(lab, contact_id)
        done = await calls.request("DELETE", url, json=ask)
        assert done.status_code == 200, done.text
        assert all(set(done.json()["counts"]) <= set(names) for names in KEPT_NAMES.values())
        lab.advance(seconds=2)  # the file goes by a timer
        digest = ref.removeprefix("media:")
        path = lab.app.config.media.folder / digest[:2] / digest[2:4] / digest
        await lab.until(lambda: not path.exists())
        assert traces(await lab.app.store.read(texts), *PERSON) == set()

        # What is no longer about a person stays.
        assert [row.reference for row in await lab.rows(Case) if row.reference == "RC-2026-000777"]
        assert [row.cost for row in await lab.rows(Compensation)] == [10]
        (proof,) = [row for row in await lab.rows(AuditEntry) if row.action == "contact_erased"]
        assert (proof.id, proof.detail["reason"]) == (done.json()["id"], ask["reason"])
        # Their refusal is still known, to whoever is about to write to that address.
        assert await lab.app.office.erasure.refused("sms", NUMBER) | await lab.app.office.erasure.refused(
            "whatsapp", NUMBER
        )
        assert await lab.app.office.erasure.refused("sms", OTHER) == set()
        # Who writes again is somebody new.
        await lab.hear("Bonjour", **{"from": NUMBER})
        await lab.settled()
        fresh = await lab.conversation(NUMBER)
        assert fresh.contact_id != contact_id
        await lab.app.office.sealer.tick()
    verdict = await judged(database, lab.app.config)
    assert verdict.problems == []
    assert verdict.marks["erased"] >= 1


def held_in(folder: Path) -> bytes:
    """The database as it lies on the disk, with what was not yet carried over into it."""
    return b"".join(path.read_bytes() for path in folder.glob("relais.db*"))


def test_nothing_can_be_read_back_from_the_file_either(sqlite_database: Database, tmp_path: Path) -> None:
    async def prepare() -> str:
        async with running(sqlite_database, tmp_path, decide_with=real) as lab:
            contact_id, _ = await complain(lab)
            await close_cases(lab, contact_id)
            return contact_id

    contact_id = asyncio.run(prepare())
    config = config_of(sqlite_database, tmp_path)
    assert WORDS.encode() in held_in(tmp_path)
    words = ["contact", "erase", contact_id, "--reason", "demande", "--yes", "--json"]
    done = CliRunner().invoke(command, [*words, "--config", str(tmp_path / "web-worker-scheduler.yaml")])
    assert done.exit_code == 0, done.output
    held = held_in(tmp_path)
    assert [word for word in PERSON if word.encode() in held] == []
    assert config.database.sqlite_path == sqlite_database.path


async def test_a_photo_that_somebody_else_sent_too_is_kept(sqlite_database: Database, tmp_path: Path) -> None:
    async with running(sqlite_database, tmp_path, decide_with=real) as lab:
        contact_id, ref = await complain(lab)
        (mine, *_) = [row for row in await lab.rows(Message) if row.attachments]
        await lab.hear("la même", **{"from": OTHER, "files": [{**PHOTO, **mine.attachments[0]}]})
        await lab.settled()
        await close_cases(lab, contact_id)
        assert (await lab.app.office.erasure.preview(contact_id)).files == 0
        await lab.app.office.erasure.erase(contact_id, actor="Amine", reason="demande")
        assert not [row for row in await lab.rows(Timer) if row.kind == "media.erase"]
        assert (await lab.app.media.get(ref)) is not None


async def test_a_message_under_way_is_waited_for(sqlite_database: Database, tmp_path: Path) -> None:
    doors = {"lab": LabDoor("lab"), "desk": LabDoor("desk")}
    async with running(sqlite_database, tmp_path, doors=doors) as lab:
        lab.door.open.clear()
        await lab.hear("Bonjour", **{"from": NUMBER})
        await lab.until(lambda: lab.door.in_flight == 1)
        contact_id = (await lab.conversation(NUMBER)).contact_id
        with pytest.raises(NotPossible, match="on their way out"):
            await lab.app.office.erasure.erase(contact_id, actor="Amine", reason="demande")
        lab.door.open.set()
        await lab.settled()
        await lab.app.office.erasure.erase(contact_id, actor="Amine", reason="demande")
        assert [row.name for row in await lab.rows(Contact) if row.id == contact_id] == [""]


async def test_contacts_that_were_joined_go_together(sqlite_database: Database, tmp_path: Path) -> None:
    async with running(sqlite_database, tmp_path) as lab:
        for number in (NUMBER, OTHER):
            await lab.hear(f"Bonjour, ici {NAME}", **{"from": number, "name": NAME})
            await lab.settled()
        one, two = sorted([(await lab.conversation(each)).contact_id for each in (NUMBER, OTHER)])

        def suggest(session: Session) -> None:
            session.add(
                SamePerson(id="pair", contact_id=one, other_id=two, evidence=[], moved={}, created_at=NOON)
            )

        await lab.app.store.write(suggest)
        await lab.app.people.decide_same_person("pair", "merge", agent="Amine")
        assert (await lab.app.office.erasure.preview(two)).joined == 1
        await lab.app.office.erasure.erase(two, actor="Amine", reason="demande")
        assert traces(await lab.app.store.read(texts), NAME, NUMBER, OTHER) == set()
        assert await rows_of(lab.app.store, Suppression) == []
        assert await rows_of(lab.app.store, Consent) == []


def test_an_operator_erases_by_address_and_gets_a_certificate(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async def prepare() -> None:
        async with running(sqlite_database, tmp_path) as lab:
            await lab.hear(f"Bonjour, ici {NAME}", **{"from": NUMBER, "name": NAME})
            await lab.settled()

    asyncio.run(prepare())
    config_of(sqlite_database, tmp_path)
    config, paper = tmp_path / "web-worker-scheduler.yaml", tmp_path / "certificate.pdf"
    words = ["contact", "erase", NUMBER, "--config", str(config)]
    run = CliRunner()
    assert run.invoke(command, words).exit_code == 2  # no reason
    asked = run.invoke(command, [*words, "--reason", "demande"], input="n\n")
    assert asked.exit_code == 1
    assert "messages" in asked.output
    done = run.invoke(
        command, [*words, "--reason", "demande", "--yes", "--certificate", str(paper), "--language", "fr"]
    )
    assert done.exit_code == 0, done.output
    text = pypdfium2.PdfDocument(paper)[0].get_textpage().get_text_bounded()
    assert CERTIFICATE["fr"]["title"] in text
    assert NAME not in text
    assert NUMBER not in text
    gone = run.invoke(command, [*words, "--reason", "demande", "--yes"])
    assert gone.exit_code == 1
    assert "there is no contact" in gone.output.lower()
    assert sqlite_database.kind == SQLITE
