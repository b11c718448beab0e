"""What an account sends next: slots, rates, threads, urgency. Pure bookkeeping on a clock of numbers."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from bot.outqueue import AccountQueue
from bot.store.plan import PRIORITY
from bot.store.port import OutboxRow
from channels.port import Capabilities
from tests.fakes import NOON

_made = iter(range(10**9))


def queue(*, slots: int = 8, rate: float = 0.0, thread_rate: float = 0.0) -> AccountQueue:
    capabilities = Capabilities(text_limit=100, slots=slots, thread_rate_per_s=thread_rate)
    return AccountQueue(capabilities, rate_per_s=rate, now=0.0)


def row(thread: str, purpose: str = "reply", *, conversation: str = "", epoch: int | None = 0) -> OutboxRow:
    row_id = f"{next(_made):012}"
    return OutboxRow(
        id=row_id,
        key=row_id,
        conversation_id=conversation or thread,
        message_id=None,
        account_id="lab",
        thread=thread,
        to=thread,
        body={"text": ""},
        purpose=purpose,
        priority=PRIORITY[purpose],
        epoch=epoch,
        status="queued",
        attempts=0,
        next_at=NOON,
        created_at=NOON,
    )


def taken(q: AccountQueue, now: float = 0.0) -> list[str]:
    found = []
    while (item := q.take(now)[0]) is not None:
        found.append(item.thread)
    return found


def test_one_thread_sends_one_at_a_time_in_order() -> None:
    q = queue()
    rows = [row("a") for _ in range(3)]
    for item in rows:
        q.add(item, 0.0)
    for item in rows:
        assert q.take(0.0)[0] is item
        assert q.take(0.0) == (None, None)
        q.settle(("a", False), 0.0)
    assert q.waiting == 0 and q.free == 8


def test_receipts_go_before_answers_and_answers_before_campaigns() -> None:
    q = queue()
    for thread, purpose in (("a", "bulk"), ("b", "service"), ("c", "reply"), ("d", "receipt")):
        q.add(row(thread, purpose), 0.0)
    assert taken(q) == ["d", "c", "b", "a"]


def test_a_campaign_that_waits_never_holds_up_an_answer_to_the_same_person() -> None:
    q = queue()
    q.add(row("a", "bulk"), 0.0, not_before=100.0)
    q.add(row("a", "reply"), 0.0)
    assert taken(q) == ["a"]


def test_slots_bound_what_is_under_way() -> None:
    q = queue(slots=2)
    for thread in "abc":
        q.add(row(thread), 0.0)
    assert taken(q) == ["a", "b"]
    assert q.take(0.0) == (None, None)
    q.settle(("a", False), 0.0)
    assert taken(q) == ["c"]


def test_the_accounts_rate_is_kept_and_the_wait_is_told() -> None:
    q = queue(slots=100, rate=2.0)
    for number in range(5):
        q.add(row(f"t{number}"), 0.0)
    assert len(taken(q)) == 2
    _, wait = q.take(0.0)
    assert wait is not None and 0.4 < wait <= 0.5
    assert len(taken(q, 1.0)) == 2
    assert len(taken(q, 2.0)) == 1


def test_a_threads_own_rate_is_kept_and_others_pass() -> None:
    q = queue(thread_rate=1.0)
    for _ in range(4):
        q.add(row("a"), 0.0)
    for _ in range(3):  # a burst of three
        assert q.take(0.0)[0] is not None
        q.settle(("a", False), 0.0)
    item, wait = q.take(0.0)
    assert item is None and wait is not None and wait > 0.9
    q.add(row("b"), 0.0)
    assert taken(q) == ["b"]
    assert taken(q, 1.0) == ["a"]


def test_a_retry_waits_at_the_head_of_its_thread() -> None:
    q = queue()
    first, second = row("a"), row("a")
    q.add(first, 0.0)
    q.add(second, 0.0)
    assert q.take(0.0)[0] is first
    q.add(first, 0.0, not_before=5.0, first=True)
    q.settle(("a", False), 0.0)
    assert q.take(0.0) == (None, 5.0)
    assert q.take(5.0)[0] is first


def test_a_blocked_account_sends_nothing_until_its_time() -> None:
    q = queue()
    q.add(row("a"), 0.0)
    q.block(10.0)
    q.block(4.0)  # a shorter word does not shorten it
    assert q.take(3.0) == (None, 7.0)
    assert not q.reserve("b", bulk=False, now=3.0)
    assert taken(q, 10.0) == ["a"]


def test_a_reservation_takes_a_slot_and_the_threads_turn() -> None:
    q = queue(slots=2)
    assert q.reserve("a", bulk=False, now=0.0)
    assert not q.reserve("a", bulk=False, now=0.0)
    assert q.reserve("b", bulk=False, now=0.0)
    assert not q.reserve("c", bulk=False, now=0.0)
    q.unreserve("b", bulk=False)
    assert q.reserve("c", bulk=False, now=0.0)


def test_a_reservation_does_not_overtake_what_waits_in_its_thread() -> None:
    q = queue()
    q.add(row("a"), 0.0, not_before=5.0)
    assert not q.reserve("a", bulk=False, now=0.0)


def test_the_last_slot_is_left_to_an_answer_that_waits() -> None:
    q = queue(slots=1)
    q.add(row("a", "reply"), 0.0)
    assert not q.reserve("b", bulk=True, now=0.0)


def test_a_take_over_drops_the_bots_older_words_and_nothing_else() -> None:
    q = queue()
    old, new, agents, other = (
        row("a", epoch=0), row("a", epoch=2), row("a", epoch=None), row("b", epoch=0),
    )  # fmt: skip
    for item in (old, new, agents, other):
        q.add(item, 0.0)
    assert q.forget("a", 1) == [old]
    assert q.waiting == 3
    assert [q.take(0.0)[0], q.take(0.0)[0]] == [new, other]


def test_a_thousand_threads_that_wait_do_not_slow_down_the_one_that_may_go() -> None:
    q = queue(slots=64)
    for number in range(20_000):
        q.add(row(f"t{number}"), 0.0, not_before=1_000.0 + number)
    began = time.perf_counter()
    for number in range(300):
        q.add(row(f"fresh{number}"), 0.0)
        assert taken(q) == [f"fresh{number}"]
        q.settle((f"fresh{number}", False), 0.0)
    assert time.perf_counter() - began < 1.0
    assert q.take(0.0) == (None, 1_000.0)
    assert taken(q, 1_000.0) == ["t0"]


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["reply", "bulk", "receipt"])), max_size=60)
)
def test_everything_that_is_added_comes_out_once_and_in_its_threads_order(
    work: list[tuple[str, str]],
) -> None:
    q = queue(slots=2)
    rows = [row(thread, purpose) for thread, purpose in work]
    for item in rows:
        q.add(item, 0.0)
    out: list[OutboxRow] = []
    while q.waiting:
        batch = []
        while (found := q.take(0.0)[0]) is not None:
            batch.append(found)
        assert 0 < len(batch) <= 2
        for item in batch:
            q.settle((item.thread, item.purpose == "bulk"), 0.0)
        out += batch
    assert sorted(item.id for item in out) == sorted(item.id for item in rows)
    for key in {(item.thread, item.purpose == "bulk") for item in rows}:
        one = [item.id for item in out if (item.thread, item.purpose == "bulk") == key]
        assert one == sorted(one)
    assert q.free == 2


def test_a_thread_that_a_take_over_emptied_can_be_used_again() -> None:
    q = queue()
    q.add(row("a", epoch=0), 0.0)
    q.forget("a", 1)
    assert q.reserve("a", bulk=False, now=0.0)
    q.settle(("a", False), 0.0)
    assert q.take(0.0) == (None, None)
    q.add(row("a", epoch=1), 0.0)
    assert taken(q) == ["a"]
