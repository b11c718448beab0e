"""The proof for one conversation: which of its messages were owed an acknowledgement, and when it was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.ledger.stories import Story
from bot.records import LedgerRow, Message, ReceiptOwed
from bot.records.base import table_of

_ledger = table_of(LedgerRow).c
_messages = table_of(Message).c
_receipts = table_of(ReceiptOwed).c

MOST: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One message: what was owed, what was given. `rows` of the chain are 0 while it is not sealed yet."""

    message_id: str
    channel: str
    received_at: datetime
    due_at: datetime
    acknowledged_at: datetime | None
    marks: tuple[str, ...]  # of `bot.ledger.stories`, "late" and "never" among them
    waiting: bool
    rows: int
    first_seq: int
    last_seq: int
    hash: str

    @property
    def in_time(self) -> bool:
        return self.acknowledged_at is not None and self.acknowledged_at <= self.due_at


def proofs_of(session: Session, conversation_id: str, now: datetime, *, limit: int = MOST) -> Sequence[Proof]:
    """The newest first."""
    of_talk = select(_messages.id).where(_messages.conversation_id == conversation_id)
    owed = session.execute(
        select(table_of(ReceiptOwed))
        .where(or_(_receipts.journal_id.in_(of_talk), _receipts.outbox_id.in_(of_talk)))
        .order_by(_receipts.received_at.desc(), _receipts.journal_id.desc())
        .limit(limit)
    ).all()
    sealed = _sealed(session, [row.journal_id for row in owed])
    return [_proof(row, sealed.get(row.journal_id, ()), now) for row in owed]


def first_receipt(proofs: Sequence[Proof], received_at: datetime) -> Proof | None:
    """The acknowledgement that a complaint was owed: of its own message, else of the first after it."""
    after = [proof for proof in proofs if proof.received_at >= received_at]
    return after[-1] if after else None


def _sealed(session: Session, ids: Sequence[str]) -> Mapping[str, Sequence[Any]]:
    found: dict[str, list[Any]] = {}
    rows = session.execute(
        select(table_of(LedgerRow)).where(_ledger.journal_id.in_(ids)).order_by(_ledger.seq)
    )
    for row in rows:
        found.setdefault(row.journal_id, []).append(row)
    return found


def _proof(row: Any, sealed: Sequence[Any], now: datetime) -> Proof:
    """The chain's word where it has one; the fact itself until it is sealed."""
    story = Story(journal_id=row.journal_id)
    for one in sealed:
        story.tell(one.kind, one.at, one.payload)
    given = story.acknowledged_at or row.acknowledged_at
    due = story.due_at or row.due_at
    waiting = given is None and now <= due
    marks = story.marks(now) if story.received_at is not None else ()
    if given is not None:
        marks = tuple(mark for mark in marks if mark not in ("never", "unexplained"))
    return Proof(
        message_id=row.journal_id,
        channel=row.channel,
        received_at=story.received_at or row.received_at,
        due_at=due,
        acknowledged_at=given,
        marks=marks,
        waiting=waiting,
        rows=len(sealed),
        first_seq=sealed[0].seq if sealed else 0,
        last_seq=sealed[-1].seq if sealed else 0,
        hash=sealed[-1].hash if sealed else "",
    )
