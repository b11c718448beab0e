"""When something falls: every rule of the calendar against a slow, plain count of days."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.feasts import feast_days
from scheduler.recurrence import (
    LeapPolicy,
    Offset,
    Series,
    anchors_of,
    birthdays_on,
    day_bounds,
    from_hijri,
    hijri_days_on,
    hijri_month_days,
    instant,
    is_late,
    median_gap,
    shift,
    to_hijri,
    yearly_days,
    zone_of,
)

DAYS = st.dates(date(1970, 1, 1), date(2090, 12, 31))
ZONES = st.sampled_from(
    [
        "Pacific/Pago_Pago", "Pacific/Honolulu", "America/St_Johns", "America/New_York", "America/Santiago",
        "UTC", "Africa/Algiers", "Africa/Casablanca", "Europe/Paris", "Asia/Kathmandu", "Australia/Lord_Howe",
        "Pacific/Chatham", "Pacific/Apia", "Pacific/Kiritimati",
    ]
)  # fmt: skip
OFFSETS = st.one_of(
    st.integers(-400, 400).map(lambda days: Offset(days=days)),
    st.integers(-30, 30).map(lambda months: Offset(months=months)),
    st.builds(
        lambda months, days: Offset(months=months, days=days), st.integers(-5, 5), st.integers(-40, 40)
    ),
)
POLICIES: tuple[LeapPolicy, ...] = ("feb_28", "mar_1", "leap_years")


def all_days(first: date, last: date) -> list[date]:
    return [date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1)]


@pytest.mark.parametrize("policy", POLICIES)
def test_every_birthday_is_kept_once_a_year_and_29_february_as_was_chosen(policy: LeapPolicy) -> None:
    for year in range(1999, 2013):
        kept = [
            text
            for day in all_days(date(year, 1, 1), date(year, 12, 31))
            for text in birthdays_on(day, policy)
        ]
        leap = monthrange(year, 2)[1] == 29
        assert len(kept) == len(set(kept)) == (365 if not leap and policy == "leap_years" else 366)
        assert ("02-29" in kept) == (leap or policy != "leap_years")
        own = yearly_days(2, 29, year, policy)
        assert own is None or "02-29" in birthdays_on(own, policy)


def test_who_was_born_on_29_february() -> None:
    assert birthdays_on(date(2027, 2, 28), "feb_28") == ("02-28", "02-29")
    assert birthdays_on(date(2027, 3, 1), "mar_1") == ("03-01", "02-29")
    assert birthdays_on(date(2028, 2, 28), "feb_28") == ("02-28",)
    assert birthdays_on(date(2100, 2, 28), "feb_28") == ("02-28", "02-29")  # a century is no leap year


@given(day=DAYS, by=OFFSETS)
@settings(max_examples=150, deadline=None)
def test_the_days_that_lead_to_a_day_are_those_that_a_search_finds(day: date, by: Offset) -> None:
    around = date(day.year, day.month, 15) - timedelta(days=by.days + by.months * 30.5)
    searched = all_days(around - timedelta(days=70), around + timedelta(days=70))
    assert anchors_of(day, by) == tuple(anchor for anchor in searched if shift(anchor, by) == day)


@given(anchor=DAYS, by=OFFSETS)
@settings(max_examples=150, deadline=None)
def test_no_occasion_is_forgotten_at_a_months_end(anchor: date, by: Offset) -> None:
    assert anchor in anchors_of(shift(anchor, by), by)


def test_months_are_clamped_to_their_last_day() -> None:
    assert shift(date(2026, 1, 31), Offset(months=1)) == date(2026, 2, 28)
    assert shift(date(2028, 3, 31), Offset(months=-1)) == date(2028, 2, 29)
    assert shift(date(2026, 11, 30), Offset(months=3)) == date(2027, 2, 28)
    assert anchors_of(date(2026, 2, 28), Offset(months=1)) == tuple(
        date(2026, 1, day) for day in range(28, 32)
    )
    assert anchors_of(date(2026, 3, 31), Offset(months=1)) == ()


@given(day=DAYS, zone=ZONES, at=st.times().map(lambda value: value.replace(microsecond=0)))
@settings(max_examples=200, deadline=None)
def test_a_local_hour_is_that_hour_or_follows_a_gap_and_is_the_first_of_two(
    day: date, zone: str, at: time
) -> None:
    where = ZoneInfo(zone)
    found = instant(day, at, where)
    shown = found.astimezone(where)
    wanted = datetime.combine(day, at)
    if shown.replace(tzinfo=None) == wanted:
        earlier = [found - timedelta(minutes=minutes) for minutes in (30, 60)]
        assert all(one.astimezone(where).replace(tzinfo=None) != wanted for one in earlier)
        return
    # The clock never showed it: every instant of that day tells so, and ours comes just after the gap.
    around = [found + timedelta(minutes=minutes) for minutes in range(-26 * 60, 26 * 60, 15)]
    assert all(one.astimezone(where).replace(tzinfo=None) != wanted for one in around)
    assert timedelta(0) < shown.replace(tzinfo=None) - wanted <= timedelta(hours=24)


@given(day=DAYS, zone=ZONES)
@settings(max_examples=100, deadline=None)
def test_days_follow_each_other_without_a_hole(day: date, zone: str) -> None:
    begins, ends = day_bounds(day, ZoneInfo(zone))
    assert day_bounds(day + timedelta(days=1), ZoneInfo(zone))[0] == ends
    assert timedelta(0) <= ends - begins <= timedelta(hours=25)
    assert begins.tzinfo is UTC


def test_a_clock_change_moves_the_hour_and_never_doubles_it() -> None:
    paris = ZoneInfo("Europe/Paris")
    assert instant(date(2026, 3, 29), time(2, 30), paris) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert instant(date(2026, 10, 25), time(2, 30), paris) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_the_hijri_calendar_is_a_chain_of_days_without_a_hole() -> None:
    days = all_days(date(1990, 1, 1), date(2060, 12, 31))
    for before, after in pairwise(days):
        year, month, number = to_hijri(before)
        assert from_hijri(year, month, number) == before
        last = number == hijri_month_days(year, month)
        expected = (year + (month == 12), month % 12 + 1, 1) if last else (year, month, number + 1)
        assert to_hijri(after) == expected
    assert to_hijri(date(2025, 6, 27)) == (1447, 1, 1)
    assert to_hijri(date(1979, 11, 20)) == (1399, 12, 29)


def test_a_hijri_anniversary_comes_once_in_every_hijri_year() -> None:
    for wanted in ("01-01", "02-30", "12-30", "09-27"):
        kept = [day for day in all_days(date(2020, 1, 1), date(2040, 1, 1)) if wanted in hijri_days_on(day)]
        assert {(after - before).days for before, after in pairwise(kept)} <= {353, 354, 355, 356}


def test_a_feast_is_provisional_until_a_person_says_its_day() -> None:
    (guess,) = feast_days("eid_al_fitr", 2026, country="DZ")
    assert guess.day == date(2026, 3, 20) and guess.provisional
    (sure,) = feast_days("eid_al_fitr", 2026, country="DZ", confirmed={2026: date(2026, 3, 21)})
    assert sure.day == date(2026, 3, 21) and not sure.provisional
    assert abs((feast_days("eid_al_fitr", 2026)[0].day - guess.day).days) <= 1
    assert len(feast_days("eid_al_fitr", 2000)) == 2  # January and December


def test_a_series_of_days_is_what_a_count_of_all_days_finds() -> None:
    days = all_days(date(2026, 1, 1), date(2027, 12, 31))
    mondays = [day for day in days if day.weekday() == 0]
    assert list(Series(weekday="mon").days(days[0], days[-1])) == mondays
    ends = [day for day in days if (day + timedelta(days=1)).day == 1]
    assert list(Series(day="last").days(days[0], days[-1])) == ends
    quarters = [day for day in days if day.day == 1 and day.month in (1, 4, 7, 10)]
    assert [day for day in days if Series(month="1,4,7,10", day="1").falls_on(day)] == quarters


def test_a_weekday_by_number_is_refused_because_it_means_two_days() -> None:
    with pytest.raises(ValueError, match="write its name"):
        Series(weekday="0")


@given(gaps=st.lists(st.integers(1, 200), min_size=2, max_size=12))
def test_the_rhythm_is_the_gap_that_half_of_the_gaps_do_not_exceed(gaps: list[int]) -> None:
    days = [date(2020, 1, 1)]
    for gap in gaps:
        days.append(days[-1] + timedelta(days=gap))
    assert median_gap([*reversed(days), days[0]]) == sorted(gaps)[(len(gaps) - 1) // 2]
    assert median_gap(days[:2]) is None


@pytest.mark.parametrize(
    ("timezone", "country", "phone", "zone"),
    [
        ("Asia/Tokyo", "DZ", "+2135", "Asia/Tokyo"),
        ("", "dz", "+3361", "Africa/Algiers"),
        ("", "", "+2135", "Africa/Algiers"),
        ("", "", "+2126", "Africa/Casablanca"),
        ("", "", "+1310", "America/Los_Angeles"),
        ("", "US", "", "America/New_York"),
        ("Mars/Base", "", "", "Africa/Tunis"),
        ("", "", "12345", "Africa/Tunis"),
        ("../etc/passwd", "ZZ", "+999", "Africa/Tunis"),
    ],
)
def test_a_contacts_zone_is_their_own_word_their_country_or_their_number(
    timezone: str, country: str, phone: str, zone: str
) -> None:
    assert zone_of(timezone, country, phone, "Africa/Tunis").key == zone


def test_late_is_later_than_was_allowed() -> None:
    due = datetime(2026, 3, 5, 9, tzinfo=UTC)
    assert not is_late(due, due + timedelta(days=1), timedelta(days=1))
    assert is_late(due, due + timedelta(days=1, seconds=1), timedelta(days=1))
