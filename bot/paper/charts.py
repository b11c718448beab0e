"""Horizontal bars: their names are read without turning the head, and there may be many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.paper.document import Bars

if TYPE_CHECKING:
    from bot.paper.pdf import Page

_ROW_MM, _BAR_MM, _GAP_MM = 6.6, 4.2, 2.0
_BAR = (47, 111, 165)
_TRACK = (238, 241, 244)
_VALUE_MM = 34.0


def draw_bars(page: Page, chart: Bars) -> None:
    page.pen(8.5)
    names_mm = page.epw * 0.32
    track_mm = page.epw - names_mm - _VALUE_MM - 2 * _GAP_MM
    largest = max((value for _, value in chart.items), default=0.0)
    total = sum(value for _, value in chart.items)
    so_far = 0.0
    for name, value in chart.items:
        so_far += value
        lines = page.wrapped(name, names_mm)
        height = max(_ROW_MM, len(lines) * 4.2 + 1)
        if page.get_y() + height > page.bottom:
            page.add_page()
            page.pen(8.5)
        top = page.get_y()
        for at, line in enumerate(lines):
            page.set_y(top + at * 4.2)
            page.line_of(names_mm, 4.6, line, x=_side(page, 0, names_mm))
        _bar(page, top, names_mm + _GAP_MM, track_mm, value / largest if largest > 0 else 0.0)
        page.set_y(top)
        page.line_of(
            _VALUE_MM,
            4.6,
            _value(chart, value, so_far / total if total > 0 else 0.0),
            x=_side(page, page.epw - _VALUE_MM, _VALUE_MM),
            align=page.start,
        )
        page.set_xy(page.l_margin, top + height)
    page.ln(3)


def _side(page: Page, offset: float, width: float) -> float:
    """Where something begins that lies `offset` from the line's start, whichever side that is."""
    return float(page.w - page.r_margin - offset - width if page.rtl else page.l_margin + offset)


def _bar(page: Page, top: float, offset: float, track_mm: float, share: float) -> None:
    page.set_fill_color(*_TRACK)
    page.rect(_side(page, offset, track_mm), top, track_mm, _BAR_MM, style="F")
    length = track_mm * max(0.0, share)
    if length > 0:
        page.set_fill_color(*_BAR)
        page.rect(_side(page, offset, length), top, length, _BAR_MM, style="F")


def _value(chart: Bars, value: float, share: float) -> str:
    words = f"{value:.{chart.decimals}f}{chart.unit and f' {chart.unit}'}"
    return f"{words}   ({share * 100:.0f} %)" if chart.cumulated else words
