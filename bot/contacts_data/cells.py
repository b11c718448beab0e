"""A cell of somebody's file as plain text, and words in it as keys that can be compared."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time
from decimal import Decimal

from channels.text import clean_text

Cell = str | int | float | bool | Decimal | datetime | date | time | None
"""What a CSV file (always text) or a worksheet has in a cell."""

MAX_CELL = 5_000
_DIGITS = {ord(digit): str(value) for row in ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹") for value, digit in enumerate(row)}
_MARKS = dict.fromkeys(
    map(ord, "\u200c\u200d\u200e\u200f\u061c\u202a\u202b\u202c\u2066\u2067\u2068\u2069\u2060")
)
_BLANKS = re.compile(r"[^\S\n]+")
_GUARDED = re.compile(r"'(?=[=+\-@\t])")
_NOTHING = {
    "",
    "-",
    "--",
    "n/a",
    "na",
    "null",
    "none",
    "nan",
    "#n/a",
    "#ref!",
    "#value!",
    "nc",
    "néant",
    "لا شيء",
}
_ALIF = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "ـ": None}
)


def text_of(cell: Cell) -> str:
    """The cell as a person would write it; "" for an empty one or a word for nothing."""
    if isinstance(cell, str):
        text = _BLANKS.sub(" ", clean_text(_GUARDED.sub("", cell[:MAX_CELL], count=1)))
        return "" if text.casefold() in _NOTHING else text
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e16 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    return str(cell)


def plain(text: str) -> str:
    """Without marks of direction, with the digits 0 to 9: for numbers, dates and telephones."""
    return text.translate(_MARKS).translate(_DIGITS).strip()


def folded(text: str) -> str:
    """Small letters without accents, vowel signs and punctuation: two spellings of one word become the same."""
    bare = "".join(
        char
        for char in unicodedata.normalize("NFKD", plain(text).casefold())
        if unicodedata.category(char) != "Mn"
    )
    return " ".join(re.sub(r"[\W_]+", " ", bare.translate(_ALIF)).split())
