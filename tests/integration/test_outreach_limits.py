"""Promotions in the running program: a no is the last word, caps hold, answers pass. source: E14, E17"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.records import Consent, OutboxMessage, SentPromotion
from bot.records.base import table_of
from channels.port import OptedOut
from scheduler.gate import mark
from scheduler.guards import Candidate
from tests.conftest import Database
from tests.fakes import NOON
from tests.integration.lab import Lab, real, running
from tests.integration.storebench import new_id

PHONE = "+213555000101"


@pytest.fixture
async def lab(database: Database, tmp_path: Path) -> AsyncIterator[Lab]:
    async with running(database, tmp_path, decide_with=real) as started:
        yield started


async def promote(
    lab: Lab, text: str = "Nouveautés. STOP pour arrêter.", purpose: Any = "information"
) -> str:
    """Queue an outreach message to the one contact, as a rule or a campaign does."""
    talk = await lab.conversation(PHONE)
    it = Candidate(
        contact_id=talk.contact_id,
        purpose=purpose,
        channel=talk.channel,
        address=PHONE,
        at=lab.clock.now(),
        source="rule:birthday",
    )
    row = OutboxMessage(
        id=new_id(),
        key=new_id(),
        account_id="lab",
        thread=PHONE,
        to=PHONE,
        body={"text": text, "language": "fr", "outreach": mark(it)},
        purpose="bulk",
        priority=5,
        status="queued",
        next_at=lab.clock.now(),
        created_at=lab.clock.now(),
    )
    await lab.app.store.write(lambda session: session.add(row))
    lab.app.delivery.wake()
    await lab.until(lambda: settled(lab, row.id))
    return row.id


async def settled(lab: Lab, row_id: str) -> bool:
    row = await kept(lab, row_id)
    return row.status in ("accepted", "cancelled", "failed") or (row.status == "queued" and row.code != "")


async def kept(lab: Lab, row_id: str) -> Any:
    (row,) = await lab.rows(OutboxMessage, table_of(OutboxMessage).c.id == row_id)
    return row


async def test_promotions_are_capped_stopped_by_a_word_and_answers_pass_all_the_same(lab: Lab) -> None:
    await lab.hear("Bonjour")
    await lab.settled()
    first = await promote(lab)
    assert (await kept(lab, first)).status == "accepted"
    # E17: the cap of the day is reached; a question is answered at once all the same
    second = await promote(lab)
    waiting = await kept(lab, second)
    assert (waiting.status, waiting.code) == ("queued", "cap_day")
    assert waiting.next_at > NOON + timedelta(hours=12)
    said = len(lab.door.calls)
    await lab.hear("Quels sont vos horaires ?")
    await lab.until(lambda: len(lab.door.calls) > said)
    assert "Nouveautés" not in lab.door.texts[-1]
    # the next morning it goes
    lab.advance(hours=20)
    await lab.until(lambda: gone(lab, second))
    assert lab.door.texts.count("Nouveautés. STOP pour arrêter.") == 2
    # E14: STOP; what is planned later is left out with its reason, and an ordinary message undoes nothing
    await lab.hear("STOP")
    await lab.settled()
    (word,) = await lab.rows(Consent)
    assert not word.granted
    lab.advance(days=3)
    await lab.hear("Merci, bonne journée")
    await lab.settled()
    third = await promote(lab)
    left_out = await kept(lab, third)
    assert (left_out.status, left_out.code) == ("cancelled", "opted_out")
    assert lab.door.texts.count("Nouveautés. STOP pour arrêter.") == 2
    said = len(lab.door.calls)
    await lab.hear("Quels sont vos horaires ?")
    await lab.until(lambda: len(lab.door.calls) > said)
    # START is an explicit wish, and is obeyed
    await lab.hear("START")
    await lab.settled()
    lab.advance(days=4)
    assert (await kept(lab, await promote(lab, purpose="offers"))).status == "accepted"
    assert len(await lab.rows(SentPromotion)) == 3


async def gone(lab: Lab, row_id: str) -> bool:
    return bool((await kept(lab, row_id)).status == "accepted")


async def test_offers_wait_for_a_yes_and_quiet_hours_for_the_contacts_morning(lab: Lab) -> None:
    await lab.hear("Bonjour")
    await lab.settled()
    assert (await kept(lab, await promote(lab, purpose="offers"))).code == "no_consent"
    lab.advance(hours=10)  # 23:00 in Algiers
    late = await kept(lab, await promote(lab))
    assert (late.status, late.code) == ("queued", "quiet_hours")
    assert late.next_at.hour == 7


async def test_an_address_that_refuses_outreach_gets_no_more_of_it(lab: Lab) -> None:
    """Also where it was sent outside of any conversation, as a campaign does."""
    await lab.hear("Bonjour")
    await lab.settled()
    lab.door.script.append(OptedOut("stopped", code="21610"))
    assert (await kept(lab, await promote(lab))).status == "failed"
    (word,) = await lab.rows(Consent)
    assert (word.granted, word.source, word.wording) == (False, "provider", "21610")
    lab.advance(days=2)
    assert (await kept(lab, await promote(lab))).code == "bad_address"
