"""Where the lines of a text end. Words are measured once each: the library measures letter by letter."""

from __future__ import annotations

from collections.abc import Callable, Iterator


def wrap(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """The lines of a text, broken at spaces; a word that no line can hold is broken where it must be."""
    return [line for paragraph in text.split("\n") for line in _wrap_paragraph(paragraph, width, measure)]


def _wrap_paragraph(text: str, width: float, measure: Callable[[str], float]) -> Iterator[str]:
    space = measure(" ")
    line: list[str] = []
    used = 0.0
    for word in text.split(" "):
        for piece in _pieces(word, width, measure):
            needed = measure(piece)
            if line and used + space + needed > width:
                yield " ".join(line)
                line, used = [], 0.0
            used += needed + (space if line else 0.0)
            line.append(piece)
    yield " ".join(line)


def _pieces(word: str, width: float, measure: Callable[[str], float]) -> Iterator[str]:
    while len(word) > 1 and measure(word) > width:
        fits = 1
        while fits < len(word) and measure(word[: fits + 1]) <= width:
            fits += 1
        yield word[:fits]
        word = word[fits:]
    yield word
