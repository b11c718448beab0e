"""What the log shows, and what it never shows."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot import logs
from bot.config import LoggingConfig
from bot.logs import BLANK, Redaction

TELEGRAM = "123456789:AAF0xYzAbCdEfGhIjKlMnOpQrStUvWxYz01"
TWILIO = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    names = ("uvicorn", "uvicorn.error", "uvicorn.access", "httpx", "httpcore", "apscheduler", "asyncio")
    before = {name: (logging.getLogger(name).level, logging.getLogger(name).propagate) for name in names}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    for name, (old, propagate) in before.items():
        logging.getLogger(name).setLevel(old)
        logging.getLogger(name).propagate = propagate
    structlog.reset_defaults()


def configured(**settings: Any) -> io.StringIO:
    stream = io.StringIO()
    logs.configure(LoggingConfig(**({"format": "json"} | settings)), stream=stream)
    return stream


def last(stream: io.StringIO) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(stream.getvalue().splitlines()[-1])
    return line


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"POST https://api.telegram.org/bot{TELEGRAM}/sendMessage", TELEGRAM),
        (f"GET https://api.telegram.org/file/bot{TELEGRAM}/photos/1.jpg", TELEGRAM),
        (f"https://tg.internal.test/bot{TELEGRAM.replace(':', '%3A')}/getMe", TELEGRAM.split(":")[1]),
        (f"the token {TELEGRAM} was refused", TELEGRAM),
        ("connect to postgresql://bob:hunter2@db:5432/relais failed", "hunter2"),
        ("postgresql+asyncpg://bob:hu%40nter2@db/relais", "hu%40nter2"),
        ("amqp://u:p:ss@host", "p:ss"),
        ("Authorization: Bearer abcDEF123456.xyz-_", "abcDEF123456"),
        ("{'authorization': 'Basic dXNlcjpodW50ZXIy'}", "dXNlcjpodW50ZXIy"),
        ('{"auth_token": "hunter2 with spaces"}', "hunter2"),
        ("https://hooks.test/x?token=hunter2&a=1", "hunter2"),
        ("X-Telegram-Bot-Api-Secret-Token: hunter2", "hunter2"),
        ("password = 'hunter2'", "hunter2"),
        ("identity_secret=hunter2, next=1", "hunter2"),
        (f"AC{'0' * 32}:{TWILIO}", TWILIO),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIhunter2\n-----END RSA PRIVATE KEY-----", "MIIhunter2"),
        ("-----BEGIN PRIVATE KEY-----\nMIIhunter2 (cut", "MIIhunter2"),
        ("visitor eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln came", "eyJzdWIiOiIxIn0"),
    ],
)
def test_a_secret_in_a_text_is_blanked_also_with_bodies_on(text: str, secret: str) -> None:
    for bodies in (False, True):
        cleaned = Redaction(bodies=bodies).clean(text)
        assert secret not in cleaned
        assert BLANK in cleaned


@pytest.mark.parametrize(
    "text",
    [
        "RC-2026-000042 is due 2026-03-12T16:00:00+00:00",
        "https://bot.example.org/hooks/telegram answered 200 in 12.5 ms",
        "0190a1b2-0000-7000-8000-000000000001 sent by support-mail",
        "3 of 4 messages, 12:30:45, 10.0.0.5:8080",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert Redaction().clean(text) == text


@pytest.mark.parametrize(
    "key",
    [
        "token",
        "password",
        "auth_token",
        "Authorization",
        "identity_secret",
        "api_key",
        "cookie",
        "private_key",
    ],
)
def test_a_field_named_like_a_secret_is_blanked_however_deep(key: str) -> None:
    event = Redaction(bodies=True)(None, "info", {"event": "x", "request": {"headers": [{key: "hunter2"}]}})
    assert "hunter2" not in str(event)


def test_words_and_addresses_of_customers_are_left_out_unless_asked_for() -> None:
    said = {"text": "bonjour", "raw": b"bonjour", "to": "+213555000101", "event": "from amina@client.example"}
    stream = configured()
    structlog.get_logger("bot").info(**said, account="sms", nested={"body": "bonjour"})
    line = last(stream)
    assert (line["account"], line["event"]) == ("sms", "from [e-mail]")
    assert "bonjour" not in stream.getvalue() and "213555" not in stream.getvalue()
    stream = configured(bodies=True)
    structlog.get_logger("bot").info(**said)
    assert last(stream)["text"] == "bonjour" and last(stream)["to"] == "+213555000101"
    assert last(stream)["raw"] == "[7 bytes]"


def test_libraries_go_through_the_same_redaction() -> None:
    stream = configured()
    for name in ("uvicorn.error", "telegram.ext", "apscheduler.scheduler"):
        logging.getLogger(name).warning(
            "bad url https://x.test/bot%s/getMe for %s", TELEGRAM, "a@client.example"
        )
        line = last(stream)
        assert line["logger"] == name and line["level"] == "warning"
        assert TELEGRAM not in str(line) and "client.example" not in str(line)


def test_a_stack_trace_is_kept_without_its_secrets() -> None:
    stream = configured()
    try:
        raise ValueError(f"could not reach https://api.telegram.org/bot{TELEGRAM}/getMe")
    except ValueError:
        structlog.get_logger("bot").exception("failed", case="RC-2026-000042")
        logging.getLogger("lib").exception("failed too")
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first["case"] == "RC-2026-000042"
    for line in (first, second):
        assert "ValueError" in line["exception"] and "Traceback" in line["exception"]
        assert TELEGRAM not in line["exception"]


def test_the_http_clients_chatter_is_silenced_but_not_its_warnings() -> None:
    stream = configured()
    logging.getLogger("httpx").info("HTTP Request: GET https://x.test")
    assert stream.getvalue() == ""
    logging.getLogger("httpx").warning("slow")
    assert last(stream)["event"] == "slow"


def test_times_are_utc_and_levels_are_kept() -> None:
    stream = configured(level="warning")
    structlog.get_logger("bot").info("quiet")
    structlog.get_logger("bot").warning("loud")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["loud"]
    assert last(stream)["timestamp"].endswith("Z")


def test_configuring_again_writes_each_line_once() -> None:
    configured()
    stream = configured()
    logging.getLogger("lib").warning("once")
    assert len(stream.getvalue().splitlines()) == 1


def test_the_console_form_is_one_readable_line_without_colour_codes_off_a_terminal() -> None:
    stream = configured(format="console")
    structlog.get_logger("bot").info("sent", account="sms")
    (line,) = stream.getvalue().splitlines()
    assert "sent" in line and "account=sms" in line and "\x1b" not in line


def test_a_log_file_is_made_with_its_folder(tmp_path: Path) -> None:
    file = tmp_path / "logs" / "relais.log"
    configured(file=file)
    structlog.get_logger("bot").info("written")
    assert json.loads(file.read_text(encoding="utf-8"))["event"] == "written"
    configured()  # closes the file


def test_a_very_long_text_is_cut_and_costs_little() -> None:
    for text in ("a" * 200_000, "a.a-" * 50_000, "token" * 40_000, "+1 " * 60_000, "x@" * 100_000):
        assert len(Redaction().clean(text)) <= logs.MAX_TEXT + 1 + 20_000


def test_anything_can_be_logged() -> None:
    deep: Any = "end"
    for _ in range(50):
        deep = [deep]
    stream = configured()
    structlog.get_logger("bot").info(
        "odd", deep=deep, thing=object(), number=1.5, nothing=None, error=ValueError("x")
    )
    assert last(stream)["number"] == 1.5
