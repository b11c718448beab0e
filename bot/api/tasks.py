"""Tasks of named persons: calls to make. source: PM"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from bot.api.access import Ask, Limit, aware
from bot.tasks import Outcome, Task, TaskDesk
from channels.text import clean_text

router = APIRouter(tags=["tasks"])


class TaskOut(BaseModel):
    id: str
    kind: str
    source: str = Field(description='What asked for it, such as "rule:first_purchase".')
    contact_id: str
    contact_name: str
    number: str
    owner: str = Field(description='The agent\'s id; "" while nobody has it.')
    owner_name: str
    words: str
    link: str
    due_at: datetime
    overdue: bool
    status: Literal["open", "done", "dropped"]
    outcome: str
    note: str
    created_at: datetime
    closed_by: str
    closed_at: datetime | None


class Take(Ask, extra="forbid"):
    owner: Annotated[str, Field(min_length=1, max_length=64, description="The id of the agent who gets it.")]


class PutOff(Ask, extra="forbid"):
    until: datetime
    note: Annotated[str, Field(max_length=2_000)] = ""


class Done(Ask, extra="forbid"):
    outcome: Outcome
    note: Annotated[str, Field(max_length=2_000)] = ""


def _desk(request: Request) -> TaskDesk:
    desk: TaskDesk = request.app.state.tasks
    return desk


DeskDep = Annotated[TaskDesk, Depends(_desk)]


@router.get("/tasks")
async def list_tasks(
    desk: DeskDep,
    owner: Annotated[
        str | None, Query(description='Of one agent, by id; "" for those that nobody has.')
    ] = None,
    status: Literal["open", "done", "dropped"] = "open",
    contact_id: str = "",
    limit: Limit = 50,
) -> list[TaskOut]:
    """What is due first comes first."""
    found = await desk.listed(owner=owner, status=status, contact_id=contact_id, limit=limit)
    return [_out(task) for task in found]


@router.post("/tasks/{task_id}/take")
async def take(task_id: str, ask: Take, desk: DeskDep) -> TaskOut:
    """Give it to an agent."""
    return _out(await desk.take(task_id, ask.owner, by=clean_text(ask.agent)))


@router.post("/tasks/{task_id}/put-off")
async def put_off(task_id: str, ask: PutOff, desk: DeskDep) -> TaskOut:
    """It stays open and is due later."""
    given = {"note": clean_text(ask.note), "by": clean_text(ask.agent)}
    return _out(await desk.put_off(task_id, aware(ask.until), **given))


@router.post("/tasks/{task_id}/done")
async def done(task_id: str, ask: Done, desk: DeskDep) -> TaskOut:
    """How it ended."""
    given = {"note": clean_text(ask.note), "by": clean_text(ask.agent)}
    return _out(await desk.done(task_id, ask.outcome, **given))


def _out(task: Task) -> TaskOut:
    return TaskOut(**asdict(task))
