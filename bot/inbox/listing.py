"""Pages of the inbox: a view, filters, and a place to go on from; the counts beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal, get_args

from sqlalchemy import Select, func, select, true
from sqlalchemy.orm import Session

from bot.inbox.finding import find_conversations
from bot.records import InboxCount, InboxEntry, Mention
from bot.records.base import table_of

_inbox = table_of(InboxEntry)
_counts = table_of(InboxCount)
_mentions = table_of(Mention).c

View = Literal[
    "open", "mine", "unassigned", "complaints", "soon", "overdue", "mentions", "snoozed", "done", "bot"
]
VIEWS: Final[tuple[View, ...]] = get_args(View)
PAGE: Final = 40
SOON: Final = timedelta(hours=24)
_SHOWN: Final = 1_000  # counts that are looked up on the spot end here

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a page shows. Filters are ids; "" for any."""

    view: View = "open"
    agent_id: str = ""
    desk: str = ""
    channel: str = ""
    language: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`after` continues it; None where nothing follows."""

    rows: Sequence[Row]
    after: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """By heading and key, as kept; and those that depend on the hour."""

    kept: Mapping[tuple[str, str], int] = field(default_factory=dict)
    soon: int = 0
    overdue: int = 0
    mentions: int = 0

    def of(self, view: View, agent_id: str) -> int:
        """How many a view holds."""
        if view in ("soon", "overdue", "mentions"):
            return int(getattr(self, view))
        if view == "mine":
            return self.kept.get(("agent", agent_id), 0)
        return self.kept.get((view, ""), 0)


def page(
    session: Session,
    asked: Asked,
    now: datetime,
    *,
    after: tuple[int, str] | None = None,
    limit: int = PAGE,
    country: str = "",
) -> Page:
    """Rows in the order of work from `after` (rank, conversation) on. What is looked for comes on one page."""
    if asked.words.strip():
        return _found(session, asked, country)
    query = select(_inbox).where(*conditions(asked, now))
    query = query.order_by(_inbox.c.rank, _inbox.c.conversation_id).limit(limit + 1)
    if after is not None:
        rank, one = after
        query = query.where(
            (_inbox.c.rank > rank) | ((_inbox.c.rank == rank) & (_inbox.c.conversation_id > one))
        ).where(_inbox.c.rank >= rank)
    rows = [dict(row._mapping) for row in session.execute(query)]
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows=rows, after=(rows[-1]["rank"], rows[-1]["conversation_id"]) if more else None)


def conditions(asked: Asked, now: datetime) -> list[Any]:
    """The view and its filters on columns of the inbox."""
    state = asked.view if asked.view in ("snoozed", "done", "bot") else "open"
    found: list[Any] = [_inbox.c.state == state]
    if asked.view == "mine":
        found.append(_inbox.c.agent_id == asked.agent_id)
    elif asked.view == "unassigned":
        found += [_inbox.c.agent_id.is_(None), _inbox.c.owner.in_(("queue", "agent"))]
    elif asked.view == "complaints":
        found.append(_inbox.c.complaint == true())
    elif asked.view == "soon":
        found += [_inbox.c.owed_at >= now, _inbox.c.owed_at < now + SOON]
    elif asked.view == "overdue":
        found.append(_inbox.c.owed_at < now)
    elif asked.view == "mentions":
        named = select(_mentions.conversation_id).where(
            _mentions.agent_id == asked.agent_id, _mentions.seen_at.is_(None)
        )
        found = [_inbox.c.conversation_id.in_(named)]
    for column, value in (
        (_inbox.c.desk_id, asked.desk),
        (_inbox.c.channel, asked.channel),
        (_inbox.c.language, asked.language),
    ):
        if value:
            found.append(column == value)
    return found


def fits(row: Mapping[str, Any], asked: Asked, now: datetime) -> bool:
    """The same for one row in memory: whether a change belongs on an open page. Mentions are asked for again."""
    if asked.words.strip() or asked.view == "mentions":
        return False
    state = asked.view if asked.view in ("snoozed", "done", "bot") else "open"
    if row["state"] != state:
        return False
    owed = row["owed_at"]
    holds = {
        "mine": row["agent_id"] == asked.agent_id,
        "unassigned": row["agent_id"] is None and row["owner"] in ("queue", "agent"),
        "complaints": row["complaint"],
        "soon": owed is not None and now <= owed < now + SOON,
        "overdue": owed is not None and owed < now,
    }
    return bool(
        holds.get(asked.view, True)
        and asked.desk in ("", row["desk_id"])
        and asked.channel in ("", row["channel"])
        and asked.language in ("", row["language"])
    )


def _found(session: Session, asked: Asked, country: str) -> Page:
    ids = find_conversations(session, asked.words, country=country)
    place = {one: number for number, one in enumerate(ids)}
    query = select(_inbox).where(_inbox.c.conversation_id.in_(ids[:200]))
    for column, value in (
        (_inbox.c.desk_id, asked.desk),
        (_inbox.c.channel, asked.channel),
        (_inbox.c.language, asked.language),
    ):
        if value:
            query = query.where(column == value)
    rows = [dict(row._mapping) for row in session.execute(query)]
    return Page(rows=sorted(rows, key=lambda row: place[row["conversation_id"]]))


def counts(session: Session, agent_id: str, now: datetime) -> Counts:
    """Every number of the sidebar; the kept ones cost one small read, the others end at 1 000."""
    kept = {
        (row.heading, row.key): int(row.value)
        for row in session.execute(select(_counts).where(_counts.c.value != 0))
    }
    is_open = _inbox.c.state == "open"
    soon = select(_inbox.c.conversation_id).where(
        is_open, _inbox.c.owed_at >= now, _inbox.c.owed_at < now + SOON
    )
    overdue = select(_inbox.c.conversation_id).where(is_open, _inbox.c.owed_at < now)
    named = (
        select(_mentions.conversation_id)
        .where(_mentions.agent_id == agent_id, _mentions.seen_at.is_(None))
        .distinct()
    )
    return Counts(
        kept=kept,
        soon=_many(session, soon),
        overdue=_many(session, overdue),
        mentions=_many(session, named),
    )


def _many(session: Session, query: Select[Any]) -> int:
    return int(session.scalar(select(func.count()).select_from(query.limit(_SHOWN).subquery())) or 0)
