"""A rule's text in pieces: words, numbers, days, quoted texts, signs. Each knows its place."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from scheduler.segments.errors import RuleError

MAX_TEXT: Final = 10_000

Sort = Literal["word", "number", "day", "text", "sign", "end"]

_SPACES: Final = " \t\r\n\u00a0\u202f\u2009\u200c\u200d\u200e\u200f\u2066\u2067\u2068\u2069"
_SIGNS: Final = {"≥": ">=", "≤": "<=", "≠": "!=", "<>": "!=", "==": "=", "،": ","}
_PIECES: Final = re.compile(
    r"(?P<day>\d{4}-\d{1,2}-\d{1,2})(?!\w)"
    r"|(?P<number>[-−]?(?:\d{1,3}(?:[ \u00a0\u202f]\d{3})+|\d+)(?:[.]\d+)?)(?![\w-])"
    r"|(?P<word>(?:\w|[€$£])[\w\u0300-\u036f\u064b-\u065f]*(?:[-.]\w+)*)"
    r'|(?P<text>"(?:[^"\\]|\\.)*"|«[^»]*»|“[^”]*”)'
    r"|(?P<sign><=|>=|!=|<>|==|[=<>≥≤≠(),،])",
    re.DOTALL,
)
_CLOSING: Final = {'"': '"', "«": "»", "“": "”"}
_LETTERS: Final = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "œ": "oe", "ـ": None})


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """`value` is what is meant: a word as typed, a number without blanks, a text without its marks."""

    sort: Sort
    value: str
    at: int
    length: int
    plain: str = ""  # a word without capitals and accents, to compare


@lru_cache(maxsize=4_096)
def plain(word: str) -> str:
    """A word without capitals, accents and vowel signs, so that `Sétif` and `setif` are one keyword."""
    apart = unicodedata.normalize("NFKD", word.casefold())
    return "".join(each for each in apart if not unicodedata.combining(each)).translate(_LETTERS)


def read_tokens(text: str) -> list[Token]:
    """Raises `RuleError`."""
    if len(text) > MAX_TEXT:
        raise RuleError("too_long", at=MAX_TEXT, length=len(text) - MAX_TEXT, limit=MAX_TEXT)
    tokens, at = [], 0
    while at < len(text):
        if text[at] in _SPACES or _is_elision(text, at):
            at += 1
            continue
        found = _PIECES.match(text, at)
        if found is None:
            raise _unreadable(text, at)
        tokens.append(_token(found))
        at = found.end()
    tokens.append(Token(sort="end", value="", at=len(text.rstrip()), length=0))
    return tokens


def _is_elision(text: str, at: int) -> bool:
    """Whether it is the apostrophe of "d'offres"."""
    return text[at] in "'’" and 0 < at < len(text) - 1 and text[at - 1].isalpha() and text[at + 1].isalpha()


def _unreadable(text: str, at: int) -> RuleError:
    if text[at] in _CLOSING:
        return RuleError("open_quote", at=at, length=len(text) - at)
    found = text[at] if text[at].isprintable() else f"U+{ord(text[at]):04X}"
    return RuleError("bad_character", at=at, length=1, found=found)


def _token(found: re.Match[str]) -> Token:
    sort, raw = str(found.lastgroup), found[0]
    value = {"number": _number, "day": _digits, "text": _unquoted, "sign": _sign}.get(sort, str)(raw)
    if sort == "text" and (bad := next((each for each in value if not _keepable(each)), "")):
        raise RuleError("bad_character", at=found.start(), length=len(raw), found=f"U+{ord(bad):04X}")
    at, length = found.start(), len(raw)
    return Token(
        sort=sort,  # type: ignore[arg-type]
        value=value,
        at=at,
        length=length,
        plain=plain(raw) if sort == "word" else "",
    )


def _keepable(char: str) -> bool:
    """Whether both databases can look for it."""
    return char in "\t\n" or unicodedata.category(char) not in ("Cc", "Cs")


def _digits(raw: str) -> str:
    return "".join(str(unicodedata.digit(each)) if each.isdigit() else each for each in raw)


def _number(raw: str) -> str:
    return _digits("".join(each for each in raw if each not in _SPACES).replace("−", "-"))


def _unquoted(raw: str) -> str:
    inner = raw[1:-1]
    return re.sub(r"\\(.)", r"\1", inner, flags=re.DOTALL) if raw[0] == '"' else inner.strip()


def _sign(raw: str) -> str:
    return _SIGNS.get(raw, raw)
