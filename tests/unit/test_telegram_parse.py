"""Reading of Telegram updates, beyond the captured payloads of the contract suite."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.port import EntryKind, Malformed, Unsupported
from channels.telegram.content import SERVICE
from channels.telegram.parse import BLOCKED, cut, parse, parse_status

PERSON = {"id": 42, "is_bot": False, "first_name": "Amel"}
CHAT = {"id": 42, "type": "private", "first_name": "Amel"}


def update(number: int = 7, kind: str = "message", /, **content: Any) -> bytes:
    message = {"message_id": 5, "from": PERSON, "chat": CHAT, "date": 1772701200} | content
    return orjson.dumps({"update_id": number, kind: message})


def test_two_edits_within_a_second_are_two_entries() -> None:
    first = cut(update(7, "edited_message", text="a", edit_date=1772701260))
    second = cut(update(8, "edited_message", text="b", edit_date=1772701260))
    assert first.provider_id != second.provider_id
    assert first.kind is second.kind is EntryKind.EDIT


def test_the_order_grows_over_all_kinds_of_update() -> None:
    press = {"id": "1", "from": PERSON, "message": {"message_id": 1, "chat": CHAT, "date": 0}, "data": "x"}
    raws = [
        update(10, text="a"),
        orjson.dumps({"update_id": 11, "callback_query": press}),
        update(12, "edited_message", text="b", edit_date=1772701260),
        update(13, text="c"),
    ]
    assert [cut(raw).order for raw in raws] == [10, 11, 12, 13]


@pytest.mark.parametrize("escape", [rb"\ud83d", rb"\ude00", rb"\ud83d\ud83d", b"\xff"])
def test_half_a_character_does_not_cost_the_message(escape: bytes) -> None:
    raw = update(text="avant # fin").replace(b"#", escape)
    text = parse(raw).text
    assert text.startswith("avant")
    assert text.endswith("fin")
    assert text.encode()


def test_a_whole_emoji_in_escapes_stays_whole() -> None:
    raw = update(text="avant # \x7f").replace(b"#", rb"\ud83e\uddf1").replace(b"\x7f", rb"\ud83d")
    assert parse(raw).text.startswith("avant 🧱")


@given(text=st.text(max_size=200))
def test_any_text_is_read_and_comes_out_clean(text: str) -> None:
    read = parse(orjson.dumps(orjson.loads(update()) | {"message": _message(text)})).text
    assert not [char for char in read if "\ue000" <= char <= "\uf8ff" or (char < " " and char not in "\n\t")]


def _message(text: str) -> dict[str, Any]:
    safe = text.encode("utf-8", "ignore").decode()
    message: dict[str, Any] = orjson.loads(update(text=safe))["message"]
    return message


@pytest.mark.parametrize("service", sorted(SERVICE))
def test_notes_of_telegrams_own_are_not_messages(service: str) -> None:
    with pytest.raises(Unsupported, match=service):
        cut(update(**{service: {"any": "thing"}}))


@pytest.mark.parametrize("mime", ["../../etc", "text/html; charset=x", "IMAGE/PNG\n", "", "a" * 300 + "/b"])
def test_a_media_type_of_no_known_form_is_not_believed(mime: str) -> None:
    (file,) = parse(update(document={"file_id": "F1", "mime_type": mime})).attachments
    assert file.mime == "application/octet-stream"


def test_a_drawing_that_can_hold_scripts_is_a_file_not_a_picture() -> None:
    (file,) = parse(update(document={"file_id": "F1", "mime_type": "image/svg+xml"})).attachments
    assert file.kind == "file"


def test_names_come_out_clean() -> None:
    person = PERSON | {"first_name": "A\x00mel\n\ue000", "last_name": "  B  "}
    message = parse(update(**{"from": person, "document": {"file_id": "F1", "file_name": "a\u202egpj.exe"}}))
    assert message.sender_name == "Amel B"
    assert message.attachments[0].name == "agpj.exe"


@pytest.mark.parametrize("language", ["", "f", "fr_DZ; drop", "x" * 50])
def test_a_language_of_no_known_form_is_no_hint(language: str) -> None:
    assert parse(update(**{"from": PERSON | {"language_code": language}, "text": "a"})).language_hint == ""


def test_a_voice_with_words_needs_no_asking() -> None:
    message = parse(update(voice={"file_id": "V1"}, caption="écoutez"))
    assert (message.text, message.unsupported, len(message.attachments)) == ("écoutez", "", 1)


@pytest.mark.parametrize("value", [True, 5.5, "5", None, [], {}])
def test_a_message_number_is_a_whole_number(value: object) -> None:
    with pytest.raises(Malformed, match=r"message\.message_id"):
        cut(update(message_id=value, text="a"))


def test_a_blocked_bot_is_a_status_of_the_chats_lane() -> None:
    member = {"user": {"id": 1, "is_bot": True, "first_name": "Bot"}, "status": "kicked"}
    change = {"chat": CHAT, "from": PERSON, "date": 1772701200, "new_chat_member": member}
    raw = orjson.dumps({"update_id": 9, "my_chat_member": change})
    assert (cut(raw).kind, cut(raw).thread) == (EntryKind.STATUS, "42")
    assert (parse_status(raw).status, parse_status(raw).code) == ("failed", BLOCKED)
    with pytest.raises(Unsupported):
        parse(raw)
    with pytest.raises(Unsupported):
        parse_status(update(text="a"))
