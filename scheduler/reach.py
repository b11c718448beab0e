"""Who the contacts of a batch are, and the ways to each of them: channel, address, conversation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.records import Address, Contact, Conversation
from bot.records.base import table_of
from scheduler.campaigns.ports import LinkMaker, PlainLinks

USUAL = ("telegram", "whatsapp", "email", "sms")  # the free ones first. source: CH-08
_AT_ONCE = 500  # contacts a statement

_addresses = table_of(Address).c
_contacts = table_of(Contact).c
_conversations = table_of(Conversation).c


def no_link(contact_id: str, channel: str, purpose: str) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Through which account each channel goes, and the templates its provider has approved."""

    accounts: Mapping[str, str]  # channel → account id
    approved: Mapping[str, frozenset[str]] = field(default_factory=dict)  # account id → template names
    unsubscribe_url: Callable[[str, str, str], str] = no_link  # of contact id, channel, purpose
    links: LinkMaker = field(default_factory=PlainLinks)  # what is written instead of a message's links


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a contact, and the conversation that is held there; None: there is none."""

    channel: str
    address: str
    talk: Conversation | None


class Reach:
    """Loaded in three statements for some hundred contacts. `ways` gives the best way first."""

    def __init__(self, session: Session, contact_ids: Iterable[str], doors: Doors) -> None:
        self.contacts: dict[str, Contact] = {}
        self._doors = doors
        self._addresses: dict[str, list[Address]] = defaultdict(list)
        self._talks: dict[tuple[str, str, str], Conversation] = {}
        people = sorted(set(contact_ids))
        for start in range(0, len(people), _AT_ONCE):
            self._load(session, people[start : start + _AT_ONCE])

    def _load(self, session: Session, people: Sequence[str]) -> None:
        for contact in session.scalars(select(Contact).where(_contacts.id.in_(people))):
            self.contacts[contact.id] = contact
        for address in session.scalars(
            select(Address).where(_addresses.contact_id.in_(people)).order_by(_addresses.id)
        ):
            self._addresses[address.contact_id].append(address)
        talks = session.scalars(
            select(Conversation)
            .where(
                _conversations.contact_id.in_(people),
                _conversations.account_id.in_(sorted(set(self._doors.accounts.values()))),
            )
            .order_by(_conversations.last_inbound_at)
        )
        self._talks |= {(talk.contact_id, talk.account_id, talk.address): talk for talk in talks}

    def ways(self, contact_id: str, wanted: Sequence[str]) -> list[Way]:
        """The contact's wish first, then the wanted order, else the usual one."""
        order = list(wanted or USUAL)
        preferred = self.contacts[contact_id].preferred_channel
        if preferred in self._doors.accounts and (not wanted or preferred in wanted):
            order = [preferred, *(channel for channel in order if channel != preferred)]
        found = []
        for channel in order:
            account = self._doors.accounts.get(channel)
            for address in self._addresses[contact_id]:
                if account is not None and address.channel == channel:
                    talk = self._talks.get((contact_id, account, address.value))
                    if talk is not None or channel not in ("telegram", "webchat"):  # they speak first there
                        found.append(Way(channel, address.value, talk))
        return found

    def values(self, contact_ids: Iterable[str]) -> set[tuple[str, str]]:
        """Contact and address of each phone number of these contacts."""
        return {
            (contact_id, address.value)
            for contact_id in contact_ids
            for address in self._addresses[contact_id]
            if address.channel in ("sms", "whatsapp")
        }
