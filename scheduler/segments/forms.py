"""A rule as plain JSON, for a form: both ways without loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any as Anything
from typing import Final

from scheduler.segments.checks import MAX_DEPTH, Terms, check_condition, check_size, normalised
from scheduler.segments.errors import RuleError, nearest
from scheduler.segments.measures import MEASURES
from scheduler.segments.tree import (
    All,
    Any,
    Between,
    Calendar,
    Compare,
    Condition,
    Contains,
    During,
    Holds,
    Known,
    Last,
    Next,
    Not,
    Older,
    OneOf,
    Period,
    Rule,
    Scope,
    StartsWith,
    Test,
    conjoin,
    disjoin,
    negate,
)

Form = dict[str, Anything]

_UNITS: Final = ("day", "week", "month", "year")
_OPS: Final = ("=", "!=", "<", "<=", ">", ">=")
_LENGTHS: Final[Mapping[str, type[Last | Next | Older]]] = {"last": Last, "next": Next, "older": Older}


def to_form(rule: Rule) -> Form:
    """The rule as JSON can hold it."""
    if isinstance(rule, Not):
        return {"not": to_form(rule.rule)}
    if isinstance(rule, All | Any):
        return {"all" if isinstance(rule, All) else "any": [to_form(each) for each in rule.rules]}
    form: Form = {"measure": rule.measure, "test": _test_form(rule.test)}
    scope = {name: value for name in Scope.__dataclass_fields__ if (value := getattr(rule.scope, name))}
    if scope:
        form["of"] = {
            name: period_form(value)
            if name == "period"
            else list(value)
            if isinstance(value, tuple)
            else value
            for name, value in scope.items()
        }
    return form


def _test_form(test: Test) -> Form:
    if isinstance(test, OneOf):
        return {"one_of": list(test.values)}
    if isinstance(test, Contains):
        return {"contains": test.text}
    if isinstance(test, StartsWith):
        return {"starts_with": test.text}
    if isinstance(test, During):
        return {"during": period_form(test.period)}
    if isinstance(test, Compare):
        form: Form = {"op": test.op, "value": str(test.value)}
        return form | ({"currency": test.currency} if test.currency else {})
    return {"known": True} if isinstance(test, Known) else {"holds": True}


def period_form(period: Period) -> Form:
    if isinstance(period, Calendar):
        return {"calendar": period.unit, "offset": period.offset}
    if isinstance(period, Between):
        days = {"from": period.start, "to": period.end}
        return {name: day.isoformat() for name, day in days.items() if day is not None}
    kind = next(name for name, each in _LENGTHS.items() if isinstance(period, each))
    return {kind: period.count, "unit": period.unit}


def from_form(form: object, terms: Terms) -> Rule:
    """The rule of a form. Raises `RuleError`."""
    rule = _rule(form, terms, "$", 0)
    check_size(rule)
    return rule


def _bad(where: str, what: str) -> RuleError:
    return RuleError("bad_form", where=where, what=what)


def _rule(form: object, terms: Terms, where: str, depth: int) -> Rule:
    if depth > MAX_DEPTH:
        raise RuleError("too_deep", limit=MAX_DEPTH)
    if not isinstance(form, dict):
        raise _bad(where, "is not an object")
    if "not" in form:
        _only(form, where, "not")
        return negate(_rule(form["not"], terms, f"{where}.not", depth + 1))
    for name, join in (("all", conjoin), ("any", disjoin)):
        if name in form:
            _only(form, where, name)
            inner = f"{where}.{name}"
            rules = [
                _rule(each, terms, f"{inner}[{number}]", depth + 1)
                for number, each in enumerate(_listed(form[name], inner))
            ]
            return join(rules)
    return _condition(form, terms, where)


def _condition(form: Form, terms: Terms, where: str) -> Condition:
    _only(form, where, "measure", "test", "of")
    key = form.get("measure")
    if not isinstance(key, str) or key not in MEASURES:
        raise RuleError("unknown_field", found=key, nearest=nearest(str(key), tuple(MEASURES)))
    condition = Condition(
        measure=key,
        test=_test(_object(form.get("test"), f"{where}.test"), f"{where}.test"),
        scope=_scope(_object(form.get("of", {}), f"{where}.of"), f"{where}.of"),
    )
    check_condition(condition, terms)
    return normalised(condition)


def _scope(form: Form, where: str) -> Scope:
    _only(form, where, *Scope.__dataclass_fields__)
    values: Form = {}
    for name, value in form.items():
        inner = f"{where}.{name}"
        if name == "period":
            values[name] = _period(_object(value, inner), inner)
        elif name in ("products", "ranges"):
            values[name] = tuple(dict.fromkeys(_text(each, inner) for each in _listed(value, inner)))
        else:
            values[name] = _text(value, inner)
    return Scope(**values)


def _test(form: Form, where: str) -> Test:
    kind = next(iter(form), "")
    readers: Mapping[str, Callable[[], Test]] = {
        "one_of": lambda: OneOf(
            values=tuple(dict.fromkeys(_text(e, where) for e in _listed(form[kind], where)))
        ),
        "contains": lambda: Contains(text=_text(form[kind], where)),
        "starts_with": lambda: StartsWith(text=_text(form[kind], where)),
        "during": lambda: During(period=_period(_object(form[kind], where), where)),
        "known": Known,
        "holds": Holds,
    }
    if "op" in form:
        _only(form, where, "op", "value", "currency")
        return _compare(form, where)
    if kind not in readers:
        raise _bad(where, f"needs one of {', '.join((*readers, 'op'))}")
    _only(form, where, kind)
    return readers[kind]()


def _compare(form: Form, where: str) -> Compare:
    if form["op"] not in _OPS:
        raise _bad(f"{where}.op", f"is not one of {', '.join(_OPS)}")
    value = form.get("value")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _bad(f"{where}.value", 'is not a number, such as 3 or "12.5"')
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise _bad(f"{where}.value", "is not a number") from None
    currency = _text(form.get("currency", ""), f"{where}.currency")
    return Compare(op=form["op"], value=number, currency=currency)


def _period(form: Form, where: str) -> Period:
    for kind, made in _LENGTHS.items():
        if kind in form:
            _only(form, where, kind, "unit")
            return made(count=_whole(form[kind], where), unit=_unit(form.get("unit"), where))
    if "calendar" in form:
        _only(form, where, "calendar", "offset")
        return Calendar(unit=_unit(form["calendar"], where), offset=_whole(form.get("offset", 0), where))
    _only(form, where, "from", "to")
    return Between(start=_day(form.get("from"), where), end=_day(form.get("to"), where))


def _only(form: Form, where: str, *known: str) -> None:
    for name in form:
        if name not in known:
            raise _bad(where, f"has an unknown key {name!r}; known: {', '.join(known)}")


def _object(value: object, where: str) -> Form:
    if not isinstance(value, dict):
        raise _bad(where, "is not an object")
    return value


def _listed(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise _bad(where, "is not a list")
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise _bad(where, "is not a text")
    return value


def _whole(value: object, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _bad(where, "is not a whole number")
    return value


def _unit(value: object, where: str) -> Anything:
    if value not in _UNITS:
        raise _bad(where, f"is not a unit: {', '.join(_UNITS)}")
    return value


def _day(value: object, where: str) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(_text(value, where))
    except ValueError:
        raise _bad(where, "is not a day, such as 2026-03-05") from None
