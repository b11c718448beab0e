"""Who may enter the console: credentials, sessions, links of one use, and what is counted against guessing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from bot.records.base import Record, big_column, id_column, json_column, text_column, time_column


class Credential(Record, table=True):
    """How an agent proves who they are; apart from `agents`, so that lists of people never carry a hash."""

    __tablename__ = "credentials"
    __table_args__ = (UniqueConstraint("oidc_subject"),)

    agent_id: str = Field(sa_column=id_column(primary_key=True))
    password_hash: str | None = None  # Argon2id, in its own notation
    password_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    totp_secret: str | None = None  # sealed with `console.secret`
    totp_step: int = Field(default=0, sa_column=big_column())  # the last one used: none works twice
    recovery_hashes: list[str] = Field(sa_column=json_column())
    oidc_subject: str | None = None  # issuer and subject
    language: str = ""  # of their pages; empty: the company's
    preferences: dict[str, Any] = Field(sa_column=json_column())


class ConsoleSession(Record, table=True):
    """A browser that is signed in. Only the hash of its token is kept."""

    __tablename__ = "console_sessions"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index("ix_console_sessions_agent_id", "agent_id"),
        Index("ix_console_sessions_expires_at", "expires_at"),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    token_hash: str = Field(sa_column=id_column(nullable=False))
    agent_id: str = Field(sa_column=id_column(nullable=False))
    method: str  # password, oidc, reset
    address: str  # the client's
    device: str = Field(sa_column=text_column())
    created_at: datetime = Field(sa_column=time_column())
    seen_at: datetime = Field(sa_column=time_column())
    expires_at: datetime = Field(sa_column=time_column())
    ended_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    ended_because: str = ""


class ConsoleLink(Record, table=True):
    """A link of one use, sent by e-mail. Only its hash is kept."""

    __tablename__ = "console_links"
    __table_args__ = (Index("ix_console_links_agent_id", "agent_id"),)

    token_hash: str = Field(sa_column=id_column(primary_key=True))
    agent_id: str = Field(sa_column=id_column(nullable=False))
    purpose: str  # reset, invite
    created_at: datetime = Field(sa_column=time_column())
    expires_at: datetime = Field(sa_column=time_column())
    used_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class SignInCount(Record, table=True):
    """Attempts that failed, by account and by the client's address."""

    __tablename__ = "sign_in_counts"

    key: str = Field(sa_column=id_column(primary_key=True))
    count: int
    since: datetime = Field(sa_column=time_column())
    locked_until: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
