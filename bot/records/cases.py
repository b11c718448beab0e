"""Complaints, and the counters that number them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from bot.records.base import Record, big_column, id_column, json_column, text_column, time_column


class Case(Record, table=True):
    """A complaint. source: CO-01 … CO-31"""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("reference"),
        Index("ix_cases_contact_id", "contact_id", "opened_at"),
        Index("ix_cases_conversation_id", "conversation_id"),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    reference: str
    contact_id: str = Field(sa_column=id_column(nullable=False))
    conversation_id: str = Field(sa_column=id_column(nullable=False))
    channel: str
    phase: str  # recueil, enregistrement, resolution, cloture, suivi, exploitation. source: CO-03
    closed: bool = False
    desk_id: str
    summary: str = Field(sa_column=text_column())
    object: str  # price, quality, delivery, packaging, other. source: CO-31
    product: str = ""
    order_ref: str = ""
    since: str = ""
    remedy: str = ""
    severity: str = "normal"
    angry: bool = False
    zone: str = ""
    faith: str = "good"  # bad only by a person with evidence. source: CO-24
    evidence: list[Any] = Field(sa_column=json_column())
    notes: list[Any] = Field(sa_column=json_column())
    complete: bool = True  # False: registered as it was when the customer fell silent
    satisfied: bool | None = None  # source: CO-07
    received_at: datetime = Field(sa_column=time_column())
    opened_at: datetime = Field(sa_column=time_column())
    due_at: datetime = Field(sa_column=time_column())
    due_explanation: str = Field(sa_column=text_column())
    answered_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    closed_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    version: int = 1


class Counter(Record, table=True):
    """The last number given out under a name ("RC-2026"). Moved only inside the commit that uses it."""

    __tablename__ = "counters"

    name: str = Field(primary_key=True)
    value: int = Field(sa_column=big_column())
