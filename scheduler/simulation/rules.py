"""The rules that recur, in a simulation: the real planner and the real sender, looked over the shoulder."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.records import Contact, Occurrence, OutreachRule
from bot.records.base import table_of
from bot.store.dry import real
from bot.store.port import Records
from bot.store.upsert import insert_into
from scheduler.occurrences import Planner, follows_events
from scheduler.rule_book import ActiveRule, active_rules
from scheduler.rules import Happened, Rule
from scheduler.sending import Decided, Sender
from scheduler.simulation.lines import HELD, Line, Scribe, Status
from scheduler.subjects import column_of

_MINUTE = timedelta(minutes=1)
_occurrences = table_of(Occurrence)
_contacts = table_of(Contact).c


class WatchedSender(Sender):
    """The sender, and a line for each message it leaves out, a note for each it lets wait."""

    def __init__(self, *given: Any, scribe: Scribe, **more: Any) -> None:
        super().__init__(*given, **more)
        self._scribe = scribe
        self._names: dict[str, str] = {}

    def send_due(self, session: Session, now: datetime, **more: Any) -> list[Decided]:
        decided = super().send_due(session, now, **more)
        held = [one for one in decided if one.status == "planned"]
        if held:
            notes = [{"occurrence_id": one.row.id, "reason": one.reason} for one in held]
            session.execute(insert_into(session, HELD).values(notes).on_conflict_do_nothing())
        ended = [one for one in decided if one.status in ("skipped", "stopped")]
        people = names_of(session, [one.row.contact_id for one in ended])
        self._scribe.write(session, [self._line(session, one, people, now) for one in ended])
        return decided

    def _line(self, session: Session, one: Decided, people: Mapping[str, str], now: datetime) -> Line:
        if not self._names:
            self._names = rule_names(session)
        said = one.candidate
        status: Status = "stopped" if one.status == "stopped" else "skipped"
        return Line(
            key=key_of(one.row, self._names),
            at=now,
            status=status,
            source=f"rule:{self._names[one.row.rule_id]}",
            contact_id=one.row.contact_id,
            name=people.get(one.row.contact_id, ""),
            channel=said.channel if said else "",
            address=said.address if said else "",
            language=said.language if said else "",
            subject=said.subject if said else "",
            text=said.text if said else "",
            reason=one.reason,
            detail=one.detail,
        )


class RuleActor:
    """Plans once for the whole time, then sends what is due whenever the clock comes to it."""

    def __init__(
        self,
        store: Records,
        planner: Planner,
        sender: Sender,
        rules: Callable[[], Mapping[str, Rule]],
        scribe: Scribe,
        *,
        since: datetime,
        until: datetime,
    ) -> None:
        self._store = store
        self._planner = planner
        self._sender = sender
        self._rules = rules
        self._scribe = scribe
        self._since = since
        self._until = until
        self._events: list[datetime] = []
        self._planned = False

    async def act(self, now: datetime) -> None:
        if not self._planned:
            self._planned = True
            await self._planner.tick()
            self._events = await self._store.read(self._event_minutes)
        elif now in self._events:
            await self._planner.follow_events()
        await self._sender.tick()

    async def next_at(self, now: datetime) -> datetime | None:
        following = bisect_right(self._events, now)
        event = self._events[following : following + 1]
        due = await self._store.read(_first_due)
        # What is due already was let wait by a guard without a later hour: it is looked at again in a minute.
        known = [*event, *([max(due, now + _MINUTE) if due <= now else due] if due is not None else [])]
        return min(known, default=None)

    async def end(self) -> None:
        """Lines for what was found too late while planning, and for what still waits at the end."""
        await self._store.write(self._rest)

    def _event_minutes(self, session: Session) -> list[datetime]:
        """When a message falls due that follows something by minutes or hours, as the planner's clock finds it."""
        found: set[datetime] = set()
        for active in active_rules(session, self._rules()):
            if follows_events(active.rule):
                found |= self._minutes_of(session, active)
        return sorted(found)

    def _minutes_of(self, session: Session, active: ActiveRule) -> set[datetime]:
        assert isinstance(active.rule.when, Happened)
        column = column_of(active.rule.when.of)
        found = set()
        for step in active.rule.steps:
            if isinstance(step.after, timedelta):
                since = max(active.since, self._since - step.after)
                rows = session.scalars(
                    select(column).where(column > since, column <= self._until - step.after).distinct()
                )
                found |= {_whole_minute(at + step.after) for at in rows}
        return found

    def _rest(self, session: Session) -> None:
        names = rule_names(session)
        known = real(session.connection(), Occurrence)
        late = session.scalars(
            select(Occurrence).where(
                _occurrences.c.status == "skipped",
                _occurrences.c.settled_at.is_(None),
                _occurrences.c.id.not_in(select(known.c.id)),
            )
        ).all()
        waiting = session.execute(
            select(Occurrence, HELD.c.reason)
            .join(HELD, HELD.c.occurrence_id == _occurrences.c.id)
            .where(_occurrences.c.status == "planned")
        ).all()
        rows: list[tuple[Occurrence, Status, str]] = [(row, "skipped", row.reason) for row in late]
        rows += [(row, "waiting", reason) for row, reason in waiting]
        people = names_of(session, [row.contact_id for row, _, _ in rows])
        self._scribe.write(
            session,
            [
                Line(
                    key=key_of(row, names),
                    at=row.due_at,
                    status=status,
                    source=f"rule:{names[row.rule_id]}",
                    contact_id=row.contact_id,
                    name=people.get(row.contact_id, ""),
                    reason=reason,
                )
                for row, status, reason in rows
            ],
        )


def _whole_minute(at: datetime) -> datetime:
    """The planner looks every minute."""
    floor = at.replace(second=0, microsecond=0)
    return floor if floor == at else floor + _MINUTE


def _first_due(session: Session) -> datetime | None:
    found: datetime | None = session.scalar(
        select(func.min(_occurrences.c.due_at)).where(_occurrences.c.status == "planned")
    )
    return found


def key_of(row: Occurrence, names: Mapping[str, str]) -> str:
    """The same for the same message in another simulation, and in the real run."""
    rule = names.get(row.rule_id, row.rule_id)
    return f"rule:{rule}:{row.contact_id}:{row.subject_id}:{row.on_date.isoformat()}:{row.step}"


def rule_names(session: Session) -> dict[str, str]:
    rules = table_of(OutreachRule).c
    return {row.id: row.name for row in session.execute(select(rules.id, rules.name))}


def names_of(session: Session, contact_ids: Sequence[str]) -> dict[str, str]:
    if not contact_ids:
        return {}
    found = session.execute(
        select(_contacts.id, _contacts.name).where(_contacts.id.in_(sorted(set(contact_ids))))
    )
    return {row.id: row.name for row in found}


def watched(scribe: Scribe) -> Callable[..., Sender]:
    return partial(WatchedSender, scribe=scribe)
