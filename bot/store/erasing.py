"""Takes a person out of the records. Identifiers, times, references, outcomes and amounts stay: the company's own
account of what it did. Same for both databases; `bot.erasure` is what people call.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
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
    Draft,
    FaqCandidate,
    FaqChoice,
    InboxEntry,
    JournalEntry,
    Lane,
    Message,
    Occurrence,
    OutboxMessage,
    PendingAnswer,
    ReceiptOwed,
    Recipient,
    SamePerson,
    SearchText,
    SentPromotion,
    Suppression,
    SurveyAnswer,
    Timer,
)
from bot.records.base import table_of
from bot.store.changes import NotFound
from bot.store.erasing_customers import erase_customer, rows_of_customer, uploads
from bot.store.obstacles import Obstacle
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
    called: list[str] = field(default_factory=list)  # what people call them
    files: set[str] = field(default_factory=set)
    forwards: list[str] = field(default_factory=list)  # what departments were asked about their cases
    belongings: list[str] = field(default_factory=list)  # purchases, cards, occurrences, …
    unspoken: list[str] = field(
        default_factory=list
    )  # of the outbox, what went to them outside of conversations

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
    forwards = table_of(CaseForward).c
    person.forwards = [row.id for row in _in(session, [forwards.id], forwards.case_id, person.case_ids)]
    replies = _replies(session, person)
    person.files |= _files([reply.get("files") for reply in replies])
    person.journal = [*_journal(session, person), *(reply["key"] for reply in replies)]
    contacts = table_of(Contact).c
    called = session.scalars(select(contacts.name).where(contacts.id.in_(person.contacts)))
    person.called = sorted(name for name in called if len(name) >= 4)
    person.belongings = rows_of_customer(session, person.contacts)
    person.unspoken = _unspoken(session, person)
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


def _replies(session: Session, person: Person) -> list[dict[str, Any]]:
    """What departments wrote about their cases by mail: its journal entries bear no name of theirs."""
    events = table_of(CaseEvent).c
    found = _in(session, [events.detail], events.case_id, person.case_ids)
    return [row.detail for row in found if row.detail.get("by") == "email" and row.detail.get("key")]


def _outbox_of(session: Session, person: Person) -> list[str]:
    """What went to them, and what desks were told about them: such a notice is named after what caused it."""
    outbox = table_of(OutboxMessage).c
    own = [row.id for row in _in(session, [outbox.id], outbox.conversation_id, person.conversation_ids)]
    own += person.unspoken
    about = {*person.journal, *person.conversation_ids, *person.case_ids, *person.messages, *person.forwards}
    references = {row.reference for row in person.cases}
    notices = session.execute(
        select(outbox.id, outbox.key).where(outbox.conversation_id.is_(None), outbox.purpose != "bulk")
    )
    own += [
        row.id
        for row in notices
        if about.intersection(_IDENTIFIER.findall(row.key)) or any(each in row.key for each in references)
    ]
    return list(dict.fromkeys(own))


def _unspoken(session: Session, person: Person) -> list[str]:
    """What went to an address of theirs without a conversation: outreach, questions about consent."""
    outbox, addresses = table_of(OutboxMessage).c, table_of(Address).c
    values = list(session.scalars(select(addresses.value).where(addresses.contact_id.in_(person.contacts))))
    rows = _in(session, [outbox.id, outbox.conversation_id], outbox.recipient, values)
    for model in (Occurrence, Recipient, SentPromotion):
        planned = table_of(model).c
        told = session.scalars(
            select(planned.outbox_id).where(
                planned.contact_id.in_(person.contacts), planned.outbox_id.is_not(None)
            )
        )
        rows += _in(session, [outbox.id, outbox.conversation_id], outbox.id, list(told))
    return list(dict.fromkeys(row.id for row in rows if row.conversation_id is None))


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


def in_the_way(session: Session, person: Person) -> list[Obstacle]:
    """What must be finished first, in words."""
    outbox, journal = table_of(OutboxMessage).c, table_of(JournalEntry).c
    found = [
        Obstacle(
            f"complaint {row.reference} is open: close it first", "open_case", reference=str(row.reference)
        )
        for row in person.cases
        if not row.closed
    ]
    statuses = [row.status for row in _in(session, [outbox.status], outbox.id, person.outbox)]
    if sending := sum(status in ("queued", "claimed") for status in statuses):
        words = f"{sending} messages are on their way out: try again in a moment"
        found.append(Obstacle(words, "sending", n=sending))
    if importing := uploads(session)[1]:
        words = f"{importing} files are being brought in, which may name them: try again when they are done"
        found.append(Obstacle(words, "importing", n=importing))
    waiting = [row.status for row in _in(session, [journal.status], journal.id, person.journal)]
    if pending := waiting.count("pending"):
        words = f"{pending} messages that came in are being handled: try again in a moment"
        found.append(Obstacle(words, "coming_in", n=pending))
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
    "name": "", "language": "", "timezone": "", "country": "", "zone": "", "organisation_id": None,
    "organisation_role": "", "owner_agent_id": None, "preferred_channel": "", "external_id": None, "born_on": None,
    "birthday": "", "tier": "none", "mode": "", "tags": [], "fields": {},
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
    refusals: Sequence[dict[str, Any]],
) -> Counter[str]:
    """Blank and remove. `refusals` are rows of `suppressions`: who said no is not written to again because nobody
    remembers that they did.
    """
    counts: Counter[str] = Counter()
    put(session, Suppression, refusals)
    counts["opt_outs_kept"] = len(refusals)
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
    _inbox(session, person, counts)
    _set(session, Consent, "contact_id", person.contacts, {"wording": ""}, counts)
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
    erase_customer(session, person.contacts, person.called, counts)
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


def _inbox(session: Session, person: Person, counts: Counter[str]) -> None:
    """What agents see and look for. The row stays, without words: it is counted."""
    where = ("conversation_id", person.conversation_ids)
    _set(session, InboxEntry, *where, {"contact_name": "", "preview": "", "version": 0}, counts)
    blank = {"text": "", "attachments": [], "suggestion": {}, "status": "undone", "reason": ""}
    _set(session, PendingAnswer, *where, blank, counts)
    for model in (Draft, SearchText):
        table = table_of(model)
        for start in range(0, len(where[1]), _CHUNK):
            chunk = where[1][start : start + _CHUNK]
            removed: Any = session.execute(delete(table).where(table.c.conversation_id.in_(chunk)))
            counts[str(table.name)] += int(removed.rowcount)
    if session.get_bind().dialect.name == "sqlite":  # what was taken out of the index goes at once
        session.execute(text("INSERT INTO search_words(search_words) VALUES ('optimize')"))


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
             if row.conversation_id not in own and row.id not in set(person.unspoken)]  # fmt: skip
    body = {"text": "", "language": ""}
    _set(session, OutboxMessage, "id", person.outbox, {"body": body, "error": ""}, counts)
    theirs = [each for each in person.outbox if each not in set(about)]
    _set(session, OutboxMessage, "id", theirs, {"recipient": ""}, Counter())
    nowhere = {"thread": f"{GONE}:{person.contacts[0]}"}
    _set(session, OutboxMessage, "id", person.unspoken, nowhere, Counter())
    _set(session, Delivery, "outbox_id", person.outbox, {"detail": ""}, counts)


def _alerts(session: Session, person: Person, counts: Counter[str]) -> None:
    alerts = table_of(Alert).c
    _set(session, Alert, "conversation_id", person.conversation_ids, {"reason": ""}, counts)
    about = {*person.journal, *person.case_ids, *person.outbox}
    loose = session.execute(select(alerts.id, alerts.key).where(alerts.conversation_id.is_(None)))
    ids = [row.id for row in loose if about.intersection(_IDENTIFIER.findall(row.key))]
    _set(session, Alert, "id", ids, {"reason": ""}, counts)


def _audit(session: Session, person: Person, counts: Counter[str]) -> None:
    objects = [
        *person.contacts, *person.conversation_ids, *person.case_ids, *person.messages, *person.belongings
    ]  # fmt: skip
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
