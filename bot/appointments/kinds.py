"""What can be booked, as configured. source: domain §7 AP"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.complaints.calendar import Window

CELL = timedelta(minutes=5)
"""Time is held in pieces of this length: every duration and pause is a multiple of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of appointment."""

    id: str
    names: Mapping[str, str]  # by language
    words: tuple[str, ...] = ()  # other names customers use
    lasts: timedelta
    pause: timedelta = timedelta(0)  # kept free after it
    step: timedelta = timedelta(minutes=30)  # between two possible beginnings
    resources: tuple[str, ...]  # who or what is met: each has one appointment at a time
    week: Mapping[int, tuple[Window, ...]] = field(
        default_factory=dict
    )  # by weekday; {}: the company's hours
    place: str = ""
    notice: timedelta = timedelta(hours=2)  # nothing begins sooner
    horizon: timedelta = timedelta(days=30)  # nothing begins later

    def name(self, language: str) -> str:
        return self.names.get(language) or next(iter(self.names.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Everything configured about appointments. Without kinds nothing can be booked."""

    kinds: Mapping[str, Kind] = field(default_factory=dict)
    desk: str = ""  # told what a person must see to
    choices: int = 3  # places offered at a time
    keep_offer: timedelta = timedelta(hours=4)  # how long a place that fell free is kept for who waits
    most: int = 3  # appointments to come of one contact
    public_url: str = ""  # where calendar files are fetched; "" where nobody reaches us

    def __bool__(self) -> bool:
        return bool(self.kinds)

    def link(self, token: str) -> str:
        """The address of a calendar file; "" where nobody reaches us."""
        return f"{self.public_url}/a/{token}.ics" if self.public_url and token else ""
