"""A file as rows with their line numbers, read a row at a time: CSV in whatever shape, or the first worksheet."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final, Literal

from bot.contacts_data.cells import Cell, text_of
from bot.contacts_data.encodings import Encoding, encoding_of
from bot.contacts_data.sheets import SheetError, sheet_rows

DELIMITERS: Final = ",;\t|"
MAX_COLUMNS: Final = 300
_LONGEST_RECORD: Final = 30  # lines a quoted cell may go over; beyond it the quote was never closed
_LONGEST_LINE: Final = 1 << 20
_SAMPLE: Final = 50


class TableError(Exception):
    """This file can't be read as a table: what is wrong and what to do, in plain words; `code` for other languages."""

    def __init__(self, words: str, code: str = "unreadable") -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row; `broken` is a code of `faults` where its shape is wrong."""

    line: int
    cells: list[Cell]
    broken: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file as it was understood."""

    path: Path
    headings: list[str]
    first: int  # line the data begin on
    encoding: Encoding | None = None  # None: a worksheet
    delimiter: str = ""
    sample: list[TableRow] = field(default_factory=list)

    def rows(self) -> Iterator[TableRow]:
        """The data rows from the first one on; blank ones are left out."""
        return (row for row in _all_rows(self.path, self.encoding, self.delimiter) if row.line >= self.first)

    def lost_letters(self, row: TableRow) -> bool:
        """Whether a cell has characters that its encoding did not give."""
        return any(isinstance(cell, str) and "\ufffd" in cell for cell in row.cells)


def open_table(path: Path, *, encoding: str = "", delimiter: str = "") -> Table:
    """Look at the file. Raises `TableError`."""
    try:
        if _is_sheet(path):
            found = None
        else:
            found = Encoding(encoding) if encoding else encoding_of(path)
            delimiter = delimiter or _delimiter(path, found)
        sample = list(islice(_all_rows(path, found, delimiter), _SAMPLE + 1))
    except SheetError as error:
        raise TableError(str(error), error.code) from error
    except (OSError, LookupError, UnicodeError) as error:
        raise TableError(str(error)) from error
    if not sample:
        raise TableError("the file has no rows", "no_rows")
    headings, first = _headings(sample[0])
    return Table(
        path=path,
        headings=headings,
        first=first,
        encoding=found,
        delimiter=delimiter,
        sample=[row for row in sample if row.line >= first],
    )


def _is_sheet(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"PK\x03\x04"):
        return True
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise TableError(
            "this is an old or encrypted Excel file: save it as .xlsx without a password, or as CSV",
            "old_excel",
        )
    if start.startswith(b"%PDF"):
        raise TableError("this is a PDF: save the table as .xlsx or CSV", "pdf")
    return False


def _all_rows(path: Path, encoding: Encoding | None, delimiter: str) -> Iterator[TableRow]:
    if encoding is None:
        rows: Iterator[TableRow] = (TableRow(line, cells) for line, cells in sheet_rows(path, MAX_COLUMNS))
    else:
        rows = _csv_rows(path, encoding, delimiter)
    return (row for row in rows if any(cell not in (None, "") and text_of(cell) for cell in row.cells))


def _csv_rows(path: Path, encoding: Encoding, delimiter: str) -> Iterator[TableRow]:
    lines = _lines(path, encoding)
    for line, text in lines:
        if line == 1 and text.lower().startswith("sep="):
            continue
        record, taken = text, [(line, text)]
        while '"' in text and open_quote(record, delimiter) and len(taken) < _LONGEST_RECORD:
            following = next(lines, None)
            if following is None:
                break
            taken.append(following)
            record = f"{record}\n{following[1]}"
        if '"' in text and open_quote(record, delimiter):
            # A stray quote must not swallow the rows after it: each is read by itself.
            for number, single in taken:
                yield TableRow(
                    number, _split(single, delimiter, plain=open_quote(single, delimiter)), "quote_open"
                )
        else:
            yield TableRow(line, _split(record, delimiter))


def _lines(path: Path, encoding: Encoding) -> Iterator[tuple[int, str]]:
    with path.open(encoding=encoding.name, errors="replace", newline=None) as file:
        line = 0
        while text := file.readline(_LONGEST_LINE):
            line += 1
            yield line, text.rstrip("\n")


def open_quote(text: str, delimiter: str) -> bool:
    """Whether a cell that began with a quote has not ended."""
    at = 0
    while True:
        if text.startswith('"', at):
            end = text.find('"', at + 1)
            while end >= 0 and text.startswith('"', end + 1):
                end = text.find('"', end + 2)
            if end < 0:
                return True
            at = end + 1
        at = text.find(delimiter, at) + 1
        if not at:
            return False


def _split(record: str, delimiter: str, *, plain: bool = False) -> list[Cell]:
    quoting: Literal[0, 3] = csv.QUOTE_NONE if plain else csv.QUOTE_MINIMAL
    try:
        # An item of the list may hold line ends only within quotes.
        rows = list(csv.reader([record.replace("\r", " ")], delimiter=delimiter, quoting=quoting))
    except csv.Error:
        return list(record.split(delimiter)[:MAX_COLUMNS])
    return list(rows[0][:MAX_COLUMNS]) if rows else []


def _delimiter(path: Path, encoding: Encoding) -> str:
    """The one that cuts most lines into the same number of cells."""
    lines = [text for _, text in islice(_lines(path, encoding), _SAMPLE)]
    if lines and lines[0].lower().startswith("sep=") and len(lines[0]) == 5:
        return lines[0][4]
    best, most = ",", 0.0
    for candidate in DELIMITERS:
        counts = Counter(len(_split(text, candidate)) for text in lines if text.strip())
        for cells, times in counts.items():
            weight = times / max(1, sum(counts.values())) * min(cells, 20)
            if cells > 1 and weight > most:
                best, most = candidate, weight
    return best


def _headings(row: TableRow) -> tuple[list[str], int]:
    """The first row, or made-up names where it is data already."""
    texts = [text_of(cell) for cell in row.cells]
    is_data = any("@" in text or sum(map(str.isdigit, text)) >= 6 for text in texts)
    if is_data:
        return [f"column {number}" for number in range(1, len(texts) + 1)], row.line
    return [text.replace("\n", " ") for text in texts], row.line + 1
