"""Conversations, complaints, alerts, and what agents do with them. source: design §6"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from starlette.routing import BaseRoute, Mount

from bot.people import People
from bot.records import Alert, Case, Contact, Conversation, Message, OutboxMessage
from bot.records.base import table_of
from bot.store.changes import NotFound, NotPossible, Ownership
from bot.store.port import Store, StoreError, StoreRefused
from channels.text import clean_text

_conversations = table_of(Conversation).c
_contacts = table_of(Contact).c
_messages = table_of(Message).c
_outbox = table_of(OutboxMessage).c
_cases = table_of(Case).c
_alerts = table_of(Alert).c

Limit = Annotated[int, Query(ge=1, le=200)]
Seq = Annotated[int, Query(ge=0, le=2**31 - 1)]


class Ask(BaseModel, extra="forbid"):
    agent: Annotated[str, StringConstraints(min_length=1, max_length=100)] = Field(
        description="The name the customer and the audit log see."
    )


class Reply(Ask, extra="forbid"):
    text: Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
    key: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{8,100}$")] = Field(
        description="Made by the caller, once for each answer: a repeated call with it sends nothing more."
    )


class ConversationOut(BaseModel):
    id: str
    account: str
    channel: str
    contact_id: str
    contact_name: str
    owner: Literal["bot", "queue", "agent"]
    desk: str | None
    reason: str
    urgent: bool
    language: str
    last_inbound_at: datetime


class MessageOut(BaseModel):
    id: str
    seq: int
    direction: str
    author: str
    text: str
    attachments: list[dict[str, Any]]
    decided_by: str
    why: str
    status: str | None
    at: datetime


class CaseOut(BaseModel):
    reference: str
    phase: str
    closed: bool
    desk: str
    channel: str
    summary: str
    object: str
    product: str
    order_ref: str
    since: str
    remedy: str
    severity: str
    complete: bool
    evidence: list[dict[str, Any]]
    received_at: datetime
    due_at: datetime
    due_explanation: str
    answered_at: datetime | None
    conversation_id: str


class AlertOut(BaseModel):
    id: str
    kind: str
    desk: str | None
    conversation_id: str | None
    reason: str
    urgent: bool
    due_at: datetime | None
    created_at: datetime


class OwnershipOut(BaseModel):
    owner: str
    epoch: int
    cancelled: int = Field(description="Bot replies that waited and will not go out.")


def api_routes(store: Store, people: People, *, tokens: Mapping[str, str]) -> list[BaseRoute]:
    """The API as a mounted application; without tokens in the configuration every call is refused."""
    app = FastAPI(title="Relais", version="1", openapi_url="/openapi.json", docs_url="/docs", redoc_url=None)
    app.state.store, app.state.people, app.state.tokens = store, people, dict(tokens)
    app.add_exception_handler(NotFound, _not_found)
    app.add_exception_handler(NotPossible, _not_possible)
    app.add_exception_handler(StoreError, _unavailable)
    app.add_exception_handler(StoreRefused, _refused)
    guard = [Depends(_caller)]
    app.get("/conversations", dependencies=guard)(list_conversations)
    app.get("/conversations/{conversation_id}/messages", dependencies=guard)(list_messages)
    app.post("/conversations/{conversation_id}/take-over", dependencies=guard)(take_over)
    app.post("/conversations/{conversation_id}/give-back", dependencies=guard)(give_back)
    app.post("/conversations/{conversation_id}/replies", dependencies=guard, status_code=202)(reply)
    app.get("/cases", dependencies=guard)(list_cases)
    app.get("/cases/{reference}", dependencies=guard)(show_case)
    app.post("/cases/{reference}/answered", dependencies=guard)(answer_case)
    app.get("/alerts", dependencies=guard)(list_alerts)
    app.post("/alerts/{alert_id}/seen", dependencies=guard, status_code=204)(see_alert)
    return [Mount("/api/v1", app)]


async def _not_found(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, 404)


async def _not_possible(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, 409)


async def _unavailable(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "the database does not answer: try again"}, 503, {"Retry-After": "5"})


async def _refused(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "the database can't keep or look for a value of this call as it is"}, 422)


_bearer = HTTPBearer(auto_error=False, description="A token of api.tokens in the configuration.")


async def _caller(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> str:
    """The name of the system that calls; every token is compared, in constant time."""
    caller = ""
    if given is not None:
        for name, token in request.app.state.tokens.items():
            if hmac.compare_digest(given.credentials.encode(), token.encode()):
                caller = name
    if not caller:
        raise HTTPException(401, "a bearer token of api.tokens is needed", {"WWW-Authenticate": "Bearer"})
    return caller


def _people(request: Request) -> People:
    people: People = request.app.state.people
    return people


def _store(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


PeopleDep = Annotated[People, Depends(_people)]
StoreDep = Annotated[Store, Depends(_store)]


async def list_conversations(
    store: StoreDep,
    owner: Literal["bot", "queue", "agent"] | None = None,
    before: datetime | None = None,
    limit: Limit = 50,
) -> list[ConversationOut]:
    """Newest first; the next page begins `before` the last one's `last_inbound_at`."""
    query = (
        select(table_of(Conversation), _contacts.name.label("contact_name"))
        .join(table_of(Contact), _contacts.id == _conversations.contact_id)
        .order_by(_conversations.last_inbound_at.desc())
        .limit(limit)
    )
    if owner:
        query = query.where(_conversations.owner == owner)
    if before:
        query = query.where(_conversations.last_inbound_at < _aware(before))
    return [
        ConversationOut(
            id=row.id,
            account=row.account_id,
            channel=row.channel,
            contact_id=row.contact_id,
            contact_name=row.contact_name,
            owner=row.owner,
            desk=row.desk_id,
            reason=row.hand_over_reason,
            urgent=row.urgent,
            language=row.language,
            last_inbound_at=row.last_inbound_at,
        )
        for row in await store.fetch_all(query)
    ]


async def list_messages(
    conversation_id: str, store: StoreDep, after_seq: Seq = 0, limit: Limit = 100
) -> list[MessageOut]:
    """The whole story, also what the bot decided and why, and what became of each message."""
    rows = await store.fetch_all(
        select(table_of(Message), _outbox.status)
        .outerjoin(
            table_of(OutboxMessage),
            (_outbox.message_id == _messages.id) & (_outbox.conversation_id == _messages.conversation_id),
        )
        .where(_messages.conversation_id == conversation_id, _messages.seq > after_seq)
        .order_by(_messages.seq)
        .limit(limit)
    )
    return [
        MessageOut(
            id=row.id,
            seq=row.seq,
            direction=row.direction,
            author=row.author,
            text=row.text,
            attachments=row.attachments,
            decided_by=row.decided_by,
            why=row.why,
            status=row.status,
            at=row.created_at,
        )
        for row in rows
    ]


async def take_over(conversation_id: str, ask: Ask, people: PeopleDep) -> OwnershipOut:
    """The bot is silent from this instant; what it had decided and not sent is not sent any more."""
    return _owned(await people.take_over(conversation_id, agent=clean_text(ask.agent)))


async def give_back(conversation_id: str, ask: Ask, people: PeopleDep) -> OwnershipOut:
    """The bot answers again."""
    return _owned(await people.give_back(conversation_id, agent=clean_text(ask.agent)))


def _owned(ownership: Ownership) -> OwnershipOut:
    return OwnershipOut(owner=ownership.owner, epoch=ownership.epoch, cancelled=ownership.cancelled)


async def reply(conversation_id: str, ask: Reply, people: PeopleDep) -> dict[str, list[str]]:
    """Send an agent's words to the customer."""
    text = clean_text(ask.text)
    if not text.strip():
        raise HTTPException(422, "the text is empty")
    sent = await people.reply(conversation_id, text, agent=clean_text(ask.agent), key=ask.key)
    return {"messages": sent}


async def list_cases(store: StoreDep, closed: bool | None = None, limit: Limit = 50) -> list[CaseOut]:
    """Complaints, the next due first."""
    query = select(table_of(Case)).order_by(_cases.due_at).limit(limit)
    if closed is not None:
        query = query.where(_cases.closed == closed)
    return [_case_out(row) for row in await store.fetch_all(query)]


async def show_case(reference: str, store: StoreDep) -> CaseOut:
    rows = await store.fetch_all(select(table_of(Case)).where(_cases.reference == reference))
    if not rows:
        raise NotFound(f"there is no case {reference}")
    return _case_out(rows[0])


async def answer_case(reference: str, ask: Ask, people: PeopleDep) -> CaseOut:
    """Note that the complaint has been answered; the customer is asked some days later whether all is well."""
    return _case_out(await people.answer_case(reference, agent=clean_text(ask.agent)))


def _case_out(row: Any) -> CaseOut:
    return CaseOut(
        desk=row.desk_id, **{name: getattr(row, name) for name in CaseOut.model_fields if name != "desk"}
    )


async def list_alerts(store: StoreDep, limit: Limit = 50) -> list[AlertOut]:
    """What a person must look at, the oldest first."""
    rows = await store.fetch_all(
        select(table_of(Alert)).where(_alerts.seen_at.is_(None)).order_by(_alerts.created_at).limit(limit)
    )
    return [
        AlertOut(
            desk=row.desk_id,
            **{name: getattr(row, name) for name in AlertOut.model_fields if name != "desk"},
        )
        for row in rows
    ]


async def see_alert(alert_id: str, request: Request, store: StoreDep) -> None:
    """Somebody has looked at it."""
    now = _people(request).now()

    def see(session: Session) -> int:
        done: Any = session.execute(
            update(table_of(Alert))
            .where(_alerts.id == alert_id, _alerts.seen_at.is_(None))
            .values(seen_at=now)
        )
        return int(done.rowcount)

    if not await store.write(see):
        raise NotFound(f"there is no open alert {alert_id}")


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise HTTPException(422, "before must be a time with its zone, such as 2026-03-05T09:00:00Z")
    return moment
