"""A small history of acknowledgements as the core writes it, and means to tamper with what became of it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
from prometheus_client import CollectorRegistry
from sqlalchemy import NullPool, create_engine, event, text, update
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from bot.clock import ManualClock
from bot.ledger.chain import Head
from bot.ledger.heads import HeadKeeper
from bot.ledger.sealing import LedgerMeasures, Sealer
from bot.ledger.verifying import Verdict, verify
from bot.records import OutboxMessage, ReceiptOwed
from bot.records.base import table_of
from bot.records.migrate import sqlalchemy_url
from bot.store.port import OutboxRow, StatusChange, Store
from bot.store.reading import look_at
from tests.conftest import POSTGRES, SQLITE, Database
from tests.fakes import NOON
from tests.integration.storebench import (
    accept,
    conversation,
    entry,
    new_id,
    outbox_row,
    outcome,
    receipt_row,
    turn,
)

KEY = "k" * 40


@dataclass(frozen=True, slots=True)
class Owed:
    """An inbound message, and the receipt it was promised."""

    journal_id: str
    receipt: OutboxRow


async def owe(store: Store, thread: str) -> Owed:
    """A message that is owed an acknowledgement."""
    heard = entry(thread=thread)
    await accept(store, heard)
    state = conversation(thread)
    sent = outbox_row(state, status="claimed", purpose="receipt", key=f"{heard.id}:0")
    receipts = {"receipts": [receipt_row(heard, state, sent.id)]}
    assert (await store.commit(turn(store, [heard], state, sends=[sent], inserts=receipts))).outcome == "done"
    return Owed(heard.id, sent)


async def acknowledge(store: Store, owed: Owed, after_s: float) -> None:
    """The provider takes the receipt; a first attempt leaves no row in `deliveries`."""
    at = NOON + timedelta(seconds=after_s)
    told = outcome(owed.receipt, at=at, acknowledges=True, delivery_id="")
    assert await store.record(told)


async def report(store: Store, owed: Owed, status: str, after_s: float) -> None:
    """The provider says what became of it."""
    assert await store.advance(
        StatusChange(
            account_id="lab",
            provider_id=f"p-{owed.receipt.id}",
            status=status,  # type: ignore[arg-type]
            at=NOON + timedelta(seconds=after_s),
            delivery_id=new_id(),
        )
    )


async def alert(store: Store, owed: Owed, after_s: float) -> None:
    receipts = table_of(ReceiptOwed)

    def mark(session: Session) -> None:
        session.execute(
            update(receipts)
            .where(receipts.c.journal_id == owed.journal_id)
            .values(alerted_at=NOON + timedelta(seconds=after_s))
        )

    await store.write(mark)


async def move(store: Store, owed: Owed) -> Owed:
    """The debt goes to another of the contact's channels."""
    instead = new_id()

    def change(session: Session) -> OutboxRow:
        old = session.get(OutboxMessage, owed.receipt.id)
        assert old is not None
        old.status = "failed"
        values = {name: getattr(old, name) for name in OutboxMessage.model_fields}
        session.add(
            OutboxMessage(
                **(
                    values
                    | {"id": instead, "key": f"{old.key}~c2:0", "status": "claimed", "account_id": "mail"}
                )
            )
        )
        receipts = table_of(ReceiptOwed)
        session.execute(
            update(receipts)
            .where(receipts.c.journal_id == owed.journal_id)
            .values(outbox_id=instead, acknowledged_at=None)
        )
        return outbox_row(None, id=instead, status="claimed", purpose="receipt")

    return Owed(owed.journal_id, await store.write(change))


def keeper(folder: Path, key: str | None = KEY) -> HeadKeeper:
    return HeadKeeper(folder, key)


def sealer(store: Store, folder: Path, clock: ManualClock | None = None) -> Sealer:
    return Sealer(
        store,
        keeper(folder),
        clock=clock or ManualClock(NOON + timedelta(minutes=2)),
        head_every=timedelta(seconds=0),
        measures=LedgerMeasures(CollectorRegistry()),
    )


async def judge(
    database: Database,
    folder: Path,
    *,
    now: datetime = NOON + timedelta(hours=1),
    key: str | None = KEY,
    known: Head | None = None,
) -> Verdict:
    """What an auditor finds, beside the running program or after it."""

    def look(session: Session) -> Verdict:
        return verify(session, keeper(folder, key).read(), now=now, known=known)

    return await look_at(database.url, look)


async def tamper(database: Database, *statements: str) -> None:
    """What somebody does who may write to the database, and knows of the triggers."""
    if database.kind == SQLITE:
        await asyncio.to_thread(_tamper_sqlite, database.path, statements)
        return
    connection = await asyncpg.connect(database.url)
    try:
        await connection.execute("ALTER TABLE ledger DISABLE TRIGGER ALL")
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _tamper_sqlite(path: Path, statements: tuple[str, ...]) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA busy_timeout=5000")
    try:
        for trigger in ("ledger_no_update", "ledger_no_delete"):
            connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        for statement in statements:
            connection.execute(statement)
    finally:
        connection.close()


async def judge_attacked(database: Database, folder: Path, statements: tuple[str, ...]) -> Verdict:
    """What is found after an attack, which is taken back again."""

    def attack(session: Session) -> Verdict:
        for statement in (*_GUARDS_OFF[database.kind], *statements):
            session.execute(text(statement))
        verdict = verify(session, keeper(folder).read(), now=NOON + timedelta(hours=1))
        session.rollback()
        return verdict

    if database.shared:
        engine = create_async_engine(sqlalchemy_url(database.url), poolclass=NullPool)
        async with AsyncSession(engine) as session:
            return await session.run_sync(attack)
    return await asyncio.to_thread(_in_sqlite, database.path, attack)


def _in_sqlite(path: Path, work: Callable[[Session], Verdict]) -> Verdict:
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    event.listen(engine, "connect", lambda dbapi, _record: setattr(dbapi, "isolation_level", None))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with Session(engine) as session:
        return work(session)


_GUARDS_OFF = {
    SQLITE: ("DROP TRIGGER ledger_no_update", "DROP TRIGGER ledger_no_delete"),
    POSTGRES: ("ALTER TABLE ledger DISABLE TRIGGER ALL",),
}
