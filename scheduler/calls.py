"""Calls that people make: a step of a rule asks the contact's owner for one, when its own message goes. source: PM"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.records import Agent, Contact, PersonTask
from bot.records.base import table_of
from bot.store.changes import raise_alert
from bot.store.upsert import insert_into
from scheduler.rules import Call

_contacts, _agents = table_of(Contact).c, table_of(Agent).c
_tasks = table_of(PersonTask)


def ask_for_calls(
    session: Session,
    wanted: Sequence[tuple[str, str, str, Call]],
    *,
    language: str,
    new_id: Callable[[], str],
    now: datetime,
) -> int:
    """One task and one alert for each (key, contact, source, call), in the caller's transaction; how many are new.

    The task belongs to the contact's owner; without one, to whoever takes it.
    """
    if not wanted:
        return 0
    people = sorted({contact for _, contact, _, _ in wanted})
    owners = {
        row.id: (row.owner_agent_id or "", row.desk_id)
        for row in session.execute(
            select(_contacts.id, _contacts.owner_agent_id, _agents.desk_id)
            .select_from(table_of(Contact).outerjoin(table_of(Agent), _agents.id == _contacts.owner_agent_id))
            .where(_contacts.id.in_(people))
        )
    }
    made = 0
    for key, contact, source, call in wanted:
        owner, desk = owners.get(contact, ("", None))
        task_id, due_at = new_id(), now + timedelta(days=call.within_days)
        words = call.words.get(language) or next(iter(call.words.values()))  # type: ignore[call-overload]
        added = session.execute(
            insert_into(session, _tasks)
            .values(
                id=task_id, key=key, kind="call", source=source, contact_id=contact, owner=owner, words=words,
                due_at=due_at, status="open", outcome="", note="", created_at=now, closed_by="",
            )
            .on_conflict_do_nothing(index_elements=["key"])
            .returning(_tasks.c.id)
        ).first()  # fmt: skip
        if added is None:
            continue
        made += 1
        raise_alert(
            session,
            new_id(),
            key=f"task:{task_id}",
            kind="call",
            reason=words,
            now=now,
            desk_id=desk,
            due_at=due_at,
        )
    return made
