"""What the bot offers to its doors: intake, history, files, live updates, the time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.events import EventBus
from bot.intake import Intake
from bot.media import MediaStore
from bot.plans import Plan
from bot.records import Conversation, DoorNote, Message, OutboxMessage
from bot.records.base import table_of
from bot.store.port import ConversationState, Store, StoreError
from bot.store.upsert import put_note
from channels.port import Attachment, Button, Envelope, Media, Overloaded, Shown, Typing

_conversations = table_of(Conversation).c
_messages = table_of(Message).c
_outbox = table_of(OutboxMessage).c
_NOTE = 4_000  # characters
_SENT = ("accepted", "delivered", "read")


class BotHost:
    """See `channels.port.Host`. Doors are built with it, so the intake is handed in afterwards."""

    def __init__(self, store: Store, bus: EventBus, media: MediaStore, clock: Clock) -> None:
        self._store = store
        self._bus = bus
        self._media = media
        self._clock = clock
        self.intake: Intake | None = None

    async def accept(self, account_id: str, envelopes: Sequence[Envelope]) -> list[bool]:
        assert self.intake is not None
        return await self.intake.accept(account_id, envelopes)

    async def quarantine(self, account_id: str, raw: bytes, reason: str) -> None:
        assert self.intake is not None
        await self.intake.quarantine(account_id, raw, reason)

    async def history(
        self, account_id: str, thread: str, *, after_seq: int = 0, before_seq: int = 0, limit: int = 50
    ) -> list[Shown]:
        def query(session: Session) -> list[Shown]:
            return history(
                session, account_id, thread, after_seq=after_seq, before_seq=before_seq, limit=limit
            )

        return await self._store.read(query)

    async def store_media(self, data: bytes, *, name: str = "", claimed_mime: str = "") -> Attachment:
        return await self._media.put(data, name, claimed_mime)

    async def load_media(self, ref: str) -> Media | None:
        return await self._media.get(ref)

    async def recall(self, account_id: str, key: str) -> str:
        notes = table_of(DoorNote).c
        statement = select(notes.value).where(notes.account_id == account_id, notes.key == key)
        rows = await self._store.fetch_all(statement)
        return str(rows[0].value) if rows else ""

    async def note(self, account_id: str, key: str, value: str) -> None:
        if len(value) > _NOTE:
            raise ValueError(f"a note of {len(value)} characters; {_NOTE} are the most")
        at = self._clock.now()
        try:
            await self._store.write(lambda session: put_note(session, (account_id, key), value, at))
        except StoreError as error:
            raise Overloaded(str(error)) from error

    def publish(self, account_id: str, thread: str, event: Shown | Typing) -> None:
        self._bus.publish(account_id, thread, event)

    def subscribe(
        self, account_id: str, thread: str
    ) -> AbstractAsyncContextManager[AsyncIterator[Shown | Typing]]:
        return self._bus.subscribe(account_id, thread)

    def now(self) -> datetime:
        return self._clock.now()

    def announce(self, state: ConversationState, plan: Plan) -> None:
        """Show what a customer said on that customer's other open pages."""
        for seq, heard in plan.inbound:
            message = heard.message
            self._bus.publish(
                state.account_id,
                state.thread,
                Shown(
                    id=heard.journal_id,
                    seq=seq,
                    direction="in",
                    author="contact",
                    text=message.text,
                    at=heard.at,
                    language=state.language,
                    attachments=message.attachments,
                    provider_id=message.provider_id,
                ),
            )


def history(
    session: Session, account_id: str, thread: str, *, after_seq: int, before_seq: int, limit: int
) -> list[Shown]:
    """What the customer of a thread may see: their own words, and ours that really went out."""
    wanted = [_conversations.account_id == account_id, _conversations.thread == thread]
    if after_seq:
        wanted.append(_messages.seq > after_seq)
    if before_seq:
        wanted.append(_messages.seq < before_seq)
    newest_first = not after_seq
    order = _messages.seq.desc() if newest_first else _messages.seq
    rows: Any = session.execute(_SHOWN.where(*wanted).order_by(order).limit(min(200, max(1, limit)))).all()
    found = [_shown(row) for row in rows]
    return found[::-1] if newest_first else found


def shown_by_id(session: Session, shown_id: str) -> Shown | None:
    """One message as a page shows it; `shown_id` as in live updates. Also one that is just going out."""
    row: Any = session.execute(_ANY.where(or_(_outbox.id == shown_id, _messages.id == shown_id))).first()
    return None if row is None else _shown(row)


_ANY = (
    select(table_of(Message), _outbox.id.label("outbox_id"))
    .join(table_of(Conversation), _conversations.id == _messages.conversation_id)
    .outerjoin(
        table_of(OutboxMessage),
        and_(_outbox.message_id == _messages.id, _outbox.conversation_id == _messages.conversation_id),
    )
)
_SHOWN = _ANY.where(or_(_messages.direction == "in", _outbox.status.in_(_SENT)))


def _shown(row: Any) -> Shown:
    return Shown(
        id=row.id if row.direction == "in" else row.outbox_id,
        seq=row.seq,
        direction=row.direction,
        author=row.author,
        text=row.text,
        at=row.provider_at or row.created_at if row.direction == "in" else row.created_at,
        language=row.language,
        buttons=tuple(Button(label, value) for label, value in row.buttons),
        attachments=tuple(Attachment(**file) for file in row.attachments),
        provider_id=row.provider_id,
    )
