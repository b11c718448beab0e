"""The sandbox's row of the contract table: with a stand-in provider, as tests and benchmarks use it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from channels.port import (
    Button,
    HookRequest,
    NotSent,
    OptedOut,
    Rejected,
    Throttled,
    Uncertain,
)
from channels.sandbox.door import SandboxDoor
from channels.sandbox.settings import SandboxSettings
from tests.contract.bench import BUDGET_S, Arrived, Bench, DoorCase, Trouble
from tests.fakes import FakeHost
from tests.standins.sandbox_provider import SandboxProvider

SECRET = "sandbox-secret-0123456789"


def settings(outbound_url: str) -> SandboxSettings:
    return SandboxSettings(
        account_id="sandbox",
        via="whatsapp",
        outbound_url=outbound_url,
        secret=SECRET,
        timeout_s=BUDGET_S,
    )


class SandboxBench:
    def __init__(self, provider: SandboxProvider) -> None:
        self._provider = provider
        self.host = FakeHost()
        self.door = SandboxDoor(settings(provider.url), self.host)
        self.to = "+213555000101"
        self.secrets = (SECRET,)

    def arrived(self) -> list[Arrived]:
        return [
            Arrived(
                provider_id=body["id"],
                to=body["to"],
                text=body["text"],
                buttons=tuple(Button(button["label"], button["value"]) for button in body["buttons"]),
                reply_to=body["reply_to"],
                file=self.host.media[body["attachments"][0]["ref"]].data if body["attachments"] else None,
            )
            for body in self._provider.sent.values()
        ]

    def earlier(self) -> str:
        return "m1"

    def plan(self, trouble: Trouble) -> None:
        provider = self._provider
        match trouble:
            case Trouble.THROTTLED:
                provider.answer_next(429, {"retry-after": "7"})
            case Trouble.OPTED_OUT:
                provider.answer_next(410)
            case Trouble.REFUSED:
                provider.answer_next(400)
            case Trouble.UNAVAILABLE:
                provider.answer_next(503)
            case Trouble.BAD_GATEWAY:
                provider.answer_next(502)
            case Trouble.REDIRECTED:
                provider.answer_next(302, {"location": "https://elsewhere.example/"})
            case Trouble.CUT:
                provider.cut_line_after_taking_next()
            case Trouble.HANGING:
                provider.hang_after_taking_next()
            case Trouble.UNREACHABLE:
                provider.stop()
            case _:
                raise AssertionError(f"exempt: {trouble}")


@asynccontextmanager
async def open_sandbox() -> AsyncIterator[Bench]:
    with SandboxProvider() as provider:
        bench = SandboxBench(provider)
        try:
            yield bench
        finally:
            await bench.door.close()


def _call(raw: bytes, headers: dict[str, str]) -> HookRequest:
    return HookRequest(url="http://bot.example.org/hooks/sandbox", headers=headers, body=raw)


SANDBOX = DoorCase(
    channel="sandbox",
    build=lambda host: SandboxDoor(settings(""), host),
    open=open_sandbox,
    sign=lambda raw: _call(raw, {"x-relais-secret": SECRET}),
    forgeries=lambda raw: [_call(raw, {}), _call(raw, {"x-relais-secret": SECRET[:-1]})],
    troubles={
        Trouble.THROTTLED: Throttled,
        Trouble.OPTED_OUT: OptedOut,
        Trouble.REFUSED: Rejected,
        Trouble.UNAVAILABLE: NotSent,
        Trouble.BAD_GATEWAY: Uncertain,
        Trouble.REDIRECTED: Uncertain,
        Trouble.CUT: Uncertain,
        Trouble.HANGING: Uncertain,
        Trouble.UNREACHABLE: NotSent,
    },
    exempt={
        Trouble.LOGIN: "the sandbox's provider asks for no credentials",
        Trouble.GARBAGE: "a success is taken at its word; our own key stands in for a missing id",
    },
)
