"""Free places: never outside of the hours, never over what is held, whatever is booked in whatever order."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.appointments.calendar_file import CalendarEvent, calendar_file
from bot.appointments.kinds import CELL, Kind
from bot.appointments.slots import Slot, Wanted, all_slots, cells_of, offer, spans_on, within
from bot.appointments.words import when_words
from bot.complaints.calendar import Window, WorkingCalendar, weekly

PARIS = ZoneInfo("Europe/Paris")
ALGIERS = ZoneInfo("Africa/Algiers")
NOW = datetime(2026, 3, 23, 7, 0, tzinfo=UTC)  # a Monday; Paris changes its clocks on the Sunday after
CALENDAR = WorkingCalendar(
    timezone=PARIS,
    week=weekly((Window(time(8), time(12)), Window(time(13, 30), time(18))), (0, 1, 2, 3, 4, 6)),
    closures={date(2026, 3, 25): "inventaire"},
)


def kind(**changes: object) -> Kind:
    given_ = {
        "id": "k",
        "names": {"fr": "k"},
        "lasts": timedelta(minutes=30),
        "resources": ("A", "B"),
    } | changes
    return Kind(**given_)  # type: ignore[arg-type]


multiples = st.integers(1, 24).map(lambda number: number * CELL)
kinds = st.builds(
    kind,
    lasts=multiples,
    pause=st.integers(0, 6).map(lambda number: number * CELL),
    step=multiples,
    resources=st.sampled_from([("A",), ("A", "B"), ("B", "C", "A")]),
    week=st.sampled_from([{}, {1: (Window(time(9), time(11)),), 3: (Window(time(11), time(14)),)}]),
    notice=st.integers(0, 48).map(lambda hours: timedelta(hours=hours)),
    horizon=st.integers(3, 12).map(lambda days: timedelta(days=days)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(kinds, min_size=1, max_size=3), st.lists(st.integers(0, 400), max_size=25))
def test_whatever_is_booked_nobody_is_met_twice_at_once(several: list[Kind], picks: list[int]) -> None:
    """Kinds of different lengths share their people, and each booking takes any place that is free then."""
    taken: dict[str, set[datetime]] = {}
    booked: list[tuple[str, datetime, datetime]] = []
    for number, pick in enumerate(picks):
        one = several[number % len(several)]
        free = list(all_slots(one, CALENDAR, taken, now=NOW))
        if not free:
            continue
        slot = free[pick % len(free)]
        ends_at = slot.starts_at + one.lasts
        for resource, begins, until in booked:
            assert resource != slot.resource or ends_at <= begins or until <= slot.starts_at
        assert within(one, CALENDAR, slot.starts_at, ends_at)
        assert NOW + one.notice <= slot.starts_at <= NOW + one.horizon
        assert slot.starts_at.astimezone(PARIS).date() != date(2026, 3, 25)
        booked.append((slot.resource, slot.starts_at, ends_at + one.pause))
        taken.setdefault(slot.resource, set()).update(cells_of(slot.starts_at, ends_at, one.pause))
    assert sum(len(cells) for cells in taken.values()) == sum((until - at) // CELL for _, at, until in booked)


@settings(max_examples=40, deadline=None)
@given(kinds, st.integers(2, 3), st.sampled_from([PARIS, ALGIERS]), st.booleans())
def test_an_offer_is_of_free_places_each_at_its_own_time(
    one: Kind, count: int, zone: ZoneInfo, tuesday: bool
) -> None:
    wanted = Wanted(days=(date(2026, 3, 24),) if tuesday else (), to_time=time(12))
    free = set(all_slots(one, CALENDAR, {}, now=NOW))
    found, exact = offer(one, CALENDAR, {}, wanted, now=NOW, zone=zone, count=count)
    assert set(found) <= free and len({slot.starts_at for slot in found}) == len(found) <= count
    assert found == sorted(found)
    fits = [slot for slot in free if wanted.fits(slot, zone)]
    assert exact == bool(fits) and all(wanted.fits(slot, zone) for slot in found) == (exact or not found)
    assert bool(found) == bool(free)


def test_the_hours_are_the_local_ones_on_both_sides_of_a_change_of_the_clocks() -> None:
    before, after = (
        next(iter(spans_on(kind(), CALENDAR, day))) for day in (date(2026, 3, 27), date(2026, 3, 29))
    )
    assert (before[0].hour, after[0].hour) == (7, 6)  # 08:00 in Paris


def test_a_day_is_not_offered_as_three_half_hours_in_a_row() -> None:
    wanted = Wanted(days=(date(2026, 3, 24),))
    found, exact = offer(kind(), CALENDAR, {}, wanted, now=NOW, zone=PARIS, count=3)
    hours = [slot.starts_at.astimezone(PARIS).strftime("%H:%M") for slot in found]
    assert exact and hours[0] == "08:00" and hours[-1] == "17:30" and len(hours) == 3


def test_the_nearest_day_and_hour_come_where_nothing_fits() -> None:
    wanted = Wanted(days=(date(2026, 3, 25),), at=time(10))  # closed
    found, exact = offer(kind(), CALENDAR, {}, wanted, now=NOW, zone=PARIS, count=3)
    days = {slot.starts_at.astimezone(PARIS).date() for slot in found}
    assert not exact and days <= {date(2026, 3, 24), date(2026, 3, 26)}


def test_the_one_who_is_least_busy_comes_first() -> None:
    taken = {"A": set(cells_of(NOW + timedelta(days=3), NOW + timedelta(days=3, hours=1)))}
    assert next(all_slots(kind(), CALENDAR, taken, now=NOW)).resource == "B"
    assert next(all_slots(kind(), CALENDAR, {}, now=NOW)).resource == "A"


@pytest.mark.parametrize(
    ("language", "zone", "said"),
    [
        ("fr", ALGIERS, "mercredi 1er juillet à 15:00"),
        ("fr", PARIS, "mercredi 1er juillet à 16:00 (heure de Paris)"),
        ("en", PARIS, "Wednesday 1 July at 16:00 (Paris time)"),
        ("ar", PARIS, "الأربعاء 1 جويلية على الساعة 16:00 (بتوقيت باريس)"),
    ],
)
def test_a_time_is_said_by_the_contacts_clock(language: str, zone: ZoneInfo, said: str) -> None:
    moment = datetime(2026, 7, 1, 14, tzinfo=UTC)
    assert when_words(moment, language, zone, company_zone=ALGIERS, country="DZ") == said


def test_a_calendar_file_is_the_same_event_in_every_version() -> None:
    event = CalendarEvent(
        uid="x@relais", sequence=3, starts_at=NOW, ends_at=NOW + timedelta(hours=1), title="موعد, conseil; X",
        place="Béjaïa", written_at=NOW, cancelled=True,
    )  # fmt: skip
    text = calendar_file(event, company="Atlas").decode()
    for line in (
        "METHOD:CANCEL",
        "UID:x@relais",
        "SEQUENCE:3",
        "STATUS:CANCELLED",
        "DTSTART:20260323T070000Z",
    ):
        assert line in text
    assert "VALARM" not in text and "موعد\\, conseil\\; X" in text


def test_cells_cover_the_pause_and_nothing_more() -> None:
    at = datetime(2026, 3, 23, 9, tzinfo=UTC)
    cells = cells_of(at, at + timedelta(minutes=10), timedelta(minutes=5))
    assert cells == (at, at + CELL, at + 2 * CELL)
    assert Slot(at, "A") < Slot(at + CELL, "A")
