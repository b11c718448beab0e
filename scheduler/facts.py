"""What the guards must know of many contacts, in a handful of statements whatever their number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import not_, or_, select, tuple_, union
from sqlalchemy.orm import Session

from bot.records import (
    Address,
    Appointment,
    Case,
    Consent,
    Contact,
    Conversation,
    LoyaltyAccount,
    OutboxMessage,
    Purchase,
    Quote,
    SamePerson,
    SentPromotion,
    Suppression,
)
from bot.records.base import table_of
from scheduler.caps import REACH
from scheduler.consent import Word, in_force
from scheduler.guards import Candidate, Facts, address_key, doubles

AT_ONCE: Final = 500
"""Contacts a statement."""

_WINDOW: Final = timedelta(hours=24) - timedelta(minutes=5)
"""How long WhatsApp takes free text after the contact's last word, with a margin."""

_contacts = table_of(Contact).c
_consents = table_of(Consent).c
_addresses = table_of(Address).c
_cases = table_of(Case).c
_conversations = table_of(Conversation).c
_sent = table_of(SentPromotion).c
_outbox = table_of(OutboxMessage).c
_pairs = table_of(SamePerson).c
_suppressions = table_of(Suppression).c

_IN_PERSON: Final = ("message", "form", "double_opt_in", "agent")
"""Sources of a yes that the contact brought to us: somebody who gave it is no stranger."""

FORGOTTEN: Final = "erasure"
"""Source of a no that outlived the person who said it: only a hash of the address was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """Addresses that get nothing: those on the company's own list, and those whose owner refused and was erased."""

    listed: frozenset[str] = frozenset()
    hash_of: Callable[[str, str], str] | None = None  # of a channel and address, as `suppressions` keeps them

    def __call__(self, channel: str, address: str) -> bool:
        """Whether the company's list forbids it."""
        return address_key(channel, address) in self.listed


nobody: Final = Suppressed()


def forgotten_words(
    session: Session, addresses: Iterable[tuple[str, str]], suppressed: Suppressed
) -> dict[tuple[str, str], list[Word]]:
    """By channel and address, what its owner refused before they were erased. A newer yes of a new owner undoes it."""
    if suppressed.hash_of is None or session.scalar(select(_suppressions.hash).limit(1)) is None:
        return {}
    hashes = {suppressed.hash_of(channel, address): (channel, address) for channel, address in addresses}
    found: dict[tuple[str, str], list[Word]] = defaultdict(list)
    for row in session.execute(select(table_of(Suppression)).where(_suppressions.hash.in_(sorted(hashes)))):
        word = Word(
            id="", channel=row.channel, purpose=row.purpose, granted=False, at=row.at, source=FORGOTTEN
        )
        found[hashes[row.hash]].append(word)
    return found


def load_facts(
    session: Session,
    candidates: Sequence[Candidate],
    *,
    now: datetime,
    suppressed: Suppressed = nobody,
    planned: Mapping[str, Iterable[datetime]] | None = None,
    not_counting: frozenset[str] = frozenset(),
) -> list[Facts]:
    """The facts of each candidate, in order, as they are known `now`.

    `planned` are promotions by contact that stand in no table yet; `not_counting` are ids of outbox rows whose
    place under the caps is the candidates' own. All candidates of one message belong in one call: two contacts
    at one address are found among them.
    """
    taken = doubles(candidates)
    found: list[Facts] = []
    for start in range(0, len(candidates), AT_ONCE):
        chunk = candidates[start : start + AT_ONCE]
        known = _Known(session, chunk, now, not_counting, suppressed)
        found += [
            known.facts(
                candidate,
                taken_by=taken.get(start + number, ""),
                suppressed=suppressed(candidate.channel, candidate.address),
                planned=tuple((planned or {}).get(candidate.contact_id, ())),
            )
            for number, candidate in enumerate(chunk)
        ]
    return found


def present_contacts(session: Session, contact_ids: Iterable[str]) -> dict[str, str]:
    """Who each of these contacts is today: joined with another one, it is that one."""
    present = {contact_id: contact_id for contact_id in contact_ids}
    asked = set(present)
    while asked:
        rows = session.execute(
            select(_pairs.other_id, _pairs.contact_id).where(
                _pairs.other_id.in_(sorted(asked)), _pairs.status == "merged"
            )
        )
        moved = {row.other_id: row.contact_id for row in rows if row.other_id != row.contact_id}
        for first, last in present.items():
            present[first] = moved.get(last, last)
        asked = set(moved.values()) - asked  # a ring, which can't be, would end here
    return present


class _Known:
    """What is known of one chunk of contacts."""

    def __init__(
        self,
        session: Session,
        candidates: Sequence[Candidate],
        now: datetime,
        not_counting: frozenset[str],
        suppressed: Suppressed,
    ) -> None:
        self._session = session
        self._now = now
        self._ids = sorted({candidate.contact_id for candidate in candidates})
        self._contacts = {row.id: row for row in self._rows(table_of(Contact), _contacts.id)}
        self._words = self._ledger()
        self._forgotten = forgotten_words(
            session, {(candidate.channel, candidate.address) for candidate in candidates}, suppressed
        )
        self._states = self._address_states(candidates)
        self._complaining = {
            row.contact_id for row in self._rows(table_of(Case), _cases.contact_id, not_(_cases.closed))
        }
        self._known = self._in_touch()
        self._promotions = self._sent_near(candidates, not_counting)
        self._windows = self._last_words(candidates)

    def facts(
        self, candidate: Candidate, *, taken_by: str, suppressed: bool, planned: tuple[datetime, ...]
    ) -> Facts:
        contact = self._contacts.get(candidate.contact_id)
        forgotten = self._forgotten.get((candidate.channel, candidate.address), ())
        words = [*self._words[candidate.contact_id], *forgotten]
        last_word = self._windows.get((candidate.contact_id, candidate.address))
        return Facts(
            gone=contact is None,
            consent=in_force(words, candidate.channel, candidate.purpose, self._now),
            in_touch=candidate.contact_id in self._known or any(_in_person(word) for word in words),
            mode=contact.mode if contact else "",
            timezone=contact.timezone if contact else "",
            language=contact.language if contact else "",
            address_state=self._states.get((candidate.channel, candidate.address), "ok"),
            complaint_open=candidate.contact_id in self._complaining,
            promotions=(*self._promotions[candidate.contact_id], *planned),
            taken_by=taken_by,
            suppressed=suppressed,
            window_until=last_word + _WINDOW if last_word else None,
        )

    def _rows(self, table: Any, contact_id: Any, *where: Any) -> Sequence[Any]:
        return self._session.execute(select(table).where(contact_id.in_(self._ids), *where)).all()

    def _ledger(self) -> dict[str, list[Word]]:
        words: dict[str, list[Word]] = defaultdict(list)
        for row in self._rows(table_of(Consent), _consents.contact_id, _consents.at <= self._now):
            words[row.contact_id].append(word_of(row))
        return words

    def _address_states(self, candidates: Sequence[Candidate]) -> dict[tuple[str, str], str]:
        keys = sorted({(candidate.channel, candidate.address) for candidate in candidates})
        rows = self._session.execute(
            select(_addresses.channel, _addresses.value, _addresses.state).where(
                tuple_(_addresses.channel, _addresses.value).in_(keys)
            )
        )
        return {(row.channel, row.value): row.state for row in rows}

    def _in_touch(self) -> set[str]:
        """Those who ever wrote, bought, asked a price, hold a card or came to see us."""
        tables = (Conversation, Purchase, Quote, LoyaltyAccount, Appointment)
        asked = union(
            *(
                select(table_of(model).c.contact_id).where(table_of(model).c.contact_id.in_(self._ids))
                for model in tables
            )
        )
        return {row[0] for row in self._session.execute(asked)}

    def _sent_near(
        self, candidates: Sequence[Candidate], not_counting: frozenset[str]
    ) -> dict[str, list[datetime]]:
        """Promotions that went out, or are under way, near the candidates; those that failed don't count."""
        moments = [candidate.at for candidate in candidates]
        rows = self._session.execute(
            select(_sent.contact_id, _sent.at, _sent.outbox_id)
            .outerjoin(table_of(OutboxMessage), _outbox.id == _sent.outbox_id)
            .where(
                _sent.contact_id.in_(self._ids),
                _sent.at >= min(moments) - REACH,
                _sent.at <= max(moments) + REACH,
                or_(_outbox.id.is_(None), _outbox.status.not_in(("failed", "cancelled"))),
            )
        )
        sent: dict[str, list[datetime]] = defaultdict(list)
        for row in rows:
            if row.outbox_id not in not_counting:
                sent[row.contact_id].append(row.at)
        return sent

    def _last_words(self, candidates: Sequence[Candidate]) -> dict[tuple[str, str], datetime]:
        if not any(candidate.channel == "whatsapp" for candidate in candidates):
            return {}
        rows = self._rows(
            table_of(Conversation), _conversations.contact_id, _conversations.channel == "whatsapp"
        )
        last: dict[tuple[str, str], datetime] = {}
        for row in rows:
            key = (row.contact_id, row.address)
            last[key] = max(row.last_inbound_at, last.get(key, row.last_inbound_at))
        return last


def word_of(row: Any) -> Word:
    """A row of the ledger as the pure rule takes it."""
    return Word(
        id=row.id,
        channel=row.channel,
        purpose=row.purpose,
        granted=bool(row.granted),
        at=row.at,
        source=row.source,
        wording=row.wording,
    )


def _in_person(word: Word) -> bool:
    return word.granted and word.source in _IN_PERSON
