"""Signed links to `/t/` and `/o/`: which message, and which address behind it. Nothing about the person.

The address a link leads to stands in the link itself, under our signature: it works without the database, also when
whoever got it was erased, and it leads nowhere that no message of ours led to.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_MAC_BYTES: Final = 10
_MAX_TOKEN: Final = 2_800
_MAX_URL: Final = 1_900
_ID: Final = re.compile(r"[0-9a-f]{32}")
_URL: Final = re.compile(r"https?://[^\s\x00-\x1f\x7f\\<>\"]+", re.I)
_CLICK: Final = b"relais click 1:"  # these signatures mean nothing anywhere else
_OPEN: Final = b"relais open 1:"
_AFTER: Final = ".,;:!?)]}’”»…،؛؟"
"""What some mail programs take for the end of a link when it ends a sentence."""
_HTTPS: Final = b"https://"


@dataclass(frozen=True, slots=True)
class Followed:
    """What a link stands for."""

    row_id: str  # of a recipient or an occurrence
    url: str


class FollowedLinks:
    """A `LinkMaker`, and the reader of its links. `old_secrets` are read only."""

    def __init__(
        self,
        base_url: str,
        secret: str,
        old_secrets: Sequence[str] = (),
        *,
        clicks: bool = True,
        opens: bool = True,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._secrets = [each.encode() for each in (secret, *old_secrets)]
        self._clicks = clicks
        self._opens = opens

    @property
    def clicks(self) -> bool:
        """Whether clicks are counted; links sent before lead on all the same."""
        return self._clicks

    @property
    def opens(self) -> bool:
        return self._opens

    def wrap(self, url: str, recipient_id: str) -> str:
        """The link that tells; `url` itself where it is ours already, no web address, or far too long."""
        fits = len(url.encode()) <= _MAX_URL and _URL.fullmatch(url) and _ID.fullmatch(recipient_id)
        if not self._clicks or not fits or url == self._base or url.startswith(f"{self._base}/"):
            return url
        plain = url.encode()
        secure = plain[: len(_HTTPS)].lower() == _HTTPS
        payload = bytes.fromhex(recipient_id) + (b"\1" + plain[len(_HTTPS) :] if secure else b"\0" + plain)
        return f"{self._base}/t/{self._signed(_CLICK, payload)}"

    def pixel(self, recipient_id: str) -> str | None:
        if not self._opens or not _ID.fullmatch(recipient_id):
            return None
        return f"{self._base}/o/{self._signed(_OPEN, bytes.fromhex(recipient_id))}.gif"

    def read_click(self, token: str) -> Followed | None:
        """What a link that we signed stands for; else None."""
        payload = self._read(_CLICK, token.rstrip(_AFTER))
        if payload is None or len(payload) < 18:
            return None
        tail = payload[17:].decode()
        return Followed(row_id=payload[:16].hex(), url=f"https://{tail}" if payload[16] else tail)

    def read_open(self, token: str) -> str | None:
        """The row a picture belongs to; None where we did not sign it."""
        payload = self._read(_OPEN, token)
        return payload.hex() if payload is not None and len(payload) == 16 else None

    def _signed(self, label: bytes, payload: bytes) -> str:
        whole = payload + _mac(self._secrets[0], label, payload)
        return base64.urlsafe_b64encode(whole).decode().rstrip("=")

    def _read(self, label: bytes, token: str) -> bytes | None:
        if len(token) > _MAX_TOKEN or not token.isascii():
            return None
        try:
            whole = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        payload, mac = whole[:-_MAC_BYTES], whole[-_MAC_BYTES:]
        ours = [hmac.compare_digest(mac, _mac(secret, label, payload)) for secret in self._secrets]
        return payload if any(ours) else None


def _mac(secret: bytes, label: bytes, payload: bytes) -> bytes:
    return hmac.new(secret, label + payload, hashlib.sha256).digest()[:_MAC_BYTES]
