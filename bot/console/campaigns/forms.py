"""What the steps of a campaign's form hold, as plain values, and what they make of its definition. Pure.

A step that can't be read says which field is wrong and why, by a key of the words; nothing typed is lost.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from bot.templating.contract import variables_of
from channels.text import clean_text
from scheduler.campaigns.definition import WEEKDAYS, CampaignError, Definition, read_definition

MEASURES: Final = ("clicked", "replied", "converted", "opened")
PURPOSES: Final = ("offers", "information", "service")
KINDS: Final = ("", "prospecting", "widening", "win_back", "loyalty", "news")
LETTERS: Final = "abcde"
_FILLED: Final = frozenset(("unsubscribe", "name", "company", "channel"))
_FIRST_TEMPLATE: Final[Mapping[str, str]] = {
    "offers": "outreach/limited_offer",
    "information": "outreach/newsletter",
    "service": "outreach/stock_available",
}
_MAX_NAME: Final = 44  # of 48 that a series may have: there is room to tell two of them apart

Data = dict[str, Any]
"""A definition as JSON has it."""


class Wrong(ValueError):
    """A value that can't be read; `key` of the words says why."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(slots=True)
class Faults:
    """Field → key of what is wrong with it."""

    found: dict[str, str] = field(default_factory=dict)

    def read(self, name: str, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except Wrong as wrong:
            self.found.setdefault(name, wrong.key)
            return None


def slug_of(title: str, taken: Collection[str], today: date) -> str:
    """A name for a title: letters, digits and underscores, not taken yet."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:_MAX_NAME].strip("_")
    if not re.match(r"[a-z][a-z0-9_]", name) or name == "new":
        name = f"campaign_{today:%Y_%m_%d}"
    number, made = 1, name
    while made in taken:
        number += 1
        made = f"{name[: _MAX_NAME - 4]}_{number}"
    return made


# whom


def whom_of(values: Mapping[str, str], data: Data) -> tuple[Data, dict[str, str]]:
    """Title, purpose, and the segment or rule. The rule itself is checked by who knows the segments."""
    faults = Faults()
    title = clean_text(values.get("title", "")).strip()
    if not title:
        faults.found["title"] = "title"
    elif len(title) > 200:
        faults.found["title"] = "long_title"
    purpose = values.get("purpose", "")
    if purpose not in PURPOSES:
        faults.found["purpose"] = "choose"
    own = values.get("whom") == "own"
    audience = clean_text(values.get("audience", "")).strip() if own else ""
    segment = "" if own else values.get("segment", "")
    if own and not audience:
        faults.found["audience"] = "audience"
    if not own and not segment:
        faults.found["segment"] = "segment"
    changed = {**data, "title": title, "purpose": purpose, "kind": values.get("kind", "")}
    _put(changed, "segment", segment)
    _put(changed, "audience", audience)
    if not changed.get("template"):
        changed["template"] = _FIRST_TEMPLATE.get(purpose, "outreach/newsletter")
    return changed, faults.found


# what


@dataclass(frozen=True, slots=True)
class Place:
    """A variable of a template that a campaign fills in."""

    name: str
    kind: str  # text, moment, count


def places_of(template: str, known: Mapping[str, Any]) -> list[Place]:
    """Those of a ready template; of the company's own, what was filled in until now."""
    kinds = variables_of(template)
    if kinds is None:
        return [Place(name, "text") for name in known if name not in _FILLED]
    return [
        Place(name, kind if kind in ("moment", "count") else "text")
        for name, kind in kinds.items()
        if name not in _FILLED
    ]


def shown_value(values: Mapping[str, Any], name: str, language: str) -> str:
    """What stands in a field; of a text that is the same in every language, in each of them."""
    value = values.get(name, "")
    if isinstance(value, Mapping):
        return str(value.get(language, ""))
    return "" if value is None else str(value)


def values_of(
    places: Sequence[Place], typed: Mapping[tuple[str, str], str], languages: Sequence[str]
) -> tuple[Data, dict[str, str]]:
    """From (variable, language) → typed; a day or a number has the language ""."""
    faults, found = Faults(), {}
    for place in places:
        if place.kind == "text":
            texts = {each: clean_text(typed.get((place.name, each), "")).strip() for each in languages}
            if any(len(text) > 5_000 for text in texts.values()):
                faults.found[place.name] = "long_text"
            given = {each: text for each, text in texts.items() if text}
            if given:
                found[place.name] = given if len(languages) > 1 else next(iter(given.values()))
            continue
        text = typed.get((place.name, ""), "").strip()
        if place.kind == "moment" and text:
            faults.read(place.name, lambda text=text: day_of(text))  # type: ignore[misc]
        if place.kind == "count" and text:
            faults.read(place.name, lambda text=text: count_of(text, least=0))  # type: ignore[misc]
        if text:
            found[place.name] = text
        elif place.kind == "moment":
            faults.found[place.name] = "day_missing"
    return found, faults.found


def empty_texts(
    places: Sequence[Place], values: Mapping[str, Any], languages: Sequence[str]
) -> list[tuple[str, str]]:
    """Variables that say nothing, by language: (name, language)."""
    return [
        (place.name, language)
        for place in places
        if place.kind == "text"
        for language in languages
        if not shown_value(values, place.name, language)
    ]


def trial_of(values: Mapping[str, str]) -> tuple[Data, dict[str, str]]:
    faults = Faults()
    made = {
        "share": faults.read("share", lambda: count_of(values.get("share", ""), least=1, most=100)),
        "after_h": faults.read("after_h", lambda: count_of(values.get("after_h", ""), least=1, most=720)),
        "least": faults.read("least", lambda: count_of(values.get("least", ""), least=1, most=100_000)),
        "sure": faults.read("sure", lambda: count_of(values.get("sure", ""), least=50, most=99)),
        "measure": values.get("measure") if values.get("measure") in MEASURES else "clicked",
    }
    return made, faults.found


# when and how


def when_of(
    values: Mapping[str, str],
    channels: Sequence[str],
    weekdays: Collection[str],
    data: Data,
    *,
    usual: Sequence[str],
    currency: str,
) -> tuple[Data, dict[str, str]]:
    """Everything of the third step. `channels` in the wanted order, `usual` the one without a wish."""
    faults, changed = Faults(), dict(data)
    if not channels:
        faults.found["doors"] = "doors"

    def optional(name: str, read: Callable[[str], Any]) -> Any:
        text = values.get(name, "").strip()
        return faults.read(name, lambda: read(text)) if text else None

    series = values.get("mode") == "series"
    later = values.get("mode") == "later"
    start = optional("start", moment_of) if later else None
    if later and not values.get("start", "").strip():
        faults.found["start"] = "start_missing"
    end = optional("end", day_of)
    if start and end and start.date() > end:
        faults.found["end"] = "end_before_start"
    _put(changed, "start", start.isoformat(timespec="minutes") if start else None)
    changed["zone"] = "contact" if values.get("zone") == "contact" else "company"
    _put(changed, "end", end.isoformat() if end else None)
    _put(changed, "window", _window(values, weekdays, faults))
    _put(
        changed, "rate_per_min", optional("rate_per_min", lambda text: count_of(text, least=1, most=100_000))
    )
    budget = optional("budget", lambda text: money_of(text, currency))
    _put(changed, "budget", str(budget) if budget is not None else None)
    fixed = optional("fixed_cost", lambda text: money_of(text, currency))
    _put(changed, "fixed_cost", str(fixed) if fixed else None)
    target = optional("target", lambda text: count_of(text, least=1))
    of = values.get("target_of") if values.get("target_of") in MEASURES else "converted"
    _put(changed, "target", {"count": target, "of": of} if target else None)
    _put(changed, "channels", list(channels) if list(channels) != list(usual) else None)
    _put(changed, "repeat", _repeat(values, data.get("repeat"), faults) if series else None)
    return changed, faults.found


def _window(values: Mapping[str, str], weekdays: Collection[str], faults: Faults) -> Data | None:
    opens, closes = values.get("opens", "").strip(), values.get("closes", "").strip()
    if not weekdays:
        faults.found["weekdays"] = "weekdays"
        return None
    for name, text in (("opens", opens), ("closes", closes)):
        if text:
            faults.read(name, lambda text=text: time_of(text))  # type: ignore[misc]
    if (
        opens
        and closes
        and not {"opens", "closes"} & faults.found.keys()
        and time_of(opens) >= time_of(closes)
    ):
        faults.found["closes"] = "window_order"
    every = set(weekdays) == set(WEEKDAYS)
    if every and not opens and not closes:
        return None
    window: Data = {"opens": opens or "00:00", "closes": closes or "23:59:59"}
    if not every:
        window["weekdays"] = [day for day in WEEKDAYS if day in weekdays]
    return window


def _repeat(values: Mapping[str, str], known: Data | None, faults: Faults) -> Data | None:
    """`known` is kept where the form has no fields for it: the second Friday, some months alone."""
    at = values.get("repeat_at", "").strip() or "10:00"
    faults.read("repeat_at", lambda: time_of(at))
    if values.get("every") == "kept" and known:
        return {**known, "at": at}
    if values.get("every") == "month":
        day = faults.read("repeat_day", lambda: count_of(values.get("repeat_day", ""), least=1, most=28))
        return {"day": str(day), "at": at} if day else None
    weekday = values.get("repeat_weekday", "")
    if weekday not in WEEKDAYS:
        faults.found["repeat_weekday"] = "choose"
    return {"weekday": weekday, "at": at}


# single values


def day_of(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Wrong("day") from None


def moment_of(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise Wrong("start_missing") from None


def time_of(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise Wrong("time") from None


def count_of(text: str, *, least: int, most: int = 10_000_000) -> int:
    if not text.strip().isdecimal():
        raise Wrong("number")
    number = int(text)
    if number < least:
        raise Wrong("too_small")
    if number > most:
        raise Wrong("too_large")
    return number


def money_of(text: str, currency: str) -> Decimal:
    plain = re.sub(r"[\s\u00a0\u202f]", "", text).removesuffix(currency).replace(",", ".")
    try:
        amount = Decimal(plain)
    except InvalidOperation:
        raise Wrong("money") from None
    if not amount.is_finite() or amount < 0 or amount > 100_000_000 or -int(amount.as_tuple().exponent) > 4:
        raise Wrong("money")
    return amount


def definition_of(data: Data) -> Definition:
    """Raises `CampaignError`, whose problems say where."""
    return read_definition(data)


def fields_of(error: CampaignError) -> list[str]:
    """The fields of a definition that are wrong, as far as they are named."""
    return [problem.where.rpartition(": ")[2].partition(".")[0] for problem in error.problems]


def _put(data: Data, name: str, value: Any) -> None:
    """What is not said is left out, so that a definition stays as short as it is."""
    if value in (None, "", [], {}):
        data.pop(name, None)
    else:
        data[name] = value
