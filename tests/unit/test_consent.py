"""Consent, caps and quiet hours hold whatever happens, in whatever order, in whatever zone."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.caps import Cap, next_free, reached
from scheduler.consent import PURPOSES, Word, in_force
from scheduler.guards import Candidate, Facts, Limits, check
from scheduler.quiet import Calm, zone_of

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
CHANNELS = ("sms", "email", "whatsapp")
ZONES = (
    "Pacific/Pago_Pago",  # −11
    "America/St_Johns",  # −3:30 and summer time
    "Atlantic/Azores",
    "Africa/Algiers",
    "Africa/Casablanca",  # an hour back for Ramadan
    "Europe/Paris",
    "Asia/Kathmandu",  # +5:45
    "Australia/Lord_Howe",  # summer time of half an hour
    "Pacific/Chatham",  # +12:45 and +13:45
    "Pacific/Kiritimati",  # +14
    "Africa/Cairo",  # its summer time begins at midnight, which is left out
)


def word(
    granted: bool, hours: float = 0, channel: str = "", purpose: str = "all", source: str = "message"
) -> Word:
    at = NOON + timedelta(hours=hours)
    return Word(id=f"{hours}", channel=channel, purpose=purpose, granted=granted, at=at, source=source)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "unknown"),
        ([word(True)], "granted"),
        ([word(True), word(False, 1)], "refused"),
        ([word(False), word(True, 1)], "granted"),
        ([word(False), word(True)], "refused"),  # at the same instant a no is in force
        ([word(False, channel="email"), word(True, -1)], "granted"),  # of another channel
        ([word(False, channel="sms"), word(True, -1)], "refused"),
        ([word(False, purpose="information"), word(True, -1)], "granted"),  # of another purpose
        ([word(False, 1), word(True, 0, "sms", "offers")], "refused"),  # everything, later
        ([word(False, 0), word(True, 1, "sms", "offers")], "granted"),
        ([word(True, source="import")], "granted"),
        ([word(False), word(True, 9, source="import")], "refused"),  # proves too little
        ([word(False), word(True, 9, source="import_dated")], "granted"),
        ([word(False), word(True, -9, source="import_dated")], "refused"),
        ([word(True, 200)], "unknown"),  # not said yet
    ],
)
def test_the_newest_word_that_speaks_of_it_is_in_force(words: list[Word], expected: str) -> None:
    for order in (words, words[::-1]):
        assert in_force(order, "sms", "offers", NOON + timedelta(hours=100)).state == expected


def test_the_standing_at_a_past_instant_can_be_shown() -> None:
    words = [word(True, 0, source="form"), word(False, 10), word(True, 20, source="double_opt_in")]
    seen = [in_force(words, "email", "offers", NOON + timedelta(hours=h)) for h in (-1, 5, 15, 25)]
    assert [each.state for each in seen] == ["unknown", "granted", "refused", "granted"]
    assert seen[3].word is not None and seen[3].word.source == "double_opt_in"


_STEP = st.one_of(
    st.tuples(st.just("no"), st.sampled_from(["all", *PURPOSES]), st.sampled_from(["", *CHANNELS])),
    st.tuples(st.just("import"), st.sampled_from(["all", *PURPOSES]), st.sampled_from(["", *CHANNELS])),
    st.tuples(st.just("old import"), st.sampled_from(["all", *PURPOSES]), st.sampled_from(["", *CHANNELS])),
    st.tuples(st.just("message"), st.just(""), st.just("")),
    st.tuples(st.just("send"), st.sampled_from(PURPOSES), st.sampled_from(CHANNELS)),
)


@given(st.lists(_STEP, max_size=30), st.booleans())
def test_no_sequence_of_events_sends_a_promotion_after_an_opt_out(
    steps: list[tuple[str, Any, Any]], agreed: bool
) -> None:
    """Messages, imports and attempts in any order; only a new explicit yes, which is not among them, would."""
    words = [word(True, -50, source="form")] if agreed else []
    refused: list[tuple[str, str, datetime]] = []
    for number, (kind, purpose, channel) in enumerate(steps):
        at = NOON + timedelta(minutes=number)
        if kind == "no":
            words.append(word(False, number / 60, channel, purpose))
            refused.append((purpose, channel, at))
        elif kind == "import":
            words.append(word(True, number / 60, channel, purpose, "import"))
        elif kind == "old import":
            words.append(word(True, -100, channel, purpose, "import_dated"))
        elif kind == "send":
            standing = in_force(words, channel, purpose, at)
            candidate = Candidate(
                contact_id="c", purpose=purpose, channel=channel, address="a", at=at, template="t"
            )
            verdict = check(candidate, Facts(consent=standing), Limits())
            said_no = any(p in ("all", purpose) and c in ("", channel) for p, c, _ in refused)
            assert not (said_no and (verdict.allowed or verdict.delayed))
            if purpose == "offers" and not words:
                assert verdict.code == "no_consent"


_MOMENTS = st.lists(st.integers(0, 14 * 24 * 60), min_size=1, max_size=40)


@settings(max_examples=80)
@given(_MOMENTS, st.sampled_from(ZONES), st.integers(0, 3), st.integers(0, 6), st.booleans())
def test_caps_are_never_exceeded_whatever_the_order(
    minutes: list[int], zone_name: str, per_day: int, per_week: int, at_night_too: bool
) -> None:
    zone, cap = ZoneInfo(zone_name), Cap(per_day=per_day, per_week=per_week)
    calm = Calm() if at_night_too else Calm(start=time(20), end=time(8))
    limits = Limits(timezone=zone_name, cap=cap, promotional=calm, needs_yes=frozenset())
    start, sent = datetime(2026, 3, 22, tzinfo=UTC), list[datetime]()
    for minute in minutes:  # planned in any order, far and near
        at = start + timedelta(minutes=minute)
        candidate = Candidate(contact_id="c", purpose="offers", channel="sms", address="a", at=at)
        verdict = check(candidate, Facts(promotions=tuple(sent)), limits)
        if not verdict.left_out:
            when = verdict.until or at
            assert when >= at and calm.allows(when, zone)
            sent.append(when)
    days = Counter(moment.astimezone(zone).date() for moment in sent)
    assert all(count <= per_day for count in days.values())
    for day in days:
        assert sum(days[day + timedelta(days=n)] for n in range(7)) <= per_week
    if per_day and per_week:
        assert sent


def test_a_cap_names_what_is_reached_and_when_there_is_room_again() -> None:
    zone, cap = ZoneInfo("Africa/Algiers"), Cap(per_day=1, per_week=3)
    sent = [NOON - timedelta(days=n) for n in (1, 2, 3)]
    assert reached(cap, sent[:2], NOON, zone) == ""
    assert reached(cap, sent, NOON, zone) == "cap_week"
    assert reached(cap, [NOON - timedelta(hours=5)], NOON, zone) == "cap_day"
    assert next_free(cap, sent, NOON, zone) == datetime(2026, 3, 8, 23, tzinfo=UTC)  # midnight of the 9th
    assert next_free(Cap(per_day=0), [], NOON, zone) is None


def test_a_planned_message_of_tomorrow_counts_for_one_of_today() -> None:
    planned = [NOON + timedelta(days=n) for n in (1, 2, 3)]
    assert reached(Cap(), planned, NOON, ZoneInfo("UTC")) == "cap_week"


_CALMS = st.builds(
    Calm,
    start=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    end=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
)


@given(_CALMS, st.sampled_from(ZONES), st.integers(0, 365 * 24 * 60))
def test_the_next_allowed_moment_is_allowed_and_none_before_it_is_missed(
    calm: Calm, zone_name: str, minute: int
) -> None:
    zone = ZoneInfo(zone_name)
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    found = calm.next_allowed(at, zone)
    assert found is not None and found >= at and calm.allows(found, zone)
    assert calm.why(found, zone) == ""
    # No allowed moment of the same stretch was passed over but for the hour that a change of the clock takes.
    step = at
    while step < found - timedelta(hours=1):
        assert not calm.allows(step, zone)
        step += timedelta(minutes=30)


@pytest.mark.parametrize(
    ("zone", "night", "morning"),
    [
        ("Europe/Paris", "2026-03-29T00:30+00:00", "2026-03-29T06:00+00:00"),  # 02:00 to 03:00 is left out
        ("Europe/Paris", "2026-10-25T00:30+00:00", "2026-10-25T07:00+00:00"),  # 02:00 to 03:00 comes twice
        ("Pacific/Pago_Pago", "2026-03-05T08:00+00:00", "2026-03-05T19:00+00:00"),
        ("Pacific/Kiritimati", "2026-03-05T08:00+00:00", "2026-03-05T18:00+00:00"),
        ("Africa/Algiers", "2026-03-05T21:00+00:00", "2026-03-06T07:00+00:00"),
    ],
)
def test_quiet_hours_end_at_eight_by_the_contacts_clock(zone: str, night: str, morning: str) -> None:
    found = Calm(start=time(20), end=time(8)).next_allowed(datetime.fromisoformat(night), ZoneInfo(zone))
    assert found == datetime.fromisoformat(morning)


def test_an_unknown_zone_is_the_companys() -> None:
    assert zone_of("Mars/Olympus", "Africa/Algiers") == ZoneInfo("Africa/Algiers")
    assert zone_of("", "Africa/Tunis") == ZoneInfo("Africa/Tunis")


def test_days_without_any_allowed_hour_end_the_search() -> None:
    assert Calm(is_open=lambda day: False).next_allowed(NOON, ZoneInfo("UTC")) is None
