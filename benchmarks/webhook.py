"""How long Twilio waits for its 200: signed calls through the real door, durable on SQLite, beside a bare endpoint and
one that only group-commits a row. All in one run; ratios are what counts.

    python -m benchmarks.webhook [--messages 6000] [--per-s 200] [--json]

The senders are names that nobody can answer, so Relais records each message in its lane but sends nothing: deciding
and answering are `benchmarks.pipeline`'s to measure.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlencode

import httpx
import orjson
import uvloop

from benchmarks.load import pace, saturate
from benchmarks.pipeline import Server, free_port
from channels.twilio.signature import sign

CONNECTIONS = 16
PUBLIC = "https://bot.example.org"
PATH = "/hooks/sms"
ACCOUNT, TOKEN = "AC" + "0" * 32, "bench-token-of-no-account"
CONFIG = """
company: {{name: Briqueterie Atlas, language: fr, timezone: Africa/Algiers, country: DZ}}
database: {{url: "sqlite:///{folder}/relais.db"}}
server: {{port: {port}, public_url: "{public}"}}
media: {{folder: "{folder}/media"}}
accounts: {{sms: {{kind: sms, account_sid: {account}, auth_token: {token}, from: "+213555000100", catch_up_s: 0}}}}
logging: {{level: error}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One contestant's figures, in milliseconds: at a steady rate and at saturation."""

    name: str
    steady_p50: float
    steady_p99: float
    full_per_s: float
    full_p50: float
    full_p99: float


def calls(count: int, run: str) -> list[bytes]:
    """Signed calls of `count` messages from 500 senders."""
    return [_call(run, number) for number in range(count)]


def _call(run: str, number: int) -> bytes:
    sid, sender = f"SM{run}{number:030x}", f"Shop{number % 500:05d}"
    fields = {
        "ToCountry": "DZ",
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "SmsSid": sid,
        "SmsStatus": "received",
        "Body": "Bonjour, la moitié des briques B12 est arrivée cassée, que faites-vous ?",
        "FromCountry": "DZ",
        "To": "+213555000100",
        "NumSegments": "2",
        "MessageSid": sid,
        "AccountSid": ACCOUNT,
        "From": sender,
        "ApiVersion": "2010-04-01",
    }
    body = urlencode(fields).encode()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {sign(PUBLIC + PATH, fields.items(), TOKEN)}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def measure(name: str, server: Server, count: int, per_s: float) -> Row:
    server.wait()
    try:
        _ready(server.port)
        uvloop.run(saturate(server.port, calls(count // 5, "aa"), connections=CONNECTIONS))
        steady = uvloop.run(pace(server.port, calls(count, "bb"), per_s=per_s, connections=CONNECTIONS))
        full = uvloop.run(saturate(server.port, calls(count, "cc"), connections=CONNECTIONS))
    finally:
        server.stop()
    if steady.refused or full.refused:
        raise SystemExit(f"{name}: {steady.refused + full.refused} calls were refused")
    return Row(
        name=name,
        steady_p50=steady.at(0.5),
        steady_p99=steady.at(0.99),
        full_per_s=full.per_s,
        full_p50=full.at(0.5),
        full_p99=full.at(0.99),
    )


def _ready(port: int) -> None:
    """Relais answers `/readyz` with 200 when it can store; a bare endpoint has no such page."""
    for _ in range(100):
        if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code in (200, 404):
            return
        time.sleep(0.1)
    raise SystemExit("a server under test did not become ready")


def contestants(folder: Path) -> list[tuple[str, list[str], int]]:
    ports = [free_port() for _ in range(3)]
    config = folder / "relais.yaml"
    config.write_text(
        CONFIG.format(folder=folder, port=ports[2], public=PUBLIC, account=ACCOUNT, token=TOKEN)
    )
    return [
        ("bare endpoint, stores nothing", ["-m", "benchmarks.bare", str(ports[0]), "nothing"], ports[0]),
        (
            "one row, group commit, SQLite",
            ["-m", "benchmarks.bare", str(ports[1]), "sqlite", str(folder / "bare.db")],
            ports[1],
        ),
        ("Relais, signature and journal", ["-m", "bot.cli", "run", "--config", str(config)], ports[2]),
    ]


def show(rows: list[Row], per_s: float) -> None:
    print(f"{'':32}{f'at {per_s:g}/s: p50 / p99 ms':>26}{'full: msg/s':>13}{'p50 / p99 ms':>18}")
    for row in rows:
        print(
            f"{row.name:32}{row.steady_p50:17.2f} / {row.steady_p99:6.2f}{row.full_per_s:13.0f}"
            f"{row.full_p50:9.2f} / {row.full_p99:6.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=6_000)
    parser.add_argument("--per-s", type=float, default=200.0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        rows = [
            measure(title, Server(*command, port=port), arguments.messages, arguments.per_s)
            for title, command, port in contestants(Path(name))
        ]
    if arguments.json:
        print(orjson.dumps([asdict(row) for row in rows]).decode())
    else:
        show(rows, arguments.per_s)


if __name__ == "__main__":
    main()
