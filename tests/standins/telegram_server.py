"""The HTTP side of the Bot API stand-in: requests in all documented forms, polls, webhook calls, faults."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import parse_qsl

import httpx
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from tests.standins.telegram_methods import Methods, Refused
from tests.standins.telegram_state import Delivery, Fault, Json, State, Taken, Upload

_LONGEST_POLL_S = 50


class BotApiApp:
    """The ASGI application. All its state is in `state`; it runs on one event loop."""

    def __init__(self, state: State, *, token: str, allow_http: bool, retry_s: float) -> None:
        self.state = state
        self.methods = Methods(state, allow_http=allow_http)
        self.closing = False
        self.polls = 0  # the running number of the latest poll; older ones are terminated
        self._token = token
        self._retry_s = retry_s
        self._news = asyncio.Event()

    def notify(self) -> None:
        """Wake all that waits for news; called on the loop."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        request = Request(scope, receive)
        response = await self._respond(request, send)
        if response is not None:
            await response(scope, receive, send)

    async def _respond(self, request: Request, send: Send) -> Response | None:
        path = request.url.path
        if path.startswith(f"/file/bot{self._token}/"):
            return self._download(path.removeprefix(f"/file/bot{self._token}/"))
        if not path.startswith("/bot"):
            return Response("not here", 404)
        token, _, method = path.removeprefix("/bot").partition("/")
        if token != self._token:
            return _refused(Refused(401, "Unauthorized"))
        return await self._call(method.lower(), request, send)

    async def _call(self, method: str, request: Request, send: Send) -> Response | None:
        arguments, uploads = await _read(request)
        at = self.state.clock.monotonic()
        self.state.taken.append(Taken(method=method, arguments=arguments, uploads=uploads, at=at))
        fault = self.state.take_fault(method)
        if fault is not None and fault.kind == "answer":
            return Response(fault.body, fault.status, fault.headers)
        if fault is not None and fault.kind == "cut_before":
            await _cut(request, send)
            return None
        response = await self._perform(method, arguments, uploads)
        if fault is None:
            return response
        await self._after(fault, request, send)
        return None

    async def _after(self, fault: Fault, request: Request, send: Send) -> None:
        """The request was taken; the caller never hears of it."""
        if fault.kind == "cut_after":
            return await _cut(request, send)
        await request.receive()  # says only that the caller has gone

    async def _perform(self, method: str, arguments: Json, uploads: dict[str, Upload]) -> Response:
        try:
            if method == "getupdates":
                return _ok(await self._poll(arguments))
            if method not in self.methods.table:
                raise Refused(404, "Not Found")
            with self.state.lock:
                return _ok(self.methods.table[method](arguments, uploads))
        except Refused as refused:
            return _refused(refused)

    async def _poll(self, arguments: Json) -> list[Json]:
        self.polls += 1
        mine = self.polls
        self.notify()  # an older poll ends with a conflict
        offset, limit = int(arguments.get("offset", 0)), int(arguments.get("limit", 100))
        with self.state.lock:
            if "allowed_updates" in arguments:
                self.state.allowed = json.loads(arguments["allowed_updates"])
            self.state.confirm_before(offset)
        wait_s = min(int(arguments.get("timeout", 0)), _LONGEST_POLL_S)
        try:
            async with asyncio.timeout(wait_s):
                await self._wait_for_updates(mine, offset)
        except TimeoutError:
            pass
        self._check_poll(mine)
        with self.state.lock:
            return self.state.updates_from(offset)[: max(1, min(limit, 100))]

    async def _wait_for_updates(self, mine: int, offset: int) -> None:
        self._check_poll(mine)
        while not self.state.updates_from(offset) and not self.closing:
            await self._news.wait()
            self._check_poll(mine)

    def _check_poll(self, mine: int) -> None:
        if self.state.webhook.url:
            words = (
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook"
            )
            raise Refused(409, f"Conflict: {words} first")
        if mine != self.polls:
            words = "terminated by other getUpdates request; make sure that only one bot instance is running"
            raise Refused(409, f"Conflict: {words}")

    def _download(self, path: str) -> Response:
        upload = self.state.files.get(path.removeprefix("files/"))
        if upload is None:
            return _refused(Refused(404, "Not Found"))
        fault = self.state.take_fault("download")
        if fault is not None:
            return Response(fault.body, fault.status, fault.headers)
        return Response(upload.data, media_type="application/octet-stream")

    async def deliver(self) -> None:
        """Call the webhook with each update in turn; what is not answered with 2xx comes again."""
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            while not self.closing:
                if self.state.webhook.url and self.state.updates:
                    await self._deliver_one(client)
                else:
                    await self._news.wait()

    async def _deliver_one(self, client: httpx.AsyncClient) -> None:
        webhook, update = self.state.webhook, self.state.updates[0]
        headers = {"content-type": "application/json"}
        if webhook.secret:
            headers["x-telegram-bot-api-secret-token"] = webhook.secret
        try:
            answer = await client.post(webhook.url, content=json.dumps(update), headers=headers)
            status, reason = answer.status_code, answer.reason_phrase
        except httpx.HTTPError as exc:
            status, reason = 0, type(exc).__name__
        number, at = update.get("update_id", 0), self.state.clock.monotonic()
        self.state.deliveries.append(Delivery(update_id=number, status=status, at=at))
        if 200 <= status <= 299:
            with self.state.lock:
                if self.state.updates and self.state.updates[0] is update:
                    self.state.updates.popleft()
            return
        webhook.last_error = f"Wrong response from the webhook: {status} {reason}"
        webhook.last_error_at = self.state.date()
        await asyncio.sleep(self._retry_s)


async def _read(request: Request) -> tuple[Json, dict[str, Upload]]:
    """Arguments come in the query, as a form, as multipart or as JSON. source: Bot API, Making requests"""
    arguments: Json = dict(parse_qsl(request.url.query))
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind == "application/json":
        return arguments | json.loads(await request.body()), {}
    uploads: dict[str, Upload] = {}
    if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        async with request.form() as form:
            for key, value in form.multi_items():
                if isinstance(value, UploadFile):
                    uploads[key] = await _upload(value)
                else:
                    arguments[key] = value
    return arguments, uploads


async def _upload(file: UploadFile) -> Upload:
    return Upload(name=file.filename or "", mime=file.content_type or "", data=await file.read())


async def _cut(request: Request, send: Send) -> None:
    """Reset the connection: the server's transport is known to the response cycle behind `send`."""
    cycle: Any = send.__self__  # type: ignore[attr-defined]
    cycle.transport.abort()
    await request.receive()  # until the server knows it too


def _ok(result: object) -> Response:
    return JSONResponse({"ok": True, "result": result})


def _refused(refused: Refused) -> Response:
    return JSONResponse(refused.body, refused.status)
