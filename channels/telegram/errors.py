"""From what Telegram or the line said to the port's errors; alone in reading Telegram's descriptions."""

from __future__ import annotations

from typing import Any

from telegram.error import TelegramError

from channels.port import NotSent, OptedOut, Rejected, SendError, Throttled, Uncertain

_DEFAULT_WAIT_S = 5.0
# Telegram has one code (403) for all of these; only the words differ.
_LEFT = ("blocked by the user", "bot was kicked", "not a member", "user is deactivated")
# Seen for minutes at a time on chats that take messages again afterwards: no reason to stop a contact.
_PASSING = ("can't send messages to the user",)


class ApiError(TelegramError):
    """An answer of the Bot API other than success, with everything it said."""

    def __init__(self, status: int, description: str, parameters: dict[str, Any]) -> None:
        super().__init__(description or f"HTTP {status}")
        self.status = status
        self.parameters = parameters

    @property
    def retry_after_s(self) -> float | None:
        value = self.parameters.get("retry_after")
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


class BadAnswer(TelegramError):
    """A success that can't be read: what became of the request is unknown."""


def answer_to_error(error: ApiError, text: str) -> SendError:
    """Return the port's error for an answer of the Bot API; `text` is its description without secrets."""
    code = str(error.status)
    if error.parameters.get("migrate_to_chat_id") is not None:
        return Rejected("the group became a supergroup with another id", code="migrated")
    if error.status == 429:
        wait = error.retry_after_s
        seconds = _DEFAULT_WAIT_S if wait is None else max(wait, 0.0)
        return Throttled(text, retry_after_s=seconds, code=code)
    if error.status in (401, 404):
        return NotSent(
            f"Telegram doesn't know this token ({text}): put in the one from @BotFather", code=code
        )
    if error.status == 403:
        return _forbidden(text)
    return _by_status(error.status, text)


def _forbidden(text: str) -> SendError:
    if any(words in text.lower() for words in _LEFT):
        return OptedOut(text, code="403")
    if any(words in text.lower() for words in _PASSING):
        return NotSent(text, code="403")
    return Rejected(text, code="403")


def _by_status(status: int, text: str) -> SendError:
    """3xx, 408, 409 and 503: nothing was done. Other 5xx: nobody knows what was done. The rest: never."""
    code = str(status)
    if 300 <= status < 400 or status in (408, 409, 503):
        return NotSent(text, code=code)
    if status >= 500:
        return Uncertain(text, code=code)
    return Rejected(text, code=code)


def line_to_error(what: str, *, written: bool) -> SendError:
    """Return the port's error for a broken line: before the request was written nothing can have arrived."""
    if written:
        return Uncertain(f"no answer after the request was written: {what}", code="line")
    return NotSent(f"Telegram could not be reached: {what}", code="line")


def as_never_doubtful(error: SendError) -> SendError:
    """Return `error` for a call that changes nothing, where doubt means: try again."""
    return NotSent(str(error), code=error.code) if isinstance(error, Uncertain) else error
