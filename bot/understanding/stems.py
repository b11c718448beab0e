"""Word stems in French, English and Arabic, remembered: the Snowball stemmers cost 50 to 150 µs a word."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import snowballstemmer

_ALGORITHMS: Final = {"fr": "french", "en": "english", "ar": "arabic"}
_STEMMERS = {language: snowballstemmer.stemmer(name) for language, name in _ALGORITHMS.items()}
CACHE_WORDS: Final = 50_000


@lru_cache(maxsize=CACHE_WORDS)
def stem(word: str, language: str) -> str:
    """The stem of a folded word; product codes, numbers and languages without a stemmer stay as they are."""
    stemmer = _STEMMERS.get(language)
    if stemmer is None or len(word) < 4 or not word.isalpha():
        return word
    return str(stemmer.stemWord(word))


def arabic(word: str) -> bool:
    """Whether a folded word is in Arabic letters."""
    return word[:1] >= "ء"
