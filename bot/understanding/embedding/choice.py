"""Which languages a sentence model is used for: those where it finds more left-out questions than without."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from bot.understanding.features import Floats
from bot.understanding.language import detect

KINDS: Final = ("fr", "ar", "en", "ar-latn", "")
"""Languages as told from the words alone; "" where nothing tells."""
_WORTH: Final = 150  # questions that the import's own measurement weighs as much as
_LEAST: Final = -0.005
"""Share of questions that must be won: a tie goes to the model. Where left-out phrasings showed neither gain
nor loss, fresh questions still gained (French: 3 in 100), as listed phrasings repeat each other's words."""


class ModelError(Exception):
    """A sentence model can't be used: says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """How well a model hears a kind of language, as tried before."""

    strength: float = 1.0  # 0 to 1, how far its meanings are trusted beside the words
    gain: float = 0.0  # share of questions that it won with that


UNTRIED: Final = Hearing(gain=-0.02)
"""Then the FAQ's own questions must speak for the model."""
Trial = tuple[str, bool, bool]
"""A left-out question's kind, whether it was found without the model, and with it."""


class Meanings(Protocol):
    """Where the meanings of texts come from: a model on this machine, or an endpoint elsewhere."""

    @property
    def hearing(self) -> Mapping[str, Hearing]:
        """By kind of language; what isn't there was never tried."""

    def learn(self, texts: Sequence[str]) -> Floats | None:
        """One row of length one a text, zeros where there is none; None: there is no model today."""

    def of(self, text: str) -> Floats | None:
        """A message's meaning; None where it can't be had in time."""


def kind_of(words: Sequence[str]) -> str:
    """One of `KINDS`."""
    guess = detect(words)
    return "ar-latn" if guess.arabizi else guess.language


def worth_it(trials: Iterable[Trial], hearing: Mapping[str, Hearing]) -> frozenset[str]:
    """The kinds to use the model for. What was tried before decides where there are few trials now."""
    found = measure(trials)
    return frozenset(
        kind
        for kind in KINDS
        for heard in (hearing.get(kind, UNTRIED),)
        if heard.strength > 0 and _expected(*found.get(kind, (0, 0.0)), heard.gain) >= _LEAST
    )


def measure(trials: Iterable[Trial]) -> dict[str, tuple[int, float]]:
    """By kind, how many questions were tried and the share that was won (below zero: lost)."""
    won: dict[str, list[int]] = defaultdict(list)
    for kind, without, with_model in trials:
        won[kind].append(with_model - without)
    return {kind: (len(each), sum(each) / len(each)) for kind, each in won.items()}


def _expected(count: int, share: float, before: float) -> float:
    return (count * share + _WORTH * before) / (count + _WORTH)
