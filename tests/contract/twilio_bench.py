"""Twilio's rows of the contract table: SMS and WhatsApp."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Literal
from urllib.parse import parse_qsl

import httpx
from starlette.applications import Starlette
from twilio.request_validator import RequestValidator

from channels.port import HookRequest, NotSent, OptedOut, Rejected, Throttled, Uncertain
from channels.twilio.door import TwilioDoor
from channels.twilio.settings import TwilioSettings
from tests.contract.bench import BUDGET_S, Arrived, Bench, DoorCase, Trouble
from tests.fakes import FakeHost
from tests.standins.twilio_api import TwilioApi
from tests.standins.twilio_state import ACCOUNT, NUMBER, TEMPLATE, TOKEN, Fault

Kind = Literal["sms", "whatsapp"]
PUBLIC = "https://bot.example.org"
PERSON = "+213555000111"


def settings(kind: Kind, api_base_url: str = "http://127.0.0.1:9") -> TwilioSettings:
    return TwilioSettings(
        account_id=kind,
        kind=kind,
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        sender=NUMBER,
        api_base_url=api_base_url,
        public_url=PUBLIC,
        templates={"complaint-registered": TEMPLATE} if kind == "whatsapp" else {},
        timeout_s=BUDGET_S,
        media_timeout_s=BUDGET_S,
    )


class TwilioBench:
    def __init__(self, kind: Kind, api: TwilioApi, host: FakeHost) -> None:
        self._api = api
        self._mark = "whatsapp:" if kind == "whatsapp" else ""
        self.host = host
        self.door = TwilioDoor(settings(kind, api.url), host)
        self.to = PERSON
        self.secrets = (TOKEN,)
        api.state.heard[f"{self._mark}{PERSON}"] = host.now()

    def arrived(self) -> list[Arrived]:
        return [
            Arrived(
                provider_id=sent.sid,
                to=sent.to.removeprefix(self._mark),
                text=sent.body,
                file=self._fetch(sent.media_urls[0]) if sent.media_urls else None,
            )
            for sent in self._api.sent_to(f"{self._mark}{PERSON}")
        ]

    def _fetch(self, url: str) -> bytes:
        """Bring a file from us, as Twilio does."""
        assert url.startswith(f"{PUBLIC}/")

        async def get() -> httpx.Response:
            app = httpx.ASGITransport(app=Starlette(routes=self.door.routes()))
            async with httpx.AsyncClient(transport=app) as client:
                return await client.get(url)

        with ThreadPoolExecutor(1) as beside:  # the test's own loop is busy with the caller
            answer = beside.submit(asyncio.run, get()).result(10)
        assert answer.status_code == 200, answer.text
        return answer.content

    def earlier(self) -> str:
        return self._api.wrote(f"{self._mark}{PERSON}", "Bonjour", to=f"{self._mark}{NUMBER}").sid

    def plan(self, trouble: Trouble) -> None:
        api = self._api
        match trouble:
            case Trouble.THROTTLED:
                api.fail_next(429, 20429, headers={"retry-after": "7"})
            case Trouble.OPTED_OUT:
                api.state.opted_out.add(f"{self._mark}{PERSON}")
            case Trouble.REFUSED:
                api.fail_next(400, 21612)
            case Trouble.LOGIN:
                api.fail_next(401, 20003)
            case Trouble.UNAVAILABLE:
                api.fail_next(503)
            case Trouble.BAD_GATEWAY:
                api.fail_next(502, body=f"<html>{TOKEN}</html>".encode())
            case Trouble.REDIRECTED:
                api.fail_next(302, headers={"location": "https://elsewhere.example/"}, body=b"")
            case Trouble.GARBAGE:
                api.fail_next(201, body=f"<html>{TOKEN}</html>".encode())
            case Trouble.CUT:
                api.plan(Fault(kind="cut_after"))
            case Trouble.HANGING:
                api.plan(Fault(kind="hang"))
            case Trouble.UNREACHABLE:
                api.stop()


def _opener(kind: Kind) -> Callable[[], AbstractAsyncContextManager[Bench]]:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Bench]:
        host = FakeHost()
        with TwilioApi(host.clock) as api:
            bench = TwilioBench(kind, api, host)
            try:
                yield bench
            finally:
                await bench.door.close()

    return opened


def _call(raw: bytes, kind: Kind, *, token: str = TOKEN, url: str = "") -> HookRequest:
    """Sign any bytes as Twilio would a form of them, whatever they are."""
    url = url or f"{PUBLIC}/hooks/{kind}"
    pairs = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True, errors="replace")
    validator = RequestValidator(token)
    values: dict[str, list[str]] = {}
    for key, value in pairs:
        values.setdefault(key, []).append(value)
    signature = validator.compute_signature(url, _Multi(values))
    headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature}
    return HookRequest(url=url, headers=headers, body=raw)


class _Multi(dict[str, list[str]]):
    """A form with names given more than once, as the SDK reads it."""

    def getall(self, key: str) -> list[str]:
        return self[key]


def _forgeries(raw: bytes, kind: Kind) -> list[HookRequest]:
    good = _call(raw, kind)
    hashed = {**good.headers, "content-type": "application/json"}
    return [
        replace(good, headers={"content-type": good.headers["content-type"]}),
        replace(good, headers={**good.headers, "x-twilio-signature": ""}),
        replace(good, headers={**good.headers, "x-twilio-signature": "é"}),
        replace(good, headers={**good.headers, "x-twilio-webhooks-signature-settings": "algorithm=NONE"}),
        replace(good, body=good.body + b"&Body=other"),
        replace(good, url=f"{good.url}?x=1"),
        replace(good, headers=hashed),
        replace(good, headers=hashed, url=f"{good.url}?bodySHA256=00"),
        _call(raw, kind, token=f"{TOKEN}x"),
    ]


def _case(kind: Kind) -> DoorCase:
    return DoorCase(
        channel=kind,
        build=lambda host: TwilioDoor(settings(kind), host),
        open=_opener(kind),
        sign=lambda raw: _call(raw, kind),
        forgeries=lambda raw: _forgeries(raw, kind),
        presses=kind == "whatsapp",
        points=False,  # the API has no field for it
        troubles={
            Trouble.THROTTLED: Throttled,
            Trouble.OPTED_OUT: OptedOut,
            Trouble.REFUSED: Rejected,
            Trouble.LOGIN: NotSent,
            Trouble.UNAVAILABLE: NotSent,
            Trouble.BAD_GATEWAY: Uncertain,
            Trouble.REDIRECTED: NotSent,
            Trouble.GARBAGE: Uncertain,
            Trouble.CUT: Uncertain,
            Trouble.HANGING: Uncertain,
            Trouble.UNREACHABLE: NotSent,
        },
    )


SMS = _case("sms")
WHATSAPP = _case("whatsapp")
