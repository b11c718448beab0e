"""The company's own fields of a contact, checked at every door with one function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.contacts_data.amounts import read_amount
from bot.contacts_data.cells import Cell, folded, text_of
from bot.contacts_data.dates import Order, read_date
from bot.contacts_data.unreadable import Unreadable

FieldType = Literal["text", "number", "date", "choice", "yes_no"]
MAX_TEXT = 1_000

_YES = {
    "oui",
    "o",
    "yes",
    "y",
    "true",
    "vrai",
    "1",
    "x",
    "✓",
    "نعم",
    "اجل",
    "ok",
    "accepte",
    "opt in",
    "موافق",
}
_NO = {"non", "n", "no", "false", "faux", "0", "لا", "كلا", "refuse", "opt out", "غير موافق", "desinscrit"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyField:
    """One field of `contacts.fields` in the configuration."""

    name: str
    type: FieldType
    labels: Mapping[str, str]
    choices: tuple[str, ...] = ()


def read_field(
    cell: Cell, field: CompanyField, *, today: date, order: Order = "dmy", decimal: str = ","
) -> str | bool | float:
    """The value as `contacts.fields` keeps it: dates as ISO texts, numbers as numbers. Raises `Unreadable`."""
    if field.type == "yes_no":
        return cell if isinstance(cell, bool) else read_yes_no(cell)
    if field.type == "number":
        amount = float(read_amount(cell, decimal=decimal)[0])
        return int(amount) if amount.is_integer() else amount
    if field.type == "date":
        return read_date(cell, today=today, order=order).isoformat()
    text = text_of(cell)
    if field.type == "choice":
        found = [choice for choice in field.choices if folded(choice) == folded(text)]
        if not found:
            raise Unreadable("bad_choice", value=text, known=", ".join(field.choices))
        return found[0]
    if len(text) > MAX_TEXT:
        raise Unreadable("too_long", limit=str(MAX_TEXT))
    return text


def read_yes_no(cell: Cell) -> bool:
    """Raises `Unreadable`: bad_yes_no."""
    if isinstance(cell, bool):
        return cell
    word = folded(text_of(cell)) or text_of(cell)
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Unreadable("bad_yes_no", value=text_of(cell))
