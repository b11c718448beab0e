"""Which of our phrasings a message resembles most, in what made the model decide."""

from __future__ import annotations

from collections.abc import Sequence

from bot.phrasings.material import Example, load_examples
from bot.understanding.additive import features
from bot.understanding.intent_model import SHAPE, intent_model, spoken
from bot.understanding.normalise import words_of


def nearest_examples(words: Sequence[str], label: str, count: int) -> list[Example]:
    """Examples of a label that share most of what spoke for it in a message, one a line of the material."""
    model = intent_model().model
    rows, _ = model.weights
    column = model.labels.index(label)
    worth = {
        at: weight * max(float(rows[at, column]), 0.0) for at, weight in features(words, (), SHAPE).items()
    }
    ranked: list[tuple[float, int, Example]] = []
    for number, example in enumerate(load_examples()):
        if label not in example.labels:
            continue
        theirs = features(spoken(example.text, words_of(example.text)), (), SHAPE)
        length = sum(weight * weight for weight in theirs.values()) ** 0.5 or 1.0
        shared = sum(worth[at] * weight for at, weight in theirs.items() if at in worth)
        ranked.append((shared / length, number, example))
    ranked.sort(key=lambda each: (-each[0], each[1]))
    best: dict[int, Example] = {}
    for score, _, example in ranked:
        if score > 0 and len(best) < count:
            best.setdefault(example.group, example)
    return list(best.values())
