"""What an operator says of a day, over the configured calendar: the newest word on a day is in force."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from bot.complaints.calendar import Window, WorkingCalendar
from bot.complaints.feasts import moved_holidays, moved_ramadans

ChangeKind = Literal["feast", "closure", "worked", "hours"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayChange:
    """One word of an operator on the days from `day` to `until`.

    feast: the holidays of these days (or the first day of Ramadan) are certain and begin on `new_day`.
    closure: closed, for the reason in `name`. worked: not closed, whatever the feast. hours: `windows`.
    """

    kind: ChangeKind
    day: date
    until: date
    new_day: date | None = None
    windows: tuple[Window, ...] = ()
    name: str = ""

    def days(self) -> Iterator[date]:
        return (self.day + timedelta(days=more) for more in range((self.until - self.day).days + 1))


def with_changes(calendar: WorkingCalendar, changes: Iterable[DayChange], *, version: str) -> WorkingCalendar:
    """The calendar with an operator's changes, oldest first, on top of it."""
    moves: dict[date, date] = {}
    closures, hours = dict(calendar.closures), dict(calendar.special_hours)
    for change in changes:
        if change.kind == "feast":
            moves |= _moves(change)
            continue
        for day in change.days():
            if change.kind == "hours":
                hours[day] = change.windows
                continue
            closures[day] = change.name if change.kind == "closure" else ""
            hours.pop(day, None)
    return replace(
        calendar,
        holidays=moved_holidays(calendar.holidays, moves),
        ramadans=moved_ramadans(calendar.ramadans, moves),
        closures=closures,
        special_hours=hours,
        version=version,
    )


def _moves(change: DayChange) -> Mapping[date, date]:
    by = (change.new_day or change.day) - change.day
    return {day: day + by for day in change.days()}
