"""Cleaning of text that strangers typed, the same for every door."""

from __future__ import annotations

import re
import unicodedata

_NEWLINES = re.compile("\r\n?|[\x85\u2028\u2029]")
# C0 and C1 controls except \n and \t, soft hyphen, zero-width space, forced-direction overrides, unpaired
# surrogates, byte-order mark, non-characters, and all private-use characters (they mark placeholders inside).
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b\u202d\u202e\ud800-\udfff\ue000-\uf8ff"
    "\ufdd0-\ufdef\ufeff\ufffe\uffff\U000f0000-\U0010ffff]"
)
_SPACE_RUN = re.compile(r"[^\S\n]{41,}")
_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n){3,}")
_JOINER_RUN = re.compile("([\u200c-\u200f\u2060-\u2064]){9,}")
_MARKS_KEPT = 8  # vocalised Arabic needs 3 on one letter; more than 8 is a drawing, not writing


# What nearly every message is made of: letters and signs that are in NFC already and in need of nothing.
_EASY = re.compile(
    "[ -~\xa1-\xac\xae-\xff\u0152\u0153\u2018-\u201d\u2026\u20ac"
    "\u060c\u061b\u061f\u0621-\u063a\u0641-\u064a\u0660-\u0669]*"
)


def clean_text(text: str) -> str:
    """Return `text` in NFC without control, private-use and unpaired surrogate characters, trimmed.

    Nothing a person would read is dropped: only absurd runs (more than 40 blanks, more than two empty lines,
    stacks of combining marks) become shorter. Cleaning a cleaned text changes nothing.
    """
    if _EASY.fullmatch(text) and "   " not in text:
        return text.strip()
    return _clean_thoroughly(text)


def _clean_thoroughly(text: str) -> str:
    text = _UNWANTED.sub("", _NEWLINES.sub("\n", text))
    text = unicodedata.normalize("NFC", text)
    text = _cap_marks(_JOINER_RUN.sub(r"\1", text))
    text = _BLANK_LINES.sub("\n\n\n", _SPACE_RUN.sub(" ", text))
    return text.strip()


def _cap_marks(text: str) -> str:
    """Keep at most `_MARKS_KEPT` combining marks on one letter."""
    if text.isascii():
        return text
    kept: list[str] = []
    run = 0
    for char in text:
        run = run + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        if run <= _MARKS_KEPT:
            kept.append(char)
    return "".join(kept)
