"""The Bot API stand-in itself: what other tests rely on it for has to be true."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.standins.telegram_api import TOKEN, TelegramApi


class Caller:
    """Calls the Bot API without any library of ours."""

    def __init__(self, api: TelegramApi, client: httpx.AsyncClient) -> None:
        self.api = api
        self.client = client

    async def __call__(self, method: str, **arguments: Any) -> dict[str, Any]:
        answer = await self.client.post(f"{self.api.url}/bot{TOKEN}/{method}", json=arguments)
        body: dict[str, Any] = answer.json()
        assert body["ok"] == answer.is_success
        return body


@pytest.fixture
async def call() -> AsyncIterator[Caller]:
    with TelegramApi() as api:
        api.add_person(42)
        async with httpx.AsyncClient(trust_env=False) as client:
            yield Caller(api, client)


async def test_updates_are_given_again_until_they_are_confirmed(call: Caller) -> None:
    call.api.user_says(42, "un")
    call.api.user_says(42, "deux")
    first = (await call("getUpdates"))["result"]
    assert (await call("getUpdates"))["result"] == first
    after = (await call("getUpdates", offset=first[0]["update_id"] + 1))["result"]
    assert [update["message"]["text"] for update in after] == ["deux"]
    assert (await call("getUpdates", offset=after[0]["update_id"] + 1))["result"] == []


async def test_a_long_poll_ends_with_the_first_news(call: Caller) -> None:
    polling = asyncio.create_task(call("getUpdates", timeout=30))
    await call.api.wait_until(lambda: call.api.taken("getUpdates"))
    call.api.user_says(42, "Bonjour")
    async with asyncio.timeout(3):
        assert (await polling)["result"][0]["message"]["text"] == "Bonjour"


async def test_a_second_poll_ends_the_first_with_a_conflict(call: Caller) -> None:
    first = asyncio.create_task(call("getUpdates", timeout=30))
    await call.api.wait_until(lambda: call.api.taken("getUpdates"))
    second = asyncio.create_task(call("getUpdates", timeout=1))
    assert (await first)["error_code"] == 409
    assert (await second)["ok"]


async def test_polling_beside_a_webhook_is_a_conflict(call: Caller) -> None:
    await call("setWebhook", url="https://bot.example.org/hook")
    refused = await call("getUpdates")
    assert refused["error_code"] == 409
    assert "webhook is active" in refused["description"]


@pytest.mark.parametrize(
    ("method", "arguments", "code", "words"),
    [
        ("sendMessage", {"chat_id": 42, "text": ""}, 400, "message text is empty"),
        ("sendMessage", {"chat_id": 42, "text": "🧱" * 2049}, 400, "message is too long"),
        ("sendMessage", {"chat_id": 77, "text": "a"}, 400, "chat not found"),
        ("sendMessage", {"text": "a"}, 400, "chat_id is empty"),
        ("answerCallbackQuery", {"callback_query_id": "1"}, 400, "query is too old"),
        ("editMessageText", {"chat_id": 42, "message_id": 1, "text": "a"}, 400, "message to edit not found"),
        ("sendChatAction", {"chat_id": 42, "action": "sleeping"}, 400, "wrong parameter action"),
        ("getFile", {"file_id": "x"}, 400, "invalid file_id"),
        ("sendPhoto", {"chat_id": 42}, 400, "there is no photo"),
        ("makeCoffee", {}, 404, "Not Found"),
    ],
)
async def test_what_is_wrong_is_refused(
    call: Caller, method: str, arguments: dict[str, Any], code: int, words: str
) -> None:
    refused = await call(method, **arguments)
    assert refused["error_code"] == code
    assert words in refused["description"]
    assert not call.api.sent_to(42)


async def test_buttons_are_checked(call: Caller) -> None:
    for data, fits in (("x" * 64, True), ("x" * 65, False), ("", False)):
        keyboard = {"inline_keyboard": [[{"text": "Oui", "callback_data": data}]]}
        assert (await call("sendMessage", chat_id=42, text="a", reply_markup=keyboard))["ok"] == fits


async def test_a_wrong_token_and_a_blocked_bot_are_told_apart(call: Caller) -> None:
    answer = await call.client.get(f"{call.api.url}/bot1:wrong/getMe")
    assert (answer.status_code, answer.json()["description"]) == (401, "Unauthorized")
    call.api.block(42)
    assert (await call("sendMessage", chat_id=42, text="a"))["error_code"] == 403
    call.api.unblock(42)
    assert (await call("sendMessage", chat_id=42, text="a"))["ok"]


async def test_an_edited_message_is_an_update_and_a_changed_text(call: Caller) -> None:
    sent = (await call("sendMessage", chat_id=42, text="avant"))["result"]
    edit = {"chat_id": 42, "message_id": sent["message_id"]}
    assert (await call("editMessageText", **edit, text="après"))["result"]["text"] == "après"
    assert "not modified" in (await call("editMessageText", **edit, text="après"))["description"]
    number = call.api.user_says(42, "un")
    call.api.edit(42, number, "uno")
    assert [sorted(update)[0] for update in call.api.pending] == ["message", "edited_message"]


async def test_arguments_are_taken_in_every_documented_form(call: Caller) -> None:
    url = f"{call.api.url}/bot{TOKEN}/sendMessage"
    await call.client.get(url, params={"chat_id": 42, "text": "query"})
    await call.client.post(url, data={"chat_id": 42, "text": "form"})
    await call.client.post(url, json={"chat_id": 42, "text": "json"})
    files = {"chat_id": (None, "42"), "text": (None, "multipart")}
    await call.client.post(url, files=files)
    assert [sent.text for sent in call.api.sent_to(42)] == ["query", "form", "json", "multipart"]


async def test_a_planned_fault_happens_once_and_a_cut_line_was_taken(call: Caller) -> None:
    call.api.throttle_next(4)
    assert (await call("getMe"))["parameters"] == {"retry_after": 4}
    assert (await call("getMe"))["ok"]
    call.api.cut_line_after_taking_next("sendMessage")
    with pytest.raises(httpx.TransportError):
        await call("sendMessage", chat_id=42, text="pris")
    call.api.cut_line_before_taking_next("sendMessage")
    with pytest.raises(httpx.TransportError):
        await call("sendMessage", chat_id=42, text="jamais pris")
    assert [sent.text for sent in call.api.sent_to(42)] == ["pris"]


def test_a_planned_fault_that_never_happens_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="never happened"), TelegramApi() as api:
        api.fail_next(502)
