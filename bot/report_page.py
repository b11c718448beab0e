"""A report as HTML for mail: tables and colours of their cells alone, so that nothing has to be loaded.

Mail programs drop style sheets, images and scripts; what stands in attributes of table cells is shown by all.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from bot.paper import Bars, Block, Document, Facts, Heading, Paragraph, Table

INK, GREY, RULE, BAR, BAR_VITAL, ALARM = "#1c2128", "#57606a", "#d0d7de", "#8fb1d6", "#2f6db5", "#b42318"
_CELL = f"padding:5px 4px;border-bottom:1px solid {RULE};vertical-align:top;overflow-wrap:anywhere"
_VITAL = 0.8
_UNBROKEN = 9  # letters of a figure: a longer one may take two lines on a telephone


def to_html(document: Document) -> str:
    """A fragment that is put into a mail; `whole_page` makes a file of it."""
    rtl = document.language == "ar"
    blocks = "".join(part for block in document.blocks for part in _block(block, rtl=rtl))
    return (
        f'<div dir="{"rtl" if rtl else "ltr"}" style="color:{INK};font-size:15px;line-height:1.45">'
        f'<h1 style="font-size:22px;line-height:1.25;margin:0 0 4px">{escape(document.title)}</h1>'
        f'<p style="color:{GREY};margin:0 0 16px">{escape(document.subtitle)}</p>{blocks}</div>'
    )


def whole_page(document: Document) -> str:
    """A file for a browser."""
    direction = "rtl" if document.language == "ar" else "ltr"
    return (
        f'<!doctype html><html lang="{document.language}" dir="{direction}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(document.title)}</title></head>'
        '<body style="font-family:system-ui,Arial,sans-serif;margin:16px auto;padding:0 12px;max-width:44em">'
        f"{to_html(document)}</body></html>\n"
    )


def _block(block: Block, *, rtl: bool) -> Iterator[str]:
    if isinstance(block, Heading):
        yield f'<h2 style="font-size:17px;margin:24px 0 8px">{escape(block.text)}</h2>'
    elif isinstance(block, Paragraph):
        style = (
            f"color:{ALARM};font-weight:bold"
            if block.strong
            else (f"color:{GREY};font-size:13px" if block.small else "")
        )
        yield f'<p style="margin:8px 0;{style}">{escape(block.text)}</p>'
    elif isinstance(block, Facts):
        rows = tuple(block.items)
        yield _table(Table(heads=("", ""), rows=rows), rtl=rtl)
    elif isinstance(block, Bars):
        yield _bars(block, rtl=rtl)
    else:
        yield _table(block, rtl=rtl)


def _table(block: Table, *, rtl: bool) -> str:
    start, end = ("right", "left") if rtl else ("left", "right")

    def cell(tag: str, at: int, text: str, style: str) -> str:
        number = at in block.numbers
        unbroken = ";white-space:nowrap" if number and tag == "td" and len(text) <= _UNBROKEN else ""
        return f'<{tag} align="{end if number else start}" style="{style}{unbroken}">{escape(text)}</{tag}>'

    def cells(tag: str, row: tuple[str, ...], style: str) -> str:
        return "".join(cell(tag, at, text, style) for at, text in enumerate(row))

    head = f"<tr>{cells('th', block.heads, f'{_CELL};color:{GREY};font-size:13px')}</tr>"
    rows = "".join(f"<tr>{cells('td', row, f'{_CELL};font-size:14px')}</tr>" for row in block.rows)
    return f'<table width="100%" cellpadding="0" cellspacing="0" style="border-collapse:collapse">{head}{rows}</table>'


def _bars(block: Bars, *, rtl: bool) -> str:
    """A bar is a coloured cell of a table that is as wide as its share."""
    start = "right" if rtl else "left"
    most = max((value for _, value in block.items), default=0.0) or 1.0
    total = sum(value for _, value in block.items) or 1.0
    rows, before = [], 0.0
    for name, value in block.items:
        vital = block.cumulated and before / total < _VITAL
        before += value
        share = f"{before / total:.0%}" if block.cumulated else ""
        shown = f"{value:.{block.decimals}f}{escape(block.unit)}"
        rows.append(
            f'<tr><td width="34%" align="{start}" style="padding:3px 8px;font-size:14px">{escape(name)}</td>'
            f'<td style="padding:3px 0">{_bar(value / most, BAR_VITAL if vital else BAR)}</td>'
            f'<td width="9%" align="{start}" style="padding:3px 8px;font-size:14px;white-space:nowrap">'
            f"{shown}</td>"
            + (
                f'<td width="9%" align="{start}" style="padding:3px 4px;font-size:13px;color:{GREY}">{share}</td>'
                if block.cumulated
                else ""
            )
            + "</tr>"
        )
    return f'<table width="100%" cellpadding="0" cellspacing="0">{"".join(rows)}</table>'


def _bar(share: float, colour: str) -> str:
    wide = max(1, round(share * 100)) if share > 0 else 0
    filled = (
        f'<td width="{wide}%" bgcolor="{colour}" height="14" style="background-color:{colour};font-size:1px">'
        "&nbsp;</td>"
        if wide
        else ""
    )
    rest = f'<td width="{100 - wide}%" style="font-size:1px">&nbsp;</td>' if wide < 100 else ""
    return f'<table width="100%" cellpadding="0" cellspacing="0"><tr>{filled}{rest}</tr></table>'
