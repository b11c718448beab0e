"""What the pipeline is held against: the same server with an endpoint that stores nothing, or one row.

python -m benchmarks.bare PORT nothing | sqlite FILE | postgres URL
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.store.group_task import GroupTask
from bot.store.group_thread import GroupThread

Store = Callable[[bytes], Awaitable[Any]]


async def _nothing(body: bytes) -> None:
    return None


def _sqlite(path: str) -> Store:
    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")
        return connection

    def flush(cursor: sqlite3.Cursor, bodies: Sequence[bytes]) -> list[None]:
        cursor.executemany("INSERT INTO row (body) VALUES (?)", [(body,) for body in bodies])
        return [None] * len(bodies)

    thread = GroupThread("bare", connect, writes=True)
    thread.start()

    async def store(body: bytes) -> None:
        await thread.submit(flush, body)

    return store


async def _postgres(url: str) -> Store:
    connection = await asyncpg.connect(url)
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS bare_row (id bigserial PRIMARY KEY, body bytea NOT NULL)"
    )
    await connection.close()

    async def flush(held: Any, bodies: Sequence[bytes]) -> list[None]:
        await held.execute("INSERT INTO bare_row (body) SELECT * FROM unnest($1::bytea[])", list(bodies))
        return [None] * len(bodies)

    task = GroupTask("bare", url, flush)
    task.start()
    return task.submit


async def main(port: int, kind: str, where: str) -> None:
    store: Store = _nothing
    if kind == "sqlite":
        store = _sqlite(str(Path(where)))
    elif kind == "postgres":
        store = await _postgres(where)

    async def hook(request: Request) -> Response:
        await store(await request.body())
        return Response(b"OK")

    app = Starlette(routes=[Route("/hooks/{account}", hook, methods=["POST"])])
    config = uvicorn.Config(
        app,
        port=port,
        log_config=None,
        access_log=False,
        lifespan="off",
        http="httptools",
        server_header=False,
    )
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else ""))
