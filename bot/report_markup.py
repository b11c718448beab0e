"""The few marks of a report's template, read into what papers and pages are made of.

::

    # title                        ## heading
    * what must not be missed      . a small remark
    | head | head >                | cell | 12         a table, its heads first; > marks a column of figures
    ~ name | 12                    a bar               ~~ name | 12   a bar, with the share so far
    anything else                  a paragraph

The line after the title is its subtitle. Marks count at the beginning of a line alone, and the values a template is
given hold neither line breaks nor bars (`one_line`), so that no customer can forge one.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from bot.paper import Bars, Block, Document, Heading, Paragraph, Table


def one_line(value: str) -> str:
    """A value that can't be taken for a mark."""
    return " ".join(value.replace("|", "¦").split())


def read_report(text: str) -> tuple[str, str, tuple[Block, ...]]:
    """Title, subtitle and blocks of a rendered report."""
    lines = [line.strip() for line in text.splitlines()]
    title = subtitle = ""
    if lines and lines[0].startswith("# "):
        title = lines.pop(0)[2:].strip()
        if lines and lines[0] and _mark(lines[0]) == "":
            subtitle = lines.pop(0)
    return title, subtitle, tuple(_blocks(lines))


def document_of(text: str, **more: object) -> Document:
    """A rendered report as a paper; `more` are the fields of `Document` that the text does not hold."""
    title, subtitle, blocks = read_report(text)
    return Document(title=title, subtitle=subtitle, blocks=blocks, **more)  # type: ignore[arg-type]


def _mark(line: str) -> str:
    return next((mark for mark in ("##", "~~", "~", "|", "*", ".") if line.startswith(f"{mark} ")), "")


def _blocks(lines: list[str]) -> Iterator[Block]:
    for mark, group in groupby((line for line in lines if line), key=_mark):
        found = [line.removeprefix(mark).strip() for line in group]
        if mark == "|":
            yield _table(found)
        elif mark in ("~", "~~"):
            yield Bars(items=tuple(_bar(line) for line in found), cumulated=mark == "~~")
        elif mark == "##":
            yield from (Heading(line) for line in found)
        else:
            yield from (Paragraph(line, small=mark == ".", strong=mark == "*") for line in found)


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.split("|"))


def _table(lines: list[str]) -> Table:
    heads, *rows = (_cells(line) for line in lines)
    width = len(heads)
    numbers = tuple(at for at, head in enumerate(heads) if head.endswith(">"))
    first = 2.4 if len(numbers) == width - 1 else 1.3
    return Table(
        heads=tuple(head.removesuffix(">").strip() for head in heads),
        rows=tuple((*row, *([""] * width))[:width] for row in rows),
        widths=(first, *([1.0] * (width - 1))),
        numbers=numbers,
    )


def _bar(line: str) -> tuple[str, float]:
    name, _, number = line.rpartition("|")
    try:
        return name.strip(), float(number.strip())
    except ValueError:
        return line, 0.0
