"""Finds phrases of the vocabulary in a row of tokens: the longest that fits wins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final, Generic, TypeVar

from scheduler.segments.choices import CHOICES
from scheduler.segments.errors import RuleError
from scheduler.segments.lexer import Token, read_tokens
from scheduler.segments.measures import MAX_COUNT, MEASURES
from scheduler.segments.tree import Unit
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
    Names,
)

K = TypeVar("K")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Generic[K]):
    """A phrase: what it means, how many tokens it takes, and what stood in its open places."""

    key: K
    tokens: int
    count: int = 0
    unit: Unit = "day"
    days: tuple[date, ...] = ()


class Phrases(Generic[K]):
    """A table of phrases with their meanings."""

    def __init__(self, table: Iterable[tuple[K, str]]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], K]]] = {}
        for key, phrase in table:
            words = _words(phrase)
            self._by_first.setdefault(words[0], []).append((words, key))
        for found in self._by_first.values():
            found.sort(key=lambda each: -len(each[0]))

    def find(self, tokens: Sequence[Token], at: int) -> Found[K] | None:
        """Raises `RuleError` for a day or a length that is written and can't be."""
        if tokens[at].sort != "word":
            return None
        for words, key in self._by_first.get(tokens[at].plain, ()):
            found = _fit(words, key, tokens, at)
            if found is not None:
                return found
        return None


def _words(phrase: str) -> tuple[str, ...]:
    """The pattern as the tokens it meets; the open places keep their capital letter."""
    return tuple(each.value if each.value in "NUD" else each.plain for each in read_tokens(phrase)[:-1])


def _fit(words: tuple[str, ...], key: K, tokens: Sequence[Token], at: int) -> Found[K] | None:
    count, unit, days, place = None, None, [], at
    for word in words:
        token = tokens[place]
        if word == "N" and token.sort == "number":
            count = token
        elif word == "U" and token.sort == "word" and token.plain in units():
            unit = units()[token.plain]
        elif word == "D" and token.sort == "day":
            days.append(token)
        elif word != token.plain or token.sort != "word":
            return None
        place += 1
    return Found(
        key=key,
        tokens=place - at,
        count=_count(count, unit) if count and unit else 0,
        unit=unit or "day",
        days=tuple(_day(each) for each in days),
    )


def _count(token: Token, unit: Unit) -> int:
    limit = MAX_COUNT[unit]
    if not token.value.isdigit() or not 1 <= int(token.value) <= limit:
        raise RuleError("bad_count", at=token.at, length=token.length, found=token.value, limit=limit)
    return int(token.value)


def _day(token: Token) -> date:
    year, month, day = (int(part) for part in token.value.split("-"))
    try:
        return date(year, month, day)
    except ValueError:
        raise RuleError("bad_date", at=token.at, length=token.length, found=token.value) from None


def _every(table: Mapping[K, Names]) -> list[tuple[K, str]]:
    return [(key, phrase) for key, names in table.items() for each in names.values() for phrase in each]


@cache
def units() -> dict[str, Unit]:
    return {_words(phrase)[0]: key for key, phrase in _every(UNITS)}  # type: ignore[misc]


@cache
def choices(table: str) -> Phrases[str]:
    return Phrases([*_every(CHOICES[table]), *((key, key) for key in CHOICES[table])])


def _adjectives() -> list[tuple[tuple[str, str], str]]:
    """English puts the state before the noun: "open complaint"."""
    return [
        ((measure.key, status), f"{word} {name}")
        for measure in MEASURES.values()
        if "status" in measure.parts
        for status, names in CHOICES[measure.choices].items()
        for word in names["en"]
        for name in FIELDS[measure.key]["en"]
    ]


FIELD_PHRASES: Final = Phrases(
    [
        *(((key, ""), phrase) for key, phrase in _every(FIELDS)),
        *(((key, ""), key) for key in FIELDS),
        *_adjectives(),
    ]
)
INACTIVE_PHRASES: Final = Phrases([("inactive", phrase) for each in INACTIVE.values() for phrase in each])
CONNECTIVE_PHRASES: Final = Phrases(_every(CONNECTIVES))
SIGN_PHRASES: Final = Phrases(_every(SIGNS))
LINK_PHRASES: Final = Phrases(_every(LINKS))
PERIOD_PHRASES: Final[Phrases[str | tuple[str, int]]] = Phrases([*_every(PERIODS), *_every(CALENDAR)])
IDLE_PHRASES: Final = Phrases([("older", phrase) for each in IDLE.values() for phrase in each])

FIELD_WORDS: Final = tuple(dict.fromkeys(phrase for _, phrase in _every({**FIELDS, "inactive": INACTIVE})))
