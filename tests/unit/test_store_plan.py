"""What both stores agree on: verdicts, statuses, references."""

from __future__ import annotations

from itertools import product

import pytest

from bot.dialogue.turn import REFERENCE
from bot.store.plan import moves_forward, numbered, put_reference, timer_entry, verdict
from bot.store.port import DueTimer, TurnCommit
from bot.store.tables import HOT, from_sqlite_time, row, to_sqlite_time
from tests.fakes import NOON
from tests.integration.storebench import conversation

SENT = ("accepted", "delivered", "read")


@pytest.mark.parametrize(("current", "new"), list(product((*SENT, "claimed", "uncertain"), SENT)))
def test_a_status_moves_only_up_its_ladder(current: str, new: str) -> None:
    ladder = ("claimed", "uncertain", *SENT)
    higher = ladder.index(new) > max(ladder.index(current), 1)
    assert moves_forward(current, new) is higher


def test_a_failure_is_final_and_what_was_delivered_can_not_fail() -> None:
    assert moves_forward("accepted", "failed") and moves_forward("uncertain", "failed")
    assert not moves_forward("delivered", "failed") and not moves_forward("read", "failed")
    assert not any(moves_forward(final, new) for final in ("failed", "cancelled") for new in SENT)


def commit(*journal_ids: str, version: int = 0) -> TurnCommit:
    state = conversation(version=version)
    return TurnCommit(
        account_id="lab", thread="t1", journal_ids=journal_ids, conversation=state, expected_version=version
    )


def test_a_turn_is_gone_before_it_is_stale() -> None:
    turn = commit("a", "b", version=3)
    assert turn.conversation is not None
    current, other = {turn.conversation.id: 3}, {turn.conversation.id: 4}
    assert verdict(turn, {"a", "b", "c"}, current) == "done"
    assert verdict(turn, {"a", "b"}, other) == "stale"
    assert verdict(turn, {"a", "b"}, {}) == "stale"  # the conversation was deleted
    assert verdict(turn, {"a"}, current) == "gone"
    assert verdict(commit("a"), {"a"}, {}) == "done"


def test_a_reference_reaches_every_depth_and_leaves_the_rest_alone() -> None:
    value = {"a": [f"<{REFERENCE}>", 1, None, ("x", {"b": REFERENCE})], "c": True}
    assert put_reference(value, "R1") == {"a": ["<R1>", 1, None, ("x", {"b": "R1"})], "c": True}


def test_a_case_is_numbered_with_six_digits_and_more_where_needed() -> None:
    turn = commit("a")
    turn.case_counter = "RC-2026"
    assert numbered(turn, 7)[1] == "RC-2026-000007"
    assert numbered(turn, 1_234_567)[1] == "RC-2026-1234567"


def test_a_timers_entry_is_the_same_whoever_makes_it() -> None:
    timer = DueTimer(
        id="x" * 32, key="k", kind="lab", account_id="lab", thread="t", due_at=NOON, payload={}, attempts=0
    )
    assert timer_entry(timer, NOON) == timer_entry(timer, NOON)
    assert len(timer_entry(timer, NOON).id) <= 64


def test_a_row_is_whole_or_refused() -> None:
    with pytest.raises(KeyError):
        row("counters", name="x")
    assert row("counters", name="x", value=1) == ("x", 1)
    assert "seq" not in HOT["journal"].columns  # given by the database


def test_sqlite_times_are_written_in_one_way() -> None:
    assert to_sqlite_time(NOON) == "2026-03-05 12:00:00.000000"
    assert to_sqlite_time(None) is None
    assert from_sqlite_time("2026-03-05 12:00:00.000000") == NOON
