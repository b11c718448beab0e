"""Feasts that wait for the moon, Ramadan, and what an operator says of a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.calendars import Calendars, check_change, window_of
from bot.company import calendars_of
from bot.complaints.calendar import Window, WorkingCalendar, weekly
from bot.complaints.day_changes import DayChange
from bot.complaints.deadlines import Rule, deadline_of, resolution_due
from bot.complaints.feasts import Ramadan, holidays_of, ramadans_of, span_of
from bot.config import load

ALGIERS = ZoneInfo("Africa/Algiers")
CASABLANCA = ZoneInfo("Africa/Casablanca")
USUAL, FASTING = (Window(time(8), time(17)),), (Window(time(9), time(15)),)
SUN_THU, MON_FRI = (6, 0, 1, 2, 3), (0, 1, 2, 3, 4)


def algerian(**more: object) -> Calendars:
    calendar = WorkingCalendar(
        timezone=ALGIERS,
        week=weekly(USUAL, SUN_THU),
        holidays=holidays_of("DZ"),
        ramadan_hours=weekly(FASTING, SUN_THU),
        ramadans=ramadans_of,
        version="v1",
    )
    return Calendars(replace(calendar, **more))  # type: ignore[arg-type]


def feast(day: date, until: date, new_day: date) -> DayChange:
    return DayChange(kind="feast", day=day, until=until, new_day=new_day)


EID = (date(2026, 3, 20), date(2026, 3, 22))


def received(day: int, hour: int = 10) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=ALGIERS)


def test_the_days_of_one_feast_are_found_from_any_of_them() -> None:
    holidays = holidays_of("DZ")
    assert {span_of(holidays, EID[0] + timedelta(days=n)) for n in range(3)} == {EID}
    assert span_of(holidays, date(2026, 5, 1)) == (date(2026, 5, 1), date(2026, 5, 1))


def test_a_feast_that_moves_by_a_day_moves_what_was_counted_over_it() -> None:
    calendars = algerian()
    before = resolution_due(received(17), calendars.company)
    assert before.provisional
    assert before.due_at == datetime(2026, 3, 25, 17, tzinfo=ALGIERS)
    calendars.use([feast(*EID, EID[0] + timedelta(days=1))])
    after = resolution_due(received(17), calendars.company)
    assert after.due_at == datetime(2026, 3, 26, 17, tzinfo=ALGIERS)
    assert not after.provisional
    assert "Mon 23 Mar holiday (Eid al-Fitr)" in after.explanation["en"]
    assert calendars.company.version not in ("", "v1")


def test_a_confirmed_feast_stays_and_is_no_longer_provisional() -> None:
    calendars = algerian()
    due_at = resolution_due(received(17), calendars.company).due_at
    calendars.use([feast(*EID, EID[0])])
    confirmed = resolution_due(received(17), calendars.company)
    assert (confirmed.due_at, confirmed.provisional) == (due_at, False)


def test_what_falls_on_the_same_day_as_a_feast_does_not_move_with_it() -> None:
    calendars = algerian()  # in 2025 Ashura is estimated for 5 July, which is Independence Day
    both = date(2025, 7, 5)
    assert calendars.company.is_provisional(both)
    calendars.use([feast(both, both, date(2025, 7, 6))])
    assert calendars.company.closed_because(both) == "Independence Day"
    assert calendars.company.closed_because(date(2025, 7, 6)) == "Ashura"
    assert not calendars.company.is_provisional(both)


def test_a_feast_may_move_into_another_year() -> None:
    calendars = algerian()
    calendars.use([feast(date(2026, 11, 1), date(2026, 11, 1), date(2027, 1, 3))])
    assert calendars.company.is_working_day(date(2026, 11, 1))
    assert not calendars.company.is_working_day(date(2027, 1, 3))


def test_the_month_of_ramadan_has_its_hours_until_the_day_before_the_feast() -> None:
    assert ramadans_of(2026) == (Ramadan(date(2026, 2, 18), date(2026, 3, 20)),)
    assert len(ramadans_of(2030)) == 2
    calendar = algerian().company
    assert calendar.windows_on(date(2026, 2, 17)) == USUAL
    assert calendar.windows_on(date(2026, 2, 18)) == calendar.windows_on(date(2026, 3, 19)) == FASTING
    assert calendar.windows_on(date(2026, 3, 23)) == USUAL
    due = resolution_due(received(4), calendar)
    assert due.due_at == datetime(2026, 3, 11, 15, tzinfo=ALGIERS)
    assert "Ramadan hours; due Wed 11 Mar 15:00" in due.explanation["en"]
    assert "horaires de Ramadan" in due.explanation["fr"] and "توقيت رمضان" in due.explanation["ar"]


def test_a_ramadan_seen_a_day_later_moves_the_hours_and_was_provisional() -> None:
    calendars = algerian()
    assert calendars.company.is_provisional(date(2026, 2, 18))
    assert not calendars.company.is_provisional(date(2026, 3, 4))
    first = date(2026, 2, 18)
    calendars.use([feast(first, first, date(2026, 2, 19)), feast(*EID, EID[0])])
    assert calendars.company.windows_on(first) == USUAL
    assert calendars.company.windows_on(date(2026, 2, 19)) == FASTING
    assert not calendars.company.is_provisional(date(2026, 2, 19))


def test_morocco_turns_its_clocks_around_ramadan_and_the_hours_stay_those_on_the_wall() -> None:
    calendar = WorkingCalendar(
        timezone=CASABLANCA, week=weekly((Window(time(9), time(17)),), MON_FRI), holidays=holidays_of("MA")
    )
    friday, monday = date(2026, 2, 13), date(2026, 2, 16)  # UTC+1, and UTC from Sunday 15 February on
    assert calendar.closing_of(friday) == datetime(2026, 2, 13, 16, tzinfo=UTC)
    assert calendar.closing_of(monday) == datetime(2026, 2, 16, 17, tzinfo=UTC)
    start = datetime(2026, 2, 13, 12, tzinfo=UTC)
    assert calendar.add_open(start, timedelta(hours=5)) == datetime(2026, 2, 16, 10, tzinfo=UTC)


def test_the_newest_word_on_a_day_is_in_force() -> None:
    calendars = algerian(closures={date(2026, 4, 1): "fermé"})
    day = date(2026, 4, 1)

    def change(kind: str, **more: object) -> DayChange:
        return DayChange(kind=kind, day=day, until=day, **more)  # type: ignore[arg-type]

    words = [change("worked")]
    assert calendars.use(words) and calendars.company.windows_on(day) == USUAL
    words.append(change("hours", windows=FASTING))
    assert calendars.use(words) and calendars.company.windows_on(day) == FASTING
    words.append(change("closure", name="grève"))
    assert calendars.use(words) and calendars.company.windows_on(day) == ()
    assert calendars.company.closed_because(day) == "grève"
    assert calendars.use([]) and calendars.company.closed_because(day) == "fermé"
    assert calendars.company.version == "v1"


def test_a_change_after_which_the_company_never_opens_is_refused() -> None:
    calendars = algerian()
    day = date(2026, 4, 1)
    with pytest.raises(ValueError, match="before the first"):
        check_change(calendars, DayChange(kind="closure", day=day, until=day - timedelta(days=1)), [])
    with pytest.raises(ValueError, match="400 days"):
        check_change(calendars, DayChange(kind="closure", day=day, until=day + timedelta(days=401)), [])
    year = timedelta(days=400)
    others = [
        DayChange(kind="closure", day=day + year * n, until=day + year * (n + 1), name="x") for n in (1, 2)
    ]
    with pytest.raises(ValueError, match="never open"):
        check_change(calendars, DayChange(kind="closure", day=day, until=day + year, name="x"), others)


def test_a_deadline_in_minutes_says_what_it_counted() -> None:
    calendar = algerian(ramadan_hours={}).company
    late = datetime(2026, 3, 5, 17, 42, tzinfo=ALGIERS)  # a Thursday, after closing
    due = deadline_of(Rule(minutes=270), late, calendar, "DZ")
    assert due.explanation["en"] == (
        "received Thu 5 Mar 17:42; counted from Sun 8 Mar 08:00; Fri–Sat closed; 4 h 30 min of opening time; "
        "due Sun 8 Mar 12:30"
    )
    assert due.explanation["fr"].endswith("4 h 30 min d'ouverture; échéance dim. 8 mars 12:30")
    assert "4 سا 30 د من وقت العمل" in due.explanation["ar"]


def test_a_long_deadline_names_its_number_of_days_and_its_feasts_only() -> None:
    due = resolution_due(received(24), algerian().company, 30)
    assert "30 working days" in due.explanation["en"]
    assert due.explanation["en"].count("closed") == 0


def test_a_rule_is_what_was_stored_of_it() -> None:
    with pytest.raises(ValueError, match="not both"):
        Rule(days=1, minutes=1)
    with pytest.raises(ValueError, match="not both"):
        Rule()


def test_the_hours_of_certain_days_and_of_ramadan_are_read_from_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "relais.yaml"
    path.write_text(
        """
company: {name: x, timezone: Africa/Algiers, country: DZ, working_days: [sun, mon, tue, wed, thu],
  special_hours: {2026-12-31: ["08:00-12:00"]},
  ramadan_hours: {sun: ["09:00-15:00"], fri: ["09:00-12:00"]}}
desks: {complaints: {name: x}, sales: {name: y, opening_hours: {sun: ["10:00-12:00"]}}}
""",
        encoding="utf-8",
    )
    calendars = calendars_of(load(path, {}))
    assert calendars.company.windows_on(date(2026, 12, 31)) == (window_of("08:00-12:00"),)
    assert calendars.company.windows_on(date(2026, 3, 1)) == (window_of("09:00-15:00"),)
    assert calendars.company.windows_on(date(2026, 3, 6)) == ()  # a Friday is no working day
    assert calendars.of("sales").windows_on(date(2026, 4, 5)) == (window_of("10:00-12:00"),)
    assert calendars.of("complaints") is calendars.company
    assert len(calendars.versions) == 2 and "" not in calendars.versions
    assert calendars_of(load(path, {})).versions == calendars.versions
