"""Which encoding a text file is in, by the evidence of its bytes, and how sure that is."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_CHUNK: Final = 1 << 16
_SAMPLE: Final = 1 << 20  # bytes beyond ASCII that are weighed
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_ONLY_1256 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")  # nothing at all in Windows-1252
_ARABIC_WORD: Final = 3  # letters beyond ASCII in a row: French has them one by one
_DAMAGED: Final = 20  # sound characters for each broken one, and it is UTF-8 all the same


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec's name; `sure` is False where the bytes would fit another one nearly as well."""

    name: str
    sure: bool = True


def encoding_of(path: Path) -> Encoding:
    """Looks at all of the file, a piece at a time."""
    with path.open("rb") as file:
        start = file.read(4096)
        for mark, name in _BOMS:
            if start.startswith(mark):
                return Encoding(name)
        if len(start) > 3 and start.count(0) > len(start) // 8:
            return Encoding(
                "utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be", sure=False
            )
        sound, broken = _as_utf8(path)
        if not broken:
            return Encoding("utf-8")
        if sound > _DAMAGED * broken:
            return Encoding("utf-8", sure=False)
        file.seek(0)
        return _windows(_high_bytes(path))


def _as_utf8(path: Path) -> tuple[int, int]:
    """How many characters beyond ASCII are sound UTF-8, how many are broken."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    sound = broken = 0
    with path.open("rb") as file:
        while True:
            piece = file.read(_CHUNK)
            text = decoder.decode(piece, final=not piece)
            if not text.isascii():
                bad = text.count("\ufffd")
                broken += bad
                sound += sum(char > "\x7f" for char in text) - bad
            if not piece:
                return sound, broken


def _high_bytes(path: Path) -> list[bytes]:
    runs: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        while size < _SAMPLE and (piece := file.read(_CHUNK)):
            found = _HIGH_RUN.findall(piece)
            runs += found
            size += sum(map(len, found))
    return runs


def _windows(runs: list[bytes]) -> Encoding:
    """Arabic words are runs of bytes beyond ASCII, French accents stand alone."""
    total = sum(map(len, runs)) or 1
    in_words = sum(len(run) for run in runs if len(run) >= _ARABIC_WORD)
    share = in_words / total
    if any(_ONLY_1256.search(run) for run in runs):
        share = max(share, 0.5)
    return Encoding("cp1256" if share >= 0.5 else "cp1252", sure=(share > 0.8 or share < 0.1) and total >= 8)
