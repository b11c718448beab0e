"""What a paper holds, whatever it is written as."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    level: int = 1  # 1 or 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    small: bool = False  # a remark
    strong: bool = False  # what must not be overlooked


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values beneath each other."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Heads are repeated on every page; a long text is wrapped, a row is kept whole where a page can hold it."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...] = ()  # shares of the page's width; empty: all the same
    numbers: tuple[int, ...] = ()  # columns that are set flush at their end


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """One horizontal bar a row, in the order given. Pareto: largest first, with `cumulated`."""

    items: tuple[tuple[str, float], ...]
    cumulated: bool = False  # also the share of the whole up to here
    decimals: int = 0
    unit: str = ""


Block = Heading | Paragraph | Facts | Table | Bars


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    title: str
    language: str  # fr, ar, en
    printed_at: datetime  # in the company's time zone
    blocks: tuple[Block, ...]
    company: str = ""
    subtitle: str = ""
    country: str = "DZ"  # names of months differ
    landscape: bool = False
