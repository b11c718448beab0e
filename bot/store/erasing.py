"""Takes a person out of the records. Identifiers, times, references, outcomes and amounts stay: the company's own
account of what it did. Same for both databases; `bot.erasure` is what people call.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Text, cast, delete, func, literal, or_, select, text, type_coerce, update
from sqlalchemy.orm import Session

from bot.records import (
    Address,
    Alert,
    AuditEntry,
    Case,
    CaseEvent,
    CaseForward,
    CaseLink,
    Compensation,
    Consent,
    Contact,
    Conversation,
    DeadlineRow,
    Delivery,
    FaqCandidate,
    FaqChoice,
    JournalEntry,
    Lane,
    Message,
    Occurrence,
    OutboxMessage,
    OutreachAnswer,
    PersonTask,
    ReceiptOwed,
    Recipient,
    SamePerson,
    Suppression,
    SurveyAnswer,
    Timer,
)
from bot.records.base import table_of
from bot.store.changes import NotFound
from bot.store.upsert import put

GONE: Final = "erased"
_IDENTIFIER = re.compile(r"[0-9a-f]{32}")
_CHUNK: Final = 500


@dataclass(slots=True, kw_only=True)
class Person:
    """Everything that is one person's, by identifier."""

    contacts: list[str]  # the asked one first, then those that were joined with it
    conversations: list[Any] = field(default_factory=list)  # id, account_id, thread
    cases: list[Any] = field(default_factory=list)  # id, reference, closed
    messages: list[str] = field(default_factory=list)
    journal: list[str] = field(default_factory=list)
    outbox: list[str] = field(default_factory=list)  # also notices to desks about this person
    names: set[str] = field(default_factory=set)  # addresses and threads, as they may stand in other texts
    files: set[str] = field(default_factory=set)

    @property
    def conversation_ids(self) -> list[str]:
        return [row.id for row in self.conversations]

    @property
    def case_ids(self) -> list[str]:
        return [row.id for row in self.cases]


def find_person(session: Session, contact_id: str) -> Person:
    """Raises `NotFound`."""
    if session.get(Contact, contact_id) is None:
        raise NotFound(f"there is no contact {contact_id}")
    person = Person(contacts=_joined(session, contact_id))
    conversations, cases = table_of(Conversation).c, table_of(Case).c
    person.conversations = list(
        session.execute(
            select(
                conversations.id, conversations.account_id, conversations.thread, conversations.address
            ).where(conversations.contact_id.in_(person.contacts))
        )
    )
    person.cases = list(
        session.execute(
            select(cases.id, cases.reference, cases.closed, cases.evidence).where(
                or_(cases.contact_id.in_(person.contacts), cases.conversation_id.in_(person.conversation_ids))
            )
        )
    )
    messages = table_of(Message).c
    said = list(
        _in(session, [messages.id, messages.attachments], messages.conversation_id, person.conversation_ids)
    )
    person.messages = [row.id for row in said]
    person.files = _files([row.attachments for row in said] + [row.evidence for row in person.cases])
    addresses = table_of(Address).c
    values = session.scalars(select(addresses.value).where(addresses.contact_id.in_(person.contacts)))
    threads = [each for row in person.conversations for each in (row.thread, row.address)]
    person.names = {each for each in (*values, *threads) if len(each) >= 5}
    person.journal = _journal(session, person)
    person.outbox = _outbox_of(session, person)
    return person


def _joined(session: Session, contact_id: str) -> list[str]:
    """Contacts that a person said to be one with this one."""
    pairs = table_of(SamePerson).c
    found, waiting = [contact_id], [contact_id]
    while waiting:
        each = waiting.pop()
        rows = session.execute(
            select(pairs.contact_id, pairs.other_id).where(
                pairs.status == "merged", or_(pairs.contact_id == each, pairs.other_id == each)
            )
        )
        fresh = {other for row in rows for other in row} - set(found)
        found += sorted(fresh)
        waiting += sorted(fresh)
    return found


def _journal(session: Session, person: Person) -> list[str]:
    journal = table_of(JournalEntry).c
    found: list[str] = []
    for row in person.conversations:
        found += session.scalars(
            select(journal.id).where(journal.account_id == row.account_id, journal.thread == row.thread)
        )
    return list(
        dict.fromkeys([*found, *(row.id for row in _in(session, [journal.id], journal.id, person.messages))])
    )


def _outbox_of(session: Session, person: Person) -> list[str]:
    """What went to them, and what desks were told about them: such a notice is named after what caused it."""
    outbox = table_of(OutboxMessage).c
    own = [row.id for row in _in(session, [outbox.id], outbox.conversation_id, person.conversation_ids)]
    for planned in (Occurrence, Recipient):  # outreach to somebody who never wrote has no conversation
        table = table_of(planned).c
        sent = _in(session, [table.outbox_id], table.contact_id, person.contacts)
        own += [row.outbox_id for row in sent if row.outbox_id is not None and row.outbox_id not in own]
    about = {*person.journal, *person.conversation_ids, *person.case_ids, *person.messages}
    references = {row.reference for row in person.cases}
    notices = session.execute(
        select(outbox.id, outbox.key).where(outbox.conversation_id.is_(None), outbox.purpose != "bulk")
    )
    own += [
        row.id
        for row in notices
        if about.intersection(_IDENTIFIER.findall(row.key)) or any(each in row.key for each in references)
    ]
    return own


def _in(session: Session, columns: Sequence[Any], column: Any, values: Sequence[str]) -> list[Any]:
    found: list[Any] = []
    for start in range(0, len(values), _CHUNK):
        found += session.execute(select(*columns).where(column.in_(values[start : start + _CHUNK]))).all()
    return found


def _files(lists: Sequence[Any]) -> set[str]:
    return {
        file["ref"]
        for files in lists
        for file in files or ()
        if str(file.get("ref", "")).startswith("media:")
    }


def in_the_way(session: Session, person: Person) -> list[str]:
    """What must be finished first, in words."""
    outbox, journal = table_of(OutboxMessage).c, table_of(JournalEntry).c
    found = [f"complaint {row.reference} is open: close it first" for row in person.cases if not row.closed]
    statuses = [row.status for row in _in(session, [outbox.status], outbox.id, person.outbox)]
    if sending := sum(status in ("queued", "claimed") for status in statuses):
        found.append(f"{sending} messages are on their way out: try again in a moment")
    waiting = [row.status for row in _in(session, [journal.status], journal.id, person.journal)]
    if pending := waiting.count("pending"):
        found.append(f"{pending} messages that came in are being handled: try again in a moment")
    return found


def other_uses(session: Session, person: Person) -> set[str]:
    """Files of this person that stand in somebody else's messages or cases as well."""
    messages, cases = table_of(Message).c, table_of(Case).c
    own_messages, own_cases = set(person.messages), set(person.case_ids)
    used: set[str] = set()
    for ref in person.files:
        like = f"%{ref}%"
        elsewhere = session.scalars(
            select(messages.id).where(_as_text(session, messages.attachments).like(like))
        )
        cited = session.scalars(select(cases.id).where(_as_text(session, cases.evidence).like(like)))
        if set(elsewhere) - own_messages or set(cited) - own_cases:
            used.add(ref)
    return used


def _as_text(session: Session, column: Any) -> Any:
    return (
        cast(column, Text) if session.get_bind().dialect.name == "postgresql" else type_coerce(column, Text)
    )


Blanks = dict[str, Any]

_CASE: Final[Blanks] = {
    "summary": "", "consequences": "", "anomaly": "", "faith_evidence": "", "plan": "", "since": "", "remedy": "",
    "order_ref": "", "evidence": [], "notes": [],
}  # fmt: skip
_CONTACT: Final[Blanks] = {
    "name": "", "language": "", "timezone": "", "zone": "", "organisation_id": None, "organisation_role": "",
    "owner_agent_id": None, "preferred_channel": "",
}  # fmt: skip
_MESSAGE: Final[Blanks] = {
    "text": "", "subject": "", "quoted": "", "attachments": [], "buttons": [], "choice": "", "why": "",
    "provider_id": "",
}  # fmt: skip


def erase_person(
    session: Session,
    person: Person,
    *,
    now: datetime,
    hash_of: Callable[[str, str], str],
    secure: bool = True,
) -> Counter[str]:
    """Blank and remove. `hash_of` (channel, address) names an address whose owner wants no messages."""
    counts: Counter[str] = Counter()
    counts["opt_outs_kept"] = _keep_refusals(session, person, hash_of, now)
    _conversations(session, person, counts)
    _set(session, Message, "id", person.messages, _MESSAGE, counts)
    _set(session, JournalEntry, "id", person.journal, {"raw": b"", "reason": ""}, counts)
    _outgoing(session, person, counts)
    _set(session, Case, "id", person.case_ids, _CASE | {"version": table_of(Case).c.version + 1}, counts)
    around: dict[type[Any], Blanks] = {
        CaseEvent: {"note": "", "detail": {}},
        CaseForward: {"question": "", "answer": ""},
        CaseLink: {"note": ""},
        Compensation: {"description": "", "reason": ""},
        SurveyAnswer: {"words": ""},
    }
    for model, blanks in around.items():
        _set(session, model, "case_id", person.case_ids, blanks, counts)
    _candidates(session, person, counts)
    _set(session, OutreachAnswer, "contact_id", person.contacts, {"words": ""}, counts)
    _set(session, PersonTask, "contact_id", person.contacts, {"note": ""}, counts)
    _set(session, Consent, "contact_id", person.contacts, {"wording": ""}, counts)
    _set(session, Recipient, "contact_id", person.contacts, {"address": "", "detail": ""}, counts)
    answers = table_of(SurveyAnswer)
    session.execute(
        update(answers)
        .where(answers.c.contact_id.in_(person.contacts), answers.c.score.is_(None))
        .values(value="")
    )
    _alerts(session, person, counts)
    _audit(session, person, counts)
    _pairs(session, person, counts)
    _histories(session, person)
    addresses = table_of(Address)
    removed: Any = session.execute(delete(addresses).where(addresses.c.contact_id.in_(person.contacts)))
    counts["addresses"] = int(removed.rowcount)
    contacts = table_of(Contact).c
    _set(
        session,
        Contact,
        "id",
        person.contacts,
        _CONTACT | {"updated_at": now, "version": contacts.version + 1},
        counts,
    )
    return counts


def _candidates(session: Session, person: Person, counts: Counter[str]) -> None:
    """Their questions for the FAQ, and what they picked from its suggestions."""
    candidates, choices = table_of(FaqCandidate), table_of(FaqChoice)
    ids = [
        row.id
        for row in _in(session, [candidates.c.id], candidates.c.conversation_id, person.conversation_ids)
    ]
    for table, column in ((choices, choices.c.candidate_id), (candidates, candidates.c.id)):
        for start in range(0, len(ids), _CHUNK):
            removed: Any = session.execute(delete(table).where(column.in_(ids[start : start + _CHUNK])))
            counts[str(table.name)] += int(removed.rowcount)


def overwrite_freed_pages(session: Session, *, on: bool) -> None:
    """What SQLite frees it leaves readable in the file, unless told otherwise."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text(f"PRAGMA secure_delete={'ON' if on else 'OFF'}"))


def _set(
    session: Session,
    model: type[Any],
    column: str,
    values: Sequence[str],
    blanks: Blanks,
    counts: Counter[str],
) -> None:
    table = table_of(model)
    for start in range(0, len(values), _CHUNK):
        done: Any = session.execute(
            update(table).where(table.c[column].in_(values[start : start + _CHUNK])).values(**blanks)
        )
        counts[str(table.name)] += int(done.rowcount)


def _keep_refusals(
    session: Session, person: Person, hash_of: Callable[[str, str], str], now: datetime
) -> int:
    """Who said no is not written to again because nobody remembers that they did."""
    consents, addresses = table_of(Consent).c, table_of(Address).c
    newest: dict[tuple[str, str], bool] = {}
    for row in session.execute(
        select(consents.channel, consents.purpose, consents.granted)
        .where(consents.contact_id.in_(person.contacts))
        .order_by(consents.at, consents.id)
    ):
        newest[row.channel, row.purpose] = row.granted
    refused = [key for key, granted in newest.items() if not granted]
    known = session.execute(
        select(addresses.channel, addresses.value).where(addresses.contact_id.in_(person.contacts))
    ).all()
    kept = {
        (hash_of(address.channel, address.value), purpose, channel)
        for channel, purpose in refused
        for address in known
        if channel in ("", address.channel)
    }
    rows = [
        {"hash": hashed, "purpose": purpose, "channel": channel, "at": now}
        for hashed, purpose, channel in sorted(kept)
    ]
    put(session, Suppression, rows)
    return len(kept)


def _conversations(session: Session, person: Person, counts: Counter[str]) -> None:
    """A thread is often the number or address itself: each table that names it gets the same empty name."""
    for row in person.conversations:
        empty = f"{GONE}:{row.id}"
        for model in (JournalEntry, OutboxMessage, Timer):
            table = table_of(model)
            session.execute(
                update(table)
                .where(table.c.account_id == row.account_id, table.c.thread == row.thread)
                .values(thread=empty)
            )
        lanes, timers = table_of(Lane), table_of(Timer)
        session.execute(
            delete(lanes).where(lanes.c.account_id == row.account_id, lanes.c.thread == row.thread)
        )
        session.execute(
            update(timers)
            .where(timers.c.account_id == row.account_id, timers.c.thread == empty)
            .values(payload={}, status="cancelled")
        )
        conversations = table_of(Conversation)
        session.execute(
            update(conversations)
            .where(conversations.c.id == row.id)
            .values(
                thread=empty, address="", hand_over_reason="", subject="", last_heard="", state={}, urgent=False,
                language="", version=conversations.c.version + 1, epoch=conversations.c.epoch + 1,
            )
        )  # fmt: skip
    counts["conversations"] = len(person.conversations)
    timers = table_of(Timer)
    for message_id in person.messages:
        session.execute(
            update(timers)
            .where(timers.c.key.like(f"media:{message_id}:%"))
            .values(payload={}, status="cancelled")
        )


def _outgoing(session: Session, person: Person, counts: Counter[str]) -> None:
    outbox = table_of(OutboxMessage).c
    own = set(person.conversation_ids)
    about = [row.id for row in _in(session, [outbox.id, outbox.conversation_id], outbox.id, person.outbox)
             if row.conversation_id not in own]  # fmt: skip
    body = {"text": "", "language": ""}
    _set(session, OutboxMessage, "id", person.outbox, {"body": body, "error": ""}, counts)
    theirs = [each for each in person.outbox if each not in set(about)]
    _set(session, OutboxMessage, "id", theirs, {"recipient": ""}, Counter())
    _set(session, Delivery, "outbox_id", person.outbox, {"detail": ""}, counts)


def _alerts(session: Session, person: Person, counts: Counter[str]) -> None:
    alerts = table_of(Alert).c
    _set(session, Alert, "conversation_id", person.conversation_ids, {"reason": ""}, counts)
    about = {*person.journal, *person.case_ids, *person.outbox}
    loose = session.execute(select(alerts.id, alerts.key).where(alerts.conversation_id.is_(None)))
    ids = [row.id for row in loose if about.intersection(_IDENTIFIER.findall(row.key))]
    _set(session, Alert, "id", ids, {"reason": ""}, counts)


def _audit(session: Session, person: Person, counts: Counter[str]) -> None:
    objects = [*person.contacts, *person.conversation_ids, *person.case_ids, *person.messages]
    _set(session, AuditEntry, "object_id", objects, {"detail": {}}, counts)


def _pairs(session: Session, person: Person, counts: Counter[str]) -> None:
    pairs = table_of(SamePerson)
    theirs = or_(pairs.c.contact_id.in_(person.contacts), pairs.c.other_id.in_(person.contacts))
    done: Any = session.execute(update(pairs).where(theirs).values(evidence=[], moved={}))
    session.execute(
        update(pairs).where(theirs, pairs.c.status.in_(("open", "undone"))).values(status="dismissed")
    )
    counts["same_person"] = int(done.rowcount)


def _histories(session: Session, person: Person) -> None:
    """Moves of deadlines keep who, when and from which date to which; the words go."""
    deadlines = table_of(DeadlineRow).c
    for row in session.scalars(
        select(DeadlineRow).where(
            or_(
                deadlines.case_id.in_(person.case_ids),
                deadlines.conversation_id.in_(person.conversation_ids),
            )
        )
    ):
        row.history = [{**move, "why": ""} if isinstance(move, dict) else move for move in row.history]
    session.flush()


def owed_receipts(session: Session, person: Person) -> list[str]:
    """Messages of theirs that the ledger speaks of."""
    receipts = table_of(ReceiptOwed).c
    return [
        row.journal_id
        for row in _in(session, [receipts.journal_id], receipts.conversation_id, person.conversation_ids)
    ]


def contacts_at(session: Session, address: str) -> list[str]:
    """Contacts who have this address on any channel; letters large or small."""
    addresses = table_of(Address).c
    found = select(addresses.contact_id).where(
        func.lower(addresses.value) == literal(address.strip().lower())
    )
    return sorted(set(session.scalars(found)))
