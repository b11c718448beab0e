"""What header values say: encoded words, parameters, ids, dates. source: RFC 2047, 2231, 5322"""

from __future__ import annotations

import binascii
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote_to_bytes

from channels.email.charsets import decode, undo_mojibake

MAX_VALUE = 16_384  # bytes of one value that are looked at
MAX_IDS = 50
_WORD = re.compile(rb"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,40})?\?([bBqQ])\?(.{0,1500}?)\?=", re.DOTALL)
_GAP = re.compile(rb"[ \t\r\n]*\Z")
_ID = re.compile(r"<([^<>]{1,990})>")
_SPACE = re.compile(r"\s+")
_PARAMETER = re.compile(r";\s*([^\s=;\"]{1,60})\s*=\s*")
_SECTION = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?\Z")


def text_of(value: bytes, *, label: str = "") -> str:
    """The words of a header value: encoded ones decoded, raw bytes read in the charset they seem to be in."""
    value = value[:MAX_VALUE]
    if value.isascii() and b"=?" not in value:
        return _SPACE.sub(" ", value.decode("ascii")).strip()
    text = _decode_words(value, label)
    if "=?" in text and _WORD.search(text.encode("utf-8", "replace")):  # encoded twice
        text = _decode_words(text.encode("utf-8", "replace"), "utf-8")
    return undo_mojibake(_SPACE.sub(" ", text).strip())


def _decode_words(value: bytes, label: str) -> str:
    """Neighbouring words of one charset are joined before decoding: senders cut characters in two."""
    pieces: list[str] = []
    waiting, charset, last = b"", "", 0
    for found in _WORD.finditer(value):
        between = value[last : found.start()]
        name = found[1].decode("ascii", "replace").lower()
        glued = _GAP.match(between) is not None
        if waiting and not (glued and name == charset):
            pieces.append(decode(waiting, charset))
            waiting = b""
        if between and not (glued and last):
            pieces.append(decode(between, label))
        waiting, charset, last = waiting + _word_bytes(found[2], found[3]), name, found.end()
    if waiting:
        pieces.append(decode(waiting, charset))
    return "".join(pieces) + decode(value[last:], label)


def _word_bytes(encoding: bytes, body: bytes) -> bytes:
    if encoding in b"qQ":
        return binascii.a2b_qp(body.replace(b"_", b" "), header=False)
    body = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
    body = body[: len(body) - 1] if len(body) % 4 == 1 else body
    return binascii.a2b_base64(body + b"=" * (-len(body) % 4))


def parameters(value: bytes) -> tuple[str, dict[str, str]]:
    """The main word of a structured header, in lower case, and its parameters, decoded."""
    text = value[:MAX_VALUE].decode("utf-8", "surrogateescape")
    main = text.partition(";")[0].strip().lower()
    found: dict[str, list[tuple[int, bool, str]]] = {}
    position = len(text.partition(";")[0])
    while (match := _PARAMETER.search(text, position)) is not None and len(found) < 60:
        raw, position = _parameter_value(text, match.end())
        section = _SECTION.match(match[1].lower())
        if section is not None:
            found.setdefault(section[1], []).append((int(section[2] or 0), bool(section[3]), raw))
    return main, {name: _joined(pieces) for name, pieces in found.items()}


def _parameter_value(text: str, position: int) -> tuple[str, int]:
    """One value and where the next parameter may begin. A quote that never closes ends at the semicolon."""
    if text[position : position + 1] == '"':
        closing = re.compile(r'(?:[^"\\]|\\.)*"', re.DOTALL).match(text, position + 1)
        if closing is not None:
            return re.sub(r"\\(.)", r"\1", closing[0][:-1]), closing.end()
        position += 1
    stop = text.find(";", position)
    stop = len(text) if stop < 0 else stop
    return text[position:stop].strip(), stop


def _joined(pieces: list[tuple[int, bool, str]]) -> str:
    """Put the sections of a parameter together; percent signs count only where a star says so."""
    if len(pieces) == 1 and not pieces[0][1]:
        return text_of(pieces[0][2].encode("utf-8", "surrogateescape"))
    pieces.sort(key=lambda piece: piece[0])
    charset, data = "", b""
    for number, (_, extended, raw) in enumerate(pieces):
        if extended and number == 0 and raw.count("'") >= 2:
            charset, _, raw = raw.split("'", 2)
        as_bytes = raw.encode("utf-8", "surrogateescape")
        data += unquote_to_bytes(as_bytes) if extended else as_bytes
    return text_of(decode(data, charset).encode("utf-8", "replace"))


def ids_of(value: bytes) -> tuple[str, ...]:
    """Message ids without <>, each once; of a long row the first and the latest ones."""
    text = value[-MAX_VALUE * 4 :].decode("ascii", "replace")
    found = [_SPACE.sub("", each) for each in _ID.findall(text)] or [w for w in text.split() if "@" in w[1:]]
    once = list(dict.fromkeys(each for each in found if each))
    return tuple(once if len(once) <= MAX_IDS else once[:1] + once[1 - MAX_IDS :])


def date_of(value: bytes) -> datetime | None:
    """An aware instant in UTC, None where it can't be read. source: RFC 5322 §3.3"""
    try:
        found = parsedate_to_datetime(value[:100].decode("ascii", "replace"))
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if 1980 <= found.year < 2200 else None
