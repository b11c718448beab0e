"""Learns the shipped models from the phrasings: `python -m bot.phrasings.train`. Run it after any change there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from bot.phrasings.learn import Row, Settings, as_row, fitted_slope, folds, learn
from bot.phrasings.material import LANGUAGES, Example, fingerprint, joined, load_examples
from bot.understanding import intent_model
from bot.understanding.additive import AdditiveModel, Floats, features, pack
from bot.understanding.intent import find_phrases
from bot.understanding.intent_model import SHAPE, WISHES, flags, spoken
from bot.understanding.language_model import LANGUAGE_SHAPE
from bot.understanding.lexicon_language import COMMON
from bot.understanding.normalise import clean, fold, tokens, words_of

FOLDS: Final = 4
SETTINGS: Final = Settings(decay=5e-4)
LANGUAGE_SETTINGS: Final = Settings(rounds=8, rate=0.2, softmax=True)
GENERAL: Final = "text"
"""Section of everyday sentences: they teach the languages, and what is no complaint, opt-out or danger."""
MIXED: Final = "mixed"
"""Section of sentences in two languages at once."""
HARMLESS: Final = ("question", "smalltalk", "other")
GENERAL_COUNTS: Final = 0.7
FOLDER: Final = Path(intent_model.__file__).parent / "weights"


def intent_rows(examples: Sequence[Example]) -> list[Row]:
    return [_row(example) for example in examples]


def _row(example: Example) -> Row:
    cleaned = clean(example.text)
    words = spoken(cleaned, tokens(fold(cleaned)))
    said = flags(cleaned, words, find_phrases(words))
    right = [float(wish in example.labels) for wish in WISHES]
    general = GENERAL in example.labels
    counts = [GENERAL_COUNTS if general and wish not in HARMLESS else float(not general) for wish in WISHES]
    return as_row(features(words, said, SHAPE), right, counts)


def held_out_margins(rows: Sequence[Row], groups: Sequence[int]) -> Floats:
    """Each example's scores by a model that never saw its line: what calibration is fitted on."""
    margins = np.zeros((len(rows), len(WISHES)), dtype=np.float32)
    for left_out in folds(groups, FOLDS):
        without = set(left_out)
        model = learn(
            [row for number, row in enumerate(rows) if number not in without], WISHES, SHAPE, SETTINGS
        )
        for number in left_out:
            margins[number] = model.of_features(rows[number].at, rows[number].weights)
    return margins


def train_intents(examples: Sequence[Example]) -> bytes:
    """The file of the intent model."""
    rows = intent_rows(examples)
    right = np.array([row.right for row in rows])
    counts = np.array([row.counts for row in rows]) > 0
    margins = held_out_margins(rows, [example.group for example in examples])
    calibration = {
        wish: fitted_slope(margins[counts[:, column], column], right[counts[:, column], column])
        for column, wish in enumerate(WISHES)
    }
    model: AdditiveModel = learn(rows, WISHES, SHAPE, SETTINGS)
    return pack(WISHES, *model.weights, {"calibration": calibration, "made_of": fingerprint()})


def language_rows(examples: Sequence[Example]) -> list[Row]:
    """Whole sentences and their pieces of one to three words: short messages must be told as well."""
    seen: dict[tuple[str, ...], set[str]] = {}
    french = {word for each in examples if each.language == "fr" for word in words_of(each.text)}
    for example in examples:
        words = words_of(example.text)
        pieces = list(_pieces(words, example.group))
        if MIXED in example.labels:  # a French piece of a mixed sentence is French
            pieces = [piece for piece in pieces if 2 * sum(word in french for word in piece) < len(piece)] + [
                tuple(words)
            ]
        for piece in pieces:
            seen.setdefault(piece, set()).add(example.language)
    for kind, listed in COMMON.items():
        for word in listed.split():
            seen.setdefault((word,), set()).add({"arz": "arabizi"}.get(kind, kind))
    rows = []
    for piece, languages in seen.items():
        if len(piece) == 1 and "fr" in languages:
            languages = languages - {"arabizi"}  # a French word in dialect is a borrowed one
        right = [float(language in languages) / len(languages) for language in LANGUAGES]
        rows.append(as_row(features(piece, (), LANGUAGE_SHAPE), right, 1.0 if len(piece) > 1 else 0.6))
    return rows


def _pieces(words: Sequence[str], turn: int) -> Iterator[tuple[str, ...]]:
    if not words:
        return
    yield tuple(words)
    for size in (3, 2, 1):
        starts = range(turn % size if size > 1 else 0, len(words) - size + 1, size)
        yield from (tuple(words[start : start + size]) for start in starts)


def train_languages(examples: Sequence[Example]) -> bytes:
    """The file that tells the writings apart."""
    rows = language_rows(examples)
    model = learn(rows, LANGUAGES, LANGUAGE_SHAPE, LANGUAGE_SETTINGS)
    return pack(LANGUAGES, *model.weights, {"made_of": fingerprint()})


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    examples = load_examples()
    for name, stored in (
        ("intent.weights", train_intents([*examples, *joined(examples)])),
        ("language.weights", train_languages(examples)),
    ):
        (FOLDER / name).write_bytes(stored)
        print(f"{name}: {len(stored) // 1024} kB, from {len(examples)} examples")


if __name__ == "__main__":
    main()
