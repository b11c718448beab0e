"""Sending a campaign: what is due is written anew, weighed anew, and put in the outbox, in one transaction.

A recipient leaves the state "waiting" exactly when its message enters the outbox under a key made from the row, and
takes its place under the caps: killed at any instant, all of it happened or nothing. The rows are locked while they
are decided on, so any number of processes may send one campaign. The rate and the money are kept in the campaign's
row, so they hold over processes, pauses and restarts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.ids import IdMaker
from bot.records import Campaign, OutboxMessage, Recipient, SentPromotion
from bot.records.base import table_of
from bot.store.plan import PRIORITY
from bot.store.port import Records
from scheduler.campaigns.book import Mailing, mailing_of
from scheduler.campaigns.writing import Purse, Wanted, Writer, Written
from scheduler.drafts import counts, hand_over

KEY: Final = "recipient:"
BATCH: Final = 200
QUEUED_AHEAD: Final = 2_000
"""Messages of one account that wait in the outbox at the most: a pause takes hold of all others at once."""

_BURST: Final = timedelta(seconds=5)
"""So much of the rate may go at once."""

_recipients = table_of(Recipient)
_campaigns = table_of(Campaign).c
_outbox = table_of(OutboxMessage).c


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Of one batch: rows that were settled or put off, and messages that entered the outbox."""

    looked_at: int
    queued: int


NOTHING: Final = Sent(looked_at=0, queued=0)


class CampaignSender:
    """`send` takes the oldest due recipients of one campaign; call it until it looks at nothing."""

    def __init__(
        self,
        store: Records,
        writer: Writer,
        *,
        ids: IdMaker,
        wake: Callable[[], None] = lambda: None,
        queued_ahead: int = QUEUED_AHEAD,
    ) -> None:
        self._store = store
        self._writer = writer
        self._ids = ids
        self._wake = wake
        self._queued_ahead = queued_ahead

    async def send(self, campaign_id: str, now: datetime) -> Sent:
        """One batch; an idle campaign writes nothing."""
        room = await self._store.read(partial(self._room, campaign_id=campaign_id, now=now))
        if room <= 0:
            return NOTHING
        sent = await self._store.write(
            partial(self._send, campaign_id=campaign_id, now=now, limit=min(room, BATCH))
        )
        if sent.queued:
            self._wake()
        return sent

    def _room(self, session: Session, campaign_id: str, now: datetime) -> int:
        """How many may be looked at: none where nothing is due, or the outbox is full of what goes slowly."""
        due = select(_recipients.c.id).where(*_due(campaign_id, now)).limit(1)
        if session.scalar(due) is None:
            return 0
        accounts = sorted(set(self._writer.doors.accounts.values()))
        waiting = (
            select(_outbox.id)
            .where(
                _outbox.status == "queued",
                _outbox.account_id.in_(accounts),
                _outbox.priority == PRIORITY["bulk"],
                _outbox.next_at <= now,
            )
            .limit(self._queued_ahead)
            .subquery()
        )
        return self._queued_ahead - int(session.scalar(select(func.count()).select_from(waiting)) or 0)

    def _send(self, session: Session, campaign_id: str, now: datetime, limit: int) -> Sent:
        row = _campaign_to_send(session, campaign_id)
        if row is None:
            return NOTHING
        mailing = mailing_of(row)
        limit = min(limit, _allowance(mailing, now))
        if limit <= 0:
            return NOTHING
        waits_for_winner = mailing.definition.trial is not None and not mailing.winner
        recipients = session.scalars(
            select(Recipient)
            .where(*_due(campaign_id, now), *([_recipients.c.variant != ""] if waits_for_winner else []))
            .order_by(_recipients.c.due_at, _recipients.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        if not recipients:
            return NOTHING
        budget = mailing.definition.budget
        purse = Purse(left=budget - mailing.spent if budget is not None else None)
        wanted = [
            Wanted(
                recipient_id=each.id,
                contact_id=each.contact_id,
                variant=mailing.settled_variant(each.variant),
                at=now,
            )
            for each in recipients
        ]
        written = self._writer.lines(session, mailing, wanted, purse, now=now)
        queued, cost = self._write(session, recipients, written, now)
        self._account(row, mailing, queued, cost, now)
        session.flush()
        return Sent(looked_at=len(recipients), queued=queued)

    def _write(
        self,
        session: Session,
        recipients: Sequence[Recipient],
        written: Sequence[Written],
        now: datetime,
    ) -> tuple[int, Decimal]:
        """The rows as they are from now on; how many entered the outbox, and their cost."""
        free = {f"{KEY}{each.line.recipient_id}": each.draft for each in written if each.free and each.draft}
        outbox = hand_over(
            session,
            free,
            doors=self._writer.doors,
            decided_by="campaign",
            new_id=self._ids.new,
            now=now,
        )
        places: list[dict[str, Any]] = []
        changes: list[dict[str, Any]] = []
        cost = Decimal(0)
        for row, each in zip(recipients, written, strict=True):
            outbox_id = outbox.get(f"{KEY}{row.id}")
            changes.append(_change(row, each, outbox_id, now))
            if outbox_id is not None and each.draft is not None:
                cost += each.line.cost
                if counts(each.draft):
                    places.append(
                        {
                            "id": self._ids.new(),
                            "contact_id": each.draft.candidate.contact_id,
                            "at": now,
                            "source": each.draft.candidate.source,
                            "outbox_id": outbox_id,
                        }
                    )
        session.execute(update(Recipient), changes)
        if places:
            session.execute(table_of(SentPromotion).insert(), places)
        return len(outbox), cost

    def _account(self, row: Campaign, mailing: Mailing, queued: int, cost: Decimal, now: datetime) -> None:
        """Money and time used up by this batch; the row is locked where either is limited."""
        if cost:
            row.spent = mailing.spent + cost
        if queued and mailing.definition.rate_per_min:
            interval = mailing.definition.interval
            row.next_at = _since(mailing, now) + interval * queued


def _due(campaign_id: str, now: datetime) -> tuple[Any, ...]:
    return (
        _recipients.c.campaign_id == campaign_id,
        _recipients.c.status == "waiting",
        _recipients.c.due_at <= now,
    )


def _campaign_to_send(session: Session, campaign_id: str) -> Campaign | None:
    """The row of a running campaign that is frozen, and that no person can pause until the transaction ends.

    Money is counted in it, so it is locked whole; a process that finds it locked leaves the batch to the other one.
    """
    row = session.scalar(
        select(Campaign)
        .where(_campaigns.id == campaign_id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    sends = row is not None and row.status == "running" and row.frozen_at is not None
    return row if sends else None


def _allowance(mailing: Mailing, now: datetime) -> int:
    """How many the rate lets go now: what was not used while nothing was due is lost but for some seconds."""
    interval = mailing.definition.interval
    if not interval:
        return BATCH
    return max(0, (now - _since(mailing, now)) // interval)


def _since(mailing: Mailing, now: datetime) -> datetime:
    floor = now - max(_BURST, mailing.definition.interval)
    return max(mailing.next_at or floor, floor)


def _change(row: Recipient, each: Written, outbox_id: str | None, now: datetime) -> dict[str, Any]:
    line = each.line
    change: dict[str, Any] = {"id": row.id, "reason": line.reason, "detail": line.detail}
    if line.status == "waiting" and outbox_id is None:
        return {
            **_as_is(row),
            **change,
            "due_at": line.due_at,
            "channel": line.channel,
            "address": line.address,
        }
    settled = {"status": "sent" if outbox_id else "skipped", "settled_at": now, "outbox_id": outbox_id}
    door = {"channel": line.channel or row.channel, "address": line.address or row.address}
    return {**_as_is(row), **change, **settled, **door, "variant": line.variant, "cost": line.cost}


def _as_is(row: Recipient) -> dict[str, Any]:
    """Every row of one statement names the same columns."""
    return {
        "status": row.status,
        "settled_at": row.settled_at,
        "outbox_id": row.outbox_id,
        "due_at": row.due_at,
        "channel": row.channel,
        "address": row.address,
        "variant": row.variant,
        "cost": row.cost,
    }
