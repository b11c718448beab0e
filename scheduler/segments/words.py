"""Says a rule in sentences, in English, French and Arabic, for those who did not write it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from scheduler.segments.choices import CHOICES, choice_word
from scheduler.segments.measures import MEASURES, Measure
from scheduler.segments.sayings import (
    ALL_OF,
    ANY_OF,
    CLASS_OF,
    COMPARED,
    CONSENT,
    CONTAINED,
    DATED,
    EVERYBODY_IS,
    IDLE,
    IS,
    IS_SO,
    KNOWN,
    LISTED,
    NONE_OF,
    NOUNS,
    OF,
    OLDER,
    OPPOSITE,
    OR,
    QUOTES,
    STARTS,
)
from scheduler.segments.tree import (
    All,
    Any,
    Compare,
    Condition,
    Contains,
    During,
    Holds,
    Known,
    Not,
    Older,
    OneOf,
    Rule,
    Scope,
    Test,
)
from scheduler.segments.writer import number_text, period_text, unit_text

_INDENT: Final = "  "


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A sentence, how deep it stands, and the part of the rule it says (`negated`: the other way round)."""

    text: str
    depth: int
    rule: Rule
    negated: bool

    def holds(self, truths: Mapping[Condition, bool]) -> bool:
        """Whether it is so, where these conditions are or are not."""
        return evaluate(self.rule, truths) != self.negated


def explain(rule: Rule, language: str) -> list[str]:
    """One line a condition, indented beneath the line that joins them."""
    return [f"{_INDENT * line.depth}{line.text}" for line in lines_of(rule, language)]


def evaluate(rule: Rule, truths: Mapping[Condition, bool]) -> bool:
    if isinstance(rule, Condition):
        return truths[rule]
    if isinstance(rule, Not):
        return not evaluate(rule.rule, truths)
    join = all if isinstance(rule, All) else any
    return join(evaluate(each, truths) for each in rule.rules)


def lines_of(rule: Rule, language: str, depth: int = 0, *, negated: bool = False) -> list[Line]:
    """The sentences of a rule, from the top down."""
    if isinstance(rule, Not):
        return lines_of(rule.rule, language, depth, negated=not negated)
    if isinstance(rule, Condition):
        text = sentence(rule, language, negated=negated)
        return [Line(text=text, depth=depth, rule=rule, negated=negated)]
    # Not all of them: at least one is not so.
    spread = negated and isinstance(rule, All)
    lines = [Line(text=_head(rule, language, negated=negated), depth=depth, rule=rule, negated=negated)]
    for each in rule.rules:
        lines += lines_of(each, language, depth + 1, negated=spread)
    return lines


def _head(rule: All | Any, language: str, *, negated: bool) -> str:
    if not rule.rules:
        return EVERYBODY_IS[language][isinstance(rule, Any) != negated]
    if negated:
        return (ANY_OF if isinstance(rule, All) else NONE_OF)[language]
    return (ALL_OF if isinstance(rule, All) else ANY_OF)[language]


def sentence(condition: Condition, language: str, *, negated: bool = False) -> str:
    """One condition as a sentence without its full stop."""
    measure, test = MEASURES[condition.measure], condition.test
    if measure.key == "consent":
        return _consent(condition.scope, language, negated=negated)
    if measure.many:
        return _listed(measure, test, language, negated=negated)
    if measure.key == "last_activity" and isinstance(test, During) and isinstance(test.period, Older):
        length = f"{test.period.count} {unit_text(test.period.count, test.period.unit, language)}"
        return IDLE[language][negated].format(length=length)
    subject = subject_of(condition, language)
    return f"{subject} {_predicate(condition, language, negated=negated)}"


def subject_of(condition: Condition, language: str) -> str:
    """What is looked at: "the number of purchases of “B12” in the last 12 months"."""
    measure, scope = MEASURES[condition.measure], condition.scope
    said = OF[language]
    parts = [NOUNS[measure.key][language].format(name=_quoted(scope.name, language))]
    if scope.status:
        parts.append(f"({choice_word(measure.choices, scope.status, language)})")
    if scope.name and measure.key != "own":
        parts.append(said["name"].format(value=_quoted(scope.name, language)))
    if scope.products:
        parts.append(said["products"].format(value=_either(scope.products, language)))
    if scope.ranges:
        parts.append(said["ranges"].format(value=_either(scope.ranges, language)))
    if scope.channel:
        parts.append(said["channel"].format(value=choice_word("channel", scope.channel, language)))
    if scope.period is not None:
        parts.append(period_text(scope.period, language))
    return " ".join(parts)


def _predicate(condition: Condition, language: str, *, negated: bool) -> str:
    measure, test = MEASURES[condition.measure], condition.test
    if isinstance(test, Compare):
        return _compared(measure, test, language, negated=negated)
    if isinstance(test, During):
        if isinstance(test.period, Older):
            length = f"{test.period.count} {unit_text(test.period.count, test.period.unit, language)}"
            return OLDER[language][negated].format(length=length)
        return DATED[language][negated].format(period=period_text(test.period, language))
    if isinstance(test, Known):
        return KNOWN[language][negated]
    if isinstance(test, Holds):
        return IS_SO[language][negated]
    if isinstance(test, OneOf):
        return IS[language][negated].format(value=_values(measure, test.values, language))
    said = CONTAINED if isinstance(test, Contains) else STARTS
    return said[language][negated].format(value=_quoted(test.text, language))


def _compared(measure: Measure, test: Compare, language: str, *, negated: bool) -> str:
    """A "not" turns the comparison round; who has no class at all is told so."""
    op = OPPOSITE[test.op] if negated else test.op
    value = f"{number_text(test.value)} {test.currency}".rstrip()
    if measure.counts and test.value == 1 and op in ("<", ">="):
        return COMPARED[language]["none" if op == "<" else "some"]
    text = COMPARED[language][op].format(value=value)
    return f"{text} {CLASS_OF[language]}" if negated and measure.kind == "class" else text


def _listed(measure: Measure, test: Test, language: str, *, negated: bool) -> str:
    said = LISTED[measure.key][language]
    if isinstance(test, OneOf):
        return said[negated].format(value=_values(measure, test.values, language))
    if isinstance(test, Known):
        return said[2 + negated]
    wanted = test.text if not isinstance(test, Compare | During | Holds) else ""
    mark = "…{}…" if isinstance(test, Contains) else "{}…"
    return said[negated].format(value=_quoted(mark.format(wanted), language))


def _consent(scope: Scope, language: str, *, negated: bool) -> str:
    purpose = CONSENT[language][scope.purpose]
    text = CONSENT[language]["no" if negated else "yes"].format(purpose=purpose)
    if scope.channel:
        by = OF[language]["channel"].format(value=choice_word("channel", scope.channel, language))
        return f"{text} {by}"
    return text


def _values(measure: Measure, values: tuple[str, ...], language: str) -> str:
    if measure.kind == "choice":
        names: Mapping[str, object] = CHOICES[measure.choices]
        said = [_choice(measure, each, language) if each in names else each for each in values]
        return OR[language].join(said)
    return _either(values, language)


def _choice(measure: Measure, value: str, language: str) -> str:
    words = CHOICES[measure.choices][value][language]
    return words[1] if measure.key == "language" else words[0]  # the language's name instead of its code


def _either(values: tuple[str, ...], language: str) -> str:
    return OR[language].join(_quoted(each, language) for each in values)


def _quoted(text: str, language: str) -> str:
    opening, closing = QUOTES[language]
    return f"{opening}{text}{closing}"
