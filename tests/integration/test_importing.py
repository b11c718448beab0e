"""Files going in: killed and gone on with, twice at once, doubles, the command beside the running program; what
is taken out, aged and forgotten. On both databases.
"""

from __future__ import annotations

import asyncio
import csv
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from sqlalchemy import delete, update

from bot.clock import ManualClock
from bot.contacts_data.company_fields import CompanyField
from bot.contacts_data.export import write_csv, write_xlsx
from bot.contacts_data.importing import BATCH, ImportConflict, Importer, Options
from bot.contacts_data.lifecycle import Thresholds, classify
from bot.contacts_data.retention import count_due, remove_due
from bot.contacts_data.settings import DataSettings
from bot.ids import IdMaker
from bot.records import Address, Agent, Consent, Contact, DataImport, ImportFault, Organisation, Purchase
from bot.records.base import table_of
from bot.store.port import Store
from scheduler.consent import in_force
from scheduler.facts import word_of
from tests.conftest import Database, Opener
from tests.fakes import NOON
from tests.integration.lab import running
from tests.integration.storebench import rows_of

ROWS = BATCH * 2 + 40


class Bench:
    """A store, an importer on it, and files to bring in."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.folder = folder
        self.clock = ManualClock(NOON)
        self.settings = DataSettings(
            country="DZ",
            currency="DZD",
            zone=ZoneInfo("Africa/Algiers"),
            language="fr",
            fields=(
                CompanyField(name="group", type="choice", labels={"": "Groupe"}, choices=("Pro", "Privé")),
            ),
            thresholds=Thresholds(),
            retention={},
            folder=folder,
        )
        self.importer = Importer(store, self.settings, self.clock)

    def file(self, text: str, name: str = "file.csv") -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    async def bring_in(
        self, text: str, kind: Any = "contacts", again: bool = False, **options: Any
    ) -> DataImport:
        self.clock.advance(timedelta(seconds=1))
        path = self.file(text)
        begun = await self.importer.begin(
            kind, path, {}, Options(**options), file_name="file.csv", started_by="test", again=again
        )
        return await self.importer.run(begun, path)

    async def rows(self, model: Any, *where: Any) -> list[Any]:
        return await rows_of(self.store, model, *where)

    async def by_number(self) -> dict[str, Any]:
        return {row.external_id: row for row in await self.rows(Contact)}


@pytest.fixture
async def bench(database: Database, open_store: Opener, tmp_path: Path) -> AsyncIterator[Bench]:
    yield Bench(await open_store(database), tmp_path)


@pytest.fixture
async def sqlite_bench(sqlite_database: Database, open_store: Opener, tmp_path: Path) -> AsyncIterator[Bench]:
    """For what is decided before the database is asked."""
    yield Bench(await open_store(sqlite_database), tmp_path)


def many(count: int = ROWS) -> str:
    lines = [
        f"C{n};Client {n};0550{n:06d};c{n}@example.org;oui;01/02/2026;Salon"
        if n % 50
        else f"C{n};Client {n};x;;;;"
        for n in range(count)
    ]
    return "\n".join(["N° client;Nom complet;Tél;E-mail;Offres;Date accord;Source accord", *lines])


class Killed(Exception):
    pass


async def test_a_killed_import_goes_on_exactly_where_its_last_commit_stood(bench: Bench) -> None:
    path = bench.file(many())

    def kill(row: DataImport) -> None:
        raise Killed

    rounds = 0
    while True:
        begun = await bench.importer.begin("contacts", path, {}, Options(), file_name="f", started_by="test")
        assert begun.rows == rounds * BATCH
        rounds += 1
        try:
            done = await bench.importer.run(begun, path, kill if rounds < 3 else None)
        except Killed:
            continue
        break
    whole = (done.rows, done.added, done.changed, done.unchanged, done.refused, done.status)
    assert (rounds, whole) == (3, (ROWS, ROWS, 0, 0, 0, "done"))
    assert len(await bench.rows(DataImport)) == 1
    contacts = await bench.rows(Contact)
    assert sorted(row.external_id for row in contacts) == sorted(f"C{n}" for n in range(ROWS))
    good = ROWS - (ROWS + 49) // 50
    assert len(await bench.rows(Address)) == 2 * good
    assert len(await bench.rows(Consent)) == good
    assert sorted(fault.line for fault in await bench.rows(ImportFault)) == [
        n + 2 for n in range(0, ROWS, 50)
    ]


async def test_of_two_processes_on_one_file_one_gives_way(bench: Bench) -> None:
    path = bench.file(many())
    begun = await bench.importer.begin("contacts", path, {}, Options(), file_name="f", started_by="test")
    other = Importer(bench.store, bench.settings, bench.clock)
    ended = await asyncio.gather(
        bench.importer.run(begun, path), other.run(begun, path), return_exceptions=True
    )
    assert [type(each) for each in ended if isinstance(each, Exception)] == [ImportConflict]
    assert len(await bench.rows(Contact)) == ROWS


async def test_a_stopped_import_stops_and_goes_on_when_asked_again(sqlite_bench: Bench) -> None:
    path = sqlite_bench.file(many())
    begun = await sqlite_bench.importer.begin(
        "contacts", path, {}, Options(), file_name="f", started_by="test"
    )
    await sqlite_bench.importer.settle(begun, "stopped")
    with pytest.raises(ImportConflict):
        await sqlite_bench.importer.run(begun, path)
    assert await sqlite_bench.rows(Contact) == []
    again = await sqlite_bench.importer.begin(
        "contacts", path, {}, Options(), file_name="f", started_by="test"
    )
    assert (again.id, (await sqlite_bench.importer.run(again, path)).added) == (begun.id, ROWS)


async def test_who_is_known_is_found_by_number_address_and_name(bench: Bench) -> None:
    await bench.bring_in("N° client;Nom complet;Tél;E-mail\nC1;Karim Benali;0550000001;k@example.org\n")
    done = await bench.bring_in(
        "N° client;Nom complet;Tél;E-mail;Wilaya\n"
        "C1;;;;Oran\n"  # by its number: what is empty changes nothing
        ";BENALI Karim;+213550000001;;\n"  # by telephone, the names agree
        ";Zohra Haddad;0550000001;z@example.org;\n"  # the same telephone, somebody else: shared
        ";Zohra Haddad;0550000001;;\n"  # nothing of her own left
        "C2;Karim Benali;;k@example.org;\n"  # another number is another customer
    )
    assert (done.added, done.changed, done.unchanged, done.refused) == (2, 1, 1, 1)
    contacts = await bench.rows(Contact)
    (karim,) = [row for row in contacts if row.external_id == "C1"]
    assert (karim.name, karim.zone, karim.version) == ("Karim Benali", "Oran", 2)
    addresses = {(row.value, row.contact_id) for row in await bench.rows(Address)}
    assert {("+213550000001", karim.id), ("k@example.org", karim.id)} <= addresses and len(addresses) == 3
    faults = await bench.rows(ImportFault)
    assert sorted((fault.line, fault.code, fault.refused) for fault in faults) == [
        (3, "double_in_file", False),
        (4, "address_taken", False),
        (5, "address_taken", True),
        (6, "address_taken", False),
    ]


async def test_known_people_can_be_skipped_or_added_as_others(sqlite_bench: Bench) -> None:
    await sqlite_bench.bring_in("Nom complet;E-mail\nKarim;k@example.org\n")
    skipped = await sqlite_bench.bring_in(
        "Nom complet;E-mail;Tél\nKarim B;k@example.org;0550000001\n", policy="skip"
    )
    assert (skipped.unchanged, len(await sqlite_bench.rows(Address))) == (1, 1)
    added = await sqlite_bench.bring_in(
        "Nom complet;E-mail;Tél\nKarim C;k@example.org;0550000002\n", policy="add"
    )
    assert (added.added, sorted(row.name for row in await sqlite_bench.rows(Contact))) == (
        1,
        ["Karim", "Karim C"],
    )


async def test_an_old_yes_of_a_file_does_not_undo_a_later_no(sqlite_bench: Bench) -> None:
    head = "E-mail;Offres;Date accord;Source accord\n"
    await sqlite_bench.bring_in(head + "k@example.org;non;;\n")
    await sqlite_bench.bring_in(head + "k@example.org;oui;01/02/2020;Salon 2020\n")
    words = sorted(await sqlite_bench.rows(Consent), key=lambda row: str(row.at))
    assert [(word.granted, word.source) for word in words] == [(True, "import_dated"), (False, "import")]
    assert "Salon 2020 (file.csv:2)" in words[0].wording


async def test_a_yes_with_its_day_undoes_an_older_no_and_one_without_does_not(sqlite_bench: Bench) -> None:
    head = "E-mail;Offres;Date accord;Source accord\n"
    await sqlite_bench.bring_in(head + "k@example.org;non;;\nz@example.org;non;;\n")
    sqlite_bench.clock.advance(timedelta(days=30))
    said_on, now = NOON + timedelta(days=10), NOON + timedelta(days=30)
    rows = f"k@example.org;oui;{said_on:%d/%m/%Y};Salon\nz@example.org;oui;;Salon\n"
    await sqlite_bench.bring_in(head + rows)
    owners = {row.contact_id: row.value for row in await sqlite_bench.rows(Address)}
    words = [(owners[row.contact_id], word_of(row)) for row in await sqlite_bench.rows(Consent)]
    states = {
        address: in_force([word for whose, word in words if whose == address], "email", "offers", now).state
        for address in owners.values()
    }
    assert states == {"k@example.org": "granted", "z@example.org": "refused"}


async def test_organisations_owners_tags_and_own_fields_come_with_the_row(bench: Bench) -> None:
    await bench.store.write(
        lambda session: session.add(
            Agent(id="a1", name="Lina Ziani", email="lina@example.org", roles=[], created_at=NOON)
        )
    )
    await bench.bring_in(
        "N° client;Nom complet;Société;Fonction;Commercial;Tags;Groupe\n"
        "C1;Karim;SARL Atlas;acheteur;lina ziani;vip, pro;PRO\n"
        "C2;Zohra;Sarl ATLAS;décideur;Inconnu;;Autre\n"
    )
    contacts, (company,) = await bench.by_number(), await bench.rows(Organisation)
    assert {row.organisation_id for row in contacts.values()} == {company.id}
    one = contacts["C1"]
    assert (one.owner_agent_id, one.organisation_role, one.tags) == ("a1", "buyer", ["vip", "pro"])
    assert one.fields == {"group": "Pro"}
    codes = sorted(fault.code for fault in await bench.rows(ImportFault))
    assert codes == ["bad_choice", "owner_unknown"]


async def test_purchases_find_their_customer_and_are_not_doubled(bench: Bench) -> None:
    await bench.bring_in("N° client;Tél\nC1;0550000001\n")
    text = (
        "Code client;Tél;N° facture;Date;Produit;Montant;Livré le\n"
        "C1;;F1;05/02/2026;B8;1 200,50 DA;06/02/2026\n"
        ";0550 00 00 01;F1;05/02/2026;B12;300;\n"
        ";0550 00 00 01;F1;05/02/2026;B12;300;\n"
        "C9;;F2;05/02/2026;B8;1;\n"
    )
    done = await bench.bring_in(text, "purchases")
    assert (done.added, done.unchanged, done.refused) == (2, 1, 1)
    bought = {row.product: row for row in await bench.rows(Purchase)}
    assert (bought["B8"].amount, bought["B8"].currency, bought["B8"].status) == (
        Decimal("1200.500"), "DZD", "delivered",
    )  # fmt: skip
    again = await bench.bring_in(text, "purchases", again=True)
    assert (again.added, again.changed, len(await bench.rows(Purchase))) == (0, 0, 2)
    assert {fault.code for fault in await bench.rows(ImportFault)} == {"double_in_file", "contact_unknown"}


async def test_a_preview_says_what_the_import_then_does(sqlite_bench: Bench) -> None:
    await sqlite_bench.bring_in("N° client;Nom complet\nC3;Autre\n")
    path = sqlite_bench.file(many())
    preview = await sqlite_bench.importer.preview("contacts", path, {}, Options())
    assert len(await sqlite_bench.rows(Contact)) == 1
    done = await sqlite_bench.bring_in(many())
    planned = preview.outcome
    assert (planned.rows, planned.added, planned.changed) == (done.rows, done.added, done.changed)
    assert (done.rows, done.added, done.changed) == (ROWS, ROWS - 1, 1)
    assert preview.codes["bad_phone"] == len(await sqlite_bench.rows(ImportFault)) == 11
    assert [taken.line for taken in preview.first] == list(range(2, 12))


async def test_what_was_taken_out_can_be_brought_in_elsewhere(bench: Bench) -> None:
    await bench.bring_in(
        "N° client;Nom complet;Tél;E-mail;Né le;Groupe;Wilaya;Offres;Date accord;Source accord\n"
        "C1;أمينة بن علي;0550000001;a@example.org;05/03;Pro;=1+1;oui;01/02/2026;Salon\n"
        "C2;Karim;;k@example.org;05/03/1985;;;;;\n"
    )
    plain, book = bench.folder / "out.csv", bench.folder / "out.xlsx"
    fields = bench.settings.fields
    assert await write_csv(bench.store, fields, plain) == await write_xlsx(bench.store, fields, book) == 2
    with plain.open(encoding="utf-8-sig", newline="") as file:
        first, second = csv.DictReader(file, delimiter=";")
    assert (first["name"], first["phone"], first["birthday"]) == ("أمينة بن علي", "+213550000001", "--03-05")
    assert (first["zone"], first["consent_offers"]) == ("'=1+1", "yes 2026-02-01")
    assert (second["birthday"], second["consent_offers"]) == ("1985-03-05", "")
    sheet: Any = openpyxl.load_workbook(book).active
    zone = next(cell for cell in sheet[2] if sheet.cell(1, cell.column).value == "zone")
    assert (zone.value, zone.data_type) == ("=1+1", "s")
    before = {
        row.external_id: (row.name, row.birthday, row.zone, row.fields) for row in await bench.rows(Contact)
    }
    for model in (Contact, Address, Consent):
        await bench.store.write(lambda session, model=model: session.execute(delete(table_of(model))))  # type: ignore[misc]
    for path in (plain, book):
        begun = await bench.importer.begin("contacts", path, {}, Options(), file_name="f", started_by="test")
        await bench.importer.run(begun, path)
        after = await bench.by_number()
        assert {key: (row.name, row.birthday, row.zone, row.fields) for key, row in after.items()} == before


async def test_stage_and_tier_follow_what_was_bought_and_who_looks_after_them(bench: Bench) -> None:
    await bench.bring_in("N° client;Nom complet\n" + "".join(f"C{n};N\n" for n in range(1, 7)))
    await bench.bring_in(
        "Code client;Date;Produit;Montant;Statut\nC1;01/03/2026;B8;1;\nC2;01/03/2025;B8;1;\nC2;01/02/2026;B8;1;\n"
        "C3;01/03/2024;B8;1;\nC4;01/03/2026;B8;1;annulé\n",
        "purchases",
    )
    contacts = table_of(Contact)
    for number, values in (("C5", {"owner_agent_id": "a1"}), ("C6", {"tier": "none"})):
        await bench.store.write(
            lambda session, number=number, values=values: session.execute(  # type: ignore[misc]
                update(contacts).where(contacts.c.external_id == number).values(values)
            )
        )
    assert await classify(bench.store, Thresholds(), NOON) == 4
    found = {number: (row.stage, row.tier) for number, row in (await bench.by_number()).items()}
    assert found == {
        "C1": ("new", "post_purchase"),
        "C2": ("regular", "periodic"),
        "C3": ("lost", "reply_only"),
        "C4": ("prospect", "reply_only"),
        "C5": ("prospect", "dedicated"),
        "C6": ("prospect", "none"),
    }
    assert await classify(bench.store, Thresholds(), NOON) == 0


async def test_what_is_too_old_is_listed_then_removed_but_a_no_outlives_it(bench: Bench) -> None:
    await bench.bring_in(
        "N° client;E-mail;Offres\nC1;a@example.org;non\nC2;b@example.org;\nC3;c@example.org;\n"
    )
    await bench.bring_in(
        "Code client;Date;Produit;Montant\nC3;01/01/2026;B8;1\nC3;01/01/2020;B8;1\n", "purchases"
    )
    later = NOON + timedelta(days=400)
    settings = replace(bench.settings, retention={"contacts": 12, "purchases": 36, "imports": 3})
    due = await count_due(bench.store, settings, later)
    assert due == {"purchases": 1, "imports": 2, "contacts": 1}
    assert len(await bench.rows(Contact)) == 3
    assert await remove_due(bench.store, settings, later, IdMaker(bench.clock)) == due
    assert sorted(await bench.by_number()) == ["C1", "C3"]
    assert {row.value for row in await bench.rows(Address)} == {"a@example.org", "c@example.org"}
    assert [row.at.year for row in await bench.rows(Purchase)] == [2026]
    assert await count_due(bench.store, settings, later) == {"purchases": 0, "imports": 0, "contacts": 0}


async def test_the_command_hands_a_file_to_the_running_program_that_holds_the_database(
    sqlite_database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "clients.csv"
    file.write_text("Nom complet;E-mail\nKarim;k@example.org\nZohra;z@example\n", encoding="utf-8")
    config = tmp_path / "web-worker-scheduler.yaml"
    command = [
        sys.executable,
        "-m",
        "bot.cli",
        "import",
        "contacts",
        str(file),
        "-c",
        str(config),
        "--language",
        "fr",
    ]
    env = {**os.environ, "COLUMNS": "100"}

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *more], capture_output=True, text=True, env=env, timeout=60, check=False
        )

    async with running(sqlite_database, tmp_path) as lab:
        done = await asyncio.to_thread(run)
        assert done.returncode == 0, done.stderr
        assert "2 rows: 1 added, 0 changed, 0 unchanged, 1 refused" in done.stdout
        assert len(await lab.rows(Contact)) == 1
    report = (tmp_path / "clients.faults.csv").read_text(encoding="utf-8-sig")
    assert "n'est pas une adresse e-mail valable" in report
    again = await asyncio.to_thread(run)  # nobody holds it now: the command opens it itself
    assert again.returncode == 1 and "was brought in on" in again.stderr
