"""Complaints over the API: find them, read all that hangs on one, and do every act of their life."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, StringConstraints
from sqlalchemy import or_, select

from bot import case_asks as asks
from bot.api.access import Limit, StoreDep, aware, caller
from bot.cases import ACTS, Cases
from bot.prevention import Prevention
from bot.records import (
    Case,
    CaseEvent,
    CaseForward,
    CaseLink,
    Compensation,
    Contact,
    DeadlineRow,
    PreventiveAction,
    SurveyAnswer,
)
from bot.records.base import table_of
from bot.store.changes import NotFound
from bot.store.port import Store
from channels.text import clean_text

_cases = table_of(Case).c
_contacts = table_of(Contact).c
_links = table_of(CaseLink).c
_actions = table_of(PreventiveAction).c

router = APIRouter()
Out = TypeVar("Out", bound=BaseModel)
Filter = Annotated[str | None, Query(max_length=100)]
Caller = Annotated[str, Depends(caller)]


class CaseOut(BaseModel):
    reference: str
    version: int
    phase: str
    closed: bool
    outcome: str
    desk: str
    owner: str
    channel: str
    contact_id: str
    conversation_id: str
    summary: str
    code: str
    object: str
    product: str
    zone: str
    order_ref: str
    since: str
    remedy: str
    severity: str
    angry: bool
    consequences: str
    anomaly: str
    faith: str
    faith_evidence: str
    fault: str
    cause: str
    plan: str
    reviewer: str
    mystery: bool
    complete: bool
    satisfied: bool | None
    reopened: int
    evidence: list[dict[str, Any]]
    notes: list[dict[str, Any]]
    received_at: datetime
    opened_at: datetime
    due_at: datetime
    due_explanation: str
    told_at: datetime | None
    waiting_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None
    archived_at: datetime | None


class EventOut(BaseModel):
    at: datetime
    actor: str
    action: str
    from_phase: str
    to_phase: str
    note: str
    detail: dict[str, Any]


class DeadlineOut(BaseModel):
    kind: str
    desk: str
    started_at: datetime
    due_at: datetime
    status: str
    level: int
    provisional: bool
    explanation: dict[str, str]
    met_at: datetime | None
    history: list[dict[str, Any]]


class ForwardOut(BaseModel):
    id: str
    desk: str
    copied: bool
    question: str
    asked_by: str
    asked_at: datetime
    answer: str
    answered_by: str
    answered_at: datetime | None
    reminders: int


class CompensationOut(BaseModel):
    id: str
    kind: str
    description: str
    cost: Decimal
    currency: str
    status: str
    needs_approval: bool
    reason: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None


class LinkOut(BaseModel):
    reference: str
    kind: str
    note: str
    created_by: str
    created_at: datetime


class SurveyOut(BaseModel):
    round: int
    question: str
    value: str
    score: int | None
    words: str
    channel: str
    at: datetime


class WholeCase(CaseOut):
    contact_name: str
    events: list[EventOut]
    deadlines: list[DeadlineOut]
    forwards: list[ForwardOut]
    compensations: list[CompensationOut]
    links: list[LinkOut]
    survey: list[SurveyOut]


class PreventionOut(BaseModel):
    id: str
    title: str
    cause: str
    product: str
    zone: str
    cases: list[str]
    owner: str
    due_on: date | None
    status: str
    result: str
    created_by: str
    created_at: datetime
    closed_at: datetime | None


def _cases_of(request: Request) -> Cases:
    cases: Cases = request.app.state.cases
    return cases


def _prevention_of(request: Request) -> Prevention:
    prevention: Prevention = request.app.state.prevention
    return prevention


CasesDep = Annotated[Cases, Depends(_cases_of)]
PreventionDep = Annotated[Prevention, Depends(_prevention_of)]


@router.get("/cases")
async def list_cases(
    store: StoreDep,
    closed: bool | None = None,
    phase: Filter = None,
    desk: Filter = None,
    owner: Filter = None,
    product: Filter = None,
    zone: Filter = None,
    due_before: datetime | None = None,
    q: Annotated[str | None, StringConstraints(max_length=100)] = None,
    limit: Limit = 50,
) -> list[CaseOut]:
    """Complaints, the next due first. `q` looks for words in the reference, the summary and the order."""
    query = select(table_of(Case)).order_by(_cases.due_at, _cases.id).limit(limit)
    if closed is not None:
        query = query.where(_cases.closed == closed)
    wanted = {"phase": phase, "desk_id": desk, "owner": owner, "product": product, "zone": zone}
    for name, value in wanted.items():
        if value is not None:
            query = query.where(_cases[name] == clean_text(value))
    if due_before is not None:
        query = query.where(_cases.due_at < aware(due_before))
    if q and (words := clean_text(q).strip()):
        fields = (_cases.reference, _cases.summary, _cases.order_ref, _cases.code)
        query = query.where(or_(*(field.icontains(words, autoescape=True) for field in fields)))
    return [case_out(row) for row in await store.fetch_all(query)]


@router.get("/cases/{reference}")
async def show_case(reference: str, store: StoreDep) -> WholeCase:
    """A complaint with its history, deadlines, forwards, compensations, links and survey."""
    rows = await store.fetch_all(
        select(table_of(Case), _contacts.name.label("contact_name"))
        .join(table_of(Contact), _contacts.id == _cases.contact_id, isouter=True)
        .where(_cases.reference == reference)
    )
    if not rows:
        raise NotFound(f"there is no case {reference}")
    case = rows[0]
    return WholeCase(
        **case_out(case).model_dump(),
        contact_name=case.contact_name or "",
        events=[_as(EventOut, row) for row in await _of_case(store, CaseEvent, case.id)],
        deadlines=[_as(DeadlineOut, row) for row in await _of_case(store, DeadlineRow, case.id)],
        forwards=[_as(ForwardOut, row) for row in await _of_case(store, CaseForward, case.id)],
        compensations=[_as(CompensationOut, row) for row in await _of_case(store, Compensation, case.id)],
        links=await _links_of(store, case.id),
        survey=[_as(SurveyOut, row) for row in await _of_case(store, SurveyAnswer, case.id)],
    )


def case_out(row: Any) -> CaseOut:
    return _as(CaseOut, row)


def _as(model: type[Out], row: Any) -> Out:
    """A row as the API shows it; `desk` stands for its `desk_id`."""
    names = {name: "desk_id" if name == "desk" else name for name in model.model_fields}
    return model(**{name: getattr(row, column) for name, column in names.items()})


async def _of_case(store: Store, model: Any, case_id: str) -> Sequence[Any]:
    columns = table_of(model).c
    query = select(table_of(model)).where(columns.case_id == case_id).order_by(columns.id)
    return await store.fetch_all(query)


async def _links_of(store: Store, case_id: str) -> list[LinkOut]:
    other = (_links.case_id == case_id) & (_cases.id == _links.other_id)
    back = (_links.other_id == case_id) & (_cases.id == _links.case_id)
    rows = await store.fetch_all(
        select(table_of(CaseLink), _cases.reference)
        .join(table_of(Case), or_(other, back))
        .order_by(_links.id)
    )
    return [_as(LinkOut, row) for row in rows]


@router.post("/cases", status_code=201)
async def open_case(ask: asks.Open, cases: CasesDep, token: Caller) -> CaseOut:
    """Register a complaint that came by telephone, letter, fax or at the counter. source: CO-03"""
    return case_out(await cases.open(ask, token=token))


@router.post("/cases/transfer")
async def transfer(ask: asks.Transfer, cases: CasesDep, token: Caller) -> dict[str, list[str]]:
    """Hand all open cases of somebody who leaves over to somebody else, with their history."""
    return {"transferred": await cases.transfer(ask, token=token)}


@router.post("/conversations/{conversation_id}/purchase-check", status_code=202)
async def check_purchase(
    conversation_id: str, ask: asks.CheckPurchase, cases: CasesDep
) -> dict[str, datetime]:
    """Ask the customer some days after a purchase; dissatisfaction begins a complaint about it."""
    return {"at": await cases.check_purchase(conversation_id, ask)}


def _act_route(name: str, model: type[BaseModel]) -> None:
    async def act(reference: str, ask: Any, cases: CasesDep, token: Caller) -> CaseOut:
        return case_out(await cases.act(reference, name, ask, token=token))

    act.__name__ = f"{name.replace('-', '_')}_case"
    act.__doc__ = model.__doc__
    act.__annotations__["ask"] = model
    router.post(f"/cases/{{reference}}/{name}")(act)


for _name, _act in ACTS.items():
    _act_route(_name, _act.model)


@router.get("/preventive-actions")
async def list_prevention(
    store: StoreDep,
    status: Annotated[str | None, Query(pattern="^(open|done|dropped)$")] = None,
    limit: Limit = 50,
) -> list[PreventionOut]:
    """What is done so that causes don't come back, the newest first."""
    query = select(table_of(PreventiveAction)).order_by(_actions.id.desc()).limit(limit)
    if status is not None:
        query = query.where(_actions.status == status)
    return [_as(PreventionOut, row) for row in await store.fetch_all(query)]


@router.post("/preventive-actions", status_code=201)
async def open_prevention(
    ask: asks.OpenPrevention, prevention: PreventionDep, token: Caller
) -> PreventionOut:
    """Open one."""
    return _as(PreventionOut, await prevention.open(ask, token=token))


@router.post("/preventive-actions/{action_id}/take")
async def take_prevention(
    action_id: str, ask: asks.TakePrevention, prevention: PreventionDep, token: Caller
) -> PreventionOut:
    """Be the one who does it."""
    return _as(PreventionOut, await prevention.take(action_id, ask, token=token))


@router.post("/preventive-actions/{action_id}/close")
async def close_prevention(
    action_id: str, ask: asks.ClosePrevention, prevention: PreventionDep, token: Caller
) -> PreventionOut:
    """Say how it ended."""
    return _as(PreventionOut, await prevention.close(action_id, ask, token=token))
