"""What providers report about messages we sent, and about people who blocked us."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.failures import Failures
from bot.ids import IdMaker
from bot.store import changes
from bot.store.port import Entry, StatusChange, Store
from channels.port import Door, InboundError, StatusReport

log = structlog.get_logger()

_STATUS_PATIENCE_S = (0.2, 0.5, 1, 2, 5)  # a status may come before the send it speaks of is recorded


class Statuses:
    """Works on the status entries of the lanes."""

    def __init__(
        self,
        store: Store,
        doors: Mapping[str, Door],
        *,
        clock: Clock,
        ids: IdMaker,
        failures: Failures,
        done: Callable[[Sequence[Entry]], Awaitable[None]],
        put_aside: Callable[[Sequence[Entry], str], Awaitable[None]],
        moved: Callable[[str, str], None],
    ) -> None:
        self._store = store
        self._doors = doors
        self._clock = clock
        self._ids = ids
        self._failures = failures
        self._done = done
        self._put_aside = put_aside
        self._moved = moved

    async def handle(self, entry: Entry) -> None:
        """Move the message it speaks of forward, or the person it speaks of."""
        try:
            report = self._doors[entry.account_id].parse_status(entry.raw)
        except InboundError as error:
            await self._put_aside([entry], f"{type(error).__name__}: {error}")
            return
        except Exception as error:
            log.exception("status_failed", account=entry.account_id, entry=entry.id)
            await self._put_aside([entry], f"can't be read: {type(error).__name__}")
            return
        if not report.provider_id:
            await self._status_of_thread(entry, report)
            return
        change = StatusChange(
            account_id=entry.account_id,
            provider_id=report.provider_id,
            status=report.status,
            code=report.code,
            at=report.at or entry.received_at,
            journal_id=entry.id,
            delivery_id=self._ids.new(),
        )
        for wait_s in (*_STATUS_PATIENCE_S, 0.0):
            if change.status == "failed":
                await self._failures.reported(change, report)
            if await self._store.advance(change):
                self._moved(entry.account_id, entry.thread)
                return
            await asyncio.sleep(wait_s)
        log.info("status_of_unknown_message", account=entry.account_id, status=report.status)
        await self._done([entry])

    async def _status_of_thread(self, entry: Entry, report: StatusReport) -> None:
        """A provider's word about a person, not about a message: our bot is blocked, or no longer."""
        account, thread, at = entry.account_id, entry.thread, report.at or entry.received_at

        def change(session: Session) -> None:
            if report.status == "failed":
                changes.stop_thread(
                    session, entry.id, account_id=account, thread=thread, reason=report.code, now=at
                )
            else:
                changes.reopen_thread(session, account_id=account, thread=thread)

        await self._store.write(change)
        await self._done([entry])
