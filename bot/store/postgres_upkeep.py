"""What the PostgreSQL tasks do besides: timers and receipts, and the processes that live or have died."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.store.port import OverdueReceipt
from bot.store.postgres_lanes import Heir, PostgresLanes


class PostgresUpkeep(PostgresLanes):
    """Part of `PostgresWork`."""

    async def settle_timer(self, connection: Any, timer_id: str, again_at: datetime | None) -> None:
        await connection.execute(
            "UPDATE timers SET status = CASE WHEN $2::timestamptz IS NULL THEN 'fired' ELSE 'waiting' END,"
            " due_at = coalesce($2, due_at), owner = NULL WHERE id = $1 AND status = 'running'",
            timer_id,
            again_at,
        )

    async def overdue_receipts(self, connection: Any, now: datetime, limit: int) -> list[OverdueReceipt]:
        rows = await connection.fetch(
            "SELECT journal_id, conversation_id, channel, received_at, due_at, outbox_id FROM receipts"
            " WHERE acknowledged_at IS NULL AND alerted_at IS NULL AND alert_at <= $1"
            " ORDER BY alert_at LIMIT $2",
            now,
            limit,
        )
        return [OverdueReceipt(**dict(row)) for row in rows]

    async def bury_dead(
        self, connection: Any, me: str, dead_after_s: float, heir: Heir | None = None
    ) -> None:
        """Take the leases of processes whose session is gone, or that were not seen for too long.

        An `heir` gets what they held; without one it is left to whoever comes.
        A frozen process keeps its session: it is cut off, so that it ends when it wakes; its late commits are
        fenced by the leases it no longer has.
        """
        others = await connection.fetch(
            "SELECT id, lock_key, backend_pid, seen_at < now() - make_interval(secs => $2) AS overdue"
            " FROM workers WHERE id <> $1",
            me,
            dead_after_s,
        )
        for other in others:
            gone = await connection.fetchval("SELECT pg_try_advisory_lock($1)", other["lock_key"])
            if not gone and not other["overdue"]:
                continue
            if gone:
                await connection.execute("SELECT pg_advisory_unlock($1)", other["lock_key"])
            if heir is None:
                await self.release(connection, other["id"])
            else:
                await self.inherit(connection, other["id"], heir)
            if not gone:
                await connection.execute("SELECT pg_terminate_backend($1)", other["backend_pid"])

    async def free_orphans(self, connection: Any) -> None:
        """Give back what belongs to no live process: a dead one's last statement may end after its burial."""
        async with connection.transaction():
            for table, held in (
                ("lanes", "pending > 0"),
                ("outbox", "status IN ('queued', 'claimed')"),
                ("timers", "status = 'running'"),
            ):
                change = ", status = 'waiting'" if table == "timers" else ""
                await connection.execute(
                    f"UPDATE {table} t SET owner = NULL{change} WHERE {held} AND owner IS NOT NULL"
                    " AND NOT EXISTS (SELECT 1 FROM workers w WHERE w.id = t.owner)"
                )

    async def release(self, connection: Any, worker_id: str) -> None:
        """Give up everything a process holds."""
        async with connection.transaction():
            gone = await connection.fetchval("DELETE FROM workers WHERE id = $1 RETURNING 1", worker_id)
            if gone is None:
                return
            await connection.execute("UPDATE lanes SET owner = NULL WHERE owner = $1", worker_id)
            await connection.execute(
                "UPDATE outbox SET owner = NULL WHERE owner = $1 AND status IN ('queued', 'claimed')",
                worker_id,
            )
            await connection.execute(
                "UPDATE timers SET status = 'waiting', owner = NULL WHERE owner = $1 AND status = 'running'",
                worker_id,
            )
