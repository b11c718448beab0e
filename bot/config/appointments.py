"""What can be booked, with whom, when."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints, field_validator, model_validator

from bot.config.company import OpeningHours, check_windows
from bot.config.section import Id, Language, Section

CELL_MIN = 5
Name = Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]
CellMinutes = Annotated[int, Field(ge=0, le=24 * 60, multiple_of=CELL_MIN)]


class AppointmentKindConfig(Section):
    """A kind of appointment."""

    name: str | dict[Language, str] = Field(
        description="As customers read it, one for all languages or one for each."
    )
    words: tuple[Name, ...] = Field((), description="Other names customers use for it, in any language.")
    minutes: Annotated[int, Field(ge=CELL_MIN, le=24 * 60, multiple_of=CELL_MIN)] = Field(
        30, description="How long it lasts, in minutes; a multiple of 5, as all times here."
    )
    pause_min: CellMinutes = Field(0, description="Minutes kept free after it.")
    step_min: Annotated[int, Field(ge=CELL_MIN, le=24 * 60, multiple_of=CELL_MIN)] = Field(
        30, description="Minutes between two possible beginnings."
    )
    resources: tuple[Name, ...] = Field(
        min_length=1, description="Who or what is met; each has one appointment at a time."
    )
    hours: OpeningHours = Field(
        default_factory=dict,
        description="When it takes place, within the company's opening hours. Empty: all of them.",
    )
    place: Annotated[str, StringConstraints(max_length=200)] = Field(
        "", description="Where it takes place, as customers read it."
    )
    notice_min: Annotated[int, Field(ge=0, le=60 * 24 * 60)] = Field(
        120, description="It is booked at least so many minutes ahead."
    )
    horizon_days: Annotated[int, Field(ge=1, le=365)] = Field(
        30, description="It is booked at most so many days ahead."
    )

    @field_validator("name")
    @classmethod
    def _not_empty(cls, value: str | dict[Language, str]) -> str | dict[Language, str]:
        names = [value] if isinstance(value, str) else list(value.values())
        if not names or not all(name.strip() for name in names):
            raise ValueError("must not be empty")
        return value

    @field_validator("resources")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            raise ValueError("names somebody twice")
        return value

    @field_validator("hours")
    @classmethod
    def _hours_in_order(cls, value: OpeningHours) -> OpeningHours:
        return check_windows(value)

    @model_validator(mode="after")
    def _can_be_booked(self) -> AppointmentKindConfig:
        if self.notice_min >= self.horizon_days * 24 * 60:
            raise ValueError("notice_min must be shorter than horizon_days, or nothing can ever be booked")
        return self

    def names(self, languages: tuple[Language, ...]) -> dict[str, str]:
        """The name in each language; a missing one is filled by another."""
        if isinstance(self.name, str):
            return dict.fromkeys(languages, self.name)
        given = self.name
        other = next(iter(given.values()))
        return {language: given.get(language, other) for language in languages}


class AppointmentsConfig(Section):
    """Appointments that customers book in a conversation. Without kinds there are none."""

    kinds: dict[Id, AppointmentKindConfig] = Field(
        default_factory=dict, description="What can be booked, each with an id."
    )
    desk: Id | None = Field(
        None, description="Who is told what a person must see to. Empty: the desk for everything else."
    )
    choices: Annotated[int, Field(ge=2, le=3)] = Field(3, description="Places offered at a time.")
    most: Annotated[int, Field(ge=1, le=20)] = Field(
        3, description="Appointments to come that one customer may have."
    )
    keep_offer_min: Annotated[int, Field(ge=10, le=7 * 24 * 60)] = Field(
        240, description="So many minutes a place that fell free is kept for the next on the waiting list."
    )
