"""What became of each inbound message that was owed a receipt, told from its rows of the chain."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson


@dataclass(frozen=True, slots=True, kw_only=True)
class Exceptional:
    """A message of which more is to be said than "in time"."""

    journal_id: str
    received_at: datetime
    channel: str
    marks: tuple[str, ...]  # late, never, unexplained, uncertain, moved, alerted, undelivered, erased
    seconds: float | None  # until the acknowledgement


@dataclass(slots=True)
class Story:
    """One message. Rows are told in the order in which they were sealed."""

    journal_id: str
    received_at: datetime | None = None
    due_at: datetime | None = None
    channel: str = ""
    moved: bool = False
    alerted_at: datetime | None = None
    erased: bool = False
    accepted: dict[str, tuple[datetime, str]] = field(
        default_factory=dict
    )  # outbox id -> when, provider's mark
    arrived: set[str] = field(default_factory=set)
    outcomes: dict[str, str] = field(default_factory=dict)  # outbox id -> the last one

    def tell(self, kind: str, at: datetime, payload: str) -> None:
        said: dict[str, Any] = orjson.loads(payload)
        outbox = said.get("outbox", "")
        if kind == "received":
            self.received_at, self.channel = at, said["channel"]
            self.due_at = datetime.fromisoformat(said["due"])
        elif kind == "accepted":
            self.accepted[outbox] = (at, said["provider"])
            if said["arrived"]:
                self.arrived.add(outbox)
        elif kind == "delivered":
            self.arrived.add(outbox)
        elif kind == "attempt":
            self.outcomes[outbox] = said["outcome"]
        elif kind == "moved":
            self.moved = True
        elif kind == "alerted":
            self.alerted_at = at
        elif kind == "erased":
            self.erased = True

    @property
    def acknowledged_at(self) -> datetime | None:
        """The first acceptance that was not taken back by a report of failure, else the last one there was."""
        good = [at for outbox, (at, _) in self.accepted.items() if not self._bounced(outbox)]
        return min(good) if good else max((at for at, _ in self.accepted.values()), default=None)

    @property
    def after(self) -> timedelta | None:
        at = self.acknowledged_at
        return at - self.received_at if at is not None and self.received_at is not None else None

    def in_time(self) -> bool:
        at = self.acknowledged_at
        return at is not None and self.due_at is not None and at <= self.due_at

    def waiting(self, now: datetime) -> bool:
        return self.acknowledged_at is None and self.due_at is not None and now <= self.due_at

    def marks(self, now: datetime) -> tuple[str, ...]:
        found = []
        if self.acknowledged_at is None and not self.waiting(now):
            found.append("never")
            if self.alerted_at is None and not self.outcomes:
                found.append("unexplained")
        elif self.acknowledged_at is not None and not self.in_time():
            found.append("late")
        if "uncertain" in self.outcomes.values():
            found.append("uncertain")
        if self.moved:
            found.append("moved")
        if self.alerted_at is not None:
            found.append("alerted")
        if self.accepted and all(self._bounced(outbox) for outbox in self.accepted):
            found.append("undelivered")
        if self.erased:
            found.append("erased")
        return tuple(found)

    def _bounced(self, outbox: str) -> bool:
        """Taken by the provider, and reported as failed afterwards."""
        return outbox not in self.arrived and self.outcomes.get(outbox) == "failed"

    def as_exception(self, now: datetime) -> Exceptional | None:
        marks = self.marks(now)
        if not marks or self.received_at is None:
            return None
        return Exceptional(
            journal_id=self.journal_id,
            received_at=self.received_at,
            channel=self.channel,
            marks=marks,
            seconds=self.after.total_seconds() if self.after is not None else None,
        )
