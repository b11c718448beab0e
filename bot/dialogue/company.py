"""What the deciders know of the company. Built once from the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta

from bot.appointments.kinds import Book
from bot.complaints.calendar import CountFrom, WorkingCalendar
from bot.complaints.deadlines import RESOLVE_WORKING_DAYS
from bot.understanding.faq import ANSWER_CONFIDENCE

CHAT_ACK_S = 60.0
EMAIL_ACK_S = 300.0
FOLLOWUP_AT = time(10)
"""The hour at which customers are written to unasked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Names, calendar, desks and delays. Working days and their holidays live in `calendar`. source:
    domain §6
    """

    name: str
    calendar: WorkingCalendar
    language: str = "fr"
    languages: tuple[str, ...] = ("fr", "ar", "en")
    country: str = ""  # ISO 3166-1 alpha-2
    region: str = ""
    products: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()  # places that a complaint may name. source: CO-25
    desks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # id -> language -> name
    desk_calendars: Mapping[str, WorkingCalendar] = field(
        default_factory=dict
    )  # where hours differ. source: IN-07
    account_desks: Mapping[str, str] = field(default_factory=dict)  # account id -> desk id. source: IN-03
    alias_desks: Mapping[tuple[str, str], str] = field(
        default_factory=dict
    )  # account id and address -> desk id
    complaints_desk: str = "complaints"
    default_desk: str = "sales"
    ack_s: Mapping[str, float] = field(default_factory=lambda: {"email": EMAIL_ACK_S})  # by channel
    resolve_days: int = RESOLVE_WORKING_DAYS
    reopened_days: int = RESOLVE_WORKING_DAYS
    count_from: CountFrom = "day_after"
    followup_days: int = 3  # working days after the answer
    followup_at: time = FOLLOWUP_AT
    keep_in_touch_days: int = 2  # working days without a word about a case. source: CO-22
    survey: bool = True  # a mark and a few words after "satisfied again"
    low_mark: int = 2  # up to this mark of 5 a person is told of an answer to outreach. source: SU
    reminder_after: timedelta = timedelta(minutes=10)
    register_after: timedelta = timedelta(minutes=30)  # after the reminder
    same_case_within: timedelta = timedelta(days=14)
    answer_confidence: float = ANSWER_CONFIDENCE
    appointments: Book = field(default_factory=Book)

    def acknowledge_within_s(self, channel: str) -> float:
        """Seconds a receipt may take on a channel."""
        return self.ack_s.get(channel, CHAT_ACK_S)

    def desk_name(self, desk: str, language: str) -> str:
        """A desk's name in a language, else in the company's, else its id."""
        names = self.desks.get(desk, {})
        return names.get(language) or names.get(self.language) or next(iter(names.values()), desk)

    def calendar_of(self, desk: str) -> WorkingCalendar:
        return self.desk_calendars.get(desk, self.calendar)

    def mailbox_desk(self, account_id: str, recipient: str) -> str:
        """The desk of the address written to, else of its account; "" where neither names one."""
        return self.alias_desks.get((account_id, recipient.lower())) or self.account_desks.get(account_id, "")

    def desk_or_default(self, desk: str) -> str:
        """The desk when the company has it, else its default one, else the one for complaints."""
        if desk in self.desks:
            return desk
        return self.default_desk if self.default_desk in self.desks else self.complaints_desk
