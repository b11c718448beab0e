"""Handing mail in, against a server that misbehaves: what is certain is told apart from what is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from channels.email.settings import SmtpSettings
from channels.email.smtp import Parcel, Submitter
from channels.port import BadAddress, NotSent, Rejected, SendError, Throttled, Uncertain
from tests.loopback import until
from tests.standins.mail_server import PASSWORD, USER, MailServer

CONTENT = b"Subject: x\r\n\r\n.dots\r\n..\r\nBonjour\r\n"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


def settings(server: MailServer, **changes: Any) -> SmtpSettings:
    base: dict[str, Any] = {"security": "none", "username": USER, "password": PASSWORD, "timeout_s": 2.0}
    return SmtpSettings(host="127.0.0.1", port=server.port, **(base | changes))


@pytest.fixture
async def submitter(server: MailServer) -> AsyncIterator[Submitter]:
    opened = Submitter(settings(server), ehlo_name="example.org")
    yield opened
    await opened.close()


def parcel(to: str = "amel@example.com", content: bytes = CONTENT) -> Parcel:
    return Parcel(sender="support@example.org", to=to, content=content)


async def test_the_content_arrives_byte_for_byte(server: MailServer, submitter: Submitter) -> None:
    large = CONTENT + b"x" * 70 + b"\r\n.\r\n" * 60_000 + b"y"
    for content in (CONTENT, large):
        await submitter.submit(parcel(content=content))
        assert server.taken[-1].content.rstrip(b"\r\n") == content.rstrip(b"\r\n")


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("connect", NotSent),
        ("auth", NotSent),
        ("mail", NotSent),
        ("rcpt", NotSent),
        ("data", NotSent),
        ("end", Uncertain),
    ],
)
@pytest.mark.parametrize("how", ["cut", "hang"])
async def test_only_after_the_last_byte_is_there_any_doubt(
    server: MailServer, step: str, expected: type[SendError], how: str
) -> None:
    submitter = Submitter(settings(server, timeout_s=0.5), ehlo_name="example.org")
    if how == "cut":
        server.cut_next(step)
    else:
        server.hang_next(step)
    with pytest.raises(SendError) as raised:
        await submitter.submit(parcel())
    assert type(raised.value) is expected
    assert len(server.taken) == (1 if step == "end" else 0)
    await submitter.submit(parcel())
    await submitter.close()


async def test_a_line_that_the_server_dropped_while_idle_is_replaced_without_a_word(
    server: MailServer, submitter: Submitter
) -> None:
    await submitter.submit(parcel())
    server.cut_next("mail")  # the server had gone, and we notice only when we speak
    await submitter.submit(parcel())
    assert (len(server.taken), server.connections) == (2, 2)
    server.drop_lines()
    await asyncio.sleep(0.05)
    await submitter.submit(parcel())
    assert (len(server.taken), server.connections) == (3, 3)


async def test_after_a_refusal_the_line_is_used_again(server: MailServer, submitter: Submitter) -> None:
    for step, reply, expected in (
        ("rcpt", "550 5.1.1 nobody", BadAddress),
        ("end", "554 5.7.1 no", Rejected),
        ("rcpt", "450 4.2.0 greylisted", NotSent),
        ("mail", "450 4.7.0 rate limit", Throttled),
    ):
        server.reply_next(step, reply)
        with pytest.raises(expected):
            await submitter.submit(parcel())
    await submitter.submit(parcel())
    assert server.connections == 1


async def test_lines_are_few_and_begin_anew_after_some_messages(server: MailServer) -> None:
    submitter = Submitter(settings(server, connections=2, per_connection=5), ehlo_name="example.org")
    await asyncio.gather(*(submitter.submit(parcel()) for _ in range(20)))
    assert len(server.taken) == 20
    assert 4 <= server.connections <= 6
    await submitter.close()


async def test_an_unused_line_is_closed_after_a_while(server: MailServer) -> None:
    submitter = Submitter(settings(server, idle_s=0.05), ehlo_name="example.org")
    await submitter.submit(parcel())
    await until(lambda: not server.lines)
    await submitter.submit(parcel())
    assert server.connections == 2
    await submitter.close()


async def test_a_message_larger_than_the_server_takes_is_not_even_begun() -> None:
    with MailServer(size=10) as server:
        submitter = Submitter(settings(server), ehlo_name="example.org")
        with pytest.raises(Rejected) as raised:
            await submitter.submit(parcel())
        assert raised.value.code == "too_large"
        await submitter.close()


async def test_addresses_beyond_ascii_go_to_servers_that_take_them() -> None:
    with MailServer() as old, MailServer(smtputf8=True) as new:
        for server in (old, new):
            submitter = Submitter(settings(server), ehlo_name="example.org")
            if server is old:
                with pytest.raises(Rejected, match="beyond ASCII"):
                    await submitter.submit(parcel("أمل@example.com"))
            else:
                await submitter.submit(parcel("أمل@example.com"))
                assert server.taken[0].to == "أمل@example.com"
            await submitter.close()


async def test_a_line_end_in_an_address_is_never_sent(server: MailServer, submitter: Submitter) -> None:
    with pytest.raises(BadAddress):
        await submitter.submit(parcel("a@example.com>\r\nRCPT TO:<b@example.net"))
    assert server.taken == []
