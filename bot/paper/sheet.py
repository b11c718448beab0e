"""CSV as the spreadsheets of the company's language open it at a double click."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from io import StringIO

BOM = "\ufeff"  # without it Excel takes UTF-8 for the machine's own code page
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")

Cell = str | int | float | Decimal | bool | datetime | None


def to_csv(rows: Iterable[Sequence[Cell]], *, language: str) -> bytes:
    """UTF-8 with its mark, `;` and decimal commas where the language writes so, `,` in English.

    A text that a spreadsheet would run as a formula gets an apostrophe. source: OWASP, CSV injection
    """
    return b"".join(csv_lines(rows, language=language))


def csv_lines(rows: Iterable[Sequence[Cell]], *, language: str) -> Iterable[bytes]:
    """The same, row by row, for files that are too large to be held."""
    english = language == "en"
    line = StringIO()
    writer = csv.writer(line, delimiter="," if english else ";", lineterminator="\r\n")
    line.write(BOM)
    for row in rows:
        writer.writerow([_cell(value, english=english) for value in row])
        yield line.getvalue().encode()
        line.seek(0)
        line.truncate()
    if rest := line.getvalue():  # no row at all
        yield rest.encode()


def _cell(value: Cell, *, english: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, int | float | Decimal):
        return str(value) if english else str(value).replace(".", ",")
    return (
        f"'{value}"
        if value.lstrip(" \ufeff").startswith(_DANGEROUS) or value.startswith(_DANGEROUS)
        else value
    )
