"""What an operator corrected, learnt on top of the shipped model: in milliseconds, and without unlearning the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bot.phrasings.learn import Row, Settings, as_row, learn
from bot.understanding.additive import AdditiveModel, features
from bot.understanding.intent import find_phrases
from bot.understanding.intent_model import SHAPE, IntentModel, flags, spoken
from bot.understanding.normalise import clean, fold, tokens

FARTHEST: Final = 0.5
"""So far a weight may move from the shipped one, however often something is corrected."""
SETTINGS: Final = Settings(rounds=8, averaged=1, decay=0.0, firm=1.0, bias_rate=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A message with the wishes that are known of it: True where it has them, False where it hasn't."""

    text: str
    wishes: Mapping[str, bool]


def taught(model: IntentModel, lessons: Sequence[Lesson]) -> IntentModel:
    """A model that heeds the lessons; the same lessons give the same model."""
    if not lessons:
        return model
    shipped = model.model
    rows = [_row(lesson, shipped.labels) for lesson in lessons]
    moved, bias = learn(rows, shipped.labels, shipped.form, SETTINGS, start=shipped).weights
    before, _ = shipped.weights
    table = np.clip(moved, before - FARTHEST, before + FARTHEST)
    return IntentModel(
        AdditiveModel(shipped.labels, table, bias, shipped.form), model.calibration, model.made_of
    )


def _row(lesson: Lesson, labels: Sequence[str]) -> Row:
    cleaned = clean(lesson.text)
    words = spoken(cleaned, tokens(fold(cleaned)))
    found = features(words, flags(cleaned, words, find_phrases(words)), SHAPE)
    right = [float(lesson.wishes.get(label, False)) for label in labels]
    return as_row(found, right, [float(label in lesson.wishes) for label in labels])
