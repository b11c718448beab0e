"""The plan of a campaign and its start: the same pages of the audience, shown or written down.

A page is read on a read-only session and, when the campaign starts, written in one short transaction with the
checkpoint: killed at any instant, a contact has its row or is looked at again, and has one row at the end.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from bot.ids import IdMaker
from bot.records import Contact, Recipient
from bot.records.base import table_of
from bot.store.port import Records
from bot.store.upsert import insert_into
from scheduler.campaigns.book import Mailing, locked, mailing_of
from scheduler.campaigns.ports import PlannedLine
from scheduler.campaigns.split import variant_of
from scheduler.campaigns.writing import Purse, Wanted, Writer

PAGE = 500
"""Contacts looked at in one session: what is held in memory, and how long a writer of SQLite waits."""

Audience = Callable[[Session, Mailing, datetime], ColumnElement[bool]]
"""The condition on `contacts` of a campaign's segment, as of an instant."""

_contacts = table_of(Contact).c
_AT_ONCE = 100  # rows of one INSERT


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a plan is: the last contact looked at, how many will be written to, for how much."""

    after: str = ""
    count: int = 0
    cost: Decimal = Decimal(0)
    taken: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPage:
    lines: tuple[PlannedLine, ...]
    progress: Progress
    last: bool


def read_page(
    session: Session,
    writer: Writer,
    mailing: Mailing,
    audience: Audience,
    progress: Progress,
    *,
    ids: IdMaker,
    as_of: datetime,
    now: datetime,
    kept: bool,
    size: int = PAGE,
) -> PlanPage:
    """The next contacts of the audience, and what becomes of each. Those who came after `as_of` are not in it."""
    people = session.scalars(
        select(_contacts.id)
        .where(
            _contacts.id > progress.after, _contacts.created_at <= as_of, audience(session, mailing, as_of)
        )
        .order_by(_contacts.id)
        .limit(size)
    ).all()
    budget = mailing.definition.budget
    purse = Purse(
        left=budget - progress.cost if budget is not None else None,
        spent=progress.cost,
        count=progress.count,
        taken=dict(progress.taken),
    )
    wanted = list(_wanted(mailing, people, ids))
    written = writer.lines(session, mailing, wanted, purse, now=now, spread=True, kept=kept)
    return PlanPage(
        lines=tuple(each.line for each in written),
        progress=Progress(
            after=people[-1] if people else progress.after,
            count=purse.count,
            cost=purse.spent,
            taken={} if kept else purse.taken,
        ),
        last=len(people) < size,
    )


def _wanted(mailing: Mailing, people: Sequence[str], ids: IdMaker) -> Iterator[Wanted]:
    definition = mailing.definition
    share = definition.trial.share if definition.trial else 100
    for contact_id in people:
        variant = variant_of(mailing.name, contact_id, definition.letters, share=share)
        in_trial = bool(variant) or not definition.letters
        yield Wanted(recipient_id=ids.new(), contact_id=contact_id, variant=variant, trial=in_trial)


async def plan_campaign(
    store: Records,
    writer: Writer,
    mailing: Mailing,
    audience: Audience,
    *,
    ids: IdMaker,
    now: datetime,
    size: int = PAGE,
) -> AsyncIterator[PlannedLine]:
    """Every contact of the audience, in the order of their ids, as the start would write them down at `now`.

    Nothing is kept. One page is in memory at a time. `mailing` need not stand in the table: see `book.draft_of`.
    """
    progress = Progress()
    while True:
        page = await store.read(
            partial(
                read_page,
                writer=writer,
                mailing=mailing,
                audience=audience,
                progress=progress,
                ids=ids,
                as_of=now,
                now=now,
                kept=False,
                size=size,
            )
        )
        for line in page.lines:
            yield line
        if page.last:
            return
        progress = page.progress


class Freezer:
    """Fixes the audience of campaigns that start: row by row, in pages, by any number of processes."""

    def __init__(self, store: Records, writer: Writer, audience: Audience, *, ids: IdMaker) -> None:
        self._store = store
        self._writer = writer
        self._audience = audience
        self._ids = ids

    async def freeze(self, mailing: Mailing, now: datetime) -> Mailing | None:
        """One page more of a running campaign; None where another process, or a person, came between."""
        assert mailing.frozen_as_of is not None
        progress = Progress(after=mailing.frozen_upto, count=mailing.planned_count, cost=mailing.planned_cost)
        page = await self._store.read(
            partial(
                read_page,
                writer=self._writer,
                mailing=mailing,
                audience=self._audience,
                progress=progress,
                ids=self._ids,
                as_of=mailing.frozen_as_of,
                now=now,
                kept=True,
            )
        )
        return await self._store.write(partial(_write_page, mailing=mailing, page=page, now=now))


def begin(session: Session, campaign_id: str, now: datetime) -> Mailing | None:
    """From planned to running: the audience is that of this instant. None where it is not to begin any more."""
    row = locked(session, campaign_id)
    if row is None or row.status != "planned":
        return None
    row.status, row.frozen_as_of, row.version = "running", now, row.version + 1
    session.flush()
    return mailing_of(row)


def _write_page(session: Session, mailing: Mailing, page: PlanPage, now: datetime) -> Mailing | None:
    row = locked(session, mailing.id)
    if row is None or row.status != "running" or row.frozen_at is not None:
        return None
    if row.frozen_upto != mailing.frozen_upto:  # another process wrote this page
        return None
    rows = [_recipient(mailing, line, now) for line in page.lines]
    table = table_of(Recipient)
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        session.execute(insert_into(session, table).values(some).on_conflict_do_nothing())
    row.frozen_upto = page.progress.after
    row.planned_count, row.planned_cost = page.progress.count, page.progress.cost
    if page.last:
        row.frozen_at = now
    session.flush()
    return mailing_of(row)


def _recipient(mailing: Mailing, line: PlannedLine, now: datetime) -> dict[str, Any]:
    skipped = line.status == "skipped"
    return {
        "id": line.recipient_id,
        "campaign_id": mailing.id,
        "contact_id": line.contact_id,
        "variant": line.variant,
        "channel": line.channel,
        "address": line.address,
        "due_at": line.due_at,
        "status": line.status,
        "reason": line.reason,
        "detail": line.detail,
        "cost": line.cost,
        "settled_at": now if skipped else None,
    }
