"""What a file really is, by its bytes; what its customer called it is only a claim."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Iterator
from typing import Final

import puremagic

OPAQUE: Final = "application/octet-stream"
_ACTIVE_MARKUP = re.compile(
    rb"<\s*(?:!doctype|html|head|body|svg|script|iframe|\?xml|\?php|!--)", re.IGNORECASE
)
_PROGRAMS = (
    b"MZ",
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
)
_PREFIXES: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"#!AMR-WB\n", "audio/amr-wb"),
    (b"#!AMR\n", "audio/amr"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"\x1aE\xdf\xa3", "video/webm"),
)
_BRANDS: dict[bytes, str] = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heic",
    b"msf1": "image/heic",
    b"avif": "image/avif",
    b"M4A ": "audio/mp4",
    b"3gp4": "video/3gpp",
    b"3gp5": "video/3gpp",
    b"qt  ": "video/quicktime",
}
_OFFICE = "application/vnd.openxmlformats-officedocument."
_ZIP_MEMBERS: tuple[tuple[str, str], ...] = (
    ("word/document.xml", f"{_OFFICE}wordprocessingml.document"),
    ("xl/workbook.xml", f"{_OFFICE}spreadsheetml.sheet"),
    ("ppt/presentation.xml", f"{_OFFICE}presentationml.presentation"),
)
EXTENSIONS: dict[str, tuple[str, ...]] = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "image/heic": (".heic", ".heif"),
    "image/avif": (".avif",),
    "application/pdf": (".pdf",),
    "audio/mpeg": (".mp3",),
    "audio/ogg": (".ogg", ".oga", ".opus"),
    "audio/amr": (".amr",),
    "audio/amr-wb": (".awb", ".amr"),
    "audio/mp4": (".m4a", ".mp4"),
    "audio/flac": (".flac",),
    "audio/wav": (".wav",),
    "audio/aac": (".aac",),
    "audio/webm": (".weba", ".webm"),
    "video/mp4": (".mp4", ".m4v"),
    "video/3gpp": (".3gp",),
    "video/quicktime": (".mov",),
    "video/webm": (".webm", ".mkv"),
    "text/plain": (".txt", ".md", ".log"),
    "text/csv": (".csv",),
    "text/calendar": (".ics",),
    "application/zip": (".zip",),
    f"{_OFFICE}wordprocessingml.document": (".docx",),
    f"{_OFFICE}spreadsheetml.sheet": (".xlsx",),
    f"{_OFFICE}presentationml.presentation": (".pptx",),
}
"""The types we tell apart, each with the endings its files carry; everything else is opaque."""


def detect_type(data: bytes) -> str:
    """The type of these bytes, `OPAQUE` for programs, markup that runs, and what we don't know."""
    for prefix, mime in _PREFIXES:
        if data.startswith(prefix):
            return mime
    if data.startswith(_PROGRAMS):
        return OPAQUE
    return _riff(data) or _iso_media(data) or _mpeg_audio(data) or _zip(data) or _text(data) or _rest(data)


def is_markup(data: bytes) -> bool:
    """Whether the file begins like HTML, SVG or XML, which browsers run."""
    return _ACTIVE_MARKUP.search(data[:4096].replace(b"\x00", b"")) is not None


def _riff(data: bytes) -> str:
    if data[:4] != b"RIFF":
        return ""
    return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(data[8:12], OPAQUE)


def _iso_media(data: bytes) -> str:
    """source: ISO/IEC 14496-12 §4.3 (ftyp box)"""
    return _BRANDS.get(data[8:12], "video/mp4") if data[4:8] == b"ftyp" else ""


def _mpeg_audio(data: bytes) -> str:
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return ""
    if data[1] & 0xF6 == 0xF0:
        return "audio/aac"
    known_rate, layer = data[2] & 0xF0 not in (0x00, 0xF0), data[1] & 0x06
    return "audio/mpeg" if layer and known_rate else ""


def _zip(data: bytes) -> str:
    """An office document when it holds one and no macros; else a plain archive, or nothing we know."""
    if not data.startswith(b"PK\x03\x04"):
        return ""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError):
        return OPAQUE
    if any(name.endswith("vbaProject.bin") or name.startswith("META-INF/MANIFEST") for name in names):
        return OPAQUE
    return next((mime for member, mime in _ZIP_MEMBERS if member in names), "application/zip")


def _text(data: bytes) -> str:
    if is_markup(data) or data.startswith(b"#!"):
        return OPAQUE
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    printable = not any(ord(char) < 32 and char not in "\t\n\r\f" for char in text)
    return "text/plain" if printable else ""


def _rest(data: bytes) -> str:
    """Types of a wider catalogue, as far as we serve them; never one that was not told apart above."""
    try:
        mime = puremagic.from_string(data[:8192], mime=True)
    except (puremagic.PureError, ValueError):
        return OPAQUE
    return mime if mime in ("audio/x-aiff", "image/bmp", "image/tiff", "application/msword") else OPAQUE


def image_size(data: bytes, mime: str) -> tuple[int, int] | None:
    """Width and height in pixels from the header alone; None when the header is broken.

    Types whose header we don't read give (0, 0).
    """
    readers = {"image/png": _png, "image/gif": _gif, "image/jpeg": _jpeg, "image/webp": _webp}
    reader = readers.get(mime)
    if reader is None:
        return _heif(data) if mime in ("image/heic", "image/avif") else (0, 0)
    try:
        return reader(data)
    except (struct.error, IndexError):
        return None


def _png(data: bytes) -> tuple[int, int] | None:
    width, height = struct.unpack(">II", data[16:24])
    return (width, height) if data[12:16] == b"IHDR" and width and height else None


def _gif(data: bytes) -> tuple[int, int] | None:
    width, height = struct.unpack("<HH", data[6:10])
    return (width, height)


def _jpeg(data: bytes) -> tuple[int, int] | None:
    """source: ITU-T T.81 annex B (frame header SOFn)"""
    at = 2
    while at + 9 < len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return (width, height)
        (length,) = struct.unpack(">H", data[at + 2 : at + 4])
        at += 2 + max(length, 2)
    return None


def _webp(data: bytes) -> tuple[int, int] | None:
    kind = data[12:16]
    if kind == b"VP8X":
        width = int.from_bytes(data[24:27], "little") + 1
        height = int.from_bytes(data[27:30], "little") + 1
        return (width, height) if len(data) >= 30 else None
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return (width & 0x3FFF, height & 0x3FFF)
    if kind == b"VP8L":
        (bits,) = struct.unpack("<I", data[21:25])
        return ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    return None


def _heif(data: bytes) -> tuple[int, int]:
    """The largest picture of the file (ispe boxes); (0, 0) when it names none."""
    return max(_ispe(data[: 256 * 1024]), default=(0, 0), key=lambda size: size[0] * size[1])


def _ispe(data: bytes) -> Iterator[tuple[int, int]]:
    at = data.find(b"ispe")
    while 0 <= at <= len(data) - 16:
        yield struct.unpack(">II", data[at + 8 : at + 16])
        at = data.find(b"ispe", at + 4)
