"""Attempts are counted before a password is looked at, so that many at once count as many."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import case, delete, or_, update
from sqlalchemy.orm import Session

from bot.records import SignInCount
from bot.records.base import table_of
from bot.store.upsert import insert_into

_counts = table_of(SignInCount).c


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """So many within a time; then nothing for a time."""

    most: int
    within: timedelta
    lock: timedelta


ACCOUNT: Final = Limit(most=5, within=timedelta(minutes=15), lock=timedelta(minutes=15))
CLIENT: Final = Limit(most=30, within=timedelta(minutes=15), lock=timedelta(minutes=15))
CODE: Final = Limit(most=5, within=timedelta(minutes=15), lock=timedelta(minutes=15))
RESET: Final = Limit(most=3, within=timedelta(hours=1), lock=timedelta(hours=1))
_OLDEST: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Which attempt this is, and whether it may go on."""

    key: str
    number: int
    locked_until: datetime | None


def key_of(kind: str, whom: str) -> str:
    """Of an address or account; a hash, since strangers choose what they type."""
    return f"{kind}:{hashlib.sha256(whom.strip().casefold().encode()).hexdigest()[:48]}"


def count_attempt(session: Session, key: str, limit: Limit, now: datetime) -> Count:
    """Count one, whoever else counts at the same instant."""
    stale = _counts.since <= now - limit.within
    statement = (
        insert_into(session, table_of(SignInCount))
        .values(key=key, count=1, since=now, locked_until=None)
        .on_conflict_do_update(
            index_elements=["key"],
            set_={
                "count": case((stale, 1), else_=_counts.count + 1),
                "since": case((stale, now), else_=_counts.since),
            },
        )
        .returning(_counts.count, _counts.locked_until)
    )
    number, until = session.execute(statement).one()
    locked = until if until is not None and until > now else None
    if locked is None and number > limit.most:
        locked = now + limit.lock
    return Count(key=key, number=number, locked_until=locked)


def lock(session: Session, key: str, limit: Limit, now: datetime) -> datetime | None:
    """Close an account for a while; None where it is closed already."""
    until = now + limit.lock
    changed = session.execute(
        update(table_of(SignInCount))
        .where(_counts.key == key, or_(_counts.locked_until.is_(None), _counts.locked_until <= now))
        .values(locked_until=until)
        .returning(_counts.key)
    )
    return until if changed.first() is not None else None


def forgive(session: Session, key: str) -> None:
    """Begin anew: somebody proved who they are."""
    session.execute(delete(table_of(SignInCount)).where(_counts.key == key))


def take_back(session: Session, key: str) -> None:
    """An attempt that succeeded does not count against the client's address."""
    session.execute(
        update(table_of(SignInCount))
        .where(_counts.key == key, _counts.count > 0)
        .values(count=_counts.count - 1)
    )


def tidy(session: Session, now: datetime) -> None:
    """Remove what no longer matters."""
    session.execute(
        delete(table_of(SignInCount)).where(
            _counts.since < now - _OLDEST, or_(_counts.locked_until.is_(None), _counts.locked_until < now)
        )
    )
