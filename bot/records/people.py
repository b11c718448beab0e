"""Who answers: agents and the desks they sit at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from bot.records.base import Record, id_column, json_column, time_column


class Desk(Record, table=True):
    """A department that receives complaints and conversations; kept in step with the configuration."""

    __tablename__ = "desks"

    id: str = Field(sa_column=id_column(primary_key=True))
    names: dict[str, Any] = Field(sa_column=json_column())
    active: bool = True


class Agent(Record, table=True):
    """A person who answers. Roles: agent, complaint_manager, department, marketer, manager, administrator."""

    __tablename__ = "agents"
    __table_args__ = (UniqueConstraint("email"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    name: str
    email: str
    roles: list[str] = Field(sa_column=json_column())
    desk_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    active: bool = True
    created_at: datetime = Field(sa_column=time_column())
