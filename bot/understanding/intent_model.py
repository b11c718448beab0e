"""What a message wants, by a model learnt from the phrasings we wrote: a probability for each wish.

The lexicons say with certainty what they know; this model knows what was never listed. It reads words,
letter groups, pairs and denials, and which phrases of the lexicons were found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from math import tanh
from typing import Final

from bot.understanding.additive import AdditiveModel, Shape, unpack
from bot.understanding.normalise import words_of
from bot.understanding.polarity import tone_flags

WISHES: Final = (
    "complaint", "question", "status", "person", "opt_out", "opt_in", "smalltalk", "praise", "abuse", "other",
    "critical",
)  # fmt: skip
ROUTES: Final = WISHES[:-1]
"""All but "critical", which is a property of a complaint and no route of its own."""
SHAPE: Final = Shape(shortest=2, longest=4)
_NOT_TOLD = ("remedy.", "topic.", "object.", "messages", "no_more")
_NAMED = re.compile(r"(?<!\w)@\w+|https?://\S+|<\w+>")
_FILE = "intent.weights"


def spoken(cleaned: str, words: Sequence[str]) -> Sequence[str]:
    """The words that say something: the name of an account and a link's letters say nothing."""
    if "@" in cleaned or "<" in cleaned or "http" in cleaned:
        return words_of(_NAMED.sub(" ", cleaned))
    return words


def flags(cleaned: str, tokens: Sequence[str], found: Iterable[str]) -> list[str]:
    """What speaks besides the words: marks, the tone, and which lexicons found something."""
    said = tone_flags(cleaned, tokens)
    said += [f"lexicon: {name}" for name in found if not name.startswith(_NOT_TOLD)]
    return said


class IntentModel:
    """The learnt weights with the calibration of each label."""

    def __init__(
        self, model: AdditiveModel, calibration: Mapping[str, tuple[float, float]], made_of: str = ""
    ) -> None:
        self.model = model
        self.made_of = made_of  # fingerprint of the material it was learnt from
        self.calibration = {label: calibration.get(label, (1.0, 0.0)) for label in model.labels}

    def likely(self, tokens: Sequence[str], said: Sequence[str]) -> dict[str, float]:
        """A probability for each label; several may be likely at once."""
        margins = self.model.margins(tokens, said)
        # The logistic function, by the one of its relatives that can't overflow.
        return {
            label: 0.5 + 0.5 * tanh(0.5 * (slope * margin + shift))
            for (label, (slope, shift)), margin in zip(self.calibration.items(), margins, strict=True)
        }

    def reasons(self, tokens: Sequence[str], said: Iterable[str], label: str) -> list[tuple[str, float]]:
        """What spoke for and against a label, strongest first."""
        return self.model.reasons(tokens, said, label)


@cache
def intent_model() -> IntentModel:
    """The model that ships: a part of the code, read once."""
    data = files("bot.understanding").joinpath("weights", _FILE).read_bytes()
    model, header = unpack(data, SHAPE)
    return IntentModel(
        model,
        {label: (slope, shift) for label, (slope, shift) in header["calibration"].items()},
        header["made_of"],
    )
