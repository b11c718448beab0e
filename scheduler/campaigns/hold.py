"""What a campaign itself says of messages that are about to go: asked between their claim and the provider call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.records import Campaign, Recipient
from bot.records.base import table_of
from scheduler.campaigns.book import PAUSED
from scheduler.campaigns.definition import WEEKDAYS, Definition
from scheduler.guards import Limits, Verdict
from scheduler.quiet import Calm

CANCELLED: Final = "campaign_cancelled"
_LOOK_AGAIN: Final = timedelta(minutes=1)
_recipients = table_of(Recipient).c
_campaigns = table_of(Campaign).c


def narrowed(limits: Limits, definition: Definition) -> Limits:
    """The company's hours and days, and within them the campaign's own."""
    window = definition.window
    if window is None:
        return limits
    days = frozenset(WEEKDAYS.index(day) for day in window.weekdays)

    def within(calm: Calm) -> Calm:
        return replace(calm, window=(window.opens, window.closes), weekdays=calm.weekdays & days)

    return replace(limits, quiet=within(limits.quiet), promotional=within(limits.promotional))


def told_by_campaigns(
    session: Session, recipient_ids: Iterable[str], limits: Limits, now: datetime
) -> dict[str, Verdict | Limits]:
    """By recipient: why it must not go now, as a person paused or cancelled its campaign; else its own limits."""
    asked = sorted(set(recipient_ids))
    if not asked:
        return {}
    of = session.execute(select(_recipients.id, _recipients.campaign_id).where(_recipients.id.in_(asked)))
    campaign_of = {row.id: row.campaign_id for row in of}
    rows = session.execute(
        select(_campaigns.id, _campaigns.status, _campaigns.definition).where(
            _campaigns.id.in_(sorted(set(campaign_of.values())))
        )
    )
    said = {row.id: _said(row.status, row.definition, limits, now) for row in rows}
    return {each: said[campaign] for each, campaign in campaign_of.items() if campaign in said}


def _said(status: str, definition: dict[str, object], limits: Limits, now: datetime) -> Verdict | Limits:
    if status == "cancelled":
        return Verdict(code=CANCELLED)
    if status == "paused":
        return Verdict(code=PAUSED, until=now + _LOOK_AGAIN)
    return narrowed(limits, Definition.model_validate(definition))
