"""How fast mail is handed in, beside a bare loop over the same library and as many connections.

python -m benchmarks.smtp [--messages 3000] [--connections 4]

The server is a process of its own that takes everything at once: what is left is the client's work. The bare loop
sends bytes that are ready; the door also writes each mail, names it, and keeps what is certain from what is not.
Both are run in turns, and the median of the ratios is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import statistics
import time
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection

import uvloop
from aiosmtplib import SMTP

from channels.email.compose import Composer
from channels.email.door import EmailDoor
from channels.email.settings import EmailSettings, SmtpSettings
from channels.email.threads import Threads
from channels.port import OutboundMessage
from tests.fakes import NOON, FakeHost

ROUNDS = 5
TEXT = (
    "Bonjour,\n\nVotre réclamation est enregistrée sous la référence R-2026-0142. Le service réclamations vous répond "
    "au plus tard le jeudi 12 mars.\n\nSuivi : https://bot.example.org/s/0142\n"
)


async def _session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 sink ESMTP\r\n")
    while line := await reader.readline():
        verb = line[:4].upper()
        if verb == b"DATA":
            writer.write(b"354 go on\r\n")
            await reader.readuntil(b"\r\n.\r\n")
        writer.write(b"250 OK\r\n")
    writer.close()


def _serve(told: Connection) -> None:
    async def run() -> None:
        server = await asyncio.start_server(_session, "127.0.0.1", 0, limit=1 << 22)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(run())


def _settings(port: int, connections: int) -> EmailSettings:
    smtp = SmtpSettings(
        host="127.0.0.1", port=port, security="none", connections=connections, per_connection=1_000_000
    )
    return EmailSettings(
        account_id="mail", address="support@example.org", name="Briqueterie Atlas", secret="s", smtp=smtp
    )


def _message(number: int) -> OutboundMessage:
    return OutboundMessage(
        id=f"{number:032x}",
        account_id="mail",
        thread="t",
        to=f"customer-{number}@example.com",
        text=TEXT,
        language="fr",
        subject="Réclamation enregistrée",
        reply_to=f"{number}@mail.example.com#0123",
    )


async def _bare(settings: EmailSettings, count: int) -> None:
    assert settings.smtp is not None
    draft = Composer(settings, Threads(settings)).compose(_message(0), (), now=NOON)
    waiting = iter(range(count))

    async def one() -> None:
        client = SMTP(hostname="127.0.0.1", port=settings.smtp.port, start_tls=False)  # type: ignore[union-attr]
        async with client:
            for number in waiting:
                await client.sendmail("support@example.org", f"customer-{number}@example.com", draft.content)

    await asyncio.gather(*(one() for _ in range(settings.smtp.connections)))


async def _door(settings: EmailSettings, count: int) -> None:
    assert settings.smtp is not None
    door = EmailDoor(settings, FakeHost())
    waiting = iter(range(count))

    async def one() -> None:
        for number in waiting:
            await door.send(_message(number))

    await asyncio.gather(*(one() for _ in range(settings.smtp.connections)))
    await door.close()


async def _rate(
    run: Callable[[EmailSettings, int], Awaitable[None]], settings: EmailSettings, count: int
) -> float:
    begun = time.perf_counter()
    await run(settings, count)
    return count / (time.perf_counter() - begun)


async def measure(port: int, count: int, connections: int) -> None:
    settings = _settings(port, connections)
    await _bare(settings, 100)
    await _door(settings, 100)
    ratios = []
    for _ in range(ROUNDS):
        bare, door = await _rate(_bare, settings, count), await _rate(_door, settings, count)
        ratios.append(door / bare)
        print(f"bare {bare:7.0f}/s   door {door:7.0f}/s   ratio {door / bare:.2f}")
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    print(
        f"ratio {statistics.median(ratios):.2f} ({spread}), {connections} connections, {count} messages a run"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=3_000)
    parser.add_argument("--connections", type=int, default=4)
    given = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=_serve, args=(theirs,), daemon=True)
    server.start()
    try:
        uvloop.run(measure(ours.recv(), given.messages, given.connections))
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
