"""When a compensation needs a second person's word. source: CO-26, CO-27, E20"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

COUNTED = ("proposed", "approved", "granted")
"""Statuses of what a customer got or is about to get; what was refused is no pattern."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A compensation of the past."""

    case_id: str
    contact_id: str
    status: str
    at: datetime
    cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CompensationRules:
    """From `complaints.compensation`."""

    repeat_count: int = 2
    repeat_within: timedelta = timedelta(days=180)
    approval_above: Decimal | None = None
    always_approve: tuple[str, ...] = ("goodwill",)


def repeated(
    earlier: Iterable[Given], rules: CompensationRules, now: datetime, *, case_id: str = ""
) -> list[Given]:
    """The earlier compensations that make one more a pattern, oldest first; none when they are too few.

    Several for one case count once: they answer one complaint. Those for `case_id` itself don't count.
    """
    since = now - rules.repeat_within
    counted = sorted(
        (
            given
            for given in earlier
            if given.status in COUNTED and since <= given.at <= now and given.case_id != case_id
        ),
        key=lambda given: given.at,
    )
    first_of_case: dict[str, Given] = {}
    for given in counted:
        first_of_case.setdefault(given.case_id, given)
    found = list(first_of_case.values())
    return found if len(found) >= rules.repeat_count else []


def why_approval(
    kind: str,
    cost: Decimal,
    earlier: Sequence[Given],
    rules: CompensationRules,
    now: datetime,
    *,
    case_id: str = "",
) -> tuple[str, ...]:
    """Why a compensation may not be granted by the one who proposes it: kind, cost, repeated; () when it may."""
    reasons = []
    if kind in rules.always_approve:
        reasons.append("kind")
    if rules.approval_above is not None and cost > rules.approval_above:
        reasons.append("cost")
    if repeated(earlier, rules, now, case_id=case_id):
        reasons.append("repeated")
    return tuple(reasons)
