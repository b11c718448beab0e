"""Who was owed a receipt and has none: an agent is told before the deadline. source: IN-01, CO-20"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import exists, literal, select
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.ids import IdMaker
from bot.records import Alert, Conversation, JournalEntry
from bot.records.base import table_of
from bot.store import changes
from bot.store.port import OverdueReceipt, Store

log = structlog.get_logger()

_journal = table_of(JournalEntry).c
_alerts = table_of(Alert).c
_BATCH = 200


class ReceiptWatch:
    """Two nets: receipts that were promised and did not go out, and messages that nobody has handled at all."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        ids: IdMaker,
        desk: str,
        stuck_after_s: float,
        tell_desk: Callable[[Session, str, str, str, datetime | None], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._desk = desk
        self._stuck_after = timedelta(seconds=stuck_after_s)
        self._tell_desk = tell_desk

    async def tick(self) -> None:
        """Raise one alert for each receipt that is about to be late."""
        now = self._clock.now()
        overdue = await self._store.overdue_receipts(now, _BATCH)
        if overdue:
            await self._store.write(lambda session: self._alert(session, overdue, now))
            log.warning("receipts_about_to_be_late", count=len(overdue))

    def _alert(self, session: Session, overdue: list[OverdueReceipt], now: datetime) -> None:
        for item in overdue:
            conversation = session.get(Conversation, item.conversation_id)
            desk = (conversation.desk_id if conversation else None) or self._desk
            key = f"receipt:{item.journal_id}"
            reason = f"no receipt has gone out yet for a message received at {item.received_at:%H:%M:%S} UTC"
            fresh = changes.raise_alert(
                session,
                self._ids.new(),
                key=key,
                kind="receipt",
                conversation_id=item.conversation_id,
                desk_id=desk,
                reason=reason,
                urgent=True,
                due_at=item.due_at,
                now=now,
            )
            if fresh:
                self._tell_desk(session, desk, key, reason, item.due_at)
        changes.mark_alerted(session, [item.journal_id for item in overdue], now)

    async def find_stuck(self) -> None:
        """A message that waits in the journal may be owed a receipt that nobody knows of yet."""
        now = self._clock.now()
        rows: list[Any] = await self._store.fetch_all(
            select(_journal.id, _journal.account_id, _journal.received_at)
            .where(
                _journal.status == "pending",
                _journal.kind == "message",
                _journal.received_at <= now - self._stuck_after,
                ~exists().where(_alerts.key == literal("stuck:").concat(_journal.id)),
            )
            .limit(_BATCH)
        )
        if rows:
            await self._store.write(lambda session: self._alert_stuck(session, rows, now))

    def _alert_stuck(self, session: Session, rows: list[Any], now: datetime) -> None:
        for row in rows:
            key = f"stuck:{row.id}"
            reason = f"a message on {row.account_id} has been waiting since {row.received_at:%H:%M:%S} UTC"
            fresh = changes.raise_alert(
                session,
                self._ids.new(),
                key=key,
                kind="stuck",
                desk_id=self._desk,
                reason=reason,
                urgent=True,
                now=now,
            )
            if fresh:
                self._tell_desk(session, self._desk, key, reason, None)
