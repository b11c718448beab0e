"""The sealer: committed facts become rows of the chain, about a second later, each exactly once.

It reads beside the lanes and writes in small transactions of its own; one process at a time holds the lock. A kill
at any instant leaves either the rows and the mark of how far it looked, or neither.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge
from sqlalchemy import delete, insert, select, text
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.ledger.chain import START, Fact, Head, extend, in_order
from bot.ledger.facts import Found, facts_about, look, unsealed
from bot.ledger.heads import HeadKeeper, NoKey
from bot.records import DoorNote, LedgerOpen, LedgerRow
from bot.records.base import table_of
from bot.store.port import Store
from bot.store.upsert import put_note

log = structlog.get_logger()

_ledger = table_of(LedgerRow).c
_LOCK: Final = 0x4C656467
_NOTE: Final = ("", "ledger")
_BATCH: Final = 1_000  # messages a transaction: the lanes wait for its end
_BATCHES: Final = 20  # a tick
_LOOK_BACK: Final = timedelta(seconds=5)  # commits may show in another order than their identifiers
_LONG_LOOK_BACK: Final = timedelta(minutes=10)
_LONG_LOOK_EVERY: Final = timedelta(minutes=1)
_NET_EVERY: Final = timedelta(hours=1)
_TELL_EVERY: Final = timedelta(hours=1)


class LedgerMeasures:
    """What /metrics shows of the ledger; explained in docs/ledger.md."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.acknowledged = Counter(
            "relais_ledger_acknowledged_total", "Acknowledgements sealed", ["in_time"], registry=registry
        )
        self.worst_s = Gauge(
            "relais_ledger_worst_seconds",
            "The slowest acknowledgement sealed since this process started",
            registry=registry,
        )
        self.rows = Counter("relais_ledger_rows_total", "Rows sealed", registry=registry)
        self.unsealed = Gauge(
            "relais_ledger_unsealed", "Facts found and left for the next look", registry=registry
        )
        self._worst = 0.0

    def count(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            self.rows.inc()
            if fact.kind == "accepted":
                self.acknowledged.labels("yes" if fact.payload["in_time"] else "no").inc()
                self._worst = max(self._worst, fact.payload["after_ms"] / 1000)
        self.worst_s.set(self._worst)


class Sealer:
    def __init__(
        self,
        store: Store,
        keeper: HeadKeeper,
        *,
        clock: Clock,
        head_every: timedelta,
        measures: LedgerMeasures,
    ) -> None:
        self._store = store
        self._keeper = keeper
        self._clock = clock
        self._head_every = head_every
        self._measures = measures
        self._looked_long: datetime | None = None
        self._swept: datetime | None = None
        self._wrote_head: datetime | None = None
        self._told: datetime | None = None
        self._head = START

    async def tick(self) -> None:
        """Seal what happened since the last look, then keep the head where the database can't reach it."""
        now = self._clock.now()
        if self._swept is None or abs(now - self._swept) >= _NET_EVERY:
            await self._sweep()
            self._swept = now
        await self._seal_new(await self._since(now), now)
        await self._keep_head(now)

    async def finish(self) -> None:
        """At the end of the process: what is left to seal, and the head as it is then."""
        await self.tick()
        self._wrote_head = self._told = None
        await self._keep_head(self._clock.now())

    async def _since(self, now: datetime) -> str:
        """The identifier from which this look begins."""
        note = await self._store.read(lambda session: session.get(DoorNote, _NOTE))
        long = self._looked_long is None or abs(now - self._looked_long) >= _LONG_LOOK_EVERY
        if long:
            self._looked_long = now
        return earlier(note.value, _LONG_LOOK_BACK if long else _LOOK_BACK) if note is not None else ""

    async def _seal_new(self, since: str, now: datetime) -> None:
        for _ in range(_BATCHES):
            start = since
            found = await self._store.read(lambda session: look(session, start, _BATCH))  # noqa: B023
            if not await self._seal(found, now):
                return  # another process is at it
            self._measures.unsealed.set(_BATCH if found.more else 0)
            if not found.more:
                return
            since = found.looked_to

    async def _sweep(self) -> None:
        """The net: messages that the quick look has missed, however that came about."""
        while True:
            missed = await self._store.read(lambda session: unsealed(session, _BATCH))
            if not missed:
                return
            found = await self._store.read(lambda session: facts_about(session, missed))  # noqa: B023
            if not await self._seal(found, self._clock.now()) or len(missed) < _BATCH:
                return

    async def _seal(self, found: Found, now: datetime) -> bool:
        """Write a batch; False where another process holds the lock."""
        if not found.facts and not found.still_open and not found.looked_to:
            return True
        sealed = await self._store.write(lambda session: seal(session, found, now))
        if sealed is None:
            return False
        self._measures.count(sealed)
        return True

    async def _keep_head(self, now: datetime) -> None:
        if self._wrote_head is not None and timedelta() <= now - self._wrote_head < self._head_every:
            return
        self._wrote_head = now
        head = await self._store.read(head_of)
        if head == self._head:
            return
        try:
            while not await asyncio.to_thread(self._keeper.append, head, now):
                looked, head = head, await self._store.read(head_of)  # another process looked later
                if head == looked:  # no: the chain itself went back
                    await asyncio.to_thread(self._keeper.append, head, now, though_lower=True)
                    break
        except (OSError, NoKey) as error:
            log.error("ledger_head_not_kept", file=str(self._keeper.path), error=str(error))
            return
        self._head = head
        if self._told is None or abs(now - self._told) >= _TELL_EVERY:
            self._told = now
            log.info("ledger_head", seq=head.seq, hash=head.hash)


def head_of(session: Session) -> Head:
    """The chain's last row."""
    row = session.execute(
        select(_ledger.seq, _ledger.hash).order_by(_ledger.seq.desc()).limit(1)
    ).one_or_none()
    return Head(row.seq, row.hash) if row is not None else START


def append(session: Session, facts: Sequence[Fact], now: datetime) -> list[Fact]:
    """Bind facts to the chain in the caller's transaction, and tell which were new. The caller holds the lock."""
    keys = [fact.key for fact in facts]
    known = set(session.scalars(select(_ledger.key).where(_ledger.key.in_(keys)))) if keys else set()
    fresh = [fact for fact in in_order(facts) if fact.key not in known]
    if fresh:
        session.execute(insert(table_of(LedgerRow)), list(extend(head_of(session), fresh, now)))
    return fresh


def seal(session: Session, found: Found, now: datetime) -> list[Fact] | None:
    """One batch with everything that belongs to it; None where another process is sealing."""
    if not lock(session, wait=False):
        return None
    fresh = append(session, found.facts, now)
    waits = table_of(LedgerOpen)
    gone = [*found.settled, *found.still_open]
    session.execute(delete(waits).where(waits.c.journal_id.in_(gone)))
    if found.still_open:
        session.execute(
            insert(waits),
            [
                {"journal_id": journal_id, "outbox_id": outbox_id, "alerted": alerted}
                for journal_id, (outbox_id, alerted) in found.still_open.items()
            ],
        )
    if found.looked_to:
        note = session.get(DoorNote, _NOTE)
        if note is None or found.looked_to > note.value:
            put_note(session, _NOTE, found.looked_to, now)
    return fresh


def lock(session: Session, *, wait: bool) -> bool:
    """Be the only one who seals until this transaction ends. On SQLite there is but one writer."""
    if session.get_bind().dialect.name != "postgresql":
        return True
    if wait:
        session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        return True
    return bool(session.scalar(text(f"SELECT pg_try_advisory_xact_lock({_LOCK})")))


def earlier(identifier: str, by: timedelta) -> str:
    """A bound that lies before the identifiers made since so long before this one."""
    try:
        made_ms = int(identifier[:12], 16)
    except ValueError:
        return ""
    return f"{max(0, made_ms - by // timedelta(milliseconds=1)):012x}"
