"""Rows that several processes write at once: nobody fails, the last word stands."""

from __future__ import annotations

import asyncio
from functools import partial

from bot.records import Desk, DoorNote
from bot.store import changes
from bot.store.upsert import put_note
from tests.conftest import Database, Opener
from tests.fakes import NOON
from tests.integration.storebench import rows_of

NAMES = {"complaints": {"fr": "Service réclamations"}, "sales": {"fr": "Service commercial"}}


async def test_processes_that_start_together_keep_the_desks_in_step(
    database: Database, open_store: Opener
) -> None:
    processes = 6 if database.shared else 1
    stores = [await open_store(database, f"{number:032x}") for number in range(processes)]
    for _ in range(2):
        await asyncio.gather(
            *(store.write(lambda session: changes.keep_desks(session, NAMES)) for store in stores)
        )
    assert {desk.id: desk.active for desk in await rows_of(stores[0], Desk)} == {
        "complaints": True,
        "sales": True,
    }

    await stores[0].write(lambda session: changes.keep_desks(session, {"sales": {"fr": "Les ventes"}}))
    desks = {desk.id: desk for desk in await rows_of(stores[0], Desk)}
    assert not desks["complaints"].active
    assert desks["sales"].names == {"fr": "Les ventes"}


async def test_a_note_is_written_over(database: Database, open_store: Opener) -> None:
    store = await open_store(database)
    for value in ("one", "two"):
        await store.write(partial(put_note, of=("mail", "uid"), value=value, at=NOON))
    (note,) = await rows_of(store, DoorNote)
    assert (note.account_id, note.key, note.value, note.at) == ("mail", "uid", "two", NOON)
