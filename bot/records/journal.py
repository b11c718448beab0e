"""What came in, before anything is done with it: the journal, its lanes, and the live processes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, Identity, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field

from bot.records.base import Record, big_column, id_column, text_column, time_column


class JournalEntry(Record, table=True):
    """One inbound entry, durable before the provider hears "OK", unique on (account, provider's id)."""

    __tablename__ = "journal"
    __table_args__ = (
        UniqueConstraint("account_id", "provider_id"),
        Index(
            "ix_journal_pending",
            "account_id",
            "thread",
            "seq",
            sqlite_where=text("status = 'pending'"),
            postgresql_where=text("status = 'pending'"),
        ),
        Index(
            "ix_journal_quarantined",
            "received_at",
            sqlite_where=text("status = 'quarantined'"),
            postgresql_where=text("status = 'quarantined'"),
        ),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    # The order of arrival: by the process on SQLite, by the database on PostgreSQL.
    seq: int = Field(sa_column=Column(BigInteger(), Identity(), nullable=False))
    account_id: str
    provider_id: str
    kind: str
    thread: str
    order: int = Field(sa_column=big_column(name="provider_order"))
    raw: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))
    received_at: datetime = Field(sa_column=time_column())
    status: str  # pending, done, quarantined
    reason: str = Field(default="", sa_column=text_column())


class Lane(Record, table=True):
    """Who works on a thread, and how much waits there (PostgreSQL: the lease of a conversation)."""

    __tablename__ = "lanes"
    __table_args__ = (
        Index(
            "ix_lanes_orphaned",
            "account_id",
            sqlite_where=text("owner IS NULL AND pending > 0"),
            postgresql_where=text("owner IS NULL AND pending > 0"),
        ),
        Index("ix_lanes_owner", "owner"),
    )

    account_id: str = Field(primary_key=True)
    thread: str = Field(primary_key=True)
    owner: str | None = None
    pending: int = 0


class Worker(Record, table=True):
    """A live process. Its session holds the advisory lock `lock_key`: the lock gone, the process is dead."""

    __tablename__ = "workers"

    id: str = Field(sa_column=id_column(primary_key=True))
    lock_key: int = Field(sa_column=big_column())
    backend_pid: int
    started_at: datetime = Field(sa_column=time_column())
    seen_at: datetime = Field(sa_column=time_column())


class DoorNote(Record, table=True):
    """What a door must know again after a restart: how far it has read a mailbox, say."""

    __tablename__ = "door_notes"

    account_id: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    value: str = Field(sa_column=text_column())
    at: datetime = Field(sa_column=time_column())
