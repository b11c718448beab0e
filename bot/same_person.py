"""The same person on two channels: found by what they write, joined only on an agent's word, and reversible.

Wrong joins show one customer's words to another's agent, so evidence alone never joins. source: peers, Chatwoot
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import phonenumbers
import structlog
from phonenumbers import PhoneNumberFormat, PhoneNumberMatcher
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.ids import IdMaker
from bot.records import Address, Case, Conversation, DoorNote, Message, SamePerson
from bot.records.base import table_of
from bot.store.port import Store
from bot.store.upsert import put_note

log = structlog.get_logger()

_messages = table_of(Message).c
_conversations = table_of(Conversation).c
_addresses = table_of(Address).c
_cases = table_of(Case).c
_pairs = table_of(SamePerson).c

_BATCH: Final = 500  # messages a tick
_LOOK_BACK: Final = timedelta(minutes=2)  # a commit of another process may show late
_NOTE: Final = ("", "same-person")
_LONGEST: Final = 5_000  # characters of a message that are looked at
_TELEPHONES: Final = ("sms", "whatsapp")
_CHANNELS: Final = {"email": ("email",), "phone": _TELEPHONES}
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_DIGITS = re.compile(r"(?:\d[\s./()-]{0,3}){7}")
_CASE = re.compile(r"\bRC-\d{4}-\d{6}\b", re.I)


@dataclass(frozen=True, slots=True, order=True)
class Clue:
    """What somebody wrote that may belong to somebody known."""

    kind: str  # "email", "phone", "case"
    value: str  # normalised


def clues_in(text: str, country: str) -> set[Clue]:
    """E-mail addresses, telephone numbers (E.164; national ones as `country` dials them) and case references."""
    text = text[:_LONGEST]
    found = {Clue("email", match[0].lower()) for match in _EMAIL.finditer(text)}
    found |= {Clue("case", match[0].upper()) for match in _CASE.finditer(text)}
    if not _DIGITS.search(text):  # looking for numbers where there can be none costs 300 µs a message
        return found
    for match in PhoneNumberMatcher(text, country or None):
        found.add(Clue("phone", phonenumbers.format_number(match.number, PhoneNumberFormat.E164)))
    return found


@dataclass(frozen=True, slots=True)
class _Hint:
    """A contact who wrote something that leads to somebody else."""

    contact_id: str
    clue: Clue
    message_id: str


class SamePersonFinder:
    """Looks through what came in since the last look, and suggests contacts that may be one person.

    Reading and looking for clues happen beside the work of the lanes; only what was found is written.
    """

    def __init__(self, store: Store, *, country: str, clock: Clock, ids: IdMaker) -> None:
        self._store = store
        self._country = country
        self._clock = clock
        self._ids = ids
        self._since: str | None = None
        self._seen: set[str] = set()  # messages after `_since` that were looked at

    async def tick(self) -> None:
        """One look; cheap when nothing came in."""
        if self._since is None:
            notes = await self._store.read(lambda session: session.get(DoorNote, _NOTE))
            self._since = notes.value if notes is not None else ""
        rows = await self._store.read(self._fresh)
        unseen = [row for row in rows if row.id not in self._seen]
        if not unseen:
            return
        hints = await asyncio.to_thread(self._hints, unseen)
        pairs = await self._store.read(lambda session: _pairs_of(session, hints, unseen))
        suggested = await self._store.write(lambda session: self._keep(session, pairs, rows))
        self._seen.update(row.id for row in unseen)
        self._seen = {each for each in self._seen if each > self._since}
        if suggested:
            log.info("same_person_suggested", pairs=suggested)

    def _fresh(self, session: Session) -> list[Any]:
        query = (
            select(_messages.id, _messages.text, _messages.created_at, _conversations.contact_id)
            .join(table_of(Conversation), _conversations.id == _messages.conversation_id)
            .where(_messages.id > self._since, _messages.direction == "in", _messages.automatic == "")
            .order_by(_messages.id)
            .limit(_BATCH)
        )
        return list(session.execute(query))

    def _hints(self, rows: Sequence[Any]) -> list[_Hint]:
        return [
            _Hint(row.contact_id, clue, row.id)
            for row in rows
            for clue in sorted(clues_in(row.text, self._country))
        ]

    def _keep(self, session: Session, pairs: Sequence[tuple[str, _Hint]], rows: Sequence[Any]) -> int:
        suggested = sum(self._suggest(session, other, hint) for other, hint in pairs)
        now = self._clock.now()
        old = [row.id for row in rows if len(rows) == _BATCH or row.created_at < now - _LOOK_BACK]
        if old:
            self._since = old[-1]
            put_note(session, _NOTE, old[-1], now)
        return suggested

    def _suggest(self, session: Session, other: str, hint: _Hint) -> int:
        older, newer = sorted((hint.contact_id, other))  # identifiers sort by time
        evidence = {"kind": hint.clue.kind, "value": hint.clue.value, "message_id": hint.message_id}
        known = session.scalar(select(SamePerson).where(_pairs.contact_id == older, _pairs.other_id == newer))
        if known is not None:
            if known.status == "open" and not _has(known.evidence, hint.clue):
                known.evidence = [*known.evidence, evidence]
            return 0
        session.add(
            SamePerson(
                id=self._ids.new(),
                contact_id=older,
                other_id=newer,
                evidence=[evidence],
                moved={},
                created_at=self._clock.now(),
            )
        )
        session.flush()
        return 1


def _pairs_of(session: Session, hints: Sequence[_Hint], rows: Sequence[Any]) -> list[tuple[str, _Hint]]:
    """Other contacts the hints lead to. A few queries for all: the lanes wait while this thread computes."""
    owners: dict[Clue, list[str]] = defaultdict(list)
    for clue, contact_id in (*_by_address(session, hints), *_by_case(session, hints)):
        owners[clue].append(contact_id)
    found = [(other, hint) for hint in hints for other in owners[hint.clue] if other != hint.contact_id]
    return [*found, *_same_numbers(session, {row.contact_id for row in rows})]


def _has(evidence: list[Any], clue: Clue) -> bool:
    return any((item["kind"], item["value"]) == (clue.kind, clue.value) for item in evidence)


def _by_address(session: Session, hints: Sequence[_Hint]) -> Iterator[tuple[Clue, str]]:
    for kind, channels in _CHANNELS.items():
        values = {hint.clue.value for hint in hints if hint.clue.kind == kind}
        if values:
            query = select(_addresses.value, _addresses.contact_id).where(
                _addresses.channel.in_(channels), _addresses.value.in_(values)
            )
            for value, contact_id in session.execute(query):
                yield Clue(kind, value), contact_id


def _by_case(session: Session, hints: Sequence[_Hint]) -> Iterator[tuple[Clue, str]]:
    values = {hint.clue.value for hint in hints if hint.clue.kind == "case"}
    if values:
        query = select(_cases.reference, _cases.contact_id).where(_cases.reference.in_(values))
        for reference, contact_id in session.execute(query):
            yield Clue("case", reference), contact_id


def _same_numbers(session: Session, contact_ids: set[str]) -> Iterator[tuple[str, _Hint]]:
    """Contacts with the same number on the other kind of telephone channel."""
    mine = table_of(Address).alias()
    rows = session.execute(
        select(mine.c.contact_id.label("one"), _addresses.contact_id.label("other"), _addresses.value)
        .join(
            mine,
            (mine.c.value == _addresses.value)
            & (mine.c.contact_id != _addresses.contact_id)
            & _addresses.channel.in_(_TELEPHONES),
        )
        .where(mine.c.contact_id.in_(contact_ids), mine.c.channel.in_(_TELEPHONES))
    )
    for row in rows:
        yield row.other, _Hint(row.one, Clue("phone", row.value), "")
