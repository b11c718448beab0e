"""The graded brake: machines are stopped, people who chat are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.brake import LoopBrake

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
THREAD = ("mail", "t1")


def answered(times: int, every: timedelta) -> tuple[LoopBrake, datetime]:
    """A brake after so many answers, and the moment of the next one."""
    brake, now = LoopBrake(), NOON
    for _ in range(times):
        brake.count(THREAD, now)
        now += every
    return brake, now


@pytest.mark.parametrize(
    ("answers", "minutes", "held"),
    [
        (9, 0.5, False),
        (10, 0.5, True),
        (14, 2, False),  # ten take twenty minutes, fifteen would take thirty
        (15, 1.9, True),
        (99, 6.1, False),  # one every six minutes, for ten hours
        (100, 5.9, True),
    ],
)
def test_mail_is_held_by_the_count_in_each_span(answers: int, minutes: float, held: bool) -> None:
    brake, now = answered(answers, timedelta(minutes=minutes))
    assert brake.holds(THREAD, mail=True, now=now) is held


def test_people_chat_six_times_as_fast() -> None:
    brake, now = answered(59, timedelta(seconds=5))
    assert not brake.holds(THREAD, mail=False, now=now)
    brake.count(THREAD, now)
    assert brake.holds(THREAD, mail=False, now=now)


def test_a_quiet_while_or_a_person_releases_the_brake_and_other_threads_are_free() -> None:
    brake, now = answered(10, timedelta(seconds=1))
    assert not brake.holds(("mail", "t2"), mail=True, now=now)
    assert not brake.holds(THREAD, mail=True, now=now + timedelta(minutes=11))
    brake.release(THREAD)
    assert not brake.holds(THREAD, mail=True, now=now)
