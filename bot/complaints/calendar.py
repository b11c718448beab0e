"""The company's working calendar: weekdays, several opening windows a day, public holidays, closures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from bot.complaints.feasts import Feast, HolidaysOfYear, Ramadan, RamadansOfYear, no_holidays, no_ramadan

HORIZON_DAYS = 800
"""How many days without an opening a search passes before it says that the company never opens."""

CountFrom = Literal["day_after", "next_opening"]
"""What the days of a deadline are counted from. source: CO-01"""


class NeverOpen(ValueError):
    """The calendar has no working day or no opening hours to count on; the text says which setting to
    mend.
    """


@dataclass(frozen=True, slots=True)
class Window:
    """One opening window of a day, in local time. `closes` at 00:00 means midnight at the end of the day."""

    opens: time
    closes: time

    def __post_init__(self) -> None:
        if self.opens.tzinfo or self.closes.tzinfo:
            raise ValueError("opening hours are local times without a zone")
        if not self.ends_at_midnight and self.closes <= self.opens:
            raise ValueError(f"opening hours end before they begin: {self.opens:%H:%M}-{self.closes:%H:%M}")

    @property
    def ends_at_midnight(self) -> bool:
        return self.closes == time(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingCalendar:
    """When the company works. Every instant that goes in or comes out is aware; days are local days.

    `special_hours` (a Saturday worked, a short eve) win over everything, then `closures` (empty name: the
    company works although the day is a public holiday), then holidays, then the hours of Ramadan, then the
    week. Where the clocks change, a window opens at the first instant and closes at the last that its hours
    name; hours that do not exist that day begin or end at the change.
    """

    timezone: ZoneInfo
    week: Mapping[
        int, tuple[Window, ...]
    ]  # weekday (Monday 0) -> windows in order; a missing day is not worked
    holidays: HolidaysOfYear = no_holidays
    closures: Mapping[date, str] = field(default_factory=dict)
    special_hours: Mapping[date, tuple[Window, ...]] = field(default_factory=dict)
    ramadan_hours: Mapping[int, tuple[Window, ...]] = field(default_factory=dict)  # by weekday, as `week`
    ramadans: RamadansOfYear = no_ramadan
    version: str = ""  # stands for everything that decides

    def __post_init__(self) -> None:
        if not any(self.week.values()):
            raise NeverOpen("no working day has opening hours: set company.working_days and opening_hours")
        for windows in (*self.week.values(), *self.special_hours.values(), *self.ramadan_hours.values()):
            _check_order(windows)

    def windows_on(self, day: date) -> tuple[Window, ...]:
        """The opening windows of a local day, in order; empty when it isn't worked."""
        if day in self.special_hours:
            return self.special_hours[day]
        closed = self.closures[day] if day in self.closures else self._feast_on(day)
        if closed:
            return ()
        if self.has_ramadan_hours(day):
            return self.ramadan_hours[day.weekday()]
        return self.week.get(day.weekday(), ())

    def has_ramadan_hours(self, day: date) -> bool:
        """Whether the hours of Ramadan stand for those of the week."""
        return day.weekday() in self.ramadan_hours and any(day in month for month in self._ramadans_near(day))

    def _ramadans_near(self, day: date) -> tuple[Ramadan, ...]:
        return (*self.ramadans(day.year - 1), *self.ramadans(day.year))

    def is_working_day(self, day: date) -> bool:
        return bool(self.windows_on(day))

    def closed_because(self, day: date, language: str = "en") -> str:
        """The holiday or closure of a day in words, "" when it is an ordinary one."""
        if day in self.closures:
            return self.closures[day]
        feast = self._feast_on(day)
        return feast.names.get(language, feast.names.get("en", "")) if feast else ""

    def is_provisional(self, day: date) -> bool:
        """Whether a day is closed for a feast whose date is only estimated, or its hours hang on such a date,
        and nobody has confirmed or moved it.
        """
        if day in self.special_hours or day in self.closures:
            return False
        feast = self._feast_on(day)
        if feast is not None:
            return feast.estimated
        return self._at_an_edge_of_ramadan(day)

    def _at_an_edge_of_ramadan(self, day: date) -> bool:
        """Whether a moon seen one day sooner or later would change the hours of a day."""
        weekday = day.weekday()
        if self.ramadan_hours.get(weekday, ()) == self.week.get(weekday, ()):
            return False
        one = timedelta(days=1)
        return any(
            month.estimated and (abs(day - month.first) <= one or abs(day - month.feast) <= one)
            for month in self._ramadans_near(day)
        )

    def _feast_on(self, day: date) -> Feast | None:
        return self.holidays(day.year).get(day)

    def local_day(self, moment: datetime) -> date:
        return self._local(moment).date()

    def is_open(self, moment: datetime) -> bool:
        return any(start <= moment < end for start, end in self._spans(self.local_day(moment)))

    def next_opening(self, moment: datetime) -> datetime:
        """The next instant at which somebody works: `moment` itself when it is open. Raises `NeverOpen`."""
        start, _ = next(self._spans_after(moment))
        return max(start, moment.astimezone(UTC))

    def add_open(self, moment: datetime, duration: timedelta) -> datetime:
        """The first instant by which so much opening time has passed; `moment` itself for none. Raises
        `NeverOpen`.
        """
        if duration < timedelta():
            raise ValueError("opening time is counted forwards: see subtract_open")
        left, at = duration, moment.astimezone(UTC)
        spans = self._spans_after(moment)
        while left:
            start, end = next(spans)
            at = max(start, at)
            if end - at >= left:
                return at + left
            left -= end - at
        return at

    def subtract_open(self, moment: datetime, duration: timedelta) -> datetime:
        """The last instant from which so much opening time passes until `moment`. Raises `NeverOpen`."""
        left, at = duration, moment.astimezone(UTC)
        spans = self._spans_before(moment)
        while left > timedelta():
            start, end = next(spans)
            at = min(end, at)
            if at - start >= left:
                return at - left
            left -= at - start
        return at

    def open_between(self, start: datetime, end: datetime) -> timedelta:
        """How much opening time passes from one instant to another, none when `end` is the earlier one."""
        total, day, last = timedelta(), self.local_day(start), self.local_day(end)
        while day <= last:
            total += sum(
                (
                    max(timedelta(), min(closes, end) - max(opens, start))
                    for opens, closes in self._spans(day)
                ),
                timedelta(),
            )
            day += timedelta(days=1)
        return total

    def nth_working_day(self, after: date, days: int) -> date:
        """The `days`-th working day after a local day, that day not counted; 0 gives the day itself."""
        if days < 0:
            raise ValueError("working days are counted forwards")
        left = days
        for day in self._days_from(after, days):
            if left == 0:
                return day
            left -= self.is_working_day(day + timedelta(days=1))
        raise self._never()

    def opening_of(self, day: date) -> datetime:
        """When a working day begins. Raises `NeverOpen` for a day that isn't worked."""
        return self._instant(day, self._worked(day)[0].opens)

    def closing_of(self, day: date) -> datetime:
        """When a working day ends. Raises `NeverOpen` for a day that isn't worked."""
        return self._end(day, self._worked(day)[-1])

    def add_working_days(self, moment: datetime, days: int, *, at: time | None = None) -> datetime:
        """The n-th working day after `moment`'s local day, at `at` or, where that is closed, at its
        opening.
        """
        day = self.nth_working_day(self.local_day(moment), days)
        if not self.is_working_day(day):
            return self.next_opening(self._instant(day, at or time(0)))
        wanted = self._instant(day, at) if at is not None else self.opening_of(day)
        return wanted if self.is_open(wanted) else self.opening_of(day)

    def _worked(self, day: date) -> tuple[Window, ...]:
        windows = self.windows_on(day)
        if not windows:
            raise NeverOpen(f"{day.isoformat()} is not a working day")
        return windows

    def _local(self, moment: datetime) -> datetime:
        if moment.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return moment.astimezone(self.timezone)

    def _instant(self, day: date, at: time, *, fold: int = 0) -> datetime:
        """The instant of a wall-clock time: the first of two, or with `fold` the last; the change of the clocks
        where it does not exist.
        """
        first = datetime.combine(day, at, tzinfo=self.timezone)
        other = first.replace(fold=1)
        before, after = first.utcoffset(), other.utcoffset()
        if before == after:
            return first.astimezone(UTC)
        if before is not None and after is not None and before < after:
            return self._change_between(other.astimezone(UTC), first.astimezone(UTC))
        return (other if fold else first).astimezone(UTC)

    def _change_between(self, low: datetime, high: datetime) -> datetime:
        """The instant in (low, high] from which the offset is the one at `high`."""
        wanted = high.astimezone(self.timezone).utcoffset()
        while high - low > timedelta(seconds=1):
            middle = low + (high - low) // 2
            if middle.astimezone(self.timezone).utcoffset() == wanted:
                high = middle
            else:
                low = middle
        return high.replace(microsecond=0)

    def _end(self, day: date, window: Window) -> datetime:
        if window.ends_at_midnight:
            return self._instant(day + timedelta(days=1), time(0))
        return self._instant(day, window.closes, fold=1)

    def _spans(self, day: date) -> list[tuple[datetime, datetime]]:
        """The openings of a day; where an hour comes twice, none begins before the one in front has ended."""
        spans: list[tuple[datetime, datetime]] = []
        for window in self.windows_on(day):
            opens, closes = self._instant(day, window.opens), self._end(day, window)
            spans.append((max(opens, spans[-1][1]) if spans else opens, closes))
        return spans

    def _spans_after(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Openings that end after a moment, in order. Raises `NeverOpen` where none comes any more."""
        return self._spans_from(self.local_day(moment), 1, lambda start, end: end > moment and end > start)

    def _spans_before(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Openings that begin before a moment, the last first. Raises `NeverOpen` where there was none."""
        return self._spans_from(self.local_day(moment), -1, lambda start, end: start < moment and end > start)

    def _spans_from(
        self, day: date, step: int, wanted: Callable[[datetime, datetime], bool]
    ) -> Iterator[tuple[datetime, datetime]]:
        closed = 0
        while closed < HORIZON_DAYS:
            spans = [span for span in self._spans(day) if wanted(*span)]
            yield from spans[::step]
            closed = 0 if spans else closed + 1
            day += timedelta(days=step)
        raise self._never()

    def _days_from(self, day: date, extra: int = 0) -> Iterator[date]:
        return (day + timedelta(days=offset) for offset in range(HORIZON_DAYS + 8 * extra))

    def _never(self) -> NeverOpen:
        return NeverOpen(
            f"no opening hours within {HORIZON_DAYS} days: check company.working_days and closures"
        )


def weekly(windows: tuple[Window, ...], days: tuple[int, ...]) -> Mapping[int, tuple[Window, ...]]:
    """The same windows on each of the given weekdays (Monday is 0)."""
    if any(day not in range(7) for day in days):
        raise ValueError("weekdays go from 0 (Monday) to 6 (Sunday)")
    return dict.fromkeys(days, windows)


def _check_order(windows: tuple[Window, ...]) -> None:
    for before, after in pairwise(windows):
        if before.ends_at_midnight or after.opens < before.closes:
            raise ValueError(f"opening hours overlap or are out of order at {after.opens:%H:%M}")
