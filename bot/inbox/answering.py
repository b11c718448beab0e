"""Agents' answers on their way: held for some seconds in which they can be undone, or put off to a later time.

An answer waits in a row of its own, unique by the key its caller made, and enters the outbox when its time has come,
in one transaction with everything that follows from it. It is looked at once more then: where the customer or a
colleague wrote meanwhile, it is held and its agent decides. source: peers, two agents answer the same customer
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.ids import IdMaker
from bot.inbox import rows
from bot.inbox.acts import Who, audit_line
from bot.inbox.live import LiveInbox
from bot.people import People
from bot.records import Conversation, Draft, Message, PendingAnswer, SuggestionUse, Timer
from bot.records.base import table_of
from bot.store import changes
from bot.store.changes import NotFound, NotPossible
from bot.store.port import DueTimer
from bot.store.upsert import put
from channels.port import Attachment
from channels.text import clean_text

_pending = table_of(PendingAnswer)
_messages = table_of(Message).c
_drafts = table_of(Draft)

LEAVE: Final = "answer.leave"
TEXT_LIMIT: Final = 20_000  # characters
FILES: Final = 10
UNDO: Final = timedelta(seconds=6)


class Crossed(NotPossible):
    """Something was said since the agent looked; `by` is "contact" or a colleague's name."""

    def __init__(self, by: str) -> None:
        super().__init__(
            "the customer wrote since you looked" if by == "contact" else f"{by} answered since you looked"
        )
        self.by = by


Use = Literal["as_is", "completed", "modified"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """The suggestion an answer was made from. source: IN-05"""

    entry_id: str
    confidence: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an agent wants to send. `key` is made by the page once for each answer."""

    conversation_id: str
    text: str
    key: str
    seen_seq: int  # the last message on the agent's screen
    attachments: Sequence[Attachment] = ()
    suggested: Suggested | None = None
    at: datetime | None = None  # later; None: after the seconds in which it can be undone
    undo: timedelta = UNDO
    all_the_same: bool = False  # although something was said meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An answer that has not left yet."""

    id: str
    text: str
    agent_id: str
    agent_name: str
    due_at: datetime
    later: bool
    status: str
    reason: str
    attachments: Sequence[dict[str, Any]] = field(default_factory=tuple)


def use_of(suggestion: str, text: str) -> Use:
    """What became of a suggested text. source: IN-06"""
    before, after = " ".join(suggestion.split()), " ".join(text.split())
    if before == after:
        return "as_is"
    return "completed" if before in after else "modified"


class Answering:
    """Each call is one transaction, and tells the parts that must know."""

    def __init__(self, people: People, live: LiveInbox, *, clock: Clock, ids: IdMaker) -> None:
        self._people = people
        self._store = people.store
        self._doors = people.doors
        self._live = live
        self._clock = clock
        self._ids = ids

    async def send(self, answer: Answer, who: Who) -> str:
        """Take an answer; it leaves after its time to undo. The bot is silent from now on. Its identifier.

        The same key is taken once. Raises `Crossed`, `NotFound`, `NotPossible`.
        """
        text = clean_text(answer.text).strip()
        if not (text or answer.attachments) or len(text) > TEXT_LIMIT:
            raise NotPossible(f"an answer has 1 to {TEXT_LIMIT} characters")
        if len(answer.attachments) > FILES:
            raise NotPossible(f"an answer has {FILES} files at the most")
        now = self._clock.now()
        due_at = answer.at if answer.at is not None else now + answer.undo
        if answer.at is not None and answer.at <= now:
            raise NotPossible("an answer is put off to a time to come")
        new_id, timer_id, audit_id = self._ids.new(), self._ids.new(), self._ids.new()

        def work(session: Session) -> tuple[str, changes.Ownership | None, list[rows.Row]]:
            conversation = session.get(Conversation, answer.conversation_id, with_for_update=True)
            if conversation is None:
                raise NotFound(f"there is no conversation {answer.conversation_id}")
            known = session.scalar(select(_pending.c.id).where(_pending.c.key == _key(answer)))
            if known is not None:
                return known, None, []
            self._check_door(conversation, answer)
            if not answer.all_the_same:
                check_crossing(session, answer.conversation_id, answer.seen_seq, who)
            owned = None
            if conversation.owner != "agent" or conversation.agent_id != who.id:
                owned = changes.take_over(
                    session, audit_id, answer.conversation_id, agent=who.name, agent_id=who.id, now=now
                )
            session.add(_row(answer, text, who, new_id, due_at, now))
            put(session, Timer, [_timer(timer_id, new_id, due_at, now)])
            session.execute(
                delete(_drafts).where(
                    _drafts.c.conversation_id == answer.conversation_id, _drafts.c.agent_id == who.id
                )
            )
            session.flush()
            return new_id, owned, rows.refresh(session, [answer.conversation_id], now)

        answer_id, owned, moved = await self._store.write(work)
        if owned is not None:
            self._people.changed(owned)
        self._live.publish(moved)
        return answer_id

    def _check_door(self, conversation: Conversation, answer: Answer) -> None:
        door = self._doors.get(conversation.account_id)
        if door is None:
            raise NotPossible("nobody can write there: the account is not at work any more")
        if answer.attachments and not door.capabilities.media:
            raise NotPossible("this channel takes no files: send a link, or choose another channel")

    async def undo(self, answer_id: str, who: Who) -> str:
        """Take an answer back before it leaves; its text, for the agent to go on with.

        Raises `NotFound`, and `NotPossible` once it has left.
        """
        now, audit_id = self._clock.now(), self._ids.new()

        def work(session: Session) -> tuple[str, list[rows.Row]]:
            row = _waiting(session, answer_id)
            row.status, row.ended_at = "undone", now
            put_draft(session, row.conversation_id, who.id, row.text, row.seen_seq, now)
            session.add(audit_line(audit_id, who.name, "answer_undone", row.conversation_id, now))
            session.flush()
            return row.text, rows.read_rows(session, [row.conversation_id])

        text, moved = await self._store.write(work)
        self._live.publish(moved)
        return text

    async def insist(self, answer_id: str, who: Who) -> None:
        """Send a held answer all the same. Raises `NotFound`, `NotPossible`."""
        await self._leave(answer_id, insists=who)

    async def leave(self, timer: DueTimer) -> None:
        """Its time has come. The handler of timers of kind `LEAVE`."""
        await self._leave(timer.payload["answer_id"], insists=None)

    async def _leave(self, answer_id: str, *, insists: Who | None) -> None:
        spare = [(self._ids.new(), self._ids.new()) for _ in range(40)]
        now, use_id = self._clock.now(), self._ids.new()

        def work(session: Session) -> tuple[PendingAnswer | None, tuple[str, str], list[rows.Row]]:
            row = session.get(PendingAnswer, answer_id, with_for_update=True)
            if row is None or row.status not in ("waiting", "held"):
                return None, ("", ""), []
            conversation = session.get(Conversation, row.conversation_id, with_for_update=True)
            held = self._held(session, row, conversation) if insists is None else ""
            if held or conversation is None:
                row.status, row.reason = "held", held or "gone"
                session.flush()
                return None, ("", ""), rows.read_rows(session, [row.conversation_id])
            if conversation.owner != "agent":
                changes.take_over(
                    session,
                    self._ids.new(),
                    conversation.id,
                    agent=row.agent_name,
                    agent_id=row.agent_id,
                    now=now,
                )
                session.refresh(conversation)
            texts = self._doors[conversation.account_id].split(row.text) or [row.text]
            changes.agent_reply(
                session,
                conversation_id=row.conversation_id,
                parts=[(*spare[number], part) for number, part in enumerate(texts[:40])],
                agent=row.agent_name,
                key=f"agent:{row.conversation_id}:{row.id}",
                now=now,
                attachments=row.attachments,
                why=_why(row),
            )
            self._people.deadlines.answered(session, row.conversation_id, at=now)
            if row.suggestion:
                session.add(
                    SuggestionUse(
                        id=use_id,
                        conversation_id=row.conversation_id,
                        entry_id=row.suggestion["entry_id"],
                        confidence=row.suggestion["confidence"],
                        use=row.suggestion["use"],
                        agent=row.agent_name,
                        at=now,
                    )
                )
            row.status, row.ended_at = "sent", now
            session.flush()
            session.expunge(row)
            place = (conversation.account_id, conversation.thread)
            return row, place, rows.refresh(session, [row.conversation_id], now)

        row, place, moved = await self._store.write(work)
        self._live.publish(moved)
        if row is None:
            return
        self._people.forget(*place)
        self._people.delivery.wake()
        self._people.tell("outbox")
        if self._people.answered is not None:
            await self._people.answered(row.conversation_id, row.text)

    def _held(self, session: Session, row: PendingAnswer, conversation: Conversation | None) -> str:
        """Why an answer must not leave by itself; "" where it may."""
        if conversation is None:
            return "gone"
        if conversation.account_id not in self._doors:
            return "no_account"
        try:
            check_crossing(
                session, row.conversation_id, row.seen_seq, Who(id=row.agent_id, name=row.agent_name)
            )
        except Crossed as crossed:
            return f"crossed:{crossed.by}"
        if row.later and (conversation.owner != "agent" or conversation.agent_id != row.agent_id):
            return "not_yours"
        return ""

    # drafts

    async def keep_draft(self, conversation_id: str, text: str, seen_seq: int, who: Who) -> None:
        """What the agent has written so far; an empty text keeps nothing."""
        now = self._clock.now()

        def work(session: Session) -> None:
            if text.strip():
                put_draft(session, conversation_id, who.id, text[:TEXT_LIMIT], seen_seq, now)
            else:
                session.execute(
                    delete(_drafts).where(
                        _drafts.c.conversation_id == conversation_id, _drafts.c.agent_id == who.id
                    )
                )

        await self._store.write(work)


def put_draft(
    session: Session, conversation_id: str, agent_id: str, text: str, seen_seq: int, now: datetime
) -> None:
    row = {
        "conversation_id": conversation_id,
        "agent_id": agent_id,
        "text": text,
        "seen_seq": seen_seq,
        "updated_at": now,
    }
    put(session, Draft, [row])


def check_crossing(session: Session, conversation_id: str, seen_seq: int, who: Who) -> None:
    """Raises `Crossed` where the customer or a colleague wrote after `seen_seq`."""
    newer = session.execute(
        select(_messages.direction, _messages.author)
        .where(
            _messages.conversation_id == conversation_id,
            _messages.seq > seen_seq,
            _messages.direction.in_(("in", "out")),
            _messages.automatic == "",
            _messages.author.not_in((who.name, "bot")),
        )
        .order_by(_messages.seq)
        .limit(1)
    ).first()
    if newer is not None:
        raise Crossed("contact" if newer.direction == "in" else newer.author)


def waiting_answers(session: Session, conversation_id: str) -> list[Waiting]:
    """Answers of a conversation that have not left, the next one first."""
    found = session.execute(
        select(_pending)
        .where(
            _pending.c.conversation_id == conversation_id,
            _pending.c.status.in_(("waiting", "held")),
        )
        .order_by(_pending.c.due_at)
    )
    return [
        Waiting(
            id=row.id,
            text=row.text,
            agent_id=row.agent_id,
            agent_name=row.agent_name,
            due_at=row.due_at,
            later=row.later,
            status=row.status,
            reason=row.reason,
            attachments=row.attachments,
        )
        for row in found
    ]


def _key(answer: Answer) -> str:
    return f"{answer.conversation_id}:{answer.key}"


def _row(answer: Answer, text: str, who: Who, new_id: str, due_at: datetime, now: datetime) -> PendingAnswer:
    suggested = answer.suggested
    return PendingAnswer(
        id=new_id,
        key=_key(answer),
        conversation_id=answer.conversation_id,
        agent_id=who.id,
        agent_name=who.name,
        text=text,
        attachments=[file_values(file) for file in answer.attachments],
        suggestion={
            "entry_id": suggested.entry_id,
            "confidence": suggested.confidence,
            "use": use_of(suggested.text, text),
        }
        if suggested is not None
        else {},
        seen_seq=answer.seen_seq if not answer.all_the_same else 2**31 - 1,
        later=answer.at is not None,
        due_at=due_at,
        created_at=now,
    )


def file_values(file: Attachment) -> dict[str, Any]:
    """A file as messages and the outbox keep it."""
    return {"kind": file.kind, "ref": file.ref, "name": file.name, "mime": file.mime, "size": file.size}


def _timer(timer_id: str, answer_id: str, due_at: datetime, now: datetime) -> dict[str, Any]:
    return {
        "id": timer_id,
        "key": f"answer:{answer_id}",
        "kind": LEAVE,
        "account_id": "",
        "thread": "",
        "due_at": due_at,
        "payload": {"answer_id": answer_id},
        "status": "waiting",
        "owner": None,
        "attempts": 0,
        "created_at": now,
    }


def _waiting(session: Session, answer_id: str) -> PendingAnswer:
    row = session.get(PendingAnswer, answer_id, with_for_update=True)
    if row is None:
        raise NotFound(f"there is no answer {answer_id}")
    if row.status not in ("waiting", "held"):
        raise NotPossible("it has left already" if row.status == "sent" else "it was taken back already")
    return row


def _why(row: PendingAnswer) -> str:
    if not row.suggestion:
        return ""
    return f"faq {row.suggestion['entry_id']}: {row.suggestion['use']}"
