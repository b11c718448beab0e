"""What the SQLite writer does for the outbox: claim, record, move statuses forward, hand rows over."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import orjson

from bot.store.plan import OUTBOX_COLUMNS, PRIORITY, delivery_row, moves_forward, status_row, worth_a_row
from bot.store.port import OutboxRow, SendOutcome, StatusChange
from bot.store.tables import HOT, ON_CONFLICT, from_sqlite_time, to_json, to_sqlite_time

_WANTED = f"(next_at <= ? OR attempts > 0 AND priority < {PRIORITY['bulk']})"


class SqliteSending:
    """Part of `SqliteWork`."""

    _worker_id: str

    def claim(self, cursor: sqlite3.Cursor, batches: Sequence[list[str]]) -> list[set[str]]:
        everything = to_json([row_id for batch in batches for row_id in batch])
        claimed = {
            found[0]
            for found in cursor.execute(
                "UPDATE outbox SET status = 'claimed', owner = ?, attempts = attempts + 1"
                " WHERE id IN (SELECT value FROM json_each(?))"
                " AND status IN ('queued', 'claimed') AND owner = ?"
                " AND (epoch IS NULL"
                " OR epoch = (SELECT c.epoch FROM conversations c WHERE c.id = outbox.conversation_id))"
                " RETURNING id",
                (self._worker_id, everything, self._worker_id),
            )
        }
        cursor.execute(
            "UPDATE outbox SET status = 'cancelled', code = 'taken_over', owner = NULL"
            " WHERE id IN (SELECT value FROM json_each(?)) AND status = 'queued' AND epoch IS NOT NULL"
            " AND owner = ?",
            (everything, self._worker_id),
        )
        return [claimed.intersection(batch) for batch in batches]

    def record(self, cursor: sqlite3.Cursor, outcomes: Sequence[SendOutcome]) -> list[bool]:
        results = []
        deliveries = []
        for outcome in outcomes:
            cursor.execute(
                "UPDATE outbox SET status = ?, provider_id = CASE WHEN ? = '' THEN provider_id ELSE ? END,"
                " code = ?, error = ?, next_at = coalesce(?, next_at),"
                " owner = CASE WHEN ? = 'queued' THEN ? ELSE NULL END,"
                " sent_at = CASE WHEN ? IN ('accepted', 'delivered') THEN ? ELSE sent_at END"
                " WHERE id = ? AND status IN ('claimed', 'uncertain')",
                (
                    outcome.status,
                    outcome.provider_id,
                    outcome.provider_id,
                    outcome.code,
                    outcome.detail,
                    to_sqlite_time(outcome.next_at),
                    outcome.status,
                    self._worker_id,
                    outcome.status,
                    to_sqlite_time(outcome.at),
                    outcome.row_id,
                ),
            )
            results.append(cursor.rowcount == 1)
            if worth_a_row(outcome):
                deliveries.append(delivery_row(outcome))
            if outcome.acknowledges:
                cursor.execute(
                    "UPDATE receipts SET acknowledged_at = ? WHERE outbox_id = ? AND acknowledged_at IS NULL",
                    (to_sqlite_time(outcome.at), outcome.row_id),
                )
        if deliveries:
            insert_rows(cursor, "deliveries", deliveries)
        return results

    def advance(self, cursor: sqlite3.Cursor, changes: Sequence[StatusChange]) -> list[bool]:
        results = []
        for change in changes:
            found = cursor.execute(
                "SELECT id, status, attempts FROM outbox WHERE account_id = ? AND provider_id = ?",
                (change.account_id, change.provider_id),
            ).fetchone()
            results.append(found is not None)
            if found is None:
                continue
            if moves_forward(found[1], change.status):
                cursor.execute(
                    "UPDATE outbox SET status = ?, code = ? WHERE id = ?",
                    (change.status, change.code, found[0]),
                )
            hot = HOT["deliveries"]
            cursor.executemany(hot.sqlite_insert, hot.for_sqlite([status_row(change, found[0], found[2])]))
            if change.journal_id:
                cursor.execute("UPDATE journal SET status = 'done' WHERE id = ?", (change.journal_id,))
        return results

    def any_unheld(self, cursor: sqlite3.Cursor, instants: Sequence[datetime]) -> list[bool]:
        return [
            cursor.execute(
                f"SELECT 1 FROM outbox WHERE status = 'queued' AND owner IS NOT ? AND {_WANTED} LIMIT 1",
                (self._worker_id, to_sqlite_time(now)),
            ).fetchone()
            is not None
            for now in instants
        ]

    def queued(self, cursor: sqlite3.Cursor, asks: Sequence[tuple[datetime, int]]) -> list[list[OutboxRow]]:
        results = []
        for now, limit in asks:
            cursor.execute(
                "UPDATE outbox SET owner = ? WHERE id IN (SELECT id FROM outbox WHERE status = 'queued'"
                f" AND owner IS NOT ? AND {_WANTED} ORDER BY priority, id LIMIT ?)"
                f" RETURNING {', '.join(OUTBOX_COLUMNS)}",
                (self._worker_id, self._worker_id, to_sqlite_time(now), limit),
            )
            results.append(sorted((_outbox(values) for values in cursor), key=lambda row: row.id))
        return results

    def in_doubt(self, cursor: sqlite3.Cursor, asks: Sequence[None]) -> list[list[OutboxRow]]:
        cursor.execute(
            f"UPDATE outbox SET owner = ? WHERE status = 'claimed' AND owner IS NOT ?"
            f" RETURNING {', '.join(OUTBOX_COLUMNS)}",
            (self._worker_id, self._worker_id),
        )
        rows = [_outbox(values) for values in cursor]
        return [rows if index == 0 else [] for index in range(len(asks))]

    def take_back(self, cursor: sqlite3.Cursor, asks: Sequence[Sequence[str]]) -> list[list[OutboxRow]]:
        results = []
        for ids in asks:
            cursor.execute(
                f"SELECT {', '.join(OUTBOX_COLUMNS)} FROM outbox WHERE owner = ?"
                " AND status IN ('queued', 'claimed') AND id IN (SELECT value FROM json_each(?)) ORDER BY id",
                (self._worker_id, to_json(list(ids))),
            )
            results.append([_outbox(values) for values in cursor])
        return results


def _outbox(values: tuple[Any, ...]) -> OutboxRow:
    named = dict(zip(OUTBOX_COLUMNS, values, strict=True))
    named["to"] = named.pop("recipient")
    named["body"] = orjson.loads(named["body"])
    named["next_at"] = from_sqlite_time(named["next_at"])
    named["created_at"] = from_sqlite_time(named["created_at"])
    return OutboxRow(**named)


_AT_ONCE = (32, 8, 1)
"""Rows a statement: each step of SQLite lets go of the interpreter lock and waits for it again."""


def insert_rows(cursor: sqlite3.Cursor, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    hot = HOT[table]
    values = hot.for_sqlite(rows)
    ignore = ON_CONFLICT.get(table, "")
    start = 0
    for size in _AT_ONCE:
        while len(values) - start >= size:
            statement = _statement(hot.sqlite_insert, size) + ignore
            cursor.execute(statement, [value for row in values[start : start + size] for value in row])
            start += size


@cache
def _statement(single: str, rows: int) -> str:
    head, _, places = single.rpartition(" VALUES ")
    return f"{head} VALUES {', '.join([places] * rows)}"
