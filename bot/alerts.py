"""What a person must look at, as rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from bot.store.tables import row

AlertKind = Literal[
    "hand_over", "receipt", "stuck", "quarantine", "uncertain", "failed", "reopened", "recurrence", "approval",
    "suggestion", "due_soon", "overdue", "moved", "low_mark", "call",
]  # fmt: skip


def alert_row(
    alert_id: str,
    *,
    key: str,
    kind: AlertKind,
    reason: str,
    now: datetime,
    conversation_id: str | None = None,
    desk_id: str | None = None,
    urgent: bool = False,
    due_at: datetime | None = None,
) -> tuple[Any, ...]:
    """One alert a key: raising it again changes nothing."""
    return row(
        "alerts",
        id=alert_id,
        key=key,
        kind=kind,
        desk_id=desk_id,
        conversation_id=conversation_id,
        reason=reason,
        urgent=urgent,
        due_at=due_at,
        created_at=now,
        seen_at=None,
    )
