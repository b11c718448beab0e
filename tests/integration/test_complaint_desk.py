"""The complaint desk's list and cases, on both databases: what is owed first, who sees what, what is possible."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.console.complaints import listing
from bot.console.complaints.deciding import checklist, decision_on, next_of, offered
from bot.console.complaints.ledger import first_receipt, proofs_of
from bot.console.complaints.listing import Asked, Page, asked_by
from bot.console.complaints.reading import Whole, changes_since, read_case, version_of
from bot.console.complaints.seeing import Viewer
from bot.records import Agent
from bot.store.changes import NotFound
from tests.conftest import Database
from tests.fakes import NOON
from tests.integration.case_lab import CaseLab, case_lab

NADIA = Viewer(name="Nadia", email="nadia@example.org")
SAMIR = Viewer(name="Samir", email="samir@example.org", desk="technical", all=False)
STRANGER = Viewer(name="Lydia", email="lydia@example.org", desk="", all=False)


@pytest.fixture
async def lab(database: Database, tmp_path: Path) -> AsyncIterator[CaseLab]:
    async with case_lab(database, tmp_path) as made:
        await made.hire("Nadia", "complaint_manager")
        await made.hire("Mourad", "manager")
        await _hire_department(made, "Samir", "technical")
        yield made


async def _hire_department(lab: CaseLab, name: str, desk: str) -> None:
    agent = Agent(
        id=f"agent-{name.lower()}",
        name=name,
        email=f"{name.lower()}@example.org",
        roles=["department"],
        desk_id=desk,
        created_at=NOON,
    )
    await lab.lab.app.store.write(lambda session: session.add(agent))


async def opened(lab: CaseLab, number: int, **more: Any) -> str:
    body = {
        "agent": "Nadia", "channel": "phone", "summary": f"Palette {number} cassée", "told": True,
        "name": f"Client {number}", "phone": f"0555000{number:03d}", **more,
    }  # fmt: skip
    answer = await lab.api("POST", "/cases", **body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["reference"])


async def page(lab: CaseLab, asked: Asked, viewer: Viewer = NADIA, **more: Any) -> Page:
    now = lab.lab.app.clock.now()
    return await lab.lab.app.store.read(
        lambda session: listing.read_page(session, asked, viewer, now, country="DZ", **more)
    )


async def references(lab: CaseLab, view: Any, viewer: Viewer = NADIA, **more: Any) -> list[str]:
    found = await page(lab, Asked(view=view, **more), viewer)
    return [line.reference for line in found.lines]


async def whole(lab: CaseLab, reference: str, viewer: Viewer = NADIA) -> Whole:
    return await lab.lab.app.store.read(lambda session: read_case(session, reference, viewer))


async def test_every_view_holds_what_it_says_and_pages_miss_nothing(lab: CaseLab) -> None:
    made = [await opened(lab, number, object="quality" if number % 2 else "price") for number in range(7)]
    new, mine, waiting, asked, to_approve, closed, other = made
    await lab.act("take", reference=mine)
    await lab.act("wait", reference=waiting, question="Une photo ?")
    await lab.act("forward", reference=asked, desk="technical", question="Quel lot ?")
    await lab.act("plan", reference=mine, plan="On regarde.")
    await lab.act("plan", reference=to_approve, plan="On regarde.", expect=409)
    await lab.act("take", reference=to_approve, agent="Mourad")
    await lab.act("plan", reference=to_approve, plan="On regarde.")
    await lab.act("propose", reference=to_approve, kind="goodwill", description="Un geste", cost="900")
    await lab.act("answer", reference=closed, text="Voici", outcome="settled")
    await lab.act("close", reference=closed)

    assert set(await references(lab, "open")) == set(made) - {closed}
    assert await references(lab, "mine") == [mine]
    assert set(await references(lab, "new")) == {new, other}
    assert await references(lab, "customer") == [waiting]
    assert await references(lab, "department") == [asked]
    assert await references(lab, "approve") == [to_approve]
    assert await references(lab, "closed") == [closed]
    assert await references(lab, "overdue") == []
    assert (await page(lab, Asked())).lines[0].reference == asked  # the department's clock ends first

    walked: list[str] = []
    after: Any = None
    while True:
        found = await page(lab, Asked(), after=after, limit=2)
        walked += [line.reference for line in found.lines]
        after = found.after
        if after is None:
            break
        assert len(found.lines) == 2
    assert walked == await references(lab, "open")

    now = lab.lab.app.clock.now()
    counted = await lab.lab.app.store.read(lambda session: listing.read_counts(session, NADIA, now))
    assert counted == {
        "open": 6, "mine": 1, "new": 2, "soon": 0, "overdue": 0, "customer": 1, "department": 1, "approve": 1,
    }  # fmt: skip
    later = now + timedelta(days=30)
    counted = await lab.lab.app.store.read(lambda session: listing.read_counts(session, NADIA, later))
    assert counted["overdue"] == 6 or counted["overdue"] == 5  # what waits for the customer may stand still


async def test_filters_and_search_find_by_name_number_reference_and_words(lab: CaseLab) -> None:
    price = await opened(lab, 1, object="price", product="B12", severity="critical")
    quality = await opened(lab, 2, object="quality", order_ref="CMD-77")
    assert await references(lab, "open", object="price") == [price]
    assert await references(lab, "open", severity="critical") == [price]
    assert await references(lab, "open", desk="sales") == []
    for words, wanted in (
        ("client 2", quality),
        ("0555 00 00 02", quality),
        ("cmd-77", quality),
        (price.lower(), price),
        ("b12", price),
        ("palette 1", price),
    ):
        assert await references(lab, "open", words=words) == [wanted], words
    assert await references(lab, "open", words="100%_") == []


async def test_a_department_sees_what_was_handed_to_it_without_the_customer(lab: CaseLab) -> None:
    handed, kept = await opened(lab, 1), await opened(lab, 2)
    await lab.act("forward", reference=handed, desk="technical", question="Quel lot ?")
    await lab.act("note", reference=handed, text="Cliente fidèle : Amel Benali")
    assert await references(lab, "asked", SAMIR) == [handed]
    assert await references(lab, "asked", SAMIR, words="Client 1") == []  # names are not searched for them
    assert await references(lab, "asked", STRANGER) == await references(lab, "told", STRANGER) == []
    (line,) = (await page(lab, Asked(view="asked"), SAMIR)).lines
    assert (line.customer, line.owed_kind) == ("", "department")

    seen = await whole(lab, handed, SAMIR)
    assert (seen.customer, seen.lines, seen.compensations, seen.links) == ("", (), (), ())
    assert [event.action for event in seen.events] == ["forward"]
    assert {clock.kind for clock in seen.clocks} == {"department"}
    for reference, viewer in ((kept, SAMIR), (handed, STRANGER), ("RC-2026-999999", NADIA)):
        with pytest.raises(NotFound):
            await whole(lab, reference, viewer)

    assert offered(seen, "department-answer").against == ()
    assert offered(seen, "answer").against == ("role",)
    await lab.act("department-answer", reference=handed, desk="technical", answer="Lot 7", agent="Samir")
    assert await references(lab, "asked", SAMIR) == []
    assert await references(lab, "told", SAMIR) == [handed]


async def test_the_page_says_who_is_next_and_what_the_phase_lacks(lab: CaseLab) -> None:
    reference = await lab.complain()

    async def look() -> Whole:
        return await whole(lab, reference)

    seen = await look()
    assert next_of(seen).key == "nobody"
    assert {check.key for check in checklist(seen) if check.needed} == {"begun"}
    assert seen.lines[0].direction == "in"  # the customer's own words
    assert offered(seen, "close").against == ("phase",)
    assert offered(seen, "plan").against == ("owned",)
    await lab.act("take")
    await lab.act("forward", desk="technical", question="Quel lot ?")
    seen = await look()
    assert (next_of(seen).key, next_of(seen).name) == ("department", "technical")
    assert next_of(seen).until is not None
    await lab.act("department-answer", desk="technical", answer="Lot 7", agent="Samir")
    assert next_of(await look()).key == "owner"
    await lab.act("propose", kind="goodwill", description="Un geste", cost="900")
    seen = await look()
    (given,) = seen.compensations
    assert (next_of(seen).key, next_of(seen).name) == ("approver", "Nadia")
    assert decision_on(seen, given).decide == ("proposer",)
    assert decision_on(seen, given).grant == ("approval",)
    mourad = await whole(lab, reference, Viewer(name="Mourad", email="mourad@example.org"))
    assert decision_on(mourad, given).decide == ()
    await lab.act("approve", compensation=given.id, agent="Mourad")
    await lab.act("grant", compensation=given.id)
    assert offered(await look(), "refuse").against == ("conciliated",)
    await lab.act("answer", text="Voici", outcome="settled")
    assert next_of(await look()).key == "closer"
    assert all(check.done for check in checklist(await look()) if check.needed and check.key != "closed")
    await lab.act("close")
    assert next_of(await look()).key == "cause"
    await lab.act("cause", cause="lot 7")
    await lab.act("prevent", title="Contrôler les lots", owner="Samir")
    seen = await look()
    assert (next_of(seen).key, [one.title for one in seen.prevention]) == ("reviewer", ["Contrôler les lots"])
    assert offered(seen, "review").against == ("not_the_owner",)
    await lab.act("review", agent="Mourad")
    assert next_of(await look()).key == "archivist"
    await lab.act("archive")
    assert next_of(await look()).key == "over"
    assert offered(await look(), "reopen").against == ("not_archived",)


async def test_changes_of_others_are_found_by_version_and_step(lab: CaseLab) -> None:
    reference = await opened(lab, 1)
    before = await whole(lab, reference)
    await lab.act("take", reference=reference, agent="Mourad")
    store, case_id, last = lab.lab.app.store, before.case.id, before.events[-1].id
    assert await store.read(lambda session: version_of(session, case_id)) == before.case.version + 1
    (step,) = await store.read(lambda session: changes_since(session, case_id, last))
    assert (step.actor, step.action) == ("Mourad", "take")
    assert await store.read(lambda session: version_of(session, "gone")) is None


async def test_the_proof_of_a_conversation_says_what_was_owed_and_given(lab: CaseLab) -> None:
    reference = await lab.complain()
    seen = await whole(lab, reference)
    store, clock = lab.lab.app.store, lab.lab.app.clock
    talk = seen.case.conversation_id

    async def sealed() -> bool:
        found = await store.read(lambda session: proofs_of(session, talk, clock.now()))
        return bool(found) and all(proof.rows and proof.acknowledged_at for proof in found)

    await lab.lab.until(sealed)
    proofs = await store.read(lambda session: proofs_of(session, talk, clock.now()))
    assert all(proof.in_time and proof.marks == () and len(proof.hash) == 64 for proof in proofs)
    first = first_receipt(proofs, seen.case.received_at)
    assert first is not None and first.received_at >= seen.case.received_at
    assert await store.read(lambda session: proofs_of(session, "nothing", clock.now())) == []


def test_an_address_that_makes_no_sense_asks_for_what_is_open() -> None:
    query = {"view": "nonsense", "object": "x", "severity": "critical", "q": "y" * 300}
    asked = asked_by(query, NADIA)
    assert asked == Asked(severity="critical", words="y" * 100)
    assert asked_by({"view": "closed"}, SAMIR).view == "asked"
    assert asked_by({"view": "closed"}, replace(NADIA)).view == "closed"
