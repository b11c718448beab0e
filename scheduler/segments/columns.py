"""Conditions on what stands in the contact's own row: texts, choices, tags, the company's own fields, dates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    JSON,
    ColumnElement,
    Numeric,
    String,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
    type_coerce,
)

from bot.records import Agent, Contact, Organisation
from bot.records.base import table_of
from scheduler.segments.periods import Moment, back, days, thousandths, yeardays, zones_by_day
from scheduler.segments.sources import within
from scheduler.segments.tree import (
    Compare,
    Condition,
    Contains,
    During,
    Known,
    OneOf,
    Op,
    Period,
    StartsWith,
    Test,
)

Column = ColumnElement[Any]
Truth = ColumnElement[bool]

_contacts = table_of(Contact).c
_DAY_LIKE: Final = "____-__-__"
_OLDEST: Final = 150

COLUMNS: Final[dict[str, Column]] = {
    "name": _contacts.name,
    "language": _contacts.language,
    "country": _contacts.country,
    "zone": _contacts.zone,
    "timezone": _contacts.timezone,
    "role": _contacts.organisation_role,
    "source": _contacts.source_channel,
    "preferred_channel": _contacts.preferred_channel,
    "external_id": _contacts.external_id,
    "stage": _contacts.stage,
    "tier": _contacts.tier,
    "mode": _contacts.mode,
}


def of_the_row(condition: Condition, moment: Moment, dialect: str) -> Truth | None:
    """What must be true of the contact's row; None where the measure looks elsewhere."""
    key, test = condition.measure, condition.test
    if key in COLUMNS:
        return _sure(COLUMNS[key], text_test(COLUMNS[key], test, dialect))
    if key == "organisation":
        return _organisation(test, dialect)
    if key == "owner":
        return _owner(test, dialect)
    if key == "tag":
        return _tag(test, dialect)
    if key == "own":
        return _Own(condition.scope.name, dialect).meets(test, moment)
    if key == "created":
        return _created(test, moment)
    if key == "birthday":
        return _birthday(test, moment)
    if key == "birthday_month":
        assert isinstance(test, Compare)
        return func.substr(_contacts.birthday, 1, 2).in_(
            [f"{month:02d}" for month in range(1, 13) if compares(test.op, Decimal(month), test.value)]
        )
    if key == "age":
        assert isinstance(test, Compare)
        return _age(test, moment.today)
    return None


def compares(op: Op, left: Any, right: Any) -> Any:
    """Compare numbers, or build the comparison of columns."""
    if op == "=":
        return left == right
    if op == "!=":
        return left != right
    if op == "<":
        return left < right
    if op == "<=":
        return left <= right
    return left > right if op == ">" else left >= right


def text_test(column: Column, test: Test, dialect: str) -> Truth:
    """Letter for letter, the same on both databases: their own LIKE differ in capitals."""
    if isinstance(test, OneOf):
        return column.in_(test.values)
    if isinstance(test, Contains):
        place = func.instr if dialect == "sqlite" else func.strpos
        return place(column, literal(test.text, String)) > 0
    if isinstance(test, StartsWith):
        return func.substr(column, 1, len(test.text)) == literal(test.text, String)
    return column != ""


def _sure(column: Column, truth: Truth) -> Truth:
    """False instead of unknown where the column may be NULL."""
    return and_(column.is_not(None), truth) if column.nullable else truth


def _organisation(test: Test, dialect: str) -> Truth:
    if isinstance(test, Known):
        return _contacts.organisation_id.is_not(None)
    table = table_of(Organisation).c
    named = select(table.id).where(text_test(table.name, test, dialect))
    return and_(_contacts.organisation_id.is_not(None), _contacts.organisation_id.in_(named))


def _owner(test: Test, dialect: str) -> Truth:
    """The agent by name, e-mail address or id."""
    if isinstance(test, Known):
        return _contacts.owner_agent_id.is_not(None)
    table = table_of(Agent).c
    meant = [text_test(column, test, dialect) for column in (table.name, table.email, table.id)]
    named = select(table.id).where(or_(*meant))
    return and_(_contacts.owner_agent_id.is_not(None), _contacts.owner_agent_id.in_(named))


def _tag(test: Test, dialect: str) -> Truth:
    if dialect == "sqlite":
        each = func.json_each(_contacts.tags).table_valued("value")
    else:
        tags = case((func.json_typeof(_contacts.tags) == "array", _contacts.tags), else_=literal([], JSON))
        each = func.json_array_elements_text(tags).table_valued("value")
    value = type_coerce(each.c.value, String)
    return exists(select(1).select_from(each).where(text_test(value, test, dialect)))


def _created(test: Test, moment: Moment) -> Truth:
    return (
        and_(true(), *within(_contacts.created_at, test.period, moment))
        if isinstance(test, During)
        else true()
    )


def _birthday(test: Test, moment: Moment) -> Truth:
    known = _contacts.birthday != ""
    if not isinstance(test, During):
        return known
    usual = yeardays(test.period, moment.today, moment.week_starts)
    if usual is None:
        return known
    abroad, elsewhere = _birthdays_abroad(test.period, moment, usual)
    if not abroad:
        return and_(known, _contacts.birthday.in_(sorted(usual)))
    here = and_(_contacts.timezone.not_in(elsewhere), _contacts.birthday.in_(sorted(usual)))
    there = [
        and_(_contacts.timezone.in_(zones), _contacts.birthday.in_(sorted(wanted)))
        for zones, wanted in abroad
    ]
    every = sorted(usual.union(*(wanted for _, wanted in abroad)))
    return and_(known, _contacts.birthday.in_(every), or_(here, *there))


def _birthdays_abroad(
    period: Period, moment: Moment, usual: frozenset[str]
) -> tuple[list[tuple[tuple[str, ...], frozenset[str]]], list[str]]:
    """Where it is another day than at the company: those time zones, and the birthdays wanted there."""
    found = []
    for day, zones in zones_by_day(moment.now).items():
        wanted = yeardays(period, day, moment.week_starts) or frozenset()
        if day != moment.today and wanted != usual:
            found.append((zones, wanted))
    return found, [zone for zones, _ in found for zone in zones]


def _age(test: Compare, today: date) -> Truth:
    """Whole years, counted as birthdays that were had."""
    born, whole = _contacts.born_on, int(test.value)
    integral = test.value == whole
    if test.op in ("=", "!="):
        is_so = and_(_at_least(whole, today), ~_at_least(whole + 1, today)) if integral else false()
        return and_(born.is_not(None), is_so if test.op == "=" else ~is_so)
    least = whole + 1 if test.op in (">", "<=") or not integral else whole
    is_so = _at_least(least, today)
    return and_(born.is_not(None), is_so if test.op in (">", ">=") else ~is_so)


def _at_least(years: int, today: date) -> Truth:
    if years <= 0:
        return true()
    return false() if years > _OLDEST else _contacts.born_on <= back(today, years, "year")


class _Own:
    """One of the company's own fields, kept as JSON: a text, a number, a yes or no, a day written as text."""

    def __init__(self, name: str, dialect: str) -> None:
        self._sqlite = dialect == "sqlite"
        self._dialect = dialect
        if self._sqlite:
            path = f'$."{name}"'
            self._type: Column = func.json_type(_contacts.fields, path)
            self.text: Column = type_coerce(func.json_extract(_contacts.fields, path), String)
        else:
            self._type = func.json_typeof(_contacts.fields.op("->")(literal(name, String)))
            self.text = type_coerce(_contacts.fields.op("->>")(literal(name, String)), String)

    def meets(self, test: Test, moment: Moment) -> Truth:
        if isinstance(test, Compare):
            return self._number(test)
        if isinstance(test, During):
            return self._as_text(self._day(test.period, moment))
        if isinstance(test, Known):
            return case(
                (self._type.is_(None), false()), (self._type == "null", false()), else_=~self._empty()
            )
        if isinstance(test, OneOf | Contains | StartsWith):
            return self._as_text(text_test(self.text, test, self._dialect))
        return (
            self._has_type("true") if self._sqlite else and_(self._has_type("boolean"), self.text == "true")
        )

    def _has_type(self, *names: str) -> Truth:
        return func.coalesce(self._type, "").in_(names)

    def _as_text(self, truth: Truth) -> Truth:
        return case((self._has_type("text" if self._sqlite else "string"), truth), else_=false())

    def _empty(self) -> Truth:
        return self._as_text(self.text == "")

    def _day(self, period: Period, moment: Moment) -> Truth:
        covered = days(period, moment.today, moment.week_starts)
        text = self.text if self._sqlite else self.text.collate("C")
        tests: list[Truth] = [text.like(_DAY_LIKE)]
        if covered.first is not None:
            tests.append(text >= covered.first.isoformat())
        if covered.last is not None:
            tests.append(text <= covered.last.isoformat())
        return and_(*tests)

    def _number(self, test: Compare) -> Truth:
        if self._sqlite:
            value = cast(self.text, Numeric(asdecimal=False))
            wanted: Any = literal(float(test.value), Numeric(asdecimal=False))
            return case((self._has_type("integer", "real"), compares(test.op, value, wanted)), else_=false())
        number = cast(self.text, Numeric)
        return case(
            (self._has_type("number"), compares(test.op, number, literal(test.value, Numeric))), else_=false()
        )


__all__ = ["COLUMNS", "compares", "of_the_row", "text_test", "thousandths"]
