"""What changed between two simulations: messages that are new, gone, moved, worded or addressed otherwise. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from scheduler.simulation.lines import Line

Kind = Literal["new", "gone", "moved", "other text", "other door", "other reason", "other end"]

_MOVED_BY_S: Final = 60.0  # the clock of a day-long plan may be seconds off that of another


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A line of an earlier simulation, as its file holds it."""

    at: datetime
    status: str
    source: str
    name: str
    channel: str
    address: str
    subject: str
    text: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One message that is not what it was. `before` and `after` say the part that changed."""

    kind: Kind
    key: str
    source: str
    name: str
    at: datetime
    before: str = ""
    after: str = ""


def earlier_of(lines: Iterable[Mapping[str, Any]]) -> dict[str, Earlier]:
    """The lines of a file by key. Raises `KeyError`, `ValueError`, `TypeError` where it is no such file."""
    names = [name for name in Earlier.__dataclass_fields__ if name != "at"]
    return {
        str(line["key"]): Earlier(
            at=datetime.fromisoformat(line["at"]), **{name: str(line[name]) for name in names}
        )
        for line in lines
    }


def difference(earlier: dict[str, Earlier], line: Line) -> Change | None:
    """What is not as it was; the earlier line is taken out of `earlier`: what is left there at the end is gone."""
    was = earlier.pop(line.key, None)
    if was is None:
        return _change("new", line, after=line.status)
    if was.status != line.status:
        return _change("other end", line, before=_end(was), after=_end(line))
    if was.reason != line.reason:
        return _change("other reason", line, before=was.reason, after=line.reason)
    if abs((was.at - line.at).total_seconds()) > _MOVED_BY_S:
        return _change("moved", line, before=was.at.isoformat(), after=line.at.isoformat())
    if (was.channel, was.address) != (line.channel, line.address):
        before = f"{was.channel} {was.address}".strip()
        return _change("other door", line, before=before, after=f"{line.channel} {line.address}".strip())
    if (was.subject, was.text) != (line.subject, line.text):
        return _change("other text", line, before=_words(was), after=_words(line))
    return None


def gone(earlier: Mapping[str, Earlier], *, since: datetime, until: datetime) -> list[Change]:
    """What the earlier simulation had in the same time and nobody met again."""
    left = [
        Change(kind="gone", key=key, source=was.source, name=was.name, at=was.at, before=_end(was))
        for key, was in earlier.items()
        if since <= was.at <= until
    ]
    return sorted(left, key=lambda change: (change.at, change.key))


def _change(kind: Kind, line: Line, *, before: str = "", after: str = "") -> Change:
    return Change(
        kind=kind, key=line.key, source=line.source, name=line.name, at=line.at, before=before, after=after
    )


def _end(line: Earlier | Line) -> str:
    return f"{line.status}: {line.reason}" if line.reason else line.status


def _words(line: Earlier | Line) -> str:
    return f"{line.subject}\n{line.text}".strip()
