"""Handing mail in: a few lines to one server, used again and again, and one clear outcome for each message."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import cast

from aiosmtplib import SMTP
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPConnectResponseError,
    SMTPException,
    SMTPResponseException,
)
from aiosmtplib.protocol import SMTPProtocol

from channels.email.settings import SmtpSettings
from channels.email.smtp_errors import Stage, reply_to_error, unaddressed
from channels.email.tls import client_context, words_of
from channels.port import BadAddress, NotSent, Rejected, SendError, Uncertain

_CLOSING_S = 1.0
_PIECE = 65_536
_UNFIT = re.compile(r"[\x00-\x20<>\x7f]")
_SPOILED = frozenset({"421", "line", "reply"})  # the server leaves, or can't be understood
_LINE_GONE = (OSError, SMTPException, asyncio.IncompleteReadError)


@dataclass(slots=True)
class Parcel:
    """One message to one recipient, ready for the line."""

    sender: str  # of the envelope
    to: str
    content: bytes  # 7-bit, lines end with CRLF
    stage: Stage = Stage.CONNECT
    whole: bool = False  # its last byte was written: from here on nobody knows until the server says


@dataclass(slots=True, eq=False)
class _Line:
    client: SMTP
    writer: asyncio.StreamWriter  # waits for what the library only buffers
    sent: int = 0
    timer: asyncio.TimerHandle | None = None

    def forget_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class Submitter:
    """The SMTP side of one account."""

    def __init__(self, settings: SmtpSettings, *, ehlo_name: str) -> None:
        self._settings = settings
        self._ehlo_name = ehlo_name
        self._context: ssl.SSLContext | None = None
        self._free: list[_Line] = []
        self._slots = asyncio.Semaphore(settings.connections)

    async def submit(self, parcel: Parcel) -> None:
        """Hand in one message within the total budget. Raises a `SendError`."""
        try:
            async with asyncio.timeout(self._settings.timeout_s), self._slots:
                await self._deliver(parcel)
        except TimeoutError as exc:
            raise _cut(parcel, f"no answer in {self._settings.timeout_s:g} s") from exc

    async def check(self) -> str:
        """Log in and say how. Raises a `SendError` with what is wrong."""
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                line = await self._open()
        except TimeoutError as exc:
            raise NotSent(f"{self._where} does not answer in time", code="line") from exc
        try:
            return f"sends by {self._where} {self._security_words(line)}, {self._who}"
        finally:
            await self._bid_farewell(line)

    async def close(self) -> None:
        while self._free:
            line = self._free.pop()
            line.forget_timer()
            await self._bid_farewell(line)

    async def _deliver(self, parcel: Parcel) -> None:
        while True:
            try:
                async with self._line() as line:
                    return await self._transact(line, parcel)
            except _LineLost as exc:
                # The server dropped a used line while it lay idle: nothing of this message was said on it yet.
                if not exc.used_before or parcel.stage is not Stage.SENDER:
                    raise _cut(parcel, str(exc)) from exc.__cause__

    @asynccontextmanager
    async def _line(self) -> AsyncIterator[_Line]:
        """A line of one's own; kept for others afterwards unless something broke on it."""
        line = self._take() or await self._open()
        try:
            yield line
        except SendError as exc:
            if exc.code in _SPOILED or isinstance(exc, Uncertain) or not await _reset(line.client):
                _hang_up(line)
            else:
                self._keep(line)
            raise
        except BaseException:
            _hang_up(line)
            raise
        self._keep(line)

    def _take(self) -> _Line | None:
        while self._free:
            line = self._free.pop()
            line.forget_timer()
            if line.client.is_connected:
                return line
        return None

    def _keep(self, line: _Line) -> None:
        """Put the line back; it closes itself once nobody has wanted it for a while."""
        if not line.client.is_connected:
            return
        if line.sent >= self._settings.per_connection:
            self._drop(line)
            return
        line.timer = asyncio.get_running_loop().call_later(self._settings.idle_s, self._drop, line)
        self._free.append(line)

    def _drop(self, line: _Line) -> None:
        if line in self._free:
            self._free.remove(line)
        with suppress(*_LINE_GONE):
            if line.client.protocol is not None:
                line.client.protocol.write(b"QUIT\r\n")  # nobody waits for the answer
        _hang_up(line)

    async def _bid_farewell(self, line: _Line) -> None:
        transport = line.writer.transport  # the library forgets it when it has quit
        with suppress(TimeoutError, *_LINE_GONE):
            async with asyncio.timeout(_CLOSING_S):
                await line.client.quit()
        line.client.close()
        transport.abort()

    async def _transact(self, line: _Line, parcel: Parcel) -> None:
        if _UNFIT.search(parcel.to + parcel.sender):
            raise BadAddress("the address holds characters that no mail server takes", code="5.1.3")
        line.sent += 1
        client = line.client
        self._check_size(client, parcel)
        try:
            parcel.stage = Stage.SENDER
            await _say(client, f"MAIL FROM:<{parcel.sender}>{_options(client, parcel)}")
            parcel.stage = Stage.RECIPIENT
            await _say(client, f"RCPT TO:<{parcel.to}>")
            parcel.stage = Stage.CONTENT
            await self._hand_in(line, parcel)
        except SMTPResponseException as exc:
            raise _refused(parcel, exc) from exc
        except _LINE_GONE as exc:
            raise _LineLost(words_of(exc), used_before=line.sent > 1) from exc

    def _check_size(self, client: SMTP, parcel: Parcel) -> None:
        told = client.esmtp_extensions.get("size", "")
        limit = int(told) if told.isascii() and told.isdigit() else 0
        if limit and len(parcel.content) > limit:
            size, most = len(parcel.content) // 1024, limit // 1024
            raise Rejected(f"with its files it has {size} KiB, the server takes {most}", code="too_large")

    async def _hand_in(self, line: _Line, parcel: Parcel) -> None:
        """The content in pieces, the closing dot with the last: what is cut off before can't have been taken."""
        protocol = await _say(line.client, "DATA", expected=354)
        content = stuffed(parcel.content)
        last = (len(content) - 1) // _PIECE * _PIECE
        for start in range(0, last, _PIECE):
            protocol.write(content[start : start + _PIECE])
            await line.writer.drain()
        parcel.whole = True
        protocol.write(content[last:] + b".\r\n")
        reply = await protocol.read_response()
        if not 200 <= reply.code < 300:
            raise SMTPResponseException(reply.code, reply.message)

    async def _open(self) -> _Line:
        """Connect, encrypt, log in. Raises `NotSent`."""
        settings = self._settings
        client = SMTP(
            hostname=settings.host,
            port=settings.port,
            use_tls=settings.security == "tls",
            start_tls=False,
            tls_context=self._tls() if settings.security != "none" else None,
            local_hostname=self._ehlo_name,
            timeout=settings.timeout_s,
        )
        try:
            await self._greet(client)
        except BaseException:
            transport = cast(asyncio.WriteTransport | None, client.transport)
            client.close()
            if transport is not None:
                transport.abort()
            raise
        return _Line(client, _writer_of(client))

    async def _greet(self, client: SMTP) -> None:
        failure: SendError | None = None
        stage = Stage.CONNECT
        try:
            await client.connect()
            if self._settings.security == "starttls":
                await client.starttls()  # fails where the server has none: there is no way back to plain text
            await client.ehlo()
            stage = Stage.LOGIN
            if self._settings.username:
                await client.login(self._settings.username, self._settings.password)
        except SMTPConnectResponseError as exc:
            failure = reply_to_error(Stage.CONNECT, exc.code, exc.message)
        except SMTPAuthenticationError as exc:
            failure = reply_to_error(Stage.LOGIN, exc.code, exc.message)
        except SMTPResponseException as exc:
            failure = reply_to_error(stage, exc.code, exc.message)
        except _LINE_GONE as exc:
            failure = self._unreachable(exc)
        if failure is not None:
            raise failure  # outside of the handlers: the library's frames hold the password

    def _unreachable(self, exc: BaseException) -> NotSent:
        cause = exc.__cause__ if isinstance(exc.__cause__, OSError) else exc
        words = words_of(cause) if isinstance(cause, OSError) else unaddressed(str(cause))
        return NotSent(f"{self._where}: {words}", code="line")

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            try:
                self._context = client_context(self._settings.ca_file)
            except OSError as exc:
                raise NotSent(f"smtp.ca_file can't be read: {exc.strerror or exc}", code="ca_file") from exc
        return self._context

    @property
    def _where(self) -> str:
        return f"{self._settings.host}:{self._settings.port}"

    @property
    def _who(self) -> str:
        return f"logged in as {self._settings.username}" if self._settings.username else "without a log-in"

    def _security_words(self, line: _Line) -> str:
        connection = line.client.get_transport_info("ssl_object")
        return f"over {connection.version()}" if connection else "unencrypted"


class _LineLost(Exception):
    """The line broke in the middle of a transaction."""

    def __init__(self, what: str, *, used_before: bool) -> None:
        super().__init__(what)
        self.used_before = used_before


def _writer_of(client: SMTP) -> asyncio.StreamWriter:
    """Lets us wait until bytes have left this process. Keep it as long as the line: it closes it when it goes."""
    protocol = client.protocol
    if protocol is None or client.transport is None:
        raise NotSent("the line was closed at once", code="line")
    transport = cast(asyncio.WriteTransport, client.transport)  # uvloop's is one in all but its class
    transport.set_write_buffer_limits(high=1, low=0)  # with 0 an encrypted line never counts as empty
    return asyncio.StreamWriter(transport, protocol, None, asyncio.get_running_loop())


def _hang_up(line: _Line) -> None:
    """End it at once: an encrypted goodbye, which could take long, is not waited for."""
    line.client.close()
    line.writer.transport.abort()


async def _reset(client: SMTP) -> bool:
    """After a refusal, make the line good for the next message."""
    try:
        await client.rset()
    except _LINE_GONE:
        return False
    return True


def stuffed(content: bytes) -> bytes:
    """The content with its leading dots doubled, without the closing dot. source: RFC 5321 §4.5.2"""
    whole = content if content.endswith(b"\r\n") else content + b"\r\n"
    whole = whole.replace(b"\r\n.", b"\r\n..")
    return b"." + whole if whole.startswith(b".") else whole


async def _say(client: SMTP, command: str, *, expected: int = 250) -> SMTPProtocol:
    """One command; the total budget is the caller's, so none of its own. Raises on any other reply."""
    protocol = client.protocol
    if protocol is None:
        raise ConnectionResetError("the line is closed")
    reply = await protocol.execute_command(command.encode())
    if reply.code != expected and not (expected == 250 and reply.code == 251):
        raise SMTPResponseException(reply.code, reply.message)
    return protocol


def _options(client: SMTP, parcel: Parcel) -> str:
    options = [f" SIZE={len(parcel.content)}"] if client.supports_extension("size") else []
    if not (parcel.to + parcel.sender).isascii():
        if not client.supports_extension("smtputf8"):
            raise Rejected("the server takes no addresses with letters beyond ASCII", code="5.6.7")
        options.append(" SMTPUTF8")
    return "".join(options)


def _refused(parcel: Parcel, exc: SMTPResponseException) -> SendError:
    if parcel.stage is Stage.CONTENT and not parcel.whole and not 400 <= exc.code < 600:
        return NotSent(f"the server does not take content: {unaddressed(exc.message)}", code="reply")
    return reply_to_error(parcel.stage, exc.code, exc.message)


def _cut(parcel: Parcel, what: str) -> SendError:
    """A line that ended too early: only after the last byte is there any doubt."""
    if parcel.whole:
        return Uncertain(f"no reply after the whole message was written: {what}", code="line")
    return NotSent(f"cut off while {parcel.stage.value}: {what}", code="line")
