"""Customers' words without what tells who they are, and the key under which the same words are counted.

A question is as good an example without its order number; a name that nobody announces can't be seen.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final

from bot.understanding.facts import name_in
from bot.understanding.normalise import clean, words_of

MAX_CHARACTERS: Final = 500
LINK: Final = "[link]"
EMAIL: Final = "[email]"
PHONE: Final = "[phone]"
NUMBER: Final = "[number]"
NAME: Final = "[name]"
PHONE_DIGITS: Final = 8
NUMBER_DIGITS: Final = 4
"""Fewer digits are a size or a quantity ("brick of 12", "500 kg"), which a question is about."""

_LINK = re.compile(r"(?:https?://|www\.)\S{1,2000}", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w.-]{1,190}")
_DIGITS = re.compile(r"\+?\(?\d(?:[ .()/-]{0,2}\d){3,39}")
_DATE = re.compile(r"\d{1,4}[ ./-]\d{1,2}[ ./-]\d{1,4}")
_CODE = re.compile(r"(?<!\w)\w{1,80}(?:[-_/#.]\w{1,24}){0,5}")
_MASK = re.compile(r"\[(?:link|email|phone|number|name)\]")
_BLANKS = re.compile(r"\s+")


def masked(text: str, *, most: int = MAX_CHARACTERS) -> str:
    """At most so much of a text, with placeholders for links, addresses, telephones, numbers and a told name."""
    cleaned = clean(text)
    if name := name_in(cleaned, words_of(cleaned)):
        cleaned = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", NAME, cleaned)
    cleaned = _LINK.sub(LINK, cleaned)
    cleaned = _EMAIL.sub(EMAIL, cleaned)
    cleaned = _CODE.sub(_code_masked, cleaned)
    cleaned = _DIGITS.sub(_digits_masked, cleaned)
    return _BLANKS.sub(" ", cleaned).strip()[:most].rstrip()


def unmasked(text: str) -> str:
    """The words around the placeholders: what can be a phrasing."""
    return _BLANKS.sub(" ", _MASK.sub(" ", text)).strip(" ,;:#")


def key_of(text: str) -> str:
    """One key for texts of the same words, whatever their spelling, accents and marks."""
    return blake2b(" ".join(words_of(text)).encode(), digest_size=16).hexdigest()


def _code_masked(found: re.Match[str]) -> str:
    """ "CMD-2024-0012" and "FAC20240012": letters with many digits are somebody's number."""
    code = found.group()
    digits = sum(map(str.isdigit, code))
    has_letter = any(map(str.isalpha, code))
    return NUMBER if has_letter and digits >= NUMBER_DIGITS else code


def _digits_masked(found: re.Match[str]) -> str:
    written = found.group()
    long_enough = sum(map(str.isdigit, written)) >= PHONE_DIGITS
    return PHONE if long_enough and not _DATE.fullmatch(written) else NUMBER
