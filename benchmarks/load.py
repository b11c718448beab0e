"""A lean HTTP load generator: keep-alive connections, one request at a time on each, latencies kept."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast


@dataclass(slots=True)
class Load:
    """What a run saw. Times in seconds."""

    took_s: float = 0.0
    latencies_s: list[float] = field(default_factory=list)
    refused: int = 0

    @property
    def per_s(self) -> float:
        return len(self.latencies_s) / self.took_s if self.took_s else 0.0

    def at(self, share: float) -> float:
        """A percentile of the latencies in milliseconds."""
        ordered = sorted(self.latencies_s)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class _Connection(asyncio.Protocol):
    """Sends the next request when the answer to the last one is complete (small bodies, no chunks)."""

    def __init__(self, requests: Iterator[bytes], load: Load, done: asyncio.Future[None]) -> None:
        self._requests = requests
        self._load = load
        self._done = done
        self._buffer = b""
        self._sent_at = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is not a subclass
        self._next()

    def _next(self) -> None:
        request = next(self._requests, None)
        assert self._transport is not None
        if request is None:
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, gap, body = self._buffer.partition(b"\r\n\r\n")
        if not gap:
            return
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        if len(body) < length:
            return
        self._load.latencies_s.append(time.perf_counter() - self._sent_at)
        if not head.startswith(b"HTTP/1.1 2"):
            self._load.refused += 1
        self._buffer = b""
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_result(None)


def post(path: str, body: bytes) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n".encode()
        + body
    )


async def saturate(port: int, requests: Sequence[bytes], *, connections: int) -> Load:
    """Send everything as fast as the server answers."""
    load = Load()
    loop = asyncio.get_running_loop()
    queue = iter(requests)
    done: list[asyncio.Future[None]] = [loop.create_future() for _ in range(connections)]
    began = time.perf_counter()
    for future in done:
        await loop.create_connection(lambda f=future: _Connection(queue, load, f), "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*done)
    load.took_s = time.perf_counter() - began
    return load


async def pace(port: int, requests: Sequence[bytes], *, per_s: float, connections: int = 16) -> Load:
    """Send at a steady rate; a late server does not slow the sender down."""
    load = Load()
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[bytes] = asyncio.Queue()
    began = time.perf_counter()

    async def send_all() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while request := await waiting.get():
                sent_at = time.perf_counter()
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                load.latencies_s.append(time.perf_counter() - sent_at)
                load.refused += not head.startswith(b"HTTP/1.1 2")
        finally:
            writer.close()

    senders = [loop.create_task(send_all()) for _ in range(connections)]
    for number, request in enumerate(requests):
        await asyncio.sleep(max(0.0, began + number / per_s - time.perf_counter()))
        waiting.put_nowait(request)
    for _ in senders:
        waiting.put_nowait(b"")
    await asyncio.gather(*senders)
    load.took_s = time.perf_counter() - began
    return load
