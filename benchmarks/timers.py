"""How late deadlines and timers are told, and what a look at them costs as more and more are open, on both databases.

    python -m benchmarks.timers [--rows 100000] [--over 120] [--open 1000,100000,1000000] [--postgres URL] [--json]

PostgreSQL is left out, and said so, where no server answers.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import orjson
import uvloop
from sqlalchemy import text

from bot.clock import Clock
from bot.company import calendars_of, deadline_rules_of, facts_of, house_of
from bot.config import Config, load
from bot.deadline_notices import DeadlineNotices
from bot.deadlines import Deadlines
from bot.ids import IdMaker
from bot.measures import Measures
from bot.notices import Notices
from bot.records import migrate
from bot.starting import store_of
from bot.store.port import Entry
from bot.store.postgres import PostgresStore
from bot.store.sqlite import SqliteStore
from bot.templating import Templates
from scheduler.clock_loop import ClockLoop
from scheduler.deadlines import DeadlineWatch
from scheduler.due import DueTimers
from templates import BUILT_IN

POSTGRES = os.environ.get("RELAIS_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
LEAD_S = 3.0
FAR = timedelta(days=400)
CONFIG = """
company: {{name: Briqueterie Atlas, timezone: Africa/Algiers, country: DZ, working_days: [sun, mon, tue, wed, thu]}}
database: {{url: "{url}"}}
"""

_LETTERS = '{{"fr": "x", "ar": "x", "en": "x"}}'
_NUMBERS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {rows}) ",
    "postgresql": "WITH n(i) AS (SELECT generate_series(0, {rows} - 1)) ",
}
_TIMES = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', {epoch} + i * {step}, 'unixepoch') || '000'",
    "postgresql": "to_timestamp({epoch} + i * {step})",
}
_DEADLINES = (
    "INSERT INTO deadlines (id, key, kind, desk_id, rule, started_at, due_at, explanation, calendar_version,"
    " provisional, status, next_at, level, history, version) {numbers}"
    "SELECT '{name}' || i, '{name}' || i, 'first_answer', 'complaints', '{{{{\"minutes\": 480}}}}', {at}, {at},"
    " '" + _LETTERS + "', 'v', {false}, 'running', {at}, 0, '[]', 1 FROM n"
)
_TIMERS = (
    "INSERT INTO timers (id, key, kind, account_id, thread, due_at, payload, status, attempts, created_at) {numbers}"
    "SELECT '{name}' || i, '{name}' || i, 'bench', 'bench', 't' || (i % 1000), {at}, '{{{{}}}}', 'waiting', 0, {at}"
    " FROM n"
)


@dataclass(slots=True, kw_only=True)
class Lateness:
    """Seconds between the instant and the commit that tells of it."""

    database: str
    what: str
    fired: int
    p50_ms: float
    p99_ms: float
    max_ms: float


@dataclass(slots=True, kw_only=True)
class Cost:
    """Of a look, with so many open ones."""

    database: str
    open: int
    idle_ms: float  # nothing is due
    hundred_ms: float  # a hundred are


class Recorder(Measures):
    """Keeps each lateness."""

    def __init__(self) -> None:
        super().__init__()
        self.late: list[float] = []
        self.expected = 0
        self.done = asyncio.Event()

    def fired(self, kind: str, late_s: float) -> None:
        super().fired(kind, late_s)
        self.late.append(late_s)
        if len(self.late) == self.expected:
            self.done.set()


def statement(template: str, database: str, *, name: str, rows: int, first: float, step: float) -> str:
    numbers = _NUMBERS[database].format(rows=rows)
    at = _TIMES[database].format(epoch=f"{first:.3f}", step=f"{step:.6f}")
    false = "0" if database == "sqlite" else "false"
    return (
        template.format(numbers=numbers, name=name, at=at, false=false).replace("{{", "{").replace("}}", "}")
    )


class Bench:
    """A database with the parts that watch it."""

    def __init__(self, database: str, config: Config, store: SqliteStore | PostgresStore) -> None:
        self.database = database
        self.store = store
        self.clock = Clock()
        self.measures = Recorder()
        ids = IdMaker(self.clock)
        self.deadlines = Deadlines(ids, self.clock, calendars_of(config), deadline_rules_of(config))
        templates = Templates.load([BUILT_IN], company=facts_of(config))
        notices = Notices(house_of(config), templates, {}, ids, self.clock)
        self.watch = DeadlineWatch(
            store,
            self.deadlines,
            DeadlineNotices(notices, self.deadlines, ids),
            clock=self.clock,
            measures=self.measures,
        )
        self._named = 0

    async def add(self, template: str, *, rows: int, first: datetime, step_s: float) -> None:
        self._named += 1
        sql = statement(
            template,
            self.database,
            name=f"b{self._named}-",
            rows=rows,
            first=first.timestamp(),
            step=step_s,
        )
        await self.store.write(lambda session: session.connection().exec_driver_sql(sql))
        if self.database == "postgresql":
            await self.store.write(lambda session: session.execute(text("ANALYZE deadlines")))

    async def empty(self) -> None:
        for table in ("deadlines", "timers", "alerts", "journal", "lanes"):
            await self.store.write(lambda session, table=table: session.execute(text(f"DELETE FROM {table}")))  # type: ignore[misc]

    async def lateness(self, what: str, rows: int, over_s: float, open_rows: int) -> Lateness:
        """`rows` become due one after the other, while `open_rows` more are open."""
        await self.empty()
        self.measures.late.clear()
        now = self.clock.now()
        template = _DEADLINES if what == "deadlines" else _TIMERS
        await self.add(template, rows=open_rows, first=now + FAR, step_s=1.0)
        first = self.clock.now() + timedelta(seconds=LEAD_S + rows / 50_000)
        await self.add(template, rows=rows, first=first, step_s=over_s / rows)
        self.measures.expected, self.measures.done = rows, asyncio.Event()
        async with asyncio.TaskGroup() as group:
            if what == "deadlines":
                running = group.create_task(self.watch.run())
            else:
                loop_clock = ClockLoop(self.clock)
                loop_clock.every(0.5, what, self._due(group).tick)
                running = group.create_task(loop_clock.run())
            await self.measures.done.wait()
            running.cancel()
        late = sorted(self.measures.late)
        return Lateness(
            database=self.database,
            what=what,
            fired=len(late),
            p50_ms=round(late[len(late) // 2] * 1000, 1),
            p99_ms=round(late[len(late) * 99 // 100] * 1000, 1),
            max_ms=round(late[-1] * 1000, 1),
        )

    def _due(self, group: asyncio.TaskGroup) -> DueTimers:
        return DueTimers(
            self.store, {}, hand_on=self._woken, clock=self.clock, measures=self.measures, group=group
        )

    def _woken(self, entry: Entry) -> None:
        """A timer has become an entry of its conversation, durably."""
        due_at = datetime.fromisoformat(orjson.loads(entry.raw)["due_at"])
        self.measures.fired("bench", (self.clock.now() - due_at).total_seconds())

    async def cost(self, open_rows: int, already: int) -> Cost:
        """Of one look, when so many are open."""
        now = self.clock.now()
        await self.add(_DEADLINES, rows=open_rows - already, first=now + FAR, step_s=1.0)
        idle = [await self._timed() for _ in range(15)]
        hundred = []
        for _ in range(7):
            await self.add(_DEADLINES, rows=100, first=self.clock.now() - timedelta(seconds=1), step_s=0.001)
            hundred.append(await self._timed())
        return Cost(
            database=self.database,
            open=open_rows,
            idle_ms=round(statistics.median(idle) * 1000, 2),
            hundred_ms=round(statistics.median(hundred) * 1000, 2),
        )

    async def _timed(self) -> float:
        start = time.perf_counter()
        await self.watch.tick()
        return time.perf_counter() - start


@asynccontextmanager
async def bench_on(database: str, postgres: str, folder: Path) -> AsyncIterator[Bench]:
    """A fresh database, and what watches it."""
    name = f"relais_bench_{uuid4().hex[:10]}"
    url = f"sqlite:///{folder}/{name}.db"
    if database == "postgresql":
        await _on_server(postgres, f"CREATE DATABASE {name}")
        url = postgres.rsplit("/", 1)[0] + f"/{name}"
    path = folder / f"{name}.yaml"
    path.write_text(CONFIG.format(url=url), encoding="utf-8")
    config = load(path, {})
    await asyncio.to_thread(migrate.upgrade, url)
    store = store_of(config, uuid4().hex)
    await store.open()
    try:
        yield Bench(database, config, store)
    finally:
        await store.close()
        if database == "postgresql":
            await _on_server(postgres, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


async def _on_server(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url, timeout=5)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def run(arguments: argparse.Namespace) -> list[Lateness | Cost]:
    found: list[Lateness | Cost] = []
    with tempfile.TemporaryDirectory() as scratch:
        for database in ("sqlite", "postgresql"):
            try:
                async with bench_on(database, arguments.postgres, Path(scratch)) as bench:
                    for what in ("deadlines", "timers"):
                        found.append(
                            await bench.lateness(what, arguments.rows, arguments.over, arguments.open_beside)
                        )
                        say(found[-1], as_json=arguments.json)
                    await bench.empty()
                    already = 0
                    for open_rows in arguments.open:
                        found.append(await bench.cost(open_rows, already))
                        already = open_rows
                        say(found[-1], as_json=arguments.json)
            except (OSError, asyncpg.PostgresError) as error:
                print(f"{database} is left out: {error}", file=sys.stderr)
    return found


def say(row: Lateness | Cost, *, as_json: bool) -> None:
    if as_json:
        print(orjson.dumps(asdict(row)).decode(), flush=True)
    elif isinstance(row, Lateness):
        print(
            f"{row.database:10} {row.fired} {row.what}: fired − due p50 {row.p50_ms} ms, "
            f"p99 {row.p99_ms} ms, max {row.max_ms} ms",
            flush=True,
        )
    else:
        print(
            f"{row.database:10} {row.open:>9} open: a look with nothing due {row.idle_ms} ms, "
            f"with a hundred due {row.hundred_ms} ms",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="that become due")
    parser.add_argument("--over", type=float, default=120.0, help="seconds over which they do")
    parser.add_argument("--open-beside", type=int, default=0, help="that are open besides, due later")
    parser.add_argument(
        "--open",
        type=lambda listed: [int(number) for number in listed.split(",")],
        default=[1_000, 10_000, 100_000, 1_000_000],
        help="how many are open when a look is timed",
    )
    parser.add_argument("--postgres", default=POSTGRES)
    parser.add_argument("--json", action="store_true")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
