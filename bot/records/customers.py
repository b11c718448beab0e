"""What is known of a customer besides words: purchases, quotes, equipment, loyalty, appointments, wishes.

Brought in by file, by API or by hand. `external_id` is the number the row has in the system it came from, so
that bringing it in twice changes nothing.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, Date, Index, Numeric, UniqueConstraint, text
from sqlmodel import Field

from bot.records.base import Record, id_column, json_column, text_column, time_column


def _money(**kw: Any) -> Column[Decimal]:
    kw.setdefault("nullable", False)
    return Column(Numeric(14, 3), **kw)


class Purchase(Record, table=True):
    """One line of an order or invoice. status: ordered, delivered, cancelled, returned."""

    __tablename__ = "purchases"
    __table_args__ = (
        UniqueConstraint("external_id"),
        # The rest of what segments ask is in the indexes too: a million contacts are counted without the table.
        Index("ix_purchases_contact_id", "contact_id", "at", "status", "order_ref", "amount", "currency"),
        Index("ix_purchases_organisation_id", "organisation_id"),
        Index("ix_purchases_product", "product", "at", "contact_id", "status"),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    external_id: str | None = None
    contact_id: str = Field(sa_column=id_column(nullable=False))
    organisation_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    order_ref: str = ""
    at: datetime = Field(sa_column=time_column())
    product: str
    product_range: str = ""
    quantity: Decimal = Field(default=Decimal(1), sa_column=_money())
    amount: Decimal = Field(sa_column=_money())  # of the line, tax included
    currency: str
    channel: str = ""
    status: str = "ordered"
    delivered_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    created_at: datetime = Field(sa_column=time_column())


class Quote(Record, table=True):
    """An offer made. status: open, accepted, refused, expired."""

    __tablename__ = "quotes"
    __table_args__ = (
        UniqueConstraint("external_id"),
        Index("ix_quotes_contact_id", "contact_id", "issued_at"),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    external_id: str | None = None
    contact_id: str = Field(sa_column=id_column(nullable=False))
    reference: str
    issued_at: datetime = Field(sa_column=time_column())
    valid_until: date | None = Field(default=None, sa_column=Column(Date(), nullable=True))
    amount: Decimal = Field(sa_column=_money())
    currency: str
    summary: str = Field(default="", sa_column=text_column())
    status: str = "open"
    created_at: datetime = Field(sa_column=time_column())


class Equipment(Record, table=True):
    """A machine or vehicle that wants service now and then. source: domain §6"""

    __tablename__ = "equipment"
    __table_args__ = (
        UniqueConstraint("external_id"),
        Index("ix_equipment_contact_id", "contact_id"),
        Index("ix_equipment_next_service_on", "next_service_on"),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    external_id: str | None = None
    contact_id: str = Field(sa_column=id_column(nullable=False))
    product: str
    serial: str = ""
    installed_on: date | None = Field(default=None, sa_column=Column(Date(), nullable=True))
    service_every_months: int | None = None
    last_service_on: date | None = Field(default=None, sa_column=Column(Date(), nullable=True))
    next_service_on: date | None = Field(default=None, sa_column=Column(Date(), nullable=True))
    created_at: datetime = Field(sa_column=time_column())


class LoyaltyAccount(Record, table=True):
    """A loyalty card: points, and until when it holds. source: domain §7 LO"""

    __tablename__ = "loyalty_accounts"
    __table_args__ = (
        UniqueConstraint("number"),
        Index("ix_loyalty_accounts_contact_id", "contact_id"),
        Index("ix_loyalty_accounts_expires_on", "expires_on"),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    number: str
    contact_id: str = Field(sa_column=id_column(nullable=False))
    points: int = 0
    rewards: int = 0  # gift cheques that can be used now
    opened_on: date = Field(sa_column=Column(Date(), nullable=False))
    expires_on: date | None = Field(default=None, sa_column=Column(Date(), nullable=True))
    renewed_on: date | None = Field(default=None, sa_column=Column(Date(), nullable=True))
    created_at: datetime = Field(sa_column=time_column())


class Appointment(Record, table=True):
    """A meeting. status: proposed, booked, changed, cancelled, held, missed. source: domain §7 AP"""

    __tablename__ = "appointments"
    __table_args__ = (
        Index("ix_appointments_contact_id", "contact_id", "starts_at"),
        Index(
            "ix_appointments_taken",
            "resource",
            "starts_at",
            unique=True,
            sqlite_where=text("status IN ('booked', 'changed')"),
            postgresql_where=text("status IN ('booked', 'changed')"),
        ),
        Index("ix_appointments_token", "token"),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    contact_id: str = Field(sa_column=id_column(nullable=False))
    conversation_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    kind: str
    resource: str  # who or what is met: an agent, a desk, a workshop bay
    starts_at: datetime = Field(sa_column=time_column())
    ends_at: datetime = Field(sa_column=time_column())
    place: str = ""
    status: str
    outcome: str = ""  # accepted, refused, proposal, … drives the follow-up. source: CH-15
    recap: str = Field(default="", sa_column=text_column())
    sequence: int = 0  # of the calendar file: a change counts up. source: RFC 5545 §3.8.7.4
    token: str = ""  # of its calendar file's address, secret
    offered_until: datetime | None = Field(
        default=None, sa_column=time_column(nullable=True)
    )  # a proposed one
    settled_at: datetime | None = Field(
        default=None, sa_column=time_column(nullable=True)
    )  # outcome written down
    created_at: datetime = Field(sa_column=time_column())
    updated_at: datetime = Field(sa_column=time_column())


class AppointmentCell(Record, table=True):
    """Five minutes of somebody's or something's time that an appointment holds: nobody else can hold them."""

    __tablename__ = "appointment_cells"
    __table_args__ = (Index("ix_appointment_cells_appointment_id", "appointment_id"),)

    resource: str = Field(primary_key=True)
    at: datetime = Field(sa_column=time_column(primary_key=True))
    appointment_id: str = Field(sa_column=id_column(nullable=False))


class Interest(Record, table=True):
    """A subject the contact said they want to hear of."""

    __tablename__ = "interests"
    __table_args__ = (UniqueConstraint("contact_id", "topic"), Index("ix_interests_topic", "topic"))

    id: str = Field(sa_column=id_column(primary_key=True))
    contact_id: str = Field(sa_column=id_column(nullable=False))
    topic: str
    source: str
    at: datetime = Field(sa_column=time_column())


class WaitingPlace(Record, table=True):
    """A place in the list of those who wait for a product; served in order. source: E9

    status: waiting, told, bought, left.
    """

    __tablename__ = "waiting_places"
    __table_args__ = (
        UniqueConstraint("contact_id", "product"),
        Index("ix_waiting_places_product", "product", "status", "at"),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    contact_id: str = Field(sa_column=id_column(nullable=False))
    product: str
    quantity: Decimal = Field(default=Decimal(1), sa_column=_money())
    at: datetime = Field(sa_column=time_column())
    status: str = "waiting"


class DataImport(Record, table=True):
    """One file brought in: how it was read, how far it got, what was wrong with it."""

    __tablename__ = "imports"

    id: str = Field(sa_column=id_column(primary_key=True))
    kind: str  # contacts, purchases, quotes, equipment, loyalty, appointments, waiting
    file_name: str
    file_hash: str  # of its bytes: the same file goes on where it stopped
    mapping: dict[str, Any] = Field(sa_column=json_column())
    options: dict[str, Any] = Field(sa_column=json_column())
    status: str  # running, stopped, done, failed
    rows: int = 0  # read so far
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    started_by: str
    started_at: datetime = Field(sa_column=time_column())
    finished_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class ImportFault(Record, table=True):
    """A row of a file that was not taken, or taken with a doubt, and why, in words."""

    __tablename__ = "import_faults"
    __table_args__ = (Index("ix_import_faults_import_id", "import_id", "line"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    import_id: str = Field(sa_column=id_column(nullable=False))
    line: int  # of the file, the heading is 1
    column: str = ""
    code: str  # bad_phone, bad_date, double, …
    detail: dict[str, Any] = Field(sa_column=json_column())  # what the sentence needs
    refused: bool = True
