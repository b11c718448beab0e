"""Reads a rule's text. What is wrong with it is said with its place, what was expected, and the nearest word.

rule      = and { or and }
and       = term { and term }
term      = not term | "(" rule ")" | everybody | condition
condition = field { part } [ test ]        the fields: measures.py, the words: vocabulary.py
part      = state | [of] product | of range text | by channel | purpose | period
test      = sign value | in "(" value { "," value } ")" | known | unknown | period | nothing
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Final

from scheduler.segments import phrases
from scheduler.segments.checks import (
    EXPECTED,
    MAX_DEPTH,
    Terms,
    check_condition,
    check_period,
    check_size,
    field_names,
    normalised,
    not_possible,
    unknown_choice,
)
from scheduler.segments.errors import RuleError, nearest
from scheduler.segments.lexer import Token, read_tokens
from scheduler.segments.measures import MEASURES, Measure
from scheduler.segments.phrases import Found, Phrases
from scheduler.segments.tree import (
    EVERYBODY,
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
    conjoin,
    disjoin,
    negate,
)

_MONEY_SIGNS: Final = {
    "€": "EUR", "$": "USD", "£": "GBP", "euro": "EUR", "euros": "EUR", "da": "DZD", "دج": "DZD", "dh": "MAD",
    "dt": "TND",
}  # fmt: skip
_LENGTHS: Final[Mapping[str, type[Last | Next | Older]]] = {"last": Last, "next": Next, "older": Older}
_ARABIC_AND: Final = "و"
_TRUE: Final = frozenset(("yes", "oui", "نعم", "true", "vrai"))
_FALSE: Final = frozenset(("no", "non", "لا", "false", "faux"))


def parse(text: str, terms: Terms) -> Rule:
    """Raises `RuleError`."""
    reader = _Reader(read_tokens(text), terms)
    if reader.at_end():
        raise RuleError("empty")
    rule = reader.rule(0)
    if not reader.at_end():
        raise reader.unexpected("and_or")
    check_size(rule)
    return rule


class _Reader:
    def __init__(self, tokens: list[Token], terms: Terms) -> None:
        self._tokens = tokens
        self._terms = terms
        self._at = 0
        self._before: Condition | None = None  # the condition just read, for "but not …"

    @property
    def token(self) -> Token:
        return self._tokens[self._at]

    def at_end(self) -> bool:
        return self.token.sort == "end"

    def _take(self) -> Token:
        token = self.token
        self._at += 1
        return token

    def _sign(self, value: str) -> bool:
        if self.token.sort == "sign" and self.token.value == value:
            self._at += 1
            return True
        return False

    def _phrase(self, table: Phrases[str], *keys: str) -> Found[str] | None:
        """Take a phrase of the table, where it means one of these."""
        found = table.find(self._tokens, self._at)
        if found is None or (keys and found.key not in keys):
            return None
        self._at += found.tokens
        return found

    def unexpected(self, thing: str) -> RuleError:
        token = self.token
        before = self._tokens[self._at - 1] if self._at else token
        if thing == "and_or" and token.sort == "word" and before.sort == "word":
            return self._placed(RuleError("quote_words", found=token.value, before=before.value))
        found = token.value if token.sort != "end" else "…"
        return self._placed(RuleError("unexpected", found=found, things={"expected": thing}))

    # rules of rules

    def rule(self, depth: int) -> Rule:
        parts = [self._all(depth)]
        while self._phrase(phrases.CONNECTIVE_PHRASES, "or"):
            parts.append(self._all(depth))
        return disjoin(parts)

    def _all(self, depth: int) -> Rule:
        parts = [self._term(depth)]
        while self._phrase(phrases.CONNECTIVE_PHRASES, "and") or self._glued_and():
            parts.append(self._but_not() or self._term(depth))
        return conjoin(parts)

    def _glued_and(self) -> bool:
        """Arabic writes "and" as the first letter of the next word."""
        token = self.token
        if token.sort != "word" or not token.plain.startswith(_ARABIC_AND) or len(token.plain) < 3:
            return False
        rest = replace(
            token, value=token.value[1:], at=token.at + 1, length=token.length - 1, plain=token.plain[1:]
        )
        apart = [*self._tokens[: self._at], rest, *self._tokens[self._at + 1 :]]
        tables: tuple[Phrases[object], ...] = (
            phrases.FIELD_PHRASES,  # type: ignore[assignment]
            phrases.INACTIVE_PHRASES,
            phrases.CONNECTIVE_PHRASES,
        )
        if not any(table.find(apart, self._at) for table in tables):
            return False
        self._tokens = apart
        return True

    def _but_not(self) -> Rule | None:
        """`bought "B12" but not "hourdis"`: the same measure, of another product."""
        start = self._at
        if (
            self._before is not None
            and "products" in MEASURES[self._before.measure].parts
            and self._phrase(phrases.CONNECTIVE_PHRASES, "not")
            and self.token.sort == "text"
        ):
            scope = replace(self._before.scope, products=(self._take().value,), ranges=())
            return negate(self._checked(replace(self._before, scope=scope), start))
        self._at = start
        return None

    def _term(self, depth: int) -> Rule:
        if depth >= MAX_DEPTH:
            raise RuleError("too_deep", at=self.token.at, length=self.token.length, limit=MAX_DEPTH)
        if self._sign("("):
            opened = self._tokens[self._at - 1]
            inner = self.rule(depth + 1)
            if self._sign(")"):
                return inner
            if self.token.sort == "end":
                raise RuleError("open_bracket", at=opened.at, length=1)
            raise self.unexpected("and_or")
        if self._phrase(phrases.CONNECTIVE_PHRASES, "everybody"):
            return EVERYBODY
        if self._phrase(phrases.CONNECTIVE_PHRASES, "not"):
            return negate(self._term(depth + 1))
        return self._condition()

    # conditions

    def _condition(self) -> Rule:
        start = self._at
        if self._phrase(phrases.INACTIVE_PHRASES):
            return self._checked(self._inactive(), start)
        found = phrases.FIELD_PHRASES.find(self._tokens, self._at)
        if found is None:
            raise self._unknown_field()
        self._at += found.tokens
        key, status = found.key
        measure = MEASURES[key]
        scope = self._scope(measure, Scope(status=status))
        test, negated = self._test(measure)
        condition = self._checked(Condition(measure=key, scope=scope, test=test), start)
        return negate(condition) if negated else condition

    def _inactive(self) -> Condition:
        found = self._phrase(phrases.IDLE_PHRASES)
        if found is None:
            raise self.unexpected("length")
        return Condition(
            measure="last_activity", test=During(period=Older(count=found.count, unit=found.unit))
        )

    def _unknown_field(self) -> RuleError:
        token = self.token
        if token.sort != "word":
            return self.unexpected("field")
        longer = " ".join(each.value for each in self._tokens[self._at : self._at + 2] if each.sort == "word")
        close = nearest(token.value, phrases.FIELD_WORDS) or nearest(longer, phrases.FIELD_WORDS)
        return RuleError("unknown_field", at=token.at, length=token.length, found=token.value, nearest=close)

    def _checked(self, condition: Condition, start: int) -> Condition:
        try:
            check_condition(condition, self._terms)
        except RuleError as error:
            first, last = self._tokens[start], self._tokens[self._at - 1]
            raise error.placed(first.at, last.at + last.length - first.at) from None
        self._before = normalised(condition)
        return self._before

    # which rows

    def _scope(self, measure: Measure, scope: Scope) -> Scope:
        if ("name" in measure.parts and self.token.sort == "text") or (
            measure.key == "own" and self.token.sort == "word"
        ):
            scope = replace(scope, name=self._take().value)
        while (more := self._part(measure, scope)) is not None:
            scope = more
        return scope

    def _part(self, measure: Measure, scope: Scope) -> Scope | None:
        """One more part, or None where none follows."""
        if "period" in measure.parts and scope.period is None and (period := self._period()) is not None:
            return replace(scope, period=period)
        if (
            "status" in measure.parts
            and not scope.status
            and (found := self._phrase(phrases.choices(measure.choices)))
        ):
            return replace(scope, status=found.key)
        if "purpose" in measure.parts and not scope.purpose:
            return replace(scope, purpose=self._purpose())
        is_list = self.token.sort == "sign" and self.token.value == "("
        if "products" in measure.parts and not scope.products and (self.token.sort == "text" or is_list):
            return replace(scope, products=self._names())
        return self._linked(measure, scope)

    def _linked(self, measure: Measure, scope: Scope) -> Scope | None:
        start = self._at
        if self._period() is not None:  # "du 2026-01-01 au …" begins with a link, too
            self._at = start
            return None
        found = self._phrase(phrases.LINK_PHRASES)
        if found is None or found.key not in measure.parts or getattr(scope, found.key):
            self._at = start
            return None
        if found.key == "channel":
            return replace(scope, channel=self._choice("channel", is_open=True))
        names = self._names()
        return replace(scope, ranges=names) if found.key == "ranges" else replace(scope, products=names)

    def _purpose(self) -> str:
        found = self._phrase(phrases.choices("purpose"))
        if found is None:
            raise self.unexpected("purpose")
        return found.key

    def _names(self) -> tuple[str, ...]:
        return self._listed(self._name) if self._sign("(") else (self._name(),)

    def _name(self) -> str:
        if self.token.sort not in ("text", "word", "number"):
            raise self.unexpected("value")
        return self._take().value

    def _listed(self, one: Callable[[], str]) -> tuple[str, ...]:
        values = [one()]
        while self._sign(","):
            values.append(one())
        if not self._sign(")"):
            raise self.unexpected("comma")
        return tuple(dict.fromkeys(values))

    def _period(self) -> Period | None:
        found = phrases.PERIOD_PHRASES.find(self._tokens, self._at)
        if found is None:
            return None
        period = _period_of(found)
        first, last = self.token, self._tokens[self._at + found.tokens - 1]
        try:
            check_period(period)
        except RuleError as error:
            raise error.placed(first.at, last.at + last.length - first.at) from None
        self._at += found.tokens
        return period

    # what must be true

    def _test(self, measure: Measure) -> tuple[Test, bool]:
        """The test, and whether it was said the other way round."""
        if measure.kind in ("moment", "day", "yearday", "own") and (period := self._period()) is not None:
            return During(period=period), False
        if found := self._phrase(phrases.SIGN_PHRASES):
            return self._worded(measure, found.key)
        if self.token.sort == "sign" and self.token.value in ("=", "!=", "<", "<=", ">", ">="):
            return self._compared(measure, self._take().value)
        if measure.counts:
            return Compare(op=">=", value=Decimal(1)), False
        if measure.kind in ("text", "choice") and self._is_value():  # `tag "vip"`, `reachable by sms`
            return self._worded(measure, "in")
        if measure.kind in ("flag", "own"):
            return Holds(), False
        token = self.token
        raise RuleError(
            "test_expected",
            at=token.at,
            length=token.length,
            field=field_names(measure.key),
            things={"expected": EXPECTED[measure.kind]},
        )

    def _is_value(self) -> bool:
        token = self.token
        if token.sort == "word":
            return phrases.CONNECTIVE_PHRASES.find(self._tokens, self._at) is None
        return token.sort in ("text", "number") or (token.sort == "sign" and token.value == "(")

    def _worded(self, measure: Measure, sign: str) -> tuple[Test, bool]:
        if sign in ("known", "unknown"):
            return Known(), sign == "unknown"
        if sign in ("contains", "starts"):
            text = self._text()
            return (Contains(text=text) if sign == "contains" else StartsWith(text=text)), False
        dated = sign in ("is", "is_not") and measure.kind in ("moment", "day", "yearday")
        if dated and (period := self._period()) is not None:
            return During(period=period), sign == "is_not"
        if sign in ("in", "not_in"):
            if measure.kind in ("number", "class", "money", "moment", "day", "yearday", "flag"):
                raise self._placed(not_possible(measure))
            values = (
                self._listed(lambda: self._value(measure)) if self._sign("(") else (self._value(measure),)
            )
            return OneOf(values=values), sign == "not_in"
        return self._compared(measure, {"is": "=", "is_not": "!="}.get(sign, sign))

    def _compared(self, measure: Measure, sign: str) -> tuple[Test, bool]:
        if measure.kind in ("number", "class", "money") or (
            measure.kind == "own" and (self.token.sort == "number" or sign not in ("=", "!="))
        ):
            return self._number(measure, sign), False
        if sign not in ("=", "!=") or measure.kind not in ("text", "choice", "own"):
            raise self._placed(not_possible(measure))
        if measure.kind == "own" and self.token.plain in _TRUE | _FALSE:
            return Holds(), (self._take().plain in _FALSE) != (sign == "!=")
        return OneOf(values=(self._value(measure),)), sign == "!="

    def _number(self, measure: Measure, sign: str) -> Compare:
        if self.token.sort != "number":
            raise self.unexpected("amount" if measure.kind == "money" else "number")
        value = Decimal(self._take().value)
        currency = self._currency() if measure.kind == "money" else ""
        return Compare(op=sign, value=value, currency=currency)  # type: ignore[arg-type]

    def _currency(self) -> str:
        token = self.token
        if token.sort != "word" or phrases.CONNECTIVE_PHRASES.find(self._tokens, self._at):
            return self._terms.currency
        self._at += 1
        return _MONEY_SIGNS.get(token.plain, token.value.upper())

    def _value(self, measure: Measure) -> str:
        if measure.kind == "choice":
            return self._choice(measure.choices, is_open=measure.open)
        if phrases.CONNECTIVE_PHRASES.find(self._tokens, self._at):
            raise self.unexpected("value")
        return self._name()

    def _choice(self, table: str, *, is_open: bool) -> str:
        if found := self._phrase(phrases.choices(table)):
            return found.key
        token = self.token
        if token.sort == "text":
            listed = phrases.choices(table).find(read_tokens(token.value) if token.value else [token], 0)
            if listed is not None or is_open:
                self._at += 1
                return listed.key if listed is not None else token.value
        if token.sort not in ("word", "text"):
            raise self.unexpected("value")
        raise self._placed(unknown_choice(table, token.value))

    def _text(self) -> str:
        if self.token.sort not in ("text", "word", "number"):
            raise self.unexpected("text")
        return self._take().value

    def _placed(self, error: RuleError) -> RuleError:
        return error.placed(self.token.at, self.token.length)


def _period_of(found: Found[str | tuple[str, int]]) -> Period:
    if isinstance(found.key, tuple):
        return Calendar(unit=found.key[0], offset=found.key[1])  # type: ignore[arg-type]
    if found.key in _LENGTHS:
        return _LENGTHS[found.key](count=found.count, unit=found.unit)
    first, last, day = found.days[0], found.days[-1], timedelta(days=1)
    try:
        return {
            "between": lambda: Between(start=first, end=last),
            "on": lambda: Between(start=first, end=first),
            "since": lambda: Between(start=first, end=None),
            "after": lambda: Between(start=first + day, end=None),
            "until": lambda: Between(start=None, end=first),
            "before": lambda: Between(start=None, end=first - day),
        }[found.key]()
    except OverflowError:
        raise RuleError("bad_date", found=first.isoformat()) from None
