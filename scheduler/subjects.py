"""What rules go by: the tables that hold their dates, the conditions they set, as SQL for whole audiences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, FromClause, and_, exists, false, not_, or_, select
from sqlalchemy.orm import Session

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
from scheduler.segments import Members
from scheduler.segments import RuleError as NoSegment

log = structlog.get_logger()

contacts = table_of(Contact)
# Under names of their own: a segment looks for rows of these tables within the same statement.
_purchases = table_of(Purchase).alias("the_purchase")
_quotes = table_of(Quote).alias("the_quote")
_appointments = table_of(Appointment).alias("the_appointment")

BOUGHT = _purchases.c.status.in_(("ordered", "delivered"))


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing a message may be about: its table, and which of its rows still count."""

    table: FromClause
    live: ColumnElement[bool] | None = None

    @property
    def id(self) -> ColumnElement[str]:
        return self.table.c.id

    @property
    def contact_id(self) -> ColumnElement[str]:
        return self.table.c.id if self.table is contacts else self.table.c.contact_id


SUBJECTS: Mapping[str, Subject] = {
    "contact": Subject(contacts),
    "purchase": Subject(_purchases, BOUGHT),
    "quote": Subject(_quotes, _quotes.c.status == "open"),
    "equipment": Subject(table_of(Equipment).alias("the_machine")),
    "card": Subject(table_of(LoyaltyAccount).alias("the_card")),
    "case": Subject(table_of(Case).alias("the_case")),
    "appointment": Subject(_appointments, _appointments.c.status.in_(("booked", "changed", "held"))),
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


def column_of(of: str) -> ColumnElement[Any]:
    """The column of "card.expires_on"."""
    name, _, column = of.partition(".")
    return SUBJECTS[name].table.c[column]


def conditions(
    session: Session, rule: Rule, step: Step, now: datetime, members: Members
) -> list[ColumnElement[bool]]:
    """What must hold of the contact and of the subject, when a message is planned and again when it is sent."""
    subject = subject_of(rule)
    found = _among(session, rule, now, members) + [
        _CONDITIONS[name](rule, now) for name in dict.fromkeys((*rule.only, *step.only))
    ]
    if (
        subject is not None
        and subject.live is not None
        and not _SETTLED.intersection((*rule.only, *step.only))
    ):
        found.append(subject.live)
    if rule.when.kind == "event" and rule.when.first:
        found.append(_only_purchase(rule, now))
    return found


def _among(session: Session, rule: Rule, now: datetime, members: Members) -> list[ColumnElement[bool]]:
    """Members of the rule's segment; nobody where it can't be read any more, such as after a field was taken out."""
    if not rule.segment:
        return []
    try:
        segment = members.read(rule.segment)
    except NoSegment as error:
        log.error("rule_segment_unusable", rule=rule.name, error=str(error))
        return [false()]
    return [members.where(session, segment, now, whole=False)]


# conditions, each on `contacts`


def _no_open_complaint(rule: Rule, now: datetime) -> ColumnElement[bool]:
    still = table_of(Case).alias("still_open")
    return not_(exists(select(still.c.id).where(still.c.contact_id == contacts.c.id, not_(still.c.closed))))


def _satisfied(rule: Rule, now: datetime) -> ColumnElement[bool]:
    """Satisfied with the last case that was asked about, and not unhappy with one since. source: E13"""
    told = table_of(Case).alias("told")
    later = table_of(Case).alias("later")
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
    earlier = table_of(Purchase).alias("earlier")
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
    cards = table_of(LoyaltyAccount).alias("rewarded")
    return exists(select(cards.c.id).where(cards.c.contact_id == contacts.c.id, cards.c.rewards > 0))


def _appointment_ahead(rule: Rule, now: datetime) -> ColumnElement[bool]:
    """Still to come, and not booked or moved just now: that was confirmed a moment ago."""
    standing = _appointments.c.status.in_(("booked", "changed"))
    return standing & (_appointments.c.starts_at > now) & (_appointments.c.updated_at <= now - _JUST_NOW)


def _appointment_missed(rule: Rule, now: datetime) -> ColumnElement[bool]:
    """Missed, and no other one was booked since."""
    other = table_of(Appointment).alias("other")
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
