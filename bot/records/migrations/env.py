"""Runs migrations on the connection that `bot.records.migrate` opened."""

from typing import Any, Literal

from alembic import context
from sqlmodel.sql.sqltypes import AutoString

import bot.records as records
from bot.records.base import UtcDateTime

connection = context.config.attributes["connection"]


def render_item(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """Write our types as what they are in the database, so that old migrations need no code of ours."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, AutoString):
        return "sa.String()"
    return False


context.configure(
    connection=connection,
    target_metadata=records.Record.metadata,
    render_as_batch=True,
    compare_type=True,
    transaction_per_migration=False,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
