"""Which messages of outreach ask something that is to be understood as asked, by their template. source: SU, PM, E8"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from scheduler.rules import Rule

Question = Literal["mark", "satisfied", "appointment"]

ASKING: Final[Mapping[str, Question]] = {
    "outreach/survey": "mark",
    "outreach/post_purchase": "satisfied",
    "outreach/service_reminder": "appointment",
}
"""Templates that ask for a mark from 1 to 5, whether a purchase suits, or whether an appointment is wanted."""


def questions_of(rule: Rule) -> dict[int, Question]:
    """What a rule asks, by the number of its step; what it says of itself wins over its templates."""
    asked = {number: rule.asks or ASKING.get(step.template) for number, step in enumerate(rule.steps)}
    return {number: question for number, question in asked.items() if question}
