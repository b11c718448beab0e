"""Reading a mailbox on a real Dovecot: nothing is lost or doubled, whatever becomes of the server or the line."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from channels.email.door import EmailDoor
from channels.email.mark import Mark, read_mark
from channels.email.settings import EmailSettings, ImapSettings
from channels.port import Envelope, NotSent, Overloaded, Rejected
from tests.fakes import FakeHost
from tests.loopback import until
from tests.standins.mail_dovecot import PASSWORD, USER, Dovecot
from tests.standins.mail_texts import mail

NOTE = f"imap:{USER}@localhost/INBOX"


@pytest.fixture
def server() -> Iterator[Dovecot]:
    with Dovecot() as running:
        yield running


def settings(server: Dovecot, **changes: Any) -> EmailSettings:
    imap = ImapSettings(
        host="localhost",
        port=server.imap_port,
        username=USER,
        password=PASSWORD,
        security="starttls",
        ca_file=server.certificate.authority,
        timeout_s=10,
    )
    return EmailSettings(account_id="mail", address=USER, secret="s" * 32, imap=replace(imap, **changes))


async def brief(seconds: float) -> None:
    """Pauses as the program makes them, but short."""
    await asyncio.sleep(min(seconds, 0.05))


@asynccontextmanager
async def watching(server: Dovecot, host: FakeHost, **changes: Any) -> AsyncIterator[EmailDoor]:
    """A door that reads the mailbox, once it has found out where to begin."""
    door = EmailDoor(settings(server, **changes), host, sleep=brief)
    running = asyncio.create_task(door.run())
    try:
        await until(lambda: bool(host.notes) or running.done(), within_s=15)
        yield door
    finally:
        running.cancel()
        await asyncio.wait([running])
        await door.close()


def mark(host: FakeHost) -> Mark:
    kept = read_mark(host.notes["mail", NOTE])
    assert kept is not None
    return kept


def texts(host: FakeHost, door: EmailDoor) -> list[str]:
    return [door.parse(envelope.raw).subject for envelope in host.entries()]


def numbered(*numbers: int) -> list[str]:
    return [f"Question {number}" for number in numbers]


async def test_new_mail_is_taken_as_soon_as_the_server_announces_it(server: Dovecot) -> None:
    host = FakeHost()
    async with watching(server, host, idle_s=1000) as door:
        for number in (1, 2):
            server.deliver(mail(number))
            await until(lambda count=number: len(host.entries()) == count)  # type: ignore[misc]
        assert texts(host, door) == numbered(1, 2)
    assert set(server.flags()) == {""}, "nothing was marked"


async def test_an_announced_watch_that_is_begun_again_goes_on(server: Dovecot) -> None:
    host = FakeHost()
    async with watching(server, host, idle_s=0.2):
        await asyncio.sleep(1)  # several rounds
        server.deliver(mail(1))
        await until(lambda: len(host.entries()) == 1)


async def test_a_server_without_announcements_is_asked_now_and_then() -> None:
    host = FakeHost()
    with Dovecot(without_idle=True) as server:
        async with watching(server, host, poll_s=0.05) as door:
            assert "is asked every" in await door.check()
            server.deliver(mail(1))
            await until(lambda: len(host.entries()) == 1)


@pytest.mark.parametrize(
    ("since", "expected"), [("now", []), ("all", numbered(1, 2)), ("30", numbered(1, 2))]
)
async def test_the_first_start_takes_what_it_is_told_to(
    server: Dovecot, since: str, expected: list[str]
) -> None:
    host = FakeHost()
    server.deliver(mail(1))
    server.deliver(mail(2))
    async with watching(server, host, since=since) as door:
        server.deliver(mail(3))
        await until(lambda: len(host.entries()) == len(expected) + 1)
        assert texts(host, door) == [*expected, *numbered(3)]


async def test_a_server_that_restarts_loses_and_doubles_nothing(server: Dovecot) -> None:
    host = FakeHost()
    async with watching(server, host) as door:
        server.deliver(mail(1))
        await until(lambda: len(host.entries()) == 1)
        server.stop()  # clients hear BYE
        server.deliver(mail(2))
        server.start()
        await until(lambda: len(host.entries()) == 2, within_s=20)
        server.deliver(mail(3))
        await until(lambda: len(host.entries()) == 3)
        assert texts(host, door) == numbered(1, 2, 3)


async def test_a_renumbered_folder_is_read_again_and_known_mails_are_known(server: Dovecot) -> None:
    host = FakeHost()
    async with watching(server, host) as door:
        for number in (1, 2, 3):
            server.deliver(mail(number))
        await until(lambda: len(host.entries()) == 3)
        await until(lambda: mark(host).uid == 3)
        before = mark(host)
        server.stop()
        server.renumber()
        server.deliver(mail(4))
        server.start()
        await until(lambda: len(host.entries()) == 4, within_s=20)
        after = mark(host)
        assert sorted(texts(host, door)) == numbered(1, 2, 3, 4)
    assert before.validity != after.validity


async def test_days_of_absence_are_caught_up_in_order_and_in_batches(server: Dovecot) -> None:
    host = FakeHost()
    async with watching(server, host):
        server.deliver(mail(0))
        await until(lambda: len(host.entries()) == 1)
    calls = host.accept_calls
    for number in range(1, 251):
        server.deliver(mail(number))
    async with watching(server, host, batch=20) as door:
        await until(lambda: len(host.entries()) == 251, within_s=30)
        assert texts(host, door) == numbered(*range(251))
    assert host.accept_calls - calls == 13


async def test_a_door_that_dies_between_journal_and_mark_doubles_nothing(server: Dovecot) -> None:
    class Dying(FakeHost):
        deaths = 0

        async def note(self, account_id: str, key: str, value: str) -> None:
            if self.entries() and self.deaths < 2:
                self.deaths += 1
                raise Overloaded("the disk is full just now")
            await super().note(account_id, key, value)

    host = Dying()
    async with watching(server, host) as door:
        server.deliver(mail(1))
        await until(lambda: host.deaths == 2)
        server.deliver(mail(2))
        await until(lambda: len(host.entries()) == 2)
        assert texts(host, door) == numbered(1, 2)


async def test_what_the_journal_does_not_take_stays_new(server: Dovecot) -> None:
    host = FakeHost()
    async with watching(server, host):
        host.overloaded = True
        calls = host.accept_calls
        server.deliver(mail(1))
        await until(lambda: host.accept_calls >= calls + 3)
        assert host.entries() == []
        host.overloaded = False
        await until(lambda: len(host.entries()) == 1)


async def test_one_mail_that_the_journal_refuses_holds_up_nobody(server: Dovecot) -> None:
    class Choosy(FakeHost):
        async def accept(self, account_id: str, envelopes: Any) -> list[bool]:
            if any(b"poison" in envelope.raw for envelope in envelopes):
                raise ValueError("no such character")
            return await super().accept(account_id, envelopes)

    host = Choosy()
    server.deliver(mail(1))
    server.deliver(mail(2, text="poison"))
    server.deliver(mail(3))
    async with watching(server, host, since="all") as door:
        await until(lambda: len(host.entries()) == 2)
        assert texts(host, door) == numbered(1, 3)
    assert [b"poison" in each.raw for each in host.quarantined] == [True]


async def test_what_is_taken_is_marked_or_moved_where_that_is_wanted(server: Dovecot) -> None:
    host = FakeHost()
    async with watching(server, host, after="seen"):
        server.deliver(mail(1))
        await until(lambda: server.flags() == ["S"])
    async with watching(server, host, after="move:Done"):
        server.deliver(mail(2))
        await until(lambda: len(server.names("Done")) == 1 and server.flags() == ["S"])
    assert len(host.entries()) == 2, "what was taken before is not moved"


async def test_files_are_in_the_store_before_the_mail_is_in_the_journal(server: Dovecot) -> None:
    photo = os.urandom(90_000)
    host = FakeHost()
    async with watching(server, host) as door:
        server.deliver(mail(1, files=(("casse.bin", photo),)))
        await until(lambda: len(host.entries()) == 1)
        (envelope,) = host.entries()
        (attachment,) = door.parse(envelope.raw).attachments
    assert host.media[attachment.ref].data == photo
    assert attachment.name == "casse.bin"
    assert len(envelope.raw) < 5_000


async def test_of_a_mail_that_is_too_large_the_words_are_taken_and_it_stays_where_it_is(
    server: Dovecot,
) -> None:
    host = FakeHost()
    async with watching(server, host, max_bytes=300_000) as door:
        server.deliver(mail(1))
        server.deliver(mail(2, text="Voici la photo.\n", files=(("photo.bin", os.urandom(400_000)),)))
        server.deliver(mail(3))
        await until(lambda: len(host.entries()) == 3)
        message = door.parse(_entry(host, "Question 2", door).raw)
        assert message.text == "Voici la photo."
        (whole,) = message.attachments
        assert whole.size and whole.size > 400_000
        with pytest.raises(Rejected, match="stays in its folder"):
            await door.fetch(whole)
        assert texts(host, door) == numbered(1, 2, 3)


def _entry(host: FakeHost, subject: str, door: EmailDoor) -> Envelope:
    return next(each for each in host.entries() if door.parse(each.raw).subject == subject)


async def test_the_log_in_tells_what_is_there(server: Dovecot) -> None:
    server.deliver(mail(1))
    words = await EmailDoor(settings(server), FakeHost()).check()
    assert "INBOX (1 mails)" in words and "TLSv1.3" in words and PASSWORD not in words
    over_tls = settings(server, port=server.imaps_port, security="tls")
    assert "TLSv1.3" in await EmailDoor(over_tls, FakeHost()).check()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"password": "wrong"}, "refuses imap.username or imap.password"),
        ({"folder": "Nowhere"}, "has no folder 'Nowhere'"),
        ({"ca_file": None}, "certificate is not to be trusted"),
        ({"port": 9}, "nobody listens there"),
    ],
)
async def test_a_log_in_that_fails_says_why(server: Dovecot, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(NotSent, match=says):
        await EmailDoor(settings(server, **changes), FakeHost()).check()
