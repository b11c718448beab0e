"""The mark in an answer to a survey: "4", "٤", "8/10", "4, livraison lente", "★★★★", "quatre sur cinq", "très bien".

A question of days ago is answered among other words: a number counts as a mark only where it can be nothing else
("4 briques manquent" and "2 jours de retard" are none). source: SU
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import ceil, floor
from typing import Final

from bot.complaints.survey import read_mark

_DIGITS: Final = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫", "01234567890123456789.")
_LONGEST: Final = 2_000
_WORDS_AT_MOST: Final = 4
_GREETING: Final = re.compile(
    r"\s*(?:bonjour|bonsoir|salut|salam(?:\s+alaykoum|\s+alikoum)?|cher\s+\w+|hello|hi|hey|dear\s+\w+|good\s+(?:morning|evening)"
    r"|السلام\s+عليكم(?:\s+ورحمة\s+الله(?:\s+وبركاته)?)?|مرحبا|أهلا|اهلا|تحية\s+طيبة|صباح\s+الخير|مساء\s+الخير)"
    r"(?:\s+(?:madame|monsieur|à\s+tous|all|there|بكم))?\s*[,.!،:\n-]+\s*",
    re.I,
)
_LEAD: Final = (
    r"(?P<lead>(?:(?:ma|my|la|the)\s+)?(?:note|score|rating|mark|réponse|reponse|answer)\s*(?:est|is|of|de)?\s*[:=]?\s*"
    r"|(?:je\s+(?:mets|donne|dirais|dis|vous\s+(?:donne|mets))|j['’]?ai\s+mis)\s+(?:un|une)?\s*"
    r"|i(?:['’]d|\s+would)?\s+(?:give|say|rate)(?:\s+(?:you|it|this))?(?:\s+an?)?\s*"
    r"|(?:أعطيكم|اعطيكم|أعطي|اعطي|نعطيكم|نعطي|تقييمي|التقييم|علامتي|جوابي)\s*(?:هو|هي)?\s*:?\s*)?"
)
_NUMBER: Final = r"(?P<number>\d{1,2})(?:[.,](?P<half>\d)(?!\d))?"
_SCALE: Final = r"(?P<scale>\s*(?:/|sur|out\s+of|of|من|على)\s*(?P<of>5|10|20)(?!\d))?"
_UNIT: Final = r"(?P<unit>\s*(?:étoiles?|etoiles?|stars?|points?|pts|نجوم|نجمات|نقاط|نقط|[★⭐]))?"
_END: Final = (
    r"(?P<end>\s*$|\s*[.!;:،؛](?!\d)|\s*,(?!\d)|\s*\n|\s+[-–—]\s"
    r"|\s+(?=merci|thank|شكرا|mais\b|car\b|but\b|because\b|لكن|لأن))"
)
_FIGURE: Final = re.compile(rf"{_LEAD}{_NUMBER}{_SCALE}{_UNIT}(?:{_END}|(?P<loose>\s))", re.I)
_STARS: Final = re.compile(r"(?P<stars>[★⭐]{1,5})(?![★⭐])\ufe0f?")
_NAMES: Final = {
    0: "zero|zéro|صفر",
    1: "un|one|واحد",
    2: "deux|two|اثنان|اثنين|زوج|جوج",
    3: "trois|three|ثلاثة|ثلاثه|تلاتة",
    4: "quatre|four|أربعة|اربعة|ربعة",
    5: "cinq|five|خمسة|خمسه",
    8: "huit|eight|ثمانية",
    9: "neuf|nine|تسعة",
    10: "dix|ten|عشرة",
}
_NAMED: Final = [
    (
        number,
        re.compile(rf"{_LEAD}(?:{names})(?:\s*(?:/|sur|out\s+of|من|على)\s*(?P<of>5|10|20|cinq|five|خمسة|dix|ten|عشرة))?"
                   r"\s*[.!]*\s*(?:merci|thanks|شكرا)?\s*[.!]*", re.I),
    )
    for number, names in _NAMES.items()
]  # fmt: skip
_TENS: Final = ("10", "dix", "ten", "عشرة")


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """`mark` is 1 to 5, whatever scale it was given on; `words` is what was said besides."""

    mark: int
    value: str
    words: str = ""
    figure: bool = True  # a number or stars; False for words alone ("très bien")


def read_score(text: str) -> Score | None:
    """The mark that a message gives; None where it gives none."""
    plain = text.strip()[:_LONGEST]
    greeting = _GREETING.match(plain)
    bare = plain[greeting.end() :] if greeting else plain
    return _figure(bare) or _stars(bare) or _named(bare) or _words(bare)


def _figure(text: str) -> Score | None:
    found = _FIGURE.match(text.translate(_DIGITS))
    if found is None:
        return None
    if found["loose"] and not (found["lead"] or found["scale"] or found["unit"]):
        return None  # "4 briques manquent"
    number = int(found["number"]) + int(found["half"] or 0) / 10
    mark = _on_five(number, int(found["of"]) if found["of"] else None)
    if mark is None:
        return None
    said = text[found.start("number") : found.end("of") if found["of"] else found.end("number")]
    if found["half"] and not found["of"]:
        said = text[found.start("number") : found.end("half")]
    return Score(mark=mark, value=" ".join(said.split()), words=_rest(text[found.end() :]))


def _on_five(number: float, of: int | None) -> int | None:
    """On the scale of five; without a scale what is above five was meant of ten."""
    if of is None:
        of = 5 if number <= 5 else 10
    if number > of:
        return None
    exact = number * 5 / of
    return max(1, floor(exact + 0.5) if of == 5 else ceil(exact))


def _stars(text: str) -> Score | None:
    found = _STARS.match(text)
    if found is None:
        return None
    return Score(mark=len(found["stars"]), value=found["stars"], words=_rest(text[found.end() :]))


def _named(text: str) -> Score | None:
    for number, pattern in _NAMED:
        found = pattern.fullmatch(text)
        if found is not None:
            of = (10 if found["of"] in _TENS else 20 if found["of"] == "20" else 5) if found["of"] else None
            mark = _on_five(number, of)
            return Score(mark=mark, value=" ".join(text.split())) if mark is not None else None
    return None


def _words(text: str) -> Score | None:
    """Satisfaction in a few words. A bare "ok" says no more than that it was read."""
    few = text.split()
    if not few or len(few) > _WORDS_AT_MOST or text.strip(" .!").casefold() in ("ok", "okay", "d'accord"):
        return None
    mark = read_mark(text)
    return Score(mark=mark, value=" ".join(few), figure=False) if mark is not None else None


def _rest(text: str) -> str:
    return text.strip(" \t\r\n.,;:!،؛-–—")
