"""What is printed or opened in a spreadsheet: reports, registers, certificates.

    document = Document(title="…", language="fr", printed_at=now, blocks=(Heading("…"), Table(heads=…, rows=…)))
    to_pdf(document)

The PDF library is loaded by the first `to_pdf`, so that nobody else pays for it.
"""

from __future__ import annotations

from bot.paper.document import Bars, Block, Document, Facts, Heading, Paragraph, Table
from bot.paper.fonts import Fonts, NoFont, find_fonts
from bot.paper.sheet import to_csv

__all__ = [
    "Bars",
    "Block",
    "Document",
    "Facts",
    "Fonts",
    "Heading",
    "NoFont",
    "Paragraph",
    "Table",
    "find_fonts",
    "to_csv",
    "to_pdf",
]


def to_pdf(document: Document, fonts: Fonts | None = None) -> bytes:
    """The document as a PDF. Raises `NoFont` where this machine has none that can write it."""
    from bot.paper.pdf import print_document

    return print_document(document, fonts or find_fonts())
