"""Which message a result belongs to, and within which bounds a rate is known."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.results.credit import Order, Said, Sent, Windows, credit
from scheduler.results.shares import Share
from tests.fakes import NOON

DAY = timedelta(days=1)
WINDOWS = Windows()


def day(number: float) -> datetime:
    return NOON + number * DAY


def test_an_answer_belongs_to_the_last_message_on_its_own_channel() -> None:
    sent = [
        Sent(row_id="a", channel="sms", at=day(0)),
        Sent(row_id="b", channel="sms", at=day(2)),
        Sent(row_id="c", channel="email", at=day(3)),
    ]
    found = credit(sent, [Said(day(4), "sms"), Said(day(5), "sms")], [], [], WINDOWS)
    assert {row: one.replied_at for row, one in found.items()} == {"b": day(4)}


def test_nothing_is_credited_to_a_message_that_came_after_or_too_long_before() -> None:
    sent = [Sent(row_id="a", channel="sms", at=day(1))]
    assert (
        credit(sent, [Said(day(0), "sms"), Said(day(8.1), "sms")], [Order(day(31.1), None)], [], WINDOWS)
        == {}
    )
    assert credit(sent, [Said(day(8), "sms")], [Order(day(31), Decimal(1))], [], WINDOWS) != {}


def test_a_purchase_belongs_to_what_promoted_not_to_the_notice_of_its_delivery() -> None:
    sent = [
        Sent(row_id="offer", channel="email", at=day(0)),
        Sent(row_id="notice", channel="sms", at=day(3), promotes=False),
    ]
    orders = [Order(day(4), Decimal("100")), Order(day(5), Decimal("20.5")), Order(day(6), None)]
    found = credit(sent, [], orders, [], WINDOWS)
    assert found["offer"].income == Decimal("120.5") and found["offer"].converted_at == day(4)
    assert list(found) == ["offer"]
    assert list(credit(sent[1:], [], orders, [], WINDOWS)) == ["notice"]


def test_a_no_to_everything_belongs_to_the_last_message_of_all() -> None:
    sent = [Sent(row_id="a", channel="sms", at=day(0)), Sent(row_id="b", channel="email", at=day(1))]
    assert list(credit(sent, [], [], [Said(day(2), "")], WINDOWS)) == ["b"]
    assert list(credit(sent, [], [], [Said(day(2), "sms")], WINDOWS)) == ["a"]


TIMES = st.integers(min_value=0, max_value=60).map(lambda hours: NOON + timedelta(hours=12 * hours))


@given(
    st.lists(st.tuples(TIMES, st.booleans()), max_size=8),
    st.lists(st.tuples(TIMES, st.integers(min_value=1, max_value=99)), max_size=8),
)
def test_no_purchase_is_counted_twice_and_none_before_its_cause(
    messages: list[tuple[datetime, bool]], bought: list[tuple[datetime, int]]
) -> None:
    sent = [
        Sent(row_id=str(number), channel="sms", at=at, promotes=promotes)
        for number, (at, promotes) in enumerate(messages)
    ]
    orders = [Order(at, Decimal(amount)) for at, amount in bought]
    found = credit(sent, [], orders, [], WINDOWS)
    caused = [
        order
        for order in orders
        if any(timedelta(0) <= order.at - one.at <= WINDOWS.purchase for one in sent)
    ]
    total = sum((one.income or Decimal(0) for one in found.values()), Decimal(0))
    # A promotion out of its window hides none behind it: then the last message of service is asked.
    assert total == sum((order.amount or Decimal(0) for order in caused), Decimal(0))


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [  # Newcombe 1998, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_bounds_are_those_of_the_literature(count: int, of: int, low: float, high: float) -> None:
    bounds = Share(count, of).bounds
    assert bounds is not None
    assert (round(bounds[0], 4), round(bounds[1], 4)) == (low, high)


def test_of_nothing_there_is_no_rate() -> None:
    assert Share(0, 0).rate is None and Share(0, 0).bounds is None
    bounds = Share(3, 3).bounds
    assert bounds is not None and round(bounds[0], 4) == 0.4385 and bounds[1] == 1.0
