"""What the pages of campaigns and the calendar read: kept plans, lists, people, files, and the days to come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from bot.console.campaigns.kept_plan import Plans
from bot.console.campaigns.listing import count_by_status, taken_names, waiting_of
from bot.console.campaigns.people import HEADS, as_csv, known, people, runs_of
from bot.console.planned.agenda import (
    KINDS,
    PAGE,
    Sources,
    edges_of,
    read_agenda,
    read_day,
    titles_of,
    with_simulated,
)
from bot.records import Appointment, Occurrence, OutreachRule, Recipient
from bot.records.base import table_of
from bot.store.port import Store
from scheduler.campaigns import book
from scheduler.campaigns.book import ChangedSince
from scheduler.campaigns.definition import Definition
from scheduler.campaigns.plan_file import Totals
from scheduler.campaigns.ports import PlannedLine
from scheduler.campaigns.reckoning import handed_over, last_due
from scheduler.simulation.lines import Daily
from tests.integration.campaignbench import OFFER, START, Agency, change, crowd, says
from tests.integration.storebench import new_id

ZONE = ZoneInfo("Africa/Algiers")
TODAY = START.astimezone(ZONE).date()
NOBODY = Sources()


async def _lines(agency: Agency, **changes: Any) -> AsyncIterator[PlannedLine]:
    for line in await agency.plan(**changes):
        yield line


async def test_a_plan_is_kept_searched_and_compared_with_the_next_one(store: Store) -> None:
    agency, plans = Agency(store), Plans()
    ids = await crowd(store, 4)
    await crowd(store, 2, yes=False, first=100)
    definition = Definition.model_validate(OFFER)
    first = await plans.make("hourdis", definition, START, _lines(agency), tell=lambda totals: True)
    assert first is not None and first.totals.waiting == 4 and first.totals.reasons == {"no_consent": 2}
    assert first.doors == [("sms", "fr", 4, 180_000)] and first.differences is None
    assert len(first.file.page("skipped", "no_consent")) == 2
    assert first.file.page("skipped", "no_consent", after=first.file.page("skipped")[-1]["contact_id"]) == []
    line = first.file.of(ids[0])
    assert line is not None and line["channel"] == "sms" and "hourdis" in line["text"]
    assert first.file.of("nobody") is None
    await says(store, ids[0], granted=False, at=START - timedelta(days=1))
    await crowd(store, 1, first=200)
    second = await plans.make("hourdis", definition, START, _lines(agency), tell=lambda totals: True)
    assert second is not None and second.differences == {"same": 5, "changed": 1, "new": 1}
    assert {each.kind for each in second.changes} == {"changed", "new"}
    assert plans.of("hourdis") is second


async def test_a_plan_that_is_broken_off_leaves_the_former_one(store: Store) -> None:
    plans = Plans()
    definition = Definition.model_validate(OFFER)

    async def many() -> AsyncIterator[PlannedLine]:
        for number in range(5_000):
            yield PlannedLine(
                recipient_id=f"r{number}", contact_id=f"{number:05}", name="", status="skipped", due_at=START,
                reason="no_address",
            )  # fmt: skip

    seen: list[int] = []

    def tell(totals: Totals) -> bool:
        seen.append(totals.lines)
        return len(seen) < 3

    assert await plans.make("big", definition, START, many(), tell=tell) is None
    assert seen == [500, 1_000, 1_500] and plans.of("big") is None
    whole = await plans.make("big", definition, START, many(), tell=lambda totals: True)
    assert whole is not None and whole.totals.lines == 5_000


async def test_a_draft_that_somebody_else_changed_is_not_overwritten(store: Store) -> None:
    agency = Agency(store)
    mailing = await agency.write()
    definition = Definition.model_validate(OFFER | {"title": "Autre"})
    given: dict[str, Any] = {"campaign_id": "x", "by": "Samia", "now": START, "replace": True}
    await store.write(lambda session: book.write_down(session, definition, version=mailing.version, **given))
    with pytest.raises(ChangedSince):
        await store.write(
            lambda session: book.write_down(session, definition, version=mailing.version, **given)
        )


async def test_the_list_goes_page_by_page_and_knows_who_still_waits(store: Store) -> None:
    agency = Agency(store)
    await crowd(store, 3)
    for number in range(5):
        await agency.write(name=f"spring_{number}")
    mailing = await agency.started(name="summer")
    await agency.tender.tick()
    assert await store.read(count_by_status) == {"draft": 5, "running": 1}
    first = await store.read(lambda session: book.some(session, limit=4))
    rest = await store.read(lambda session: book.some(session, after=first[-1].id, limit=4))
    assert [each.name for each in [*first, *rest]] == ["summer", *(f"spring_{n}" for n in (4, 3, 2, 1, 0))]
    drafts = await store.read(lambda session: book.some(session, statuses=("draft",)))
    assert len(drafts) == 5
    assert await taken_names(store, "spring_") == {f"spring_{number}" for number in range(5)}
    waiting = await store.read(lambda session: waiting_of(session, [mailing.id]))
    outbox = await store.read(lambda session: handed_over(session, mailing.id))
    assert waiting.get(mailing.id, 0) + sum(outbox.values()) == 3


async def test_people_are_listed_found_and_written_to_a_file(store: Store) -> None:
    agency = Agency(store)
    ids = await crowd(store, 3)
    await crowd(store, 1, yes=False, first=100)
    await change(store, ids[0], name="=HYPERLINK(1)", mode="")
    mailing = await agency.started()
    await agency.live(START + timedelta(minutes=1), timedelta(seconds=20))
    named = await store.read(lambda session: runs_of(session, mailing.id))
    assert named == [mailing.id]
    left = await store.read(lambda session: people(session, named, status="skipped", reason="no_consent"))
    assert len(left) == 1
    sent = await store.read(lambda session: people(session, named, status="sent", limit=2))
    more = await store.read(lambda session: people(session, named, status="sent", after=sent[-1].id))
    assert len(sent) == 2 and len(more) == 1
    found = await store.read(lambda session: known(session, "Client 1", "DZ"))
    assert ids[1] in [each.id for each in found]
    data = await as_csv(
        store, named, language="fr", heads=HEADS, say=lambda status, reason, detail: (status, reason)
    )
    lines = data.decode("utf-8-sig").splitlines()
    assert len(lines) == 5 and "'=HYPERLINK(1)" in data.decode()
    assert await store.read(lambda session: last_due(session, mailing.id)) is None


async def _rule(store: Store, name: str, contacts: list[str], due: Any) -> None:
    rule_id = new_id()
    rows = [
        {"id": new_id(), "rule_id": rule_id, "contact_id": each, "subject_id": "", "on_date": due.date(), "step": 0,
         "due_at": due, "status": "planned", "reason": "", "detail": "", "channel": "", "cost": 0}
        for each in contacts
    ]  # fmt: skip
    rule = {"id": rule_id, "name": name, "definition": {"since": due.isoformat()}, "active": True, "version": 1,
            "changed_by": "test", "changed_at": START}  # fmt: skip

    def work(session: Any) -> None:
        session.execute(insert(table_of(OutreachRule)), [rule])
        session.execute(insert(table_of(Occurrence)), rows)

    await store.write(work)


async def test_the_calendar_shows_what_waits_what_starts_and_who_meets(store: Store) -> None:
    agency = Agency(store)
    ids = await crowd(store, 3)
    await _rule(store, "birthday", ids[:2], START + timedelta(days=1))
    await _rule(store, "service_reminder", ids[:1], START - timedelta(hours=2))  # late: it goes today
    meeting = {"id": new_id(), "contact_id": ids[0], "kind": "visit", "resource": "Karim", "place": "Béjaïa",
               "starts_at": START + timedelta(days=2), "ends_at": START + timedelta(days=2, hours=1),
               "status": "booked", "outcome": "", "recap": "", "sequence": 0, "token": "", "created_at": START,
               "updated_at": START}  # fmt: skip
    await store.write(lambda session: session.execute(insert(table_of(Appointment)), [meeting]))
    await agency.started(name="later", title="Plus tard", start="2026-03-10T10:00")
    await agency.started(name="weekly", repeat={"weekday": "sun", "at": "10:00"})
    await agency.move("pause", (await agency.started(name="held", start="2026-03-12T09:00")).name)
    sources = Sources(reminders=frozenset({"service_reminder"}))
    last = TODAY + timedelta(days=14)
    agenda = await store.read(
        lambda session: read_agenda(session, TODAY, last, zone=ZONE, now=START, sources=sources)
    )

    def on(day: date) -> list[tuple[str, str, int | None]]:
        return [(each.kind, each.source, each.number) for each in agenda.on(day)]

    assert on(TODAY) == [("reminder", "service_reminder", 1)]
    assert on(TODAY + timedelta(days=1)) == [("rule", "birthday", 2)]
    assert on(TODAY + timedelta(days=2)) == [("appointment", "visit", 1)]
    assert on(date(2026, 3, 8)) == [("campaign", "weekly", None)]
    assert on(date(2026, 3, 10)) == [("campaign", "later", None)]
    assert on(date(2026, 3, 12)) == [("campaign", "held", None)] and agenda.paused == ["held"]
    assert agenda.on(TODAY, ("campaign",)) == []
    assert await store.read(lambda session: titles_of(session, ["later"])) == {"later": "Plus tard"}
    simulated = with_simulated(
        agenda, TODAY, [Daily(day=1, source="rule:birthday", channel="sms", number=9),
                        Daily(day=4, source="rule:birthday", channel="sms", number=2),
                        Daily(day=4, source="rule:birthday", channel="email", number=3)], sources,
    )  # fmt: skip
    assert [each.number for each in simulated.on(TODAY + timedelta(days=1))] == [2]  # rows are surer
    assert [(each.number, each.simulated) for each in simulated.on(TODAY + timedelta(days=4))] == [(5, True)]
    assert agenda.on(TODAY + timedelta(days=4)) == []


async def test_a_day_opens_in_order_and_page_by_page(store: Store) -> None:
    agency = Agency(store)
    ids = await crowd(store, PAGE + 10)
    await change(store, ids[0], mode="discreet")
    await _rule(store, "birthday", ids[:5], START + timedelta(minutes=30))
    mailing = await agency.started(rate_per_min=10)
    await agency.freezer.freeze(await _begun(agency, mailing.id), START)
    seen, after = [], ""
    while True:
        items = await store.read(
            lambda session, after=after: read_day(  # type: ignore[misc]
                session, TODAY, zone=ZONE, now=START, kinds=KINDS, sources=NOBODY, after=after
            )
        )
        seen += items
        if len(items) < PAGE:
            break
        after = items[-1].key
    assert len(seen) == PAGE + 15 and len({each.key for each in seen}) == PAGE + 15
    assert [each.at for each in seen] == sorted(each.at for each in seen)
    assert "" in {each.name for each in seen} and {each.kind for each in seen} == {"campaign", "rule"}


async def _begun(agency: Agency, campaign_id: str) -> Any:
    from scheduler.campaigns.planning import begin

    return await agency.store.write(lambda session: begin(session, campaign_id, START))


def test_days_have_the_length_of_their_clock() -> None:
    paris = ZoneInfo("Europe/Paris")
    edges = edges_of(date(2026, 3, 28), date(2026, 3, 30), paris)
    assert [after - before for before, after in pairwise(edges)] == [
        timedelta(hours=24), timedelta(hours=23), timedelta(hours=24),
    ]  # fmt: skip


async def test_rows_of_other_states_are_not_in_the_calendar(store: Store) -> None:
    ids = await crowd(store, 1)
    await _rule(store, "birthday", ids, START + timedelta(hours=1))
    table = table_of(Occurrence)
    await store.write(lambda session: session.execute(table.update().values(status="sent")))
    agenda = await store.read(
        lambda session: read_agenda(session, TODAY, TODAY, zone=ZONE, now=START, sources=NOBODY)
    )
    assert agenda.days == {} and await store.fetch_all(table_of(Recipient).select()) == []
