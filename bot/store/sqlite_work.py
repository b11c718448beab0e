"""What the SQLite threads do inside a transaction: one method a kind of work, each for a whole batch."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson

from bot.store.plan import (
    CASE_TIMES,
    CASE_VIEW,
    CONVERSATION_CHANGES,
    LOADED,
    contacts_of,
    conversation_row,
    numbered,
    timer_entry,
    timers_of,
    verdict,
)
from bot.store.port import (
    Accepted,
    Committed,
    ConversationState,
    DueTimer,
    Entry,
    KnownContact,
    LaneKey,
    OverdueReceipt,
    TurnCommit,
)
from bot.store.sqlite_sending import SqliteSending, insert_rows
from bot.store.tables import (
    HOT,
    TIMER_UPSERT,
    from_sqlite_time,
    to_json,
    to_sqlite_time,
)


class SqliteWork(SqliteSending):
    """Stateless but for the arrival counter, which only the writer thread moves."""

    def __init__(self, worker_id: str, last_seq: int) -> None:
        self._worker_id = worker_id
        self._seq = last_seq

    # intake

    def accept(self, cursor: sqlite3.Cursor, entries: Sequence[Entry]) -> list[Accepted]:
        results = []
        for entry in entries:
            fresh = self._insert(cursor, entry, "pending", "")
            results.append(Accepted(fresh, True, self._seq))
        return results

    def quarantine(self, cursor: sqlite3.Cursor, items: Sequence[tuple[Entry, str]]) -> list[None]:
        for entry, reason in items:
            self._insert(cursor, entry, "quarantined", reason)
        return [None] * len(items)

    def _insert(self, cursor: sqlite3.Cursor, entry: Entry, status: str, reason: str) -> bool:
        self._seq += 1
        cursor.execute(
            "INSERT INTO journal (id, seq, account_id, provider_id, kind, thread, provider_order, raw,"
            " received_at, status, reason) VALUES (?,?,?,?,?,?,?,?,?,?,?)"
            " ON CONFLICT (account_id, provider_id) DO NOTHING",
            (
                entry.id,
                self._seq,
                entry.account_id,
                entry.provider_id,
                entry.kind,
                entry.thread,
                entry.order,
                entry.raw,
                to_sqlite_time(entry.received_at),
                status,
                reason,
            ),
        )
        return cursor.rowcount == 1

    def pending(self, cursor: sqlite3.Cursor, limits: Sequence[int]) -> list[list[Entry]]:
        cursor.execute(
            f"SELECT {_ENTRY} FROM journal WHERE status = 'pending' ORDER BY seq LIMIT ?", (max(limits),)
        )
        found = [_entry(values) for values in cursor]
        return [found[:limit] for limit in limits]

    def waiting(self, cursor: sqlite3.Cursor, asks: Sequence[Sequence[str]]) -> list[set[str]]:
        return [
            _ids(
                cursor,
                "SELECT id FROM journal WHERE status = 'pending' AND id IN (SELECT value FROM json_each(?))",
                ids,
            )
            for ids in asks
        ]

    # lanes

    def load(
        self, cursor: sqlite3.Cursor, keys: Sequence[LaneKey]
    ) -> list[ConversationState | KnownContact | None]:
        return [self._load(cursor, key) for key in keys]

    def _load(self, cursor: sqlite3.Cursor, key: LaneKey) -> ConversationState | KnownContact | None:
        found = cursor.execute(_LOAD, (key.account_id, key.thread)).fetchone()
        if found is None:
            contact = cursor.execute(
                "SELECT p.id, p.name, p.mode FROM addresses a JOIN contacts p ON p.id = a.contact_id"
                " WHERE a.channel = ? AND a.value = ?",
                (key.channel, key.address),
            ).fetchone()
            return None if contact is None else KnownContact(id=contact[0], name=contact[1], mode=contact[2])
        named: dict[str, Any] = dict(zip(LOADED, found, strict=False))
        named["urgent"] = bool(named["urgent"])
        named["state"] = orjson.loads(named["state"])
        named["created_at"] = from_sqlite_time(named["created_at"])
        named["last_inbound_at"] = from_sqlite_time(named["last_inbound_at"])
        return ConversationState(
            **named,
            contact_name=found[-3],
            contact_language=found[-2],
            contact_mode=found[-1],
            cases=self._cases(cursor, named["contact_id"]),
        )

    def _cases(self, cursor: sqlite3.Cursor, contact_id: str) -> tuple[dict[str, Any], ...]:
        cursor.execute(
            f"SELECT {', '.join(CASE_VIEW)} FROM cases WHERE contact_id = ? ORDER BY opened_at DESC LIMIT 5",
            (contact_id,),
        )
        cases = [dict(zip(CASE_VIEW, values, strict=True)) for values in cursor]
        for case in cases:
            case["closed"] = bool(case["closed"])
            for name in CASE_TIMES:
                case[name] = case[name] and from_sqlite_time(case[name])
        return tuple(cases)

    def commit(self, cursor: sqlite3.Cursor, turns: Sequence[TurnCommit]) -> list[Committed]:
        pending = _ids(
            cursor,
            "SELECT id FROM journal WHERE status = 'pending' AND id IN (SELECT value FROM json_each(?))",
            [journal_id for turn in turns for journal_id in turn.journal_ids],
        )
        versions = self._versions(cursor, turns)
        results: list[Committed] = []
        good: list[TurnCommit] = []
        for turn in turns:
            outcome = verdict(turn, pending, versions)
            reference = ""
            if outcome == "done":
                if turn.case_counter:
                    turn, reference = numbered(turn, self._draw(cursor, turn.case_counter))
                good.append(turn)
                pending.difference_update(turn.journal_ids)  # also twice in one batch is twice
            results.append(Committed(outcome, reference))
        if good:
            self._apply(cursor, good)
        return results

    def _versions(self, cursor: sqlite3.Cursor, turns: Sequence[TurnCommit]) -> dict[str, int]:
        ids = [turn.conversation.id for turn in turns if turn.conversation and turn.expected_version]
        if not ids:
            return {}
        return dict(
            cursor.execute(
                "SELECT id, version FROM conversations WHERE id IN (SELECT value FROM json_each(?))",
                (to_json(ids),),
            )
        )

    def _draw(self, cursor: sqlite3.Cursor, counter: str) -> int:
        (number,) = cursor.execute(
            "INSERT INTO counters (name, value) VALUES (?, 1)"
            " ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
            (counter,),
        ).fetchone()
        return int(number)

    def _apply(self, cursor: sqlite3.Cursor, turns: Sequence[TurnCommit]) -> None:
        inserts: dict[str, list[tuple[Any, ...]]] = {}
        updates: list[tuple[Any, ...]] = []
        done: list[str] = []
        for turn in turns:
            done += turn.journal_ids
            for table, rows in turn.inserts.items():
                inserts.setdefault(table, []).extend(rows)
            if turn.conversation is None:
                continue
            if turn.expected_version:
                updates.append(_conversation_update(turn.conversation))
            else:
                inserts.setdefault("conversations", []).append(conversation_row(turn.conversation))
        cursor.execute(
            "UPDATE journal SET status = 'done' WHERE id IN (SELECT value FROM json_each(?))",
            (to_json(done),),
        )
        for turn in turns:
            if turn.quarantine_reason:
                cursor.executemany(
                    "UPDATE journal SET status = 'quarantined', reason = ? WHERE id = ?",
                    [(turn.quarantine_reason, journal_id) for journal_id in turn.journal_ids],
                )
        if updates:
            cursor.executemany(_UPDATE_CONVERSATION, updates)
        for turn in turns:
            self._apply_changes(cursor, turn)
        for table, rows in inserts.items():
            insert_rows(cursor, table, rows)
        self._apply_timers(cursor, turns)
        contacts = contacts_of(turns)
        if contacts:
            cursor.executemany(
                "UPDATE contacts SET name = coalesce(nullif(?, ''), name),"
                " language = coalesce(nullif(?, ''), language), version = version + 1 WHERE id = ?",
                contacts,
            )
        for turn in turns:
            if turn.case_changes or turn.shared_change:
                self._apply_cases(cursor, turn)

    def _apply_changes(self, cursor: sqlite3.Cursor, turn: TurnCommit) -> None:
        for table, column, value in turn.deletes:
            cursor.execute(f"DELETE FROM {table} WHERE {column} = ?", (value,))
        for table, row_id, changes in turn.changes:
            sets = ", ".join(f"{name} = ?" for name in changes)
            values = [_value(value) for value in changes.values()]
            cursor.execute(f"UPDATE {table} SET {sets} WHERE id = ?", (*values, row_id))

    def _apply_timers(self, cursor: sqlite3.Cursor, turns: Sequence[TurnCommit]) -> None:
        cancelled, wanted = timers_of(turns)
        if cancelled:
            cursor.execute(
                "UPDATE timers SET status = 'cancelled' WHERE status = 'waiting'"
                " AND key IN (SELECT value FROM json_each(?))",
                (to_json(cancelled),),
            )
        if wanted:
            hot = HOT["timers"]
            cursor.executemany(hot.sqlite_insert + TIMER_UPSERT, hot.for_sqlite(wanted))

    def _apply_cases(self, cursor: sqlite3.Cursor, turn: TurnCommit) -> None:
        for case_id, changes in turn.case_changes:
            sets = ", ".join(
                f"{name} = (SELECT json_group_array(json(value)) FROM (SELECT value FROM json_each({name})"
                " UNION ALL SELECT value FROM json_each(?)))"
                if isinstance(value, list)
                else f"{name} = ?"
                for name, value in changes.items()
            )
            values = [_value(value) for value in changes.values()]
            cursor.execute(f"UPDATE cases SET {sets}, version = version + 1 WHERE id = ?", (*values, case_id))
        if turn.shared_change and turn.conversation is not None:
            cursor.execute(
                "UPDATE conversations SET version = version + 1 WHERE contact_id = ? AND id <> ?",
                (turn.conversation.contact_id, turn.conversation.id),
            )

    # time

    def any_due(self, cursor: sqlite3.Cursor, instants: Sequence[datetime]) -> list[bool]:
        found = cursor.execute("SELECT min(due_at) FROM timers WHERE status = 'waiting'").fetchone()[0]
        return [found is not None and found <= (to_sqlite_time(now) or "") for now in instants]

    def fire_timers(
        self, cursor: sqlite3.Cursor, asks: Sequence[tuple[datetime, int]]
    ) -> list[tuple[list[Entry], list[DueTimer]]]:
        return [self._fire(cursor, now, limit) for now, limit in asks]

    def _fire(self, cursor: sqlite3.Cursor, now: datetime, limit: int) -> tuple[list[Entry], list[DueTimer]]:
        cursor.execute(
            "SELECT id, key, kind, account_id, thread, due_at, payload, attempts FROM timers"
            " WHERE status = 'waiting' AND due_at <= ? ORDER BY due_at, id LIMIT ?",
            (to_sqlite_time(now), limit),
        )
        due = [
            DueTimer(
                id=found[0],
                key=found[1],
                kind=found[2],
                account_id=found[3],
                thread=found[4],
                due_at=from_sqlite_time(found[5]),
                payload=orjson.loads(found[6]),
                attempts=found[7],
            )
            for found in cursor.fetchall()
        ]
        entries = [timer_entry(timer, now) for timer in due if timer.thread]
        accepted = self.accept(cursor, entries)
        for entry, result in zip(entries, accepted, strict=True):
            entry.seq = result.seq
        others = [timer for timer in due if not timer.thread]
        cursor.executemany(
            "UPDATE timers SET status = ?, owner = ?, attempts = attempts + 1 WHERE id = ?",
            [("fired", None, timer.id) for timer in due if timer.thread]
            + [("running", self._worker_id, timer.id) for timer in others],
        )
        return [e for e, r in zip(entries, accepted, strict=True) if r.fresh], others

    def settle_timer(
        self, cursor: sqlite3.Cursor, items: Sequence[tuple[str, datetime | None]]
    ) -> list[None]:
        cursor.executemany(
            "UPDATE timers SET status = CASE WHEN ? IS NULL THEN 'fired' ELSE 'waiting' END,"
            " due_at = coalesce(?, due_at), owner = NULL WHERE id = ? AND status = 'running'",
            [(to_sqlite_time(at), to_sqlite_time(at), timer_id) for timer_id, at in items],
        )
        return [None] * len(items)

    def overdue_receipts(
        self, cursor: sqlite3.Cursor, asks: Sequence[tuple[datetime, int]]
    ) -> list[list[OverdueReceipt]]:
        results = []
        for now, limit in asks:
            cursor.execute(
                "SELECT journal_id, conversation_id, channel, received_at, due_at, outbox_id FROM receipts"
                " WHERE acknowledged_at IS NULL AND alerted_at IS NULL AND alert_at <= ?"
                " ORDER BY alert_at LIMIT ?",
                (to_sqlite_time(now), limit),
            )
            results.append(
                [
                    OverdueReceipt(
                        journal_id=found[0],
                        conversation_id=found[1],
                        channel=found[2],
                        received_at=from_sqlite_time(found[3]),
                        due_at=from_sqlite_time(found[4]),
                        outbox_id=found[5],
                    )
                    for found in cursor
                ]
            )
        return results


_ENTRY = "id, account_id, provider_id, kind, thread, provider_order, raw, received_at, seq"


def _entry(values: tuple[Any, ...]) -> Entry:
    return Entry(
        id=values[0],
        account_id=values[1],
        provider_id=values[2],
        kind=values[3],
        thread=values[4],
        order=values[5],
        raw=values[6],
        received_at=from_sqlite_time(values[7]),
        seq=values[8],
    )


def _ids(cursor: sqlite3.Cursor, statement: str, ids: Iterable[str]) -> set[str]:
    return {found[0] for found in cursor.execute(statement, (to_json(list(ids)),))}


_LOAD = (
    f"SELECT {', '.join(f'c.{name}' for name in LOADED)}, p.name, p.language, p.mode"
    " FROM conversations c JOIN contacts p ON p.id = c.contact_id WHERE c.account_id = ? AND c.thread = ?"
)

_UPDATE_CONVERSATION = (
    f"UPDATE conversations SET {', '.join(f'{name} = ?' for name in CONVERSATION_CHANGES)},"
    " version = version + 1 WHERE id = ?"
)


def _conversation_update(conversation: ConversationState) -> tuple[Any, ...]:
    return (
        *(_value(getattr(conversation, name)) for name in CONVERSATION_CHANGES),
        conversation.id,
    )


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_sqlite_time(value)
    return to_json(value) if isinstance(value, dict | list | tuple) else value
