"""Which language a text is in, and when a conversation changes its own.

Arabic letters mean Arabic; Latin letters are told apart by common words, else by character trigrams of
the same small lists. Maghreb dialect in Latin letters ("Arabizi") is answered in Arabic.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bot.understanding.lexicon_language import BORROWED, COMMON

ARABIZI: Final = "arz"
SWITCH_WORDS: Final = 3
"""Words of evidence from which a conversation changes its language."""
SURE: Final = 0.65
TELLS: Final = 0.4
"""A word's vote from which it counts as evidence: a listed word shared by two languages still does."""

_KINDS = ("fr", "en", ARABIZI)
_WORDS = {kind: frozenset(COMMON[kind].split()) for kind in _KINDS}
_ARABIZI_DIGIT = re.compile(r"[a-z][23579]|[379][a-z]{2}")
_PRODUCT_CODE = re.compile(r"[a-z]{1,3}\d+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A language with what speaks for it."""

    language: str  # fr, ar, en, "" when nothing tells
    confidence: float  # 0 to 1
    evidence: int  # how many words tell, borrowed ones not counted
    arabizi: bool = False
    listed: bool = True  # False: told by the shape of unknown words alone


NOTHING = Guess(language="", confidence=0.0, evidence=0)


def _trigrams(word: str) -> list[str]:
    framed = f"^{word}$"
    return [framed[i : i + 3] for i in range(len(framed) - 2)]


def _train() -> tuple[dict[str, tuple[float, ...]], tuple[float, ...]]:
    """Log-probabilities of trigrams by kind, with those of an unseen one."""
    counts: dict[str, list[int]] = {}
    totals = [0] * len(_KINDS)
    for column, kind in enumerate(_KINDS):
        for word in _WORDS[kind]:
            for gram in _trigrams(word):
                counts.setdefault(gram, [0] * len(_KINDS))[column] += 1
                totals[column] += 1
    size = len(counts) + 1
    table = {
        gram: tuple(math.log((n + 0.3) / (totals[i] + 0.3 * size)) for i, n in enumerate(row))
        for gram, row in counts.items()
    }
    return table, tuple(math.log(0.3 / (total + 0.3 * size)) for total in totals)


_GRAMS, _UNSEEN = _train()


def _by_list() -> dict[str, tuple[float, ...]]:
    """Votes of the listed words: shared between the kinds that list them."""
    votes: dict[str, tuple[float, ...]] = {}
    for word in frozenset().union(*_WORDS.values()):
        owners = [1.0 if word in _WORDS[kind] else 0.0 for kind in _KINDS]
        weight = 1.6 if _ARABIZI_DIGIT.search(word) else 1.0
        votes[word] = tuple(weight * owner / sum(owners) for owner in owners)
    return votes


_VOTES = _by_list()


def detect(tokens: Sequence[str]) -> Guess:
    """Guess from the tokens of a text alone, without the conversation."""
    arabic = [token for token in tokens if token[0] >= "ء"]
    latin = [token for token in tokens if "a" <= token[0] <= "z" or _ARABIZI_DIGIT.search(token)]
    letters = sum(map(len, arabic))
    if arabic and letters >= 0.5 * sum(map(len, latin)):
        return Guess(language="ar", confidence=1.0 if not latin else 0.8, evidence=len(arabic))
    return _detect_latin(latin) if latin else NOTHING


def _detect_latin(latin: Sequence[str]) -> Guess:
    scores = [0.0, 0.0, 0.0]
    telling: list[tuple[float, ...]] = []
    for token in latin[:60]:
        votes = _votes_of(token)
        if votes is None:
            continue
        weight = 0.5 if token in BORROWED else 1.0
        for column, vote in enumerate(votes):
            scores[column] += weight * vote
        if weight == 1.0:
            telling.append(votes)
    total = sum(scores)
    if not total:
        return NOTHING
    best = scores.index(max(scores))
    kind = _KINDS[best]
    confidence = scores[best] / total * min(1.0, 0.55 + 0.15 * total)
    return Guess(
        language="ar" if kind == ARABIZI else kind,
        confidence=confidence,
        evidence=sum(1 for votes in telling if votes[best] >= TELLS),
        arabizi=kind == ARABIZI,
        listed=not _VOTES.keys().isdisjoint(latin),
    )


@lru_cache(maxsize=20_000)
def _votes_of(token: str) -> tuple[float, ...] | None:
    votes = _VOTES.get(token)
    if votes is not None:
        return votes
    if _PRODUCT_CODE.match(token) or len(token) < 3:
        return None
    if _ARABIZI_DIGIT.search(token):
        return (0.0, 0.0, 1.4)
    return _votes_by_trigrams(token)


def _votes_by_trigrams(token: str) -> tuple[float, ...] | None:
    """Half a vote shared by likelihood; None when the word looks like none of the languages."""
    fr, en, arz = 0.0, 0.0, 0.0
    known = 0
    for gram in _trigrams(token[:16]):
        row = _GRAMS.get(gram, _UNSEEN)
        known += row is not _UNSEEN
        fr, en, arz = fr + row[0], en + row[1], arz + row[2]
    if known < 3 and known * 2 < len(token):
        return None
    top = max(fr, en, arz)
    shares = (math.exp(fr - top), math.exp(en - top), math.exp(arz - top))
    scale = 0.5 / sum(shares)
    return (shares[0] * scale, shares[1] * scale, shares[2] * scale)


def choose(guess: Guess, *, conversation: str, fallback: str) -> tuple[str, bool]:
    """The language to answer in, and whether the text itself is clear about it.

    `conversation` is the language so far ("" before the first words): it changes only on clear evidence,
    never on one borrowed word; Arabizi never takes a French conversation away. `fallback` serves when
    nothing tells.
    """
    if not guess.language:
        return conversation or fallback, False
    if not guess.listed and guess.evidence < SWITCH_WORDS:
        return conversation or fallback, False
    if not conversation:
        sure = guess.confidence >= SURE and guess.evidence >= 1
        return (guess.language if guess.confidence >= 0.4 else fallback), sure
    if guess.language == conversation:
        return conversation, guess.confidence >= SURE
    if guess.arabizi and conversation == "fr":
        return conversation, False
    if guess.evidence >= SWITCH_WORDS and guess.confidence >= SURE:
        return guess.language, True
    return conversation, False
