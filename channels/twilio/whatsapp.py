"""WhatsApp's rules: the window for free text, and the approved templates for the time outside of it; pure.

source: Customer service windows; Using Variables with Content Templates; WhatsApp, template parameters
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import orjson

from channels.port import OutboundMessage, Rejected, WindowClosed
from channels.twilio.settings import TwilioSettings

WINDOW = timedelta(hours=24)
_NAME_LENGTH = 16
_VALUE_LENGTH = 255
_EMPTY = "-"  # a variable may not be empty


def window_s(settings: TwilioSettings) -> float:
    """How long free text is taken after the customer's last message, less our margin."""
    return max(WINDOW.total_seconds() - settings.window_margin_s, 0.0)


def is_open(last_heard_at: datetime | None, now: datetime, settings: TwilioSettings) -> bool:
    """Whether free text may go out now. Who never wrote has no window."""
    if last_heard_at is None:
        return False
    return now - last_heard_at < timedelta(seconds=window_s(settings))


def template_of(message: OutboundMessage, settings: TwilioSettings) -> tuple[str, str]:
    """Content SID and variables (JSON) that say the message outside the window.

    Raises `WindowClosed` when there is no approved template for it, `Rejected` when a variable of it is missing.
    """
    for name in (f"{message.template}.{message.language}", message.template):
        sid = settings.templates.get(name) if message.template else None
        if sid:
            order = settings.template_variables.get(name, settings.template_variables.get(message.template))
            return sid, _variables(message.variables, order)
    what = (
        f"no approved template for {message.template!r}"
        if message.template
        else "it was said from no template"
    )
    raise WindowClosed(f"the person wrote more than 24 hours ago, and {what}", code="window")


def _variables(values: Mapping[str, str], order: tuple[str, ...] | None) -> str:
    """As JSON: numbered in the order given, else by their names (those that Twilio takes)."""
    if order is None:
        named = {
            key: value for key, value in values.items() if key.isascii() and 0 < len(key) <= _NAME_LENGTH
        }
    else:
        missing = [name for name in order if name not in values]
        if missing:
            raise Rejected(f"the template's variables {', '.join(missing)} are not known", code="variables")
        named = {str(number): values[name] for number, name in enumerate(order, 1)}
    return orjson.dumps({key: one_line(value) for key, value in named.items()}).decode() if named else ""


def one_line(value: str) -> str:
    """A value as WhatsApp takes it: no line ends, tabs or runs of blanks, not empty, not too long."""
    line = " ".join(value.split()) or _EMPTY
    return line if len(line) <= _VALUE_LENGTH else f"{line[: _VALUE_LENGTH - 1].rstrip()}…"
