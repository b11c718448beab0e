"""What agents do: take over, answer, give back. The bot is silent from the same instant."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.deadlines import Deadlines
from bot.delivery import Delivery
from bot.ids import IdMaker
from bot.records import Conversation
from bot.records.base import table_of
from bot.store import changes, merges
from bot.store.changes import NotFound, NotPossible, Ownership
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
        deadlines: Deadlines,
        forget: Callable[[str, str], None],
        tell: Callable[[str], None],
        answered: Callable[[str, str], Awaitable[None]] | None = None,
    ) -> None:
        """`answered` is told of each answer of an agent: the conversation, and the words."""
        self.store = store
        self.doors = doors
        self.delivery = delivery
        self._clock = clock
        self._ids = ids
        self.deadlines = deadlines
        self.forget = forget
        self.tell = tell
        self.answered = answered

    def now(self) -> datetime:
        """The program's clock."""
        return self._clock.now()

    def new_id(self) -> str:
        """A fresh identifier."""
        return self._ids.new()

    async def take_over(self, conversation_id: str, *, agent: str, agent_id: str | None = None) -> Ownership:
        """The conversation is the agent's, by name, and by identifier where they have one. Raises `NotFound`."""
        now, audit_id = self._clock.now(), self._ids.new()
        ownership = await self.store.write(
            lambda session: changes.take_over(
                session, audit_id, conversation_id, agent=agent, now=now, agent_id=agent_id
            )
        )
        return self.changed(ownership)

    async def give_back(self, conversation_id: str, *, agent: str) -> Ownership:
        """The bot answers again. Raises `NotFound`."""
        now, audit_id = self._clock.now(), self._ids.new()

        def give_back(session: Session) -> Ownership:
            self.deadlines.given_back(session, conversation_id, at=now)
            return changes.give_back(session, audit_id, conversation_id, agent=agent, now=now)

        return self.changed(await self.store.write(give_back))

    def changed(self, ownership: Ownership) -> Ownership:
        """Tell the parts of this and other processes that must know who a conversation belongs to now."""
        self.delivery.taken_over(ownership.conversation_id, ownership.epoch)
        self.forget(ownership.account_id, ownership.thread)
        self.tell(f"owner {ownership.conversation_id} {ownership.epoch}")
        return ownership

    async def reply(self, conversation_id: str, text: str, *, agent: str, key: str) -> list[str]:
        """Send an agent's words; the same `key` sends once. Raises `NotFound`, `NotPossible`."""
        table = table_of(Conversation).c
        rows = await self.store.fetch_all(
            select(table.account_id, table.thread).where(table.id == conversation_id)
        )
        if not rows:
            raise NotFound(f"there is no conversation {conversation_id}")
        if not rows[0].account_id:
            raise NotPossible("nobody can write there: it came by telephone, letter or at the counter")
        door = self.doors.get(rows[0].account_id)
        texts = door.split(text) if door else [text]
        parts = [(self._ids.new(), self._ids.new(), part) for part in texts]
        now = self._clock.now()

        def answer(session: Session) -> list[str]:
            queued = changes.agent_reply(
                session,
                conversation_id=conversation_id,
                parts=parts,
                agent=agent,
                key=f"agent:{conversation_id}:{key}",
                now=now,
            )
            self.deadlines.answered(session, conversation_id, at=now)
            return queued

        sent = await self.store.write(answer)
        self.forget(rows[0].account_id, rows[0].thread)
        self.delivery.wake()
        self.tell("outbox")
        if self.answered is not None:
            await self.answered(conversation_id, text)
        return sent

    async def decide_same_person(
        self, pair_id: str, decision: Literal["merge", "dismiss", "undo"], *, agent: str
    ) -> None:
        """Say whether two contacts are one person. Raises `NotFound`, `NotPossible`."""
        work = {"merge": merges.merge, "dismiss": merges.dismiss, "undo": merges.undo}[decision]
        now, audit_id = self._clock.now(), self._ids.new()
        threads = await self.store.write(
            lambda session: work(session, pair_id, audit_id, agent=agent, now=now)
        )
        for account_id, thread in threads:
            self.forget(account_id, thread)
