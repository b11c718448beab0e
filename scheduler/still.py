"""Whether a planned message still makes sense: its conditions, its date, and what stops a sequence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.records import Case, Conversation, Occurrence, Purchase
from bot.records.base import table_of
from scheduler.recurrence import Offset, anchors_of
from scheduler.rule_book import ActiveRule
from scheduler.rules import DateOf
from scheduler.segments import Members
from scheduler.subjects import conditions, contacts, subject_of

_occurrences = table_of(Occurrence)
_STOPS = {
    "reply": table_of(Conversation).c.last_inbound_at,
    "purchase": table_of(Purchase).c.at,
    "complaint": table_of(Case).c.opened_at,
}
_ANCHORS = ("at", "issued_at", "opened_at")  # of a purchase, a quote, a case: later ones are measured by it


@dataclass(slots=True)
class Standing:
    """What is known of the messages of one step before they are written."""

    holding: set[str] = field(default_factory=set)  # ids of occurrences whose conditions hold
    subjects: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    started: dict[tuple[str, str], datetime] = field(default_factory=dict)  # contact, subject → first message
    last: dict[str, dict[str, datetime]] = field(
        default_factory=dict
    )  # stop → contact → when it last happened


def standing_of(
    session: Session,
    active: ActiveRule,
    step_number: int,
    rows: Sequence[Occurrence],
    *,
    members: Members,
    now: datetime,
) -> Standing:
    """Four statements for all messages of a step."""
    rule, step = active.rule, active.rule.steps[step_number]
    subject = subject_of(rule)
    joined = _occurrences.join(contacts, contacts.c.id == _occurrences.c.contact_id)
    if subject is not None:
        joined = joined.join(subject.table, subject.id == _occurrences.c.subject_id)
    ids = [row.id for row in rows]
    found = Standing()
    found.holding = set(
        session.scalars(
            select(_occurrences.c.id)
            .select_from(joined)
            .where(_occurrences.c.id.in_(ids), *conditions(session, rule, step, now, members))
        )
    )
    if subject is not None:
        about = [row.subject_id for row in rows]
        things = session.execute(select(subject.table).where(subject.id.in_(about)))
        found.subjects = {thing.id: dict(thing._mapping) for thing in things}
    if rule.stop:
        found.started, found.last = _history(session, active, rows)
    return found


def why_not(active: ActiveRule, row: Occurrence, standing: Standing) -> tuple[str, str]:
    """("stopped", reason) or ("skipped", reason) for a message that makes no sense any more, else ("", "")."""
    if row.id not in standing.holding:
        return "skipped", "not_any_more"
    if _moved(active, row, standing):
        return "stopped", "renewal"
    for stop in active.rule.stop:
        last = standing.last.get(stop, {}).get(row.contact_id)
        since = _since(stop, active, row, standing)
        if last is not None and since is not None and last > since:
            return "stopped", stop
    return "", ""


def _history(
    session: Session, active: ActiveRule, rows: Sequence[Occurrence]
) -> tuple[dict[tuple[str, str], datetime], dict[str, dict[str, datetime]]]:
    people = sorted({row.contact_id for row in rows})
    sent = session.execute(
        select(_occurrences.c.contact_id, _occurrences.c.subject_id, func.min(_occurrences.c.settled_at))
        .where(
            _occurrences.c.contact_id.in_(people),
            _occurrences.c.rule_id == active.id,
            _occurrences.c.status == "sent",
        )
        .group_by(_occurrences.c.contact_id, _occurrences.c.subject_id)
    )
    started = {(contact, subject): at for contact, subject, at in sent if at is not None}
    last: dict[str, dict[str, datetime]] = {}
    for stop, column in _STOPS.items():
        if stop in active.rule.stop:
            whose = column.table.c.contact_id
            happened = select(whose, func.max(column)).where(whose.in_(people)).group_by(whose)
            if stop == "purchase":
                happened = happened.where(table_of(Purchase).c.status.in_(("ordered", "delivered")))
            last[stop] = {contact: at for contact, at in session.execute(happened) if at is not None}
    return started, last


def _since(stop: str, active: ActiveRule, row: Occurrence, standing: Standing) -> datetime | None:
    """From when on something stops: the purchase or quote it is about, else the first message of the sequence."""
    started = standing.started.get((row.contact_id, row.subject_id))
    thing = standing.subjects.get(row.subject_id, {})
    anchor = next((thing[name] for name in _ANCHORS if isinstance(thing.get(name), datetime)), None)
    if stop == "reply":
        return started
    return anchor or started or (active.since if stop == "complaint" else None)


def _moved(active: ActiveRule, row: Occurrence, standing: Standing) -> bool:
    """Whether the date a message was planned by has changed since: a card renewed, a service done."""
    when, after = active.rule.when, active.rule.steps[row.step].after
    if not isinstance(when, DateOf) or not isinstance(after, Offset):
        return False
    value = standing.subjects.get(row.subject_id, {}).get(when.of.partition(".")[2])
    if isinstance(value, datetime):  # its day is a matter of the zone: one more or less
        away = [abs(value.date() - anchor) for anchor in anchors_of(row.on_date, after)]
        return bool(away) and min(away) > timedelta(days=1)
    return value is None or (isinstance(value, date) and value not in anchors_of(row.on_date, after))
