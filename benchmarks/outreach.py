"""How long outreach takes over a large base: planning, writing, simulating, handing in, each beside something bare.

    python -m benchmarks.outreach --contacts 100000
    python -m benchmarks.outreach --contacts 1000000 --postgres postgresql://postgres@127.0.0.1:5432/postgres

The base is made in a scratch file, or in a scratch database of the server, and removed at the end. Every contact has a
birthday, an address and, a third of them, a conversation. Printed are seconds, seconds of this process's CPU (a busy
machine makes the first long), how many, and the peak memory of this process so far.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
from sqlalchemy import Select, case, func, select, text, update
from sqlalchemy.orm import Session

from benchmarks.segments import fill, run_sql, words_of
from benchmarks.smtp import _serve as smtp_sink
from benchmarks.smtp import _settings as mail_settings
from bot.accounts import settings_of
from bot.budgets import Budgets
from bot.campaign_desk import CampaignDesk
from bot.clock import Clock, ManualClock
from bot.company import calendars_of, facts_of
from bot.config import Config, load
from bot.delivery import Delivery
from bot.ids import IdMaker
from bot.limits import gate_of
from bot.measures import Measures
from bot.outbound import DeliverySettings
from bot.records import Contact, Occurrence, OutboxMessage, OutreachRule, Recipient, migrate
from bot.records.base import table_of
from bot.rule_desk import RuleDesk
from bot.simulation import Asked, House, simulated
from bot.store.plan import PRIORITY
from bot.store.postgres import PostgresStore
from bot.store.sqlite import SqliteStore
from bot.templating import Templates
from channels.email.door import EmailDoor
from channels.port import Door
from channels.registry import door_class
from scheduler.campaigns.definition import Definition
from templates import BUILT_IN
from tests.fakes import FakeHost

NOW = datetime(2026, 3, 3, 6, tzinfo=UTC)  # before nine, the hour of wishes, in Algiers
CONFIG = """
company: {{name: Briqueterie Atlas, language: fr, languages: [fr, ar, en], timezone: Africa/Algiers, country: DZ}}
database: {{url: "{url}"}}
server: {{public_url: "https://bot.example.org"}}
media: {{folder: "{folder}"}}
accounts: {{mail: {{kind: sandbox, via: email}}}}
"""
CAMPAIGN = {
    "name": "bench",
    "purpose": "information",
    "audience": "tous",
    "template": "outreach/newsletter",
    "values": {"title": "Mars", "text": "Les nouvelles de la briqueterie."},
}
_ADDRESSES = """
INSERT INTO addresses (id, contact_id, channel, value, state, state_reason, created_at)
SELECT {id_n}, {id_n}, 'email', 'k' || n || '@example.org', 'ok', '', {created} FROM {numbers}"""

_contacts = table_of(Contact).c
_occurrences = table_of(Occurrence)
_outbox = table_of(OutboxMessage)


class Bench:
    """One database, its base, and what is measured over it."""

    def __init__(self, store: SqliteStore | PostgresStore, config: Config, args: argparse.Namespace) -> None:
        self.store = store
        self.config = config
        self.args = args
        self.clock = ManualClock(NOW)
        self.templates = Templates.load([BUILT_IN], company=facts_of(config))
        kind, settings = settings_of("mail", config.active_accounts()["mail"], config, demo=True)
        self.door = door_class(kind)(settings, FakeHost())
        given: dict[str, Any] = {"clock": self.clock, "ids": IdMaker(self.clock), "text_limits": {}}
        self.desk = RuleDesk(store, self.templates, config, **given)
        self.campaigns = CampaignDesk(store, self.templates, config, **given)
        self.planned: dict[str, int] = {}

    async def run(self) -> None:
        await self.say("bare: contacts with a birthday on one day, counted by the index", self.birthdays)
        await self.say("bare: INSERT … SELECT of a row for each of them", self.bare_day)
        await self.switch("birthday")
        await self.say(
            "plan a day of birthdays (26 hours ahead, and the days missed)", self.desk.planner.tick
        )
        await self.say("plan again: nothing is new", self.again)
        await self.switch("card_expiry")
        await self.say("one more rule, of four steps, that concerns nobody: plan", self.again)
        await self.say("simulate a day (copy, plan, write, gate)", partial(self.simulate, 1))
        await self.say(f"simulate {self.args.days} days", partial(self.simulate, self.args.days))
        await self.say("bare: INSERT … SELECT of a row for every contact", self.bare_all)
        await self.say("campaign to everybody: dry run, line by line", self.dry_run)
        await self.say("campaign to everybody: started, a row for each (freeze)", self.start)
        await self.switch("year_end_wishes", when={"kind": "fixed", "days": ["2026-03-04"]})
        await self.say("plan one message to every contact", self.desk.planner.tick)
        self.clock.advance(timedelta(hours=26, minutes=30))
        await self.say("write messages (guards, words, outbox)", self.write_some)
        await self.say("bare: render and insert as many rows, 200 a transaction", self.bare_rows)
        await self.say("hand them in to the sandbox (claim, gate, record)", self.hand_in)
        await self.say("write as many again", self.write_some)
        await self.say("hand them in to an SMTP sink on loopback, 4 connections", self.hand_in_by_smtp)

    async def say(self, what: str, work: Callable[[], Awaitable[int]]) -> None:
        started, worked = time.perf_counter(), time.process_time()
        number = await work()
        taken, worked = time.perf_counter() - started, time.process_time() - worked
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{taken:8.2f} s {worked:8.2f} s CPU {number:>10,} {peak:7.0f} MB  {what}", flush=True)

    async def switch(self, name: str, **changes: Any) -> None:
        if changes:
            await self.desk.change(name, changes, by="bench")
        await self.desk.switch(name, on=True, by="bench")
        since = {"since": (NOW - timedelta(hours=1)).isoformat()}

        def begin(session: Session) -> None:
            row = session.scalar(select(OutreachRule).where(table_of(OutreachRule).c.name == name))
            assert row is not None
            row.definition = {**row.definition, **since}

        await self.store.write(begin)

    # beside it

    async def birthdays(self) -> int:
        query = select(func.count()).where(_contacts.birthday != "", _contacts.birthday == "03-03")
        return int((await self.store.fetch_all(query))[0][0])

    async def bare_day(self) -> int:
        return await self.bare_insert("WHERE birthday <> '' AND birthday IN ('03-02', '03-03', '03-04')")

    async def bare_all(self) -> int:
        return await self.bare_insert("")

    async def bare_insert(self, where: str) -> int:
        """As many indexed rows, in a table like the real one, and gone again."""
        lite = isinstance(self.store, SqliteStore)
        like = "AS SELECT * FROM occurrences WHERE false" if lite else "(LIKE occurrences INCLUDING ALL)"
        identity = "lower(hex(randomblob(16)))" if lite else "replace(gen_random_uuid()::text, '-', '')"
        columns = "(id, rule_id, contact_id, subject_id, on_date, step, due_at, status, reason, detail, channel, cost)"

        def work(session: Session) -> int:
            session.execute(text(f"CREATE TABLE bare {like}"))
            if lite:
                for index in (
                    "(rule_id, contact_id, subject_id, on_date)",
                    "(due_at)",
                    "(contact_id, due_at)",
                ):
                    session.execute(text(f"CREATE INDEX bare_{abs(hash(index))} ON bare {index}"))
            chosen = f"SELECT {identity}, 'r', id, '', birthday_day, 0, created_at, 'planned', '', '', '', 0"
            day = "date('2026-03-03')" if lite else "DATE '2026-03-03'"
            session.execute(
                text(
                    f"INSERT INTO bare {columns} {chosen.replace('birthday_day', day)} FROM contacts {where}"
                )
            )
            return int(session.scalar(text("SELECT count(*) FROM bare")) or 0)

        number = await self.store.write(work)
        await self.store.write(partial(run_sql, sql="DROP TABLE bare"))
        return number

    async def dry_run(self) -> int:
        """The plan of a campaign as the marketer reads it before; one line at a time is in memory."""
        await self.campaigns.new(Definition.model_validate(CAMPAIGN), by="bench")
        _, _, lines = await self.campaigns.plan("bench")
        ways: Counter[str] = Counter()
        async for line in lines:
            ways[line.reason or line.channel] += 1
        self.planned = dict(ways)
        return ways.total()

    async def start(self) -> int:
        """Until every contact has its row; nothing is sent."""
        await self.campaigns.start("bench", by="bench")
        while (mailing := (await self.campaigns.show("bench")).mailing).frozen_at is None:
            await self.campaigns.tender.tick()
        made = Counter({row.what: row.number for row in await self.store.fetch_all(_how_many_of(mailing.id))})
        assert dict(made) == self.planned, (made, self.planned)
        await self.campaigns.cancel("bench", by="bench")
        return made.total()

    async def write_some(self) -> int:
        """As the sender does it, batch after batch, until there are enough."""
        written, now = 0, self.clock.now()
        while written < self.args.messages:
            decided = await self.store.write(partial(self.desk.sender.send_due, now=now))
            written += len(decided)
            if not decided:
                break
        return written

    async def bare_rows(self) -> int:
        number = int((await self.store.fetch_all(select(func.count()).select_from(_outbox)))[0][0])
        ids = IdMaker(self.clock)
        for start in range(0, number, 200):
            rows = []
            for place in range(start, min(number, start + 200)):
                said = self.templates.render(
                    "outreach/birthday",
                    language="fr",
                    channel="email",
                    variables={"name": "Contact", "unsubscribe": ""},
                )
                row: dict[str, Any] = {
                    "id": ids.new(),
                    "key": f"bare:{place}",
                    "account_id": "bare",
                    "thread": "t",
                }
                row |= {
                    "recipient": "x",
                    "body": {"text": said.text},
                    "purpose": "bulk",
                    "status": "cancelled",
                    "error": "",
                }
                rows.append(row | {"priority": PRIORITY["bulk"], "next_at": NOW, "created_at": NOW})
            await self.store.write(partial(insert_rows, rows=rows))
        return number

    async def again(self) -> int:
        """As if it had planned a quarter of an hour ago."""
        rules = table_of(OutreachRule)
        earlier = update(rules).values(planned_until=self.clock.now() + timedelta(hours=25))
        await self.store.write(lambda session: session.execute(earlier))
        return await self.desk.planner.tick()

    # the rest of the way

    async def simulate(self, days: int) -> int:
        house = House(
            config=self.config,
            templates=self.templates,
            doors={"mail": self.door},
            calendars=calendars_of(self.config),
        )
        async with simulated(house, Asked(now=self.clock.now(), days=days)) as found:
            return sum(total.number for total in await found.totals())

    async def hand_in(self) -> int:
        return await self.deliver({"mail": self.door})

    async def hand_in_by_smtp(self) -> int:
        ours, theirs = multiprocessing.Pipe()
        sink = multiprocessing.get_context("spawn").Process(target=smtp_sink, args=(theirs,), daemon=True)
        sink.start()
        try:
            port = await asyncio.to_thread(ours.recv)
            door = EmailDoor(mail_settings(port, 4), FakeHost())
            number = await self.deliver({"mail": door})
            await door.close()
            return number
        finally:
            sink.terminate()

    async def deliver(self, doors: dict[str, Any]) -> int:
        """Let the real delivery run until nothing waits; how many were taken."""
        clock = Clock()
        clock.advance(self.clock.now() - clock.now())
        accepted = select(func.count()).where(_outbox.c.status.in_(("accepted", "delivered")))
        waiting = select(func.count()).where(
            _outbox.c.status.in_(("queued", "claimed")), _outbox.c.next_at <= clock.now()
        )
        before = int((await self.store.fetch_all(accepted))[0][0])
        given: dict[str, Door] = dict(doors)
        async with asyncio.TaskGroup() as group:
            delivery = Delivery(
                self.store,
                given,
                DeliverySettings(rates={"mail": 0.0}),
                clock=clock,
                ids=IdMaker(clock),
                measures=Measures(),
                group=group,
                budgets=Budgets(clock),
                admit=gate_of(self.config, self.store, given, clock=clock, ids=IdMaker(clock)).admit,
            )
            running = group.create_task(delivery.run())
            delivery.wake()
            while int((await self.store.fetch_all(waiting))[0][0]):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            running.cancel()
            delivery.abandon()
        return int((await self.store.fetch_all(accepted))[0][0]) - before


def _how_many_of(campaign_id: str) -> Select[Any]:
    table = table_of(Recipient).c
    what = case((table.reason != "", table.reason), else_=table.channel).label("what")
    return select(what, func.count().label("number")).where(table.campaign_id == campaign_id).group_by(what)


def insert_rows(session: Session, *, rows: list[dict[str, Any]]) -> None:
    session.execute(_outbox.insert(), rows)


async def measure(
    store: SqliteStore | PostgresStore, kind: str, config: Config, args: argparse.Namespace
) -> None:
    await store.open()
    try:
        started = time.perf_counter()
        await fill(store, kind, args.contacts, 1)
        addresses = _ADDRESSES.format(**words_of(kind, args.contacts, args.contacts)).replace(":", "\\:")
        await store.write(partial(run_sql, sql=addresses))
        await store.write(partial(run_sql, sql="ANALYZE"))
        print(
            f"{kind}: {args.contacts:,} contacts, made in {time.perf_counter() - started:.0f} s", flush=True
        )
        await Bench(store, config, args).run()
    finally:
        await store.close()


def config_of(url: str, folder: str) -> Config:
    path = Path(folder) / "relais.yaml"
    path.write_text(CONFIG.format(url=url, folder=folder))
    return load(path, {})


async def on_sqlite(args: argparse.Namespace, folder: str) -> None:
    path = Path(folder) / "outreach.db"
    url = f"sqlite:///{path}"
    await asyncio.to_thread(migrate.upgrade, url)
    await measure(SqliteStore(path, worker_id=uuid4().hex), "sqlite", config_of(url, folder), args)


async def on_postgres(args: argparse.Namespace, folder: str) -> None:
    name = f"relais_bench_{uuid4().hex[:8]}"
    url = args.postgres.rsplit("/", 1)[0] + f"/{name}"
    server = await asyncpg.connect(args.postgres)
    await server.execute(f"CREATE DATABASE {name}")
    try:
        await asyncio.to_thread(migrate.upgrade, url)
        config = config_of(url, folder)
        await measure(PostgresStore(url, worker_id=uuid4().hex), "postgresql", config, args)
    finally:
        await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--postgres", help="a server's URL; without it: SQLite")
    parser.add_argument("--messages", type=int, default=4_000, help="how many are written and handed in")
    parser.add_argument("--days", type=int, default=7, help="how many are simulated")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(on_postgres(args, folder) if args.postgres else on_sqlite(args, folder))


if __name__ == "__main__":
    main()
