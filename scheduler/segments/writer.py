"""Writes a rule the usual way, in English, French or Arabic. Reading what was written gives the same rule."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from scheduler.segments.choices import CHOICES, choice_word
from scheduler.segments.measures import MEASURES, Measure
from scheduler.segments.tree import (
    All,
    Between,
    Calendar,
    Compare,
    Condition,
    Contains,
    During,
    Holds,
    Known,
    Next,
    Not,
    Older,
    OneOf,
    Period,
    Rule,
    Scope,
    StartsWith,
    Test,
    Unit,
)
from scheduler.segments.vocabulary import (
    CALENDAR,
    CONNECTIVES,
    FIELDS,
    IDLE,
    INACTIVE,
    LINKS,
    PERIODS,
    SIGNS,
    UNITS,
)

_ARABIC_PLURAL: Final = range(3, 11)
WITHOUT: Final = {"en": "no", "fr": "sans", "ar": "بدون"}


def write(rule: Rule, language: str = "en") -> str:
    """The rule's text."""
    return _write(rule, language, within="")


def _write(rule: Rule, language: str, *, within: str) -> str:
    if isinstance(rule, Condition):
        return _condition(rule, language, negated=False)
    if isinstance(rule, Not):
        return _not(rule, language)
    if not rule.rules:
        return CONNECTIVES["everybody"][language][0] if isinstance(rule, All) else _nobody(language)
    word = "and" if isinstance(rule, All) else "or"
    text = f" {CONNECTIVES[word][language][0]} ".join(
        _write(each, language, within=word) for each in rule.rules
    )
    return f"({text})" if within in ("and", "not") else text


def _nobody(language: str) -> str:
    return f"{CONNECTIVES['not'][language][0]} {CONNECTIVES['everybody'][language][0]}"


def _not(rule: Not, language: str) -> str:
    inner = rule.rule
    if isinstance(inner, Condition) and isinstance(inner.test, OneOf | Known):
        return _condition(inner, language, negated=True)
    if isinstance(inner, Condition) and any_at_all(inner):
        return f"{WITHOUT[language]} {_condition(inner, language, negated=False)}"
    return f"{CONNECTIVES['not'][language][0]} {_write(inner, language, within='not')}"


def _condition(condition: Condition, language: str, *, negated: bool) -> str:
    measure = MEASURES[condition.measure]
    if measure.key == "last_activity" and isinstance(condition.test, During):
        period = condition.test.period
        if isinstance(period, Older):
            length = _fill(IDLE[language][0], language, count=period.count, unit=period.unit)
            return f"{INACTIVE[language][0]} {length}"
    names = FIELDS[measure.key][language]
    if any_at_all(condition):
        return " ".join([names[min(1, len(names) - 1)], *_scope(condition.scope, measure, language)])
    pieces = [names[0], *_scope(condition.scope, measure, language)]
    pieces.append(_test(condition.test, measure, language, negated=negated))
    return " ".join(piece for piece in pieces if piece)


def any_at_all(condition: Condition) -> bool:
    """Whether it asks for "at least one"."""
    return MEASURES[condition.measure].counts and condition.test == Compare(op=">=", value=Decimal(1))


def _scope(scope: Scope, measure: Measure, language: str) -> list[str]:
    pieces = []
    if scope.name:
        pieces.append(quoted(scope.name))
    if scope.status:
        pieces.append(choice_word(measure.choices, scope.status, language))
    if scope.purpose:
        pieces.append(choice_word("purpose", scope.purpose, language))
    if scope.products:
        pieces.append(f"{LINKS['products'][language][0]} {_texts(scope.products)}")
    if scope.ranges:
        pieces.append(f"{LINKS['ranges'][language][0]} {_texts(scope.ranges)}")
    if scope.channel:
        pieces.append(f"{LINKS['channel'][language][0]} {_choice('channel', scope.channel, language)}")
    if scope.period is not None:
        pieces.append(period_text(scope.period, language))
    return pieces


def _test(test: Test, measure: Measure, language: str, *, negated: bool) -> str:
    if isinstance(test, Holds):
        return ""
    if isinstance(test, Known):
        return SIGNS["unknown" if negated else "known"][language][0]
    if isinstance(test, During):
        return period_text(test.period, language)
    if isinstance(test, Compare):
        return f"{test.op} {number_text(test.value)} {test.currency}".rstrip()
    if isinstance(test, Contains | StartsWith):
        return f"{SIGNS['contains' if isinstance(test, Contains) else 'starts'][language][0]} {quoted(test.text)}"
    values = [
        _choice(measure.choices, each, language) if measure.kind == "choice" else quoted(each)
        for each in test.values
    ]
    if len(values) == 1 and measure.many and not negated:
        return values[0]
    if len(values) == 1:
        return f"{'!=' if negated else '='} {values[0]}"
    return f"{SIGNS['not_in' if negated else 'in'][language][0]} ({', '.join(values)})"


def _choice(table: str, value: str, language: str) -> str:
    return choice_word(table, value, language) if value in CHOICES[table] else quoted(value)


def _texts(values: tuple[str, ...]) -> str:
    texts = [quoted(each) for each in values]
    return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def number_text(value: Decimal) -> str:
    """With blanks between thousands, as people in the region write."""
    return f"{value:,f}".replace(",", " ")


def period_text(period: Period, language: str) -> str:
    """A period as it is written in a rule."""
    if isinstance(period, Calendar):
        return CALENDAR[period.unit, period.offset][language][0]
    if isinstance(period, Between):
        return _between(period, language)
    kind = "next" if isinstance(period, Next) else "older" if isinstance(period, Older) else "last"
    names = PERIODS[kind][language]
    feminine = language == "fr" and period.unit == "week" and kind != "older"
    return _fill(names[1 if feminine else 0], language, count=period.count, unit=period.unit)


def _between(period: Between, language: str) -> str:
    start, end = period.start, period.end
    if start is not None and end is not None:
        names = PERIODS["on" if start == end else "between"][language]
        text = names[-1] if language == "fr" and start != end else names[0]
        days = [start.isoformat(), end.isoformat()]
    elif start is not None:
        text, days = PERIODS["since"][language][-1 if language == "fr" else 0], [start.isoformat()]
    else:
        text = PERIODS["until"][language][-1 if language == "fr" else 0]
        days = [end.isoformat()] if end is not None else []
    for day in days:
        text = text.replace("D", day, 1)
    return text


def _fill(pattern: str, language: str, *, count: int, unit: Unit) -> str:
    return pattern.replace("N", str(count)).replace("U", unit_text(count, unit, language))


def unit_text(count: int, unit: Unit, language: str) -> str:
    names = UNITS[unit][language]
    if language == "ar":
        return names[0] if count in _ARABIC_PLURAL else names[1]
    if len(names) == 1:
        return names[0]
    return names[1] if count == 1 else names[0]
