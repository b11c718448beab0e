"""The outbox at work: claim, send, record; retries, doubts and receipts.

A row is durably *claimed* before its provider call and settled after it; its slot is free only then. So what can
be in doubt after a crash is bounded by the slots, and looked up or shown to a person, never resent blindly.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from bot.budgets import Budgets
from bot.clock import Clock
from bot.failures import Failures
from bot.ids import IdMaker
from bot.measures import Measures
from bot.outbound import DeliverySettings, outbound
from bot.outqueue import AccountQueue
from bot.store.port import OutboxRow, SendOutcome, Store, StoreError
from channels.port import (
    BadAddress,
    Door,
    NotSent,
    OptedOut,
    Receipt,
    Rejected,
    SendError,
    Throttled,
    Uncertain,
    WindowClosed,
)

log = structlog.get_logger()

Admit = Callable[[Sequence[OutboxRow]], Awaitable[set[str]]]
"""Of claimed bulk rows those that may go now; the others are settled or queued again by it."""

_LOAD = 1_000  # rows brought into memory at a time
_HOLD = 20_000  # rows held in memory at the most; the table holds the rest


class Delivery:
    """Sends what the outbox holds, for all accounts of this process."""

    def __init__(
        self,
        store: Store,
        doors: Mapping[str, Door],
        settings: DeliverySettings,
        *,
        clock: Clock,
        ids: IdMaker,
        measures: Measures,
        group: asyncio.TaskGroup,
        budgets: Budgets,
        may_send: Callable[[], bool] = lambda: True,
        admit: Admit | None = None,
        moved: Callable[[str | None], None] = lambda conversation_id: None,
        seed: int | None = None,
    ) -> None:
        """`moved` is told the conversation of each message whose sending ended, however."""
        self._store = store
        self._doors = doors
        self._settings = settings
        self._clock = clock
        self._ids = ids
        self._measures = measures
        self._group = group
        self._budgets = budgets
        self._may_send = may_send
        self._admit = admit
        self._moved = moved
        self.failures = Failures(store, doors, clock=clock, ids=ids, wake=self.wake)
        self._tasks: set[asyncio.Task[None]] = set()
        self._random = random.Random(seed)
        self._queues = {
            account: AccountQueue(
                door.capabilities, rate_per_s=self._rate(account, door), now=clock.monotonic()
            )
            for account, door in doors.items()
        }
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._taken_over: dict[str, int] = {}  # conversation id → epoch, of this process's own take-overs
        self._fetching = asyncio.Event()
        self._in_flight = 0
        self._stopping = False
        self._idle = asyncio.Event()
        self._idle.set()

    def _rate(self, account: str, door: Door) -> float:
        return self._settings.rates.get(account, door.capabilities.rate_per_s)

    # used by the dispatcher

    def reserve(self, row: OutboxRow) -> bool:
        """Whether this row may be committed as claimed and go out at once: saves it a commit of its own."""
        queue = self._queues.get(row.account_id)
        return (
            queue is not None
            and not self._stopping
            and row.purpose != "bulk"  # it is checked between its claim and its sending
            and queue.reserve(row.thread, bulk=False, now=self._clock.monotonic())
        )

    def unreserve(self, row: OutboxRow) -> None:
        self._queues[row.account_id].unreserve(row.thread, bulk=row.purpose == "bulk")
        self._pump(row.account_id)

    def launch(self, row: OutboxRow) -> None:
        """Send a row that was committed as claimed."""
        self._in_flight += 1
        self._idle.clear()
        self._start(self._send(row))

    def enqueue(self, row: OutboxRow) -> None:
        """Hold a committed row that waits for its turn."""
        self._hold(row)
        self._pump(row.account_id)

    def resume(self, rows: Sequence[OutboxRow]) -> None:
        """Take up rows of ours that a commit of unknown outcome left in the table; none of them was sent."""
        for row in rows:
            if row.status == "claimed":
                self._queues[row.account_id].hold(
                    (row.thread, row.purpose == "bulk"), self._clock.monotonic()
                )
                self.launch(row)
            else:
                self.enqueue(row)

    def wake(self) -> None:
        """Rows were queued by somebody else (an agent, the API, the scheduler): fetch them now."""
        self._fetching.set()

    def taken_over(self, conversation_id: str, epoch: int) -> None:
        """A person owns this conversation from `epoch` on: nothing the bot decided earlier goes out."""
        self._taken_over[conversation_id] = epoch
        if len(self._taken_over) > 10_000:
            self._taken_over.pop(next(iter(self._taken_over)))
        for queue in self._queues.values():
            queue.forget(conversation_id, epoch)

    def share_rates(self, workers: int) -> None:
        """Several processes send for the same accounts: each takes its share of the rate."""
        for account, queue in self._queues.items():
            queue.change_rate(self._rate(account, self._doors[account]) / max(1, workers))

    def depths(self) -> dict[str, tuple[int, int]]:
        """Waiting and in flight, by account."""
        return {name: (queue.waiting, queue.slots - queue.free) for name, queue in self._queues.items()}

    # life

    async def recover(self) -> None:
        """Settle what a dead process left in doubt, then take up what waits."""
        await self._adopt()
        await self._fetch()

    async def run(self) -> None:
        """Fetch rows queued by others, on a call and once a second as a net."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._fetching.wait(), timeout=1.0)
            self._fetching.clear()
            try:
                await self._adopt()
                await self._fetch()
            except StoreError as error:
                log.error("outbox_fetch_failed", error=str(error))
                await asyncio.sleep(1.0)

    async def drain(self, within_s: float) -> bool:
        """Start nothing new and wait for what is in flight. False when the time was too short."""
        self._stopping = True
        for handle in self._timers.values():
            handle.cancel()
        try:
            async with asyncio.timeout(within_s):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    def abandon(self) -> None:
        """Give up what `drain` had no time for; the table says what was under way."""
        for task in list(self._tasks):
            task.cancel()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _adopt(self) -> None:
        for row in await self._store.in_doubt():
            self._doubt(row)

    def inherit(self, rows: Sequence[OutboxRow]) -> None:
        """Take up what a dead process of ours held: look up what it was sending, send what waited."""
        for row in rows:
            if row.status == "claimed":
                self._doubt(row)
        for row in rows:
            if row.status == "queued":
                self._hold(row)
        for account in {row.account_id for row in rows}:
            self._pump(account)

    def _doubt(self, row: OutboxRow) -> None:
        queue = self._queues.get(row.account_id)
        if queue is None:
            log.error("in_doubt_without_account", account=row.account_id, outbox=row.id)
            return
        queue.hold((row.thread, row.purpose == "bulk"), self._clock.monotonic())
        self._in_flight += 1
        self._idle.clear()
        self._start(self._reconcile(row, orphan=True))

    async def _fetch(self) -> None:
        while sum(queue.waiting for queue in self._queues.values()) < _HOLD:
            rows = await self._store.queued(self._clock.now(), _LOAD)
            for row in rows:
                self._hold(row)
            for account in {row.account_id for row in rows}:
                self._pump(account)
            if len(rows) < _LOAD:
                return

    def _hold(self, row: OutboxRow) -> None:
        queue = self._queues.get(row.account_id)
        if queue is None:
            log.error("message_without_account", account=row.account_id, outbox=row.id)
            return
        now = self._clock.monotonic()
        wait_s = (row.next_at - self._clock.now()).total_seconds()
        queue.add(row, now, not_before=now + wait_s if wait_s > 0 else 0.0)

    # sending

    def _pump(self, account: str) -> None:
        """Claim and send whatever may go now; come back when the next may."""
        if self._stopping:
            return
        queue = self._queues.get(account)
        if queue is None:
            return
        ready: list[OutboxRow] = []
        wait: float | None = None
        while True:
            row, wait = queue.take(self._clock.monotonic())
            if row is None:
                break
            ready.append(row)
        if ready:
            self._in_flight += len(ready)
            self._idle.clear()
            self._start(self._claim_and_send(ready))
        if wait is not None:
            self._come_back(account, wait)

    def _come_back(self, account: str, wait_s: float) -> None:
        old = self._timers.pop(account, None)
        if old is not None:
            old.cancel()
        loop = asyncio.get_running_loop()
        self._timers[account] = loop.call_later(max(0.001, wait_s), self._pump, account)

    async def _claim_and_send(self, rows: list[OutboxRow]) -> None:
        claimed = await self._insist(lambda: self._store.claim([row.id for row in rows]))
        claimed -= await self._not_admitted(
            [row for row in rows if row.purpose == "bulk" and row.id in claimed]
        )
        for row in rows:
            if row.id not in claimed:  # taken over by a person or another process, or not admitted
                self._measures.sent(row.account_id, "cancelled")
                self._release(row)
                continue
            row.attempts += 1
            self._start(self._send(row))

    async def _not_admitted(self, bulk: Sequence[OutboxRow]) -> set[str]:
        if not bulk or self._admit is None:
            return set()
        admit = self._admit
        admitted: set[str] = await self._insist(lambda: admit(bulk))
        return {row.id for row in bulk} - admitted

    async def _send(self, row: OutboxRow) -> None:
        outcome = await self._attempt(row)
        if outcome.status == "uncertain" and self._can_ask(row):
            # It stays claimed meanwhile: should we end now, the next process looks it up.
            await self._reconcile(row)
            return
        settled = await self._settle(row, outcome)
        self._measures.sent(
            row.account_id,
            outcome.outcome,
            (outcome.at - row.created_at).total_seconds() if outcome.status == "accepted" else None,
        )
        self._moved(row.conversation_id)
        if not settled:
            log.warning("outcome_came_late", outbox=row.id, outcome=outcome.outcome)
        if outcome.status == "queued":
            self._wait(row, outcome)
        self._release(row)

    async def _settle(self, row: OutboxRow, outcome: SendOutcome) -> bool:
        """Record an outcome; one that people must hear of together with its alert, in one transaction."""
        if outcome.status in ("failed", "uncertain"):
            work = partial(self.failures.settle, row, outcome)
        else:
            work = partial(self._store.record, outcome)
        settled: bool = await self._insist(work)
        return settled

    def _wait(self, row: OutboxRow, outcome: SendOutcome) -> None:
        """Back to the head of its thread, until its next try."""
        now, at = self._clock.now(), outcome.next_at
        wait_s = max(0.0, (at - now).total_seconds()) if at is not None else 0.0
        mono = self._clock.monotonic()
        self._queues[row.account_id].add(row, mono, not_before=mono + wait_s, first=True)

    def _can_ask(self, row: OutboxRow) -> bool:
        """Whether the channel can tell what became of a message: then a doubt is looked up first."""
        return self._doors[row.account_id].capabilities.lookup

    def _release(self, row: OutboxRow) -> None:
        self._queues[row.account_id].settle((row.thread, row.purpose == "bulk"), self._clock.monotonic())
        self._in_flight -= 1
        if self._in_flight == 0:
            self._idle.set()
        self._pump(row.account_id)

    async def _attempt(self, row: OutboxRow) -> SendOutcome:
        """One provider call, and its outcome as data. Never raises but for cancellation."""
        epoch = self._taken_over.get(row.conversation_id or "")
        if epoch is not None and row.epoch is not None and row.epoch < epoch:
            return self._outcome(row, "cancelled", "cancelled", code="taken_over")
        while not self._may_send():  # noqa: ASYNC110  rare; the sign of life comes from elsewhere
            # Cut off from the others for long: they may hold this row by now. A sign of life decides, or our end.
            await asyncio.sleep(0.2)
        door = self._doors[row.account_id]
        try:
            receipt = await self._budgets.within(self._settings.timeout_s, door.send(outbound(row)))
        except Throttled as error:
            pause = min(3600.0, max(0.5, error.retry_after_s))
            self._queues[row.account_id].block(self._clock.monotonic() + pause)
            return self._again(row, "throttled", error, pause)
        except NotSent as error:
            return self._again(row, "not_sent", error, None)
        except OptedOut as error:
            return self._outcome(
                row, "opted_out", "failed", code=error.code or "opted_out", detail=str(error)
            )
        except (BadAddress, WindowClosed) as error:
            outcome = "bad_address" if isinstance(error, BadAddress) else "window_closed"
            return self._outcome(row, outcome, "failed", code=error.code or outcome, detail=str(error))
        except Rejected as error:
            return self._outcome(row, "rejected", "failed", code=error.code, detail=str(error))
        except Uncertain as error:
            return self._outcome(row, "uncertain", "uncertain", code=error.code, detail=str(error))
        except TimeoutError:
            return self._outcome(row, "uncertain", "uncertain", code="timeout", detail="no answer in time")
        except Exception as error:
            # A fault of ours: whether the provider was called can't be told.
            log.exception("send_failed_by_our_fault", account=row.account_id, outbox=row.id)
            return self._outcome(row, "uncertain", "uncertain", code="internal", detail=type(error).__name__)
        return self._taken(row, receipt)

    def _taken(self, row: OutboxRow, receipt: Receipt) -> SendOutcome:
        return self._outcome(
            row,
            "accepted",
            "delivered" if receipt.delivered else "accepted",
            provider_id=receipt.provider_id,
            acknowledges=row.purpose == "receipt",
        )

    def _again(self, row: OutboxRow, outcome: str, error: SendError, pause_s: float | None) -> SendOutcome:
        """Back into the queue with a jittered wait, or failed when its tries are used up."""
        throttled = pause_s is not None
        if row.attempts > self._settings.retries and not (throttled and row.attempts <= 100):
            return self._outcome(row, outcome, "failed", code=error.code or "gave_up", detail=str(error))
        steps = self._settings.backoff_s
        base = pause_s if pause_s is not None else steps[min(row.attempts, len(steps)) - 1]
        wait_s = base if throttled else base * self._random.uniform(0.5, 1.5)
        at = self._clock.now() + timedelta(seconds=wait_s)
        return self._outcome(row, outcome, "queued", code=error.code, detail=str(error), next_at=at)

    def _outcome(self, row: OutboxRow, outcome: str, status: Any, **more: Any) -> SendOutcome:
        told_by_its_row = row.attempts <= 1 and status in ("accepted", "delivered")
        return SendOutcome(
            row_id=row.id,
            attempt=row.attempts,
            outcome=outcome,
            status=status,
            at=self._clock.now(),
            delivery_id="" if told_by_its_row else self._ids.new(),
            **more,
        )

    # doubts

    async def _reconcile(self, row: OutboxRow, *, orphan: bool = False) -> None:
        """Find out whether a message in doubt arrived; where nobody can tell, hold it for a person.

        `orphan`: the process that was sending it is no more.
        """
        outcome = await self._looked_up(row, orphan)
        await self._settle(row, outcome)
        self._measures.sent(row.account_id, f"reconciled_{outcome.status}")
        log.info("doubt_settled", account=row.account_id, outbox=row.id, status=outcome.status)
        if outcome.status == "queued":
            self._wait(row, outcome)
        self._release(row)

    async def _looked_up(self, row: OutboxRow, orphan: bool) -> SendOutcome:
        door = self._doors[row.account_id]
        if not door.capabilities.lookup:
            resend = self._settings.uncertain.get(row.purpose) == "resend"
            return self._outcome(
                row,
                "uncertain",
                "queued" if resend else "uncertain",
                code="in_doubt",
                detail="the process ended while this was being sent, and the channel can't be asked",
                next_at=self._clock.now() if resend else None,
            )
        missing = 0
        for wait_s in (0.2, 0.5, 1, 2, 5, 10, 30, 60):
            try:
                async with asyncio.timeout(self._settings.timeout_s):
                    receipt = await door.look_up(outbound(row))
            except (SendError, TimeoutError) as error:
                log.warning("look_up_failed", account=row.account_id, outbox=row.id, error=str(error))
                await asyncio.sleep(wait_s)
                continue
            if receipt is not None:
                return self._taken(row, receipt)
            missing += 1
            if missing == 1:
                # The call of a process that has just ended may still be on its way.
                await asyncio.sleep(door.capabilities.lookup_settles_s)
                continue
            if row.attempts <= (self._settings.retries if orphan else 1):
                # A first try, or one that our own end cut off: nobody has to wait for that.
                return self._outcome(row, "not_sent", "queued", next_at=self._clock.now())
            return self._again(row, "not_sent", NotSent("it had not arrived", code="not_found"), None)
        return self._outcome(
            row,
            "uncertain",
            "uncertain",
            code="in_doubt",
            detail="the channel did not say whether it arrived",
        )

    async def _insist(self, work: Any) -> Any:
        """Repeat until the database takes it: a send that happened must not be forgotten."""
        wait_s = 0.05
        while True:
            try:
                return await work()
            except StoreError as error:
                log.error("outbox_write_failed", error=str(error))
                await asyncio.sleep(wait_s)
                wait_s = min(5.0, wait_s * 2)
