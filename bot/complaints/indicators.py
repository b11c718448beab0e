"""The formulas behind every figure of the dashboard and the report. source: domain §5

A base of zero, or one that nobody gave, makes a figure that can't be said: None, shown as "n/a".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Number = int | float | Decimal
Rate = Decimal | None  # in per cent

BaseKind = Literal[
    "customers",
    "customers_start",
    "customers_lost",
    "transactions",
    "units",
    "revenue",
    "cost_of_sales",
    "handling_cost",
]
STOCKS: frozenset[str] = frozenset({"customers", "customers_start"})
"""Bases that are a level, not an amount that adds up over time."""


def rate(part: Number | None, base: Number | None) -> Rate:
    """part / base × 100."""
    if part is None or base is None or base == 0:
        return None
    return Decimal(str(part)) * 100 / Decimal(str(base))


def complaint_rate(complaints: Number | None, base: Number | None) -> Rate:
    """Complaints in per cent of customers, transactions or units sold: 10 / 500 = 2 %."""
    return rate(complaints, base)


def loss_rate(cost_of_complaints: Number | None, base: Number | None) -> Rate:
    """The cost of complaints in per cent of revenue or of the cost of sales: 5 000 / 200 000 = 2.5 %."""
    return rate(cost_of_complaints, base)


def retention(remaining: Number | None, at_start: Number | None) -> Rate:
    """Customers that remained, in per cent of those at the period's start: 170 / 200 = 85 %."""
    return rate(remaining, at_start)


def attrition(lost: Number | None, total: Number | None) -> Rate:
    """Customers lost in per cent of all: 30 / 200 = 15 %."""
    return rate(lost, total)


def campaign_result(extra_revenue: Number, programme_cost: Number) -> Decimal:
    """What a programme brought in beyond its cost: 50 000 − 30 000 = +20 000; profitable when above zero."""
    return Decimal(str(extra_revenue)) - Decimal(str(programme_cost))


def is_profitable(result: Number) -> bool:
    return result > 0


def click_through(clicks: Number | None, impressions: Number | None) -> Rate:
    """Clicks in per cent of impressions: 20 / 1 000 = 2 %."""
    return rate(clicks, impressions)


def cost_per_complaint(cost: Number | None, complaints: int) -> Decimal | None:
    if cost is None or complaints == 0:
        return None
    return Decimal(str(cost)) / complaints


def nearest_rank(count: int, share: float) -> int:
    """The place, from 0, of a percentile among `count` ordered values: the smallest that covers the share."""
    if count < 1 or not 0 < share <= 1:
        raise ValueError("a percentile needs values, and a share above 0 and up to 1")
    return max(0, -(-round(share * 1_000_000) * count // 1_000_000) - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How long something took, in seconds: the middle, and what nine in ten stayed within."""

    count: int
    median_s: float | None = None
    p90_s: float | None = None


def spread(seconds: Sequence[float] | NDArray[np.float64]) -> Spread:
    values = np.asarray(seconds, dtype=np.float64)
    if not len(values):
        return Spread(count=0)
    ranks = [nearest_rank(len(values), 0.5), nearest_rank(len(values), 0.9)]
    found = np.partition(values, ranks)
    return Spread(count=len(values), median_s=float(found[ranks[0]]), p90_s=float(found[ranks[1]]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """Promises of one kind that fell due in a period, and how many were kept in time."""

    due: int
    kept: int

    @property
    def share(self) -> Rate:
        return rate(self.kept, self.due)


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What an operator said a period's base is, such as 500 transactions in October."""

    kind: str
    first: date
    last: date  # included
    amount: Decimal

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseValue:
    """A base for the period asked for; estimated where it is a part of a longer period's, by days."""

    amount: Decimal
    estimated: bool


def base_for(kind: str, bases: Iterable[Base], first: date, last: date) -> BaseValue | None:
    """The base of a period, put together from the shortest statements that cover each of its days.

    None when a day isn't covered: half a base would make a wrong rate.
    """
    known = sorted((base for base in bases if base.kind == kind), key=lambda base: (base.days, base.first))
    taken: dict[Base, int] = {}
    day = first
    while day <= last:
        base = next((base for base in known if base.first <= day <= base.last), None)
        if base is None:
            return None
        taken[base] = taken.get(base, 0) + 1
        day += timedelta(days=1)
    if not taken:
        return None
    whole = all(days == base.days for base, days in taken.items())
    if kind in STOCKS:
        return _level(kind, taken, first, last, estimated=not whole)
    amount = sum((base.amount * days / base.days for base, days in taken.items()), Decimal(0))
    return BaseValue(amount=amount, estimated=not whole)


def _level(kind: str, taken: Mapping[Base, int], first: date, last: date, *, estimated: bool) -> BaseValue:
    if kind == "customers_start":
        return BaseValue(amount=next(iter(taken)).amount, estimated=next(iter(taken)).first != first)
    days = (last - first).days + 1
    mean = sum((base.amount * covered for base, covered in taken.items()), Decimal(0)) / days
    return BaseValue(amount=mean, estimated=estimated)
