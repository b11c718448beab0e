"""What a campaign is made of: whom, what, by which doors, when, how fast, for how much. Checked data, no database.

name: rentree_2026
purpose: offers
audience: langue = fr et achats dans les 12 derniers mois >= 1
template: outreach/limited_offer
values: {offer: {fr: "−10 % sur le hourdis", en: "10% off slabs"}, until: 2026-10-15}
start: 2026-10-01T10:00
rate_per_min: 300
budget: 5000
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from channels.port import Problem
from scheduler.consent import Purpose
from scheduler.recurrence import Series, instant

Kind = Literal["prospecting", "widening", "win_back", "loyalty", "news", ""]
"""What a campaign is for. source: domain §7 CA"""

Measure = Literal["opened", "clicked", "replied", "converted"]
Channel = Literal["telegram", "whatsapp", "email", "sms", "webchat"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,59}$")]
Letter = Annotated[str, Field(pattern=r"^[a-z]$")]
Template = Annotated[str, Field(pattern=r"^[a-z_]+/[a-z0-9_]+$")]
Text = Annotated[str, StringConstraints(max_length=5_000)]
Money = Annotated[Decimal, Field(ge=0, le=100_000_000, decimal_places=4)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


_FIRST_ZONE = ZoneInfo("Pacific/Kiritimati")  # where each day begins


class CampaignError(Exception):
    """A definition can't be used; `problems` say what and where."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{problem.where}: {problem.what}" for problem in problems))
        self.problems = problems


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Values = dict[str, Text | date | datetime | dict[Literal["fr", "ar", "en"], Text]]
"""Variables of the template: a text, a day, or a text for each language."""


class Variant(_Part):
    """One text of several that are tried: what it leaves out is the campaign's."""

    template: Template | None = None
    values: Values = Field(default_factory=dict)


class Trial(_Part):
    """How the better variant is found: on a part of the audience first, then it goes to everybody else."""

    share: Annotated[int, Field(ge=1, le=100)] = 20  # per cent of the audience, all variants together
    measure: Measure = "clicked"
    after_h: Annotated[int, Field(ge=1, le=720)] = 24  # from the start to the decision
    least: Annotated[int, Field(ge=1, le=100_000)] = 50  # messages of each variant, to tell anything
    sure: Annotated[int, Field(ge=50, le=99)] = 95  # per cent


class Window(_Part):
    """Hours and days of the contact's own clock, inside those that `outreach:` allows."""

    opens: time = time(0)
    closes: time = time(23, 59, 59)
    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1)] = WEEKDAYS

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("it must open before it closes, on the same day")
        return self


class Target(_Part):
    """What is to be reached until the end. source: KP-32"""

    count: Annotated[int, Field(ge=1)]
    of: Measure = "converted"


class Repeat(_Part):
    """On which days it is sent again, as cron says them: `{day: 1}`, `{weekday: tue}`, `{day: 2nd fri}`."""

    month: str = "*"
    day: str = "*"
    week: str = "*"
    weekday: str = "*"
    at: time = time(10)
    late_h: Annotated[int, Field(ge=1, le=168)] = 12  # missed for so long, a run is left out

    @model_validator(mode="after")
    def _is_a_series(self) -> Self:
        self.series()
        return self

    def series(self) -> Series:
        return _series(self.month, self.day, self.week, self.weekday)


class Definition(_Part):
    """A campaign as it is written down."""

    name: Name
    title: Annotated[str, StringConstraints(max_length=200)] = ""
    kind: Kind = ""
    purpose: Purpose
    segment: Annotated[str, StringConstraints(max_length=100)] = ""  # the name of a saved one
    audience: Text = ""  # or a rule of the segment language
    template: Template
    values: Values = Field(default_factory=dict)
    channels: tuple[Channel, ...] = ()  # in this order where the contact has no wish; () for the usual one
    start: datetime | None = None  # wall clock of `zone`; none: as soon as it is started
    zone: Literal["company", "contact"] = "company"
    end: date | None = None  # the last day on which anything goes
    window: Window | None = None
    rate_per_min: Annotated[int, Field(ge=1, le=100_000)] | None = None
    budget: Money | None = None  # of what providers cost; a hard stop
    fixed_cost: Money = Decimal(0)  # of making it: printing, gifts, an agency
    target: Target | None = None
    variants: Annotated[dict[Letter, Variant], Field(max_length=5)] = Field(default_factory=dict)
    trial: Trial | None = None
    repeat: Repeat | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if bool(self.segment) == bool(self.audience):
            raise ValueError("say whom: either segment (the name of a saved one) or audience (a rule)")
        if self.trial is not None and len(self.variants) < 2:
            raise ValueError("a trial needs two variants or more")
        if len(self.variants) == 1:
            raise ValueError("one variant alone is the campaign itself: write two, or none")
        if self.start is not None and self.start.tzinfo is not None:
            raise ValueError("start is a wall-clock time without a zone, such as 2026-10-01T10:00")
        if self.start is not None and self.end is not None and self.start.date() > self.end:
            raise ValueError("it ends before it starts")
        if self.repeat is not None and len(self.name) > 48:
            raise ValueError("the name of a series has 48 letters at the most: each run adds its day to it")
        if self.repeat is not None and self.start is not None:
            raise ValueError("a series has no start of its own: repeat says when, from when it is started on")
        return self

    # what it says, variant by variant

    @property
    def letters(self) -> tuple[str, ...]:
        return tuple(sorted(self.variants))

    def template_of(self, variant: str) -> str:
        own = self.variants[variant].template if variant in self.variants else None
        return own or self.template

    def values_in(self, variant: str, language: str) -> Mapping[str, Any]:
        """The variables of a variant, their texts in a language, else in any."""
        own = self.variants[variant].values if variant in self.variants else {}
        return {name: _in_language(value, language) for name, value in {**self.values, **own}.items()}

    def templates(self) -> Iterable[str]:
        return dict.fromkeys(self.template_of(letter) for letter in self.letters or ("",))

    # when

    def begins_at(self, company: ZoneInfo, asked: datetime) -> datetime:
        """When its first message may go, whatever the zone of who gets it."""
        return self.starts_at(_FIRST_ZONE if self.zone == "contact" else company, asked)

    def starts_at(self, zone: ZoneInfo, asked: datetime) -> datetime:
        """When it goes to somebody in a zone; never before it was asked for."""
        if self.start is None:
            return asked
        return max(asked, instant(self.start.date(), self.start.time(), zone))

    def latest(self, zone: ZoneInfo) -> datetime | None:
        """The end of its last day; None: it has none."""
        if self.end is None:
            return None
        return instant(self.end + timedelta(days=1), time(0), zone) - timedelta(seconds=1)

    @property
    def interval(self) -> timedelta:
        """Between two messages, by the rate."""
        return timedelta(minutes=1) / self.rate_per_min if self.rate_per_min else timedelta(0)

    def run_of(self, day: date) -> Definition:
        """One run of a series: the same, once, on that day."""
        assert self.repeat is not None
        start = datetime.combine(day, self.repeat.at, tzinfo=UTC).replace(tzinfo=None)
        return self.model_copy(update={"name": f"{self.name}_{day:%Y_%m_%d}", "repeat": None, "start": start})


@lru_cache(maxsize=256)
def _series(month: str, day: str, week: str, weekday: str) -> Series:
    return Series(month=month, day=day, week=week, weekday=weekday)


def _in_language(value: Any, language: str) -> Any:
    if not isinstance(value, dict):
        return value
    return value.get(language) or next(iter(value.values()), "")


def read_definition(data: object, where: str = "campaign") -> Definition:
    """A definition, checked. Raises `CampaignError`."""
    try:
        return Definition.model_validate(data)
    except ValidationError as error:
        raise CampaignError([_problem(where, item) for item in error.errors()]) from None


def read_file(path: Path) -> Definition:
    """The campaign of a YAML file. Raises `CampaignError`."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CampaignError([Problem(str(path), f"can't be read: {error}")]) from error
    if not isinstance(data, dict):
        raise CampaignError([Problem(str(path), "write one campaign: name, purpose, audience, template, …")])
    return read_definition(data, path.name)


def _problem(where: str, item: Any) -> Problem:
    path = ".".join(str(part) for part in item["loc"])
    what = item["msg"].removeprefix("Value error, ")
    return Problem(f"{where}{': ' if path else ''}{path}", what[:1].lower() + what[1:])
