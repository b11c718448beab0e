"""What the parts of a mail hold: the text to read, and the files."""

from __future__ import annotations

import re

from channels.email.calendar import invitation_line
from channels.email.charsets import decode
from channels.email.flowed import unflow
from channels.email.html_text import MAX_HTML, lines_of
from channels.email.mail import MailFile
from channels.email.parts import Part
from channels.email.tnef import MIMES as TNEF
from channels.email.tnef import open_tnef
from channels.email.transfer import cut_uuencoded
from channels.email.words import parameters
from channels.email.zones import Line
from channels.frozen import frozen

MAX_TEXT = 1_000_000  # characters of one text that are read
_MEDIA = b"x-relais-media"
_NO_FILE = frozenset({
    "message/delivery-status", "message/global-delivery-status", "message/disposition-notification",
    "message/feedback-report", "text/rfc822-headers", "application/pgp-signature", "application/pgp-encrypted",
    "application/pkcs7-signature", "application/x-pkcs7-signature",
})  # fmt: skip
_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"), (b"OggS", "audio/ogg"), (b"ID3", "audio/mpeg"), (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"), (b"MM\0*", "image/tiff"), (b"#!AMR", "audio/amr"), (b"{\\rtf", "application/rtf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword"), (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"), (b"\x1f\x8b", "application/gzip"),
    (b"MZ", "application/x-msdownload"), (b"\x7fELF", "application/x-executable"),
)  # fmt: skip
_ENDINGS = {
    "image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "application/pdf": ".pdf", "text/plain": ".txt",
    "text/html": ".html", "text/calendar": ".ics", "message/rfc822": ".eml", "audio/ogg": ".ogg", "video/mp4": ".mp4",
    "image/webp": ".webp", "application/zip": ".zip", "audio/mpeg": ".mp3", "text/csv": ".csv",
    "application/pkcs7-mime": ".p7m", "application/x-pkcs7-mime": ".p7m",
}  # fmt: skip


@frozen
class Content:
    lines: list[Line]
    files: tuple[MailFile, ...]
    left_out: tuple[str, ...] = ()


def is_body(part: Part) -> bool:
    """Whether a part is text to be read in the mail itself rather than a file sent with it."""
    return part.mime in ("text/plain", "text/html") and part.disposition != "attachment" and not part.name


def content_of(raw: bytes, root: Part, *, trusted: bool = True) -> Content:
    """The lines to read, chosen among the alternatives, and all files.

    `trusted`: the mail has been through `slim`, so that a mark of a file cut out is ours.
    """
    found = _Collector(raw, trusted)
    found.take(root)
    return Content(lines=found.lines, files=tuple(found.files), left_out=tuple(dict.fromkeys(found.left_out)))


class _Collector:
    def __init__(self, raw: bytes, trusted: bool) -> None:
        self.raw = raw
        self.trusted = trusted
        self.lines: list[Line] = []
        self.files: list[MailFile] = []
        self.left_out: list[str] = []

    def take(self, part: Part) -> None:
        """Read a part and what is below it; the tree is at most `parts.MAX_DEPTH` deep."""
        if part.mime == "multipart/alternative":
            self._take_alternative(part)
        elif part.children:
            for child in part.children:
                self.take(child)
        elif is_body(part) or part.mime.startswith("multipart/"):
            self._add_lines(self.read(part))
        elif part.mime == "text/calendar":
            self._take_invitation(part)
        elif part.mime in TNEF:
            self._take_tnef(part)
        elif part.mime not in _NO_FILE:
            self.files.append(media_file(self.raw, part, trusted=self.trusted))

    def _add_lines(self, lines: list[Line]) -> None:
        if not any(line.text.strip() for line in lines):
            return
        if self.lines:
            self.lines.append(Line("", self.lines[-1].zone))
        self.lines.extend(lines)

    def _take_alternative(self, part: Part) -> None:
        """HTML tells a quotation from an answer more surely than plain text does; what has no words is passed over."""
        order = sorted(part.children, key=lambda child: 0 if _holds(child, "text/html") else 1)
        chosen: Part | None = None
        for child in order:
            before = len(self.lines)
            if chosen is None and (is_body(child) or child.children):
                self.take(child)
                chosen = child if len(self.lines) > before else None
            elif not is_body(child):
                kept = len(self.lines)
                self.take(child)
                if chosen is not None and child.mime != "text/calendar":
                    del self.lines[kept:]

    def read(self, part: Part) -> list[Line]:
        body = part.body(self.raw)
        if _MEDIA in part.headers:
            self.files.append(media_file(self.raw, part, trusted=self.trusted))
            self.left_out.append("the text is longer than what was read; it is kept as a file")
        if part.mime != "text/html" and b"begin " in body:
            body, inside = cut_uuencoded(body)
            self.files += [_plain_file(decode(name), data) for name, data in inside]
        text = decode(body, part.parameters.get("charset", ""))
        markup = part.mime == "text/html" or _is_markup(text)
        limit = MAX_HTML if markup else MAX_TEXT
        if len(text) > limit:
            self.left_out.append(f"a text was cut at {limit} characters")
            text = text[:limit]
        if markup:
            return lines_of(text)
        if part.parameters.get("format", "").lower() == "flowed":
            text = unflow(text, delsp=part.parameters.get("delsp", "").lower() == "yes")
        return [Line(line) for line in re.split(r"\r\n|\r(?!\n)|\n", text.replace("\0", ""))]

    def _take_invitation(self, part: Part) -> None:
        self.files.append(media_file(self.raw, part, trusted=self.trusted))
        said = invitation_line(decode(part.body(self.raw)[:200_000], part.parameters.get("charset", "utf-8")))
        if said and not any(said in line.text for line in self.lines):
            self._add_lines([Line(said)])

    def _take_tnef(self, part: Part) -> None:
        opened = open_tnef(part.body(self.raw)) if _MEDIA not in part.headers else None
        if opened is None or not (opened.files or opened.text):
            self.files.append(media_file(self.raw, part, trusted=self.trusted))
            return
        self.files += [_plain_file(name, data) for name, data in opened.files]
        if opened.text and not self.lines:
            self._add_lines([Line(line) for line in opened.text.splitlines()])


def _holds(part: Part, mime: str) -> bool:
    return any(each.mime == mime and is_body(each) for each in part.walk())


def _is_markup(text: str) -> bool:
    """HTML that was sent as plain text."""
    return text[:500].lstrip().lower().startswith(("<!doctype html", "<html"))


def media_file(raw: bytes, part: Part, *, trusted: bool = True) -> MailFile:
    """The file a part holds, or names if it was cut out."""
    kept = part.headers.get(_MEDIA) if trusted else b""
    ref, said = parameters(kept)[0], parameters(kept)[1]
    ref = kept.partition(b";")[0].strip().decode("ascii", "replace")
    data = b"" if kept else part.body(raw)
    mime = said.get("mime", part.mime) if kept else sniff(data, part.mime)
    content_id = part.headers.get(b"content-id").decode("ascii", "replace").strip("<> \t")[:250]
    inline = part.disposition == "inline" or (bool(content_id) and part.disposition != "attachment")
    return MailFile(
        name=clean_name(part.name, mime),
        mime=mime,
        data=data,
        inline=inline and mime.startswith("image/"),
        content_id=content_id,
        media_ref=ref if ref.startswith("media:") else "",
        size=int(said["size"]) if said.get("size", "").isdecimal() else len(data),
    )


def _plain_file(name: str, data: bytes) -> MailFile:
    mime = sniff(data, "application/octet-stream")
    return MailFile(name=clean_name(name, mime), mime=mime, data=data, size=len(data))


def sniff(data: bytes, declared: str) -> str:
    """The type by the first bytes where they are plain, else as declared."""
    for beginning, mime in _BEGINNINGS:
        if data.startswith(beginning):
            vague = mime == "application/msword" and declared.startswith("application/")
            return declared if vague else mime
    if data[:4] == b"RIFF" and data[8:12] in (b"WEBP", b"WAVE"):
        return "image/webp" if data[8:12] == b"WEBP" else "audio/wav"
    if data[4:8] == b"ftyp":
        return (
            "image/heic"
            if data[8:12] in (b"heic", b"heix", b"mif1")
            else declared
            if "/mp4" in declared
            else "video/mp4"
        )
    if data[:4] == b"PK\x03\x04" and not declared.startswith("application/vnd."):
        return "application/zip"
    return declared


def clean_name(name: str, mime: str) -> str:
    """A file name without folders, control characters or direction tricks, with an ending."""
    name = re.sub(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", "", name)
    name = re.split(r"[/\\]", name)[-1].strip(" .")
    if len(name) > 150:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[: 140 - len(ending)]}.{ending}" if dot and len(ending) <= 10 else name[:150]
    return name or f"file{_ENDINGS.get(mime, '')}"
