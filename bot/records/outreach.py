"""What is sent unasked: segments, rules that recur and their occurrences, campaigns and their recipients."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, Date, Index, Numeric, UniqueConstraint, text
from sqlmodel import Field

from bot.records.base import Record, id_column, json_column, text_column, time_column


def _money() -> Column[Decimal]:
    return Column(Numeric(14, 4), nullable=False, server_default="0")


class Segment(Record, table=True):
    """A named group of contacts, as a rule in words: who belongs to it is looked up when it is used."""

    __tablename__ = "segments"
    __table_args__ = (UniqueConstraint("name"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    name: str
    rule: str = Field(sa_column=text_column())
    created_by: str
    created_at: datetime = Field(sa_column=time_column())
    updated_at: datetime = Field(sa_column=time_column())


class OutreachRule(Record, table=True):
    """A message that recurs: a birthday, a reminder before a date, a step after an event. Off until switched on."""

    __tablename__ = "outreach_rules"
    __table_args__ = (UniqueConstraint("name"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    name: str  # "birthday", "card_expiry_30", … of the ready ones, or the company's own
    definition: dict[str, Any] = Field(sa_column=json_column())  # see `scheduler.rules`
    active: bool = False
    version: int = 1
    changed_by: str
    changed_at: datetime = Field(sa_column=time_column())
    planned_until: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class Occurrence(Record, table=True):
    """One message of a rule to one contact for one date: unique, so that no cause sends twice.

    status: planned, sent, skipped, failed, uncertain, stopped.
    """

    __tablename__ = "occurrences"
    __table_args__ = (
        UniqueConstraint("rule_id", "contact_id", "subject_id", "on_date"),
        Index(
            "ix_occurrences_planned",
            "due_at",
            sqlite_where=text("status = 'planned'"),
            postgresql_where=text("status = 'planned'"),
        ),
        Index("ix_occurrences_contact_id", "contact_id", "due_at"),
        Index(
            "ix_occurrences_sent",
            "contact_id",
            "settled_at",
            sqlite_where=text("status IN ('sent', 'uncertain')"),
            postgresql_where=text("status IN ('sent', 'uncertain')"),
        ),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    rule_id: str = Field(sa_column=id_column(nullable=False))
    contact_id: str = Field(sa_column=id_column(nullable=False))
    subject_id: str = ""  # what it is about: a purchase, a card, an appointment; "" for the contact itself
    on_date: date = Field(
        sa_column=Column(Date(), nullable=False)
    )  # of the occasion, the contact's local date
    step: int = 0  # of a sequence
    due_at: datetime = Field(sa_column=time_column())
    status: str
    reason: str = ""  # code of `scheduler.guards` when skipped or stopped
    detail: str = Field(default="", sa_column=text_column())
    channel: str = ""
    cost: Decimal = Field(default=Decimal(0), sa_column=Column(Numeric(12, 4), nullable=False))
    outbox_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    settled_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    opened_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    clicked_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    replied_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    converted_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    income: Decimal | None = Field(default=None, sa_column=Column(Numeric(14, 3), nullable=True))
    currency: str | None = None  # of `income`
    opted_out_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class Campaign(Record, table=True):
    """A message to many, once or in a series. status: draft, planned, running, paused, done, cancelled.

    Of a series each run is a campaign of its own, with the series' id.
    """

    __tablename__ = "campaigns"
    __table_args__ = (UniqueConstraint("name"), Index("ix_campaigns_series_id", "series_id"))

    id: str = Field(sa_column=id_column(primary_key=True))
    name: str
    definition: dict[str, Any] = Field(sa_column=json_column())  # see `scheduler.campaigns`
    status: str = "draft"
    starts_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    ends_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    frozen_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))  # audience fixed
    created_by: str
    created_at: datetime = Field(sa_column=time_column())
    version: int = 1
    series_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    audience: str = Field(
        default="", sa_column=text_column(server_default="")
    )  # the segment's rule, as frozen
    frozen_as_of: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    frozen_upto: str = Field(default="", sa_column_kwargs={"server_default": ""})  # contact: the checkpoint
    planned_count: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # of those that will go
    planned_cost: Decimal = Field(default=Decimal(0), sa_column=_money())
    spent: Decimal = Field(default=Decimal(0), sa_column=_money())
    next_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))  # by the rate
    winner: str = Field(default="", sa_column_kwargs={"server_default": ""})  # variant
    decided_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    decided_why: str = Field(default="", sa_column=text_column(server_default=""))
    finished_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    changed_by: str = Field(default="", sa_column_kwargs={"server_default": ""})
    changed_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class Recipient(Record, table=True):
    """One contact of a campaign: the row's state is the checkpoint.

    status: waiting, sent, skipped, failed, uncertain, cancelled. planned = all rows, and their sums reconcile.
    """

    __tablename__ = "recipients"
    __table_args__ = (
        UniqueConstraint("campaign_id", "contact_id"),
        Index(
            "ix_recipients_waiting",
            "campaign_id",
            "due_at",
            "id",
            sqlite_where=text("status = 'waiting'"),
            postgresql_where=text("status = 'waiting'"),
        ),
        Index("ix_recipients_outbox_id", "outbox_id"),
        Index("ix_recipients_contact_id", "contact_id"),
        Index(
            "ix_recipients_sent",
            "contact_id",
            "settled_at",
            sqlite_where=text("status IN ('sent', 'uncertain')"),
            postgresql_where=text("status IN ('sent', 'uncertain')"),
        ),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    campaign_id: str = Field(sa_column=id_column(nullable=False))
    contact_id: str = Field(sa_column=id_column(nullable=False))
    variant: str = ""
    channel: str = ""
    address: str = Field(default="", sa_column=text_column())
    due_at: datetime = Field(sa_column=time_column())
    status: str
    reason: str = ""
    detail: str = Field(default="", sa_column=text_column())
    cost: Decimal = Field(default=Decimal(0), sa_column=Column(Numeric(12, 4), nullable=False))
    outbox_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    settled_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    opened_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    clicked_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    replied_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    converted_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    income: Decimal | None = Field(default=None, sa_column=Column(Numeric(14, 3), nullable=True))
    currency: str | None = None  # of `income`
    opted_out_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class SentPromotion(Record, table=True):
    """A promotional message that went out, whoever sent it: what the caps count."""

    __tablename__ = "sent_promotions"
    __table_args__ = (Index("ix_sent_promotions_contact_id", "contact_id", "at"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    contact_id: str = Field(sa_column=id_column(nullable=False))
    at: datetime = Field(sa_column=time_column())
    source: str  # "rule:<name>", "campaign:<name>"
    outbox_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
