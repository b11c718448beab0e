"""What a rule that recurs is made of: whom, when, which steps, what stops it. Checked data, no database.

A rule says *when* its occasion is, its *steps* say how long before or after and with which words:

    name: card_expiry
    purpose: service
    when: {kind: date, of: card.expires_on}
    steps:
      - {after: -60d, template: outreach/card_expiry}
      - {after: -30d, template: outreach/card_expiry}
    stop: [renewal]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time, timedelta
from difflib import get_close_matches
from functools import partial
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    model_validator,
)

from channels.port import Problem
from scheduler.feasts import FeastName
from scheduler.recurrence import LeapPolicy, Offset, Series, yearly_days

Purpose = Literal["service", "information", "offers"]
Condition = Literal[
    "no_open_complaint",
    "satisfied",
    "only_purchase",
    "has_consented",
    "not_lost",
    "is_dedicated",
    "has_rewards",
    "appointment_ahead",
    "appointment_missed",
    "outcome_accepted",
    "outcome_proposal",
    "outcome_refused",
]
Stop = Literal["reply", "purchase", "complaint", "renewal"]

DateField = Literal[
    "card.expires_on", "card.opened_on", "equipment.next_service_on", "equipment.installed_on",
    "quote.valid_until", "quote.issued_at", "purchase.at", "purchase.delivered_at", "appointment.starts_at",
    "contact.created_at", "case.answered_at", "case.closed_at",
]  # fmt: skip
Event = Literal[
    "contact.created_at", "purchase.at", "purchase.delivered_at", "quote.issued_at", "case.answered_at",
    "case.closed_at",
]  # fmt: skip
YearlyDate = Annotated[str, Field(pattern=r"^(birthday|fields\.[a-z][a-z0-9_]{0,40})$")]

_OFFSET = re.compile(r"([+-]?\d{1,4})\s*(min|h|d|w|m|y)")


Place = Callable[[Sequence[str | int]], str]


class RuleError(Exception):
    """A definition can't be used; `problems` say what and where."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{problem.where}: {problem.what}" for problem in problems))
        self.problems = problems


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Yearly(_Part):
    """A date of each contact, every year."""

    kind: Literal["yearly"]
    of: YearlyDate = "birthday"
    calendar: Literal["gregorian", "hijri"] = "gregorian"
    leap: LeapPolicy = "feb_28"

    @model_validator(mode="after")
    def _a_hijri_date_is_a_field(self) -> Self:
        if self.calendar == "hijri" and self.of == "birthday":
            raise ValueError("a Hijri date stands in a field of its own, as month and day: of: fields.<name>")
        return self


class Fixed(_Part):
    """The same days for everybody: "12-31" every year, "2026-12-31" once."""

    kind: Literal["fixed"]
    days: Annotated[tuple[str, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _are_days(self) -> Self:
        for text in self.days:
            _day_of(text, 2028)
        return self

    def falls_on(self, day: date) -> bool:
        return any(_day_of(text, day.year) == day for text in self.days)


class Feast(_Part):
    """A feast of the moon. While its day is only estimated, it waits for a person's word, or goes all the same."""

    kind: Literal["feast"]
    feast: FeastName
    unconfirmed: Literal["wait", "send"] = "wait"
    confirmed: dict[int, date] = Field(default_factory=dict)


class DateOf(_Part):
    """A date of something the contact has: a card, a machine, a quote."""

    kind: Literal["date"]
    of: DateField


class Serial(_Part):
    """Days that recur, as cron says them."""

    kind: Literal["series"]
    month: str = "*"
    day: str = "*"
    week: str = "*"
    weekday: str = "*"

    @model_validator(mode="after")
    def _is_a_series(self) -> Self:
        self.series()
        return self

    def series(self) -> Series:
        return Series(month=self.month, day=self.day, week=self.week, weekday=self.weekday)


class Happened(_Part):
    """As soon as something happened, and steps after it."""

    kind: Literal["event"]
    of: Event
    first: bool = False  # the contact's first of its kind alone


class Inactive(_Part):
    """Nothing was bought, or written, for so many days."""

    kind: Literal["inactivity"]
    of: Literal["purchase", "message"] = "purchase"
    days: Annotated[int, Field(ge=1, le=3650)]


class Rhythm(_Part):
    """When the contact usually orders again: the median gap between their orders after the last one."""

    kind: Literal["rhythm"]
    orders: Annotated[int, Field(ge=3, le=50)] = 3


class Told(_Part):
    """When another system, or a person, says so: `POST /api/v1/rules/{name}/occasions`."""

    kind: Literal["told"]


Trigger = Annotated[
    Yearly | Fixed | Feast | DateOf | Serial | Happened | Inactive | Rhythm | Told,
    Field(discriminator="kind"),
]


def _delay(value: object) -> object:
    """ "-60d", "+2w", "1m" or "1y" as an offset in days and months; "now", "2h" or "30min" as a wait."""
    if not isinstance(value, str):
        return value
    if value == "now":
        return timedelta(0)
    match = _OFFSET.fullmatch(value.strip())
    if match is None:
        raise ValueError("write so many days, weeks, months or years: -60d, 2w, 1m, 1y; or now, 30min, 2h")
    number, unit = int(match[1]), match[2]
    if unit in ("min", "h"):
        return timedelta(**{"minutes" if unit == "min" else "hours": number})
    scale = {"d": 1, "w": 7, "m": 1, "y": 12}[unit]
    return Offset(**{"days" if unit in "dw" else "months": number * scale})


def _delay_text(value: Offset | timedelta) -> str:
    if isinstance(value, Offset):
        return str(value)
    return f"{value // timedelta(minutes=1)}min" if value else "now"


class Call(_Part):
    """What the contact's owner is asked to call them for, and until when. source: PM"""

    words: Annotated[dict[Literal["fr", "ar", "en"], str], Field(min_length=1)]
    within_days: Annotated[int, Field(ge=1, le=60)] = 1


class Step(_Part):
    """One message: how long after (or before) the occasion, at which local hour, which template."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    after: Annotated[Offset | timedelta, BeforeValidator(_delay), PlainSerializer(_delay_text)] = Offset()
    at: time = time(9)
    template: Annotated[str, Field(pattern=r"^[a-z_]+/[a-z0-9_]+$")]
    only: tuple[Condition, ...] = ()
    call: Call | None = None  # besides the message, or where there is no address to send it to


class Rule(_Part):
    """A message, or a sequence of them, that recurs."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,59}$")]
    title: dict[Literal["fr", "ar", "en"], str] = Field(default_factory=dict)
    purpose: Purpose
    when: Trigger
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=12)]
    only: tuple[Condition, ...] = ()
    segment: str = ""  # a rule of the segment language; "" for everybody
    stop: tuple[Stop, ...] = ()
    asks: Literal["", "mark", "satisfied", "appointment"] = (
        ""  # as what answers are heard; "" as its templates do
    )
    channels: tuple[str, ...] = ()  # in this order where the contact has no wish; () for the usual one
    late_days: Annotated[int, Field(ge=0, le=60)] = 1
    values: dict[str, str] = Field(default_factory=dict)  # fill in the template: a shop's address, an offer

    @model_validator(mode="after")
    def _steps_go_with_the_occasion(self) -> Self:
        waits = [step for step in self.steps if isinstance(step.after, timedelta)]
        before = [step for step in waits if step.after < timedelta(0)]  # type: ignore[operator]
        if before and getattr(self.when, "of", "") != "appointment.starts_at":
            raise ValueError(
                "hours and minutes before go with appointment.starts_at alone; else write days (-1d)"
            )
        if len(waits) > len(before) and self.when.kind not in ("event", "told"):
            raise ValueError("now, hours and minutes go with when: event or told; elsewhere write days (0d)")
        if len({str(step.after) for step in self.steps}) < len(self.steps):
            raise ValueError("two steps fall on the same day: give each its own")
        if self.when.kind == "told" and len(self.steps) > 1:
            raise ValueError("what is told from outside has one step; tell each one when its time has come")
        return self

    @property
    def late_within(self) -> timedelta:
        return timedelta(days=self.late_days)

    @property
    def promotes(self) -> bool:
        return self.purpose == "offers"


def read_rule(data: object, where: str = "rule", place: Place | None = None) -> Rule:
    """A definition, checked. `place` says where a key of it stands. Raises `RuleError`."""
    try:
        return Rule.model_validate(data)
    except ValidationError as error:
        raise RuleError(_problems(place or partial(_key_of, where), error.errors())) from None


def _problems(place: Place, items: Sequence[Any]) -> list[Problem]:
    """A list is not too short because an item of it is wrong: what lies deeper is told alone."""
    within = {item["loc"][:depth] for item in items for depth in range(len(item["loc"]))}
    return [_problem(place, item) for item in items if item["loc"] not in within]


def _key_of(where: str, path: Sequence[str | int]) -> str:
    return f"{where}: {'.'.join(map(str, path))}" if path else where


def _problem(place: Place, item: Any) -> Problem:
    # A discriminated union puts the kind into the path: it says nothing to who wrote the file.
    path = [part for part in item["loc"] if part not in ("Offset", "timedelta", *_KINDS)]
    if item["type"] == "extra_forbidden":
        parts: tuple[type[_Part], ...] = (Rule, Step, *_TRIGGERS)
        known = [name for part in parts for name in part.model_fields]
        return Problem(place(path), f"is not a key of a rule{_nearest(str(path[-1]), known)}")
    if item["type"] == "missing":
        return Problem(place(path), "is missing: add it")
    if item["type"].startswith("union_tag"):
        return Problem(place([*path, "kind"]), f"choose one of these: {', '.join(_KINDS)}")
    what = item["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return Problem(place(path), what[:1].lower() + what[1:])


_TRIGGERS: tuple[type[_Part], ...] = get_args(get_args(Trigger)[0])
_KINDS: Mapping[str, type[_Part]] = {
    kind: part for part in _TRIGGERS for kind in get_args(part.model_fields["kind"].annotation)
}


def _nearest(word: str, known: Sequence[str]) -> str:
    found = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean {found[0]}?" if found else ""


def _day_of(text: str, year: int) -> date | None:
    """ "12-31" in a year, or "2026-12-31" itself."""
    if re.fullmatch(r"\d\d-\d\d", text):
        return yearly_days(int(text[:2]), int(text[3:]), year, "feb_28")
    return date.fromisoformat(text)
