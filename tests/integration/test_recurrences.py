"""Recurrences and the weekly report in the running program: once, whatever the restarts and processes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pypdfium2
from prometheus_client import CollectorRegistry

from bot.clock import ManualClock
from bot.complaints.periods import week_around
from bot.config import load
from bot.ids import IdMaker
from bot.ledger.heads import HeadKeeper
from bot.ledger.sealing import LedgerMeasures, Sealer
from bot.media import MediaStore
from bot.records import Alert, AuditEntry, Case, CaseLink, JobRun, OutboxMessage, PreventiveAction
from bot.records.base import table_of
from bot.recurrence_watch import RecurrenceWatch
from bot.report_sending import WeeklyReport
from bot.store.port import Store
from bot.templating import CompanyFacts, Templates
from templates import BUILT_IN
from tests.conftest import WORKER, Database
from tests.fakes import NOON
from tests.integration.casebook import Draw
from tests.integration.lab import LabClock, config_of, running
from tests.integration.ledgerbench import acknowledge, owe, tamper
from tests.integration.storebench import rows_of

DAY = timedelta(days=1)


def calm_year(draw: Draw, now: Any, *, defect: int = 0) -> None:
    """Two complaints a week all over the catalogue, and lately `defect` of B12 in Béjaïa."""
    people = draw.contacts(["Karim B.", "Amina H."], now - 220 * DAY)
    for week in range(30):
        for product, zone in (("B8", "Alger"), ("Hourdis", "Sétif")):
            draw.case(
                people[0],
                now - 7 * week * DAY - 3 * DAY,
                now,
                product=product,
                zone=zone,
                cause="",
                mystery=False,
            )
    for number in range(defect):
        draw.case(
            people[number % 2],
            now - 1.3 * DAY - number * timedelta(hours=5),
            now,
            product="B12" if number % 2 else "b12 ",
            zone="Béjaïa",
            cause="",
            mystery=False,
        )


def silent(session: Any, desk: str, key: str, reason: str, due_at: Any) -> None:
    """Nobody to tell."""


def watch(store: Store, database: Database, folder: Path, clock: ManualClock) -> RecurrenceWatch:
    config = config_of(database, folder)
    return RecurrenceWatch(store, config, clock=clock, ids=IdMaker(clock), tell_desk=silent)


async def test_a_defect_in_a_zone_raises_one_alert_and_proposes_one_action(
    database: Database, store: Store, tmp_path: Path
) -> None:
    """source: E19"""
    clock = ManualClock(NOON)
    draw = Draw(1)
    calm_year(draw, NOON, defect=5)
    await store.write(draw.book.write)
    await watch(store, database, tmp_path, clock).tick()
    (action,) = await rows_of(store, PreventiveAction)
    assert (action.product.strip().lower(), action.zone, action.cause) == ("b12", "Béjaïa", "")
    assert len(action.cases) == 5 and action.status == "open" and action.created_by == "bot"
    assert action.key.startswith("recurrence:b12:béjaïa:")
    (alert,) = await rows_of(store, Alert)
    assert (alert.kind, alert.desk_id) == ("recurrence", "complaints") and "5 réclamations" in alert.reason
    links = await rows_of(store, CaseLink)
    assert {link.case_id for link in links} == {action.cases[0]}
    assert {link.other_id for link in links} == set(action.cases[1:])


async def test_the_same_defect_is_not_announced_again_but_its_new_cases_join(
    database: Database, store: Store, tmp_path: Path
) -> None:
    clock = ManualClock(NOON)
    draw = Draw(1)
    calm_year(draw, NOON, defect=5)
    await store.write(draw.book.write)
    await watch(store, database, tmp_path, clock).tick()
    clock.advance(DAY)
    later = Draw(2)
    later.number = 500
    people = later.contacts(["Omar T."], clock.now())
    later.case(
        people[0], clock.now() - timedelta(hours=9), clock.now(), product="B12", zone="Béjaïa", mystery=False
    )
    await store.write(later.book.write)
    await watch(store, database, tmp_path, clock).tick()
    (action,) = await rows_of(store, PreventiveAction)
    assert len(action.cases) == 6
    assert len(await rows_of(store, Alert)) == 1
    assert len(await rows_of(store, CaseLink)) == 5


async def test_two_processes_that_look_at_once_announce_it_once(
    database: Database, store: Store, open_store: Any, tmp_path: Path
) -> None:
    stores = [store]
    if database.shared:
        stores.append(await open_store(database, WORKER[:-1] + "f"))
    clock = ManualClock(NOON)
    draw = Draw(1)
    calm_year(draw, NOON, defect=6)
    await store.write(draw.book.write)
    watches = [watch(each, database, tmp_path, clock) for each in stores for _ in range(2)]
    await asyncio.gather(*(each.tick() for each in watches))
    assert len(await rows_of(store, PreventiveAction)) == 1
    assert len(await rows_of(store, JobRun)) == 1


async def test_an_ordinary_year_announces_nothing(database: Database, store: Store, tmp_path: Path) -> None:
    clock = ManualClock(NOON)
    draw = Draw(1)
    calm_year(draw, NOON, defect=1)
    await store.write(draw.book.write)
    looking = watch(store, database, tmp_path, clock)
    for _ in range(3):
        await looking.tick()
        clock.advance(DAY)
    assert await rows_of(store, PreventiveAction) == []
    assert len(await rows_of(store, JobRun)) == 3


TEMPLATES = Templates.load([BUILT_IN], company=CompanyFacts(name="Briqueterie Atlas"))


def reporter(store: Store, database: Database, folder: Path, clock: ManualClock) -> WeeklyReport:
    config_of(database, folder)
    path = folder / "web-worker-scheduler.yaml"
    text = path.read_text(encoding="utf-8")
    if "report:" not in text:
        path.write_text(
            f"{text}\ncomplaints: {{report: {{to: [direction@example.org, qualite@example.org], account: desk}}}}\n",
            encoding="utf-8",
        )
    config = load(path, {})
    return WeeklyReport(store, config, TEMPLATES, clock=clock, ids=IdMaker(clock))


async def test_the_report_of_the_week_is_queued_once_to_each_over_restarts(
    database: Database, store: Store, tmp_path: Path
) -> None:
    clock = ManualClock(NOON)  # a Thursday
    draw = Draw(1)
    calm_year(draw, NOON + 3 * DAY, defect=4)
    await store.write(draw.book.write)
    await reporter(store, database, tmp_path, clock).tick()
    assert await rows_of(store, OutboxMessage) == [], "a new installation has no week to report"
    clock.advance(4 * DAY)  # Monday noon
    for _ in range(2):
        await reporter(store, database, tmp_path, clock).tick()
    queued = await rows_of(store, OutboxMessage)
    assert sorted(row.recipient for row in queued) == ["direction@example.org", "qualite@example.org"]
    assert len({row.key for row in queued}) == 2
    body = queued[0].body
    assert body["subject"].startswith("Rapport hebdomadaire des réclamations, semaine 10")
    assert "B12" in body["text"] and "<table" in body["html"] and body["language"] == "fr"
    (file,) = body["attachments"]
    assert (file["name"], file["mime"]) == ("reclamations-2026-W10.pdf", "application/pdf")
    kept = await MediaStore(tmp_path / "media", 10_000_000).get(file["ref"])
    assert kept is not None and "semaine 10" in _words_of(kept.data)
    clock.advance(7 * DAY)
    await reporter(store, database, tmp_path, clock).tick()
    assert len(await rows_of(store, OutboxMessage)) == 4


def _words_of(pdf: bytes) -> str:
    return " ".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf))


async def test_a_report_without_its_paper_still_goes_out(
    sqlite_database: Database, open_store: Any, tmp_path: Path
) -> None:
    store = await open_store(sqlite_database)
    weekly = reporter(store, sqlite_database, tmp_path, ManualClock(NOON))
    report = await weekly.make(weekly.week_before(NOON))
    (tmp_path / "media").write_text("no folder")
    assert await weekly.send(report, by="operator") == 2
    path = tmp_path / "web-worker-scheduler.yaml"
    path.write_text(path.read_text().replace("account: desk}}", "account: desk, attach_pdf: false}}"))
    assert await reporter(store, sqlite_database, tmp_path, ManualClock(NOON)).send(report, by="x") == 2
    assert [row.body["attachments"] for row in await rows_of(store, OutboxMessage)] == [[]] * 4


async def test_the_report_prints_the_ledgers_last_row_and_sees_a_chain_that_was_cut_off(
    database: Database, store: Store, tmp_path: Path
) -> None:
    clock = ManualClock(NOON + DAY)
    weekly = reporter(store, database, tmp_path, clock)
    keeper = HeadKeeper.of(weekly._config)
    for number in range(2):
        await acknowledge(store, await owe(store, f"t{number}"), 2)
    await Sealer(
        store, keeper, clock=clock, head_every=timedelta(), measures=LedgerMeasures(CollectorRegistry())
    ).tick()
    (kept,) = keeper.read()
    week = week_around(NOON.date(), weekly.week_starts)
    for language, whole in (("fr", "intact"), ("en", "whole"), ("ar", "سليم")):
        text = (await weekly.make(week, language)).text.replace("\n", "")
        assert whole in text and kept.head.hash in text.replace(" ", ""), language
    await tamper(database, "DELETE FROM ledger WHERE seq > 2")
    text = (await weekly.make(week, "fr")).text
    assert "ALTÉRÉ" in text


async def test_a_report_can_be_sent_again_when_somebody_asks(
    sqlite_database: Database, open_store: Any, tmp_path: Path
) -> None:
    store = await open_store(sqlite_database)
    weekly = reporter(store, sqlite_database, tmp_path, ManualClock(NOON))
    report = await weekly.make(weekly.week_before(NOON), "ar")
    assert await weekly.send(report, by="operator") == await weekly.send(report, by="operator") == 2
    rows = await rows_of(store, OutboxMessage)
    assert len(rows) == 4 and {row.body["language"] for row in rows} == {"ar"}


async def test_the_program_looks_alone_and_tells_the_desk(
    sqlite_database: Database, open_store: Any, tmp_path: Path
) -> None:
    """The clock's job, the alert on the desk's own account, the action in the audit log."""
    store = await open_store(sqlite_database)
    draw = Draw(1)
    calm_year(draw, NOON, defect=6)
    await store.write(draw.book.write)
    await store.close()
    async with running(sqlite_database, tmp_path, clock=LabClock()) as lab:

        async def told() -> bool:
            return any("B12" in text for text in lab.desk.texts)

        lab.advance(minutes=1)
        await lab.until(told)
        (action,) = await lab.rows(PreventiveAction)
        assert ("recurrence", False) in await lab.alerts()
        (entry,) = await lab.rows(AuditEntry, table_of(AuditEntry).c.action == "recurrence_found")
        assert entry.object_id == action.id and entry.detail["cases"] == 6
        assert len(await lab.rows(Case)) == 66
