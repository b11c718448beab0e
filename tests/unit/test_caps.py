"""The most that one contact gets, against a plain count of days."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.caps import HORIZON_DAYS, Cap, next_free, reached

ZONES = st.sampled_from(
    ["Pacific/Niue", "America/St_Johns", "UTC", "Africa/Algiers", "Europe/Paris", "Asia/Kathmandu", "Pacific/Apia",
     "Pacific/Kiritimati"]
).map(ZoneInfo)  # fmt: skip
CAPS = st.builds(Cap, per_day=st.integers(0, 3), per_week=st.integers(0, 6))
STARTS = st.sampled_from(
    [
        datetime(2011, 12, 28, tzinfo=UTC),  # Apia has no 30 December that year
        datetime(2026, 3, 27, tzinfo=UTC),  # clocks go forward in Paris
        datetime(2026, 10, 23, tzinfo=UTC),  # and back
        datetime(2026, 12, 29, tzinfo=UTC),
    ]
)
WISHES = st.lists(st.integers(0, 20 * 24 * 60), max_size=25)  # minutes after the start


@given(start=STARTS, zone=ZONES, cap=CAPS, wishes=WISHES)
@settings(max_examples=200, deadline=None)
def test_whatever_is_asked_for_in_whatever_order_no_day_and_no_seven_days_hold_too_many(
    start: datetime, zone: ZoneInfo, cap: Cap, wishes: list[int]
) -> None:
    sent: list[datetime] = []
    for minutes in wishes:
        at = start + timedelta(minutes=minutes)
        free = next_free(cap, sent, at, zone)
        if free is None:
            assert min(cap.per_day, cap.per_week) == 0 or len(sent) >= HORIZON_DAYS * cap.per_week // 7
            continue
        assert free >= at and reached(cap, sent, free, zone) == ""
        sent.append(free)
    days = Counter(each.astimezone(zone).date() for each in sent)
    assert max(days.values(), default=0) <= cap.per_day
    for first in {day - timedelta(days=back) for day in days for back in range(7)}:
        assert sum(days[first + timedelta(days=n)] for n in range(7)) <= cap.per_week


@given(start=STARTS, zone=ZONES, cap=CAPS, wishes=WISHES, minutes=st.integers(0, 20 * 24 * 60))
@settings(max_examples=200, deadline=None)
def test_what_has_to_wait_waits_for_the_first_day_with_room(
    start: datetime, zone: ZoneInfo, cap: Cap, wishes: list[int], minutes: int
) -> None:
    others = [start + timedelta(minutes=each) for each in wishes]
    at = start + timedelta(minutes=minutes)
    free = next_free(cap, others, at, zone)
    first = at.astimezone(zone).date()
    last = free.astimezone(zone).date() if free is not None else first + timedelta(days=HORIZON_DAYS)
    for day in (first + timedelta(days=n) for n in range((last - first).days)):
        assert full(cap, others, day, zone), day
    if free is not None and free != at:
        before = free - timedelta(minutes=15)
        assert before.astimezone(zone).date() < last, "the day was entered later than it begins"


def full(cap: Cap, others: list[datetime], day: date, zone: ZoneInfo) -> bool:
    days = Counter(each.astimezone(zone).date() for each in others)
    weeks = ([day + timedelta(days=n - back) for n in range(7)] for back in range(7))
    return days[day] >= cap.per_day or any(sum(days[each] for each in week) >= cap.per_week for week in weeks)


@pytest.mark.parametrize(("per_day", "per_week"), [(0, 3), (1, 0)])
def test_a_cap_of_nothing_is_never_free(per_day: int, per_week: int) -> None:
    cap = Cap(per_day=per_day, per_week=per_week)
    assert next_free(cap, [], datetime(2026, 3, 5, tzinfo=UTC), ZoneInfo("UTC")) is None
