"""Which messages of outreach ask something that is to be recorded, by their template. source: SU, PM"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from scheduler.rules import Rule

Question = Literal["mark", "satisfied"]

ASKING: Final[Mapping[str, Question]] = {"outreach/survey": "mark", "outreach/post_purchase": "satisfied"}
"""Templates that ask for a mark from 1 to 5, or whether a purchase suits."""


def questions_of(rule: Rule) -> dict[int, Question]:
    """What a rule asks, by the number of its step; what it says of itself wins over its templates."""
    asked = {number: rule.asks or ASKING.get(step.template) for number, step in enumerate(rule.steps)}
    return {number: question for number, question in asked.items() if question}
