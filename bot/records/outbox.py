"""What goes out: one row a message, one row an attempt, one row a promise of a receipt."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from bot.records.base import Record, id_column, json_column, text_column, time_column


class OutboxMessage(Record, table=True):
    """One message to send. `key` is made from what caused it, so that no cause sends twice.

    status: queued → claimed → accepted → delivered → read, or failed, uncertain, cancelled.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("key"),
        Index(
            "ix_outbox_queued",
            "account_id",
            "priority",
            "id",
            sqlite_where=text("status = 'queued'"),
            postgresql_where=text("status = 'queued'"),
        ),
        Index(
            "ix_outbox_in_doubt",
            "owner",
            sqlite_where=text("status IN ('claimed', 'uncertain')"),
            postgresql_where=text("status IN ('claimed', 'uncertain')"),
        ),
        Index("ix_outbox_provider_id", "account_id", "provider_id"),
        Index("ix_outbox_conversation_id", "conversation_id"),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    key: str
    conversation_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    message_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    account_id: str
    thread: str
    to: str = Field(sa_column=text_column(name="recipient"))
    body: dict[str, Any] = Field(sa_column=json_column())  # text, language, subject, html, buttons, …
    purpose: str  # receipt, reply, service, bulk
    priority: int  # 0 first
    epoch: int | None = None  # ownership epoch of a bot's reply; None for people's and internal messages
    status: str
    attempts: int = 0
    next_at: datetime = Field(sa_column=time_column())
    owner: str | None = None  # the process that holds it
    provider_id: str = ""
    code: str = ""
    error: str = Field(default="", sa_column=text_column())
    created_at: datetime = Field(sa_column=time_column())
    sent_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class Delivery(Record, table=True):
    """One attempt to send, and how it ended."""

    __tablename__ = "deliveries"
    __table_args__ = (Index("ix_deliveries_outbox_id", "outbox_id"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    outbox_id: str = Field(sa_column=id_column(nullable=False))
    attempt: int
    outcome: str  # accepted, not_sent, throttled, rejected, opted_out, uncertain, delivered, read, failed
    provider_id: str = ""
    code: str = ""
    detail: str = Field(default="", sa_column=text_column())
    at: datetime = Field(sa_column=time_column())


class ReceiptOwed(Record, table=True):
    """An inbound message that is owed an acknowledgement, and when it got one. source: IN-01, CO-20"""

    __tablename__ = "receipts"
    __table_args__ = (
        Index(
            "ix_receipts_open",
            "alert_at",
            sqlite_where=text("acknowledged_at IS NULL"),
            postgresql_where=text("acknowledged_at IS NULL"),
        ),
        Index("ix_receipts_outbox_id", "outbox_id"),
    )

    journal_id: str = Field(sa_column=id_column(primary_key=True))
    conversation_id: str = Field(sa_column=id_column(nullable=False))
    channel: str
    received_at: datetime = Field(sa_column=time_column())
    due_at: datetime = Field(sa_column=time_column())
    alert_at: datetime = Field(sa_column=time_column())  # an agent is told then, before the deadline
    outbox_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    acknowledged_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    alerted_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
