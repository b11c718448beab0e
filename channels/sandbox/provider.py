"""Calls to a stand-in provider over HTTP, with every outcome named by its error."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import httpx
import orjson

from channels.port import (
    NotSent,
    OptedOut,
    OutboundMessage,
    Receipt,
    Rejected,
    SendError,
    Throttled,
    Uncertain,
)
from channels.sandbox.settings import SandboxSettings
from channels.sandbox.wire import to_provider

DEFAULT_WAIT_S = 1.0  # when a 429 names no time
MAX_WAIT_S = 3_600.0

# Nothing of the request can have been read by the provider.
_BEFORE_WRITING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class Provider:
    """The provider of one account: one pooled client, one total budget a call."""

    def __init__(self, settings: SandboxSettings, *, slots: int) -> None:
        self._settings = settings
        self._base = settings.outbound_url.rstrip("/")
        self._slots = slots
        self._client: httpx.AsyncClient | None = None

    async def send(self, message: OutboundMessage) -> Receipt:
        """Post one message under its idempotency key. Raises a `SendError`."""
        headers = {"content-type": "application/json", "idempotency-key": message.id}
        body = to_provider(message, via=self._settings.via)
        response = await self._call("POST", f"{self._base}/send", content=body, headers=headers)
        if response.is_success:
            return Receipt(_provider_id(response, message.id))
        raise _refusal(response)

    async def look_up(self, key: str) -> Receipt | None:
        """Whether the provider has a message of this key. Raises `NotSent` when it can't tell."""
        try:
            response = await self._call("GET", f"{self._base}/sent/{quote(key, safe='')}")
        except Uncertain as error:
            raise NotSent(f"the look-up got no answer: {error}") from error
        if response.status_code == 404:
            return None
        if response.is_success:
            return Receipt(_provider_id(response, key))
        raise NotSent(f"the look-up was answered {response.status_code}", code=str(response.status_code))

    async def download(self, file_id: str, *, max_bytes: int) -> tuple[bytes, str]:
        """A file's bytes and claimed media type. Raises `NotSent` (try again) or `Rejected` (never)."""
        try:
            response = await self._call("GET", f"{self._base}/files/{file_id}")
        except Uncertain as error:
            raise NotSent(f"the download broke off: {error}") from error
        if response.status_code >= 500 or response.status_code == 429:
            raise NotSent(
                f"the file can't be had now: {response.status_code}", code=str(response.status_code)
            )
        if not response.is_success:
            raise Rejected("the provider does not have this file", code=str(response.status_code))
        if len(response.content) > max_bytes:
            raise Rejected(f"the file is larger than {max_bytes} bytes", code="too_large")
        return response.content, response.headers.get("content-type", "").partition(";")[0].strip()

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _call(
        self, method: str, url: str, *, content: bytes = b"", headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """One request. A cut before anything was written is `NotSent`, any later one `Uncertain`."""
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                return await self._connected().request(method, url, content=content, headers=headers)
        except _BEFORE_WRITING as error:
            raise NotSent(f"no connection to the provider: {_short(error)}", code="connect") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Uncertain(f"the connection broke off: {_short(error)}", code="cut") from error
        except TimeoutError as error:
            message = f"no answer within {self._settings.timeout_s:g} s"
            raise Uncertain(message, code="timeout") from error

    def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            budget_s = self._settings.timeout_s
            self._client = httpx.AsyncClient(
                limits=httpx.Limits(max_connections=self._slots, max_keepalive_connections=self._slots),
                timeout=httpx.Timeout(budget_s, connect=min(5.0, budget_s)),
                follow_redirects=False,
                trust_env=False,  # a proxy of the machine must not see or change what a test measures
            )
        return self._client


def _refusal(response: httpx.Response) -> SendError:
    """Name the outcome of an answer that is no success."""
    status, code = response.status_code, str(response.status_code)
    if status == 429:
        wait_s = _retry_after_s(response.headers.get("retry-after", ""))
        return Throttled(f"the provider asks to wait {wait_s:g} s", retry_after_s=wait_s, code=code)
    if status == 410:
        return OptedOut("this address wants no messages", code=code)
    if status == 503:
        return NotSent("the provider is not available", code=code)
    if status >= 500 or status < 400:
        return Uncertain(f"the provider answered {status}", code=code)
    return Rejected(f"the provider refused the message: {status}", code=code)


def _retry_after_s(value: str) -> float:
    try:
        return min(max(float(value), 0.0), MAX_WAIT_S)
    except ValueError:
        return DEFAULT_WAIT_S


def _provider_id(response: httpx.Response, key: str) -> str:
    """The provider's id, or our key where it gives none."""
    try:
        answer = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return key
    given = answer.get("id") if isinstance(answer, dict) else None
    return given if isinstance(given, str) and 0 < len(given) <= 200 else key


def _short(error: Exception) -> str:
    """The kind of a failure, without the address or anything else it was told."""
    return type(error).__name__
