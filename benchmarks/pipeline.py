"""Messages a second and latency through the real HTTP door with real decisions, on both databases, beside a bare
endpoint that stores nothing and one that only group-commits a row. All in one run; ratios are what counts.

    python -m benchmarks.pipeline [--messages 6000] [--postgres URL] [--json]

PostgreSQL is left out, and said so, where no server answers.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
import uvloop

from benchmarks.load import Load, pace, post, saturate
from benchmarks.talk import messages

CONNECTIONS = 32
CONVERSATIONS = 2_000
PATH = "/hooks/bench"
CONFIG = """
company: {{name: Briqueterie Atlas, language: fr, languages: [fr, ar, en], timezone: Africa/Algiers, country: DZ,
  working_days: [sun, mon, tue, wed, thu], products: [{{id: B8}}, {{id: B12}}, {{id: hourdis}}],
  opening_hours: {{sun: ["08:00-17:00"], mon: ["08:00-17:00"], tue: ["08:00-17:00"], wed: ["08:00-17:00"],
    thu: ["08:00-17:00"]}}}}
database: {{url: "{url}"}}
server: {{port: {port}}}
media: {{folder: "{folder}/media"}}
accounts: {{bench: {{kind: sandbox, via: whatsapp}}}}
desks: {{complaints: {{name: Service réclamations}}, sales: {{name: Service commercial}}}}
faq: {{files: ["{faq}/*.yaml"]}}
dialogue: {{burst_wait_s: 0}}
delivery: {{rates: {{bench: 100000}}}}
logging: {{level: error}}
"""


@dataclass(slots=True, kw_only=True)
class Row:
    """One contestant's figures."""

    name: str
    per_s: float
    cpu_us: float  # of the server process a message
    database_cpu_us: float = 0.0
    turns: int = 0
    post_p50_ms: float = 0.0
    post_p99_ms: float = 0.0
    sent_p50_ms: float = 0.0
    sent_p99_ms: float = 0.0
    idle_mb: float = 0.0


class Server:
    """A process under test, with its CPU time and memory."""

    def __init__(self, *arguments: str, port: int) -> None:
        self.port = port
        self._process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL)

    def wait(self) -> None:
        for _ in range(300):
            if self._process.poll() is not None:
                raise SystemExit(f"a server under test ended with {self._process.returncode}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("a server under test did not open its port")

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mb(self) -> float:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def requests(count: int, run: str, conversations: int = CONVERSATIONS) -> list[bytes]:
    return [post(PATH, body) for body in messages(count, conversations=conversations, run=run)]


def bare(name: str, count: int, *arguments: str) -> Row:
    port = free_port()
    server = Server("-m", "benchmarks.bare", str(port), *arguments, port=port)
    server.wait()
    try:
        uvloop.run(saturate(port, requests(count // 5, "00"), connections=CONNECTIONS))
        before = server.cpu_s()
        load = uvloop.run(saturate(port, requests(count, "01"), connections=CONNECTIONS))
        cpu = (server.cpu_s() - before) / count * 1e6
    finally:
        server.stop()
    return Row(name=name, per_s=load.per_s, cpu_us=cpu, post_p50_ms=load.at(0.5), post_p99_ms=load.at(0.99))


Query = Callable[[str], list[tuple[Any, ...]]]


def relais(
    name: str,
    count: int,
    url: str,
    folder: Path,
    query: Query,
    *,
    steady_s: int,
    database_cpu: Callable[[], float],
) -> Row:
    port = free_port()
    config = folder / f"{port}.yaml"
    faq = Path(__file__).parent.parent / "templates" / "faq"
    config.write_text(CONFIG.format(url=url, port=port, folder=folder, faq=faq))
    server = Server("-m", "bot.cli", "run", "--config", str(config), port=port)
    server.wait()
    _ready(port)
    try:
        time.sleep(2)
        idle = server.resident_mb()
        _run(port, requests(count // 5, "10"), query, saturate_it=True)
        before, database_before = server.cpu_s(), database_cpu()
        began = time.perf_counter()
        _run(port, requests(count, "11"), query, saturate_it=True)
        took = time.perf_counter() - began
        cpu = (server.cpu_s() - before) / count * 1e6
        database = (database_cpu() - database_before) / count * 1e6
        turns = query("SELECT count(DISTINCT created_at) FROM messages WHERE direction = 'out'")[0][0]
        load = _run(port, requests(steady_s * 100, "12"), query, saturate_it=False)
        sent = _sent_ms(query, "12")
    finally:
        server.stop()
    return Row(
        name=name,
        per_s=count / took,
        cpu_us=cpu,
        database_cpu_us=database,
        turns=turns,
        post_p50_ms=load.at(0.5),
        post_p99_ms=load.at(0.99),
        sent_p50_ms=statistics.median(sent),
        sent_p99_ms=sorted(sent)[int(0.99 * len(sent))],
        idle_mb=idle,
    )


def _ready(port: int) -> None:
    for _ in range(100):
        if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
            return
        time.sleep(0.1)
    raise SystemExit("Relais did not become ready")


def _run(port: int, bodies: list[bytes], query: Query, *, saturate_it: bool) -> Load:
    """Send, and wait until everything is handled and everything decided is sent."""
    if saturate_it:
        load = uvloop.run(saturate(port, bodies, connections=CONNECTIONS))
    else:
        load = uvloop.run(pace(port, bodies, per_s=100))
    if load.refused:
        raise SystemExit(f"{load.refused} messages were refused")
    while True:
        waiting = query("SELECT count(*) FROM journal WHERE status = 'pending'")[0][0]
        waiting += query("SELECT count(*) FROM outbox WHERE status IN ('queued', 'claimed')")[0][0]
        if not waiting:
            return load
        time.sleep(0.02)


def _sent_ms(query: Query, run: str) -> list[float]:
    """From the journal to the provider's acceptance, for each answered message of a run."""
    rows = query(
        "SELECT j.received_at, o.sent_at FROM journal j JOIN outbox o ON o.key = j.id || ':0'"
        f" WHERE j.provider_id LIKE '{run}-%' AND o.sent_at IS NOT NULL"
    )
    return [_ms(received, sent) for received, sent in rows]


def _ms(received: Any, sent: Any) -> float:
    from datetime import datetime

    if isinstance(received, str):
        received, sent = datetime.fromisoformat(received), datetime.fromisoformat(sent)
    return float((sent - received).total_seconds() * 1000)


def sqlite_query(path: Path) -> Query:
    def query(statement: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10) as connection:
            return connection.execute(statement).fetchall()

    return query


def postgres_query(url: str) -> Query:
    async def ask(statement: str) -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(url)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    return lambda statement: asyncio.run(ask(statement))


def postgres_cpu() -> float:
    """CPU seconds of every PostgreSQL process of this machine, ended ones included."""
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        if "(postgres)" in text:
            fields = text.rsplit(")", 1)[1].split()
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


async def _fresh_database(url: str) -> str | None:
    """A database of our own beside the given one; None where no server answers."""
    name = "relais_bench"
    try:
        connection = await asyncpg.connect(url, timeout=3)
    except (OSError, asyncpg.PostgresError, TimeoutError):
        return None
    await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return url.rsplit("/", 1)[0] + f"/{name}"


def show(rows: list[Row]) -> None:
    base = rows[0].per_s
    print(
        f"{'':34}{'msg/s':>8}{'ratio':>7}{'CPU µs':>8}{'+db':>6}"
        f"{'POST p50/p99 ms':>17}{'sent p50/p99 ms':>17}{'idle MB':>9}"
    )
    for row in rows:
        sent = f"{row.sent_p50_ms:.1f} / {row.sent_p99_ms:.1f}" if row.sent_p50_ms else ""
        print(
            f"{row.name:34}{row.per_s:8.0f}{row.per_s / base:7.2f}{row.cpu_us:8.0f}{row.database_cpu_us:6.0f}"
            f"{row.post_p50_ms:8.1f} / {row.post_p99_ms:6.1f}{sent:>17}{row.idle_mb:9.0f}"
        )
    print(
        "POST: at saturation for the bare ones, at 100 messages/s for Relais. sent: accept → provider's acceptance."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=6_000)
    parser.add_argument("--steady-s", type=int, default=15, help="seconds at 100 messages/s")
    parser.add_argument("--postgres", default="postgresql://postgres@127.0.0.1/postgres")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    count = arguments.messages
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows.append(bare("bare endpoint, stores nothing", count, "nothing"))
        rows.append(bare("one row, group commit, SQLite", count, "sqlite", str(folder / "bare.db")))
        path = folder / "relais.db"
        rows.append(
            relais(
                "Relais on SQLite",
                count,
                f"sqlite:///{path}",
                folder,
                sqlite_query(path),
                steady_s=arguments.steady_s,
                database_cpu=lambda: 0.0,
            )
        )
        url = asyncio.run(_fresh_database(arguments.postgres))
        if url is None:
            print("no PostgreSQL answers: left out", file=sys.stderr)
        else:
            rows.append(bare("one row, group commit, PostgreSQL", count, "postgres", url))
            rows.append(
                relais(
                    "Relais on PostgreSQL",
                    count,
                    url,
                    folder,
                    postgres_query(url),
                    steady_s=arguments.steady_s,
                    database_cpu=postgres_cpu,
                )
            )
    if arguments.json:
        print(orjson.dumps([asdict(row) for row in rows]).decode())
    else:
        show(rows)


if __name__ == "__main__":
    main()
