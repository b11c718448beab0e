"""What the company promises, and what happens when a promise is about to be broken or is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta

from bot.complaints.deadlines import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """One step after the desk in charge: who is told, how much opening time after the due instant."""

    after: timedelta
    desk_id: str
    notify: tuple[tuple[str, str], ...] = ()  # (account, address) pairs told besides the desk's people


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRules:
    """One rule a kind of deadline, and how all of them are watched. source: domain §6"""

    resolution: Rule
    reopened: Rule
    first_answer: Rule
    next_answer: Rule
    department: Rule
    progress: Rule
    pause_while_waiting: bool = False
    warn_at_left: float = 0.25
    escalation: tuple[Escalation, ...] = ()
    people_at_any_hour: bool = False
    followup_days: int = 3  # after the due date of a complaint that nobody has answered
    followup_at: time = time(10)
    language: str = "fr"  # of what people are told
    country: str = ""
