"""A rule while somebody builds it by form: it may be half finished, and each mistake knows its line.

root = draft_of(to_form(rule))      # what a form shows
rule = finished(root, terms)        # Raises `Unfinished`
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, Literal

from scheduler.segments import Rule, RuleError, Terms, from_form, to_form
from scheduler.segments.measures import MEASURES, Kind, Measure

OWN: Final = "own:"
APART: Final = ";"
_MARKS: Final = (APART, "؛")  # the Arabic one as well
TESTS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "text": ("one_of", "contains", "starts_with", "known"),
    "choice": ("one_of", "known"),
    "number": ("compare",),
    "class": ("compare",),
    "money": ("compare",),
    "moment": ("during", "known"),
    "day": ("during", "known"),
    "yearday": ("during", "known"),
    "flag": ("holds",),
    "own": ("one_of", "contains", "starts_with", "compare", "during", "holds", "known"),
}
OWN_TESTS: Final[Mapping[str, tuple[str, ...]]] = {
    "text": ("one_of", "contains", "starts_with", "known"),
    "choice": ("one_of", "known"),
    "number": ("compare", "known"),
    "date": ("during", "known"),
    "yes_no": ("holds", "known"),
}
OPS: Final = (">=", "<=", "=", "!=", ">", "<")
UNITS: Final = ("day", "week", "month", "year")
LENGTHS: Final = ("last", "next", "older")
PERIODS: Final = (*LENGTHS, "calendar", "between")
CALENDAR: Final = tuple(f"{unit}:{offset}" for unit in UNITS for offset in (0, -1, 1))
GROUPS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("person", (
        "name", "language", "zone", "country", "stage", "tier", "mode", "tag", "organisation", "role", "owner",
        "source", "preferred_channel", "external_id", "birthday", "birthday_month", "age", "created", "timezone",
    )),
    ("reach", ("reachable", "consent")),
    ("purchases", ("purchases", "quantity", "amount", "last_purchase", "first_purchase")),
    ("classes", ("recency", "frequency", "spending")),
    ("business", (
        "quotes", "quote_amount", "quote_expiry", "equipment", "service_due", "cards", "points", "rewards",
        "card_expiry",
    )),
    ("wishes", ("appointments", "next_appointment", "last_appointment", "interest", "waiting")),
    ("talks", ("last_activity", "last_message", "conversations", "complaints")),
    ("sent", ("campaigns", "promotions")),
)  # fmt: skip

_numbers = count(1)


class Unfinished(Exception):
    """A line that is no condition yet: `code` says what lacks, or `error` what is wrong with it."""

    def __init__(self, line: int, code: str = "", error: RuleError | None = None) -> None:
        super().__init__(code or str(error))
        self.line = line
        self.code = code
        self.error = error


@dataclass(slots=True, kw_only=True)
class PeriodDraft:
    """`kind` "" stands for any time."""

    kind: str = ""
    count: str = "30"
    unit: str = "day"
    calendar: str = "month:0"
    start: str = ""
    end: str = ""


@dataclass(slots=True, kw_only=True)
class Line:
    """One condition. Values are as they are typed; several texts stand apart by a semicolon."""

    measure: str = "language"
    negated: bool = False
    test: str = "one_of"
    text: str = ""
    op: str = ">="
    number: str = "1"
    currency: str = ""
    period: PeriodDraft = field(default_factory=lambda: PeriodDraft(kind="last"))
    products: str = ""
    ranges: str = ""
    status: str = ""
    channel: str = ""
    purpose: str = ""
    name: str = ""
    within: PeriodDraft = field(default_factory=PeriodDraft)
    fixed: dict[str, Any] | None = None  # what a form can't show: it stays as it is
    id: int = field(default_factory=lambda: next(_numbers))

    @property
    def meant(self) -> Measure:
        return MEASURES[self.measure]

    @property
    def values(self) -> list[str]:
        return apart(self.text)

    def choose(self, measure: str, currency: str, tests: tuple[str, ...]) -> None:
        """Ask something else: what was typed goes, for it hardly fits."""
        measure, _, name = measure.partition(":")
        fresh = Line(measure=measure, name=name, test=tests[0], currency=currency)
        if measure == "consent":
            fresh.purpose = "offers"
        if MEASURES[measure].kind == "class":
            fresh.number = "4"
        for slot in self.__slots__:
            if slot not in ("id", "negated"):
                setattr(self, slot, getattr(fresh, slot))


@dataclass(slots=True, kw_only=True)
class Group:
    """Conditions of which all, or at least one, must be so."""

    join: Literal["all", "any"] = "all"
    negated: bool = False
    items: list[Line | Group] = field(default_factory=list)
    id: int = field(default_factory=lambda: next(_numbers))

    def lines(self) -> Iterator[Line]:
        for each in self.items:
            if isinstance(each, Line):
                yield each
            else:
                yield from each.lines()


# from a rule


def draft_of(form: Mapping[str, Any]) -> Group:
    """The root is always a group."""
    made = _draft(form, negated=False)
    return made if isinstance(made, Group) else Group(items=[made])


def apart(text: str) -> list[str]:
    """Several values typed in one line."""
    for mark in _MARKS:
        text = text.replace(mark, "\n")
    return [each.strip() for each in text.split("\n") if each.strip()]


def _draft(form: Mapping[str, Any], *, negated: bool) -> Line | Group:
    if "not" in form:
        return _draft(form["not"], negated=not negated)
    for join in ("all", "any"):
        if join in form:
            items = [_draft(each, negated=False) for each in form[join]]
            return Group(join=join, negated=negated, items=items)
    return _line(form, negated=negated)


def _line(form: Mapping[str, Any], *, negated: bool) -> Line:
    test, scope = form["test"], form.get("of", {})
    line = Line(measure=form["measure"], negated=negated, number="", test=next(iter(test)))
    if "op" in test:
        line.test, line.op, line.number = "compare", test["op"], test["value"]
        line.currency = test.get("currency", "")
    elif line.test == "one_of":
        line.text = f"{APART} ".join(test["one_of"])
    elif line.test in ("contains", "starts_with"):
        line.text = test[line.test]
    elif line.test == "during":
        line.period = _period_draft(test["during"])
    for name in ("status", "channel", "purpose", "name"):
        setattr(line, name, scope.get(name, ""))
    line.products = f"{APART} ".join(scope.get("products", ()))
    line.ranges = f"{APART} ".join(scope.get("ranges", ()))
    if "period" in scope:
        line.within = _period_draft(scope["period"])
    if not _says(line, form):  # such as a value with a semicolon in it
        return Line(measure=line.measure, negated=negated, test=line.test, fixed=dict(form))
    return line


def _says(line: Line, form: Mapping[str, Any]) -> bool:
    try:
        return _condition_form(line) == form
    except Unfinished:
        return False


def _period_draft(form: Mapping[str, Any]) -> PeriodDraft:
    for kind in LENGTHS:
        if kind in form:
            return PeriodDraft(kind=kind, count=str(form[kind]), unit=form["unit"])
    if "calendar" in form:
        return PeriodDraft(kind="calendar", calendar=f"{form['calendar']}:{form.get('offset', 0)}")
    return PeriodDraft(kind="between", start=form.get("from", ""), end=form.get("to", ""))


# to a rule


def finished(root: Group, terms: Terms) -> Rule:
    """Raises `Unfinished` for the first line that is none, `RuleError` where all of it is too much."""
    for line in root.lines():
        try:
            from_form(_line_form(line), terms)
        except RuleError as error:
            raise Unfinished(line.id, error=error) from error
    return from_form(_form(root), terms)


def same(root: Group, rule: Rule, terms: Terms) -> bool:
    """Whether the form says this rule already."""
    try:
        return to_form(finished(root, terms)) == to_form(rule)
    except (Unfinished, RuleError):
        return False


def _form(group: Group) -> dict[str, Any]:
    made: dict[str, Any] = {
        group.join: [_form(each) if isinstance(each, Group) else _line_form(each) for each in group.items]
    }
    if not group.items:
        made = {"all": []}
    return {"not": made} if group.negated else made


def _line_form(line: Line) -> dict[str, Any]:
    form = _condition_form(line)
    return {"not": form} if line.negated else form


def _condition_form(line: Line) -> dict[str, Any]:
    if line.fixed is not None:
        return dict(line.fixed)
    form: dict[str, Any] = {"measure": line.measure, "test": _test_form(line)}
    if scope := _scope_form(line):
        form["of"] = scope
    return form


def _test_form(line: Line) -> dict[str, Any]:
    if line.test == "one_of":
        if not line.values:
            raise Unfinished(line.id, "value")
        return {"one_of": line.values}
    if line.test in ("contains", "starts_with"):
        if not line.text.strip():
            raise Unfinished(line.id, "value")
        return {line.test: line.text.strip()}
    if line.test == "compare":
        number = line.number.replace("\u202f", "").replace("\u00a0", "").replace(" ", "").replace(",", ".")
        if not number.lstrip("-").replace(".", "", 1).isdecimal():
            raise Unfinished(line.id, "number")
        form: dict[str, Any] = {"op": line.op, "value": number}
        return form | ({"currency": line.currency} if line.meant.kind == "money" else {})
    if line.test == "during":
        return {"during": _period_form(line.period, line.id)}
    return {line.test: True}


def _scope_form(line: Line) -> dict[str, Any]:
    scope: dict[str, Any] = {}
    for part in sorted(line.meant.parts):
        if part == "period":
            if line.within.kind:
                scope["period"] = _period_form(line.within, line.id)
            continue
        said = str(getattr(line, part)).strip()
        if part in ("products", "ranges"):
            if values := apart(said):
                scope[part] = values
        elif said:
            scope[part] = said
    return scope


def _period_form(draft: PeriodDraft, line: int) -> dict[str, Any]:
    if draft.kind in LENGTHS:
        if not draft.count.strip().isdecimal():
            raise Unfinished(line, "length")
        return {draft.kind: int(draft.count), "unit": draft.unit}
    if draft.kind == "calendar":
        unit, _, offset = draft.calendar.partition(":")
        return {"calendar": unit, "offset": int(offset)}
    days = {name: day for name, day in (("from", draft.start), ("to", draft.end)) if day}
    if not days:
        raise Unfinished(line, "days")
    return days
