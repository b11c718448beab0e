"""What one account has to send: replies before bulk, one at a time a thread, within its slots and rates.

Pure bookkeeping in memory; the outbox table is the memory that counts.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field

from bot.rates import Bucket
from bot.store.port import OutboxRow
from channels.port import Capabilities

ThreadKey = tuple[str, bool]
"""Thread, and whether it is bulk: a campaign that waits never holds up an answer."""


_Listed = tuple[int, str, ThreadKey]
"""A thread with something to send, by its head's priority and age."""


@dataclass(slots=True)
class _Thread:
    rows: deque[OutboxRow] = field(default_factory=deque)
    busy: bool = False  # one of its messages is with the provider, or in doubt
    not_before: float = 0.0  # monotonic seconds; a retry waits
    listed: bool = False  # stands in the heap
    bucket: Bucket | None = None


class AccountQueue:
    """`take` gives the next row that may go; `settle` frees its place."""

    def __init__(self, capabilities: Capabilities, *, rate_per_s: float, now: float) -> None:
        self.slots = capabilities.slots
        self.free = capabilities.slots
        self._thread_rate = capabilities.thread_rate_per_s
        self._bucket = Bucket(rate_per_s, burst=max(1.0, rate_per_s), now=now)
        self._threads: dict[ThreadKey, _Thread] = {}
        self._heap: list[_Listed] = []
        self._late: list[tuple[float, _Listed]] = []  # thousands may wait: looked at when their time comes
        self._blocked_until = 0.0
        self.waiting = 0

    def change_rate(self, rate_per_s: float) -> None:
        self._bucket.change_rate(rate_per_s)

    def block(self, until: float) -> None:
        """The provider asked to wait."""
        self._blocked_until = max(self._blocked_until, until)

    def reserve(self, row_thread: str, *, bulk: bool, now: float) -> bool:
        """Take a slot and a token for a message that will be committed as already claimed."""
        key = (row_thread, bulk)
        thread = self._threads.get(key)
        if self.free <= 0 or now < self._blocked_until or self._bucket.wait_s(now) > 0:
            return False
        if thread is not None and (thread.busy or thread.rows or now < thread.not_before):
            return False
        if any(heap_priority < 2 for heap_priority, _, _ in self._heap[:1]) and self.free <= 1:
            return False  # somebody's answer already waits for this slot
        thread = thread or self._new_thread(key, now)
        if thread.bucket is not None:
            if thread.bucket.wait_s(now) > 0:
                return False
            thread.bucket.take()
        self._bucket.take()
        self.free -= 1
        thread.busy = True
        return True

    def unreserve(self, row_thread: str, *, bulk: bool) -> None:
        self._bucket.give_back()
        self.settle((row_thread, bulk), now=0.0)

    def hold(self, key: ThreadKey, now: float) -> None:
        """Nothing of this thread goes out until `settle`: one of its messages is in doubt."""
        thread = self._threads.get(key) or self._new_thread(key, now)
        thread.busy = True
        self.free -= 1

    def add(self, row: OutboxRow, now: float, *, not_before: float = 0.0, first: bool = False) -> None:
        key = (row.thread, row.purpose == "bulk")
        thread = self._threads.get(key) or self._new_thread(key, now)
        if first:
            thread.rows.appendleft(row)
        else:
            thread.rows.append(row)
        thread.not_before = max(thread.not_before, not_before)
        self.waiting += 1
        self._list(key, thread)

    def take(self, now: float) -> tuple[OutboxRow | None, float | None]:
        """The next row, with its slot and token taken; else how long to wait, None when only a slot can help."""
        self._look_at_late(now)
        if self.free <= 0 or not (self._heap or self._late):
            return None, None
        pause = max(self._blocked_until - now, self._bucket.wait_s(now))
        if pause > 0:
            return None, pause
        thread = self._next_ready(now)
        if thread is None:
            return None, self._late[0][0] - now if self._late else None
        if thread.bucket is not None:
            thread.bucket.take()
        thread.busy = True
        self._bucket.take()
        self.free -= 1
        self.waiting -= 1
        return thread.rows.popleft(), None

    def _next_ready(self, now: float) -> _Thread | None:
        """The most urgent thread that may go; those that must wait are set aside until their time."""
        while self._heap:
            item = heapq.heappop(self._heap)
            thread = self._threads.get(item[2])
            if thread is None:  # nothing is left of it
                continue
            thread.listed = False
            if thread.busy or not thread.rows:
                continue
            at = max(thread.not_before, now + (thread.bucket.wait_s(now) if thread.bucket else 0.0))
            if at <= now:
                return thread
            heapq.heappush(self._late, (at, item))
            thread.listed = True
        return None

    def _look_at_late(self, now: float) -> None:
        while self._late and self._late[0][0] <= now:
            heapq.heappush(self._heap, heapq.heappop(self._late)[1])

    def settle(self, key: ThreadKey, now: float) -> None:
        """The message of this thread that was out is settled, or went back to wait."""
        self.free += 1
        thread = self._threads.get(key)
        if thread is None:
            return
        thread.busy = False
        if thread.rows:
            self._list(key, thread)
        elif thread.bucket is None or len(self._threads) > 10_000:
            del self._threads[key]

    def forget(self, conversation_id: str, epoch: int) -> list[OutboxRow]:
        """Drop a conversation's waiting bot replies that were decided before `epoch`."""
        dropped: list[OutboxRow] = []
        for thread in self._threads.values():
            keep = deque[OutboxRow]()
            for row in thread.rows:
                stale = row.conversation_id == conversation_id and row.epoch is not None and row.epoch < epoch
                (dropped if stale else keep).append(row)
            thread.rows = keep
        self.waiting -= len(dropped)
        return dropped

    def _new_thread(self, key: ThreadKey, now: float) -> _Thread:
        bucket = Bucket(self._thread_rate, burst=3, now=now) if self._thread_rate else None
        thread = self._threads[key] = _Thread(bucket=bucket)
        return thread

    def _list(self, key: ThreadKey, thread: _Thread) -> None:
        if not thread.listed and not thread.busy and thread.rows:
            head = thread.rows[0]
            heapq.heappush(self._heap, (head.priority, head.id, key))
            thread.listed = True
