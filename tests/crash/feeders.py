"""Customers who write whatever happens: each feeder owns its conversations and retries until it hears "OK"."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import orjson

from benchmarks.load import post
from benchmarks.talk import messages

_AGAIN_S = 0.1


@dataclass(slots=True)
class Feeder:
    """Sends its next message only once the last one was accepted; alternates between the given ports."""

    number: int
    ports: Sequence[int]
    path: str = "/hooks/line"
    customers: int = 6
    pause_s: float = 0.05
    answer_s: float = 20.0  # a call that takes longer is made again, on the other port where there is one
    run_id: str = ""
    accepted: list[str] = field(default_factory=list)  # ids that were answered 2xx, in order
    refused: int = 0  # answers that said "try again"
    wrong: list[str] = field(default_factory=list)  # answers that no provider should get
    broken: int = 0  # calls that got no answer
    _bodies: Iterator[bytes] = field(init=False)
    _pipe: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    _turn: int = 0

    def __post_init__(self) -> None:
        run = self.run_id or f"{self.number:02d}"
        self._bodies = messages(10**9, conversations=self.customers, run=run)

    async def feed(self, stop: asyncio.Event) -> None:
        """Write until told to stop; the message under way may or may not have been taken."""
        for body in self._bodies:
            if stop.is_set():
                break
            await self.say(body, stop)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self.pause_s)
        self._hang_up()

    async def once(self, body: bytes) -> None:
        """One message until it is accepted, and hang up."""
        await self.say(body, asyncio.Event())
        self._hang_up()

    async def say(self, body: bytes, stop: asyncio.Event) -> None:
        """One message, again and again until it is accepted."""
        while not stop.is_set():
            status = await self._post(body)
            if 200 <= status < 300:
                self.accepted.append(orjson.loads(body)["id"])
                return
            if status == 503:
                self.refused += 1
            elif status:
                self.wrong.append(f"{status} for {body!r}")
            else:
                self.broken += 1
            self._hang_up()
            await asyncio.sleep(_AGAIN_S)

    async def _post(self, body: bytes) -> int:
        """The answer's status; 0 where there was none."""
        try:
            async with asyncio.timeout(self.answer_s):
                return await self._exchange(post(self.path, body))
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            return 0

    async def _exchange(self, request: bytes) -> int:
        if self._pipe is None:
            self._turn += 1
            port = self.ports[self._turn % len(self.ports)]
            self._pipe = await asyncio.open_connection("127.0.0.1", port)
        reader, writer = self._pipe
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        if len(self.ports) > 1 or b"connection: close" in head.lower():
            self._hang_up()  # the next one goes to the other port
        return int(head.split(b" ", 2)[1])

    def _hang_up(self) -> None:
        if self._pipe is not None:
            self._pipe[1].close()
            self._pipe = None
