"""What became of messages handed over: the outbox's word, brought back to the rows that planned them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Table, func, select, update
from sqlalchemy.orm import Session

from bot.records import OutboxMessage
from bot.records.base import table_of

SETTLED_WITHIN = timedelta(days=3)
FAILED: Mapping[str, str] = {"failed": "failed", "uncertain": "uncertain", "cancelled": "skipped"}
"""Status of the outbox row → status of the row that planned it."""

ARRIVED: Mapping[str, str] = dict.fromkeys(("accepted", "delivered", "read"), "sent")

News = tuple[str, str, str]
"""Id of the row that planned a message, status of the message, code."""

_CHANGEABLE = ("sent", "failed", "uncertain")
_outbox = table_of(OutboxMessage).c


def news_of(session: Session, planned: Table, prefix: str, now: datetime) -> list[News]:
    """Rows whose message, made lately under `prefix` and their id, failed or is in doubt."""
    recent = f"{int((now - SETTLED_WITHIN).timestamp() * 1000):012x}"  # ids begin with their time
    rows = session.execute(
        select(planned.c.id, _outbox.status, _outbox.code)
        .join(table_of(OutboxMessage), func.substr(_outbox.key, len(prefix) + 1) == planned.c.id)
        .where(
            _outbox.id > recent,
            _outbox.status.in_(list(FAILED)),
            _outbox.key.startswith(prefix),
            planned.c.status == "sent",
        )
    )
    return [(row.id, row.status, row.code) for row in rows]


def feed_back(
    session: Session, planned: Table, news: Sequence[News], outcomes: Mapping[str, str] = FAILED
) -> int:
    """Write these outcomes on the rows; how many were still unknown."""
    changed = 0
    for row_id, status, code in news:
        done = session.execute(
            update(planned)
            .where(planned.c.id == row_id, planned.c.status.in_(_CHANGEABLE))
            .values(status=outcomes[status], reason="" if outcomes[status] == "sent" else code or status)
        )
        changed += done.rowcount  # type: ignore[attr-defined]
    return changed
