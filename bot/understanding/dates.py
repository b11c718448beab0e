"""Dates, days and durations as people write them: "depuis mardi", «منذ أسبوع», "3 days ago", "lbare7", "le 12/03"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_UNIT = (
    r"(?:jours?|j(?=\b)|nuits?|semaines?|mois|heures?|minutes?|ans?|ann[ée]es?|week-?ends?|days?|nights?|weeks?|months?|hours?|hrs?|"
    r"years?|yrs?|minutes?|"
    r"أيام|ايام|يوم(?:ين)?|يومان|أسبوع(?:ين|ان)?|اسبوع(?:ين|ان)?|أسابيع|اسابيع|سيمان(?:ة|ه|ات|تين)|شهر(?:ين|ان)?|أشهر|اشهر|شهور|"
    r"ساعات?|ساعة|ساعتين|ليلة|ليلتين|ليالي?|عام(?:ين)?|سنة|سنتين|سنوات|أعوام|"
    r"yam|ayam|iyam|youm|youmin|yumin|nhar|nharat|simana|simanat|simantin|semana|semanat|chhar|chahr|chher|chhour|chehrin|chahrin|"
    r"sa3a|sa3at|sa3tin|3am|3amin|lila|lyali)"
)
_COUNT = (
    r"(?:\d{1,3}|une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|douze|quinze|vingt|trente|plusieurs|quelques|one|two|three|"
    r"four|five|six|seven|eight|nine|ten|twelve|a\s+few|a\s+couple\s+of|a|an|several|many|"
    r"zouj|jouj|tlata|tlat|telt|reb3a|rab3|khamsa|khems|setta|set(?!\s+ans?\b)|sab3a|seb3|tmenya|3achra|3echr|bezaf|ch7al\s+mn|"
    r"زوج|جوج|ثلاثة|ثلاث|تلت|أربعة|أربع|اربع|خمسة|خمس|ستة|ست|سبعة|سبع|ثمانية|عشرة|عشر|عدة|بضعة|شحال\s+من)"
)
_DAY = (
    r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|monday|tuesday|wednesday|thursday|friday|saturday|sunday|"
    r"(?:يوم\s+|نهار\s+)?(?:الإثنين|الاثنين|الثلاثاء|الأربعاء|الاربعاء|الخميس|الجمعة|السبت|الأحد|الاحد|لحد|الحد|التلات|لخميس|الجمعه|السبت|لثنين)|"
    r"(?:nhar\s+)(?:l?7ed|l?had|l?tnin|letnin|tlata|larb3a|lkhmis|khmis|jem3a|l?jem3a|ljoum3a|sebt|lsebt|ssebt)|tnin|larb3a|lkhmis|khmis|jem3a|ljoum3a|sebt)"
)
_MONTH = (
    r"(?:janvier|janv|f[ée]vrier|f[ée]v|mars|avril|mai|juin|juillet|ao[ûu]t|septembre|sept|octobre|oct|novembre|nov|d[ée]cembre|d[ée]c|"
    r"january|february|march|mar\b|april|may|june|july|august|september|october|november|december|jan|feb|apr|jun|jul|aug|sep|"
    r"جانفي|فيفري|مارس|أفريل|افريل|ماي|جوان|جويلية|أوت|اوت|سبتمبر|أكتوبر|اكتوبر|نوفمبر|ديسمبر|يناير|فبراير|أبريل|ابريل|مايو|يونيو|"
    r"يوليو|يوليوز|أغسطس|غشت|شتنبر|نونبر|دجنبر)"
)
_DATE = (
    r"(?:\d{4}-\d{1,2}-\d{1,2}|(?<![\d.,$€£])(?!24/7)(?:[0-3]?\d[/-][0-3]?\d(?:[/-]\d{2,4})?"
    r"|[0-3]?\d\.[01]?\d\.(?:\d{4}|\d{2})|[0-3]?\d\.(?:0[1-9]|1[0-2]))"
    r"(?![\d%]|[.,]\d|\s?(?:€|\$|£|d[ah]\b|dzd|dinar|dirham|eur|dollar|pound|kg|km|دج|دينار|درهم))"
    rf"|\d{{1,2}}(?:er|st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?![^\W\d_])(?:\s+\d{{4}})?"
    rf"|{_MONTH}(?![^\W\d_])\s+(?:(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?|20\d\d)(?!\d))"
)
_PAST = (
    r"(?:avant[- ]hier|hier(?:\s+(?:matin|soir|midi))?|ce\s+matin|ce\s+soir|cet\s+apr[èe]s-midi|aujourd'hui|auj|"
    r"la\s+semaine\s+(?:derni[èe]re|pass[ée]e)|cette\s+(?:semaine|nuit|ann[ée]e)|ce\s+(?:mois|week-?end)|"
    r"le\s+week-?end\s+(?:dernier|pass[ée])|l'ann[ée]e\s+derni[èe]re|"
    r"le\s+mois\s+(?:dernier|pass[ée])|yesterday(?:\s+(?:morning|evening))?|this\s+(?:morning|afternoon|evening|week|weekend|month|year)|today|tonight|"
    r"last\s+(?:weekend|week|month|night|year)|"
    r"the\s+day\s+before\s+yesterday|أمس|امس|البارحة|البارح|لبارحة|لبارح|أول\s+أمس|اليوم|هذا\s+الصباح|الأسبوع\s+الماضي|الاسبوع\s+الماضي|"
    r"الشهر\s+الماضي|الصباح|السيمانة\s+(?:لي\s+فاتت|اللي\s+فاتت)|[lL]?bare[h7]|elbare[h7]|lbera7|l?youm|elyoum|"
    r"s?sba[h7]|simana\s+li\s+fatet|chhar\s+li\s+fat|wel\s+lbare[h7])"
)
_FUTURE = (
    r"(?:(?:demain|apr[èe]s-demain|tomorrow|غدا|غدوة|ghodwa|ghedwa|ghdda)"
    r"(?:\s+(?:matin|soir|morning|evening|night|sba7|sbah|صباحا|مساء))?"
    r"|next\s+(?:week|month|year|weekend)|(?:la\s+semaine|l'ann[ée]e)\s+prochaine|le\s+mois\s+prochain"
    r"|(?:الأسبوع|الاسبوع|الشهر)\s+(?:القادم|المقبل|الجاي)|simana\s+(?:li\s+)?jaya"
    r"|(?:end\s+of|by\s+the\s+end\s+of)\s+(?:the\s+|this\s+)?(?:day|week|month|year)"
    r"|fin\s+(?:de\s+(?:la\s+)?|du\s+)?(?:semaine|mois|l'ann[ée]e))"
)
_BEFORE = (
    r"(?:depuis|dps|dp|à\s+partir\s+d[eu]|apr[èe]s|pendant|since|for|from|over|منذ|من|مند|mn|men|ml|mel|hadi|had|هادي|هاذي|هذي|هذا|"
    r"عندها|عندي|عندو|3andha|3ndha|3andi|3ndi|3ando|ba3d|ba3ed)"
)
_ABOUT = (
    r"(?:le\s+|la\s+|l'|the\s+|el\s+|environ\s+|about\s+|around\s+|almost\s+|presque\s+|plus\s+d[e']\s*|more\s+than\s+|over\s+|"
    r"bient[ôo]t\s+|at\s+least\s+|حوالي\s+|أكثر\s+من\s+|اكثر\s+من\s+|kter\s+mn\s+)?"
)
_LATER = r"(?:\s+(?:dernier|pass[ée]|الماضي|الفائت|li\s+fat|لي\s+فات))"
_BESIDE = rf"(?:{_LATER}|\s+(?:prochain|matin|soir|morning|afternoon|evening|القادم|المقبل|الجاي|li\s+jay|لي\s+جاي))"
_FEW = (
    rf"(?:half\s+an?|une\s+demi-?|نصف|(?!an?\s+{_UNIT}){_COUNT})"  # "a month" alone says how often, not when
)
_SINCE = re.compile(
    rf"(?<!\w)(?:"
    rf"{_BEFORE}\s+{_ABOUT}"
    rf"(?:{_PAST}|{_COUNT}\s*{_UNIT}|(?!ans?\b){_UNIT}(?!\s*\d)|{_DATE}|{_DAY}{_LATER}?|{_MONTH}(?!\w))"
    rf"|[çc]a\s+fait\s+{_ABOUT}{_COUNT}\s+{_UNIT}"
    rf"|il\s+y\s+a\s+{_ABOUT}{_COUNT}\s+{_UNIT}"
    rf"|{_COUNT}\s+{_UNIT}\s+ago|a\s+{_UNIT}\s+ago"
    rf"|قبل\s+(?:{_COUNT}\s+)?{_UNIT}"
    rf"|{_PAST}|{_DAY}{_LATER}|last\s+{_DAY}|(?:le|du|on|the|يوم)\s+{_DATE}|on\s+{_DAY}"
    rf")(?!\w)"
)
_ANY = re.compile(
    rf"(?<![\w/.:-])(?:{_DATE}|(?:le\s+|on\s+|by\s+|next\s+|this\s+|nhar\s+)?{_DAY}{_BESIDE}?|{_FUTURE}|{_FEW}\s*{_UNIT}"
    rf"|(?<=been\s)an?\s+{_UNIT}|an?\s+{_UNIT}(?=\s+(?:since|late|already))"
    r"|(?:on|from|to|till|until|between|and|by|for)\s+(?:the\s+)?\d{1,2}(?:st|nd|rd|th)"
    r"(?!\s+(?!(?:of|to|till|until|at|and|for|how|please|under)\b)[^\W\d_])"
    rf"|(?:en|fin|d[ée]but|mi|in|by|late|early|end\s+of|في|شهر)[\s-]+{_MONTH})(?![\w/])"
)
_CORE = re.compile(
    rf"(?:(?<![^\W\d_])|{_COUNT})(?:{_UNIT}|{_DAY}|{_MONTH}|{_FUTURE}|hier|matin|soir|midi|aujourd|auj|yesterday|"
    rf"morning|afternoon|today|tonight|أمس|امس|البارحة|البارح|لبارحة|لبارح|اليوم|الصباح|الأسبوع|الاسبوع|الشهر|السيمانة|l?bare[h7]|elbare[h7]|"
    rf"lbera7|l?youm|elyoum|s?sba[h7]|(?<!\d)\d{{1,4}}[/.-]\d{{1,2}}|\d{{1,2}}(?:st|nd|rd|th))(?![^\W\d_])"
)
"""What every date has in it. Most messages have none, and looking for whole dates is dear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """When something happened or shall happen, in the customer's words."""

    all: tuple[str, ...] = ()  # every date, day and duration, in the order of the text
    since: str = ""  # since when something is so, or when it happened


NO_DATES = Dates()


def read_dates(cleaned: str) -> Dates:
    """The dates of a text."""
    lowered = cleaned.lower()
    if not any(map(_dated, lowered.split())):
        return NO_DATES
    if len(lowered) != len(cleaned):  # a few letters grow when they are lowered
        lowered = cleaned
    said = [match.span() for match in _SINCE.finditer(lowered)]
    spans = list(said)
    for match in _ANY.finditer(lowered):
        start, end = match.span()
        touched = [span for span in spans if start < span[1] and span[0] < end]
        if all(start <= span[0] and span[1] <= end for span in touched):  # the longer one says more
            spans = [*(span for span in spans if span not in touched), (start, end)]
    since = next((cleaned[slice(*span)].strip() for span in said if span in spans), "")
    return Dates(all=tuple(cleaned[start:end].strip() for start, end in sorted(spans)), since=since)


@lru_cache(maxsize=20_000)
def _dated(word: str) -> bool:
    """Whether a word as written may be the heart of a date."""
    return _CORE.search(word) is not None
