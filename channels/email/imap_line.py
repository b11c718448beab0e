"""One line to an IMAP server: commands out, answers in, everything bounded in time and size. source: RFC 3501

Written here because the libraries there are don't do for a line that has to hold for months: they block a thread for
each mailbox, hold answers of any size in memory, or let an announcement slip that comes in the same packet as the
"+" of IDLE.
"""

from __future__ import annotations

import asyncio
import base64
import re
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress

from channels.email.imap_answers import Answer, ImapGone, ImapRefused, read_answer
from channels.email.settings import ImapSettings

_LINE_LIMIT = 4 * 1024 * 1024  # the longest line: a search over two weeks of a very busy mailbox
_ANSWERS = 500_000  # the most answers to one command
_LITERAL = re.compile(rb"\{(\d{1,19})\+?\}\r?\n$")
_SLACK = 1_000_000  # servers count a mail's size a little differently
_GREETING_S = 20.0


class ImapLine:
    """A connection. Use one task at a time; after any `ImapGone` or cancellation only `close` may be called."""

    def __init__(
        self, transport: asyncio.Transport, reader: asyncio.StreamReader, settings: ImapSettings
    ) -> None:
        self._transport = transport
        self._reader = reader
        self._settings = settings
        self._number = 0
        self.capabilities: frozenset[str] = frozenset()
        self.announced = False  # whether the server spoke of new mail since this was last put back
        self.tls = ""  # the version, once it is encrypted

    @classmethod
    async def open(cls, settings: ImapSettings, context: ssl.SSLContext | None) -> ImapLine:
        """Connect, encrypt, log in. Raises `ImapGone` or `ImapRefused`, OSError, TimeoutError."""
        reader = asyncio.StreamReader(limit=_LINE_LIMIT)
        async with asyncio.timeout(max(settings.timeout_s, _GREETING_S)):
            transport, _ = await asyncio.get_running_loop().create_connection(
                lambda: asyncio.StreamReaderProtocol(reader),
                settings.host,
                settings.port,
                ssl=context if settings.security == "tls" else None,
            )
            line = cls(transport, reader, settings)
            try:
                await line._begin(context)
            except BaseException:
                line.close()
                raise
        return line

    async def _begin(self, context: ssl.SSLContext | None) -> None:
        _keep_alive(self._transport)
        greeting = await self._answer()
        if greeting.name == "BYE":
            raise ImapGone(f"the server says goodbye: {greeting.words}")
        if self._settings.security == "starttls":
            assert context is not None
            await self._encrypt(context)
        if encrypted := self._transport.get_extra_info("ssl_object"):
            self.tls = str(encrypted.version())
        await self._learn()
        if greeting.name != "PREAUTH":
            await self._log_in()
            await self._learn()

    async def _encrypt(self, context: ssl.SSLContext) -> None:
        """STARTTLS, or nothing: there is no way back to plain text.

        Reading goes on with a fresh buffer: what somebody slipped in before the encryption is dropped unread.
        """
        await self.command("STARTTLS")
        self._reader = asyncio.StreamReader(limit=_LINE_LIMIT)
        protocol = asyncio.StreamReaderProtocol(self._reader)
        transport = await asyncio.get_running_loop().start_tls(
            self._transport, protocol, context, server_hostname=self._settings.host
        )
        if transport is None:
            raise ImapGone("the line was closed while it was being encrypted")
        protocol.connection_made(transport)
        self._transport = transport

    async def _learn(self) -> None:
        answers = await self.command("CAPABILITY")
        found = [answer.items for answer in answers if answer.name == "CAPABILITY"]
        self.capabilities = frozenset(
            item.decode("ascii", "replace").upper()
            for items in found
            for item in items
            if isinstance(item, bytes)
        )

    async def _log_in(self) -> None:
        settings = self._settings
        if "AUTH=PLAIN" in self.capabilities:
            secret = f"\0{settings.username}\0{settings.password}".encode()
            await self._run(b"AUTHENTICATE PLAIN", more=base64.b64encode(secret))
        elif "LOGINDISABLED" in self.capabilities:
            raise ImapRefused("the server takes no password on an unencrypted line", code="PRIVACYREQUIRED")
        else:
            await self._run(b"LOGIN " + quoted(settings.username) + b" " + quoted(settings.password))

    async def command(self, text: str, *arguments: bytes) -> list[Answer]:
        """Send a command, return its untagged answers. Raises `ImapRefused` on NO and BAD."""
        async with asyncio.timeout(self._settings.timeout_s):
            return await self._run(b" ".join([text.encode("ascii"), *arguments]))

    async def transfer(self, text: str, size: int) -> list[Answer]:
        """The same for `size` bytes of content: a slow line gets more time, a dead one doesn't."""
        async with asyncio.timeout(self._settings.timeout_s + size / 50_000):
            return await self._run(text.encode("ascii"), literals=size + _SLACK)

    async def idle(self, at_most_s: float) -> None:
        """Wait until the server announces something, or the time is over. source: RFC 2177"""
        tag = self._write(b"IDLE")
        async with asyncio.timeout(self._settings.timeout_s):
            await self._until_asked(tag)
        with suppress(TimeoutError):
            async with asyncio.timeout(at_most_s):
                while not self.announced:
                    await self._untagged()
        async with asyncio.timeout(self._settings.timeout_s):
            self._transport.write(b"DONE\r\n")
            await self._finish(tag)

    async def _until_asked(self, tag: str) -> None:
        while (answer := await self._untagged(tag)).name != "+":
            if answer.tag:
                raise ImapRefused(f"IDLE: {answer.words}", code=answer.code)

    async def log_out(self) -> None:
        """Say goodbye; a server that doesn't listen any more is no trouble."""
        try:
            async with asyncio.timeout(2):
                await self._run(b"LOGOUT", goodbye=True)
        except (ImapGone, ImapRefused, OSError, TimeoutError):
            pass
        finally:
            self.close()

    def close(self) -> None:
        self._transport.abort()  # whatever was to be said has been said; nobody waits for an encrypted goodbye

    # The wire.

    def _write(self, command: bytes) -> str:
        self._number += 1
        tag = f"r{self._number}"
        self._transport.write(tag.encode() + b" " + command + b"\r\n")
        return tag

    async def _run(
        self, command: bytes, *, more: bytes = b"", literals: int = _SLACK, goodbye: bool = False
    ) -> list[Answer]:
        tag = self._write(command)
        return await self._finish(tag, more=more, literals=literals, goodbye=goodbye)

    async def _finish(
        self, tag: str, *, more: bytes = b"", literals: int = _SLACK, goodbye: bool = False
    ) -> list[Answer]:
        answers: list[Answer] = []
        left = literals
        while True:
            answer = await self._untagged(tag, literals=left, goodbye=goodbye)
            if answer.tag:
                if answer.name != "OK":
                    raise ImapRefused(answer.words or answer.name, code=answer.code)
                return [*answers, answer]
            if answer.name == "+" and more:
                self._transport.write(more + b"\r\n")
                more = b""
                continue
            left -= answer.literal_bytes
            answers.append(answer)
            if len(answers) > _ANSWERS:
                raise ImapGone("the server's answer has no end")

    async def _untagged(self, tag: str = "", *, literals: int = _SLACK, goodbye: bool = False) -> Answer:
        answer = await self._answer(literals)
        if answer.tag not in ("", tag):
            raise ImapGone("the server answers what was not asked")
        if answer.name == "BYE" and not goodbye:
            raise ImapGone(f"the server says goodbye: {answer.words}")
        if answer.name in ("EXISTS", "RECENT"):
            self.announced = True
        return answer

    async def _answer(self, literals: int = _SLACK) -> Answer:
        """One answer with its literals, however many lines it takes."""
        pieces: list[bytes] = []
        held: list[bytes] = []
        length = 0
        while True:
            line = await self._line()
            length += len(line)
            found = _LITERAL.search(line)
            if found is None or length > _LINE_LIMIT:
                break
            size = int(found[1])
            literals -= size
            if literals < 0:
                raise ImapGone(f"the server announces {size} bytes that nobody asked for")
            pieces.append(line[: found.start()])
            held.append(await self._exactly(size))
        if length > _LINE_LIMIT:
            raise ImapGone("the server sends a line without an end")
        return read_answer([*pieces, line.rstrip(b"\r\n")], held)

    async def _line(self) -> bytes:
        try:
            return await self._reader.readuntil(b"\n")
        except asyncio.IncompleteReadError as exc:
            raise ImapGone("the line was cut") from exc
        except asyncio.LimitOverrunError as exc:
            raise ImapGone("the server sends a line without an end") from exc

    async def _exactly(self, size: int) -> bytes:
        try:
            return await self._reader.readexactly(size)
        except asyncio.IncompleteReadError as exc:
            raise ImapGone("the line was cut") from exc


def quoted(text: str) -> bytes:
    """A quoted string. Raises `ImapRefused` for what can't be one."""
    if any(char in text for char in "\r\n\0"):
        raise ImapRefused("a name or password with a line end in it can't be sent", code="CLIENTBUG")
    return b'"' + text.replace("\\", "\\\\").replace('"', '\\"').encode() + b'"'


def folder_name(name: str) -> bytes:
    """A folder's name in the modified UTF-7 of IMAP, quoted. source: RFC 3501 §5.1.3"""
    written: list[str] = []
    for plain, foreign in re.findall(r"([ -~]+)|([^ -~]+)", name):
        written.append(plain.replace("&", "&-") if plain else _shifted(foreign))
    return quoted("".join(written))


def _shifted(text: str) -> str:
    letters = base64.b64encode(text.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
    return f"&{letters}-"


def uid_set(uids: Sequence[int]) -> str:
    return ",".join(map(str, uids))


def _keep_alive(transport: asyncio.Transport) -> None:
    """Let the system notice within two minutes that the other side is gone without a word."""
    plain: socket.socket | None = transport.get_extra_info("socket")
    if plain is None:
        return
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, name):
            plain.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
