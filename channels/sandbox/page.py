"""The page /sandbox (demo mode only): write as a customer on any channel and see what comes back, live.

A page posts to ``/sandbox/<account>/say`` what a provider would post to ``/hooks/<account>`` and reads
``/sandbox/<account>/events?thread=…``, a WebSocket that first sends ``{"type": "history", "messages": […]}``
and then ``{"type": "message", …}`` and ``{"type": "typing", …}`` as they happen.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote, urlsplit

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from channels.port import Host, Malformed, Overloaded, Shown, Typing
from channels.sandbox.door import SandboxDoor
from channels.sandbox.wire import MAX_ID, cut

FOLDER: Final = Path(__file__).parent / "page"
FILES: Final = {
    "app.js": "text/javascript; charset=utf-8",
    "words.js": "text/javascript; charset=utf-8",
    "style.css": "text/css; charset=utf-8",
}
MAX_SAY_BYTES: Final = 1_048_576
MAX_ADVANCE: Final = timedelta(days=366)
LATEST: Final = 2**53  # before every sequence number there will ever be
HISTORY: Final = 100  # messages of a thread a page starts with
WRITE_S: Final = 10.0  # for a page to take one frame
ACCEPT_S: Final = 10.0  # for the journal to make a message durable
_SHOWN_IN_PLACE: Final = frozenset(("image/jpeg", "image/png", "image/gif", "image/webp"))
NOBODY: Final[Mapping[str, str]] = MappingProxyType({})
_SHA = re.compile(r"[0-9a-f]{64}")
_SAFE: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}

Advance = Callable[[timedelta], datetime]
Endpoint = Callable[[Request], Awaitable[Response]]


def sandbox_routes(
    doors: Sequence[SandboxDoor],
    host: Host,
    advance: Advance,
    *,
    company: str = "",
    timezone: str = "UTC",
    colleagues: Mapping[str, str] = NOBODY,
) -> list[BaseRoute]:
    """One page for all sandbox accounts. `advance` moves the program's clock and gives its new time.

    `colleagues` are e-mail addresses with a name each, whose inboxes can be looked into: alerts arrive there.
    """
    told = {"company": company, "timezone": timezone, "colleagues": dict(colleagues)}
    page = _Page({door.account_id: door for door in doors}, host, advance, told)
    return [
        Route("/sandbox", page.show, methods=["GET"]),
        Route("/sandbox/state", page.state, methods=["GET"]),
        Route("/sandbox/clock", _own_pages_only(page.clock), methods=["POST"]),
        Route("/sandbox/file/{name}", page.file, methods=["GET"]),
        Route("/sandbox/media/{sha}", page.media, methods=["GET"]),
        Route("/sandbox/{account}/say", _own_pages_only(page.say), methods=["POST"]),
        Route("/sandbox/{account}/media", _own_pages_only(page.upload), methods=["POST"]),
        WebSocketRoute("/sandbox/{account}/events", page.events),
    ]


class _Page:
    """The page's addresses, over the doors it may use."""

    def __init__(
        self, doors: dict[str, SandboxDoor], host: Host, advance: Advance, told: Mapping[str, object]
    ) -> None:
        self._doors = doors
        self._host = host
        self._advance = advance
        self._told = told

    async def show(self, request: Request) -> Response:
        return _static("index.html", "text/html; charset=utf-8")

    async def file(self, request: Request) -> Response:
        name = request.path_params["name"]
        return _static(name, FILES[name]) if name in FILES else _answer(404, {"error": "no such file"})

    async def state(self, request: Request) -> Response:
        """What the page needs to begin: the accounts, and the program's time."""
        body = {
            **self._told,
            "now": self._host.now().isoformat(),
            "accounts": [_account(door) for door in self._doors.values()],
        }
        return _answer(200, body)

    async def clock(self, request: Request) -> Response:
        """Move the program's time forward by `advance_s` seconds."""
        payload = await _json(request)
        seconds = payload.get("advance_s") if isinstance(payload, dict) else None
        if type(seconds) is not int or not 0 < seconds <= MAX_ADVANCE.total_seconds():
            return _answer(400, {"error": "advance_s must be a whole number of seconds, a year at most"})
        return _answer(200, {"now": self._advance(timedelta(seconds=seconds)).isoformat()})

    async def say(self, request: Request) -> Response:
        """Take what a customer says, as the account's hook would; answered once it is durable."""
        door = self._doors.get(request.path_params["account"])
        if door is None:
            return _answer(404, {"error": "no such sandbox account"})
        try:
            envelopes = cut(await _body(request, MAX_SAY_BYTES))
            for envelope in envelopes:
                door.parse_status(envelope.raw) if envelope.kind == "status" else door.parse(envelope.raw)
            async with asyncio.timeout(ACCEPT_S):
                fresh = await self._host.accept(door.account_id, envelopes)
        except Malformed as error:
            return _answer(400, {"error": str(error)})
        except (Overloaded, TimeoutError):
            return _answer(503, {"error": "not taken: please try again"})
        return _answer(200, {"accepted": sum(fresh), "known": len(fresh) - sum(fresh)})

    async def upload(self, request: Request) -> Response:
        door = self._doors.get(request.path_params["account"])
        if door is None:
            return _answer(404, {"error": "no such sandbox account"})
        mime = request.headers.get("content-type", "").partition(";")[0].strip()
        try:
            data = await _body(request, door.settings.max_file_bytes)
            file = await self._host.store_media(
                data, name=request.query_params.get("name", "")[:MAX_ID], claimed_mime=mime
            )
        except Malformed as error:
            return _answer(400, {"error": str(error)})
        return _answer(200, _file(file))

    async def media(self, request: Request) -> Response:
        sha = request.path_params["sha"]
        found = await self._host.load_media(f"media:{sha}") if _SHA.fullmatch(sha) else None
        if found is None:
            return _answer(404, {"error": "no such file"})
        mime = (
            found.attachment.mime if found.attachment.mime in _SHOWN_IN_PLACE else "application/octet-stream"
        )
        shown = "inline" if mime in _SHOWN_IN_PLACE else "attachment"
        headers = _SAFE | {
            "content-disposition": f"{shown}; filename*=UTF-8''{quote(found.attachment.name or sha)}",
            "content-security-policy": "default-src 'none'; sandbox",
            "cache-control": "private, max-age=86400",
        }
        return Response(found.data, media_type=mime, headers=headers)

    async def events(self, socket: WebSocket) -> None:
        """Show one thread: first its history, then what happens."""
        account = socket.path_params["account"]
        thread = socket.query_params.get("thread", "")
        if account not in self._doors or not 0 < len(thread) <= MAX_ID or not _from_own_page(socket.headers):
            await socket.close(code=1008)
            return
        await socket.accept()
        async with self._host.subscribe(account, thread) as live, asyncio.TaskGroup() as group:
            showing = group.create_task(self._show_thread(socket, account, thread, live))
            await _until_gone(socket)
            showing.cancel()

    async def _show_thread(
        self, socket: WebSocket, account: str, thread: str, live: AsyncIterator[Shown | Typing]
    ) -> None:
        past = await self._host.history(account, thread, before_seq=LATEST, limit=HISTORY)
        past = past or self._doors[account].shelf(thread)
        try:
            await _push(socket, {"type": "history", "messages": [_shown(message) for message in past]})
            async for event in live:
                await _push(socket, _event(event))
        except TimeoutError:
            await socket.close(code=1013)  # it takes nothing; it catches up when it comes back
        except (WebSocketDisconnect, RuntimeError):
            return  # it went away


async def _until_gone(socket: WebSocket) -> None:
    """Read and drop frames until the page closes."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def _push(socket: WebSocket, frame: dict[str, Any]) -> None:
    async with asyncio.timeout(WRITE_S):
        await socket.send_text(orjson.dumps(frame).decode())


def _event(event: Shown | Typing) -> dict[str, Any]:
    if isinstance(event, Typing):
        return {"type": "typing", "author": event.author, "on": event.on}
    return {"type": "message", **_shown(event)}


def _shown(message: Shown) -> dict[str, Any]:
    return {
        "id": message.id,
        "direction": message.direction,
        "author": message.author,
        "text": message.text,
        "at": message.at.isoformat(),
        "language": message.language,
        "buttons": [{"label": button.label, "value": button.value} for button in message.buttons],
        "attachments": [_file(file) for file in message.attachments],
        "provider_id": message.provider_id,
    }


def _file(file: Any) -> dict[str, Any]:
    return {"ref": file.ref, "kind": file.kind, "name": file.name, "mime": file.mime, "size": file.size}


def _account(door: SandboxDoor) -> dict[str, Any]:
    can = door.capabilities
    return {
        "id": door.account_id,
        "via": door.settings.via,
        "text_limit": can.text_limit,
        "buttons": can.buttons,
        "media": can.media,
        "receipts": sorted(can.receipts),
        "shown_here": not door.settings.outbound_url,
    }


def _own_pages_only(endpoint: Endpoint) -> Endpoint:
    """Refuse calls that a page of another site makes in a visitor's browser."""

    async def guarded(request: Request) -> Response:
        if not _from_own_page(request.headers):
            return _answer(403, {"error": "this address is for the sandbox page only"})
        try:
            return await endpoint(request)
        except Malformed as error:
            return _answer(400, {"error": str(error)})
        except ClientDisconnect:
            return _answer(400, {"error": "the call broke off"})

    return guarded


def _from_own_page(headers: Any) -> bool:
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host", "")


async def _body(request: Request, limit: int) -> bytes:
    """The body, read no further than the limit."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise Malformed(f"too large: at most {limit} bytes")
        parts.append(part)
    return b"".join(parts)


async def _json(request: Request) -> Any:
    try:
        return orjson.loads(await _body(request, 10_000))
    except orjson.JSONDecodeError as error:
        raise Malformed("the body is not JSON") from error


def _static(name: str, mime: str) -> Response:
    return Response(_content(name), media_type=mime, headers=_SAFE)


@cache
def _content(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def _answer(status: int, body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json", headers=_SAFE)
