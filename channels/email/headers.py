"""The header block of a mail or of one of its parts, as bytes, however it is folded or broken."""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_BLOCK = 262_144  # bytes of one header block; real ones have 2 to 20 kB
MAX_HEADERS = 1_000
_BLANK = re.compile(rb"\r?\n[ \t]*\r?\n|\A[ \t]*\r?\n")
_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]*:(.*)", re.DOTALL)
# A line of prose may hold a colon too ("Note: …"): after a broken line only these are taken for headers.
_KNOWN = re.compile(
    rb"(?i)(?:to|from|cc|bcc|date|subject|sender|received|reply-to|references|in-reply-to|message-id|mime-version"
    rb"|return-path|delivered-to|dkim-signature|thread-(?:topic|index)|content-[a-z-]+|list-[a-z]+|x-[a-z0-9-]+)[ \t]*:"
)


class Headers:
    """Fields in their order; names in lower case, values as raw bytes, unfolded."""

    __slots__ = ("fields", "left_out")

    def __init__(self, fields: list[tuple[bytes, bytes]], *, left_out: bool = False) -> None:
        self.fields = fields
        self.left_out = left_out

    def get(self, name: bytes) -> bytes:
        """The first field of that name, b"" when there is none."""
        for each, value in self.fields:
            if each == name:
                return value
        return b""

    def all(self, name: bytes) -> list[bytes]:
        return [value for each, value in self.fields if each == name]

    def __contains__(self, name: bytes) -> bool:
        return any(each == name for each, _ in self.fields)


def read_headers(raw: bytes, start: int, end: int) -> tuple[Headers, int]:
    """The fields of `raw[start:end]` and where the body begins.

    A missing blank line ends the block at the first line that can't be a header; a folded line that lost its
    indentation is put back where known headers follow it.
    """
    limit = min(end, start + MAX_BLOCK)
    blank = (
        _BLANK.search(raw, start, limit)
        if start
        else _BLANK.match(raw, 0, limit) or _BLANK.search(raw, 0, limit)
    )
    if start and raw[start : start + 2] in (b"\r\n", b"\n"):  # a part without headers
        return Headers([]), start + (2 if raw[start : start + 1] == b"\r" else 1)
    stop, body = (blank.start(), blank.end()) if blank else (limit, limit)
    lines = raw[start:stop].split(b"\n")
    fields: list[list[bytes]] = []
    position = start
    for number, line in enumerate(lines):
        if not _add(fields, line) and not _stray(fields, lines, number):
            return _finish(fields), position
        position += len(line) + 1
        if len(fields) > MAX_HEADERS:
            return _finish(fields[:MAX_HEADERS], left_out=True), body
    return _finish(fields, left_out=blank is None and limit < end), body


def _add(fields: list[list[bytes]], line: bytes) -> bool:
    """Take one line as a field or the continuation of one; False when it can be neither."""
    if line[:1] in (b" ", b"\t"):
        if fields:
            fields[-1].append(line)
        return True
    found = _FIELD.match(line)
    if found is None:
        return not line.strip()
    fields.append([found[1].lower(), found[2]])
    return True


def _stray(fields: list[list[bytes]], lines: list[bytes], number: int) -> bool:
    """Whether a line that is no field still belongs to the headers: an mbox line, or broken folding."""
    line = lines[number]
    if number == 0 and line.startswith((b"From ", b">From ")):
        return True
    if fields and any(_KNOWN.match(later) for later in lines[number + 1 : number + 4]):
        fields[-1].append(b" " + line)
        return True
    return False


def _finish(fields: list[list[bytes]], *, left_out: bool = False) -> Headers:
    return Headers(
        [
            (
                field[0],
                (field[1] if len(field) == 2 else b"".join(_unfold(field[1:]))).replace(b"\0", b"").strip(),
            )
            for field in fields
        ],
        left_out=left_out,
    )


def _unfold(pieces: list[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield piece.rstrip(b"\r\n")
