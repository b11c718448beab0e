"""Telegram's row of the contract table."""

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
from channels.telegram.door import TelegramDoor
from channels.telegram.settings import TelegramSettings
from tests.contract.bench import BUDGET_S, Arrived, Bench, DoorCase, Trouble
from tests.fakes import FakeHost
from tests.standins.telegram_api import TOKEN, TelegramApi

SECRET = "hook-secret_0123456789"
CHAT = 500100200


def settings(api_base_url: str) -> TelegramSettings:
    return TelegramSettings(
        account_id="telegram",
        token=TOKEN,
        mode="webhook",
        secret_token=SECRET,
        api_base_url=api_base_url,
        public_url="https://bot.example.org",
        timeout_s=BUDGET_S,
        media_timeout_s=BUDGET_S,
    )


class TelegramBench:
    def __init__(self, api: TelegramApi) -> None:
        self._api = api
        self.host = FakeHost()
        self.door = TelegramDoor(settings(api.url), self.host)
        self.to = str(CHAT)
        self.secrets = (TOKEN, TOKEN.partition(":")[2], SECRET)
        api.add_person(CHAT, "Amel")

    def arrived(self) -> list[Arrived]:
        return [
            Arrived(
                provider_id=f"{sent.chat_id}:{sent.message_id}",
                to=str(sent.chat_id),
                text=sent.text,
                buttons=tuple(Button(*button) for row in sent.buttons for button in row),
                reply_to=f"{sent.chat_id}:{sent.reply_to}" if sent.reply_to else "",
                file=sent.upload.data if sent.upload else None,
            )
            for sent in self._api.sent_to(CHAT)
        ]

    def earlier(self) -> str:
        return f"{CHAT}:{self._api.user_says(CHAT, 'Bonjour')}"

    def plan(self, trouble: Trouble) -> None:
        api = self._api
        match trouble:
            case Trouble.THROTTLED:
                api.throttle_next(7)
            case Trouble.OPTED_OUT:
                api.block(CHAT)
            case Trouble.REFUSED:
                api.fail_next(400, "Bad Request: chat not found")
            case Trouble.LOGIN:
                api.fail_next(401, "Unauthorized")
            case Trouble.UNAVAILABLE:
                api.fail_next(503)
            case Trouble.BAD_GATEWAY:
                # Some gateways repeat the address that was asked for, and the token stands in it.
                page = f"<html><h1>502</h1>/bot{TOKEN}/sendMessage</html>".encode()
                api.answer_next(502, page)
            case Trouble.REDIRECTED:
                api.answer_next(302, b"", headers={"location": "https://elsewhere.example/"})
            case Trouble.GARBAGE:
                api.answer_next(200, f"<html>/bot{TOKEN}/</html>".encode())
            case Trouble.CUT:
                api.cut_line_after_taking_next()
            case Trouble.HANGING:
                api.hang_after_taking_next()
            case Trouble.UNREACHABLE:
                api.stop()


@asynccontextmanager
async def open_telegram() -> AsyncIterator[Bench]:
    with TelegramApi() as api:
        bench = TelegramBench(api)
        try:
            yield bench
        finally:
            await bench.door.close()


def _call(raw: bytes, headers: dict[str, str]) -> HookRequest:
    return HookRequest(url="https://bot.example.org/hooks/telegram", headers=headers, body=raw)


def _forgeries(raw: bytes) -> list[HookRequest]:
    name = "x-telegram-bot-api-secret-token"
    return [_call(raw, {}), _call(raw, {name: ""}), _call(raw, {name: SECRET[:-1]}), _call(raw, {name: "é"})]


TELEGRAM = DoorCase(
    channel="telegram",
    build=lambda host: TelegramDoor(settings("http://127.0.0.1:9"), host),
    open=open_telegram,
    sign=lambda raw: _call(raw, {"x-telegram-bot-api-secret-token": SECRET}),
    forgeries=_forgeries,
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
