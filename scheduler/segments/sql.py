"""A rule as a condition on `contacts`, with bound values only, and never unknown: every contact is in or out.

Two ways to the same answer. `whole` works on sets, for counting a base and freezing an audience: the rows of a
condition are grouped once for all contacts. The other looks at one contact after the other by the indexes, for a
page of members, a sample or a single person.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, not_, or_, select, true

from bot.records import Address, Consent, Contact, Interest, Purchase, WaitingPlace
from bot.records.base import table_of
from scheduler.consent import UNDATED
from scheduler.segments.columns import COLUMNS, compares, of_the_row, text_test
from scheduler.segments.measures import CLASSES, MEASURES
from scheduler.segments.periods import Moment, days, span, thousandths
from scheduler.segments.sources import EARLIEST, Rows, counted_purchases, orders, rows_of, thousands, within
from scheduler.segments.tree import All, Compare, Condition, During, Holds, Not, Op, Rule, Scope

Truth = ColumnElement[bool]

_contacts = table_of(Contact).c
_NOTHING: Final = Decimal(0)
_ANY: Final[tuple[tuple[Op, Decimal], ...]] = ((">=", Decimal(1)), (">", _NOTHING))


def where(rule: Rule, moment: Moment, dialect: str, *, whole: bool) -> Truth:
    """The condition. `dialect`: "sqlite" or "postgresql"."""
    return _Compiler(moment, dialect, whole=whole).rule(rule)


def value(condition: Condition, moment: Moment, dialect: str) -> ColumnElement[Any] | None:
    """What a contact has of a measure, to say why; None where there is no single value."""
    measure = MEASURES[condition.measure]
    if condition.measure in COLUMNS:
        return COLUMNS[condition.measure]
    if condition.measure == "birthday":
        return _contacts.birthday
    if condition.measure == "created":
        return _contacts.created_at
    if measure.kind not in ("number", "money", "moment", "day") or condition.measure in (
        "age", "birthday_month", "last_activity",
    ):  # fmt: skip
        return None
    rows = rows_of(condition, moment)
    if measure.kind in ("number", "money"):
        figure: ColumnElement[Any] = func.coalesce(rows.figure, 0)
    else:
        figure = func.max(rows.at) if condition.measure.startswith("last_") else func.min(rows.at)
    return select(figure).where(rows.contact == _contacts.id, *rows.where).scalar_subquery()


def bounds_query(measure: str, currency: str) -> Select[Any]:
    """The least value of each class of buyers. Equal buyers are in one class, whatever their number.

    A buyer's class is 1 + 5 × (buyers below them) / (all buyers), rounded down.
    """
    table = table_of(Purchase).c
    figure: ColumnElement[Any] = {
        "recency": func.max(table.at), "frequency": orders(), "spending": thousands(table.amount),
    }[measure]  # fmt: skip
    chosen = select(figure.label("value")).where(counted_purchases()).group_by(table.contact_id)
    if measure == "spending":
        chosen = chosen.where(table.currency == currency)
    buyers = chosen.subquery()
    below = func.rank().over(order_by=buyers.c.value) - 1
    ranked = select(buyers.c.value, (below * 5 // func.count().over() + 1).label("class_")).subquery()
    return select(ranked.c.class_, func.min(ranked.c.value)).group_by(ranked.c.class_)


class _Compiler:
    def __init__(self, moment: Moment, dialect: str, *, whole: bool) -> None:
        self._moment = moment
        self._dialect = dialect
        self._whole = whole

    def rule(self, rule: Rule) -> Truth:
        if isinstance(rule, Condition):
            return self._condition(rule)
        if isinstance(rule, Not):
            return not_(self.rule(rule.rule))
        parts = [self.rule(each) for each in rule.rules]
        if isinstance(rule, All):
            return and_(true(), *parts)
        return or_(false(), *parts)

    def _condition(self, condition: Condition) -> Truth:
        found = of_the_row(condition, self._moment, self._dialect)
        if found is not None:
            return found
        key, kind, test = condition.measure, MEASURES[condition.measure].kind, condition.test
        if key in ("reachable", "interest", "waiting"):
            return self._listed(condition)
        if key == "consent":
            return self._consent(condition.scope)
        if key in CLASSES:
            return self._class(condition)
        if key == "last_activity":
            return self._activity(condition)
        rows = self._rows(condition)
        if isinstance(test, Compare):
            return self._figure(rows, test)
        return self._day(rows, test) if kind == "day" else self._moment_of(rows, condition)

    # rows of a contact

    def _rows(self, condition: Condition) -> Rows:
        return rows_of(condition, self._moment, whole=self._whole)

    def _any(self, rows: Rows, *more: Truth) -> Truth:
        """At least one such row. PostgreSQL makes a join of it; SQLite does so of a list."""
        if self._whole and self._dialect == "sqlite":
            return _contacts.id.in_(select(rows.contact).where(*rows.where, *more))
        return exists(select(1).where(rows.contact == _contacts.id, *rows.where, *more))

    def _grouped(self, rows: Rows, having: Truth) -> Truth:
        """There are such rows, and together they are so."""
        chosen = (
            select(rows.contact.label("contact_id")).where(*rows.where).group_by(rows.contact).having(having)
        )
        if not self._whole:
            return exists(chosen.where(rows.contact == _contacts.id))
        if self._dialect == "sqlite":
            return _contacts.id.in_(chosen)
        groups = chosen.subquery()
        return exists(select(1).where(groups.c.contact_id == _contacts.id))

    def _figure(self, rows: Rows, test: Compare) -> Truth:
        """Who has no row has nothing: where nothing is enough, leave out those who have too much."""
        wanted = thousandths(test.value)
        if not rows.sums and (test.op, test.value) in _ANY:
            return self._any(rows)
        having = compares(test.op, rows.figure, wanted)
        if compares(test.op, _NOTHING, test.value):
            return not_(self._grouped(rows, not_(having)))
        return self._grouped(rows, having)

    def _moment_of(self, rows: Rows, condition: Condition) -> Truth:
        """The last row (or the first one) lies in a span: one does, and none after (before) it."""
        if not isinstance(condition.test, During):
            return self._any(rows)
        found = span(condition.test.period, self._moment)
        inside = within(rows.at, condition.test.period, self._moment)
        beyond = found.start if condition.measure in EARLIEST else found.end
        if beyond is None:
            return self._any(rows, *inside)
        outside = rows.at < beyond if condition.measure in EARLIEST else rows.at >= beyond
        return and_(self._any(rows, *inside), not_(self._any(rows, outside)))

    def _day(self, rows: Rows, test: Any) -> Truth:
        if not isinstance(test, During):
            return self._any(rows, rows.at.is_not(None))
        covered = days(test.period, self._moment.today, self._moment.week_starts)
        tests: list[Truth] = [rows.at.is_not(None)]
        if covered.first is not None:
            tests.append(rows.at >= covered.first)
        if covered.last is not None:
            tests.append(rows.at <= covered.last)
        return self._any(rows, *tests)

    def _activity(self, condition: Condition) -> Truth:
        """The last of: known since, wrote, bought."""
        if not isinstance(condition.test, During):
            return true()
        found = span(condition.test.period, self._moment)
        bought = self._rows(Condition(measure="last_purchase", test=Holds()))
        wrote = self._rows(Condition(measure="last_message", test=Holds()))
        tests: list[Truth] = []
        if found.end is not None:
            tests.append(_contacts.created_at < found.end)
            tests += [not_(self._any(rows, rows.at >= found.end)) for rows in (bought, wrote)]
        if found.start is not None:
            since = [self._any(rows, rows.at >= found.start) for rows in (bought, wrote)]
            tests.append(or_(_contacts.created_at >= found.start, *since))
        return and_(true(), *tests)

    def _listed(self, condition: Condition) -> Truth:
        table, column, state = {
            "reachable": (table_of(Address), "channel", {"state": "ok"}),
            "interest": (table_of(Interest), "topic", {}),
            "waiting": (table_of(WaitingPlace), "product", {"status": "waiting"}),
        }[condition.measure]
        is_so = [table.c[name] == value for name, value in state.items()]
        found = table.c[column]
        rows = Rows(table=table, where=tuple(is_so), at=found, figure=found)
        return self._any(rows, text_test(found, condition.test, self._dialect))

    def _consent(self, scope: Scope) -> Truth:
        """A yes and no stronger no about the same, as `scheduler.consent` weighs them; without a channel: for any."""
        word, against = table_of(Consent).alias("word"), table_of(Consent).alias("against")
        known = [
            (table.c.purpose.in_((scope.purpose, "all")), table.c.at <= self._moment.now)
            for table in (word, against)
        ]
        if scope.channel:
            covers: list[Truth] = [table.c.channel.in_(("", scope.channel)) for table in (word, against)]
        else:
            covers = [true(), or_(against.c.channel == "", against.c.channel == word.c.channel)]
        stronger = or_(word.c.source == UNDATED, against.c.at >= word.c.at)
        revoked = exists(
            select(1).where(
                against.c.contact_id == word.c.contact_id,
                against.c.granted.is_(False),
                *known[1],
                covers[1],
                stronger,
            )
        )
        granted = (word.c.granted.is_(True), *known[0], covers[0], ~revoked)
        return self._any(Rows(table=word, where=granted, at=word.c.at, figure=word.c.at))

    def _class(self, condition: Condition) -> Truth:
        """Buyers whose value lies between where the wanted classes begin and end."""
        test = condition.test
        assert isinstance(test, Compare)
        wanted = [each for each in range(1, 6) if compares(test.op, Decimal(each), test.value)]
        bounds: dict[int, Any] = dict(getattr(self._moment.bounds, condition.measure))
        return or_(false(), *(self._between(condition.measure, bounds, each) for each in _runs(wanted)))

    def _between(self, measure: str, bounds: dict[int, Any], run: tuple[int, int]) -> Truth:
        least = min((value for each, value in bounds.items() if each >= run[0]), default=None)
        below = min((value for each, value in bounds.items() if each > run[1]), default=None)
        if least is None:
            return false()
        key = {"recency": "last_purchase", "frequency": "purchases", "spending": "amount"}[measure]
        test = Compare(op=">=", value=_NOTHING, currency=self._moment.currency)
        rows = self._rows(Condition(measure=key, test=test))
        figure = func.max(rows.at) if measure == "recency" else rows.figure
        scale = 1000 if measure == "frequency" else 1
        having = figure >= least * scale if scale > 1 else figure >= least
        if below is not None:
            having = and_(having, figure < (below * scale if scale > 1 else below))
        return self._grouped(rows, having)


def _runs(classes: list[int]) -> list[tuple[int, int]]:
    """Neighbouring classes together."""
    runs: list[tuple[int, int]] = []
    for each in classes:
        if runs and runs[-1][1] == each - 1:
            runs[-1] = (runs[-1][0], each)
        else:
            runs.append((each, each))
    return runs
