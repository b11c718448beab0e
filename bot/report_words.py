"""Figures as words of a language: lengths of time, shares, amounts, and "n/a" where nothing can be said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal

from bot.complaints.wording import MONTHS
from bot.templating.formats import locale_for

NOT_KNOWN: Mapping[str, str] = {"fr": "n/d", "en": "n/a", "ar": "غ/م"}
_UNITS: Mapping[str, tuple[str, str, str, str]] = {  # seconds, minutes, hours, days
    "fr": ("s", "min", "h", "j"),
    "en": ("s", "min", "h", "d"),
    "ar": ("ثا", "د", "سا", "ي"),
}
_CHANNELS: Mapping[str, Mapping[str, str]] = {
    "email": {"fr": "e-mail", "en": "e-mail", "ar": "البريد الإلكتروني"},
    "sms": {"fr": "SMS", "en": "SMS", "ar": "الرسائل القصيرة"},
    "whatsapp": {"fr": "WhatsApp", "en": "WhatsApp", "ar": "واتساب"},
    "telegram": {"fr": "Telegram", "en": "Telegram", "ar": "تيليغرام"},
    "webchat": {"fr": "chat du site", "en": "web chat", "ar": "محادثة الموقع"},
    "phone": {"fr": "téléphone", "en": "telephone", "ar": "الهاتف"},
    "letter": {"fr": "courrier", "en": "letter", "ar": "رسالة بريدية"},
    "counter": {"fr": "guichet", "en": "counter", "ar": "الشباك"},
    "fax": {"fr": "télécopie", "en": "fax", "ar": "الفاكس"},
    "other": {"fr": "autre", "en": "other", "ar": "أخرى"},
}
_NARROW = "\u202f"


class ReportWords:
    """The formats of one language and country."""

    def __init__(self, language: str, *, country: str, timezone: ZoneInfo, currency: str) -> None:
        self.language = language
        self._country = country
        self._zone = timezone
        self.currency = currency
        self._locale = locale_for(language, country)
        self._units = _UNITS[language]
        self._months = MONTHS.get(f"{language}-{country}", MONTHS[language])

    @property
    def not_known(self) -> str:
        return NOT_KNOWN[self.language]

    def number(self, value: Decimal | float | int | None, digits: int = 1) -> str:
        if value is None:
            return self.not_known
        return str(format_decimal(round(Decimal(str(value)), digits).normalize(), locale=self._locale))

    def per_cent(self, value: Decimal | None) -> str:
        """ "92,5 %", "92.5%": never 100 for what is not whole."""
        if value is None:
            return self.not_known
        shown = round(value, 1)
        if shown == 100 and value < 100:
            shown = Decimal("99.9")
        blank = "\u00a0" if self.language == "fr" else ""
        return f"{self.number(shown)}{blank}%"

    def duration(self, seconds: float | None, *, days: bool = True) -> str:
        """ "3,2 s", "12 min", "4 h 05", "3 j 4 h"; without `days` in hours throughout, for opening hours."""
        if seconds is None:
            return self.not_known
        s, m, h, d = self._units
        if seconds < 59.95:
            return f"{self.number(seconds)}{_NARROW}{s}"
        minutes = round(seconds / 60)
        if minutes < 60:
            return f"{minutes}{_NARROW}{m}"
        if days and minutes >= 48 * 60:
            hours = round(minutes / 60)
            return f"{hours // 24}{_NARROW}{d}" + (f" {hours % 24}{_NARROW}{h}" if hours % 24 else "")
        if self.language == "ar" and minutes % 60:  # each number with its unit: read from the right
            return f"{minutes // 60}{_NARROW}{h} و{minutes % 60}{_NARROW}{m}"
        rest = f" {minutes % 60:02d}" if minutes % 60 else ""
        return f"{minutes // 60}{_NARROW}{h}{rest}"

    def amount(self, value: Decimal | None) -> str:
        """Money without its currency: "84 600", "12,5"."""
        if value is None:
            return self.not_known
        return self.number(value, 0 if abs(value) >= 1000 else 2)

    def moment(self, moment: datetime) -> str:
        """ "5 mars 17:00"."""
        local = moment.astimezone(self._zone)
        return f"{self.day(local.date())} {local:%H:%M}"

    def day(self, day: date) -> str:
        """ "5 mars"."""
        return f"{day.day} {self._months[day.month - 1]}"

    def full_day(self, day: date) -> str:
        """ "5 mars 2026"."""
        return f"{self.day(day)} {day.year}"

    def short_day(self, day: date) -> str:
        return f"{day:%d/%m}"

    def code(self, text: str) -> str:
        """What is copied letter by letter, kept from left to right."""
        return f"\u2066{text}\u2069" if self.language == "ar" else text

    def channel(self, kind: str) -> str:
        return _CHANNELS.get(kind, {}).get(self.language, kind)
