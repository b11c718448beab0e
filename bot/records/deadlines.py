"""What is due: one row a promise, with the instant, the reason in words and what became of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Date, Index, UniqueConstraint, text
from sqlmodel import Field

from bot.records.base import Record, id_column, json_column, text_column, time_column


class DeadlineRow(Record, table=True):
    """One promise. (The promise of an acknowledgement is a `ReceiptOwed`: it is made on the hot path.)

    kind: first_answer, next_answer, progress, resolution, department.
    status: running, paused, met, missed (kept too late, or not at all when it ended), cancelled.
    """

    __tablename__ = "deadlines"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_deadlines_case_id", "case_id"),
        Index("ix_deadlines_conversation_id", "conversation_id"),
        Index(
            "ix_deadlines_next_at",
            "next_at",
            sqlite_where=text("status = 'running'"),
            postgresql_where=text("status = 'running'"),
        ),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    key: str  # "case:<id>:resolution", "case:<id>:progress:3", "forward:<id>": one promise a key
    kind: str
    case_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    conversation_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    desk_id: str = Field(sa_column=id_column(nullable=False))
    rule: dict[str, Any] = Field(sa_column=json_column())  # what it was computed with, to compute it again
    started_at: datetime = Field(sa_column=time_column())
    due_at: datetime = Field(sa_column=time_column())
    explanation: dict[str, Any] = Field(sa_column=json_column())  # language -> one line
    calendar_version: str = ""
    provisional: bool = False  # rests on a feast whose date is only estimated
    status: str = "running"
    next_at: datetime = Field(sa_column=time_column())  # when to look next: warning, due instant, escalation
    warned_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    breached_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))  # = due_at
    level: int = 0  # of escalation: 1 agent, 2 complaint manager, 3 management
    paused_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    met_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    history: list[Any] = Field(sa_column=json_column())  # moves: {at, from, to, why, by}
    version: int = 1


class CalendarChange(Record, table=True):
    """What an operator said of a day, over the configuration: the newest word on a day is in force.

    kind: feast (a provisional feast confirmed or moved: `day` → `new_day`), closure, worked, hours.
    """

    __tablename__ = "calendar_changes"
    __table_args__ = (Index("ix_calendar_changes_day", "day"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    kind: str
    day: date = Field(sa_column=Column(Date(), nullable=False))
    new_day: date | None = Field(default=None, sa_column=Column(Date(), nullable=True))
    until: date | None = Field(default=None, sa_column=Column(Date(), nullable=True))  # last day of a span
    hours: list[Any] = Field(sa_column=json_column())  # "08:00-12:00", … for kind hours
    name: str = Field(default="", sa_column=text_column())
    actor: str
    at: datetime = Field(sa_column=time_column())
    withdrawn_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
