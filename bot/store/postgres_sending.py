"""What the PostgreSQL tasks do for the outbox: claim, record, move statuses forward, hand rows over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from bot.store.plan import OUTBOX_COLUMNS, PRIORITY, delivery_row, moves_forward, status_row, worth_a_row
from bot.store.port import OutboxRow, SendOutcome, StatusChange
from bot.store.tables import HOT

OUTBOX = ", ".join(OUTBOX_COLUMNS)


class PostgresSending:
    """Part of `PostgresWork`."""

    _me: str

    async def claim(self, connection: Any, batches: Sequence[list[str]]) -> list[set[str]]:
        ids = [row_id for batch in batches for row_id in batch]
        async with connection.transaction():
            rows = await connection.fetch(
                "UPDATE outbox o SET status = 'claimed', owner = $1, attempts = attempts + 1"
                " WHERE o.id = ANY($2::varchar[])"
                " AND o.status IN ('queued', 'claimed') AND o.owner = $1"
                " AND (o.epoch IS NULL OR o.epoch ="
                " (SELECT c.epoch FROM conversations c WHERE c.id = o.conversation_id FOR SHARE)) RETURNING o.id",
                self._me,
                ids,
            )
            await connection.execute(
                "UPDATE outbox SET status = 'cancelled', code = 'taken_over', owner = NULL"
                " WHERE id = ANY($1::varchar[]) AND status = 'queued' AND epoch IS NOT NULL AND owner = $2",
                ids,
                self._me,
            )
        claimed = {row["id"] for row in rows}
        return [claimed.intersection(batch) for batch in batches]

    async def record(self, connection: Any, outcomes: Sequence[SendOutcome]) -> list[bool]:
        async with connection.transaction():
            rows = await connection.fetch(
                "UPDATE outbox o SET status = u.status,"
                " provider_id = CASE WHEN u.provider_id = '' THEN o.provider_id ELSE u.provider_id END,"
                " code = u.code, error = u.detail, next_at = coalesce(u.next_at, o.next_at),"
                " owner = CASE WHEN u.status = 'queued' THEN $8 ELSE NULL END,"
                " sent_at = CASE WHEN u.status IN ('accepted', 'delivered') THEN u.at ELSE o.sent_at END"
                " FROM unnest($1::varchar[], $2::varchar[], $3::varchar[], $4::varchar[], $5::text[],"
                " $6::timestamptz[], $7::timestamptz[]) AS u(id, status, provider_id, code, detail, next_at, at)"
                " WHERE o.id = u.id AND (o.status IN ('claimed', 'uncertain') AND (o.owner = $8 OR o.owner IS NULL)"
                # That it was taken is true whoever holds the row by now, and keeps them from sending it again.
                " OR o.status IN ('queued', 'claimed', 'uncertain') AND u.status IN ('accepted', 'delivered'))"
                " RETURNING o.id",
                [o.row_id for o in outcomes],
                [o.status for o in outcomes],
                [o.provider_id for o in outcomes],
                [o.code for o in outcomes],
                [o.detail for o in outcomes],
                [o.next_at for o in outcomes],
                [o.at for o in outcomes],
                self._me,
            )
            attempts = [delivery_row(outcome) for outcome in outcomes if worth_a_row(outcome)]
            if attempts:
                hot = HOT["deliveries"]
                await connection.execute(
                    hot.postgres_insert + " ON CONFLICT (id) DO NOTHING", *hot.for_postgres(attempts)
                )
            receipts = [o for o in outcomes if o.acknowledges]
            if receipts:
                await connection.execute(
                    "UPDATE receipts r SET acknowledged_at = u.at"
                    " FROM unnest($1::varchar[], $2::timestamptz[]) AS u(id, at)"
                    " WHERE r.outbox_id = u.id AND r.acknowledged_at IS NULL",
                    [o.row_id for o in receipts],
                    [o.at for o in receipts],
                )
        settled = {row["id"] for row in rows}
        return [outcome.row_id in settled for outcome in outcomes]

    async def advance(self, connection: Any, change: StatusChange) -> bool:
        async with connection.transaction():
            found = await connection.fetchrow(
                "SELECT id, status, attempts FROM outbox WHERE account_id = $1 AND provider_id = $2"
                " LIMIT 1 FOR UPDATE",
                change.account_id,
                change.provider_id,
            )
            if found is None:
                return False
            if moves_forward(found["status"], change.status):
                await connection.execute(
                    "UPDATE outbox SET status = $1, code = $2 WHERE id = $3",
                    change.status,
                    change.code,
                    found["id"],
                )
            hot = HOT["deliveries"]
            await connection.execute(
                hot.postgres_insert + " ON CONFLICT (id) DO NOTHING",
                *hot.for_postgres([status_row(change, found["id"], found["attempts"])]),
            )
            if change.journal_id:
                await self._end_entry(connection, change.journal_id)
            return True

    async def _end_entry(self, connection: Any, journal_id: str) -> None:
        row = await connection.fetchrow(
            "UPDATE journal SET status = 'done' WHERE id = $1 AND status = 'pending' RETURNING account_id, thread",
            journal_id,
        )
        if row is None:
            return
        left = await connection.fetchval(
            "UPDATE lanes SET pending = pending - 1 WHERE account_id = $1 AND thread = $2 RETURNING pending",
            row["account_id"],
            row["thread"],
        )
        if left is not None and left <= 0:
            await connection.execute(
                "DELETE FROM lanes WHERE account_id = $1 AND thread = $2 AND pending <= 0",
                row["account_id"],
                row["thread"],
            )

    async def queued(self, connection: Any, held: list[OutboxRow], now: datetime, limit: int) -> None:
        """Hold queued rows; they stand in `held` before the commit, which may end unknown."""
        async with connection.transaction():
            rows = await connection.fetch(
                "UPDATE outbox SET owner = $1 WHERE id IN (SELECT id FROM outbox WHERE status = 'queued'"
                f" AND owner IS NULL AND (next_at <= $2 OR attempts > 0 AND priority < {PRIORITY['bulk']})"
                " ORDER BY priority, id LIMIT $3 FOR UPDATE SKIP LOCKED)"
                f" RETURNING {OUTBOX}",
                self._me,
                now,
                limit,
            )
            held += sorted((outbox_row(row) for row in rows), key=lambda row: row.id)

    async def in_doubt(self, connection: Any, held: list[OutboxRow]) -> None:
        """Hold rows that were being sent by a process that is no more; into `held`, as above."""
        async with connection.transaction():
            rows = await connection.fetch(
                "UPDATE outbox SET owner = $1 WHERE id IN (SELECT id FROM outbox WHERE status = 'claimed'"
                f" AND owner IS NULL LIMIT 500 FOR UPDATE SKIP LOCKED) RETURNING {OUTBOX}",
                self._me,
            )
            held += sorted((outbox_row(row) for row in rows), key=lambda row: row.id)

    async def take_back(self, connection: Any, ids: Sequence[str]) -> list[OutboxRow]:
        rows = await connection.fetch(
            f"SELECT {OUTBOX} FROM outbox WHERE id = ANY($1::varchar[]) AND owner = $2"
            " AND status IN ('queued', 'claimed') ORDER BY id",
            list(ids),
            self._me,
        )
        return [outbox_row(row) for row in rows]


def outbox_row(row: Any) -> OutboxRow:
    named = dict(row)
    named["to"] = named.pop("recipient")
    named["body"] = orjson.loads(named["body"])
    return OutboxRow(**named)
