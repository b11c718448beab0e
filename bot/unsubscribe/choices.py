"""What a contact chose on a page becomes words in the ledger. Less is done at once, more is asked back first."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy.orm import Session

from bot.consents import channels_of, known_contact, ledger_of, standings_at, write_word
from bot.ids import IdMaker
from bot.records import AuditEntry, Contact
from bot.unsubscribe.confirmations import Confirmations
from bot.unsubscribe.links import Ticket
from channels.frozen import frozen
from scheduler.consent import PROMOTIONAL, PURPOSES, in_force

Cell = tuple[str, str]
"""Channel and purpose."""

PAGE: Final = "page"  # who did it, in the audit log


@frozen
class Wishes:
    """A form that was sent. `less` None: it did not ask."""

    wanted: frozenset[Cell]
    less: bool | None
    language: str


@frozen
class Kept:
    """What became of it: channels a question was sent on, and channels where the contact must write first."""

    asked: tuple[str, ...] = ()
    must_write: tuple[str, ...] = ()


class Choices:
    """Each call is part of the caller's transaction. Raises `NotFound` for a contact that was erased."""

    def __init__(
        self,
        ids: IdMaker,
        confirmations: Confirmations,
        *,
        needs_yes: frozenset[str],
        confirm_within: timedelta,
    ) -> None:
        self._ids = ids
        self._confirmations = confirmations
        self._needs_yes = needs_yes
        self._confirm_within = confirm_within

    def ticked(self, session: Session, contact_id: str, now: datetime) -> dict[Cell, bool]:
        """What they would get now, for every channel they have an address on."""
        channels = channels_of(session, contact_id)
        standings = standings_at(ledger_of(session, contact_id), channels, now)
        return {
            (channel, purpose): standings[channel, purpose].allows(needs_yes=purpose in self._needs_yes)
            for channel in channels
            for purpose in PURPOSES
        }

    def stop(self, session: Session, ticket: Ticket, wording: str, now: datetime) -> None:
        """No more of what the message was: any promotion stops all promotions of that channel."""
        contact = known_contact(session, ticket.contact_id)
        promotes = bool(PROMOTIONAL & set(ticket.purposes))
        for purpose in sorted(PROMOTIONAL) if promotes else ticket.purposes:
            self._refuse(session, contact.id, (ticket.channel, purpose), wording, now)

    def stop_all(self, session: Session, ticket: Ticket, wording: str, now: datetime) -> None:
        """Nothing unasked any more, on any channel, also those they come by later."""
        contact = known_contact(session, ticket.contact_id)
        if self._any_left(session, contact.id, now):
            self._write_no(session, contact.id, ("", "all"), wording, now)

    def _any_left(self, session: Session, contact_id: str, now: datetime) -> bool:
        words = ledger_of(session, contact_id)
        standings = standings_at(words, channels_of(session, contact_id), now)
        return any(standing.state != "refused" for standing in standings.values())

    def keep(self, session: Session, ticket: Ticket, wishes: Wishes, wording: str, now: datetime) -> Kept:
        contact = known_contact(session, ticket.contact_id)
        before = self.ticked(session, contact.id, now)
        for cell, ticked in before.items():
            if ticked and cell not in wishes.wanted:
                self._refuse(session, contact.id, cell, wording, now)
        self._set(session, contact, wishes, now)
        more: dict[str, list[str]] = {}
        for cell, ticked in before.items():
            if not ticked and cell in wishes.wanted:
                more.setdefault(cell[0], []).append(cell[1])
        asked = [
            c for c, purposes in more.items() if self._confirmations.ask(session, contact, c, purposes, now)
        ]
        return Kept(asked=tuple(asked), must_write=tuple(channel for channel in more if channel not in asked))

    def confirm(
        self, session: Session, ticket: Ticket, wording: str, now: datetime
    ) -> Literal["confirmed", "expired"]:
        """A yes, unless the link is old or they said no after it was sent. Calling it again changes nothing."""
        contact = known_contact(session, ticket.contact_id)
        issued = ticket.issued_at
        if issued is None or now - issued > self._confirm_within or issued > now + timedelta(minutes=5):
            return "expired"
        words = ledger_of(session, contact.id)
        for purpose in ticket.purposes:
            word = in_force(words, ticket.channel, purpose, now).word
            if word is not None and not word.granted and word.at > issued:
                return "expired"
        for purpose in ticket.purposes:
            write_word(
                session,
                _confirmed_id(ticket, purpose),
                contact.id,
                channel=ticket.channel,
                purpose=purpose,
                granted=True,
                at=now,
                source="double_opt_in",
                wording=wording,
            )
        return "confirmed"

    def _refuse(self, session: Session, contact_id: str, cell: Cell, wording: str, now: datetime) -> None:
        """A no; where one is in force already, pressing again adds nothing."""
        if in_force(ledger_of(session, contact_id), *cell, now).state != "refused":
            self._write_no(session, contact_id, cell, wording, now)

    def _write_no(self, session: Session, contact_id: str, cell: Cell, wording: str, now: datetime) -> None:
        write_word(
            session,
            self._ids.new(),
            contact_id,
            channel=cell[0],
            purpose=cell[1],
            granted=False,
            at=now,
            source="form",
            wording=wording,
        )

    def _set(self, session: Session, contact: Contact, wishes: Wishes, now: datetime) -> None:
        """Language and how often; whoever is in discreet mode stays there."""
        changed: dict[str, str] = {}
        if wishes.less is not None and contact.mode in ("", "low_contact"):
            changed["mode"] = "low_contact" if wishes.less else ""
        if wishes.language:
            changed["language"] = wishes.language
        changed = {name: value for name, value in changed.items() if getattr(contact, name) != value}
        if not changed:
            return
        for name, value in changed.items():
            setattr(contact, name, value)
        contact.updated_at, contact.version = now, contact.version + 1
        session.add(
            AuditEntry(
                id=self._ids.new(),
                at=now,
                actor=PAGE,
                action="contact_changed",
                object_kind="contact",
                object_id=contact.id,
                detail=changed,
            )
        )


def _confirmed_id(ticket: Ticket, purpose: str) -> str:
    issued = ticket.issued_at.isoformat() if ticket.issued_at else ""
    named = f"{ticket.contact_id}|{ticket.channel}|{purpose}|{issued}"
    return hashlib.sha256(named.encode()).hexdigest()[:32]


def cells_of(values: Sequence[str]) -> frozenset[Cell]:
    """The boxes of a form, "email:offers"; whatever else it holds is passed over."""
    pairs = (value.partition(":") for value in values[:100])
    return frozenset((channel, purpose) for channel, _, purpose in pairs if purpose in PURPOSES)
