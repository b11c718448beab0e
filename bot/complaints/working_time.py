"""How much of a time span the company was open: for many spans at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

from bot.complaints.calendar import WorkingCalendar

Instants = NDArray[np.float64]  # seconds since 1970


class WorkingTime:
    """The opening windows from a first to a last day, laid down once, then looked up for many instants.

    Before the first day and after the last nobody works.
    """

    def __init__(self, calendar: WorkingCalendar, first: date, last: date) -> None:
        spans = list(_spans(calendar, first, last))
        self._starts = np.asarray([start for start, _ in spans], dtype=np.float64)
        self._lengths = np.asarray([end - start for start, end in spans], dtype=np.float64)
        self._before = np.concatenate([[0.0], np.cumsum(self._lengths)])

    def between(self, begins: Instants, ends: Instants) -> Instants:
        """Open seconds from each begin to its end; 0 where the end comes first."""
        if not len(self._starts):
            return np.zeros(len(begins))
        return np.maximum(0.0, self._open_until(ends) - self._open_until(begins))

    def _open_until(self, instants: Instants) -> Instants:
        at = np.searchsorted(self._starts, instants, side="right") - 1
        inside = np.clip(instants - self._starts[at], 0.0, self._lengths[at])
        return np.where(at < 0, 0.0, self._before[at] + inside)


def _spans(calendar: WorkingCalendar, first: date, last: date) -> Iterator[tuple[float, float]]:
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        for window in calendar.windows_on(day):
            closes_on = day + timedelta(days=1) if window.ends_at_midnight else day
            yield _instant(calendar, day, window.opens), _instant(calendar, closes_on, window.closes)


def _instant(calendar: WorkingCalendar, day: date, at: time) -> float:
    return datetime.combine(day, at, tzinfo=calendar.timezone).timestamp()
