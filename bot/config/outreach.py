"""Limits of what is sent unasked: consent, caps, quiet hours, texts."""

from __future__ import annotations

import re
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints, field_validator

from bot.config.company import Hours
from bot.config.section import WEEKDAYS, Section, Weekday

Purpose = Literal["service", "information", "offers"]
PricedChannel = Literal["sms", "whatsapp", "email", "telegram", "webchat"]
Secret = Annotated[SecretStr, Field(min_length=32)]
_HOST = re.compile(r"(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+")


class Caps(Section):
    """How many promotional messages a contact gets at most, over all channels. source: PR, domain §7"""

    per_day: Annotated[int, Field(ge=0, le=100)] = Field(1, description="In a day.")
    per_week: Annotated[int, Field(ge=0, le=500)] = Field(3, description="In seven days.")


class LowContact(Caps):
    """The same for contacts who asked for fewer messages."""

    per_week: Annotated[int, Field(ge=0, le=500)] = Field(1, description="In seven days.")


class TrackingConfig(Section):
    """Whether links of outreach tell that they were followed, and mails that they were opened. source: domain §5"""

    clicks: bool = Field(False, description="Count who follows the links of messages.")
    opens: bool = Field(
        False, description="Count opened mails by an invisible picture. Where the law asks for it, ask first."
    )


class ResultsConfig(Section):
    """For how long after a message an answer or a purchase is counted as its result."""

    reply_within_days: Annotated[int, Field(ge=1, le=90)] = Field(
        7, description="Days after a message in which an answer, or a no, counts as its result."
    )
    purchase_within_days: Annotated[int, Field(ge=1, le=365)] = Field(
        30, description="Days after a message in which a purchase counts as its result."
    )
    low_mark: Annotated[int, Field(ge=0, le=4)] = Field(
        2, description="Up to this mark, of 5, a person is told of a survey's answer; 0 for never."
    )


class OutreachConfig(Section):
    """Limits of what is sent unasked. Receipts and answers always pass."""

    quiet_hours: Hours | None = Field(
        Hours(start=time(20), end=time(8)),
        description="Hours without messages nobody asked for, in the contact's own time zone; or none.",
    )
    weekdays: tuple[Weekday, ...] = Field(
        WEEKDAYS, min_length=1, description="Days on which promotional messages go out."
    )
    on_holidays: bool = Field(
        False, description="Whether they go out on public holidays and days the company is closed."
    )
    caps: Caps = Field(Caps(), description="How many promotional messages a contact gets at most.")
    low_contact: LowContact = Field(
        LowContact(), description="The same for contacts who asked for fewer messages."
    )
    needs_yes: tuple[Purpose, ...] = Field(
        ("offers",), description="What is sent only to those who agreed to it: service, information, offers."
    )
    during_complaints: bool = Field(
        False, description="Whether promotional messages go to somebody whose complaint is open."
    )
    banned_words: tuple[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)], ...] = Field(
        (), description="Words and phrases no message may hold, besides the built-in ones."
    )
    link_hosts: tuple[str, ...] = Field(
        (), description="Sites that messages may link to, with what is below them. Empty: all over https."
    )
    sms_segments: Annotated[int, Field(ge=1, le=10)] = Field(
        2, description="The longest SMS, in segments: 160 characters, or 70 with Arabic letters."
    )
    prices: dict[PricedChannel, Annotated[Decimal, Field(ge=0, le=10_000)]] = Field(
        default_factory=dict, description="What one message costs by channel; an SMS by segment."
    )
    suppression: Path | None = Field(
        None, description="A file of addresses that are never written to unasked, one a line."
    )
    secret: Secret | None = Field(
        None,
        description="Signs the links to unsubscribe: 32 characters or more. Without it there are none.",
    )
    old_secrets: tuple[Secret, ...] = Field(
        (), description="Secrets used before: the links they signed stay good."
    )
    confirm_within_h: Annotated[int, Field(ge=1, le=720)] = Field(
        72, description="Hours in which a contact can confirm that they want messages."
    )

    tracking: TrackingConfig = Field(
        TrackingConfig(), description="Whether links and mails tell what became of them."
    )
    results: ResultsConfig = Field(ResultsConfig(), description="What counts as a message's result.")

    @field_validator("quiet_hours", mode="before")
    @classmethod
    def _none(cls, value: object) -> object:
        return None if value == "none" else value

    @field_validator("link_hosts")
    @classmethod
    def _hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        hosts = tuple(host.strip().lower().rstrip(".") for host in value)
        for host in hosts:
            if not _HOST.fullmatch(host):
                raise ValueError(f"{host} is not a site such as example.org, without https:// and path")
        return hosts
