"""The list of complaints: its views, filters, search and pages, what is owed first on top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, get_args

from sqlalchemy import and_, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from bot.complaints.lifecycle import ENREGISTREMENT, OBJECTS, SEVERITIES
from bot.console.complaints.seeing import Viewer, seen_by
from bot.contacts_data.searching import search_contacts
from bot.records import Case, CaseForward, Compensation, Contact, DeadlineRow
from bot.records.base import UtcDateTime, table_of
from channels.text import clean_text

_cases = table_of(Case).c
_contacts = table_of(Contact).c
_deadlines = table_of(DeadlineRow).c
_forwards = table_of(CaseForward).c
_given = table_of(Compensation).c

View = Literal[
    "open", "mine", "new", "soon", "overdue", "customer", "department", "approve", "closed", "asked", "told"
]
VIEWS: Final[tuple[View, ...]] = get_args(View)
FOR_HANDLERS: Final[tuple[View, ...]] = VIEWS[:9]
FOR_DEPARTMENTS: Final[tuple[View, ...]] = VIEWS[9:]
PAGE: Final = 40
SOON: Final = timedelta(hours=24)
MOST_COUNTED: Final = 1_000
_MOST_NAMED: Final = 200  # contacts a search looks behind
_FAR: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""Stands for "nothing is owed": after everything that is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody wants to see."""

    view: View = "open"
    desk: str = ""
    object: str = ""
    severity: str = ""
    words: str = ""


def asked_by(query: Mapping[str, str], viewer: Viewer) -> Asked:
    """What an address asks for; what it says that makes no sense is left out."""
    views = FOR_HANDLERS if viewer.all else FOR_DEPARTMENTS
    view = next((each for each in views if each == query.get("view", "")), views[0])
    asked = Asked(view=view, desk=query.get("desk", "")[:64], words=query.get("q", "")[:100])
    if query.get("object", "") in OBJECTS:
        asked = replace(asked, object=query["object"])
    if query.get("severity", "") in SEVERITIES:
        asked = replace(asked, severity=query["severity"])
    return asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One complaint of the list."""

    id: str
    reference: str
    customer: str  # "" for departments, who are not told it
    summary: str
    object: str
    severity: str
    angry: bool
    phase: str
    closed: bool
    outcome: str
    desk: str
    owner: str
    waiting: bool
    asked_desks: tuple[str, ...]  # departments that owe an answer
    to_approve: bool
    owed_at: datetime | None  # the next instant at which something is due
    owed_kind: str
    closed_at: datetime | None
    received_at: datetime


Mark = tuple[datetime, str]
"""A place in the list: the instant it is sorted by, and the case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A bounded part of the list; `after` is where the next one begins, None at the end."""

    lines: Sequence[Line]
    after: Mark | None


def _running(viewer: Viewer) -> Any:
    """The clocks of cases that run; a department is shown its own."""
    running = and_(_deadlines.status == "running", _deadlines.case_id.is_not(None))
    return running if viewer.all else and_(running, _deadlines.desk_id == viewer.desk)


def _owed(viewer: Viewer) -> Any:
    """The next due instant of each case that has a clock running."""
    return (
        select(_deadlines.case_id, func.min(_deadlines.due_at).label("due_at"))
        .where(_running(viewer))
        .group_by(_deadlines.case_id)
        .subquery()
    )


def _asked_of(desk: str = "") -> Any:
    """A department that was asked and has not answered."""
    asked = and_(
        _forwards.case_id == _cases.id,
        _forwards.answered_at.is_(None),
        ~_forwards.copied,
    )
    if desk:
        asked = and_(asked, _forwards.desk_id == desk)
    return exists(select(_forwards.id).where(asked).correlate(table_of(Case)))


def _to_approve() -> Any:
    return exists(
        select(_given.id)
        .where(_given.case_id == _cases.id, _given.status == "proposed", _given.needs_approval)
        .correlate(table_of(Case))
    )


def _conditions(view: View, viewer: Viewer, owed: Any, now: datetime) -> list[Any]:
    opened = ~_cases.closed
    ways: dict[View, list[Any]] = {
        "open": [opened],
        "mine": [opened, _cases.owner == viewer.name],
        "new": [opened, _cases.phase == ENREGISTREMENT],
        "soon": [opened, owed >= now, owed <= now + SOON],
        "overdue": [opened, owed < now],
        "customer": [opened, _cases.waiting_at.is_not(None)],
        "department": [opened, _asked_of()],
        "approve": [opened, _to_approve()],
        "closed": [_cases.closed],
        "asked": [opened, _asked_of(viewer.desk)],
        "told": [~_asked_of(viewer.desk)],
    }
    return [seen_by(viewer), *ways[view]]


def _filters(session: Session, asked: Asked, viewer: Viewer, country: str) -> list[Any]:
    found: list[Any] = []
    if asked.desk:
        found.append(_cases.desk_id == asked.desk)
    if asked.object:
        found.append(_cases.object == asked.object)
    if asked.severity:
        found.append(_cases.severity == asked.severity)
    if words := clean_text(asked.words).strip():
        fields = (_cases.reference, _cases.summary, _cases.product, _cases.order_ref, _cases.code)
        ways = [field.icontains(words, autoescape=True) for field in fields]
        if viewer.all:
            named = search_contacts(session, words, country=country, limit=_MOST_NAMED)
            ways.append(_cases.contact_id.in_(named))
        found.append(or_(*ways))
    return found


def read_page(
    session: Session,
    asked: Asked,
    viewer: Viewer,
    now: datetime,
    *,
    after: Mark | None = None,
    limit: int = PAGE,
    country: str = "",
) -> Page:
    """What is owed first on top; closed ones by when they were closed, the last one on top."""
    owed = _owed(viewer)
    due = func.coalesce(owed.c.due_at, literal(_FAR, UtcDateTime()), type_=UtcDateTime())
    ended = asked.view in ("closed", "told")
    place = func.coalesce(_cases.closed_at, _cases.received_at, type_=UtcDateTime()) if ended else due
    query = (
        select(_cases.id, due.label("owed_at"), place.label("place"))
        .outerjoin(owed, owed.c.case_id == _cases.id)
        .where(
            *_conditions(asked.view, viewer, owed.c.due_at, now), *_filters(session, asked, viewer, country)
        )
        .limit(limit + 1)
    )
    order = (place.desc(), _cases.id.desc()) if ended else (place, _cases.id)
    query = query.order_by(*order)
    if after is not None:
        at, last = after
        here = literal(at, UtcDateTime())
        beyond = place < here if ended else place > here
        same = _cases.id < last if ended else _cases.id > last
        query = query.where(or_(beyond, and_(place == here, same)))
    places = session.execute(query).all()  # narrow rows are sorted, the wide ones read by their ids
    more, places = len(places) > limit, places[:limit]
    ids = [place.id for place in places]
    rows = {row.id: row for row in session.execute(_wide(ids))}
    kinds, desks = _kinds(session, ids, viewer), _asked_desks(session, ids)
    lines = [
        _line(rows[one.id], one.owed_at, viewer, kinds.get(one.id, ""), desks.get(one.id, ()))
        for one in places
        if one.id in rows
    ]
    return Page(lines=lines, after=(places[-1].place, places[-1].id) if more else None)


def _wide(ids: Sequence[str]) -> Any:
    return (
        select(table_of(Case), _contacts.name.label("customer"), _to_approve().label("to_approve"))
        .outerjoin(table_of(Contact), _contacts.id == _cases.contact_id)
        .where(_cases.id.in_(ids))
    )


def _line(row: Any, owed_at: datetime, viewer: Viewer, kind: str, desks: tuple[str, ...]) -> Line:
    return Line(
        id=row.id,
        reference=row.reference,
        customer=(row.customer or "") if viewer.all else "",
        summary=row.summary,
        object=row.object,
        severity=row.severity,
        angry=row.angry,
        phase=row.phase,
        closed=row.closed,
        outcome=row.outcome,
        desk=row.desk_id,
        owner=row.owner,
        waiting=row.waiting_at is not None,
        asked_desks=desks,
        to_approve=viewer.all and bool(row.to_approve),
        owed_at=None if row.closed or owed_at >= _FAR else owed_at,
        owed_kind=kind,
        closed_at=row.closed_at,
        received_at=row.received_at,
    )


def _kinds(session: Session, ids: Sequence[str], viewer: Viewer) -> Mapping[str, str]:
    """What is due next, by case."""
    rows = session.execute(
        select(_deadlines.case_id, _deadlines.kind)
        .where(_deadlines.case_id.in_(ids), _running(viewer))
        .order_by(_deadlines.due_at.desc())
    )
    return {row.case_id: row.kind for row in rows}


def _asked_desks(session: Session, ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    rows = session.execute(
        select(_forwards.case_id, _forwards.desk_id)
        .where(_forwards.case_id.in_(ids), _forwards.answered_at.is_(None), ~_forwards.copied)
        .order_by(_forwards.id)
    )
    found: dict[str, tuple[str, ...]] = {}
    for case_id, desk in rows:
        found[case_id] = (*found.get(case_id, ()), desk)
    return found


def read_counts(session: Session, viewer: Viewer, now: datetime) -> Mapping[View, int]:
    """How many each view holds, to `MOST_COUNTED`; closed ones are not counted."""
    found: dict[View, int] = {}
    for view in FOR_HANDLERS[:-1] if viewer.all else FOR_DEPARTMENTS[:1]:
        owed = _owed(viewer)
        query = select(_cases.id).where(*_conditions(view, viewer, owed.c.due_at, now)).limit(MOST_COUNTED)
        if view in ("soon", "overdue"):
            query = query.join(owed, owed.c.case_id == _cases.id)
        found[view] = int(session.scalar(select(func.count()).select_from(query.subquery())) or 0)
    return found


def count_waiting(session: Session, viewer: Viewer) -> int:
    """For the navigation: what is new and nobody's, or what a department was asked; to `MOST_COUNTED`."""
    if viewer.all:
        wanted = select(_cases.id).where(~_cases.closed, _cases.phase == ENREGISTREMENT, _cases.owner == "")
    else:
        wanted = select(_cases.id).where(seen_by(viewer), ~_cases.closed, _asked_of(viewer.desk))
    return int(session.scalar(select(func.count()).select_from(wanted.limit(MOST_COUNTED).subquery())) or 0)
