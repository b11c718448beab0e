"""One thread's entries that wait, in the order in which they are handled."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from bot.store.port import Entry
from channels.port import EntryKind

_MAX_BURST = 20


@dataclass(slots=True)
class Lane:
    """What waits for one thread."""

    key: tuple[str, str]  # account, thread
    entries: deque[Entry] = field(default_factory=deque)

    def insert(self, entry: Entry) -> None:
        """Behind what came before it, by the provider's order where both have one, else by arrival."""
        entries = self.entries
        place = len(entries)
        while place and entry.order and entries[place - 1].order > entry.order:
            place -= 1
        entries.insert(place, entry)

    def take_burst(self) -> list[Entry]:
        """The head, and the customer's messages that follow it at once: they may be answered together."""
        head = self.entries.popleft()
        burst = [head]
        while (
            head.kind == EntryKind.MESSAGE
            and self.entries
            and self.entries[0].kind == EntryKind.MESSAGE
            and len(burst) < _MAX_BURST
        ):
            burst.append(self.entries.popleft())
        return burst
