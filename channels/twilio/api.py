"""Calls to Twilio through its SDK: one total time budget each, exact errors, no address in any log.

The SDK's own HTTP clients are replaced: they have no total budget, say neither how far a request got nor when to try
again, and log whole addresses. The SDK is imported when the first account is built: it takes 0.2 s and 27 MB.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
import orjson

from channels.guard import tls_context
from channels.port import SendError
from channels.twilio.errors import ApiError, BadAnswer, answer_to_error, as_never_doubtful, line_to_error
from channels.twilio.settings import TwilioSettings

T = TypeVar("T")

_API_VERSION = "/2010-04-01/"


@dataclass(slots=True)
class _Flight:
    """How far the request of the current task got."""

    written: bool = False


_FLIGHT: ContextVar[_Flight | None] = ContextVar("twilio_flight", default=None)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the SDK reads of an answer."""

    status_code: int
    text: str
    headers: httpx.Headers


class _Line:
    """The SDK's way to the network. Its `AsyncHttpClient` asks for no more than this.

    Error answers are raised here: the SDK's exceptions drop `Retry-After` and repeat the address.
    """

    is_async = True

    def __init__(self, settings: TwilioSettings) -> None:
        self._client = httpx.AsyncClient(
            verify=tls_context(),
            timeout=settings.media_timeout_s,  # a step; the caller's total budget is the one that counts
            follow_redirects=False,
            limits=httpx.Limits(max_connections=settings.slots + 2),
            event_hooks={"request": [_watch]},
        )

    async def request(
        self,
        method: str,
        url: str,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        **_: Any,  # time-out and redirects: ours to decide
    ) -> _Answer:
        given = {key: value for key, value in (params or {}).items() if value is not None}
        answer = await self._client.request(
            method, url, params=given or None, data=data or None, headers=headers, auth=auth
        )
        if not 200 <= answer.status_code <= 299:
            raise _refusal(answer)
        return _Answer(answer.status_code, answer.text, answer.headers)

    async def close(self) -> None:
        await self._client.aclose()


async def _watch(request: httpx.Request) -> None:
    flight = _FLIGHT.get()
    if flight is not None:
        request.extensions["trace"] = _tracer(flight)


def _tracer(flight: _Flight) -> Callable[[str, dict[str, Any]], Awaitable[None]]:
    async def trace(event: str, info: dict[str, Any]) -> None:
        if event.endswith("send_request_body.started") and info["request"].method != b"CONNECT":
            flight.written = True

    return trace


def _refusal(answer: httpx.Response) -> ApiError:
    """Read an error answer; a proxy's page instead of JSON still has its status."""
    try:
        body = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        body = None
    body = body if isinstance(body, dict) else {}
    code, words = body.get("code"), body.get("message", body.get("detail"))
    wait = answer.headers.get("retry-after", "")
    return ApiError(
        answer.status_code,
        code=code if isinstance(code, int) and not isinstance(code, bool) else 0,
        words=words[:300] if isinstance(words, str) else "",
        retry_after_s=float(wait) if wait.isascii() and wait.isdigit() and len(wait) < 7 else None,
    )


class _NoAddresses(logging.Filter):
    """Cuts the query off the URLs that httpx logs: look-ups name customers' numbers there."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(map(self._clean, record.args))
        return True

    @staticmethod
    def _clean(value: object) -> object:
        if isinstance(value, httpx.URL) and value.path.startswith(_API_VERSION):
            return value.copy_with(query=None)
        return value


_NO_ADDRESSES = _NoAddresses()


class Api:
    """One account's line to Twilio."""

    def __init__(self, settings: TwilioSettings) -> None:
        from twilio.rest import Client  # see above

        logging.getLogger("httpx").addFilter(_NO_ADDRESSES)
        self._settings = settings
        self._line = _Line(settings)
        # Not the environment of the process: a variable meant for another program must not move our calls.
        nothing = {"TWILIO_ACCOUNT_SID": settings.account_sid}
        self._sdk: Any = Client(
            settings.account_sid, settings.auth_token, http_client=self._line, environment=nothing
        )
        self._sdk.api.base_url = settings.api_base_url

    async def close(self) -> None:
        await self._line.close()

    async def create(self, fields: dict[str, Any]) -> str:
        """Send one message and return its SID. Raises a `SendError`; doubt is `Uncertain`."""

        async def request() -> str:
            message = await self._sdk.messages.create_async(**fields)
            if not isinstance(message.sid, str) or not message.sid:
                raise BadAnswer("the answer has no SID")
            return message.sid

        return await self._call(request)

    async def messages(self, *, limit: int, **filters: Any) -> list[Any]:
        """The account's messages, newest first. Raises a `SendError`, never `Uncertain`."""
        page_size = min(limit, 200)
        return await self._ask(
            lambda: self._sdk.messages.list_async(limit=limit, page_size=page_size, **filters)
        )

    async def get(self, url: str, params: dict[str, str] | None = None) -> dict[str, Any]:
        """Any resource as JSON. Raises a `SendError`, never `Uncertain`."""

        async def request() -> dict[str, Any]:
            answer = await self._sdk.request_async("GET", url, params=params)
            body = orjson.loads(answer.text)
            if not isinstance(body, dict):
                raise BadAnswer("the answer is not an object")
            return body

        return await self._ask(request)

    @property
    def account_url(self) -> str:
        return f"{self._settings.api_base_url}{_API_VERSION}Accounts/{self._settings.account_sid}"

    async def _ask(self, request: Callable[[], Awaitable[T]]) -> T:
        try:
            return await self._call(request)
        except SendError as exc:
            error = as_never_doubtful(exc)
        raise error

    async def _call(self, request: Callable[[], Awaitable[T]]) -> T:
        """Run one call within its total budget. The library's error is not chained: its frames hold the token."""
        flight = _Flight()
        reset = _FLIGHT.set(flight)
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                return await request()
        except ApiError as exc:
            error = answer_to_error(exc)
        except TimeoutError:
            error = line_to_error("the time budget is used up", written=flight.written)
        except SendError as exc:
            error = exc.with_traceback(None)
        except Exception as exc:  # whatever a library raises, the outcome is known or it is not
            error = line_to_error(type(exc).__name__, written=flight.written)
        finally:
            _FLIGHT.reset(reset)
        raise error
