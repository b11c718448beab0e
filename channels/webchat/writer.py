"""The way out to one page: a bounded queue, a budget for every write, a good-bye at the end."""

from __future__ import annotations

import asyncio

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from channels.webchat.frames import write_frame
from channels.webchat.settings import SocketLimits

CLOSE_TOO_LARGE = 1009
CLOSE_FAILED = 1011
CLOSE_RESTART = 1012
CLOSE_UNAUTHORISED = 4401
CLOSE_REPLACED = 4409

_log = structlog.get_logger("relais.webchat")


class Gone(Exception):
    """This page is not to be served any longer."""


class FrameWriter:
    """Writes frames in order from one task, so that no reader or event ever waits for a slow page."""

    def __init__(self, websocket: WebSocket, limits: SocketLimits) -> None:
        self._websocket = websocket
        self._limits = limits
        self._queue: asyncio.Queue[str] = asyncio.Queue(maxsize=limits.queue)
        self._farewell: tuple[int, str] | None = None
        self._wake = asyncio.Event()

    def post(self, kind: str, **values: object) -> None:
        """Queue a frame. Raises `Gone` for a page too slow to take what waits: it catches up from history."""
        try:
            self._queue.put_nowait(write_frame(kind, **values))
        except asyncio.QueueFull:
            _log.info("socket_dropped", reason="slow reader")
            raise Gone from None
        self._wake.set()

    def end(self, close_code: int, code: str, retry_after_s: float | None = None) -> None:
        """Say good-bye and close, after what waits has been written; only the first call counts."""
        if self._farewell is None:
            values = {} if retry_after_s is None else {"retry_after_s": retry_after_s}
            self._farewell = (close_code, write_frame("bye", code=code, **values))
            self._wake.set()

    async def run(self) -> None:
        """Write until told to end, or until the page fails to take a frame; then raises `Gone`."""
        while True:
            while not self._queue.empty():
                await self._write(self._queue.get_nowait())
            if self._farewell is not None:
                await self.close(*self._farewell)
                raise Gone
            await self._wake.wait()
            self._wake.clear()

    async def close(self, close_code: int, farewell: str) -> None:
        """Write a last frame and close now, whatever waits."""
        try:
            async with asyncio.timeout(self._limits.write_s):
                await self._websocket.send_text(farewell)
                await self._websocket.close(close_code)
        except (TimeoutError, RuntimeError, OSError, WebSocketDisconnect):
            return  # it is gone already

    async def _write(self, frame: str) -> None:
        try:
            async with asyncio.timeout(self._limits.write_s):
                await self._websocket.send_text(frame)
        except (TimeoutError, RuntimeError, OSError, WebSocketDisconnect) as error:
            _log.info("socket_dropped", reason=type(error).__name__)
            raise Gone from error
