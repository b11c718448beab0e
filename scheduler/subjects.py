"""What rules go by: the tables that hold their dates, the conditions they set, as SQL for whole audiences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, and_, exists, not_, or_, select

from bot.records import (
    Appointment,
    Case,
    Contact,
    Equipment,
    LoyaltyAccount,
    Purchase,
    Quote,
)
from bot.records.base import table_of
from scheduler.rules import Condition, Rule, Step

contacts = table_of(Contact)
_cases = table_of(Case)
_purchases = table_of(Purchase)
_cards = table_of(LoyaltyAccount)

BOUGHT = _purchases.c.status.in_(("ordered", "delivered"))


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing a message may be about: its table, and which of its rows still count."""

    table: Table
    live: ColumnElement[bool] | None = None

    @property
    def id(self) -> Column[str]:
        return self.table.c.id

    @property
    def contact_id(self) -> Column[str]:
        return self.table.c.id if self.table is contacts else self.table.c.contact_id


SUBJECTS: Mapping[str, Subject] = {
    "contact": Subject(contacts),
    "purchase": Subject(_purchases, BOUGHT),
    "quote": Subject(table_of(Quote), table_of(Quote).c.status == "open"),
    "equipment": Subject(table_of(Equipment)),
    "card": Subject(_cards),
    "case": Subject(_cases),
    "appointment": Subject(
        table_of(Appointment), table_of(Appointment).c.status.in_(("booked", "changed", "held"))
    ),
}


def subject_of(rule: Rule) -> Subject | None:
    """What a rule's messages are about; None where they are about the contact alone."""
    of: str = getattr(rule.when, "of", "")
    name = of.partition(".")[0]
    if rule.when.kind == "rhythm" or (rule.when.kind == "inactivity" and of == "purchase"):
        name = "purchase"
    if rule.when.kind in ("date", "event", "rhythm", "inactivity") and name in SUBJECTS and name != "contact":
        return SUBJECTS[name]
    return None


def column_of(of: str) -> Column[Any]:
    """The column of "card.expires_on"."""
    name, _, column = of.partition(".")
    return SUBJECTS[name].table.c[column]


def conditions(rule: Rule, step: Step, now: datetime) -> list[ColumnElement[bool]]:
    """What must hold of the contact and of the subject, when a message is planned and again when it is sent."""
    subject = subject_of(rule)
    found = [_CONDITIONS[name](rule, now) for name in dict.fromkeys((*rule.only, *step.only))]
    if (
        subject is not None
        and subject.live is not None
        and not _SETTLED.intersection((*rule.only, *step.only))
    ):
        found.append(subject.live)
    if rule.when.kind == "event" and rule.when.first:
        found.append(_only_purchase(rule, now))
    return found


# conditions, each on `contacts`


def _no_open_complaint(rule: Rule, now: datetime) -> ColumnElement[bool]:
    still = _cases.alias("still_open")
    return not_(exists(select(still.c.id).where(still.c.contact_id == contacts.c.id, not_(still.c.closed))))


def _satisfied(rule: Rule, now: datetime) -> ColumnElement[bool]:
    """Satisfied with the last case that was asked about, and not unhappy with one since. source: E13"""
    told = _cases.alias("told")
    later = _cases.alias("later")
    newer = exists(
        select(later.c.id).where(
            later.c.contact_id == contacts.c.id,
            later.c.satisfied.is_not(None),
            later.c.opened_at > told.c.opened_at,
        )
    )
    return exists(select(told.c.id).where(told.c.contact_id == contacts.c.id, told.c.satisfied, not_(newer)))


def _only_purchase(rule: Rule, now: datetime) -> ColumnElement[bool]:
    """No order before this one; its other lines are the same order."""
    earlier = _purchases.alias("earlier")
    return not_(
        exists(
            select(earlier.c.id).where(
                earlier.c.contact_id == contacts.c.id,
                earlier.c.id != _purchases.c.id,
                earlier.c.status.in_(("ordered", "delivered")),
                or_(
                    earlier.c.at < _purchases.c.at,
                    and_(earlier.c.at == _purchases.c.at, earlier.c.id < _purchases.c.id),
                ),
            )
        )
    )


def _not_lost(rule: Rule, now: datetime) -> ColumnElement[bool]:
    return contacts.c.stage != "lost"


def _is_dedicated(rule: Rule, now: datetime) -> ColumnElement[bool]:
    return contacts.c.tier == "dedicated"


def _has_rewards(rule: Rule, now: datetime) -> ColumnElement[bool]:
    cards = _cards.alias("rewarded")
    return exists(select(cards.c.id).where(cards.c.contact_id == contacts.c.id, cards.c.rewards > 0))


_appointments = table_of(Appointment)


def _appointment_ahead(rule: Rule, now: datetime) -> ColumnElement[bool]:
    """Still to come, and not booked or moved just now: that was confirmed a moment ago."""
    standing = _appointments.c.status.in_(("booked", "changed"))
    return standing & (_appointments.c.starts_at > now) & (_appointments.c.updated_at <= now - _JUST_NOW)


def _appointment_missed(rule: Rule, now: datetime) -> ColumnElement[bool]:
    """Missed, and no other one was booked since."""
    other = _appointments.alias("other")
    booked = exists(
        select(other.c.id).where(
            other.c.contact_id == contacts.c.id,
            other.c.status.in_(("booked", "changed")),
            other.c.starts_at > now,
        )
    )
    return (_appointments.c.status == "missed") & not_(booked)


def _with_outcome(outcome: str) -> Any:
    """Held, and this came of it. source: CH-15"""

    def held(rule: Rule, now: datetime) -> ColumnElement[bool]:
        return (_appointments.c.status == "held") & (_appointments.c.outcome == outcome)

    return held


_SETTLED = frozenset(("appointment_missed", "outcome_accepted", "outcome_proposal", "outcome_refused"))
"""Conditions that say themselves which appointments count."""
_JUST_NOW = timedelta(hours=2)

_CONDITIONS: Mapping[Condition, Any] = {
    "appointment_ahead": _appointment_ahead,
    "appointment_missed": _appointment_missed,
    "outcome_accepted": _with_outcome("accepted"),
    "outcome_proposal": _with_outcome("proposal"),
    "outcome_refused": _with_outcome("refused"),
    "no_open_complaint": _no_open_complaint,
    "satisfied": _satisfied,
    "only_purchase": _only_purchase,
    "not_lost": _not_lost,
    "is_dedicated": _is_dedicated,
    "has_rewards": _has_rewards,
}
