"""The records: what is kept, one file a concept. Importing this package knows all tables."""

from bot.records.audit import Alert, AuditEntry
from bot.records.base import Record
from bot.records.cases import Case, Counter
from bot.records.complaints import (
    CaseEvent,
    CaseForward,
    CaseLink,
    Compensation,
    PreventiveAction,
    SurveyAnswer,
)
from bot.records.console import ConsoleLink, ConsoleSession, Credential, SignInCount
from bot.records.contacts import Address, Consent, Contact, Organisation, SamePerson
from bot.records.conversations import Conversation, Message
from bot.records.customers import (
    Appointment,
    AppointmentCell,
    DataImport,
    Equipment,
    ImportFault,
    Interest,
    LoyaltyAccount,
    Purchase,
    Quote,
    WaitingPlace,
)
from bot.records.deadlines import CalendarChange, DeadlineRow
from bot.records.inbox import (
    Draft,
    InboxCount,
    InboxEntry,
    Mention,
    PendingAnswer,
    ReadyAnswer,
    SearchText,
    SuggestionUse,
)
from bot.records.indicators import IndicatorBase
from bot.records.journal import DoorNote, JournalEntry, Lane, Worker
from bot.records.learning import FaqCandidate, FaqChoice, IntentCorrection, LearnedEntry, LearnedPhrasing
from bot.records.ledger import LedgerOpen, LedgerRow, Suppression
from bot.records.outbox import Delivery, OutboxMessage, ReceiptOwed
from bot.records.outreach import Campaign, Occurrence, OutreachRule, Recipient, Segment, SentPromotion
from bot.records.people import Agent, Desk
from bot.records.results import OutreachAnswer, OutreachSign, PersonTask
from bot.records.timers import JobRun, Timer

__all__ = [
    "Address",
    "Agent",
    "Alert",
    "Appointment",
    "AppointmentCell",
    "AuditEntry",
    "CalendarChange",
    "Campaign",
    "Case",
    "CaseEvent",
    "CaseForward",
    "CaseLink",
    "Compensation",
    "Consent",
    "ConsoleLink",
    "ConsoleSession",
    "Contact",
    "Conversation",
    "Counter",
    "Credential",
    "DataImport",
    "DeadlineRow",
    "Delivery",
    "Desk",
    "DoorNote",
    "Draft",
    "Equipment",
    "FaqCandidate",
    "FaqChoice",
    "ImportFault",
    "InboxCount",
    "InboxEntry",
    "IndicatorBase",
    "IntentCorrection",
    "Interest",
    "JobRun",
    "JournalEntry",
    "Lane",
    "LearnedEntry",
    "LearnedPhrasing",
    "LedgerOpen",
    "LedgerRow",
    "LoyaltyAccount",
    "Mention",
    "Message",
    "Occurrence",
    "Organisation",
    "OutboxMessage",
    "OutreachAnswer",
    "OutreachRule",
    "OutreachSign",
    "PendingAnswer",
    "PersonTask",
    "PreventiveAction",
    "Purchase",
    "Quote",
    "ReadyAnswer",
    "ReceiptOwed",
    "Recipient",
    "Record",
    "SamePerson",
    "SearchText",
    "Segment",
    "SentPromotion",
    "SignInCount",
    "SuggestionUse",
    "Suppression",
    "SurveyAnswer",
    "Timer",
    "WaitingPlace",
    "Worker",
]
