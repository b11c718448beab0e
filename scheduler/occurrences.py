"""Planning: rules become rows of `occurrences`, set-wise, as often as one likes, each once.

What concerns all contacts is written in slices, so that no transaction holds up the messages of customers. A row is
unique by rule, contact, subject and day: planning again, in another process, after a kill, adds nothing twice.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import (
    CTE,
    Date,
    Integer,
    Select,
    String,
    column,
    func,
    literal,
    literal_column,
    select,
    true,
    values,
)
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.records import Occurrence
from bot.records.base import UtcDateTime, table_of
from bot.store.port import Records
from bot.store.upsert import insert_into
from scheduler.audience import PLACE_BREAK, audience, day_of, happened
from scheduler.recurrence import Offset, anchors_of, day_bounds, instant, is_late, zone_of
from scheduler.rule_book import ActiveRule, active_rules, planned
from scheduler.rules import Feast, Fixed, Inactive, Rhythm, Rule, Serial, Step
from scheduler.segments import Members
from scheduler.subjects import contacts

AHEAD = timedelta(hours=26)
"""How far ahead rows are written: a day, and what its midnights lie apart."""

_AGAIN = timedelta(minutes=15)  # what was brought in meanwhile is found so late at most
_AGAIN_ALL = timedelta(hours=6)  # where every contact must be looked at
_OLDEST = timedelta(days=60)  # after so long a stop, what was missed before is not even noted
_SLICE = 20_000  # contacts in one transaction

_occurrences = table_of(Occurrence)
_COLUMNS = (
    "id", "rule_id", "contact_id", "subject_id", "on_date", "step", "due_at", "status", "reason", "detail",
    "channel", "cost",
)  # fmt: skip

Between = tuple[str, str | None]
"""Contacts after an id, up to another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What of the company planning depends on."""

    timezone: str
    country: str
    members: Members  # of the segments that rules are limited to


class Planner:
    """Writes down what is due in the next day, or `ahead`, for all rules that are on."""

    def __init__(
        self,
        store: Records,
        setting: Setting,
        rules: Callable[[], Mapping[str, Rule]],
        *,
        clock: Clock,
        ahead: timedelta = AHEAD,
    ) -> None:
        self._store = store
        self._setting = setting
        self._rules = rules
        self._clock = clock
        self._ahead = ahead

    async def tick(self) -> int:
        """Plan what wants planning; how many rows were added."""
        now = self._clock.now()
        added = await self.follow_events()
        for active in await self._active():
            if wants_planning(active, now, self._ahead):
                added += await self._plan(active, now)
        return added

    async def follow_events(self) -> int:
        """Write down what follows an event in minutes and hours, and is due now; how many rows were added."""
        now, added = self._clock.now(), 0
        for active in await self._active():
            if follows_events(active.rule):
                added += await self._store.write(
                    partial(plan_events, active=active, members=self._setting.members, now=now)
                )
        return added

    async def _active(self) -> list[ActiveRule]:
        ready = self._rules()
        return await self._store.read(lambda session: active_rules(session, ready))

    async def _plan(self, active: ActiveRule, now: datetime) -> int:
        added, until = 0, now + self._ahead
        for step_number, day in days_to_plan(active, until, now=now):
            async for between in self._slices(active.rule):
                work = partial(
                    plan_day,
                    active=active,
                    step_number=step_number,
                    day=day,
                    setting=self._setting,
                    until=until,
                    now=now,
                    between=between,
                )
                added += await self._store.write(work)
        await self._store.write(lambda session: planned(session, active.id, until))
        return added

    async def _slices(self, rule: Rule) -> AsyncIterator[Between | None]:
        """The whole at once where an index finds the few; else some thousand contacts at a time."""
        if not is_wide(rule):
            yield None
            return
        after = ""
        while True:
            last = await self._store.read(partial(_end_of_slice, after=after))
            yield (after, last)
            if last is None:
                return
            after = last


def is_wide(rule: Rule) -> bool:
    """Whether every contact is a candidate."""
    return isinstance(rule.when, Fixed | Serial | Feast)


def follows_events(rule: Rule) -> bool:
    """Whether a step of it goes out minutes or hours after something happened, or some hours before it."""
    return rule.when.kind in ("event", "date") and any(
        isinstance(step.after, timedelta) for step in rule.steps
    )


def wants_planning(active: ActiveRule, now: datetime, ahead: timedelta = AHEAD) -> bool:
    looks_at_all = isinstance(active.rule.when, Fixed | Serial | Feast | Rhythm | Inactive)
    again = _AGAIN_ALL if looks_at_all else _AGAIN
    return active.planned_until is None or active.planned_until <= now + ahead - again


def days_to_plan(active: ActiveRule, until: datetime, *, now: datetime) -> Iterator[tuple[int, date]]:
    """Steps and local days that may be due up to `until`, or were missed while nobody planned."""
    seen = active.planned_until or active.since
    first = max(active.since, now - _OLDEST, min(seen, now - active.rule.late_within))
    for number, step in enumerate(active.rule.steps):
        if isinstance(step.after, Offset):
            day = (first - timedelta(days=1)).date()
            while day <= (until + timedelta(days=1)).date():
                yield number, day
                day += timedelta(days=1)


def plan_day(
    session: Session,
    active: ActiveRule,
    step_number: int,
    day: date,
    setting: Setting,
    *,
    until: datetime,
    now: datetime,
    between: Between | None = None,
) -> int:
    """Write down a step's messages of one local day that are due after the rule's start and up to `until`."""
    rule, step = active.rule, active.rule.steps[step_number]
    dialect = session.get_bind().dialect
    found = audience(session, rule, step, day, now=now, country=setting.country, members=setting.members)
    if found is None:
        return 0
    if between is not None:
        found = found.where(contacts.c.id > between[0])
        found = found if between[1] is None else found.where(contacts.c.id <= between[1])
    people = found.subquery("people")
    names = session.scalars(select(people.c.place).distinct()).all()
    places = _places(active, step, day, names, setting, until=until, now=now)
    if places is None:
        return 0
    chosen = select(
        _new_id(dialect.name),
        literal(active.id, String()),
        people.c.contact_id,
        people.c.subject_id,
        literal(day, Date()),
        literal(step_number, Integer()),
        places.c.due_at,
        places.c.status,
        places.c.reason,
        literal("", String()),
        literal("", String()),
        literal(0, Integer()),
    ).select_from(people.join(places, people.c.place == places.c.place))
    apart = people.c.happened_at.is_(None) | (
        (people.c.happened_at >= places.c.begins) & (people.c.happened_at < places.c.ends)
    )
    return _insert(session, chosen.where(apart))


def plan_events(session: Session, active: ActiveRule, *, members: Members, now: datetime) -> int:
    """Write down what follows an event at once, or in minutes and hours, or goes some hours before it."""
    rule, added = active.rule, 0
    if rule.when.kind not in ("event", "date"):
        return 0
    dialect = session.get_bind().dialect
    for number, step in enumerate(rule.steps):
        if isinstance(step.after, Offset):
            continue
        since = max(active.since, now - step.after - rule.late_within)
        ahead = step.after < timedelta(0)
        if ahead:  # what was due while the rule was off, or has begun, is left out
            since = max(now, active.since - step.after)
        people = happened(
            session, rule, step, since=since, until=now - step.after, now=now, members=members
        ).subquery("people")
        # What was moved to another day is announced anew.
        same_day = _occurrences.c.on_date == day_of(people.c.happened_at, dialect) if ahead else true()
        known = (
            select(_occurrences.c.id)
            .where(
                same_day,
                _occurrences.c.rule_id == active.id,
                _occurrences.c.contact_id == people.c.contact_id,
                _occurrences.c.subject_id == people.c.subject_id,
                _occurrences.c.step == number,
            )
            .exists()
        )
        chosen = select(
            _new_id(dialect.name),
            literal(active.id, String()),
            people.c.contact_id,
            people.c.subject_id,
            day_of(people.c.happened_at, dialect),
            literal(number, Integer()),
            literal(now, UtcDateTime()),
            *(literal(text, String()) for text in ("planned", "", "", "")),
            literal(0, Integer()),
        ).select_from(people)
        added += _insert(session, chosen.where(~known))
    return added


def _places(
    active: ActiveRule,
    step: Step,
    day: date,
    names: Any,
    setting: Setting,
    *,
    until: datetime,
    now: datetime,
) -> CTE | None:
    """For each place people live in: when its day's message is due, and when the day of the occasion was."""
    rows = []
    for name in names:
        zone = zone_of(*name.split(PLACE_BREAK), setting.timezone)
        due_at = instant(day, step.at, zone)
        if not active.since < due_at <= until:
            continue
        late = is_late(due_at, now, active.rule.late_within)
        days = _days_of_the_occasion(active.rule, step, day)
        begins, ends = day_bounds(days[0], zone)[0], day_bounds(days[-1], zone)[1]
        rows.append((name, due_at, begins, ends, *(("skipped", "late") if late else ("planned", ""))))
    if not rows:
        return None
    return (
        values(
            column("place", String()),
            column("due_at", UtcDateTime()),
            column("begins", UtcDateTime()),
            column("ends", UtcDateTime()),
            column("status", String()),
            column("reason", String()),
            name="given",
        )
        .data(rows)
        .cte("places")
    )


def _days_of_the_occasion(rule: Rule, step: Step, day: date) -> list[date]:
    assert isinstance(step.after, Offset)
    days = anchors_of(day, step.after) or (day,)
    back = timedelta(days=rule.when.days if isinstance(rule.when, Inactive) else 0)
    return sorted(anchor - back for anchor in days)


def _insert(session: Session, chosen: Select[Any]) -> int:
    lite = session.get_bind().dialect.name == "sqlite"
    statement = insert_into(session, _occurrences).from_select(_COLUMNS, chosen).on_conflict_do_nothing()
    done = session.execute(statement, execution_options={"preserve_rowcount": True})
    if lite:  # its driver counts no rows of a statement that begins with WITH
        return session.scalar(select(func.changes())) or 0
    return int(done.rowcount)  # type: ignore[attr-defined]


def _new_id(dialect: str) -> Any:
    if dialect == "sqlite":
        return func.lower(func.hex(func.randomblob(16)))
    return func.replace(literal_column("gen_random_uuid()::text"), "-", "")


def _end_of_slice(session: Session, after: str) -> str | None:
    """The last contact of the next slice; None for the last slice, which has no end."""
    return session.scalar(
        select(contacts.c.id).where(contacts.c.id > after).order_by(contacts.c.id).offset(_SLICE - 1).limit(1)
    )
