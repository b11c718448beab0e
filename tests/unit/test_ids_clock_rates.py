"""Identifiers that sort by time, the clock, and token buckets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import Clock, ManualClock
from bot.ids import IdMaker
from bot.rates import Bucket
from tests.fakes import NOON


def test_identifiers_are_uuids_of_version_seven_with_their_time() -> None:
    made = UUID(IdMaker(ManualClock(NOON)).new())
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == int(NOON.timestamp() * 1000)


def test_identifiers_sort_as_they_were_made_and_never_repeat_within_one_millisecond() -> None:
    maker = IdMaker(ManualClock(NOON))
    made = [maker.new() for _ in range(10_000)]  # more than the counter of one millisecond holds
    assert made == sorted(made) and len(set(made)) == 10_000
    assert {len(item) for item in made} == {32}


def test_identifiers_never_go_back_when_the_clock_does() -> None:
    clock = ManualClock(NOON)
    maker = IdMaker(clock)
    before = maker.new()
    clock.advance(timedelta(hours=-1))
    after = maker.new()
    assert after > before


def test_two_makers_at_the_same_instant_make_different_identifiers() -> None:
    one, two = IdMaker(ManualClock(NOON)), IdMaker(ManualClock(NOON))
    assert not {one.new() for _ in range(1_000)} & {two.new() for _ in range(1_000)}


def test_the_clock_is_aware_and_can_be_moved_both_ways() -> None:
    clock = Clock()
    assert clock.now().tzinfo is UTC
    assert abs(clock.epoch_ms() - clock.now().timestamp() * 1000) < 1000
    clock.advance(timedelta(days=2))
    assert clock.shift == timedelta(days=2)
    assert timedelta(days=1, hours=23) < clock.now() - datetime.now(UTC) <= timedelta(days=2)
    assert abs(clock.epoch_ms() - clock.now().timestamp() * 1000) < 1000
    clock.advance(timedelta(days=-2))
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_budgets_never_run_backwards() -> None:
    clock, manual = Clock(), ManualClock(NOON)
    before, before_manual = clock.monotonic(), manual.monotonic()
    clock.advance(timedelta(hours=-1))
    manual.advance(timedelta(hours=-1))
    assert clock.monotonic() >= before and manual.monotonic() >= before_manual
    manual.advance(timedelta(seconds=3))
    assert manual.monotonic() == before_manual + 3


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    bucket = Bucket(2.0, burst=3, now=0.0)
    for _ in range(3):
        assert bucket.wait_s(0.0) == 0
        bucket.take()
    assert bucket.wait_s(0.0) == pytest.approx(0.5)
    assert bucket.wait_s(0.5) == 0
    bucket.take()
    assert bucket.wait_s(100.0) == 0
    for _ in range(3):  # a long rest fills it no further than its burst
        bucket.take()
    assert bucket.wait_s(100.0) == pytest.approx(0.5)


def test_a_rate_of_nothing_is_no_limit() -> None:
    bucket = Bucket(0.0, burst=1, now=0.0)
    for _ in range(100):
        assert bucket.wait_s(0.0) == 0
        bucket.take()


def test_a_token_that_was_not_used_can_be_given_back_but_not_twice() -> None:
    bucket = Bucket(1.0, burst=1, now=0.0)
    bucket.take()
    bucket.give_back()
    bucket.give_back()
    assert bucket.wait_s(0.0) == 0
    bucket.take()
    assert bucket.wait_s(0.0) == pytest.approx(1.0)


@given(
    rate=st.floats(0.1, 100),
    burst=st.integers(1, 20),
    steps=st.lists(st.floats(0, 2), min_size=1, max_size=60),
)
def test_no_stretch_of_time_gives_more_than_burst_and_rate(
    rate: float, burst: int, steps: list[float]
) -> None:
    bucket, now, count = Bucket(rate, burst=burst, now=0.0), 0.0, 0
    for step in steps:
        now += step
        while bucket.wait_s(now) == 0:
            bucket.take()
            count += 1
    assert count <= burst + rate * now + 1e-3
