"""The HTTP door: provider hooks on the raw body, health and numbers. No framework work on the hot path."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.budgets import Budgets
from bot.intake import Intake
from bot.measures import Measures
from bot.store.port import StoreRefused
from channels.port import Door, HookRequest, Malformed, Overloaded, Unsupported, Untrusted

log = structlog.get_logger()

_BODY_TIMEOUT_S = 15.0
_PREFIX = "/hooks/"
_PLAIN = "text/plain; charset=utf-8"


class TooLarge(Exception):
    """The body is larger than this server takes."""


class Gone(Exception):
    """The caller went away."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    text: str = "OK"
    retry_after_s: int = 0
    kind: str = _PLAIN


class Hooks:
    """`/hooks/<account id>` and `/hooks/<account id>/status`: durable first, then 200.

    Plain ASGI: a framework's routing and middleware would cost as much again as everything done here.
    """

    def __init__(
        self,
        doors: Mapping[str, Door],
        intake: Intake,
        budgets: Budgets,
        *,
        max_body_bytes: int,
        public_url: str,
    ) -> None:
        self._doors = doors
        self._intake = intake
        self._budgets = budgets
        self._max_body_bytes = max_body_bytes
        self._public_url = public_url.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._answer(scope, receive)
        body = answer.text.encode()
        headers = [(b"content-type", answer.kind.encode()), (b"content-length", str(len(body)).encode())]
        if answer.retry_after_s:
            headers.append((b"retry-after", str(answer.retry_after_s).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        account_id, _, rest = scope["path"][len(_PREFIX) :].partition("/")
        door = self._doors.get(account_id)
        if door is None or rest not in ("", "status"):
            return Answer(404, "there is no such account")
        if scope["method"] != "POST":
            return Answer(405, "only POST is taken here")
        try:
            body = await self._budgets.within(
                _BODY_TIMEOUT_S, read_body(scope, receive, self._max_body_bytes)
            )
        except TooLarge:
            return Answer(413, f"larger than {self._max_body_bytes} bytes")
        except (Gone, TimeoutError):
            return Answer(408, "the body did not arrive")
        return await self._take(door, scope, body)

    async def _take(self, door: Door, scope: Scope, body: bytes) -> Answer:
        account_id = door.account_id
        kind, text = door.capabilities.hook_answer  # Twilio would send a plain text on to the customer
        taken = Answer(200, text, kind=kind)
        try:
            envelopes = door.open_hook(self._hook_request(scope, body))
            await self._intake.accept(account_id, envelopes)
        except Untrusted as error:
            log.warning("hook_untrusted", account=account_id, reason=str(error))
            if body:
                await self._intake.quarantine(account_id, body, f"Untrusted: {error}")
            return Answer(403, "not allowed")
        except Malformed as error:
            await self._intake.quarantine(account_id, body, f"Malformed: {error}")
            return Answer(400, f"can't be read: {error}")
        except StoreRefused as error:
            log.error("hook_refused_by_database", account=account_id, error=str(error))
            await self._intake.quarantine(account_id, body, "Malformed: the database can't keep it as it is")
            return Answer(400, "can't be kept as it is")
        except Unsupported:
            return taken
        except Overloaded:
            return Answer(503, "try again later", retry_after_s=5)
        except Exception:
            log.exception("hook_failed", account=account_id)
            await self._intake.quarantine(account_id, body, "the door failed on this call")
            return Answer(500, "internal error")
        return taken

    def _hook_request(self, scope: Scope, body: bytes) -> HookRequest:
        query = scope["query_string"].decode("latin-1")
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        base = self._public_url or f"{scope['scheme']}://{headers.get('host', '')}"
        client = scope["client"]
        return HookRequest(
            url=f"{base}{scope['path']}?{query}" if query else f"{base}{scope['path']}",
            headers=headers,
            body=body,
            client=client[0] if client else "",
        )


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The whole body. Raises `TooLarge` before more than `limit` bytes are held, and `Gone`."""
    for key, value in scope["headers"]:
        if key == b"content-length" and value.isdigit() and int(value) > limit:
            raise TooLarge
    message = await _receive(receive)
    if not message.get("more_body"):  # nearly always: the body came with its head
        body: bytes = message.get("body", b"")
        if len(body) > limit:
            raise TooLarge
        return body
    chunks = [message.get("body", b"")]
    size = len(chunks[0])
    while message.get("more_body"):
        message = await _receive(receive)
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > limit:
            raise TooLarge
    return b"".join(chunks)


async def _receive(receive: Receive) -> Message:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Gone
    return message


class BuiltLater:
    """An application that is built by its first request, beside the loop: who never calls it, never pays for it."""

    def __init__(self, build: Callable[[], ASGIApp]) -> None:
        self._build = build
        self._built: ASGIApp | None = None
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._built is None:
            async with self._one_at_a_time:
                if self._built is None:
                    self._built = await asyncio.to_thread(self._build)
        await self._built(scope, receive, send)


class _Web:
    """Hooks go their own short way, everything else through the application."""

    def __init__(self, hooks: Hooks | None, app: Starlette) -> None:
        self._hooks = hooks
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._hooks is not None and scope["path"].startswith(_PREFIX):
            await self._hooks(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def once_each(routes: Iterable[BaseRoute]) -> list[BaseRoute]:
    """One route an address: two accounts of a channel bring the same widget."""
    by_path: dict[str, BaseRoute] = {}
    for route in routes:
        by_path.setdefault(getattr(route, "path", ""), route)
    return list(by_path.values())


def build_web(
    routes: Sequence[BaseRoute],
    hooks: Hooks | None,
    *,
    ready: Callable[[], Awaitable[list[str]]],
    before_numbers: Callable[[], None],
    measures: Measures,
) -> ASGIApp:
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

    base = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
    return _Web(hooks, Starlette(routes=[*base, *routes], exception_handlers={Exception: failed}))
