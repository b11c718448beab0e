"""Names of people as they are addressed: order, letters, titles; and a key that finds two spellings of one."""

from __future__ import annotations

import re

from bot.contacts_data.cells import Cell, folded, text_of

_TITLES = re.compile(
    r"(?:(?:mr|mme|mlle|dr|pr|me|mrs|ms|miss|m\.|monsieur|madame|mademoiselle|docteur)\.?\s+"
    r"|(?:السيدة|السيد|الآنسة|الدكتورة|الدكتور|الأستاذة|الأستاذ)\s+)+",
    re.I,
)
_SMALL = {"de", "du", "des", "la", "le", "von", "van", "den", "der", "da", "dos", "y"}
_LETTER_RUN = re.compile(r"[^\W\d_]+")
_TATWEEL = "ـ"
MAX_NAME = 200


def read_name(cell: Cell) -> str:
    """A whole name from one cell: "BENALI Karim" and "Benali, Karim" become "Karim Benali"."""
    text = _TITLES.sub("", text_of(cell).replace(_TATWEEL, "").replace("\n", " "), count=1).strip(" ,;")
    family, comma, first = text.partition(",")
    if comma and first.strip() and "," not in first:
        return _lettered(f"{first.strip()} {family.strip()}")
    words = text.split()
    capitals = [word for word in words if _shouted(word)]
    if capitals and len(capitals) < len(words) and words[: len(capitals)] == capitals:
        words = [*words[len(capitals) :], *capitals]
    return _lettered(" ".join(words))


def whole_name(first: Cell, last: Cell) -> str:
    """A name from two cells."""
    return _lettered(
        " ".join(filter(None, (text_of(first).replace(_TATWEEL, ""), text_of(last).replace(_TATWEEL, ""))))
    )


def name_key(name: str) -> frozenset[str]:
    """The words of a name, folded: order, accents and case don't tell two people apart."""
    return frozenset(folded(name).split())


def may_be_same(one: str, other: str) -> bool:
    """Whether two names can be one person's: a word in common, or one of them not known."""
    ours, theirs = name_key(one), name_key(other)
    return not ours or not theirs or bool(ours & theirs) or not _same_script(one, other)


def _same_script(one: str, other: str) -> bool:
    return bool(re.search(r"[\u0600-\u06ff]", one)) == bool(re.search(r"[\u0600-\u06ff]", other))


def _shouted(word: str) -> bool:
    return len(word) > 2 and word.isupper()


def _lettered(text: str) -> str:
    """Capital letters only, or small ones only, become a name's."""
    text = " ".join(text.split())[:MAX_NAME]
    words = [_titled(word, at) if _needs_it(word, text) else word for at, word in enumerate(text.split())]
    return " ".join(words)


def _needs_it(word: str, text: str) -> bool:
    return (word.isupper() and (len(word) > 2 or text.isupper())) or (text.islower() and word.islower())


def _titled(word: str, at: int) -> str:
    if at and word.casefold() in _SMALL:
        return word.casefold()
    return _LETTER_RUN.sub(lambda run: run[0][:1].upper() + run[0][1:].lower(), word)
