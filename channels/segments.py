"""How many SMS a text is: its alphabet, its units, its segments, what it costs; pure.

source: 3GPP TS 23.038 §6.2.1 (alphabet and extension), TS 23.040 §9.2.3.24 (header of joined messages).
National language tables are left out: Twilio doesn't use them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")  # two units each: an escape and a character
_ALONE = {"GSM-7": 160, "UCS-2": 70}
_JOINED = {"GSM-7": 153, "UCS-2": 67}  # a header of six octets goes off each
# What word processors and phones put in by themselves, and the plain character that means the same.
_FOLDED = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u2032": "'", "\u02bc": "'",
        "`": "'", "\u00b4": "'",
        "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00ab": '"', "\u00bb": '"', "\u2033": '"',
        "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2015": "-", "\u2212": "-",
        "\u2026": "...", "\u2022": "-", "\u00b7": "-", "\u2044": "/",
        "\u00a0": " ", "\u2002": " ", "\u2003": " ", "\u2009": " ", "\u200a": " ", "\u202f": " ", "\t": " ",
        "\u200b": None, "\u2060": None, "\ufeff": None, "\u00ad": None,
    }
)  # fmt: skip
_FRENCH_QUOTES = (
    ("\u00ab\u00a0", "\u00ab"),
    ("\u00ab\u202f", "\u00ab"),
    ("\u00a0\u00bb", "\u00bb"),
    ("\u202f\u00bb", "\u00bb"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """What a text becomes on the air."""

    alphabet: Literal["GSM-7", "UCS-2"]
    units: int  # septets, or 16-bit units
    count: int  # what Twilio bills; 0 for an empty text

    def cost(self, price_per_segment: Decimal) -> Decimal:
        return self.count * price_per_segment


def is_gsm7(text: str) -> bool:
    return all(char in _BASIC or char in _EXTENSION for char in text)


def count_segments(text: str) -> Segments:
    """Count as the networks do: an escaped or a surrogate pair is never torn over two segments."""
    if is_gsm7(text):
        return _count("GSM-7", [2 if char in _EXTENSION else 1 for char in text])
    return _count("UCS-2", [2 if char > "\uffff" else 1 for char in text])


def _count(alphabet: Literal["GSM-7", "UCS-2"], sizes: list[int]) -> Segments:
    units = sum(sizes)
    count = min(units, 1) if units <= _ALONE[alphabet] else _joined(sizes, _JOINED[alphabet])
    return Segments(alphabet=alphabet, units=units, count=count)


def _joined(sizes: Iterable[int], room: int) -> int:
    count, used = 1, 0
    for size in sizes:
        if used + size > room:
            count, used = count + 1, 0
        used += size
    return count


def fold_typography(text: str) -> str:
    """Typographic quotes, dashes and blanks as plain ones, where that alone saves segments; else the text as it is.

    One curly apostrophe makes a French text of 150 characters three segments instead of one. Letters are never
    changed: ç, ê or ا need UCS-2, and then the typography costs nothing.
    """
    if is_gsm7(text):
        return text
    folded = text
    for spaced, tight in _FRENCH_QUOTES:
        folded = folded.replace(spaced, tight)
    folded = folded.translate(_FOLDED)
    return folded if count_segments(folded).count < count_segments(text).count else text
