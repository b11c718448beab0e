"""What the PostgreSQL tasks do with lanes: what waits there, and taking over from processes that are no more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from bot.store.port import Entry, OutboxRow
from bot.store.postgres_sending import OUTBOX, outbox_row

Heir = Callable[[list[OutboxRow], list[Entry]], None]
"""Takes what a dead process had to send, and what waited in its lanes."""

_ENTRY = "j.id, j.account_id, j.provider_id, j.kind, j.thread, j.provider_order, j.raw, j.received_at, j.seq"


class PostgresLanes:
    """Part of `PostgresWork`."""

    _me: str

    async def pending(self, connection: Any, limit: int) -> list[Entry]:
        """Everything that waits in our lanes."""
        rows = await connection.fetch(
            f"SELECT {_ENTRY} FROM lanes l JOIN journal j ON j.account_id = l.account_id AND j.thread = l.thread"
            " WHERE l.owner = $1 AND j.status = 'pending' ORDER BY j.seq LIMIT $2",
            self._me,
            limit,
        )
        return [_entry(row) for row in rows]

    async def waiting(self, connection: Any, ids: Sequence[str]) -> set[str]:
        """Those of these entries that still wait in a lane of ours."""
        rows = await connection.fetch(
            "SELECT j.id FROM journal j JOIN lanes l ON l.account_id = j.account_id AND l.thread = j.thread"
            " WHERE j.id = ANY($1::varchar[]) AND j.status = 'pending' AND l.owner = $2",
            list(ids),
            self._me,
        )
        return {row["id"] for row in rows}

    async def adopt(
        self,
        connection: Any,
        limit: int,
        prepare: Callable[[], Awaitable[None]],
        hand_on: Callable[[Entry], None],
    ) -> int:
        """Hand on what waits in lanes that nobody works on, before the lease is visible to the intake.

        A message that comes in meanwhile waits for this transaction: it can't get ahead of the older ones.
        """
        async with connection.transaction():
            lanes = await connection.fetch(
                "UPDATE lanes SET owner = $1 WHERE (account_id, thread) IN (SELECT account_id, thread FROM lanes"
                " WHERE owner IS NULL AND pending > 0 LIMIT $2 FOR UPDATE SKIP LOCKED)"
                " RETURNING account_id, thread",
                self._me,
                limit,
            )
            if not lanes:
                return 0
            entries = await self._entries_of(connection, lanes)
            await prepare()
            for entry in entries:
                hand_on(entry)
            return len(lanes)

    async def inherit(self, connection: Any, worker_id: str, heir: Heir) -> None:
        """Take over everything a dead process held, at once: what it had to send to a thread stays in order."""
        async with connection.transaction():
            gone = await connection.fetchval("DELETE FROM workers WHERE id = $1 RETURNING 1", worker_id)
            if gone is None:
                return
            lanes = await connection.fetch(
                "UPDATE lanes SET owner = $1 WHERE owner = $2 RETURNING account_id, thread",
                self._me,
                worker_id,
            )
            entries = await self._entries_of(connection, lanes)
            rows = await connection.fetch(
                "UPDATE outbox SET owner = $1 WHERE owner = $2 AND status IN ('queued', 'claimed')"
                f" RETURNING {OUTBOX}",
                self._me,
                worker_id,
            )
            await connection.execute(
                "UPDATE timers SET status = 'waiting', owner = NULL WHERE owner = $1 AND status = 'running'",
                worker_id,
            )
            # Before the leases are visible: what comes in meanwhile can't get ahead. If the commit fails, the
            # fences refuse what was handed on.
            heir(sorted((outbox_row(row) for row in rows), key=lambda row: row.id), entries)

    async def _entries_of(self, connection: Any, lanes: Sequence[Any]) -> list[Entry]:
        rows = await connection.fetch(
            f"SELECT {_ENTRY} FROM unnest($1::varchar[], $2::varchar[]) AS k(account_id, thread)"
            " JOIN journal j ON j.account_id = k.account_id AND j.thread = k.thread"
            " WHERE j.status = 'pending' ORDER BY j.seq",
            [lane["account_id"] for lane in lanes],
            [lane["thread"] for lane in lanes],
        )
        return [_entry(row) for row in rows]


def _entry(row: Any) -> Entry:
    return Entry(
        id=row["id"],
        account_id=row["account_id"],
        provider_id=row["provider_id"],
        kind=row["kind"],
        thread=row["thread"],
        order=row["provider_order"],
        raw=row["raw"],
        received_at=row["received_at"],
        seq=row["seq"],
    )
