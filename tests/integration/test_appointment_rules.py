"""Reminders before an appointment and the follow-up by its outcome, through the rules, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.records import Appointment
from bot.records.base import table_of
from bot.store.port import Store
from scheduler.rules import RuleError, read_rule
from tests.integration.rulebench import LONG_AGO, add, person, turn_on, utc
from tests.integration.test_rules_sent import PHONE, House, yes

START = utc(2026, 3, 10, 13, 30)  # a Tuesday, 14:30 in Algiers
HOUR = timedelta(hours=1)


async def booked(store: Store, contact: str, **more: Any) -> str:
    row: dict[str, Any] = {
        "contact_id": contact,
        "kind": "advice",
        "resource": "Samira",
        "starts_at": START,
        "status": "booked",
        "place": "Showroom",
        "recap": "",
        "updated_at": LONG_AGO,
    } | more
    row["ends_at"] = row["starts_at"] + HOUR
    return (await add(store, Appointment, row))[0]


async def change(store: Store, appointment: str, **values: Any) -> None:
    rows = table_of(Appointment)
    await store.write(
        lambda session: session.execute(update(rows).where(rows.c.id == appointment).values(values))
    )


async def lives(store: Store, rule: str, since: datetime, until: datetime) -> House:
    """Switch a rule on and let time pass, looked at every half hour."""
    house = House(store, since)
    await turn_on(store, rule, since)
    await house.live(until, every=HOUR / 2)
    return house


async def test_a_reminder_goes_the_day_before_and_some_hours_before(store: Store) -> None:
    contact = await person(store, PHONE, language="fr")
    await booked(store, contact)
    house = await lives(store, "appointment_reminder", utc(2026, 3, 8, 6), START + HOUR)
    sent = await house.outbox()
    times = [row.created_at for row in sent]
    assert times[0] == utc(2026, 3, 9, 8)  # 09:00 in Algiers, the day before
    assert times[1] == utc(2026, 3, 10, 10, 30) and len(times) == 2  # three hours before
    for row in sent:
        assert "mardi 10 mars à 14:30" in row.body["text"] and row.purpose == "service"


async def test_a_reminder_is_in_the_contacts_own_time_and_language(store: Store) -> None:
    contact = await person(store, "+33612345678", language="en", country="FR")
    later = utc(2026, 7, 7, 13, 30)
    await booked(store, contact, starts_at=later)
    house = await lives(store, "appointment_reminder", later - 4 * HOUR, later)
    (row,) = await house.outbox()
    assert "Tuesday 7 July at 15:30 (Paris time)" in row.body["text"]


async def test_nobody_is_reminded_of_what_was_cancelled_or_moved_away(store: Store) -> None:
    contact = await person(store, PHONE, language="fr")
    cancelled, moved = [await booked(store, contact, resource=name) for name in ("Samira", "Yacine")]
    house = await lives(store, "appointment_reminder", utc(2026, 3, 8, 6), utc(2026, 3, 8, 8))
    await change(store, cancelled, status="cancelled")
    week = timedelta(days=7)
    await change(store, moved, status="changed", starts_at=START + week)
    await house.live(START + HOUR, every=HOUR / 2)
    assert await house.outbox() == []
    await house.live(START + week, every=HOUR / 2)
    assert [row.created_at.date() for row in await house.outbox()] == [
        utc(2026, 3, 16).date(), utc(2026, 3, 17).date()
    ]  # fmt: skip


async def test_what_was_booked_a_moment_ago_was_confirmed_a_moment_ago(store: Store) -> None:
    contact = await person(store, PHONE, language="fr")
    await booked(store, contact, updated_at=START - HOUR)
    house = await lives(store, "appointment_reminder", START - HOUR, START + HOUR)
    assert await house.outbox() == []


@pytest.mark.parametrize(
    ("outcome", "rule", "days", "words"),
    [
        ("missed", "appointment_missed", [11], "RENDEZ-VOUS"),
        ("accepted", "appointment_accepted", [11], "accord"),
        ("proposal", "appointment_proposal", [17, 31], "proposition"),
    ],
)
async def test_the_follow_up_goes_by_the_outcome(
    store: Store, outcome: str, rule: str, days: list[int], words: str
) -> None:
    contact = await person(store, PHONE, language="fr")
    status = "missed" if outcome == "missed" else "held"
    await booked(store, contact, status=status, outcome=outcome)
    other = await person(store, "+213550000099", language="fr")
    await booked(store, other, status="held", outcome="done", resource="Yacine")
    house = House(store, START + HOUR)
    await turn_on(store, rule, START + HOUR)
    await house.live(utc(2026, 4, 2), every=timedelta(hours=5))
    sent = await house.outbox()
    assert [row.created_at.day for row in sent] == days
    assert all(row.recipient == PHONE and words in row.body["text"] for row in sent)


async def test_who_missed_one_and_booked_another_is_left_in_peace(store: Store) -> None:
    contact = await person(store, PHONE, language="fr")
    await booked(store, contact, status="missed", outcome="missed")
    await booked(store, contact, starts_at=START + timedelta(days=5))
    await yes(store, contact, "service")
    house = await lives(store, "appointment_missed", START + HOUR, START + timedelta(days=2))
    assert await house.outbox() == []


@pytest.mark.parametrize("of", ["card.expires_on", "purchase.at"])
def test_hours_before_go_with_an_appointment_alone(of: str) -> None:
    rule = {"name": "early", "purpose": "service", "when": {"kind": "date", "of": of},
            "steps": [{"after": "-3h", "template": "outreach/welcome"}]}  # fmt: skip
    with pytest.raises(RuleError, match=r"appointment\.starts_at alone"):
        read_rule(rule)
    assert read_rule(rule | {"when": {"kind": "date", "of": "appointment.starts_at"}})
