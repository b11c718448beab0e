"""Whether a condition can be asked: kinds, lists of values, currencies, lengths. For texts and forms alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Final
from unicodedata import category

from babel.numbers import list_currencies

from scheduler.segments.choices import CHOICES, choice_word
from scheduler.segments.errors import LANGUAGES, RuleError, nearest
from scheduler.segments.measures import MAX_COUNT, MEASURES, PARTS, Kind, Measure
from scheduler.segments.tree import (
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
    Older,
    OneOf,
    Period,
    Rule,
    Scope,
    StartsWith,
    Test,
    conditions,
    depth,
)
from scheduler.segments.vocabulary import FIELDS

MAX_DEPTH: Final = 30
MAX_CONDITIONS: Final = 100
MAX_VALUES: Final = 1_000
MAX_VALUE: Final = 500
MAX_NUMBER: Final = Decimal(10) ** 12

_TESTS: Final[Mapping[Kind, tuple[type[Test], ...]]] = {
    "text": (OneOf, Contains, StartsWith, Known),
    "choice": (OneOf, Known),
    "number": (Compare,),
    "class": (Compare,),
    "money": (Compare,),
    "moment": (During, Known),
    "day": (During, Known),
    "yearday": (During, Known),
    "flag": (Holds,),
    "own": (OneOf, Contains, StartsWith, Compare, During, Known, Holds),
}
EXPECTED: Final[Mapping[Kind, str]] = {
    "text": "one_of", "choice": "one_of", "number": "compared", "class": "compared", "money": "compared",
    "moment": "period", "day": "period", "yearday": "period", "flag": "nothing", "own": "one_of",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What rules of a company are read with: its currency, and the names of its own fields (None: any)."""

    currency: str = "EUR"
    own_fields: tuple[str, ...] | None = None


def field_names(measure: str) -> dict[str, str]:
    """How a field is called in each language."""
    return {language: FIELDS[measure][language][0] for language in LANGUAGES}


def check_condition(condition: Condition, terms: Terms) -> None:
    """Raises `RuleError`."""
    measure = MEASURES[condition.measure]
    _check_scope(measure, condition.scope, terms)
    test = condition.test
    if not isinstance(test, _TESTS[measure.kind]):
        raise not_possible(measure)
    if isinstance(test, OneOf):
        _check_values(measure, test)
    elif isinstance(test, Contains | StartsWith):
        check_text(test.text)
    elif isinstance(test, Compare):
        _check_compare(measure, test)
    elif isinstance(test, During):
        check_period(test.period)
        _check_during(measure, test.period)


def check_size(rule: Rule) -> None:
    """Raises `RuleError` where a database could not bear it."""
    if depth(rule) > MAX_DEPTH:
        raise RuleError("too_deep", limit=MAX_DEPTH)
    if sum(1 for _ in conditions(rule)) > MAX_CONDITIONS:
        raise RuleError("too_long", limit=MAX_CONDITIONS)


def not_possible(measure: Measure) -> RuleError:
    return RuleError(
        "test_not_possible",
        field=field_names(measure.key),
        things={"kind": f"kind_{measure.kind}", "expected": EXPECTED[measure.kind]},
    )


def _check_scope(measure: Measure, scope: Scope, terms: Terms) -> None:
    for part in PARTS:
        given = getattr(scope, part)
        if given and part not in measure.parts:
            raise RuleError("not_of_this", field=field_names(measure.key), things={"part": part})
        if not given and part == measure.needs:
            raise RuleError("needs", field=field_names(measure.key), things={"part": part})
    for text in (*scope.products, *scope.ranges, scope.channel, scope.name):
        check_text(text)
    if len(scope.products) + len(scope.ranges) > MAX_VALUES:
        raise RuleError("too_long", limit=MAX_VALUES)
    if scope.status:
        check_choice(measure.choices, scope.status)
    if scope.purpose:
        check_choice("purpose", scope.purpose)
    if scope.period is not None:
        check_period(scope.period)
    if measure.key == "own":
        _check_own(scope.name, terms)


def _check_own(name: str, terms: Terms) -> None:
    if any(each in '"\\' for each in name):  # they would end the path within the stored fields
        raise RuleError("bad_character", found=name)
    if terms.own_fields is not None and name not in terms.own_fields:
        raise RuleError("unknown_own_field", found=name, nearest=nearest(name, terms.own_fields))


def check_choice(table: str, value: str) -> None:
    if value not in CHOICES[table]:
        raise unknown_choice(table, value)


def unknown_choice(table: str, value: str) -> RuleError:
    words = [word for names in CHOICES[table].values() for each in names.values() for word in each]
    listed = ", ".join(choice_word(table, each, "en") for each in CHOICES[table])
    return RuleError("unknown_choice", found=value, choices=listed, nearest=nearest(value, words))


def _check_values(measure: Measure, test: OneOf) -> None:
    if not 1 <= len(test.values) <= MAX_VALUES:
        raise RuleError("too_long", limit=MAX_VALUES)
    for value in test.values:
        check_text(value)
        if measure.kind == "choice" and not measure.open:
            check_choice(measure.choices, value)


def check_text(text: str) -> None:
    if len(text) > MAX_VALUE:
        raise RuleError("too_long", limit=MAX_VALUE)
    for each in text:
        if category(each) in ("Cc", "Cs") and each not in "\t\n":
            raise RuleError("bad_character", found=f"U+{ord(each):04X}")


def _check_compare(measure: Measure, test: Compare) -> None:
    if not test.value.is_finite() or abs(test.value) > MAX_NUMBER or test.value != round(test.value, 3):
        raise RuleError("bad_number", found=test.value)
    if (measure.kind == "money") != bool(test.currency):
        raise not_possible(measure)
    if test.currency and test.currency not in _currencies():
        raise RuleError(
            "unknown_currency", found=test.currency, nearest=nearest(test.currency, _currencies())
        )
    if measure.kind == "class" and test.value not in (1, 2, 3, 4, 5):
        raise RuleError("bad_class")


@cache
def _currencies() -> tuple[str, ...]:
    return tuple(sorted(list_currencies()))


def check_period(period: Period) -> None:
    if isinstance(period, Last | Next | Older) and not 1 <= period.count <= MAX_COUNT[period.unit]:
        raise RuleError("bad_count", found=period.count, limit=MAX_COUNT[period.unit])
    if isinstance(period, Calendar) and period.offset not in (-1, 0, 1):
        raise RuleError("bad_count", found=period.offset, limit=1)
    if isinstance(period, Between):
        start, end = period.start, period.end
        if start is None and end is None:
            raise RuleError("needs", things={"part": "period"}, field=dict.fromkeys(LANGUAGES, "between"))
        if start is not None and end is not None and end < start:
            raise RuleError("dates_crossed")


def _check_during(measure: Measure, period: Period) -> None:
    """A day of the year comes back: it is never "long ago", nor before or after a day."""
    endless = isinstance(period, Between) and (period.start is None or period.end is None)
    if measure.kind == "yearday" and (endless or isinstance(period, Older)):
        raise not_possible(measure)


def normal(value: Decimal) -> Decimal:
    """One way to write a number: without an exponent and without idle zeros."""
    plain = value.normalize()
    return plain if plain.as_tuple().exponent in range(-3, 1) else plain.quantize(Decimal(1))


def normalised(condition: Condition) -> Condition:
    """The same condition, said the usual way."""
    test = condition.test
    if isinstance(test, Compare):
        return replace(condition, test=replace(test, value=normal(test.value)))
    if isinstance(test, OneOf):
        return replace(condition, test=OneOf(values=tuple(dict.fromkeys(test.values))))
    return condition
