"""The data of a decision: what a decider sees (`Turn`) and what it may want (`Decision`). No behaviour, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from bot.appointments.acts import Agenda, AppointmentAct
from channels.frozen import frozen
from channels.port import Attachment, Button

REFERENCE = "\ue000case\ue001"
"""Stands for the reference of the case opened in this decision, which only the commit knows (no races, no gaps)."""

State = Mapping[str, Any]
"""The conversation's dialogue memory: plain JSON, one key a decider ("intake", "misses", "survey"…)."""


@frozen
class Said:
    """One thing the customer said."""

    id: str
    text: str
    at: datetime  # aware UTC, when the customer sent it (the provider's time where known)
    attachments: tuple[Attachment, ...] = ()
    choice: str = ""  # value of a pressed button
    edited: bool = False  # replaces an earlier message
    unsupported: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired:
    """One of the conversation's own timers came due."""

    kind: str
    key: str
    due_at: datetime
    payload: Mapping[str, Any]


@frozen
class ContactView:
    id: str
    name: str = ""
    language: str = ""  # "" until known


@frozen
class CaseView:
    """A complaint of this contact, newest first in `Turn.cases`."""

    id: str
    reference: str
    phase: str  # recueil, enregistrement, resolution, cloture, suivi, exploitation
    closed: bool
    opened_at: datetime
    due_at: datetime
    desk: str
    summary: str
    conversation_id: str
    object: str = ""  # price, quality, delivery, packaging, other
    product: str = ""
    order_ref: str = ""
    owner: str = ""  # the named person in charge
    answered: bool = False
    waiting: bool = False  # for this customer
    archived: bool = False
    outcome: str = ""  # settled, refused, withdrawn, merged; "" while open
    told_at: datetime | None = None  # when the customer last heard of it
    reopened: int = 0
    remedy: str = ""  # what the customer expects; "" where they never said


@frozen
class Asked:
    """A question that outreach put to this contact on this channel, newest first in `Turn.asked`."""

    row_id: str  # of the occurrence or recipient
    source: str  # "rule:<name>", "campaign:<name>"
    question: Literal["mark", "satisfied", "appointment"]
    at: datetime
    product: str = ""
    order: str = ""
    answered: bool = False


@frozen
class Turn:
    """All a decision may know. `said` is a burst: everything that waited in the lane, oldest first."""

    now: datetime
    conversation_id: str
    account_id: str
    channel: str  # "webchat", "telegram", "email", "sms", "whatsapp"
    buttons: int  # how many buttons the channel can show, 0 = none
    owner: Literal["bot", "queue", "agent"]  # "queue": handed over, no agent has taken it yet
    language: str  # of the conversation, "" before the first words
    language_hint: str = ""  # what the client reported ("fr-DZ")
    contact: ContactView
    state: State
    said: tuple[Said, ...] = ()
    timer: TimerFired | None = None
    cases: tuple[CaseView, ...] = ()
    first_contact: bool = False
    recipient: str = ""  # which of our addresses it was sent to
    agenda: Agenda | None = None  # what is free and what is booked, where the turn may be about it
    asked: tuple[Asked, ...] = ()


Purpose = Literal["receipt", "reply", "service", "bulk"]
"""Priority of a message, highest first. Receipts and replies always pass consent, caps and quiet hours."""


@frozen
class OutFile:
    """A file made for a message; sent where the channel takes files."""

    name: str
    mime: str
    data: bytes


@frozen
class Reply:
    """A message to this conversation, as a template and its variables."""

    template: str  # "complaint/registered"
    variables: Mapping[str, Any] = field(default_factory=dict)
    purpose: Purpose = "reply"
    buttons: tuple[Button, ...] = ()
    file: OutFile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """Register a complaint. Its reference is made by the commit and replaces `REFERENCE` in texts."""

    summary: str  # the customer's own words, burst joined
    object: str = "other"  # price, quality, delivery, packaging, other. source: CO-31
    product: str = ""
    order_ref: str = ""
    since: str = ""  # the customer's words for when it began
    remedy: str = ""
    severity: Literal["normal", "serious", "critical"] = "normal"
    angry: bool = False
    zone: str = ""
    desk: str = "complaints"
    evidence: tuple[Attachment, ...] = ()
    received_at: datetime  # the first message of the complaint: the clocks count from here
    due_at: datetime
    due_explanation: str
    complete: bool = True  # False: registered as it was when the customer fell silent


@dataclass(frozen=True, slots=True, kw_only=True)
class AddToCase:
    """More words or evidence for a case that stands."""

    case_id: str
    note: str = ""
    evidence: tuple[Attachment, ...] = ()
    reopen: bool = False
    satisfied: bool | None = None  # the answer to "are you satisfied again?". source: CO-07
    remedy: str = ""  # what they expect, where the case does not say yet
    told: bool = False  # this decision's words tell the customer how the case stands. source: CO-22


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAnswered:
    """What the customer answered to a question of a survey."""

    case_id: str
    round: int  # a reopened case is asked anew
    question: str
    value: str
    score: int | None = None
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutreachAnswered:
    """What the customer answered to a question of outreach. Said again, the last word counts."""

    row_id: str
    source: str
    question: Literal["mark", "satisfied", "suggestion"]
    value: str
    score: int | None = None  # 1 to 5
    words: str = ""
    alarm: str = ""  # what a person is told of it; "" for nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTimer:
    """Wake this conversation at `due_at`. One timer a key: setting it again moves it."""

    kind: str
    key: str  # unique over all timers; begin it with the conversation's or case's id
    due_at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTimer:
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """Give the conversation to people: a change of state first, a sentence second."""

    desk: str
    reason: str  # for the agent, in plain words
    urgent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentChange:
    """The contact's word about messages. source: PR consent, domain §7."""

    purpose: Literal["service", "information", "offers", "all"]
    granted: bool
    wording: str  # what the customer wrote


@frozen
class Decision:
    """What should happen, as data. Nothing else has effects."""

    by: str  # the decider's name, for the log and the agent
    why: str = ""  # one line a person understands
    replies: tuple[Reply, ...] = ()
    state: State | None = None  # None leaves it as it is
    language: str = ""  # sets the conversation's language when not ""
    contact_name: str = ""
    open_case: OpenCase | None = None
    add_to_case: AddToCase | None = None
    survey: SurveyAnswered | None = None
    outreach: tuple[OutreachAnswered, ...] = ()
    suggest: tuple[Reply, ...] = ()  # words for the people who hold the conversation: shown to them, not sent
    timers: tuple[SetTimer | CancelTimer, ...] = ()
    hand_over: HandOver | None = None
    consent: ConsentChange | None = None
    receipt_owed: bool = False  # this turn is owed an acknowledgement (a complaint; any e-mail)
    unanswered: bool = False  # keep the words as a candidate for the FAQ
    nearest: tuple[tuple[str, float], ...] = ()  # entries that came nearest to unanswered words, and how near
    wish: str = ""  # what unanswered words were taken for
    picked: str = ""  # the entry chosen from the suggestions
    appointment: AppointmentAct | None = None
