"""Mails put together for tests, as bytes, so that they can be as broken as real ones."""

from __future__ import annotations

from collections.abc import Mapping

BASE = {
    "From": "Karim <karim@example.org>",
    "To": "sav@example.com",
    "Subject": "Briques",
    "Date": "Thu, 12 Mar 2026 10:04:00 +0100",
    "Message-ID": "<m1@example.org>",
}


def mail(body: bytes | str = "Bonjour", headers: Mapping[str, str | bytes | None] | None = None) -> bytes:
    """A mail with the usual headers; None takes one away."""
    fields: dict[str, str | bytes | None] = {**BASE, **(headers or {})}
    lines = [
        name.encode() + b": " + (value if isinstance(value, bytes) else value.encode())
        for name, value in fields.items()
        if value is not None
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + (body if isinstance(body, bytes) else body.encode())


def multipart(kind: str, *parts: bytes, boundary: str = "b1") -> tuple[bytes, dict[str, str | bytes | None]]:
    """The body and the Content-Type of a multipart; each part with headers of its own."""
    mark = b"--" + boundary.encode()
    body = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"
    return body, {"Content-Type": f'multipart/{kind}; boundary="{boundary}"'}


def part(mime: str, body: bytes | str, *headers: str) -> bytes:
    lines = [f"Content-Type: {mime}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (body if isinstance(body, bytes) else body.encode())
