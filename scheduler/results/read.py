"""The figures of a campaign or a rule: what became of every planned message, what they brought, what they cost.

planned = sent + uncertain + waiting + stopped + skipped (by reason) + failed (by reason); `Results.balanced` says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, and_, case, func, or_, select
from sqlalchemy.orm import Session

from bot.records import (
    Campaign,
    Occurrence,
    OutboxMessage,
    OutreachAnswer,
    OutreachRule,
    OutreachSign,
    Recipient,
)
from bot.records.base import table_of
from bot.store.changes import NotFound
from scheduler.results.shares import Share

_recipients, _occurrences = table_of(Recipient), table_of(Occurrence)
_outbox = table_of(OutboxMessage)
_signs = table_of(OutreachSign)
_answers = table_of(OutreachAnswer).c
_campaigns = table_of(Campaign).c
_rules = table_of(OutreachRule).c

_WENT: Final = ("sent", "uncertain")
_NOT_FOLLOWED: Final = frozenset(("sms",))  # `scheduler.followed_links` leaves their links as they are
_NONE: Final = Share(0, 0)
_SUMS: Final = ("opened", "clicked", "replied", "converted", "opted_out", "delivered", "read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Of messages that went out, whether all of them surely arrived or not."""

    sent: int = 0
    opened: Share = _NONE  # mails, by people as far as can be told: at least so many
    clicked: Share = _NONE  # of messages whose links tell (no SMS)
    replied: Share = _NONE
    converted: Share = _NONE
    opted_out: Share = _NONE
    delivered: int = 0  # as their providers say; not all of them do
    read: int = 0  # likewise
    income: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)  # of sending


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What was to be reached until the end. source: KP-32"""

    of: str  # opened, clicked, replied, converted
    count: int
    reached: int

    @property
    def met(self) -> bool:
        return self.reached >= self.count


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Answers to a survey: how often each mark from 1 to 5 was given."""

    given: Mapping[int, int] = field(default_factory=dict)
    suggestions: int = 0

    @property
    def count(self) -> int:
        return sum(self.given.values())

    @property
    def mean(self) -> float | None:
        return sum(mark * times for mark, times in self.given.items()) / self.count if self.count else None


_NO_MARKS: Final = Marks()


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything that is known of a campaign, or of a rule in a period. Money is in `currency`."""

    source: str  # "campaign:<name>", "rule:<name>"
    planned: int
    sent: int
    uncertain: int  # may have arrived; counted among those that went out
    waiting: int
    stopped: Mapping[str, int]  # by reason; of a campaign, cancelled ones
    skipped: Mapping[str, int]
    failed: Mapping[str, int]
    counts: Counts
    by_channel: Mapping[str, Counts]
    by_variant: Mapping[str, Counts]
    maybe_opened: int  # seen by machines alone, or by people who hide as one
    maybe_clicked: int
    fixed_cost: Decimal  # of making it
    currency: str
    target: Target | None = None
    ends_on: date | None = None
    marks: Marks = _NO_MARKS

    @property
    def balanced(self) -> bool:
        left_out = sum((*self.stopped.values(), *self.skipped.values(), *self.failed.values()))
        return self.planned == self.sent + self.uncertain + self.waiting + left_out

    @property
    def cost(self) -> Decimal:
        return self.counts.cost + self.fixed_cost

    @property
    def profit(self) -> Decimal:
        """Extra revenue − programme cost. source: domain §5"""
        return self.counts.income - self.cost

    @property
    def profitable(self) -> bool:
        return self.profit > 0


def campaign_results(session: Session, name: str, *, currency: str) -> Results:
    """Of a campaign that repeats: of all its runs together. Raises `NotFound`."""
    row = session.execute(select(_campaigns.id, _campaigns.definition).where(_campaigns.name == name)).first()
    if row is None:
        raise NotFound(f"there is no campaign {name}")
    definition = row.definition
    runs = [row.id, *session.scalars(select(_campaigns.id).where(_campaigns.series_id == row.id))]
    found = _read(session, _recipients, _recipients.c.campaign_id.in_(runs), f"campaign:{name}", currency)
    ends_on = definition.get("end")
    target = definition.get("target")
    return _replaced(
        found,
        fixed_cost=Decimal(str(definition.get("fixed_cost") or 0)),
        ends_on=date.fromisoformat(ends_on) if isinstance(ends_on, str) else None,
        target=_target(target, found.counts) if target else None,
    )


def rule_results(
    session: Session,
    name: str,
    *,
    currency: str,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Results:
    """Of messages due from `since` on and before `until`. Raises `NotFound` for a rule that was never switched on."""
    rule_id = session.scalar(select(_rules.id).where(_rules.name == name))
    if rule_id is None:
        raise NotFound(f"the rule {name} was never switched on")
    c = _occurrences.c
    where = [c.rule_id == rule_id]
    if since is not None:
        where.append(c.due_at >= since)
    if until is not None:
        where.append(c.due_at < until)
    return _read(session, _occurrences, and_(*where), f"rule:{name}", currency)


def _target(target: Mapping[str, Any], counts: Counts) -> Target:
    of = str(target.get("of") or "converted")
    share: Share = getattr(counts, of, counts.converted)
    return Target(of=of, count=int(target["count"]), reached=share.count)


def _replaced(results: Results, **changes: Any) -> Results:
    values = {name: getattr(results, name) for name in Results.__slots__}
    return Results(**values | changes)


def _read(session: Session, table: Table, where: ColumnElement[bool], source: str, currency: str) -> Results:
    groups = _groups(session, table, where)
    counted: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = {"stopped": Counter(), "skipped": Counter(), "failed": Counter()}
    for group in groups:
        status = _STATUS.get(group.status, group.status)
        counted[status] += group.count
        if status in reasons:
            reasons[status][group.reason or group.status] += group.count
    went = [group for group in groups if group.status in _WENT]
    maybe = _maybe(session, table, where)
    return Results(
        source=source,
        planned=sum(counted.values()),
        sent=counted["sent"],
        uncertain=counted["uncertain"],
        waiting=counted["waiting"],
        stopped=dict(reasons["stopped"]),
        skipped=dict(reasons["skipped"]),
        failed=dict(reasons["failed"]),
        counts=_counts(went),
        by_channel=_split(went, lambda group: group.channel),
        by_variant=_split([group for group in went if group.variant], lambda group: group.variant),
        maybe_opened=maybe["open"],
        maybe_clicked=maybe["click"],
        fixed_cost=Decimal(0),
        currency=currency,
        marks=_marks(session, table, where),
    )


_STATUS: Final = {"planned": "waiting", "cancelled": "stopped"}


def _groups(session: Session, table: Table, where: ColumnElement[bool]) -> list[_Group]:
    """One row for each status, reason, channel and variant, whatever the number of messages."""
    c = table.c
    variant = c.variant if "variant" in c else None
    keys = [c.status, c.reason, c.channel, *([variant] if variant is not None else [])]
    seen = or_(c.opened_at.is_not(None), c.clicked_at.is_not(None))

    def number(condition: ColumnElement[bool], name: str) -> Any:
        return func.sum(case((condition, 1), else_=0)).label(name)

    rows = session.execute(
        select(
            *keys,
            func.count().label("count"),
            number(and_(c.channel == "email", seen), "opened"),
            number(c.clicked_at.is_not(None), "clicked"),
            number(c.replied_at.is_not(None), "replied"),
            number(c.converted_at.is_not(None), "converted"),
            number(c.opted_out_at.is_not(None), "opted_out"),
            number(_outbox.c.status.in_(("delivered", "read")), "delivered"),
            number(_outbox.c.status == "read", "read"),
            func.coalesce(func.sum(c.income), 0).label("income"),
            func.coalesce(func.sum(c.cost), 0).label("cost"),
        )
        .select_from(table.outerjoin(_outbox, _outbox.c.id == c.outbox_id))
        .where(where)
        .group_by(*keys)
    )
    names = (*_SUMS, "count")
    return [
        _Group(
            status=row.status,
            reason=row.reason,
            channel=row.channel,
            variant=row.variant if variant is not None else "",
            income=Decimal(row.income),
            cost=Decimal(row.cost),
            **{name: int(row._mapping[name]) for name in names},
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    status: str
    reason: str
    channel: str
    variant: str
    count: int
    opened: int
    clicked: int
    replied: int
    converted: int
    opted_out: int
    delivered: int
    read: int
    income: Decimal
    cost: Decimal


def _counts(groups: list[_Group]) -> Counts:
    sums = {name: sum(getattr(group, name) for group in groups) for name in _SUMS}
    sent = sum(group.count for group in groups)
    mails = sum(group.count for group in groups if group.channel == "email")
    followed = sum(group.count for group in groups if group.channel not in _NOT_FOLLOWED)
    return Counts(
        sent=sent,
        opened=Share(sums["opened"], mails),
        clicked=Share(sums["clicked"], followed),
        replied=Share(sums["replied"], sent),
        converted=Share(sums["converted"], sent),
        opted_out=Share(sums["opted_out"], sent),
        delivered=sums["delivered"],
        read=sums["read"],
        income=sum((group.income for group in groups), Decimal(0)),
        cost=sum((group.cost for group in groups), Decimal(0)),
    )


def _split(groups: list[_Group], key: Callable[[_Group], str]) -> dict[str, Counts]:
    names = sorted({key(group) for group in groups})
    return {name: _counts([group for group in groups if key(group) == name]) for name in names}


def _maybe(session: Session, table: Table, where: ColumnElement[bool]) -> Counter[str]:
    """Messages that only machines are known to have opened or followed."""
    c = table.c
    rows = session.execute(
        select(_signs.c.kind, func.count(func.distinct(_signs.c.row_id)).label("count"))
        .select_from(_signs.join(table, c.id == _signs.c.row_id))
        .where(
            where,
            _signs.c.by == "machine",
            c.clicked_at.is_(None),
            or_(_signs.c.kind == "click", c.opened_at.is_(None)),
        )
        .group_by(_signs.c.kind)
    )
    return Counter({row.kind: row._mapping["count"] for row in rows})


def _marks(session: Session, table: Table, where: ColumnElement[bool]) -> Marks:
    rows = session.execute(
        select(_answers.question, _answers.score, func.count().label("count"))
        .select_from(table_of(OutreachAnswer).join(table, table.c.id == _answers.row_id))
        .where(where)
        .group_by(_answers.question, _answers.score)
    ).all()
    given = {row.score: row._mapping["count"] for row in rows if row.question == "mark" and row.score}
    suggestions = sum(row._mapping["count"] for row in rows if row.question == "suggestion")
    return Marks(given=given, suggestions=suggestions)
