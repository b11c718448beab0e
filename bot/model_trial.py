"""Tries a sentence model on the demo's FAQ, language by language: where it helps, and how far to trust it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from bot.faq_files import FaqEntry, load_faq
from bot.model_files import SentenceModel
from bot.understanding.embedding.choice import KINDS, Hearing
from bot.understanding.faq import FaqIndex
from bot.understanding.features import Floats

STRENGTHS: Final = (1.0, 0.5)
_TAGS: Final = {"fr": ("fr",), "en": ("en",), "ar": ("ar", "ar-dz"), "ar-latn": ("ar-latn",)}
_ENOUGH: Final = 100  # questions; with fewer, nothing is known, and the language is left to the words
_CLEAR: Final = 0.03  # share of questions won from which no other strength is tried
DEAF: Final = Hearing(strength=0.0, gain=-1.0)


def hearing_of(model: SentenceModel) -> dict[str, Hearing]:
    """By kind of language, the strength that won most left-out questions, and the share of them.

    Where none wins, and where too few are there to tell, the model isn't used.
    """
    from templates import BUILT_IN

    entries = load_faq([Path(BUILT_IN) / "faq"])
    return {kind: _heard(model, entries, kind) for kind in KINDS}


def _heard(model: SentenceModel, entries: Sequence[FaqEntry], kind: str) -> Hearing:
    own = [entry for each in entries if (entry := _in_one(each, _TAGS.get(kind, ()))).questions]
    best = DEAF
    for strength in STRENGTHS if own else ():
        if best.gain >= _CLEAR:
            break
        trials = FaqIndex.written(own, meanings=_Trial(model, strength)).trials
        count, share = trials.get(kind, (0, 0.0))
        if count >= _ENOUGH and share > best.gain:
            best = Hearing(strength=strength, gain=round(share, 4))
    return best if best.gain >= 0 else replace(best, strength=0.0)


def _in_one(entry: FaqEntry, tags: Sequence[str]) -> FaqEntry:
    """The entry with the phrasings of one language, and no answer."""
    questions = {tag: texts for tag, texts in entry.questions.items() if tag in tags}
    return replace(entry, questions=questions, answers={})


class _Trial:
    """The model with one strength for all languages; no message is asked of it."""

    def __init__(self, model: SentenceModel, strength: float) -> None:
        self.hearing: Mapping[str, Hearing] = dict.fromkeys(KINDS, Hearing(strength=strength))
        self._model = model

    def learn(self, texts: Sequence[str]) -> Floats | None:
        return self._model.vectors(list(texts))

    def of(self, text: str) -> Floats | None:
        return None
