"""The HTTP door: provider hooks on the raw body, health and numbers. No framework work on the hot path."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

import structlog
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.intake import Intake
from bot.measures import Measures
from bot.store.port import StoreRefused
from channels.port import Door, HookRequest, Malformed, Overloaded, Unsupported, Untrusted

log = structlog.get_logger()

_OK = b"OK"
_BODY_TIMEOUT_S = 15.0


class TooLarge(Exception):
    """The body is larger than this server takes."""


class Hooks:
    """`/hooks/<account id>` and `/hooks/<account id>/status`: durable first, then 200."""

    def __init__(
        self,
        doors: Mapping[str, Door],
        intake: Intake,
        *,
        max_body_bytes: int,
        public_url: str,
    ) -> None:
        self._doors = doors
        self._intake = intake
        self._max_body_bytes = max_body_bytes
        self._public_url = public_url.rstrip("/")

    async def __call__(self, request: Request) -> Response:
        account_id = request.path_params["account"]
        door = self._doors.get(account_id)
        if door is None:
            return PlainTextResponse("there is no such account", 404)
        try:
            body = await read_body(request, self._max_body_bytes)
        except TooLarge:
            return PlainTextResponse(f"larger than {self._max_body_bytes} bytes", 413)
        except (ClientDisconnect, TimeoutError):
            return PlainTextResponse("the body did not arrive", 408)
        return await self._take(door, request, body)

    async def _take(self, door: Door, request: Request, body: bytes) -> Response:
        account_id = door.account_id
        try:
            envelopes = door.open_hook(self._hook_request(request, body))
            await self._intake.accept(account_id, envelopes)
        except Untrusted as error:
            log.warning("hook_untrusted", account=account_id, reason=str(error))
            if body:
                await self._intake.quarantine(account_id, body, f"Untrusted: {error}")
            return PlainTextResponse("not allowed", 403)
        except Malformed as error:
            await self._intake.quarantine(account_id, body, f"Malformed: {error}")
            return PlainTextResponse(f"can't be read: {error}", 400)
        except StoreRefused as error:
            log.error("hook_refused_by_database", account=account_id, error=str(error))
            await self._intake.quarantine(account_id, body, "Malformed: the database can't keep it as it is")
            return PlainTextResponse("can't be kept as it is", 400)
        except Unsupported:
            return Response(_OK)
        except Overloaded:
            return PlainTextResponse("try again later", 503, headers={"Retry-After": "5"})
        except Exception:
            log.exception("hook_failed", account=account_id)
            await self._intake.quarantine(account_id, body, "the door failed on this call")
            return PlainTextResponse("internal error", 500)
        return Response(_OK)

    def _hook_request(self, request: Request, body: bytes) -> HookRequest:
        url = request.url
        public = f"{self._public_url}{url.path}" + (f"?{url.query}" if url.query else "")
        return HookRequest(
            url=public if self._public_url else str(url),
            headers={key.decode("latin-1"): value.decode("latin-1") for key, value in request.headers.raw},
            body=body,
            client=request.client.host if request.client else "",
        )


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body. Raises `TooLarge` before more than `limit` bytes are held, and `TimeoutError`."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise TooLarge
    chunks: list[bytes] = []
    size = 0
    async with asyncio.timeout(_BODY_TIMEOUT_S):
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise TooLarge
            chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def build_web(
    routes: Sequence[BaseRoute],
    hooks: Hooks | None,
    *,
    ready: Callable[[], Awaitable[list[str]]],
    before_numbers: Callable[[], None],
    measures: Measures,
) -> Starlette:
    """All routes of this process. `ready` names what is missing; empty means ready."""

    async def healthz(request: Request) -> Response:
        return PlainTextResponse("ok")

    async def readyz(request: Request) -> Response:
        missing: list[str] = ["not answering"]
        with suppress(TimeoutError):
            async with asyncio.timeout(3):
                missing = await ready()
        return JSONResponse({"ready": not missing, "missing": missing}, 503 if missing else 200)

    async def metrics(request: Request) -> Response:
        before_numbers()
        return Response(measures.page(), media_type=CONTENT_TYPE_LATEST)

    async def failed(request: Request, error: Exception) -> Response:
        log.error("request_failed", path=request.url.path, exc_info=error)
        return PlainTextResponse("internal error", 500)

    base: list[BaseRoute] = []
    if hooks is not None:
        base.append(Route("/hooks/{account}", hooks.__call__, methods=["POST"]))
        base.append(Route("/hooks/{account}/status", hooks.__call__, methods=["POST"]))
    base += [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
    return Starlette(routes=[*base, *routes], exception_handlers={Exception: failed})
