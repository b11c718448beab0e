"""The list of campaigns with how far each one is. No NiceGUI."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.campaign_desk import CampaignDesk
from bot.records import Campaign, Recipient
from bot.records.base import table_of
from bot.store.port import Store
from scheduler.campaigns.book import Mailing, Status

_campaigns, _recipients = table_of(Campaign).c, table_of(Recipient).c


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A campaign; `waiting` is known of those that run or are held."""

    mailing: Mailing
    waiting: int | None = None

    @property
    def share(self) -> float | None:
        """How much of what was planned has been settled, a part of 1; None before the audience is fixed."""
        if self.waiting is None or self.mailing.frozen_at is None or not self.mailing.planned_count:
            return None
        return min(1.0, max(0.0, 1 - self.waiting / self.mailing.planned_count))


def count_by_status(session: Session) -> dict[str, int]:
    rows = session.execute(select(_campaigns.status, func.count().label("n")).group_by(_campaigns.status))
    return {row.status: row.n for row in rows}


async def listed(
    store: Store, desk: CampaignDesk, statuses: Sequence[Status], *, after: str = "", limit: int = 30
) -> list[Listed]:
    """The newest first, below `after`; two statements."""
    found = await desk.some(statuses, after=after, limit=limit)
    moving = [each.id for each in found if each.status in ("running", "paused")]
    waiting = await store.read(lambda session: waiting_of(session, moving)) if moving else {}
    return [
        Listed(mailing=each, waiting=waiting.get(each.id, 0) if each.id in moving else None) for each in found
    ]


def waiting_of(session: Session, campaign_ids: Sequence[str]) -> dict[str, int]:
    """Recipients still to be written to: an index of those that wait tells."""
    rows = session.execute(
        select(_recipients.campaign_id, func.count().label("n"))
        .where(_recipients.status == "waiting", _recipients.campaign_id.in_(campaign_ids))
        .group_by(_recipients.campaign_id)
    )
    return {row.campaign_id: row.n for row in rows}


async def taken_names(store: Store, like: str) -> set[str]:
    """Names that begin like this one."""
    start = _campaigns.name.startswith(like, autoescape=True)
    rows = await store.fetch_all(select(_campaigns.name).where(start).limit(10_000))
    return {row.name for row in rows}
