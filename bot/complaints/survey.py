"""What customers are asked after a complaint or a purchase: questions, and which comes next after which answer.

By buttons, numbers or words, on any channel. source: CO-07, SU
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal["yes_no", "mark", "words"]
MARKS: Final = (1, 2, 3, 4, 5)  # 1 very dissatisfied … 5 very satisfied


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`then` names the next question by answer ("yes", "no", "1" … "5", "" for any other); none ends the survey."""

    name: str
    kind: Kind
    template: str
    then: Mapping[str, str] = field(default_factory=dict)

    def next(self, value: str) -> str:
        return self.then.get(value, self.then.get("", ""))


QUESTIONS: Final[Mapping[str, Question]] = {
    question.name: question
    for question in (
        # A no reopens the complaint: whoever is still unhappy is not asked for marks.
        Question(name="satisfied", kind="yes_no", template="complaint/followup", then={"yes": "mark"}),
        Question(
            name="mark",
            kind="mark",
            template="complaint/survey_mark",
            then={"1": "improve", "2": "improve", "3": "improve", "4": "recommend", "5": "recommend"},
        ),
        Question(name="improve", kind="words", template="complaint/survey_improve"),
        Question(name="recommend", kind="yes_no", template="complaint/survey_recommend"),
    )
}
FIRST: Final = "satisfied"

_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_NUMBER = re.compile(r"\s*(\d)\s*(?:/\s*5|sur\s+5|out\s+of\s+5|من\s+5)?\s*[.!★⭐]*\s*")
_STARS = re.compile(r"\s*([★⭐]{1,5})\s*")
_WORDS: Final[Mapping[int, str]] = {
    1: "tres insatisfait|pas du tout satisfait|tres mecontent|nul|very dissatisfied|very unhappy|terrible"
    "|غير راض تماما|غير راض اطلاقا|سيء جدا|مستاء جدا",
    2: "insatisfait|pas satisfait|mecontent|mauvais|decu|dissatisfied|unsatisfied|unhappy|bad|poor"
    "|غير راض|لست راضيا|سيء|مستاء",
    3: "moyen|neutre|correct|mitige|passable|ni l.un ni l.autre|average|neutral|so so|ok|fair|متوسط|محايد|مقبول|عادي",
    4: "satisfait|content|bien|bon|satisfied|happy|good|راض|جيد|حسن",
    5: "tres satisfait|tres content|parfait|excellent|tres bien|ravi|very satisfied|very happy|perfect|great"
    "|راض جدا|راض تماما|ممتاز|جيد جدا",
}
_BY_WORDS: Final = [
    (mark, re.compile(rf"(?:^|\s)(?:{_WORDS[mark]})e?s?(?:$|\s)")) for mark in (1, 5, 2, 3, 4)
]
"""The strong ones first, and the negated before what they negate («insatisfait», «غير راض»)."""


def read_mark(text: str) -> int | None:
    """A mark from 1 to 5: "4", "4/5", "٤", "★★★★", "très satisfaite"; None where there is none."""
    plain = text.translate(_DIGITS)
    number = _NUMBER.fullmatch(plain)
    if number:
        mark = int(number[1])
        return mark if mark in MARKS else None
    stars = _STARS.fullmatch(plain)
    if stars:
        return len(stars[1])
    words = _plain(plain)
    if len(words.split()) > 6:
        return None
    return next((mark for mark, pattern in _BY_WORDS if pattern.search(words)), None)


def _plain(text: str) -> str:
    """Small letters without accents, Arabic ones without their vowels, one space between words."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w'’ ]", " ", bare.replace("’", "'")).split())
