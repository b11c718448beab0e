"""Who the company is, when it works, what it sells."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from itertools import pairwise
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from babel.numbers import get_territory_currencies
from pydantic import Field, StringConstraints, field_validator, model_validator

from bot.config.section import WEEKDAYS, Language, Section, Weekday

MAX_CLOSURE_DAYS = 400
_WINDOW = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-4]):([0-5]\d)")


def _times(text: str) -> tuple[time, time]:
    """Begin and end of "08:00-12:00"; an end of 24:00 becomes 00:00."""
    match = _WINDOW.fullmatch(text.strip())
    if not match or (match[3] == "24" and match[4] != "00"):
        raise ValueError("must be hours such as 08:00-12:00")
    return time(int(match[1]), int(match[2])), time(int(match[3]) % 24, int(match[4]))


class Hours(Section):
    """A part of a day that may reach over midnight, written "20:00-08:00"."""

    start: time
    end: time

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        start, end = _times(value)
        return {"start": start, "end": end}


class Window(Hours):
    """Opening hours within one day, written "08:00-12:00". An `end` of 00:00 is midnight at the day's end."""

    @model_validator(mode="after")
    def _in_order(self) -> Window:
        if self.end != time() and self.end <= self.start:
            raise ValueError("must end after it begins; write hours over midnight as two parts")
        return self


class Closure(Section):
    """Days on which the company is closed, "2026-08-01" or "2026-08-01..2026-08-15", both included."""

    first: date
    last: date

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        first, _, last = value.partition("..")
        return {"first": _date(first), "last": _date(last or first)}

    @model_validator(mode="after")
    def _in_order(self) -> Closure:
        if self.last < self.first:
            raise ValueError("must not end before it begins")
        if (self.last - self.first).days > MAX_CLOSURE_DAYS:
            raise ValueError(f"must not be longer than {MAX_CLOSURE_DAYS} days")
        return self

    def days(self) -> tuple[date, ...]:
        """Every day of it."""
        return tuple(self.first + timedelta(days=more) for more in range((self.last - self.first).days + 1))


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError("must be a day such as 2026-08-01, or 2026-08-01..2026-08-15") from None


class HolidaysConfig(Section):
    """Public holidays of the country and region, and the company's own days off."""

    public: bool = Field(True, description="Keep the public holidays of company.country and company.region.")
    closures: tuple[Closure, ...] = Field((), description="Days the company is closed besides.")
    worked: tuple[date, ...] = Field(
        (), description="Public holidays on which the company works all the same."
    )

    @model_validator(mode="before")
    @classmethod
    def _from_short(cls, value: Any) -> Any:
        """`holidays: false` and `holidays: [2026-08-01]` are short for the whole."""
        if isinstance(value, list | tuple):
            return {"closures": value}
        return {"public": value} if isinstance(value, str | bool) else value


class Product(Section):
    """A product or service customers speak of."""

    id: Annotated[str, StringConstraints(min_length=1, max_length=60)] = Field(
        description="The name used in the register and in messages."
    )
    names: tuple[str, ...] = Field((), description="Other names customers use for it, in any language.")


OpeningHours = dict[Weekday, tuple[Window, ...]]


def check_windows(hours: OpeningHours) -> OpeningHours:
    """Windows of one day must follow each other without overlap."""
    for day, windows in hours.items():
        for before, after in pairwise(windows):
            if before.end == time() or after.start < before.end:
                raise ValueError(f"{day}: the hours overlap or are not in order")
    return hours


class CompanyConfig(Section):
    """The company the bot speaks for."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=120)] = Field(
        description="The company's name, as customers know it."
    )
    language: Language = Field("fr", description="The language used when a customer's is not known.")
    languages: tuple[Language, ...] = Field(
        (), description="The languages answers are given in: fr, ar, en. Empty: the main language alone."
    )
    timezone: str = Field(description="The company's time zone by its IANA name, such as Africa/Algiers.")
    country: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2}$", to_upper=True)] = Field(
        description="The country's two letters (ISO 3166), such as DZ: its public holidays are kept."
    )
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{3}$", to_upper=True)] | None = Field(
        None, description="The currency's three letters (ISO 4217), such as DZD. Empty: the country's."
    )
    region: str = Field("", description="The region within the country, where its holidays differ.")
    working_days: tuple[Weekday, ...] = Field(
        ("mon", "tue", "wed", "thu", "fri"),
        min_length=1,
        description="The days that count towards a deadline: mon tue wed thu fri sat sun.",
    )
    opening_hours: OpeningHours = Field(
        default_factory=dict,
        description="When people answer, for each day. Empty: 09:00-17:00 on every working day.",
    )
    holidays: HolidaysConfig = Field(HolidaysConfig(), description="Days off.")
    special_hours: dict[str, tuple[Window, ...]] = Field(
        default_factory=dict,
        description="Other hours on certain days, such as 2026-02-18..2026-03-19: [09:00-15:00].",
    )
    ramadan_hours: OpeningHours = Field(
        default_factory=dict,
        description="Hours of the days of Ramadan, where they differ. Empty: the usual ones.",
    )
    zones: tuple[str, ...] = Field((), description="Places customers speak of: cities, regions, yards.")
    products: tuple[Product, ...] = Field(
        (), description="The catalogue, so that they are found in a message."
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError("is not a time zone; write an IANA name such as Africa/Algiers") from None
        return value

    @field_validator("opening_hours", "ramadan_hours")
    @classmethod
    def _hours_in_order(cls, value: OpeningHours) -> OpeningHours:
        return check_windows(value)

    @field_validator("special_hours")
    @classmethod
    def _special_days(cls, value: dict[str, tuple[Window, ...]]) -> dict[str, tuple[Window, ...]]:
        for days, windows in value.items():
            Closure.model_validate(days)
            check_windows({"mon": windows})
        return value

    @model_validator(mode="before")
    @classmethod
    def _whole(cls, value: Any) -> Any:
        """Fill in what follows from the rest: the one language, the usual hours."""
        if not isinstance(value, dict):
            return value
        filled = dict(value)
        if not filled.get("languages"):
            filled["languages"] = [filled.get("language", "fr")]
        if not filled.get("opening_hours"):
            days = filled.get("working_days", ("mon", "tue", "wed", "thu", "fri"))
            filled["opening_hours"] = {day: ["09:00-17:00"] for day in days if day in WEEKDAYS}
        return filled

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def currency_code(self) -> str:
        """The currency, where not set the country's present one."""
        if self.currency:
            return self.currency
        known: list[str] = get_territory_currencies(self.country)
        return known[0] if known else "EUR"

    def closed_days(self) -> frozenset[date]:
        """Every day the company is closed besides weekends and public holidays."""
        return frozenset(day for closure in self.holidays.closures for day in closure.days())

    def special_days(self) -> dict[date, tuple[Window, ...]]:
        """The hours of every day that has hours of its own."""
        return {
            day: windows
            for text, windows in self.special_hours.items()
            for day in Closure.model_validate(text).days()
        }
