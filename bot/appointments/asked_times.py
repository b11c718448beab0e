"""Days and hours as people ask for them: "mardi après-midi", «غدوة الصباح», "next Tuesday at 3pm", "lkhmis m3a 10h"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta

_WEEKDAYS: tuple[tuple[str, ...], ...] = (
    ("lundi", "lundis", "monday", "اثنين", "لاثنين", "لثنين", "tnin", "letnin", "ltnin", "tnine"),
    ("mardi", "mardis", "tuesday", "tue", "ثلاثاء", "ثلاثا", "تلات", "تلاتا", "tlata", "tleta", "ttlata"),
    ("mercredi", "mercredis", "wednesday", "wed", "اربعاء", "اربعا", "لاربعا", "larb3a", "larba3", "arb3a"),
    ("jeudi", "jeudis", "thursday", "thu", "خميس", "لخميس", "khmis", "lkhmis", "elkhmis"),
    ("vendredi", "vendredis", "friday", "fri", "جمعه", "لجمعه", "jem3a", "ljem3a", "ljoum3a", "djem3a"),
    ("samedi", "samedis", "saturday", "سبت", "لسبت", "sebt", "ssebt", "lsebt"),
    ("dimanche", "dimanches", "sunday", "احد", "لاحد", "حد", "لحد", "l7ed", "lhed", "7ed", "el7ed"),
)
_MONTHS: tuple[tuple[str, ...], ...] = (
    ("janvier", "janv", "january", "jan", "جانفي", "يناير"),
    ("fevrier", "fevr", "february", "feb", "فيفري", "فبراير"),
    ("mars", "march", "مارس"),
    ("avril", "april", "apr", "افريل", "ابريل"),
    ("mai", "may", "ماي", "مايو"),
    ("juin", "june", "jun", "جوان", "يونيو"),
    ("juillet", "juil", "july", "jul", "جويليه", "يوليو", "يوليوز"),
    ("aout", "august", "aug", "اوت", "اغسطس", "غشت"),
    ("septembre", "sept", "september", "sep", "سبتمبر", "شتنبر"),
    ("octobre", "oct", "october", "اكتوبر"),
    ("novembre", "nov", "november", "نوفمبر", "نونبر"),
    ("decembre", "dec", "december", "ديسمبر", "دجنبر"),
)
_WEEKDAY = {word: number for number, words in enumerate(_WEEKDAYS) for word in words}
_MONTH = {word: number for number, words in enumerate(_MONTHS, 1) for word in words}


def _any(*words: str) -> str:
    return "(?:" + "|".join(sorted(words, key=len, reverse=True)) + ")"


_AL = "(?:ال|ل|بال|لل|و)?"
_DAY = rf"(?<!\w){_AL}(?P<day>{_any(*_WEEKDAY)})(?!\w)"
_NEXT = r"(?:prochaine?|next|قادمه?|مقبله?|جاي|جايه|jay|jaya|li jay)"
_WEEKDAY_SAID = re.compile(rf"(?P<before>next\s+)?{_DAY}(?P<after>\s+{_AL}{_NEXT}(?!\w))?")
_TODAY = re.compile(
    rf"(?<!\w)(?:aujourd'?hui|ajd|today|{_AL}يوم(?=\W*$|\s+(?:صباح|مساء|بعد))|lyoum|elyoum|lyom)(?!\w)"
)
_AFTER_TOMORROW = re.compile(
    r"apres[- ]demain|day after tomorrow|بعد (?:ال)?غد(?:وه|ا)?(?!\w)|ba3d ghodwa|be3d ghodwa|ba3d ghedda"
)
_TOMORROW = re.compile(
    r"(?<!\w)(?:demain|2main|tomorrow|tmrw|غدا|غد|غدوه|غدوا|غده|ghodwa|ghoudwa|ghedwa|ghedda|ghdda|ghda)(?!\w)"
)
_IN_DAYS = re.compile(
    r"(?<!\w)(?:dans|in|بعد|ba3d|men hna)\s+(\d{1,2})\s*(?:jours?|days?|ايام|يوم|يوما|iyam|ayam|yam)(?!\w)"
)
_NEXT_WEEK = re.compile(
    rf"semaine\s+prochaine|next\s+week|{_AL}(?:اسبوع|سيمانه|سمانه)\s+{_AL}{_NEXT}|simana\s+(?:li\s+)?jaya|semana\s+jaya"
)
_THIS_WEEK = re.compile(r"cette\s+semaine|this\s+week|هذا\s+الاسبوع|هاد\s+السيمانه|had\s+(?:s?simana|semana)")
_ISO = re.compile(r"(?<!\d)(20\d\d)-(\d{1,2})-(\d{1,2})(?!\d)")
_NUMERIC = re.compile(
    r"(?<![\d/.:-])([0-3]?\d)[/.-]([01]?\d)(?:[/.-](20\d\d|\d\d))?(?![\d/.-]*\d|\s*(?:h|%))"
)
_DAY_MONTH = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:er|st|nd|rd|th)?\s+(?:of\s+|de\s+)?({_any(*_MONTH)})(?!\w)(?:\s+(20\d\d))?"
)
_MONTH_DAY = re.compile(
    rf"(?<!\w)({_any(*_MONTH)})\s+(?:the\s+)?(\d{{1,2}})(?:st|nd|rd|th)?(?![\w:])(?:,?\s+(20\d\d))?"
)
_DAY_ALONE = re.compile(
    r"(?<!\w)(?:le|the|on the|يوم|nhar)\s+(\d{1,2})(?:er|st|nd|rd|th)?(?![\w:/.]|\s*(?:h\d*|heures?|am|pm)(?!\w))"
)

_CLOCK = (
    r"(?P<hour{n}>[01]?\d|2[0-4])(?:\s?[h:]\s?(?P<minute{n}>[0-5]\d)|\s?(?:h|heures?|o'?clock|sa3a)(?!\w))?"
    r"\s?(?P<half{n}>am|pm|a\.m\.|p\.m\.|du matin|de l'apres-midi|du soir|{ar})?(?!\w|:\d)"
)
_AR_HALF = "صباحا|مساء|في الصباح|في المساء|نتاع الصباح|sba7|sbah|l3chiya|mor lghda"


def _clock(n: str) -> str:
    return _CLOCK.replace("{n}", n).replace("{ar}", _AR_HALF)


_BETWEEN = re.compile(
    rf"(?<!\w)(?:entre|between|from|de|من|ما\s?بين|bin|men)\s+{_clock('1')}\s*(?:et|and|to|a|-|و|الي|حتي|w|l)\s*{_clock('2')}"
)
_BEFORE = re.compile(rf"(?<!\w)(?:avant|before|قبل|qbel|9bel|kbel)\s+(?:ال)?(?:ساعه\s+)?{_clock('1')}")
_AFTER = re.compile(
    rf"(?<!\w)(?:apres|a partir de|after|from|بعد|من|ابتداء من|ba3d|be3d|men)\s+(?:ال)?(?:ساعه\s+)?{_clock('1')}"
)
_AT = re.compile(
    r"(?<!\w)(?:(?:a|at|to|for|pour|vers|around|علي|في|مع|m3a|3la|ساعه|الساعه|للساعه|saa|s3a|sa3a|fi)\s+(?:الساعه\s+)?"
    + _clock("1")
    + r")"
)
_BARE = re.compile(
    r"(?<![\w/.:-])(?P<hour1>[01]?\d|2[0-4])(?:\s?(?:h|:)\s?(?P<minute1>[0-5]\d)?(?!\w)|(?=\s?(?:heures?|am|pm|a\.m\.|p\.m\.|o'?clock|صباحا|مساء)(?!\w)))"
    rf"(?:\s?(?:heures?|o'?clock))?\s?(?P<half1>am|pm|a\.m\.|p\.m\.|du matin|de l'apres-midi|du soir|{_AR_HALF})?"
)
_PARTS: tuple[tuple[re.Pattern[str], time | None, time | None], ...] = (
    (
        re.compile(rf"apres[- ]?midi|aprem(?!\w)|afternoon|بعد\s+الظهر|{_AL}عشيه|{_AL}مساء|3chiya|3chia|lghda|l3chi"),
        time(12), time(18, 30),
    ),
    (re.compile(r"(?<!\w)(?:soiree|soir|evening|tonight|في الليل|بالليل|lil|felil)(?!\w)"), time(17), None),
    (re.compile(rf"(?<!\w)(?:matinee|matin|morning|{_AL}صباح|صباحا|sba7|ssba7|sbah|ssbah|sbe7)(?!\w)"), None, time(12)),
    (re.compile(r"(?<!\w)(?:midi|noon|lunch|منتصف النهار|{_AL}ظهر|nos nhar)(?!\w)"), time(11, 30), time(14)),
)  # fmt: skip
_LATE_HALF = frozenset(
    ("pm", "p.m.", "de l'apres-midi", "du soir", "مساء", "في المساء", "l3chiya", "mor lghda")
)
_EARLY_HALF = frozenset(("am", "a.m.", "du matin", "صباحا", "في الصباح", "نتاع الصباح", "sba7", "sbah"))
EARLIEST_GUESS = 7
"""A bare "at 3" is the afternoon's: nobody is met at three in the morning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a text says of when; all of it by the contact's own clock."""

    days: tuple[date, ...] = ()
    from_time: time | None = None
    to_time: time | None = None
    at: time | None = None

    @property
    def says_something(self) -> bool:
        return bool(self.days or self.from_time or self.to_time or self.at)


def read_times(folded: str, *, today: date, week_begins: int) -> Asked:
    """Days and hours in a folded text. `week_begins`: 0 for Monday … 6 for Sunday."""
    days = tuple(sorted(dict.fromkeys(_days(folded, today, week_begins))))
    rest = _without_dates(folded)
    if found := _BETWEEN.search(rest):
        first, last = _time_of(found, "1"), _time_of(found, "2")
        if first is not None and last is not None and first < last:
            return Asked(days=days, from_time=first, to_time=last)
    before, after = _BEFORE.search(rest), _AFTER.search(rest)
    if before or after:
        return Asked(
            days=days,
            from_time=_time_of(after, "1") if after else None,
            to_time=_time_of(before, "1") if before else None,
        )
    found = _AT.search(rest) or _BARE.search(rest)
    at = _time_of(found, "1") if found else None
    if at is not None:
        return Asked(days=days, at=_in_part(at, rest, found))
    for pattern, begins, ends in _PARTS:
        if pattern.search(rest):
            return Asked(days=days, from_time=begins, to_time=ends)
    return Asked(days=days)


def _in_part(at: time, text: str, found: re.Match[str] | None) -> time:
    """ "mardi après-midi à 3h" is 15:00."""
    afternoon = any(pattern.search(text) and begins is not None for pattern, begins, _ in _PARTS)
    said = found is not None and found.groupdict().get("half1")
    return time(at.hour + 12, at.minute) if afternoon and not said and at.hour < 12 else at


def _time_of(found: re.Match[str], number: str) -> time | None:
    groups = found.groupdict()
    hour = int(groups[f"hour{number}"])
    minute = int(groups.get(f"minute{number}") or 0)
    half = (groups.get(f"half{number}") or "").strip()
    if half in _LATE_HALF and hour < 12:
        hour += 12
    elif half in _EARLY_HALF and hour == 12:
        hour = 0
    elif not half and 0 < hour < EARLIEST_GUESS:
        hour += 12
    return time(hour, minute) if hour < 24 else None


def _without_dates(folded: str) -> str:
    for pattern in (_ISO, _NUMERIC, _DAY_MONTH, _MONTH_DAY, _DAY_ALONE, _IN_DAYS, _AFTER_TOMORROW):
        folded = pattern.sub(" ", folded)
    return folded


def _days(text: str, today: date, week_begins: int) -> Iterator[date]:
    one = timedelta(days=1)
    yield from _dates(text, today)
    if _AFTER_TOMORROW.search(text):
        yield today + 2 * one
        text = _AFTER_TOMORROW.sub(" ", text)
    if _TOMORROW.search(text):
        yield today + one
    if _TODAY.search(text):
        yield today
    for found in _IN_DAYS.finditer(text):
        yield today + int(found[1]) * one
    weekdays = list(_weekdays(text, today))
    passed = (today.weekday() - week_begins) % 7
    first, last = today, today + 28 * one
    if _NEXT_WEEK.search(text):
        first = today + (7 - passed) * one
        last = first + 6 * one
    elif _THIS_WEEK.search(text):
        last = today + (6 - passed) * one
    else:
        yield from weekdays
        return
    named = {day.weekday() for day in weekdays}
    whole = [first + number * one for number in range((last - first).days + 1)]
    yield from (day for day in whole if not named or day.weekday() in named)


def _weekdays(text: str, today: date) -> Iterator[date]:
    for found in _WEEKDAY_SAID.finditer(text):
        ahead = (_WEEKDAY[found["day"]] - today.weekday()) % 7
        if ahead == 0 and (found["before"] or found["after"]):
            ahead = 7
        yield today + timedelta(days=ahead)
        if ahead == 0:  # said on that very day: today, or a week from now
            yield today + timedelta(days=7)


def _dates(text: str, today: date) -> Iterator[date]:
    for found in _ISO.finditer(text):
        yield from _date(int(found[1]), int(found[2]), int(found[3]))
    for found in _NUMERIC.finditer(text):
        yield from _coming(int(found[1]), int(found[2]), found[3], today)
    for found in _DAY_MONTH.finditer(text):
        yield from _coming(int(found[1]), _MONTH[found[2]], found[3], today)
    if not _DAY_MONTH.search(text):
        for found in _MONTH_DAY.finditer(text):
            yield from _coming(int(found[2]), _MONTH[found[1]], found[3], today)
    for found in _DAY_ALONE.finditer(_DAY_MONTH.sub(" ", text)):
        number = int(found[1])
        for ahead in range(2):
            month = today.month - 1 + ahead
            day = list(_date(today.year + month // 12, month % 12 + 1, number))
            if day and day[0] >= today:
                yield day[0]
                break


def _coming(day: int, month: int, year: str | None, today: date) -> Iterator[date]:
    """A day without a year is the next one of that name."""
    if year:
        yield from _date(int(year) + (2000 if len(year) == 2 else 0), month, day)
        return
    this_year = list(_date(today.year, month, day))
    yield from this_year if this_year and this_year[0] >= today else _date(today.year + 1, month, day)


def _date(year: int, month: int, day: int) -> Iterator[date]:
    try:
        yield date(year, month, day)
    except ValueError:
        return
