"""Cutting of long texts into parts that fit one message, the same for every door."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal

LengthUnit = Literal["characters", "utf-16"]

# Only blanks where a line may break: the no-break spaces of French punctuation hold their words together.
_BLANK = "[ \t\n\r\f\v\u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000]"
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_LINE = re.compile(r"\n")
_SENTENCE = re.compile(rf"(?:[.!?\u2026\u061f\u06d4]+[)\]\"'\u00bb\u201d\u2019\u2069]*)(?={_BLANK})")
_WORD = re.compile(_BLANK)

_JOINER = "\u200d"
_HANGUL_TAIL = range(0x1160, 0x1200)
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)


def length_of(text: str, unit: LengthUnit = "characters") -> int:
    """Return the length of `text` as a channel counts it."""
    if unit == "characters" or text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split_text(text: str, limit: int, unit: LengthUnit = "characters") -> list[str]:
    """Cut `text` into parts of at most `limit` units: between paragraphs, else lines, sentences, words.

    Only blanks at the cuts are dropped. A word (or URL) is cut only when it alone exceeds `limit`, and then
    between graphemes: an emoji with its joiners, or a letter with its marks, stays whole where it fits.
    An empty text has no parts. Raises ValueError when `limit` is below 2 (an emoji takes two UTF-16 units).
    """
    if limit < 2:
        raise ValueError(f"a part must hold at least 2 {unit}, not {limit}")
    parts: list[str] = []
    rest = text.strip()
    while rest:
        end = _fitting(rest, limit, unit)
        cut = end if end == len(rest) else _best_cut(rest, end)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return parts


def _fitting(text: str, limit: int, unit: LengthUnit) -> int:
    """Return how many code points of `text` fit into `limit` units."""
    window = text[:limit]
    if unit == "characters" or not window or max(window) <= "\uffff":
        return len(window)
    units = 0
    for index, char in enumerate(window):
        units += 2 if char > "\uffff" else 1
        if units > limit:
            return index
    return len(window)


def _best_cut(text: str, end: int) -> int:
    """Return where to cut so that at most `end` code points come first. A larger unit of sense wins,
    unless it would leave the part less than a third full."""
    floor = end // 3
    for pattern, after in ((_PARAGRAPH, False), (_LINE, False), (_SENTENCE, True), (_WORD, False)):
        at = _last_match(pattern, text, end, after=after)
        if at >= max(floor, 1):
            return at
    at = _last_match(_WORD, text, end, after=False)
    return at if at > 0 else _grapheme_cut(text, end)


def _last_match(pattern: re.Pattern[str], text: str, end: int, *, after: bool) -> int:
    """Return the last place up to `end` where `pattern` allows a cut, 0 for none."""
    best = 0
    for match in pattern.finditer(text, 0, end + 2):
        at = match.end() if after else match.start()
        blank_end = at + 1 if after else match.end()
        if at <= end and not _joined(text, blank_end):
            best = at
    return best


def _grapheme_cut(text: str, end: int) -> int:
    """Return the last boundary between graphemes up to `end`; `end` itself when there is none."""
    for at in range(end, 0, -1):
        if not _joined(text, at):
            return at
    return end


def _joined(text: str, at: int) -> bool:
    """Whether the characters around `at` belong to one grapheme. source: Unicode UAX 29, in short."""
    if at <= 0 or at >= len(text):
        return False
    before, after = text[at - 1], text[at]
    if after.isascii() and before.isascii():
        return before == "\r" and after == "\n"
    code = ord(after)
    if before == _JOINER or code in _SKIN_TONES or code in _TAGS or code in _HANGUL_TAIL:
        return True
    if code in _FLAG_LETTERS:
        return sum(1 for _ in _flag_letters_before(text, at)) % 2 == 1
    return after in "\u200c\u200d" or unicodedata.category(after) in ("Mn", "Me", "Mc")


def _flag_letters_before(text: str, at: int) -> Iterator[str]:
    while at > 0 and ord(text[at - 1]) in _FLAG_LETTERS:
        at -= 1
        yield text[at]
