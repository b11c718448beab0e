"""The calendar and the deadlines as people see and change them: for the API and the commands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.calendars import Calendars, change_of, change_row, changes_in_force, check_change
from bot.complaints.calendar import Window, WorkingCalendar
from bot.complaints.day_changes import DayChange
from bot.complaints.feasts import span_of
from bot.deadlines import OPEN
from bot.records import AuditEntry, CalendarChange, Case, DeadlineRow
from bot.records.base import table_of
from bot.store.changes import NotFound, NotPossible

_rows = table_of(DeadlineRow).c
_cases = table_of(Case).c
_changes = table_of(CalendarChange).c

RAMADAN: Mapping[str, str] = {"fr": "Ramadan", "ar": "رمضان", "en": "Ramadan"}


def days_of(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=more) for more in range((last - first).days + 1))


def hours_text(windows: tuple[Window, ...]) -> list[str]:
    """As they are written in the configuration; midnight at a day's end is 24:00."""
    return [
        f"{window.opens:%H:%M}-{'24:00' if window.ends_at_midnight else f'{window.closes:%H:%M}'}"
        for window in windows
    ]


def day_view(calendar: WorkingCalendar, day: date, language: str) -> dict[str, Any]:
    """A day: its hours, or why it has none."""
    return {
        "day": day,
        "hours": hours_text(calendar.windows_on(day)),
        "closed_because": "" if calendar.is_working_day(day) else calendar.closed_because(day, language),
        "special": day in calendar.special_hours,
        "ramadan": calendar.is_working_day(day) and calendar.has_ramadan_hours(day),
        "provisional": calendar.is_provisional(day),
    }


def feasts_view(calendars: Calendars, first: date, last: date, language: str) -> list[dict[str, Any]]:
    """Public holidays and the months of Ramadan in force, in order."""
    calendar = calendars.company
    found = [
        {
            "first": day,
            "last": day,
            "name": feast.names.get(language, feast.names.get("en", "")),
            "provisional": feast.estimated,
        }
        for year in range(first.year, last.year + 1)
        for day, feast in calendar.holidays(year).items()
        if first <= day <= last
    ]
    if calendar.ramadan_hours:
        for year in range(first.year - 1, last.year + 1):
            for month in calendar.ramadans(year):
                if month.feast > first and month.first <= last:
                    end = month.feast - timedelta(days=1)
                    name = RAMADAN.get(language, RAMADAN["en"])
                    found.append(
                        {"first": month.first, "last": end, "name": name, "provisional": month.estimated}
                    )
    return _joined(sorted(found, key=lambda feast: str(feast["first"])))


def _joined(feasts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Neighbouring days of one feast as one line."""
    joined: list[dict[str, Any]] = []
    for feast in feasts:
        before = joined[-1] if joined else None
        one_more = before and feast["first"] - before["last"] == timedelta(days=1)
        if before and one_more and {**before, "first": 0, "last": 0} == {**feast, "first": 0, "last": 0}:
            before["last"] = feast["last"]
        else:
            joined.append(dict(feast))
    return joined


def feast_change(calendars: Calendars, known: list[DayChange], day: date, new_day: date) -> DayChange:
    """The whole feast that `day` belongs to, now certain to begin `new_day` instead of `day`. Raises `NotPossible`.

    `day` is a day of the feast as the calendar has it now, or as it had it before somebody moved it.
    """
    by = new_day - day
    if abs(by) > timedelta(days=30):
        raise NotPossible("a feast moves by some days only: look at both dates")
    for change in reversed(known):
        begins = change.new_day or change.day
        if change.kind == "feast" and begins <= day <= begins + (change.until - change.day):
            return DayChange(kind="feast", day=change.day, until=change.until, new_day=begins + by)
    configured = calendars.configured
    if any(day == month.first for year in (day.year - 1, day.year) for month in configured.ramadans(year)):
        return DayChange(kind="feast", day=day, until=day, new_day=new_day)
    if day not in configured.holidays(day.year):
        raise NotPossible(f"no holiday stands on {day.isoformat()}: see relais calendar feasts")
    first, last = span_of(configured.holidays, day)
    return DayChange(kind="feast", day=first, until=last, new_day=first + by)


def keep_change(
    session: Session,
    calendars: Calendars,
    change: DayChange,
    *,
    ids: tuple[str, str],
    actor: str,
    at: datetime,
) -> CalendarChange:
    """Write a change and who made it. `ids` are two fresh ones. Raises `NotPossible`."""
    try:
        check_change(calendars, change, changes_in_force(session))
    except ValueError as error:
        raise NotPossible(str(error)) from error
    row = change_row(change, new_id=ids[0], actor=actor, at=at)
    session.add(row)
    session.add(
        AuditEntry(
            id=ids[1],
            at=at,
            actor=actor,
            action="calendar_changed",
            object_kind="calendar_change",
            object_id=row.id,
            detail=change_view(row),
        )
    )
    return row


def withdraw_change(
    session: Session, change_id: str, *, new_id: str, actor: str, at: datetime
) -> CalendarChange:
    """A change is no longer in force. Raises `NotFound`."""
    row = session.get(CalendarChange, change_id)
    if row is None or row.withdrawn_at is not None:
        raise NotFound(f"there is no change {change_id} in force")
    row.withdrawn_at = at
    session.add(
        AuditEntry(
            id=new_id,
            at=at,
            actor=actor,
            action="calendar_change_withdrawn",
            object_kind="calendar_change",
            object_id=row.id,
            detail=change_view(row),
        )
    )
    return row


def change_view(row: CalendarChange) -> dict[str, Any]:
    change = change_of(row)
    return {
        "id": row.id,
        "kind": change.kind,
        "first": change.day.isoformat(),
        "last": change.until.isoformat(),
        "new_first": change.new_day.isoformat() if change.new_day else None,
        "hours": hours_text(change.windows),
        "name": change.name,
        "by": row.actor,
        "at": row.at.isoformat(),
    }


def changes_view(session: Session) -> list[dict[str, Any]]:
    """Every change in force, oldest first."""
    query = select(CalendarChange).where(_changes.withdrawn_at.is_(None)).order_by(_changes.at, _changes.id)
    return [change_view(row) for row in session.scalars(query)]


def deadlines_view(
    session: Session,
    now: datetime,
    *,
    status: str = "open",
    desk: str = "",
    reference: str = "",
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Deadlines with their explanation, the next due first. `status`: open, late, or one of the records'."""
    query = (
        select(table_of(DeadlineRow), _cases.reference)
        .outerjoin(table_of(Case), _cases.id == _rows.case_id)
        .order_by(_rows.due_at, _rows.id)
        .limit(limit)
    )
    if status == "open":
        query = query.where(_rows.status.in_(OPEN))
    elif status == "late":
        query = query.where(_rows.status == "running", _rows.due_at < now)
    elif status:
        query = query.where(_rows.status == status)
    if desk:
        query = query.where(_rows.desk_id == desk)
    if reference:
        query = query.where(_cases.reference == reference)
    return [_deadline_view(row, now) for row in session.execute(query)]


def _deadline_view(row: Any, now: datetime) -> dict[str, Any]:
    return {
        "id": row.id,
        "key": row.key,
        "kind": row.kind,
        "reference": row.reference or "",
        "conversation_id": row.conversation_id,
        "desk": row.desk_id,
        "status": row.status,
        "late": row.breached_at is not None or (row.status == "running" and row.due_at < now),
        "started_at": row.started_at,
        "due_at": row.due_at,
        "explanation": row.explanation,
        "provisional": row.provisional,
        "calendar_version": row.calendar_version,
        "warned_at": row.warned_at,
        "breached_at": row.breached_at,
        "level": row.level,
        "paused_at": row.paused_at,
        "met_at": row.met_at,
        "history": row.history,
    }
