"""What became of a campaign: every planned recipient in exactly one column, and whether the sums agree."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import and_, case, func, or_, select, update
from sqlalchemy.orm import Session

from bot.records import Campaign, OutboxMessage, Recipient
from bot.records.base import table_of
from scheduler.campaigns.book import Mailing, locked
from scheduler.campaigns.definition import Measure
from scheduler.campaigns.winner import Counts, Outcome
from scheduler.outcomes import ARRIVED, FAILED, feed_back

_AT_ONCE = 1_000
_UNDER_WAY = ("queued", "claimed")
_recipients = table_of(Recipient)
_outbox = table_of(OutboxMessage)
_r, _o = _recipients.c, _outbox.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """`planned` are all rows. They are sent, waiting, or left with a reason: nothing else, and nobody twice."""

    planned: int = 0
    sent: int = 0  # handed over, `under_way` of them not yet with the provider
    under_way: int = 0
    waiting: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)  # by reason
    failed: Mapping[str, int] = field(default_factory=dict)
    uncertain: Mapping[str, int] = field(default_factory=dict)
    cancelled: Mapping[str, int] = field(default_factory=dict)
    channels: Mapping[str, int] = field(default_factory=dict)  # of those sent
    variants: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # sent, opened, clicked, …
    cost: Decimal = Decimal(0)  # of what went out, or may have

    @property
    def left(self) -> int:
        """With a reason."""
        columns = (self.skipped, self.failed, self.uncertain, self.cancelled)
        return sum(sum(column.values()) for column in columns)

    @property
    def agrees(self) -> bool:
        """Planned = sent + waiting + left with a reason, and no reason is missing."""
        columns = (self.skipped, self.failed, self.uncertain, self.cancelled)
        return self.planned == self.sent + self.waiting + self.left and not any(
            "" in each for each in columns
        )


def reckon(session: Session, campaign_id: str) -> Reckoning:
    """Three statements, whatever the size."""
    ours = _r.campaign_id == campaign_id
    by: dict[str, dict[str, int]] = {}
    for row in session.execute(
        select(_r.status, _r.reason, func.count().label("n")).where(ours).group_by(_r.status, _r.reason)
    ):
        by.setdefault(row.status, {})[row.reason] = row.n
    return Reckoning(
        planned=sum(sum(reasons.values()) for reasons in by.values()),
        sent=sum(by.get("sent", {}).values()),
        waiting=sum(by.get("waiting", {}).values()),
        under_way=under_way(session, campaign_id),
        skipped=by.get("skipped", {}),
        failed=by.get("failed", {}),
        uncertain=by.get("uncertain", {}),
        cancelled=by.get("cancelled", {}),
        channels=_channels(session, campaign_id),
        variants=counts_by_variant(session, campaign_id),
        cost=cost_of_campaign(session, campaign_id),
    )


def _channels(session: Session, campaign_id: str) -> dict[str, int]:
    rows = session.execute(
        select(_r.channel, func.count().label("n"))
        .where(_r.campaign_id == campaign_id, _r.status == "sent")
        .group_by(_r.channel)
    )
    return {row.channel: row.n for row in rows}


def has_waiting(session: Session, campaign_id: str) -> bool:
    query = select(_r.id).where(_r.campaign_id == campaign_id, _r.status == "waiting").limit(1)
    return session.scalar(query) is not None


def under_way(session: Session, campaign_id: str) -> int:
    """Messages handed over that are not with their provider yet."""
    joined = _recipients.join(_outbox, _o.id == _r.outbox_id)
    query = select(func.count()).select_from(joined)
    ours = (_r.campaign_id == campaign_id, _r.status == "sent", _o.status.in_(_UNDER_WAY))
    return int(session.scalar(query.where(*ours)) or 0)


def handed_over(session: Session, campaign_id: str) -> dict[str, int]:
    """Of messages that count as sent: how many the outbox holds in each state (queued, claimed, delivered, …)."""
    rows = session.execute(
        select(_o.status, func.count().label("n"))
        .select_from(_recipients.join(_outbox, _o.id == _r.outbox_id))
        .where(_r.campaign_id == campaign_id, _r.status == "sent")
        .group_by(_o.status)
    )
    return {row.status: row.n for row in rows}


def last_due(session: Session, campaign_id: str) -> datetime | None:
    """When the last of those that wait is to go."""
    query = select(func.max(_r.due_at)).where(_r.campaign_id == campaign_id, _r.status == "waiting")
    found: datetime | None = session.scalar(query)
    return found


def counts_by_variant(session: Session, campaign_id: str) -> dict[str, dict[str, int]]:
    """Of each variant: sent, opened, clicked, replied, converted, opted_out."""
    told = ("opened", "clicked", "replied", "converted", "opted_out")
    columns = [func.count(_r[f"{name}_at"]).label(name) for name in told]
    went = func.sum(case((_r.status.in_(("sent", "uncertain")), 1), else_=0)).label("sent")
    rows = session.execute(
        select(_r.variant, went, *columns).where(_r.campaign_id == campaign_id).group_by(_r.variant)
    )
    return {row.variant: {"sent": row.sent, **{name: getattr(row, name) for name in told}} for row in rows}


def measured(session: Session, mailing: Mailing, measure: Measure) -> dict[str, Counts]:
    """What the winner is found by."""
    counted = counts_by_variant(session, mailing.id)
    empty = {"sent": 0, measure: 0}
    return {
        letter: Counts(sent=counted.get(letter, empty)["sent"], hits=counted.get(letter, empty)[measure])
        for letter in mailing.definition.letters
    }


def decide(
    session: Session, campaign_id: str, outcome: Outcome, counts: Mapping[str, Counts], now: datetime
) -> None:
    """Write down the winner, once, with what it was found by."""
    row = locked(session, campaign_id)
    if row is None or row.winner:
        return
    why = {
        "how": outcome.how,
        "certainty": outcome.certainty,
        "counts": {letter: [each.hits, each.sent] for letter, each in counts.items()},
    }
    row.winner, row.decided_at, row.decided_why = outcome.winner, now, json.dumps(why)
    row.version += 1


def trial_goes_on(session: Session, campaign_id: str) -> bool:
    """Whether somebody who tries a variant is still to get it."""
    query = select(_r.id).where(_r.campaign_id == campaign_id, _r.status == "waiting", _r.variant != "")
    return session.scalar(query.limit(1)) is not None


def cost_of_campaign(session: Session, campaign_id: str) -> Decimal:
    went = _r.status.in_(("sent", "uncertain", "failed"))
    total = session.scalar(select(func.sum(_r.cost)).where(_r.campaign_id == campaign_id, went))
    return Decimal(total or 0)


def bring_back(session: Session, campaign_id: str) -> int:
    """What the outbox knows better: failed, in doubt, or arrived after all; how many rows changed."""
    apart = or_(
        and_(_r.status == "sent", _o.status.in_(list(FAILED))),
        and_(_r.status.in_(("failed", "uncertain")), _o.status.in_(list(ARRIVED))),
        and_(_r.status == "uncertain", _o.status == "failed"),
    )
    rows = session.execute(
        select(_r.id, _o.status, _o.code)
        .join(_outbox, _o.id == _r.outbox_id)
        .where(_r.campaign_id == campaign_id, apart)
        .limit(_AT_ONCE)
    ).all()
    news = [(row.id, row.status, row.code) for row in rows]
    return feed_back(session, _recipients, news, {**FAILED, **ARRIVED}) if news else 0


def settle_money(session: Session, campaign_id: str) -> None:
    """What was spent, after what did not go out has come back."""
    row = locked(session, campaign_id)
    if row is not None:
        spent = cost_of_campaign(session, campaign_id)
        if Decimal(row.spent) != spent:
            row.spent = spent


def sweep_cancelled(session: Session, campaign_id: str, now: datetime) -> int:
    """Recipients of a cancelled campaign who still wait are cancelled too, some thousand at a time."""
    some = (
        select(_r.id).where(_r.campaign_id == campaign_id, _r.status == "waiting").limit(5 * _AT_ONCE)
    ).scalar_subquery()
    done = session.execute(
        update(_recipients)
        .where(_r.id.in_(some))
        .values(status="cancelled", reason="campaign_cancelled", settled_at=now)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def finish(session: Session, campaign_id: str, now: datetime) -> bool:
    """Whether it is over: nobody waits, nothing is under way, every outcome is written down."""
    row = locked(session, campaign_id)
    if row is None or row.status != "running" or row.frozen_at is None:
        return False
    if has_waiting(session, campaign_id) or under_way(session, campaign_id):
        return False
    while bring_back(session, campaign_id):
        pass
    row.spent = cost_of_campaign(session, campaign_id)
    row.status, row.finished_at, row.version = "done", now, row.version + 1
    return True


def unsettled(session: Session, since: datetime) -> Iterable[str]:
    """Campaigns whose messages may still be told of: those under way, and those over since then."""
    c = table_of(Campaign).c
    recent = and_(c.status.in_(("done", "cancelled")), func.coalesce(c.finished_at, c.changed_at) > since)
    return list(session.scalars(select(c.id).where(or_(c.status.in_(("running", "paused")), recent))))
