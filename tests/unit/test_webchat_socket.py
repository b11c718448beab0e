"""The socket protocol, over a real server on loopback and a real WebSocket client."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from channels.port import Button, EntryKind, OutboundMessage, Shown, Typing
from channels.webchat.door import WebChatDoor
from channels.webchat.settings import SocketLimits, WebChatSettings
from channels.webchat.token import Signer, Visitor, new_visitor
from tests.fakes import FakeHost
from tests.loopback import LoopbackServer, until

SECRET = b"a-secret-for-tests-only-0123456789"
SHOP = "https://shop.example.org"


@dataclass
class Page:
    """A page's end of the socket."""

    connection: ClientConnection
    visitor: Visitor

    async def write(self, kind: str, **values: Any) -> None:
        await self.connection.send(json.dumps({"type": kind, **values}))

    async def read(self, *kinds: str) -> dict[str, Any]:
        """The next frame, of one of these kinds where given."""
        async with asyncio.timeout(5):
            while True:
                frame: dict[str, Any] = json.loads(await self.connection.recv())
                if not kinds or frame["type"] in kinds:
                    return frame

    async def say(self, text: str, cid: str = "", **values: Any) -> dict[str, Any]:
        await self.write("say", cid=cid or str(uuid.uuid4()), text=text, **values)
        return await self.read("accepted", "refused")

    async def closed(self) -> int:
        async with asyncio.timeout(5):
            try:
                while True:
                    await self.connection.recv()
            except ConnectionClosed as closed:
                assert closed.rcvd is not None
                return closed.rcvd.code


class Chat:
    """A web chat on a loopback port."""

    def __init__(self, **limits: Any) -> None:
        self.host = FakeHost()
        settings = WebChatSettings(
            account_id="chat",
            identity_secret=SECRET,
            allowed_origins=(SHOP,),
            limits=replace(SocketLimits(), **limits),
        )
        self.door = WebChatDoor(settings, self.host)
        self.host.attach(self.door)
        self.signer = Signer(SECRET, "chat")
        self.server = LoopbackServer(Starlette(routes=self.door.routes()))

    @asynccontextmanager
    async def socket(self, origin: str | None = SHOP) -> AsyncIterator[ClientConnection]:
        url = f"{self.server.url.replace('http', 'ws')}/webchat/chat/socket"
        headers = {} if origin is None else {"Origin": origin}
        async with connect(url, additional_headers=headers, compression=None) as connection:
            yield connection

    @asynccontextmanager
    async def page(
        self, visitor: Visitor | None = None, *, after_seq: int = 0, language: str = "fr-DZ"
    ) -> AsyncIterator[Page]:
        async with self.socket() as connection:
            page = Page(connection, visitor or new_visitor())
            token = self.signer.issue(page.visitor, self.host.now())
            await page.write("hello", v=1, token=token, after_seq=after_seq, language=language)
            assert (await page.read())["type"] == "ready"
            yield page

    def answer(self, visitor: Visitor, text: str, message_id: str = "") -> Shown:
        message = Shown(
            id=message_id or str(uuid.uuid4()),
            seq=0,
            direction="out",
            author="bot",
            text=text,
            at=self.host.now(),
            buttons=(Button("Oui", "yes"),),
        )
        return self.host.show("chat", visitor.id, message, publish=False)

    async def __aenter__(self) -> Chat:
        await self.server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.server.stop()


@pytest.fixture
async def chat() -> AsyncIterator[Chat]:
    async with Chat() as running:
        yield running


async def test_accepted_is_said_only_after_the_message_is_in_the_journal(chat: Chat) -> None:
    async with chat.page() as page:
        answer = await page.say("Bonjour", "11111111-aaaa")
        assert answer["type"] == "accepted"
        (envelope,) = chat.host.entries(EntryKind.MESSAGE, "chat")
        message = chat.door.parse(envelope.raw)
        assert (message.text, message.sender, message.language_hint) == ("Bonjour", page.visitor.id, "fr-DZ")


async def test_the_same_message_sent_again_is_accepted_and_journaled_once(chat: Chat) -> None:
    visitor = new_visitor()
    async with chat.page(visitor) as page:
        assert (await page.say("Bonjour", "11111111-aaaa"))["type"] == "accepted"
    async with chat.page(visitor) as page:
        assert (await page.say("Bonjour", "11111111-aaaa"))["type"] == "accepted"
    assert len(chat.host.entries()) == 1


async def test_messages_sent_without_waiting_are_journaled_in_their_order(chat: Chat) -> None:
    async with chat.page() as page:
        for number in range(15):
            await page.write("say", cid=f"{number:08d}", text=str(number))
        for number in range(15):
            assert (await page.read("accepted"))["cid"] == f"{number:08d}"
    assert [chat.door.parse(entry.raw).text for entry in chat.host.entries()] == [str(n) for n in range(15)]


async def test_an_overloaded_store_asks_the_page_to_keep_the_message_and_try_again(chat: Chat) -> None:
    async with chat.page() as page:
        chat.host.overloaded = True
        refused = await page.say("Bonjour", "11111111-aaaa")
        assert (refused["type"], refused["code"]) == ("refused", "overloaded")
        assert refused["retry_after_s"] > 0
        chat.host.overloaded = False
        assert (await page.say("Bonjour", "11111111-aaaa"))["type"] == "accepted"
    assert len(chat.host.entries()) == 1


async def test_a_hundred_thousand_characters_are_refused_in_the_visitors_language(chat: Chat) -> None:
    for language, word in (("fr-DZ", "trop long"), ("ar", "طويلة"), ("en-GB", "too long")):
        async with chat.page(language=language) as page:
            refused = await page.say("x" * 100_000, "11111111-aaaa")
            assert (refused["code"], refused["cid"]) == ("too_long", "11111111-aaaa")
            assert word in refused["text"]
            assert "retry_after_s" not in refused
    assert chat.host.entries() == []


async def test_exactly_the_limit_is_taken_and_controls_are_stripped(chat: Chat) -> None:
    async with chat.page() as page:
        assert (await page.say("é" * 4000))["type"] == "accepted"
        assert (await page.say("é" * 4001))["code"] == "too_long"
        assert (await page.say("a\x00b\ue000c\x1b"))["type"] == "accepted"
        assert (await page.say(" \n\x07 "))["code"] == "empty"
    assert chat.door.parse(chat.host.entries()[1].raw).text == "abc"


async def test_broken_frames_are_refused_and_the_socket_lives_on(chat: Chat) -> None:
    async with chat.page() as page:
        for data in (
            "{",
            "[]",
            "null",
            '"x"',
            '{"type":"shout"}',
            '{"type":"say","cid":"../../etc"}',
            b"\xff\x00",
        ):
            await page.connection.send(data)
            assert (await page.read("refused"))["code"] == "malformed"
        await page.write("say", cid="11111111-aaaa", text=7)
        refused = await page.read("refused")
        assert (refused["code"], refused["cid"]) == ("malformed", "11111111-aaaa")
        assert (await page.say("Bonjour"))["type"] == "accepted"


async def test_a_frame_far_too_large_closes_the_socket() -> None:
    async with Chat(frame_bytes=2000) as chat, chat.page() as page:
        await page.connection.send("x" * 2001)
        assert await page.closed() == 1009


async def test_more_than_the_burst_is_put_off_and_not_lost() -> None:
    async with Chat(burst=3, per_s=20.0) as chat, chat.page() as page:
        answers = [await page.say(str(number)) for number in range(5)]
        put_off = [answer for answer in answers if answer["type"] == "refused"]
        assert put_off
        assert {answer["code"] for answer in put_off} == {"slow_down"}
        assert all(answer["retry_after_s"] >= 1 for answer in put_off)


async def test_answers_arrive_live_with_their_buttons(chat: Chat) -> None:
    async with chat.page() as page:
        await page.read("history")
        outbound = OutboundMessage(
            id="m1",
            account_id="chat",
            thread=page.visitor.id,
            to=page.visitor.id,
            text="Bonjour",
            buttons=(Button("Oui", "yes"),),
        )
        await chat.door.send(outbound)
        message = (await page.read("message"))["message"]
        assert (message["id"], message["text"], message["author"], message["seq"]) == (
            "m1",
            "Bonjour",
            "bot",
            0,
        )
        assert message["buttons"] == [{"label": "Oui", "value": "yes"}]


async def test_another_visitors_messages_never_arrive(chat: Chat) -> None:
    async with chat.page() as mine, chat.page() as other:
        await other.read("history")
        await mine.read("history")
        await mine.say("secret")
        await mine.read("message")
        await other.write("ping")
        assert (await other.read())["type"] == "pong"


async def test_two_pages_of_one_visitor_both_show_what_one_said(chat: Chat) -> None:
    visitor = new_visitor()
    async with chat.page(visitor) as one, chat.page(visitor) as two:
        await two.read("history")
        await one.say("Bonjour", "11111111-aaaa")
        message = (await two.read("message"))["message"]
        assert (message["cid"], message["direction"], message["text"]) == ("11111111-aaaa", "in", "Bonjour")


async def test_a_pressed_button_carries_its_value(chat: Chat) -> None:
    async with chat.page() as page:
        assert (await page.say("Oui", choice="yes"))["type"] == "accepted"
    message = chat.door.parse(chat.host.entries()[0].raw)
    assert (message.text, message.choice) == ("Oui", "yes")


async def test_the_history_is_the_newest_page_first_and_then_what_was_before(chat: Chat) -> None:
    visitor = new_visitor()
    for number in range(70):
        chat.answer(visitor, f"m{number}")
    async with chat.page(visitor) as page:
        history = await page.read("history")
        assert [m["text"] for m in history["messages"]] == [f"m{n}" for n in range(20, 70)]
        assert history["more"]
        await page.write("earlier", before_seq=history["messages"][0]["seq"])
        before = await page.read("history")
        assert [m["text"] for m in before["messages"]] == [f"m{n}" for n in range(20)]
        assert (before["more"], before["earlier"]) == (False, True)


async def test_a_page_that_was_away_long_gets_every_message_since(chat: Chat) -> None:
    visitor = new_visitor()
    first = chat.answer(visitor, "first")
    for number in range(130):
        chat.answer(visitor, f"m{number}")
    async with chat.page(visitor, after_seq=first.seq) as page:
        heard: list[str] = []
        while len(heard) < 130:
            heard += [message["text"] for message in (await page.read("history"))["messages"]]
    assert heard == [f"m{number}" for number in range(130)]


async def test_reading_is_journaled_once_and_only_for_messages_of_this_page(chat: Chat) -> None:
    visitor = new_visitor()
    chat.answer(visitor, "Bonjour", "m1")
    async with chat.page(visitor) as page:
        await page.read("history")
        for _ in range(2):
            await page.write("got", ids=["m1", "m1", "of-somebody-else"])
            await page.write("seen", ids=["m1"])
        await page.write("ping")
        await page.read("pong")
    reports = [chat.door.parse_status(entry.raw) for entry in chat.host.entries(EntryKind.STATUS)]
    assert [(report.provider_id, report.status) for report in reports] == [
        ("m1", "delivered"),
        ("m1", "read"),
    ]
    assert all(entry.thread == f"status:{visitor.id}" for entry in chat.host.entries(EntryKind.STATUS))


async def test_writing_is_told_to_the_other_side_only(chat: Chat) -> None:
    async with chat.page() as page:
        await page.read("history")
        await page.write("typing", on=True)
        await page.write("ping")
        await page.read("pong")
        chat.host.publish("chat", page.visitor.id, Typing("Nadia"))
        frame = await page.read("typing")
        assert (frame["author"], frame["on"]) == ("Nadia", True)
    assert ("chat", page.visitor.id, Typing("contact", True)) in chat.host.published


@pytest.mark.parametrize(
    "origin", [None, "null", "https://evil.test", "http://shop.example.org", f"{SHOP}:444"]
)
async def test_a_page_of_another_origin_gets_no_socket(chat: Chat, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with chat.socket(origin):
            pass
    assert refused.value.response.status_code == 403


async def test_a_socket_that_says_nothing_is_closed_in_time() -> None:
    async with Chat(hello_s=0.05) as chat, chat.socket() as connection:
        assert await Page(connection, new_visitor()).closed() == 4401


@pytest.mark.parametrize("first", ["{}", "x", '{"type":"ping"}', '{"type":"hello","v":2,"token":"a"}'])
async def test_a_first_frame_that_is_no_hello_closes_the_socket(chat: Chat, first: str) -> None:
    async with chat.socket() as connection:
        await connection.send(first)
        assert await Page(connection, new_visitor()).closed() == 4401
    assert chat.host.entries() == []


async def test_a_forged_or_expired_token_closes_the_socket(chat: Chat) -> None:
    forged = Signer(b"another secret of enough bytes", "chat").issue(new_visitor(), chat.host.now())
    expired = chat.signer.issue(new_visitor(), chat.host.now() - timedelta(days=200))
    for token in (forged, expired):
        async with chat.socket() as connection:
            page = Page(connection, new_visitor())
            await page.write("hello", v=1, token=token)
            assert (await page.read())["code"] == "unauthorised"
            assert await page.closed() == 4401


async def test_one_page_too_many_replaces_the_oldest() -> None:
    async with Chat(per_visitor=2) as chat:
        visitor = new_visitor()
        async with chat.page(visitor) as oldest, chat.page(visitor), chat.page(visitor) as newest:
            assert (await oldest.read("bye"))["code"] == "replaced"
            assert await oldest.closed() == 4409
            assert (await newest.say("Bonjour"))["type"] == "accepted"


async def test_a_silent_page_is_let_go_and_told_to_come_back() -> None:
    async with Chat(idle_s=0.05) as chat, chat.page() as page:
        bye = await page.read("bye")
        assert (bye["code"], bye["retry_after_s"]) == ("idle", 0.0)
        assert await page.closed() == 1012


async def test_a_page_too_slow_to_read_is_dropped_and_not_buffered_for_ever() -> None:
    async with Chat(queue=8, write_s=0.2) as chat, chat.page() as page:
        page.connection.transport.pause_reading()
        big = Shown(id="m", seq=0, direction="out", author="bot", text="x" * 60_000, at=chat.host.now())
        async with asyncio.timeout(10):
            while chat.host.listeners("chat", page.visitor.id):
                chat.host.publish("chat", page.visitor.id, big)
                await asyncio.sleep(0.001)
        page.connection.transport.resume_reading()
        with pytest.raises(ConnectionClosed):
            while True:
                await page.connection.recv()


async def test_closing_the_door_asks_every_page_to_come_back(chat: Chat) -> None:
    async with chat.page() as one, chat.page() as two:
        await chat.door.close()
        for page in (one, two):
            bye = await page.read("bye")
            assert (bye["code"], bye["retry_after_s"] > 0) == ("restart", True)
            assert await page.closed() == 1012


async def test_a_page_that_leaves_is_forgotten(chat: Chat) -> None:
    visitor = new_visitor()
    async with chat.page(visitor) as page:
        await page.say("Bonjour")
    await until(lambda: not chat.host.listeners("chat", visitor.id))
    assert chat.door._sockets == {}


async def test_a_fault_of_ours_closes_the_page_without_telling_what_it_was(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> list[Shown]:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr(chat.host, "history", broken)
    async with chat.socket() as connection:
        page = Page(connection, new_visitor())
        await page.write("hello", v=1, token=chat.signer.issue(page.visitor, chat.host.now()))
        bye = await page.read("bye")
        assert bye == {"type": "bye", "code": "error", "retry_after_s": 3.0}
        assert await page.closed() == 1011
