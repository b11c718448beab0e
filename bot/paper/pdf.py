"""A document as a PDF: A4, the company's name above, page numbers below, right to left where it must."""

from __future__ import annotations

import logging
import re
from datetime import UTC

from babel.dates import format_datetime
from fpdf import FPDF

from bot.paper.charts import draw_bars
from bot.paper.document import Bars, Document, Facts, Heading, Paragraph, Table
from bot.paper.fonts import Fonts
from bot.paper.tables import draw_table
from bot.paper.wrapping import wrap
from bot.templating.bidi import LRI, PDI, isolate_runs
from bot.templating.formats import locale_for

_PRINTED = {"fr": "Imprimé le", "en": "Printed on", "ar": "طبع يوم"}
_MOMENT = {"fr": "d MMMM y, HH:mm", "en": "d MMMM y, HH:mm", "ar": "d MMMM y، HH:mm"}
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\u2066-\u2069\ufb1d-\ufefc]")
_ISOLATE = re.compile(f"{LRI}[^{PDI}]*{PDI}")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
INK, GREY, RULE = (28, 33, 40), (110, 118, 129), (208, 215, 222)
_MARGIN_MM = 16.0
_FOOTER_MM = 15.0

logging.getLogger("fpdf").setLevel(logging.ERROR)  # it warns of each emoji that the font lacks
logging.getLogger("fontTools").setLevel(logging.ERROR)


class Page(FPDF):
    """The library with our fonts, our margins and directions."""

    def __init__(self, document: Document, fonts: Fonts) -> None:
        super().__init__("L" if document.landscape else "P", "mm", "A4")
        self.rtl = document.language == "ar"
        self._foot = " · ".join(part for part in (document.company, document.title) if part)
        self._widths: dict[tuple[str, str, float], float] = {}
        self.add_font("paper", "", str(fonts.regular))
        self.add_font("paper", "B", str(fonts.bold))
        self.set_margins(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
        self.set_auto_page_break(True, _FOOTER_MM + 5)
        self.set_title(document.title)
        self.set_lang(document.language)
        self.set_creation_date(document.printed_at.astimezone(UTC))
        self.set_producer("Relais")

    @property
    def start(self) -> str:
        """The side at which a line begins, in the library's letters."""
        return "R" if self.rtl else "L"

    @property
    def end(self) -> str:
        return "L" if self.rtl else "R"

    @property
    def bottom(self) -> float:
        """How far down a block may reach."""
        return float(self.h - _FOOTER_MM - 5)

    def footer(self) -> None:
        self.set_y(-_FOOTER_MM)
        self.ink(GREY)
        self.pen(8)
        self.line_of(self.epw - 30, 5, self._foot, x=self.l_margin + (30 if self.rtl else 0))
        self.set_xy(self.l_margin if self.rtl else self.w - self.r_margin - 30, -_FOOTER_MM)
        self.set_text_shaping(use_shaping_engine=False)  # the number of pages is filled in at the end
        self.cell(30, 5, f"{self.page_no()} / {{nb}}", align=self.end)

    def pen(self, size: float, *, bold: bool = False) -> None:
        self.set_font("paper", "B" if bold else "", size)

    def ink(self, colour: tuple[int, int, int]) -> None:
        self.set_text_color(*colour)

    def line_of(
        self, width: float, height: float, text: str, *, x: float | None = None, align: str = ""
    ) -> None:
        """One line of text at the cursor's height; the caller has wrapped it."""
        if x is not None:
            self.set_x(x)
        self.cell(width, height, self._directed(text), align=align or self.start)

    def wrapped(self, text: str, width: float) -> list[str]:
        """The lines that a text takes in a width, in the font that is set."""
        return wrap(self._directed(tidy(text)), width - 2 * self.c_margin, self._measure)

    def _measure(self, word: str) -> float:
        key = (word, self.font_style, self.font_size_pt)
        known = self._widths.get(key)
        if known is None:
            self._directed(word)
            known = self._widths[key] = float(self.get_string_width(word))
        return known

    def _directed(self, text: str) -> str:
        """Shaping is asked for where letters join or run leftwards: elsewhere it only costs time."""
        if not _RIGHT_TO_LEFT.search(text):
            self.set_text_shaping(use_shaping_engine=False)
            return text
        self.set_text_shaping(direction="rtl" if self.rtl else "ltr")
        return _ISOLATE.sub(_in_one_piece, isolate_runs(text)) if self.rtl else text


def _in_one_piece(isolate: re.Match[str]) -> str:
    """A number that is broken at the end of a line is read in the wrong order."""
    return isolate[0].replace(" ", "\u00a0")


def tidy(text: str) -> str:
    """Without what no printer can show."""
    return _UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\t", " ").replace("\u202f", "\u00a0"))


def print_document(document: Document, fonts: Fonts) -> bytes:
    """The whole document."""
    page = Page(document, fonts)
    page.add_page()
    _head(page, document)
    for block in document.blocks:
        if isinstance(block, Heading):
            _heading(page, block)
        elif isinstance(block, Paragraph):
            _paragraph(page, block)
        elif isinstance(block, Facts):
            _facts(page, block)
        elif isinstance(block, Table):
            draw_table(page, block)
        elif isinstance(block, Bars):
            draw_bars(page, block)
    return bytes(page.output())


def _head(page: Page, document: Document) -> None:
    locale = locale_for(document.language, document.country)
    moment = format_datetime(
        document.printed_at, _MOMENT.get(document.language, _MOMENT["en"]), locale=locale
    )
    page.ink(GREY)
    page.pen(9)
    if document.company:
        _lines(page, document.company, 5)
    page.ink(INK)
    page.pen(17, bold=True)
    _lines(page, document.title, 8.5)
    if document.subtitle:
        page.pen(11)
        _lines(page, document.subtitle, 6)
    page.ink(GREY)
    page.pen(8.5)
    _lines(page, f"{_PRINTED.get(document.language, _PRINTED['en'])} {moment}", 5)
    page.ln(1.5)
    page.set_draw_color(*RULE)
    page.line(page.l_margin, page.get_y(), page.w - page.r_margin, page.get_y())
    page.ln(3)
    page.ink(INK)


def _lines(page: Page, text: str, height: float) -> None:
    for line in page.wrapped(text, page.epw):
        page.line_of(page.epw, height, line, x=page.l_margin)
        page.ln(height)


def _heading(page: Page, block: Heading) -> None:
    size, height = (13.0, 7.0) if block.level == 1 else (10.5, 6.0)
    page.ln(3 if block.level == 1 else 1.5)
    if page.get_y() + 4 * height > page.bottom:  # never alone at the foot of a page
        page.add_page()
    page.ink(INK)
    page.pen(size, bold=True)
    _lines(page, block.text, height)
    page.ln(0.8)


def _paragraph(page: Page, block: Paragraph) -> None:
    page.pen(8.5 if block.small else 10, bold=block.strong)
    page.ink(GREY if block.small else INK)
    _lines(page, block.text, 4.5 if block.small else 5.2)
    page.ink(INK)
    page.ln(1.8)


def _facts(page: Page, block: Facts) -> None:
    name_width = page.epw * 0.36
    value_width = page.epw - name_width
    for name, value in block.items:
        page.pen(9.5, bold=True)
        names = page.wrapped(name, name_width)
        page.pen(9.5)
        values = page.wrapped(value, value_width)
        for at in range(max(len(names), len(values))):
            if page.get_y() + 5 > page.bottom:
                page.add_page()
            if at < len(names):
                page.ink(GREY)
                page.line_of(name_width, 5, names[at], x=page.l_margin + (value_width if page.rtl else 0))
            if at < len(values):
                page.ink(INK)
                page.line_of(value_width, 5, values[at], x=page.l_margin + (0 if page.rtl else name_width))
            page.ln(5)
    page.ink(INK)
    page.ln(2)
