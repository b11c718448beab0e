"""Live updates for open pages: in this process at once, to other processes by their ids.

May lose: a page that missed something catches up from the history.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
import structlog

from channels.port import Shown, Typing

log = structlog.get_logger()

Event = Shown | Typing
Topic = tuple[str, str]

_QUEUE = 200  # events an open page may be behind before it is cut off and starts from the history
_NOTIFY_BYTES = 7_000  # PostgreSQL takes 8 000


class EventBus:
    """Topics are (account, thread)."""

    def __init__(self) -> None:
        self._subscribers: dict[Topic, set[asyncio.Queue[Event | None]]] = {}
        self._to_tell: list[list[Any]] = []
        self._telling = asyncio.Event()

    def publish(self, account_id: str, thread: str, event: Event) -> None:
        """Tell the open pages of a thread, here and in other processes."""
        self.publish_here(account_id, thread, event)
        if len(self._to_tell) < 10_000:
            what = ["t", event.author, event.on] if isinstance(event, Typing) else ["s", event.id]
            self._to_tell.append([account_id, thread, *what])
            self._telling.set()

    def publish_here(self, account_id: str, thread: str, event: Event) -> None:
        for queue in self._subscribers.get((account_id, thread), ()):
            try:
                queue.put_nowait(event)
            except asyncio.QueueFull:
                _cut_off(queue)

    def listens(self, account_id: str, thread: str) -> bool:
        return (account_id, thread) in self._subscribers

    @asynccontextmanager
    async def subscribe(self, account_id: str, thread: str) -> AsyncIterator[AsyncIterator[Event]]:
        """Events of a thread while the context lasts; ends early for a reader who falls too far behind."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue(_QUEUE)
        readers = self._subscribers.setdefault((account_id, thread), set())
        readers.add(queue)
        try:
            yield _events(queue)
        finally:
            readers.discard(queue)
            if not readers:
                self._subscribers.pop((account_id, thread), None)

    async def tell_others(self, notify: Callable[[str], Awaitable[None]], sender: str) -> None:
        """Pass on what happens here: ids only, once a batch."""
        while True:
            await self._telling.wait()
            await asyncio.sleep(0.01)
            self._telling.clear()
            batch, self._to_tell = self._to_tell, []
            for payload in _payloads(sender, batch):
                await notify(payload)

    def forget_others(self) -> None:
        """There are no other processes: keep nothing for them."""
        self._to_tell.clear()
        self._telling.clear()


def _payloads(sender: str, batch: list[list[Any]]) -> list[str]:
    payloads, current, size = [], list[list[Any]](), 0
    for item in batch:
        length = len(orjson.dumps(item)) + 1
        if current and size + length > _NOTIFY_BYTES:
            payloads.append(current)
            current, size = [], 0
        current.append(item)
        size += length
    if current:
        payloads.append(current)
    return [orjson.dumps({"from": sender, "events": items}).decode() for items in payloads]


def _cut_off(queue: asyncio.Queue[Event | None]) -> None:
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(None)


async def _events(queue: asyncio.Queue[Event | None]) -> AsyncIterator[Event]:
    while (event := await queue.get()) is not None:
        yield event
