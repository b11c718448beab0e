"""Campaigns as rows: read, written down, moved from one state to the next. Each change under the row's lock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.records import Campaign, OutboxMessage, Recipient
from bot.records.base import table_of
from scheduler.campaigns.definition import Definition

Status = Literal["draft", "planned", "running", "paused", "done", "cancelled"]
Action = Literal["start", "pause", "resume", "cancel"]

_MAY: Final[dict[Action, tuple[Status, ...]]] = {
    "start": ("draft",),
    "pause": ("planned", "running"),
    "resume": ("paused",),
    "cancel": ("draft", "planned", "running", "paused"),
}
PAUSED: Final = "campaign_paused"
"""Code of messages that a pause holds in the outbox."""

_campaigns = table_of(Campaign).c
_recipients = table_of(Recipient).c
_outbox = table_of(OutboxMessage).c


class NoSuchCampaign(Exception):
    """No campaign of that name."""


class NotInThatState(Exception):
    """The campaign's state does not allow it; the text says which would."""


class ChangedSince(NotInThatState):
    """Somebody else wrote another version meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """A campaign at one instant. Money is in the company's currency."""

    id: str
    definition: Definition
    status: Status
    series_id: str | None
    audience: str  # the segment's rule, from its start on
    starts_at: datetime | None
    frozen_as_of: datetime | None
    frozen_at: datetime | None
    frozen_upto: str
    planned_count: int
    planned_cost: Decimal
    spent: Decimal
    next_at: datetime | None
    winner: str
    decided_at: datetime | None
    decided_why: str
    finished_at: datetime | None
    created_by: str
    created_at: datetime
    changed_by: str
    changed_at: datetime | None
    version: int

    @property
    def name(self) -> str:
        return self.definition.name

    @property
    def source(self) -> str:
        return f"campaign:{self.name}"

    @property
    def is_series(self) -> bool:
        return self.definition.repeat is not None

    @property
    def letters(self) -> tuple[str, ...]:
        """The variants still in question."""
        return () if self.winner else self.definition.letters

    def settled_variant(self, variant: str) -> str:
        """The variant to write: the recipient's own, the winner, or while that is open the first."""
        return variant or self.winner or next(iter(self.definition.letters), "")


def mailing_of(row: Campaign) -> Mailing:
    return Mailing(
        id=row.id,
        definition=Definition.model_validate(row.definition),
        status=row.status,  # type: ignore[arg-type]
        series_id=row.series_id,
        audience=row.audience,
        starts_at=row.starts_at,
        frozen_as_of=row.frozen_as_of,
        frozen_at=row.frozen_at,
        frozen_upto=row.frozen_upto,
        planned_count=row.planned_count,
        planned_cost=Decimal(row.planned_cost),
        spent=Decimal(row.spent),
        next_at=row.next_at,
        winner=row.winner,
        decided_at=row.decided_at,
        decided_why=row.decided_why,
        finished_at=row.finished_at,
        created_by=row.created_by,
        created_at=row.created_at,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        version=row.version,
    )


def draft_of(definition: Definition, *, campaign_id: str, now: datetime) -> Mailing:
    """A campaign that stands in no table, to be planned."""
    return mailing_of(_row(definition, campaign_id=campaign_id, by="", now=now))


def every(session: Session) -> list[Mailing]:
    """The newest first."""
    rows = session.scalars(select(Campaign).order_by(_campaigns.created_at.desc(), _campaigns.id.desc()))
    return [mailing_of(row) for row in rows]


def some(
    session: Session, *, statuses: Iterable[Status] = (), series: str = "", after: str = "", limit: int = 50
) -> list[Mailing]:
    """The newest first, below the campaign with the id `after`; `series`: the runs of that one alone."""
    query = select(Campaign).order_by(_campaigns.id.desc()).limit(limit)
    if wanted := list(statuses):
        query = query.where(_campaigns.status.in_(wanted))
    if series:
        query = query.where(_campaigns.series_id == series)
    if after:
        query = query.where(_campaigns.id < after)
    return [mailing_of(row) for row in session.scalars(query)]


def one(session: Session, name: str) -> Mailing:
    """Raises `NoSuchCampaign`."""
    return mailing_of(_row_named(session, name, lock=False))


def with_status(session: Session, statuses: Iterable[Status]) -> list[Mailing]:
    """The oldest first."""
    rows = session.scalars(
        select(Campaign).where(_campaigns.status.in_(list(statuses))).order_by(_campaigns.created_at)
    )
    return [mailing_of(row) for row in rows]


def locked(session: Session, campaign_id: str, *, wait: bool = True) -> Campaign | None:
    """The row, nobody else changing it until the end of the transaction; None where another one works on it."""
    return session.scalar(
        select(Campaign)
        .where(_campaigns.id == campaign_id)
        .with_for_update(skip_locked=not wait)
        .execution_options(populate_existing=True)
    )


def write_down(
    session: Session,
    definition: Definition,
    *,
    campaign_id: str,
    by: str,
    now: datetime,
    replace: bool = False,
    version: int | None = None,
) -> Mailing:
    """Keep a new campaign, or another version of one that has not started. Raises `NotInThatState`.

    `version` is the one that was looked at: another one has been written since, and is not overwritten.
    """
    known = session.scalar(select(Campaign).where(_campaigns.name == definition.name).with_for_update())
    if known is not None and not replace:
        raise NotInThatState(f"there is a campaign {definition.name} already")
    if known is not None and known.status != "draft":
        raise NotInThatState(f"the campaign {definition.name} is {known.status}: only a draft can be changed")
    if known is not None and version is not None and known.version != version:
        raise ChangedSince(f"the campaign {definition.name} was changed by {known.changed_by} meanwhile")
    if known is None:
        known = _row(definition, campaign_id=campaign_id, by=by, now=now)
        session.add(known)
    else:
        known.definition = definition.model_dump(mode="json", exclude_unset=True)
        _changed(known, by, now)
    session.flush()
    return mailing_of(known)


def move(
    session: Session, name: str, action: Action, *, by: str, now: datetime, audience: str = ""
) -> Mailing:
    """Start, pause, resume or cancel; of a series, its runs under way as well.

    Raises `NoSuchCampaign`, `NotInThatState`.
    """
    row = _row_named(session, name, lock=True)
    if row.status not in _MAY[action]:
        allowed = " or ".join(_MAY[action])
        raise NotInThatState(f"the campaign {name} is {row.status}: {action} needs one that is {allowed}")
    if action == "start":
        row.status = "running" if row.definition.get("repeat") else "planned"
        row.audience, row.starts_at = audience, now
    elif action == "resume":
        begun = row.frozen_as_of is not None or bool(row.definition.get("repeat"))
        row.status = "running" if begun else "planned"
    else:
        row.status = "paused" if action == "pause" else "cancelled"
    if action == "resume":
        _let_go(session, row.id, now)
    _changed(row, by, now)
    runs = select(_campaigns.name).where(_campaigns.series_id == row.id, _campaigns.status.in_(_MAY[action]))
    for run in session.scalars(runs).all():
        move(session, run, action, by=by, now=now)
    session.flush()
    return mailing_of(row)


def _let_go(session: Session, campaign_id: str, now: datetime) -> None:
    """What the pause held in the outbox need not wait for its next look."""
    held = select(_recipients.outbox_id).where(
        _recipients.campaign_id == campaign_id, _recipients.status == "sent"
    )
    session.execute(
        update(OutboxMessage)
        .where(_outbox.status == "queued", _outbox.code == PAUSED, _outbox.id.in_(held))
        .values(next_at=now)
        .execution_options(synchronize_session=False)
    )


def belong(session: Session, campaign_id: str, series_id: str) -> None:
    """A run is one of a series."""
    row = locked(session, campaign_id)
    if row is not None:
        row.series_id = series_id


def _changed(row: Campaign, by: str, now: datetime) -> None:
    row.version += 1
    row.changed_by, row.changed_at = by, now


def _row_named(session: Session, name: str, *, lock: bool) -> Campaign:
    query: Any = select(Campaign).where(_campaigns.name == name)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row: Campaign | None = session.scalar(query)
    if row is None:
        raise NoSuchCampaign(f"there is no campaign {name}")
    return row


def _row(definition: Definition, *, campaign_id: str, by: str, now: datetime) -> Campaign:
    return Campaign(
        id=campaign_id,
        name=definition.name,
        definition=definition.model_dump(mode="json", exclude_unset=True),
        status="draft",
        created_by=by,
        created_at=now,
        version=1,
    )
