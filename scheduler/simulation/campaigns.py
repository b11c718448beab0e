"""Campaigns in a simulation: the real job of campaigns on the dry copy, and lines for those who get nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.records import Campaign, Contact, Recipient
from bot.records.base import table_of
from bot.store.dry import real
from bot.store.port import Records
from scheduler.campaigns import book
from scheduler.campaigns.book import Mailing
from scheduler.campaigns.tending import Tender
from scheduler.campaigns.writing import decided_from
from scheduler.simulation.lines import Line, Scribe, Status

_SECOND: Final = timedelta(seconds=1)
_AGAIN: Final = timedelta(minutes=30)  # a trial that goes on beyond its time is looked at again
_BURST: Final = timedelta(seconds=5)  # what the rate lets go at once
_PAGE: Final = 1_000

_recipients = table_of(Recipient)
_campaigns = table_of(Campaign).c
_contacts = table_of(Contact).c


class CampaignActor:
    """Begins, freezes, sends and ends what is started, as `Tender` does it in the program."""

    def __init__(
        self, store: Records, tender: Tender, scribe: Scribe, *, zone: ZoneInfo, until: datetime
    ) -> None:
        self._store = store
        self._tender = tender
        self._scribe = scribe
        self._zone = zone
        self._until = until

    async def act(self, now: datetime) -> None:
        while await self._tender.tick():
            pass

    async def next_at(self, now: datetime) -> datetime | None:
        return await self._store.read(partial(self._next, now=now))

    async def end(self) -> None:
        """Lines for who was left out meanwhile, and for who still waits for their turn."""
        after = ""
        while True:
            last = await self._store.write(partial(self._tell_rest, after=after))
            if last is None:
                return
            after = last

    # when there is something to do

    def _next(self, session: Session, now: datetime) -> datetime | None:
        running = book.with_status(session, ("planned", "running"))
        found = [at for mailing in running if (at := self._next_of(session, mailing, now)) is not None]
        return min(found, default=None)

    def _next_of(self, session: Session, mailing: Mailing, now: datetime) -> datetime | None:
        if mailing.is_series:
            return self._next_run(mailing, now)
        if mailing.status == "planned":
            asked = mailing.starts_at or mailing.created_at
            return max(mailing.definition.begins_at(self._zone, asked), now + _SECOND)
        if mailing.frozen_at is None:
            return now + _SECOND
        undecided = mailing.definition.trial is not None and not mailing.winner
        known = [
            self._next_due(session, mailing, undecided=undecided, now=now),
            self._next_look(mailing, now) if undecided else None,
        ]
        return min((at for at in known if at is not None), default=None)

    def _next_run(self, series: Mailing, now: datetime) -> datetime | None:
        repeat, end = series.definition.repeat, series.definition.end
        assert repeat is not None
        last = (self._until + timedelta(days=1)).astimezone(self._zone).date()
        for day in repeat.series().days(now.astimezone(self._zone).date(), last):
            begins = series.definition.run_of(day).begins_at(self._zone, now)
            if begins > now and (end is None or day <= end):
                return begins
        return None

    def _next_due(
        self, session: Session, mailing: Mailing, *, undecided: bool, now: datetime
    ) -> datetime | None:
        """Of the next recipient; what is due already waits for the rate."""
        due: datetime | None = session.scalar(
            select(func.min(_recipients.c.due_at)).where(
                _recipients.c.campaign_id == mailing.id,
                _recipients.c.status == "waiting",
                *([_recipients.c.variant != ""] if undecided else []),
            )
        )
        if due is None or due > now:
            return due
        return now + max(
            _SECOND, mailing.definition.interval, _BURST if mailing.definition.interval else _SECOND
        )

    def _next_look(self, mailing: Mailing, now: datetime) -> datetime:
        at = decided_from(mailing, self._zone, mailing.frozen_as_of or now)
        return at if at > now else now + _AGAIN

    # who gets nothing

    def _tell_rest(self, session: Session, after: str) -> str | None:
        before = real(session.connection(), Recipient).c
        known = select(before.id).where(before.status == "skipped")
        rows = session.execute(
            select(
                _recipients.c.id,
                _recipients.c.contact_id,
                _recipients.c.status,
                _recipients.c.settled_at,
                _recipients.c.due_at,
                _recipients.c.channel,
                _recipients.c.address,
                _recipients.c.reason,
                _recipients.c.detail,
                _campaigns.name.label("campaign"),
                _contacts.name,
                _contacts.language,
            )
            .join(_campaigns.id.table, _campaigns.id == _recipients.c.campaign_id)
            .outerjoin(_contacts.id.table, _contacts.id == _recipients.c.contact_id)
            .where(
                _recipients.c.id > after,
                (_recipients.c.status == "skipped") & _recipients.c.id.not_in(known)
                | (_recipients.c.status == "waiting") & (_campaigns.status == "running"),
            )
            .order_by(_recipients.c.id)
            .limit(_PAGE)
        ).all()
        self._scribe.write(session, _lines(rows))
        return rows[-1].id if len(rows) == _PAGE else None


def _lines(rows: Sequence[Any]) -> list[Line]:
    made = []
    for row in rows:
        status: Status = "skipped" if row.status == "skipped" else "waiting"
        source = f"campaign:{row.campaign}"
        made.append(
            Line(
                key=f"{source}:{row.contact_id}",
                at=row.settled_at or row.due_at,
                status=status,
                source=source,
                contact_id=row.contact_id,
                name=row.name or "",
                channel=row.channel,
                address=row.address,
                language=row.language or "",
                reason=row.reason,
                detail=row.detail,
            )
        )
    return made
