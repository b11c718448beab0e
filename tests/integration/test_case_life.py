"""Complaints from their first word to the archive: scenarios on the running program, on both databases."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.records import Alert, AuditEntry
from bot.records.base import table_of
from tests.conftest import Database
from tests.integration.case_lab import LATE, STORY, CaseLab, case_lab

_alerts = table_of(Alert).c


@pytest.fixture
async def lab(database: Database, tmp_path: Path) -> AsyncIterator[CaseLab]:
    async with case_lab(database, tmp_path) as made:
        yield made


@pytest.fixture
async def small(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[CaseLab]:
    async with case_lab(sqlite_database, tmp_path) as made:
        yield made


def test_the_stories_differ() -> None:
    assert STORY != LATE


# E2, E3: the whole life


async def test_a_complaint_goes_through_all_six_phases_and_its_customer_hears_of_each(lab: CaseLab) -> None:
    """source: E3, CO-03, CO-21"""
    await lab.complain(LATE)
    case = await lab.case()
    assert (case["phase"], case["object"], case["channel"]) == ("enregistrement", "delivery", "whatsapp")
    await lab.act("qualify", code="LIV-02", zone="Oran", severity="serious", consequences="chantier arrêté",
                  anomaly="camion en panne")  # fmt: skip
    await lab.act("take")
    await lab.act("forward", desk="technical", question="Quand part le camion ?")
    assert "service technique" in await lab.hears("examine")
    (told,) = [call for call in lab.lab.desk.calls if call.to == "technique@example.org"]
    assert "Quand part le camion ?" in told.text and lab.reference in told.text
    await lab.act("department-answer", desk="technical", answer="Jeudi", agent="Samir")
    await lab.act("plan", plan="Un second camion part jeudi.")
    assert "Nadia suit personnellement" in await lab.hears("second camion")
    await lab.act("cause", cause="panne de camion")
    case = await lab.act("answer", text="Vos briques sont livrées ce matin.", copy_to=["sales"])
    assert case["phase"] == "cloture" and case["answered_at"]
    assert "Vos briques sont livrées ce matin." in await lab.hears("voici notre réponse")
    lab.lab.advance(days=6)
    await lab.hears("convient-elle")
    await lab.say("oui merci")
    case = await lab.until(closed=True)
    assert (case["phase"], case["outcome"], case["satisfied"]) == ("suivi", "settled", True)
    assert "très insatisfait" in lab.lab.door.texts[-1]
    await lab.say("5")
    await lab.say("oui")
    await lab.act("review", expect=409)  # by its owner
    await lab.act("review", agent="Samir")
    await lab.act("prevent", title="Contrat d'entretien des camions", owner="Samir", due_on="2026-06-01")
    case = await lab.act("archive", agent="Samir")
    assert case["phase"] == "exploitation" and case["archived_at"] and case["reviewer"] == "Samir"
    whole = await lab.case()
    assert [a["value"] for a in whole["survey"]] == ["yes", "5", "yes"]
    assert [f["copied"] for f in whole["forwards"]] == [False, True]
    assert [d["kind"] for d in whole["deadlines"] if d["status"] == "met"] == [
        "resolution", "first_answer", "department",
    ]  # fmt: skip
    assert await lab.actions() == [
        "qualify", "take", "forward", "department_answer", "plan", "find_cause", "answer", "copy", "close",
        "review", "prevent", "archive",
    ]  # fmt: skip
    (action,) = (await lab.api("GET", "/preventive-actions?status=open")).json()
    assert (action["cause"], action["owner"], action["due_on"]) == ("panne de camion", "Samir", "2026-06-01")


async def test_an_unhappy_customer_is_heard_again_and_the_complaint_gets_a_new_deadline(lab: CaseLab) -> None:
    """source: E2 (the other branch), CO-07"""
    await lab.complain()
    first = (await lab.case())["due_at"]
    await lab.act("answer", text="Voici un bon de 10 %.")
    lab.lab.advance(days=6)
    await lab.hears("convient-elle")
    await lab.say("non, je veux mon argent")
    case = await lab.until(phase="resolution", reopened=1)
    assert (case["closed"], case["answered_at"], case["satisfied"]) == (False, None, False)
    await lab.lab.until(lambda: any("rouverte" in text for text in lab.lab.door.texts))

    async def has_new_deadline() -> bool:
        rows = [d for d in (await lab.case())["deadlines"] if d["kind"] == "resolution"]
        return [d["status"] for d in rows] == ["met", "running"]

    await lab.lab.until(has_new_deadline)
    again = await lab.case()
    assert again["due_at"] > first and again["due_at"] > lab.lab.clock.now().isoformat()
    assert await lab.lab.rows(Alert, _alerts.kind == "hand_over")
    await lab.act("answer", text="Nous vous remboursons.")
    assert (await lab.case())["phase"] == "cloture"


async def test_a_complaint_nobody_treats_alerts_people_when_it_is_due(small: CaseLab) -> None:
    """source: E3, CO-12"""
    await small.complain(LATE)
    due_at = datetime.fromisoformat((await small.case())["due_at"])
    small.lab.advance(seconds=(due_at - small.lab.clock.now()).total_seconds() + 60)

    async def alerted() -> bool:
        overdue = await small.lab.rows(Alert, _alerts.kind == "overdue")
        return any(small.reference in alert.reason for alert in overdue)

    await small.lab.until(alerted)
    small.lab.advance(days=3)  # people are told when the desk opens again
    await small.lab.until(lambda: any(small.reference in call.text for call in small.lab.desk.calls))


# E4: good faith


async def test_bad_faith_is_found_by_a_person_with_evidence_and_by_nobody_else(lab: CaseLab) -> None:
    """source: E4, CO-24"""
    await lab.hire("Karim", "agent")
    await lab.hire("Nadia", "complaint_manager")
    await lab.complain("Ma tablette achetée chez vous est tombée en panne hier, commande 4521")
    assert (await lab.case())["faith"] == "good"
    refused = await lab.act("faith", faith="bad", evidence="photo", agent="Karim", expect=403)
    assert "complaint manager" in refused["detail"]
    assert "evidence" in (await lab.act("faith", faith="bad", expect=409))["detail"]
    system = await lab.api("POST", f"/cases/{lab.reference}/faith", faith="bad", evidence="modèle")
    assert system.status_code == 409 and "never a program" in system.json()["detail"]
    case = await lab.act("faith", faith="bad", evidence="Rapport du technicien : traces d'eau")
    assert (case["faith"], case["faith_evidence"]) == ("bad", "Rapport du technicien : traces d'eau")
    await lab.act("forward", desk="technical", question="Que voyez-vous ?")
    none = await lab.act("propose", kind="refund", description="tablette", cost=100, expect=409)
    assert "bad faith" in none["detail"]
    # Conciliation comes before a refusal. source: CO-37
    assert "conciliation" in (await lab.act("refuse", reason="Usage", expect=409))["detail"]
    await lab.act("conciliate", note="Réparation à moitié prix proposée, refusée par le client")
    case = await lab.act("refuse", reason="La garantie ne couvre pas les dégâts des eaux.")
    assert (case["phase"], case["outcome"]) == ("cloture", "refused")
    assert "dégâts des eaux" in await lab.hears("Nous regrettons")


# E5, E20: fault and compensation


async def test_the_seller_s_fault_is_compensated_and_repeated_compensation_is_approved_by_somebody_else(
    lab: CaseLab,
) -> None:
    """source: E5, E20, CO-26, CO-27"""
    proposals = []
    for number in range(3):
        await lab.complain(
            f"Nouvelle réclamation : le pull de la commande 45{number}1 a rétréci hier au lavage"
        )
        await lab.act("fault", fault="company", note="étiquette fausse")
        await lab.act("forward", desk="technical", question="?")
        await lab.act("propose", kind="exchange", description="un pull neuf", cost="2400.50")
        (item,) = (await lab.case())["compensations"]
        proposals.append(item)
        if number < 2:
            assert item["needs_approval"] is False
            await lab.act("grant", compensation=item["id"])
            assert "un échange : un pull neuf" in await lab.hears("nous vous accordons")
    third = proposals[2]
    assert third["needs_approval"] and "repeatedly" in third["reason"]
    assert "needs approval" in (await lab.act("grant", compensation=third["id"], expect=409))["detail"]
    own = await lab.act("approve", compensation=third["id"], expect=403)
    assert "somebody else must decide" in own["detail"]
    (alert,) = await lab.lab.rows(Alert, _alerts.kind == "approval")
    assert lab.reference in alert.reason
    await lab.act("approve", compensation=third["id"], agent="Samir")
    await lab.act("grant", compensation=third["id"])
    (item,) = (await lab.case())["compensations"]
    assert (item["status"], item["decided_by"], item["cost"]) == ("granted", "Samir", "2400.500")
    assert (
        "granted already"
        in (await lab.act("approve", compensation=third["id"], agent="Samir", expect=409))["detail"]
    )


# E6: one matter, several channels


async def test_an_email_at_night_and_a_chat_in_the_morning_are_one_case(small: CaseLab) -> None:
    """source: E6, IN-02"""
    mail = {"from": "amel@example.com", "subject": "Briques cassées"}
    await small.complain(STORY, account="mail", **mail)
    assert small.reference in small.lab.doors["mail"].texts[-1]
    (contact,) = {case["contact_id"] for case in (await small.api("GET", "/cases")).json()}
    await small.say("bonjour", **{"from": "+213555000199"})
    chat = await small.lab.conversation("+213555000199")
    await _join(small, contact, chat.contact_id)
    small.lab.advance(hours=20)
    said = await small.say("et les B12 de la commande 4521 cassées, c'est où ?", **{"from": "+213555000199"})
    assert small.reference in said
    assert len((await small.api("GET", "/cases")).json()) == 1
    mails = len(small.lab.doors["mail"].texts)
    await small.act("answer", text="Nous remplaçons les briques.")
    assert "Nous remplaçons les briques." in await small.hears("voici notre réponse")  # where they are now
    assert len(small.lab.doors["mail"].texts) == mails
    answered = (await small.case())["events"][-1]["detail"]
    assert (answered["channel"], answered["because"]) == ("whatsapp", "wrote_last")
    small.lab.advance(days=6)
    await small.hears("convient-elle")
    assert len(small.lab.doors["mail"].texts) == mails


async def _join(lab: CaseLab, one: str, other: str) -> None:
    """A colleague says that both are the same person."""
    from sqlalchemy.orm import Session

    from bot.records import SamePerson

    def suggest(session: Session) -> None:
        session.add(SamePerson(id="pair1", contact_id=one, other_id=other, evidence=[], moved={},
                               created_at=lab.lab.clock.now()))  # fmt: skip

    await lab.lab.app.store.write(suggest)
    answer = await lab.api("POST", "/same-person/pair1/merge", agent="Nadia")
    assert answer.status_code == 204, answer.text


async def test_a_matter_registered_twice_becomes_one_case_with_all_its_words(lab: CaseLab) -> None:
    first = await lab.complain()
    second = await lab.complain("Nouvelle réclamation : ma commande 7788 de B8 est arrivée cassée lundi")
    assert "into itself" in (await lab.act("merge", into=second, expect=409))["detail"]
    merged = await lab.act("merge", into=first)
    assert (merged["closed"], merged["outcome"], merged["phase"]) == (True, "merged", "suivi")
    kept = await lab.case(first)
    assert any("7788" in note["text"] for note in kept["notes"])
    assert [(link["reference"], link["kind"]) for link in kept["links"]] == [(second, "merged")]
    assert {d["status"] for d in (await lab.case(second))["deadlines"]} == {"cancelled"}
    assert (await lab.act("link", other=first, expect=409))["detail"].endswith("linked already")


async def test_what_is_wished_for_after_registration_becomes_the_cases_remedy_once(lab: CaseLab) -> None:
    await lab.complain(LATE)
    assert (await lab.case())["remedy"] == ""
    said = await lab.say("je veux un remboursement")
    assert "Solution attendue" in said and "Remboursement" in said
    assert (await lab.case())["remedy"] == "refund"
    said = await lab.say("je veux une remise")
    case = await lab.case()
    assert "Solution attendue" not in said and case["remedy"] == "refund"
    assert [note["text"] for note in case["notes"]] == ["je veux un remboursement", "je veux une remise"]
    assert (await lab.say("non")).startswith("C’est noté, rien à ajouter")
    assert len((await lab.case())["notes"]) == 2


# waiting, keeping in touch, reminding


async def test_while_we_wait_for_the_customer_nobody_is_pressed_and_their_word_goes_on(lab: CaseLab) -> None:
    """source: CO-21, CO-22"""
    await lab.complain()
    await lab.act("wait", question="Pouvez-vous nous envoyer la facture ?")
    assert "la facture" in await lab.hears("il nous faut une réponse")
    assert "Nous attendons une réponse de votre part" in await lab.say("où en est ma réclamation ?")
    # Whatever the customer writes is the word that was waited for.
    case = await lab.until(waiting_at=None)
    assert "resume" in [event["action"] for event in case["events"]]
    assert "does not wait" in (await lab.act("resume", expect=409))["detail"]


async def test_where_the_clock_stands_still_for_the_customer_they_hear_the_new_date(small: CaseLab) -> None:
    deadlines = small.lab.app.deadlines
    deadlines.rules = replace(deadlines.rules, pause_while_waiting=True)
    await small.complain()
    before = (await small.case())["due_at"]
    await small.act("wait", question="La facture ?")
    small.lab.advance(days=4)
    await small.say("la voici")
    assert "Nous reprenons votre réclamation" in await small.hears("vous répondrons au plus tard")
    case = await small.until(waiting_at=None)
    (row,) = [d for d in case["deadlines"] if d["kind"] == "resolution"]
    assert [(entry["what"], entry.get("from")) for entry in row["history"]] == [
        ("paused", None), ("resumed", datetime.fromisoformat(before).isoformat()),
    ]  # fmt: skip
    # Asked on the Thursday it came, answered on Monday: of the days that count, Sunday ended meanwhile.
    moved = datetime.fromisoformat(case["due_at"])
    assert (row["status"], row["due_at"]) == ("running", case["due_at"])
    assert moved - datetime.fromisoformat(before) == timedelta(days=3)  # from Thursday to Sunday
    small.lab.advance(seconds=(moved - timedelta(minutes=5) - small.lab.clock.now()).total_seconds())
    await small.lab.app.office.deadline_watch.tick()

    async def overdue() -> list[str]:
        found = await small.lab.rows(Alert, _alerts.kind == "overdue")
        return [one.reason for one in found if "Traitement" in one.reason]

    assert await overdue() == []
    small.lab.advance(minutes=6)
    await small.lab.app.office.deadline_watch.tick()
    assert len(await overdue()) == 1


async def test_a_customer_who_hears_nothing_for_two_working_days_is_written_to(small: CaseLab) -> None:
    await small.complain()
    before = len(small.lab.door.calls)
    small.lab.advance(days=4)
    assert "notre service réclamations" in await small.hears("nous ne vous oublions pas")
    assert len(small.lab.door.calls) == before + 1
    told_at = datetime.fromisoformat((await small.until(phase="enregistrement"))["told_at"])
    assert small.lab.clock.now() - told_at < timedelta(minutes=5)


async def test_the_bot_does_not_keep_in_touch_over_an_agent_but_shows_the_words(small: CaseLab) -> None:
    await small.complain()
    conversation = (await small.lab.conversation()).id
    await small.api("POST", f"/conversations/{conversation}/take-over", agent="Nadia")
    before = len(small.lab.door.calls)
    small.lab.advance(days=4)

    async def suggested() -> bool:
        return any("nous ne vous oublions pas" in a.reason for a in await small.lab.rows(Alert))

    await small.lab.until(suggested)
    await small.act("forward", desk="technical", question="?")
    assert any("examine en ce moment" in a.reason for a in await small.lab.rows(Alert))
    await small.lab.settled()
    assert len(small.lab.door.calls) == before
    await small.act("answer", text="C'est réglé.")  # owed: it goes out whoever holds the conversation
    await small.hears("C'est réglé.")


async def test_a_department_is_reminded_every_working_day_until_it_answers(small: CaseLab) -> None:
    """source: CO-13"""
    await small.complain()
    await small.act("forward", desk="technical", question="Que s'est-il passé ?")

    def notices() -> int:
        return sum("Que s'est-il passé ?" in call.text for call in small.lab.desk.calls)

    assert notices() == 1
    for number in (2, 3):
        small.lab.advance(days=3)
        await small.lab.until(lambda number=number: notices() == number)
    await small.act("department-answer", desk="technical", answer="Choc au chargement", agent="Samir")
    small.lab.advance(days=7)
    await small.hears("nous ne vous oublions pas")
    assert notices() == 3
    assert (await small.case())["forwards"][0]["reminders"] == 2


# E16, E24, E26, versions, rights


async def test_an_agent_who_leaves_hands_over_every_open_file_with_its_history(lab: CaseLab) -> None:
    """source: E16"""
    first = await lab.complain()
    await lab.act("take", agent="Élise")
    second = await lab.complain("Nouvelle réclamation : ma commande 7788 de B8 est arrivée cassée lundi")
    await lab.act("assign", owner="élise")
    done = await lab.complain("Nouvelle réclamation : ma commande 9911 de B8 est arrivée cassée lundi")
    await lab.act("take", agent="Élise")
    await lab.act("withdraw", agent="Élise", note="« laissez tomber »")
    moved = await lab.api("POST", "/cases/transfer", agent="Nadia", from_owner="ÉLISE", to_owner="Samir")
    assert sorted(moved.json()["transferred"]) == sorted([first, second])
    assert [(await lab.case(r))["owner"] for r in (first, second, done)] == ["Samir", "Samir", "Élise"]
    (event,) = [e for e in (await lab.case(first))["events"] if e["action"] == "transfer"]
    assert event["detail"] == {"before": "Élise", "owner": "Samir"}


async def test_a_mystery_customer_is_marked_by_management_alone(small: CaseLab) -> None:
    """source: E26"""
    await small.hire("Karim", "agent")
    await small.hire("Amina", "manager")
    await small.complain()
    assert "manager" in (await small.act("mystery", agent="Karim", expect=403))["detail"]
    assert (await small.act("mystery", agent="amina@example.org"))["mystery"] is True
    (event,) = (await small.case())["events"]
    assert event["actor"] == "Amina"
    assert len((await small.case())["deadlines"]) == 2  # timed like the others


async def test_crossing_edits_are_refused_and_a_repeated_answer_is_sent_once(lab: CaseLab) -> None:
    await lab.complain()
    seen = (await lab.case())["version"]
    await lab.act("qualify", zone="Oran", version=seen)
    crossed = await lab.act("qualify", zone="Béjaïa", version=seen, agent="Samir", expect=409)
    assert "was changed meanwhile" in crossed["detail"]
    assert (await lab.case())["zone"] == "Oran"
    for _ in range(2):
        await lab.act("answer", text="Une seule fois.", key="answer-0001")
    assert sum("Une seule fois." in text for text in lab.lab.door.texts) == 1


async def test_what_cannot_be_asked_is_422_and_who_left_may_nothing(small: CaseLab) -> None:
    await small.complain()
    for name, body in (
        ("qualify", {"object": "weather"}),
        ("answer", {"text": "   "}),
        ("answer", {"text": "x", "colour": "red"}),
        ("propose", {"kind": "refund", "description": "x", "cost": -1}),
        ("propose", {"kind": "refund", "description": "x", "cost": "1e400"}),
        ("merge", {"into": "not a reference"}),
        ("forward", {"desk": "Technical!", "question": "?"}),
    ):
        await small.act(name, expect=422, **body)
    assert (
        "there is no desk" in (await small.act("forward", desk="nowhere", question="?", expect=409))["detail"]
    )
    assert "nothing was given" in (await small.act("qualify", expect=409))["detail"]
    await small.hire("Omar", "manager", active=False)
    assert "does not work here" in (await small.act("take", agent="Omar", expect=409))["detail"]
    assert await small.actions() == []
    assert not await small.lab.rows(AuditEntry, table_of(AuditEntry).c.action == "case_answer")


async def test_cases_are_found_by_desk_product_zone_date_and_words(small: CaseLab) -> None:
    reference = await small.complain()
    await small.act("qualify", zone="Oran", product="B12")
    due = (await small.case())["due_at"]
    for query, found in {
        "zone=Oran&product=B12&desk=complaints&phase=enregistrement&closed=false": True,
        "zone=Alger": False,
        "q=4521": True,
        f"q={reference.lower()}": True,
        "q=100%25": False,
        "due_before=2026-03-06T00:00:00Z": False,
        f"due_before={due.replace('2026', '2027')}": True,
        "owner=Nadia": False,
    }.items():
        listed = (await small.api("GET", f"/cases?{query}")).json()
        assert [case["reference"] for case in listed] == ([reference] if found else []), query
    assert (await small.api("GET", "/cases?due_before=2026-03-06T00:00:00")).status_code == 422


async def test_preventive_actions_are_opened_taken_and_closed(small: CaseLab) -> None:
    """source: CO-09"""
    opened = await small.api(
        "POST", "/preventive-actions", agent="Nadia", title="Film plus épais", product="B12"
    )
    assert opened.status_code == 201
    path = f"/preventive-actions/{opened.json()['id']}"
    early = await small.api("POST", f"{path}/close", agent="Nadia", result="fait")
    assert early.status_code == 409 and "take it first" in early.json()["detail"]
    assert (await small.api("POST", f"{path}/take", agent="Samir")).json()["owner"] == "Samir"
    closed = await small.api("POST", f"{path}/close", agent="Samir", result="film de 40 microns")
    assert (closed.json()["status"], closed.json()["result"]) == ("done", "film de 40 microns")
    assert (await small.api("POST", f"{path}/take", agent="Nadia")).status_code == 409
    assert (await small.api("POST", "/preventive-actions/x/take", agent="Nadia")).status_code == 404


async def test_dissatisfaction_after_a_purchase_begins_a_complaint_about_that_order(small: CaseLab) -> None:
    """source: E24"""
    await small.say("bonjour")
    conversation = (await small.lab.conversation()).id
    path = f"/conversations/{conversation}/purchase-check"
    asked = await small.api("POST", path, order="CMD-4521", product="B12", after_days=7)
    assert asked.status_code == 202
    small.lab.advance(days=6)
    await small.lab.settled()
    assert len(small.lab.door.calls) == 1
    small.lab.advance(days=3)
    assert "CMD-4521 (B12)" in await small.hears("vous convient-elle")
    for words in ("non", "les briques sont arrivées fendues", "hier", "passer", "un échange", "oui"):
        await small.say(words)
        if found := (await small.api("GET", "/cases")).json():
            break
    (case,) = found
    assert (case["order_ref"], case["product"]) == ("CMD-4521", "B12")
    assert (await small.api("POST", "/conversations/x/purchase-check", order="1")).status_code == 404


async def test_the_commands_do_what_the_api_does(small: CaseLab, tmp_path: Path) -> None:
    await small.complain()
    environment = {
        "RELAIS_CONFIG": str(tmp_path / "web-worker-scheduler.yaml"),
        "RELAIS_URL": small.lab.url,
        "RELAIS_AGENT": "Nadia",
        "COLUMNS": "120",
    }

    async def relais(*words: str) -> tuple[int, str]:
        shown = await asyncio.to_thread(CliRunner().invoke, app, ["case", *words], env=environment)
        return shown.exit_code, shown.output

    code, shown = await relais("list")
    assert code == 0 and small.reference in shown
    assert (await relais("take", small.reference.lower()))[0] == 0
    assert (await relais("answer", small.reference, "--text", "Voici.", "--copy-to", "sales"))[0] == 0
    code, shown = await relais("archive", small.reference)
    assert code == 1 and "only in suivi, exploitation" in " ".join(shown.split())
    code, shown = await relais(
        "propose", small.reference, "--kind", "gold", "--description", "x", "--cost", "1"
    )
    assert code == 1 and "kind:" in shown
    code, shown = await relais("show", small.reference)
    assert code == 0 and "Nadia" in shown and "Deadlines" in shown and "copy" in shown
    code, shown = await relais("list", "--json")
    begin = re.search(r"^\[$", shown, re.MULTILINE)  # the program writes its log in the same process
    assert code == 0 and begin is not None
    assert json.JSONDecoder().raw_decode(shown[begin.start() :])[0][0]["owner"] == "Nadia"
