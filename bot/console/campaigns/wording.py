"""What the pages of campaigns say of states, doors, money and reasons. No NiceGUI."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from babel.numbers import format_currency, format_decimal

from bot.console.visit import Visit, _latin
from scheduler.campaigns.book import Mailing
from scheduler.campaigns.words import reason_in_words

TONES: Final[Mapping[str, str]] = {
    "draft": "", "planned": "info", "running": "good", "paused": "warn", "done": "", "cancelled": "bad",
}  # fmt: skip
MAKERS: Final = ("marketer",)
"""Who writes campaigns and sends tests of them."""
DECIDERS: Final = ("marketer", "manager")
"""Who starts, pauses, resumes and cancels them, besides looking."""


def title_of(mailing: Mailing) -> str:
    return mailing.definition.title or mailing.name


def channel(visit: Visit, kind: str) -> str:
    key = f"campaigns.channel.{kind}"
    return visit.t(key) if visit.words.has(key) else kind


def language(visit: Visit, code: str) -> str:
    key = f"campaigns.language.{code[:2]}"
    return visit.t(key) if visit.words.has(key) else code


def number(visit: Visit, value: float | Decimal) -> str:
    return _latin(format_decimal(value, locale=visit.locale))


def percent(visit: Visit, part: float) -> str:
    return f"{number(visit, round(part * 100, 1 if part < 0.1 else 0))} %"


def money(visit: Visit, amount: Decimal) -> str:
    currency = visit.config.company.currency_code
    return _latin(format_currency(amount, currency, locale=visit.locale))


def reason(visit: Visit, code: str, detail: str = "") -> str:
    """Never a code alone: one that has no words of its own says so."""
    words = reason_in_words(code, visit.language, detail)
    if words and words != code:
        return words
    key = f"campaigns.reason.{code}"
    return visit.t(key) if visit.words.has(key) else visit.t("campaigns.reason.unknown", code=code)


def template(visit: Visit, name: str) -> str:
    key = f"campaigns.template.{name.rpartition('/')[2]}"
    return visit.t(key) if name.startswith("outreach/") and visit.words.has(key) else name.rpartition("/")[2]


def place(visit: Visit, name: str) -> str:
    """A variable of a template."""
    key = f"campaigns.place.{name}"
    return visit.t(key) if visit.words.has(key) else name.replace("_", " ")


def begins(visit: Visit, mailing: Mailing) -> str:
    """When it goes, in words."""
    definition = mailing.definition
    if mailing.frozen_as_of is not None:
        return visit.t("campaigns.began", when=moment(visit, mailing.frozen_as_of))
    if definition.repeat is not None:
        return repeats(visit, definition.repeat)
    if definition.start is None:
        return visit.t("campaigns.at_once")
    at = moment(visit, definition.start.replace(tzinfo=visit.config.company.zone))
    zone = "campaigns.starts_there" if definition.zone == "contact" else "campaigns.starts"
    return visit.t(zone, when=at)


def moment(visit: Visit, at: Any) -> str:
    return f"{visit.day(at)} {visit.time(at)}"


def repeats(visit: Visit, repeat: Any) -> str:
    at = f"{repeat.at:%H:%M}"
    key = f"campaigns.weekday.{repeat.weekday}"
    if visit.words.has(key):
        return visit.t("campaigns.every_week", day=visit.t(key), at=at)
    if repeat.day.isdecimal():
        return visit.t("campaigns.every_month", day=repeat.day, at=at)
    parts = " ".join(
        f"{name} {value}"
        for name in ("month", "week", "day", "weekday")
        if (value := getattr(repeat, name)) != "*"
    )
    return visit.t("campaigns.every_other", rule=parts, at=at)
