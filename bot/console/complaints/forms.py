"""What each act on a complaint asks of whoever does it: the fields, and what was typed as the act's own call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal

from pydantic import BaseModel, ValidationError

from bot.cases import ACTS
from bot.complaints.lifecycle import COMPENSATIONS, FAITHS, FAULTS, OBJECTS, SEVERITIES

Kind = Literal["prose", "line", "choice", "desk", "desks", "person", "money", "date", "reference", "flag"]
_DIGITS: Final = str.maketrans("٠١٢٣٤٥٦٧٨٩٫", "0123456789.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field. `choices` are of a "choice"; "" among them stands for "as it is"."""

    name: str
    kind: Kind = "prose"
    needed: bool = False
    choices: Sequence[str] = ()
    most: int = 5_000

    @property
    def words(self) -> str:
        """Where its choices are written in the words: `choice.<words>.<value>`."""
        return self.name


def _prose(name: str, *, needed: bool = False) -> Field:
    return Field(name=name, kind="prose", needed=needed)


def _line(name: str, *, needed: bool = False, most: int = 200) -> Field:
    return Field(name=name, kind="line", needed=needed, most=most)


_NOTE: Final = (_prose("note"),)
FORMS: Final[Mapping[str, Sequence[Field]]] = {
    "qualify": (
        Field(name="object", kind="choice", choices=OBJECTS),
        Field(name="severity", kind="choice", choices=SEVERITIES),
        _line("product"),
        _line("order_ref"),
        _line("zone"),
        _line("code"),
        _prose("consequences"),
        _prose("anomaly"),
    ),
    "take": (),
    "assign": (Field(name="owner", kind="person", needed=True), Field(name="desk", kind="desk")),
    "plan": (_prose("plan", needed=True),),
    "forward": (Field(name="desk", kind="desk", needed=True), _prose("question", needed=True)),
    "department-answer": (Field(name="desk", kind="desk", needed=True), _prose("answer", needed=True)),
    "answer": (
        _prose("text", needed=True),
        Field(name="settled", kind="flag"),
        Field(name="copy_to", kind="desks"),
    ),
    "answered": _NOTE,
    "inform": (_prose("text", needed=True),),
    "wait": (_prose("question", needed=True),),
    "resume": _NOTE,
    "note": (_prose("text", needed=True),),
    "propose": (
        Field(name="kind", kind="choice", choices=COMPENSATIONS, needed=True),
        _prose("description", needed=True),
        Field(name="cost", kind="money", needed=True, most=20),
    ),
    "approve": (_prose("reason"),),
    "decline": (_prose("reason", needed=True),),
    "grant": (),
    "conciliate": (_prose("note", needed=True),),
    "refuse": (_prose("reason", needed=True),),
    "faith": (Field(name="faith", kind="choice", choices=FAITHS, needed=True), _prose("evidence")),
    "fault": (Field(name="fault", kind="choice", choices=FAULTS, needed=True), _prose("note")),
    "cause": (_line("cause", needed=True), _prose("note")),
    "close": (Field(name="outcome", kind="choice", choices=("settled", "refused")), _prose("note")),
    "withdraw": (_prose("note", needed=True),),
    "reopen": (_prose("reason", needed=True),),
    "merge": (Field(name="into", kind="reference", needed=True, most=24),),
    "link": (
        Field(name="other", kind="reference", needed=True, most=24),
        Field(name="link", kind="choice", choices=("same_matter", "recurrence"), needed=True),
        _prose("note"),
    ),
    "review": _NOTE,
    "archive": _NOTE,
    "prevent": (
        _line("title", needed=True, most=300),
        Field(name="owner", kind="person"),
        Field(name="due_on", kind="date"),
    ),
    "mystery": (),
}
"""The fields of every act, in the order in which they are asked."""
KEYED: Final = frozenset({"answer", "inform"})
"""Acts that a repeated call does once."""


class Wrong(ValueError):
    """A field can't be taken as it is; `key` names why in the words."""

    def __init__(self, field: str, key: str) -> None:
        super().__init__(f"{field}: {key}")
        self.field = field
        self.key = key


def read_money(typed: str) -> Decimal:
    """ "1 500,50", "1500.5", «١٥٠٠٫٥». Raises ValueError."""
    plain = typed.translate(_DIGITS)
    for space in (" ", "\u00a0", "\u202f", "'", "٬"):
        plain = plain.replace(space, "")
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    try:
        amount = Decimal(plain)
    except InvalidOperation as error:
        raise ValueError(f"{typed!r} is no amount") from error
    if not amount.is_finite() or amount < 0:
        raise ValueError(f"{typed!r} is no amount")
    return amount


def asked_of(
    act: str,
    typed: Mapping[str, Any],
    *,
    agent: str,
    version: int | None,
    key: str = "",
    fixed: Mapping[str, Any] | None = None,
) -> BaseModel:
    """The act's call from what was typed, by the fields' names. Raises `Wrong`, of the first field in question."""
    values: dict[str, Any] = {"agent": agent, "version": version, **(fixed or {})}
    for field in FORMS[act]:
        value = _value(field, typed.get(field.name))
        if act == "qualify" and field.name in typed:
            values[field.name] = value or ""
            continue
        if value is None:
            if field.needed:
                raise Wrong(field.name, "needed")
            continue
        values[field.name] = value
    if act == "qualify" and not typed:
        raise Wrong("", "nothing")
    if act == "answer":
        values["outcome"] = "settled" if values.pop("settled", False) else None
    if act == "link":
        values["kind"] = values.pop("link")
    if act in ("merge", "link"):
        name = "into" if act == "merge" else "other"
        values[name] = str(values[name]).upper()
    if act == "faith" and values.get("faith") == "bad" and not values.get("evidence"):
        raise Wrong("evidence", "evidence")
    if act in KEYED and key:
        values["key"] = key
    return made(ACTS[act].model, values)


def made(model: type[BaseModel], values: Mapping[str, Any]) -> BaseModel:
    """A call from values. Raises `Wrong` of the first field that can't be taken."""
    try:
        return model(**values)
    except ValidationError as error:
        where = error.errors()[0]["loc"]
        name = str(where[0]) if where else ""
        raise Wrong(name, "reference" if name in ("into", "other") else "wrong") from error


def _value(field: Field, typed: Any) -> Any:
    """None where nothing was given. Raises `Wrong`."""
    if field.kind == "flag":
        return bool(typed)
    if field.kind == "desks":
        return tuple(typed or ())
    words = str(typed or "").strip()
    if len(words) > field.most:
        raise Wrong(field.name, "long")
    if field.kind == "money" and words:
        try:
            return read_money(words)
        except ValueError as error:
            raise Wrong(field.name, "money") from error
    if field.kind == "date" and words:
        try:
            return date.fromisoformat(words)
        except ValueError as error:
            raise Wrong(field.name, "date") from error
    return words or None


def changed_only(typed: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Of a form that was filled in already: what is another now. A text that was cleared counts."""
    return {name: value for name, value in typed.items() if str(value or "") != str(before.get(name) or "")}
