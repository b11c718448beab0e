"""What agents do with a conversation besides answering: take, give back, assign, transfer, put aside, note.

Each act is one transaction with its line in the audit log; the row of the inbox moves in the same one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.ids import IdMaker
from bot.inbox import rows
from bot.inbox.live import LiveInbox
from bot.people import People
from bot.records import Agent, AuditEntry, Case, Conversation, Desk, InboxEntry, Mention, Message, Timer
from bot.records.base import table_of
from bot.store import changes
from bot.store.changes import NotFound, NotPossible, Ownership
from bot.store.port import DueTimer
from bot.store.upsert import put

_inbox = table_of(InboxEntry)
_cases = table_of(Case).c
_mentions = table_of(Mention)
_agents = table_of(Agent).c

WAKE: Final = "inbox.wake"
NOTE_LIMIT: Final = 10_000  # characters
_NAMED: Final = re.compile(r"@([\w.\-]+(?: [\w.\-]+)?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """The agent who acts."""

    id: str
    name: str


class InboxActs:
    """Each raises `NotFound` for what is not there and `NotPossible` for what can't be done now."""

    def __init__(self, people: People, live: LiveInbox, *, clock: Clock, ids: IdMaker) -> None:
        self._people = people
        self._store = people.store
        self._live = live
        self._clock = clock
        self._ids = ids

    async def take_over(self, conversation_id: str, who: Who) -> Ownership:
        """The bot is silent from this instant."""
        ownership = await self._people.take_over(conversation_id, agent=who.name, agent_id=who.id)
        await self.show(conversation_id)
        return ownership

    async def give_back(self, conversation_id: str, who: Who) -> Ownership:
        """The bot answers again."""
        ownership = await self._people.give_back(conversation_id, agent=who.name)
        await self.show(conversation_id)
        return ownership

    async def assign(self, conversation_id: str, to: str, who: Who) -> None:
        """The conversation is this agent's, by identifier, whoever had it; they find it under theirs."""
        now, audit_id = self._clock.now(), self._ids.new()

        def work(session: Session) -> tuple[Ownership, list[rows.Row]]:
            agent = session.get(Agent, to)
            if agent is None or not agent.active:
                raise NotFound(f"there is no agent {to} at work")
            owned = changes.own(
                session,
                audit_id,
                conversation_id,
                owner="agent",
                actor=who.name,
                action="assigned",
                now=now,
                more={"agent_id": agent.id},
            )
            _tell_more(session, audit_id, to=agent.name)
            return owned, rows.refresh(session, [conversation_id], now)

        owned, moved = await self._store.write(work)
        self._people.changed(owned)
        self._live.publish(moved)

    async def transfer(self, conversation_id: str, desk_id: str, why: str, who: Who) -> None:
        """Another desk goes on with it, and reads why in a note. source: IN-13"""
        now, audit_id, note_id = self._clock.now(), self._ids.new(), self._ids.new()
        why = why.strip()[:NOTE_LIMIT]
        if not why:
            raise NotPossible("say in a few words what the other desk must know")

        def work(session: Session) -> tuple[Ownership, list[rows.Row]]:
            desk = session.get(Desk, desk_id)
            if desk is None or not desk.active:
                raise NotFound(f"there is no desk {desk_id}")
            owned = changes.own(
                session,
                audit_id,
                conversation_id,
                owner="queue",
                actor=who.name,
                action="transferred",
                now=now,
                more={"desk_id": desk_id, "hand_over_reason": f"transferred by {who.name}"[:200]},
            )
            _tell_more(session, audit_id, desk=desk_id)
            _add_note(session, conversation_id, note_id, why, who, now, why="transfer")
            return owned, rows.refresh(session, [conversation_id], now)

        owned, moved = await self._store.write(work)
        self._people.changed(owned)
        self._live.publish(moved)

    async def snooze(self, conversation_id: str, until: datetime, who: Who) -> None:
        """Out of sight until then, or until the customer writes."""
        now = self._clock.now()
        if until <= now:
            raise NotPossible("a conversation is put aside until a time to come")
        values = {"snoozed_until": until, "done": False}
        await self._set_aside(conversation_id, values, "snoozed", who, wake_at=until)

    async def done(self, conversation_id: str, who: Who, *, seen_seq: int | None = None) -> None:
        """Nothing is left to do: the bot answers what comes next. `seen_seq`: the last message on the screen."""

        def refuse(session: Session, conversation: Conversation) -> None:
            references = session.scalars(
                select(_cases.reference).where(_cases.conversation_id == conversation_id, ~_cases.closed)
            ).all()
            if references:
                raise NotPossible(f"complaint {', '.join(references)} is open: close it first, or snooze")
            if seen_seq is not None and conversation.last_seq > seen_seq:
                raise NotPossible("something was said since you looked")

        await self._set_aside(
            conversation_id, {"snoozed_until": None, "done": True}, "done", who, refuse=refuse
        )
        await self._people.give_back(conversation_id, agent=who.name)
        await self.show(conversation_id)

    async def reopen(self, conversation_id: str, who: Who) -> None:
        """Back into the list; it is the agent's."""
        values = {"snoozed_until": None, "done": False, "set_at": None, "set_by": ""}
        await self._set_aside(conversation_id, values, "reopened", who)

    async def _set_aside(
        self,
        conversation_id: str,
        values: Mapping[str, Any],
        action: str,
        who: Who,
        *,
        wake_at: datetime | None = None,
        refuse: Callable[[Session, Conversation], None] = lambda session, conversation: None,
    ) -> None:
        now, audit_id, timer_id = self._clock.now(), self._ids.new(), self._ids.new()

        def work(session: Session) -> list[rows.Row]:
            conversation = session.get(Conversation, conversation_id)
            if conversation is None:
                raise NotFound(f"there is no conversation {conversation_id}")
            refuse(session, conversation)
            rows.refresh(session, [conversation_id], now)
            session.execute(
                update(_inbox)
                .where(_inbox.c.conversation_id == conversation_id)
                .values({"set_at": now, "set_by": who.name, **values})
            )
            if wake_at is not None:
                put(session, Timer, [wake_row(timer_id, conversation_id, wake_at, now)])
            session.add(audit_line(audit_id, who.name, action, conversation_id, now))
            return rows.refresh(session, [conversation_id], now)

        self._live.publish(await self._store.write(work))

    async def note(self, conversation_id: str, text: str, who: Who, *, mentions: Sequence[str] = ()) -> str:
        """Words for colleagues; those named with @ and those in `mentions` are told. The note's identifier."""
        text = text.strip()
        if not text or len(text) > NOTE_LIMIT:
            raise NotPossible(f"a note has 1 to {NOTE_LIMIT} characters")
        now, note_id = self._clock.now(), self._ids.new()
        spare = [self._ids.new() for _ in range(20)]

        def work(session: Session) -> tuple[tuple[str, str], list[rows.Row]]:
            place = _add_note(session, conversation_id, note_id, text, who, now)
            named = {*mentions, *_named_in(session, text)} - {who.id}
            known = session.scalars(select(_agents.id).where(_agents.id.in_(named))).all()
            for mention_id, agent_id in zip(spare, sorted(known), strict=False):
                session.add(
                    Mention(
                        id=mention_id,
                        message_id=note_id,
                        conversation_id=conversation_id,
                        agent_id=agent_id,
                        by=who.name,
                        created_at=now,
                    )
                )
            session.flush()
            return place, rows.refresh(session, [conversation_id], now)

        place, moved = await self._store.write(work)
        self._people.forget(*place)
        self._live.publish(moved)
        return note_id

    async def see_mentions(self, conversation_id: str, who: Who) -> None:
        """The agent has read where they were named."""
        now = self._clock.now()
        await self._store.write(
            lambda session: session.execute(
                update(_mentions)
                .where(
                    _mentions.c.conversation_id == conversation_id,
                    _mentions.c.agent_id == who.id,
                    _mentions.c.seen_at.is_(None),
                )
                .values(seen_at=now)
            )
        )

    async def show(self, conversation_id: str) -> None:
        """Bring one row in step now, and show it on the open pages."""
        now = self._clock.now()
        self._live.publish(
            await self._store.write(lambda session: rows.refresh(session, [conversation_id], now))
        )

    async def wake(self, timer: DueTimer) -> None:
        """A snooze ends. The handler of timers of kind `WAKE`."""
        await self.show(timer.payload["conversation_id"])


def wake_row(timer_id: str, conversation_id: str, at: datetime, now: datetime) -> dict[str, Any]:
    """A timer that brings a conversation back. A key of its own each time: an old one finds nothing to do."""
    return {
        "id": timer_id,
        "key": f"wake:{timer_id}",
        "kind": WAKE,
        "account_id": "",
        "thread": "",
        "due_at": at,
        "payload": {"conversation_id": conversation_id},
        "status": "waiting",
        "owner": None,
        "attempts": 0,
        "created_at": now,
    }


def audit_line(
    audit_id: str, actor: str, action: str, conversation_id: str, now: datetime, **detail: Any
) -> AuditEntry:
    return AuditEntry(
        id=audit_id,
        at=now,
        actor=actor,
        action=action,
        object_kind="conversation",
        object_id=conversation_id,
        detail=detail,
    )


def _tell_more(session: Session, audit_id: str, **detail: Any) -> None:
    session.flush()
    line = session.get(AuditEntry, audit_id)
    if line is not None:
        line.detail = {**line.detail, **detail}


def _add_note(
    session: Session,
    conversation_id: str,
    note_id: str,
    text: str,
    who: Who,
    now: datetime,
    why: str = "",
) -> tuple[str, str]:
    """The note takes its place among the messages. Account and thread of the conversation."""
    conversation = session.get(Conversation, conversation_id, with_for_update=True)
    if conversation is None:
        raise NotFound(f"there is no conversation {conversation_id}")
    conversation.last_seq += 1
    conversation.version += 1
    session.add(
        Message(
            id=note_id,
            conversation_id=conversation_id,
            seq=conversation.last_seq,
            direction="note",
            author=who.name,
            text=text,
            language="",
            attachments=[],
            buttons=[],
            why=why,
            created_at=now,
        )
    )
    session.flush()
    return conversation.account_id, conversation.thread


def _named_in(session: Session, text: str) -> set[str]:
    """Agents named in a text: @ and their name or its first word."""
    wanted = {word.casefold() for word in _NAMED.findall(text)}
    wanted |= {word.split(" ")[0] for word in wanted}
    if not wanted:
        return set()
    agents = session.execute(select(_agents.id, _agents.name).where(_agents.active))
    return {
        agent.id
        for agent in agents
        if agent.name.casefold() in wanted or agent.name.casefold().split(" ")[0] in wanted
    }
