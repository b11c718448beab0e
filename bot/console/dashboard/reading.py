"""What the dashboard reads, each part in one look at the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from bot.complaints.periods import Period, week_around
from bot.complaints.periods import week_name as name_of_week
from bot.indicators import Books, Figures, read_figures
from bot.report_queries import Action, open_actions, weekly_counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A period beside the one before, the weeks up to its end, and the defects that come back."""

    period: Period
    now: Figures
    before: Figures
    trend: tuple[tuple[str, Period, int], ...]  # name, week, complaints; oldest first
    recurrences: tuple[Action, ...]

    @property
    def empty(self) -> bool:
        """Nothing was received, owed or answered."""
        figures = self.now
        return not (
            figures.complaints
            or figures.acknowledgement.due
            or figures.resolution.promises.due
            or figures.first_answer.promises.due
            or figures.self_served.whole
        )


def read_board(
    session: Session, books: Books, period: Period, now: datetime, *, weeks: int, week_starts: int
) -> Board:
    """Everything that belongs to a period."""
    zone = books.calendar.timezone
    last = min(period.last, now.astimezone(zone).date())
    week = week_around(last, week_starts)
    return Board(
        period=period,
        now=read_figures(session, books, period, now),
        before=read_figures(session, books, same_length_before(period), now),
        trend=tuple(
            (name_of_week(each), each, count) for each, count in weekly_counts(session, week, weeks, zone)
        ),
        recurrences=tuple(each for each in open_actions(session) if each.found and each.closed_at is None),
    )


def same_length_before(period: Period) -> Period:
    """What a period is held against: a whole month against the month before, else as many days before."""
    if period.first.day == 1 and (period.last + timedelta(days=1)).day == 1:
        months = (period.last.year - period.first.year) * 12 + period.last.month - period.first.month + 1
        last = period.first - timedelta(days=1)
        at = last.year * 12 + last.month - 1 - (months - 1)
        return Period(first=date(at // 12, at % 12 + 1, 1), last=last)
    return period.before()
