"""From a message to the bytes of a mail; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime

from channels.email.encode import file_part, header_text, multipart, text_part
from channels.email.html_body import html_body
from channels.email.settings import EmailSettings
from channels.email.subject import subject_of
from channels.email.threads import Threads, Token
from channels.frozen import frozen
from channels.port import BadAddress, Media, OutboundMessage

_LOCAL = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]{1,64}")
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
_MESSAGE_ID = re.compile(r"[!-;=?A-~]{1,400}@[!-;=?A-~]{1,250}")
_UNSUBSCRIBE = re.compile(r"https?://[!-;=?-~]{1,1000}")
_AUTOMATIC = {"reply": "auto-replied", "receipt": "auto-replied"}


@frozen
class Draft:
    """A mail ready to be signed and handed in."""

    message_id: str  # without <>
    sender: str  # of the envelope: where it comes back to when it can't be delivered
    to: str
    content: bytes  # 7-bit, lines end with CRLF


class Composer:
    """Writes one account's mails."""

    def __init__(self, settings: EmailSettings, threads: Threads) -> None:
        self._settings = settings
        self._threads = threads

    def compose(self, message: OutboundMessage, files: Sequence[Media], *, now: datetime) -> Draft:
        """Write the mail: the same id at each try. Raises `BadAddress` when nobody can be reached at `to`."""
        to = sendable(message.to)
        token = self._threads.token(message.thread, message.id, to)
        home = self._threads.tagged(token) if self._settings.address_tag else self._settings.address
        head = [
            ("From", self._from(message)),
            ("To", f"<{to}>"),
            ("Subject", header_text("Subject", self._subject(message))),
            ("Date", format_datetime(message.created_at or now)),
            ("Message-ID", f"<{self._threads.message_id(token)}>"),
            *self._lineage(message),
            *([("Reply-To", f"<{home}>")] if self._settings.address_tag else []),
            *_origin(message),
            *_unsubscribe(message),
            ("MIME-Version", "1.0"),
        ]
        lines = "".join(f"{name}: {value}\r\n" for name, value in head)
        return Draft(
            message_id=self._threads.message_id(token),
            sender=home,
            to=to,
            content=lines.encode() + _body(message, files, token),
        )

    def _from(self, message: OutboundMessage) -> str:
        by_bot = message.author in ("", "bot")
        name = (
            self._settings.name if by_bot else " · ".join(filter(None, (message.author, self._settings.name)))
        )
        if not name.strip():
            return f"<{self._settings.address}>"
        written = header_text("From", name[:100])
        if name.isascii() and "=?" not in written:
            written = '"' + re.sub(r'(["\\])', r"\\\1", written) + '"'
        return f"{written}\r\n <{self._settings.address}>"

    def _subject(self, message: OutboundMessage) -> str:
        """An answer keeps the customer's subject, so that clients keep the thread; a receipt says what it is."""
        if message.answers_subject and (message.purpose == "reply" or not message.subject):
            return subject_of(message.answers_subject, answers=True, language=message.language)
        answers = bool(message.reply_to) and message.purpose == "reply"
        return subject_of(message.subject, answers=answers, language=message.language)

    def _lineage(self, message: OutboundMessage) -> list[tuple[str, str]]:
        answered = message_id_in(message.reply_to)
        return [("In-Reply-To", f"<{answered}>"), ("References", f"<{answered}>")] if answered else []


def provider_id(message_id: str, digest: str) -> str:
    """How a received mail is called within its account: its Message-ID can be read back from it."""
    usable = _MESSAGE_ID.fullmatch(message_id) and len(message_id) <= 300
    return f"{message_id}#{digest}" if usable else f"#{digest}"


def message_id_in(provider_id: str) -> str:
    """The Message-ID of a received mail, or of one of ours; "" where there is none that may be quoted."""
    message_id, mark, _ = provider_id.rpartition("#")
    candidate = message_id if mark else provider_id
    return candidate if _MESSAGE_ID.fullmatch(candidate) else ""


def sendable(address: str) -> str:
    """The address as a mail server takes it, its domain in ASCII. Raises `BadAddress`."""
    local, _, domain = address.strip().rpartition("@")
    try:
        ascii_domain = (domain if domain.isascii() else domain.encode("idna").decode()).lower()
    except UnicodeError:
        ascii_domain = ""
    if not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(ascii_domain):
        raise BadAddress("this is no e-mail address", code="5.1.3")
    return f"{local}@{ascii_domain}"


def _origin(message: OutboundMessage) -> list[tuple[str, str]]:
    """Tell other machines that no person wrote it, so that they don't answer. source: RFC 3834 §5"""
    if message.author not in ("", "bot"):
        return []
    kind = _AUTOMATIC.get(message.purpose, "auto-generated")
    headers = [("Auto-Submitted", kind), ("X-Auto-Response-Suppress", "OOF, AutoReply, RN, NRN")]
    return [*headers, ("Precedence", "bulk")] if message.purpose == "bulk" else headers


def _unsubscribe(message: OutboundMessage) -> list[tuple[str, str]]:
    """One click, by POST and over https only. source: RFC 8058 §3.1"""
    url = message.unsubscribe_url
    if not _UNSUBSCRIBE.fullmatch(url):
        return []
    headers = [("List-Unsubscribe", f"<{url}>")]
    if url.startswith("https://"):
        headers.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return headers


def _body(message: OutboundMessage, files: Sequence[Media], token: Token) -> bytes:
    page = html_body(
        message.text,
        html=message.html,
        language=message.language,
        right_to_left=message.right_to_left,
        pixel=message.pixel,
    )
    words = multipart(
        "alternative", f"=_a{token.text}", [text_part("plain", message.text), text_part("html", page)]
    )
    if not files:
        return words
    attached = [file_part(file.data, name=file.attachment.name, mime=file.attachment.mime) for file in files]
    return multipart("mixed", f"=_m{token.text}", [words, *attached])
