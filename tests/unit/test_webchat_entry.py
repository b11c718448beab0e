"""Frames of the socket and entries of the journal."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.port import (
    Attachment,
    Button,
    Door,
    EntryKind,
    HookRequest,
    Malformed,
    OutboundMessage,
    Rejected,
    Shown,
    Unsupported,
)
from channels.webchat.bucket import Bucket
from channels.webchat.door import WebChatDoor
from channels.webchat.entry import message_entry, read_message, read_status, status_entry
from channels.webchat.frames import Acknowledge, Say, cid_of, read_frame
from channels.webchat.settings import WebChatSettings
from channels.webchat.token import Visitor
from channels.webchat.words import CODES, choose_language, explain
from tests.fakes import FakeHost

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
VISITOR = Visitor(id="visitor:abc", name="Samira")
PHOTO = Attachment(kind="image", ref=f"media:{'a' * 64}", name="photo.jpg", mime="image/jpeg", size=12)
CID = "0b6f7a52-6a37-4c37-8f0c-1d1a3f0d8f11"


def make_door(host: FakeHost) -> WebChatDoor:
    return WebChatDoor(WebChatSettings(account_id="chat", identity_secret=b"x" * 32), host)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


@given(st.text(max_size=200) | json_values.map(json.dumps))
def test_whatever_a_page_sends_is_read_or_refused_and_never_crashes(data: str) -> None:
    with suppress(Malformed):
        read_frame(data)
    assert isinstance(cid_of(data), str)


@given(
    st.dictionaries(st.sampled_from(["cid", "text", "files", "choice", "ids", "on", "token"]), json_values)
)
def test_a_frame_with_wrong_values_is_refused_and_never_crashes(values: dict[str, Any]) -> None:
    for kind in ("say", "got", "seen", "typing", "hello", "earlier"):
        with suppress(Malformed):
            read_frame(json.dumps({"type": kind, **values}))


def test_a_frame_says_what_is_wrong_without_repeating_it() -> None:
    with pytest.raises(Malformed, match=r"say\.text") as caught:
        read_frame(json.dumps({"type": "say", "cid": CID, "text": ["my card number"]}))
    assert "card" not in str(caught.value)


def test_half_an_emoji_does_not_make_a_message_unreadable() -> None:
    frame = read_frame('{"type":"say","cid":"' + CID + '","text":"ok \\ud83d"}')
    assert isinstance(frame, Say)


def test_a_nest_of_brackets_is_refused() -> None:
    with pytest.raises(Malformed):
        read_frame("[" * 100_000)


def test_acknowledgements_are_read() -> None:
    assert read_frame('{"type":"seen","ids":["m1"]}') == Acknowledge(type="seen", ids=["m1"])


def test_a_message_entry_is_read_back_as_it_was_said() -> None:
    envelope = message_entry(
        VISITOR, cid=CID, text="مرحبا", choice="yes", files=[PHOTO], language="ar-DZ", at=NOW
    )
    message = read_message(envelope.raw, "chat")
    assert (envelope.provider_id, envelope.thread) == (f"visitor:abc/{CID}", "visitor:abc")
    assert (message.provider_id, message.thread, message.sender) == (
        envelope.provider_id,
        "visitor:abc",
        "visitor:abc",
    )
    assert (message.text, message.choice, message.attachments) == ("مرحبا", "yes", (PHOTO,))
    assert (message.sender_name, message.language_hint, message.sent_at) == ("Samira", "ar-DZ", NOW)


def test_the_same_client_id_of_two_visitors_is_two_messages() -> None:
    entries = [
        message_entry(Visitor(id=who), cid=CID, text="x", choice="", files=[], language="", at=NOW)
        for who in ("visitor:a", "visitor:b")
    ]
    assert entries[0].provider_id != entries[1].provider_id


def test_a_status_entry_has_a_lane_of_its_own_and_is_unique() -> None:
    read, delivered = (status_entry(VISITOR, "m1", status, NOW) for status in ("read", "delivered"))
    assert read.kind is EntryKind.STATUS
    assert read.thread == "status:visitor:abc"
    assert read.provider_id != delivered.provider_id
    report = read_status(read.raw)
    assert (report.provider_id, report.status, report.at) == ("m1", "read", NOW)


@given(st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
def test_a_broken_entry_is_malformed_and_never_a_crash(raw: bytes) -> None:
    with pytest.raises(Malformed):
        read_message(raw, "chat")
    with pytest.raises(Malformed):
        read_status(raw)


def test_the_door_is_a_door() -> None:
    assert isinstance(make_door(FakeHost()), Door)


def test_each_address_is_one_route_so_that_two_accounts_can_share_the_common_ones() -> None:
    paths = [getattr(route, "path", "") for route in make_door(FakeHost()).routes()]
    assert len(set(paths)) == len(paths) == 6


async def test_sending_tells_the_open_pages_and_is_the_same_when_looked_up() -> None:
    host = FakeHost()
    door = make_door(host)
    message = OutboundMessage(
        id="m1",
        account_id="chat",
        thread="visitor:abc",
        to="visitor:abc",
        text="Bonjour",
        buttons=(Button("Oui", "yes"),),
        attachments=(PHOTO,),
        author="Nadia",
        created_at=NOW,
    )
    receipt = await door.send(message)
    assert (receipt.provider_id, receipt.delivered) == ("m1", False)
    ((account, thread, shown),) = host.published
    assert isinstance(shown, Shown)
    assert (account, thread, shown.id, shown.direction) == ("chat", "visitor:abc", "m1", "out")
    assert (shown.text, shown.author, shown.at, shown.buttons) == (
        "Bonjour",
        "Nadia",
        NOW,
        (Button("Oui", "yes"),),
    )
    assert await door.look_up(message) == receipt


async def test_a_message_of_another_account_is_rejected() -> None:
    message = OutboundMessage(id="m1", account_id="other", thread="t", to="t", text="x")
    with pytest.raises(Rejected):
        await make_door(FakeHost()).send(message)


async def test_there_is_no_hook_and_no_foreign_file() -> None:
    door = make_door(FakeHost())
    with pytest.raises(Unsupported):
        door.open_hook(HookRequest(url="https://bot.example.org/hooks/chat", headers={}, body=b""))
    with pytest.raises(Rejected):
        await door.fetch(Attachment(kind="file", ref="telegram:1"))
    assert await door.fetch(PHOTO) == PHOTO


def test_long_answers_are_split_between_words() -> None:
    parts = make_door(FakeHost()).split("mot " * 2500)
    assert all(len(part) <= 4000 for part in parts)
    assert " ".join(parts).split() == ["mot"] * 2500


def test_a_bucket_gives_a_burst_and_then_a_steady_rate() -> None:
    bucket = Bucket(burst=3, per_s=0.5, now_s=10.0)
    assert [bucket.take(10.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert bucket.take(10.0) == pytest.approx(2.0)
    assert bucket.take(12.0) == 0.0
    assert bucket.take(12.0) > 0


def test_every_refusal_has_words_in_every_language() -> None:
    for code in CODES:
        words = {language: explain(code, language, limit=4000) for language in ("fr", "ar", "en")}
        assert len(set(words.values())) == 3
        assert explain(code, "de", limit=4000) == words["en"]


@pytest.mark.parametrize(
    ("hint", "chosen"), [("ar-DZ", "ar"), ("de,en;q=0.8,fr", "en"), ("", "fr"), ("de", "fr"), ("FR-fr", "fr")]
)
def test_the_language_is_the_first_we_share(hint: str, chosen: str) -> None:
    assert choose_language(hint, ("fr", "ar", "en")) == chosen
