"""Polling against the Bot API stand-in: nothing is lost, nothing is confirmed too early."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from channels.port import EntryKind, Envelope
from channels.telegram.backoff import Backoff
from tests.fakes import FakeHost
from tests.standins.telegram_api import TelegramApi
from tests.unit.telegram_receiver import CHAT, Pauses, question, running, texts


class PoisonedHost(FakeHost):
    """A host whose journal breaks on one entry, whoever it comes with."""

    def __init__(self, poison: str) -> None:
        super().__init__()
        self._poison = poison

    async def accept(self, account_id: str, envelopes: Sequence[Envelope]) -> list[bool]:
        if any(self._poison.encode() in envelope.raw for envelope in envelopes):
            raise RuntimeError("the journal can't take this")
        return await super().accept(account_id, envelopes)


async def test_messages_are_journaled_in_order_and_then_confirmed() -> None:
    with TelegramApi() as api:
        api.add_person(CHAT)
        host = FakeHost()
        for number in range(120):  # more than one batch of 100
            api.user_says(CHAT, f"message {number}")
        async with running(api, host) as door:
            await api.wait_until(lambda: len(host.journal) == 120)
            await api.wait_until(lambda: not api.pending)
            assert texts(host, door) == [f"message {number}" for number in range(120)]


async def test_nothing_is_confirmed_while_the_journal_refuses() -> None:
    with TelegramApi() as api:
        api.add_person(CHAT)
        host, pauses = FakeHost(), Pauses()
        host.overloaded = True
        api.user_says(CHAT, "Bonjour")
        async with running(api, host, pauses) as door:
            await api.wait_until(lambda: host.accept_calls >= 3)
            assert len(api.pending) == 1
            assert pauses.taken, "it waits between tries"
            host.overloaded = False
            await api.wait_until(lambda: not api.pending)
            assert texts(host, door) == ["Bonjour"]


async def test_a_restart_before_the_confirmation_makes_no_doubles() -> None:
    with TelegramApi() as api:
        api.add_person(CHAT)
        host = FakeHost()
        api.user_says(CHAT, "Bonjour")
        (update,) = api.pending
        async with running(api, host) as door:
            await api.wait_until(lambda: not api.pending)
        api.redeliver(update)
        async with running(api, host) as door:
            await api.wait_until(lambda: not api.pending)
            assert texts(host, door) == ["Bonjour"]
        assert host.accept_calls == 2


async def test_a_malformed_update_is_set_aside_and_holds_up_nobody() -> None:
    with TelegramApi() as api:
        api.add_person(CHAT)
        host = FakeHost()
        api.user_says(CHAT, "avant")
        api.push_raw("message", {"message_id": "five", "chat": None})
        api.push_raw("message", ["not", "an", "object"])
        api.user_says(CHAT, "après")
        async with running(api, host) as door:
            await api.wait_until(lambda: not api.pending)
            assert texts(host, door) == ["avant", "après"]
        assert [row.reason for row in host.quarantined] == [
            "message.chat: is missing",
            "message: expected an object, got a list",
        ]
        assert b'"five"' in host.quarantined[0].raw


async def test_what_was_not_asked_for_is_passed_over() -> None:
    with TelegramApi() as api:
        api.add_person(CHAT)
        host = FakeHost()
        api.push_raw("channel_post", {"message_id": 1})
        api.push_raw("a_kind_of_tomorrow", {"message_id": 1})
        api.user_says(CHAT, "Bonjour")
        async with running(api, host) as door:
            await api.wait_until(lambda: not api.pending)
            assert texts(host, door) == ["Bonjour"]
        assert not host.quarantined


async def test_an_entry_that_breaks_the_journal_is_set_aside_alone() -> None:
    with TelegramApi() as api:
        api.add_person(CHAT)
        host = PoisonedHost("poison")
        for text in ("avant", "poison", "après"):
            api.user_says(CHAT, text)
        async with running(api, host) as door:
            await api.wait_until(lambda: not api.pending)
            assert texts(host, door) == ["avant", "après"]
        assert len(host.quarantined) == 1
        assert b"poison" in host.quarantined[0].raw


async def test_polling_takes_the_webhook_away_and_keeps_what_waits() -> None:
    with TelegramApi() as api:
        api.add_person(CHAT)
        host = FakeHost()
        api.state.webhook.url = "https://old.example.org/hook"
        api.user_says(CHAT, "pendant la panne")
        async with running(api, host) as door:
            await api.wait_until(lambda: not api.pending)
            assert texts(host, door) == ["pendant la panne"]
        assert api.state.dropped == 0
        assert len(api.taken("deleteWebhook")) == 1


async def test_another_poller_is_met_with_patience() -> None:
    with TelegramApi() as api:
        api.add_person(CHAT)
        host, pauses = FakeHost(), Pauses()
        api.conflict()
        api.user_says(CHAT, "Bonjour")
        async with running(api, host, pauses):
            await api.wait_until(lambda: host.journal)
        assert pauses.taken[0] >= 10


@pytest.mark.parametrize(
    ("status", "description", "least_s"),
    [(401, "Unauthorized", 60), (502, "", 0), (500, "Internal Server Error", 0), (404, "Not Found", 60)],
)
async def test_polling_goes_on_after_every_failure(status: int, description: str, least_s: float) -> None:
    with TelegramApi() as api:
        api.add_person(CHAT)
        host, pauses = FakeHost(), Pauses()
        api.fail_next(status, description, method="getUpdates")
        api.cut_line_before_taking_next("getUpdates")
        api.user_says(CHAT, "Bonjour")
        async with running(api, host, pauses):
            await api.wait_until(lambda: host.journal)
        assert len(pauses.taken) == 2
        assert pauses.taken[0] >= least_s
        assert pauses.taken[1] > 0


async def test_a_throttled_poll_waits_as_long_as_asked() -> None:
    with TelegramApi() as api:
        api.add_person(CHAT)
        host, pauses = FakeHost(), Pauses()
        api.throttle_next(23, "getUpdates")
        api.user_says(CHAT, "Bonjour")
        async with running(api, host, pauses):
            await api.wait_until(lambda: host.journal)
        assert pauses.taken == [23]


async def test_numbers_that_restart_lower_after_a_quiet_week_lose_nothing() -> None:
    with TelegramApi() as api:
        api.add_person(CHAT)
        host = FakeHost()
        api.user_says(CHAT, "avant")
        async with running(api, host) as door:
            await api.wait_until(lambda: host.journal and not api.pending)
            polls = len(api.taken("getUpdates"))
            await api.wait_until(lambda: len(api.taken("getUpdates")) >= polls + 2)  # a poll without news
            api.restart_numbers(1000)
            api.user_says(CHAT, "après")
            await api.wait_until(lambda: len(host.journal) == 2)
            assert texts(host, door) == ["avant", "après"]


async def test_a_press_is_answered_at_once_and_once() -> None:
    with TelegramApi() as api:
        api.add_person(CHAT)
        host = FakeHost()
        async with running(api, host) as door:
            await door.send(question())
            query = api.press_button(CHAT, "Oui")
            await api.wait_until(lambda: api.state.queries[query])
            assert door.parse(host.entries()[-1].raw).choice == "yes"
            await door.send(question(reply_to=f"cb:{query}"))
            api.user_says(CHAT, "fin")
            await api.wait_until(lambda: len(host.journal) == 2)
        assert len(api.taken("answerCallbackQuery")) == 1


async def test_blocking_the_bot_becomes_a_status_of_the_chat() -> None:
    with TelegramApi() as api:
        api.add_person(CHAT)
        host = FakeHost()
        async with running(api, host) as door:
            await api.wait_until(lambda: api.taken("getUpdates"))
            api.block(CHAT)
            await api.wait_until(lambda: host.entries(EntryKind.STATUS))
            (entry,) = host.entries(EntryKind.STATUS)
            assert (entry.thread, door.parse_status(entry.raw).code) == ("42", "blocked")


async def test_pauses_grow_to_their_limit_and_begin_again_after_success() -> None:
    pauses = Pauses()
    backoff = Backoff(pauses, first_s=1, most_s=8)
    for _ in range(6):
        await backoff.pause()
    for pause, full in zip(pauses.taken, (1, 2, 4, 8, 8, 8), strict=True):
        assert full / 2 <= pause <= full
    backoff.reset()
    await backoff.pause()
    assert pauses.taken[-1] <= 1
    await backoff.pause(at_least_s=100)
    assert pauses.taken[-1] == 100
