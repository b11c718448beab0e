"""The other processes on the same database: what they are told, and what they tell."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

import orjson
import structlog

from bot.events import EventBus
from bot.host import shown_by_id
from bot.store.port import Store, StoreError
from channels.port import Typing

log = structlog.get_logger()


class Notifies(Store, Protocol):
    """A store that other processes share."""

    async def notify(self, payload: str) -> None: ...


class Neighbours:
    """Words between processes: "journal", "outbox", "calendar", "owner <conversation> <epoch>", those of
    `bot.inbox.live`, and live updates as JSON.

    A word may get lost: each is a hint to look now, and the sweeps look anyway.
    """

    def __init__(
        self,
        store: Notifies,
        bus: EventBus,
        *,
        group: asyncio.TaskGroup,
        sweep: Callable[[], Awaitable[None]],
        fetch: Callable[[], None],
        taken_over: Callable[[str, int], None],
        new_calendar: Callable[[], Awaitable[None]],
        inbox: Callable[[str], Awaitable[None]],
    ) -> None:
        self._store = store
        self._bus = bus
        self._group = group
        self._sweep = sweep
        self._fetch = fetch
        self._taken_over = taken_over
        self._new_calendar = new_calendar
        self._inbox = inbox

    def tell(self, what: str) -> None:
        """Send a word, soon."""
        self._soon(self._store.notify(what))

    async def run(self) -> None:
        """Pass on what open pages of other processes should show."""
        await self._bus.tell_others(self._notify_quietly, self._store.worker_id)

    def heard(self, payload: str) -> None:
        """A word of another process, or of this one."""
        if payload == "journal":
            self._soon(self._sweep())
        elif payload == "outbox":
            self._fetch()
        elif payload == "calendar":
            self._soon(self._new_calendar())
        elif payload.startswith("owner "):
            _, conversation_id, epoch = payload.split(" ")
            self._taken_over(conversation_id, int(epoch))
        elif payload.startswith(("inbox ", "present ")):
            self._soon(self._inbox(payload))
        elif payload.startswith("{"):
            self._soon(self._show(orjson.loads(payload)))

    async def _show(self, told: Mapping[str, Any]) -> None:
        """Show what another process published on the pages that are open here."""
        if told["from"] == self._store.worker_id:
            return
        for account_id, thread, kind, *rest in told["events"]:
            if not self._bus.listens(account_id, thread):
                continue
            if kind == "t":
                self._bus.publish_here(account_id, thread, Typing(rest[0], rest[1]))
                continue
            shown = await self._store.read(partial(shown_by_id, shown_id=rest[0]))
            if shown is not None:
                self._bus.publish_here(account_id, thread, shown)

    async def _notify_quietly(self, payload: str) -> None:
        with suppress(StoreError):
            await self._store.notify(payload)

    def _soon(self, work: Awaitable[None]) -> None:
        self._group.create_task(_quietly(work))


async def _quietly(work: Awaitable[None]) -> None:
    try:
        await work
    except StoreError as error:
        log.warning("word_between_processes_lost", error=str(error))
