"""Dates as files have them: day first, ISO, month names in three languages, Excel's day numbers, no year."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final, Literal

from bot.contacts_data.cells import Cell, folded, plain, text_of
from bot.contacts_data.unreadable import Unreadable

Order = Literal["dmy", "mdy"]

_EXCEL_ZERO: Final = date(1899, 12, 30)  # day 60 is Excel's 29 February 1900, which never was; later days fit
_FIRST_SERIAL, _LAST_SERIAL = 3_654, 80_000  # 1910 to 2119: what is smaller is a year or a count
_FIRST_YEAR, _LAST_YEAR = 1900, 2150
_FUTURE_YEARS: Final = 20  # a year of two digits is at most so far ahead
_LEAP: Final = 2000
_MONTHS: Final = {
    folded(name): number
    for number, names in enumerate(
        (
            "janvier janv jan january جانفي يناير كانون_الثاني",
            "février févr fév february feb فيفري فبراير شباط",
            "mars march mar مارس آذار",
            "avril avr april apr أفريل أبريل نيسان",
            "mai may ماي مايو أيار",
            "juin june jun جوان يونيو حزيران",
            "juillet juil july jul جويلية يوليو يوليوز تموز",
            "août aout august aug أوت أغسطس غشت آب",
            "septembre sept sep september سبتمبر شتنبر أيلول",
            "octobre oct october أكتوبر تشرين_الأول",
            "novembre nov november نوفمبر نونبر تشرين_الثاني",
            "décembre déc dec december ديسمبر دجنبر كانون_الأول",
        ),
        1,
    )
    for name in names.split()
}
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_PARTS = re.compile(r"(\d{1,2})\s*[-/.\s]\s*(\d{1,2})\s*[-/.\s]\s*(\d{4}|\d{2})")
_SHORT = re.compile(r"(\d{1,2})\s*[-/.\s]\s*(\d{1,2})")
_DASHED = re.compile(r"--(\d{2})-?(\d{2})")
_WORDS = re.compile(
    r"(\d{1,2})(?:er|st|nd|rd|th)?[\s./-]+([^\W\d]+(?: [^\W\d]+)?)\.?(?:[\s,./-]+(\d{4}|\d{2}))?"
)
_MONTH_FIRST = re.compile(r"([^\W\d]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?:\s*,?\s+(\d{4}))?")
_CLOCK = re.compile(
    r"[T\s,]+(?:à |at )?([01]?\d|2[0-3])\s*[:hH]\s*([0-5]\d)?(?::([0-5]\d)(?:[.,]\d+)?)?\s*(?:Z|[+-]00:?00)?$"
)


def read_date(cell: Cell, *, today: date, order: Order = "dmy", past: bool = False) -> date:
    """The day. `past`: a year of two digits lies behind us. Raises `Unreadable`: bad_date, date_order."""
    day = _day(cell, today, order, past=past)
    if day[0] is None:
        raise Unreadable("bad_date", value=text_of(cell))
    return _made(cell, *day)  # type: ignore[arg-type]


def read_birthday(cell: Cell, *, today: date, order: Order = "dmy") -> tuple[date | None, str]:
    """Day of birth where the year is known, and "MM-DD". Raises `Unreadable`: bad_date, date_order."""
    year, month, day = _day(cell, today, order, past=True)
    whole = _made(cell, _LEAP if year is None else year, month, day)
    if year is not None and not today.year - 130 <= year:
        raise Unreadable("bad_date", value=text_of(cell))
    if year is not None and whole > today:
        raise Unreadable("date_ahead", value=text_of(cell))
    return None if year is None else whole, f"{month:02d}-{day:02d}"


def read_moment(cell: Cell, *, zone: tzinfo, today: date, order: Order = "dmy") -> datetime:
    """An instant; a day alone is its noon. Raises `Unreadable`: bad_date, date_order."""
    if isinstance(cell, datetime):
        at = cell if cell.time() != time() else cell.replace(hour=12)
        return at if at.tzinfo else at.replace(tzinfo=zone)
    text = plain(text_of(cell))
    clock = _CLOCK.search(text)
    day = read_date(text[: clock.start()] if clock else cell, today=today, order=order)
    hour = (int(clock[1]), int(clock[2] or 0), int(clock[3] or 0)) if clock else (12, 0, 0)
    return datetime.combine(day, time(*hour), tzinfo=zone)


def _day(cell: Cell, today: date, order: Order, *, past: bool) -> tuple[int | None, int, int]:
    """Year (None where there is none), month, day; not checked yet."""
    if isinstance(cell, datetime | date):
        return cell.year, cell.month, cell.day
    text = _CLOCK.sub("", plain(text_of(cell)).strip(" .,'"))
    if re.fullmatch(r"\d{4,5}(?:\.\d+)?", text) and _FIRST_SERIAL <= float(text) <= _LAST_SERIAL:
        counted = _EXCEL_ZERO + timedelta(days=int(float(text)))
        return counted.year, counted.month, counted.day
    if found := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _PARTS.fullmatch(text):
        return _year(found[3], today, past=past), *_in_order(cell, int(found[1]), int(found[2]), order)
    if found := _SHORT.fullmatch(text):
        return None, *_in_order(cell, int(found[1]), int(found[2]), order)
    if found := _DASHED.fullmatch(text):
        return None, int(found[1]), int(found[2])
    return _in_words(cell, text, today, past=past)


def _in_words(cell: Cell, text: str, today: date, *, past: bool) -> tuple[int | None, int, int]:
    day, name, year = "", "", None
    if found := _WORDS.fullmatch(text):
        day, name, year = found[1], found[2], found[3]
    elif found := _MONTH_FIRST.fullmatch(text):
        day, name, year = found[2], found[1], found[3]
    month = _MONTHS.get(folded(name)) or _MONTHS.get(folded(name).replace(" ", "_"))
    if month is None:
        raise Unreadable("bad_date", value=text_of(cell))
    return None if year is None else _year(year, today, past=past), month, int(day)


def _in_order(cell: Cell, first: int, second: int, order: Order) -> tuple[int, int]:
    """Month and day. One that fits the other order only is no guess of ours."""
    day, month = (first, second) if order == "dmy" else (second, first)
    if month > 12 >= day >= 1 and month <= 31:
        raise Unreadable("date_order", value=text_of(cell))
    return month, day


def _year(digits: str, today: date, *, past: bool) -> int:
    if len(digits) == 4:
        return int(digits)
    year = today.year - today.year % 100 + int(digits)
    latest = today.year if past else today.year + _FUTURE_YEARS
    return year - 100 if year > latest else year


def _made(cell: Cell, year: int, month: int, day: int) -> date:
    try:
        made = date(year, month, day)
    except ValueError:
        raise Unreadable("bad_date", value=text_of(cell)) from None
    if not _FIRST_YEAR <= made.year <= _LAST_YEAR:
        raise Unreadable("bad_date", value=text_of(cell))
    return made
