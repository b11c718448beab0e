"""What is open at this instant, for a manager's screen: a few indexed counts, no history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from bot.indicator_queries import COUNTED, Span
from bot.records import Agent, Case, Contact, Conversation, DeadlineRow
from bot.records.base import table_of

_cases = table_of(Case).c
_deadlines = table_of(DeadlineRow).c
_conversations = table_of(Conversation).c
_agents = table_of(Agent).c
_contacts = table_of(Contact).c

FACETS = ("cause", "product", "zone", "object", "channel")
"""Columns of a case that a manager may look behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoad:
    """An agent and what lies with them."""

    agent_id: str
    name: str
    conversations: int
    urgent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCounters:
    """Open now. `overdue` and `due_today` are promises to treat a complaint that nobody kept yet."""

    waiting: int  # conversations that wait for a person
    with_people: int
    open_cases: int
    overdue: int
    due_today: int
    loads: tuple[AgentLoad, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """A complaint behind a figure."""

    reference: str
    customer: str
    product: str
    cause: str
    desk_id: str
    owner: str
    closed: bool
    received_at: datetime
    due_at: datetime


def read_live(session: Session, now: datetime, day_ends_at: datetime, *, most: int = 50) -> LiveCounters:
    """The counters, and the agents with most to do first."""
    by_owner: dict[str, int] = {
        row[0]: row[1]
        for row in session.execute(
            select(_conversations.owner, func.count())
            .where(_conversations.owner.in_(("queue", "agent")))
            .group_by(_conversations.owner)
        )
    }
    overdue, today = session.execute(
        select(
            func.coalesce(func.sum(case((_deadlines.due_at < now, 1), else_=0)), 0),
            func.coalesce(func.sum(case((_deadlines.due_at >= now, 1), else_=0)), 0),
        ).where(
            _deadlines.status == "running", _deadlines.kind == "resolution", _deadlines.due_at < day_ends_at
        )
    ).one()
    open_cases = session.scalar(select(func.count()).where(~_cases.closed)) or 0
    return LiveCounters(
        waiting=int(by_owner.get("queue", 0)),
        with_people=int(by_owner.get("agent", 0)),
        open_cases=int(open_cases),
        overdue=int(overdue),
        due_today=int(today),
        loads=_loads(session, most),
    )


def _loads(session: Session, most: int) -> tuple[AgentLoad, ...]:
    number = func.count(_conversations.id).label("number")
    urgent = func.coalesce(func.sum(case((_conversations.urgent, 1), else_=0)), 0)
    rows = session.execute(
        select(_agents.id, _agents.name, number, urgent.label("urgent"))
        .select_from(
            table_of(Agent).outerjoin(
                table_of(Conversation),
                and_(_conversations.agent_id == _agents.id, _conversations.owner == "agent"),
            )
        )
        .where(_agents.active)
        .group_by(_agents.id, _agents.name)
        .order_by(number.desc(), _agents.name)
        .limit(most)
    )
    return tuple(
        AgentLoad(agent_id=row.id, name=row.name, conversations=int(row.number), urgent=int(row.urgent))
        for row in rows
    )


def cases_behind(
    session: Session, span: Span, facet: str, value: str, *, most: int
) -> tuple[Sequence[CaseLine], int]:
    """Complaints received in a span whose `facet` has a value, newest first, and how many there are.

    Raises ValueError for a column that is no facet.
    """
    if facet not in FACETS:
        raise ValueError(f"{facet!r} is not one of {', '.join(FACETS)}")
    wanted = and_(COUNTED, span.holds(_cases.received_at), _cases[facet] == value)
    count = int(session.scalar(select(func.count()).where(wanted)) or 0)
    rows = session.execute(
        select(
            _cases.reference,
            func.coalesce(_contacts.name, "").label("customer"),
            *(
                _cases[name]
                for name in ("product", "cause", "desk_id", "owner", "closed", "received_at", "due_at")
            ),
        )
        .select_from(table_of(Case).outerjoin(table_of(Contact), _contacts.id == _cases.contact_id))
        .where(wanted)
        .order_by(_cases.received_at.desc(), _cases.id.desc())
        .limit(most)
    )
    return [CaseLine(**row._asdict()) for row in rows], count
