"""A customer on Telegram and the real program, with the stand-in of the Bot API between them."""

from __future__ import annotations

import asyncio
import re
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.loopback import free_port
from tests.standins.telegram_api import TelegramApi

AMEL = 4242
REFERENCE = re.compile(r"RC-\d{4}-\d{6}")
FAQ = Path(__file__).parents[2] / "templates" / "faq"
CONFIG = """
company: {{name: Briqueterie Atlas, language: fr, languages: [fr, ar, en], timezone: Africa/Algiers, country: DZ,
  working_days: [sun, mon, tue, wed, thu], products: [{{id: B12, names: [brique B12]}}],
  opening_hours: {{sun: ["08:00-17:00"], mon: ["08:00-17:00"], tue: ["08:00-17:00"], wed: ["08:00-17:00"],
    thu: ["08:00-17:00"]}}}}
database: {{url: "sqlite:///{folder}/relais.db"}}
server: {{port: {port}, public_url: "http://127.0.0.1:{port}"}}
media: {{folder: "{folder}/media"}}
accounts:
  telegram: {{kind: telegram, token: "{token}", mode: {mode}, api_base_url: "{api}"}}
desks: {{complaints: {{name: Service réclamations}}, sales: {{name: Service commercial}}}}
faq: {{files: ["{faq}/*.yaml"]}}
dialogue: {{burst_wait_s: 0}}
logging: {{level: warning, file: "{folder}/relais.log"}}
"""


@asynccontextmanager
async def program(telegram: TelegramApi, folder: Path, mode: str) -> AsyncIterator[str]:
    port = free_port()
    config = folder / "relais.yaml"
    config.write_text(
        CONFIG.format(folder=folder, port=port, token=telegram.token, mode=mode, api=telegram.url, faq=FAQ)
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.cli", "run", "--config", str(config), stdout=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(60), httpx.AsyncClient() as client:
            while True:
                try:
                    if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            assert await process.wait() == 0


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(f"file:{folder}/relais.db?mode=ro", uri=True) as connection:
        return connection.execute(query).fetchall()


async def said_back(telegram: TelegramApi, count: int) -> str:
    """Wait until Amel has heard `count` messages, and return the last."""
    await telegram.wait_until(lambda: len(telegram.sent_to(AMEL)) >= count, timeout_s=20)
    heard = telegram.sent_to(AMEL)
    assert len(heard) == count, [message.text for message in heard]
    return heard[-1].text


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_a_complaint_on_telegram_with_a_photo_ends_with_a_reference(tmp_path: Path, mode: str) -> None:
    with TelegramApi() as telegram:
        telegram.add_person(AMEL, "Amel")
        async with program(telegram, tmp_path, mode):
            telegram.user_says(AMEL, "Bonjour")
            await said_back(telegram, 1)
            telegram.user_says(
                AMEL, "Je veux faire une réclamation, mes briques B12 sont arrivées cassées hier"
            )
            await said_back(telegram, 2)
            telegram.user_sends_photo(AMEL, PHOTO)
            answer = await said_back(telegram, 3)
            count = 3
            while not REFERENCE.search(answer) and count < 9:
                telegram.user_says(AMEL, "oui" if "?" in answer and "exact" in answer else "un échange")
                count += 1
                answer = await said_back(telegram, count)
            assert REFERENCE.search(answer), answer
            await telegram.wait_until(
                lambda: "media:" in rows(tmp_path, "SELECT evidence FROM cases")[0][0], timeout_s=20
            )
        # Telegram hands out again what was not confirmed before the end: nothing is answered twice.
        telegram.user_says(AMEL, "Merci")
        async with program(telegram, tmp_path, mode):
            await said_back(telegram, count + 1)
            await asyncio.sleep(1)
            assert len(telegram.sent_to(AMEL)) == count + 1
        assert rows(tmp_path, "SELECT count(*) FROM journal WHERE status <> 'done'") == [(0,)]
        assert telegram.token not in (tmp_path / "relais.log").read_text()


async def test_an_answer_waits_as_long_as_telegram_asks_and_goes_out_once(tmp_path: Path) -> None:
    with TelegramApi() as telegram:
        telegram.add_person(AMEL, "Amel")
        async with program(telegram, tmp_path, "polling"):
            telegram.throttle_next(1)
            telegram.user_says(AMEL, "Bonjour")
            await said_back(telegram, 1)
            assert rows(tmp_path, "SELECT outcome FROM deliveries")[0] == ("throttled",)


async def test_a_send_that_telegram_took_before_the_line_was_cut_is_uncertain_and_never_sent_again(
    tmp_path: Path,
) -> None:
    with TelegramApi() as telegram:
        telegram.add_person(AMEL, "Amel")
        async with program(telegram, tmp_path, "polling"):
            telegram.cut_line_after_taking_next()
            telegram.user_says(AMEL, "Bonjour")
            await telegram.wait_until(
                lambda: rows(tmp_path, "SELECT status FROM outbox") == [("uncertain",)], timeout_s=20
            )
            await asyncio.sleep(3)
            assert len(telegram.sent_to(AMEL)) == 1
            assert rows(tmp_path, "SELECT kind FROM alerts") == [("uncertain",)]


async def test_a_person_who_blocks_the_bot_is_marked_and_gets_nothing_more(tmp_path: Path) -> None:
    with TelegramApi() as telegram:
        telegram.add_person(AMEL, "Amel")
        async with program(telegram, tmp_path, "polling"):
            telegram.user_says(AMEL, "Bonjour")
            await said_back(telegram, 1)
            telegram.block(AMEL)
            await telegram.wait_until(
                lambda: rows(tmp_path, "SELECT state FROM addresses") == [("blocked",)], timeout_s=20
            )
            assert rows(tmp_path, "SELECT granted, source FROM consents") == [(0, "provider")]
            telegram.unblock(AMEL)
            await telegram.wait_until(
                lambda: rows(tmp_path, "SELECT state FROM addresses") == [("ok",)], timeout_s=20
            )


def _jpeg() -> bytes:
    """A small picture: a start, one frame header of 8 x 8, an end."""
    frame = bytes([0xFF, 0xC0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0])
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + frame + b"\xff\xd9"


PHOTO = _jpeg()
