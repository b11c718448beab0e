"""What the PostgreSQL tasks do: one method a kind of work, each a few statements for a whole batch.

`unnest` arrays and `= ANY(array)` keep the planner's hands off tables that grow and shrink like queues; rows are
locked in one order (lanes by account and thread) so that batches of several processes don't deadlock.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from bot.store.plan import (
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
    TurnCommit,
)
from bot.store.postgres_sending import PostgresSending
from bot.store.postgres_upkeep import PostgresUpkeep
from bot.store.tables import HOT, ON_CONFLICT, TIMER_UPSERT, to_json

_JOURNAL_COLUMNS = (
    "id, account_id, provider_id, kind, thread, provider_order, raw, received_at, status, reason"
)

_ACCEPT = f"""
WITH given AS (
  SELECT * FROM unnest($1::varchar[], $2::varchar[], $3::varchar[], $4::varchar[], $5::varchar[], $6::bigint[],
                       $7::bytea[], $8::timestamptz[], $9::varchar[])
    AS g(id, account_id, provider_id, kind, thread, provider_order, raw, received_at, owner)
), fresh AS (
  INSERT INTO journal ({_JOURNAL_COLUMNS})
  SELECT id, account_id, provider_id, kind, thread, provider_order, raw, received_at, 'pending', '' FROM given
  ORDER BY id
  ON CONFLICT (account_id, provider_id) DO NOTHING
  RETURNING id, seq, account_id, thread
), lane AS (
  INSERT INTO lanes (account_id, thread, owner, pending)
  SELECT f.account_id, f.thread, max(g.owner), count(*) FROM fresh f JOIN given g USING (id)
  GROUP BY f.account_id, f.thread ORDER BY f.account_id, f.thread
  ON CONFLICT (account_id, thread) DO UPDATE
    SET pending = lanes.pending + excluded.pending,
        owner = CASE WHEN lanes.pending > 0 THEN lanes.owner ELSE coalesce(lanes.owner, excluded.owner) END
  RETURNING account_id, thread, owner
)
SELECT f.id, f.seq, l.owner FROM fresh f JOIN lane l ON l.account_id = f.account_id AND l.thread = f.thread
"""

_LOAD = (
    f"SELECT {', '.join(f'c.{name}' for name in LOADED)}, p.name AS contact_name,"
    " p.language AS contact_language, p.mode AS contact_mode"
    " FROM unnest($1::varchar[], $2::varchar[]) AS k(account_id, thread)"
    " JOIN conversations c ON c.account_id = k.account_id AND c.thread = k.thread"
    " JOIN contacts p ON p.id = c.contact_id"
)

_CHANGE_TYPES = {
    "address": "varchar", "owner": "varchar", "desk_id": "varchar", "hand_over_reason": "varchar",
    "urgent": "boolean", "language": "varchar", "state": "text", "subject": "text",
    "last_heard": "text", "last_seq": "integer", "last_inbound_at": "timestamptz",
}  # fmt: skip

_UPDATE_CONVERSATIONS = (
    "UPDATE conversations c SET "
    + ", ".join(f"{name} = u.{name}{'::json' if name == 'state' else ''}" for name in CONVERSATION_CHANGES)
    + ", version = c.version + 1 FROM unnest($1::varchar[], "
    + ", ".join(f"${i + 2}::{_CHANGE_TYPES[name]}[]" for i, name in enumerate(CONVERSATION_CHANGES))
    + f") AS u(id, {', '.join(CONVERSATION_CHANGES)}) WHERE c.id = u.id"
)


class PostgresWork(PostgresSending, PostgresUpkeep):
    """Stateless; the connection is given with each call."""

    def __init__(self, worker_id: str) -> None:
        self._me = worker_id

    # intake

    async def accept(self, connection: Any, items: Sequence[tuple[Entry, str | None]]) -> list[Accepted]:
        first: dict[tuple[str, str], str] = {}
        for entry, _ in items:  # a double inside one batch: the later one is the double
            first.setdefault((entry.account_id, entry.provider_id), entry.id)
        fresh_items = [item for item in items if first[item[0].account_id, item[0].provider_id] == item[0].id]
        entries = [entry for entry, _ in fresh_items]
        rows = await connection.fetch(
            _ACCEPT,
            [e.id for e in entries],
            [e.account_id for e in entries],
            [e.provider_id for e in entries],
            [str(e.kind) for e in entries],
            [e.thread for e in entries],
            [e.order for e in entries],
            [e.raw for e in entries],
            [e.received_at for e in entries],
            [owner for _, owner in fresh_items],
        )
        stored = {row["id"]: row for row in rows}
        return [
            Accepted(True, stored[entry.id]["owner"] == self._me, stored[entry.id]["seq"])
            if entry.id in stored
            else Accepted(False, True)
            for entry, _ in items
        ]

    async def quarantine(self, connection: Any, entry: Entry, reason: str) -> None:
        await connection.execute(
            f"INSERT INTO journal ({_JOURNAL_COLUMNS}) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,'quarantined',$9)"
            " ON CONFLICT (account_id, provider_id) DO NOTHING",
            entry.id,
            entry.account_id,
            entry.provider_id,
            str(entry.kind),
            entry.thread,
            entry.order,
            entry.raw,
            entry.received_at,
            reason,
        )

    # lanes

    async def load(
        self, connection: Any, keys: Sequence[LaneKey]
    ) -> list[ConversationState | KnownContact | None]:
        rows = await connection.fetch(_LOAD, [k.account_id for k in keys], [k.thread for k in keys])
        found = {(row["account_id"], row["thread"]): row for row in rows}
        cases = await self._cases(connection, [row["contact_id"] for row in rows])
        missing = [key for key in keys if (key.account_id, key.thread) not in found]
        contacts = await self._contacts(connection, missing) if missing else {}
        return [
            _state(found[key.account_id, key.thread], cases)
            if (key.account_id, key.thread) in found
            else contacts.get((key.channel, key.address))
            for key in keys
        ]

    async def _cases(self, connection: Any, contact_ids: list[str]) -> dict[str, list[dict[str, Any]]]:
        if not contact_ids:
            return {}
        rows = await connection.fetch(
            f"SELECT contact_id, {', '.join(CASE_VIEW)} FROM cases WHERE contact_id = ANY($1::varchar[])"
            " ORDER BY opened_at DESC",
            contact_ids,
        )
        by_contact: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            kept = by_contact.setdefault(row["contact_id"], [])
            if len(kept) < 5:
                kept.append({name: row[name] for name in CASE_VIEW})
        return by_contact

    async def _contacts(
        self, connection: Any, keys: Sequence[LaneKey]
    ) -> dict[tuple[str, str], KnownContact]:
        rows = await connection.fetch(
            "SELECT a.channel, a.value, p.id, p.name, p.mode"
            " FROM unnest($1::varchar[], $2::varchar[]) AS k(channel, value)"
            " JOIN addresses a ON a.channel = k.channel AND a.value = k.value"
            " JOIN contacts p ON p.id = a.contact_id",
            [key.channel for key in keys],
            [key.address for key in keys],
        )
        return {
            (row["channel"], row["value"]): KnownContact(id=row["id"], name=row["name"], mode=row["mode"])
            for row in rows
        }

    async def commit(self, connection: Any, turns: Sequence[TurnCommit]) -> list[Committed]:
        async with connection.transaction():
            held = await self._lock_lanes(connection, turns)
            pending = await self._lock_entries(connection, turns)
            versions = await self._lock_conversations(connection, turns)
            results: list[Committed] = []
            good: list[TurnCommit] = []
            for turn in turns:
                outcome = verdict(turn, pending, versions)
                if (turn.account_id, turn.thread) not in held:
                    outcome = "gone"  # another process works on this lane now
                reference = ""
                if outcome == "done":
                    if turn.case_counter:
                        turn, reference = numbered(turn, await self._draw(connection, turn.case_counter))
                    good.append(turn)
                pending.difference_update(turn.journal_ids)  # also twice in one batch is twice
                results.append(Committed(outcome, reference))
            if good:
                await self._apply(connection, good)
            return results

    async def _lock_lanes(self, connection: Any, turns: Sequence[TurnCommit]) -> set[tuple[str, str]]:
        rows = await connection.fetch(
            "SELECT l.account_id, l.thread FROM lanes l JOIN unnest($1::varchar[], $2::varchar[])"
            " AS k(account_id, thread) ON l.account_id = k.account_id AND l.thread = k.thread"
            " WHERE l.owner = $3 ORDER BY l.account_id, l.thread FOR UPDATE OF l",
            [turn.account_id for turn in turns],
            [turn.thread for turn in turns],
            self._me,
        )
        return {(row["account_id"], row["thread"]) for row in rows}

    async def _lock_entries(self, connection: Any, turns: Sequence[TurnCommit]) -> set[str]:
        rows = await connection.fetch(
            "SELECT id FROM journal WHERE id = ANY($1::varchar[]) AND status = 'pending' FOR UPDATE",
            [journal_id for turn in turns for journal_id in turn.journal_ids],
        )
        return {row["id"] for row in rows}

    async def _lock_conversations(self, connection: Any, turns: Sequence[TurnCommit]) -> dict[str, int]:
        ids = [turn.conversation.id for turn in turns if turn.conversation and turn.expected_version]
        if not ids:
            return {}
        rows = await connection.fetch(
            "SELECT id, version FROM conversations WHERE id = ANY($1::varchar[]) ORDER BY id FOR UPDATE", ids
        )
        return {row["id"]: row["version"] for row in rows}

    async def _draw(self, connection: Any, counter: str) -> int:
        return int(
            await connection.fetchval(
                "INSERT INTO counters AS c (name, value) VALUES ($1, 1)"
                " ON CONFLICT (name) DO UPDATE SET value = c.value + 1 RETURNING value",
                counter,
            )
        )

    async def _apply(self, connection: Any, turns: Sequence[TurnCommit]) -> None:
        inserts: dict[str, list[tuple[Any, ...]]] = {}
        updates: list[ConversationState] = []
        for turn in turns:
            for table, rows in turn.inserts.items():
                inserts.setdefault(table, []).extend(rows)
            if turn.conversation is None:
                continue
            if turn.expected_version:
                updates.append(turn.conversation)
            else:
                inserts.setdefault("conversations", []).append(conversation_row(turn.conversation))
        await self._settle_entries(connection, turns)
        if updates:
            await connection.execute(_UPDATE_CONVERSATIONS, *_update_columns(updates))
        for turn in turns:
            await self._apply_changes(connection, turn)
        for table, rows in inserts.items():
            hot = HOT[table]
            ignore = ON_CONFLICT.get(table, "")
            await connection.execute(hot.postgres_insert + ignore, *hot.for_postgres(rows))
        await self._apply_timers(connection, turns)
        contacts = contacts_of(turns)
        if contacts:
            await connection.execute(
                "UPDATE contacts c SET name = coalesce(nullif(u.name, ''), c.name),"
                " language = coalesce(nullif(u.language, ''), c.language), version = c.version + 1"
                " FROM unnest($1::varchar[], $2::varchar[], $3::varchar[]) AS u(name, language, id)"
                " WHERE c.id = u.id",
                *(list(column) for column in zip(*contacts, strict=True)),
            )
        for turn in turns:
            if turn.case_changes or turn.shared_change:
                await self._apply_cases(connection, turn)

    async def _apply_changes(self, connection: Any, turn: TurnCommit) -> None:
        for table, column, value in turn.deletes:
            await connection.execute(f"DELETE FROM {table} WHERE {column} = $1", value)
        for table, row_id, changes in turn.changes:
            sets = ", ".join(f"{name} = ${i + 2}" for i, name in enumerate(changes))
            await connection.execute(f"UPDATE {table} SET {sets} WHERE id = $1", row_id, *changes.values())

    async def _settle_entries(self, connection: Any, turns: Sequence[TurnCommit]) -> None:
        """Entries end, and their lanes' counts with them; a lane where nothing waits is given up."""
        ids = [journal_id for turn in turns for journal_id in turn.journal_ids]
        reasons = [turn.quarantine_reason for turn in turns for _ in turn.journal_ids]
        await connection.execute(
            "UPDATE journal j SET status = CASE WHEN u.reason = '' THEN 'done' ELSE 'quarantined' END,"
            " reason = u.reason FROM unnest($1::varchar[], $2::text[]) AS u(id, reason) WHERE j.id = u.id",
            ids,
            reasons,
        )
        await connection.execute(
            "WITH u AS (SELECT account_id, thread, sum(n)::int AS n FROM"
            " unnest($1::varchar[], $2::varchar[], $3::int[]) AS u(account_id, thread, n) GROUP BY 1, 2),"
            " kept AS (UPDATE lanes l SET pending = l.pending - u.n FROM u WHERE l.account_id = u.account_id"
            " AND l.thread = u.thread AND l.pending > u.n)"
            " DELETE FROM lanes l USING u WHERE l.account_id = u.account_id AND l.thread = u.thread"
            " AND l.pending <= u.n",
            [turn.account_id for turn in turns],
            [turn.thread for turn in turns],
            [len(turn.journal_ids) for turn in turns],
        )

    async def _apply_timers(self, connection: Any, turns: Sequence[TurnCommit]) -> None:
        cancelled, wanted = timers_of(turns)
        if cancelled:
            await connection.execute(
                "UPDATE timers SET status = 'cancelled' WHERE key = ANY($1::varchar[]) AND status = 'waiting'",
                cancelled,
            )
        if wanted:
            hot = HOT["timers"]
            await connection.execute(hot.postgres_insert + TIMER_UPSERT, *hot.for_postgres(wanted))

    async def _apply_cases(self, connection: Any, turn: TurnCommit) -> None:
        for case_id, changes in turn.case_changes:
            sets = ", ".join(
                f"{name} = ({name}::jsonb || ${i + 2}::text::jsonb)::json"
                if isinstance(value, list)
                else f"{name} = ${i + 2}"
                for i, (name, value) in enumerate(changes.items())
            )
            values = [to_json(value) if isinstance(value, list) else value for value in changes.values()]
            await connection.execute(
                f"UPDATE cases SET {sets}, version = version + 1 WHERE id = $1", case_id, *values
            )
        conversation = turn.conversation
        if turn.shared_change and conversation is not None:
            await connection.execute(
                "UPDATE conversations SET version = version + 1 WHERE contact_id = $1 AND id <> $2",
                conversation.contact_id,
                conversation.id,
            )

    # time

    async def fire_timers(
        self, connection: Any, now: datetime, limit: int, owner: str | None
    ) -> tuple[list[Entry], list[DueTimer]]:
        async with connection.transaction():
            rows = await connection.fetch(
                "SELECT id, key, kind, account_id, thread, due_at, payload, attempts FROM timers"
                " WHERE status = 'waiting' AND due_at <= $1 ORDER BY due_at, id LIMIT $2 FOR UPDATE SKIP LOCKED",
                now,
                limit,
            )
            if not rows:
                return [], []
            due = [DueTimer(**{**dict(row), "payload": orjson.loads(row["payload"])}) for row in rows]
            of_threads = [timer for timer in due if timer.thread]
            others = [timer for timer in due if not timer.thread]
            entries = [timer_entry(timer, now) for timer in of_threads]
            accepted = await self.accept(connection, [(entry, owner) for entry in entries]) if entries else []
            await connection.execute(
                "UPDATE timers SET status = 'fired', attempts = attempts + 1 WHERE id = ANY($1::varchar[])",
                [timer.id for timer in of_threads],
            )
            await connection.execute(
                "UPDATE timers SET status = 'running', owner = $2, attempts = attempts + 1"
                " WHERE id = ANY($1::varchar[])",
                [timer.id for timer in others],
                self._me,
            )
        mine = []
        for entry, result in zip(entries, accepted, strict=True):
            entry.seq = result.seq
            if result.fresh and result.mine:
                mine.append(entry)
        return mine, others


def _state(row: Any, cases: dict[str, list[dict[str, Any]]]) -> ConversationState:
    named = dict(row)
    named["state"] = orjson.loads(named["state"])
    return ConversationState(**named, cases=tuple(cases.get(named["contact_id"], ())))


def _update_columns(conversations: Sequence[ConversationState]) -> list[list[Any]]:
    columns: list[list[Any]] = [[conversation.id for conversation in conversations]]
    for name in CONVERSATION_CHANGES:
        values = [getattr(conversation, name) for conversation in conversations]
        columns.append([to_json(value) for value in values] if name == "state" else values)
    return columns
