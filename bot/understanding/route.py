"""Where a message belongs: one of ten wishes, with how sure that is and why."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from bot.understanding.intent import Intents
from bot.understanding.intent_model import ROUTES

EXPLICIT: Final = 4.0
"""Score of a lexicon from which its word is final."""
OPT_OUT_SURE: Final = 0.4
"""How sure the model must be where messages and their end are named; a false opt-out is worse than a missed one."""
PERSON_SCORE: Final = 3.0
PERSON_SURE: Final = 0.7
PERSON_HINTED: Final = 0.2
CRITICAL_SURE: Final = 0.4
CRITICAL_HINTED: Final = 0.15
"""A missed danger is worse than a false alarm."""
COMPLAINT_SURE: Final = 0.5
COMPLAINT_SCORE: Final = 3.0
COMPLAINT_HINTED: Final = 0.2
COMPLAINT_ANGRY: Final = 0.35
"""Whoever is angry rarely only asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The strongest wish."""

    name: str
    confidence: float


def route_of(intents: Intents, among: Collection[str] = ROUTES) -> Route:
    """The wish that decides, among those named; "other" when nothing was said."""
    if not intents.likely:
        return Route(name="other", confidence=0.0)
    likely = {name: intents.likely[name] for name in among}
    if "opt_out" in likely:
        likely["opt_out"] = 1.0 if opts_out(intents) else min(likely["opt_out"], 0.3)
    best = max(likely, key=lambda name: likely[name])
    total = sum(likely.values())
    return Route(name=best, confidence=likely[best] / total if total else 0.0)


def opts_out(intents: Intents) -> bool:
    """Whether the message wishes no more messages: said in known words, or the model is very sure.

    The model is believed only where messages and an end of something are named: "stop my card" ends nothing
    of ours.
    """
    if intents.stop_word:
        return True
    if max(intents.score("opt_out"), intents.score("opt_out_offers")) >= EXPLICIT:
        return intents.likely.get("opt_out", 1.0) >= 0.05
    named = "messages" in intents.found and "no_more" in intents.found
    return named and intents.likely.get("opt_out", 0.0) >= OPT_OUT_SURE


def asks_for_person(intents: Intents) -> bool:
    """Whether the message wants a human being instead of a program."""
    if intents.word_count <= 2 and intents.score("wants_person") >= 1:
        return True
    likely = intents.likely.get("person", 0.0)
    return likely >= PERSON_SURE or (
        intents.score("wants_person") >= PERSON_SCORE and likely >= PERSON_HINTED
    )


def complaint_strength(intents: Intents) -> float:
    """How likely the message complains, 0 to 1: the model's word, moved by what the lexicons found."""
    return intents.likely.get("complaint", 0.0)


def complains(intents: Intents) -> bool:
    likely = complaint_strength(intents)
    if likely >= COMPLAINT_SURE or (intents.complaint >= COMPLAINT_SCORE and likely >= COMPLAINT_HINTED):
        return True
    return "angry" in intents.found and likely >= COMPLAINT_ANGRY


def is_critical(intents: Intents) -> bool:
    """Whether life, health, fire or the law is at stake."""
    if intents.severity == "critical":
        return True
    return (
        intents.likely.get("critical", 0.0) >= CRITICAL_SURE
        and complaint_strength(intents) >= CRITICAL_HINTED
    )
