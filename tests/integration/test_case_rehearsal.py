"""What an act would do is told without being done, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from bot import case_asks as asks
from bot.case_work import Changed
from bot.complaints.lifecycle import NotNow
from tests.conftest import Database
from tests.integration.case_lab import CaseLab, case_lab


@pytest.fixture
async def lab(database: Database, tmp_path: Path) -> AsyncIterator[CaseLab]:
    async with case_lab(database, tmp_path) as made:
        yield made


async def test_a_rehearsed_act_shows_its_letters_and_changes_nothing(lab: CaseLab) -> None:
    reference = await lab.complain()
    cases = lab.lab.app.office.cases
    before = await lab.case()
    sent = len(lab.lab.door.texts)

    ask = asks.Answer(agent="Nadia", text="Nous reprenons la palette.", copy_to=("sales",))
    shown = await cases.rehearse(reference, "answer", ask)
    (letter,) = shown.customer
    assert (letter.channel, shown.phase) == ("whatsapp", "cloture")
    assert "Nous reprenons la palette." in letter.text and "Nadia" in letter.text

    shown = await cases.rehearse(
        reference, "forward", asks.Forward(agent="Nadia", desk="technical", question="Quel lot ?")
    )
    (notice,) = shown.desks
    assert notice.to == "technique@example.org" and "Quel lot ?" in notice.text

    await lab.lab.settled()
    assert await lab.case() == before
    assert len(lab.lab.door.texts) == sent
    await lab.act("answer", text="Nous reprenons la palette.")
    assert letter.text == lab.lab.door.texts[-1]


async def test_a_proposal_says_who_must_approve_and_what_the_customer_would_read(lab: CaseLab) -> None:
    reference = await lab.complain()
    await lab.act("take")
    await lab.act("plan", plan="On regarde.")
    ask = asks.Propose(agent="Nadia", kind="goodwill", description="Une palette offerte", cost=Decimal(900))
    shown = await lab.lab.app.office.cases.rehearse(reference, "propose", ask)
    assert shown.approval and shown.customer == ()
    (letter,) = shown.later
    assert "Une palette offerte" in letter.text
    assert (await lab.case())["compensations"] == []


async def test_a_rehearsal_refuses_what_the_act_refuses(lab: CaseLab) -> None:
    reference = await lab.complain()
    cases = lab.lab.app.office.cases
    with pytest.raises(NotNow):
        await cases.rehearse(reference, "close", asks.Close(agent="Nadia"))
    with pytest.raises(Changed):
        await cases.rehearse(reference, "note", asks.Note(agent="Nadia", text="x", version=999))


async def test_a_colleague_tells_the_customer_how_it_stands_once(lab: CaseLab) -> None:
    await lab.complain()
    for _ in range(2):
        await lab.act("inform", text="Le camion part demain matin.", key="once-and-no-more")
    told = [text for text in lab.lab.door.texts if "Le camion part demain matin." in text]
    assert len(told) == 1 and "au plus tard" in told[0]
    assert (await lab.case())["phase"] == "enregistrement"
