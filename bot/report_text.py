"""A report as plain text: for readers of mail without HTML, and for the terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from bot.paper import Bars, Block, Document, Facts, Heading, Paragraph, Table

_BAR = 24
_CELL = 46
_LINE = 88


def to_text(document: Document) -> str:
    """The same words in the same order, tables in columns, bars of blocks."""
    lines = [document.title, document.subtitle]
    for block in document.blocks:
        if not isinstance(block, Paragraph):
            lines.append("")
        lines += _lines(block)
    return "\n".join(lines).strip() + "\n"


def _lines(block: Block) -> Iterator[str]:
    if isinstance(block, Heading):
        yield from (block.text, "-" * min(_LINE, _width(block.text)))
    elif isinstance(block, Paragraph):
        yield block.text
    elif isinstance(block, Facts):
        yield from (f"{name}: {value}" for name, value in block.items)
    elif isinstance(block, Bars):
        yield from _bars(block)
    else:
        yield from _table(block)


def _bars(block: Bars) -> Iterator[str]:
    most = max((value for _, value in block.items), default=0.0) or 1.0
    total = sum(value for _, value in block.items) or 1.0
    names = [_cut(name, _CELL) for name, _ in block.items]
    width = max((_width(name) for name in names), default=0)
    so_far = 0.0
    for name, (_, value) in zip(names, block.items, strict=True):
        so_far += value
        share = f"  {so_far / total:.0%}" if block.cumulated else ""
        bar = "█" * max(1 if value else 0, round(_BAR * value / most))
        yield f"{_fill(name, width)}  {bar} {value:.{block.decimals}f}{block.unit}{share}".rstrip()


def _table(block: Table) -> Iterator[str]:
    rows = [[_cut(cell, _CELL) for cell in row] for row in (block.heads, *block.rows)]
    widths = [max(_width(row[column]) for row in rows) for column in range(len(block.heads))]
    for number, row in enumerate(rows):
        cells = (
            _fill(cell, width, end=column in block.numbers)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()
        if number == 0:
            yield "  ".join("-" * width for width in widths)


def _width(text: str) -> int:
    """How many places a text takes: joined marks and direction marks take none."""
    return sum(unicodedata.category(sign) not in ("Mn", "Cf") for sign in text)


def _cut(text: str, most: int) -> str:
    return text if _width(text) <= most else f"{text[: most - 1]}…"


def _fill(text: str, width: int, *, end: bool = False) -> str:
    blanks = " " * (width - _width(text))
    return blanks + text if end else text + blanks
