"""Amounts and counts: 1.234,56 and 1 234,56 and 1,234.56, with a currency before or after, in either digits."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Final

from bot.contacts_data.cells import Cell, folded, plain, text_of
from bot.contacts_data.unreadable import Unreadable

_CURRENCIES: Final = {
    "DZD": ("da", "dzd", "دج", "د ج", "دينار", "دينار جزائري", "dinar", "dinars"),
    "MAD": ("dh", "dhs", "mad", "درهم", "د م", "dirham", "dirhams"),
    "TND": ("dt", "tnd", "د ت"),
    "EUR": ("eur", "euro", "euros", "اورو", "يورو"),
    "USD": ("usd", "dollar", "dollars", "دولار"),
    "GBP": ("gbp",),
}
_BY_WORD: Final = {folded(word): code for code, words in _CURRENCIES.items() for word in words}
_BY_SIGN: Final = {"€": "EUR", "$": "USD", "£": "GBP"}
_AROUND = re.compile(
    r"((?:[^\d+()\-.,]|(?<=[^\W\d])\.)*)([(+-]*\s*[\d.,'’\s\u066b\u066c]*\d(?:[eE][+-]?\d{1,2})?\s*[)-]?)\s*(.*)",
    re.S,
)
_LARGEST: Final = Decimal(10) ** 11


def read_amount(cell: Cell, *, decimal: str = ",") -> tuple[Decimal, str]:
    """The amount and its currency's code, "" where none is named.

    `decimal`: what one mark before three digits ("1,234") is, this mark's decimals or the other's thousands.
    Raises `Unreadable`: bad_amount.
    """
    if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
        return _checked(Decimal(str(cell)), cell), ""
    found = _AROUND.fullmatch(plain(text_of(cell)).translate({0x66B: ",", 0x66C: " "}))
    if found is None:
        raise Unreadable("bad_amount", value=text_of(cell))
    currency = _currency(found[1], cell) or _currency(found[3], cell)
    figure = re.sub(r"[\s'’]", "", found[2])
    negative = figure.startswith("-") or figure.endswith("-") or figure.startswith("(")
    try:
        amount = Decimal(_western(figure.strip("()+-"), decimal))
    except (InvalidOperation, ValueError):
        raise Unreadable("bad_amount", value=text_of(cell)) from None
    return _checked(-amount if negative else amount, cell), currency


def read_count(cell: Cell, *, decimal: str = ",") -> int:
    """A whole number. Raises `Unreadable`: bad_count."""
    try:
        amount, _ = read_amount(cell, decimal=decimal)
    except Unreadable:
        raise Unreadable("bad_count", value=text_of(cell)) from None
    if amount != amount.to_integral_value() or abs(amount) >= 2**31:
        raise Unreadable("bad_count", value=text_of(cell))
    return int(amount)


def _currency(words: str, cell: Cell) -> str:
    words = words.strip()
    if not words:
        return ""
    code = _BY_SIGN.get(words) or _BY_WORD.get(folded(words)) or _BY_WORD.get(folded(words.replace(".", "")))
    if code is None:
        raise Unreadable("bad_amount", value=text_of(cell))
    return code


def _western(figure: str, decimal: str) -> str:
    """With a point and no thousands marks. Raises ValueError where the groups fit neither reading."""
    figure, _, exponent = figure.partition("E") if "E" in figure else figure.partition("e")
    marks = [char for char in figure if char in ".,"]
    if len(set(marks)) == 2:
        mark = marks[-1]
        if marks.count(mark) > 1:
            raise ValueError(figure)
    elif len(marks) > 1:
        mark = ""
    elif marks and re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", figure):
        mark = decimal if marks[0] == decimal else ""
    else:
        mark = marks[0] if marks else ""
    whole, _, rest = figure.rpartition(mark) if mark else (figure, "", "")
    groups = re.split(r"[.,]", whole)
    if len(groups) > 1 and (not 1 <= len(groups[0]) <= 3 or any(len(group) != 3 for group in groups[1:])):
        raise ValueError(figure)
    return f"{''.join(groups) or '0'}.{rest or '0'}" + (f"E{exponent}" if exponent else "")


def _checked(amount: Decimal, cell: Cell) -> Decimal:
    if not amount.is_finite() or abs(amount) >= _LARGEST:
        raise Unreadable("bad_amount", value=text_of(cell))
    return amount.quantize(Decimal("0.001"))
