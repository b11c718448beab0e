"""A department replies to the notice it got: its words go into the case, and never into a dialogue."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bot.department_mail import DEPARTMENT_MAIL
from bot.records import Agent, Alert, AuditEntry, Contact, Conversation, JournalEntry, OutboxMessage, Timer
from bot.records.base import table_of
from bot.store.port import DueTimer
from channels.port import OutboundMessage
from tests.conftest import Database
from tests.fakes import NOON
from tests.integration.case_lab import LATE, CaseLab, case_lab

TECHNICAL = "technique@example.org"
PHOTO = {"kind": "file", "ref": f"media:{'a' * 64}", "name": "rapport.pdf", "mime": "application/pdf"}


@pytest.fixture
async def lab(database: Database, tmp_path: Path) -> AsyncIterator[CaseLab]:
    async with case_lab(database, tmp_path) as made:
        await made.complain(LATE)
        await made.act("forward", desk="technical", question="Quand part le camion ?")
        yield made


@pytest.fixture
async def small(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[CaseLab]:
    async with case_lab(sqlite_database, tmp_path) as made:
        await made.complain(LATE)
        await made.act("forward", desk="technical", question="Quand part le camion ?")
        yield made


def told(lab: CaseLab, to: str = TECHNICAL) -> list[OutboundMessage]:
    return [call for call in lab.lab.desk.calls if call.to == to]


async def replies(
    lab: CaseLab, text: str, *, to: OutboundMessage | None = None, sender: str = TECHNICAL, **more: Any
) -> None:
    """Somebody answers a notice, by default the technical desk its first one."""
    answered = to or told(lab)[0]
    given = {
        "from": sender,
        "text": text,
        "reply_to": f"p-{answered.id}",
        "subject": "Re: à traiter",
    } | more
    of_ours = table_of(Timer).c.kind == DEPARTMENT_MAIL
    before = len(await lab.lab.rows(Timer, of_ours))
    await lab.lab.hear_all([given], "desk")

    async def written() -> bool:
        rows = await lab.lab.rows(Timer, of_ours)
        return len(rows) > before and all(row.status == "fired" for row in rows)

    await lab.lab.until(written)
    await lab.lab.settled()


async def test_a_reply_is_the_departments_answer_and_the_customer_hears_nothing(lab: CaseLab) -> None:
    """source: CO-06, CO-13"""
    customer = list(lab.lab.door.texts)
    assert "répondez simplement" in told(lab)[0].text
    await replies(lab, "Le camion part jeudi à 8 h.", name="Samir", files=[PHOTO])
    case = await lab.case()
    (item,) = case["forwards"]
    assert (item["answer"], item["answered_by"]) == ("Le camion part jeudi à 8 h.", "Samir")
    assert case["evidence"][-1]["name"] == "rapport.pdf"
    assert (case["phase"], case["answered_at"]) == ("resolution", None), (
        "the customer is still to be answered"
    )
    (deadline,) = [row for row in case["deadlines"] if row["kind"] == "department"]
    assert deadline["status"] == "met"
    event = case["events"][-1]
    assert (event["action"], event["actor"]) == ("department_answer", "Samir")
    thanks = told(lab)[-1]
    assert "votre réponse est notée" in thanks.text and lab.reference in thanks.text
    assert (thanks.reply_to, thanks.answers_subject) == (
        event["detail"]["key"] and thanks.reply_to,
        "Re: à traiter",
    )
    (alert,) = [row for row in await lab.lab.rows(Alert) if row.key.startswith("department_answer")]
    assert "Le camion part jeudi" in alert.reason and alert.desk_id == "complaints"
    assert lab.lab.door.texts == customer
    addresses = {row.address for row in await lab.lab.rows(Conversation)}
    assert TECHNICAL not in addresses and len(await lab.lab.rows(Contact)) == 1


async def test_no_reminder_follows_an_answer_that_came_by_mail(small: CaseLab) -> None:
    await replies(small, "Jeudi.")
    before = len(told(small))
    small.lab.advance(days=10)
    await small.lab.settled()
    assert len(told(small)) == before


async def test_a_reply_to_a_reminder_answers_too(small: CaseLab) -> None:
    small.lab.advance(days=3, hours=22)
    await small.lab.until(lambda: len(told(small)) > 1)
    await replies(small, "Enfin : jeudi.", to=told(small)[-1])
    (item,) = (await small.case())["forwards"]
    assert item["answer"] == "Enfin : jeudi." and item["reminders"] == 1


async def test_what_comes_after_the_answer_is_a_note_and_is_thanked_for_once(small: CaseLab) -> None:
    await replies(small, "Jeudi.")
    count = len(told(small))
    await replies(small, "Finalement vendredi.", to=told(small)[-1])
    case = await small.case()
    assert case["forwards"][0]["answer"] == "Jeudi."
    assert (case["events"][-1]["action"], case["events"][-1]["note"]) == ("note", "Finalement vendredi.")
    assert len(told(small)) == count, "two machines would thank each other without end"
    assert sum("vendredi" in row.reason for row in await small.lab.rows(Alert)) == 1


async def test_a_strangers_reply_is_shown_and_answers_nothing(lab: CaseLab) -> None:
    await replies(lab, "Payez-moi.", sender="intrus@example.net")
    case = await lab.case()
    assert case["forwards"][0]["answered_at"] is None and case["evidence"] == []
    (alert,) = [row for row in await lab.lab.rows(Alert) if row.key.startswith("department_stranger")]
    assert "intrus@example.net" in alert.reason and "Payez-moi." in alert.reason
    assert told(lab, "intrus@example.net") == []
    assert any("intrus@example.net" in call.text for call in told(lab, "reclamations@example.org"))


async def test_a_colleague_of_the_desk_may_answer_from_their_own_address(small: CaseLab) -> None:
    def hire(session: Session) -> None:
        for name, desk, active in (
            ("Samir", "technical", True),
            ("Omar", "sales", True),
            ("Lina", "technical", False),
        ):
            session.add(
                Agent(
                    id=name, name=name, email=f"{name.lower()}@example.org", roles=["department"], desk_id=desk,
                    active=active, created_at=NOON,
                )
            )  # fmt: skip

    await small.lab.app.store.write(hire)
    for stranger in ("omar@example.org", "lina@example.org"):
        await replies(small, "Non.", sender=stranger)
        assert (await small.case())["forwards"][0]["answered_at"] is None, stranger
    await replies(small, "Jeudi.", sender="SAMIR+atelier@example.org")
    assert (await small.case())["forwards"][0]["answered_by"] == "Samir"


async def test_an_absence_notice_answers_nothing_and_is_kept(small: CaseLab) -> None:
    await replies(small, "Je suis absent.", automatic="auto-reply")
    assert (await small.case())["forwards"][0]["answered_at"] is None
    (kept,) = await small.lab.rows(AuditEntry, table_of(AuditEntry).c.action == "department_machine")
    assert kept.detail["text"] == "Je suis absent." and len(told(small)) == 1


async def test_files_without_words_are_an_answer(small: CaseLab) -> None:
    await replies(small, "", files=[PHOTO])
    assert "rapport.pdf" in (await small.case())["forwards"][0]["answer"]


async def test_a_reply_to_what_a_customer_was_sent_stays_theirs(small: CaseLab) -> None:
    """The name of a message at another account, or of one to a customer, takes nothing out of a dialogue."""
    notice, said = told(small)[0], small.lab.door.calls[-1]
    await small.lab.hear_all([{"text": "merci", "reply_to": f"p-{said.id}"}], "lab")
    await small.lab.hear_all(
        [{"text": "merci", "reply_to": f"p-{notice.id}", "from": "+213555000199"}], "lab"
    )
    await small.lab.settled()
    turns = [turn.said[0].text for turn in small.lab.app.lab_dialogue.turns if turn.said]
    assert turns[-2:] == ["merci", "merci"]


async def test_the_same_reply_handled_twice_is_written_once(lab: CaseLab) -> None:
    await replies(lab, "Jeudi.")
    (row,) = await lab.lab.rows(Timer, table_of(Timer).c.kind == DEPARTMENT_MAIL)
    assert row.payload == {"done": True}, "the words live in the case alone"
    payload = {
        "forward": (await lab.case())["forwards"][0]["id"], "copied": False, "journal": row.key.partition(":")[2],
        "account": "desk", "sender": TECHNICAL, "sender_name": "", "mail": "m", "subject": "", "text": "Jeudi.",
        "files": [], "automatic": "",
    }  # fmt: skip
    before = await lab.actions()
    again = DueTimer(
        id=row.id,
        key=row.key,
        kind=row.kind,
        account_id="",
        thread="",
        due_at=NOON,
        payload=payload,
        attempts=1,
    )
    await lab.lab.app.office.cases.department_replied(again)
    assert await lab.actions() == before


async def test_what_departments_were_asked_and_wrote_goes_with_the_person(lab: CaseLab) -> None:
    await replies(lab, "Amel a appelé trois fois.", files=[PHOTO])
    await replies(lab, "Amel ment.", sender="intrus@example.net")
    case = await lab.case()
    await lab.act("answer", text="Jeudi.")
    await lab.act("close", outcome="settled")
    gone = await lab.http.request(
        "DELETE", f"/api/v1/contacts/{case['contact_id']}", json={"agent": "Lina", "reason": "demande écrite"}
    )
    assert gone.status_code == 200, gone.text
    left = await lab.lab.rows(JournalEntry, table_of(JournalEntry).c.account_id == "desk")
    assert len(left) == 2 and all(row.raw == b"" for row in left)
    notices = await lab.lab.rows(OutboxMessage, table_of(OutboxMessage).c.account_id == "desk")
    assert notices and all(
        row.body["text"] == "" for row in notices if row.recipient != "reclamations@example.org"
    )
    assert "Amel" not in str([(await lab.case()), *(row.reason for row in await lab.lab.rows(Alert))])
