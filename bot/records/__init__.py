"""The records: what is kept, one file a concept. Importing this package knows all tables."""

from bot.records.audit import Alert, AuditEntry
from bot.records.base import Record
from bot.records.cases import Case, Counter
from bot.records.contacts import Address, Consent, Contact, Organisation
from bot.records.conversations import Conversation, FaqCandidate, Message
from bot.records.journal import JournalEntry, Lane, Worker
from bot.records.outbox import Delivery, OutboxMessage, ReceiptOwed
from bot.records.people import Agent, Desk
from bot.records.timers import JobRun, Timer

__all__ = [
    "Address",
    "Agent",
    "Alert",
    "AuditEntry",
    "Case",
    "Consent",
    "Contact",
    "Conversation",
    "Counter",
    "Delivery",
    "Desk",
    "FaqCandidate",
    "JobRun",
    "JournalEntry",
    "Lane",
    "Message",
    "Organisation",
    "OutboxMessage",
    "ReceiptOwed",
    "Record",
    "Timer",
    "Worker",
]
