"""Transfer encodings, also broken ones: base64, quoted-printable, uuencode. source: RFC 2045 §6"""

from __future__ import annotations

import binascii
import re

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")
_UU = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,255})\r?\n", re.MULTILINE)
_UU_END = re.compile(rb"^end[ \t]*\r?$", re.MULTILINE)


def decode_transfer(data: bytes, encoding: bytes) -> bytes:
    """The bytes of a body as they were before `encoding`; what is broken is read as far as it goes."""
    encoding = encoding.strip(b" \t\"'").lower()
    if encoding == b"base64":
        return _base64(data)
    if encoding == b"quoted-printable":
        return binascii.a2b_qp(data)
    if encoding in (b"x-uuencode", b"uuencode", b"x-uue", b"uue"):
        found = _UU.search(data)
        return _uu_lines(data[found.end() :] if found else data)
    return data


def _base64(data: bytes) -> bytes:
    """Whole quads; a footer that a server glued on in plain words stays in words."""
    try:
        if _NOT_BASE64.search(data) is None:
            return binascii.a2b_base64(data)
    except binascii.Error:
        pass
    foreign = re.search(rb"^[^\r\n]*[^A-Za-z0-9+/=\s][^\r\n]*", data, re.MULTILINE)
    body, rest = (data[: foreign.start()], data[foreign.start() :]) if foreign else (data, b"")
    if not body.strip():  # no line of base64 at all before it
        body, rest = (data, b"") if len(_NOT_BASE64.findall(data)) * 20 < len(data) else (b"", data)
    out = b"".join(_quads(run) for run in re.split(rb"=+", body))
    return out + b"\n" + rest if rest else out


def _quads(run: bytes) -> bytes:
    run = re.sub(rb"[^A-Za-z0-9+/]", b"", run)
    run = run[: len(run) - 1] if len(run) % 4 == 1 else run
    return binascii.a2b_base64(run + b"=" * (-len(run) % 4))


def _uu_lines(data: bytes) -> bytes:
    out = []
    for line in data.splitlines():
        if line.strip() in (b"end", b"`", b""):
            continue
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            try:  # the usual sloppiness: a line longer than its count says
                out.append(binascii.a2b_uu(line[: 1 + ((((line[0] - 32) & 63) * 4 + 5) // 3)]))
            except binascii.Error:
                continue
    return b"".join(out)


def cut_uuencoded(data: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """A text without the files that stand in it uuencoded, and those files as (name, bytes)."""
    files: list[tuple[bytes, bytes]] = []
    kept, position = [], 0
    while len(files) < 50 and (found := _UU.search(data, position)) is not None:
        end = _UU_END.search(data, found.end())
        if end is None:
            break
        content = _uu_lines(data[found.end() : end.start()])
        if content:
            kept.append(data[position : found.start()])
            files.append((found[1].strip(), content))
        else:
            kept.append(data[position : end.end()])
        position = end.end()
    return b"".join(kept) + data[position:], files
