"""Errors, limits, settings and redaction of the Telegram door: all that is pure."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import quote

import pytest

from channels.port import (
    Attachment,
    Button,
    NotSent,
    OptedOut,
    OutboundMessage,
    Rejected,
    SendError,
    Throttled,
    Uncertain,
)
from channels.telegram.errors import ApiError, answer_to_error, as_never_doubtful, line_to_error
from channels.telegram.outgoing import CAPTION_LIMIT, TEXT_LIMIT, plan, pressed_query
from channels.telegram.redact import Redactor, guard_library_logs
from channels.telegram.settings import TelegramSettings

TOKEN = "8100200300:AAE-unit_test_token_of_no_real_bot000"
FILE = Attachment(kind="file", ref="media:" + "0" * 64)


def message(**changes: Any) -> OutboundMessage:
    base = {"id": "o1", "account_id": "tg", "thread": "42", "to": "42", "text": "Bonjour"}
    return OutboundMessage(**(base | changes))


@pytest.mark.parametrize(
    ("status", "description", "expected"),
    [
        (400, "Bad Request: chat not found", Rejected),
        (400, "Bad Request: message is too long", Rejected),
        (401, "Unauthorized", NotSent),
        (403, "Forbidden: bot was blocked by the user", OptedOut),
        (403, "Forbidden: user is deactivated", OptedOut),
        (403, "Forbidden: bot was kicked from the group chat", OptedOut),
        (403, "Forbidden: bot can't initiate conversation with a user", Rejected),
        (403, "Forbidden: bot can't send messages to bots", Rejected),
        (403, "Forbidden: bot can't send messages to the user", NotSent),
        (404, "Not Found", NotSent),
        (409, "Conflict: terminated by other getUpdates request", NotSent),
        (413, "Request Entity Too Large", Rejected),
        (429, "Too Many Requests: retry after 5", Throttled),
        (500, "Internal Server Error: restart", Uncertain),
        (502, "", Uncertain),
        (503, "", NotSent),
        (504, "", Uncertain),
    ],
)
def test_every_answer_has_its_error(status: int, description: str, expected: type[SendError]) -> None:
    error = answer_to_error(ApiError(status, description, {}), description)
    assert type(error) is expected
    assert error.code == str(status)


@pytest.mark.parametrize(("given", "wait_s"), [(31, 31.0), (0, 0.0), (-4, 0.0), (None, 5.0), ("9", 5.0)])
def test_the_asked_wait_is_kept_and_a_missing_one_is_short(given: object, wait_s: float) -> None:
    error = answer_to_error(ApiError(429, "slow down", {"retry_after": given}), "slow down")
    assert isinstance(error, Throttled)
    assert error.retry_after_s == wait_s


def test_a_group_that_moved_is_final() -> None:
    error = answer_to_error(ApiError(400, "group chat was upgraded", {"migrate_to_chat_id": -100}), "")
    assert (type(error), error.code) == (Rejected, "migrated")


def test_a_broken_line_is_doubtful_only_once_the_request_was_written() -> None:
    assert type(line_to_error("reset", written=True)) is Uncertain
    assert type(line_to_error("reset", written=False)) is NotSent
    assert type(as_never_doubtful(Uncertain("x", code="502"))) is NotSent
    assert type(as_never_doubtful(Rejected("x"))) is Rejected


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"text": ""}, "empty"),
        ({"text": " \n\u2003"}, "empty"),
        ({"text": "é" * (TEXT_LIMIT + 1)}, "too_long"),
        ({"text": "🧱" * (TEXT_LIMIT // 2) + "é"}, "too_long"),
        ({"text": "é" * (CAPTION_LIMIT + 1), "attachments": (FILE,)}, "too_long"),
        ({"attachments": (FILE, FILE)}, "too_many_files"),
        ({"to": "@amel"}, "bad_address"),
        ({"to": "42 "}, "bad_address"),
        ({"to": ""}, "bad_address"),
        ({"to": "9" * 30}, "bad_address"),
        ({"buttons": (Button("Oui", ""),)}, "bad_button"),
        ({"buttons": (Button("Oui", "é" * 33),)}, "bad_button"),
    ],
)
def test_what_telegram_would_refuse_is_refused_before_the_call(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Rejected) as raised:
        plan(message(**changes))
    assert raised.value.code == code


def test_limits_are_met_exactly() -> None:
    assert plan(message(text="🧱" * (TEXT_LIMIT // 2))).text
    assert plan(message(text="é" * CAPTION_LIMIT, attachments=(FILE,))).attachment == FILE
    assert plan(message(text="", attachments=(FILE,))).text == ""
    assert plan(message(buttons=(Button("Oui", "é" * 32),))).keyboard


@pytest.mark.parametrize(
    ("reply_to", "number"),
    [("42:7", 7), ("42:7:e1772701260-9", 7), ("43:7", None), ("cb:99", None), ("", None), ("42:x", None)],
)
def test_an_answer_points_only_at_messages_of_the_same_chat(reply_to: str, number: int | None) -> None:
    reply = plan(message(reply_to=reply_to)).reply
    assert (reply.message_id if reply else None) == number


def test_the_press_that_is_answered_is_known() -> None:
    assert pressed_query(message(reply_to="cb:99")) == "99"
    assert pressed_query(message(reply_to="42:7")) == ""


def test_half_a_character_is_replaced_rather_than_refused() -> None:
    assert plan(message(text="avant \ud83d fin")).text == "avant ? fin"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"token": ""}, "token"),
        ({"token": "a b"}, "token"),
        ({"secret_token": "é"}, "secret_token"),
        ({"api_base_url": "api.telegram.org"}, "api_base_url"),
        ({"mode": "webhook"}, "public_url"),
        ({"mode": "webhook", "public_url": "http://bot.example.org"}, "https"),
    ],
)
def test_settings_that_cannot_work_say_what_to_change(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words) as raised:
        TelegramSettings(**({"account_id": "tg", "token": TOKEN} | changes))
    assert TOKEN not in str(raised.value)


@pytest.mark.parametrize(
    "url", ["https://api.example.org", "https://api.example.org/", "https://api.example.org/bot"]
)
def test_the_servers_address_is_taken_as_people_write_it(url: str) -> None:
    settings = TelegramSettings(account_id="tg", token=TOKEN, api_base_url=url)
    assert settings.api_root == settings.file_root == "https://api.example.org"


def test_secrets_stay_out_of_the_settings_repr() -> None:
    settings = TelegramSettings(account_id="tg", token=TOKEN, secret_token="hook-secret")
    assert TOKEN not in repr(settings)
    assert "hook-secret" not in repr(settings)


def test_without_a_secret_the_hook_has_one_that_follows_from_the_token() -> None:
    first = TelegramSettings(account_id="tg", token=TOKEN).hook_secret
    assert first == TelegramSettings(account_id="other", token=TOKEN).hook_secret
    assert first != TelegramSettings(account_id="tg", token=TOKEN + "x").hook_secret
    assert len(first) == 64
    assert TelegramSettings(account_id="tg", token=TOKEN, secret_token="own").hook_secret == "own"


@pytest.mark.parametrize("form", [TOKEN, TOKEN.partition(":")[2], quote(TOKEN, safe="")])
def test_a_token_is_taken_out_in_all_its_forms(form: str) -> None:
    redacted = Redactor(TOKEN)(f"POST https://api.example.org/bot{form}/sendMessage failed")
    assert TOKEN.partition(":")[2] not in redacted
    assert redacted.endswith("/sendMessage failed")


@pytest.mark.parametrize("name", ["httpx", "telegram.Bot", "telegram.request.HTTPXRequest"])
def test_no_library_logs_a_token(name: str, caplog: pytest.LogCaptureFixture) -> None:
    guard_library_logs(TOKEN)
    with caplog.at_level(logging.DEBUG):
        logging.getLogger(name).warning("HTTP Request: %s", f"https://api.example.org/bot{TOKEN}/getMe")
        logging.getLogger(name).debug("Calling with %s", {"text": "mot de passe"})
    assert TOKEN not in caplog.text
    assert "[token]" in caplog.text
    assert name == "httpx" or "mot de passe" not in caplog.text
