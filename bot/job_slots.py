"""Recurring jobs that run once a slot, on whatever process comes first."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.records import JobRun
from bot.records.base import table_of
from bot.store.upsert import insert_into

_runs = table_of(JobRun).c


def latest_slot(now: datetime, at: time, zone: tzinfo, weekday: int | None = None) -> datetime:
    """The last instant at or before `now` that shows `at` in a zone, on one weekday (Monday is 0) or on any."""
    local = now.astimezone(zone)
    day = local.date()
    if weekday is not None:
        day -= timedelta(days=(day.weekday() - weekday) % 7)
    slot = datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
    if slot > now:
        day -= timedelta(days=1 if weekday is None else 7)
        slot = datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
    return slot


def take_slot(session: Session, job: str, slot: datetime, *, owner: str) -> bool:
    """Whether this transaction is the one that runs the slot; another one that asks waits for its end."""
    taken = session.execute(
        insert_into(session, table_of(JobRun))
        .values(job=job, slot=slot, owner=owner)
        .on_conflict_do_nothing()
        .returning(_runs.job)
    )
    return taken.first() is not None


def has_run(session: Session, job: str, slot: datetime | None = None) -> bool:
    """Whether a job has ever run, or run for a slot."""
    query = select(_runs.job).where(_runs.job == job)
    if slot is not None:
        query = query.where(_runs.slot == slot)
    return session.scalar(query.limit(1)) is not None
