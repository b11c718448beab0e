"""Messages that came while nobody answered Twilio's calls are found later, each once, and only ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import structlog

from bot.clock import ManualClock
from channels.twilio.catchup import NOTE, OVERLAP, YOUNG, CatchUp
from channels.twilio.door import TwilioDoor
from tests.contract.twilio_bench import PERSON, Kind
from tests.contract.twilio_bench import settings as account
from tests.fakes import NOON, FakeHost
from tests.standins.twilio_api import TwilioApi
from tests.standins.twilio_state import NUMBER, SERVICE, Fault

MINUTE = timedelta(minutes=1)
URL = "https://bot.example.org/hooks/sms"


@dataclass(slots=True)
class World:
    api: TwilioApi
    host: FakeHost
    clock: ManualClock
    door: TwilioDoor

    def looking(self) -> CatchUp:
        return CatchUp(self.door._api, self.host, self.door._settings)

    def texts(self) -> list[str]:
        return [self.door.parse(envelope.raw).text for envelope in self.host.entries()]


async def opened(kind: Kind = "sms", **changes: Any) -> AsyncIterator[World]:
    clock = ManualClock(NOON)
    host = FakeHost(clock)
    with TwilioApi(clock) as api:
        door = TwilioDoor(replace(account(kind, api.url), **changes), host)
        yield World(api, host, clock, door)
        await door.close()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async for one in opened():
        yield one


async def test_the_first_look_takes_nothing_and_begins_here(world: World) -> None:
    world.api.wrote(PERSON, "hier")
    world.clock.advance(timedelta(days=1))
    assert await world.looking().once() == 0
    assert not world.host.journal
    assert await world.host.recall("sms", NOTE) == (world.clock.now() - YOUNG).isoformat()


async def test_what_was_missed_comes_in_its_order_and_once(world: World) -> None:
    look = world.looking()
    await look.once()
    for text in ("un", "deux", "trois"):
        world.clock.advance(MINUTE)
        world.api.wrote(PERSON, text)
    world.clock.advance(YOUNG)
    with structlog.testing.capture_logs() as events:
        assert await look.once() == 3
        world.clock.advance(MINUTE)
        assert await look.once() == 0
    assert world.texts() == ["un", "deux", "trois"]
    assert [envelope.thread for envelope in world.host.entries()] == [PERSON] * 3
    assert [event["event"] for event in events] == ["messages_missed"] and PERSON not in str(events)


async def test_what_the_call_brought_is_not_taken_again_and_the_young_are_left_to_their_calls(
    world: World,
) -> None:
    look = world.looking()
    await look.once()
    world.clock.advance(MINUTE)
    await world.host.accept("sms", world.door.open_hook(world.api.says(PERSON, "par appel", url=URL)))
    world.clock.advance(YOUNG)
    late = world.api.says(PERSON, "en route", url=URL)
    assert await look.once() == 0
    await world.host.accept("sms", world.door.open_hook(late))
    world.clock.advance(YOUNG)
    assert await look.once() == 0
    assert world.texts() == ["par appel", "en route"]


async def test_after_a_long_absence_everything_since_is_found(world: World) -> None:
    await world.looking().once()
    for hour in range(30):
        world.clock.advance(timedelta(hours=1))
        world.api.wrote(PERSON, f"heure {hour}")
    world.clock.advance(YOUNG)
    assert await world.looking().once() == 30
    assert world.texts() == [f"heure {hour}" for hour in range(30)]


async def test_files_come_with_the_message(world: World) -> None:
    look = world.looking()
    await look.once()
    world.clock.advance(MINUTE)
    world.api.wrote(PERSON, "", files=(("image/jpeg", b"\xff\xd8"), ("application/pdf", b"%PDF")))
    world.clock.advance(YOUNG)
    assert await look.once() == 1
    message = world.door.parse(world.host.entries()[0].raw)
    assert [file.kind for file in message.attachments] == ["image", "file"]
    assert (await world.door.fetch(message.attachments[0])).size == 2


async def test_only_messages_to_our_sender_are_taken(world: World) -> None:
    look = world.looking()
    await look.once()
    world.clock.advance(MINUTE)
    world.api.wrote(PERSON, "à un autre numéro", to="+213555000199")
    world.api.state.create([("To", PERSON), ("From", NUMBER), ("Body", "de nous")])
    world.clock.advance(YOUNG)
    assert await look.once() == 0


async def test_by_a_messaging_service_its_own_messages_are_told_from_others() -> None:
    async for world in opened(sender="", messaging_service_sid=SERVICE):
        look = world.looking()
        await look.once()
        world.clock.advance(MINUTE)
        world.api.wrote(PERSON, "à un autre service")
        ours = world.api.wrote(PERSON, "à nous")
        ours.service_sid = SERVICE
        world.clock.advance(YOUNG)
        assert await look.once() == 1
        assert world.texts() == ["à nous"]


async def test_whatsapp_is_looked_through_by_its_own_address() -> None:
    async for world in opened("whatsapp"):
        look = world.looking()
        await look.once()
        world.clock.advance(MINUTE)
        world.api.wrote(f"whatsapp:{PERSON}", "salut", to=f"whatsapp:{NUMBER}")
        world.api.wrote(PERSON, "un SMS", to=NUMBER)
        world.clock.advance(YOUNG)
        assert await look.once() == 1
        assert world.texts() == ["salut"]


async def test_when_nothing_can_be_stored_the_next_look_begins_at_the_same_place(world: World) -> None:
    look = world.looking()
    await look.once()
    noted = await world.host.recall("sms", NOTE)
    world.clock.advance(MINUTE)
    world.api.wrote(PERSON, "Bonjour")
    world.clock.advance(YOUNG + OVERLAP * 3)
    world.host.overloaded = True
    await one_round(world)
    assert await world.host.recall("sms", NOTE) == noted
    world.host.overloaded = False
    assert await look.once() == 1


async def test_a_provider_that_fails_is_asked_again_later(world: World) -> None:
    await world.looking().once()
    world.api.plan(Fault(kind="answer", method="GET", status=500))
    with structlog.testing.capture_logs() as events:
        await one_round(world)
    assert [event["event"] for event in events] == ["catch_up_failed"]


async def one_round(world: World) -> None:
    """Let `run` make one round, and end it in its sleep."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await CatchUp(world.door._api, world.host, world.door._settings, sleep=sleep).run()
    assert slept == [300.0]


async def test_a_door_that_shall_not_look_ends_its_run_at_once() -> None:
    async for world in opened(catch_up_s=0.0):
        async with asyncio.timeout(1):
            await world.door.run()
        assert not world.api.state.taken
