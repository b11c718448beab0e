"""Opening time against a walk minute by minute: lunch breaks, midnights, weekends, feasts, Ramadan, clock changes."""

from __future__ import annotations

import os
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.complaints.calendar import NeverOpen, Window, WorkingCalendar, weekly
from bot.complaints.deadlines import Pause, Rule, deadline_of, warning_at
from bot.complaints.feasts import Ramadan

MANY = int(os.environ.get("RELAIS_CALENDAR_CASES", "100"))
MINUTE = timedelta(minutes=1)

PLACES = {
    "Algiers": ("Africa/Algiers", (6, 0, 1, 2, 3), date(2026, 3, 8)),
    "Casablanca, Ramadan begins": ("Africa/Casablanca", (0, 1, 2, 3, 4), date(2026, 2, 13)),
    "Casablanca, Ramadan ends": ("Africa/Casablanca", (0, 1, 2, 3, 4), date(2026, 3, 18)),
    "Tunis": ("Africa/Tunis", (0, 1, 2, 3, 4, 5), date(2026, 6, 1)),
    "Paris, spring": ("Europe/Paris", (0, 1, 2, 3, 4), date(2026, 3, 25)),
    "Paris, autumn": ("Europe/Paris", (0, 1, 2, 3, 4), date(2026, 10, 21)),
    "Cairo, spring at midnight": ("Africa/Cairo", (6, 0, 1, 2, 3), date(2026, 4, 20)),
}
DAYS, BEFORE, AFTER = 12, 20, 45
HOURS: list[tuple[Window, ...]] = [
    (Window(time(9), time(17)),),
    (Window(time(8), time(12)), Window(time(13), time(17, 30))),
    (Window(time(8), time(12, 30)), Window(time(14, 15), time(18))),  # a long break, for Friday prayer
    (Window(time(14), time(0)),),
    (Window(time(0), time(0)),),
    (Window(time(0), time(2, 30)), Window(time(2, 45), time(3, 15)), Window(time(22), time(0))),
    (),
]
CLOSED = len(HOURS) - 1


EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def minute_of(moment: datetime) -> int:
    return (moment - EPOCH) // MINUTE


def moment_of(minute: int) -> datetime:
    return EPOCH + MINUTE * minute


class Walker:
    """The open minutes around some days, counted from EPOCH, found by asking the wall clock of each."""

    def __init__(self, minutes: list[int]) -> None:
        self.minutes = minutes

    def add(self, moment: datetime, count: int) -> datetime | None:
        first = bisect_left(self.minutes, minute_of(moment))
        if first + count > len(self.minutes):
            return None
        return moment_of(self.minutes[first + count - 1] + 1)

    def subtract(self, moment: datetime, count: int) -> datetime | None:
        last = bisect_left(self.minutes, minute_of(moment))
        return moment_of(self.minutes[last - count]) if last >= count else None

    def between(self, start: datetime, end: datetime) -> int:
        first, last = (bisect_left(self.minutes, minute_of(moment)) for moment in (start, end))
        return max(0, last - first)

    def without(self, start: datetime, end: datetime) -> Walker:
        first, last = (bisect_left(self.minutes, minute_of(moment)) for moment in (start, end))
        return Walker(self.minutes[:first] + self.minutes[last:])

    def is_open(self, moment: datetime) -> bool:
        found = bisect_left(self.minutes, minute_of(moment))
        return found < len(self.minutes) and self.minutes[found] == minute_of(moment)


@cache
def wall_minutes(zone: str, first: date) -> dict[date, list[tuple[int, time]]]:
    """Every minute of the local days around a day, with what the clock on the wall shows then."""
    tz = ZoneInfo(zone)
    at = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=BEFORE + 1)
    days: dict[date, list[tuple[int, time]]] = {}
    for _ in range((BEFORE + AFTER + 2) * 1440):
        local = at.astimezone(tz)
        days.setdefault(local.date(), []).append((minute_of(at), local.time()))
        at += MINUTE
    return days


@cache
def open_minutes_of(zone: str, first: date, day: date, hours: int) -> tuple[int, ...]:
    """From the first minute at or after the opening hour to the last before the closing hour."""
    minutes = wall_minutes(zone, first)[day]
    found: set[int] = set()
    for window in HOURS[hours]:
        opens = next((at for at, wall in minutes if wall >= window.opens), None)
        closes = [at for at, wall in minutes if window.ends_at_midnight or wall < window.closes]
        if opens is not None and closes:
            found |= {at for at, _ in minutes if opens <= at <= closes[-1]}
    return tuple(sorted(found))


@dataclass(frozen=True)
class Case:
    calendar: WorkingCalendar
    moment: datetime
    walker: Walker = field(repr=False)
    by_day: list[tuple[date, tuple[int, ...]]] = field(repr=False)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What a failing example shows: all but the minutes."""
        printer.text(repr(self))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    zone, working, first = PLACES[draw(st.sampled_from(sorted(PLACES)))]
    usual, fasting, special = (draw(st.integers(0, len(HOURS) - 2)) for _ in range(3))
    closed = frozenset(first + timedelta(days=n) for n in draw(st.sets(st.integers(0, DAYS - 1), max_size=4)))
    special_day = first + timedelta(days=draw(st.integers(0, DAYS - 1)))
    ramadan = Ramadan(
        first + timedelta(days=draw(st.integers(-20, DAYS))), first + timedelta(days=draw(st.integers(0, 40)))
    )
    calendar = WorkingCalendar(
        timezone=ZoneInfo(zone),
        week=weekly(HOURS[usual], working),
        closures=dict.fromkeys(closed, "closed"),
        special_hours={special_day: HOURS[special]},
        ramadan_hours=weekly(HOURS[fasting], working),
        ramadans=lambda year: (ramadan,) if ramadan.first.year == year else (),
    )

    def hours(day: date) -> int:
        if day == special_day:
            return special
        if day in closed or day.weekday() not in working:
            return CLOSED
        return fasting if ramadan.first <= day < ramadan.feast else usual

    days = [first + timedelta(days=n) for n in range(-BEFORE, AFTER + 1)]
    by_day = [(day, open_minutes_of(zone, first, day, hours(day))) for day in days]
    walker = Walker(list(chain.from_iterable(minutes for _, minutes in by_day)))
    midnight = datetime(first.year, first.month, first.day, tzinfo=UTC)
    return Case(calendar, midnight + MINUTE * draw(st.integers(0, DAYS * 1440)), walker, by_day)


quick = settings(
    max_examples=MANY, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@quick
@given(case=cases(), count=st.integers(1, 4000))
def test_opening_time_is_added_and_taken_away_as_a_walk_minute_by_minute_does(case: Case, count: int) -> None:
    calendar, walker, moment = case.calendar, case.walker, case.moment
    length = MINUTE * count
    later, earlier = walker.add(moment, count), walker.subtract(moment, count)
    assert calendar.is_open(moment) == walker.is_open(moment)
    if later is not None:
        assert calendar.add_open(moment, length) == later
        assert calendar.open_between(moment, later) == length
        assert calendar.subtract_open(later, length) <= later - length
    if earlier is not None:
        assert calendar.subtract_open(moment, length) == earlier
    opening = walker.add(moment, 1)
    if opening is not None:
        assert calendar.next_opening(moment) == opening - MINUTE


@quick
@given(case=cases(), other=st.integers(0, 20 * 1440))
def test_the_opening_time_between_two_instants_is_what_a_walk_counts(case: Case, other: int) -> None:
    end = case.moment + MINUTE * other
    assert case.calendar.open_between(case.moment, end) == MINUTE * case.walker.between(case.moment, end)
    assert case.calendar.open_between(end, case.moment - MINUTE) == timedelta()


def walked_days(case: Case, days: int, pauses: tuple[Pause, ...]) -> datetime | None:
    """The rule of working days, one day after the other, by the last open minute of each."""
    start = case.calendar.local_day(case.moment)
    for day, minutes in case.by_day:
        if day <= start or not minutes:
            continue
        closing = moment_of(minutes[-1] + 1)
        days -= not any(began < closing < ended for began, ended in pauses)
        if days == 0:
            return closing
    return None


@st.composite
def pauses(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    """Minutes after the start: pauses in order, none touching another."""
    cuts = sorted(draw(st.sets(st.integers(1, 6 * 1440), max_size=4)))
    return tuple(zip(cuts[::2], cuts[1::2], strict=False))


@quick
@given(case=cases(), days=st.integers(1, 6), stood_still=pauses())
def test_working_days_with_pauses_end_where_a_walk_day_by_day_ends(
    case: Case, days: int, stood_still: tuple[tuple[int, int], ...]
) -> None:
    spans = tuple((case.moment + MINUTE * start, case.moment + MINUTE * end) for start, end in stood_still)
    without = deadline_of(Rule(days=days), case.moment, case.calendar, languages=()).due_at
    # A clock that has run out can't be stopped any more.
    known = tuple(span for span in spans if span[0] < without)[:1]
    due = deadline_of(Rule(days=days, pauses=known), case.moment, case.calendar, languages=()).due_at
    assert due == walked_days(case, days, known)
    assert due >= without


@quick
@given(case=cases(), count=st.integers(1, 3000), stood_still=pauses())
def test_minutes_with_pauses_end_where_a_walk_over_the_running_minutes_ends(
    case: Case, count: int, stood_still: tuple[tuple[int, int], ...]
) -> None:
    spans = tuple((case.moment + MINUTE * start, case.moment + MINUTE * end) for start, end in stood_still)
    running = case.walker
    for start, end in reversed(spans):
        running = running.without(start, end)
    expected = running.add(case.moment, count)
    if expected is not None:
        rule = Rule(minutes=count, pauses=spans)
        assert deadline_of(rule, case.moment, case.calendar, languages=()).due_at == expected


@quick
@given(case=cases(), days=st.integers(1, 6), left=st.sampled_from([0.0, 0.1, 0.25, 0.5]))
def test_a_warning_leaves_its_share_of_the_opening_time(case: Case, days: int, left: float) -> None:
    due_at = deadline_of(Rule(days=days), case.moment, case.calendar, languages=()).due_at
    warned_at = warning_at(case.moment, due_at, left, case.calendar)
    whole = case.calendar.open_between(case.moment, due_at)
    assert case.moment <= warned_at <= due_at
    assert case.calendar.open_between(warned_at, due_at) == whole * left


def test_opening_time_that_never_comes_is_an_error_and_never_a_loop() -> None:
    closures = {date(2026, 3, 1) + timedelta(days=n): "closed" for n in range(1000)}
    calendar = WorkingCalendar(
        timezone=ZoneInfo("Africa/Algiers"), week=weekly(HOURS[0], (0,)), closures=closures
    )
    moment = datetime(2026, 3, 5, tzinfo=UTC)
    for search in (calendar.next_opening, lambda at: calendar.add_open(at, MINUTE)):
        with pytest.raises(NeverOpen, match=r"company\.working_days"):
            search(moment)
    with pytest.raises(NeverOpen):
        calendar.subtract_open(datetime(2028, 10, 1, tzinfo=UTC), MINUTE)
    with pytest.raises(NeverOpen):
        deadline_of(Rule(minutes=5), moment, calendar)
    with pytest.raises(ValueError, match="forwards"):
        calendar.add_open(moment, -MINUTE)
