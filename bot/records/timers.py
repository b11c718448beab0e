"""When: timers, and the slots of recurring jobs already run."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from bot.records.base import Record, id_column, json_column, time_column


class Timer(Record, table=True):
    """Something due at an instant. With a thread it wakes that conversation, else a handler of its kind."""

    __tablename__ = "timers"
    __table_args__ = (
        UniqueConstraint("key"),
        Index(
            "ix_timers_due",
            "due_at",
            sqlite_where=text("status = 'waiting'"),
            postgresql_where=text("status = 'waiting'"),
        ),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    key: str  # one timer a key: setting it again moves it
    kind: str
    account_id: str = ""
    thread: str = ""
    due_at: datetime = Field(sa_column=time_column())
    payload: dict[str, Any] = Field(sa_column=json_column())
    status: str  # waiting, running, fired, cancelled
    owner: str | None = None
    attempts: int = 0
    created_at: datetime = Field(sa_column=time_column())


class JobRun(Record, table=True):
    """One run of a recurring job: whoever inserts the slot first runs it, on whatever machine."""

    __tablename__ = "job_runs"

    job: str = Field(primary_key=True)
    slot: datetime = Field(sa_column=time_column(primary_key=True))
    owner: str
