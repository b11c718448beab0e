"""What the pages show of the rules: their groups, what they sent and will send, why others were left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from bot.records import Agent, Contact, Occurrence, OutreachRule
from bot.records.base import table_of
from scheduler.rule_book import ListedRule
from scheduler.rule_files import READY, read_rules
from scheduler.rules import Feast, Fixed, Inactive, Rhythm, Rule, Serial, Told, Yearly
from scheduler.simulation.lines import Line, Total, detail_of

PAGE: Final = 30
LATELY: Final = timedelta(days=30)
GROUPS: Final = (
    "wishes",
    "welcome",
    "follow_ups",
    "reminders",
    "after_complaint",
    "appointments",
    "quiet",
    "series",
    "orders",
    "offers",
)
_occurrences = table_of(Occurrence).c
_rules = table_of(OutreachRule).c
_contacts = table_of(Contact).c
_agents = table_of(Agent).c


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Of one rule: what waits, what it did in the last 30 days."""

    waiting: int = 0
    next_at: datetime | None = None
    sent: int = 0
    left_out: int = 0
    last_sent: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A message that was sent or left out; `detail` is what the reason speaks of."""

    id: str
    at: datetime
    contact_id: str
    name: str
    status: str
    reason: str
    detail: Mapping[str, str]
    channel: str
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasts:
    rows: tuple[Past, ...]
    older: str  # the key of the next page; "" at the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What a rule would do: sums and some messages."""

    sent: int
    waiting: int
    cost: Decimal
    by_channel: tuple[tuple[str, int], ...]
    reasons: tuple[tuple[str, int], ...]  # codes, the most frequent first
    left_out: int
    samples: tuple[Line, ...]  # one of each channel and language first
    skipped: tuple[Line, ...]


def group_of(rule: Rule) -> str:
    """By the occasion, so that the company's own rules find their place as well."""
    when = rule.when
    if isinstance(when, Yearly | Fixed | Feast):
        return "wishes"
    if isinstance(when, Inactive | Rhythm):
        return "quiet"
    if isinstance(when, Serial):
        return "series"
    if isinstance(when, Told):
        return "orders" if rule.purpose == "service" else "offers"
    about, _, field = when.of.partition(".")
    if about in ("appointment", "case"):
        return "appointments" if about == "appointment" else "after_complaint"
    if about == "contact" or getattr(when, "first", False):
        return "welcome"
    return "reminders" if about in ("card", "equipment") or field == "valid_until" else "follow_ups"


def grouped(rules: Iterable[ListedRule]) -> dict[str, list[ListedRule]]:
    """In the order of `GROUPS`; a group without a rule is left out."""
    found: dict[str, list[ListedRule]] = {group: [] for group in GROUPS}
    for listed in rules:
        found[group_of(listed.rule)].append(listed)
    return {group: rules_ for group, rules_ in found.items() if rules_}


@cache
def shipped() -> Mapping[str, Rule]:
    """As Relais brings them, before anybody changed them."""
    return read_rules(READY)


def origin_of(rule: Rule) -> str:
    """shipped, changed (a shipped one) or own."""
    ready = shipped().get(rule.name)
    if ready is None:
        return "own"
    return "shipped" if ready.model_dump() == _without_days(rule).model_dump() else "changed"


def _without_days(rule: Rule) -> Rule:
    """A confirmed day of a feast is no change of the rule."""
    if not isinstance(rule.when, Feast):
        return rule
    return rule.model_copy(update={"when": rule.when.model_copy(update={"confirmed": {}})})


def standings(session: Session, now: datetime, names: Sequence[str] = ()) -> dict[str, Standing]:
    """By the rule's name: all of them, or these; one query for what waits and one for what was settled lately."""
    wanted = [_rules.name.in_(names)] if names else []
    waiting = (
        select(_rules.name, func.count(), func.min(_occurrences.due_at))
        .join(table_of(Occurrence), _occurrences.rule_id == _rules.id)
        .where(_occurrences.status == "planned", *wanted)
        .group_by(_rules.name)
    )
    planned = {name: (number, first) for name, number, first in session.execute(waiting)}
    settled = (
        select(_rules.name, _occurrences.status, func.count(), func.max(_occurrences.settled_at))
        .join(table_of(Occurrence), _occurrences.rule_id == _rules.id)
        .where(_occurrences.settled_at >= now - LATELY, *wanted)
        .group_by(_rules.name, _occurrences.status)
    )
    done: dict[str, dict[str, tuple[int, datetime]]] = {}
    for name, status, number, last in session.execute(settled):
        done.setdefault(name, {})[status] = (number, last)
    found = {}
    for name in {*planned, *done}:
        number, first = planned.get(name, (0, None))
        sent = [
            done.get(name, {})[status] for status in ("sent", "uncertain") if status in done.get(name, {})
        ]
        left = [
            count
            for status, (count, _) in done.get(name, {}).items()
            if status in ("skipped", "stopped", "failed")
        ]
        found[name] = Standing(
            waiting=number,
            next_at=first,
            sent=sum(count for count, _ in sent),
            left_out=sum(left),
            last_sent=max((last for _, last in sent), default=None),
        )
    return found


def past_of(session: Session, name: str, before: str = "", size: int = PAGE) -> Pasts:
    """What a rule sent or left out, the latest first; `before` is the key a page ended with."""
    rule_id = session.scalar(select(_rules.id).where(_rules.name == name))
    if rule_id is None:
        return Pasts(rows=(), older="")
    wanted = [_occurrences.rule_id == rule_id, _occurrences.settled_at.is_not(None)]
    if key := _key_of(before):
        at, last_id = key
        same = and_(_occurrences.settled_at == at, _occurrences.id < last_id)
        wanted.append(or_(_occurrences.settled_at < at, same))
    query = (
        select(table_of(Occurrence), _contacts.name.label("called"))
        .outerjoin(table_of(Contact), _contacts.id == _occurrences.contact_id)
        .where(*wanted)
        .order_by(_occurrences.settled_at.desc(), _occurrences.id.desc())
        .limit(size + 1)
    )
    rows = session.execute(query).all()
    shown = tuple(
        Past(
            id=row.id,
            at=row.settled_at,
            contact_id=row.contact_id,
            name=row.called or "",
            status=row.status,
            reason=row.reason,
            detail=_detail(row.detail),
            channel=row.channel,
            step=row.step,
        )
        for row in rows[:size]
    )
    last = shown[-1] if shown and len(rows) > size else None
    return Pasts(rows=shown, older=f"{last.at.isoformat()}~{last.id}" if last else "")


def _key_of(before: str) -> tuple[datetime, str] | None:
    at, _, last_id = before.partition("~")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (moment, last_id) if moment.tzinfo is not None and last_id else None


def _detail(detail: str) -> Mapping[str, str]:
    try:
        return {str(name): str(value) for name, value in detail_of(detail).items()}
    except ValueError:
        return {}


def name_of(session: Session, who: str) -> str:
    """A user's name; whoever else changed something, as it was noted."""
    return session.scalar(select(_agents.name).where(_agents.id == who)) or who


def unusable(session: Session, known: Iterable[str]) -> list[str]:
    """Rules of the database whose definition can't be read any more: they are not sent."""
    return sorted(set(session.scalars(select(_rules.name))) - set(known))


def foreseen(totals: Iterable[Total], lines: Sequence[Line], samples: int = 6) -> Foreseen:
    """The sums of a simulation of one rule, and messages that show as many channels and languages as there are."""
    channels: dict[str, int] = {}
    reasons: dict[str, int] = {}
    sent = waiting = 0
    cost = Decimal(0)
    for total in totals:
        if total.status == "sent":
            sent += total.number
            cost += total.cost
            channels[total.channel] = channels.get(total.channel, 0) + total.number
        elif total.status == "waiting":
            waiting += total.number
        elif total.status in ("skipped", "stopped"):
            reasons[total.reason] = reasons.get(total.reason, 0) + total.number
    said = [line for line in lines if line.status == "sent"]
    first: dict[tuple[str, str], Line] = {}
    for line in said:
        first.setdefault((line.channel, line.language), line)
    chosen = [*first.values(), *(line for line in said if line not in first.values())][:samples]
    return Foreseen(
        sent=sent,
        waiting=waiting,
        cost=cost,
        by_channel=tuple(sorted(channels.items(), key=lambda each: -each[1])),
        reasons=tuple(sorted(reasons.items(), key=lambda each: -each[1])),
        left_out=sum(reasons.values()),
        samples=tuple(chosen),
        skipped=tuple(line for line in lines if line.status in ("skipped", "stopped"))[:samples],
    )
