"""Doors that receive by themselves: each runs in one process, and again when it fails."""

from __future__ import annotations

import asyncio

import structlog

from bot.store.port import Store
from bot.store.postgres import PostgresStore
from channels.port import Door

log = structlog.get_logger()

_LONGEST_S = 60.0


async def receive(store: Store, door: Door) -> None:
    """Run a door's receiver until it has nothing to run; on a shared database only one process runs each."""
    if isinstance(store, PostgresStore):
        while not await store.hold_alone(f"door:{door.account_id}"):  # noqa: ASYNC110
            await asyncio.sleep(2.0)
    wait_s = 1.0
    while True:
        try:
            await door.run()
            return
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("receiver_failed", account=door.account_id)
            await asyncio.sleep(wait_s)
            wait_s = min(_LONGEST_S, wait_s * 2)
