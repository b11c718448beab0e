"""Conversations, complaints, alerts, and what agents do with them. source: design §6"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, SecretStr, StringConstraints
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.api import (
    access_requests,
    appointments,
    calendar,
    campaigns,
    case_files,
    cases,
    consents,
    contacts,
    customers,
    erasures,
    faq,
    imports,
    inbox,
    indicators,
    ledger,
    results,
    rules,
    segments,
    simulations,
    tasks,
)
from bot.api.access import Ask, Limit, PeopleDep, StoreDep, aware, caller, people_of
from bot.behind import Behind
from bot.complaints.lifecycle import NotAllowed, NotNow
from bot.records import Alert, Contact, Conversation, Message, OutboxMessage
from bot.records.base import table_of
from bot.store.changes import NotFound, NotPossible, Ownership
from bot.store.port import StoreError, StoreRefused
from channels.text import clean_text
from scheduler.campaigns.definition import CampaignError
from scheduler.segments import RuleError

_conversations = table_of(Conversation).c
_contacts = table_of(Contact).c
_messages = table_of(Message).c
_outbox = table_of(OutboxMessage).c
_alerts = table_of(Alert).c

Seq = Annotated[int, Query(ge=0, le=2**31 - 1)]


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


def api_application(
    behind: Behind,
    *,
    tokens: Mapping[str, SecretStr],
) -> FastAPI:
    """The API as an application to be mounted; without tokens in the configuration every call is refused."""
    app = FastAPI(title="Relais", version="1", openapi_url="/openapi.json", docs_url="/docs", redoc_url=None)
    app.state.tokens = {name: token.get_secret_value() for name, token in tokens.items()}
    for part in fields(behind):
        setattr(app.state, part.name, getattr(behind, part.name))
    app.add_exception_handler(NotAllowed, _not_allowed)
    app.add_exception_handler(NotNow, _not_possible)
    app.add_exception_handler(RuleError, segments.rule_refused)
    app.add_exception_handler(CampaignError, campaigns.refused)
    app.add_exception_handler(NotFound, _not_found)
    app.add_exception_handler(NotPossible, _not_possible)
    app.add_exception_handler(StoreError, _unavailable)
    app.add_exception_handler(StoreRefused, _refused)
    guard = [Depends(caller)]
    app.get("/conversations", dependencies=guard)(list_conversations)
    app.get("/conversations/{conversation_id}/messages", dependencies=guard)(list_messages)
    app.post("/conversations/{conversation_id}/take-over", dependencies=guard)(take_over)
    app.post("/conversations/{conversation_id}/give-back", dependencies=guard)(give_back)
    app.post("/conversations/{conversation_id}/replies", dependencies=guard, status_code=202)(reply)
    app.get("/alerts", dependencies=guard)(list_alerts)
    app.post("/alerts/{alert_id}/seen", dependencies=guard, status_code=204)(see_alert)
    app.include_router(inbox.router, dependencies=guard)
    app.include_router(calendar.router, dependencies=guard)
    app.include_router(appointments.router, dependencies=guard)
    app.include_router(contacts.router, dependencies=guard)
    app.include_router(customers.router, dependencies=guard)
    app.include_router(imports.router, dependencies=guard)
    app.include_router(faq.router, dependencies=guard)
    app.include_router(cases.router, dependencies=guard)
    app.include_router(case_files.router, dependencies=guard)
    app.include_router(indicators.router, dependencies=guard)
    app.include_router(ledger.router, dependencies=guard)
    app.include_router(erasures.router, dependencies=guard)
    app.include_router(access_requests.router, dependencies=guard)
    app.include_router(segments.router, dependencies=guard)
    app.include_router(consents.router, dependencies=guard)
    app.include_router(rules.router, dependencies=guard)
    app.include_router(results.router, dependencies=guard)
    app.include_router(tasks.router, dependencies=guard)
    app.include_router(campaigns.router, dependencies=guard)
    app.include_router(simulations.router, dependencies=guard)
    return app


async def _not_found(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, 404)


async def _not_allowed(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, 403)


async def _not_possible(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, 409)


async def _unavailable(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "the database does not answer: try again"}, 503, {"Retry-After": "5"})


async def _refused(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "the database can't keep or look for a value of this call as it is"}, 422)


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
        query = query.where(_conversations.last_inbound_at < aware(before))
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
    now = people_of(request).now()

    def see(session: Session) -> int:
        done: Any = session.execute(
            update(table_of(Alert))
            .where(_alerts.id == alert_id, _alerts.seen_at.is_(None))
            .values(seen_at=now)
        )
        return int(done.rowcount)

    if not await store.write(see):
        raise NotFound(f"there is no open alert {alert_id}")
