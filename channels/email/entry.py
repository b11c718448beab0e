"""A mail as it lies in the journal: a line of ours in front, then the mail as it came.

The line keeps what was decided when the mail was taken. Whatever we change later in how mails are keyed, an entry
stays in the conversation it was journaled in, under its name.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields

from channels.frozen import frozen
from channels.port import Malformed

_NAME = b"X-Relais-Entry: "
_LONGEST = 10_000


@frozen
class Entry:
    """What was decided about a mail when it was taken."""

    id: str  # its provider id
    thread: str
    to: str  # the address of ours it was sent to
    reply_to: str = ""  # the Message-ID of ours that it answers or reports on
    whole_size: int = 0  # of a mail of which only the beginning was taken, in bytes; 0: it is here in full
    lies_at: str = ""  # … and where the whole of it lies


def wrap(entry: Entry, mail: bytes) -> bytes:
    """Put the line in front of the mail."""
    return _NAME + json.dumps(asdict(entry)).encode("ascii") + b"\r\n" + mail


def unwrap(raw: bytes) -> tuple[Entry, bytes]:
    """Return the line's content and the mail. Raises `Malformed` for anything that `wrap` didn't make."""
    line, _, mail = raw.partition(b"\r\n")
    if not line.startswith(_NAME) or len(line) > _LONGEST or not mail:
        raise Malformed("no mail that this door has journaled: its first line is missing")
    try:
        content = json.loads(line[len(_NAME) :])
    except (ValueError, RecursionError) as exc:
        raise Malformed("the first line of a journaled mail can't be read") from exc
    return _checked(content), mail


def _checked(content: object) -> Entry:
    known = {field.name: int if field.name == "whole_size" else str for field in fields(Entry)}
    if not isinstance(content, dict) or not content.keys() <= known.keys():
        raise Malformed("the first line of a journaled mail has other fields than ours")
    if any(type(value) is not known[name] for name, value in content.items()):
        raise Malformed("the first line of a journaled mail has a field of another kind")
    if not all(content.get(name) for name in ("id", "thread", "to")):
        raise Malformed("the first line of a journaled mail lacks its id, thread or address")
    return Entry(**content)
