"""Signed links to `/u/<token>`. Those that stop messages are good for ever; those that start some are not.

A token names a contact, a channel and what the message was for, and is signed with a secret of the company. It is
no log-in: whoever holds it, be it the reader of a forwarded mail, can have fewer messages sent and nothing else.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from channels.frozen import frozen

_MAC_BYTES: Final = 16
_MAX_TOKEN: Final = 600
_SEPARATOR: Final = "|"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)  # a no of the same second may be older or newer
_LABEL: Final = b"relais unsubscribe 1:"  # this secret's signatures mean nothing anywhere else


@frozen
class Ticket:
    """What a link is for. `issued_at` only of those that confirm."""

    kind: Literal["stop", "confirm"]
    contact_id: str
    channel: str
    purposes: tuple[str, ...]
    issued_at: datetime | None = None


class Links:
    """Makes links and reads them again. `old_secrets` are read only."""

    def __init__(self, base_url: str, secret: str, old_secrets: Sequence[str] = ()) -> None:
        self._base = base_url.rstrip("/")
        self._secrets = [each.encode() for each in (secret, *old_secrets)]

    def stop(self, contact_id: str, channel: str, purpose: str) -> str:
        """The way out of a message, for its text and for List-Unsubscribe."""
        return self._url("stop", contact_id, channel, purpose)

    def confirm(self, contact_id: str, channel: str, purposes: Sequence[str], now: datetime) -> str:
        """A yes that is still to be given by whoever reads that address."""
        return self._url("confirm", contact_id, channel, "+".join(purposes), str((now - _EPOCH) // _TICK))

    def _url(self, *parts: str) -> str:
        if any(_SEPARATOR in part for part in parts):
            raise ValueError("an id can't hold a |")
        payload = _SEPARATOR.join(parts).encode()
        signed = payload + _mac(self._secrets[0], payload)
        return f"{self._base}/u/{base64.urlsafe_b64encode(signed).decode().rstrip('=')}"

    def read(self, token: str) -> Ticket | None:
        """The ticket of a token that we signed; else None."""
        if len(token) > _MAX_TOKEN or not token.isascii():
            return None
        try:
            signed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        payload, mac = signed[:-_MAC_BYTES], signed[-_MAC_BYTES:]
        ours = [hmac.compare_digest(mac, _mac(secret, payload)) for secret in self._secrets]
        return _ticket(payload.decode()) if any(ours) else None


def _ticket(payload: str) -> Ticket:
    """Of a payload that we made."""
    kind, contact_id, channel, purposes, *issued = payload.split(_SEPARATOR)
    return Ticket(
        kind="confirm" if kind == "confirm" else "stop",
        contact_id=contact_id,
        channel=channel,
        purposes=tuple(purposes.split("+")),
        issued_at=_EPOCH + int(issued[0]) * _TICK if issued else None,
    )


def _mac(secret: bytes, payload: bytes) -> bytes:
    return hmac.new(secret, _LABEL + payload, hashlib.sha256).digest()[:_MAC_BYTES]
