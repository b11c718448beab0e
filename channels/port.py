"""The port between the doors (channels) and the bot. Everything may import this module; it imports nothing of ours.

A *door* is one configured account of one channel (a mailbox, a Telegram bot, a web chat). It turns provider
payloads into `Envelope`s and `InboundMessage`s and sends `OutboundMessage`s. It keeps no state that matters:
what must survive goes through `Host.accept`.

Errors::

    ChannelError
    ├── InboundError
    │   ├── Untrusted      signature, token or origin is wrong       -> 401/403, kept in quarantine where it has a body
    │   ├── Malformed      not what the provider's documents say     -> 400 at the door, quarantine in the lane
    │   ├── Unsupported    understood and ignored on purpose         -> 2xx
    │   └── Overloaded     not accepted, nothing stored              -> 503, the provider tries again
    └── SendError
        ├── NotSent        certainly did not arrive                  -> retried with backoff
        │   └── Throttled  the provider asks to wait `retry_after_s`
        ├── Rejected       final: this message will never be taken   -> failed, with the provider's code
        │   ├── OptedOut   final: this address wants nothing more    -> failed, contact stopped on this channel
        │   ├── BadAddress final: nobody can be reached there        -> failed, address marked, another channel tried
        │   └── WindowClosed  free text isn't allowed here now       -> failed, another channel tried
        └── Uncertain      may have arrived                          -> looked up, or shown to a person; never resent
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol, runtime_checkable

from starlette.routing import BaseRoute

from channels.frozen import frozen


class ChannelError(Exception):
    """Base of everything a door may raise on purpose."""


class InboundError(ChannelError):
    """What came in is not taken as a message."""


class Untrusted(InboundError):
    """Signature, token or origin did not match."""


class Malformed(InboundError):
    """The payload is not of the documented form. The text says what and where."""


class Unsupported(InboundError):
    """Understood, and ignored on purpose."""


class Overloaded(InboundError):
    """Not accepted: nothing was stored and the provider should try again."""


class SendError(ChannelError):
    """A send that did not end in a `Receipt`. `code` is the provider's, empty when there is none."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class NotSent(SendError):
    """Certainly did not arrive: safe to try again."""


class Throttled(NotSent):
    """The provider asks to wait `retry_after_s` seconds before anything more on this account."""

    def __init__(self, message: str, *, retry_after_s: float, code: str = "") -> None:
        super().__init__(message, code=code)
        self.retry_after_s = retry_after_s


class Rejected(SendError):
    """Final: the provider will never take this message."""


class OptedOut(Rejected):
    """Final: the address has blocked us or asked for nothing more."""


class BadAddress(Rejected):
    """Final: the address does not exist, or can't take messages of this channel."""


class WindowClosed(Rejected):
    """Final for now: the customer wrote too long ago, and no approved template says this. source: WhatsApp's window"""


class Uncertain(SendError):
    """The message may have arrived. Never sent again without a look-up or a person's word."""


class EntryKind(StrEnum):
    """What a journal entry is."""

    MESSAGE = "message"  # a customer's message or pressed button
    EDIT = "edit"  # a customer changed an earlier message
    STATUS = "status"  # a provider tells what became of something we sent
    TIMER = "timer"  # one of our own timers came due for this thread


@frozen
class Envelope:
    """The outside of one inbound entry: just enough to journal it once and in the right lane."""

    provider_id: str  # unique within the account; made from the raw bytes where the provider gives none
    thread: str  # the lane: entries of one thread are handled one after the other
    raw: bytes  # this entry alone, as received (a batch payload is cut into its entries)
    kind: EntryKind = EntryKind.MESSAGE
    order: int = 0  # the provider's order within the thread, 0 where there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file of a message, by reference; its bytes never travel through the journal."""

    kind: Literal["image", "audio", "video", "file", "location", "contact"]
    ref: str  # "media:<sha256>" once stored with us, else "<channel>:<provider's file id>"
    name: str = ""
    mime: str = "application/octet-stream"
    size: int | None = None  # bytes


@frozen
class InboundMessage:
    """One message of a customer, parsed and checked."""

    provider_id: str
    thread: str
    sender: str  # the address as the channel writes it (chat id, e-mail, E.164 number, visitor id)
    sender_name: str = ""
    recipient: str = ""
    subject: str = ""
    text: str = ""
    quoted: str = (
        ""  # what the text quoted, and its signature: kept for agents, not read as the customer's words
    )
    attachments: tuple[Attachment, ...] = ()
    choice: str = ""  # the value of a pressed button
    sent_at: datetime | None = None  # the provider's time, aware UTC
    language_hint: str = ""  # BCP 47, as the client reports it
    reply_to: str = ""  # provider id of the message answered to
    edits: str = ""  # provider id of the message this one replaces
    via: str = ""  # the channel a stand-in speaks for ("whatsapp" through the sandbox)
    unsupported: str = ""  # what it was when we can't read it ("sticker", "poll"): the bot asks for words
    automatic: str = (
        ""  # why no person wrote it ("auto-reply", "list", "own", "bounce"): recorded, never answered
    )
    consent: Literal["", "stop", "start", "help"] = ""  # a word that the provider has understood and answered
    participants: tuple[str, ...] = ()  # other addresses it was sent to (Cc)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """What a provider says about something we sent."""

    provider_id: str  # of the message we sent
    status: Literal["accepted", "delivered", "read", "failed"]
    code: str = ""
    at: datetime | None = None
    permanent: bool = False  # nobody can be reached at this address: it is marked, another channel is tried
    opted_out: bool = False  # the address wants nothing more


@dataclass(frozen=True, slots=True)
class Button:
    """A choice offered with a message. Channels without buttons show numbered lines instead."""

    label: str
    value: str  # at most 64 bytes (Telegram's callback_data limit)


@frozen
class OutboundMessage:
    """One message to one address: one provider call, one outcome."""

    id: str  # the outbox row; the idempotency key wherever a provider takes one
    account_id: str
    thread: str
    to: str
    text: str
    language: str = "en"
    subject: str = ""
    html: str = ""
    buttons: tuple[Button, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    reply_to: str = ""  # provider id of the customer's last message, where `Capabilities.threads`
    author: str = "bot"  # "bot", or the name of the agent to show
    created_at: datetime | None = None
    purpose: str = (
        "reply"  # "receipt", "reply", "service" (reminders, notices to colleagues), "bulk" (outreach)
    )
    template: str = ""  # the name of the template it was said from, for providers that want approved ones
    variables: Mapping[str, str] = field(default_factory=dict)  # … and its variables, as words
    last_heard_at: datetime | None = None  # when the customer last wrote here, where `Capabilities.window_s`
    answers_subject: str = ""  # the subject of the customer's last mail, when this goes on with it
    unsubscribe_url: str = ""  # outreach only: one POST there ends it. source: RFC 8058
    pixel: str = ""  # outreach only, where a channel shows HTML: the picture that tells of an opened mail

    @property
    def right_to_left(self) -> bool:
        return self.language == "ar"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A provider took the message over."""

    provider_id: str
    delivered: bool = False  # the channel itself knows that it arrived (web chat with an open page)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a channel can do. Lengths are in the channel's own unit, named by `length_unit`."""

    text_limit: int
    length_unit: Literal["characters", "utf-16"] = "characters"
    buttons: int = 0  # how many a message may carry
    button_label_limit: int = 0  # characters
    media: bool = False
    html: bool = False
    receipts: frozenset[str] = frozenset()  # which of "delivered", "read" are ever reported
    lookup: bool = False  # an unknown outcome can be looked up
    lookup_settles_s: float = 1.0  # how long a call that was cut off may take to show up there
    typing: bool = False
    threads: bool = False  # messages have subjects and name what they answer to (e-mail)
    window_s: float = 0.0  # free text is taken so long after the customer's last message; 0 = always
    rate_per_s: float = 30.0  # messages a second the provider allows an account
    thread_rate_per_s: float = 1.0  # … and one thread; 0 = no limit of its own
    slots: int = 8  # provider calls in flight at once
    hook_answer: tuple[str, str] = (
        "text/plain; charset=utf-8",
        "OK",
    )  # type and body of a 200 to the provider


@frozen
class Shown:
    """A message as a page shows it: history and live updates of web chat and sandbox."""

    id: str
    seq: int
    direction: Literal["in", "out"]
    author: str  # "contact", "bot", or an agent's name
    text: str
    at: datetime
    language: str = ""
    buttons: tuple[Button, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    provider_id: str = ""  # of an inbound one: the id its client gave it


@dataclass(frozen=True, slots=True)
class Typing:
    """Somebody is writing; forgotten after a few seconds."""

    author: str
    on: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A stored file, ready to be served or sent on."""

    attachment: Attachment
    data: bytes


class Host(Protocol):
    """What the bot offers to a door."""

    async def accept(self, account_id: str, envelopes: Sequence[Envelope]) -> list[bool]:
        """Journal the entries and return once they are durable: True for a new one, False for a known one.

        Raises `Overloaded` when the store can't take them; then nothing was accepted.
        """
        ...

    async def quarantine(self, account_id: str, raw: bytes, reason: str) -> None:
        """Keep what could not be trusted or read, with the reason, for a person to look at and replay."""
        ...

    async def history(
        self, account_id: str, thread: str, *, after_seq: int = 0, before_seq: int = 0, limit: int = 50
    ) -> list[Shown]:
        """Messages of a thread that its customer may see, oldest first; with `before_seq`, the last ones before it."""
        ...

    async def store_media(self, data: bytes, *, name: str = "", claimed_mime: str = "") -> Attachment:
        """Keep a file under the hash of its content. Raises `Malformed` when too large or not what it claims to be."""
        ...

    async def load_media(self, ref: str) -> Media | None: ...

    async def recall(self, account_id: str, key: str) -> str:
        """What the door noted under `key` (a watermark, say); "" when nothing. Survives restarts."""
        ...

    async def note(self, account_id: str, key: str, value: str) -> None:
        """Keep a note of at most 4000 characters; durable when this returns. Raises `Overloaded`."""
        ...

    def publish(self, account_id: str, thread: str, event: Shown | Typing) -> None:
        """Tell open pages of this thread. Never blocks and may lose: pages catch up from `history`."""
        ...

    def subscribe(
        self, account_id: str, thread: str
    ) -> AbstractAsyncContextManager[AsyncIterator[Shown | Typing]]: ...

    def now(self) -> datetime:
        """The program's clock, aware UTC."""
        ...


@frozen
class HookRequest:
    """A provider's HTTP call, raw."""

    url: str  # as the provider knows it (public URL)
    headers: Mapping[str, str]  # lower-case names
    body: bytes
    client: str = ""


@runtime_checkable
class Door(Protocol):
    """One account of one channel. Built with its settings and a `Host`; see `channels/registry.py`."""

    account_id: str
    kind: str  # the channel's name: "telegram", "webchat", …
    capabilities: Capabilities

    def open_hook(self, request: HookRequest) -> list[Envelope]:
        """Check a provider's call and cut it into entries; pure. Raises `Untrusted`, `Malformed`, `Unsupported`."""
        ...

    def parse(self, raw: bytes) -> InboundMessage:
        """Read one entry of kind message or edit; pure. Raises `Malformed` or `Unsupported`."""
        ...

    def parse_status(self, raw: bytes) -> StatusReport:
        """Read one entry of kind status; pure. Raises `Malformed` or `Unsupported`."""
        ...

    def split(self, text: str) -> list[str]:
        """Cut a text into parts that each fit one message, between words where there are any; pure."""
        ...

    async def send(self, message: OutboundMessage) -> Receipt:
        """One provider call within its own total time budget. Raises a `SendError`, nothing else."""
        ...

    async def look_up(self, message: OutboundMessage) -> Receipt | None:
        """Whether a message in doubt arrived (`capabilities.lookup`). Raises `SendError` when it can't be told."""
        ...

    async def fetch(self, attachment: Attachment) -> Attachment:
        """Bring a provider's file into our store. Raises `NotSent` (try again) or `Rejected` (never)."""
        ...

    async def run(self) -> None:
        """Receive until cancelled (long polling, IMAP). Returns at once where there is nothing to run."""
        ...

    async def check(self) -> str:
        """Try the log-in and say in words who we are there. Raises `SendError` with what is wrong."""
        ...

    def routes(self) -> list[BaseRoute]:
        """Addresses of its own besides /hooks/<account id>."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing found wrong in a file, for `relais check`."""

    where: str  # "path:line" or a configuration key
    what: str  # what is wrong and what to do
    severity: Literal["error", "warning"] = "error"
    extra: Mapping[str, str] = field(default_factory=dict)
