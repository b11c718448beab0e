"""What can be asked of a contact: every measure with its kind, and what its rows can be limited by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["text", "choice", "number", "class", "money", "moment", "day", "yearday", "flag", "own"]
Part = Literal["products", "ranges", "status", "channel", "purpose", "name", "period"]

PARTS: Final[tuple[Part, ...]] = ("products", "ranges", "status", "channel", "purpose", "name", "period")
MAX_COUNT: Final[Mapping[str, int]] = {"day": 36_500, "week": 5_200, "month": 1_200, "year": 100}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """`many`: a contact may have several values. `counts`: named alone it means "at least one"."""

    key: str
    kind: Kind
    parts: frozenset[Part] = frozenset()
    needs: Part | None = None
    choices: str = ""  # a list of `scheduler.segments.choices`, of its values or else of its states
    open: bool = False  # other values than the listed ones may be written in quotation marks
    many: bool = False
    counts: bool = False


def _measure(key: str, kind: Kind, *parts: Part, **more: object) -> Measure:
    return Measure(key=key, kind=kind, parts=frozenset(parts), **more)  # type: ignore[arg-type]


_ALL: Final = (
    # the contact itself
    _measure("name", "text"),
    _measure("language", "choice", choices="language", open=True),
    _measure("country", "text"),
    _measure("zone", "text"),
    _measure("timezone", "text"),
    _measure("organisation", "text"),
    _measure("role", "choice", choices="role"),
    _measure("owner", "text"),
    _measure("source", "choice", choices="channel", open=True),
    _measure("preferred_channel", "choice", choices="channel", open=True),
    _measure("external_id", "text"),
    _measure("stage", "choice", choices="stage"),
    _measure("tier", "choice", choices="tier"),
    _measure("mode", "choice", choices="mode"),
    _measure("tag", "text", many=True),
    _measure("own", "own", "name", needs="name"),
    _measure("birthday", "yearday"),
    _measure("birthday_month", "number"),
    _measure("age", "number"),
    _measure("created", "moment"),
    # how they can be reached, and what they agreed to
    _measure("reachable", "choice", choices="channel", open=True, many=True),
    _measure("consent", "flag", "purpose", "channel", needs="purpose"),
    # what they bought
    _measure("purchases", "number", "products", "ranges", "channel", "period", counts=True),
    _measure("quantity", "number", "products", "ranges", "channel", "period", counts=True),
    _measure("amount", "money", "products", "ranges", "channel", "period"),
    _measure("last_purchase", "moment", "products", "ranges", "channel"),
    _measure("first_purchase", "moment", "products", "ranges", "channel"),
    _measure("recency", "class"),
    _measure("frequency", "class"),
    _measure("spending", "class"),
    # what they asked for, own and hold
    _measure("quotes", "number", "status", "period", choices="quote", counts=True),
    _measure("quote_amount", "money", "status", "period", choices="quote"),
    _measure("quote_expiry", "day"),
    _measure("equipment", "number", "products", counts=True),
    _measure("service_due", "day", "products"),
    _measure("cards", "number", counts=True),
    _measure("points", "number"),
    _measure("rewards", "number", counts=True),
    _measure("card_expiry", "day"),
    _measure("interest", "text", many=True),
    _measure("waiting", "text", many=True),
    _measure("appointments", "number", "status", "period", choices="appointment", counts=True),
    _measure("next_appointment", "moment"),
    _measure("last_appointment", "moment"),
    # what was said
    _measure("complaints", "number", "status", "products", "period", choices="complaint", counts=True),
    _measure("conversations", "number", "channel", "period", counts=True),
    _measure("last_message", "moment", "channel"),
    _measure("last_activity", "moment"),
    # what was sent to them
    _measure("campaigns", "number", "name", "status", "period", choices="campaign", counts=True),
    _measure("promotions", "number", "period", counts=True),
)

MEASURES: Final[Mapping[str, Measure]] = {each.key: each for each in _ALL}
CLASSES: Final = ("recency", "frequency", "spending")
