"""When something must be done, computed once from a rule and explained in words. source: CO-01, CO-20

A rule counts working days or minutes of opening time. Pauses do not count: a working day counts when the clock was
running at its closing time, a minute when it was running then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.complaints.calendar import HORIZON_DAYS, CountFrom, NeverOpen, WorkingCalendar
from bot.complaints.explaining import LANGUAGES, Facts, explain

RESOLVE_WORKING_DAYS = 5

Pause = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A due instant that a person has set, and what the clock was told since."""

    due_at: datetime
    at: datetime
    by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How long, and by whose hours. Kept with the deadline, so that it can be computed again."""

    days: int = 0  # working days, due at the closing time of the last; or
    minutes: int = 0  # minutes of opening time
    count_from: CountFrom = "day_after"  # of days
    hours_of: str = ""  # the desk whose hours count; "" for the company's
    received: bool = True  # for the words: it counts from something that came in
    pauses: tuple[Pause, ...] = ()
    fixed: Fixed | None = None

    def __post_init__(self) -> None:
        if (self.days > 0) == (self.minutes > 0) or min(self.days, self.minutes) < 0:
            raise ValueError("a deadline is some working days or some minutes of opening time, not both")

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        length = (
            {"days": self.days, "count_from": self.count_from} if self.days else {"minutes": self.minutes}
        )
        more: dict[str, Any] = {"hours_of": self.hours_of} if self.hours_of else {}
        if not self.received:
            more["received"] = False
        if self.pauses:
            more["pauses"] = [[start.isoformat(), end.isoformat()] for start, end in self.pauses]
        if self.fixed:
            fixed = self.fixed
            times = {"due_at": fixed.due_at.isoformat(), "at": fixed.at.isoformat()}
            more["fixed"] = {**times, "by": fixed.by, "why": fixed.why}
        return {**length, **more}


def rule_of(stored: Mapping[str, Any]) -> Rule:
    """A rule from what `as_json` gave."""
    fixed = stored.get("fixed")
    return Rule(
        days=stored.get("days", 0),
        minutes=stored.get("minutes", 0),
        count_from=stored.get("count_from", "day_after"),
        hours_of=stored.get("hours_of", ""),
        received=stored.get("received", True),
        pauses=tuple((_instant(start), _instant(end)) for start, end in stored.get("pauses", ())),
        fixed=fixed
        and Fixed(
            due_at=_instant(fixed["due_at"]), at=_instant(fixed["at"]), by=fixed["by"], why=fixed["why"]
        ),
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The instant something is due, and why, in words."""

    due_at: datetime  # aware UTC
    explanation: Mapping[str, str]  # language -> one line
    counted_days: tuple[date, ...] = ()  # the working days that were counted, local
    provisional: bool = False  # rests on a moon-sighted feast that isn't confirmed yet


def resolution_due(
    received_at: datetime,
    calendar: WorkingCalendar,
    days: int = RESOLVE_WORKING_DAYS,
    count_from: CountFrom = "day_after",
    country: str = "",
    languages: Iterable[str] = LANGUAGES,
) -> Deadline:
    """Closing time of the n-th working day after the day of receipt in the company's zone. source: CO-01

    With `next_opening`, what comes in while closed counts as received at the next opening. `country`
    (ISO) chooses the Arabic month names, `languages` those of the explanation. Raises `NeverOpen` when
    there is nothing to count, ValueError for fewer than one day.
    """
    if days < 1:
        raise ValueError("a complaint needs at least one working day: check complaints.resolve_within")
    return deadline_of(Rule(days=days, count_from=count_from), received_at, calendar, country, languages)


def deadline_of(
    rule: Rule,
    started_at: datetime,
    calendar: WorkingCalendar,
    country: str = "",
    languages: Iterable[str] = LANGUAGES,
) -> Deadline:
    """The due instant of a rule, its pauses left out. Raises `NeverOpen` when there is nothing to count."""
    if rule.fixed is not None:
        facts = _fixed(rule, rule.fixed, started_at, calendar)
    elif rule.days:
        facts = _in_days(rule, started_at, calendar)
    else:
        facts = _in_minutes(rule, started_at, calendar)
    return Deadline(
        due_at=facts.due_at,
        explanation={language: explain(facts, calendar, language, country) for language in languages},
        counted_days=facts.counted,
        provisional=facts.provisional,
    )


def _in_days(rule: Rule, started_at: datetime, calendar: WorkingCalendar) -> Facts:
    start = calendar.next_opening(started_at) if rule.count_from == "next_opening" else started_at
    counted, closed = _walk(rule, calendar.local_day(start), calendar)
    due_at = calendar.closing_of(counted[-1])
    return Facts(
        received_at=started_at,
        start=start,
        due_at=due_at,
        counted=counted,
        closed=closed,
        pauses=tuple(pause for pause in rule.pauses if pause[0] < due_at),
        provisional=any(calendar.is_provisional(day) for day in (*closed, counted[-1])),
        received=rule.received,
    )


def _walk(rule: Rule, after: date, calendar: WorkingCalendar) -> tuple[tuple[date, ...], tuple[date, ...]]:
    """Working days counted and days closed, after a local day."""
    counted: list[date] = []
    closed: list[date] = []
    day, in_a_row = after, 0
    while len(counted) < rule.days:
        day += timedelta(days=1)
        if not calendar.is_working_day(day):
            closed.append(day)
            in_a_row += 1
            if in_a_row > HORIZON_DAYS:
                raise NeverOpen(
                    f"no working day within {HORIZON_DAYS} days: check company.working_days and closures"
                )
            continue
        in_a_row = 0
        if not rule.pauses or not _paused(rule.pauses, calendar.closing_of(day)):
            counted.append(day)
    return tuple(counted), tuple(closed)


def _paused(pauses: tuple[Pause, ...], moment: datetime) -> bool:
    return any(start < moment < end for start, end in pauses)


def _in_minutes(rule: Rule, started_at: datetime, calendar: WorkingCalendar) -> Facts:
    length = timedelta(minutes=rule.minutes)
    left, at = length, started_at
    for start, end in rule.pauses:
        used = calendar.open_between(at, start)
        if used >= left:
            break
        left, at = left - used, max(at, end)
    due_at = calendar.add_open(at, left)
    closed = _closed_between(started_at, due_at, calendar)
    return Facts(
        received_at=started_at,
        start=calendar.next_opening(started_at),
        due_at=due_at,
        closed=closed,
        open_time=length,
        pauses=tuple(pause for pause in rule.pauses if pause[0] < due_at),
        provisional=any(calendar.is_provisional(day) for day in (*closed, calendar.local_day(due_at))),
        received=rule.received,
    )


def _closed_between(start: datetime, end: datetime, calendar: WorkingCalendar) -> tuple[date, ...]:
    first, last = calendar.local_day(start), calendar.local_day(end)
    days = (first + timedelta(days=more) for more in range((last - first).days + 1))
    return tuple(day for day in days if not calendar.is_working_day(day))


def _fixed(rule: Rule, fixed: Fixed, started_at: datetime, calendar: WorkingCalendar) -> Facts:
    """A person's word stands whatever the calendar says; the rest of later pauses comes on top."""
    due_at = fixed.due_at
    later = tuple(pause for pause in rule.pauses if pause[0] >= fixed.at)
    for start, end in later:
        if start < due_at:
            due_at = calendar.add_open(end, calendar.open_between(start, due_at))
    return Facts(
        received_at=started_at,
        start=started_at,
        due_at=due_at.astimezone(UTC),
        pauses=later,
        moved=(fixed.by, fixed.why),
        received=rule.received,
    )


def warning_at(started_at: datetime, due_at: datetime, left: float, calendar: WorkingCalendar) -> datetime:
    """When people are warned: the share `left` of its opening time before the due instant; `due_at` for none."""
    length = calendar.open_between(started_at, due_at) * left
    return calendar.subtract_open(due_at, length) if length > timedelta() else due_at


def is_overdue(due_at: datetime, now: datetime) -> bool:
    return now.astimezone(UTC) > due_at
