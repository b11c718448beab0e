"""The calendars in force: those of the configuration with operators' changes, the same in every process.

The changes are rows; every process looks for new ones now and then, and at once when another one says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

import orjson
import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.complaints.calendar import NeverOpen, Window, WorkingCalendar
from bot.complaints.day_changes import DayChange, with_changes
from bot.records import CalendarChange
from bot.records.base import table_of

log = structlog.get_logger()

_changes = table_of(CalendarChange).c

MAX_SPAN_DAYS = 400


def version_of(*parts: Any) -> str:
    """A short name for everything that decides: the same for the same parts, on every machine."""
    return blake2b(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS), digest_size=6).hexdigest()


class Calendars:
    """The company's calendar and those of desks with hours of their own."""

    def __init__(self, company: WorkingCalendar, desks: Mapping[str, WorkingCalendar] | None = None) -> None:
        self._configured = company, dict(desks or {})
        self._listeners: list[Callable[[], None]] = []
        self._changes: tuple[DayChange, ...] = ()
        self.company = company
        self.desks: Mapping[str, WorkingCalendar] = dict(desks or {})

    @property
    def configured(self) -> WorkingCalendar:
        """The company's calendar without any change of an operator."""
        return self._configured[0]

    def of(self, desk_id: str) -> WorkingCalendar:
        """A desk's calendar; the company's where it has none of its own, and for ""."""
        return self.desks.get(desk_id, self.company)

    @property
    def versions(self) -> frozenset[str]:
        """Of all calendars in force: a deadline with another was computed before the last change."""
        return frozenset({self.company.version, *(calendar.version for calendar in self.desks.values())})

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever other calendars are in force."""
        self._listeners.append(listener)

    def use(self, changes: Sequence[DayChange]) -> bool:
        """Put an operator's changes in force, oldest first; True when that changed anything."""
        if tuple(changes) == self._changes:
            return False
        company, desks = self._configured
        self._changes = tuple(changes)
        self.company = _changed(company, changes)
        self.desks = {desk_id: _changed(calendar, changes) for desk_id, calendar in desks.items()}
        for listener in self._listeners:
            listener()
        return True


def _changed(calendar: WorkingCalendar, changes: Sequence[DayChange]) -> WorkingCalendar:
    if not changes:
        return calendar
    version = version_of(calendar.version, [asdict(change) for change in changes])
    return with_changes(calendar, changes, version=version)


def changes_in_force(session: Session) -> list[DayChange]:
    """Every change of an operator that was not withdrawn, oldest first."""
    rows = session.scalars(
        select(CalendarChange).where(_changes.withdrawn_at.is_(None)).order_by(_changes.at, _changes.id)
    )
    return [change_of(row) for row in rows]


def change_of(row: CalendarChange) -> DayChange:
    return DayChange(
        kind=row.kind,  # type: ignore[arg-type]
        day=row.day,
        until=row.until or row.day,
        new_day=row.new_day,
        windows=tuple(window_of(text) for text in row.hours),
        name=row.name,
    )


def window_of(text: str) -> Window:
    """A window as it is stored, "08:00-12:00"."""
    from bot.config.company import Window as Configured

    configured = Configured.model_validate(text)
    return Window(configured.start, configured.end)


def change_row(change: DayChange, *, new_id: str, actor: str, at: datetime) -> CalendarChange:
    return CalendarChange(
        id=new_id,
        kind=change.kind,
        day=change.day,
        new_day=change.new_day,
        until=change.until if change.until != change.day else None,
        hours=[f"{window.opens:%H:%M}-{window.closes:%H:%M}" for window in change.windows],
        name=change.name,
        actor=actor,
        at=at,
    )


def check_change(calendars: Calendars, change: DayChange, others: Sequence[DayChange]) -> None:
    """Raises ValueError in words for a change that can't be: too long, or the company would never open."""
    if change.until < change.day:
        raise ValueError("the last day is before the first")
    if (change.until - change.day).days > MAX_SPAN_DAYS:
        raise ValueError(f"a change may cover {MAX_SPAN_DAYS} days at most")
    tried = Calendars(calendars.configured)
    try:
        tried.use([*others, change])
        tried.company.next_opening(_noon(change.day, calendars.company))
    except NeverOpen as error:
        raise ValueError(f"the company would never open again: {error}") from error


def _noon(day: date, calendar: WorkingCalendar) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=calendar.timezone)
