"""BERT's WordPiece: a text as the numbers of the pieces that the model knows.

source: google-research/bert, tokenization.py (the rules; the code is ours)
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

MAX_PIECES: Final = 96
"""Longer texts are cut, with their two marks: a question asks in its first lines."""
MOST_VOCABULARY: Final = 600_000
_MAX_LETTERS: Final = 100  # a longer word is unknown
_MAX_TEXT: Final = 4_000
_IDEOGRAPHS: Final = (
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2CEAF), (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)  # fmt: skip


class BadVocabulary(ValueError):
    """The list of pieces can't be used: says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """How a text is prepared for the pieces of a vocabulary."""

    lower: bool = True
    strip_accents: bool = True
    unknown: str = "[UNK]"
    begin: str = "[CLS]"
    end: str = "[SEP]"


class WordPiece:
    """Immutable; the same text always gives the same numbers."""

    def __init__(self, pieces: Sequence[str], spelling: Spelling) -> None:
        """`pieces` in the order of their numbers. Raises `BadVocabulary`."""
        if not 0 < len(pieces) <= MOST_VOCABULARY:
            raise BadVocabulary(f"{len(pieces)} pieces are no vocabulary")
        self._numbers = {piece: number for number, piece in enumerate(pieces)}
        self._spelling = spelling
        self._longest = min(_MAX_LETTERS, max(map(len, pieces)))
        try:
            self._unknown, self._begin, self._end = (
                self._numbers[mark] for mark in (spelling.unknown, spelling.begin, spelling.end)
            )
        except KeyError as missing:
            raise BadVocabulary(f"the vocabulary lacks {missing.args[0]}") from None

    def __len__(self) -> int:
        return len(self._numbers)

    def numbers(self, text: str) -> list[int]:
        """The numbers of a text's pieces between the marks of its begin and end; `MAX_PIECES` at most."""
        found = [self._begin]
        for word in self._words(text[:_MAX_TEXT]):
            found += self._pieces(word)
            if len(found) >= MAX_PIECES - 1:
                break
        return [*found[: MAX_PIECES - 1], self._end]

    def _words(self, text: str) -> Iterator[str]:
        for word in _apart(text).split():
            yield from _split_punctuation(self._spelt(word))

    def _spelt(self, word: str) -> str:
        if self._spelling.lower:
            word = word.lower()
        if self._spelling.strip_accents:
            decomposed = unicodedata.normalize("NFD", word)
            word = "".join(char for char in decomposed if unicodedata.category(char) != "Mn")
        return word

    def _pieces(self, word: str) -> list[int]:
        """The longest known piece again and again; a word with an unknown rest is unknown as a whole."""
        if len(word) > _MAX_LETTERS:
            return [self._unknown]
        found, start = [], 0
        while start < len(word):
            piece = self._longest_piece(word, start)
            if piece is None:
                return [self._unknown]
            number, start = piece
            found.append(number)
        return found

    def _longest_piece(self, word: str, start: int) -> tuple[int, int] | None:
        mark = "##" if start else ""
        for end in range(min(len(word), start + self._longest), start, -1):
            number = self._numbers.get(mark + word[start:end])
            if number is not None:
                return number, end
        return None


def _apart(text: str) -> str:
    """Without control characters, white space as blanks, ideographs each a word."""
    return "".join(_cleaned(char) for char in unicodedata.normalize("NFC", text))


def _cleaned(char: str) -> str:
    if char in " \t\n\r" or unicodedata.category(char) == "Zs":
        return " "
    if char == "�" or unicodedata.category(char)[0] == "C":
        return ""
    code = ord(char)
    return f" {char} " if any(low <= code <= high for low, high in _IDEOGRAPHS) else char


def _split_punctuation(word: str) -> Iterator[str]:
    start = 0
    for place, char in enumerate(word):
        if _is_punctuation(char):
            if start < place:
                yield word[start:place]
            yield char
            start = place + 1
    if start < len(word):
        yield word[start:]


def _is_punctuation(char: str) -> bool:
    ascii_sign = "!" <= char <= "/" or ":" <= char <= "@" or "[" <= char <= "`" or "{" <= char <= "~"
    return ascii_sign or unicodedata.category(char)[0] == "P"
