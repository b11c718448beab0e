"""A plan as a whole: its sums, its file, and what is different from an earlier one. Line by line, never in memory.

The file is one JSON document with one planned line a row, in the order of contacts:

    {"campaign": "rentree_2026", "as_of": "2026-09-28T08:00:00+00:00", "lines": [
    {"contact_id": …},
    …
    ], "totals": {…}}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal, Protocol

import orjson

from scheduler.campaigns.ports import PlannedLine

SAMPLES: Final = 6  # texts shown, each of another door, language or variant
COLUMNS: Final = (
    "contact_id", "name", "status", "due_at", "variant", "channel", "address", "language", "subject", "text",
    "cost", "reason", "detail",
)  # fmt: skip
_COMPARED: Final = ("status", "reason", "channel", "address", "variant", "subject", "text", "cost")


class NotAPlan(Exception):
    """The file holds no plan; the text says where it goes wrong."""


@dataclass(slots=True, kw_only=True)
class Totals:
    """Sums of a plan."""

    lines: int = 0
    waiting: int = 0
    delayed: int = 0  # of those that wait, who get it later than at the start
    cost: Decimal = Decimal(0)
    channels: Counter[str] = field(default_factory=Counter)
    costs: dict[str, Decimal] = field(default_factory=dict)  # by channel
    variants: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)  # of those left out
    delays: Counter[str] = field(default_factory=Counter)
    first_at: datetime | None = None
    last_at: datetime | None = None
    samples: list[PlannedLine] = field(default_factory=list)

    def add(self, line: PlannedLine) -> None:
        self.lines += 1
        if line.status == "skipped":
            self.reasons[line.reason] += 1
            return
        self.waiting += 1
        self.cost += line.cost
        self.channels[line.channel] += 1
        self.costs[line.channel] = self.costs.get(line.channel, Decimal(0)) + line.cost
        if line.variant:
            self.variants[line.variant] += 1
        if line.reason:
            self.delayed += 1
            self.delays[line.reason] += 1
        self.first_at = min(self.first_at or line.due_at, line.due_at)
        self.last_at = max(self.last_at or line.due_at, line.due_at)
        if len(self.samples) < SAMPLES and _kind(line) not in map(_kind, self.samples):
            self.samples.append(line)

    def as_json(self) -> dict[str, Any]:
        return {
            "lines": self.lines,
            "waiting": self.waiting,
            "skipped": self.lines - self.waiting,
            "delayed": self.delayed,
            "cost": str(self.cost),
            "channels": dict(self.channels),
            "costs": {channel: str(cost) for channel, cost in self.costs.items()},
            "variants": dict(self.variants),
            "reasons": dict(self.reasons.most_common()),
            "delays": dict(self.delays.most_common()),
            "first_at": self.first_at.isoformat() if self.first_at else None,
            "last_at": self.last_at.isoformat() if self.last_at else None,
            "samples": [as_row(line) for line in self.samples],
        }


def _kind(line: PlannedLine) -> tuple[str, str, str]:
    return line.channel, line.language, line.variant


def as_row(line: PlannedLine) -> dict[str, Any]:
    """A line for files and for the API: times in ISO 8601, money as text."""
    row = {name: getattr(line, name) for name in COLUMNS}
    return {**row, "due_at": line.due_at.isoformat(), "cost": str(line.cost)}


async def as_document(
    campaign: str, as_of: datetime, lines: AsyncIterator[PlannedLine], totals: Totals
) -> AsyncIterator[bytes]:
    """The file, piece by piece."""
    head = orjson.dumps({"campaign": campaign, "as_of": as_of.isoformat()})[:-1]
    yield head + b',"lines":[\n'
    first = True
    async for line in lines:
        totals.add(line)
        yield (b"" if first else b",\n") + orjson.dumps(as_row(line))
        first = False
    yield b'\n],"totals":' + orjson.dumps(totals.as_json()) + b"}\n"


class EarlierPlan(Protocol):
    """A plan that was made before, wherever it is kept."""

    @property
    def as_of(self) -> datetime: ...

    def lines(self) -> Iterator[dict[str, Any]]:
        """As `as_row` makes them, in the order of contacts."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """An earlier plan in a file; its lines are read as they are asked for."""

    as_of: datetime
    path: Path

    def lines(self) -> Iterator[dict[str, Any]]:
        """Raises `NotAPlan`."""
        with self.path.open("rb") as file:
            next(file)
            for number, text in enumerate(file, 2):
                if text.startswith(b"]"):
                    return
                if text.strip():
                    yield _parsed(text.strip().removesuffix(b","), self.path, number)
        raise NotAPlan(f"{self.path}: the end is missing; was the plan broken off?")


def read_earlier(path: Path) -> Earlier:
    """Raises `NotAPlan`."""
    try:
        with path.open("rb") as file:
            head = file.readline(10_000).strip()
    except OSError as error:
        raise NotAPlan(f"{path}: can't be read: {error}") from None
    if not head.endswith(b',"lines":['):
        raise NotAPlan(f"{path}: this is not the --json of relais campaign plan")
    found = _parsed(head.removesuffix(b',"lines":[') + b"}", path, 1)
    try:
        return Earlier(as_of=datetime.fromisoformat(found["as_of"]), path=path)
    except (KeyError, TypeError, ValueError):
        raise NotAPlan(f"{path}:1: as_of is missing") from None


def _parsed(text: bytes, path: Path, number: int) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise NotAPlan(f"{path}:{number}: not a line of a plan") from None
    if not isinstance(found, dict) or (number > 1 and "contact_id" not in found):
        raise NotAPlan(f"{path}:{number}: not a line of a plan")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is different for one contact; `fields` of a changed one: name → before, now."""

    kind: Literal["new", "gone", "changed"]
    contact_id: str
    name: str
    fields: dict[str, tuple[str, str]] = field(default_factory=dict)


class Comparison:
    """Takes the lines of a new plan in order and gives the changes; both plans are sorted by contact."""

    def __init__(self, earlier: EarlierPlan, as_of: datetime) -> None:
        self._lines = earlier.lines()
        self._before = earlier.as_of
        self._now = as_of
        self._held = next(self._lines, None)
        self.counts: Counter[str] = Counter()

    def take(self, line: PlannedLine) -> Iterator[Change]:
        return self.take_row(as_row(line))

    def take_row(self, row: Mapping[str, Any]) -> Iterator[Change]:
        """The same for a line that is plain data already."""
        contact_id, name = row["contact_id"], row["name"]
        while self._held is not None and self._held["contact_id"] < contact_id:
            yield self._gone(self._held)
            self._held = next(self._lines, None)
        if self._held is None or self._held["contact_id"] != contact_id:
            self.counts["new"] += 1
            yield Change(kind="new", contact_id=contact_id, name=name)
            return
        fields = self._differences(self._held, row)
        self._held = next(self._lines, None)
        if fields:
            self.counts["changed"] += 1
            yield Change(kind="changed", contact_id=contact_id, name=name, fields=fields)
        else:
            self.counts["same"] += 1

    def rest(self) -> Iterator[Change]:
        while self._held is not None:
            yield self._gone(self._held)
            self._held = next(self._lines, None)

    def _gone(self, row: dict[str, Any]) -> Change:
        self.counts["gone"] += 1
        return Change(kind="gone", contact_id=row["contact_id"], name=str(row.get("name", "")))

    def _differences(self, before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
        """A message that goes at once goes at another time in each plan: that is no difference."""
        found = {
            name: (str(before.get(name, "")), str(now[name]))
            for name in _COMPARED
            if before.get(name) != now[name]
        }
        at_once = before.get("due_at") == self._before.isoformat() and now["due_at"] == self._now.isoformat()
        if before.get("due_at") != now["due_at"] and not at_once:
            found["due_at"] = (str(before.get("due_at")), now["due_at"])
        return found


def change_as_json(change: Change) -> dict[str, Any]:
    return asdict(change)
