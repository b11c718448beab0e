"""A complaint by mail with a photo, acknowledged by mail, continued by WhatsApp: one person, one timeline.

The real program between a mail server and the Twilio stand-in.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import re
import smtplib
import struct
import zlib
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.test_twilio_program import AMEL, heard, program, ring, until
from tests.loopback import free_port
from tests.standins.mail_server import MailServer
from tests.standins.mail_texts import mail
from tests.standins.twilio_api import TwilioApi

TOKEN = "t" * 40
MAIL = "amel@example.com"
STORY = (
    "Bonjour,\n\nla moitié des briques B12 de ma commande CMD-2026-0142 est arrivée cassée hier, voyez la photo."
    " Je demande leur remplacement.\n\nAmel\n"
)


def picture() -> bytes:
    """A PNG of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\x00\xb4\x43\x29"))
        + chunk(b"IEND", b"")
    )


def hand_in(port: int, content: bytes) -> None:
    with smtplib.LMTP("127.0.0.1", port) as line:
        line.sendmail(MAIL, ["support@example.org"], content)


def words_of(content: bytes) -> tuple[EmailMessage, str]:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    plain = message.get_body(("plain",))
    assert plain is not None
    return message, plain.get_content()


async def test_a_complaint_by_mail_goes_on_by_whatsapp_in_one_timeline(tmp_path: Path) -> None:
    listen = free_port()
    with TwilioApi() as twilio, MailServer() as server:
        accounts = (
            f"  mail: {{kind: email, address: support@example.org, secret: {'s' * 32},"
            f" listen: {{port: {listen}}}, smtp: {{host: 127.0.0.1, port: {server.port}, security: none}}}}"
        )
        more = f"api: {{tokens: {{test: {TOKEN}}}}}"
        async with program(twilio, tmp_path, accounts=accounts, more=more) as base:
            await asyncio.to_thread(hand_in, listen, mail(text=STORY, files=(("briques.png", picture()),)))
            await until(lambda: server.taken)
            receipt, text = words_of(server.taken[0].content)
            found = re.search(r"RC-\d{4}-\d{6}", text)
            assert found is not None, text
            assert receipt["In-Reply-To"] == "<m1@mail.example.com>" and receipt["Auto-Submitted"]
            assert server.taken[0].to == MAIL

            async with httpx.AsyncClient(
                base_url=f"{base}/api/v1", headers={"Authorization": f"Bearer {TOKEN}"}
            ) as api:
                case = (await api.get(f"/cases/{found[0]}")).json()
                assert case["due_explanation"] and case["order_ref"] == "CMD-2026-0142"
                assert [file["mime"] for file in case["evidence"]] == ["image/png"]

                said = f"Bonjour, c'est pour {found[0]} : 12 briques de plus sont fendues"
                call = twilio.says(f"whatsapp:{AMEL}", said, url=f"{base}/hooks/whatsapp")
                assert (await ring(call)).status_code == 200
                await heard(twilio, f"whatsapp:{AMEL}", 1)

                (pair,) = await suggested(api)
                assert pair["evidence"][0] | {"message_id": ""} == {
                    "kind": "case", "value": found[0], "message_id": "",
                }  # fmt: skip
                merged = await api.post(f"/same-person/{pair['id']}/merge", json={"agent": "Lina"})
                assert merged.status_code == 204
                lines = (await api.get(f"/contacts/{pair['contact']['id']}/timeline")).json()
    told = [(line["channel"], line["direction"]) for line in lines]
    assert told[:2] == [("email", "in"), ("email", "out")]
    assert ("whatsapp", "in") in told and ("whatsapp", "out") in told
    assert lines[0]["attachments"][0]["ref"].startswith("media:")


async def suggested(api: httpx.AsyncClient) -> list[dict[str, Any]]:
    """The suggestions, once there are some: the program looks every ten seconds."""
    async with asyncio.timeout(40):
        while True:
            found: list[dict[str, Any]] = (await api.get("/same-person")).json()
            if found:
                return found
            await asyncio.sleep(0.5)
