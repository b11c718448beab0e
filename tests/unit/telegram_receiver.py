"""A Telegram door that receives from the Bot API stand-in, for the tests of polling and webhook."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from channels.port import Button, EntryKind, OutboundMessage
from channels.telegram.door import TelegramDoor
from channels.telegram.settings import TelegramSettings
from tests.fakes import FakeHost
from tests.standins.telegram_api import TOKEN, TelegramApi

CHAT = 42


class Pauses:
    """Stands in for sleeping: keeps what was asked for and goes on at once."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        await asyncio.sleep(0.001)


@asynccontextmanager
async def running(
    api: TelegramApi, host: FakeHost, pauses: Pauses | None = None, *, mode: str = "polling", url: str = ""
) -> AsyncIterator[TelegramDoor]:
    settings = TelegramSettings(
        account_id="tg",
        token=TOKEN,
        mode="webhook" if mode == "webhook" else "polling",
        api_base_url=api.url,
        public_url=url,
        timeout_s=5,
        poll_s=1,
    )
    door = TelegramDoor(settings, host, sleep=pauses or Pauses())
    task = asyncio.create_task(door.run())
    try:
        yield door
    finally:
        assert not task.done(), "receiving never ends by itself"
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await door.close()


def texts(host: FakeHost, door: TelegramDoor) -> list[str]:
    return [door.parse(entry.raw).text for entry in host.entries(EntryKind.MESSAGE)]


def question(**changes: str) -> OutboundMessage:
    base = {"id": "o1", "account_id": "tg", "thread": "42", "to": "42", "text": "Est-ce bien cela ?"}
    return OutboundMessage(**(base | changes), buttons=(Button("Oui", "yes"), Button("Non", "no")))  # type: ignore[arg-type]
