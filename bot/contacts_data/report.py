"""The rows that were not taken, or with a doubt, as a file to mend: each as it was, with the reason beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.contacts_data.cells import text_of
from bot.contacts_data.export import csv_lines
from bot.contacts_data.faults import say
from bot.contacts_data.tables import Table, TableRow
from bot.records import ImportFault
from bot.records.base import table_of

PAGE: Final = 1_000
HEADINGS: Final = {
    "fr": ("Ligne", "Reprise", "Raison", "non", "oui"),
    "ar": ("السطر", "أُخذ", "السبب", "لا", "نعم"),
    "en": ("Line", "Taken", "Reason", "no", "yes"),
}
_faults = table_of(ImportFault).c


def faults_page(session: Session, import_id: str, after: tuple[int, str], limit: int = PAGE) -> list[Any]:
    """Faults in the order of the file."""
    line, fault_id = after
    query = (
        select(table_of(ImportFault))
        .where(_faults.import_id == import_id, _faults.line >= line)
        .where((_faults.line > line) | (_faults.id > fault_id))
        .order_by(_faults.line, _faults.id)
        .limit(limit)
    )
    return list(session.execute(query).all())


def report_lines(
    table: Table | None, pages: Callable[[tuple[int, str]], list[Any]], language: str
) -> Iterator[str]:
    """CSV, a piece at a time. Without the file itself only lines and reasons are told."""
    line_word, taken_word, reason_word, no, yes = HEADINGS.get(language, HEADINGS["en"])
    headings = table.headings if table else []
    yield "\ufeff" + csv_lines([[*headings, line_word, taken_word, reason_word]])
    rows = table.rows() if table else iter(())
    for line, faults in _by_line(pages):
        cells = _cells_of(rows, line)
        refused = any(fault.refused for fault in faults)
        reasons = " · ".join(_sentence(fault, language) for fault in faults)
        padded = (cells + [""] * len(headings))[: len(headings)]
        yield csv_lines([[*padded, str(line), no if refused else yes, reasons]])


def _sentence(fault: Any, language: str) -> str:
    words = say(fault.code, fault.detail, language)
    return f"{fault.column}: {words}" if fault.column else words


def _cells_of(rows: Iterator[TableRow], line: int) -> list[str]:
    for row in rows:
        if row.line == line:
            return [text_of(cell) for cell in row.cells]
        if row.line > line:
            break
    return []


def _by_line(pages: Callable[[tuple[int, str]], list[Any]]) -> Iterator[tuple[int, list[Any]]]:
    waiting: list[Any] = []
    for fault in _all(pages):
        if waiting and fault.line != waiting[0].line:
            yield waiting[0].line, waiting
            waiting = []
        waiting.append(fault)
    if waiting:
        yield waiting[0].line, waiting


def _all(pages: Callable[[tuple[int, str]], list[Any]]) -> Iterable[Any]:
    after = (0, "")
    while page := pages(after):
        yield from page
        after = (page[-1].line, page[-1].id)
