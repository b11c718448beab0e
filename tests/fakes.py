"""Fakes that implement the ports, in memory, for tests of every layer."""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.clock import Clock, ManualClock
from channels.port import (
    Attachment,
    Door,
    EntryKind,
    Envelope,
    Malformed,
    Media,
    Overloaded,
    Shown,
    Typing,
)

NOON = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)  # a Thursday


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRow:
    account_id: str
    envelope: Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    account_id: str
    raw: bytes
    reason: str


class FakeHost:
    """A `Host` in memory: a journal without doubles, a history, an event bus and a media shelf.

    Attach a door (`host.attach(door)`) and its inbound messages appear in the history, as the bot would show
    them. `on_entry` is called with every new entry (an echo bot in one line); `overloaded` refuses all.
    """

    def __init__(self, clock: Clock | None = None, *, max_media_bytes: int = 10 * 1024 * 1024) -> None:
        self.clock: Clock = clock if clock is not None else ManualClock(NOON)
        self.journal: list[JournalRow] = []
        self.quarantined: list[Quarantined] = []
        self.shown: dict[tuple[str, str], list[Shown]] = defaultdict(list)
        self.media: dict[str, Media] = {}
        self.published: list[tuple[str, str, Shown | Typing]] = []
        self.overloaded = False
        self.accept_calls = 0
        self.on_entry: Callable[[str, Envelope], None] | None = None
        self._max_media_bytes = max_media_bytes
        self._known: set[tuple[str, str]] = set()
        self._doors: dict[str, Door] = {}
        self._listeners: dict[tuple[str, str], list[asyncio.Queue[Shown | Typing]]] = defaultdict(list)
        self.notes: dict[tuple[str, str], str] = {}
        self._seq = 0

    # What a test asks and sets up.

    def attach(self, door: Door) -> None:
        """Show this door's inbound messages in the history."""
        self._doors[door.account_id] = door

    def entries(self, kind: EntryKind | None = None, account_id: str = "") -> list[Envelope]:
        """The journaled envelopes, oldest first, of one kind and account where given."""
        return [
            row.envelope
            for row in self.journal
            if (kind is None or row.envelope.kind == kind) and account_id in ("", row.account_id)
        ]

    def show(self, account_id: str, thread: str, message: Shown, *, publish: bool = True) -> Shown:
        """Put a message into a thread's history under the next sequence number, and tell its open pages."""
        if any(known.id == message.id for known in self.shown[account_id, thread]):
            raise AssertionError(f"{message.id} is shown already")
        self._seq += 1
        numbered = replace(message, seq=self._seq)
        self.shown[account_id, thread].append(numbered)
        if publish:
            self.publish(account_id, thread, numbered)
        return numbered

    def listeners(self, account_id: str, thread: str) -> int:
        return len(self._listeners[account_id, thread])

    # The port.

    async def accept(self, account_id: str, envelopes: Sequence[Envelope]) -> list[bool]:
        self.accept_calls += 1
        await asyncio.sleep(0)  # as the real one, it gives other tasks a turn
        if self.overloaded:
            raise Overloaded("the store takes nothing at the moment")
        return [self._journal(account_id, envelope) for envelope in envelopes]

    async def recall(self, account_id: str, key: str) -> str:
        return self.notes.get((account_id, key), "")

    async def note(self, account_id: str, key: str, value: str) -> None:
        if self.overloaded:
            raise Overloaded("the store takes nothing at the moment")
        self.notes[account_id, key] = value

    def _journal(self, account_id: str, envelope: Envelope) -> bool:
        key = (account_id, envelope.provider_id)
        if key in self._known:
            return False
        self._known.add(key)
        self.journal.append(JournalRow(account_id=account_id, envelope=envelope))
        self._show_inbound(account_id, envelope)
        if self.on_entry is not None:
            self.on_entry(account_id, envelope)
        return True

    def _show_inbound(self, account_id: str, envelope: Envelope) -> None:
        door = self._doors.get(account_id)
        if door is None or envelope.kind is not EntryKind.MESSAGE:
            return
        message = door.parse(envelope.raw)
        self.show(
            account_id,
            message.thread,
            Shown(
                id=f"in-{message.provider_id}",
                seq=0,
                direction="in",
                author="contact",
                text=message.text,
                at=self.now(),
                attachments=message.attachments,
                provider_id=message.provider_id,
            ),
            publish=False,  # the door tells the other pages itself
        )

    async def quarantine(self, account_id: str, raw: bytes, reason: str) -> None:
        self.quarantined.append(Quarantined(account_id=account_id, raw=raw, reason=reason))

    async def history(
        self, account_id: str, thread: str, *, after_seq: int = 0, before_seq: int = 0, limit: int = 50
    ) -> list[Shown]:
        rows = [row for row in self.shown[account_id, thread] if row.seq > after_seq]
        if before_seq:
            rows = [row for row in rows if row.seq < before_seq]
        return rows[:limit] if after_seq else rows[-limit:]

    async def store_media(self, data: bytes, *, name: str = "", claimed_mime: str = "") -> Attachment:
        if not data:
            raise Malformed("the file is empty")
        if len(data) > self._max_media_bytes:
            raise Malformed(f"the file is larger than {self._max_media_bytes} bytes")
        ref = f"media:{hashlib.sha256(data).hexdigest()}"
        mime = claimed_mime or "application/octet-stream"
        attachment = Attachment(
            kind="image" if mime.startswith("image/") else "file",
            ref=ref,
            name=name,
            mime=mime,
            size=len(data),
        )
        self.media.setdefault(ref, Media(attachment=attachment, data=data))
        return attachment

    async def load_media(self, ref: str) -> Media | None:
        return self.media.get(ref)

    def publish(self, account_id: str, thread: str, event: Shown | Typing) -> None:
        self.published.append((account_id, thread, event))
        for queue in self._listeners[account_id, thread]:
            queue.put_nowait(event)

    @asynccontextmanager
    async def subscribe(self, account_id: str, thread: str) -> AsyncIterator[AsyncIterator[Shown | Typing]]:
        queue: asyncio.Queue[Shown | Typing] = asyncio.Queue()
        self._listeners[account_id, thread].append(queue)
        try:
            yield _drain(queue)
        finally:
            self._listeners[account_id, thread].remove(queue)

    def now(self) -> datetime:
        return self.clock.now()


async def _drain(queue: asyncio.Queue[Shown | Typing]) -> AsyncIterator[Shown | Typing]:
    while True:
        yield await queue.get()
