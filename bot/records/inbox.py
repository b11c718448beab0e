"""The agents' inbox: one row a conversation in the order people work, what is kept beside it, and the words to search.

`inbox` follows `conversations`, `deadlines` and `cases` (see `bot.inbox.rows`); only who put a conversation aside,
and until when, is its own.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, UniqueConstraint, text
from sqlmodel import Field

from bot.records.base import Record, big_column, id_column, json_column, text_column, time_column


class InboxEntry(Record, table=True):
    """A conversation as the inbox lists it.

    state: bot (nobody needs to look), open, snoozed, done. `rank` orders what is owed first, see `bot.inbox.rows`.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        Index("ix_inbox_rank", "state", "rank", "conversation_id"),
        Index("ix_inbox_agent", "agent_id", "state", "rank", "conversation_id"),
        Index("ix_inbox_desk", "desk_id", "state", "rank", "conversation_id"),
        Index("ix_inbox_channel", "channel", "state", "rank", "conversation_id"),
        Index(
            "ix_inbox_complaints",
            "state",
            "rank",
            "conversation_id",
            sqlite_where=text("complaint"),
            postgresql_where=text("complaint"),
        ),
        Index(
            "ix_inbox_owed",
            "owed_at",
            sqlite_where=text("owed_at IS NOT NULL AND state = 'open'"),
            postgresql_where=text("owed_at IS NOT NULL AND state = 'open'"),
        ),
        Index("ix_inbox_contact_id", "contact_id"),
    )

    conversation_id: str = Field(sa_column=id_column(primary_key=True))
    contact_id: str = Field(default="", sa_column=id_column(nullable=False))
    contact_name: str = ""
    account_id: str = ""
    channel: str = ""
    language: str = ""
    desk_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    owner: str = "bot"
    agent_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    urgent: bool = False
    complaint: bool = False  # has an open case
    state: str = ""  # "" until it is first filled in
    rank: int = Field(default=0, sa_column=big_column())
    owed_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    owed_kind: str = ""  # what is due then: a kind of deadline, or "receipt"
    set_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))  # snoozed or done at
    set_by: str = ""
    snoozed_until: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    done: bool = False
    last_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    last_seq: int = 0
    last_direction: str = ""
    preview: str = Field(default="", sa_column=text_column())
    version: int = 0  # of the conversation it was made from


class InboxCount(Record, table=True):
    """How many conversations stand under a heading; moved in the transaction that moves the conversation."""

    __tablename__ = "inbox_counts"

    heading: str = Field(primary_key=True)  # open, unassigned, agent, complaints, desk, channel, language, …
    key: str = Field(primary_key=True)  # the agent's or desk's id, the channel, the language; else ""
    value: int = Field(sa_column=big_column())


class SearchText(Record, table=True):
    """A message's words, folded as the bot folds them, for the full-text search."""

    __tablename__ = "search_texts"
    __table_args__ = (
        UniqueConstraint("message_id"),
        Index("ix_search_texts_conversation_id", "conversation_id"),
    )

    id: int | None = Field(
        default=None,
        sa_column=Column(
            BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
        ),
    )
    message_id: str = Field(sa_column=id_column(nullable=False))
    conversation_id: str = Field(sa_column=id_column(nullable=False))
    words: str = Field(sa_column=text_column())


class PendingAnswer(Record, table=True):
    """An agent's answer that has not left yet: it can be undone until `due_at`, or was put off to then.

    status: waiting → sent, or undone, or held (something came in between: its agent decides).
    """

    __tablename__ = "pending_answers"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_pending_answers_conversation_id", "conversation_id"),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    key: str  # made by the caller once for each answer
    conversation_id: str = Field(sa_column=id_column(nullable=False))
    agent_id: str = Field(sa_column=id_column(nullable=False))
    agent_name: str
    text: str = Field(sa_column=text_column())
    attachments: list[Any] = Field(sa_column=json_column())
    suggestion: dict[str, Any] = Field(sa_column=json_column())  # entry_id, confidence, use; {} for none
    seen_seq: int  # the last message its agent had on the screen
    later: bool = False  # put off on purpose
    due_at: datetime = Field(sa_column=time_column())
    status: str = "waiting"
    reason: str = Field(default="", sa_column=text_column())  # why it is held
    created_at: datetime = Field(sa_column=time_column())
    ended_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class Draft(Record, table=True):
    """What an agent has begun to write in a conversation."""

    __tablename__ = "drafts"

    conversation_id: str = Field(sa_column=id_column(primary_key=True))
    agent_id: str = Field(sa_column=id_column(primary_key=True))
    text: str = Field(sa_column=text_column())
    seen_seq: int = 0
    updated_at: datetime = Field(sa_column=time_column())


class Mention(Record, table=True):
    """A colleague named in a note."""

    __tablename__ = "mentions"
    __table_args__ = (
        UniqueConstraint("message_id", "agent_id"),
        Index("ix_mentions_agent_id", "agent_id", "seen_at"),
        Index("ix_mentions_conversation_id", "conversation_id"),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    message_id: str = Field(sa_column=id_column(nullable=False))
    conversation_id: str = Field(sa_column=id_column(nullable=False))
    agent_id: str = Field(sa_column=id_column(nullable=False))
    by: str
    created_at: datetime = Field(sa_column=time_column())
    seen_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class ReadyAnswer(Record, table=True):
    """Words that agents use again and again, by language; {name} and the like are filled in."""

    __tablename__ = "ready_answers"
    __table_args__ = (UniqueConstraint("name"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    name: str  # what agents look for
    texts: dict[str, Any] = Field(sa_column=json_column())  # language → words
    desk_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    created_by: str
    updated_at: datetime = Field(sa_column=time_column())


class SuggestionUse(Record, table=True):
    """What an agent made of an answer that was suggested. source: IN-06"""

    __tablename__ = "suggestion_uses"
    __table_args__ = (Index("ix_suggestion_uses_conversation_id", "conversation_id"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    conversation_id: str = Field(sa_column=id_column(nullable=False))
    entry_id: str
    confidence: float
    use: str  # as_is, completed, modified
    agent: str
    at: datetime = Field(sa_column=time_column())
