"""A provider for sandbox accounts on a loopback port: takes each key once, and fails as planned."""

from __future__ import annotations

import asyncio
import socket
import threading
from types import TracebackType
from typing import Any, Self

import orjson
import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send


class SandboxProvider:
    """The stand-in, running in a thread from `start` to `stop`. An unused planned failure fails the test."""

    def __init__(self) -> None:
        self.sent: dict[str, dict[str, Any]] = {}  # by key, in the order of arrival
        self.files: dict[str, bytes] = {}
        self.calls = 0
        self._planned: list[tuple[str, int, dict[str, str]]] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            self._app,
            interface="asgi3",
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="sandbox-stand-in", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        assert kind is not None or not self._planned, f"planned failures that never happened: {self._planned}"

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()

    def answer_next(self, status: int, headers: dict[str, str] | None = None) -> None:
        """Answer the next send with this status, and take nothing."""
        self._planned.append(("answer", status, headers or {}))

    def cut_line_after_taking_next(self) -> None:
        self._planned.append(("cut", 0, {}))

    def hang_after_taking_next(self) -> None:
        self._planned.append(("hang", 0, {}))

    def _serve(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.calls += 1
        if request.method == "POST":
            response = await self._take(request, send)
        else:
            response = self._look_up(request.url.path)
        if response is not None:
            await response(scope, receive, send)

    async def _take(self, request: Request, send: Send) -> Response | None:
        body = orjson.loads(await request.body())
        kind, status, headers = self._planned.pop(0) if self._planned else ("", 0, {})
        if kind == "answer":
            return Response(b"", status, headers)
        key = request.headers["idempotency-key"]
        self.sent.setdefault(key, body | {"id": f"sandbox-{len(self.sent) + 1}"})
        if not kind:
            return JSONResponse({"id": self.sent[key]["id"]})
        if kind == "hang":
            await request.receive()  # says only that the caller has gone
        cycle: Any = send.__self__  # type: ignore[attr-defined]
        cycle.transport.abort()
        await request.receive()
        return None

    def _look_up(self, path: str) -> Response:
        if path.startswith("/files/"):
            data = self.files.get(path.removeprefix("/files/"))
            return Response(b"", 404) if data is None else Response(data, media_type="image/jpeg")
        known = self.sent.get(path.removeprefix("/sent/"))
        return Response(b"", 404) if known is None else JSONResponse({"id": known["id"]})
