"""What happens around a complaint: its history, its deadlines' neighbours, forwards, compensation, prevention."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, Date, Index, Numeric, UniqueConstraint, text
from sqlmodel import Field

from bot.records.base import Record, id_column, json_column, text_column, time_column


class CaseEvent(Record, table=True):
    """One step in the life of a case: never changed afterwards."""

    __tablename__ = "case_events"
    __table_args__ = (Index("ix_case_events_case_id", "case_id", "id"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    case_id: str = Field(sa_column=id_column(nullable=False))
    at: datetime = Field(sa_column=time_column())
    actor: str  # "bot", "contact", an API token's name, an agent's name
    action: str  # a name of `bot.complaints.lifecycle`
    from_phase: str = ""
    to_phase: str = ""
    note: str = Field(default="", sa_column=text_column())
    detail: dict[str, Any] = Field(sa_column=json_column())


class CaseForward(Record, table=True):
    """A complaint handed to a department, or copied to it after a direct answer. source: CO-06, CO-13"""

    __tablename__ = "case_forwards"
    __table_args__ = (
        Index("ix_case_forwards_case_id", "case_id"),
        Index(
            "ix_case_forwards_open",
            "desk_id",
            sqlite_where=text("answered_at IS NULL AND NOT copied"),
            postgresql_where=text("answered_at IS NULL AND NOT copied"),
        ),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    case_id: str = Field(sa_column=id_column(nullable=False))
    desk_id: str = Field(sa_column=id_column(nullable=False))
    copied: bool = False  # answered directly, the department only learns of it
    question: str = Field(sa_column=text_column())
    answer: str = Field(default="", sa_column=text_column())
    asked_by: str
    asked_at: datetime = Field(sa_column=time_column())
    answered_by: str = ""
    answered_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    reminders: int = 0


class Compensation(Record, table=True):
    """What the customer gets for a complaint. source: CO-26, CO-27

    kind: refund, exchange, service, discount, goodwill. status: proposed, approved, refused, granted.
    """

    __tablename__ = "compensations"
    __table_args__ = (
        Index("ix_compensations_case_id", "case_id"),
        Index("ix_compensations_contact_id", "contact_id", "proposed_at"),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    case_id: str = Field(sa_column=id_column(nullable=False))
    contact_id: str = Field(sa_column=id_column(nullable=False))
    kind: str
    description: str = Field(sa_column=text_column())
    cost: Decimal = Field(sa_column=Column(Numeric(14, 3), nullable=False))  # what it costs the company
    currency: str
    status: str = "proposed"
    needs_approval: bool = False
    reason: str = Field(default="", sa_column=text_column())  # why approval is needed, or why it was refused
    proposed_by: str
    proposed_at: datetime = Field(sa_column=time_column())
    decided_by: str = ""
    decided_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class CaseLink(Record, table=True):
    """Two cases that belong together. kind: same_matter, merged (`other_id` lives on in `case_id`), recurrence."""

    __tablename__ = "case_links"
    __table_args__ = (
        UniqueConstraint("case_id", "other_id"),
        Index("ix_case_links_other_id", "other_id"),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    case_id: str = Field(sa_column=id_column(nullable=False))
    other_id: str = Field(sa_column=id_column(nullable=False))
    kind: str
    note: str = Field(default="", sa_column=text_column())
    created_by: str
    created_at: datetime = Field(sa_column=time_column())


class PreventiveAction(Record, table=True):
    """Something done so that a cause does not come back. source: CO-09. status: open, done, dropped."""

    __tablename__ = "preventive_actions"
    __table_args__ = (UniqueConstraint("key"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    key: str  # what raised it ("recurrence:<product>:<zone>:<since>"), or its own id when a person did
    title: str
    cause: str = ""
    product: str = ""
    zone: str = ""
    cases: list[Any] = Field(sa_column=json_column())  # ids of the cases behind it
    owner: str = ""  # a person's name; "" until somebody takes it
    due_on: date | None = Field(default=None, sa_column=Column(Date(), nullable=True))
    status: str = "open"
    result: str = Field(default="", sa_column=text_column())
    created_by: str
    created_at: datetime = Field(sa_column=time_column())
    closed_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class SurveyAnswer(Record, table=True):
    """What a customer answered to a question about their case, on whatever channel."""

    __tablename__ = "survey_answers"
    __table_args__ = (UniqueConstraint("case_id", "round", "question"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    case_id: str = Field(sa_column=id_column(nullable=False))
    contact_id: str = Field(sa_column=id_column(nullable=False))
    round: int = 1  # a reopened case is asked anew
    question: str
    value: str
    score: int | None = None  # 1 to 5 where the question has marks
    words: str = Field(default="", sa_column=text_column())
    channel: str
    at: datetime = Field(sa_column=time_column())
