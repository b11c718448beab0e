"""Brings rows of the inbox in step with the conversations they stand for, and the counts with the rows.

`rank`, smallest first: urgent ones that wait for a person, then what is due, by its instant, then what waits
for a person without a deadline, the longest first, then everything else, the newest first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import bindparam, func, literal, or_, select, update
from sqlalchemy.orm import Session

from bot.records import (
    Case,
    Contact,
    Conversation,
    DeadlineRow,
    InboxCount,
    InboxEntry,
    Message,
    ReceiptOwed,
)
from bot.records.base import table_of
from bot.store.upsert import insert_into

_inbox = table_of(InboxEntry)
_conversations = table_of(Conversation).c
_contacts = table_of(Contact).c
_messages = table_of(Message).c
_deadlines = table_of(DeadlineRow).c
_cases = table_of(Case).c
_receipts = table_of(ReceiptOwed).c
_counts = table_of(InboxCount)

PREVIEW: Final = 160  # characters
_WAITS: Final = 4_000_000_000_000  # after every due instant (milliseconds) of this century
_REST: Final = 10_000_000_000_000
_URGENT: Final = 100_000_000_000_000
COLUMNS: Final = tuple(column.name for column in _inbox.columns)

_BLANK: Final = InboxEntry(conversation_id="").model_dump()

Row = dict[str, Any]
"""A row of the inbox, by column."""


def refresh(session: Session, ids: Sequence[str], now: datetime) -> list[Row]:
    """The rows as they now are; those of `ids` that are no conversations are left out.

    Locks the rows first, in order: of two processes that follow the same change, the later one sees both.
    """
    ids = sorted(set(ids))
    if not ids:
        return []
    known = select(_conversations.id).where(_conversations.id.in_(ids))
    rows = [{**_BLANK, "conversation_id": one} for one in sorted(session.scalars(known))]
    if not rows:
        return []
    session.execute(insert_into(session, _inbox).values(rows).on_conflict_do_nothing())
    mine = [row["conversation_id"] for row in rows]
    before = {
        row.conversation_id: dict(row._mapping)
        for row in session.execute(
            select(_inbox)
            .where(_inbox.c.conversation_id.in_(mine))
            .order_by(_inbox.c.conversation_id)
            .with_for_update()
        )
    }
    after = _as_they_are(session, before, now)
    changed = [row for row in after if row != before[row["conversation_id"]]]
    if changed:
        values: dict[str, Any] = {
            name: bindparam(f"new_{name}", type_=_inbox.c[name].type)
            for name in COLUMNS
            if name != "conversation_id"
        }
        session.execute(
            update(_inbox).where(_inbox.c.conversation_id == bindparam("which")).values(values),
            [
                {"which": row["conversation_id"], **{f"new_{name}": row[name] for name in values}}
                for row in changed
            ],
            execution_options={"synchronize_session": False},
        )
        count(session, [before[row["conversation_id"]] for row in changed], changed)
    return after


def _as_they_are(session: Session, before: dict[str, Row], now: datetime) -> list[Row]:
    ids = list(before)
    owed = _owed(session, ids)
    complaints = set(
        session.scalars(select(_cases.conversation_id).where(_cases.conversation_id.in_(ids), ~_cases.closed))
    )
    found = session.execute(
        select(
            table_of(Conversation),
            _contacts.name.label("contact_name"),
            _messages.text.label("last_text"),
            _messages.direction.label("last_direction"),
            _messages.created_at.label("said_at"),
        )
        .outerjoin(table_of(Contact), _contacts.id == _conversations.contact_id)
        .outerjoin(
            table_of(Message),
            (_messages.conversation_id == _conversations.id) & (_messages.seq == _conversations.last_seq),
        )
        .where(_conversations.id.in_(ids))
        .order_by(_conversations.id)
    )
    return [_row(one, before[one.id], owed.get(one.id), one.id in complaints, now) for one in found]


def _row(one: Any, before: Row, owed: tuple[datetime, str] | None, complaint: bool, now: datetime) -> Row:
    row = before | {
        "contact_id": one.contact_id,
        "contact_name": one.contact_name or "",
        "account_id": one.account_id,
        "channel": one.channel,
        "language": one.language,
        "desk_id": one.desk_id,
        "owner": one.owner,
        "agent_id": one.agent_id if one.owner == "agent" else None,
        "urgent": one.urgent,
        "complaint": complaint,
        "owed_at": owed[0] if owed else None,
        "owed_kind": owed[1] if owed else "",
        "last_at": one.said_at or one.last_inbound_at,
        "last_seq": one.last_seq,
        "last_direction": one.last_direction or "",
        "preview": " ".join((one.last_text or "")[: PREVIEW * 2].split())[:PREVIEW],
        "version": one.version,
    }
    if row["set_at"] is not None and one.last_inbound_at > row["set_at"]:  # the customer wrote since
        row |= {"set_at": None, "set_by": "", "snoozed_until": None, "done": False}
    row["state"] = _state(row, now)
    row["rank"] = rank_of(row)
    return row


def _state(row: Row, now: datetime) -> str:
    if row["done"]:
        return "done"
    if row["snoozed_until"] is not None and row["snoozed_until"] > now:
        return "snoozed"
    wanted = row["owner"] in ("queue", "agent") or row["complaint"] or row["owed_at"] is not None
    return "open" if wanted else "bot"


def rank_of(row: Row) -> int:
    """See the module's docstring; snoozed ones stand by when they come back."""
    if row["state"] == "snoozed":
        return _ms(row["snoozed_until"])
    if row["state"] != "open":
        return _REST - _ms(row["last_at"])
    if row["owed_at"] is not None:
        rank = _ms(row["owed_at"])
    elif row["owner"] == "queue":
        rank = _WAITS + _ms(row["last_at"])
    else:
        rank = _REST - _ms(row["last_at"])
    return rank - _URGENT if row["urgent"] and row["owner"] == "queue" else rank


def _ms(at: datetime) -> int:
    return int(at.astimezone(UTC).timestamp() * 1000)


def _owed(session: Session, ids: Sequence[str]) -> dict[str, tuple[datetime, str]]:
    """The next instant at which something is due by conversation, and what."""
    found: dict[str, tuple[datetime, str]] = {}

    def note(rows: Any) -> None:
        for conversation_id, due_at, kind in rows:
            if conversation_id not in found or due_at < found[conversation_id][0]:
                found[conversation_id] = (due_at, kind)

    note(
        session.execute(
            select(_deadlines.conversation_id, _deadlines.due_at, _deadlines.kind).where(
                _deadlines.conversation_id.in_(ids), _deadlines.status == "running"
            )
        )
    )
    note(
        session.execute(
            select(_cases.conversation_id, _deadlines.due_at, _deadlines.kind)
            .join(table_of(Case), _cases.id == _deadlines.case_id)
            .where(_cases.conversation_id.in_(ids), ~_cases.closed, _deadlines.status == "running")
        )
    )
    note(  # a receipt goes out by itself: it is owed by people once they were told that it did not
        session.execute(
            select(_receipts.conversation_id, _receipts.due_at, literal("receipt")).where(
                _receipts.conversation_id.in_(ids),
                _receipts.acknowledged_at.is_(None),
                _receipts.alerted_at.is_not(None),
            )
        )
    )
    return found


def headings_of(row: Row) -> list[tuple[str, str]]:
    """Under which headings a row is counted."""
    state = row["state"]
    if state != "open":
        return [(state, "")] if state else []
    found = [("open", ""), ("channel", row["channel"]), ("language", row["language"])]
    if row["owner"] == "agent" and row["agent_id"]:
        found.append(("agent", row["agent_id"]))
    elif row["owner"] in ("queue", "agent"):
        found.append(("unassigned", ""))
    if row["desk_id"]:
        found.append(("desk", row["desk_id"]))
    if row["complaint"]:
        found.append(("complaints", ""))
    return found


def count(session: Session, before: Sequence[Row], after: Sequence[Row]) -> None:
    """Move the counts by what changed, in one order: two transactions never wait for each other in a circle."""
    moved: Counter[tuple[str, str]] = Counter()
    for row in after:
        moved.update(headings_of(row))
    for row in before:
        moved.subtract(headings_of(row))
    rows = [
        {"heading": heading, "key": key, "value": by}
        for (heading, key), by in sorted(moved.items())
        if by != 0
    ]
    if not rows:
        return
    statement = insert_into(session, _counts).values(rows)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["heading", "key"],
            set_={"value": _counts.c.value + statement.excluded.value},
        )
    )


def out_of_step(session: Session, after: str, limit: int, now: datetime) -> list[str]:
    """Conversations whose row is missing, older than they are, or due to wake; by id, after `after`."""
    query = (
        select(_conversations.id)
        .outerjoin(_inbox, _inbox.c.conversation_id == _conversations.id)
        .where(
            _conversations.id > after,
            or_(
                _inbox.c.conversation_id.is_(None),
                _inbox.c.version != _conversations.version,
                (_inbox.c.state == "snoozed") & (_inbox.c.snoozed_until <= now),
            ),
        )
        .order_by(_conversations.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def owed_out_of_step(session: Session, limit: int) -> list[str]:
    """Open rows whose due instant is no longer what the deadlines say, and those that have none yet."""
    running = (
        select(
            func.coalesce(_deadlines.conversation_id, _cases.conversation_id).label("id"), _deadlines.due_at
        )
        .outerjoin(table_of(Case), (_cases.id == _deadlines.case_id) & ~_cases.closed)
        .where(_deadlines.status == "running")
        .subquery()
    )
    soonest = (
        select(running.c.id, func.min(running.c.due_at).label("due_at"))
        .where(running.c.id.is_not(None))
        .group_by(running.c.id)
        .subquery()
    )
    unlike = (
        select(_inbox.c.conversation_id)
        .join(soonest, soonest.c.id == _inbox.c.conversation_id)
        .where(
            or_(
                _inbox.c.owed_at.is_(None),
                (_inbox.c.owed_kind != "receipt") & (_inbox.c.owed_at != soonest.c.due_at),
            )
        )
        .limit(limit)
    )
    over = (
        select(_inbox.c.conversation_id)
        .outerjoin(soonest, soonest.c.id == _inbox.c.conversation_id)
        .where(_inbox.c.owed_at.is_not(None), _inbox.c.state == "open", soonest.c.id.is_(None))
        .limit(limit)
    )
    alerted = (
        select(_receipts.conversation_id)
        .join(_inbox, _inbox.c.conversation_id == _receipts.conversation_id)
        .where(
            _receipts.acknowledged_at.is_(None),
            _receipts.alerted_at.is_not(None),
            _inbox.c.owed_at.is_(None),
        )
        .limit(limit)
    )
    return sorted({*session.scalars(unlike), *session.scalars(over), *session.scalars(alerted)})


def recount(session: Session) -> dict[tuple[str, str], int]:
    """The counts as they would be, from the rows alone: what `inbox_counts` must say."""
    counted: Counter[tuple[str, str]] = Counter()
    query = select(_inbox).execution_options(yield_per=2_000)
    for row in session.execute(query):
        counted.update(headings_of(dict(row._mapping)))
    return dict(counted)


def read_rows(session: Session, ids: Sequence[str]) -> list[Row]:
    """Rows of the inbox by conversation, as they stand."""
    query = select(_inbox).where(_inbox.c.conversation_id.in_(ids))
    return [dict(row._mapping) for row in session.execute(query)]
