"""Who may call, and what every call is given."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field, StringConstraints

from bot.people import People
from bot.store.port import Store

Limit = Annotated[int, Query(ge=1, le=200)]


class Ask(BaseModel, extra="forbid"):
    agent: Annotated[str, StringConstraints(min_length=1, max_length=100)] = Field(
        description="The name the customer and the audit log see."
    )


class LineOut(BaseModel):
    """One message of a timeline."""

    at: datetime
    channel: str
    conversation_id: str
    direction: str
    author: str
    subject: str
    text: str
    quoted: str
    automatic: str
    attachments: list[dict[str, Any]]


_bearer = HTTPBearer(auto_error=False, description="A token of api.tokens in the configuration.")


async def caller(
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


def people_of(request: Request) -> People:
    people: People = request.app.state.people
    return people


def _store(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


PeopleDep = Annotated[People, Depends(people_of)]
StoreDep = Annotated[Store, Depends(_store)]


def aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise HTTPException(422, "before must be a time with its zone, such as 2026-03-05T09:00:00Z")
    return moment
