"""Keeps the inbox and the search in step: told of a change it looks at once, and a sweep looks for what it missed.

Beside the path of a message, never in it: a burst of changes is one transaction, and each conversation once in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.inbox import finding, rows
from bot.inbox.live import Changed, LiveInbox
from bot.records import Conversation
from bot.records.base import table_of
from bot.store.port import Store, StoreError

log = structlog.get_logger()

_conversations = table_of(Conversation).c

_BATCH: Final = 300
_GATHER_S: Final = 0.02  # changes so close together are one transaction
_MOST: Final = 50_000  # conversations remembered; the sweep finds what is beyond


class InboxFollower:
    """One for a process that works on lanes or serves pages."""

    def __init__(self, store: Store, live: LiveInbox, *, clock: Clock) -> None:
        self._store = store
        self._live = live
        self._clock = clock
        self._ids: dict[str, None] = {}
        self._threads: dict[tuple[str, str], None] = {}
        self._told = asyncio.Event()

    def touch(self, conversation_id: str | None) -> None:
        """Something changed there."""
        if conversation_id and len(self._ids) < _MOST:
            self._ids[conversation_id] = None
            self._told.set()

    def touch_thread(self, account_id: str, thread: str) -> None:
        """The same, by account and thread."""
        if len(self._threads) < _MOST:
            self._threads[account_id, thread] = None
            self._told.set()

    async def run(self) -> None:
        """Look at everything once, then follow until cancelled."""
        behind = True
        while True:
            if not behind:
                await self._told.wait()
                await asyncio.sleep(_GATHER_S)
            try:
                if behind:
                    await self.sweep()
                    behind = False
                await self.catch_up()
            except StoreError as error:
                log.warning("inbox_not_followed", error=str(error))
                await asyncio.sleep(1.0)

    async def catch_up(self) -> None:
        """Look at everything that was told so far."""
        while self._ids or self._threads:
            ids, threads = list(self._ids)[:_BATCH], list(self._threads)[:_BATCH]
            await self._look(ids, threads)
            for one in ids:
                self._ids.pop(one, None)
            for thread in threads:
                self._threads.pop(thread, None)
        self._told.clear()

    async def _look(self, ids: Sequence[str], threads: Sequence[tuple[str, str]]) -> None:
        now = self._clock.now()

        def work(session: Session) -> list[rows.Row]:
            wanted = set(ids)
            if threads:
                place = tuple_(_conversations.account_id, _conversations.thread)
                wanted |= set(session.scalars(select(_conversations.id).where(place.in_(threads))))
            return rows.refresh(session, sorted(wanted), now)

        self._live.publish(await self._store.write(work))

    async def sweep(self) -> None:
        """What nobody told of: rows that are missing or old, due instants that moved, snoozes that ended."""
        now, after = self._clock.now(), ""
        while True:
            ids = await self._store.read(
                lambda session, after=after: rows.out_of_step(session, after, _BATCH, now)  # type: ignore[misc]
            )
            if ids:
                await self._look(ids, [])
                after = ids[-1]
                await self.catch_up()  # whoever writes meanwhile is not kept waiting
            if len(ids) < _BATCH:
                break
        owed = await self._store.read(lambda session: rows.owed_out_of_step(session, _BATCH))
        if owed:
            await self._look(owed, [])

    async def index(self) -> None:
        """Bring messages that came since into the full-text search."""
        await finding.index_messages(self._store, self._clock.now())

    async def heard(self, word: str) -> None:
        """A word of another process about rows that changed there."""
        ids = self._live.heard(word)
        if ids:
            found = await self._store.read(lambda session: rows.read_rows(session, ids))
            self._live.publish_here(Changed(tuple(found)))
