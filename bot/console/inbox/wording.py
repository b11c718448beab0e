"""What pages of the inbox say of states, times and reasons, as keys of the words. No page, no database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from bot.inbox.timeline import Line

Tone = Literal["", "good", "bad", "warn", "info"]

CHANNELS: Final[Mapping[str, str]] = {
    "email": "mail", "sms": "phone", "whatsapp": "chat", "telegram": "send", "webchat": "chat", "sandbox": "chat",
    "phone": "phone", "post": "mail",
}  # fmt: skip
"""Icons."""
_STATES: Final = frozenset(
    {"queued", "claimed", "accepted", "delivered", "read", "failed", "uncertain", "cancelled"}
)
_TONES: Final[Mapping[str, Tone]] = {
    "read": "good",
    "delivered": "good",
    "failed": "bad",
    "uncertain": "warn",
    "cancelled": "warn",
}
SOON: Final = timedelta(hours=4)


def state_key(line: Line) -> str:
    """What became of an outgoing message; "" for what came in and for notes."""
    if line.direction != "out":
        return ""
    if line.status == "cancelled" and line.code == "taken_over":
        return "inbox.state.taken_over"
    return f"inbox.state.{line.status}" if line.status in _STATES else "inbox.state.written"


def state_tone(line: Line) -> Tone:
    return _TONES.get(line.status, "")


def left_key(owed_at: datetime | None, now: datetime) -> tuple[str, int, Tone]:
    """How much time is left: a counted key, the number, the colour; "" where nothing is owed."""
    if owed_at is None:
        return "", 0, ""
    late = owed_at < now
    minutes = max(1, round(abs((owed_at - now).total_seconds()) / 60))
    side = "late" if late else "left"
    tone: Tone = "bad" if late else "warn" if owed_at - now <= SOON else ""
    if minutes < 60:
        return f"inbox.{side}.minutes", minutes, tone
    if minutes < 60 * 48:
        return f"inbox.{side}.hours", round(minutes / 60), tone
    return f"inbox.{side}.days", round(minutes / 1440), tone


def channel_icon(channel: str) -> str:
    return CHANNELS.get(channel, "chat")


def initials(name: str) -> str:
    """One or two letters for the round mark of a person."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


def named(row: Mapping[str, Any], nameless: str) -> str:
    return str(row["contact_name"]) or nameless


def held_key(reason: str) -> tuple[str, str]:
    """Why an answer is held: a key, and a colleague's name."""
    kind, _, by = reason.partition(":")
    if kind == "crossed":
        return ("inbox.held.contact", "") if by == "contact" else ("inbox.held.colleague", by)
    return (f"inbox.held.{kind}" if kind in ("gone", "no_account", "not_yours") else "inbox.held.gone", "")


def tomorrow_at(now: datetime, hour: int, days: int = 1) -> datetime:
    """A time of a later day in the zone of `now`."""
    return (now + timedelta(days=days)).replace(hour=hour, minute=0, second=0, microsecond=0)


def next_monday(now: datetime, hour: int) -> datetime:
    return tomorrow_at(now, hour, 7 - now.weekday())
