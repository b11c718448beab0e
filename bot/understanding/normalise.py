"""Two steps from a customer's text to what is compared: `clean` keeps the words as written, `fold`
forgets spelling.
"""

from __future__ import annotations

import re
import unicodedata

MAX_CHARACTERS = 2_000
"""How much of one message is understood; all of it is kept on the case."""

_INVISIBLE = [
    *range(0x200B, 0x2010),  # zero width, direction marks
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xFE00, 0xFE10),  # variation selectors
    0x00AD,
    0x061C,
    0x180E,
    0xFEFF,
]
_ARABIC_MARKS = [*range(0x0610, 0x061B), *range(0x064B, 0x0660), 0x0670, *range(0x06D6, 0x06EE), 0x0640]
_DIGITS = {0x0660 + n: str(n) for n in range(10)} | {0x06F0 + n: str(n) for n in range(10)}
_CLEAN: dict[int, str | None] = (
    dict.fromkeys((*_INVISIBLE, *_ARABIC_MARKS))
    | _DIGITS
    | {0x2019: "'", 0x02BC: "'", 0x00A0: " ", 0x202F: " "}
)
_LETTERS = {
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ئ": "ي", "ؤ": "و", "ة": "ه",
    "ک": "ك", "گ": "ق",
    "ڨ": "ق", "پ": "ب", "ڤ": "ف", "چ": "ش", "ھ": "ه", "œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l",
    "ı": "i",
}  # fmt: skip


def _accents() -> dict[int, str | None]:
    """Latin letters with marks to their bare letter."""
    table: dict[int, str | None] = {}
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        bare = "".join(c for c in unicodedata.normalize("NFKD", chr(code)) if not unicodedata.combining(c))
        if bare and bare != chr(code):
            table[code] = bare.lower()
    return table


_FOLD: dict[int, str | None] = (
    dict.fromkeys(range(0x300, 0x370)) | _accents() | {ord(letter): kept for letter, kept in _LETTERS.items()}
)
_ELONGATED = re.compile(r"([^\W\d_])\1{2,}")
_TOKEN = re.compile(r"[a-z0-9]+|[ء-ي]+")
_ARTICLES = ("وال", "بال", "فال", "كال", "ولل", "ال", "لل")


def clean(text: str) -> str:
    """The first `MAX_CHARACTERS` in composed form, without invisible characters, with ASCII digits."""
    text = text[:MAX_CHARACTERS]
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", text)[:MAX_CHARACTERS].translate(_CLEAN)


def fold(cleaned: str) -> str:
    """Lower case without accents, Arabic letter variants or elongations ("merciiii" is "merci")."""
    lowered = cleaned.lower()
    if not lowered.isascii():
        lowered = lowered.translate(_FOLD)
    return _ELONGATED.sub(r"\1", lowered)


def tokens(folded: str) -> list[str]:
    """Words and numbers, Arabic ones without their article."""
    found = _TOKEN.findall(folded)
    if folded.isascii():
        return found
    return [bare(token) for token in found]


def bare(token: str) -> str:
    """An Arabic word without article: «والطلبية» is «طلبيه»."""
    if token[0] >= "ء":
        for article in _ARTICLES:
            if token.startswith(article) and len(token) >= len(article) + 3:
                return token[len(article) :]
    return token


def words_of(text: str) -> list[str]:
    """Tokens of any text, in one call."""
    return tokens(fold(clean(text)))


def word_set(text: str) -> frozenset[str]:
    """The words of a list written as text, as they stand: lists of words read better so."""
    return frozenset(text.split())
