"""What an FAQ lacks: phrasings, dialects, and entries that are too near to each other."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bot.faq_files import FaqEntry, load_faq
from bot.understanding.faq import ANSWER_CONFIDENCE, Entry, FaqIndex

FEW_PHRASINGS: Final = 5  # in one language
DIALECTS: Final = {"ar": ("ar-dz", "ar-latn")}
ALIKE: Final = 0.7  # likeness from which phrasings of two entries steal each other's questions


def configured_faq(config: Path | None) -> tuple[tuple[FaqEntry, ...], float]:
    """The entries of a configuration (else of the usual one, else of the demo), and the confidence an answer needs."""
    from bot.cli import USUAL_FILES

    config = config or next((Path(name) for name in USUAL_FILES if Path(name).is_file()), None)
    if config is None:
        from templates import BUILT_IN

        return load_faq([Path(BUILT_IN) / "faq"]), ANSWER_CONFIDENCE
    from bot.config import load

    loaded = load(config, os.environ)
    threshold = loaded.dialogue.answer_threshold
    return load_faq(loaded.faq_paths()), ANSWER_CONFIDENCE if threshold is None else threshold


def advice_for(entries: Sequence[Entry], index: FaqIndex) -> dict[str, list[dict[str, Any]]]:
    """Entries with few phrasings, those without their dialect, and pairs that are alike."""
    few = [
        {"entry": entry.id, "language": language, "phrasings": len(texts)}
        for entry in entries
        for language, texts in entry.questions.items()
        if "-" not in language and len(texts) < FEW_PHRASINGS
    ]
    missing = [
        {"entry": entry.id, "missing": [tag for tag in tags if tag not in entry.questions]}
        for entry in entries
        for language, tags in DIALECTS.items()
        if language in entry.questions and any(tag not in entry.questions for tag in tags)
    ]
    alike = [
        {"entries": [one, other], "phrasings": [text, like], "likeness": round(likeness, 2)}
        for one, text, other, like, likeness in index.alike(ALIKE)
    ]
    return {"few_phrasings": few, "no_dialect": missing, "too_alike": alike}
