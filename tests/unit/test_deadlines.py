"""Working calendar and deadlines: the reference cases of CO-01, and a brute-force day walker against them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.complaints.calendar import NeverOpen, Window, WorkingCalendar, weekly
from bot.complaints.deadlines import is_overdue, resolution_due
from bot.complaints.feasts import holidays_of, no_holidays

ALGIERS = ZoneInfo("Africa/Algiers")
PARIS = ZoneInfo("Europe/Paris")
NINE_TO_SIX = (Window(time(9), time(18)),)
SPLIT = (Window(time(8), time(12)), Window(time(13), time(17, 30)))
MON_FRI = (0, 1, 2, 3, 4)
SUN_THU = (6, 0, 1, 2, 3)


def calendar(days: tuple[int, ...] = MON_FRI, **changes: object) -> WorkingCalendar:
    settings: dict[str, object] = {"timezone": ALGIERS, "week": weekly(NINE_TO_SIX, days), **changes}
    return WorkingCalendar(**settings)  # type: ignore[arg-type]


def at(year: int, month: int, day: int, hour: int = 9, minute: int = 0, zone: ZoneInfo = ALGIERS) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=zone)


def due_day(received: datetime, cal: WorkingCalendar, **options: object) -> date:
    deadline = resolution_due(received, cal, **options)  # type: ignore[arg-type]
    return deadline.due_at.astimezone(cal.timezone).date()


# CO-01, its reference cases. 2 March 2026 is a Monday.


def test_received_monday_in_a_monday_to_friday_week_is_due_the_following_monday() -> None:
    assert due_day(at(2026, 3, 2), calendar()) == date(2026, 3, 9)


def test_received_monday_in_a_monday_to_saturday_week_is_due_saturday_of_the_same_week() -> None:
    assert due_day(at(2026, 3, 2), calendar((0, 1, 2, 3, 4, 5))) == date(2026, 3, 7)


def test_received_thursday_in_the_algerian_week_is_due_the_following_thursday() -> None:
    assert due_day(at(2026, 2, 26, 17, 42), calendar(SUN_THU)) == date(2026, 3, 5)


def test_received_saturday_is_due_friday_counting_from_the_day_after() -> None:
    assert due_day(at(2026, 3, 7), calendar()) == date(2026, 3, 13)


def test_received_saturday_counted_from_the_next_opening_is_due_the_monday_after() -> None:
    assert due_day(at(2026, 3, 7), calendar(), count_from="next_opening") == date(2026, 3, 16)


def test_it_is_due_at_closing_time_of_the_last_window() -> None:
    cal = calendar(week=weekly(SPLIT, MON_FRI))
    assert resolution_due(at(2026, 3, 2), cal).due_at == at(2026, 3, 9, 17, 30).astimezone(UTC)


def test_the_hour_of_receipt_does_not_move_the_due_day() -> None:
    days = {due_day(at(2026, 3, 2, hour, 59), calendar()) for hour in range(24)}
    assert days == {date(2026, 3, 9)}


def test_the_day_of_receipt_is_the_company_s_local_day_and_not_utc_s() -> None:
    late_sunday_utc = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # 00:30 on Monday in Algiers
    assert due_day(late_sunday_utc, calendar()) == date(2026, 3, 9)


def test_counted_from_the_next_opening_an_evening_counts_as_the_next_day() -> None:
    assert due_day(at(2026, 3, 2, 20), calendar(), count_from="next_opening") == date(2026, 3, 10)
    assert due_day(at(2026, 3, 2, 20), calendar()) == date(2026, 3, 9)


def test_a_public_holiday_is_not_counted() -> None:
    cal = calendar(SUN_THU, holidays=holidays_of("DZ"))
    assert due_day(at(2026, 4, 27), cal) == date(2026, 5, 4)  # 1 May is a Friday: no change
    assert due_day(at(2026, 10, 29), cal) == date(2026, 11, 8)  # 1 November is a Sunday


def test_an_estimated_feast_makes_the_deadline_provisional_until_it_is_confirmed() -> None:
    cal = calendar(SUN_THU, holidays=holidays_of("DZ"))
    assert resolution_due(at(2026, 3, 15), cal).provisional
    confirmed = calendar(
        SUN_THU,
        holidays=holidays_of("DZ"),
        closures={date(2026, 3, 20): "Aïd", date(2026, 3, 21): "Aïd", date(2026, 3, 22): "Aïd"},
    )
    assert not resolution_due(at(2026, 3, 15), confirmed).provisional


def test_a_feast_that_moved_is_worked_when_its_closure_is_empty() -> None:
    moved = calendar(SUN_THU, holidays=holidays_of("DZ"), closures={date(2026, 3, 22): ""})
    assert due_day(at(2026, 3, 15), moved) == date(2026, 3, 22)
    assert due_day(at(2026, 3, 15), calendar(SUN_THU, holidays=holidays_of("DZ"))) == date(2026, 3, 23)


def test_a_company_closure_pushes_the_deadline_and_is_named_in_its_explanation() -> None:
    cal = calendar(closures={date(2026, 3, 4): "inventaire"})
    deadline = resolution_due(at(2026, 3, 2), cal)
    assert deadline.due_at == at(2026, 3, 10, 18).astimezone(UTC)
    assert "inventaire" in deadline.explanation["fr"]


def test_special_hours_win_over_the_week_and_over_a_holiday() -> None:
    short = (Window(time(9), time(13)),)
    cal = calendar(special_hours={date(2026, 3, 9): short, date(2026, 3, 7): short})
    assert resolution_due(at(2026, 3, 2), cal).due_at == at(2026, 3, 7, 13).astimezone(UTC)


def test_the_explanation_says_in_each_language_what_was_counted() -> None:
    words = resolution_due(at(2026, 2, 26, 17, 42), calendar(SUN_THU), country="DZ").explanation
    assert words["en"] == "received Thu 26 Feb 17:42; Fri–Sat closed; days 1–5 = Sun–Thu; due Thu 5 Mar 18:00"
    assert words["fr"].endswith("échéance jeu. 5 mars 18:00")
    assert "فيفري" in words["ar"]
    assert "فبراير" in resolution_due(at(2026, 2, 26), calendar(), country="MA").explanation["ar"]


def test_the_due_hour_is_wall_clock_time_across_a_change_of_summer_time() -> None:
    cal = calendar(timezone=PARIS)
    due_at = resolution_due(at(2026, 3, 26, 9, zone=PARIS), cal).due_at  # clocks change on Sunday 29 March
    assert due_at.astimezone(PARIS) == datetime(2026, 4, 2, 18, tzinfo=PARIS)


def test_no_working_day_is_an_error_that_names_the_setting_and_never_a_loop() -> None:
    with pytest.raises(NeverOpen, match="working_days"):
        calendar(())
    closed = calendar(closures={date(2026, 1, 1) + timedelta(days=n): "closed" for n in range(2000)})
    with pytest.raises(NeverOpen, match=r"company.working_days"):
        resolution_due(at(2026, 3, 2), closed)
    with pytest.raises(NeverOpen):
        closed.next_opening(at(2026, 3, 2))


def test_impossible_settings_are_refused_with_words() -> None:
    with pytest.raises(ValueError, match="before they begin"):
        Window(time(18), time(9))
    with pytest.raises(ValueError, match="overlap"):
        calendar(week={0: (Window(time(9), time(13)), Window(time(12), time(18)))})
    with pytest.raises(ValueError, match="resolve_within"):
        resolution_due(at(2026, 3, 2), calendar(), 0)
    with pytest.raises(ValueError, match=r"company\.country"):
        holidays_of("XX")
    with pytest.raises(ValueError, match="time zone"):
        calendar().is_open(datetime(2026, 3, 2, 9))  # noqa: DTZ001


def test_opening_is_inclusive_and_closing_is_exclusive() -> None:
    cal = calendar(week=weekly(SPLIT, MON_FRI))
    assert cal.is_open(at(2026, 3, 2, 8))
    assert not cal.is_open(at(2026, 3, 2, 12))
    assert cal.is_open(at(2026, 3, 2, 17, 29))
    assert not cal.is_open(at(2026, 3, 2, 17, 30))


def test_the_next_opening_is_now_after_lunch_or_on_the_next_working_day() -> None:
    cal = calendar(week=weekly(SPLIT, MON_FRI))
    assert cal.next_opening(at(2026, 3, 2, 10)) == at(2026, 3, 2, 10)
    assert cal.next_opening(at(2026, 3, 2, 12, 30)) == at(2026, 3, 2, 13)
    assert cal.next_opening(at(2026, 3, 6, 20)) == at(2026, 3, 9, 8)


def test_a_window_may_end_at_midnight() -> None:
    cal = calendar(week=weekly((Window(time(14), time(0)),), MON_FRI))
    assert cal.is_open(at(2026, 3, 2, 23, 59))
    assert resolution_due(at(2026, 3, 2), cal).due_at == at(2026, 3, 10, 0).astimezone(UTC)


def test_working_days_are_added_at_an_hour_or_at_the_opening_when_that_hour_is_closed() -> None:
    cal = calendar()
    assert cal.add_working_days(at(2026, 3, 5, 16), 3, at=time(10)) == at(2026, 3, 10, 10)
    assert cal.add_working_days(at(2026, 3, 5, 16), 3, at=time(3)) == at(2026, 3, 10, 9)
    assert cal.add_working_days(at(2026, 3, 5, 16), 1) == at(2026, 3, 6, 9)


def test_overdue_begins_after_the_due_instant() -> None:
    due_at = at(2026, 3, 9, 18).astimezone(UTC)
    assert not is_overdue(due_at, due_at)
    assert is_overdue(due_at, due_at + timedelta(seconds=1))


def walk(received: datetime, days: int, working: set[int], closed: set[date], zone: ZoneInfo) -> date:
    """The rule, one day after the other."""
    day = received.astimezone(zone).date()
    while days:
        day += timedelta(days=1)
        if day.weekday() in working and day not in closed:
            days -= 1
    return day


@settings(max_examples=150, deadline=None)
@given(
    received=st.datetimes(
        min_value=datetime(2024, 1, 1),  # noqa: DTZ001
        max_value=datetime(2028, 1, 1),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
    days=st.integers(1, 15),
    working=st.sets(st.integers(0, 6), min_size=1),
    offsets=st.sets(st.integers(0, 60), max_size=20),
    zone=st.sampled_from([ALGIERS, PARIS, ZoneInfo("Asia/Tokyo"), ZoneInfo("America/Los_Angeles")]),
)
def test_the_deadline_agrees_with_a_walk_day_by_day(
    received: datetime, days: int, working: set[int], offsets: set[int], zone: ZoneInfo
) -> None:
    first = received.astimezone(zone).date()
    closed = {first + timedelta(days=offset) for offset in offsets}
    cal = WorkingCalendar(
        timezone=zone,
        week=weekly(NINE_TO_SIX, tuple(working)),
        holidays=no_holidays,
        closures=dict.fromkeys(closed, "closed"),
    )
    deadline = resolution_due(received, cal, days)
    expected = walk(received, days, working, closed, zone)
    assert deadline.due_at == datetime.combine(expected, time(18), tzinfo=zone)
    assert len(deadline.counted_days) == days
    assert not set(deadline.counted_days) & closed
