"""A mail server on a loopback port, for what real ones can't be made to do: wrong replies, cut and silent lines."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

USER, PASSWORD = "support@example.org", "mail-password-0123456789"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A mail as it came over the line, dots undone."""

    sender: str
    to: str
    content: bytes


class MailServer:
    """Runs in a thread from `start` to `stop`. An unused planned failure fails the test."""

    def __init__(self, *, size: int = 0, smtputf8: bool = False) -> None:
        self.taken: list[Taken] = []
        self.connections = 0
        self.port = 0
        self.size = size
        self.smtputf8 = smtputf8
        self._plan: list[tuple[str, str]] = []  # (the step it happens at, what happens)
        self._loop: asyncio.AbstractEventLoop
        self._over = asyncio.Event()
        self._ready = threading.Event()
        self.lines: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve()), name="mail-stand-in", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        assert kind is not None or not self._plan, f"planned failures that never happened: {self._plan}"

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join(10)
            assert not self._thread.is_alive()

    def reply_next(self, step: str, reply: str) -> None:
        """Answer the next `step` ("connect", "auth", "mail", "rcpt", "data" or "end") with this line."""
        self._plan.append((step, reply))

    def cut_next(self, step: str) -> None:
        """Cut the line at the next `step`; at "end" the mail has been taken."""
        self._plan.append((step, "cut"))

    def hang_next(self, step: str) -> None:
        self._plan.append((step, "hang"))

    def drop_lines(self) -> None:
        """Cut every line, as a server does with idle ones."""
        done = threading.Event()

        def drop() -> None:
            for line in self.lines:
                line.close()
            done.set()

        self._loop.call_soon_threadsafe(drop)
        assert done.wait(5)

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._session, "127.0.0.1", 0, limit=1 << 20)
        self.port = server.sockets[0].getsockname()[1]
        self._loop = asyncio.get_running_loop()
        self._ready.set()
        await self._over.wait()
        server.close()
        for line in self.lines:
            line.transport.abort()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.lines.add(writer)
        try:
            await _Talk(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, _Over):
            pass
        finally:
            self.lines.discard(writer)
            writer.close()

    def planned(self, step: str) -> str:
        for at, (when, what) in enumerate(self._plan):
            if when == step:
                del self._plan[at]
                return what
        return ""


class _Over(Exception):
    """The line is to be cut."""


class _Talk:
    def __init__(
        self, server: MailServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._sender = self._to = ""

    async def run(self) -> None:
        await self._say("connect", "220 mail.example.org ESMTP")
        steps: dict[str, Callable[[str], object]] = {
            "EHLO": self._ehlo, "AUTH": self._auth, "MAIL": self._mail, "RCPT": self._rcpt, "DATA": self._data,
        }  # fmt: skip
        while True:
            line = (await self._reader.readuntil(b"\r\n")).decode().rstrip("\r\n")
            verb = line[:4].upper()
            if verb == "QUIT":
                await self._say("", "221 bye")
                return
            if verb in steps:
                await steps[verb](line)  # type: ignore[misc]  # each is a coroutine function
            else:
                await self._say("", "250 OK" if verb in ("RSET", "NOOP") else "502 what?")

    async def _say(self, step: str, reply: str) -> bool:
        """Reply, or do what was planned for this step; whether it went as usual."""
        planned = self._server.planned(step) if step else ""
        if planned == "cut":
            self._writer.transport.abort()
            raise _Over
        if planned == "hang":
            await asyncio.sleep(3600)
        self._writer.write(f"{planned or reply}\r\n".encode())
        await self._writer.drain()
        if planned.startswith("421"):
            raise _Over
        return not planned

    async def _ehlo(self, line: str) -> None:
        more = [f"250-SIZE {self._server.size}"] if self._server.size else []
        more += ["250-SMTPUTF8"] if self._server.smtputf8 else []
        await self._say("ehlo", "\r\n".join(["250-mail.example.org", *more, "250 AUTH PLAIN"]))

    async def _auth(self, line: str) -> None:
        secret = base64.b64decode(line.split()[2]).split(b"\0")
        right = secret[1:] == [USER.encode(), PASSWORD.encode()]
        await self._say("auth", "235 2.7.0 welcome" if right else "535 5.7.8 authentication failed")

    async def _mail(self, line: str) -> None:
        self._sender = line.partition("<")[2].partition(">")[0]
        await self._say("mail", "250 2.1.0 OK")

    async def _rcpt(self, line: str) -> None:
        self._to = line.partition("<")[2].partition(">")[0]
        await self._say("rcpt", "250 2.1.5 OK")

    async def _data(self, line: str) -> None:
        if not await self._say("data", "354 go on"):
            return
        lines: list[bytes] = []
        while (each := await self._reader.readuntil(b"\r\n")) != b".\r\n":
            lines.append(each[1:] if each.startswith(b".") else each)
        mail = Taken(sender=self._sender, to=self._to, content=b"".join(lines))
        self._server.taken.append(mail)
        if not await self._say("end", "250 2.0.0 queued"):
            self._server.taken.remove(mail)
