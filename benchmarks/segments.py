"""How long a segment takes over a large base: counting it, its first page, a preview, beside a bare indexed query.

    python -m benchmarks.segments --contacts 1000000 --purchases 3000000
    python -m benchmarks.segments --postgres postgresql://postgres@127.0.0.1:5432/postgres --explain

The base is made in a scratch file, or in a scratch database of the server, and removed at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import tempfile
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import asyncpg
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from bot.clock import ManualClock
from bot.ids import IdMaker
from bot.records import Contact, Purchase, migrate
from bot.records.base import table_of
from bot.segments import Segments, Setting, members_where
from bot.store.port import Store
from bot.store.postgres import PostgresStore
from bot.store.sqlite import SqliteStore
from scheduler.segments import Rule, Terms

RULES = (
    'language = fr and zone in ("Béjaïa", "Sétif") and purchases in the last 12 months >= 3'
    " and amount >= 50 000 DZD",
    "inactive for 6 months and not complaint open",
    "birthday this month",
    'bought "B12" but not "hourdis"',
    "rfm recency >= 4 and frequency >= 3",
    "purchases < 2 and (tag vip or consent to offers by sms)",
    "last purchase more than 90 days ago",
    'waiting for "B12"',
)

# The same figures on both databases: number n stands for the row, the remainders spread it.
_CONTACTS = """
INSERT INTO contacts (id, name, language, timezone, country, zone, organisation_role, source_channel,
  preferred_channel, birthday, stage, tier, mode, tags, fields, created_at, updated_at, version)
SELECT {id_n}, 'Contact ' || n, CASE n % 3 WHEN 0 THEN 'fr' WHEN 1 THEN 'ar' ELSE 'en' END, '', 'DZ',
  CASE n % 7 WHEN 0 THEN 'Béjaïa' WHEN 1 THEN 'Sétif' WHEN 2 THEN 'Alger' ELSE 'Oran' END, '', 'email', '',
  {birthday}, 'regular', 'reply_only', '', CASE n % 50 WHEN 0 THEN {vip} ELSE {no_tags} END, {no_fields},
  {created}, {created}, 1
FROM {numbers}"""
_PURCHASES = """
INSERT INTO purchases (id, contact_id, order_ref, at, product, product_range, quantity, amount, currency, channel,
  status, created_at)
SELECT {id_n}, {id_contact}, 'O' || (n / 2), {bought}, CASE n % 11 WHEN 0 THEN 'hourdis' WHEN 1 THEN 'B8' ELSE
  'B12' END, 'briques', 1, {amount}, 'DZD', '', CASE n % 40 WHEN 0 THEN 'cancelled' ELSE 'delivered' END,
  {bought}
FROM {numbers}"""
_CONSENTS = """
INSERT INTO consents (id, contact_id, channel, purpose, granted, at, source, wording)
SELECT {id_n}, {id_n}, 'sms', 'offers', n % 5 <> 0, {created}, 'form', '' FROM {numbers} WHERE n % 2 = 0"""
_WAITING = """
INSERT INTO waiting_places (id, contact_id, product, quantity, at, status)
SELECT {id_n}, {id_n}, 'B12', 1, {created}, 'waiting' FROM {numbers} WHERE n % 5000 = 0"""
_CONVERSATIONS = """
INSERT INTO conversations (id, account_id, thread, channel, address, contact_id, owner, hand_over_reason, urgent,
  epoch, version, language, state, subject, last_heard, last_seq, created_at, last_inbound_at)
SELECT {id_n}, 'lab', {id_n}, 'sms', '', {id_n}, 'bot', '', {false}, 0, 1, 'fr', {no_fields}, '', '', 1, {created},
  {bought} FROM {numbers} WHERE n % 3 = 0"""

_DAY_S = 86_400
_NOW_S = 1_772_712_000  # 5 March 2026, noon
CLOCK = ManualClock(datetime.fromtimestamp(_NOW_S, UTC))


def words_of(kind: str, count: int, contacts: int) -> dict[str, str]:
    """What differs between the databases. A quarter of the purchases goes to a tenth of the contacts."""
    if kind == "sqlite":
        n, identity, moment = (
            "n",
            "printf('%032x', {})",
            "strftime('%Y-%m-%d %H:%M:%S.000000', {}, 'unixepoch')",
        )
        numbers = f"(WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < {count}) SELECT n FROM r)"
        day, json, no = "printf('%02d-%02d', 1 + n % 12, 1 + n % 28)", "'{}'", "0"
    else:
        n, identity, moment = "n::bigint", "lpad(to_hex({}), 32, '0')", "to_timestamp({})"
        numbers = f"generate_series(1, {count}) AS s(n)"
        day = "lpad((1 + n % 12)::text, 2, '0') || '-' || lpad((1 + n % 28)::text, 2, '0')"
        json, no = "'{}'::json", "false"
    among = f"CASE n % 4 WHEN 0 THEN {max(1, contacts // 10)} ELSE {contacts} END"
    return {
        "numbers": numbers,
        "id_n": identity.format("n"),
        "id_contact": identity.format(f"1 + ({n} * 104729) % ({among})"),
        "birthday": f"CASE WHEN n % 4 = 0 THEN '' ELSE {day} END",
        "created": moment.format(f"{_NOW_S} - {_DAY_S} * (1001 + n % 500)"),
        "bought": moment.format(f"{_NOW_S} - (({n} * 7919) % (1000 * {_DAY_S}))"),
        "amount": f"({n} * 7919) % 60000",
        "no_fields": json.format("{}"),
        "no_tags": json.format("[]"),
        "vip": json.format('["vip"]'),
        "false": no,
    }


async def fill(store: Store, kind: str, contacts: int, purchases: int) -> None:
    statements = [(_CONTACTS, contacts), (_PURCHASES, purchases), (_CONSENTS, contacts), (_WAITING, contacts),
                  (_CONVERSATIONS, contacts)]  # fmt: skip
    for statement, count in statements:
        sql = statement.format(**words_of(kind, count, contacts)).replace(":", "\\:")
        await store.write(partial(run_sql, sql=sql))


def run_sql(session: Session, *, sql: str) -> None:
    session.execute(text(sql))


async def timed(work: Any) -> tuple[float, Any]:
    started = time.perf_counter()
    result = await work
    return time.perf_counter() - started, result


async def measure(store: Store, *, explain: bool) -> None:
    segments = Segments(
        store,
        Setting(terms=Terms(currency="DZD"), zone=ZoneInfo("Africa/Algiers"), week_starts=6),
        clock=CLOCK,
        ids=IdMaker(CLOCK),
    )
    contacts, bought = table_of(Contact).c, table_of(Purchase).c
    for name, query in (
        ("bare: contacts of a language and a zone", select(func.count()).where(
            contacts.language == "fr", contacts.zone == "Sétif")),
        ("bare: purchases by contact, counted", select(func.count()).select_from(
            select(bought.contact_id).group_by(bought.contact_id).having(func.count() >= 3).subquery())),
    ):  # fmt: skip
        taken, rows = await timed(store.fetch_all(query))
        print(f"{taken:8.2f} s  {rows[0][0]:>9,}  {name}", flush=True)
    print("   count      page   preview   members  rule")
    for rule_text in RULES:
        rule = segments.read(rule_text)
        counting, counted = await timed(segments.count(rule))
        paging, _ = await timed(segments.members(rule, limit=100))
        showing, _ = await timed(segments.preview(rule))
        print(f"{counting:8.2f}{paging:10.3f}{showing:10.2f}{counted.count:>10,}  {rule_text}", flush=True)
        if explain:
            for whole in (True, False):
                await store.read(partial(show_plan, segments=segments, rule=rule, whole=whole))


def show_plan(session: Session, *, segments: Segments, rule: Rule, whole: bool) -> None:
    moment = segments.setting.moment(CLOCK.now())
    condition = members_where(session, rule, moment, whole=whole)
    query: Any = select(func.count()).select_from(table_of(Contact)).where(condition)
    if not whole:
        query = select(contacts_id()).where(condition).order_by(contacts_id()).limit(100)
    sqlite = session.get_bind().dialect.name == "sqlite"
    compiled = query.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    explained = session.connection().exec_driver_sql(
        f"{'EXPLAIN QUERY PLAN' if sqlite else 'EXPLAIN'} {compiled}".replace("%%", "%")
    )
    print("   -- as sets" if whole else "   -- a page")
    for row in explained:
        print("     ", row[-1])


def contacts_id() -> Any:
    return table_of(Contact).c.id


async def on_sqlite(args: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "segments.db"
        await asyncio.to_thread(migrate.upgrade, f"sqlite:///{path}")
        await run(SqliteStore(path, worker_id=uuid4().hex), "sqlite", args)


async def on_postgres(args: argparse.Namespace) -> None:
    name = f"relais_bench_{uuid4().hex[:8]}"
    url = args.postgres.rsplit("/", 1)[0] + f"/{name}"
    server = await asyncpg.connect(args.postgres)
    await server.execute(f"CREATE DATABASE {name}")
    try:
        await asyncio.to_thread(migrate.upgrade, url)
        await run(PostgresStore(url, worker_id=uuid4().hex), "postgresql", args)
    finally:
        await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await server.close()


async def run(store: SqliteStore | PostgresStore, kind: str, args: argparse.Namespace) -> None:
    await store.open()
    try:
        taken, _ = await timed(fill(store, kind, args.contacts, args.purchases))
        print(
            f"{kind}: {args.contacts:,} contacts, {args.purchases:,} purchases, made in {taken:.0f} s",
            flush=True,
        )
        if args.analyze or kind == "postgresql":  # PostgreSQL does so by itself after a while
            await store.write(partial(run_sql, sql="ANALYZE"))
        await measure(store, explain=args.explain)
    finally:
        await store.close()
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--purchases", type=int, default=3_000_000)
    parser.add_argument("--postgres", help="a server's URL; without it: SQLite")
    parser.add_argument("--explain", action="store_true", help="also show how the databases go about it")
    parser.add_argument(
        "--analyze", action="store_true", help="SQLite: look at the figures of the tables first"
    )
    args = parser.parse_args()
    asyncio.run(on_postgres(args) if args.postgres else on_sqlite(args))


if __name__ == "__main__":
    main()
