"""One mail as the rest of the program sees it: read, decoded, and told apart from what machines write."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime

from channels.frozen import frozen


@frozen
class MailFile:
    """One file of a mail; `data` is empty once it was cut out and lives under `media_ref`."""

    name: str
    mime: str  # by its content where that is told cheaply, else as declared
    data: bytes
    inline: bool = False  # shown within the text (a logo, a pasted picture)
    content_id: str = ""  # without <>
    media_ref: str = ""  # "media:…" when `slim` cut it out and `with_refs` named it
    size: int = 0  # bytes once decoded, also when `data` is empty


@frozen
class Bounce:
    """What a mail server said about one of ours that it could not deliver."""

    address: str  # the one that failed, "" where it can't be told
    hard: bool  # nobody will ever be reached there; a full mailbox or a time-out is soft
    status: str = ""  # enhanced code. source: RFC 3463; "" where none is given
    diagnostic: str = ""  # the server's words, one line
    action: str = "failed"  # "failed", "delayed", "delivered", "relayed", "expanded". source: RFC 3464 §2.3.3
    message_id: str = ""  # of our own mail, without <>
    returned_to: str = (
        ""  # our address that the report came to: bears the tag where the envelope sender had one
    )


@frozen
class Outline:
    """The cheap part of a mail: what has to be known before it is journaled. No body is decoded for it."""

    message_id: str  # without <>; "" when missing
    provider_id: str  # unique within the account, the same for one mail delivered twice
    sender: str
    sender_name: str
    answer_to: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    delivered_to: tuple[str, ...]
    subject: str
    sent_at: datetime | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    automatic: str
    bounce: Bounce | None


@frozen
class Mail:
    """One mail, read."""

    message_id: str  # without <>; "" when missing
    provider_id: str  # the same as in its `Outline`
    sender: str  # From, domain in lower case; "" when it can't be read
    sender_name: str
    answer_to: str  # Reply-To where it is one sane address, else the sender
    to: tuple[str, ...]
    cc: tuple[str, ...]
    delivered_to: tuple[str, ...]  # Delivered-To, X-Original-To, Envelope-To
    subject: str
    sent_at: datetime | None  # aware UTC
    text: str  # what the person wrote now
    quoted: str = ""  # what they quoted, and their signature: never thrown away
    language_hint: str = ""  # BCP 47, from Content-Language or Accept-Language
    files: tuple[MailFile, ...] = ()
    in_reply_to: tuple[str, ...] = ()  # ids without <>
    references: tuple[str, ...] = ()  # ids without <>, the first and the latest ones of a long row
    automatic: str = ""  # "auto-reply", "list", "own", "bounce", "receipt" or "loop": why no person wrote it
    bounce: Bounce | None = None
    left_out: tuple[str, ...] = field(default=())  # in words: what a limit kept from being read
