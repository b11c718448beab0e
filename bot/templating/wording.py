"""Words that no text of the company may hold, and promises that only the deadline engine may make."""

from __future__ import annotations

import re

BANNED = re.compile(r"\bpérimée?s?\b|\bvous\s+en\s+avez\s+de\s+la\s+chance\b", re.I)
"""Words that blame or frighten. source: LO"""

_NUMBER = (
    r"(?:\d+|an?|une?|deux|trois|quatre|cinq|six|sept|huit|dix|quinze|quelques"
    r"|one|two|three|four|five|seven|ten|a\s+few)"
)
_UNIT = (
    r"(?:jours?|heures?|h|minutes?|semaines?|mois|hours?|weeks?|months?|(?:business\s+|working\s+)?days?)"
    r"(?:\s+(?:ouvrables?|ouvrés?))?"
)
_LEAD = (
    r"(?:sous|dans|dans\s+les|dans\s+un\s+délai\s+de|en\s+moins\s+de|d[’']ici"
    r"|within|in|in\s+the\s+next|in\s+less\s+than)"
)
_MONTH = (
    r"(?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
    r"|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|جانفي|فيفري|مارس|أفريل|ماي|جوان|جويلية|أوت|سبتمبر|أكتوبر|نوفمبر|ديسمبر"
    r"|يناير|فبراير|أبريل|مايو|يونيو|يوليوز?|أغسطس|غشت|شتنبر|نونبر|دجنبر)"
)
_ARABIC_UNIT = r"(?:يوم|يومين|أيام|ساعة|ساعات|ساعتين|أسبوع|أسبوعين|أسابيع|شهر)"

PROMISE = re.compile(
    rf"\b{_LEAD}\s+{_NUMBER}\s*{_UNIT}\b|\b\d+\s*{_UNIT}\b"
    rf"|\b\d{{1,2}}(?:er)?\s+{_MONTH}\b|\b\d{{4}}-\d{{2}}-\d{{2}}\b|\b\d{{1,2}}/\d{{1,2}}(?:/\d{{2,4}})?\b"
    rf"|\b(?:demain|tomorrow)\b|\bغد[اًا]+\b"
    rf"|(?:خلال|في\s+غضون|في\s+ظرف)\s+(?:\w+\s+)?{_ARABIC_UNIT}\b|\b\d+\s+{_ARABIC_UNIT}\b",
    re.I,
)
"""A date or a delay written by hand. No template may promise one that was not computed. source: CO-22"""
