"""What stands behind the pages of contacts, imports and segments: found, read, changed and told, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from bot.clock import ManualClock
from bot.consents import write_word
from bot.console.contacts import finding, uploads
from bot.console.contacts.changing import (
    WordMissing,
    add,
    as_typed,
    keep,
    read_form,
    spoken_at,
    write_spoken,
)
from bot.console.contacts.finding import Asked, asked_of
from bot.console.contacts.person import read_person
from bot.console.words import words_in
from bot.contacts_data.company_fields import CompanyField
from bot.contacts_data.contact_rows import blank_contact
from bot.contacts_data.desk import CustomerData
from bot.contacts_data.editing import Edit, EditRefused
from bot.contacts_data.importing import Options
from bot.contacts_data.lifecycle import Thresholds
from bot.contacts_data.receiving import NothingInIt, TooLarge, kept_file, receive
from bot.contacts_data.settings import DataSettings
from bot.ids import IdMaker
from bot.records import Address, Campaign, Contact, Organisation, SamePerson
from bot.records.base import table_of
from bot.segment_uses import InUse
from bot.segments import Crossed, NameTaken, Segments, Setting
from bot.store.changes import NotFound, NotPossible
from bot.store.port import Store
from scheduler.segments import Terms
from tests.fakes import NOON
from tests.integration.storebench import rows_of

ALGIERS = ZoneInfo("Africa/Algiers")
DIRTY = "\n".join(
    [
        "N° client;Nom complet;Tél;Ville;Offres;Né le",
        "C1;BENALI Karim;0550 11 22 33;Béjaïa;oui;05/03/1985",
        "C2;أمينة مزيان;2.13E+11;سطيف;non;",
        "C3;Haddad;abc;Alger;;45/13/1990",
        ";Personne;;Alger;;",
        "C4;Karim Benali;0550112233;Alger;;",
    ]
)


class Desk:
    """A store with what the pages call, without pages."""

    def __init__(self, store: Store, folder: Path, group: asyncio.TaskGroup) -> None:
        self.store = store
        self.clock = ManualClock(NOON)
        self.ids = IdMaker(self.clock)
        self.settings = DataSettings(
            country="DZ",
            currency="DZD",
            zone=ALGIERS,
            language="fr",
            fields=(CompanyField(name="effectif", type="number", labels={"fr": "Effectif"}),),
            thresholds=Thresholds(),
            retention={},
            folder=folder / "imports",
            max_file_bytes=10_000,
        )
        self.customers = CustomerData(store, self.settings, clock=self.clock, group=group)
        self.segments = Segments(
            store,
            Setting(terms=Terms(currency="DZD", own_fields=("effectif",)), zone=ALGIERS),
            clock=self.clock,
            ids=self.ids,
        )

    @property
    def edit(self) -> Edit:
        return Edit(actor="samia", now=self.clock.now(), ids=self.ids)

    async def contact(self, name: str, *addresses: tuple[str, str], **typed: str) -> str:
        self.clock.advance(timedelta(seconds=1))
        read = read_form({"name": name} | typed, {}, self.customers.ways(), "fr")
        assert not read.wrong
        edit = self.edit
        return await self.store.write(lambda session: add(session, read, list(addresses), "phone", edit))

    async def said(self, contact_id: str, purpose: str, *, granted: bool, at: datetime | None = None) -> None:
        when, word = at or self.clock.now(), self.ids.new()
        await self.store.write(
            lambda session: write_word(
                session,
                word,
                contact_id,
                channel="",
                purpose=purpose,
                granted=granted,
                at=when,
                source="agent",
                wording="dit",
            )
        )

    async def found(self, asked: Asked) -> list[str]:
        rule = self.segments.read((await self.segments.one(asked.segment)).rule) if asked.segment else None
        rows = await self.store.read(
            lambda session: finding.page_of(
                session,
                asked,
                finding.condition_of(session, self.segments, asked, rule, self.clock.now()),
                country="DZ",
            )
        )
        return [row.title for row in rows]

    async def hand_in(self, text: str) -> str:
        async def pieces() -> AsyncIterator[bytes]:
            yield text.encode()

        return await receive(pieces(), self.settings)

    async def imported(self, digest: str, *, anew: bool = False, **options: str) -> str:
        begun = await self.customers.begin(
            "contacts",
            self.customers.path_of(digest),
            {},
            Options(**options),  # type: ignore[arg-type]
            file_name="clients.csv",
            started_by="Samia",
            again=True,
            anew=anew,
        )
        async with asyncio.timeout(20):
            while (await self.customers.one(begun.id)).status == "running":  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return begun.id


@pytest.fixture
async def desk(store: Store, tmp_path: Path) -> AsyncIterator[Desk]:
    async with asyncio.TaskGroup() as group:
        yield Desk(store, tmp_path, group)


# the list


async def test_contacts_are_found_by_words_and_filters_a_page_at_a_time(desk: Desk) -> None:
    amel = await desk.contact("Amel Benali", ("email", "amel@example.org"), language="fr", zone="Alger")
    karim = await desk.contact("كريم حداد", ("sms", "+213550112233"), language="ar", zone="سطيف")
    await desk.contact("", ("sms", "+213661000000"))
    await desk.said(amel, "offers", granted=True)
    await desk.said(karim, "offers", granted=False)
    await desk.segments.save("Alger", 'zone = "Alger"', by="samia")
    segment = (await desk.segments.one("Alger")).id
    assert await desk.found(Asked()) == ["+213661000000", "كريم حداد", "Amel Benali"]
    for asked, names in (
        (Asked(q="BENAL"), ["Amel Benali"]),
        (Asked(q="0550 11 22 33"), ["كريم حداد"]),
        (Asked(q="amel@example.org"), ["Amel Benali"]),
        (Asked(q="%"), []),
        (Asked(language="ar"), ["كريم حداد"]),
        (Asked(channel="sms"), ["+213661000000", "كريم حداد"]),
        (Asked(consent="offers_yes"), ["Amel Benali"]),
        (Asked(consent="offers_no"), ["كريم حداد"]),
        (Asked(segment=segment), ["Amel Benali"]),
        (Asked(language="fr", channel="sms"), []),
    ):
        assert await desk.found(asked) == names, asked


async def test_a_page_begins_after_the_last_contact_and_knows_of_another_one(desk: Desk) -> None:
    edit = desk.edit
    rows = [
        {**_blank(desk), "id": desk.ids.new(), "name": f"Client {n:03d}", "created_at": edit.now}
        for n in range(finding.PAGE + 5)
    ]
    await desk.store.write(lambda session: session.execute(insert(table_of(Contact)), rows))
    first = await desk.found(Asked())
    assert len(first) == finding.PAGE + 1
    assert first[0] == f"Client {finding.PAGE + 4:03d}"
    rest = await desk.found(Asked(after=str(rows[5]["id"])))
    assert rest == [f"Client {n:03d}" for n in (4, 3, 2, 1, 0)]


async def test_who_was_joined_with_another_contact_is_not_shown_twice(desk: Desk) -> None:
    one = await desk.contact("Amel", ("email", "amel@example.org"))
    other = await desk.contact("Amel B.", ("sms", "+213550000001"))
    pair = SamePerson(
        id=desk.ids.new(),
        contact_id=one,
        other_id=other,
        evidence=[],
        status="merged",
        moved={},
        created_at=desk.clock.now(),
    )
    await desk.store.write(lambda session: session.add(pair))
    assert await desk.found(Asked()) == ["Amel"]
    person = await desk.store.read(lambda session: read_person(session, other, desk.clock.now()))
    assert person.contact.id == one


def test_an_address_of_the_list_keeps_what_is_asked_for_and_drops_what_is_none_of_ours() -> None:
    asked = Asked(q="a&b=c é", language="ar", consent="offers_no")
    assert asked.address() == "/contacts?q=a%26b%3Dc+%C3%A9&language=ar&consent=offers_no"
    assert asked_of({"q": "x" * 900, "language": "xx", "channel": "<b>", "after": "1"}) == Asked(
        q="x" * 200, after="1"
    )


# one person


async def test_only_what_was_changed_is_kept_and_each_mistake_is_told_at_its_field(desk: Desk) -> None:
    contact_id = await desk.contact("Amel", ("email", "amel@example.org"))
    person = await desk.store.read(lambda session: read_person(session, contact_id, desk.clock.now()))
    before = as_typed(person.contact, person.organisation, ["effectif"])
    typed = before | {
        "name": "Amel Benali",
        "birthday": "1985-13-45",
        "timezone": "Mars/Olympus",
        "field:effectif": "beaucoup",
        "organisation": "Atlas Travaux",
    }
    wrong = read_form(typed, before, desk.customers.ways(), "fr")
    assert set(wrong.wrong) == {"birthday", "timezone", "field:effectif"}
    typed |= {
        "birthday": "03-05",
        "timezone": "Africa/Tunis",
        "field:effectif": "12",
        "tags": "vip، pro; vip",
    }
    read = read_form(typed, before, desk.customers.ways(), "ar")
    assert not read.wrong
    edit = desk.edit
    await desk.store.write(lambda session: keep(session, contact_id, read, person.contact.version, edit))
    (found,) = await rows_of(desk.store, Contact, table_of(Contact).c.id == contact_id)
    (firm,) = await rows_of(desk.store, Organisation)
    assert (found.name, found.birthday, found.born_on) == ("Amel Benali", "03-05", None)
    assert (found.tags, found.organisation_id, firm.name) == (["vip", "pro"], firm.id, "Atlas Travaux")
    with pytest.raises(EditRefused) as crossed:  # somebody else had the page open, too
        await desk.store.write(lambda session: keep(session, contact_id, read, person.contact.version, edit))
    assert crossed.value.code == "crossed"


async def test_an_address_of_somebody_else_is_refused(desk: Desk) -> None:
    await desk.contact("Amel", ("sms", "+213550000001"))
    with pytest.raises(EditRefused) as taken:
        await desk.contact("Karim", ("whatsapp", "+213550000001"))
    assert taken.value.code == "address_taken"


async def test_a_spoken_word_is_written_once_needs_its_wording_and_stands_from_its_day(desk: Desk) -> None:
    contact_id = await desk.contact("Amel", ("sms", "+213550000001"))
    now = desk.clock.now()
    await desk.said(contact_id, "offers", granted=True, at=now - timedelta(days=30))
    at = spoken_at((now - timedelta(days=2)).date().isoformat(), now, ALGIERS)

    async def write(wording: str) -> bool:
        return await desk.store.write(
            lambda session: write_spoken(
                session,
                "console:1",
                contact_id,
                channel="sms",
                purpose="offers",
                granted=False,
                at=at,
                wording=wording,
            )
        )

    with pytest.raises(WordMissing):
        await write("  ")
    assert await write("Plus d’offres par SMS")
    assert not await write("Plus d’offres par SMS")  # pressed twice
    person = await desk.store.read(lambda session: read_person(session, contact_id, now))
    states = {day: person.standings(now - timedelta(days=day))["sms", "offers"].state for day in (40, 10, 0)}
    assert states == {40: "unknown", 10: "granted", 0: "refused"}
    assert person.standings(now)["", "offers"].state == "granted"
    for day, code in (("x", "day"), ((now + timedelta(days=2)).date().isoformat(), "ahead")):
        with pytest.raises(WordMissing) as missing:
            spoken_at(day, now, ALGIERS)
        assert missing.value.code == code


# files


async def test_a_file_is_kept_by_its_hash_and_nothing_else_is_opened(desk: Desk) -> None:
    digest = await desk.hand_in(DIRTY)
    found = kept_file(digest, desk.settings)
    assert found is not None
    assert found.read_text(encoding="utf-8") == DIRTY
    for wrong in ("", "../relais.db", digest[:-1], digest.upper(), "0" * 64):
        assert kept_file(wrong, desk.settings) is None
    with pytest.raises(TooLarge):
        await desk.hand_in("x" * 10_001)
    with pytest.raises(NothingInIt):
        await desk.hand_in("")
    assert [path.name for path in desk.settings.folder.iterdir()] == [digest]


@pytest.mark.parametrize("language", ["fr", "ar", "en"])
async def test_a_preview_tells_what_becomes_of_each_row_and_what_to_do(desk: Desk, language: str) -> None:
    words = words_in(language)
    path = desk.customers.path_of(await desk.hand_in(DIRTY))
    understood = await uploads.understand("contacts", path, desk.settings.fields, {}, Options())
    assert [column.target for column in understood.mapping.columns] == [
        "external_id", "name", "phone", "zone", "consent_offers", "birthday",
    ]  # fmt: skip
    assert understood.samples[3] == ("Béjaïa", "سطيف", "Alger")
    found = await desk.customers.importer.preview("contacts", path, {}, Options())
    assert (found.outcome.added, found.outcome.refused, found.doubles, found.whole) == (4, 1, 1, True)
    assert found.fates == ["added", "added", "added", "refused", "double"]
    shown = uploads.shown_rows(found, words)
    assert [row.line for row in shown] == [2, 3, 4, 5, 6]
    told = {(each.line, each.column) for row in shown for each in row.told}
    assert {(3, "Tél"), (4, "Tél"), (4, "Né le"), (5, "")} <= told
    assert all(each.mend for row in shown for each in row.told if each.column in ("Tél", "Né le"))
    assert await rows_of(desk.store, Contact) == []
    first = await desk.customers.importer.preview("contacts", path, {}, Options(), most=2)
    assert (first.outcome.rows, first.whole) == (2, False)


async def test_an_import_is_stopped_gone_on_with_and_begun_anew_with_other_columns(desk: Desk) -> None:
    digest = await desk.hand_in(DIRTY)
    one = await desk.imported(digest)
    with pytest.raises(NotPossible):
        await desk.customers.halt(one)
    with pytest.raises(NotPossible):
        await desk.customers.go_on(one)
    await desk.customers.importer.settle(await desk.customers.one(one), "stopped")
    await desk.customers.go_on(one)
    async with asyncio.timeout(20):
        while (await desk.customers.one(one)).status == "running":  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert (await desk.customers.one(one)).rows == 5
    await desk.customers.importer.settle(await desk.customers.one(one), "stopped")
    assert await desk.imported(digest, anew=True) != one
    with pytest.raises(NotFound):
        await desk.customers.one("nothing")
    latest = await desk.store.read(lambda session: uploads.import_of(session, "contacts", digest))
    assert latest is not None
    assert latest.id != one
    assert await uploads.rows_in(desk.customers.path_of(digest), latest) == 5
    told = await desk.store.read(lambda session: uploads.faults_of(session, one, (0, ""), words_in("fr")))
    lines = "".join(await desk.customers.report(await desk.customers.one(one), "fr"))
    assert {each.line for each in told} == {2, 3, 4, 5, 6}
    assert "2.13E+11" in lines
    with suppress(FileNotFoundError):
        desk.customers.path_of(digest).unlink()
    assert "2.13E+11" in "".join(await desk.customers.report(await desk.customers.one(one), "ar"))


# segments


async def test_a_segment_is_renamed_unless_somebody_was_faster_or_the_name_is_taken(desk: Desk) -> None:
    made = await desk.segments.save("Alger", 'zone = "Alger"', by="samia")
    await desk.segments.save("Oran", 'zone = "Oran"', by="samia")
    changed = await desk.segments.change(
        made.id, name="Grand Alger", text='zone in ("Alger", "Blida")', seen=made.updated_at
    )
    assert (changed.id, changed.name) == (made.id, "Grand Alger")
    with pytest.raises(Crossed):
        await desk.segments.change(made.id, name="x", text="everybody", seen=made.updated_at)
    with pytest.raises(NameTaken):
        await desk.segments.change(made.id, name="Oran", text="everybody", seen=changed.updated_at)
    assert (await desk.segments.one("Grand Alger")).rule == 'zone in ("Alger", "Blida")'


async def test_a_segment_that_a_campaign_needs_is_neither_forgotten_nor_renamed(desk: Desk) -> None:
    made = await desk.segments.save("Alger", 'zone = "Alger"', by="samia")
    campaigns = [("Rentrée", "Alger", "planned"), ("Finie", "Alger", "done"), ("Autre", "Oran", "running")]
    now = desk.clock.now()

    for name, segment, status in campaigns:
        row = Campaign(
            id=desk.ids.new(),
            name=name,
            definition={"name": name, "segment": segment},
            status=status,
            created_by="samia",
            created_at=now,
        )
        await desk.store.write(lambda session, row=row: session.add(row))  # type: ignore[misc]
    assert [use.name for use in await desk.segments.uses("Alger")] == ["Rentrée"]
    with pytest.raises(InUse) as used:
        await desk.segments.remove(made.id)
    assert "Rentrée" in str(used.value)
    with pytest.raises(InUse):
        await desk.segments.change(made.id, name="Autre nom", text=made.rule, seen=made.updated_at)
    kept = await desk.segments.change(made.id, name="Alger", text="everybody", seen=made.updated_at)
    assert kept.rule == "everybody"  # its rule may change: who belongs is looked up when it is used


async def test_reach_counts_each_member_once_a_door_with_what_they_said(desk: Desk) -> None:
    amel = await desk.contact(
        "Amel", ("email", "amel@example.org"), ("email", "amel2@example.org"), zone="Alger"
    )
    karim = await desk.contact(
        "Karim", ("email", "karim@example.org"), ("sms", "+213550000001"), zone="Alger"
    )
    await desk.contact("Nadia", ("email", "nadia@example.org"), zone="Alger")
    await desk.contact("Sami", ("email", "sami@example.org"), zone="Oran")
    dead = await desk.contact("Yacine", ("email", "yacine@example.org"), zone="Alger")
    await desk.said(amel, "offers", granted=True)
    await desk.said(karim, "all", granted=False)
    addresses = table_of(Address)
    await desk.store.write(
        lambda session: session.execute(
            addresses.update().where(addresses.c.contact_id == dead).values(state="hard_bounce")
        )
    )
    reach = await desk.segments.reach(desk.segments.read('zone = "Alger"'))
    assert [(door.channel, door.contacts, door.agreed, door.refused) for door in reach.doors] == [
        ("email", 3, 1, 1),
        ("sms", 1, 0, 1),
    ]
    assert reach.nowhere == 1


def _blank(desk: Desk) -> dict[str, object]:
    return blank_contact("", desk.clock.now(), "phone")
