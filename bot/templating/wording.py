"""Words that no text of the company may hold, and promises that only the deadline engine may make."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

BANNED = re.compile(r"\bpérimée?s?\b|\bvous\s+en\s+avez\s+de\s+la\s+chance\b", re.I)
"""Words that blame or frighten. source: LO"""

PROMISING = ("complaint", "receipt")
"""Folders whose texts speak of deadlines: a date or delay written by hand is an error there, not a warning."""

INTERNAL = ("alert", "report")
"""Folders whose texts go to colleagues: nothing in them is promised to a customer."""

_HOLE = "\ue010"
"""Stands for what an expression says: a number, as far as anybody knows, so that “{{ n }} days” is found."""

_TENS = "dix|vingt|trente|quarante|cinquante|soixante|ten|twenty|thirty|forty|fifty|sixty"
_ONES = (
    "deux|trois|quatre|cinq|six|sept|huit|neuf|onze|douze|quinze|seize|two|three|four|five|seven|eight|nine"
    "|eleven|twelve|fifteen"
)
_WORD_NUMBER = (
    rf"(?:(?:{_TENS})(?:[-\s](?:et[-\s])?(?:{_ONES}|un|une|one))?|{_ONES}|quelques|plusieurs|several"
    r"|a\s+few|a\s+couple\s+of|un\s+ou|one\s+or)"
)
_NUMBER = rf"(?:[\d{_HOLE}]+(?:[.,]\d+)?|{_WORD_NUMBER})"
_RANGE = rf"{_NUMBER}(?:\s*(?:à|ou|[-–]|to|or)\s*{_NUMBER})?"
_UNIT = (
    r"(?:jours?|journées?|heures?|hrs?|h|minutes?|mn|semaines?|quinzaines?|mois|hours?|weeks?|months?"
    r"|(?:(?:business|working|calendar|full)[-\s]+)?days?)(?:\s+(?:ouvrables?|ouvrés?|francs?|calendaires?))?"
)
_LEAD = (
    r"(?:sous|dans(?:\s+les?)?|dans\s+un\s+délai\s+(?:de|d[’'])|en\s+moins\s+d[’'e]|d[’']ici|avant|au\s+bout\s+d[’'e]"
    r"|within|in(?:\s+the\s+next)?|in\s+(?:less|under)\s+than|in\s+under|after)"
)
_WEEKDAY = (
    r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
)
_MONTH = (
    r"(?:janvier|janv\.?|février|févr\.?|mars|avril|mai|juin|juillet|juil\.?|août|septembre|sept\.?|octobre|oct\.?"
    r"|novembre|nov\.?|décembre|déc\.?"
    r"|january|jan|february|feb|march|april|apr|may|june|july|jul|august|aug|september|sep|october|november|december"
    r"|dec|جانفي|فيفري|مارس|أفريل|ماي|جوان|جويلية|أوت|سبتمبر|أكتوبر|نوفمبر|ديسمبر"
    r"|يناير|فبراير|أبريل|مايو|يونيو|يوليوز?|أغسطس|غشت|شتنبر|نونبر|دجنبر)"
)
_ENGLISH_MONTH = r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_AR_NUMBER = (
    rf"(?:[\d{_HOLE}]+|ثلاثة?|أربعة?|خمسة?|ستة?|سبعة?|ثمانية?|ثماني|تسعة?|عشرة?|عشرون|عشرين|أربعين|أربعون"
    r"|ثمان\s+وأربع(?:ين|ون)|خمسة\s+عشر|بضعة?|عدة)"
)
_AR_UNITS = r"(?:أيام|يومًا|يوما|ساعات|أسابيع|أشهر|دقائق|دقيقة)"
_AR_ONE = r"(?:يوم|يومين|يومان|يومَي|يومي|ساعة|ساعتين|ساعتان|أسبوع|أسبوعين|أسبوعان|شهر|شهرين)"
_AR_LEAD = r"(?:خلال|في\s+غضون|في\s+ظرف|في\s+أقل\s+من|قبل|بعد)"
_AR_WEEKDAY = r"(?:الأحد|الاثنين|الإثنين|الثلاثاء|الأربعاء|الخميس|الجمعة|السبت)"

PROMISE = re.compile(
    "|".join(
        (
            # delays
            rf"\b{_LEAD}\s+(?:au\s+plus\s+|at\s+most\s+)?(?:{_RANGE}|une?|an?|one|l[’'])\s*{_UNIT}\b",
            rf"(?<![\w/]){_RANGE}[-\s]*{_UNIT}\b(?!\s*/\s*\d)",
            r"\bsous\s+(?:huitaine|quinzaine)\b",
            r"\b(?:j|h|d)\s*\+\s*\d+\b",
            # days named from today
            r"\b(?:demain|après-demain|ce\s+soir|tomorrow|tonight|overnight)\b",
            r"\b(?:dans|avant\s+la\s+fin\s+de|d[’']ici\s+(?:à\s+)?la\s+fin\s+de|à\s+la\s+fin\s+de)\s+la\s+"
            r"(?:journée|semaine|matinée)\b",
            r"\b(?:avant\s+la\s+)?fin\s+(?:de\s+(?:la\s+)?)?(?:journée|semaine|mois)\b",
            r"\b(?:end\s+of\s+(?:the\s+)?(?:day|week|month)|(?:same|next|this)\s+(?:business\s+)?(?:day|week|month))\b",
            r"\b(?:la\s+semaine|le\s+mois|l[’']année)\s+prochaine?\b",
            rf"\b(?:avant|d[’']ici|dès|jusqu[’']à|by|before|until|on|this|next)\s+{_WEEKDAY}\b|\b{_WEEKDAY}\s+prochain\b",
            # dates
            rf"(?<!\w)[\d{_HOLE}]{{1,2}}(?:er|st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?!\w)",
            rf"\b{_ENGLISH_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?\b",
            r"(?<![\w./-])(?:\d{4}-\d{2}-\d{2}|\d{1,2}[/.]\d{1,2}(?:[/.]\d{2,4})?)(?![\w/-])",
            # the same in Arabic
            rf"{_AR_LEAD}\s+(?:\w+\s+)?(?:{_AR_ONE}|{_AR_UNITS})(?!\w)",
            rf"(?<!\w){_AR_NUMBER}\s*{_AR_UNITS}(?!\w)|(?<!\w)\d+\s*{_AR_ONE}(?!\w)",
            r"(?<!\w)(?:غد[اًا]*|بعد\s+غد|الليلة|هذا\s+المساء)(?!\w)",
            r"(?:الأسبوع|الشهر)\s+(?:المقبل|القادم)|نهاية\s+(?:اليوم|الأسبوع|الشهر)",
            rf"(?:قبل|بحلول|حتى)\s+(?:يوم\s+)?{_AR_WEEKDAY}(?!\w)|يوم\s+{_AR_WEEKDAY}\s+(?:المقبل|القادم)",
        )
    ),
    re.I,
)
"""A date or a delay written by hand. No template may promise one that was not computed. source: CO-22"""

_COMMENT_OR_TAG = re.compile(r"\{%.*?%\}|\{#.*?#\}|<[^<>]*>", re.S)
_EXPRESSION = re.compile(r"\{\{(.*?)\}\}", re.S)
_LITERALS = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'")


def promises_in(source: str) -> Iterator[tuple[int, str]]:
    """Every date or delay promised by hand in a template's text, with the number of line breaks before it.

    Also where it is hidden: in a literal of the code, behind an expression (“{{ n }} days”), around markup or with
    characters that nobody sees.
    """
    text = _seen(source)
    shown = _EXPRESSION.sub(lambda code: _HOLE + _breaks(code[0]), _COMMENT_OR_TAG.sub(_blank, text))
    for match in PROMISE.finditer(shown):
        yield shown.count("\n", 0, match.start()), _told(match[0])
    for code in re.finditer(r"\{[{%].*?[%}]\}", text, re.S):
        for literal in _LITERALS.finditer(code[0]):
            found = PROMISE.search(literal[1] or literal[2] or "")
            if found:
                yield text.count("\n", 0, code.start() + literal.start()), _told(found[0])


def _seen(source: str) -> str:
    """The text as a reader sees it: one form of each letter and digit, nothing invisible."""
    plain = unicodedata.normalize("NFKC", source)
    # Vowel signs and the stretching of letters would hide an Arabic word.
    plain = re.sub(r"[\u064b-\u0652\u0640]", "", plain)
    return "".join(c for c in plain if c in "\n\t" or unicodedata.category(c) != "Cf")


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0]) if match[0].startswith("{") else _breaks(match[0])


def _breaks(text: str) -> str:
    return "\n" * text.count("\n")


def _told(words: str) -> str:
    return " ".join(words.replace(_HOLE, "…").split())
