"""The files customers send: kept once under the hash of their content, checked before they are kept."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import tempfile
import unicodedata
from pathlib import Path
from typing import Final, Literal

from bot.filetypes import EXTENSIONS, OPAQUE, detect_type, image_size, is_markup
from channels.port import Attachment, Malformed, Media

MAX_PIXELS: Final = 100_000_000  # a picture that unpacks to more is meant to harm whoever opens it
MAX_SIDE: Final = 30_000  # pixels
_MAX_NAME: Final = 120  # characters
_REF = re.compile(r"media:([0-9a-f]{64})")
_NAME_UNWANTED = re.compile(
    '[\x00-\x1f\x7f-\x9f<>:"|?*\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f'
    "\ud800-\udfff\ue000-\uf8ff\ufeff\U000f0000-\U0010ffff]"
)
# fmt: off
_RUNNABLE = frozenset({  # by a double click, on some system
    ".app", ".apk", ".bat", ".cmd", ".com", ".cpl", ".dll", ".dmg", ".docm", ".exe", ".gadget", ".hta",
    ".htm", ".html", ".jar", ".js", ".jse", ".lnk", ".mht", ".mhtml", ".msi", ".msp", ".mjs", ".php",
    ".pif", ".ps1", ".py", ".reg", ".scr", ".sh", ".svg", ".svgz", ".url", ".vb", ".vbe", ".vbs",
    ".wsf", ".xht", ".xhtml", ".xlsm", ".xml", ".xsl",
})
# fmt: on
_KNOWN_ENDINGS = frozenset(ending for endings in EXTENSIONS.values() for ending in endings)
Kind = Literal["image", "audio", "video", "file"]


class MediaStore:
    """A folder of files, each under its SHA-256. What was put is on the disk when `put` returns."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    @property
    def max_bytes(self) -> int:
        """The largest file that is taken."""
        return self._max_bytes

    async def put(self, data: bytes, name: str = "", claimed_mime: str = "") -> Attachment:
        """Keep a file. Raises `Malformed`, saying why: empty, too large, not what it claims to be."""
        return await asyncio.to_thread(self._put, data, name, claimed_mime)

    async def get(self, ref: str) -> Media | None:
        """The file of a `media:<sha256>` reference, None when there is none."""
        match = _REF.fullmatch(ref)
        return await asyncio.to_thread(self._get, match[1]) if match else None

    def _put(self, data: bytes, name: str, claimed_mime: str) -> Attachment:
        attachment = inspect_file(data, name, claimed_mime, max_bytes=self._max_bytes)
        path = self._path(attachment.ref.removeprefix("media:"))
        if not (path.exists() and path.stat().st_size == len(data)):
            path.parent.mkdir(parents=True, exist_ok=True)
            description = {"kind": attachment.kind, "mime": attachment.mime, "name": attachment.name}
            _write_durably(path.with_suffix(".json"), json.dumps(description).encode())
            _write_durably(path, data)  # last: a file that is there has its description
        return attachment

    def _get(self, digest: str) -> Media | None:
        path = self._path(digest)
        try:
            data = path.read_bytes()
            description = json.loads(path.with_suffix(".json").read_bytes())
        except FileNotFoundError:
            return None
        attachment = Attachment(ref=f"media:{digest}", size=len(data), **description)
        return Media(attachment=attachment, data=data)

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest[2:4] / digest


def inspect_file(data: bytes, name: str, claimed_mime: str, *, max_bytes: int) -> Attachment:
    """Describe a file by its bytes; pure. Raises `Malformed` with the reason in words."""
    if not data:
        raise Malformed("the file is empty")
    if len(data) > max_bytes:
        raise Malformed(f"the file has {len(data)} bytes, at most {max_bytes} are taken")
    claimed = claimed_mime.split(";")[0].strip().lower()
    mime = _checked_type(data, claimed, name)
    return Attachment(
        kind=_kind(mime),
        ref=f"media:{hashlib.sha256(data).hexdigest()}",
        name=safe_name(name, mime),
        mime=mime,
        size=len(data),
    )


def _checked_type(data: bytes, claimed: str, name: str) -> str:
    mime = detect_type(data)
    if mime.startswith("image/"):
        _check_picture(data, mime)
    elif claimed.startswith("image/") and not (claimed == "image/svg+xml" and is_markup(data)):
        raise Malformed("the file claims to be a picture and is none")
    if mime == "video/webm" and claimed == "audio/webm":
        return claimed  # the same container: only the sender knows that there is no picture in it
    if mime == "text/plain" and (claimed == "text/csv" or name.lower().endswith(".csv")):
        return "text/csv"
    if mime == "text/plain" and claimed == "text/calendar" and data.startswith(b"BEGIN:VCALENDAR"):
        return claimed
    return mime


def _check_picture(data: bytes, mime: str) -> None:
    size = image_size(data, mime)
    if size is None:
        raise Malformed("the picture is damaged: its size can't be read")
    width, height = size
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise Malformed(f"the picture has {width} × {height} pixels, at most {MAX_PIXELS} are taken")


def _kind(mime: str) -> Kind:
    for kind in ("image", "audio", "video"):
        if mime.startswith(f"{kind}/"):
            return kind
    return "file"


def safe_name(name: str, mime: str) -> str:
    """A name without folders and tricks, ending as its type does; what would run ends in .bin."""
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    name = " ".join(_NAME_UNWANTED.sub("", name).split()).strip(". ")
    stem, dot, last = name.rpartition(".")
    suffix = f".{last.lower()}" if dot and stem and len(last) <= 8 else ""
    stem = (stem if suffix else name) or _kind(mime)
    ending = _ending(suffix, mime)
    return stem[: _MAX_NAME - len(ending)].rstrip(". ") + ending


def _ending(suffix: str, mime: str) -> str:
    if suffix in _RUNNABLE:
        return f"{suffix}.bin"
    fitting = EXTENSIONS.get(mime, ())
    if suffix in fitting or (suffix and mime in (OPAQUE, "text/plain")):
        return suffix
    wanted = fitting[0] if fitting else ".bin" if mime == OPAQUE else ""
    return wanted if suffix in _KNOWN_ENDINGS else suffix + wanted


def _write_durably(path: Path, data: bytes) -> None:
    """Write beside it, flush to the disk, rename: a file is whole or not there."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
