"""What Twilio tells about a message of ours; pure.

Callbacks come in any order and may come twice; the core only ever moves a message forward. The steps before "sent"
say nothing that our receipt did not say, and are let go at the door: that halves the calls that need the disk.
source: Track the Message Status of Outbound Messages
"""

from __future__ import annotations

from typing import Literal

from channels.port import EntryKind, Envelope, Malformed, StatusReport, Unsupported
from channels.text import clean_text
from channels.twilio.errors import Meaning, meaning_of
from channels.twilio.form import Form
from channels.twilio.parse import message_sid

Reported = Literal["accepted", "delivered", "read", "failed"]

_KNOWN: dict[str, Reported] = {
    "sent": "accepted",
    "partially_delivered": "accepted",  # some segments are missing: not yet an arrival
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}
_NOTHING_NEW = frozenset({"accepted", "scheduled", "queued", "sending"})
_INBOUND = frozenset({"receiving", "received"})


def is_status(form: Form) -> bool:
    """Whether a call speaks of a message of ours, not of one to us."""
    status = form.first("MessageStatus", "SmsStatus").lower()
    return bool(status) and status not in _INBOUND


def cut_status(form: Form, raw: bytes) -> Envelope:
    """The entry of a status call. Raises `Malformed`, and `Unsupported` for what says nothing or nobody knows."""
    sid, word = message_sid(form), _word(form)
    _reported(word)
    return Envelope(
        provider_id=f"status:{sid}:{word}", thread=f"status:{sid}", raw=raw, kind=EntryKind.STATUS
    )


def read_status(form: Form) -> StatusReport:
    """Raises `Malformed` or `Unsupported`."""
    sid, word = message_sid(form), _word(form)
    reported = _reported(word)
    code = form.get("ErrorCode").strip()
    code = code if code.isascii() and code.isdigit() and len(code) <= 6 and code != "0" else ""
    meaning = meaning_of(code) if reported == "failed" else None
    return StatusReport(
        provider_id=sid,
        status=reported,
        code=code or (word if reported == "failed" else ""),
        permanent=meaning is Meaning.BAD_ADDRESS,
        opted_out=meaning is Meaning.OPTED_OUT,
    )


def _word(form: Form) -> str:
    word = form.first("MessageStatus", "SmsStatus").strip().lower()
    if not word:
        raise Malformed("MessageStatus is missing")
    if len(word) > 40 or not word.replace("_", "").replace("-", "").isalnum():
        raise Malformed("MessageStatus is not a word")
    return word


def _reported(word: str) -> Reported:
    if word in _NOTHING_NEW:
        raise Unsupported(f"{word}: nothing that the receipt did not say")
    if word in _INBOUND:
        raise Unsupported("the status of a message to us")
    if word not in _KNOWN:
        raise Unsupported(f"a status that is not documented: {clean_text(word)[:40]}")
    return _KNOWN[word]
