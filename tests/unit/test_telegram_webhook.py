"""The webhook against the Bot API stand-in: set, kept, trusted only with its secret."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from channels.port import HookRequest, Overloaded, Untrusted
from channels.telegram.door import TelegramDoor
from channels.telegram.settings import TelegramSettings
from tests.fakes import FakeHost
from tests.standins.telegram_api import TOKEN, TelegramApi
from tests.unit.telegram_receiver import CHAT, Pauses, question, running, texts


@asynccontextmanager
async def hook_server(holder: list[TelegramDoor], host: FakeHost) -> AsyncIterator[str]:
    """What the web role does with a provider's call, in a few lines."""

    async def hook(request: Request) -> Response:
        call = HookRequest(url=str(request.url), headers=dict(request.headers), body=await request.body())
        try:
            await host.accept("tg", holder[0].open_hook(call))
        except Untrusted:
            return Response(status_code=403)
        except Overloaded:
            return Response(status_code=503)
        return Response(status_code=200)

    app = Starlette(routes=[Route("/hooks/tg", hook, methods=["POST"])])
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(5):
        while not server.started:  # noqa: ASYNC110 - the server offers nothing to wait for
            await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


async def test_the_webhook_is_set_and_delivers() -> None:
    holder: list[TelegramDoor] = []
    host, pauses = FakeHost(), Pauses()
    with TelegramApi() as api:
        api.add_person(CHAT)
        api.user_says(CHAT, "avant")
        async with (
            hook_server(holder, host) as url,
            running(api, host, pauses, mode="webhook", url=url) as door,
        ):
            holder.append(door)
            await api.wait_until(lambda: host.journal)
            await door.send(question())
            query = api.press_button(CHAT, "Non")
            await api.wait_until(lambda: api.state.queries[query])
            assert texts(host, door) == ["avant", "Non"]
        (call,) = api.taken("setWebhook")
        assert call.arguments["url"] == f"{url}/hooks/tg"
        assert call.arguments["allowed_updates"].count(",") == 3
        assert len(call.arguments["secret_token"]) == 64
        assert api.state.dropped == 0


async def test_what_the_journal_refused_is_delivered_again() -> None:
    holder: list[TelegramDoor] = []
    host = FakeHost()
    host.overloaded = True
    with TelegramApi() as api:
        api.add_person(CHAT)
        async with hook_server(holder, host) as url, running(api, host, mode="webhook", url=url) as door:
            holder.append(door)
            api.user_says(CHAT, "Bonjour")
            await api.wait_until(lambda: [call.status for call in api.deliveries].count(503) >= 2)
            host.overloaded = False
            await api.wait_until(lambda: host.journal)
            assert texts(host, door) == ["Bonjour"]
            assert "Telegram's last trouble" in await door.check()


async def test_a_webhook_that_another_program_moved_is_set_again() -> None:
    host, pauses = FakeHost(), Pauses()
    with TelegramApi() as api:
        async with running(api, host, pauses, mode="webhook", url="http://127.0.0.1:9"):
            await api.wait_until(lambda: len(api.taken("getWebhookInfo")) >= 3)
            assert len(api.taken("setWebhook")) == 1, "not set again without need"
            api.state.webhook.url = "https://elsewhere.example/hook"
            await api.wait_until(lambda: len(api.taken("setWebhook")) == 2)
        assert 600 in pauses.taken


async def test_a_webhook_is_set_once_the_server_takes_it() -> None:
    host, pauses = FakeHost(), Pauses()
    with TelegramApi() as api:
        api.throttle_next(9, "setWebhook")
        api.fail_next(502, method="setWebhook")
        async with running(api, host, pauses, mode="webhook", url="http://127.0.0.1:9"):
            await api.wait_until(lambda: api.state.webhook.url)
        assert pauses.taken[0] == 9


def test_a_polling_account_trusts_no_hook() -> None:
    settings = TelegramSettings(account_id="tg", token=TOKEN)
    door = TelegramDoor(settings, FakeHost())
    headers = {"x-telegram-bot-api-secret-token": settings.hook_secret}
    with pytest.raises(Untrusted, match="polling"):
        door.open_hook(HookRequest(url="", headers=headers, body=b"{}"))
