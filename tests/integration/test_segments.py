"""Segments on both databases: the same members as a plain look at every row, whatever the rule and the base."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bot.clock import ManualClock
from bot.ids import IdMaker
from bot.records import Contact, Record
from bot.records.base import table_of
from bot.segments import Segments, Setting, members_where, with_bounds
from bot.store.changes import NotFound, NotPossible
from bot.store.port import Store
from scheduler.segments import RuleError, parse, write
from scheduler.segments.measures import CLASSES, MEASURES
from scheduler.segments.tree import Condition, Contains, OneOf, Rule, Scope, StartsWith
from tests.fakes import NOON
from tests.segment_oracle import classes, members
from tests.segment_world import ALGIERS, HOSTILE, MOMENT, TERMS, World, make_condition, make_rule, make_world


async def fill(store: Store, world: World) -> None:
    def work(session: Session) -> None:
        for name, rows in world.rows.items():
            session.execute(insert(Record.metadata.tables[name]), rows)

    await store.write(work)


async def found(store: Store, rules: list[Rule], *, whole: bool) -> list[list[str]]:
    contacts = table_of(Contact)

    def work(session: Session) -> list[list[str]]:
        return [
            list(
                session.execute(
                    select(contacts.c.id)
                    .where(members_where(session, rule, MOMENT, whole=whole))
                    .order_by(contacts.c.id)
                ).scalars()
            )
            for rule in rules
        ]

    return await store.read(work)


def segments_of(store: Store) -> Segments:
    clock = ManualClock(NOON)
    setting = Setting(terms=TERMS, zone=ALGIERS, week_starts=6)
    return Segments(store, setting, clock=clock, ids=IdMaker(clock))


async def agree(store: Store, world: World, rules: list[Rule]) -> int:
    """Both ways of asking and the plain look give the same; tells how many rules split the base."""
    by_sets, one_by_one = await found(store, rules, whole=True), await found(store, rules, whole=False)
    split = 0
    for rule, sets, singly in zip(rules, by_sets, one_by_one, strict=True):
        expected = members(rule, world, MOMENT)
        assert sets == expected, f"as sets: {write(rule)}"
        assert singly == expected, f"one by one: {write(rule)}"
        split += 0 < len(expected) < len(world.rows["contacts"])
    return split


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_measure_finds_whom_a_plain_look_finds(store: Store, seed: int) -> None:
    world, random = make_world(seed), Random(seed)
    await fill(store, world)
    rules: list[Rule] = [make_condition(random, key) for key in MEASURES for _ in range(8)]
    split = await agree(store, world, rules)
    assert split > len(rules) * 0.4


async def test_rules_of_rules_find_whom_a_plain_look_finds(store: Store) -> None:
    world, random = make_world(3), Random(3)
    await fill(store, world)
    split = await agree(store, world, [make_rule(random) for _ in range(120)])
    assert split > 40


async def test_hostile_texts_are_only_texts(store: Store) -> None:
    world = make_world(4, contacts=60)
    await fill(store, world)
    texts = [*HOSTILE, "') OR ('1'='1", "%", "_", "x" * 500, "\u202e", "${x}", "{0}", ":p", "$1", "?"]
    rules: list[Rule] = []
    for text in texts:
        tests = (OneOf(values=(text,)), Contains(text=text), StartsWith(text=text))
        keys = ("name", "zone", "tag", "organisation", "owner", "interest", "external_id")
        rules += [Condition(measure=key, test=test) for key in keys for test in tests]
        if text and not set(text) & set('"\\'):
            rules += [Condition(measure="own", scope=Scope(name=text), test=test) for test in tests]
    assert await agree(store, world, rules) > 30
    # Written down and read again they are the same, and nothing else is in the base than before.
    assert [parse(write(rule), TERMS) for rule in rules] == rules
    assert len(await found(store, [parse("everybody", TERMS)], whole=True)) == 1


async def test_the_fifths_of_buyers_are_those_of_a_plain_look(store: Store) -> None:
    world = make_world(5, contacts=200)
    await fill(store, world)
    for measure in CLASSES:
        expected = classes(world, measure, "DZD")
        for wanted in range(1, 6):
            rule = parse(f"{ {'spending': 'rfm amount'}.get(measure, measure) } = {wanted}", TERMS)
            (ids,) = await found(store, [rule], whole=True)
            assert ids == sorted(key for key, each in expected.items() if each == wanted)


async def test_a_base_without_buyers_has_no_classes(store: Store) -> None:
    rule = parse("recency >= 1 or frequency <= 5 or rfm amount != 3", TERMS)
    assert await found(store, [rule], whole=True) == [[]]
    moment = await store.read(lambda session: with_bounds(session, rule, MOMENT))
    assert moment.bounds.recency == {}


async def test_a_preview_counts_and_gives_reasons(store: Store) -> None:
    world = make_world(6)
    await fill(store, world)
    segments = segments_of(store)
    rule = segments.read("purchases >= 2 and not complaint open")
    counted, sample = await segments.preview(rule, sample=3, language="fr")
    expected = members(rule, world, MOMENT)
    assert (counted.count, counted.contacts) == (len(expected), 120)
    assert [member.id for member in sample] == expected[::-1][:3]
    assert all(member.belongs for member in sample)
    _, first, second = sample[0].reasons
    assert first.text == "le nombre d'achats est d'au moins 2" and first.holds and int(first.found) >= 2
    assert second.text == "le nombre de réclamations (ouverte) est de 0" and second.found == "0"


async def test_why_a_contact_is_not_in_it_names_the_sentence_that_is_not_so(store: Store) -> None:
    world = make_world(1, contacts=1)
    contact = world.rows["contacts"][0]
    contact |= {"language": "fr", "zone": "Sétif"}
    await fill(store, world)
    segments = segments_of(store)
    member = await segments.why(
        segments.read('language = fr and zone = "Alger"'), contact["id"], language="en"
    )
    assert not member.belongs
    assert [(reason.text, reason.holds, reason.found) for reason in member.reasons] == [
        ("All of this:", False, ""),
        ("the language is french", True, "fr"),
        ("the zone is “Alger”", False, "Sétif"),
    ]
    with pytest.raises(NotFound, match="there is no contact nobody"):
        await segments.why(segments.read("everybody"), "nobody")


async def test_pages_of_members_follow_each_other_without_gap_or_double(store: Store) -> None:
    world = make_world(7)
    await fill(store, world)
    segments, after = segments_of(store), ""
    seen: list[str] = []
    rule = segments.read("not frequency >= 4 and language in (fr, ar)")
    while True:
        page = await segments.members(rule, after=after, limit=7)
        seen += page.ids
        if page.next is None:
            break
        after = page.next
    assert seen == members(rule, world, MOMENT)


async def test_segments_are_saved_replaced_listed_and_removed(store: Store) -> None:
    segments = segments_of(store)
    made = await segments.save("Fidèles", "achats >= 3", by="Lina")
    assert (made.name, made.rule, made.created_by) == ("Fidèles", "achats >= 3", "Lina")
    with pytest.raises(NotPossible, match="already"):
        await segments.save("Fidèles", "achats >= 4", by="Lina", must_be_new=True)
    again = await segments.save("Fidèles", "achats >= 4", by="Sami")
    assert (again.id, again.rule, again.created_by) == (made.id, "achats >= 4", "Lina")
    await segments.save("Autres", "tous", by="Lina")
    assert [each.name for each in await segments.every()] == ["Autres", "Fidèles"]
    assert await segments.one(made.id) == again
    await segments.remove("Fidèles")
    with pytest.raises(NotFound):
        await segments.one("Fidèles")


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\nb"])
async def test_a_segment_without_a_sound_name_is_refused(sqlite_store: Store, name: str) -> None:
    with pytest.raises(NotPossible):
        await segments_of(sqlite_store).save(name, "everybody", by="Lina")


async def test_a_rule_that_can_not_be_read_is_not_saved(sqlite_store: Store) -> None:
    segments = segments_of(sqlite_store)
    with pytest.raises(RuleError):
        await segments.save("x", "zonne = 3", by="Lina")
    assert await segments.every() == []


@pytest.fixture
async def sqlite_store(sqlite_database: Any, open_store: Any) -> Store:
    opened: Store = await open_store(sqlite_database)
    return opened
