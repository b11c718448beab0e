"""Signs what we send, so that receivers can tell it from forgeries. source: RFC 6376, RFC 8463

The signature covers the whole body (never `l=`, which lets anybody append to it) and names each signed header once
more than it occurs, so that none can be added either.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from channels.email.settings import DkimSettings

_SIGNED = (
    "from", "to", "cc", "reply-to", "subject", "date", "message-id", "in-reply-to", "references", "mime-version",
    "content-type", "content-transfer-encoding", "auto-submitted", "list-unsubscribe", "list-unsubscribe-post",
)  # fmt: skip
_BLANKS = re.compile(rb"[ \t]+")
_LEAST_BITS = 1024  # source: RFC 8301 §3.2


class Signer:
    """Signs with one key. Raises ValueError, which says what to change, when the key is of no use."""

    def __init__(self, settings: DkimSettings) -> None:
        self._domain = settings.domain
        self._selector = settings.selector
        self._key = _read_key(settings.private_key)

    def sign(self, message: bytes) -> bytes:
        """The message (lines end with CRLF) with a DKIM-Signature in front."""
        head, _, body = message.partition(b"\r\n\r\n")
        headers = _headers_of(head + b"\r\n")
        names = _named(headers)
        body_hash = base64.b64encode(hashlib.sha256(relaxed_body(body)).digest()).decode()
        algorithm = "rsa" if isinstance(self._key, RSAPrivateKey) else "ed25519"
        unsigned = (
            f"DKIM-Signature: v=1; a={algorithm}-sha256; c=relaxed/relaxed; d={self._domain};\r\n"
            f" s={self._selector}; h={_wrapped(names)};\r\n bh={body_hash};\r\n b="
        ).encode()
        signature = base64.b64encode(self._raw_signature(_covered(headers, names, unsigned))).decode()
        lines = "\r\n ".join(signature[at : at + 72] for at in range(0, len(signature), 72))
        return unsigned + lines.encode() + b"\r\n" + message

    def _raw_signature(self, data: bytes) -> bytes:
        if isinstance(self._key, RSAPrivateKey):
            return self._key.sign(data, PKCS1v15(), SHA256())
        return self._key.sign(hashlib.sha256(data).digest())  # source: RFC 8463 §3


def relaxed_body(body: bytes) -> bytes:
    """The body in the relaxed form. source: RFC 6376 §3.4.4"""
    lines = [_BLANKS.sub(b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def relaxed_header(field: bytes) -> bytes:
    """One header field in the relaxed form, with its line end. source: RFC 6376 §3.4.2"""
    name, _, value = field.partition(b":")
    unfolded = _BLANKS.sub(b" ", value.replace(b"\r\n", b"")).strip(b" ")
    return name.strip().lower() + b":" + unfolded + b"\r\n"


def _headers_of(head: bytes) -> list[bytes]:
    return [field + b"\r\n" for field in re.split(rb"\r\n(?![ \t])", head) if field]


def _name_of(field: bytes) -> str:
    return field.partition(b":")[0].decode("ascii", "replace").strip().lower()


def _named(headers: Sequence[bytes]) -> list[str]:
    """Every occurrence of a header that matters, and one more: a second From that is added breaks the signature."""
    there = [_name_of(field) for field in headers]
    return [name for name in _SIGNED for _ in range(there.count(name) + (name in ("from", "to", "subject")))]


def _covered(headers: Sequence[bytes], names: Sequence[str], unsigned: bytes) -> bytes:
    """What is signed: the named headers from the bottom up, then the signature's own without `b=`."""
    left = {name: [field for field in headers if _name_of(field) == name] for name in set(names)}
    chosen = [left[name].pop() for name in names if left[name]]
    return b"".join(map(relaxed_header, chosen)) + relaxed_header(unsigned).removesuffix(b"\r\n")


def _wrapped(names: Sequence[str]) -> str:
    lines = [":".join(names[at : at + 5]) for at in range(0, len(names), 5)]
    return ":\r\n ".join(lines)


def _read_key(pem: str) -> RSAPrivateKey | Ed25519PrivateKey:
    try:
        key = load_pem_private_key(pem.strip().encode(), password=None)
    except (ValueError, TypeError) as exc:
        raise ValueError(
            "email: `dkim.private_key` is not a private key in PEM form without a password"
        ) from exc
    if isinstance(key, RSAPrivateKey):
        if key.key_size < _LEAST_BITS:
            raise ValueError(f"email: `dkim.private_key` has {key.key_size} bits; receivers want 2048")
        return key
    if isinstance(key, Ed25519PrivateKey):
        return key
    raise ValueError("email: `dkim.private_key` must be an RSA or an Ed25519 key")
