"""What open pages of agents are told: rows of the inbox that changed, conversations that moved, who is where.

May lose: a page that fell behind is told to look anew. Presence is kept in memory and forgotten after a while.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from bot.clock import Clock

_QUEUE: Final = 500
_GONE_AFTER_S: Final = 20.0
_WORDS: Final = 7_000  # bytes of a word between processes; PostgreSQL takes 8 000


@dataclass(frozen=True, slots=True)
class Changed:
    """Rows as they now are; all of one transaction."""

    rows: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody looks at a conversation, or writes there; "" for the conversation: they left."""

    agent_id: str
    agent_name: str
    conversation_id: str
    writing: bool = False


LookAnew = None
"""Too much happened: read everything again."""

Event = Changed | Present | None


class LiveInbox:
    """One for a process."""

    def __init__(self, clock: Clock, tell: Callable[[str], None], me: str) -> None:
        """`tell` passes a word on to other processes, and to this one, `me`, as well."""
        self._clock = clock
        self._me = me
        self._tell = tell
        self._readers: set[asyncio.Queue[Event]] = set()
        self._present: dict[tuple[str, str], tuple[Present, float]] = {}

    @property
    def watched(self) -> bool:
        """Whether anybody looks in this process."""
        return bool(self._readers)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[asyncio.Queue[Event]]:
        """Events while the context lasts."""
        queue: asyncio.Queue[Event] = asyncio.Queue(_QUEUE)
        self._readers.add(queue)
        try:
            yield queue
        finally:
            self._readers.discard(queue)

    def publish(self, rows: Sequence[dict[str, Any]]) -> None:
        """Rows that changed here, also to other processes (by their ids)."""
        if not rows:
            return
        self.publish_here(Changed(tuple(rows)))
        ids, size = list[str](), 0
        for row in rows:
            ids.append(row["conversation_id"])
            size += len(ids[-1]) + 1
            if size > _WORDS:
                self._tell(f"inbox {self._me} {' '.join(ids)}")
                ids, size = [], 0
        if ids:
            self._tell(f"inbox {self._me} {' '.join(ids)}")

    def publish_here(self, event: Event) -> None:
        for queue in self._readers:
            try:
                queue.put_nowait(event)
            except asyncio.QueueFull:
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(LookAnew)

    # presence

    def be(self, present: Present) -> None:
        """Somebody is, or still is, somewhere; to be said again before `_GONE_AFTER_S` have passed."""
        self.be_here(present)
        name = present.agent_name.replace(" ", "\u00a0")
        self._tell(
            f"present {self._me} {present.agent_id} {name} {present.conversation_id or '-'} {int(present.writing)}"
        )

    def be_here(self, present: Present) -> None:
        """The same, as told by another process."""
        key = (present.agent_id, present.conversation_id)
        before = self._present.get(key)
        if present.conversation_id:
            self._present[key] = (present, self._clock.monotonic())
        else:
            for old in [old for old in self._present if old[0] == present.agent_id]:
                gone, _ = self._present.pop(old)
                self.publish_here(Present(gone.agent_id, gone.agent_name, gone.conversation_id))
            return
        if before is None or before[0] != present:
            self.publish_here(present)

    def leave(self, agent_id: str, conversation_id: str) -> None:
        """Somebody closed a conversation."""
        found = self._present.pop((agent_id, conversation_id), None)
        if found is not None:
            self.publish_here(Present(agent_id, found[0].agent_name, conversation_id))

    def others_at(self, conversation_id: str, agent_id: str) -> list[Present]:
        """Who else is there, by name."""
        limit = self._clock.monotonic() - _GONE_AFTER_S
        self._present = {key: found for key, found in self._present.items() if found[1] >= limit}
        here = [
            present
            for (who, where), (present, _) in self._present.items()
            if where == conversation_id and who != agent_id
        ]
        return sorted(here, key=lambda present: present.agent_name)

    def heard(self, word: str) -> list[str]:
        """A word of another process; the ids of rows to read and `publish_here`, where anybody looks."""
        kind, sender, *rest = word.split(" ")
        if sender == self._me:
            return []
        if kind == "present" and len(rest) == 4:
            agent_id, name, where, writing = rest
            self.be_here(
                Present(agent_id, name.replace("\u00a0", " "), "" if where == "-" else where, writing == "1")
            )
        return rest if kind == "inbox" and self.watched else []
