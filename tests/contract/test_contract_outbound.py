"""What every door does with a message to send: the exact request or the exact error, in time, in silence."""

from __future__ import annotations

import asyncio
import traceback
from typing import Any

import pytest

from channels.port import (
    Attachment,
    Button,
    Door,
    OptedOut,
    OutboundMessage,
    Receipt,
    Rejected,
    SendError,
    Throttled,
    Uncertain,
)
from channels.split import length_of
from tests.contract.bench import BUDGET_S, Bench, DoorCase, Trouble
from tests.contract.conftest import Logged
from tests.contract.doors import DOORS

TEXT = "Votre réclamation est enregistrée. مرحبا 👩‍👩‍👧"
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8
TROUBLES = [(case, trouble) for case in DOORS for trouble in case.troubles]


def message(bench: Bench, **changes: Any) -> OutboundMessage:
    base: dict[str, Any] = {
        "id": "out-1",
        "account_id": bench.door.account_id,
        "thread": bench.to,
        "to": bench.to,
        "text": TEXT,
        "language": "fr",
        "created_at": bench.host.now(),
        "last_heard_at": bench.host.now(),  # a customer who wrote just now
    }
    return OutboundMessage(**(base | changes))


def named(value: object) -> str:
    return value.channel if isinstance(value, DoorCase) else getattr(value, "name", "")


async def test_a_text_arrives_as_it_was_written(bench: Bench) -> None:
    receipt = await bench.door.send(message(bench))
    (arrived,) = bench.arrived()
    assert (arrived.to, arrived.text, arrived.buttons) == (bench.to, TEXT, ())
    assert receipt.provider_id == arrived.provider_id


async def test_buttons_arrive_with_their_labels_and_values(bench: Bench) -> None:
    count = bench.door.capabilities.buttons
    buttons = tuple(Button(f"Choix {n}", f"choice:{n}:é") for n in range(count))
    await bench.door.send(message(bench, buttons=buttons))
    assert bench.arrived()[0].buttons == buttons


async def test_an_answer_points_at_the_message_answered(bench: Bench, case: DoorCase) -> None:
    earlier = bench.earlier()
    await bench.door.send(message(bench, reply_to=earlier))
    assert bench.arrived()[0].reply_to == (earlier if case.points else "")


@pytest.mark.parametrize("reply_to", ["no such message", "1:999999", "cb:77", f"{'9' * 400}"])
async def test_an_answer_to_a_message_that_is_gone_arrives_all_the_same(bench: Bench, reply_to: str) -> None:
    await bench.door.send(message(bench, reply_to=reply_to))
    assert [arrived.text for arrived in bench.arrived()] == [TEXT]


async def test_a_file_arrives_byte_for_byte(bench: Bench) -> None:
    if not bench.door.capabilities.media:
        assert not bench.door.capabilities.media
        return
    stored = await bench.host.store_media(JPEG, name="casse.jpg", claimed_mime="image/jpeg")
    await bench.door.send(message(bench, text="La photo", attachments=(stored,)))
    (arrived,) = bench.arrived()
    assert (arrived.text, arrived.file) == ("La photo", JPEG)


async def test_a_long_text_arrives_whole_in_parts_that_fit(bench: Bench) -> None:
    can = bench.door.capabilities
    text = " ".join(f"{TEXT} ({n})" for n in range(can.text_limit // 20))
    parts = bench.door.split(text)
    assert len(parts) > 1
    assert all(length_of(part, can.length_unit) <= can.text_limit for part in parts)
    for number, part in enumerate(parts):
        await bench.door.send(message(bench, id=f"out-{number}", text=part))
    assert " ".join(arrived.text for arrived in bench.arrived()) == text


async def test_the_longest_text_is_one_message(bench: Bench) -> None:
    can = bench.door.capabilities
    per_character = 2 if can.length_unit == "utf-16" else 1
    text = "🧱" * (can.text_limit // per_character)
    assert bench.door.split(text) == [text]
    assert len(bench.door.split(text + "🧱")) == 2
    await bench.door.send(message(bench, text=text))
    assert bench.arrived()[0].text == text


def test_a_short_text_is_not_touched_and_an_empty_one_has_no_parts(bench: Bench) -> None:
    assert bench.door.split(TEXT) == [TEXT]
    assert bench.door.split("") == bench.door.split(" \n ") == []


@pytest.mark.parametrize(("case", "trouble"), TROUBLES, ids=named)
async def test_every_failure_has_its_error(case: DoorCase, trouble: Trouble, logged: Logged) -> None:
    expected = case.troubles[trouble]
    async with case.open() as bench:
        bench.plan(trouble)
        with pytest.raises(SendError) as raised:
            await bench.door.send(message(bench))
        assert type(raised.value) is expected
        assert str(raised.value), "the reason is said"
        assert_unseen(bench, raised.value, logged)
        if isinstance(raised.value, Throttled):
            assert raised.value.retry_after_s == 7


@pytest.mark.parametrize("case", DOORS, ids=named)
def test_every_failure_is_mapped_or_exempt_with_a_reason(case: DoorCase) -> None:
    assert set(case.troubles) | set(case.exempt) == set(Trouble)
    assert not set(case.troubles) & set(case.exempt)
    assert all(case.exempt.values())


@pytest.mark.parametrize("case", [case for case in DOORS if Trouble.CUT in case.troubles], ids=named)
async def test_what_arrived_without_an_answer_is_uncertain_and_did_arrive(case: DoorCase) -> None:
    async with case.open() as bench:
        bench.plan(Trouble.CUT)
        with pytest.raises(Uncertain):
            await bench.door.send(message(bench))
        assert [arrived.text for arrived in bench.arrived()] == [TEXT]


@pytest.mark.parametrize("case", [case for case in DOORS if Trouble.HANGING in case.troubles], ids=named)
async def test_a_hanging_provider_costs_no_more_than_the_budget(case: DoorCase) -> None:
    loop = asyncio.get_running_loop()
    async with case.open() as bench:
        bench.plan(Trouble.HANGING)
        begun = loop.time()
        with pytest.raises(Uncertain):
            await bench.door.send(message(bench))
        assert BUDGET_S * 0.9 <= loop.time() - begun <= BUDGET_S + 1.0


@pytest.mark.parametrize("case", [case for case in DOORS if Trouble.HANGING in case.troubles], ids=named)
async def test_a_send_that_is_cancelled_ends_at_once_and_the_door_still_works(case: DoorCase) -> None:
    async with case.open() as bench:
        bench.plan(Trouble.HANGING)
        sending = asyncio.create_task(bench.door.send(message(bench)))
        async with asyncio.timeout(2):
            while not bench.arrived():  # noqa: ASYNC110 - it arrives in another thread
                await asyncio.sleep(0.005)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert await bench.door.send(message(bench, id="out-2"))


@pytest.mark.parametrize("case", [case for case in DOORS if case.troubles], ids=named)
async def test_the_door_works_again_after_a_failure(case: DoorCase) -> None:
    async with case.open() as bench:
        bench.plan(Trouble.BAD_GATEWAY)
        with pytest.raises(SendError):
            await bench.door.send(message(bench))
        receipt = await bench.door.send(message(bench))
        assert receipt.provider_id == bench.arrived()[-1].provider_id


async def test_many_sends_at_once_are_each_their_own(bench: Bench) -> None:
    texts = [f"message {n}" for n in range(min(bench.door.capabilities.slots, 8) * 2)]
    receipts = await asyncio.gather(
        *(bench.door.send(message(bench, id=f"out-{n}", text=text)) for n, text in enumerate(texts))
    )
    by_id = {arrived.provider_id: arrived.text for arrived in bench.arrived()}
    assert [by_id[receipt.provider_id] for receipt in receipts] == texts


async def test_an_unknown_outcome_can_be_looked_up_or_the_door_says_that_it_cannot(bench: Bench) -> None:
    sent = message(bench)
    receipt = await bench.door.send(sent)
    if not bench.door.capabilities.lookup:
        with pytest.raises(SendError):
            await bench.door.look_up(sent)
        return
    found = await bench.door.look_up(sent)
    assert isinstance(found, Receipt)
    assert found.provider_id == receipt.provider_id


async def test_neither_secrets_nor_words_are_logged_on_success(bench: Bench, logged: Logged) -> None:
    secret_words = "phrase-que-nul-autre-ne-lit"
    await bench.door.send(message(bench, text=secret_words, buttons=(Button(secret_words, "v"),)))
    await bench.door.check()
    assert_clean(bench, logged.text())
    assert secret_words not in logged.text()


async def test_the_log_in_is_tried_and_told_in_words(bench: Bench) -> None:
    words = await bench.door.check()
    assert len(words) > 10
    assert_clean(bench, words)


def test_a_door_says_what_it_is(bench: Bench, case: DoorCase) -> None:
    can = bench.door.capabilities
    assert isinstance(bench.door, Door)
    assert bench.door.kind == case.channel
    assert bench.door.account_id
    assert can.text_limit >= 160
    assert (can.buttons > 0) == (can.button_label_limit > 0)
    assert can.slots >= 1
    assert can.rate_per_s > 0
    assert can.thread_rate_per_s >= 0
    assert can.receipts <= {"delivered", "read"}
    assert_clean(bench, repr(bench.door))


async def test_a_file_of_our_own_is_not_fetched_again(bench: Bench) -> None:
    stored = await bench.host.store_media(JPEG, claimed_mime="image/jpeg")
    assert await bench.door.fetch(stored) == stored


async def test_a_file_that_does_not_exist_is_an_error_of_the_port(bench: Bench) -> None:
    nowhere = Attachment(kind="file", ref=f"{bench.door.kind}:no-such-file-anywhere-0000")
    with pytest.raises(SendError) as raised:
        await bench.door.fetch(nowhere)
    assert not isinstance(raised.value, Uncertain | OptedOut)
    assert_clean(bench, str(raised.value))


async def test_a_file_to_send_that_is_not_in_the_store_is_refused(bench: Bench) -> None:
    missing = Attachment(kind="image", ref=f"media:{'0' * 64}", mime="image/jpeg")
    if bench.door.kind in ("sandbox", "webchat"):  # they pass references on, and the store answers for them
        assert (await bench.door.send(message(bench, attachments=(missing,)))).provider_id
        return
    with pytest.raises(Rejected):
        await bench.door.send(message(bench, attachments=(missing,)))


async def test_closing_twice_is_harmless(bench: Bench) -> None:
    await bench.door.close()
    await bench.door.close()


def assert_unseen(bench: Bench, exc: BaseException, logged: Logged) -> None:
    """No secret in the error, its causes, the frames with all their variables, or the log."""
    told = traceback.TracebackException.from_exception(exc, capture_locals=True)
    assert_clean(bench, str(exc), repr(exc), "".join(told.format()), logged.text())


def assert_clean(bench: Bench, *texts: str) -> None:
    for secret in bench.secrets:
        assert not [text for text in texts if secret in text], "a secret has leaked"
