"""Whatever the schema keeps of a contact is known to erasures and joins, and a refusal outlives both."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Column, Date, Integer, Numeric, Table, insert, select
from sqlalchemy.orm import Session

from bot.clock import ManualClock
from bot.contacts_data.importing import Importer, Options
from bot.contacts_data.settings import settings_of
from bot.erasure import Erasure
from bot.ids import IdMaker
from bot.ledger.heads import HeadKeeper
from bot.limits import suppressed_by
from bot.records import Address, Consent, Contact, DataImport, Occurrence, OutboxMessage, Record, SamePerson
from bot.records.base import UtcDateTime, table_of
from bot.store import erasing_customers as customers
from bot.store.changes import NotPossible
from bot.store.mentions import holds_words
from bot.store.merges import MOVED, merge, undo
from bot.store.port import Store
from scheduler.facts import load_facts
from scheduler.guards import Candidate, Limits, check
from tests.conftest import Database
from tests.fakes import NOON
from tests.integration.lab import config_of
from tests.integration.rulebench import person
from tests.integration.storebench import new_id, rows_of

SECRET = "Zoubida-Quinquina"
MAIL, PHONE = "zoubida@example.org", "+213555000177"

ERASED_ELSEWHERE = {
    "cases", "compensations", "consents", "conversations", "same_person", "survey_answers", "contacts", "inbox",
}  # fmt: skip
"""Tables that `bot.store.erasing` itself blanks: `test_erasure` reads every text of them."""
HOLDS_NO_WORDS = {"sent_promotions"}
STAYS_WITH_ITS_CONTACT = {"same_person", "inbox"}
"""Pairs say who was joined with whom: they are followed, never moved. The inbox is written from conversations."""

KEPT = {
    "purchases": {"product", "product_range", "currency", "channel", "status", "organisation_id"},
    "quotes": {"currency", "status"},
    "equipment": {"product"},
    "loyalty_accounts": set[str](),
    "appointments": {"kind", "resource", "status", "outcome", "conversation_id"},
    "occurrences": {"rule_id", "subject_id", "status", "reason", "channel", "outbox_id", "currency"},
    "recipients": {"campaign_id", "variant", "channel", "status", "reason", "outbox_id", "currency"},
    "sent_promotions": {"source", "outbox_id"},
    "outreach_answers": {"row_id", "source", "conversation_id", "question", "value", "channel"},
    "person_tasks": {"key", "kind", "source", "owner", "status", "outcome", "closed_by"},
}
"""What is said of goods, states and ways, not of a person: it stays for the company's own account."""
NUMBERED = {"loyalty_accounts": {"number"}}


def of_contacts() -> list[Table]:
    return [
        table for table in Record.metadata.sorted_tables if {"contact_id", "other_id"} & set(table.c.keys())
        and any(column.name == "contact_id" for column in table.columns)
    ]  # fmt: skip


def test_a_table_about_contacts_is_known_to_erasures_and_joins() -> None:
    tables = {table.name for table in of_contacts()}
    assert len(tables) >= 17
    here = {table_of(model).name for model in (*customers.BLANKED, *customers.REMOVED)}
    assert tables - here - ERASED_ELSEWHERE - HOLDS_NO_WORDS == set(), "erasures do not know these"
    assert tables - {table_of(model).name for model in MOVED} - STAYS_WITH_ITS_CONTACT == set(), "nor joins"


def test_every_text_about_a_customer_is_emptied_or_stays_for_a_reason() -> None:
    for model, blanks in customers.BLANKED.items():
        table = table_of(model)
        words = {c.name for c in table.columns if holds_words(c)} - {"id", "contact_id"}
        assert words == KEPT[table.name] | (words & set(blanks)), table.name
        assert not KEPT[table.name] & set(blanks)


def _value(column: Column[Any], contact_id: str) -> Any:
    if column.name == "contact_id":
        return contact_id
    if column.primary_key:
        return new_id()
    if isinstance(column.type, JSON):
        return [SECRET] if column.name == "tags" else {"x": SECRET}
    if isinstance(column.type, UtcDateTime):
        return NOON
    kinds: tuple[tuple[Any, Any], ...] = (
        (Date, date(2026, 3, 5)), (Boolean, True), (Integer, 1), (Numeric, Decimal(1)),
    )  # fmt: skip
    return SECRET if holds_words(column) else next(v for kind, v in kinds if isinstance(column.type, kind))


def _row_of_everything(contact_id: str) -> Iterator[tuple[Table, dict[str, Any]]]:
    for model in (*customers.BLANKED, *customers.REMOVED):
        table = table_of(model)
        row = {column.name: _value(column, contact_id) for column in table.columns}
        yield table, row | ({"channel": "email", "value": MAIL} if table.name == "addresses" else {})


def _texts_of(session: Session, table: Table) -> dict[str, str]:
    columns = [column for column in table.columns if holds_words(column)]
    rows = session.execute(select(*columns)).all()
    return {c.name: str(value) for row in rows for c, value in zip(columns, row, strict=True)}


def erasure_of(store: Store, database: Database, folder: Path) -> Erasure:
    config, clock = config_of(database, folder), ManualClock(NOON)
    return Erasure(
        store, HeadKeeper.of(config), clock=clock, ids=IdMaker(clock), media=config.media.folder
    )  # fmt: skip


async def test_an_erasure_empties_all_that_a_contact_has(
    store: Store, database: Database, tmp_path: Path
) -> None:
    contact = await person(
        store, name=SECRET, external_id=SECRET, born_on=date(1990, 3, 5), birthday="03-05", tags=[SECRET],
        fields={"x": SECRET}, country="DZ", mode="discreet", tier="dedicated",
    )  # fmt: skip
    stranger = await person(store, email="other@example.org", name="Omar", tags=["pro"])
    everything = list(_row_of_everything(contact))
    await store.write(lambda session: [session.execute(insert(table), [row]) for table, row in everything])
    await keep(store, _mail(MAIL, SECRET))
    erased = await erasure_of(store, database, tmp_path).erase(contact, actor="Amine", reason="demande")
    assert {"purchases", "loyalty_accounts", "waiting_places", "outbox"} <= set(erased.counts)
    (gone, other) = sorted(await rows_of(store, Contact), key=lambda row: str(row.id) != contact)
    assert (gone.name, gone.external_id, gone.born_on, gone.birthday) == ("", None, None, "")
    assert (gone.tags, gone.fields, gone.country, gone.mode, gone.tier) == ([], {}, "", "", "none")
    assert (other.id, other.tags) == (stranger, ["pro"])
    for table, _ in everything:
        left = await store.read(lambda session, table=table: _texts_of(session, table))  # type: ignore[misc]
        telling = {name for name, text in left.items() if SECRET in text or MAIL in text}
        assert telling <= KEPT.get(table.name, set()), table.name
    (sent,) = await rows_of(store, OutboxMessage)
    assert (sent.recipient, sent.body["text"]) == ("", "") and MAIL not in sent.thread
    assert [row.value for row in await rows_of(store, Address)] == ["other@example.org"]


def _mail(to: str, text: str) -> OutboxMessage:
    return OutboxMessage(
        id=new_id(), key=f"occurrence:{new_id()}", account_id="desk", thread=to, to=to, purpose="bulk", priority=1,
        body={"text": text, "language": "fr"}, status="accepted", next_at=NOON, created_at=NOON,
    )  # fmt: skip


def occurrence(contact: str) -> Occurrence:
    return Occurrence(
        id=new_id(), rule_id="r", contact_id=contact, on_date=date(2026, 3, 6), due_at=NOON, status="planned"
    )  # fmt: skip


async def keep(store: Store, *records: Any) -> None:
    await store.write(lambda session: session.add_all(copy(record) for record in records))


async def test_what_was_to_come_is_called_off_and_files_with_the_person_in_them_go(
    store: Store, database: Database, tmp_path: Path
) -> None:
    contact = await person(store, PHONE)
    await keep(store, occurrence(contact))
    file: dict[str, Any] = {
        "kind": "contacts", "file_name": "clients.csv", "file_hash": "abc1", "mapping": {}, "options": {},
        "started_by": "Amine", "started_at": NOON, "status": "running",
    }  # fmt: skip
    await keep(store, DataImport(id="i", **file))
    erasure = erasure_of(store, database, tmp_path)
    with pytest.raises(NotPossible, match="brought in"):
        await erasure.erase(contact, actor="Amine", reason="demande")
    imports = table_of(DataImport)
    await store.write(lambda session: session.execute(imports.update().values(status="done")))
    upload = config_of(database, tmp_path).media.folder / "imports" / "abc1"
    upload.parent.mkdir(parents=True)
    upload.write_text(f"Tél\n{PHONE}\n")
    await erasure.erase(contact, actor="Amine", reason="demande")
    assert [(row.status, row.reason) for row in await rows_of(store, Occurrence)] == [
        ("stopped", "contact_gone")
    ]
    _, (timer, *_) = await store.fire_timers(NOON + timedelta(seconds=1), 10)
    await erasure.remove_files(timer)
    assert not upload.exists()


async def test_a_refusal_outlives_its_contact_and_an_older_yes_of_a_file(
    store: Store, database: Database, tmp_path: Path
) -> None:
    config, clock = config_of(database, tmp_path), ManualClock(NOON)
    contact = await person(store, email=MAIL)
    await word(store, contact, granted=True, at=NOON - timedelta(days=5))
    await word(store, contact, granted=False, at=NOON - timedelta(days=4))
    await word(
        store, contact, granted=True, at=NOON - timedelta(days=3), source="import"
    )  # proves too little
    erasure = erasure_of(store, database, tmp_path)
    await erasure.erase(contact, actor="Amine", reason="demande")
    assert await erasure.refused("email", MAIL) == {"offers"}
    clock.advance(timedelta(days=30))
    path = tmp_path / "clients.csv"
    path.write_text(
        f"E-mail;Offres;Date accord;Source accord\n{MAIL};oui;01/03/2026;Salon\n", encoding="utf-8"
    )
    importer = Importer(store, settings_of(config), clock)
    begun = await importer.begin(
        "contacts", path, {}, Options(), file_name=path.name, started_by="t", again=False
    )
    await importer.run(begun, path)
    (back,) = [row.contact_id for row in await rows_of(store, Address)]
    assert back != contact
    words = [(row.granted, row.source) for row in await rows_of(store, Consent) if row.contact_id == back]
    assert sorted(words) == [(False, "erasure"), (True, "import_dated")]
    assert await verdict(store, config, back, clock.now()) == "opted_out"
    # Another way in than a file: the address itself is known.
    consents = table_of(Consent)
    await store.write(lambda session: session.execute(consents.delete().where(consents.c.contact_id == back)))
    assert await verdict(store, config, back, clock.now()) == "opted_out"
    await word(store, back, granted=True, at=clock.now(), source="form")
    assert await verdict(store, config, back, clock.now()) == "", "a word of today is heard"


async def word(store: Store, contact: str, *, granted: bool, at: datetime, source: str = "message") -> None:
    row = {"id": new_id(), "contact_id": contact, "channel": "", "purpose": "offers", "granted": granted}
    whole = row | {"at": at, "source": source, "wording": ""}
    await store.write(lambda session: session.execute(insert(table_of(Consent)), [whole]))


async def verdict(store: Store, config: Any, contact: str, now: datetime) -> str:
    candidate = Candidate(contact_id=contact, purpose="offers", channel="email", address=MAIL, at=now)

    def work(session: Session) -> str:
        facts = load_facts(session, [candidate], now=now, suppressed=suppressed_by(config))
        return check(candidate, facts[0], Limits()).code

    return await store.read(work)


async def test_contacts_that_are_joined_have_everything_together_and_part_again(store: Store) -> None:
    kept = await person(store, PHONE, name="", tags=["pro"], fields={"a": 1, "b": 2}, zone="Alger")
    other = await person(
        store, email=MAIL, name="Zoubida", external_id="C7", born_on=date(1990, 3, 5), birthday="03-05",
        tags=["pro", "vip"], fields={"b": 3, "c": 4}, zone="Oran", mode="low_contact",
    )  # fmt: skip
    for model in MOVED:
        table = table_of(model)
        if table.name in ("addresses", "conversations"):
            continue
        rows = [{column.name: _value(column, who) for column in table.columns} for who in (other, other)]
        for number, row in enumerate(rows):
            for column in table.columns:  # each its own, as unique keys want it
                if (
                    holds_words(column)
                    and not isinstance(column.type, JSON)
                    and column.name not in ("id", "contact_id", "status")
                ):
                    row[column.name] = f"{column.name}{number}"
            row |= {"starts_at": NOON + timedelta(hours=number)} if "starts_at" in row else {}
        await store.write(lambda session, t=table, r=rows: session.execute(insert(t), r))  # type: ignore[misc]
    twice = [occurrence(kept), occurrence(other)]
    await keep(store, *twice)
    before = await owners(store)
    pair: dict[str, Any] = {
        "id": "pair",
        "contact_id": kept,
        "other_id": other,
        "evidence": [],
        "moved": {},
        "status": "open",
    }
    await keep(store, SamePerson(created_at=NOON, **pair))
    await store.write(lambda session: merge(session, "pair", new_id(), agent="Amine", now=NOON) and None)
    joined = await owners(store)
    assert {table for table, row, who in joined if who == other} == {"occurrences"}, "the doubled one alone"
    stilled = {row.id: (row.status, row.reason) for row in await rows_of(store, Occurrence)}
    assert stilled[twice[0].id] == ("planned", "") and stilled[twice[1].id] == ("skipped", "duplicate")
    contact = await one(store, kept)
    assert (contact.name, contact.external_id, contact.birthday, contact.zone, contact.mode) == (
        "Zoubida", "C7", "03-05", "Alger", "low_contact",
    )  # fmt: skip
    assert (contact.tags, contact.fields) == (["pro", "vip"], {"a": 1, "b": 2, "c": 4})
    await store.write(lambda session: undo(session, "pair", new_id(), agent="Amine", now=NOON) and None)
    assert await owners(store) == before
    contact, parted = await one(store, kept), await one(store, other)
    assert (contact.name, contact.external_id, contact.born_on, contact.mode) == ("", None, None, "")
    assert (contact.tags, contact.fields) == (["pro"], {"a": 1, "b": 2}) and parted.external_id == "C7"
    assert [row.status for row in await rows_of(store, Occurrence) if row.id == twice[1].id] == ["planned"]


async def one(store: Store, contact: str) -> Any:
    return next(row for row in await rows_of(store, Contact) if row.id == contact)


async def owners(store: Store) -> set[tuple[str, str, str]]:
    """Table, row and contact of everything."""
    return {
        (table_of(model).name, row.id, row.contact_id)
        for model in MOVED
        for row in await rows_of(store, model)
    }
