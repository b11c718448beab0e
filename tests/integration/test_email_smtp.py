"""Sending through a real Postfix that checks log-ins with a real Dovecot, and reading back what it reports."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from channels.email.door import EmailDoor
from channels.email.settings import EmailSettings, ListenSettings, SmtpSettings
from channels.port import BadAddress, EntryKind, NotSent, OutboundMessage, Rejected
from tests.fakes import FakeHost
from tests.loopback import free_port, until
from tests.standins.mail_dovecot import PASSWORD, USER, Dovecot
from tests.standins.mail_postfix import MAX_BYTES, Postfix
from tests.standins.mail_server import MailServer

ADDRESS = "support@bot.example.org"

pytestmark = pytest.mark.xdist_group("postfix")  # one server for all of them


@pytest.fixture(scope="module")
def lmtp_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def postfix(lmtp_port: int) -> Iterator[Postfix]:
    with Dovecot() as dovecot, Postfix(auth_port=dovecot.auth_port, lmtp_port=lmtp_port) as running:
        yield running


def settings(postfix: Postfix, lmtp_port: int = 0, **changes: Any) -> EmailSettings:
    smtp = SmtpSettings(
        host="127.0.0.1",
        port=postfix.port,
        username=USER,
        password=PASSWORD,
        ca_file=postfix.certificate.authority,
        timeout_s=20,
    )
    return EmailSettings(
        account_id="mail",
        address=ADDRESS,
        name="Briqueterie Atlas",
        secret="s" * 32,
        address_tag=True,
        smtp=replace(smtp, **changes),
        listen=ListenSettings(host="127.0.0.1", port=lmtp_port) if lmtp_port else None,
    )


@asynccontextmanager
async def opened(given: EmailSettings, host: FakeHost | None = None) -> AsyncIterator[EmailDoor]:
    door = EmailDoor(given, host or FakeHost())
    running = asyncio.create_task(door.run())
    try:
        yield door
    finally:
        running.cancel()
        await asyncio.wait([running])
        await door.close()


def message(to: str, **changes: Any) -> OutboundMessage:
    base: dict[str, Any] = {
        "id": "0198c0ffee000000000000000000beef",
        "account_id": "mail",
        "thread": "x",
        "to": to,
        "text": "Votre réclamation est enregistrée.\n.une ligne qui commence par un point\nمرحبا",
        "language": "fr",
        "subject": "Réclamation reçue",
    }
    return OutboundMessage(**(base | changes))


async def test_over_starttls_and_with_a_log_in_a_message_is_handed_in(postfix: Postfix) -> None:
    async with opened(settings(postfix)) as door:
        assert "over TLSv1.3" in await door.check()
        receipt = await door.send(message("amel@kept.example.net"))
        again = await door.send(message("amel@kept.example.net"))
    assert receipt == again, "a message keeps its id at each try"
    assert postfix.log.count(f"message-id=<{receipt.provider_id}>") == 2


async def test_the_line_is_used_again(postfix: Postfix) -> None:
    before = postfix.log.count("sasl_username")
    connections = postfix.log.count(": connect from")
    async with opened(settings(postfix, connections=1)) as door:
        for number in range(5):
            await door.send(message("amel@kept.example.net", id=f"o{number}"))
    assert postfix.log.count("sasl_username") - before == 5
    assert postfix.log.count(": connect from") - connections == 1


async def test_what_is_sent_to_ourselves_comes_back_by_lmtp_unharmed(
    postfix: Postfix, lmtp_port: int
) -> None:
    host = FakeHost()
    async with opened(settings(postfix, lmtp_port), host) as door:
        photo = await host.store_media(bytes(range(256)) * 300, name="reçu n°1.bin", claimed_mime="image/png")
        sent = message(ADDRESS, attachments=(photo,), author="Sarah")
        receipt = await door.send(sent)
        await until(lambda: len(host.entries()) == 1, within_s=20)
        (entry,) = host.entries()
        read = door.parse(entry.raw)
    assert read.text == sent.text
    assert read.subject == "Réclamation reçue"
    assert [each.ref for each in read.attachments] == [photo.ref]
    assert read.attachments[0].name == "reçu n°1.bin"
    assert entry.provider_id.startswith(receipt.provider_id)


async def test_an_unknown_recipient_is_a_bad_address_and_the_line_goes_on(postfix: Postfix) -> None:
    async with opened(settings(postfix, connections=1)) as door:
        with pytest.raises(BadAddress) as raised:
            await door.send(message("unknown@example.net"))
        assert raised.value.code == "5.1.1"
        assert "unknown@" not in str(raised.value)
        assert await door.send(message("amel@kept.example.net"))


async def test_a_greylisted_message_is_not_sent_and_goes_through_later(postfix: Postfix) -> None:
    async with opened(settings(postfix)) as door:
        with pytest.raises(NotSent) as raised:
            await door.send(message("greylisted@example.net"))
        assert type(raised.value) is NotSent, "one recipient's greylisting does not slow down the others"
        assert await door.send(message("greylisted@example.net"))


async def test_a_message_that_is_too_large_is_refused_before_it_is_sent(postfix: Postfix) -> None:
    host = FakeHost()
    async with opened(settings(postfix), host) as door:
        photo = await host.store_media(b"x" * MAX_BYTES, name="x.bin")
        with pytest.raises(Rejected, match="the server takes") as raised:
            await door.send(message("amel@kept.example.net", attachments=(photo,)))
    assert raised.value.code == "too_large"


async def test_a_wrong_password_is_no_message_s_fault(postfix: Postfix) -> None:
    async with opened(settings(postfix, password="wrong")) as door:
        with pytest.raises(NotSent, match="refuses smtp"):
            await door.send(message("amel@kept.example.net"))
        with pytest.raises(NotSent, match="refuses smtp"):
            await door.check()


async def test_a_certificate_of_nobody_known_is_not_trusted(postfix: Postfix) -> None:
    async with opened(settings(postfix, ca_file=None)) as door:
        with pytest.raises(NotSent, match="certificate is not to be trusted"):
            await door.send(message("amel@kept.example.net"))


async def test_without_encryption_nothing_is_said(postfix: Postfix) -> None:
    with MailServer() as plain:
        async with opened(settings(postfix, port=plain.port)) as door:
            with pytest.raises(NotSent):
                await door.send(message("amel@kept.example.net"))
        assert plain.taken == []


async def test_a_real_bounce_finds_its_message(postfix: Postfix, lmtp_port: int) -> None:
    """Postfix takes the message, is told by LMTP that nobody has that address, and reports so to our tagged one."""
    host = FakeHost()
    async with opened(settings(postfix, lmtp_port), host) as door:
        receipt = await door.send(message("gone@bot.example.org"))
        await until(lambda: len(host.entries()) == 1, within_s=20)
        (entry,) = host.entries()
        report = door.parse_status(entry.raw)
    assert entry.kind is EntryKind.STATUS
    assert report.provider_id == receipt.provider_id
    assert (report.status, report.permanent, report.code) == ("failed", True, "5.1.1")
    sent = email.message_from_bytes(entry.raw, policy=email.policy.default)
    assert sent["auto-submitted"] == "auto-replied"
