"""A stand-in for Twilio's messaging API on a loopback port, written from the public documentation.

It checks what the real one checks, signs its calls with the SDK's own validator, keeps opt-outs and WhatsApp's window,
and goes wrong where a test plans it to; a planned fault that nobody ran into fails the test::

    with TwilioApi() as twilio:
        call = twilio.says("+213555000111", "Bonjour", url="https://bot.example.org/hooks/sms")
        …
        assert twilio.sent_to("+213555000111")[0].body == "Bonjour !"
"""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import threading
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlencode

import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from twilio.request_validator import RequestValidator

from bot.clock import Clock
from channels.port import HookRequest
from tests.standins.twilio_state import (
    ACCOUNT,
    NUMBER,
    SERVICE,
    TOKEN,
    Fault,
    File,
    Message,
    Refused,
    State,
    Taken,
)

_API = f"/2010-04-01/Accounts/{ACCOUNT}"
_LOG_IN = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()


class _App:
    """The HTTP side."""

    def __init__(self, state: State) -> None:
        self.state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        fields = parse_qsl((await request.body()).decode(), keep_blank_values=True)
        path, query = request.url.path, dict(request.query_params)
        authorised = request.headers.get("authorization") == _LOG_IN
        self.state.taken.append(
            Taken(method=request.method, path=path, query=query, fields=dict(fields), authorised=authorised)
        )
        fault = self.state.take_fault(request.method, path)
        if fault is not None and fault.kind == "answer":
            await Response(fault.body, fault.status, fault.headers)(scope, receive, send)
            return
        if fault is not None and fault.kind == "cut_before":
            return await _cut(request, send)
        response = self._answer(request, fields, query, authorised=authorised)
        if fault is None:
            return await response(scope, receive, send)
        if fault.kind == "cut_after":
            return await _cut(request, send)
        await request.receive()  # hang: says only that the caller has gone

    def _answer(
        self, request: Request, fields: list[tuple[str, str]], query: dict[str, str], *, authorised: bool
    ) -> Response:
        path = request.url.path
        if path.startswith("/cdn/"):
            if "authorization" in request.headers:
                self.state.leaks.append(path)
            file = self.state.files.get(path.removeprefix("/cdn/"))
            return Response(file.data, media_type=file.mime) if file else Response("gone", 404)
        try:
            if not authorised:
                raise Refused(20003, "Authenticate", 401)
            return self._resource(request.method, path, fields, query)
        except Refused as refused:
            return JSONResponse(refused.body, refused.status)

    def _resource(
        self, method: str, path: str, fields: list[tuple[str, str]], query: dict[str, str]
    ) -> Response:
        if path == f"{_API}/Messages.json" and method == "POST":
            return JSONResponse(self.state.create(fields).resource(), 201)
        if path == f"{_API}/Messages.json":
            return self._list(query)
        if path == f"{_API}.json":
            return JSONResponse(
                {
                    "sid": ACCOUNT,
                    "friendly_name": "Atlas",
                    "status": self.state.account_status,
                    "type": "Full",
                }
            )
        if path == f"{_API}/IncomingPhoneNumbers.json":
            number = query.get("PhoneNumber", "")
            found = (
                [{"phone_number": number, "capabilities": {"sms": True}}]
                if number in self.state.numbers
                else []
            )
            return JSONResponse({"incoming_phone_numbers": found})
        if path == f"/v1/Services/{SERVICE}":
            return JSONResponse({"sid": SERVICE, "friendly_name": "Atlas service"})
        return self._media(path)

    def _list(self, query: dict[str, str]) -> Response:
        size, page = int(query.get("PageSize", 50)), int(query.get("Page", 0))
        found = self.state.listed(query)
        part = found[page * size : (page + 1) * size]
        more = urlencode(query | {"Page": str(page + 1)})
        return JSONResponse(
            {
                "messages": [one.resource() for one in part],
                "page": page,
                "page_size": size,
                "next_page_uri": f"{_API}/Messages.json?{more}" if len(found) > (page + 1) * size else None,
            }
        )

    def _media(self, path: str) -> Response:
        parts = path.removeprefix(f"{_API}/Messages/").split("/")
        if len(parts) == 2 and parts[1] == "Media.json":
            files = [(sid, file) for sid, file in self.state.files.items() if file.message == parts[0]]
            entries = [
                {"sid": sid, "content_type": file.mime, "uri": f"{_API}/Messages/{parts[0]}/Media/{sid}.json"}
                for sid, file in files
            ]
            return JSONResponse({"media_list": entries})
        if len(parts) == 3 and parts[1] == "Media" and parts[2] in self.state.files:
            return Response(status_code=307, headers={"location": f"/cdn/{parts[2]}"})
        raise Refused(20404, f"The requested resource {path} was not found", 404)


async def _cut(request: Request, send: Send) -> None:
    """Reset the connection: the server's transport is known to the response cycle behind `send`."""
    cycle: Any = send.__self__  # type: ignore[attr-defined]
    cycle.transport.abort()
    await request.receive()  # until the server knows it too


class TwilioApi:
    """The stand-in, running in a thread of its own from `start` to `stop`."""

    def __init__(self, clock: Clock | None = None, *, token: str = TOKEN) -> None:
        self.state = State(clock if clock is not None else Clock())
        self.url = ""
        self._signer = RequestValidator(token)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._server: uvicorn.Server | None = None
        self._thread = threading.Thread(target=self._serve, name="twilio-stand-in", daemon=True)
        self._started = threading.Event()

    def start(self) -> TwilioApi:
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread.start()
        assert self._started.wait(10), "the stand-in did not start"
        return self

    def stop(self) -> None:
        if self._server is not None and self._thread.is_alive():
            self._server.should_exit = True
            self._thread.join(10)
        self._socket.close()

    def __enter__(self) -> TwilioApi:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if kind is None:
            assert not self.state.faults, f"planned faults that never happened: {self.state.faults}"
            assert not self.state.leaks, f"the log-in was shown to {self.state.leaks}"

    def _serve(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        config = uvicorn.Config(
            _App(self.state), log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._started.set()
        await self._server.serve(sockets=[self._socket])

    # Calls to a webhook.

    def call(self, url: str, fields: dict[str, str], *, client: str = "") -> HookRequest:
        """A signed call, as a server behind `url` sees it."""
        signature = self._signer.compute_signature(url, fields)
        headers = {
            "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
            "x-twilio-signature": signature,
        }
        return HookRequest(url=url, headers=headers, body=urlencode(fields).encode(), client=client)

    def says(self, sender: str, text: str, *, url: str, to: str = NUMBER, **fields: str) -> HookRequest:
        """A person writes; the call for it. `sender` and `to` bear the channel's mark."""
        message = self.wrote(sender, text, to=to)
        base = {
            "ToCountry": "DZ",
            "SmsMessageSid": message.sid,
            "NumMedia": "0",
            "SmsSid": message.sid,
            "SmsStatus": "received",
            "Body": text,
            "To": to,
            "NumSegments": "1",
            "MessageSid": message.sid,
            "AccountSid": ACCOUNT,
            "From": sender,
            "ApiVersion": "2010-04-01",
        }
        return self.call(url, base | fields)

    def wrote(
        self, sender: str, text: str, *, to: str = NUMBER, files: tuple[tuple[str, bytes], ...] = ()
    ) -> Message:
        """A person writes, and the call for it never comes."""
        state = self.state
        with state.lock:
            message = Message(
                sid=state.new_sid("SM"),
                to=to,
                sender=sender,
                body=text,
                direction="inbound",
                created=state.clock.now(),
                status="received",
            )
            for mime, data in files:
                message.media.append(self.keep(data, mime, message=message.sid).rpartition("/")[2])
            state.messages.append(message)
            state.heard[sender] = state.clock.now()
            if text.strip().upper() in ("STOP", "UNSUBSCRIBE"):
                state.opted_out.add(sender)
            elif text.strip().upper() in ("START", "UNSTOP"):
                state.opted_out.discard(sender)
        return message

    def keep(self, data: bytes, mime: str = "image/jpeg", *, message: str = "MM" + "0" * 32) -> str:
        """Keep a file and return its MediaUrl."""
        sid = self.state.new_sid("ME")
        self.state.files[sid] = File(mime=mime, data=data, message=message)
        return f"{self.url}{_API}/Messages/{message}/Media/{sid}"

    def reports(self, message: Message, status: str, error_code: int = 0) -> HookRequest:
        """The status call for a message that was sent with a StatusCallback."""
        assert message.status_callback, "sent without a StatusCallback"
        fields = {
            "SmsSid": message.sid,
            "SmsStatus": status,
            "MessageStatus": status,
            "To": message.to,
            "MessageSid": message.sid,
            "AccountSid": ACCOUNT,
            "From": message.sender,
            "ApiVersion": "2010-04-01",
        }
        fields |= {"ErrorCode": str(error_code)} if error_code else {}
        return self.call(message.status_callback, fields)

    # Faults, each once.

    def fail_next(
        self, status: int, code: int = 0, *, headers: dict[str, str] | None = None, body: bytes | None = None
    ) -> None:
        """Answer the next send with an error; without a code, with a proxy's page."""
        if body is None:
            answer = {"code": code, "message": "planned", "status": status}
            body = json.dumps(answer).encode() if code else b"<html>gateway</html>"
        self.plan(Fault(kind="answer", status=status, body=body, headers=headers or {}))

    def plan(self, fault: Fault) -> None:
        with self.state.lock:
            self.state.faults.append(fault)

    # What it saw.

    def sent_to(self, to: str) -> list[Message]:
        return [one for one in list(self.state.messages) if one.to == to and one.direction == "outbound-api"]

    def requests(self, ending: str) -> list[Taken]:
        return [one for one in list(self.state.taken) if one.path.endswith(ending)]
