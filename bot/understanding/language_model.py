"""Which of five ways of writing a text is in, by letter groups and words learnt from our own phrasings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from bot.understanding.additive import AdditiveModel, Shape, unpack
from bot.understanding.lexicon_language import BORROWED, COMMON

Writing = Literal["fr", "en", "ar", "dz", "arabizi"]
"""French, English, standard Arabic, Maghreb dialect in Arabic letters, the same in Latin letters."""
LANGUAGE_SHAPE: Final = Shape(shortest=1, longest=4, pairs=False, scaled=False)
ACCENT_WORTH: Final = 2.5
SPELT_WORTH: Final = 3.0
LISTED_WORTH: Final = 2.0
"""Algerians mix whole French clauses in: a few words that are Arabic beyond doubt outweigh them."""
_SPELT = re.compile(r"[a-z][23579][a-z]|^[379][a-z]{2,}")
_MEASURED = re.compile(
    r"\d+(?:i?[eè]mes?|er|ere|rd|th|nd|st|am|pm|kg|km|ml|cm|mm|min|mins|jrs?|jours?|days?|years?|ans|mois|hrs?|"
    r"da|dzd|mad|eur|go|gb|mb|mo|ghz|fois|pcs?)$|[a-z]\d[a-z]$"
)
"""Ordinals and measures: "3eme", "9am", "7jours", "b2b"."""
_DIALECT = frozenset(
    word
    for word in set(COMMON["arz"].split()) - set(COMMON["fr"].split()) - set(COMMON["en"].split()) - BORROWED
    if len(word) >= 3
)
_ACCENTS = frozenset("éèêëàâçùûîïôœ")
_LATIN: Final[tuple[Writing, ...]] = ("fr", "en", "arabizi")
_FILE = "language.weights"


@cache
def language_model() -> AdditiveModel:
    """The model that ships: a part of the code, read once."""
    data = files("bot.understanding").joinpath("weights", _FILE).read_bytes()
    return unpack(data, LANGUAGE_SHAPE)[0]


def is_arabic(token: str) -> bool:
    return token[0] >= "ء"


def writing_of(tokens: Sequence[str], cleaned: str = "") -> Writing | None:
    """The most likely writing of a text, None where there is no letter. The script decides first.

    `cleaned` still has the accents that the tokens lost: they speak for French.
    """
    words = [token for token in tokens if not token.isdecimal()]
    if not words:
        return None
    arabic = [token for token in words if is_arabic(token)]
    latin = [token for token in words if not is_arabic(token)]
    model = language_model()
    if sum(map(len, arabic)) >= 0.5 * sum(map(len, latin)):
        margins = model.margins(arabic)
        return "dz" if margins[model.labels.index("dz")] > margins[model.labels.index("ar")] else "ar"
    margins = model.margins(latin)
    french = ACCENT_WORTH if not cleaned.isascii() and not _ACCENTS.isdisjoint(cleaned.lower()) else 0.0
    score = {kind: margins[model.labels.index(kind)] for kind in _LATIN}
    score["fr"] += french
    for token in latin:
        if _SPELT.search(token) and not _MEASURED.match(token):
            score["arabizi"] += SPELT_WORTH
        elif token in _DIALECT:
            score["arabizi"] += LISTED_WORTH
    return max(_LATIN, key=score.__getitem__)
