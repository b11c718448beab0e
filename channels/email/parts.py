"""The tree of a mail's parts, as ranges of its raw bytes: nothing is copied or decoded before it is needed.

The standard library's parser gives no byte ranges (which `slim` cuts by), recurses once for each nested part, and
tests every line against every boundary above it. This one looks at each byte once for each level, at most
`MAX_DEPTH` times. source: RFC 2046 §5.1
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field

from channels.email.headers import Headers, read_headers
from channels.email.transfer import decode_transfer
from channels.email.words import parameters
from channels.frozen import frozen
from channels.port import Malformed

MAX_DEPTH = 12
MAX_PARTS = 400
_FIRST_BOUNDARY = re.compile(rb"^--([!-~][ -~]{0,90}?)[ \t]*\r?\nContent-", re.MULTILINE | re.IGNORECASE)


@frozen
class Part:
    """One part: its headers, what it says it is, and where its body stands in the raw mail."""

    headers: Headers
    mime: str  # "text/plain" where nothing is said
    parameters: dict[str, str]
    head: int  # where its headers begin
    start: int  # … its body
    end: int
    children: list[Part] = field(default_factory=list)

    @property
    def disposition(self) -> str:
        return parameters(self.headers.get(b"content-disposition"))[0]

    @property
    def name(self) -> str:
        """The file name it was sent with, "" when it has none."""
        declared = parameters(self.headers.get(b"content-disposition"))[1]
        return declared.get("filename", "") or self.parameters.get("name", "") or declared.get("name", "")

    def body(self, raw: bytes) -> bytes:
        return decode_transfer(raw[self.start : self.end], self.headers.get(b"content-transfer-encoding"))

    def walk(self) -> Iterator[Part]:
        """This part and all below it, in the order of the mail."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.children))


@frozen
class Tree:
    root: Part
    left_out: tuple[str, ...] = ()  # in words: which limit cut it


def settle(raw: bytes) -> bytes:
    """A mail without blank lines before it, its lines ended as some known system ends them. Raises `Malformed` when
    there is nothing in it."""
    raw = raw.lstrip(b"\r\n\0\t ") if raw[:1] in b"\r\n\0\t " else raw
    if not raw:
        raise Malformed("an empty mail")
    return raw.replace(b"\r", b"\n") if b"\n" not in raw and b"\r" in raw else raw


def split_parts(raw: bytes) -> Tree:
    """The parts of a mail, at most `MAX_PARTS` of them and `MAX_DEPTH` levels."""
    left_out: list[str] = []
    root = _read_part(raw, 0, len(raw), "text/plain")
    if root.headers.left_out:
        left_out.append("the header block is too long")
    waiting, count = [(root, 0)], 1
    while waiting:
        part, depth = waiting.pop()
        if not part.mime.startswith("multipart/"):
            continue
        if depth >= MAX_DEPTH:
            left_out.append(f"parts nested deeper than {MAX_DEPTH}")
            continue
        default = "message/rfc822" if part.mime == "multipart/digest" else "text/plain"
        for start, end in _ranges(raw, part):
            if count >= MAX_PARTS:
                left_out.append(f"more than {MAX_PARTS} parts")
                break
            count += 1
            part.children.append(_read_part(raw, start, end, default))
        waiting.extend((child, depth + 1) for child in part.children)
    return Tree(root=root, left_out=tuple(dict.fromkeys(left_out)))


def _read_part(raw: bytes, start: int, end: int, default: str) -> Part:
    headers, body = read_headers(raw, start, end)
    mime, found = parameters(headers.get(b"content-type"))
    if not re.fullmatch(r"[\w.+-]+/[\w.+-]+", mime):
        mime = {"text": "text/plain", "html": "text/html", "multipart": "multipart/mixed"}.get(mime, default)
    return Part(headers=headers, mime=mime, parameters=found, head=start, start=min(body, end), end=end)


def _ranges(raw: bytes, part: Part) -> list[tuple[int, int]]:
    """Where the children of a multipart stand. Without its boundary, or with a wrong one, the first line that
    looks like one is taken; a closing one that is missing is the end."""
    boundary = part.parameters.get("boundary", "").encode("utf-8", "replace")
    found = _lines(raw, part, boundary) if boundary else []
    if not found:
        guessed = _FIRST_BOUNDARY.search(raw, part.start, part.end)
        found = _lines(raw, part, guessed[1]) if guessed else []
    ranges = []
    for number, (_, after, closing) in enumerate(found):
        if closing:
            break
        end = found[number + 1][0] if number + 1 < len(found) else part.end
        ranges.append((min(after, end), end))
    return ranges


def _lines(raw: bytes, part: Part, boundary: bytes) -> list[tuple[int, int, bool]]:
    """(where the line before it ends, where the next begins, whether it closes) of each boundary line."""
    mark = b"--" + boundary.rstrip()
    found: list[tuple[int, int, bool]] = []
    position = raw.find(mark, part.start, part.end)
    while position >= 0 and len(found) <= MAX_PARTS + 1:
        stop = raw.find(b"\n", position, part.end)
        stop = part.end if stop < 0 else stop + 1
        rest = raw[position + len(mark) : min(stop, position + len(mark) + 200)].strip()
        begins = position == part.start or raw[position - 1 : position] in (b"\n", b"\r")
        if begins and rest in (b"", b"--"):
            before = position - 1 if position > part.start else position
            before -= raw[before - 1 : before] == b"\r" and before > part.start
            found.append((max(before, part.start), stop, rest == b"--"))
            if rest == b"--":
                break
        position = raw.find(mark, max(stop, position + 1) if begins else position + 1, part.end)
    return found
