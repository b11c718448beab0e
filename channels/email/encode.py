"""The MIME parts of what we send, encoded so that every server passes them on unchanged. source: RFC 2045"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from urllib.parse import quote

_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_PLAIN_NAME = re.compile(r"[\w .()+-]{1,60}", re.ASCII)
_LINE = 76
_WORD_BYTES = 45  # of an encoded word: 60 letters and 12 around them
_MOSTLY_FOREIGN = 4  # more than one byte in four: base64 is shorter
_BEYOND_ASCII = bytes(range(128, 256))


def header_text(name: str, text: str) -> str:
    """A header's value, folded and encoded where it has to be. Line ends and controls become blanks."""
    printable = text if text.isprintable() else "".join(char if char.isprintable() else " " for char in text)
    clean = " ".join(printable.split())
    if clean.isascii() and "=?" not in clean and len(name) + len(clean) + 2 <= _LINE:
        return clean
    room = _WORD_BYTES - len(name)
    whole = clean.encode("utf-8", "replace")
    words = [whole] if len(whole) <= room else _words(clean, room)
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(word).decode()}?=" for word in words)


def _words(text: str, room: int) -> list[bytes]:
    """The text in pieces, the first of at most `room` bytes."""
    words = [b""]
    for char in text:  # an encoded word holds whole characters. source: RFC 2047 §5
        data = char.encode("utf-8", "replace")
        if len(words[-1]) + len(data) > room:
            words.append(b"")
            room = _WORD_BYTES
        words[-1] += data
    return words


def text_part(subtype: str, text: str) -> bytes:
    """A text of type text/`subtype` in UTF-8, as 7-bit lines."""
    data = text.encode("utf-8", "replace")
    foreign = len(data) - len(data.translate(None, _BEYOND_ASCII))
    if foreign * _MOSTLY_FOREIGN > len(data):
        encoding, body = "base64", _base64_lines(data.replace(b"\n", b"\r\n"))
    else:
        encoding = "quoted-printable"
        body = binascii.b2a_qp(data, istext=True).replace(b"\n", b"\r\n")
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + body


def file_part(data: bytes, *, name: str, mime: str) -> bytes:
    """A file to be saved by whoever gets it."""
    whole_type = mime.lower()
    if not _TYPE.fullmatch(whole_type) or whole_type.startswith(("message/", "multipart/")):
        whole_type = "application/octet-stream"  # those must not be encoded. source: RFC 2046 §5.2
    head = (
        f"Content-Type: {whole_type}\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment;\r\n {_file_name(name)}\r\n\r\n"
    )
    return head.encode() + _base64_lines(data)


def multipart(subtype: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    """Parts in one; the boundary must begin with "=_", which no encoded part can hold."""
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'.encode()
    line = b"--" + boundary.encode()
    return head + b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"


def _base64_lines(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n").removesuffix(b"\r\n")


def _file_name(name: str) -> str:
    """The name in plain letters where it has only those, else in the encoded form. source: RFC 2231"""
    clean = "".join(char for char in name if char.isprintable() and char not in '/\\"')[:120].strip(" .")
    if _PLAIN_NAME.fullmatch(clean):
        return f'filename="{clean}"'
    encoded = _percented(clean or "file")
    if len(encoded) == 1:
        return f"filename*=utf-8''{encoded[0]}"
    first, *rest = encoded
    return ";\r\n ".join(
        [f"filename*0*=utf-8''{first}", *(f"filename*{n}*={p}" for n, p in enumerate(rest, 1))]
    )


def _percented(text: str) -> list[str]:
    """The text percent-encoded, in pieces that each hold whole characters."""
    pieces = [""]
    for char in text:
        encoded = quote(char, safe="")
        if len(pieces[-1]) + len(encoded) > 60:
            pieces.append("")
        pieces[-1] += encoded
    return pieces
