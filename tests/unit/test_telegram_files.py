"""Files, typing and the line itself, against the Bot API stand-in."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import orjson
import pytest

from channels.port import (
    Attachment,
    Button,
    NotSent,
    OutboundMessage,
    Rejected,
    Throttled,
    Uncertain,
)
from channels.telegram.door import TelegramDoor
from channels.telegram.settings import TelegramSettings
from tests.fakes import FakeHost
from tests.standins.telegram_api import TOKEN, TelegramApi
from tests.standins.telegram_state import Upload

CHAT = 42
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8


class Rig:
    def __init__(self, api: TelegramApi) -> None:
        self.api = api
        self.host = FakeHost()
        settings = TelegramSettings(
            account_id="tg",
            token=TOKEN,
            api_base_url=api.url,
            timeout_s=1,
            media_timeout_s=2,
            max_download_bytes=5000,
        )
        self.door = TelegramDoor(settings, self.host)
        api.add_person(CHAT)

    async def send(self, **changes: Any) -> str:
        return (await self.door.send(_message(**changes))).provider_id

    async def stored(self, data: bytes, mime: str, name: str = "") -> Attachment:
        return await self.host.store_media(data, name=name, claimed_mime=mime)

    def received(self, data: bytes, **changes: Any) -> Attachment:
        """A file as a customer's message refers to it."""
        file_id = self.api.state.new_file(Upload(name="", mime="", data=data))
        fields = {"kind": "image", "ref": f"telegram:{file_id}", "mime": "image/jpeg"} | changes
        return Attachment(**fields)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    with TelegramApi() as api:
        opened = Rig(api)
        yield opened
        await opened.door.close()


@pytest.mark.parametrize(
    ("mime", "data", "kind"),
    [
        ("image/jpeg", JPEG, "photo"),
        ("image/png", b"\x89PNG\r\n\x1a\n" + JPEG, "photo"),
        ("application/pdf", b"%PDF-1.7", "document"),
        ("image/gif", b"GIF89a", "document"),
    ],
)
async def test_pictures_go_as_photos_and_the_rest_as_files(
    rig: Rig, mime: str, data: bytes, kind: str
) -> None:
    stored = await rig.stored(data, mime, "pièce jointe")
    await rig.send(text="", attachments=(stored,), buttons=(Button("Vu", "seen"),))
    (sent,) = rig.api.sent_to(CHAT)
    assert (sent.kind, sent.text, sent.buttons) == (kind, "", [[("Vu", "seen")]])
    assert sent.upload is not None
    assert (sent.upload.data, sent.upload.name) == (data, "pièce jointe")


async def test_a_picture_that_telegram_refuses_as_a_photo_goes_as_a_file(rig: Rig) -> None:
    stored = await rig.stored(b"not really a picture", "image/jpeg", "casse.jpg")
    await rig.send(text="Voilà", attachments=(stored,))
    (sent,) = rig.api.sent_to(CHAT)
    assert (sent.kind, sent.text) == ("document", "Voilà")


async def test_another_refusal_of_a_photo_is_final(rig: Rig) -> None:
    rig.api.fail_next(400, "Bad Request: chat not found", method="sendPhoto")
    stored = await rig.stored(JPEG, "image/jpeg")
    with pytest.raises(Rejected):
        await rig.send(attachments=(stored,))
    assert not rig.api.taken("sendDocument")


async def test_an_upload_has_its_own_budget_and_keeps_it(rig: Rig) -> None:
    rig.api.hang_after_taking_next("sendPhoto")
    stored = await rig.stored(JPEG, "image/jpeg")
    begun = asyncio.get_running_loop().time()
    with pytest.raises(Uncertain):
        await rig.send(attachments=(stored,))
    assert 1.9 <= asyncio.get_running_loop().time() - begun <= 3


async def test_a_customers_file_is_brought_into_the_store(rig: Rig) -> None:
    fetched = await rig.door.fetch(rig.received(JPEG, name="casse.jpg"))
    media = await rig.host.load_media(fetched.ref)
    assert media is not None
    assert (media.data, fetched.name, fetched.kind) == (JPEG, "casse.jpg", "image")


async def test_a_voice_message_stays_sound_whatever_the_store_makes_of_it(rig: Rig) -> None:
    fetched = await rig.door.fetch(rig.received(b"OggS....", kind="audio", mime="audio/ogg"))
    assert fetched.kind == "audio"


@pytest.mark.parametrize("size", [None, 5001])
async def test_a_file_beyond_the_limit_is_refused_for_good(rig: Rig, size: int | None) -> None:
    with pytest.raises(Rejected) as raised:
        await rig.door.fetch(rig.received(b"x" * 5001, size=size))
    assert raised.value.code == "too_large"
    assert len(rig.api.taken("getFile")) == (1 if size is None else 0), "a known size costs no call"
    assert await rig.door.fetch(rig.received(b"x" * 5000))


async def test_a_file_that_the_store_refuses_is_refused_for_good(rig: Rig) -> None:
    with pytest.raises(Rejected, match="empty"):
        await rig.door.fetch(rig.received(b""))


async def test_a_file_that_telegram_no_longer_has_is_refused_for_good(rig: Rig) -> None:
    with pytest.raises(Rejected):
        await rig.door.fetch(Attachment(kind="file", ref="telegram:gone"))


@pytest.mark.parametrize("status", [404, 500, 502])
async def test_a_download_that_fails_can_be_tried_again(rig: Rig, status: int) -> None:
    rig.api.fail_next(status, method="download")
    with pytest.raises(NotSent) as raised:
        await rig.door.fetch(rig.received(JPEG))
    told = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
    assert TOKEN not in "".join(told.format())
    assert await rig.door.fetch(rig.received(JPEG))


@pytest.mark.parametrize("fault", ["cut", "hang", "throttle"])
async def test_a_lost_answer_about_a_file_is_never_doubtful(rig: Rig, fault: str) -> None:
    match fault:
        case "cut":
            rig.api.cut_line_after_taking_next("getFile")
        case "hang":
            rig.api.hang_after_taking_next("getFile")
        case _:
            rig.api.throttle_next(3, "getFile")
    with pytest.raises(NotSent) as raised:
        await rig.door.fetch(rig.received(JPEG))
    assert isinstance(raised.value, Throttled) == (fault == "throttle")


@pytest.mark.parametrize(
    "path",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "https://elsewhere.example/x",
        "//elsewhere.example/x",
        "a?b",
        "a%2e",
        "",
        7,
    ],
)
async def test_a_path_to_somewhere_else_is_not_followed(rig: Rig, path: object) -> None:
    body = {"ok": True, "result": {"file_id": "F", "file_path": path}}
    rig.api.answer_next(200, _json(body), method="getFile")
    with pytest.raises(Rejected) as raised:
        await rig.door.fetch(rig.received(JPEG))
    assert raised.value.code == "file_path"


async def test_places_and_numbers_need_no_fetching(rig: Rig) -> None:
    place = Attachment(kind="location", ref="geo:36.750800,5.056700")
    assert await rig.door.fetch(place) == place
    assert not rig.api.taken()


async def test_typing_is_shown_and_its_failure_is_nobodys_trouble(rig: Rig) -> None:
    await rig.door.show_typing("42")
    assert rig.api.state.actions == [(CHAT, "typing")]
    rig.api.fail_next(502, method="sendChatAction")
    await rig.door.show_typing("42")
    await rig.door.show_typing("not a chat")


async def test_the_door_tells_who_it_is_and_what_is_in_the_way(rig: Rig) -> None:
    assert await rig.door.check() == "@atlas_contact_bot (Atlas), by polling"
    rig.api.state.webhook.url = "https://old.example.org/hook"
    assert "a webhook is set elsewhere" in await rig.door.check()


async def test_a_wrong_token_is_said_in_words_a_person_can_act_on(rig: Rig) -> None:
    settings = replace(_settings(rig), token="1:wrong-token-0000000")
    async with _opened(settings, rig.host) as door:
        with pytest.raises(NotSent, match="@BotFather") as raised:
            await door.check()
    assert raised.value.code == "401"
    assert "wrong-token" not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9", "http://no-such-host.invalid", "http://127.0.0.1:9/prefix"],
)
async def test_a_server_that_cannot_be_reached_got_nothing(rig: Rig, url: str) -> None:
    async with _opened(replace(_settings(rig), api_base_url=url), rig.host) as door:
        with pytest.raises(NotSent):
            await door.send(_message())


async def test_a_send_that_found_no_free_line_sent_nothing(rig: Rig) -> None:
    """All lines hang in uploads; the text that waits for a line knows that it wrote nothing."""
    lines = 1 + 4
    stored = await rig.stored(JPEG, "image/jpeg")
    async with _opened(replace(_settings(rig), slots=1, media_timeout_s=30), rig.host) as door:
        for _ in range(lines):
            rig.api.hang_after_taking_next("sendPhoto")
        uploads = [asyncio.create_task(door.send(_message(attachments=(stored,)))) for _ in range(lines)]
        await rig.api.wait_until(lambda: len(rig.api.taken("sendPhoto")) == lines)
        with pytest.raises(NotSent):
            await door.send(_message())
        for upload in uploads:
            upload.cancel()
        await asyncio.gather(*uploads, return_exceptions=True)
    assert not rig.api.taken("sendMessage")


def _message(**changes: Any) -> OutboundMessage:
    base = {"id": "o1", "account_id": "tg", "thread": "42", "to": "42", "text": "Bonjour"}
    return OutboundMessage(**(base | changes))


@asynccontextmanager
async def _opened(settings: TelegramSettings, host: FakeHost) -> AsyncIterator[TelegramDoor]:
    door = TelegramDoor(settings, host)
    try:
        yield door
    finally:
        await door.close()


def _settings(rig: Rig) -> TelegramSettings:
    return TelegramSettings(account_id="tg", token=TOKEN, api_base_url=rig.api.url, timeout_s=1)


def _json(value: object) -> bytes:
    return orjson.dumps(value)
