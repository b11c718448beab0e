"""Taking mail from a mail server of one's own: "250" is said when it is on disk, and never for others' mail."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_network
from typing import Any, Literal

import pytest

from channels.email.door import EmailDoor
from channels.email.settings import EmailSettings, ListenSettings
from channels.port import InboundMessage
from tests.fakes import FakeHost
from tests.loopback import free_port, until
from tests.standins.mail_texts import mail

ADDRESS, SALES = "support@example.org", "sales@example.org"


@asynccontextmanager
async def listening(
    host: FakeHost, protocol: Literal["lmtp", "smtp"] = "lmtp", **changes: Any
) -> AsyncIterator[tuple[EmailDoor, int]]:
    listen = ListenSettings(host="127.0.0.1", port=free_port(), protocol=protocol)
    settings = EmailSettings(
        account_id="mail",
        address=ADDRESS,
        aliases={SALES: "sales"},
        secret="s" * 32,
        address_tag=True,
        listen=replace(listen, **changes),
    )
    door = EmailDoor(settings, host)
    running = asyncio.create_task(door.run())
    try:
        await until(lambda: _connects(listen.port))
        yield door, listen.port
    finally:
        running.cancel()
        await asyncio.wait([running])


def _connects(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


Speaker = Callable[[smtplib.SMTP], Any]


async def speak(port: int, talk: Speaker, kind: type[smtplib.SMTP] = smtplib.LMTP) -> Any:
    """Speak to the door from another thread, as a mail server does."""

    def run() -> Any:
        client = kind("127.0.0.1", port, timeout=10)
        try:
            return talk(client)
        finally:
            client.close()

    return await asyncio.to_thread(run)


def read(door: EmailDoor, host: FakeHost) -> list[InboundMessage]:
    return [door.parse(envelope.raw) for envelope in host.entries()]


async def test_a_mail_is_taken_and_its_address_of_ours_is_known() -> None:
    host = FakeHost()
    async with listening(host) as (door, port):
        raw = mail(1, to="somebody-else@example.com")
        await speak(port, lambda client: client.sendmail("amel@example.com", [SALES.upper()], raw))
        (message,) = read(door, host)
    assert message.recipient == SALES
    assert (message.sender, message.text) == ("amel@example.com", "Bonjour, message numéro 1.")


async def test_each_recipient_gets_an_answer_of_its_own() -> None:
    host = FakeHost()
    async with listening(host) as (_, port):

        def talk(client: smtplib.SMTP) -> list[tuple[int, bytes]]:
            client.ehlo_or_helo_if_needed()
            client.mail("amel@example.com")
            told = [client.rcpt(to) for to in (ADDRESS, "stranger@example.net", SALES)]
            client.putcmd("data")
            told.append(client.getreply())
            client.send(mail(1) + b".\r\n")
            return [*told, client.getreply(), client.getreply()]

        codes = [code for code, _ in await speak(port, talk)]
    assert codes == [250, 550, 250, 354, 250, 250]
    assert len(host.entries()) == 1, "one mail, however many of our addresses it went to"


async def test_what_is_not_on_disk_is_not_taken() -> None:
    host = FakeHost()
    host.overloaded = True
    async with listening(host) as (_, port):
        with pytest.raises(smtplib.SMTPDataError) as raised:
            await speak(port, lambda client: client.sendmail("amel@example.com", [ADDRESS], mail(1)))
        assert raised.value.smtp_code == 451
        host.overloaded = False
        await speak(port, lambda client: client.sendmail("amel@example.com", [ADDRESS], mail(1)))
        await speak(port, lambda client: client.sendmail("amel@example.com", [ADDRESS], mail(1)))
    assert len(host.entries()) == 1, "sent again after a lost answer it is the same mail"


async def test_a_host_that_breaks_makes_the_server_try_again_later() -> None:
    class Broken(FakeHost):
        async def accept(self, account_id: str, envelopes: Any) -> list[bool]:
            raise ValueError("anything")

        async def quarantine(self, account_id: str, raw: bytes, reason: str) -> None:
            raise OSError("the disk is gone")

    async with listening(Broken()) as (_, port):
        with pytest.raises(smtplib.SMTPDataError) as raised:
            await speak(port, lambda client: client.sendmail("amel@example.com", [ADDRESS], mail(1)))
    assert raised.value.smtp_code == 451


async def test_a_mail_that_is_too_large_is_refused_for_good() -> None:
    host = FakeHost()
    async with listening(host, max_bytes=100_000) as (_, port):
        large = mail(1, files=(("x.bin", b"x" * 200_000),))

        def talk(client: smtplib.SMTP) -> Any:
            client.ehlo_or_helo_if_needed()
            assert client.esmtp_features["size"] == "100000"
            return client.sendmail("amel@example.com", [ADDRESS], large)

        with pytest.raises((smtplib.SMTPDataError, smtplib.SMTPSenderRefused)) as raised:
            await speak(port, talk)
    assert raised.value.smtp_code == 552
    assert host.entries() == []


async def test_lines_longer_than_the_standard_allows_are_taken() -> None:
    host = FakeHost()
    async with listening(host) as (_, port):
        raw = mail(1).replace(b"Bonjour", b"x" * 50_000)
        await speak(port, lambda client: client.sendmail("amel@example.com", [ADDRESS], raw))
    assert len(host.entries()) == 1


async def test_who_is_not_allowed_is_cut_off_before_a_word() -> None:
    async with listening(FakeHost(), allowed=(ip_network("192.0.2.0/24"),)) as (_, port):
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
            await speak(port, lambda client: client.noop())


async def test_smtp_is_spoken_too_and_nothing_is_passed_on_to_others() -> None:
    host = FakeHost()
    async with listening(host, "smtp") as (door, port):
        refused = "relay@elsewhere.example"

        def talk(client: smtplib.SMTP) -> Any:
            return client.sendmail("amel@example.com", [ADDRESS, refused], mail(1))

        assert set(await speak(port, talk, smtplib.SMTP)) == {refused}
        assert [message.sender for message in read(door, host)] == ["amel@example.com"]
