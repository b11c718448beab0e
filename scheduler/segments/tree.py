"""A rule as data: what was written, whatever the language it was written in.

A rule is a condition, or rules joined by "all", "any" and "not". It is built through `conjoin`, `disjoin` and
`negate`, which keep it plain: no list within a list of the same kind, none with a single item, no double "not".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, TypeAlias

Unit = Literal["day", "week", "month", "year"]
Op = Literal["=", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """From the beginning of the day so long ago until now."""

    count: int
    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """From now until the end of the day in so long."""

    count: int
    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Older:
    """Before the beginning of the day so long ago."""

    count: int
    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """A whole day, week, month or year: the present one (0), the one before (-1) or after (1)."""

    unit: Unit
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """From a day to a day, both included; None leaves that side open."""

    start: date | None
    end: date | None


Period: TypeAlias = Last | Next | Older | Calendar | Between


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which rows are looked at: purchases of a product, in a period, by a channel, …"""

    products: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    status: str = ""
    channel: str = ""
    purpose: str = ""
    name: str = ""  # of a campaign, or of a field of the company's own
    period: Period | None = None


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf:
    """Is one of these, letter for letter."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contains:
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartsWith:
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare:
    """A number or an amount of one currency, compared."""

    op: Op
    value: Decimal
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class During:
    """Lies in a period."""

    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Is there at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holds:
    """Is so."""


Test: TypeAlias = OneOf | Contains | StartsWith | Compare | During | Known | Holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A measure of `scheduler.segments.measures`, the rows it looks at, and what must be true of it."""

    measure: str
    test: Test
    scope: Scope = EVERYTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    rule: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class All:
    """Every one of them; of nothing: everybody."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Any:
    """At least one of them."""

    rules: tuple[Rule, ...]


Rule: TypeAlias = Condition | Not | All | Any

EVERYBODY = All(rules=())


def conjoin(rules: Sequence[Rule]) -> Rule:
    flat = [each for rule in rules for each in (rule.rules if isinstance(rule, All) else (rule,))]
    return flat[0] if len(flat) == 1 else All(rules=tuple(flat))


def disjoin(rules: Sequence[Rule]) -> Rule:
    flat = [each for rule in rules for each in (rule.rules if isinstance(rule, Any) else (rule,))]
    return flat[0] if len(flat) == 1 else Any(rules=tuple(flat))


def negate(rule: Rule) -> Rule:
    return rule.rule if isinstance(rule, Not) else Not(rule=rule)


def conditions(rule: Rule) -> Iterator[Condition]:
    """Its conditions, from left to right."""
    if isinstance(rule, Condition):
        yield rule
    elif isinstance(rule, Not):
        yield from conditions(rule.rule)
    else:
        for each in rule.rules:
            yield from conditions(each)


def depth(rule: Rule) -> int:
    if isinstance(rule, Condition):
        return 1
    if isinstance(rule, Not):
        return 1 + depth(rule.rule)
    return 1 + max((depth(each) for each in rule.rules), default=0)
