"""Forgetting a person: first a look at what would go, then the act, whose answer is its certificate."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field, StringConstraints

from bot.api.access import Ask
from bot.erasure import Erasure
from channels.text import clean_text

router = APIRouter(prefix="/contacts")


class Forget(Ask, extra="forbid"):
    reason: Annotated[str, StringConstraints(min_length=3, max_length=500)] = Field(
        description="Why, without naming the person: it stays in the audit log."
    )


class PreviewOut(BaseModel):
    contact_id: str
    joined: int = Field(description="Contacts that are the same person and go with it.")
    conversations: int
    messages: int
    cases: list[str]
    files: int
    mentions: int = Field(description="Places elsewhere that name an address of theirs.")
    in_the_way: list[str] = Field(description="What must be finished first; empty when it can be done now.")


class ErasedOut(BaseModel):
    id: str
    contact_id: str
    at: datetime
    actor: str
    reason: str
    counts: dict[str, int]
    ledger_head: str


def _erasure(request: Request) -> Erasure:
    erasure: Erasure = request.app.state.erasure
    return erasure


ErasureDep = Annotated[Erasure, Depends(_erasure)]


@router.get("/{contact_id}/erasure")
async def preview(contact_id: str, erasure: ErasureDep) -> PreviewOut:
    """What would go, and what stands in the way. Changes nothing."""
    found = await erasure.preview(contact_id)
    return PreviewOut.model_validate(found, from_attributes=True)


@router.delete("/{contact_id}")
async def erase(contact_id: str, ask: Forget, erasure: ErasureDep) -> ErasedOut:
    """Forget a person for good. 409 while a complaint is open or a message is under way."""
    done = await erasure.erase(contact_id, actor=clean_text(ask.agent), reason=clean_text(ask.reason))
    return ErasedOut(
        id=done.id,
        contact_id=done.contact_id,
        at=done.at,
        actor=done.actor,
        reason=done.reason,
        counts=dict(done.counts),
        ledger_head=f"{done.head.seq}:{done.head.hash}",
    )
