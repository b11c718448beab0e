"""What one web chat account is set to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MIN_SECRET_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketLimits:
    """How much one page may ask of us, and how long we wait for it."""

    hello_s: float = 10.0  # for the first frame, which carries the token
    idle_s: float = 150.0  # without any frame; the widget pings every 25 s, a hidden tab every 60 s
    write_s: float = 10.0  # for a page to take one frame
    accept_s: float = 10.0  # for the journal to make a message durable
    queue: int = 256  # frames waiting for a slow page before it is dropped
    per_visitor: int = 6  # open pages; a further one replaces the oldest
    total: int = 10_000  # open pages in this process
    frame_bytes: int = 1024 * 1024  # beyond this the socket is closed
    burst: int = 20  # messages at once …
    per_s: float = 1.0  # … and then a second


@dataclass(frozen=True, slots=True, kw_only=True)
class WebChatSettings:
    """One web chat. `identity_secret` signs visitors' tokens and checks the site's own customers.

    Raises `ValueError` when the secret is too short to be one.
    """

    account_id: str
    identity_secret: bytes = field(repr=False)
    allowed_origins: tuple[str, ...] = ()  # "https://shop.example.org"; our own origin is always allowed
    title: str = "Relais"
    languages: tuple[str, ...] = ("fr", "ar", "en")  # the first one is the default
    greeting: Mapping[str, str] = field(default_factory=dict)  # by language, shown before the first message
    public_url: str = ""
    demo: bool = False  # /chat shows the demo company's shop
    max_text: int = 4000  # characters
    max_upload_bytes: int = 10 * 1024 * 1024
    max_files: int = 5  # a message
    uploads_at_once: int = 8  # in this process: each holds its bytes in memory
    token_days: int = 180
    limits: SocketLimits = field(default_factory=SocketLimits)

    def __post_init__(self) -> None:
        if len(self.identity_secret) < MIN_SECRET_BYTES:
            raise ValueError(f"{self.account_id}: identity_secret needs at least {MIN_SECRET_BYTES} bytes")
        if not self.languages:
            raise ValueError(f"{self.account_id}: languages must name at least one")
