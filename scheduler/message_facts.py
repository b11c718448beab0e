"""What a message says: the variables of its template, out of rows and out of what is given."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.templating.contract import variables_of
from scheduler.rules import Rule, Step

GRACE = timedelta(days=14)
"""So long after its expiry a card still earns points. source: E1, LO"""

_COLUMNS = (
    "product",
    "reference",
    "order_ref",
    "points",
    "rewards",
    "next_service_on",
    "expires_on",
    "issued_at",
    "place",
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?")
_NAMES = {"order_ref": "order", "next_service_on": "due_on", "issued_at": "issued_on"}


def variables_for(
    rule: Rule,
    step: Step,
    subject: Mapping[str, Any],
    told: str,
    zone: ZoneInfo,
    *,
    name: str,
    unsubscribe: str,
    when: str = "",
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The template's variables, and the names of those that are missing.

    What was told with the occasion wins over the subject's columns, and these over the rule's own values.
    `when` says an appointment's time in words.
    """
    known = {_NAMES.get(key, key): subject[key] for key in _COLUMNS if subject.get(key) is not None}
    if when:
        known["when"] = when
    if "expires_on" in known:
        known["until"] = known["expires_on"] + GRACE
    given = {**rule.values, **known, **(json.loads(told) if told.startswith("{") else {})}
    return fill_template(step.template, given, zone, name=name, unsubscribe=unsubscribe)


def fill_template(
    template: str, given: Mapping[str, Any], zone: ZoneInfo, *, name: str, unsubscribe: str
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What a template asks for, out of what is given, each value of its kind; and the names of what is missing.

    A template of the operator's own asks for what it is given; what is written as a day is one there.
    """
    kinds = variables_of(template) or {
        "unsubscribe": "text",
        **{key: "moment" if _is_day(value) else "text" for key, value in given.items()},
    }
    found: dict[str, Any] = {"name": name.split(" ")[0], "unsubscribe": unsubscribe}
    missing = []
    for key, kind in kinds.items():
        value = given.get(key)
        if key in found or key in ("company", "channel"):
            continue
        if kind == "moment":
            moment = _moment(value, zone)
            if moment is None:
                missing.append(key)
            else:
                found[key] = moment
        elif kind == "count":
            found[key] = int(value or 0)
        else:
            found[key] = "" if value is None else str(value)
    return {key: value for key, value in found.items() if key in kinds or key == "name"}, tuple(missing)


def _is_day(value: Any) -> bool:
    return isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value) is not None)


def _moment(value: Any, zone: ZoneInfo) -> datetime | None:
    """A day is its noon, so that no zone shows the day before."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    return datetime.combine(value, time(12), tzinfo=zone) if isinstance(value, date) else None
