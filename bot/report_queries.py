"""What the weekly report shows besides figures: what is late now, preventive actions, the weeks before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from bot.complaints.periods import Period
from bot.indicator_queries import COUNTED, Span, count_cases
from bot.records import AuditEntry, Case, Contact, DeadlineRow, PreventiveAction
from bot.records.base import table_of

_cases = table_of(Case).c
_deadlines = table_of(DeadlineRow).c
_contacts = table_of(Contact).c
_actions = table_of(PreventiveAction).c
_audit = table_of(AuditEntry).c

RECURRENCE = "recurrence:"  # begins the key of an action that the daily look proposed


@dataclass(frozen=True, slots=True, kw_only=True)
class LateCase:
    reference: str
    customer: str
    product: str
    desk_id: str
    owner: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A preventive action; `usual` and `cases_at_first` only where a recurrence raised it."""

    id: str
    key: str
    title: str
    what: str
    owner: str
    due_on: date | None
    created_at: datetime
    closed_at: datetime | None
    cases: int
    cases_at_first: int
    usual: Decimal | None

    @property
    def found(self) -> bool:
        return self.key.startswith(RECURRENCE)


def late_cases(session: Session, now: datetime, most: int) -> tuple[list[LateCase], int]:
    """Complaints whose resolution is overdue and not on hold, the oldest first, and how many there are."""
    overdue = and_(
        COUNTED,
        ~_cases.closed,
        _deadlines.kind == "resolution",
        _deadlines.status == "running",
        _deadlines.due_at < now,
    )
    joined = table_of(DeadlineRow).join(table_of(Case), _cases.id == _deadlines.case_id)
    count = int(session.scalar(select(func.count()).select_from(joined).where(overdue)) or 0)
    rows = session.execute(
        select(
            _cases.reference,
            _contacts.name,
            _cases.product,
            _cases.desk_id,
            _cases.owner,
            _deadlines.due_at,
        )
        .select_from(joined.outerjoin(table_of(Contact), _contacts.id == _cases.contact_id))
        .where(overdue)
        .order_by(_deadlines.due_at)
        .limit(most)
    )
    late = [
        LateCase(
            reference=row.reference,
            customer=row.name or "",
            product=row.product,
            desk_id=row.desk_id,
            owner=row.owner,
            due_at=row.due_at,
        )
        for row in rows
    ]
    return late, count


def open_actions(session: Session, most: int = 200) -> list[Action]:
    """Preventive actions, open ones first by their date, then those closed last."""
    rows = session.execute(
        select(table_of(PreventiveAction))
        .where(_actions.status != "dropped")
        .order_by(
            _actions.closed_at.is_not(None),
            _actions.due_on.is_(None),
            _actions.due_on,
            _actions.created_at.desc(),
        )
        .limit(most)
    ).all()
    details = _details(session, [row.id for row in rows])
    return [_action(row, details.get(row.id, {})) for row in rows]


def _details(session: Session, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What the audit log kept of each recurrence when it was found."""
    rows = session.execute(
        select(_audit.object_id, _audit.detail).where(
            _audit.object_kind == "preventive_action",
            _audit.action == "recurrence_found",
            _audit.object_id.in_(ids),
        )
    )
    return {str(object_id): dict(detail) for object_id, detail in rows}


def _action(row: Any, detail: dict[str, Any]) -> Action:
    what = ", ".join(part for part in (row.product, row.zone, row.cause) if part)
    usual = detail.get("usual")
    return Action(
        id=row.id,
        key=row.key,
        title=row.title,
        what=what or row.title,
        owner=row.owner,
        due_on=row.due_on,
        created_at=row.created_at,
        closed_at=row.closed_at,
        cases=len(row.cases),
        cases_at_first=int(detail.get("cases", len(row.cases))),
        usual=None if usual is None else Decimal(str(usual)),
    )


def weekly_counts(session: Session, week: Period, weeks: int, zone: tzinfo) -> list[tuple[Period, int]]:
    """Complaints received in the last weeks, this one included, oldest first."""
    found = []
    for back in reversed(range(weeks)):
        period = week.before(back) if back else week
        span = Span(start=period.starts_at(zone), end=period.ends_at(zone), now=period.ends_at(zone))
        found.append((period, count_cases(session, span)))
    return found
