"""Logging: structlog for ours, the same processors for what libraries write, nothing secret in either.

What customers say and where they are reached (`text`, `body`, `raw`, addresses) is dropped unless
`logging.bodies` is on; secrets are blanked always, whatever they stand in.
"""

from __future__ import annotations

import logging
import logging.handlers
import re
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any, Final, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.config import LoggingConfig

BLANK: Final = "[redacted]"
MAX_DEPTH: Final = 6
MAX_TEXT: Final = 20_000  # characters of one value; tracebacks fit
MAX_BYTES: Final = 50_000_000
KEPT_FILES: Final = 5

_SECRET_KEY: Final = re.compile(
    r"pass(?:word|wd|phrase)?$|secret|token|authorization|cookie|credential|private_?key|api_?key|signature|"
    r"^auth$|^dsn$|session_id",
    re.IGNORECASE,
)
_SAID: Final = ("text", "body", "raw", "html", "subject", "payload", "content", "words", "summary", "caption")
_WHO: Final = (
    "phone",
    "email",
    "e_mail",
    "mail",
    "address",
    "sender",
    "sender_name",
    "recipient",
    "to",
    "from",
)
_PERSONAL_KEYS: Final = frozenset((*_SAID, *_WHO, "from_", "name", "contact_name", "customer"))
_SHAPES: Final = (
    # A Telegram token, alone or in an address (bot123:ABC…, also percent-encoded).
    (re.compile(r"(?i)\b(?:bot)?\d{5,16}(?::|%3A)[A-Za-z0-9_-]{30,}"), BLANK),
    (re.compile(r"(?i)/(?:file/)?bot[^/\s\"']*:[^/\s\"']+"), f"/bot{BLANK}"),
    # user:password@ in an address, whatever the scheme
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]{0,20}://)[^/\s@\"']{0,200}:[^/\s\"']{0,200}@"), rf"\1{BLANK}@"),
    (re.compile(r"(?i)\b(bearer|basic|digest)\s+[A-Za-z0-9+/=_.~-]{8,}"), rf"\1 {BLANK}"),
    # key=value and "key": "value", in query strings, headers and dumps
    (re.compile(
        r"(?i)((?<![\w-])[\"']?[\w-]{0,40}(?:password|passwd|secret|token|api[_-]?key|auth_?token|signature|authorization|private_?key)"
        r"[\"']?\s*[=:]\s*)(?:\"[^\"]*\"|'[^']*'|(?!\[redacted\])(?!(?:bearer|basic|digest)\s)[^\s,;&)}\]]+)"
    ), rf"\1{BLANK}"),
    # Twilio: an API key's or account's SID with its secret beside it
    (re.compile(r"\b((?:AC|SK)[0-9a-f]{32})(\s*[:/,]\s*)[0-9A-Za-z]{32}\b"), rf"\1\2{BLANK}"),
    (re.compile(r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"), BLANK),
    # signed tokens (JSON web tokens and the like)
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]+)?"), BLANK),
)  # fmt: skip
_PERSONAL_SHAPES: Final = (
    (re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"(?i)(?<![\w.:+-])(?:\+|%2B)\d[\d .-]{7,16}\d\b"), "[phone]"),
)
_QUIET: Final = dict.fromkeys(
    ("httpx", "httpcore", "apscheduler", "asyncio", "alembic", "uvicorn.error", "websockets"), "WARNING"
)  # their INFO lines say what ours say better, or quote addresses


class Redaction:
    """The processor that blanks secrets, and what customers say where `bodies` is off."""

    def __init__(self, *, bodies: bool = False) -> None:
        self._bodies = bodies

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {key: self._field(key, value, 0) for key, value in event.items() if self._kept(key)}

    def clean(self, text: str) -> str:
        """A text without anything that looks like a secret (or, with bodies off, an address)."""
        if len(text) > MAX_TEXT:
            text = f"{text[:MAX_TEXT]}…"
        for shape, blank in _SHAPES:
            text = shape.sub(blank, text)
        for shape, blank in () if self._bodies else _PERSONAL_SHAPES:
            text = shape.sub(blank, text)
        return text

    def _kept(self, key: Any) -> bool:
        return self._bodies or str(key).lower() not in _PERSONAL_KEYS

    def _field(self, key: Any, value: Any, depth: int) -> Any:
        if isinstance(key, str) and _SECRET_KEY.search(key) and not isinstance(value, bool | None):
            return BLANK
        return self._value(value, depth)

    def _value(self, value: Any, depth: int) -> Any:
        if isinstance(value, bool | int | float | None):
            return value
        if isinstance(value, str):
            return self.clean(value)
        if depth >= MAX_DEPTH:
            return "…"
        if isinstance(value, Mapping):
            return {str(k): self._field(k, v, depth + 1) for k, v in value.items() if self._kept(k)}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._value(item, depth + 1) for item in value]
        if isinstance(value, bytes | bytearray | memoryview):
            return f"[{len(value)} bytes]"
        return self.clean(str(value))


def configure(settings: LoggingConfig, *, stream: TextIO | None = None) -> None:
    """Set up all logging of the process; may be called again, the last call counts."""
    redaction = Redaction(bodies=settings.bodies)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = _handler(settings.file, stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder(), _without_arguments],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                redaction,
                _renderer(settings, handler),
            ],
        )
    )
    _route_stdlib(handler, settings.level.upper())
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(settings.level),
        cache_logger_on_first_use=False,
    )


def _handler(file: Path | None, stream: TextIO | None) -> logging.Handler:
    if file is None:
        return logging.StreamHandler(stream or sys.stderr)
    file.parent.mkdir(parents=True, exist_ok=True)
    return logging.handlers.RotatingFileHandler(
        file, maxBytes=MAX_BYTES, backupCount=KEPT_FILES, encoding="utf-8"
    )


def _renderer(settings: LoggingConfig, handler: logging.Handler) -> Processor:
    if settings.format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    stream = handler.stream if isinstance(handler, logging.StreamHandler) else None
    colours = settings.file is None and bool(stream and stream.isatty())
    return structlog.dev.ConsoleRenderer(
        colors=colours, pad_event_to=24, exception_formatter=structlog.dev.plain_traceback
    )


def _route_stdlib(handler: logging.Handler, level: str) -> None:
    """Send every library's records through our handler, and only through it."""
    root = logging.getLogger()
    for old in list(root.handlers):
        if getattr(old, "_relais", False):
            root.removeHandler(old)
            old.close()
    handler._relais = True  # type: ignore[attr-defined]
    root.addHandler(handler)
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
    logging.captureWarnings(True)
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(max(quiet, level, key=_severity))


def _severity(level: str) -> int:
    return logging.getLevelNamesMapping()[level]


def _without_arguments(
    _logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A library's arguments are in its message already."""
    event.pop("positional_args", None)
    event.pop("color_message", None)
    return event
