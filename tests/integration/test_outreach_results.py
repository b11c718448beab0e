"""Results of campaigns and rules on both databases, counted anew by an oracle that shares nothing with them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from bot.clock import ManualClock
from bot.records import (
    Campaign,
    Consent,
    Message,
    Occurrence,
    OutboxMessage,
    OutreachRule,
    OutreachSign,
    Purchase,
    Recipient,
    SamePerson,
)
from bot.records.base import table_of
from bot.store.changes import NotFound
from bot.store.port import Store
from scheduler.results.credit import Windows
from scheduler.results.crediting import Crediting
from scheduler.results.read import Results, campaign_results, rule_results
from tests.conftest import Database, Opener
from tests.integration.rulebench import LONG_AGO, READY, person, talk, utc
from tests.integration.storebench import new_id, rows_of

NOW = utc(2026, 6, 1, 12)
DAY = timedelta(days=1)
WINDOWS = Windows(reply=7 * DAY, purchase=30 * DAY)
PROMOTING = {"offer": True, "notices": False}  # source -> whether it promotes


@dataclass
class World:
    """What happened, as plain tuples, beside the database."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    replies: list[tuple[str, datetime, str]] = field(default_factory=list)
    orders: list[tuple[str, datetime, Decimal, str, str]] = field(
        default_factory=list
    )  # who … currency, status
    noes: list[tuple[str, datetime, str]] = field(default_factory=list)
    same: dict[str, str] = field(default_factory=dict)


def crediting(store: Store, **more: Any) -> Crediting:
    return Crediting(
        store, WINDOWS, lambda: READY, currency="DZD", clock=ManualClock(NOW), **{"page": 7} | more
    )


async def save(store: Store, *rows: Any) -> None:
    await store.write(lambda session: session.add_all(rows))


async def grow(store: Store, seed: int) -> World:
    """A campaign of offers and a rule of service, to 40 people who answer, buy and refuse at random."""
    dice, world = random.Random(seed), World()
    await save(
        store,
        Campaign(
            id="offer", name="spring", status="done", created_by="t", created_at=LONG_AGO,
            definition={"purpose": "offers", "fixed_cost": "250.5", "end": "2026-06-30", "target": {"count": 5}},
        ),
        OutreachRule(
            id="notices", name="order_progress", active=True, changed_by="t", changed_at=LONG_AGO,
            definition={"since": LONG_AGO.isoformat()},
        ),
    )  # fmt: skip
    for number in range(40):
        phone, mail = f"+2135500{number:05d}", f"p{number}@example.org"
        who = await person(store, phone, mail)
        if number % 9 == 8:
            first = world.messages[-1]["contact"] if world.messages else who
            if first != who:
                await join(store, world, first, who)
        rows: list[Any] = []
        talks = {
            "sms": await talk(store, who, phone, NOW),
            "email": await talk(store, who, mail, NOW, channel="email", account_id="desk"),
        }
        rows += plan_messages(dice, world, who)
        for seq in range(dice.randint(0, 3)):
            channel, at = dice.choice(("sms", "email")), NOW - dice.random() * 50 * DAY
            by = dice.choice(("faq", "survey", "consent", "automatic"))
            rows.append(
                Message(
                    id=new_id(), conversation_id=talks[channel], seq=seq + 1, direction="in", author="contact",
                    text="x", attachments=[], buttons=[], decided_by=by, created_at=at,
                    automatic="auto-reply" if by == "automatic" else "",
                )
            )  # fmt: skip
            if by in ("faq", "survey"):
                world.replies.append((who, at, channel))
        for _ in range(dice.randint(0, 3)):
            rows += buy(dice, world, who)
        if dice.random() < 0.3:
            channel, at = dice.choice(("", "sms", "email")), NOW - dice.random() * 50 * DAY
            world.noes.append((who, at, channel))
            rows.append(
                Consent(
                    id=new_id(), contact_id=who, channel=channel, purpose="all", granted=False, at=at,
                    source="form", wording="",
                )
            )  # fmt: skip
        await save(store, *rows)
    return world


async def join(store: Store, world: World, first: str, second: str) -> None:
    world.same[second] = first
    pair = SamePerson(
        id=new_id(),
        contact_id=first,
        other_id=second,
        status="merged",
        evidence=[],
        moved={},
        created_at=LONG_AGO,
    )
    await save(store, pair)


def plan_messages(dice: random.Random, world: World, who: str) -> list[Any]:
    rows: list[Any] = []
    for source in ("offer", "notices", "notices"):
        status = dice.choice(("sent", "sent", "sent", "uncertain", "skipped", "failed", "open"))
        channel, at, cost = dice.choice(("sms", "email")), NOW - dice.random() * 40 * DAY, dice.randint(0, 9)
        went = status in ("sent", "uncertain")
        row: dict[str, Any] = {
            "id": new_id(), "contact_id": who, "due_at": at, "channel": channel if went else "",
            "settled_at": None if status == "open" else at, "cost": Decimal(cost) if went else Decimal(0),
            "reason": "quiet" if status == "skipped" else "5.1.1" if status == "failed" else "",
        }  # fmt: skip
        message = {
            "source": source,
            "contact": who,
            "status": status,
            "at": at,
            "opened": None,
            "clicked": None,
        }
        if went and dice.random() < 0.7:
            row["outbox_id"] = new_id()
            message["at"] = sent_at = at + timedelta(minutes=dice.randint(1, 90))
            message["state"] = state = dice.choice(("accepted", "delivered", "read"))
            rows.append(outbox(row["outbox_id"], sent_at, state))
        if went and dice.random() < 0.4:
            message["clicked"] = row["clicked_at"] = at + DAY
        if went and dice.random() < 0.4:
            message["opened"] = row["opened_at"] = at + DAY
        world.messages.append(message | {key: row[key] for key in ("id", "channel", "cost", "reason")})
        if source == "offer":
            variant = message["variant"] = dice.choice(("a", "b"))
            world.messages[-1]["variant"] = variant
            status = "waiting" if status == "open" else status
            rows.append(Recipient(campaign_id="offer", status=status, variant=variant, **row))
        else:
            status = "planned" if status == "open" else status
            about: dict[str, Any] = {"subject_id": new_id(), "on_date": at.date(), "rule_id": "notices"}
            rows.append(Occurrence(status=status, **about, **row))
    return rows


def outbox(row_id: str, sent_at: datetime, status: str) -> OutboxMessage:
    return OutboxMessage(
        id=row_id, key=row_id, account_id="lab", thread="t", to="x", body={"text": ""}, purpose="bulk",
        priority=5, status=status, next_at=sent_at, created_at=sent_at, sent_at=sent_at,
    )  # fmt: skip


def buy(dice: random.Random, world: World, who: str) -> list[Any]:
    """One order of one or two lines."""
    at, ref = NOW - dice.random() * 50 * DAY, new_id()
    status, currency = dice.choice(("ordered", "delivered", "cancelled")), dice.choice(("DZD", "DZD", "EUR"))
    lines = [Decimal(dice.randint(1, 900)) for _ in range(dice.randint(1, 2))]
    world.orders.append((who, at, sum(lines, Decimal(0)), currency, status))
    return [
        Purchase(
            id=new_id(), contact_id=who, order_ref=ref, at=at + number * timedelta(minutes=1), product="B12",
            amount=amount, currency=currency, status=status, created_at=at,
        )
        for number, amount in enumerate(lines)
    ]  # fmt: skip


def expected(world: World) -> dict[str, dict[str, Any]]:
    """By brute force: each event looks at every message of its person."""

    def now(who: str) -> str:
        return world.same.get(who, who)

    def last(who: str, at: datetime, within: timedelta, fits: Any) -> dict[str, Any] | None:
        near = [
            m for m in world.messages
            if now(m["contact"]) == now(who) and m["status"] in ("sent", "uncertain") and fits(m) and m["at"] <= at
        ]  # fmt: skip
        found = max(near, key=lambda m: (m["at"], m["id"]), default=None)
        return found if found is not None and at - found["at"] <= within else None

    rows: dict[str, dict[str, Any]] = {}

    def mark(message: Mapping[str, Any] | None, name: str, at: datetime) -> None:
        if message is not None:
            row = rows.setdefault(message["id"], {})
            row[name] = min(at, row.get(name, at))

    for who, at, channel in world.replies:
        mark(last(who, at, WINDOWS.reply, lambda m, c=channel: m["channel"] == c), "replied_at", at)
    for who, at, channel in world.noes:
        mark(last(who, at, WINDOWS.reply, lambda m, c=channel: c in ("", m["channel"])), "opted_out_at", at)
    for who, at, amount, currency, status in world.orders:
        if status == "cancelled":
            continue
        found = last(who, at, WINDOWS.purchase, lambda m: PROMOTING[m["source"]]) or last(
            who, at, WINDOWS.purchase, lambda m: not PROMOTING[m["source"]]
        )
        mark(found, "converted_at", at)
        if found is not None and currency == "DZD":
            row = rows[found["id"]]
            row["income"] = row.get("income", Decimal(0)) + amount
    return rows


NAMES = ("replied_at", "converted_at", "opted_out_at", "income")


async def written(store: Store) -> dict[str, dict[str, Any]]:
    rows = [*await rows_of(store, Recipient), *await rows_of(store, Occurrence)]
    found = {row.id: {name: getattr(row, name) for name in NAMES} for row in rows}
    kept = {
        key: {name: value for name, value in row.items() if value is not None} for key, row in found.items()
    }
    return {key: row for key, row in kept.items() if row}


@pytest.mark.parametrize("seed", [1, 2])
async def test_results_are_those_of_an_independent_count(store: Store, seed: int) -> None:
    world = await grow(store, seed)
    assert await crediting(store).run() > 10
    assert await written(store) == expected(world)
    assert await crediting(store, page=500).run() == 0  # the same again changes nothing
    spring = await store.read(lambda session: campaign_results(session, "spring", currency="DZD"))
    check(world, "offer", spring)
    assert spring.fixed_cost == Decimal("250.5") and spring.profit == spring.counts.income - spring.cost
    assert spring.target is not None and spring.target.reached == spring.counts.converted.count
    notices = await store.read(lambda session: rule_results(session, "order_progress", currency="DZD"))
    check(world, "notices", notices)
    assert sum(one.sent for one in spring.by_variant.values()) == spring.counts.sent


def check(world: World, source: str, results: Results) -> None:
    rows, ours = expected(world), [m for m in world.messages if m["source"] == source]
    states = Counter(m["status"] for m in ours)
    assert results.balanced and results.planned == len(ours)
    assert (results.sent, results.uncertain, results.waiting) == (
        states["sent"],
        states["uncertain"],
        states["open"],
    )
    assert results.skipped == ({"quiet": states["skipped"]} if states["skipped"] else {})
    assert results.failed == ({"5.1.1": states["failed"]} if states["failed"] else {})
    went = [m for m in ours if m["status"] in ("sent", "uncertain")]
    for channel, counts in [("", results.counts), *results.by_channel.items()]:
        some = [m for m in went if channel in ("", m["channel"])]
        mails = [m for m in some if m["channel"] == "email"]
        assert counts.sent == len(some)
        assert (counts.opened.count, counts.opened.of) == (
            sum(bool(m["opened"] or m["clicked"]) for m in mails),
            len(mails),
        )
        for name in ("replied", "converted", "opted_out"):
            share = getattr(counts, name)
            assert share.count == sum(f"{name}_at" in rows.get(m["id"], {}) for m in some), name
        assert counts.income == sum(rows.get(m["id"], {}).get("income", 0) for m in some)
        assert counts.cost == sum(m["cost"] for m in some)
        assert counts.read == sum(m.get("state") == "read" for m in some)


async def test_a_cancelled_order_is_no_result_any_more(store: Store) -> None:
    who = await person(store, "+213550000001")
    await save(
        store,
        Campaign(id="c", name="c", created_by="t", created_at=LONG_AGO, definition={"purpose": "offers"}),
        Recipient(
            id=new_id(), campaign_id="c", contact_id=who, channel="sms", due_at=NOW, status="sent",
            settled_at=NOW - 2 * DAY,
        ),
        Purchase(
            id="p", contact_id=who, at=NOW - DAY, product="B12", amount=Decimal(40), currency="DZD",
            created_at=NOW,
        ),
    )  # fmt: skip
    assert await crediting(store).run() == 1
    assert (await read(store, "c")).counts.income == Decimal(40)
    bought = table_of(Purchase)
    await store.write(lambda session: session.execute(update(bought).values(status="cancelled")))
    assert await crediting(store).run() == 1
    assert (await read(store, "c")).counts.converted.count == 0
    assert await written(store) == {}


async def read(store: Store, name: str) -> Results:
    return await store.read(lambda session: campaign_results(session, name, currency="DZD"))


async def test_what_only_machines_opened_is_told_apart(store: Store) -> None:
    await save(
        store,
        Campaign(id="c", name="c", created_by="t", created_at=LONG_AGO, definition={"purpose": "offers"}),
    )
    for by in ("person", "machine", ""):
        row_id = new_id()
        await save(
            store,
            Recipient(
                id=row_id, campaign_id="c", contact_id=new_id(), channel="email", due_at=NOW, status="sent",
                settled_at=NOW, opened_at=NOW if by == "person" else None,
            ),
        )  # fmt: skip
        for each in {by, "machine"} if by else ():
            await save(
                store,
                OutreachSign(id=new_id(), row_id=row_id, kind="open", by=each, first_at=NOW, last_at=NOW),
            )
    found = await read(store, "c")
    assert (found.counts.opened.count, found.counts.opened.of, found.maybe_opened) == (1, 3, 1)
    assert found.counts.opened.bounds is not None and found.profit == 0 and not found.profitable


async def test_the_runs_of_a_series_are_counted_together(store: Store) -> None:
    for name, series in (("news", None), ("news_1", "news"), ("news_2", "news")):
        await save(
            store,
            Campaign(
                id=name, name=name, series_id=series, created_by="t", created_at=LONG_AGO,
                definition={"purpose": "information"},
            ),
        )  # fmt: skip
    for run in ("news_1", "news_2"):
        row: dict[str, Any] = {
            "campaign_id": run,
            "contact_id": "k",
            "channel": "sms",
            "due_at": NOW,
            "settled_at": NOW,
        }
        await save(store, Recipient(id=new_id(), status="sent", **row))
    assert [(await read(store, name)).planned for name in ("news", "news_1", "news_2")] == [2, 1, 1]


async def test_a_name_nobody_knows_is_said_so(store: Store) -> None:
    with pytest.raises(NotFound):
        await read(store, "nothing")
    with pytest.raises(NotFound):
        await store.read(lambda session: rule_results(session, "birthday", currency="DZD"))


async def test_two_processes_share_one_slot(postgres_database: Database, open_store: Opener) -> None:
    first = await open_store(postgres_database)
    second = await open_store(postgres_database, "0" * 16 + "b" * 16)
    await grow(first, 3)
    changed = await crediting(first).tick(), await crediting(second).tick()
    assert changed[0] > 0 and changed[1] == 0
