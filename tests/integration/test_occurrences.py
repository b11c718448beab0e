"""Planning on real databases: who, on which day, at which instant, once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.records import Equipment, LoyaltyAccount, Occurrence, Quote
from bot.store.port import Store
from scheduler.occurrences import Planner
from scheduler.rule_book import confirm
from tests.conftest import Database, Opener
from tests.integration.rulebench import (
    ALGERIA,
    READY,
    add,
    person,
    purchase,
    talk,
    turn_on,
    utc,
)
from tests.integration.storebench import new_id, rows_of

Row = tuple[str, datetime]


async def plan(store: Store, now: datetime) -> int:
    return await Planner(store, ALGERIA, lambda: READY, clock=ManualClock(now)).tick()


async def due(store: Store, **where: Any) -> list[Row]:
    rows = await rows_of(store, Occurrence)
    return sorted(
        (row.contact_id, row.due_at) for row in rows if row.status == where.get("status", "planned")
    )


async def test_a_birthday_is_due_at_nine_where_the_contact_lives(store: Store) -> None:
    homes = {
        "Pacific/Kiritimati": utc(2026, 3, 4, 19),
        "Asia/Kathmandu": utc(2026, 3, 5, 3, 15),
        "Africa/Algiers": utc(2026, 3, 5, 8),
        "Pacific/Pago_Pago": utc(2026, 3, 5, 20),
    }
    born = {await person(store, timezone=zone, birthday="03-05"): at for zone, at in homes.items()}
    born[await person(store, "+33612345678", birthday="03-05")] = utc(2026, 3, 5, 8)
    born[await person(store, country="TN", birthday="03-05")] = utc(2026, 3, 5, 8)
    born[await person(store, timezone="No/Where", country="??", birthday="03-05")] = utc(2026, 3, 5, 8)
    await person(store, birthday="03-06", timezone="Pacific/Pago_Pago")
    await turn_on(store, "birthday", utc(2026, 3, 1))
    assert await plan(store, utc(2026, 3, 4, 18, 30)) == len(born)
    assert await due(store) == sorted(born.items())


async def test_planning_again_and_in_two_processes_adds_nothing(
    database: Database, open_store: Opener
) -> None:
    store = await open_store(database)
    for _ in range(3):
        await person(store, birthday="03-05")
    await turn_on(store, "birthday", utc(2026, 3, 1))
    assert await plan(store, utc(2026, 3, 4, 12)) == 3
    assert await plan(store, utc(2026, 3, 4, 12)) == 0
    await person(store, birthday="03-05")
    other = await open_store(database, "f" * 32) if database.shared else store
    assert await plan(other, utc(2026, 3, 4, 12, 20)) == 1


@pytest.mark.parametrize(("leap", "day"), [("feb_28", 28), ("mar_1", 1), ("leap_years", 0)])
async def test_who_was_born_on_29_february_has_the_day_that_was_chosen(
    store: Store, leap: str, day: int
) -> None:
    contact = await person(store, birthday="02-29")
    await turn_on(store, "birthday", utc(2026, 2, 1), when={"kind": "yearly", "leap": leap})
    for number in (26, 27, 28, 29):
        await plan(store, utc(2026, 2, 1) + timedelta(days=number - 1))
    month = 2 if day == 28 else 3
    assert await due(store) == ([(contact, utc(2026, month, day, 8))] if day else [])


async def test_a_rule_switched_on_sends_nothing_that_was_due_before(store: Store) -> None:
    await person(store, birthday="03-05")
    late = await person(store, birthday="03-05", timezone="America/New_York")
    await turn_on(store, "birthday", utc(2026, 3, 5, 10))
    await plan(store, utc(2026, 3, 5, 10))
    assert await due(store) == [(late, utc(2026, 3, 5, 14))]


async def test_what_was_missed_for_too_long_is_noted_and_not_sent(store: Store) -> None:
    early = await person(store, birthday="03-05")
    just = await person(store, birthday="03-09")
    await turn_on(store, "birthday", utc(2026, 3, 1))
    await plan(store, utc(2026, 3, 1))
    await plan(store, utc(2026, 3, 10, 7))  # the program stood still for nine days
    assert await due(store) == [(just, utc(2026, 3, 9, 8))]
    assert await due(store, status="skipped") == [(early, utc(2026, 3, 5, 8))]


async def test_a_card_is_reminded_of_at_60_30_and_7_days_and_in_its_days_of_grace(store: Store) -> None:
    contact = await person(store)
    card = {"contact_id": contact, "number": "C1", "opened_on": date(2025, 6, 30)}
    await add(store, LoyaltyAccount, card | {"expires_on": date(2026, 6, 30)})
    await turn_on(store, "card_expiry", utc(2026, 4, 30))
    for day in (utc(2026, 5, 1), utc(2026, 5, 31), utc(2026, 6, 22, 12), utc(2026, 6, 30, 12)):
        await plan(store, day)
    days = [at.date() for _, at in await due(store)]
    assert days == [date(2026, 5, 1), date(2026, 5, 31), date(2026, 6, 23), date(2026, 7, 1)]


async def test_equipment_is_called_in_before_its_service(store: Store) -> None:
    contact = await person(store)
    await add(
        store,
        Equipment,
        {"contact_id": contact, "product": "Élévateur", "next_service_on": date(2026, 3, 20)},
        {"contact_id": contact, "product": "Malaxeur", "next_service_on": date(2026, 4, 20)},
    )
    await turn_on(store, "periodic_service", utc(2026, 3, 1))
    await plan(store, utc(2026, 3, 5, 12))
    assert await due(store) == [(contact, utc(2026, 3, 6, 8))]


async def test_the_day_of_an_instant_is_the_contacts_own(store: Store) -> None:
    """A quote of 23:30 in Algiers was issued the same day there, and the day after in Kathmandu."""
    here = await person(store, timezone="Africa/Algiers")
    there = await person(store, timezone="Asia/Kathmandu")
    for number, contact in enumerate((here, there)):
        quote = {
            "contact_id": contact,
            "reference": f"D{number}",
            "amount": 1,
            "currency": "DZD",
            "summary": "",
        }
        await add(store, Quote, quote | {"issued_at": utc(2026, 3, 1, 22, 30)})
    await turn_on(store, "quote_followup", utc(2026, 3, 1))
    await plan(store, utc(2026, 3, 7, 12))
    await plan(store, utc(2026, 3, 8, 12))
    assert sorted(await due(store)) == sorted([(here, utc(2026, 3, 8, 8)), (there, utc(2026, 3, 9, 3, 15))])


async def test_a_newcomer_is_welcomed_once_and_those_of_before_are_not(store: Store) -> None:
    await person(store)
    new = await person(store, created_at=utc(2026, 3, 5, 10))
    await turn_on(store, "welcome", utc(2026, 3, 5, 9))
    assert await plan(store, utc(2026, 3, 5, 10, 5)) == 0
    assert await plan(store, utc(2026, 3, 5, 10, 11)) == 1
    assert await plan(store, utc(2026, 3, 5, 23, 59)) + await plan(store, utc(2026, 3, 6, 0, 5)) == 0
    assert await due(store) == [(new, utc(2026, 3, 5, 10, 11))]


async def test_only_the_first_purchase_is_thanked_for(store: Store) -> None:
    new, old = await person(store), await person(store)
    await purchase(store, old, utc(2025, 1, 1))
    for contact in (new, old):
        await purchase(store, contact, utc(2026, 3, 5, 10))
    await purchase(store, new, utc(2026, 3, 5, 10), product="B8")
    await turn_on(store, "first_purchase", utc(2026, 3, 1))
    await plan(store, utc(2026, 3, 5, 12))
    assert await due(store) == [(new, utc(2026, 3, 6, 8))]


async def test_win_back_goes_by_the_last_purchase(store: Store) -> None:
    gone, back = await person(store), await person(store)
    for contact in (gone, back):
        await purchase(store, contact, utc(2026, 1, 1, 12))
    await purchase(store, back, utc(2026, 2, 1, 12))
    await purchase(store, gone, utc(2026, 2, 1, 12), status="cancelled")
    await turn_on(store, "win_back", utc(2026, 6, 28))
    await plan(store, utc(2026, 6, 29, 12))
    assert await due(store) == [(gone, utc(2026, 6, 30, 8))]


async def test_a_silent_contact_is_written_to_after_their_last_word_anywhere(store: Store) -> None:
    silent, heard = await person(store), await person(store)
    await talk(store, silent, "+213550000001", utc(2026, 1, 1, 12))
    await talk(store, silent, "+213550000002", utc(2025, 1, 1, 12))
    await talk(store, heard, "+213550000003", utc(2026, 1, 1, 12))
    await talk(store, heard, "+213550000004", utc(2026, 1, 9, 12))
    await turn_on(store, "nurture", utc(2026, 3, 30))
    await plan(store, utc(2026, 3, 31, 12))
    assert await due(store) == [(silent, utc(2026, 4, 1, 8))]


async def test_a_reorder_is_proposed_in_the_customers_own_rhythm(store: Store) -> None:
    monthly, twice = await person(store), await person(store)
    for day in (date(2026, 1, 1), date(2026, 1, 11), date(2026, 2, 10), date(2026, 3, 12)):
        await purchase(store, monthly, utc(day.year, day.month, day.day, 12))
        await purchase(store, monthly, utc(day.year, day.month, day.day, 12), product="B8")
    for day in (date(2026, 2, 10), date(2026, 3, 12)):
        await purchase(store, twice, utc(day.year, day.month, day.day, 12))
    await turn_on(store, "reorder", utc(2026, 4, 9))
    await plan(store, utc(2026, 4, 10, 12))  # gaps of 10, 30 and 30 days: 30 days after 12 March
    assert await due(store) == [(monthly, utc(2026, 4, 11, 8))]


async def test_a_feast_waits_until_a_person_confirms_its_day(store: Store) -> None:
    contact = await person(store)
    await turn_on(store, "eid_al_fitr_wishes", utc(2026, 3, 18))
    await plan(store, utc(2026, 3, 19, 12))
    assert await due(store) == []
    made: dict[str, Any] = {"by": "test", "new_id": new_id(), "now": utc(2026, 3, 19, 20)}
    await store.write(
        lambda session: confirm(session, READY, "eid_al_fitr_wishes", date(2026, 3, 21), **made)
    )
    await plan(store, utc(2026, 3, 20, 12))
    assert await due(store) == [(contact, utc(2026, 3, 21, 8))]


async def test_everybody_is_planned_in_slices(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.occurrences._SLICE", 3)
    known = [await person(store) for _ in range(7)]
    await person(store, stage="lost")
    await turn_on(store, "year_end_wishes", utc(2026, 12, 30))
    assert await plan(store, utc(2026, 12, 30, 20)) == len(known)
    assert await plan(store, utc(2026, 12, 31, 6)) == 0


async def test_a_hijri_anniversary_stands_in_a_field(store: Store) -> None:
    contact = await person(store, fields={"founded_hijri": "01-01"})
    await person(store, fields={"founded_hijri": "01-02"})
    when = {"kind": "yearly", "of": "fields.founded_hijri", "calendar": "hijri"}
    await turn_on(store, "birthday", utc(2025, 6, 26), when=when)
    await plan(store, utc(2025, 6, 26, 12))  # 1 Muharram 1447 is 27 June 2025
    assert await due(store) == [(contact, utc(2025, 6, 27, 8))]
