"""winmail.dat: the files and the plain text in it. source: Microsoft's [MS-OXTNEF]

Only the top-level attributes are read (files by name and bytes, the plain body); the one library that reads more has
not been released since 2021. What is not understood leaves the winmail.dat as it came.
"""

from __future__ import annotations

from channels.email.charsets import decode
from channels.frozen import frozen

MIMES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
MAX_FILES = 100
_SIGNATURE = b"\x78\x9f\x3e\x22"
_BODY, _RENDERING, _TITLE, _DATA = 0x800C, 0x9002, 0x8010, 0x800F


@frozen
class Opened:
    text: str
    files: tuple[tuple[str, bytes], ...]


def open_tnef(data: bytes) -> Opened | None:
    """What a winmail.dat holds; None when it is none. A broken one is read as far as it goes."""
    if not data.startswith(_SIGNATURE):
        return None
    text, files = "", list[tuple[str, bytes]]()
    name, content = "", b""
    position = 6
    while position + 9 <= len(data) and len(files) < MAX_FILES:
        attribute = int.from_bytes(data[position + 1 : position + 3], "little")
        length = int.from_bytes(data[position + 5 : position + 9], "little")
        value = data[position + 9 : position + 9 + length]
        position += 9 + length + 2  # and its checksum
        if attribute == _BODY:
            text = decode(value.rstrip(b"\0"))
        elif attribute == _RENDERING:
            files += [(name, content)] if content else []
            name, content = "", b""
        elif attribute == _TITLE:
            name = decode(value.rstrip(b"\0"))
        elif attribute == _DATA:
            content = value
    return Opened(text=text, files=tuple([*files, (name, content)] if content else files))
