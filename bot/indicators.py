"""All figures of a period, read from the records. The formulas stand in `bot/complaints/indicators.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
from sqlalchemy.orm import Session

from bot import indicator_queries as queries
from bot.company import calendar_of
from bot.complaints.calendar import WorkingCalendar
from bot.complaints.indicators import (
    BaseValue,
    Promises,
    Rate,
    Spread,
    attrition,
    base_for,
    complaint_rate,
    cost_per_complaint,
    loss_rate,
    rate,
    retention,
    spread,
)
from bot.complaints.periods import Period
from bot.complaints.working_time import Instants, WorkingTime
from bot.config import Config

TOP_CUSTOMERS = 10
VOLUME_BASES = ("customers", "transactions", "units")
MONEY_BASES = ("revenue", "cost_of_sales")
NO_PROMISES = Promises(due=0, kept=0)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long something took, by the clock and in opening hours, and how often it came in time."""

    clock: Spread
    working: Spread
    promises: Promises


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    part: int
    whole: int

    @property
    def per_cent(self) -> Rate:
        return rate(self.part, self.whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class Satisfaction:
    """Marks from 1 (very dissatisfied) to 5 (very satisfied), and the yes to "satisfied again?"."""

    marks: Mapping[int, int]
    again: Share

    @property
    def answers(self) -> int:
        return sum(self.marks.values())

    @property
    def mean(self) -> Decimal | None:
        total = sum(mark * count for mark, count in self.marks.items())
        return Decimal(total) / self.answers if self.answers else None

    @property
    def satisfied(self) -> Rate:
        """Those who gave 4 or 5."""
        return rate(sum(count for mark, count in self.marks.items() if mark >= 4), self.answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What complaints cost, in the company's currency; `others` are compensations in another one."""

    currency: str
    compensations: int
    compensation_cost: Decimal
    handling_cost: Decimal | None
    others: Mapping[str, Decimal]

    @property
    def cost(self) -> Decimal:
        return self.compensation_cost + (self.handling_cost or Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One period's figures."""

    period: Period
    complaints: int
    answered: int
    closed: int
    angry: int
    mystery: int
    mystery_times: Spread
    acknowledgement: Promises
    acknowledgement_times: Spread
    first_answer: Timing
    resolution: Timing
    other_promises: Mapping[str, Promises]  # next_answer, progress, department
    routed: Share
    self_served: Share
    reopened: Share
    satisfaction: Satisfaction
    by_channel: Mapping[str, int]
    by_product: Mapping[str, int]
    by_zone: Mapping[str, int]
    by_object: Mapping[str, int]
    by_cause: Mapping[str, int]
    by_customer: tuple[tuple[str, str, int], ...]
    money: Money
    bases: Mapping[str, BaseValue]

    @property
    def cost_per_complaint(self) -> Decimal | None:
        return cost_per_complaint(self.money.cost, self.complaints)

    @property
    def complaint_rates(self) -> dict[str, Rate]:
        return {kind: complaint_rate(self.complaints, self._base(kind)) for kind in VOLUME_BASES}

    @property
    def loss_rates(self) -> dict[str, Rate]:
        return {kind: loss_rate(self.money.cost, self._base(kind)) for kind in MONEY_BASES}

    @property
    def retention(self) -> Rate:
        start, lost = self._base("customers_start"), self._base("customers_lost")
        return retention(start - lost, start) if start is not None and lost is not None else None

    @property
    def attrition(self) -> Rate:
        return attrition(self._base("customers_lost"), self._base("customers_start"))

    def _base(self, kind: str) -> Decimal | None:
        found = self.bases.get(kind)
        return found.amount if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What reading figures needs to know of the company."""

    calendar: WorkingCalendar
    currency: str

    @classmethod
    def of(cls, config: Config) -> Books:
        company = config.company
        return cls(calendar=calendar_of(config, company.opening_hours), currency=company.currency_code)


def read_figures(session: Session, books: Books, period: Period, now: datetime) -> Figures:
    """Everything about a period in the company's time zone. Promises due after `now` are not held against it."""
    zone = books.calendar.timezone
    span = queries.Span(start=period.starts_at(zone), end=period.ends_at(zone), now=now)
    due = queries.promises(session, span)
    owed, owed_times = queries.acknowledged(session, span)
    bases = _bases(session, period)
    answered = queries.answered_spans(session, span)
    volumes = queries.all_volumes(session, span)
    return Figures(
        period=period,
        complaints=volumes.complaints,
        answered=len(answered[0]),
        closed=queries.count_closed(session, span),
        angry=volumes.angry,
        mystery=queries.count_mystery(session, span),
        mystery_times=_clock(queries.mystery_spans(session, span)),
        acknowledgement=owed,
        acknowledgement_times=owed_times,
        first_answer=_timing(
            books, queries.first_answer_spans(session, span), due.get("first_answer", NO_PROMISES)
        ),
        resolution=_timing(books, answered, due.get("resolution", NO_PROMISES)),
        other_promises={kind: due[kind] for kind in ("next_answer", "progress", "department") if kind in due},
        routed=Share(part=volumes.complaints - queries.moved(session, span), whole=volumes.complaints),
        self_served=_share(queries.self_served(session, span)),
        reopened=_share(queries.reopened(session, span)),
        satisfaction=Satisfaction(
            marks=queries.marks(session, span), again=_share(queries.satisfied_again(session, span))
        ),
        by_channel=volumes.by["channel"],
        by_product=volumes.by["product"],
        by_zone=volumes.by["zone"],
        by_object=volumes.by["object"],
        by_cause=volumes.by["cause"],
        by_customer=tuple(queries.customers(session, span, TOP_CUSTOMERS)),
        money=_money(session, span, books.currency, bases),
        bases=bases,
    )


def _share(found: tuple[int, int]) -> Share:
    return Share(part=found[0], whole=found[1])


def _clock(spans: tuple[Instants, Instants]) -> Spread:
    return spread(np.maximum(0.0, spans[1] - spans[0]))


def _timing(books: Books, spans: tuple[Instants, Instants], promises: Promises) -> Timing:
    clock = _clock(spans)
    if not clock.count:
        return Timing(clock=clock, working=clock, promises=promises)
    first, last = (_day(books, float(edge)) for edge in (spans[0].min(), spans[1].max()))
    worked = WorkingTime(books.calendar, first - _DAY, last + _DAY).between(*spans)
    return Timing(clock=clock, working=spread(worked), promises=promises)


def _day(books: Books, epoch_s: float) -> date:
    return datetime.fromtimestamp(epoch_s, books.calendar.timezone).date()


def _bases(session: Session, period: Period) -> dict[str, BaseValue]:
    known = queries.bases(session)
    kinds = {base.kind for base in known}
    found = {kind: base_for(kind, known, period.first, period.last) for kind in sorted(kinds)}
    return {kind: value for kind, value in found.items() if value is not None}


def _money(session: Session, span: queries.Span, currency: str, bases: Mapping[str, BaseValue]) -> Money:
    granted = queries.compensation_costs(session, span)
    count, cost = granted.get(currency, (0, Decimal(0)))
    handling = bases.get("handling_cost")
    return Money(
        currency=currency,
        compensations=count,
        compensation_cost=cost,
        handling_cost=handling.amount if handling else None,
        others={code: amount for code, (_, amount) in granted.items() if code != currency},
    )
