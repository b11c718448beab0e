"""What a Telegram account needs to know."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Literal

OFFICIAL_API = "https://api.telegram.org"
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramSettings:
    """One bot. Secrets stay out of its `repr`. Raises ValueError, which says what to change."""

    account_id: str
    token: str = field(repr=False)
    mode: Literal["polling", "webhook"] = "polling"
    secret_token: str = field(default="", repr=False)  # empty: derived from the token
    api_base_url: str = OFFICIAL_API  # the server's root; a trailing "/bot" is allowed
    file_base_url: str = ""  # empty: the API server's own
    public_url: str = ""  # webhook mode: where Telegram reaches us
    timeout_s: float = 10.0  # total, of one call
    media_timeout_s: float = 60.0  # total, of an upload or download
    poll_s: int = 30  # how long the server may hold a poll without news
    max_download_bytes: int = 20 * 1024 * 1024  # source: Bot API, getFile
    slots: int = 8  # calls in flight at once

    def __post_init__(self) -> None:
        if not self.token or re.search(r"[\s/?#]", self.token):
            raise ValueError("telegram: `token` is missing or is not the one that @BotFather gave")
        if self.secret_token and not _SECRET.fullmatch(self.secret_token):
            raise ValueError("telegram: `secret_token` takes 1 to 256 letters, digits, _ and - only")
        if not re.match(r"https?://[^/]", self.api_base_url):
            raise ValueError("telegram: `api_base_url` must begin with https:// or http://")
        if self.mode == "webhook":
            self._check_public_url()

    def _check_public_url(self) -> None:
        if not re.match(r"https?://[^/]", self.public_url):
            raise ValueError("telegram: mode `webhook` needs the server's `public_url` (https://…)")
        if self.api_root == OFFICIAL_API and not self.public_url.startswith("https://"):
            raise ValueError("telegram: Telegram calls only https:// addresses; mend `public_url` or poll")

    @property
    def api_root(self) -> str:
        return _root(self.api_base_url, "/bot")

    @property
    def file_root(self) -> str:
        return (
            _root(self.file_base_url, "/file/bot", "/bot", "/file") if self.file_base_url else self.api_root
        )

    @property
    def hook_url(self) -> str:
        return f"{self.public_url.rstrip('/')}/hooks/{self.account_id}"

    @property
    def hook_secret(self) -> str:
        """The configured secret, else one that only the token's owner can compute."""
        if self.secret_token:
            return self.secret_token
        return hmac.new(self.token.encode(), b"relais webhook secret", hashlib.sha256).hexdigest()


def _root(url: str, *endings: str) -> str:
    url = url.rstrip("/")
    for ending in endings:
        url = url.removesuffix(ending)
    return url
