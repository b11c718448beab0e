"""What the console signs and seals with `console.secret`."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Any, Final

import orjson
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.clock import Clock

_SIGNATURE: Final = 32


class Seal:
    """Keys of its own for each use, drawn from one secret."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._secret = secret.encode()
        self._clock = clock
        self._fernets: dict[str, Fernet] = {}

    def _key(self, use: str) -> bytes:
        return HKDF(hashes.SHA256(), 32, salt=None, info=f"relais console {use}".encode()).derive(
            self._secret
        )

    def _fernet(self, use: str) -> Fernet:
        if use not in self._fernets:
            self._fernets[use] = Fernet(base64.urlsafe_b64encode(self._key(use)))
        return self._fernets[use]

    def close(self, use: str, value: dict[str, Any]) -> str:
        """Encrypted and dated by the program's clock."""
        now = self._clock.epoch_ms() // 1000
        return self._fernet(use).encrypt_at_time(orjson.dumps(value), now).decode()

    def open(self, use: str, sealed: str, *, within: timedelta | None = None) -> dict[str, Any] | None:
        """None for what we did not seal, or sealed too long ago."""
        try:
            if within is None:
                raw = self._fernet(use).decrypt(sealed.encode())
            else:
                now = self._clock.epoch_ms() // 1000
                raw = self._fernet(use).decrypt_at_time(sealed.encode(), int(within.total_seconds()), now)
        except (InvalidToken, ValueError):
            return None
        found = orjson.loads(raw)
        return found if isinstance(found, dict) else None

    def new_link_token(self, use: str) -> str:
        """A random token, signed: one that was made up is refused without asking the database."""
        token = secrets.token_urlsafe(24)
        return f"{token}.{self._signature(use, token)}"

    def signed(self, use: str, token: str) -> bool:
        value, _, signature = token.partition(".")
        return hmac.compare_digest(signature.encode(), self._signature(use, value).encode())

    def _signature(self, use: str, value: str) -> str:
        return hmac.new(self._key(f"link {use}"), value.encode(), hashlib.sha256).hexdigest()[:_SIGNATURE]
