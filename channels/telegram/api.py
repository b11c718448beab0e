"""Calls to the Bot API: one total time budget each, exact errors, and never a token in their words."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import orjson
from telegram import Bot
from telegram.error import TelegramError
from telegram.request import HTTPXRequest, RequestData

from channels.port import Malformed, NotSent, Rejected, SendError
from channels.telegram.errors import ApiError, BadAnswer, answer_to_error, as_never_doubtful, line_to_error
from channels.telegram.parse import KINDS
from channels.telegram.reader import load_json
from channels.telegram.redact import guard_library_logs
from channels.telegram.settings import TelegramSettings

T = TypeVar("T")

_POLL_GRACE_S = 10.0  # beyond what the server was asked to hold a poll
_SPARE_CONNECTIONS = 4  # the long poll, button answers, typing
_FILE_PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*", re.ASCII)


@dataclass(slots=True)
class _Flight:
    """How far the request of the current task got."""

    written: bool = False


_FLIGHT: ContextVar[_Flight | None] = ContextVar("telegram_flight", default=None)


class _Request(HTTPXRequest):
    """The library's transport, which keeps what it would drop: status, wait, and how far a request got.

    The library makes one `NetworkError` of a bad gateway and of a refused connection, and logs the bodies
    that it can't read.
    """

    def __init__(self, settings: TelegramSettings) -> None:
        super().__init__(
            connection_pool_size=settings.slots + _SPARE_CONNECTIONS,
            connect_timeout=settings.timeout_s,
            pool_timeout=settings.timeout_s,
            read_timeout=settings.media_timeout_s,  # the caller's total budget is the one that counts
            write_timeout=settings.media_timeout_s,
            media_write_timeout=settings.media_timeout_s,
            httpx_kwargs={"event_hooks": {"request": [_watch]}, "follow_redirects": False, "verify": _tls()},
        )

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *args: Any, **kwargs: Any
    ) -> tuple[int, bytes]:
        status, payload = await super().do_request(url, method, request_data, *args, **kwargs)
        if 200 <= status <= 299:
            return status, payload
        raise _refusal(status, payload)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        try:
            answer = load_json(payload)
        except Malformed:
            raise BadAnswer("the answer is not JSON") from None
        if not isinstance(answer, dict) or answer.get("ok") is not True or "result" not in answer:
            raise BadAnswer("the answer has no result")
        return answer


@cache
def _tls() -> ssl.SSLContext:
    """One for all accounts: reading the certificate authorities takes 20 ms and more."""
    return httpx.create_ssl_context()


async def _watch(request: httpx.Request) -> None:
    flight = _FLIGHT.get()
    if flight is not None:
        request.extensions["trace"] = _tracer(flight)


def _tracer(flight: _Flight) -> Callable[[str, dict[str, Any]], Awaitable[None]]:
    async def trace(event: str, info: dict[str, Any]) -> None:
        if event.endswith("send_request_body.started") and info["request"].method != b"CONNECT":
            flight.written = True

    return trace


def _refusal(status: int, payload: bytes) -> ApiError:
    """Read an error answer; a proxy's page instead of JSON still has its status."""
    try:
        answer = orjson.loads(payload)
    except orjson.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict):
        return ApiError(status, "", {})
    description, parameters = answer.get("description"), answer.get("parameters")
    return ApiError(
        status,
        description[:300] if isinstance(description, str) else "",
        parameters if isinstance(parameters, dict) else {},
    )


class Api:
    """One bot's line to the Bot API."""

    def __init__(self, settings: TelegramSettings) -> None:
        self._settings = settings
        self._redact = guard_library_logs(settings.token)
        self._request = _Request(settings)
        self.bot = Bot(
            settings.token,
            base_url=f"{settings.api_root}/bot",
            base_file_url=f"{settings.file_root}/file/bot",
            request=self._request,
            get_updates_request=self._request,
        )
        self._files = httpx.AsyncClient(
            verify=_tls(),
            timeout=settings.media_timeout_s,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=settings.slots),
        )

    async def close(self) -> None:
        await self._request.shutdown()
        await self._files.aclose()

    async def call(self, request: Callable[[], Awaitable[T]], *, budget_s: float | None = None) -> T:
        """Run one call within its total budget. Raises a `SendError`, nothing else.

        The library's error is not chained: its frames hold the URL, and the URL holds the token.
        """
        flight = _Flight()
        reset = _FLIGHT.set(flight)
        try:
            async with asyncio.timeout(self._settings.timeout_s if budget_s is None else budget_s):
                return await request()
        except ApiError as exc:
            error = answer_to_error(exc, self._redact(exc.message))
        except TimeoutError:
            error = line_to_error("the time budget is used up", written=flight.written)
        except SendError as exc:
            error = exc.with_traceback(None)
        except Exception as exc:  # whatever a library raises, the outcome is known or it is not
            error = line_to_error(self._describe(exc), written=flight.written)
        finally:
            _FLIGHT.reset(reset)
        raise error

    async def ask(self, request: Callable[[], Awaitable[T]], *, budget_s: float | None = None) -> T:
        """Run a call that changes nothing: like `call`, but a doubtful outcome is `NotSent`."""
        try:
            return await self.call(request, budget_s=budget_s)
        except SendError as exc:
            error = as_never_doubtful(exc)
        raise error

    async def updates(self, offset: int) -> list[object]:
        """Poll for updates from `offset` on, as plain JSON; waits on the server while there are none."""
        wait_s = self._settings.poll_s
        arguments = {"offset": offset, "timeout": wait_s, "limit": 100, "allowed_updates": list(KINDS)}
        # Lower case: `Bot.get_updates` would give its own types; method names know no case. source: Bot API
        result = await self.ask(
            lambda: self.bot.do_api_request("getupdates", arguments, read_timeout=wait_s + _POLL_GRACE_S),
            budget_s=wait_s + _POLL_GRACE_S,
        )
        if not isinstance(result, list):
            raise Rejected("getUpdates: the result is not a list")
        return result

    async def download(self, file_id: str) -> bytes:
        """Bring a file. Raises `Rejected` when it is too large or gone, else `NotSent`."""
        return await self.ask(lambda: self._download(file_id), budget_s=self._settings.media_timeout_s)

    async def _download(self, file_id: str) -> bytes:
        answer = await self.bot.do_api_request("getfile", {"file_id": file_id})
        path = answer.get("file_path") if isinstance(answer, dict) else None
        # A path from elsewhere must not lead to another place, or to a file of this machine.
        if not isinstance(path, str) or not _FILE_PATH.fullmatch(path) or ".." in path:
            raise Rejected("Telegram gives no usable path for this file", code="file_path")
        settings = self._settings
        url = f"{settings.file_root}/file/bot{settings.token}/{quote(path)}"
        async with self._files.stream("GET", url) as response:
            if response.status_code != 200:
                raise NotSent("the file can't be downloaded now", code=str(response.status_code))
            return await _read_up_to(response, settings.max_download_bytes)

    def _describe(self, exc: Exception) -> str:
        """Name an error by its first cause that is not the library's wrapping."""
        cause = exc.__cause__ if isinstance(exc, TelegramError) and exc.__cause__ is not None else exc
        words = self._redact(f"{type(cause).__name__}: {cause}".rstrip(": "))
        return words[:300]


async def _read_up_to(response: httpx.Response, limit: int) -> bytes:
    data = bytearray()
    async for chunk in response.aiter_bytes():
        data += chunk
        if len(data) > limit:
            raise Rejected(f"the file is larger than {limit} bytes", code="too_large")
    return bytes(data)
