"""What is learnt from complaints, and what needs a second word: the report, recurrence, compensation."""

from __future__ import annotations

import re
from datetime import time
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from bot.config.section import EmailAddress, Id, Language, Section, Weekday

CompensationKind = Literal["refund", "exchange", "service", "discount", "goodwill"]


def _day_time(value: object) -> object:
    """ "08:00"; YAML may hand over the minutes of an unquoted one (8:00 is 480)."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 24 * 60:
        return time(value // 60, value % 60)
    if isinstance(value, str):
        match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", value.strip())
        if match is None:
            raise ValueError('must be a time of day such as "08:00"')
        return time(int(match[1]), int(match[2]))
    return value


class ReportConfig(Section):
    """The weekly report to management. source: CO-08"""

    to: tuple[EmailAddress, ...] = Field((), description="Who gets it by e-mail. Empty: nobody.")
    account: Id | None = Field(None, description="The e-mail account it is sent from.")
    day: Weekday = Field("mon", description="The day it is sent: mon tue wed thu fri sat sun.")
    at: time = Field(time(8), description="The hour it is sent, in the company's time zone.")
    week_starts: Weekday = Field("mon", description="The first day of the week that is reported.")
    language: Language | None = Field(None, description="Its language. Empty: the company's main one.")
    attach_pdf: bool = Field(True, description="Attach it as a PDF too.")

    _at = field_validator("at", mode="before")(_day_time)

    @model_validator(mode="after")
    def _account_named(self) -> ReportConfig:
        if self.to and not self.account:
            raise ValueError("names people in `to`, and no `account` to write to them from")
        return self


class FewCases(Section):
    """The rule while there is too little history to compare with."""

    cases: Annotated[int, Field(ge=2, le=1_000)] = Field(5, description="So many complaints …")
    days: Annotated[int, Field(ge=1, le=90)] = Field(7, description="… within so many days are a recurrence.")


class RecurrenceConfig(Section):
    """When complaints about one thing are more than chance. source: CO-25, E19"""

    enabled: bool = Field(True, description="Look for them once a day.")
    at: time = Field(time(6), description="The hour, in the company's time zone.")
    window_days: Annotated[int, Field(ge=1, le=28)] = Field(
        7, description="The days that are compared with those before; 7 or 14 keep weekdays alike."
    )
    history_windows: Annotated[int, Field(ge=4, le=104)] = Field(
        26, description="How many windows before are taken as what is usual."
    )
    false_alarms: Annotated[float, Field(gt=0, le=0.2, allow_inf_nan=False)] = Field(
        0.01, description="The share of false alarms borne with; smaller is quieter and later."
    )
    min_cases: Annotated[int, Field(ge=2, le=1_000)] = Field(
        3, description="Fewer complaints than this are never a recurrence."
    )
    cooldown_days: Annotated[int, Field(ge=1, le=365)] = Field(
        28, description="Days in which the same thing is not announced again."
    )
    max_a_day: Annotated[int, Field(ge=1, le=50)] = Field(3, description="The most announced on one day.")
    few: FewCases = Field(FewCases(), description="The rule while there is little history.")
    action_days: Annotated[int, Field(ge=1, le=365)] = Field(
        14, description="Days until the proposed preventive action should be done."
    )

    _at = field_validator("at", mode="before")(_day_time)


class CompensationConfig(Section):
    """When a compensation needs approval. source: CO-26, CO-27"""

    repeat_count: Annotated[int, Field(ge=1, le=100)] = Field(
        2, description="So many earlier ones of the same customer or organisation are a pattern …"
    )
    repeat_days: Annotated[int, Field(ge=1, le=3_650)] = Field(
        180, description="… within so many days: the next one needs approval."
    )
    approval_above: Annotated[Decimal, Field(ge=0)] | None = Field(
        None, description="A higher cost needs approval. Empty: no limit."
    )
    always_approve: tuple[CompensationKind, ...] = Field(
        ("goodwill",), description="Kinds that always need it: refund exchange service discount goodwill."
    )
