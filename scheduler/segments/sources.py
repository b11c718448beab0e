"""Which rows of which table a measure looks at, and what is counted of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Numeric,
    and_,
    case,
    cast,
    func,
    literal_column,
    select,
    true,
    type_coerce,
)

from bot.records import (
    Appointment,
    Campaign,
    Case,
    Conversation,
    Equipment,
    LoyaltyAccount,
    Purchase,
    Quote,
    Recipient,
    SentPromotion,
)
from bot.records.base import table_of
from scheduler.segments.periods import Moment, span
from scheduler.segments.tree import Compare, Condition, Period, Scope

_UNDONE: Final = ("cancelled", "returned")
_COMING: Final = ("booked", "changed")
_THOUSAND: Final[ColumnElement[int]] = literal_column("1000", Integer)

Column = ColumnElement[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of a contact, the column that says when, and the figure they add up to in thousandths."""

    table: FromClause
    where: tuple[ColumnElement[bool], ...]
    at: Column
    figure: Column
    sums: bool = False  # the figure is a sum, which may be nothing although there are rows

    @property
    def contact(self) -> Column:
        return self.table.c.contact_id


def rows_of(condition: Condition, moment: Moment, *, whole: bool = False) -> Rows:
    """The rows behind a measure that is no column of the contact. `whole`: for all contacts at once."""
    if condition.measure in _PURCHASES:
        return _purchases(condition, moment, whole=whole)
    return _READERS[condition.measure](condition, moment)


def within(column: Column, period: Period | None, moment: Moment) -> list[ColumnElement[bool]]:
    """The column lies in the period."""
    if period is None:
        return []
    found = span(period, moment)
    tests = [column >= found.start] if found.start is not None else []
    return [*tests, column < found.end] if found.end is not None else tests


def thousands(column: Column) -> Column:
    """A sum in thousandths, as a whole number: SQLite adds amounts up as floating-point numbers."""
    total: Column = type_coerce(func.sum(column), Numeric(asdecimal=False))
    return cast(func.round(total * _THOUSAND), BigInteger)


def _count(column: Column | None = None) -> Column:
    return (func.count() if column is None else func.count(column.distinct())) * _THOUSAND


def _purchases(condition: Condition, moment: Moment, *, whole: bool) -> Rows:
    table, scope = table_of(Purchase), condition.scope
    where = [table.c.status.not_in(_UNDONE), *within(table.c.at, scope.period, moment)]
    if scope.products:
        # SQLite would look through all purchases of the product again for every single contact.
        product = table.c.product if whole else table.c.product.concat("")
        where.append(product.in_(scope.products))
    if scope.ranges:
        where.append(table.c.product_range.in_(scope.ranges))
    if scope.channel:
        where.append(table.c.channel == scope.channel)
    if condition.measure == "quantity":
        figure = thousands(table.c.quantity)
    elif condition.measure == "amount":
        where.append(table.c.currency == _currency(condition))
        figure = thousands(table.c.amount)
    else:
        figure = orders() * _THOUSAND
    sums = condition.measure in ("quantity", "amount")
    return Rows(table=table, where=tuple(where), at=table.c.at, figure=figure, sums=sums)


def orders() -> Column:
    """How many orders lines belong to; a line without an order's number is one of its own."""
    table = table_of(Purchase)
    return func.count(case((table.c.order_ref == "", table.c.id), else_=table.c.order_ref).distinct())


def _currency(condition: Condition) -> str:
    return condition.test.currency if isinstance(condition.test, Compare) else ""


def counted_purchases() -> ColumnElement[bool]:
    """Purchases that were not taken back."""
    return table_of(Purchase).c.status.not_in(_UNDONE)


def _quotes(condition: Condition, moment: Moment) -> Rows:
    table, scope = table_of(Quote), condition.scope
    where = within(table.c.issued_at, scope.period, moment)
    if scope.status:
        where.append(table.c.status == scope.status)
    if condition.measure == "quote_amount":
        where.append(table.c.currency == _currency(condition))
        return Rows(
            table=table, where=tuple(where), at=table.c.issued_at, figure=thousands(table.c.amount), sums=True
        )
    if condition.measure == "quote_expiry":
        return Rows(table=table, where=(table.c.status == "open",), at=table.c.valid_until, figure=_count())
    return Rows(table=table, where=tuple(where), at=table.c.issued_at, figure=_count())


def _equipment(condition: Condition, moment: Moment) -> Rows:
    table = table_of(Equipment)
    where = (table.c.product.in_(condition.scope.products),) if condition.scope.products else ()
    return Rows(table=table, where=where, at=table.c.next_service_on, figure=_count())


def _loyalty(condition: Condition, moment: Moment) -> Rows:
    table = table_of(LoyaltyAccount)
    figures = {"points": thousands(table.c.points), "rewards": thousands(table.c.rewards)}
    figure = figures.get(condition.measure)
    return Rows(
        table=table,
        where=(),
        at=table.c.expires_on,
        figure=_count() if figure is None else figure,
        sums=figure is not None,
    )


def _appointments(condition: Condition, moment: Moment) -> Rows:
    table, scope = table_of(Appointment), condition.scope
    where = within(table.c.starts_at, scope.period, moment)
    if scope.status:
        states = _COMING if scope.status == "booked" else (scope.status,)
        where.append(table.c.status.in_(states))
    if condition.measure == "next_appointment":
        where += [table.c.status.in_(_COMING), table.c.starts_at > moment.now]
    if condition.measure == "last_appointment":
        where += [table.c.status.in_((*_COMING, "held")), table.c.starts_at <= moment.now]
    return Rows(table=table, where=tuple(where), at=table.c.starts_at, figure=_count())


def _complaints(condition: Condition, moment: Moment) -> Rows:
    table, scope = table_of(Case), condition.scope
    where = [table.c.outcome != "merged", *within(table.c.received_at, scope.period, moment)]
    if scope.status:
        where.append(
            {
                "open": table.c.closed.is_(False),
                "closed": table.c.closed.is_(True),
                "satisfied": and_(table.c.satisfied.is_not(None), table.c.satisfied.is_(True)),
                "dissatisfied": and_(table.c.satisfied.is_not(None), table.c.satisfied.is_(False)),
            }[scope.status]
        )
    if scope.products:
        where.append(table.c.product.in_(scope.products))
    return Rows(table=table, where=tuple(where), at=table.c.received_at, figure=_count())


def _conversations(condition: Condition, moment: Moment) -> Rows:
    table, scope = table_of(Conversation), condition.scope
    where = within(table.c.last_inbound_at, scope.period, moment)
    if scope.channel:
        where.append(table.c.channel == scope.channel)
    return Rows(table=table, where=tuple(where), at=table.c.last_inbound_at, figure=_count())


def _campaigns(condition: Condition, moment: Moment) -> Rows:
    table, scope = table_of(Recipient), condition.scope
    when, is_so = _happened(scope)
    where = [is_so, *within(when, scope.period, moment)]
    if scope.name:
        campaigns = table_of(Campaign).c
        where.append(table.c.campaign_id.in_(select(campaigns.id).where(campaigns.name == scope.name)))
    return Rows(table=table, where=tuple(where), at=when, figure=_count())


def _happened(scope: Scope) -> tuple[Column, ColumnElement[bool]]:
    table = table_of(Recipient).c
    if scope.status in ("sent", "skipped", "failed"):
        return table.settled_at, table.status == scope.status
    if scope.status:
        column = table[f"{scope.status}_at"]
        return column, column.is_not(None)
    return table.due_at, true()


def _promotions(condition: Condition, moment: Moment) -> Rows:
    table = table_of(SentPromotion)
    where = tuple(within(table.c.at, condition.scope.period, moment))
    return Rows(table=table, where=where, at=table.c.at, figure=_count())


_PURCHASES: Final = ("purchases", "quantity", "amount", "last_purchase", "first_purchase")
_READERS: Final = {
    **dict.fromkeys(("quotes", "quote_amount", "quote_expiry"), _quotes),
    **dict.fromkeys(("equipment", "service_due"), _equipment),
    **dict.fromkeys(("cards", "points", "rewards", "card_expiry"), _loyalty),
    **dict.fromkeys(("appointments", "next_appointment", "last_appointment"), _appointments),
    "complaints": _complaints,
    **dict.fromkeys(("conversations", "last_message"), _conversations),
    "campaigns": _campaigns,
    "promotions": _promotions,
}

EARLIEST: Final = ("first_purchase", "next_appointment")  # measures that are the first of their rows
