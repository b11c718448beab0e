"""What is learned from people: unanswered questions, phrasings and entries beside the files, intents set right."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field

from bot.records.base import Record, id_column, json_column, text_column, time_column


def _standing(name: str) -> Index:
    """The same words stand once; taken back, they may be learned again."""
    return Index(
        name,
        "key",
        unique=True,
        sqlite_where=text("withdrawn_at IS NULL"),
        postgresql_where=text("withdrawn_at IS NULL"),
    )


class FaqCandidate(Record, table=True):
    """A customer's words that got no answer, or a wrong one: material for the FAQ.

    Masked before they are kept. One row for each time it was said; the same words have the same key.
    """

    __tablename__ = "faq_candidates"
    __table_args__ = (
        Index(
            "ix_faq_candidates_open",
            "key",
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
        Index("ix_faq_candidates_conversation_id", "conversation_id"),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    conversation_id: str = Field(sa_column=id_column(nullable=False))
    message_id: str = Field(default="", sa_column=id_column(nullable=False))
    text: str = Field(sa_column=text_column())
    key: str = ""  # "" in rows of earlier releases, until they are masked
    language: str = ""
    reason: str = "unanswered"  # unanswered, suggested (entries were offered), corrected, disliked
    nearest: list[Any] = Field(sa_column=json_column())  # [entry id, confidence], best first, at that time
    wish: str = ""  # what the message was taken for
    answer: str = Field(default="", sa_column=text_column())  # what an agent answered then, masked
    status: str = "open"  # open, accepted, dismissed
    entry_id: str = ""  # the entry it was accepted into
    decided_by: str = ""
    decided_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    created_at: datetime = Field(sa_column=time_column())


class FaqChoice(Record, table=True):
    """The entry a customer picked from what was suggested for a candidate."""

    __tablename__ = "faq_choices"

    id: str = Field(sa_column=id_column(primary_key=True))
    candidate_id: str = Field(sa_column=id_column(nullable=False, index=True))
    entry_id: str
    created_at: datetime = Field(sa_column=time_column())


class LearnedPhrasing(Record, table=True):
    """A way of asking that belongs to an entry, beside those of the files."""

    __tablename__ = "learned_phrasings"
    __table_args__ = (_standing("uq_learned_phrasings_standing"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    entry_id: str
    language: str
    text: str = Field(sa_column=text_column())
    key: str
    candidate_id: str = Field(default="", sa_column=id_column(nullable=False))
    created_by: str
    created_at: datetime = Field(sa_column=time_column())
    withdrawn_by: str = ""
    withdrawn_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class LearnedEntry(Record, table=True):
    """An entry made from what was asked; its phrasings are learned ones."""

    __tablename__ = "learned_entries"

    id: str = Field(sa_column=id_column(primary_key=True))
    category: str
    answers: dict[str, str] = Field(sa_column=json_column())  # by language
    created_by: str
    created_at: datetime = Field(sa_column=time_column())
    changed_at: datetime = Field(sa_column=time_column())
    withdrawn_by: str = ""
    withdrawn_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class IntentCorrection(Record, table=True):
    """What a message really wants, by a person's word."""

    __tablename__ = "intent_corrections"
    __table_args__ = (_standing("uq_intent_corrections_standing"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    text: str = Field(sa_column=text_column())
    key: str
    wishes: list[Any] = Field(sa_column=json_column())  # names of wishes, such as "complaint"
    created_by: str
    created_at: datetime = Field(sa_column=time_column())
    withdrawn_by: str = ""
    withdrawn_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
