"""The rule of `scheduler.consent` as SQL, for whole audiences in one statement; the same text on both databases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, false, func, not_, or_, select, true

from bot.records import Consent
from bot.records.base import table_of
from scheduler.consent import UNDATED

Text = str | ColumnElement[str]


def refused(
    contact_id: ColumnElement[str], channel: Text, purpose: Text, at: datetime
) -> ColumnElement[bool]:
    """Whether a no is in force. `channel` and `purpose` may be columns of the audience."""
    return not_(func.coalesce(_in_force(contact_id, channel, purpose, at), true()))


def granted(
    contact_id: ColumnElement[str], channel: Text, purpose: Text, at: datetime
) -> ColumnElement[bool]:
    """Whether a yes is in force."""
    return func.coalesce(_in_force(contact_id, channel, purpose, at), false())


def may_get(
    contact_id: ColumnElement[str], channel: Text, purpose: Text, at: datetime, *, needs_yes: bool
) -> ColumnElement[bool]:
    """Whether the ledger lets a message of this purpose go, as `Standing.allows` says of one contact."""
    return func.coalesce(_in_force(contact_id, channel, purpose, at), false() if needs_yes else true())


def _in_force(
    contact_id: ColumnElement[str], channel: Text, purpose: Text, at: datetime
) -> ColumnElement[bool]:
    """What the word in force says, null where none does: one look into the index a contact."""
    word = table_of(Consent).alias("word")
    weak = and_(word.c.granted, word.c.source == UNDATED)
    newest = (
        select(word.c.granted)
        .where(_speaks(word, contact_id, channel, purpose, at))
        .order_by(weak, word.c.at.desc(), word.c.granted)
        .limit(1)
    )
    return newest.correlate_except(word).scalar_subquery()


def _speaks(
    row: FromClause, contact_id: ColumnElement[str], channel: Text, purpose: Text, at: datetime
) -> ColumnElement[bool]:
    column: Any = row.c
    return and_(
        column.contact_id == contact_id,
        or_(column.channel == "", column.channel == channel),
        or_(column.purpose == "all", column.purpose == purpose),
        column.at <= at,
    )
