"""Dates, times, numbers and names of desks, in a template's language and the company's timezone.

Names of days and months and the forms of numbers come from Babel's CLDR data. Arabic is written with Latin
digits and the month names of the company's country (جانفي in Algeria and Tunisia, يناير and غشت in Morocco).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton
from babel.numbers import format_currency, format_decimal

_JOINS = {"fr": " à ", "en": " at ", "ar": " على الساعة "}
_ENGLISH_DAY_FIRST = "GB"  # CLDR has no English for the Maghreb; elsewhere en means the American form

DESKS: Mapping[str, Mapping[str, str]] = {
    "sales": {"fr": "commerciale", "en": "sales", "ar": "المبيعات"},
    "logistics": {"fr": "logistique", "en": "logistics", "ar": "النقل والتوصيل"},
    "accounting": {"fr": "comptabilité", "en": "accounting", "ar": "المحاسبة"},
    "technical": {"fr": "technique", "en": "technical", "ar": "الدعم التقني"},
    "complaints": {"fr": "réclamations", "en": "complaints", "ar": "الشكاوى"},
    "marketing": {"fr": "marketing", "en": "marketing", "ar": "التسويق"},
    "after_sales": {"fr": "après-vente", "en": "after-sales", "ar": "خدمة ما بعد البيع"},
}
"""Names of desks that the configuration leaves unnamed."""

_BODIES: Mapping[str, frozenset[str]] = {
    "fr": frozenset(
        ["service", "équipe", "département", "pôle", "cellule", "direction", "bureau", "atelier", "centre"]
    ),
    "en": frozenset(["desk", "team", "department", "service", "office", "unit", "centre", "center"]),
    "ar": frozenset(["مصلحة", "فريق", "قسم", "خدمة", "إدارة", "مكتب", "خلية", "مديرية"]),
}
"""Words that make a name a noun of its own: «Service réclamations» needs no «équipe» before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyFacts:
    """What templates need to know of the company."""

    name: str
    language: str = "fr"  # the main one, spoken when a template lacks the asked one
    languages: tuple[str, ...] = ("fr", "ar", "en")
    timezone: str = "Africa/Algiers"
    country: str = "DZ"
    currency: str = "DZD"
    desks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # desk -> language -> name


def locale_for(language: str, country: str) -> Locale:
    """The nearest CLDR locale: the country's own form of the language, else the language."""
    wanted = [f"{language}_{country}"]
    if language == "en":
        wanted.append(f"en_{_ENGLISH_DAY_FIRST}")
    for name in [*wanted, language, "en"]:
        try:
            return Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
    raise AssertionError("Babel knows English")


class Formats:
    """The filters of one language. Babel is asked for names once, here: its formatters are slow."""

    def __init__(self, language: str, company: CompanyFacts) -> None:
        self.language = language
        self._company = company
        self._locale = locale_for(language, company.country)
        self._zone = ZoneInfo(company.timezone)
        days, months = self._locale.days["format"]["wide"], self._locale.months["format"]["wide"]
        self._days = tuple(str(days[at]) for at in range(7))
        self._months = tuple(str(months[at]) for at in range(1, 13))
        self._join = _JOINS.get(language, ", ")

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "date": self.date,
            "full_date": self.full_date,
            "time": self.time,
            "datetime": self.datetime,
            "number": self.number,
            "money": self.money,
            "team": self.team,
            "ltr": self.ltr,
            "isolate": self.isolate,
        }

    def date(self, value: dt.date | None) -> str:
        """“jeudi 5 mars”."""
        if value is None:
            return ""
        day = self._local(value)
        if self.language not in _JOINS:
            return str(format_skeleton("MMMEd", day, locale=self._locale))
        number = "1er" if self.language == "fr" and day.day == 1 else str(day.day)
        return f"{self._days[day.weekday()]} {number} {self._months[day.month - 1]}"

    def full_date(self, value: dt.date | None) -> str:
        """“jeudi 5 mars 2026”, for what is kept longer than a season."""
        return "" if value is None else f"{self.date(value)} {self._local(value).year}"

    def time(self, value: dt.date | None) -> str:
        """“18:00”."""
        if value is None:
            return ""
        moment = self._local(value)
        if not isinstance(moment, dt.datetime):
            raise ValueError("a day without a time has no hour to show")
        return f"{moment.hour:02d}:{moment.minute:02d}"

    def datetime(self, value: dt.datetime | None) -> str:
        """“jeudi 5 mars à 18:00”."""
        return "" if value is None else f"{self.date(value)}{self._join}{self.time(value)}"

    def number(self, value: float | Decimal) -> str:
        return str(format_decimal(value, locale=self._locale))

    def money(self, value: float | Decimal, currency: str = "") -> str:
        """An amount in the company's currency, or the one named; whole amounts without decimals."""
        pattern = self._locale.currency_formats["standard"].pattern.replace("¤#", "¤\u00a0#")
        if value == int(value):
            pattern = pattern.replace(".00", "")
        return str(
            format_currency(
                value,
                currency or self._company.currency,
                pattern,
                locale=self._locale,
                currency_digits=False,
            )
        )

    def team(self, desk: str) -> str:
        """A desk as it follows «notre», “our” or «من»: «équipe réclamations», «service réclamations»,
        “complaints desk”, «مصلحة الشكاوى». An unknown one is taken for a name already.
        """
        names = self._company.desks.get(desk) or DESKS.get(desk) or {}
        name = names.get(self.language) or names.get(self._company.language) or desk
        return _team(name.strip(), self.language)

    def ltr(self, value: object) -> str:
        """Keep a reference, a number or an address in one piece, left to right, within Arabic text."""
        return f"\u2066{value}\u2069" if value and self.language == "ar" else str(value or "")

    def isolate(self, value: object) -> str:
        """Keep a name or a quotation of unknown direction from turning the Arabic text around it."""
        return f"\u2068{value}\u2069" if value and self.language == "ar" else str(value or "")

    def in_words(self, value: object) -> str:
        """Any variable as one line of text."""
        if isinstance(value, dt.datetime):
            return self.datetime(value)
        if isinstance(value, dt.date):
            return self.date(value)
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return self.number(value)
        if isinstance(value, list | tuple):
            return ", ".join(self.in_words(item) for item in value)
        return " ".join(str("" if value is None else value).split())

    def _local(self, value: dt.date) -> dt.date:
        if not isinstance(value, dt.datetime):
            return value
        if value.tzinfo is None:
            raise ValueError("a time without a timezone can't be shown")
        return value.astimezone(self._zone)


def _team(name: str, language: str) -> str:
    """The name as a noun: as it is where it says what it is, else «équipe …»."""
    words = name.split()
    telling = words[-1:] if language == "en" else words[:1]
    if telling and telling[0].lower() in _BODIES.get(language, ()):
        return name if name[:2].isupper() else name[:1].lower() + name[1:]
    if language == "en":
        return f"{name} team".strip()
    if language == "ar":
        return f"فريق {name}" if name else "فريقنا"
    return f"équipe {name}".strip() if language == "fr" else name
