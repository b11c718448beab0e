"""Cuts big files out of a raw mail, so that its journal entry stays small; the rest stays as it came.

Where a part's body was cut, its headers name the file instead (`X-Relais-Media`), and the first line of the mail
keeps its id (`X-Relais-Id`). A mail that comes in with such headers is not believed: `slim` renames the sender's,
whatever the size of the mail, so it has to see every mail.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from channels.email.content import is_body, media_file
from channels.email.identity import provider_id
from channels.email.mail import MailFile
from channels.email.parts import Part, settle, split_parts

KEEP_OF_TEXT = (
    524_288  # bytes of a text that stay in the mail, as they are encoded; all of it is kept as a file
)
MARK = b"X-Relais-Media"
_FOREIGN = re.compile(rb"(?i)(^|[\r\n])X-Relais-(Media|Id)(?=[ \t]*:)")
_WAITING = re.compile(rb"(?m)^X-Relais-Media: cut-(\d+);")
_REF = re.compile(r"[!-:<-~]{1,200}")
_MAY_HOLD = re.compile(rb"(?i)x-relais-")


def slim(raw: bytes, keep_below: int = 65536) -> tuple[bytes, tuple[MailFile, ...]]:
    """The mail without its files of `keep_below` bytes and more, and those files, decoded, in their order.

    Raises `Malformed` when there is nothing in it.
    """
    came = settle(raw)
    honest = _FOREIGN.sub(rb"\1X-Foreign-\2", came) if _MAY_HOLD.search(came) else came
    if len(honest) < keep_below and honest == came:
        return raw, ()
    rest, files = _cut(honest, keep_below)
    if not files and honest == came:
        return raw, ()
    known = f"X-Relais-Id: {provider_id(came, split_parts(came))}\n".encode("utf-8", "replace")
    return known + rest, tuple(files)


def _cut(raw: bytes, keep_below: int) -> tuple[bytes, list[MailFile]]:
    pieces: list[bytes] = []
    files: list[MailFile] = []
    position = 0
    for part, keep in _too_big(raw, keep_below):
        found = media_file(raw, part)
        pieces += [
            raw[position : part.head],
            _placeholder(len(files), found),
            raw[part.head : part.start + keep],
        ]
        if part.start + keep < part.end:
            pieces.append(b"\r\n" if keep else b"")
        position = part.end
        files.append(found)
    return b"".join(pieces) + raw[position:], files


def _too_big(raw: bytes, keep_below: int) -> list[tuple[Part, int]]:
    """The parts to cut, in the order of the mail, with how many bytes of each stay."""
    found = []
    for part in split_parts(raw).root.walk():
        length = part.end - part.start
        if part.children or length < keep_below:
            continue
        if not is_body(part):
            found.append((part, 0))
        elif length > max(KEEP_OF_TEXT, keep_below):
            line = raw.rfind(b"\n", part.start, part.start + KEEP_OF_TEXT) + 1
            found.append((part, line - part.start if line > part.start else KEEP_OF_TEXT))
    return found


def _placeholder(number: int, found: MailFile) -> bytes:
    return MARK + f": cut-{number}; size={found.size}; mime={found.mime}\r\n".encode("ascii", "replace")


def with_refs(slimmed: bytes, refs: Sequence[str]) -> bytes:
    """Name where the files that were cut out are kept now ("media:…"), in the order `slim` gave them.

    Raises `ValueError` when a reference holds anything but visible ASCII without a semicolon.
    """
    if bad := next((ref for ref in refs if not _REF.fullmatch(ref)), None):
        raise ValueError(f"not a reference: {bad!r}")

    def name(found: re.Match[bytes]) -> bytes:
        number = int(found[1])
        return MARK + b": " + refs[number].encode("ascii") + b";" if number < len(refs) else found[0]

    return _WAITING.sub(name, slimmed)
