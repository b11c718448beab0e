"""What a turn promises: the deadlines of a new case, and an answer to who writes to people. Rows for its commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.complaints.deadlines import Rule
from bot.deadlines import Deadlines, case_key, next_answer_key
from bot.ids import IdMaker
from bot.plans import Heard, Plan, insert, timer_row
from bot.records import Case
from bot.records.base import table_of
from bot.store.port import ConversationState, DueTimer, Store

_cases = table_of(Case).c

RESUME = "deadlines.resume"
"""Timer kind: a customer whose case stood still has written."""


class Promises:
    """Adds deadlines to the plan of a turn."""

    def __init__(self, deadlines: Deadlines, ids: IdMaker) -> None:
        self._deadlines = deadlines
        self._rules = deadlines.rules
        self._ids = ids

    def open_case(self, plan: Plan, case: Mapping[str, Any]) -> None:
        """The case is to be answered by a person, and treated. source: CO-01, CO-20"""
        resolution = self._values(case, "resolution", self._rules.resolution)
        resolution["due_at"] = case["due_at"]  # as the customer is told, had the calendar changed in between
        answer = replace(self._rules.first_answer, hours_of=case["desk_id"])
        insert(plan, "deadlines", **resolution)
        insert(plan, "deadlines", **self._values(case, "first_answer", answer))

    def _values(self, case: Mapping[str, Any], kind: str, rule: Rule) -> dict[str, Any]:
        return self._deadlines.values(
            kind,
            key=case_key(case["id"], kind),
            desk_id=case["desk_id"],
            at=case["received_at"],
            rule=rule,
            case_id=case["id"],
            conversation_id=case["conversation_id"],
        )

    def listen(
        self,
        plan: Plan,
        before: ConversationState,
        after: ConversationState,
        heard: Sequence[Heard],
        now: datetime,
    ) -> None:
        """Who writes to people waits for their answer, from the first message on that has none."""
        spoken = [item for item in heard if not item.message.automatic]
        if not spoken:
            return
        if after.owner != "bot":
            self._next_answer(plan, after, spoken[0].received_at)
        if self._rules.pause_while_waiting and any(not case["closed"] for case in before.cases):
            self._resume(plan, after, spoken[0].received_at, now)

    def _next_answer(self, plan: Plan, after: ConversationState, at: datetime) -> None:
        desk = after.desk_id or ""
        values = self._deadlines.values(
            "next_answer",
            key=next_answer_key(after.id),
            desk_id=desk,
            at=at,
            rule=replace(self._rules.next_answer, hours_of=desk),
            conversation_id=after.id,
        )
        insert(plan, "deadlines", **values)

    def _resume(self, plan: Plan, after: ConversationState, at: datetime, now: datetime) -> None:
        payload = {"contact_id": after.contact_id, "at": at.isoformat()}
        key = f"resume:{after.contact_id}"
        plan.commit.set_timers.append(timer_row(self._ids.new(), RESUME, key, now, payload, now=now))


class Resuming:
    """Lets the cases of a customer who has written run on."""

    def __init__(self, store: Store, deadlines: Deadlines) -> None:
        self._store = store
        self._deadlines = deadlines

    async def handle(self, timer: DueTimer) -> None:
        at = datetime.fromisoformat(timer.payload["at"])
        await self._store.write(lambda session: self._resume(session, timer.payload["contact_id"], at))

    def _resume(self, session: Session, contact_id: str, at: datetime) -> None:
        cases = session.scalars(select(_cases.id).where(_cases.contact_id == contact_id, ~_cases.closed))
        for case_id in cases.all():
            self._deadlines.resume(session, case_id, at=at, why="the customer wrote")
