"""Keeps bot tokens out of texts and logs: Telegram puts the token into every URL."""

from __future__ import annotations

import logging
from urllib.parse import quote

_MARK = "[token]"


class Redactor:
    """Replaces one token, whole or its secret half, plain or as it stands in a URL."""

    def __init__(self, token: str) -> None:
        secret = token.partition(":")[2]
        forms = {token, quote(token, safe=""), secret if len(secret) >= 8 else token}
        self._forms = sorted(forms, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for form in self._forms:
            text = text.replace(form, _MARK)
        return text


class _LibraryFilter(logging.Filter):
    """Redacts what the HTTP and Bot API libraries log; drops the latter's chatter, which holds bodies."""

    def __init__(self) -> None:
        super().__init__()
        self.redactors: dict[str, Redactor] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("telegram") and record.levelno < logging.WARNING:
            return False
        message = redacted = record.getMessage()
        for redactor in self.redactors.values():
            redacted = redactor(redacted)
        if redacted != message:
            record.msg, record.args = redacted, None
        return True


_FILTER = _LibraryFilter()
# Filters don't pass to child loggers: each one that logs has to be named.
_LIBRARY_LOGGERS = ("httpx", "telegram.Bot", "telegram.request.BaseRequest", "telegram.request.HTTPXRequest")


def guard_library_logs(token: str) -> Redactor:
    """Make sure that no library logs this token, at any level, and return its redactor."""
    redactor = _FILTER.redactors.setdefault(token, Redactor(token))
    for name in _LIBRARY_LOGGERS:
        logging.getLogger(name).addFilter(_FILTER)
    return redactor
