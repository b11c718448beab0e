"""What a manager takes along: the register, the report, the figures."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from bot.complaints.periods import Period
from bot.console.visit import Visit
from bot.figures_out import as_data
from bot.indicators import Figures
from bot.paper import Document, find_fonts, to_pdf
from bot.paper.sheet import csv_lines
from bot.register import Register
from bot.register_words import COLUMNS, PRINTED

PDF: Final = "application/pdf"
CSV: Final = "text/csv; charset=utf-8"


async def register_csv(visit: Visit, period: Period) -> bytes:
    """All columns, a day at a time, so that no reader waits for the whole."""
    register = Register(visit.config, visit.language)
    columns = tuple(COLUMNS)
    rows: list[Any] = []
    for part in period.by_days():

        def read(session: Session, part: Period = part) -> list[Any]:
            return list(register.rows(session, part, columns))

        found = await visit.store.read(read)
        rows += found if not rows else found[1:]
    return b"".join(csv_lines(rows, language=visit.language))


async def register_pdf(visit: Visit, period: Period) -> bytes:
    """Raises `TooMuch`, `NoFont`."""
    register = Register(visit.config, visit.language)
    now = visit.clock.now()
    document = await visit.store.read(lambda session: register.document(session, period, now, PRINTED))
    return await printed(visit, document)


async def report_pdf(visit: Visit, week: Period) -> bytes:
    """The weekly report as it stands now. Raises `NoFont`."""
    reporting = visit.services.behind.reporting
    assert reporting is not None
    made = await reporting.report.make(week, visit.language)
    return await printed(visit, made.document)


async def printed(visit: Visit, document: Document) -> bytes:
    """Raises `NoFont` where this machine has none that writes the language."""
    fonts = find_fonts(visit.config.documents.font, visit.config.documents.bold_font)
    return await asyncio.to_thread(to_pdf, document, fonts)


def figures_csv(visit: Visit, figures: Figures) -> bytes:
    """A line a figure: its name as in the API, and its value."""
    rows = [("figure", "value"), *_flat(as_data(figures))]
    return b"".join(csv_lines(rows, language=visit.language))


def _flat(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        name = f"{prefix}.{key}" if prefix else str(key)
        if isinstance(value, Mapping):
            yield from _flat(value, name)
        elif isinstance(value, list):
            for at, item in enumerate(value, 1):
                yield from _flat(item, f"{name}.{at}")
        else:
            yield name, value
