"""Lanes: entries of one thread are handled one after the other, different threads side by side.

Claim a burst, read it, decide, commit; slow work stays outside the commit. A turn that fails for a reason of its
own ends in quarantine with its payload and never stops its neighbours.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Protocol

import orjson
import structlog

from bot.brake import LoopBrake
from bot.clock import Clock
from bot.delivery import Delivery
from bot.dialogue.turn import Decision, OutFile, TimerFired, Turn
from bot.ids import IdMaker
from bot.lanes import Lane
from bot.measures import Measures
from bot.own_decisions import braked, failed, without_dialogue, wordless
from bot.planner import Planner
from bot.plans import Heard, Plan, outbox_inserts, turn_view
from bot.statuses import Statuses
from bot.store.plan import put_reference
from bot.store.port import (
    Committed,
    ConversationState,
    Entry,
    LaneKey,
    Store,
    StoreError,
    StoreRefused,
    TurnCommit,
)
from channels.port import Door, EntryKind, InboundError, InboundMessage
from channels.text import clean_text

log = structlog.get_logger()

_REMEMBERED = 20_000  # conversations kept in memory between turns


class Decides(Protocol):
    """What the dispatcher asks of the dialogue."""

    def decide(self, turn: Turn) -> Decision: ...


class Dispatcher:
    """Owns the lanes of this process."""

    def __init__(
        self,
        store: Store,
        doors: Mapping[str, Door],
        dialogue: Decides,
        planner: Planner,
        delivery: Delivery,
        *,
        clock: Clock,
        ids: IdMaker,
        measures: Measures,
        group: asyncio.TaskGroup,
        expects_more: Callable[[Mapping[str, Any]], bool] = lambda state: False,
        burst_wait_s: float = 0.0,
        announce: Callable[[ConversationState, Plan], None] = lambda state, plan: None,
        taken_aside: Callable[[Entry, Heard], Awaitable[bool]] | None = None,
        moved: Callable[[str, str], None] = lambda account_id, thread: None,
        foresee: Callable[[Turn], Awaitable[Turn]] | None = None,
        keep_file: Callable[[OutFile], Awaitable[object]] = lambda file: asyncio.sleep(0),
    ) -> None:
        """`moved` is told the account and thread of messages of which a provider said something."""
        self._store = store
        self._doors = doors
        self._dialogue = dialogue
        self._planner = planner
        self._delivery = delivery
        self._clock = clock
        self._ids = ids
        self._measures = measures
        self._group = group
        self._expects_more = expects_more
        self._burst_wait_s = burst_wait_s
        self._announce = announce
        self._foresee = foresee
        self._taken_aside = taken_aside
        self._keep_file = keep_file
        self._tasks: set[asyncio.Task[None]] = set()
        self._lanes: dict[tuple[str, str], Lane] = {}
        self._known: set[str] = set()  # entries in memory: a sweep must not bring them in twice
        self._remembered: OrderedDict[tuple[str, str], ConversationState] = OrderedDict()
        self._unsure: dict[str, list[str]] = {}  # messages of commits whose outcome is not known
        self._statuses = Statuses(
            store,
            doors,
            clock=clock,
            ids=ids,
            failures=delivery.failures,
            done=self._done,
            put_aside=self._put_aside,
            moved=moved,
        )
        self._brake = LoopBrake()
        self._stopping = False
        self._idle = asyncio.Event()
        self._idle.set()

    def push(self, entry: Entry) -> None:
        """Put a journaled entry into its lane; known ones are ignored."""
        if entry.id in self._known or self._stopping:
            return
        self._known.add(entry.id)
        key = (entry.account_id, entry.thread)
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = Lane(key)
            lane.entries.append(entry)
            self._idle.clear()
            work = self._work(lane)
            try:
                task = self._group.create_task(work)
            except RuntimeError:  # the process is ending: the entry is safe in the journal
                work.close()
                del self._lanes[key]
                self._known.discard(entry.id)
                self._stopping = True
                return
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            lane.insert(entry)

    def backlog(self) -> int:
        """Entries in memory."""
        return len(self._known)

    def forget(self, account_id: str, thread: str) -> None:
        """Somebody else changed this conversation: read it anew."""
        self._remembered.pop((account_id, thread), None)
        self._brake.release((account_id, thread))

    async def drain(self, within_s: float) -> bool:
        """Take nothing new and finish what is under way; the rest stays in the journal."""
        self._stopping = True
        try:
            async with asyncio.timeout(within_s):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    def abandon(self) -> None:
        """Give up what `drain` had no time for; it stays in the journal."""
        for task in list(self._tasks):
            task.cancel()

    async def _work(self, lane: Lane) -> None:
        try:
            while lane.entries and not self._stopping:
                await self._next(lane)
        finally:
            del self._lanes[lane.key]
            self._known.difference_update(entry.id for entry in lane.entries)
            if not self._lanes:
                self._idle.set()

    async def _next(self, lane: Lane) -> None:
        """Handle the lane's next burst, until the database took it."""
        entries = await self._burst(lane)
        wait_s = 0.05
        while True:
            try:
                await self._handle(entries)
                break
            except StoreError as error:
                log.error("turn_not_stored", account=lane.key[0], error=str(error))
                self._remembered.pop(lane.key, None)
                if self._stopping:
                    break
                await asyncio.sleep(wait_s)
                wait_s = min(5.0, wait_s * 2)
            except Exception:
                # Nothing may stop the lanes: the entries stay pending, and an operator sees why.
                log.exception("lane_failed", account=lane.key[0], entries=[entry.id for entry in entries])
                break
        self._known.difference_update(entry.id for entry in entries)

    async def _burst(self, lane: Lane) -> list[Entry]:
        """Everything of one kind that waits at the lane's head; in a story's middle, what follows at once too."""
        state = self._remembered.get(lane.key)
        if (
            self._burst_wait_s
            and state is not None
            and lane.entries[0].kind == EntryKind.MESSAGE
            and self._expects_more(state.state)
        ):
            seen = 0
            while len(lane.entries) > seen and not self._stopping:
                seen = len(lane.entries)
                await asyncio.sleep(self._burst_wait_s)
        return lane.take_burst()

    async def _handle(self, entries: list[Entry]) -> None:
        head = entries[0]
        if head.account_id not in self._doors:
            await self._put_aside(entries, f"there is no account “{head.account_id}” in the configuration")
        elif head.kind == EntryKind.STATUS:
            await self._statuses.handle(head)
        elif head.kind == EntryKind.TIMER:
            await self._timer(head)
        else:
            await self._messages(entries)

    # messages

    async def _messages(self, entries: list[Entry]) -> None:
        heard, rest = [], []
        for entry in entries:
            item = await self._read(entry)
            if item is not None and not (self._taken_aside and await self._taken_aside(entry, item)):
                heard.append(item)
                rest.append(entry)
        if not heard:
            return
        for apart, group in groupby(zip(rest, heard, strict=True), lambda pair: _apart(pair[1])):
            entries, items = (list(column) for column in zip(*group, strict=True))
            try:
                await self._turn(
                    entries, items, decision=without_dialogue(items[0].message) if any(apart) else None
                )
            except (StoreError, asyncio.CancelledError):
                raise
            except Exception as error:
                await self._poisoned(entries, items, error)

    async def _read(self, entry: Entry) -> Heard | None:
        """Parse an entry; what can't be read goes to quarantine alone."""
        try:
            message = self._doors[entry.account_id].parse(entry.raw)
        except InboundError as error:
            await self._put_aside([entry], f"{type(error).__name__}: {error}")
            return None
        except Exception as error:
            log.exception("parse_failed", account=entry.account_id, entry=entry.id)
            await self._put_aside([entry], f"can't be read: {type(error).__name__}")
            return None
        return Heard(
            journal_id=entry.id,
            received_at=entry.received_at,
            message=message,
            edited=entry.kind == EntryKind.EDIT,
        )

    async def _poisoned(self, entries: list[Entry], heard: list[Heard], error: Exception) -> None:
        """A turn that can't be decided. One by one, so that only the guilty message is put aside."""
        if len(entries) > 1:
            for entry, item in zip(entries, heard, strict=True):
                try:
                    await self._turn([entry], [item])
                except (StoreError, asyncio.CancelledError):
                    raise
                except Exception as single:
                    await self._poisoned([entry], [item], single)
            return
        log.error("turn_failed", account=entries[0].account_id, entry=entries[0].id, exc_info=error)
        decision = failed(error)
        quarantine = f"failed: {type(error).__name__}"
        for words in (heard, [wordless(heard[0])]):  # it may be the words that the database refuses
            try:
                await self._turn(entries, words, decision=decision, quarantine=quarantine)
                return
            except (StoreError, asyncio.CancelledError):
                raise
            except Exception as again:
                log.error("hand_over_failed", entry=entries[0].id, exc_info=again)
        await self._put_aside(entries, quarantine)

    async def _turn(
        self,
        entries: Sequence[Entry],
        heard: Sequence[Heard],
        *,
        timer: TimerFired | None = None,
        decision: Decision | None = None,
        quarantine: str = "",
    ) -> None:
        """Decide and commit; decide again when a person changed the conversation meanwhile."""
        head = entries[0]
        refused = 0
        while True:
            state = await self._state(head, heard[0].message if heard else None)
            if state is None:  # a timer for a conversation that is no more
                await self._done(entries)
                return
            now = self._clock.now()
            buttons = self._doors[state.account_id].capabilities.buttons
            turn = turn_view(state, heard, timer, now, buttons)
            if decision is None and self._foresee is not None:
                turn = await self._foresee(turn)
            decided = decision or self._dialogue.decide(turn)
            thread = (head.account_id, head.thread)
            if decided.replies and heard and self._brake.holds(thread, mail=self._is_mail(head), now=now):
                decided = braked(decided)
            plan = self._planner.plan(
                state,
                heard,
                [entry.id for entry in entries],
                decided,
                now=now,
                # A failed turn may be tried again later: what it sends has keys of its own.
                cause=head.id if not quarantine else f"{head.id}:{self._ids.new()}",
            )
            plan.commit.quarantine_reason = quarantine
            try:
                committed = await self._commit(plan)
            except StoreRefused:
                # Another lane may have met the same new contact at the same time: look again before giving up.
                self._remembered.pop((head.account_id, head.thread), None)
                refused += 1
                if refused == 3:
                    raise
                continue
            if committed.outcome == "stale":
                self._remembered.pop((head.account_id, head.thread), None)
                continue
            if committed.outcome == "done":
                self._unsure.pop(head.id, None)
                self._stand(plan, committed)
                if decided.replies and heard:
                    self._brake.count(thread, now)
                self._measures.decided(
                    head.account_id, decided.by, (self._clock.now() - head.received_at).total_seconds()
                )
            else:
                self._remembered.pop((head.account_id, head.thread), None)
                left = self._unsure.pop(head.id, [])
                self._delivery.resume(await self._store.take_back(left) if left else [])
                log.info("turn_was_handled_elsewhere", account=head.account_id, entry=head.id)
                if len(entries) > 1 and (waiting := await self._store.waiting([e.id for e in entries])):
                    # One of the burst was done already (the sweep saw it late): the others keep their turn.
                    heard = [item for item in heard if item.journal_id in waiting]
                    entries = [entry for entry in entries if entry.id in waiting]
                    head = entries[0]
                    continue
            return

    async def _commit(self, plan: Plan) -> Committed:
        """Commit with each message already claimed that may go out at once."""
        reserved = []
        for row in plan.rows:
            if self._delivery.reserve(row):
                row.status, row.attempts = "claimed", 1
                reserved.append(row)
        outbox_inserts(plan, self._store.worker_id)
        done = False
        try:
            for file in plan.files:
                await self._keep_file(file)
            committed = await self._store.commit(plan.commit)
            done = committed.outcome == "done"
            return committed
        except StoreError:
            # Whether it was stored is not known, and the entry will say so; what it left is sent from the table.
            self._unsure[plan.commit.journal_ids[0]] = [row.id for row in plan.rows]
            raise
        finally:
            if not done:
                for row in reserved:
                    self._delivery.unreserve(row)

    def _stand(self, plan: Plan, committed: Committed) -> None:
        """The commit is durable: remember, send, show."""
        state = plan.commit.conversation
        assert state is not None
        state.version = plan.commit.expected_version + 1
        state.contact_is_new = False
        if committed.reference:
            state.state = put_reference(state.state, committed.reference)
            state.cases = put_reference(state.cases, committed.reference)
        key = (state.account_id, state.thread)
        self._remembered[key] = state
        self._remembered.move_to_end(key)
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
        for row in plan.rows:
            if committed.reference:
                row.body = put_reference(row.body, committed.reference)
            if row.status == "claimed":
                self._delivery.launch(row)
            else:
                self._delivery.enqueue(row)
        self._announce(state, plan)

    async def _state(self, entry: Entry, message: InboundMessage | None) -> ConversationState | None:
        remembered = self._remembered.get((entry.account_id, entry.thread))
        if remembered is not None:
            return remembered
        channel = self._channel(entry.account_id, message)
        address = message.sender if message else ""
        key = LaneKey(account_id=entry.account_id, thread=entry.thread, channel=channel, address=address)
        found = await self._store.load(key)
        if isinstance(found, ConversationState):
            return found
        if message is None:
            return None
        return ConversationState(
            id=self._ids.new(),
            account_id=entry.account_id,
            thread=entry.thread,
            channel=channel,
            address=address,
            contact_id=found.id if found else self._ids.new(),
            owner="bot",
            desk_id=None,
            hand_over_reason="",
            urgent=False,
            epoch=0,
            version=0,
            language="",
            state={},
            last_seq=0,
            created_at=entry.received_at,
            last_inbound_at=entry.received_at,
            contact_name=(found.name if found else "") or message.sender_name,
            contact_mode=found.mode if found else "",
            contact_is_new=found is None,
        )

    def _is_mail(self, entry: Entry) -> bool:
        return self._doors[entry.account_id].capabilities.threads

    def _channel(self, account_id: str, message: InboundMessage | None) -> str:
        door = self._doors[account_id]
        return (message.via if message else "") or door.kind

    # other kinds

    async def _timer(self, entry: Entry) -> None:
        fired = orjson.loads(entry.raw)
        timer = TimerFired(
            kind=fired["kind"],
            key=fired["key"],
            due_at=datetime.fromisoformat(fired["due_at"]),
            payload=fired["payload"],
        )
        try:
            await self._turn([entry], [], timer=timer)
        except (StoreError, asyncio.CancelledError):
            raise
        except Exception as error:
            log.error("timer_failed", kind=timer.kind, entry=entry.id, exc_info=error)
            await self._put_aside([entry], f"timer {timer.kind} failed: {type(error).__name__}")

    async def _put_aside(self, entries: Sequence[Entry], reason: str) -> None:
        reason = clean_text(reason)[:500]  # it may quote what came in
        log.warning("quarantined", account=entries[0].account_id, entries=len(entries), reason=reason)
        self._measures.quarantined(entries[0].account_id)
        await self._done(entries, quarantine=reason)

    async def _done(self, entries: Sequence[Entry], *, quarantine: str = "") -> None:
        await self._store.commit(
            TurnCommit(
                account_id=entries[0].account_id,
                thread=entries[0].thread,
                journal_ids=tuple(entry.id for entry in entries),
                conversation=None,
                quarantine_reason=quarantine,
            )
        )


def _apart(heard: Heard) -> tuple[str, str]:
    """Messages of one burst that are decided together say the same here."""
    return heard.message.automatic, heard.message.consent
