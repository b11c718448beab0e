"""The working calendar, operators' changes of it, and the deadlines with their explanations."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy.orm import Session

from bot import calendar_book
from bot.api.access import Ask, Limit, StoreDep, people_of
from bot.calendar_watch import CalendarWatch
from bot.calendars import MAX_SPAN_DAYS, Calendars, changes_in_force, window_of
from bot.complaints.day_changes import DayChange
from channels.text import clean_text

router = APIRouter()

Language = Literal["fr", "ar", "en"]
Hours = Annotated[str, StringConstraints(min_length=5, max_length=20)]


class DayOut(BaseModel):
    day: date
    hours: list[str]
    closed_because: str
    special: bool
    ramadan: bool
    provisional: bool = Field(description="The date of a feast behind it is estimated and not confirmed yet.")


class CalendarOut(BaseModel):
    timezone: str
    version: str = Field(description="The same for the same configuration and changes.")
    days: list[DayOut]


class FeastOut(BaseModel):
    first: date
    last: date
    name: str
    provisional: bool


class ChangeOut(BaseModel):
    id: str
    kind: Literal["feast", "closure", "worked", "hours"]
    first: date
    last: date
    new_first: date | None
    hours: list[str]
    name: str
    by: str
    at: datetime


class ChangeIn(Ask, extra="forbid"):
    kind: Literal["feast", "closure", "worked", "hours"]
    day: date
    last: date | None = Field(
        None, description="The last day of a span; not for feasts, which are moved whole."
    )
    new_day: date | None = Field(None, description="Where a feast moves to; the same day confirms it.")
    hours: list[Hours] = Field(default_factory=list, max_length=6, description='Such as "08:00-12:00".')
    name: Annotated[str, StringConstraints(max_length=100)] = ""


class DeadlineOut(BaseModel):
    id: str
    key: str
    kind: str
    reference: str
    conversation_id: str | None
    desk: str
    status: Literal["running", "paused", "met", "missed", "cancelled"]
    late: bool
    started_at: datetime
    due_at: datetime
    explanation: dict[str, str]
    provisional: bool
    calendar_version: str
    warned_at: datetime | None
    breached_at: datetime | None
    level: int = Field(
        description="Who was told that it is missed: 1 its desk, then the steps of escalation."
    )
    paused_at: datetime | None
    met_at: datetime | None
    history: list[dict[str, Any]]


def _watch(request: Request) -> CalendarWatch:
    watch: CalendarWatch = request.app.state.calendar_watch
    return watch


def _calendars(request: Request) -> Calendars:
    return _watch(request).calendars


@router.get("/calendar")
async def show(
    request: Request,
    first: date | None = None,
    last: date | None = None,
    language: Language = "en",
    desk: str = "",
) -> CalendarOut:
    """Days with their hours, or why they have none; the next 31 days by default."""
    calendar = _calendars(request).of(desk)
    first = first or calendar.local_day(people_of(request).now())
    last = last or first + timedelta(days=30)
    _check_span(first, last)
    days = [calendar_book.day_view(calendar, day, language) for day in calendar_book.days_of(first, last)]
    return CalendarOut(
        timezone=str(calendar.timezone), version=calendar.version, days=[DayOut(**day) for day in days]
    )


@router.get("/calendar/feasts")
async def feasts(
    request: Request, first: date | None = None, last: date | None = None, language: Language = "en"
) -> list[FeastOut]:
    """Public holidays, and Ramadan where it has hours of its own; the coming year by default."""
    calendars = _calendars(request)
    first = first or calendars.company.local_day(people_of(request).now())
    last = last or first + timedelta(days=365)
    _check_span(first, last)
    return [FeastOut(**feast) for feast in calendar_book.feasts_view(calendars, first, last, language)]


def _check_span(first: date, last: date) -> None:
    if not 0 <= (last - first).days <= MAX_SPAN_DAYS or not 1970 <= first.year <= last.year <= 2100:
        raise HTTPException(422, f"first and last must be in order, {MAX_SPAN_DAYS} days apart at most")


@router.get("/calendar/changes")
async def changes(store: StoreDep) -> list[ChangeOut]:
    """What operators have changed, oldest first."""
    return [ChangeOut(**change) for change in await store.read(calendar_book.changes_view)]


@router.post("/calendar/changes", status_code=201)
async def change(ask: ChangeIn, request: Request, store: StoreDep) -> ChangeOut:
    """Confirm or move a feast, close days, work on them, or set their hours. Open deadlines follow."""
    _check_span(ask.day, ask.last or ask.day)
    watch, people = _watch(request), people_of(request)
    ids = (people.new_id(), people.new_id())

    def write(session: Session) -> dict[str, Any]:
        wanted = _wanted(ask, watch.calendars, changes_in_force(session))
        row = calendar_book.keep_change(
            session, watch.calendars, wanted, ids=ids, actor=clean_text(ask.agent), at=people.now()
        )
        return calendar_book.change_view(row)

    written = await store.write(write)
    await watch.changed()
    return ChangeOut(**written)


def _wanted(ask: ChangeIn, calendars: Calendars, known: list[DayChange]) -> DayChange:
    if ask.kind == "feast":
        return calendar_book.feast_change(calendars, known, ask.day, ask.new_day or ask.day)
    if (ask.kind == "hours") != bool(ask.hours):
        raise HTTPException(422, "hours are given for kind hours, and only for it")
    name = clean_text(ask.name).strip()
    if ask.kind == "closure" and not name:
        raise HTTPException(422, "name says why the company is closed: customers may read it")
    try:
        windows = tuple(window_of(text) for text in ask.hours)
        return DayChange(kind=ask.kind, day=ask.day, until=ask.last or ask.day, windows=windows, name=name)
    except ValueError as error:
        raise HTTPException(422, "hours must be written such as 08:00-12:00, in order") from error


@router.post("/calendar/changes/{change_id}/withdraw")
async def withdraw(change_id: str, ask: Ask, request: Request, store: StoreDep) -> ChangeOut:
    """Take a change back. Open deadlines follow."""
    watch, people = _watch(request), people_of(request)
    audit_id, actor, now = people.new_id(), clean_text(ask.agent), people.now()

    def write(session: Session) -> dict[str, Any]:
        row = calendar_book.withdraw_change(session, change_id, new_id=audit_id, actor=actor, at=now)
        return calendar_book.change_view(row)

    written = await store.write(write)
    await watch.changed()
    return ChangeOut(**written)


@router.get("/deadlines")
async def list_deadlines(
    request: Request,
    store: StoreDep,
    status: Literal["open", "late", "running", "paused", "met", "missed", "cancelled", "all"] = "open",
    desk: Annotated[str, Query(max_length=64)] = "",
    reference: Annotated[str, Query(max_length=64)] = "",
    limit: Limit = 50,
) -> list[DeadlineOut]:
    """Deadlines, the next due first, each with its explanation in every language and its history."""
    now = people_of(request).now()
    wanted = "" if status == "all" else status
    found = await store.read(
        lambda session: calendar_book.deadlines_view(
            session, now, status=wanted, desk=desk, reference=reference, limit=limit
        )
    )
    return [DeadlineOut(**row) for row in found]
