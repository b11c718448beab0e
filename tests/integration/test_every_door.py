"""What all doors share: threads, machines that write, fallbacks for what is owed, one person on two channels."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.dialogue.turn import Decision, Reply, Turn
from bot.records import Address, AuditEntry, Consent, Conversation, Message, OutboxMessage, ReceiptOwed
from bot.records.base import table_of
from bot.store.port import StatusChange
from channels.port import BadAddress, Rejected, StatusReport, WindowClosed
from tests.conftest import Database
from tests.integration.lab import TOKEN, Lab, LabDoor, echo, real, running

PHONE = "+213555000101"
MAIL = "amel@example.org"


def receipt(turn: Turn) -> Decision | None:
    """Every message is owed a receipt, and gets one."""
    if not turn.said:
        return None
    variables = {"open_now": True, "reopens_at": None, "reference": ""}
    reply = Reply(template="receipt/message", variables=variables, purpose="receipt")
    return Decision(by="test", why="owed", replies=(reply,), receipt_owed=True)


def doors() -> dict[str, LabDoor]:
    return {
        "lab": LabDoor("lab"),
        "mail": LabDoor("mail", "email", threads=True),
        "wa": LabDoor("wa", "whatsapp", window_s=86_400.0),
        "desk": LabDoor("desk"),
    }


async def hear(lab: Lab, account: str, sender: str, text: str, **more: Any) -> None:
    await lab.hear_all([{"from": sender, "text": text, **more}], account=account)
    await lab.settled()


@pytest.fixture
async def lab(database: Database, tmp_path: Path) -> AsyncIterator[Lab]:
    async with running(database, tmp_path, doors=doors()) as started:
        yield started


@pytest.fixture
async def owing(database: Database, tmp_path: Path) -> AsyncIterator[Lab]:
    async with running(database, tmp_path, doors=doors(), decide_with=receipt) as started:
        yield started


async def same(lab: Lab, one: str, other: str) -> None:
    """The two threads' contacts are one person: an agent said so."""
    first, second = await lab.conversation(one), await lab.conversation(other)

    def join(session: Any) -> None:
        for row in (session.get(Conversation, second.id), *session.query(Address).filter_by(value=other)):
            row.contact_id = first.contact_id

    await lab.app.store.write(join)


async def api(lab: Lab, method: str, path: str, **body: Any) -> Any:
    async with httpx.AsyncClient(base_url=lab.url, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        answer = await client.request(method, f"/api/v1{path}", json=body or None)
    assert answer.status_code < 300, answer.text
    return answer.json() if answer.content else None


# threads and windows


async def test_an_answer_to_a_mail_names_what_it_answers_and_keeps_its_subject(lab: Lab) -> None:
    await hear(lab, "mail", MAIL, "bonjour", id="<a@example.org>", subject="Ma commande", quoted="> avant")
    (sent,) = lab.doors["mail"].calls
    assert (sent.reply_to, sent.answers_subject) == ("<a@example.org>", "Ma commande")
    (kept,) = await lab.rows(Message, table_of(Message).c.direction == "in")
    assert (kept.subject, kept.quoted) == ("Ma commande", "> avant")


async def test_a_door_with_a_window_is_told_when_the_customer_last_wrote_and_what_is_said(lab: Lab) -> None:
    await hear(lab, "wa", PHONE, "bonjour")
    (sent,) = lab.doors["wa"].calls
    assert sent.template and sent.last_heard_at is not None
    assert abs(sent.last_heard_at - lab.clock.now()) < timedelta(minutes=1)
    assert all(isinstance(value, str) for value in sent.variables.values())


# machines


async def test_what_a_machine_wrote_is_kept_and_never_answered(lab: Lab) -> None:
    await hear(lab, "mail", MAIL, "Je suis absent", automatic="auto-reply")
    assert lab.doors["mail"].calls == []
    (kept,) = await lab.rows(Message)
    assert (kept.automatic, kept.decided_by, kept.text) == ("auto-reply", "automatic", "Je suis absent")
    await hear(lab, "mail", MAIL, "bonjour")
    (answer,) = lab.doors["mail"].texts
    assert "bonjour" in answer


async def test_a_machines_mail_in_a_burst_leaves_its_neighbours_their_answers(lab: Lab) -> None:
    lab.doors["mail"].open.clear()
    await lab.hear_all(
        [
            {"from": MAIL, "text": "un"},
            {"from": MAIL, "text": "absent", "automatic": "auto-reply"},
            {"from": MAIL, "text": "deux"},
        ],
        account="mail",
    )
    lab.doors["mail"].open.set()
    await lab.settled()
    assert "absent" not in "".join(lab.doors["mail"].texts)
    assert {"un", "deux"} <= set("\n".join(lab.doors["mail"].texts).split("\n"))
    assert len(await lab.rows(Message, table_of(Message).c.direction == "in")) == 3


async def test_two_machines_that_answer_each_other_are_stopped_and_a_person_is_told(lab: Lab) -> None:
    for number in range(14):
        await hear(lab, "mail", MAIL, f"automate {number}")
    assert len(lab.doors["mail"].calls) == 10
    assert (await lab.conversation(MAIL)).owner == "queue"
    assert ("hand_over", False) in await lab.alerts()
    for number in range(14):  # people chat faster than machines mail
        await hear(lab, "lab", PHONE, f"client {number}")
    assert len(lab.door.calls) == 14


async def test_a_word_the_provider_has_answered_is_written_down_and_not_answered_again(lab: Lab) -> None:
    await hear(lab, "lab", PHONE, "STOP", consent="stop")
    assert lab.door.calls == []
    (kept,) = await lab.rows(Consent)
    assert (kept.granted, kept.purpose, kept.source, kept.wording) == (False, "all", "provider", "STOP")
    await hear(lab, "lab", PHONE, "START", consent="start")
    assert lab.door.calls == []
    assert [row.granted for row in await lab.rows(Consent)] == [False, True]


# fallback


async def test_a_receipt_that_one_channel_refuses_goes_out_by_another_once(owing: Lab) -> None:
    lab = owing
    await hear(lab, "mail", MAIL, "bonjour")
    await hear(lab, "lab", PHONE, "bonjour")
    await same(lab, MAIL, PHONE)
    lab.door.script.append(BadAddress("no such number", code="21211"))
    before = len(lab.doors["mail"].calls)
    await hear(lab, "lab", PHONE, "les briques sont cassées", id="m-owed")
    await lab.until(lambda: len(lab.doors["mail"].calls) == before + 1)
    await lab.settled()
    assert lab.doors["mail"].calls[-1].text == lab.door.calls[-1].text
    assert await lab.alerts() == []  # nothing is left for a person to do
    (number,) = await lab.rows(Address, table_of(Address).c.value == PHONE)
    assert number.state == "hard_bounce"
    failed = [row for row in await lab.rows(OutboxMessage) if row.status == "failed"]
    (instead,) = [row for row in await lab.rows(OutboxMessage) if "~" in row.key]
    owed = {row.outbox_id: row for row in await lab.rows(ReceiptOwed)}
    assert len(failed) == 1 and failed[0].id not in owed
    assert owed[instead.id].acknowledged_at is not None
    (told,) = [row for row in await lab.rows(AuditEntry) if row.action == "fell_back"]
    assert (told.detail["from"], told.detail["to"]) == ("sms", "email")


async def test_each_channel_is_tried_once_and_then_a_person_is_told(owing: Lab) -> None:
    lab = owing
    await hear(lab, "mail", MAIL, "bonjour")
    await hear(lab, "lab", PHONE, "bonjour")
    await same(lab, MAIL, PHONE)
    lab.door.answer = lambda message: Rejected("no", code="1")
    lab.doors["mail"].answer = lambda message: Rejected("no", code="550")
    sent = len(lab.door.calls), len(lab.doors["mail"].calls)
    await hear(lab, "lab", PHONE, "les briques sont cassées")
    await lab.until(lambda: len(lab.doors["mail"].calls) == sent[1] + 1)
    await lab.settled()
    assert (len(lab.door.calls), len(lab.doors["mail"].calls)) == (sent[0] + 1, sent[1] + 1)
    assert ("failed", False) in await lab.alerts()


async def test_a_closed_window_sends_what_is_owed_elsewhere(owing: Lab) -> None:
    lab = owing
    await hear(lab, "mail", MAIL, "bonjour")
    await hear(lab, "wa", PHONE, "bonjour")
    await same(lab, MAIL, PHONE)
    lab.doors["wa"].script.append(WindowClosed("24 h are over", code="63016"))
    before = len(lab.doors["mail"].calls)
    await hear(lab, "wa", PHONE, "encore")
    await lab.until(lambda: len(lab.doors["mail"].calls) == before + 1)


async def test_a_receipt_the_provider_took_and_could_not_deliver_goes_out_by_another_channel(
    owing: Lab,
) -> None:
    lab = owing
    await hear(lab, "mail", MAIL, "bonjour")
    await hear(lab, "lab", PHONE, "bonjour")
    await same(lab, MAIL, PHONE)
    await hear(lab, "lab", PHONE, "encore")
    gone = f"p-{lab.door.calls[-1].id}"
    before = len(lab.doors["mail"].calls)
    for number in (1, 2):  # a provider may say it twice
        status = {"id": f"s{number}", "from": PHONE, "status_of": gone, "status": "failed", "code": "30006"}
        await lab.hear_all([status | {"permanent": True}], account="lab")
        await lab.settled()
    await lab.until(lambda: len(lab.doors["mail"].calls) == before + 1)
    await lab.settled()
    assert len(lab.doors["mail"].calls) == before + 1
    (number_,) = await lab.rows(Address, table_of(Address).c.value == PHONE)
    assert number_.state == "hard_bounce"


async def test_an_opt_out_that_a_provider_tells_twice_is_written_down_once(lab: Lab) -> None:
    await hear(lab, "lab", PHONE, "bonjour")
    provider_id = f"p-{lab.door.calls[-1].id}"
    change = StatusChange(
        account_id="lab", provider_id=provider_id, status="failed", at=lab.clock.now(), code="21610"
    )
    report = StatusReport(provider_id=provider_id, status="failed", code="21610", opted_out=True)
    for _ in range(2):  # the process may end before the status has moved
        await lab.app.delivery.failures.reported(change, report)
    (kept,) = await lab.rows(Consent)
    assert (kept.granted, kept.source, kept.wording) == (False, "provider", "21610")
    (number,) = await lab.rows(Address, table_of(Address).c.value == PHONE)
    assert number.state == "blocked"


async def test_small_talk_that_fails_follows_nobody_to_another_channel(lab: Lab) -> None:
    await hear(lab, "mail", MAIL, "bonjour")
    await hear(lab, "lab", PHONE, "bonjour")
    await same(lab, MAIL, PHONE)
    lab.door.script.append(Rejected("no", code="1"))
    before = len(lab.doors["mail"].calls)
    await hear(lab, "lab", PHONE, "merci")
    assert len(lab.doors["mail"].calls) == before
    assert ("failed", False) in await lab.alerts()


# one person


async def test_who_names_their_address_elsewhere_is_suggested_joined_on_an_agents_word_and_parted_again(
    database: Database, tmp_path: Path
) -> None:
    async with running(database, tmp_path, doors=doors(), decide_with=echo) as lab:
        await hear(lab, "mail", MAIL, "Bonjour, ma livraison est en retard.")
        await hear(lab, "wa", PHONE, f"je vous ai écrit de {MAIL.title()}")
        await hear(lab, "lab", PHONE, "même numéro")
        await lab.app.office.same_person.tick()
        await lab.app.office.same_person.tick()  # looking twice suggests nothing twice
        found = await api(lab, "GET", "/same-person")
        reasons = {(item["evidence"][0]["kind"], item["evidence"][0]["value"]) for item in found}
        assert reasons == {("email", MAIL), ("phone", PHONE)}
        (pair,) = [item for item in found if item["evidence"][0]["kind"] == "email"]
        kept, other = pair["contact"]["id"], pair["other"]["id"]
        await api(lab, "POST", f"/same-person/{pair['id']}/merge", agent="Lina")
        lines = await api(lab, "GET", f"/contacts/{kept}/timeline")
        assert {line["channel"] for line in lines} == {"email", "whatsapp"}
        assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
        await hear(lab, "wa", PHONE, "encore moi")  # the lane has noticed: nothing is lost, nothing is stale
        assert "encore moi" in lab.doors["wa"].texts
        await api(lab, "POST", f"/same-person/{pair['id']}/undo", agent="Lina")
        assert {line["channel"] for line in await api(lab, "GET", f"/contacts/{kept}/timeline")} == {"email"}
        after = await api(lab, "GET", f"/contacts/{other}/timeline")
        assert "encore moi" in [line["text"] for line in after]


async def test_a_reference_given_on_another_channel_leads_to_its_owner(
    database: Database, tmp_path: Path
) -> None:
    async with running(database, tmp_path, doors=doors(), decide_with=real) as lab:
        await hear(
            lab, "mail", MAIL,
            "Bonjour, je veux faire une réclamation : les briques B12 de ma commande CMD-2026-0142 sont arrivées"
            " cassées hier. Je demande leur remplacement.",
        )  # fmt: skip
        cases = await api(lab, "GET", "/cases")
        assert cases, lab.doors["mail"].texts
        await hear(lab, "wa", PHONE, f"Bonjour, où en est {cases[0]['reference'].lower()} ?")
        await lab.app.office.same_person.tick()
        (pair,) = await api(lab, "GET", "/same-person")
        assert pair["evidence"][0]["value"] == cases[0]["reference"]
        await api(lab, "POST", f"/same-person/{pair['id']}/dismiss", agent="Lina")
        await hear(lab, "wa", PHONE, f"{cases[0]['reference']} ?")
        await lab.app.office.same_person.tick()
        assert await api(lab, "GET", "/same-person") == []


async def test_a_doors_note_survives_a_restart(database: Database, tmp_path: Path) -> None:
    async with running(database, tmp_path) as lab:
        await lab.app.host.note("lab", "watermark", "1:7")
        await lab.app.host.note("lab", "watermark", "1:8")
        assert await lab.app.host.recall("lab", "other") == ""
    async with running(database, tmp_path) as lab:
        assert await lab.app.host.recall("lab", "watermark") == "1:8"
