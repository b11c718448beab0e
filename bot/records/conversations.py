"""What was said: conversations and their messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from bot.records.base import Record, id_column, json_column, text_column, time_column


class Conversation(Record, table=True):
    """One thread of one account.

    `epoch` counts changes of ownership by people: a bot reply decided under an older one is never sent.
    `version` counts every change: a decision made on an older one is made again.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        UniqueConstraint("account_id", "thread"),
        Index("ix_conversations_owner", "owner", "last_inbound_at"),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    account_id: str
    thread: str
    channel: str
    address: str  # where replies go
    contact_id: str = Field(sa_column=id_column(nullable=False, index=True))
    owner: str = "bot"  # bot, queue (handed over, waiting for a person), agent
    agent_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    desk_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    hand_over_reason: str = ""
    urgent: bool = False
    epoch: int = 0
    version: int = 1
    language: str = ""
    state: dict[str, Any] = Field(sa_column=json_column())
    subject: str = Field(default="", sa_column=text_column())  # of the customer's last mail
    last_heard: str = Field(default="", sa_column=text_column())  # provider id of the customer's last message
    last_seq: int = 0  # of its messages
    created_at: datetime = Field(sa_column=time_column())
    last_inbound_at: datetime = Field(sa_column=time_column())


class Message(Record, table=True):
    """One message, either way, or an agent's note. What became of an outgoing one stands in the outbox."""

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("conversation_id", "seq"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    conversation_id: str = Field(sa_column=id_column(nullable=False))
    seq: int
    direction: str  # in, out, note
    author: str  # contact, bot, or the agent's name
    text: str = Field(sa_column=text_column())
    subject: str = Field(default="", sa_column=text_column())
    quoted: str = Field(default="", sa_column=text_column())  # what it quoted, and its signature
    automatic: str = ""  # why no person wrote it (auto-reply, list, own, bounce); "" for people's
    language: str = ""
    attachments: list[Any] = Field(sa_column=json_column())
    buttons: list[Any] = Field(sa_column=json_column())
    choice: str = ""
    template: str = ""
    decided_by: str = ""  # the decider, and why, for the agent who reads along
    why: str = Field(default="", sa_column=text_column())
    provider_id: str = ""
    provider_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    created_at: datetime = Field(sa_column=time_column())
    edited_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
