"""What an e-mail account needs to know."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal

Security = Literal["tls", "starttls", "none"]
TAG_ROOM = 47  # characters that a signed tag takes in an address; see threads.py
_LOCAL_PART = 64  # source: RFC 5321 §4.5.3.1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapSettings:
    """Where mail is read. `since` is "now", "all", or a number of days."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    security: Security = "tls"
    ca_file: Path | None = None
    folder: str = "INBOX"
    poll_s: float = 60.0  # between looks where the server has no IDLE
    idle_s: float = 600.0  # an IDLE is ended and begun again; servers drop it after 30 min. source: RFC 2177
    timeout_s: float = 30.0  # total, of one command
    since: str = "now"  # the first start: which mails that lie there already are taken
    lookback_days: int = 14  # how far is read again when the server has renumbered the folder
    after: str = "keep"  # "keep", "seen" or "move:<folder>": what becomes of a mail once it is journaled
    max_bytes: int = 40_000_000  # of a larger mail only the beginning is read
    batch: int = 20  # mails fetched in one go


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """Where mail is handed in."""

    host: str
    port: int
    security: Security = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    timeout_s: float = 20.0  # total, of one message
    connections: int = 4
    per_connection: int = 100  # messages, then a new connection
    idle_s: float = 30.0  # an unused connection is closed after this


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenSettings:
    """Where mail servers hand mail to us."""

    host: str
    port: int
    protocol: Literal["lmtp", "smtp"] = "lmtp"
    allowed: tuple[IPv4Network | IPv6Network, ...] = ()  # who may connect; empty: this machine alone
    max_bytes: int = 40_000_000
    timeout_s: float = 300.0  # without a command. source: RFC 5321 §4.5.3.2.7


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimSettings:
    """Signing of what is sent. source: RFC 6376"""

    domain: str
    selector: str
    private_key: str = field(repr=False)  # PEM


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailSettings:
    """One mailbox. Secrets stay out of its `repr`. Raises ValueError, which says what to change."""

    account_id: str
    address: str
    name: str = ""
    aliases: Mapping[str, str] = field(default_factory=dict)  # our other addresses here, each with its desk
    smtp: SmtpSettings | None = None
    imap: ImapSettings | None = None
    listen: ListenSettings | None = None
    dkim: DkimSettings | None = None
    secret: str = field(default="", repr=False)  # signs Message-IDs and tags; empty: made from a password
    address_tag: bool = False  # whether answers and bounces come to "support+<tag>@…"
    tag_delimiter: str = "+"
    trusted_forms: frozenset[str] = frozenset()  # senders whose Reply-To is the customer: contact forms

    def __post_init__(self) -> None:
        local, at, domain = self.address.rpartition("@")
        if not (local and at and domain):
            raise ValueError("email: `address` must be an e-mail address such as support@example.org")
        if self.address_tag and len(local) + len(self.tag_delimiter) + TAG_ROOM > _LOCAL_PART:
            room = _LOCAL_PART - TAG_ROOM - len(self.tag_delimiter)
            raise ValueError(
                f"email: `address_tag` needs an address of at most {room} characters before the @; "
                "set it to false or use a shorter address"
            )
        if not self.smtp and not self.imap and not self.listen:
            raise ValueError("email: give `smtp` to send, and `imap` or `listen` to receive")

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2].lower()

    @property
    def own(self) -> frozenset[str]:
        """All addresses of this account, in lower case."""
        return frozenset(address.lower() for address in (self.address, *self.aliases))

    @property
    def signing_key(self) -> bytes:
        """From the configured secret, else from a password: who changes that one voids what was signed before."""
        secret = self.secret
        for login in (self.imap, self.smtp):
            secret = secret or (login.password if login else "")
        return hmac.digest(secret.encode(), f"relais mail {self.address.lower()}".encode(), hashlib.sha256)
