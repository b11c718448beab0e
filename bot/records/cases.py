"""Complaints, and the counters that number them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from bot.records.base import Record, big_column, id_column, json_column, text_column, time_column


class Case(Record, table=True):
    """A complaint. source: CO-01 … CO-31"""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("reference"),
        Index("ix_cases_contact_id", "contact_id", "opened_at"),
        Index("ix_cases_conversation_id", "conversation_id"),
        Index("ix_cases_received_at", "received_at"),
        Index(
            "ix_cases_open", "due_at", sqlite_where=text("NOT closed"), postgresql_where=text("NOT closed")
        ),
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
    code: str = ""  # the company's own code of the matter. source: CO-05
    consequences: str = Field(default="", sa_column=text_column())  # what it caused, in the customer's words
    anomaly: str = Field(
        default="", sa_column=text_column()
    )  # the declaration of what went wrong. source: CO-05
    faith: str = "good"  # bad only by a person with evidence. source: CO-24
    faith_evidence: str = Field(default="", sa_column=text_column())
    fault: str = "undetermined"  # company, customer, undetermined. source: CO-27
    cause: str = ""  # root cause, for the Pareto. source: CO-11
    owner: str = ""  # the named person in charge; "" until somebody takes it
    plan: str = Field(default="", sa_column=text_column())  # the action plan told to the customer
    outcome: str = ""  # settled, refused, withdrawn, merged; "" while open
    reviewer: str = ""  # who looked at it before archiving. source: CO-11
    archived_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    mystery: bool = (
        False  # a mystery customer: timed like the others, left out of the indicators. source: E26
    )
    waiting_at: datetime | None = Field(
        default=None, sa_column=time_column(nullable=True)
    )  # since when we wait for the customer; None: we don't
    told_at: datetime | None = Field(
        default=None, sa_column=time_column(nullable=True)
    )  # customer last heard of it
    reopened: int = 0
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
