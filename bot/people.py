"""What agents do: take over, answer, give back, answer a complaint. The bot is silent from the same instant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time
from typing import Any

from sqlalchemy import select

from bot.clock import Clock
from bot.complaints.calendar import WorkingCalendar
from bot.delivery import Delivery
from bot.ids import IdMaker
from bot.records import Case, Conversation
from bot.records.base import table_of
from bot.store import changes
from bot.store.changes import NotFound, Ownership
from bot.store.port import Store
from channels.port import Door


class People:
    """Each call is one transaction, and tells the parts of this and other processes that must know."""

    def __init__(
        self,
        store: Store,
        doors: Mapping[str, Door],
        delivery: Delivery,
        *,
        clock: Clock,
        ids: IdMaker,
        calendar: WorkingCalendar,
        followup_days: int,
        followup_at: time,
        forget: Callable[[str, str], None],
        tell: Callable[[str], None],
    ) -> None:
        self._store = store
        self._doors = doors
        self._delivery = delivery
        self._clock = clock
        self._ids = ids
        self._calendar = calendar
        self._followup_days = followup_days
        self._followup_at = followup_at
        self._forget = forget
        self._tell = tell

    def now(self) -> datetime:
        """The program's clock."""
        return self._clock.now()

    async def take_over(self, conversation_id: str, *, agent: str) -> Ownership:
        """The conversation is the agent's. Raises `NotFound`."""
        now, audit_id = self._clock.now(), self._ids.new()
        ownership = await self._store.write(
            lambda session: changes.take_over(session, audit_id, conversation_id, agent=agent, now=now)
        )
        return self._changed(ownership)

    async def give_back(self, conversation_id: str, *, agent: str) -> Ownership:
        """The bot answers again. Raises `NotFound`."""
        now, audit_id = self._clock.now(), self._ids.new()
        ownership = await self._store.write(
            lambda session: changes.give_back(session, audit_id, conversation_id, agent=agent, now=now)
        )
        return self._changed(ownership)

    def _changed(self, ownership: Ownership) -> Ownership:
        self._delivery.taken_over(ownership.conversation_id, ownership.epoch)
        self._forget(ownership.account_id, ownership.thread)
        self._tell(f"owner {ownership.conversation_id} {ownership.epoch}")
        return ownership

    async def reply(self, conversation_id: str, text: str, *, agent: str, key: str) -> list[str]:
        """Send an agent's words; the same `key` sends once. Raises `NotFound`, `NotPossible`."""
        table = table_of(Conversation).c
        rows = await self._store.fetch_all(
            select(table.account_id, table.thread).where(table.id == conversation_id)
        )
        if not rows:
            raise NotFound(f"there is no conversation {conversation_id}")
        door = self._doors.get(rows[0].account_id)
        texts = door.split(text) if door else [text]
        parts = [(self._ids.new(), self._ids.new(), part) for part in texts]
        now = self._clock.now()
        sent = await self._store.write(
            lambda session: changes.agent_reply(
                session,
                conversation_id=conversation_id,
                parts=parts,
                agent=agent,
                key=f"agent:{conversation_id}:{key}",
                now=now,
            )
        )
        self._forget(rows[0].account_id, rows[0].thread)
        self._delivery.wake()
        self._tell("outbox")
        return sent

    async def answer_case(self, reference: str, *, agent: str) -> Case:
        """Note that a complaint has been answered; the re-contact follows. Raises `NotFound`."""
        cases = table_of(Case).c
        rows: list[Any] = await self._store.fetch_all(
            select(cases.id, cases.contact_id).where(cases.reference == reference)
        )
        if not rows:
            raise NotFound(f"there is no case {reference}")
        now = self._clock.now()
        at = self._calendar.add_working_days(now, self._followup_days, at=self._followup_at)
        ids = (self._ids.new(), self._ids.new())
        return await self._store.write(
            lambda session: changes.answer_case(
                session,
                ids,
                rows[0].id,
                agent=agent,
                followup_at=at,
                followup_kind="case.followup",
                now=now,
            )
        )
