"""Telephone numbers and e-mail addresses out of cells, as the doors key them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from bot.contacts_data.cells import Cell, plain, text_of
from bot.contacts_data.unreadable import Unreadable

_SHORTENED = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d{1,2}")
_SEVERAL = re.compile(r"[/;,|\n]|\s+(?:ou|or|et|and|أو|او|و)\s+|\s-\s")
_FIXED: Final = {PhoneNumberType.FIXED_LINE, PhoneNumberType.TOLL_FREE, PhoneNumberType.SHARED_COST,
                 PhoneNumberType.PREMIUM_RATE, PhoneNumberType.UAN, PhoneNumberType.PAGER}  # fmt: skip
_LEAST_DIGITS: Final = 6
_EMAIL = re.compile(r"[^@\s<>,;\"()\[\]:\\]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,24}")
_EMAILS_APART = re.compile(r"[;,|\n]|\s+")


@dataclass(frozen=True, slots=True)
class Phone:
    """`value` is E.164; a fixed line gets no text messages."""

    value: str
    kind: Literal["mobile", "fixed"]


def read_phones(cell: Cell, *, country: str) -> list[Phone]:
    """Every number of the cell, once each; national ones as `country` dials them.

    Raises `Unreadable`: phone_cut (a spreadsheet has thrown digits away), bad_phone.
    """
    text = plain(text_of(cell))
    if found := _SHORTENED.fullmatch(text):
        text = _lengthened(found[0])
    whole = _phone(text, country)
    if whole:
        return [whole]
    parts = [part for part in _SEVERAL.split(text) if len(re.sub(r"\D", "", part)) >= _LEAST_DIGITS]
    found_numbers = [phone for part in parts if (phone := _phone(part.strip(), country))]
    if not parts or len(found_numbers) < len(parts):
        raise Unreadable("bad_phone", value=text_of(cell))
    return list(dict.fromkeys(found_numbers))


def read_emails(cell: Cell) -> list[str]:
    """Every address of the cell, once each, in lower case. Raises `Unreadable`: bad_email."""
    text = text_of(cell).removeprefix("mailto:")
    if found := re.search(r"<([^<>]+)>", text):
        text = found[1]
    found_addresses = []
    for part in _EMAILS_APART.split(text):
        address = part.strip().strip(".'\"<>").casefold().removeprefix("mailto:")
        if not address:
            continue
        if not _EMAIL.fullmatch(address) or ".." in address or ".@" in address or len(address) > 254:
            raise Unreadable("bad_email", value=text_of(cell))
        found_addresses.append(address)
    if not found_addresses:
        raise Unreadable("bad_email", value=text_of(cell))
    return list(dict.fromkeys(found_addresses))


def _lengthened(text: str) -> str:
    """2.13555123456E+11 still has all its digits, 2.13E+11 has not."""
    figure, _, exponent = text.upper().replace(",", ".").partition("E")
    whole, _, rest = figure.partition(".")
    missing = int(exponent) - len(rest)
    if missing > 1:
        raise Unreadable("phone_cut", value=text)
    return whole + rest + "0" * max(0, missing)


@lru_cache(1_000)
def _phone(text: str, country: str) -> Phone | None:
    digits = re.sub(r"[^\d+]", "", re.sub(r"\(0\)", "", text))
    if not _LEAST_DIGITS <= len(digits) <= 18 or re.search(
        r"[^\W\d]", re.sub(r"(?i)t[eé]l|mob|gsm|fax", "", text)
    ):
        return None
    for tried in (digits, f"+{digits.lstrip('0+')}"):
        try:
            number = phonenumbers.parse(tried, country)
        except phonenumbers.NumberParseException:
            continue
        kind = phonenumbers.number_type(number)
        if kind != PhoneNumberType.UNKNOWN:
            value = phonenumbers.format_number(number, PhoneNumberFormat.E164)
            return Phone(value, "fixed" if kind in _FIXED else "mobile")
    return None
