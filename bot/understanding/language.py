"""Which language a text is in, and when a conversation changes its own.

Arabic letters mean Arabic; Latin letters are told apart by common words and by the letter groups that
`language_model` learnt. Maghreb dialect in Latin letters ("Arabizi") is answered in Arabic.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bot.understanding.language_model import language_model
from bot.understanding.lexicon_language import BORROWED, COMMON

ARABIZI: Final = "arz"
SWITCH_WORDS: Final = 3
"""Words of evidence from which a conversation changes its language."""
SURE: Final = 0.65
TELLS: Final = 0.4
"""A word's vote from which it counts as evidence: a listed word shared by two languages still does."""

_KINDS = ("fr", "en", ARABIZI)
_WORDS = {kind: frozenset(COMMON[kind].split()) for kind in _KINDS}
_LISTED = frozenset().union(*_WORDS.values())
_DIGIT_LETTER = re.compile(r"[a-z][23579]|[379][a-z]{2}")
_PRODUCT_CODE = re.compile(r"[a-z]{1,3}\d+$")
Votes = tuple[float, ...]
"""For French, English and Arabizi, in this order."""
_LONGEST = 60
"""So many words tell enough."""
_COOL = 0.6
"""Letter groups of one word aren't independent: their score is cooled before it becomes a vote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A language with what speaks for it."""

    language: str  # fr, ar, en, "" when nothing tells
    confidence: float  # 0 to 1
    evidence: int  # how many words tell, borrowed ones not counted
    arabizi: bool = False
    listed: bool = True  # False: told by the shape of unknown words alone


NOTHING = Guess(language="", confidence=0.0, evidence=0)


def detect(tokens: Sequence[str]) -> Guess:
    """Guess from the tokens of a text alone, without the conversation."""
    arabic = [token for token in tokens if token[0] >= "ء"]
    latin = [token for token in tokens if "a" <= token[0] <= "z" or _DIGIT_LETTER.search(token)]
    letters = sum(map(len, arabic))
    if arabic and letters >= 0.5 * sum(map(len, latin)):
        return Guess(language="ar", confidence=1.0 if not latin else 0.8, evidence=len(arabic))
    return _detect_latin(latin) if latin else NOTHING


def _detect_latin(latin: Sequence[str]) -> Guess:
    french = english = arabizi = 0.0
    telling: list[Votes] = []
    for token in latin[:_LONGEST]:
        votes = _votes_of(token)
        if votes is None:
            continue
        if token in BORROWED:
            weight = 0.5
        else:
            weight = 1.0
            telling.append(votes)
        french += weight * votes[0]
        english += weight * votes[1]
        arabizi += weight * votes[2]
    scores = (french, english, arabizi)
    total = sum(scores)
    if not total:
        return NOTHING
    best = scores.index(max(scores))
    kind = _KINDS[best]
    confidence = scores[best] / total * min(1.0, 0.55 + 0.15 * total)
    return Guess(
        language="ar" if kind == ARABIZI else kind,
        confidence=confidence,
        evidence=sum([votes[best] >= TELLS for votes in telling]),
        arabizi=kind == ARABIZI,
        listed=not _LISTED.isdisjoint(latin),
    )


@lru_cache(maxsize=20_000)
def _votes_of(token: str) -> Votes | None:
    """Shares of one vote by the model; a word nobody listed has half a vote, a product code none."""
    listed = token in _LISTED
    if not listed and (_PRODUCT_CODE.match(token) or len(token) < 3):
        return None
    shares = shares_of(token)
    if listed:
        owners = [token in _WORDS[kind] for kind in _KINDS]
        shares = tuple(owner / sum(owners) for owner in owners)
    weight = 1.4 if _DIGIT_LETTER.search(token) else 1.0 if listed else 0.5
    return tuple(weight * share for share in shares)


def shares_of(token: str) -> Votes:
    """How likely a word by itself is French, English or Arabizi."""
    model = language_model()
    found = model.of_word(token)
    margins = [_COOL * float(found[model.labels.index(label)]) for label in ("fr", "en", "arabizi")]
    top = max(margins)
    grown = [math.exp(margin - top) for margin in margins]
    return tuple(each / sum(grown) for each in grown)


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
