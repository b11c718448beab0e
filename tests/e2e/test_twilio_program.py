"""A customer on SMS and WhatsApp and the real program, with the Twilio stand-in between them."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from channels.port import HookRequest
from tests.loopback import free_port
from tests.standins.twilio_api import TwilioApi
from tests.standins.twilio_state import ACCOUNT, NUMBER, TOKEN, Fault, Message

AMEL = "+213555000111"
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
  sms: {{kind: sms, account_sid: {sid}, auth_token: {token}, from: "{number}", api_base_url: "{api}"}}
  whatsapp: {{kind: whatsapp, account_sid: {sid}, auth_token: {token}, from: "{number}", api_base_url: "{api}"}}
{accounts}
desks: {desks}
faq: {{files: ["{faq}/*.yaml"]}}
dialogue: {{burst_wait_s: 0}}
logging: {{level: warning, file: "{folder}/relais.log"}}
{more}
"""


DESKS = "{complaints: {name: Service réclamations}, sales: {name: Service commercial}}"


@asynccontextmanager
async def program(
    twilio: TwilioApi, folder: Path, *, accounts: str = "", more: str = "", desks: str = DESKS
) -> AsyncIterator[str]:
    """The real program with two accounts at Twilio, and with those of `accounts` (YAML, indented by two)."""
    port = free_port()
    config = folder / "relais.yaml"
    words = {"sid": ACCOUNT, "token": TOKEN, "number": NUMBER, "api": twilio.url, "faq": FAQ}
    own = {"accounts": accounts, "more": more, "desks": desks}
    config.write_text(CONFIG.format(folder=folder, port=port, **own, **words))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.cli", "run", "--config", str(config), stdout=asyncio.subprocess.DEVNULL
    )
    base = f"http://127.0.0.1:{port}"
    try:
        async with asyncio.timeout(60), httpx.AsyncClient() as client:
            while True:
                try:
                    if (await client.get(f"{base}/readyz")).status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.1)
        yield base
    finally:
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            assert await process.wait() == 0


async def ring(call: HookRequest) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.post(call.url, content=call.body, headers=dict(call.headers))


async def until(seen: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not seen():  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(0.02)


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(f"file:{folder}/relais.db?mode=ro", uri=True) as connection:
        return connection.execute(query).fetchall()


async def heard(twilio: TwilioApi, to: str, count: int) -> Message:
    """Wait until a person has been sent `count` messages, and return the last."""
    await until(lambda: len(twilio.sent_to(to)) >= count)
    sent = twilio.sent_to(to)
    assert len(sent) == count, [message.body for message in sent]
    return sent[-1]


async def test_a_question_by_sms_is_answered_and_its_arrival_is_known(tmp_path: Path) -> None:
    with TwilioApi() as twilio:
        async with program(twilio, tmp_path) as base:
            call = twilio.says(AMEL, "Bonjour", url=f"{base}/hooks/sms")
            taken = await ring(call)
            assert (taken.status_code, taken.text) == (200, "<Response/>")
            assert taken.headers["content-type"] == "text/xml; charset=utf-8"
            assert (await ring(call)).status_code == 200  # Twilio brings it again
            answer = await heard(twilio, AMEL, 1)
            for status in ("delivered", "sent", "queued", "teleported"):
                assert (await ring(twilio.reports(answer, status))).status_code == 200
            await until(lambda: rows(tmp_path, "SELECT status FROM outbox") == [("delivered",)])
            await asyncio.sleep(0.5)
            assert rows(tmp_path, "SELECT status FROM outbox") == [("delivered",)], "never back"
            assert len(twilio.sent_to(AMEL)) == 1
        log = (tmp_path / "relais.log").read_text()
        assert TOKEN not in log and AMEL not in log


async def test_a_forged_call_is_refused_kept_and_not_answered(tmp_path: Path) -> None:
    with TwilioApi() as twilio:
        async with program(twilio, tmp_path) as base:
            call = twilio.says(AMEL, "Bonjour", url=f"{base}/hooks/sms")
            forged = replace(call, headers={**call.headers, "x-twilio-signature": "AAAA"})
            assert (await ring(forged)).status_code == 403
            await until(lambda: rows(tmp_path, "SELECT status FROM journal") == [("quarantined",)])
            assert not twilio.sent_to(AMEL)


async def test_a_photo_and_words_by_whatsapp_are_answered_in_the_window(tmp_path: Path) -> None:
    with TwilioApi() as twilio:
        amel = f"whatsapp:{AMEL}"
        async with program(twilio, tmp_path) as base:
            photo = {"NumMedia": "1", "MediaUrl0": twilio.keep(PHOTO), "MediaContentType0": "image/jpeg"}
            text = "Je veux faire une réclamation, mes briques B12 sont arrivées cassées hier"
            call = twilio.says(amel, text, url=f"{base}/hooks/whatsapp", to=f"whatsapp:{NUMBER}", **photo)
            assert (await ring(call)).status_code == 200
            await until(lambda: twilio.sent_to(amel))
            assert all(message.error_code is None for message in twilio.sent_to(amel))
            await until(lambda: "media:" in rows(tmp_path, "SELECT attachments FROM messages")[0][0])
            assert twilio.state.leaks == []


async def test_an_answer_whose_line_was_cut_is_looked_up_and_sent_once(tmp_path: Path) -> None:
    with TwilioApi() as twilio:
        twilio.plan(Fault(kind="cut_after"))
        async with program(twilio, tmp_path) as base:
            await ring(twilio.says(AMEL, "Bonjour", url=f"{base}/hooks/sms"))
            await heard(twilio, AMEL, 1)
            await until(lambda: rows(tmp_path, "SELECT status FROM outbox") == [("accepted",)])
            sid = twilio.sent_to(AMEL)[0].sid
            assert rows(tmp_path, "SELECT provider_id FROM outbox") == [(sid,)]
            assert len(twilio.sent_to(AMEL)) == 1


async def test_a_person_who_wrote_stop_to_twilio_is_stopped_with_us(tmp_path: Path) -> None:
    with TwilioApi() as twilio:
        twilio.state.opted_out.add(AMEL)
        async with program(twilio, tmp_path) as base:
            await ring(twilio.says(AMEL, "Bonjour", url=f"{base}/hooks/sms"))
            await until(lambda: rows(tmp_path, "SELECT granted, source FROM consents") == [(0, "provider")])


def _jpeg() -> bytes:
    """A small picture: a start, one frame header of 8 x 8, an end."""
    frame = bytes([0xFF, 0xC0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0])
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + frame + b"\xff\xd9"


PHOTO = _jpeg()
