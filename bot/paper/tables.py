"""Tables that go over pages: heads repeated, long texts wrapped, columns from right to left in Arabic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.paper.document import Table

if TYPE_CHECKING:
    from bot.paper.pdf import Page

_SIZE, _LINE_MM, _PAD_MM = 8.0, 3.9, 1.0
_LEAST_LINES = 3  # of a row that no page can hold, before it goes on overleaf
_HEAD_FILL = (234, 238, 242)
_RULE = (208, 215, 222)

Cells = list[list[str]]
"""The lines of each cell of a row."""


def draw_table(page: Page, table: Table) -> None:
    if not table.heads:
        return
    widths = _widths(page, table)
    page.pen(_SIZE, bold=True)
    heads = [page.wrapped(head, width) for head, width in zip(table.heads, widths, strict=True)]
    _heads(page, heads, widths, table.numbers, room=4)
    whole = _lines_on_a_page(page, heads)
    for row in table.rows:
        page.pen(_SIZE)
        cells = [page.wrapped(text, width) for text, width in zip(row, widths, strict=True)]
        while _height(cells) > 0:
            room = int((page.bottom - page.get_y() - 2 * _PAD_MM) / _LINE_MM)
            if room < (_height(cells) if _height(cells) <= whole else _LEAST_LINES):
                page.add_page()
                _heads(page, heads, widths, table.numbers, room=1)
                page.pen(_SIZE)
                room = whole
            _row(page, [lines[:room] for lines in cells], widths, table.numbers)
            cells = [lines[room:] for lines in cells]
    page.ln(3)


def _widths(page: Page, table: Table) -> list[float]:
    shares = table.widths or (1.0,) * len(table.heads)
    return [page.epw * share / sum(shares) for share in shares]


def _lines_on_a_page(page: Page, heads: Cells) -> int:
    """How many lines of one row fit on a page of their own."""
    head_mm = _height(heads) * _LINE_MM + 2 * _PAD_MM
    return max(1, int((page.bottom - page.t_margin - head_mm - 2 * _PAD_MM) / _LINE_MM))


def _height(cells: Cells) -> int:
    return max(len(lines) for lines in cells)


def _heads(page: Page, heads: Cells, widths: list[float], numbers: tuple[int, ...], *, room: int) -> None:
    height = _height(heads) * _LINE_MM + 2 * _PAD_MM
    if page.get_y() + height + room * _LINE_MM > page.bottom:
        page.add_page()
    page.set_fill_color(*_HEAD_FILL)
    page.rect(page.l_margin, page.get_y(), page.epw, height, style="F")
    page.pen(_SIZE, bold=True)
    _row(page, heads, widths, numbers)


def _row(page: Page, cells: Cells, widths: list[float], numbers: tuple[int, ...]) -> None:
    top = page.get_y()
    height = _height(cells) * _LINE_MM + 2 * _PAD_MM
    x = page.w - page.r_margin if page.rtl else page.l_margin
    for column, (lines, width) in enumerate(zip(cells, widths, strict=True)):
        if page.rtl:
            x -= width
        for at, line in enumerate(lines):
            page.set_xy(x, top + _PAD_MM + at * _LINE_MM)
            page.line_of(width, _LINE_MM, line, align=page.end if column in numbers else page.start)
        if not page.rtl:
            x += width
    page.set_draw_color(*_RULE)
    page.line(page.l_margin, top + height, page.w - page.r_margin, top + height)
    page.set_xy(page.l_margin, top + height)
