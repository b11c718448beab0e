"""A provider that takes a message and cuts the line: what is not known is called unknown, and never sent twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson

from tests.crash.databases import SqliteFile
from tests.crash.feeders import Feeder
from tests.crash.provider import LastingProvider
from tests.crash.relais import Relais
from tests.crash.verdict import quiet
from tests.loopback import until

HELLO = orjson.dumps({"id": "m-1", "from": "+213555000101", "text": "bonjour", "order": 1})
AGAIN = orjson.dumps({"id": "m-2", "from": "+213555000101", "text": "merci beaucoup", "order": 2})


@asynccontextmanager
async def one(folder: Path) -> AsyncIterator[tuple[Relais, LastingProvider, SqliteFile]]:
    database = SqliteFile(folder / "relais.db")
    with LastingProvider() as provider:
        relais = Relais(folder, database.url, provider.url)
        relais.start()
        try:
            await relais.ready()
            yield relais, provider, database
        finally:
            relais.end()


async def _say(relais: Relais, account: str, body: bytes) -> None:
    await Feeder(1, [relais.port], path=f"/hooks/{account}").once(body)


async def _outbox(database: SqliteFile) -> list[tuple[object, ...]]:
    return await database.rows("SELECT status, attempts FROM outbox ORDER BY id")


async def _alerts(database: SqliteFile) -> list[tuple[object, ...]]:
    return await database.rows("SELECT kind FROM alerts ORDER BY created_at")


async def _until_status(database: SqliteFile, status: str) -> None:
    async with asyncio.timeout(15):
        while [row[0] for row in await _outbox(database)] != [status]:  # noqa: ASYNC110 - another process brings it about
            await asyncio.sleep(0.05)


async def test_without_a_look_up_a_cut_line_is_uncertain_and_a_person_is_told(tmp_path: Path) -> None:
    async with one(tmp_path) as (relais, provider, database):
        provider.cut_line_after_taking_next()
        await _say(relais, "blind", HELLO)
        await _until_status(database, "uncertain")
        relais.kill()
        relais.start()
        await relais.ready()
        await _say(relais, "blind", AGAIN)  # the conversation goes on
        await until(lambda: len(provider.sent) == 2)
        assert (await _outbox(database))[0][0] == "uncertain"
        assert await _alerts(database) == [("uncertain",)]
        assert provider.doubles == []


async def test_with_a_look_up_a_cut_line_is_found_to_have_arrived(tmp_path: Path) -> None:
    async with one(tmp_path) as (relais, provider, database):
        provider.cut_line_after_taking_next()
        await _say(relais, "line", HELLO)
        await _until_status(database, "accepted")
        assert provider.doubles == [] and len(provider.sent) == 1
        assert await _alerts(database) == []


async def test_killed_while_the_provider_holds_the_call_without_a_look_up(tmp_path: Path) -> None:
    async with one(tmp_path) as (relais, provider, database):
        provider.hang_after_taking_next()
        await _say(relais, "blind", HELLO)
        await until(lambda: len(provider.sent) == 1)
        relais.kill()
        relais.start()
        await relais.ready()
        await _until_status(database, "uncertain")
        assert await _alerts(database) == [("uncertain",)]
        assert provider.doubles == [] and len(provider.sent) == 1


async def test_killed_while_the_provider_holds_the_call_with_a_look_up(tmp_path: Path) -> None:
    async with one(tmp_path) as (relais, provider, database):
        provider.hang_after_taking_next()
        await _say(relais, "line", HELLO)
        await until(lambda: len(provider.sent) == 1)
        relais.kill()
        relais.start()
        await relais.ready()
        await _say(relais, "line", AGAIN)
        await until(lambda: len(provider.sent) == 2)
        await quiet(database)
        assert [row[0] for row in await _outbox(database)] == ["accepted", "accepted"]
        assert provider.doubles == [] and list(provider.sent) == list(provider.by_thread().popitem()[1])
        assert await _alerts(database) == []


async def test_killed_before_the_provider_saw_the_call_it_is_sent_after_all(tmp_path: Path) -> None:
    """The provider answers 503 for a while: the message waits, the process dies, the next one sends it."""
    async with one(tmp_path) as (relais, provider, database):
        provider.answer_next(503)
        await _say(relais, "line", HELLO)
        await until(lambda: provider.calls == 1)
        relais.kill()
        relais.start()
        await relais.ready()
        await until(lambda: len(provider.sent) == 1)
        await quiet(database)
        assert provider.doubles == []
