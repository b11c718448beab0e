"""Where a customer is written to about a complaint, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bot.reaching import way_to
from bot.records import Address, Case, Contact, Conversation
from bot.store.port import Store
from tests.fakes import NOON
from tests.integration.lab import LabDoor

DAY = timedelta(days=1)
DOORS = {
    "mail": LabDoor("mail", "email"),
    "sms": LabDoor("sms", "sms"),
    "wa": LabDoor("wa", "whatsapp", window_s=86_400.0),
    "chat": LabDoor("chat", "webchat"),
}


def contact(session: Session, *, preferred: str = "") -> None:
    session.add(
        Contact(
            id="c1",
            source_channel="email",
            preferred_channel=preferred,
            tags=[],
            fields={},
            created_at=NOON,
            updated_at=NOON,
        )
    )


def talk(session: Session, account: str, *, last: datetime, state: str = "ok") -> None:
    channel = DOORS[account].kind if account in DOORS else "fax"
    session.add(
        Conversation(
            id=f"t-{account}",
            account_id=account,
            thread="t1",
            channel=channel,
            address=f"{account}-address",
            contact_id="c1",
            state={},
            created_at=NOON,
            last_inbound_at=last,
        )
    )
    session.add(
        Address(
            id=f"a-{account}",
            contact_id="c1",
            channel=channel,
            value=f"{account}-address",
            state=state,
            created_at=NOON,
        )
    )


def case(account: str) -> Any:
    return Case(
        id="k1",
        reference="RC-2026-000001",
        contact_id="c1",
        conversation_id=f"t-{account}",
        channel="email",
        phase="resolution",
        desk_id="complaints",
        summary="x",
        object="other",
        evidence=[],
        notes=[],
        received_at=NOON,
        opened_at=NOON,
        due_at=NOON,
        due_explanation="",
    )


def fresh_elsewhere(session: Session) -> None:
    """The complaint came by mail; the next morning they wrote on WhatsApp."""
    contact(session)
    talk(session, "mail", last=NOON - DAY)
    talk(session, "wa", last=NOON - timedelta(hours=1))


def window_closed(session: Session) -> None:
    contact(session)
    talk(session, "mail", last=NOON - 3 * DAY)
    talk(session, "wa", last=NOON - DAY)


def address_broken(session: Session) -> None:
    contact(session, preferred="sms")
    talk(session, "mail", last=NOON, state="hard_bounce")
    talk(session, "sms", last=NOON - 9 * DAY)
    talk(session, "wa", last=NOON - 2 * DAY)


def page_left(session: Session) -> None:
    contact(session)
    talk(session, "chat", last=NOON - timedelta(hours=2))
    talk(session, "sms", last=NOON - 30 * DAY)


def on_the_page(session: Session) -> None:
    contact(session)
    talk(session, "mail", last=NOON - DAY)
    talk(session, "chat", last=NOON - timedelta(minutes=5))


def only_a_closed_window(session: Session) -> None:
    contact(session)
    talk(session, "wa", last=NOON - 2 * DAY)
    talk(session, "mail", last=NOON, state="hard_bounce")


def a_preference(session: Session) -> None:
    contact(session, preferred="sms")
    talk(session, "fax", last=NOON)
    talk(session, "wa", last=NOON - 5 * DAY)
    talk(session, "mail", last=NOON - 6 * DAY)
    talk(session, "sms", last=NOON - 7 * DAY)


@pytest.mark.parametrize(
    ("known", "own", "way"),
    [
        (fresh_elsewhere, "mail", ("t-wa", "wrote_last")),
        (window_closed, "mail", ("t-mail", "of_the_case")),
        (address_broken, "mail", ("t-sms", "preferred")),
        (page_left, "chat", ("t-sms", "other")),
        (on_the_page, "mail", ("t-chat", "wrote_last")),
        (only_a_closed_window, "wa", ("t-wa", "of_the_case")),  # by an approved template
        (a_preference, "fax", ("t-sms", "preferred")),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_a_customer_is_written_to_where_they_are(
    store: Store, known: Callable[[Session], None], own: str, way: tuple[str, str]
) -> None:
    await store.write(known)
    found = await store.read(lambda session: way_to(session, case(own), DOORS, NOON))
    assert found is not None
    assert (found.conversation.id, found.because) == way


async def test_nothing_reaches_a_customer_whose_only_address_is_broken(store: Store) -> None:
    def known(session: Session) -> None:
        contact(session)
        talk(session, "mail", last=NOON, state="hard_bounce")

    await store.write(known)
    assert await store.read(lambda session: way_to(session, case("mail"), DOORS, NOON)) is None
