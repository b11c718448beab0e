"""An IMAP server that sends rubbish, too much, or nothing: the line ends in time, and memory stays bounded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.imap import Stumbling, batches
from channels.email.imap_answers import Fetched, ImapGone, ImapRefused, read_answer, read_fetched
from channels.email.imap_line import ImapLine, folder_name, quoted
from channels.email.mark import Mark, read_mark
from channels.email.settings import ImapSettings

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
WELCOME = b"* OK [CAPABILITY IMAP4rev1] ready\r\n"


@asynccontextmanager
async def serving(script: Script) -> AsyncIterator[ImapSettings]:
    """A server that follows the script with each caller."""

    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await script(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(session, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield ImapSettings(
            host="127.0.0.1", port=port, username="u", password="p", security="none", timeout_s=0.5
        )


async def log_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Greet, and follow the client through its log-in."""
    writer.write(WELCOME)
    for answer in (b"* CAPABILITY IMAP4rev1 IDLE\r\n", b"", b"* CAPABILITY IMAP4rev1 IDLE\r\n"):
        tag = (await reader.readline()).split()[0]
        writer.write(answer + tag + b" OK done\r\n")


def after_log_in(answer: bytes) -> Script:
    """Answer the first command after the log-in with these bytes, its tag in place of TAG, then be silent."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await log_in(reader, writer)
        tag = (await reader.readline()).split()[0]
        writer.write(answer.replace(b"TAG", tag))
        await reader.read()

    return script


@pytest.mark.parametrize(
    "rubbish",
    [
        b"\x00\x01\x02 \xff\xfe\r\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"* 1 FETCH (UID 1 BODY[] {99999999999}\r\n",
        b"* 1 FETCH (UID 1 BODY[] {9000000}\r\n",
        b"* 1 FETCH " + b"(" * 500 + b"\r\n",
        b"* 1 FETCH (UID 1))\r\n",
        b"* 1 FETCH (UID 1\r\n",
        b"* BYE overloaded\r\n",
        b"x" * 5_000_000,
        b"r999 OK not yours\r\n",
        b"* " + b"A" * 5_000_000 + b"\r\n",
        b"\r\n",
    ],
    ids=lambda rubbish: rubbish[:24].decode("latin-1").encode("unicode_escape").decode(),
)
async def test_rubbish_ends_the_line(rubbish: bytes) -> None:
    async with serving(after_log_in(rubbish)) as settings:
        line = await ImapLine.open(settings, None)
        with pytest.raises(ImapGone):
            await line.command("UID FETCH 1:* (UID)")
        line.close()


async def test_a_refusal_is_told_with_its_reason_and_the_line_goes_on() -> None:
    async with serving(after_log_in(b"TAG NO [UNAVAILABLE] come back later\r\n")) as settings:
        line = await ImapLine.open(settings, None)
        with pytest.raises(ImapRefused, match="come back later") as raised:
            await line.command("NOOP")
        assert raised.value.code == "UNAVAILABLE"
        line.close()


async def test_a_silent_server_costs_no_more_than_the_budget() -> None:
    async with serving(after_log_in(b"* OK still here\r\n")) as settings:
        line = await ImapLine.open(settings, None)
        begun = asyncio.get_running_loop().time()
        with pytest.raises(TimeoutError):
            await line.command("NOOP")
        assert asyncio.get_running_loop().time() - begun < 2
        line.close()


@pytest.mark.parametrize("piece", [1, 7, 1000])
async def test_answers_are_read_however_they_are_cut_into_packets(piece: int) -> None:
    answer = b'* 1 FETCH (UID 7 BODY[] {5}\r\nab\r\n) FLAGS ("x\\"y" NIL) RFC822.SIZE 5)\r\nTAG OK done\r\n'

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await log_in(reader, writer)
        whole = answer.replace(b"TAG", (await reader.readline()).split()[0])
        for at in range(0, len(whole), piece):
            writer.write(whole[at : at + piece])
            await writer.drain()
            await asyncio.sleep(0)
        await reader.read()

    async with serving(script) as settings:
        line = await ImapLine.open(settings, None)
        answers = await line.command("UID FETCH 7 (UID BODY.PEEK[])")
        assert read_fetched(answers) == [Fetched(7, 5, b"ab\r\n)")]
        line.close()


@pytest.mark.parametrize("at_once", [True, False])
async def test_an_announcement_is_heard_also_in_the_packet_that_begins_the_watch(at_once: bool) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await log_in(reader, writer)
        tag = (await reader.readline()).split()[0]
        writer.write(b"+ idling\r\n" + (b"* 5 EXISTS\r\n" if at_once else b""))
        if not at_once:
            await asyncio.sleep(0.05)
            writer.write(b"* 5 EXISTS\r\n")
        assert await reader.readline() == b"DONE\r\n"
        writer.write(tag + b" OK done\r\n")

    async with serving(script) as settings:
        line = await ImapLine.open(settings, None)
        async with asyncio.timeout(2):
            await line.idle(60)
        assert line.announced
        line.close()


async def test_what_is_slipped_in_before_the_encryption_is_never_read() -> None:
    import ssl

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(WELCOME)
        tag = (await reader.readline()).split()[0]
        writer.write(tag + b" OK begin\r\n* PREAUTH [CAPABILITY IDLE] as somebody else\r\n")
        await reader.read()

    async with serving(script) as plain:
        from dataclasses import replace

        with pytest.raises((ssl.SSLError, TimeoutError, OSError, ImapGone)):
            await ImapLine.open(replace(plain, security="starttls"), ssl.create_default_context())


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=4), st.lists(st.binary(max_size=20), max_size=4))
def test_any_answer_is_read_or_ends_the_line(pieces: list[bytes], literals: list[bytes]) -> None:
    for start in (b"", b"* ", b"* 1 FETCH (UID ", b"r1 OK ["):
        try:
            read_fetched([read_answer([start + pieces[0], *pieces[1:]], literals)])
        except ImapGone as exc:
            assert str(exc)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("INBOX", b'"INBOX"'),
        ("Boîte & Co", b'"Bo&AO4-te &- Co"'),
        ("بريد", b'"&BigGMQZKBi8-"'),
        ('a"b\\c', b'"a\\"b\\\\c"'),
    ],
)
def test_folder_names_are_written_as_servers_know_them(name: str, written: bytes) -> None:
    assert folder_name(name) == written


def test_a_line_end_in_a_password_is_never_sent() -> None:
    with pytest.raises(ImapRefused):
        quoted("a\r\nb")


@given(st.lists(st.integers(0, 500_000), max_size=60), st.integers(1, 20))
def test_batches_hold_every_mail_once_in_order_and_fit(sizes: list[int], count: int) -> None:
    listed = [Fetched(uid, size, None) for uid, size in enumerate(sizes, 1)]
    cut = list(batches(listed, count, 400_000))
    assert [each for batch in cut for each in batch] == listed
    assert all(0 < len(batch) <= count for batch in cut)
    assert all(len(batch) == 1 for batch in cut if any((each.size or 0) > 400_000 for each in batch))


def test_a_mark_is_read_back_and_rubbish_is_none() -> None:
    mark = read_mark('{"uidvalidity": 5, "uid": 7, "at": "2026-03-05"}')
    assert isinstance(mark, Mark) and read_mark(mark.written()) == mark
    assert [read_mark(text) for text in ("", "[]", "{}", '{"uid": "x"}', "null")] == [None] * 5


def test_a_mail_that_fails_again_and_again_is_given_up_and_one_that_fails_once_is_not() -> None:
    stumbled = Stumbling()
    for _ in range(5):
        stumbled.note(7)
    assert not stumbled.gave_up_on(7)
    stumbled.note(7)
    assert stumbled.gave_up_on(7) and not stumbled.gave_up_on(8)
    stumbled.note(8)
    assert not stumbled.gave_up_on(8)
