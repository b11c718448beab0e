"""The proof: what was owed, tried, taken and delivered, each row bound to the one before it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, String, UniqueConstraint
from sqlmodel import Field

from bot.records.base import Record, id_column, text_column, time_column


class LedgerRow(Record, table=True):
    """One sealed fact about one inbound message. Never changed, never removed: the database refuses it.

    kind: received, attempt, accepted, moved, alerted, delivered, erased. The facts themselves stand in `receipts`,
    `deliveries` and `outbox`; nothing here names a person.
    """

    __tablename__ = "ledger"
    __table_args__ = (UniqueConstraint("key"), Index("ix_ledger_journal_id", "journal_id", "seq"))

    # Without gaps, from 1: given by the sealer, not by the database.
    seq: int = Field(sa_column=Column(BigInteger(), primary_key=True, autoincrement=False))
    at: datetime = Field(sa_column=time_column())  # when it happened
    sealed_at: datetime = Field(sa_column=time_column())
    kind: str
    key: str  # one row a fact
    journal_id: str = Field(sa_column=id_column(nullable=False))
    payload: str = Field(sa_column=text_column())  # canonical JSON, to the byte
    prev: str = Field(sa_column=Column(String(64), nullable=False))
    hash: str = Field(sa_column=Column(String(64), nullable=False))


class LedgerOpen(Record, table=True):
    """An inbound message whose acknowledgement the sealer still waits for. Working notes, not a proof."""

    __tablename__ = "ledger_open"

    journal_id: str = Field(sa_column=id_column(primary_key=True))
    outbox_id: str = ""  # the receipt it was promised when last looked at
    alerted: bool = False


class Suppression(Record, table=True):
    """An address that may get nothing promotional though nobody knows whose it was: a keyed hash of it.

    Written when a person who had opted out is erased; the answer outlives the name.
    """

    __tablename__ = "suppressions"

    hash: str = Field(sa_column=Column(String(64), primary_key=True))
    purpose: str = Field(primary_key=True)  # as in `consents`
    channel: str = Field(primary_key=True)  # "" = every channel
    at: datetime = Field(sa_column=time_column())
