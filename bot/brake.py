"""The graded brake against loops: two machines must not answer each other for ever. source: peers, Zammad

Kept in memory: a restart forgets it, and a loop is stopped again some ten messages later.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

Limit = tuple[int, timedelta]

_MAIL: Final[Sequence[Limit]] = tuple(
    (count, timedelta(minutes=minutes))
    for count, minutes in ((10, 10), (15, 30), (25, 60), (50, 180), (100, 600))
)
_CHAT: Final[Sequence[Limit]] = tuple((6 * count, span) for count, span in _MAIL)
"""People who chat get many short answers within minutes."""

_REMEMBERED = 20_000  # threads


class LoopBrake:
    """Counts the bot's turns with replies, by thread."""

    def __init__(self) -> None:
        self._answered: OrderedDict[tuple[str, str], deque[datetime]] = OrderedDict()

    def holds(self, thread: tuple[str, str], *, mail: bool, now: datetime) -> bool:
        """Whether the bot has answered here so often that it must be a machine that writes."""
        answered = self._answered.get(thread)
        if answered is None:
            return False
        limits = _MAIL if mail else _CHAT
        return any(
            len(answered) >= count and now - answered[-count] < span and answered[-count] <= now
            for count, span in limits
        )

    def count(self, thread: tuple[str, str], now: datetime) -> None:
        """The bot has answered in this thread."""
        answered = self._answered.get(thread)
        if answered is None:
            answered = self._answered[thread] = deque(maxlen=_CHAT[-1][0])
            if len(self._answered) > _REMEMBERED:
                self._answered.popitem(last=False)
        answered.append(now)
        self._answered.move_to_end(thread)

    def release(self, thread: tuple[str, str]) -> None:
        """A person looked at the thread and gave it back to the bot."""
        self._answered.pop(thread, None)
