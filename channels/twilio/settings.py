"""What a Twilio account needs to know, for SMS or for WhatsApp."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal
from urllib.parse import urlsplit

from channels.twilio.address import is_e164

OFFICIAL_API = "https://api.twilio.com"
MESSAGING_API = "https://messaging.twilio.com"  # only `check` asks there, about a messaging service
_SHORT_CODE = re.compile(r"\d{3,8}")
_NAMED_SENDER = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 +_&-]{1,11}")  # source: Alphanumeric Sender ID


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioSettings:
    """One number or messaging service. Secrets stay out of its `repr`. Raises ValueError, which says what to change."""

    account_id: str
    kind: Literal["sms", "whatsapp"]
    account_sid: str
    auth_token: str = field(repr=False)
    sender: str = ""  # E.164; for SMS also a short code or a name that can't be answered
    messaging_service_sid: str = ""  # goes before `sender`
    api_base_url: str = OFFICIAL_API
    signature: Literal["enforce", "report"] = "enforce"
    signing_key: str = field(default="", repr=False)  # empty: Twilio signs with the auth token
    public_url: str = ""  # empty: no status callbacks and no files out
    fold_typography: bool = True  # SMS only
    price_per_segment: Decimal | None = None  # SMS only, in the company's currency
    mms: bool = False  # SMS only: the number can send files
    templates: Mapping[str, str] = field(default_factory=dict)  # WhatsApp only: name or name.language -> HX…
    template_variables: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # … -> names for {{1}}, {{2}}, …
    window_margin_s: float = 300.0  # WhatsApp only: how long before its end the window counts as closed
    catch_up_s: float = 300.0  # how often Twilio is asked for messages it could not bring us; 0 = never
    timeout_s: float = 10.0  # total, of one call
    media_timeout_s: float = 60.0  # total, of a download
    max_media_bytes: int = 20 * 1024 * 1024
    slots: int = 8  # calls in flight at once

    def __post_init__(self) -> None:
        if not re.fullmatch(r"AC[0-9a-fA-F]{32}", self.account_sid):
            raise ValueError(f"{self.kind}: `account_sid` is not the account's SID (AC and 32 hex digits)")
        if not self.auth_token or re.search(r"\s", self.auth_token):
            raise ValueError(f"{self.kind}: `auth_token` is missing or has blanks in it")
        if self.messaging_service_sid and not re.fullmatch(r"MG[0-9a-fA-F]{32}", self.messaging_service_sid):
            raise ValueError(
                f"{self.kind}: `messaging_service_sid` is not a service's SID (MG and 32 hex digits)"
            )
        if not self.sender and not self.messaging_service_sid:
            raise ValueError(f"{self.kind}: `from` or `messaging_service_sid` is needed")
        if self.sender and not self._can_send():
            raise ValueError(f"{self.kind}: `from` must be a number such as +213555000100")
        for name, sid in self.templates.items():
            if not re.fullmatch(r"HX[0-9a-fA-F]{32}", sid):
                raise ValueError(
                    f"{self.kind}: `templates.{name}` is not a content SID (HX and 32 hex digits)"
                )

    def _can_send(self) -> bool:
        if is_e164(self.sender):
            return True
        named = _SHORT_CODE.fullmatch(self.sender) or _NAMED_SENDER.fullmatch(self.sender)
        return self.kind == "sms" and named is not None

    @property
    def prefix(self) -> str:
        """How Twilio marks an address of this channel. source: Messaging Channels"""
        return "whatsapp:" if self.kind == "whatsapp" else ""

    @property
    def media(self) -> bool:
        """Whether files can go out: Twilio fetches them from us."""
        return bool(self.public_url) and (self.kind == "whatsapp" or self.mms)

    @property
    def status_url(self) -> str:
        return f"{self.public_url.rstrip('/')}/hooks/{self.account_id}/status" if self.public_url else ""

    @property
    def messaging_base_url(self) -> str:
        return MESSAGING_API if self.api_base_url == OFFICIAL_API else self.api_base_url

    @property
    def own_socket(self) -> frozenset[tuple[str, int]]:
        """The API's own place, where it is not Twilio's: it may be an inner one."""
        if self.api_base_url == OFFICIAL_API:
            return frozenset()
        parts = urlsplit(self.api_base_url)
        return frozenset({(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))})
