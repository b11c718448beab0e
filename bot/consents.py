"""Words in the consent ledger: written once, never changed; read as they stood at any instant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.records import Address, Consent, Contact
from bot.records.base import table_of
from bot.store.changes import NotFound
from scheduler.consent import PURPOSES, UNDATED, Purpose, Standing, Word, in_force
from scheduler.facts import FORGOTTEN, present_contacts, word_of

DATED_IMPORT: Final = "import_dated"
"""Source of a yes from a file that says when it was given."""

SOURCES: Final = ("message", "form", "agent", "double_opt_in", UNDATED, DATED_IMPORT, "provider", FORGOTTEN)
KEPT_WORDING: Final = 2_000

_consents = table_of(Consent).c
_addresses = table_of(Address).c


def write_word(
    session: Session,
    word_id: str,
    contact_id: str,
    *,
    channel: str,
    purpose: str,
    granted: bool,
    at: datetime,
    source: str,
    wording: str,
    message_id: str | None = None,
) -> bool:
    """Add a word to the ledger; False where that id stands there already: a call made twice changes nothing.

    `at` is when it was said: for a file, the day it names. A yes from a file without a day has the source
    "import" and the time of the import; it undoes nothing. Raises `NotFound`, `ValueError`.
    """
    if source not in SOURCES or purpose not in ("all", *PURPOSES):
        raise ValueError(f"not a word of the ledger: source {source!r}, purpose {purpose!r}")
    if session.get(Consent, word_id) is not None:
        return False
    session.add(
        Consent(
            id=word_id,
            contact_id=known_contact(session, contact_id).id,
            channel=channel,
            purpose=purpose,
            granted=granted,
            at=at,
            source=source,
            wording=wording[:KEPT_WORDING],
            message_id=message_id,
        )
    )
    return True


def known_contact(session: Session, contact_id: str) -> Contact:
    """The contact; the one it was joined with, where it was. Raises `NotFound`."""
    contact = session.get(Contact, present_contacts(session, [contact_id])[contact_id])
    if contact is None:
        raise NotFound(f"there is no contact {contact_id}")
    return contact


def ledger_of(session: Session, contact_id: str) -> list[Word]:
    """Every word of a contact, the oldest first."""
    rows = session.execute(
        select(table_of(Consent))
        .where(_consents.contact_id == contact_id)
        .order_by(_consents.at, _consents.id)
    )
    return [word_of(row) for row in rows]


def channels_of(session: Session, contact_id: str) -> list[str]:
    """The channels a contact can be reached on, in order."""
    rows = session.execute(select(_addresses.channel).where(_addresses.contact_id == contact_id).distinct())
    return sorted(row[0] for row in rows)


def standings_at(
    words: Sequence[Word], channels: Sequence[str], at: datetime
) -> dict[tuple[str, Purpose], Standing]:
    """How a contact stood on each channel and purpose at an instant; "" is any channel they come by later."""
    return {
        (channel, purpose): in_force(words, channel, purpose, at)
        for channel in (*channels, "")
        for purpose in PURPOSES
    }
