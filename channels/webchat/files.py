"""Files over HTTP: taking an upload within limits, serving a file so that it can't do anything."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from urllib.parse import quote, unquote

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from channels.port import Malformed, Media

_FORM_OVERHEAD = 64 * 1024  # bytes of multipart frame around a file
# Shown inside the page; everything else can only be saved. Never SVG or HTML: they run.
_INLINE = frozenset(
    {
        "image/jpeg",
        "image/png",
        "image/gif",
        "image/webp",
        "audio/mpeg",
        "audio/ogg",
        "audio/mp4",
        "audio/wav",
        "video/mp4",
        "video/webm",
    }
)
_SAVED_AS_IS = frozenset({"application/pdf", "text/plain", "text/csv", "image/heic", "audio/amr"})


class TooLarge(Exception):
    """More bytes than the account takes."""


async def read_body(request: Request, limit: int) -> bytes:
    """The body, read no further than `limit` bytes. Raises `TooLarge`, and `Malformed` when it breaks off."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise TooLarge
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise TooLarge
    except ClientDisconnect as error:
        raise Malformed("the body broke off") from error
    return bytes(body)


async def read_upload(request: Request, limit: int) -> tuple[bytes, str, str]:
    """Bytes, name and claimed type of an upload, raw (`X-File-Name`) or as the part `file` of a form.

    Raises `TooLarge` and `Malformed`.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "multipart/form-data":
        data = await read_body(request, limit)
        return data, unquote(request.headers.get("x-file-name", "")), kind
    body = await read_body(request, limit + _FORM_OVERHEAD)
    parser = MultiPartParser(request.headers, _in_one(body), max_files=1, max_fields=4)
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError) as error:
        raise Malformed("the form is broken") from error
    try:
        part = form.get("file")
        if not isinstance(part, UploadFile):
            raise Malformed("the form has no part named file")
        data = await part.read()
    finally:
        await form.close()
    if len(data) > limit:
        raise TooLarge
    return data, part.filename or "", part.content_type or ""


async def _in_one(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body


def file_response(media: Media, name: str) -> Response:
    """Serve a stored file: nothing sniffed, nothing run, nothing active shown."""
    mime = media.attachment.mime
    inline = mime in _INLINE
    served = mime if inline or mime in _SAVED_AS_IS else "application/octet-stream"
    if served.startswith("text/"):
        served = f"{served}; charset=utf-8"
    headers = {
        "content-disposition": disposition(name or media.attachment.name, inline=inline),
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "cross-origin-resource-policy": "cross-origin",  # the widget stands on other sites
        "referrer-policy": "no-referrer",
        "cache-control": "private, max-age=86400, immutable",
    }
    return Response(media.data, media_type=served, headers=headers)


def disposition(name: str, *, inline: bool) -> str:
    """A Content-Disposition for any name. source: RFC 6266 §4.3, RFC 5987 §3.2"""
    how = "inline" if inline else "attachment"
    plain = "".join(char if char.isascii() and (char.isalnum() or char in " ._-") else "_" for char in name)
    if not plain.strip(" ._"):
        plain = "file"
    encoded = quote(name, safe="", errors="replace")
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
