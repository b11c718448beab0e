"""Which days the calendar shows: a month in whole weeks, or one week. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

View = Literal["month", "week"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """`first` and `last` are shown; `inside` tells days of the month itself from those that fill its weeks."""

    view: View
    on: date
    first: date
    last: date

    def inside(self, day: date) -> bool:
        return self.view == "week" or (day.year, day.month) == (self.on.year, self.on.month)

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=more) for more in range((self.last - self.first).days + 1)]

    @property
    def earlier(self) -> date:
        if self.view == "week":
            return self.on - timedelta(days=7)
        return (self.on.replace(day=1) - timedelta(days=1)).replace(day=1)

    @property
    def later(self) -> date:
        if self.view == "week":
            return self.on + timedelta(days=7)
        return (self.on.replace(day=1) + timedelta(days=32)).replace(day=1)


def span_of(query: Mapping[str, str], today: date, week_starts: int) -> Span:
    """From the address of the page; what can't be read is today's month. `week_starts`: Monday is 0."""
    view: View = "week" if query.get("view") == "week" else "month"
    try:
        on = date.fromisoformat(query.get("on", ""))
    except ValueError:
        on = today
    if abs((on - today).days) > 3_660:
        on = today
    if view == "week":
        first = _week_of(on, week_starts)
        return Span(view=view, on=on, first=first, last=first + timedelta(days=6))
    first = _week_of(on.replace(day=1), week_starts)
    end = (on.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return Span(view=view, on=on, first=first, last=_week_of(end, week_starts) + timedelta(days=6))


def _week_of(day: date, week_starts: int) -> date:
    return day - timedelta(days=(day.weekday() - week_starts) % 7)
