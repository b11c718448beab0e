"""What came of outreach: signs that a message was seen, answers to its questions, and calls that people make."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from bot.records.base import Record, id_column, text_column, time_column


class OutreachSign(Record, table=True):
    """That a picture was loaded or a link followed, by whom as far as can be told. No address, no program's name.

    kind: open, click. by: person, machine. One row counts all signs of a kind of one message.
    """

    __tablename__ = "outreach_signs"
    __table_args__ = (UniqueConstraint("row_id", "kind", "link_key", "by"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    row_id: str = Field(sa_column=id_column(nullable=False))  # of a recipient or an occurrence
    kind: str
    link_key: str = ""  # of `link`, short enough to be unique by
    link: str = Field(default="", sa_column=text_column())
    by: str
    why: str = ""  # a machine was recognised by: head, prefetch, program, too_soon, burst
    first_at: datetime = Field(sa_column=time_column())
    last_at: datetime = Field(sa_column=time_column())
    times: int = 1


class OutreachAnswer(Record, table=True):
    """What a contact answered to a question that outreach asked. source: SU, PM (a suggestion is stored)

    question: mark, satisfied, suggestion.
    """

    __tablename__ = "outreach_answers"
    __table_args__ = (
        UniqueConstraint("row_id", "question"),
        Index("ix_outreach_answers_contact_id", "contact_id", "at"),
        Index("ix_outreach_answers_source", "source", "at"),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    row_id: str = Field(sa_column=id_column(nullable=False))  # of the occurrence or recipient that asked
    source: str  # "rule:<name>", "campaign:<name>"
    contact_id: str = Field(sa_column=id_column(nullable=False))
    conversation_id: str = Field(sa_column=id_column(nullable=False))
    question: str
    value: str = Field(sa_column=text_column())  # as it was given: "8/10", "yes"; "said" for words
    score: int | None = None  # 1 to 5
    words: str = Field(default="", sa_column=text_column())
    channel: str
    at: datetime = Field(sa_column=time_column())


class PersonTask(Record, table=True):
    """Something a named person is asked to do for a contact. kind: call. status: open, done, dropped."""

    __tablename__ = "person_tasks"
    __table_args__ = (
        UniqueConstraint("key"),
        Index(
            "ix_person_tasks_open",
            "due_at",
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
        Index("ix_person_tasks_contact_id", "contact_id"),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    key: str  # of what caused it: "occurrence:<id>", "answer:<id>": one task a cause
    kind: str = "call"
    source: str  # "rule:<name>", "campaign:<name>"
    contact_id: str = Field(sa_column=id_column(nullable=False))
    owner: str = ""  # the agent's id; "" until somebody takes it
    words: str = Field(sa_column=text_column())  # what to say, in the company's language
    due_at: datetime = Field(sa_column=time_column())
    status: str = "open"
    outcome: str = ""  # reached, no_answer, wrong_number, later, not_needed
    note: str = Field(default="", sa_column=text_column())
    created_at: datetime = Field(sa_column=time_column())
    closed_by: str = ""
    closed_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
