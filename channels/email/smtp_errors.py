"""From what a mail server replied to the port's errors; alone in reading its words."""

from __future__ import annotations

import re
from enum import Enum

from channels.port import BadAddress, NotSent, Rejected, SendError, Throttled, Uncertain


class Stage(Enum):
    """How far a message had come when the server refused."""

    CONNECT = "connecting"
    LOGIN = "logging in"
    SENDER = "naming the sender"
    RECIPIENT = "naming the recipient"
    CONTENT = "handing in the content"


_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
_ADDRESS = re.compile(r"[^\s<>\"'=:]{1,64}@[^\s<>\"':;,]{1,255}")
_WAIT = re.compile(r"\b(\d{1,5})\s*(s|sec|second|m|min|minute)s?\b", re.IGNORECASE)
_TOO_FAST = re.compile(
    r"too many (?:messages|connections|mails|recipients|errors)|rate|throttl|slow down|quota|limit exceeded",
    re.IGNORECASE,
)
_DEFAULT_WAIT_S = 60.0
_LONGEST_WAIT_S = 3600.0
# No such mailbox, no such host, a bad address, moved away, refuses all mail, disabled, no route. source: RFC 3463,
# RFC 7505 (null MX)
_NOBODY = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4"})
_SENDER_REFUSED = frozenset({"5.1.7", "5.1.8"})
_TOO_LARGE = frozenset({"5.2.3", "5.3.4"})


def reply_to_error(stage: Stage, code: int, text: str) -> SendError:
    """Return the port's error for a reply that is no success."""
    words = f"{code} {unaddressed(text)}".strip()
    enhanced = found[1] if (found := _ENHANCED.match(text)) else ""
    if 400 <= code < 500:
        return _passing(stage, code, text, words)
    if not 500 <= code < 600:
        return _unreadable(stage, words)
    if stage in (Stage.CONNECT, Stage.LOGIN) or code in (530, 534, 535, 538):
        return _our_configuration(stage, code, words)
    if enhanced in _TOO_LARGE or (code == 552 and enhanced in ("", "5.3.0")):
        return Rejected(f"larger than the server takes: {words}", code="too_large")
    if stage is Stage.SENDER or enhanced in _SENDER_REFUSED:
        return NotSent(f"the server does not let this account send as its address: {words}", code=str(code))
    if enhanced in _NOBODY or (stage is Stage.RECIPIENT and not enhanced and code in (550, 551, 553)):
        return BadAddress(words, code=enhanced or str(code))
    return Rejected(words, code=enhanced or str(code))


def unaddressed(text: str) -> str:
    """The server's words on one line, without addresses."""
    return " ".join(_ADDRESS.sub("…", text).split())[:300]


def _passing(stage: Stage, code: int, text: str, words: str) -> SendError:
    """4xx. One recipient's trouble (greylisting, a full mailbox) must not hold up the others: no `Throttled`."""
    if stage is Stage.LOGIN:
        return NotSent(f"the log-in can't be checked at the moment: {words}", code=str(code))
    if stage is not Stage.RECIPIENT and _TOO_FAST.search(text):
        return Throttled(words, retry_after_s=_wait_s(text), code=str(code))
    return NotSent(words, code=str(code))


def _wait_s(text: str) -> float:
    found = _WAIT.search(text)
    if found is None:
        return _DEFAULT_WAIT_S
    unit = 60 if found[2].lower().startswith("m") else 1
    return min(float(found[1]) * unit, _LONGEST_WAIT_S)


def _our_configuration(stage: Stage, code: int, words: str) -> SendError:
    """What only a person can mend, and no message is to blame for."""
    if stage is Stage.LOGIN or code in (534, 535):
        return NotSent(f"the mail server refuses smtp.username or smtp.password: {words}", code=str(code))
    if code in (530, 538):
        return NotSent(f"the mail server wants a log-in or encryption first: {words}", code=str(code))
    return NotSent(f"the mail server refuses the connection: {words}", code=str(code))


def _unreadable(stage: Stage, words: str) -> SendError:
    if stage is Stage.CONTENT:
        return Uncertain(f"the reply to the content can't be read: {words}", code="reply")
    return NotSent(f"the mail server's reply while {stage.value} can't be read: {words}", code="reply")
