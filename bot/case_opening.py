"""A complaint that came by telephone, letter, fax or at the counter: a colleague registers it. source: CO-03

Its words stand in a conversation of its own, at no account of ours. Whether its customer is owed a written receipt
hangs on what is known of them: an address that we can write to, or a colleague who has told them already.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType
from sqlalchemy import func, literal, select, text
from sqlalchemy.orm import Session

from bot.case_asks import Open
from bot.case_work import CaseTools, Work
from bot.complaints.calendar import NeverOpen
from bot.complaints.lifecycle import RECUEIL, Doer
from bot.deadlines import case_key
from bot.dialogue.registration import FOLLOWUP, followup_key
from bot.records import Address, Case, Contact, Conversation, Message, ReceiptOwed
from bot.records.base import table_of
from bot.store.changes import NotFound, NotPossible

_addresses = table_of(Address).c
_conversations = table_of(Conversation).c
_cases = table_of(Case).c

BY_HAND = ""
"""The account of conversations that no door of ours holds."""
_TELEPHONES = ("sms", "whatsapp", "telegram", "phone")
_LONGEST_AGO = timedelta(days=366)


class AlreadyOpen(Exception):
    """The same call was made before: its case's reference."""

    def __init__(self, reference: str) -> None:
        super().__init__(reference)
        self.reference = reference


def register(session: Session, tools: CaseTools, ask: Open, doer: Doer, now: datetime) -> Work:
    """Open a case as told. Raises `NotFound`, `NotPossible`, `NotAllowed`, `AlreadyOpen`."""
    received_at = ask.received_at or now
    if received_at > now:
        raise NotPossible("received_at is in the future")
    if now - received_at > _LONGEST_AGO:
        raise NotPossible("received_at is more than a year ago")
    reference = _draw(session, f"RC-{received_at.astimezone(tools.house.timezone).year}")
    case_id = tools.ids.new()
    thread = f"{ask.channel}:{ask.key or case_id}"
    if (known := _opened(session, thread)) is not None:
        raise AlreadyOpen(known)
    contact = _contact(session, tools, ask, now)
    talk = _talk(session, tools, ask, contact, thread, received_at, now)
    case = Case(
        id=case_id,
        reference=reference,
        contact_id=contact.id,
        conversation_id=talk.id,
        channel=ask.channel,
        phase=RECUEIL,
        desk_id=ask.desk or tools.rules.desk,
        evidence=[],
        notes=[],
        received_at=received_at,
        opened_at=now,
        due_at=now,  # until it is reckoned, below
        due_explanation="",
        **ask.model_dump(include=_GIVEN),
    )
    session.add(case)
    work = Work(session=session, tools=tools, case=case, doer=doer, now=now)
    work.desk(case.desk_id)
    work.step("register", channel=ask.channel)
    _promise(work)
    _acknowledge(work, ask)
    return work


_DRAWN = text(
    "INSERT INTO counters AS c (name, value) VALUES (:name, 1)"
    " ON CONFLICT (name) DO UPDATE SET value = c.value + 1 RETURNING value"
)
_GIVEN = {
    "summary", "object", "product", "order_ref", "since", "remedy", "zone", "severity", "consequences", "code",
}  # fmt: skip


def _draw(session: Session, counter: str) -> str:
    """The next reference of a year; until the transaction ends nobody else draws one."""
    number = session.scalar(_DRAWN, {"name": counter})
    return f"{counter}-{number:06d}"


def _opened(session: Session, thread: str) -> str | None:
    query = (
        select(_cases.reference)
        .join(table_of(Conversation), _conversations.id == _cases.conversation_id)
        .where(_conversations.account_id == BY_HAND, _conversations.thread == thread)
    )
    return session.scalar(query)


# whose it is


def _contact(session: Session, tools: CaseTools, ask: Open, now: datetime) -> Contact:
    """The contact named or found by an address, with the addresses given; else a new one."""
    given = _given_addresses(ask, tools.deadlines.rules.country)
    contact = _named(session, ask.contact_id) if ask.contact_id else _found(session, given)
    if contact is None:
        contact = Contact(
            id=tools.ids.new(),
            name=ask.name,
            language=ask.language or tools.house.language,
            zone=ask.zone,
            source_channel=ask.channel,
            tags=[],
            fields={},
            created_at=now,
            updated_at=now,
        )
        session.add(contact)
    contact.name = contact.name or ask.name
    for channel, value in given:
        taken = session.scalar(
            select(_addresses.contact_id).where(_addresses.channel == channel, _addresses.value == value)
        )
        if taken is None:
            session.add(
                Address(
                    id=tools.ids.new(),
                    contact_id=contact.id,
                    channel=channel,
                    value=value,
                    created_at=now,
                )
            )
        elif taken != contact.id:
            raise NotPossible(f"{value} is another contact's, {taken}: name one by contact_id, or join them")
    session.flush()
    return contact


def _named(session: Session, contact_id: str) -> Contact:
    contact = session.get(Contact, contact_id)
    if contact is None:
        raise NotFound(f"there is no contact {contact_id}")
    return contact


def _found(session: Session, given: list[tuple[str, str]]) -> Contact | None:
    """Whoever has one of these addresses, a number on whatever channel."""
    ids: set[str] = set()
    for channel, value in given:
        channels = ("email",) if channel == "email" else _TELEPHONES
        query = select(_addresses.contact_id).where(
            _addresses.channel.in_(channels), func.lower(_addresses.value) == literal(value)
        )
        ids.update(session.scalars(query))
    if len(ids) > 1:
        raise NotPossible(f"{len(ids)} contacts have these addresses: name one by contact_id: {sorted(ids)}")
    return session.get(Contact, ids.pop()) if ids else None


def _given_addresses(ask: Open, country: str) -> list[tuple[str, str]]:
    """As the doors write them. Raises `NotPossible` for a number that can't be."""
    found = [("email", ask.email.lower())] if ask.email else []
    if not ask.phone:
        return found
    try:
        number = phonenumbers.parse(ask.phone, country or None)
    except phonenumbers.NumberParseException as error:
        raise NotPossible(f"{ask.phone} is no telephone number") from error
    if not phonenumbers.is_possible_number(number):
        raise NotPossible(f"{ask.phone} is no telephone number")
    line = phonenumbers.number_type(number) == PhoneNumberType.FIXED_LINE
    value = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return [*found, ("phone" if line else "sms", value)]


# its words, its promises, its receipt


def _talk(
    session: Session,
    tools: CaseTools,
    ask: Open,
    contact: Contact,
    thread: str,
    received_at: datetime,
    now: datetime,
) -> Conversation:
    """What the customer said, where it can be read again."""
    talk = Conversation(
        id=tools.ids.new(),
        account_id=BY_HAND,
        thread=thread,
        channel=ask.channel,
        address="",
        contact_id=contact.id,
        desk_id=ask.desk or tools.rules.desk,
        language=ask.language or contact.language,
        state={},
        last_seq=1,
        created_at=now,
        last_inbound_at=received_at,
    )
    session.add(talk)
    session.add(
        Message(
            id=tools.ids.new(),
            conversation_id=talk.id,
            seq=1,
            direction="in",
            author="contact",
            text=ask.summary,
            language=talk.language,
            attachments=[],
            buttons=[],
            decided_by="registered",
            why=f"came by {ask.channel}",
            provider_at=received_at,
            created_at=now,
        )
    )
    session.flush()
    return talk


def _promise(work: Work) -> None:
    """The same deadlines as for a complaint that was written. source: CO-01"""
    case, deadlines = work.case, work.tools.deadlines
    first_answer = replace(deadlines.rules.first_answer, hours_of=case.desk_id)
    rules = {"resolution": deadlines.rules.resolution, "first_answer": first_answer}
    try:
        for kind, rule in rules.items():
            deadlines.start(
                work.session,
                kind,
                key=case_key(case.id, kind),
                desk_id=case.desk_id,
                at=case.received_at,
                rule=rule,
                case_id=case.id,
                conversation_id=case.conversation_id,
            )
        work.session.flush()
        _check_later(work)
    except NeverOpen as error:
        raise NotPossible(f"no deadline can be reckoned: {error}") from error


def _check_later(work: Work) -> None:
    """The net some days after the due date, as every complaint has it. source: CO-22"""
    rules, calendar = work.rules, work.tools.deadlines.calendars.company
    at = calendar.add_working_days(work.case.due_at, rules.followup_days, at=rules.followup_at)
    work.wake(followup_key(work.case.reference), FOLLOWUP, at, check=True)


def _acknowledge(work: Work, ask: Open) -> None:
    """In writing where that reaches them; else it is the colleague's to tell, and the desk is reminded of it."""
    case, event = work.case, work.events[-1]
    if ask.told:
        event.detail = {**event.detail, "receipt": "told by the agent"}
        case.told_at = work.now
        work.tools.deadlines.meet(work.session, case_key(case.id, "first_answer"), at=work.now)
        return
    work.tools.voice.reach_first(work.session, case, work.now)
    said = work.acknowledge(desk=case.desk_id, summary=case.summary, due_at=case.due_at)
    if said is None:
        event.detail = {**event.detail, "receipt": "to be told by the agent"}
        return
    within = work.tools.house.ack_within_s.get(said.channel, work.tools.house.ack_within_s[""])
    due_at = work.now + timedelta(seconds=within)
    work.session.add(
        ReceiptOwed(
            journal_id=work.tools.ids.new(),
            conversation_id=said.conversation_id,
            channel=said.channel,
            received_at=work.now,  # from here on the program knows of it
            due_at=due_at,
            alert_at=due_at - timedelta(seconds=within / 3),
            outbox_id=said.outbox_id,
        )
    )
    event.detail = {**event.detail, "receipt": "written", "by": said.channel, "because": said.because}
