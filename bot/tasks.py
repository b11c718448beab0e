"""What named persons are asked to do for contacts: shown, taken, done with an outcome, or put off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.ids import IdMaker
from bot.records import Address, Agent, Alert, AuditEntry, Contact, Conversation, PersonTask
from bot.records.base import table_of
from bot.store.changes import NotFound, NotPossible
from bot.store.port import Store

Outcome = Literal["reached", "no_answer", "wrong_number", "not_needed"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("reached", "no_answer", "wrong_number", "not_needed")
_CALLED_ON: Final = ("phone", "sms", "whatsapp")

_tasks, _contacts, _agents = table_of(PersonTask).c, table_of(Contact).c, table_of(Agent).c
_addresses, _alerts, _conversations = table_of(Address).c, table_of(Alert).c, table_of(Conversation).c


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task as people see it."""

    id: str
    kind: str
    source: str
    contact_id: str
    contact_name: str  # "" in discreet mode
    number: str  # to call; "" where none is known
    owner: str  # the agent's id
    owner_name: str
    words: str
    link: str  # where the console shows their last conversation; "" for none
    due_at: datetime
    overdue: bool
    status: str
    outcome: str
    note: str
    created_at: datetime
    closed_by: str
    closed_at: datetime | None


class TaskDesk:
    """Each call is one transaction. Raises `NotFound`, `NotPossible`."""

    def __init__(self, store: Store, *, clock: Clock, ids: IdMaker) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids

    async def listed(
        self, *, owner: str | None = None, status: str = "open", contact_id: str = "", limit: int = 100
    ) -> list[Task]:
        """Those due first come first; `owner` "" are those that nobody has."""
        where = [_tasks.status == status] if status else []
        if owner is not None:
            where.append(_tasks.owner == owner)
        if contact_id:
            where.append(_tasks.contact_id == contact_id)
        now = self._clock.now()
        return await self._store.read(lambda session: _read(session, where, now, limit))

    async def take(self, task_id: str, owner: str, *, by: str) -> Task:
        """Give it to an agent, by id."""

        def change(session: Session) -> Task:
            task = _open_task(session, task_id)
            if session.get(Agent, owner) is None:
                raise NotFound(f"there is no agent {owner}")
            task.owner = owner
            return self._told(session, task, "task_taken", by, {"owner": owner})

        return await self._store.write(change)

    async def put_off(self, task_id: str, until: datetime, *, note: str = "", by: str) -> Task:
        """Nobody answered, or it is no good time: it stays open, due then."""

        def change(session: Session) -> Task:
            task = _open_task(session, task_id)
            if until <= self._clock.now():
                raise NotPossible("put it off to a time that is still to come")
            task.due_at, task.note = until, note or task.note
            alerts = update(table_of(Alert)).where(_alerts.key == f"task:{task.id}")
            session.execute(alerts.values(due_at=until, seen_at=None))
            return self._told(session, task, "task_put_off", by, {"until": until.isoformat()})

        return await self._store.write(change)

    async def done(self, task_id: str, outcome: Outcome, *, note: str = "", by: str) -> Task:
        """Close it; "not_needed" drops it. The same again changes nothing."""

        def change(session: Session) -> Task:
            task, now = _task(session, task_id), self._clock.now()
            if task.status != "open":
                if task.outcome == outcome:
                    return _read(session, [_tasks.id == task_id], now, 1)[0]
                raise NotPossible(f"this task is {task.status} already ({task.outcome})")
            task.status = "dropped" if outcome == "not_needed" else "done"
            task.outcome, task.note = outcome, note or task.note
            task.closed_by, task.closed_at = by, now
            alerts = update(table_of(Alert)).where(
                _alerts.key == f"task:{task.id}", _alerts.seen_at.is_(None)
            )
            session.execute(alerts.values(seen_at=now))
            return self._told(session, task, f"task_{task.status}", by, {"outcome": outcome})

        return await self._store.write(change)

    def _told(self, session: Session, task: PersonTask, action: str, by: str, detail: dict[str, Any]) -> Task:
        now = self._clock.now()
        session.add(
            AuditEntry(
                id=self._ids.new(), at=now, actor=by, action=action, object_kind="task", object_id=task.id,
                detail=detail,
            )
        )  # fmt: skip
        session.flush()
        return _read(session, [_tasks.id == task.id], now, 1)[0]


def _task(session: Session, task_id: str) -> PersonTask:
    task = session.get(PersonTask, task_id, with_for_update=True)
    if task is None:
        raise NotFound(f"there is no task {task_id}")
    return task


def _open_task(session: Session, task_id: str) -> PersonTask:
    task = _task(session, task_id)
    if task.status != "open":
        raise NotPossible(f"this task is {task.status} already ({task.outcome})")
    return task


def _read(session: Session, where: list[Any], now: datetime, limit: int) -> list[Task]:
    number = (
        select(func.min(_addresses.value))
        .where(_addresses.contact_id == _tasks.contact_id, _addresses.channel.in_(_CALLED_ON))
        .scalar_subquery()
    )
    talk = (  # identifiers sort by time
        select(func.max(_conversations.id))
        .where(_conversations.contact_id == _tasks.contact_id)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            table_of(PersonTask),
            _contacts.name.label("contact_name"),
            _contacts.mode.label("mode"),
            _agents.name.label("owner_name"),
            number.label("number"),
            talk.label("conversation_id"),
        )
        .select_from(
            table_of(PersonTask)
            .outerjoin(table_of(Contact), _contacts.id == _tasks.contact_id)
            .outerjoin(table_of(Agent), _agents.id == _tasks.owner)
        )
        .where(*where)
        .order_by(_tasks.due_at, _tasks.id)
        .limit(limit)
    )
    same = ("id", "kind", "source", "contact_id", "owner", "words", "due_at", "status", "outcome", "note",
            "created_at", "closed_by", "closed_at")  # fmt: skip
    return [
        Task(
            **{name: row._mapping[name] for name in same},
            contact_name="" if row.mode == "discreet" else row.contact_name or "",
            number=row.number or "",
            owner_name=row.owner_name or "",
            link=f"/console/inbox/{row.conversation_id}" if row.conversation_id else "",
            overdue=row.status == "open" and row.due_at < now,
        )
        for row in rows
    ]
