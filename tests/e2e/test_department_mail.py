"""A department answers by replying to its notice in its own mail program: real SMTP out, real LMTP in."""

from __future__ import annotations

import asyncio
import smtplib
from email.message import EmailMessage
from pathlib import Path

import httpx

from tests.e2e.test_one_person import TOKEN, picture, words_of
from tests.e2e.test_twilio_program import program, rows, until
from tests.loopback import free_port
from tests.standins.mail_server import MailServer
from tests.standins.mail_texts import mail
from tests.standins.twilio_api import TwilioApi

TECHNICAL = "technique@example.org"
DESKS = (
    "{complaints: {name: Service réclamations, notify: [{account: mail, to: reclamations@example.org}]},"
    f" technical: {{name: Service technique, notify: [{{account: mail, to: {TECHNICAL}}}]}}}}"
)


def bring(port: int, sender: str, to: str, content: bytes) -> None:
    with smtplib.LMTP("127.0.0.1", port) as line:
        line.sendmail(sender, [to], content)


def reply_to(notice: EmailMessage, sender: str, number: int) -> bytes:
    """As mail programs write it: the words above, what is answered below."""
    quoted = "\n".join(
        f"> {line}" for line in (notice.get_body(("plain",)) or notice).get_content().splitlines()
    )
    words = "Le moule 7 est usé, lot changé mardi."
    text = f"{words}\n\nLe jeu. 5 mars 2026 à 12:00, Briqueterie Atlas a écrit :\n{quoted}\n"
    return mail(
        number, sender=sender, to=notice["Reply-To"], text=text, files=(("moule.png", picture()),),
        Subject=f"Re: {notice['Subject']}", In_Reply_To=notice["Message-ID"], References=notice["Message-ID"],
    )  # fmt: skip


async def test_a_department_answers_by_replying_to_its_notice(tmp_path: Path) -> None:
    listen = free_port()
    with TwilioApi() as twilio, MailServer() as server:
        accounts = (
            f"  mail: {{kind: email, address: support@example.org, secret: {'s' * 32}, address_tag: true,"
            f" listen: {{port: {listen}}}, smtp: {{host: 127.0.0.1, port: {server.port}, security: none}}}}"
        )
        more = f"api: {{tokens: {{test: {TOKEN}}}}}"
        async with (
            program(twilio, tmp_path, accounts=accounts, more=more, desks=DESKS) as base,
            httpx.AsyncClient(base_url=f"{base}/api/v1", headers={"Authorization": f"Bearer {TOKEN}"}) as api,
        ):
            opened = await api.post(
                "/cases", json={"channel": "letter", "name": "Amel", "email": "amel@example.com",
                                "summary": "Briques B12 fendues", "agent": "Nadia"}
            )  # fmt: skip
            reference = opened.json()["reference"]
            await api.post(
                f"/cases/{reference}/forward",
                json={"desk": "technical", "question": "Pourquoi ces fentes ?", "agent": "Nadia"},
            )
            await until(lambda: sent_to(server, TECHNICAL))
            (content,) = sent_to(server, TECHNICAL)
            notice, words = words_of(content)
            assert "Pourquoi ces fentes ?" in words and "+" in notice["Reply-To"]
            home = notice["Reply-To"].strip("<>")
            before = len(sent_to(server, "amel@example.com"))

            stranger = reply_to(notice, "intrus@example.net", 8)
            await asyncio.to_thread(bring, listen, "intrus@example.net", home, stranger)
            await until(lambda: rows(tmp_path, "SELECT id FROM case_events WHERE action = 'note'"))
            answer = reply_to(notice, f"Samir Atelier <{TECHNICAL}>", 9)
            await asyncio.to_thread(bring, listen, TECHNICAL, home, answer)
            await until(lambda: len(sent_to(server, TECHNICAL)) == 2)
            case = (await api.get(f"/cases/{reference}")).json()
            thanks, words = words_of(sent_to(server, TECHNICAL)[-1])
            after = len(sent_to(server, "amel@example.com"))
    (item,) = case["forwards"]
    assert (item["answer"], item["answered_by"]) == ("Le moule 7 est usé, lot changé mardi.", "Samir Atelier")
    assert [file["mime"] for file in case["evidence"]] == ["image/png"]
    assert thanks["In-Reply-To"] == "<m9@mail.example.com>" and thanks["Auto-Submitted"]
    assert thanks["Subject"] and "votre réponse est notée" in words
    assert after == before, "nothing goes to the customer by itself"
    assert sent_to(server, "intrus@example.net") == []
    assert rows(tmp_path, "SELECT count(*) FROM conversations WHERE channel = 'email'") == [(1,)]


def sent_to(server: MailServer, address: str) -> list[bytes]:
    return [mail.content for mail in server.taken if mail.to == address]
