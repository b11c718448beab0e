"""One complaint with all that hangs on it, and what each act would be refused for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import String, cast, or_, select
from sqlalchemy.orm import Session

from bot.case_work import facts_of
from bot.cases import doer_of
from bot.complaints.lifecycle import ACTIONS, CaseFacts, Doer, obstacles
from bot.console.complaints.seeing import Viewer, seen_by
from bot.inbox.timeline import Line, read_lines
from bot.records import (
    Agent,
    Case,
    CaseEvent,
    CaseForward,
    CaseLink,
    Compensation,
    Contact,
    Conversation,
    DeadlineRow,
    Organisation,
    PreventiveAction,
    SurveyAnswer,
)
from bot.records.base import table_of
from bot.store.changes import NotFound

_cases = table_of(Case).c
_contacts = table_of(Contact).c
_conversations = table_of(Conversation).c
_organisations = table_of(Organisation).c
_links = table_of(CaseLink).c
_actions = table_of(PreventiveAction).c
_events = table_of(CaseEvent).c
_agents = table_of(Agent).c

MOST: Final = 300
"""Steps, clocks, papers of one case that are shown; the newest where there are more."""
_FOR_DEPARTMENTS: Final = ("forward", "department_answer", "note", "attach", "prevent", "copy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A complaint as its page shows it. What a department may not know is empty."""

    case: Any
    everything: bool  # False: as a department sees it
    customer: str
    organisation: str
    language: str  # the customer's
    channel: str  # of the conversation
    earlier: int  # complaints of the same customer before this one
    events: Sequence[Any]
    clocks: Sequence[Any]
    forwards: Sequence[Any]
    compensations: Sequence[Any]
    links: Sequence[tuple[str, str, str]]  # reference, kind, note
    survey: Sequence[Any]
    prevention: Sequence[Any]
    lines: Sequence[Line]
    facts: CaseFacts
    doer: Doer
    against: Mapping[str, tuple[str, ...]]  # act of the table → what stands against it

    def may(self, action: str) -> bool:
        return not self.against[action]

    @property
    def qualified(self) -> bool:
        return any(event.action == "qualify" for event in self.events) or bool(self.case.code)


def read_case(session: Session, wanted: str, viewer: Viewer) -> Whole:
    """By reference or id. Raises `NotFound`, also for what a department was never handed."""
    row = session.execute(
        select(
            table_of(Case),
            _contacts.name.label("customer"),
            _contacts.language.label("contact_language"),
            _organisations.name.label("organisation"),
            _conversations.channel.label("talk_channel"),
            _conversations.language.label("talk_language"),
        )
        .outerjoin(table_of(Contact), _contacts.id == _cases.contact_id)
        .outerjoin(table_of(Organisation), _organisations.id == _contacts.organisation_id)
        .outerjoin(table_of(Conversation), _conversations.id == _cases.conversation_id)
        .where(or_(_cases.reference == wanted.upper(), _cases.id == wanted), seen_by(viewer))
    ).first()
    if row is None:
        raise NotFound(f"there is no case {wanted}")
    facts, doer = facts_of(session, row), doer_of(session, viewer.email, "")
    everything = viewer.all
    return Whole(
        case=row,
        everything=everything,
        customer=(row.customer or "") if everything else "",
        organisation=(row.organisation or "") if everything else "",
        language=row.talk_language or row.contact_language or "",
        channel=row.talk_channel or row.channel,
        earlier=_earlier(session, row) if everything else 0,
        events=_events_of(session, row.id, viewer),
        clocks=[
            each
            for each in _of_case(session, DeadlineRow, row.id)
            if everything or each.desk_id == viewer.desk
        ],
        forwards=[
            each
            for each in _of_case(session, CaseForward, row.id)
            if everything or each.desk_id == viewer.desk
        ],
        compensations=_of_case(session, Compensation, row.id) if everything else (),
        links=_links_of(session, row.id) if everything else (),
        survey=_of_case(session, SurveyAnswer, row.id) if everything else (),
        prevention=_prevention_of(session, row.id),
        lines=_lines_of(session, row) if everything else (),
        facts=facts,
        doer=doer,
        against={name: obstacles(name, facts, doer) for name in ACTIONS},
    )


def version_of(session: Session, case_id: str) -> int | None:
    """The case's version; None where it was erased."""
    return session.scalar(select(_cases.version).where(_cases.id == case_id))


def changes_since(session: Session, case_id: str, last_event: str) -> Sequence[Any]:
    """Steps that were taken after one of them, oldest first."""
    query = (
        select(table_of(CaseEvent))
        .where(_events.case_id == case_id, _events.id > last_event)
        .order_by(_events.id)
        .limit(MOST)
    )
    return session.execute(query).all()


def _of_case(session: Session, model: Any, case_id: str) -> Sequence[Any]:
    columns = table_of(model).c
    query = select(table_of(model)).where(columns.case_id == case_id).order_by(columns.id.desc()).limit(MOST)
    return session.execute(query).all()[::-1]


def _events_of(session: Session, case_id: str, viewer: Viewer) -> Sequence[Any]:
    """All steps; for a department what concerns its own desk, or was done by its own hand."""
    found = _of_case(session, CaseEvent, case_id)
    if viewer.all:
        return found
    return [
        each
        for each in found
        if each.action in _FOR_DEPARTMENTS
        and (each.detail.get("desk") == viewer.desk or each.actor == viewer.name)
    ]


def _earlier(session: Session, row: Any) -> int:
    query = (
        select(_cases.id)
        .where(_cases.contact_id == row.contact_id, _cases.received_at < row.received_at)
        .limit(99)
    )
    return len(session.execute(query).all())


def _links_of(session: Session, case_id: str) -> Sequence[tuple[str, str, str]]:
    forth = (_links.case_id == case_id) & (_cases.id == _links.other_id)
    back = (_links.other_id == case_id) & (_cases.id == _links.case_id)
    rows = session.execute(
        select(_cases.reference, _links.kind, _links.note)
        .select_from(table_of(CaseLink))
        .join(table_of(Case), or_(forth, back))
        .order_by(_links.id)
        .limit(MOST)
    )
    return [(row.reference, row.kind, row.note) for row in rows]


def _prevention_of(session: Session, case_id: str) -> Sequence[Any]:
    query = (
        select(table_of(PreventiveAction))
        .where(cast(_actions.cases, String).contains(case_id, autoescape=True))
        .order_by(_actions.id)
        .limit(MOST)
    )
    return session.execute(query).all()


def _lines_of(session: Session, row: Any) -> Sequence[Line]:
    """What the customer and we said since it was received, and the words that made it a complaint."""
    lines, _ = read_lines(session, row.contact_id, limit=MOST)
    story = [
        line for line in lines if line.conversation_id == row.conversation_id and line.at < row.opened_at
    ]
    first = min((line.at for line in story[-20:]), default=row.received_at)
    return [line for line in lines if line.at >= min(first, row.received_at)]


# who can be put in charge


def people_in_charge(session: Session) -> Sequence[str]:
    """Names of those at work who treat complaints, in their order."""
    found = session.execute(
        select(_agents.name, _agents.roles).where(_agents.active).order_by(_agents.name)
    ).all()
    wanted = {"agent", "complaint_manager", "manager", "administrator"}
    return [row.name for row in found if wanted & set(row.roles)]
