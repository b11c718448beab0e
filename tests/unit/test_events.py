"""Live updates: to the right pages, never blocking, by id to other processes."""

from __future__ import annotations

import asyncio

import orjson

from bot.events import EventBus
from channels.port import Shown, Typing
from tests.fakes import NOON


def shown(number: int) -> Shown:
    return Shown(id=f"s{number}", seq=number, direction="out", author="bot", text="secret words", at=NOON)


async def test_an_event_reaches_every_page_of_its_thread_and_no_other() -> None:
    bus = EventBus()
    async with (
        bus.subscribe("a", "t") as one,
        bus.subscribe("a", "t") as two,
        bus.subscribe("a", "u") as other,
    ):
        bus.publish("a", "t", shown(1))
        assert await anext(one) == await anext(two) == shown(1)
        bus.publish("a", "u", Typing("bot"))
        assert await anext(other) == Typing("bot")
    assert not bus.listens("a", "t")


async def test_a_page_that_falls_behind_is_cut_off_and_the_others_go_on() -> None:
    bus = EventBus()
    async with bus.subscribe("a", "t") as slow:
        for number in range(1_000):
            bus.publish("a", "t", shown(number))
        got = [event async for event in slow]  # ends: the page starts again from the history
        assert got == []
    async with bus.subscribe("a", "t") as fresh:
        bus.publish("a", "t", shown(1))
        assert await anext(fresh) == shown(1)


async def test_other_processes_are_told_ids_only_in_few_calls_that_fit() -> None:
    bus = EventBus()
    told: list[str] = []
    enough = asyncio.Event()

    async def notify(payload: str) -> None:
        told.append(payload)
        if sum(len(orjson.loads(item)["events"]) for item in told) == 1_000:
            enough.set()

    task = asyncio.create_task(bus.tell_others(notify, "me"))
    for number in range(1_000):
        bus.publish("account", f"thread-{number}", shown(number))
    async with asyncio.timeout(5):
        await enough.wait()
    task.cancel()
    assert len(told) < 20 and all(len(item.encode()) < 8_000 for item in told)
    assert not any("secret" in item for item in told)
    first = orjson.loads(told[0])
    assert first["from"] == "me" and first["events"][0] == ["account", "thread-0", "s", "s0"]


async def test_without_others_nothing_piles_up() -> None:
    bus = EventBus()
    for number in range(20_000):
        bus.publish("a", "t", shown(number))
    assert len(bus._to_tell) <= 10_000
