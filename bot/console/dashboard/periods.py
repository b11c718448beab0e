"""The periods a manager chooses from, in the company's own week."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from bot.complaints.periods import Period, WrongPeriod, read_period, week_around

CHOICES: Final = ("week", "last_week", "month", "last_month", "quarter", "year", "own")
DEFAULT: Final = "last_week"
TREND_WEEKS: Final = 12


def period_of(choice: str, today: date, *, week_starts: int) -> Period:
    """The days of a choice; this week, month, quarter and year go up to their own end.

    Raises `WrongPeriod` for a word that is none.
    """
    week = week_around(today, week_starts)
    month = read_period(f"{today:%Y-%m}")
    named: Mapping[str, Period] = {
        "week": week,
        "last_week": week.before(),
        "month": month,
        "last_month": read_period(f"{month.first - timedelta(days=1):%Y-%m}"),
        "quarter": read_period(f"{today.year}-Q{(today.month + 2) // 3}"),
        "year": read_period(str(today.year)),
    }
    return named[choice] if choice in named else read_period(choice)


def asked(query: Mapping[str, str], today: date, *, week_starts: int) -> tuple[str, Period, bool]:
    """The choice, its days, and whether the address was understood; what makes no sense gives the last week."""
    wanted = query.get("period", "")[:24] or DEFAULT
    try:
        found = period_of(wanted, today, week_starts=week_starts)
    except WrongPeriod:
        return DEFAULT, period_of(DEFAULT, today, week_starts=week_starts), False
    return (wanted if wanted in CHOICES else "own"), found, True
