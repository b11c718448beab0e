"""What people should see and what was done: alerts and the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from bot.records.base import Record, id_column, json_column, text_column, time_column


class Alert(Record, table=True):
    """Something a person must look at. One alert a key."""

    __tablename__ = "alerts"
    __table_args__ = (
        UniqueConstraint("key"),
        Index(
            "ix_alerts_open",
            "created_at",
            sqlite_where=text("seen_at IS NULL"),
            postgresql_where=text("seen_at IS NULL"),
        ),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    key: str
    kind: str  # hand_over, receipt, stuck, quarantine, uncertain, failed, reopened, recurrence
    desk_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    conversation_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    reason: str = Field(sa_column=text_column())
    urgent: bool = False
    due_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    created_at: datetime = Field(sa_column=time_column())
    seen_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class AuditEntry(Record, table=True):
    """Who did what to what, never changed afterwards. source: IN-13"""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_object", "object_kind", "object_id"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    at: datetime = Field(sa_column=time_column())
    actor: str  # "bot", an API token's name, an agent's id, "operator"
    action: str
    object_kind: str
    object_id: str
    detail: dict[str, Any] = Field(sa_column=json_column())
