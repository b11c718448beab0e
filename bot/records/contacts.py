"""Who writes to us: contacts, their many addresses, their organisations, their word about messages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Date, Index, UniqueConstraint, text
from sqlmodel import Field

from bot.records.base import Record, id_column, json_column, text_column, time_column


class Organisation(Record, table=True):
    """A customer company with several contacts (B2B)."""

    __tablename__ = "organisations"

    id: str = Field(sa_column=id_column(primary_key=True))
    name: str
    country: str = ""
    owner_agent_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    created_at: datetime = Field(sa_column=time_column())


class Contact(Record, table=True):
    """A person, whatever the channel. `version` guards against crossing edits."""

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("external_id"),
        Index(
            "ix_contacts_birthday",
            "birthday",
            sqlite_where=text("birthday <> ''"),
            postgresql_where=text("birthday <> ''"),
        ),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    name: str = ""
    language: str = ""
    timezone: str = ""
    country: str = ""
    zone: str = ""
    organisation_id: str | None = Field(default=None, sa_column=id_column(nullable=True, index=True))
    organisation_role: str = ""  # decider, buyer, user, prescriber, adviser, filter. source: domain §1
    owner_agent_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    source_channel: str  # of the first contact. source: CH-02
    preferred_channel: str = ""  # source: CH-30
    external_id: str | None = None  # in the system it was brought in from
    born_on: date | None = Field(default=None, sa_column=Column(Date(), nullable=True))
    birthday: str = ""  # "03-05": month and day, also where the year is not known
    stage: str = "prospect"  # prospect, new, regular, lost. source: domain §7 SE
    tier: str = "reply_only"  # none, reply_only, post_purchase, periodic, dedicated. source: domain §7 SE
    mode: str = ""  # low_contact, discreet; "" for everybody else. source: domain §7 PR
    tags: list[str] = Field(sa_column=json_column())
    fields: dict[str, Any] = Field(
        sa_column=json_column()
    )  # the company's own, as its configuration names them
    created_at: datetime = Field(sa_column=time_column())
    updated_at: datetime = Field(sa_column=time_column())
    version: int = 1


class Address(Record, table=True):
    """One way to reach a contact; an address belongs to one contact."""

    __tablename__ = "addresses"
    __table_args__ = (UniqueConstraint("channel", "value"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    contact_id: str = Field(sa_column=id_column(index=True, nullable=False))
    channel: str
    value: str  # normalised as the channel's door gives it
    state: str = "ok"  # ok, soft_bounce, hard_bounce, blocked
    state_reason: str = ""
    verified_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    created_at: datetime = Field(sa_column=time_column())


class Consent(Record, table=True):
    """One word of a contact about messages; the newest row of (contact, channel, purpose) is in force."""

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_in_force", "contact_id", "channel", "purpose", "at"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    contact_id: str = Field(sa_column=id_column(nullable=False))
    channel: str  # "" = every channel
    purpose: str  # service, information, offers, all
    granted: bool
    at: datetime = Field(sa_column=time_column())
    source: str  # "message", "form", "import", "provider"
    wording: str = Field(sa_column=text_column())
    message_id: str | None = Field(default=None, sa_column=id_column(nullable=True))


class SamePerson(Record, table=True):
    """Two contacts that may be one person, why, and what a person said to it.

    `moved` holds what a merge changed, so that it can be undone.
    """

    __tablename__ = "same_person"
    __table_args__ = (UniqueConstraint("contact_id", "other_id"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    contact_id: str = Field(sa_column=id_column(nullable=False))  # the older one, which stays
    other_id: str = Field(sa_column=id_column(nullable=False, index=True))
    evidence: list[Any] = Field(sa_column=json_column())
    status: str = "open"  # open, merged, dismissed, undone
    moved: dict[str, Any] = Field(sa_column=json_column())
    created_at: datetime = Field(sa_column=time_column())
    decided_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    decided_by: str = ""
