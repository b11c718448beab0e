"""What codes of contacts are called, in the words of whoever looks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from babel.dates import format_date

from bot.console.visit import Visit

ICONS: Final[Mapping[str, str]] = {
    "email": "mail",
    "sms": "phone",
    "phone": "phone",
    "whatsapp": "chat",
    "telegram": "send",
    "webchat": "chat",
}
LOOK: Final = ("agent", "complaint_manager", "marketer", "manager")
CHANGE: Final = ("marketer", "manager")
TAKE_OUT: Final = ("manager",)


def channel_icon(channel: str) -> str:
    return ICONS.get(channel, "mail")


def named(visit: Visit, table: str, code: str) -> str:
    """The words of a code; the code itself where a newer part of the program wrote it."""
    key = f"contacts.{table}.{code}"
    return visit.t(key) if visit.words.has(key) else code


def channel_named(visit: Visit, channel: str) -> str:
    return named(visit, "channels", channel) if channel else visit.t("contacts.every_channel")


def day_named(visit: Visit, day: date | datetime | None) -> str:
    """A day of the calendar, or of an instant in the company's zone; "" for none."""
    if day is None:
        return ""
    return visit.day(day) if isinstance(day, datetime) else visit.span(day, day)


def birthday_named(visit: Visit, born_on: date | None, birthday: str) -> str:
    """Also where the year is not known."""
    if born_on is not None:
        return visit.span(born_on, born_on)
    if not birthday:
        return ""
    month, _, day = birthday.partition("-")
    return format_date(date(2000, int(month), int(day)), "d MMMM", locale=visit.locale)


def amount_named(amount: Decimal, currency: str) -> str:
    """With blanks between thousands, as people of the region write."""
    whole = amount.quantize(Decimal("0.01"))
    shown = f"{whole:,.2f}".replace(",", "\u202f").removesuffix(".00").replace(".", ",")
    return f"{shown} {currency}"


def number_named(number: Decimal | int) -> str:
    return f"{Decimal(number).normalize():f}"
