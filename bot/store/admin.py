"""What an operator looks at and sets going again: quarantine and dead letters. Same for both databases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.records import JournalEntry, Lane, OutboxMessage
from bot.records.base import table_of
from bot.store.port import DeadLetter, Quarantined
from bot.store.upsert import insert_into

_FAILED = ("failed", "uncertain")
_journal = table_of(JournalEntry).c
_outbox = table_of(OutboxMessage).c


def quarantined(session: Session, limit: int) -> list[Quarantined]:
    rows: Any = session.execute(
        select(
            _journal.id,
            _journal.account_id,
            _journal.kind,
            _journal.received_at,
            _journal.reason,
            func.length(_journal.raw),
        )
        .where(_journal.status == "quarantined")
        .order_by(_journal.received_at.desc())
        .limit(limit)
    )
    return [
        Quarantined(id=r[0], account_id=r[1], kind=r[2], received_at=r[3], reason=r[4], preview_size=r[5])
        for r in rows
    ]


def requeue(session: Session, ids: Sequence[str]) -> int:
    """Entries go back to their lanes; the sweep finds them there."""
    found: Any = session.execute(
        update(table_of(JournalEntry))
        .where(_journal.id.in_(ids), _journal.status == "quarantined")
        .values(status="pending", reason="")
        .returning(_journal.account_id, _journal.thread)
    ).all()
    for (account_id, thread), count in sorted(Counter((row[0], row[1]) for row in found).items()):
        _lengthen_lane(session, account_id, thread, count)
    return len(found)


def _lengthen_lane(session: Session, account_id: str, thread: str, count: int) -> None:
    """In one statement: the lane's worker counts down at the same time."""
    lanes = table_of(Lane)
    session.execute(
        insert_into(session, lanes)
        .values(account_id=account_id, thread=thread, pending=count)
        .on_conflict_do_update(
            index_elements=["account_id", "thread"], set_={"pending": lanes.c.pending + count}
        )
    )


def dead_letters(session: Session, limit: int) -> list[DeadLetter]:
    rows: Any = session.execute(
        select(table_of(OutboxMessage))
        .where(_outbox.status.in_(_FAILED))
        .order_by(_outbox.id.desc())
        .limit(limit)
    )
    return [
        DeadLetter(
            id=row.id,
            account_id=row.account_id,
            to=row.recipient,
            status=row.status,
            code=row.code,
            error=row.error,
            created_at=row.created_at,
        )
        for row in rows
    ]


def resend(session: Session, ids: Sequence[str]) -> int:
    """Queue again what failed or is uncertain, because a person said so; its own attempts start anew."""
    done: Any = session.execute(
        update(table_of(OutboxMessage))
        .where(_outbox.id.in_(ids), _outbox.status.in_(_FAILED))
        .values(status="queued", attempts=0, owner=None, code="", error="")
    )
    return int(done.rowcount)
