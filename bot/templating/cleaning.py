"""Makes variables harmless before they meet a template: what a customer wrote is data, never syntax."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

REFERENCE = "\ue000case\ue001"
"""As in `bot.dialogue.turn`, not imported since `bot.dialogue` may import this package; a test compares."""

# Controls except tab and line feed, lone surrogates, private use (our own placeholders live there), embedding
# and override marks that would turn the text around them, and U+FEFF. Isolates are dealt with apart.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff\ue000-\uf8ff\ufeff\ufff9-\ufffb"
    "\U000f0000-\U000ffffd\U00100000-\U0010fffd]"
)
_ISOLATES = re.compile("[\u2066-\u2069]")
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_SUSPECT = re.compile(f"{_FORBIDDEN.pattern}|[\u2028\u2029\u2066-\u2069]")
_PLAIN = frozenset({bool, int, float, Decimal, date, datetime, type(None)})
_SPACES = re.compile(r"\s+")
_LINK = re.compile(
    r"://|www\.|@|\b[\w-]+\.(?:com|net|org|info|dz|tn|ma|fr|io|ru|top|xyz|shop|online)\b", re.I
)

NAME_LIMIT = 60  # characters; a longer "first name" is an advertisement


def clean_variables(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Copy variables with every text in them made harmless. Raises `TypeError` for what is not plain data."""
    cleaned = {}
    for key, value in variables.items():
        special = _SPECIAL.get(key)
        cleaned[key] = clean_value(value) if special is None else special(value)
    return cleaned


def clean_value(value: Any) -> Any:
    """Make one value harmless, lists and mappings through and through."""
    if isinstance(value, str):
        return clean_text(value)
    if type(value) in _PLAIN or isinstance(value, int | date):
        return value
    if isinstance(value, list | tuple):
        return [clean_value(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): clean_value(item) for key, item in value.items()}
    raise TypeError(f"a template is given plain data only, not {type(value).__name__}")


def clean_text(text: str) -> str:
    """Drop what could forge a placeholder, hide or turn text around; line breaks become line feeds."""
    if _SUSPECT.search(text) is None:
        return text
    text = _FORBIDDEN.sub("", _LINE_ENDS.sub("\n", text))
    return text if _isolates_balance(text) else _ISOLATES.sub("", text)


def clean_name(value: Any) -> str:
    """A name on one line; "" when it is too long or holds an address.

    The sender of an e-mail chooses this name freely and may have forged the address our answer goes to:
    a link in it would make us the messenger of an advertisement.
    """
    if not value:
        return ""
    name = str(value)
    if name.isalpha() and len(name) <= NAME_LIMIT:
        return name
    name = _SPACES.sub(" ", clean_text(name)).strip()
    return "" if len(name) > NAME_LIMIT or _LINK.search(name) else name


def _clean_reference(value: Any) -> Any:
    return value if value == REFERENCE else clean_value(value)


def _isolates_balance(text: str) -> bool:
    depth = 0
    for mark in _ISOLATES.findall(text):
        depth += -1 if mark == "\u2069" else 1
        if depth < 0:
            return False
    return depth == 0


_SPECIAL: Mapping[str, Callable[[Any], Any]] = {"name": clean_name, "reference": _clean_reference}
