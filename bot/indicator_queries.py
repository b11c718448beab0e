"""The figures' raw material, by aggregates: nothing is loaded that a database can count.

A complaint of a mystery customer is left out of all of them (source: E26), and one that was merged into another is
the same matter on a second channel. A promise belongs to the period it falls due in, so that it counts once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Executable, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from bot.complaints.indicators import Base, Promises, Spread, spread
from bot.complaints.recurrence import Count
from bot.complaints.working_time import Instants
from bot.records import (
    AuditEntry,
    Case,
    CaseEvent,
    Compensation,
    Contact,
    Conversation,
    DeadlineRow,
    IndicatorBase,
    Message,
    ReceiptOwed,
    SurveyAnswer,
)
from bot.records.base import table_of
from bot.store.sql_time import epoch_s, first_id_at, windows_before

_cases = table_of(Case).c
_deadlines = table_of(DeadlineRow).c
_receipts = table_of(ReceiptOwed).c
_messages = table_of(Message).c
_conversations = table_of(Conversation).c
_audit = table_of(AuditEntry).c
_events = table_of(CaseEvent).c
_answers = table_of(SurveyAnswer).c
_compensations = table_of(Compensation).c
_contacts = table_of(Contact).c
_bases = table_of(IndicatorBase).c

_ID_SLACK = timedelta(days=2)  # between an id's time and the row's own
_FETCH = 10_000

COUNTED = and_(~_cases.mystery, _cases.outcome != "merged")
"""Complaints that are a figure's business."""

MOVED = ("transfer",)
"""Actions by which a person sends a complaint to another desk: it was routed to the wrong one."""


ANSWERED = ("answer", "refuse")
"""Actions that give the customer the company's word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Instants from `start` up to, not including, `end`; `now` hides promises that are not due yet."""

    start: datetime
    end: datetime
    now: datetime

    @property
    def due_until(self) -> datetime:
        return min(self.end, self.now)

    def holds(self, column: Any) -> ColumnElement[bool]:
        return and_(column >= self.start, column < self.end)


def count_cases(session: Session, span: Span, *more: Any) -> int:
    return int(
        session.scalar(select(func.count()).where(COUNTED, span.holds(_cases.received_at), *more)) or 0
    )


def count_closed(session: Session, span: Span) -> int:
    return int(session.scalar(select(func.count()).where(COUNTED, span.holds(_cases.closed_at))) or 0)


def count_mystery(session: Session, span: Span) -> int:
    return int(
        session.scalar(select(func.count()).where(_cases.mystery, span.holds(_cases.received_at))) or 0
    )


def volumes(session: Session, span: Span, column: Any) -> dict[str, int]:
    """Complaints received, by a column of theirs."""
    rows = session.execute(
        select(column, func.count()).where(COUNTED, span.holds(_cases.received_at)).group_by(column)
    )
    return {str(name): int(count) for name, count in rows}


FACETS = ("channel", "product", "zone", "object", "cause")


@dataclass(frozen=True, slots=True, kw_only=True)
class Volumes:
    """Complaints received, and how many of them by each facet."""

    complaints: int
    angry: int
    by: Mapping[str, Mapping[str, int]]


def all_volumes(session: Session, span: Span) -> Volumes:
    """One pass over the period, whatever the number of facets."""
    rows = session.execute(
        select(*(_cases[name] for name in FACETS), _cases.angry, func.count())
        .where(COUNTED, span.holds(_cases.received_at))
        .group_by(*(_cases[name] for name in FACETS), _cases.angry)
    )
    complaints = angry = 0
    by: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    for *facets, is_angry, count in rows:
        complaints += count
        angry += count if is_angry else 0
        for name, value in zip(FACETS, facets, strict=True):
            by[name][value] += count
    return Volumes(complaints=complaints, angry=angry, by=by)


def customers(session: Session, span: Span, most: int) -> list[tuple[str, str, int]]:
    """Who complained most: contact id, name, complaints."""
    number = func.count().label("number")
    rows = session.execute(
        select(_cases.contact_id, func.coalesce(_contacts.name, ""), number)
        .select_from(table_of(Case).outerjoin(table_of(Contact), _contacts.id == _cases.contact_id))
        .where(COUNTED, span.holds(_cases.received_at))
        .group_by(_cases.contact_id, _contacts.name)
        .order_by(number.desc(), _cases.contact_id)
        .limit(most)
    )
    return [(str(contact_id), str(name), int(count)) for contact_id, name, count in rows]


# promises


def promises(session: Session, span: Span) -> dict[str, Promises]:
    """Kept and due of each kind of deadline. A paused or cancelled promise is not due."""
    kept = case((_deadlines.met_at <= _deadlines.due_at, 1), else_=0)
    left_out = select(_cases.id).where(or_(_cases.mystery, _cases.outcome == "merged"))
    rows = session.execute(
        select(_deadlines.kind, func.count(), func.sum(kept))
        .where(
            _deadlines.due_at >= span.start,
            _deadlines.due_at < span.due_until,
            _deadlines.status.in_(("running", "met", "missed")),
            or_(_deadlines.case_id.is_(None), _deadlines.case_id.not_in(left_out)),
        )
        .group_by(_deadlines.kind)
    )
    return {str(kind): Promises(due=int(due), kept=int(kept or 0)) for kind, due, kept in rows}


def acknowledged(session: Session, span: Span) -> tuple[Promises, Spread]:
    """Acknowledgements owed for messages received in the period: kept, and how long they took."""
    received = epoch_s(_receipts.received_at)
    never = -1.0
    of_mystery = select(_cases.conversation_id).where(_cases.mystery)
    took, in_time = _pairs(
        session,
        select(
            func.coalesce(epoch_s(_receipts.acknowledged_at) - received, never),
            case((_receipts.acknowledged_at <= _receipts.due_at, 1.0), else_=0.0),
        ).where(
            _receipts.journal_id >= first_id_at(span.start - _ID_SLACK),
            _receipts.journal_id < first_id_at(span.end + _ID_SLACK),
            span.holds(_receipts.received_at),
            _receipts.due_at < span.now,
            _receipts.conversation_id.not_in(of_mystery),
        ),
    )
    given = np.round(took[took > never], 3)
    return Promises(due=len(took), kept=int(in_time.sum())), spread(given)


def answered_spans(session: Session, span: Span) -> tuple[Instants, Instants]:
    """Receipt and answer of the complaints answered in the period."""
    return _pairs(
        session,
        select(epoch_s(_cases.received_at), epoch_s(_cases.answered_at)).where(
            COUNTED, span.holds(_cases.answered_at)
        ),
    )


def first_answer_spans(session: Session, span: Span) -> tuple[Instants, Instants]:
    """Receipt and a person's first words, for those that came in the period."""
    return _pairs(
        session,
        select(epoch_s(_deadlines.started_at), epoch_s(_deadlines.met_at))
        .join(table_of(Case), _cases.id == _deadlines.case_id)
        .where(COUNTED, _deadlines.kind == "first_answer", span.holds(_deadlines.met_at)),
    )


def mystery_spans(session: Session, span: Span) -> tuple[Instants, Instants]:
    """The same as `answered_spans`, for mystery customers: timed like the others, shown apart."""
    return _pairs(
        session,
        select(epoch_s(_cases.received_at), epoch_s(_cases.answered_at)).where(
            _cases.mystery, span.holds(_cases.answered_at)
        ),
    )


def _pairs(session: Session, statement: Executable) -> tuple[Instants, Instants]:
    """Two numbers a row, without an object a row."""
    blocks = [
        np.fromiter(chain.from_iterable(rows), np.float64, 2 * len(rows)).reshape(-1, 2)
        for rows in session.execute(statement).partitions(_FETCH)
        if rows
    ]
    if not blocks:
        return np.zeros(0), np.zeros(0)
    both = np.concatenate(blocks)
    return both[:, 0], both[:, 1]


# shares


def reopened(session: Session, span: Span) -> tuple[int, int]:
    """Complaints answered in the period that were opened again, and all that were answered.

    A reopened case has no answer until it gets the next one: its history knows of the first.
    """
    told = select(_events.case_id).where(
        _events.id >= first_id_at(span.start - _ID_SLACK),
        _events.id < first_id_at(span.end + _ID_SLACK),
        _events.action.in_(ANSWERED),
        span.holds(_events.at),
    )
    stands = select(_cases.id).where(span.holds(_cases.answered_at))
    again = func.sum(case((_cases.reopened > 0, 1), else_=0))
    part, whole = session.execute(
        select(again, func.count()).where(COUNTED, _cases.id.in_(told.union(stands)))
    ).one()
    return int(part or 0), int(whole)


def moved(session: Session, span: Span) -> int:
    """Complaints received that somebody sent to another desk afterwards."""
    sent_on = select(_events.case_id).where(
        _events.id >= first_id_at(span.start - _ID_SLACK), _events.action.in_(MOVED)
    )
    return count_cases(session, span, _cases.id.in_(sent_on))


def self_served(session: Session, span: Span) -> tuple[int, int]:
    """Conversations that the bot alone served, and all in which a customer wrote in the period."""
    said = aliased(table_of(Message))
    wrote = exists().where(
        said.c.conversation_id == _conversations.id,
        said.c.direction == "in",
        said.c.automatic == "",
        span.holds(said.c.created_at),
    )
    by_people = or_(
        exists().where(
            _messages.conversation_id == _conversations.id,
            _messages.direction == "out",
            _messages.author != "bot",
            span.holds(_messages.created_at),
        ),
        exists().where(
            _audit.object_kind == "conversation",
            _audit.object_id == _conversations.id,
            _audit.action.in_(("handed_over", "taken_over")),
            span.holds(_audit.at),
        ),
        exists().where(_cases.conversation_id == _conversations.id, span.holds(_cases.received_at)),
    )
    alone = func.sum(case((by_people, 0), else_=1))
    part, whole = session.execute(
        select(alone, func.count()).where(_conversations.last_inbound_at >= span.start, wrote)
    ).one()
    return int(part or 0), int(whole)


def marks(session: Session, span: Span) -> dict[int, int]:
    """Marks from 1 to 5 that customers gave in the period; the newest answer of a round counts."""
    rows = session.execute(
        select(_answers.score, func.count())
        .join(table_of(Case), _cases.id == _answers.case_id)
        .where(COUNTED, _answers.score.between(1, 5), span.holds(_answers.at))
        .group_by(_answers.score)
    )
    return {int(score): int(count) for score, count in rows}


def satisfied_again(session: Session, span: Span) -> tuple[int, int]:
    """Of complaints answered in the period: said yes to "satisfied again?", and said anything. source: CO-07"""
    yes = func.sum(case((_cases.satisfied, 1), else_=0))
    part, whole = session.execute(
        select(yes, func.count(_cases.satisfied)).where(
            COUNTED, span.holds(_cases.answered_at), _cases.satisfied.is_not(None)
        )
    ).one()
    return int(part or 0), int(whole)


# money


def compensation_costs(session: Session, span: Span) -> dict[str, tuple[int, Decimal]]:
    """What was granted in the period, by currency: how many, and what it cost."""
    at = func.coalesce(_compensations.decided_at, _compensations.proposed_at)
    rows = session.execute(
        select(_compensations.currency, func.count(), func.sum(_compensations.cost))
        .join(table_of(Case), _cases.id == _compensations.case_id)
        .where(~_cases.mystery, _compensations.status == "granted", span.holds(at))
        .group_by(_compensations.currency)
    )
    return {str(currency): (int(count), Decimal(cost)) for currency, count, cost in rows}


def bases(session: Session) -> list[Base]:
    return [
        Base(kind=row.kind, first=row.first_day, last=row.last_day, amount=row.amount)
        for row in session.execute(select(table_of(IndicatorBase)).order_by(_bases.first_day))
    ]


# recurrence


def recurrence_counts(session: Session, end: datetime, window: timedelta, windows: int) -> Iterator[Count]:
    """Complaints of the last windows before `end`, by product, zone and cause."""
    at = windows_before(_cases.received_at, end, window.total_seconds()).label("window")
    rows = session.execute(
        select(_cases.product, _cases.zone, _cases.cause, at, func.count())
        .where(
            COUNTED,
            _cases.received_at >= end - window * (windows + 1),
            _cases.received_at < end,
        )
        .group_by(_cases.product, _cases.zone, _cases.cause, at)
    )
    for product, zone, cause, back, number in rows:
        yield Count(product=product, zone=zone, cause=cause, window=int(back), number=int(number))


def first_complaint_at(session: Session) -> datetime | None:
    found: datetime | None = session.scalar(select(_cases.received_at).order_by(_cases.received_at).limit(1))
    return found
