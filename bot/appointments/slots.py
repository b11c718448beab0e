"""Which places are free: the calendar's hours, minus what is taken, within notice and horizon."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from bot.appointments.kinds import CELL, Kind
from bot.complaints.calendar import Window, WorkingCalendar

MAX_DAYS = 400
"""No search goes further, whatever is configured."""

Taken = Mapping[str, Collection[datetime]]
"""Per resource, the instants of the cells that are held."""


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A place that can be booked."""

    starts_at: datetime  # aware UTC
    resource: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What of the time is asked for; empty: any. Days and hours are the contact's own."""

    days: tuple[date, ...] = ()
    from_time: time | None = None
    to_time: time | None = None  # exclusive; None: the day's end
    at: time | None = None  # this very beginning
    besides: tuple[datetime, ...] = ()  # not these beginnings: they were offered before
    resource: str = ""

    @property
    def says_something(self) -> bool:
        return bool(self.days or self.from_time or self.to_time or self.at or self.resource)

    def fits(self, slot: Slot, zone: ZoneInfo) -> bool:
        local = slot.starts_at.astimezone(zone)
        if self.resource and slot.resource != self.resource:
            return False
        if slot.starts_at in self.besides:
            return False
        if self.days and local.date() not in self.days:
            return False
        if self.at is not None:
            return local.time() == self.at
        if self.from_time is not None and local.time() < self.from_time:
            return False
        return self.to_time is None or local.time() < self.to_time


def cells_of(starts_at: datetime, ends_at: datetime, pause: timedelta = timedelta(0)) -> tuple[datetime, ...]:
    """The instants of all cells an appointment holds, its pause included."""
    at, found = floor(starts_at), []
    while at < ends_at + pause:
        found.append(at)
        at += CELL
    return tuple(found)


def floor(moment: datetime) -> datetime:
    """The beginning of the cell in which a moment falls."""
    utc = moment.astimezone(UTC)
    return utc - timedelta(minutes=utc.minute % 5, seconds=utc.second, microseconds=utc.microsecond)


def within(kind: Kind, calendar: WorkingCalendar, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether an appointment lies wholly in the hours in which this kind takes place."""
    day = starts_at.astimezone(calendar.timezone).date()
    return any(opens <= starts_at and ends_at <= closes for opens, closes in spans_on(kind, calendar, day))


def spans_on(kind: Kind, calendar: WorkingCalendar, day: date) -> list[tuple[datetime, datetime]]:
    """When a kind can take place on a local day: its own hours within the company's."""
    opened = [_instants(window, day, calendar.timezone) for window in calendar.windows_on(day)]
    if not kind.week:
        return opened
    own = [_instants(window, day, calendar.timezone) for window in kind.week.get(day.weekday(), ())]
    crossed = [(max(a[0], b[0]), min(a[1], b[1])) for a in opened for b in own]
    return sorted((start, end) for start, end in crossed if start < end)


def _instants(window: Window, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    opens = datetime.combine(day, window.opens, tzinfo=zone)
    last = day + timedelta(days=1) if window.ends_at_midnight else day
    return opens.astimezone(UTC), datetime.combine(last, window.closes, tzinfo=zone).astimezone(UTC)


def all_slots(
    kind: Kind, calendar: WorkingCalendar, taken: Taken, *, now: datetime, first: date | None = None
) -> Iterator[Slot]:
    """Every free place in order of time; of the resources free at an instant, the one least held comes first."""
    earliest, latest = now + kind.notice, now + kind.horizon
    day = calendar.local_day(earliest)
    if first is not None:
        day = max(day, first)
    held = {resource: frozenset(taken.get(resource, ())) for resource in kind.resources}
    by_load = sorted(
        kind.resources, key=lambda resource: (len(held[resource]), kind.resources.index(resource))
    )
    for offset in range(MAX_DAYS):
        today = day + timedelta(days=offset)
        if datetime.combine(today, time(), tzinfo=calendar.timezone) > latest:
            return
        for at in _beginnings(kind, calendar, today):
            if not earliest <= at <= latest:
                continue
            cells = cells_of(at, at + kind.lasts, kind.pause)
            for resource in by_load:
                if held[resource].isdisjoint(cells):
                    yield Slot(at, resource)


def _beginnings(kind: Kind, calendar: WorkingCalendar, day: date) -> Iterator[datetime]:
    for opens, closes in spans_on(kind, calendar, day):
        at = opens
        while at + kind.lasts <= closes:
            yield at
            at += kind.step


def offer(
    kind: Kind,
    calendar: WorkingCalendar,
    taken: Taken,
    wanted: Wanted,
    *,
    now: datetime,
    zone: ZoneInfo,
    count: int,
) -> tuple[list[Slot], bool]:
    """Up to `count` places, one an instant, and whether they are what was asked for.

    Where nothing fits, the nearest to the first day asked for; spread over the days where days were left open.
    """
    every = [
        slot for slot in all_slots(kind, calendar, taken, now=now) if slot.starts_at not in wanted.besides
    ]
    fitting = list(_one_an_instant(slot for slot in every if wanted.fits(slot, zone)))
    if fitting:
        return (_apart(fitting, count) if wanted.days else _spread(fitting, zone, count)), True
    free = list(_one_an_instant(iter(every)))
    nearest = sorted(free, key=lambda slot: _distance(slot, wanted, zone))[:count]
    return sorted(nearest), False


def _apart(slots: list[Slot], count: int) -> list[Slot]:
    """Early, between, late: three half hours in a row would be one choice."""
    if len(slots) <= count:
        return slots
    return [slots[number * (len(slots) - 1) // (count - 1)] for number in range(count)]


def _one_an_instant(slots: Iterator[Slot]) -> Iterator[Slot]:
    last: datetime | None = None
    for slot in slots:
        if slot.starts_at != last:
            yield slot
            last = slot.starts_at


def _spread(slots: list[Slot], zone: ZoneInfo, count: int) -> list[Slot]:
    """One place a day as far as days go, early and late in turn: who names no day may not be free on the next one."""
    by_day: dict[date, list[Slot]] = {}
    for slot in slots:
        by_day.setdefault(slot.starts_at.astimezone(zone).date(), []).append(slot)
    queues = []
    for number, day in enumerate(sorted(by_day)):
        places = by_day[day]
        begin = len(places) // 2 if number % 2 else 0
        queues.append(places[begin:] + places[:begin])
    turns = (queue[depth] for depth in range(count) for queue in queues if depth < len(queue))
    return sorted(islice(turns, count))


def _distance(slot: Slot, wanted: Wanted, zone: ZoneInfo) -> tuple[float, datetime]:
    """How far a place is from what was asked for: days first, then hours."""
    local = slot.starts_at.astimezone(zone)
    away = min((abs((local.date() - day).days) for day in wanted.days), default=0)
    hour = wanted.at or wanted.from_time
    off = 0.0
    if hour is not None:
        off = abs((local.hour - hour.hour) * 60 + local.minute - hour.minute) / 1440
    return away + off, slot.starts_at
