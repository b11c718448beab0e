"""The agents' inbox for other systems: lists, search, acts, answers that can be undone or leave later."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel, Field, StringConstraints

from bot.api.access import Ask, Limit, StoreDep, aware, people_of
from bot.inbox import listing
from bot.inbox.acts import Who
from bot.inbox.answering import Answer, waiting_answers
from bot.inbox.desk import InboxDesk
from bot.inbox.listing import Asked, View

router = APIRouter()

Short = Annotated[str, StringConstraints(max_length=200)]


class EntryOut(BaseModel):
    conversation_id: str
    contact_id: str
    contact_name: str
    channel: str
    language: str
    desk_id: str | None
    owner: str
    agent_id: str | None
    urgent: bool
    complaint: bool
    state: str
    owed_at: datetime | None
    owed_kind: str
    snoozed_until: datetime | None
    last_at: datetime | None
    preview: str


class PageOut(BaseModel):
    entries: list[EntryOut]
    after: str = Field(description="Give it back for the next page; empty at the end.")


class Agent(Ask, extra="forbid"):
    agent_id: Annotated[str, StringConstraints(min_length=1, max_length=64)] = Field(
        description="The identifier of the agent's account."
    )

    @property
    def who(self) -> Who:
        return Who(id=self.agent_id, name=self.agent)


class Assign(Agent):
    to: Annotated[str, StringConstraints(min_length=1, max_length=64)]


class Transfer(Agent):
    desk: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    why: Annotated[str, StringConstraints(min_length=1, max_length=10_000)]


class Snooze(Agent):
    until: datetime


class Note(Agent):
    text: Annotated[str, StringConstraints(min_length=1, max_length=10_000)]


class Later(Agent):
    text: Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
    key: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{8,100}$")]
    seen_seq: int = Field(ge=0, le=2**31 - 1, description="The last message the agent had before them.")
    at: datetime | None = Field(None, description="When it leaves; null: in some seconds.")
    all_the_same: bool = Field(False, description="Although somebody wrote meanwhile.")


def _inbox(request: Request) -> InboxDesk:
    inbox: InboxDesk = request.app.state.inbox
    return inbox


InboxDep = Annotated[InboxDesk, Depends(_inbox)]


@router.get("/inbox")
async def list_inbox(
    request: Request,
    store: StoreDep,
    view: View = "open",
    agent_id: Short = "",
    desk: Short = "",
    channel: Short = "",
    language: Short = "",
    q: Annotated[str, Query(max_length=200, description="Words, a name, a number, a reference.")] = "",
    after: Annotated[str, Query(pattern=r"^(-?\d{1,18}:[0-9a-f]{1,64})?$")] = "",
    limit: Limit = 50,
) -> PageOut:
    """What is owed first; a page at a time."""
    asked = Asked(view=view, agent_id=agent_id, desk=desk, channel=channel, language=language, words=q)
    now, country = people_of(request).now(), request.app.state.customers.settings.country
    rank, _, one = after.partition(":")
    place = (int(rank), one) if after else None
    page = await store.read(
        lambda session: listing.page(session, asked, now, after=place, limit=limit, country=country)
    )
    return PageOut(
        entries=[EntryOut(**{name: row[name] for name in EntryOut.model_fields}) for row in page.rows],
        after=f"{page.after[0]}:{page.after[1]}" if page.after else "",
    )


@router.post("/conversations/{conversation_id}/assign", status_code=204)
async def assign(conversation_id: str, ask: Assign, inbox: InboxDep) -> None:
    """The conversation is another agent's."""
    await inbox.acts.assign(conversation_id, ask.to, ask.who)


@router.post("/conversations/{conversation_id}/transfer", status_code=204)
async def transfer(conversation_id: str, ask: Transfer, inbox: InboxDep) -> None:
    """Another desk goes on with it."""
    await inbox.acts.transfer(conversation_id, ask.desk, ask.why, ask.who)


@router.post("/conversations/{conversation_id}/snooze", status_code=204)
async def snooze(conversation_id: str, ask: Snooze, inbox: InboxDep) -> None:
    """Out of sight until then, or until the customer writes."""
    await inbox.acts.snooze(conversation_id, aware(ask.until), ask.who)


@router.post("/conversations/{conversation_id}/done", status_code=204)
async def done(conversation_id: str, ask: Agent, inbox: InboxDep) -> None:
    """Nothing is left to do; the bot answers what comes next."""
    await inbox.acts.done(conversation_id, ask.who)


@router.post("/conversations/{conversation_id}/notes", status_code=201)
async def note(conversation_id: str, ask: Note, inbox: InboxDep) -> dict[str, str]:
    """Words for colleagues; @name tells somebody."""
    return {"id": await inbox.acts.note(conversation_id, ask.text, ask.who)}


@router.post("/conversations/{conversation_id}/answers", status_code=202)
async def answer(conversation_id: str, ask: Later, inbox: InboxDep) -> dict[str, str]:
    """An answer that can be undone until it leaves; 409 where somebody wrote since `seen_seq`."""
    if not ask.text.strip():
        raise HTTPException(422, "the text is empty")
    given = Answer(
        conversation_id=conversation_id,
        text=ask.text,
        key=ask.key,
        seen_seq=ask.seen_seq,
        at=aware(ask.at) if ask.at is not None else None,
        all_the_same=ask.all_the_same,
    )
    return {"id": await inbox.answering.send(given, ask.who)}


@router.get("/conversations/{conversation_id}/answers")
async def list_answers(conversation_id: str, store: StoreDep) -> list[dict[str, Any]]:
    """Answers that have not left: waiting, put off, or held."""
    found = await store.read(lambda session: waiting_answers(session, conversation_id))
    return [
        {"id": one.id, "text": one.text, "agent": one.agent_name, "due_at": one.due_at, "status": one.status}
        for one in found
    ]


@router.post("/answers/{answer_id}/undo")
async def undo(answer_id: str, ask: Agent, inbox: InboxDep) -> dict[str, str]:
    """Take an answer back; 409 once it has left."""
    return {"text": await inbox.answering.undo(answer_id, ask.who)}
