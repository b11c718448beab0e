"""The first worksheet of an .xlsx file, a row at a time. Formulas are never run: what was computed last is read."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bot.contacts_data.cells import Cell

MAX_UNPACKED: Final = 600_000_000
"""Bytes of all parts together."""
_MAX_PARTS: Final = 2_000
_MAX_RATIO: Final = 300  # worksheets pack 10 to 40 times; a bomb a thousand times
_SMALL: Final = 5_000_000  # below it a ratio says nothing
_MAX_TEXTS: Final = 200_000_000  # the table of texts is held in memory while reading


class SheetError(Exception):
    """This workbook is not read: why, and what to do; `code` for other languages."""

    def __init__(self, words: str, code: str = "bad_workbook") -> None:
        super().__init__(words)
        self.code = code


def sheet_rows(path: Path, max_columns: int) -> Iterator[tuple[int, list[Cell]]]:
    """Row number as the spreadsheet shows it, and its cells. Raises `SheetError`."""
    check_archive(path)
    import openpyxl  # 150 ms that only worksheets need
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except (InvalidFileException, KeyError, ValueError, OSError, SyntaxError, EOFError) as error:
        raise SheetError(
            "this is not a sound .xlsx file: open it and save it again, or save it as CSV"
        ) from error
    try:
        if not book.worksheets:
            raise SheetError("the workbook has no worksheet")
        sheet: Any = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its own size is not to be believed
        for line, cells in enumerate(sheet.iter_rows(max_col=max_columns, values_only=True), 1):
            yield line, [cell if not isinstance(cell, bytes) else None for cell in cells]
    except (
        SyntaxError,
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        zipfile.BadZipFile,
        EOFError,
    ) as error:
        raise SheetError("the worksheet is damaged: open it and save it again, or save it as CSV") from error
    finally:
        book.close()


def check_archive(path: Path) -> None:
    """Refuse what would unpack to more than it should, before anything is unpacked. Raises `SheetError`."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise SheetError(
            "this is not a sound .xlsx file: open it and save it again, or save it as CSV"
        ) from error
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise SheetError(
            "this archive is not an .xlsx workbook: unpack it, or save the table as CSV", "archive"
        )
    if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise SheetError(
            "the workbook unpacks to more than this program reads: split it, or save it as CSV",
            "too_large_unpacked",
        )
    for part in parts:
        if part.file_size > _SMALL and part.file_size > _MAX_RATIO * max(1, part.compress_size):
            raise SheetError(
                "the workbook is packed so tightly that it may be a trap: save the table as CSV",
                "too_large_unpacked",
            )
        if part.filename == "xl/sharedStrings.xml" and part.file_size > _MAX_TEXTS:
            raise SheetError(
                "the workbook has too much text for one file: save the table as CSV", "too_large_unpacked"
            )
        if part.flag_bits & 1:
            raise SheetError("the workbook is encrypted: save it without a password", "old_excel")
