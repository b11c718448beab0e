"""accept(): what comes in is durable in the journal before the provider hears "OK"."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence

import structlog

from bot.clock import Clock
from bot.ids import IdMaker
from bot.measures import Measures
from bot.rates import Bucket
from bot.store.port import Entry, Store, StoreError, StoreRefused
from channels.port import EntryKind, Envelope, Overloaded
from channels.text import clean_text

log = structlog.get_logger()

_KEPT_BYTES_PER_S = 200_000  # of refused payloads: 17 GB a day at the very worst …
_KEPT_BYTES_AT_ONCE = 50_000_000  # … and a misconfigured provider's burst is kept whole


class Intake:
    """The one way in, for hooks, polling loops and sockets alike."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        ids: IdMaker,
        hand_on: Callable[[Entry], None],
        backlog: Callable[[], int],
        measures: Measures,
        catch_up: Callable[[], Awaitable[None]] | None = None,
        max_backlog: int = 50_000,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._hand_on = hand_on
        self._backlog = backlog
        self._measures = measures
        self._max_backlog = max_backlog
        self._kept_bytes = Bucket(_KEPT_BYTES_PER_S, burst=_KEPT_BYTES_AT_ONCE, now=clock.monotonic())
        self._catch_up = catch_up
        self._in_doubt = False  # entries may be stored of which the lanes know nothing
        self.closed = False

    async def accept(self, account_id: str, envelopes: Sequence[Envelope]) -> list[bool]:
        """Journal entries; True for a fresh one, False for one already known.

        Raises `Overloaded` when nothing was accepted: the store is away, too much waits, or we are stopping.
        """
        if self.closed or self._backlog() > self._max_backlog:
            raise Overloaded("too much waits to be handled, or Relais is stopping: try again")
        now = self._clock.now()
        entries = [
            Entry(
                id=self._ids.new(),
                account_id=account_id,
                provider_id=envelope.provider_id,
                kind=envelope.kind,
                thread=envelope.thread,
                order=envelope.order,
                raw=envelope.raw,
                received_at=now,
            )
            for envelope in envelopes
        ]
        if not entries:
            return []
        try:
            results = await self._store.accept(entries)  # its time budget is the store's own
        except StoreError as error:
            # A commit of unknown outcome may still have happened: what comes next must not get ahead of it.
            self._in_doubt = True
            log.error("intake_refused", account=account_id, entries=len(entries), error=str(error))
            raise Overloaded("the database does not answer: try again") from error
        self._measures.accepted(account_id, sum(result.fresh for result in results))
        if self._in_doubt and self._catch_up is not None:
            try:
                await self._catch_up()
            except StoreError as error:
                raise Overloaded("the database does not answer: try again") from error
            self._in_doubt = False
        for entry, result in zip(entries, results, strict=True):
            entry.seq = result.seq
            if result.fresh and result.mine:
                self._hand_on(entry)
        return [result.fresh for result in results]

    async def quarantine(self, account_id: str, raw: bytes, reason: str) -> None:
        """Keep a payload that could not be trusted or read. Doubles are kept once.

        Never raises. A flood is cut: past its share of disk, payloads are counted and dropped.
        """
        if self._kept_bytes.wait_s(self._clock.monotonic()) > 0:
            # A flood of forged calls must not fill the disk; what it contains was already refused.
            self._measures.quarantine_full(account_id)
            return
        self._kept_bytes.take(len(raw))
        digest = hashlib.sha256(raw).hexdigest()
        entry = Entry(
            id=self._ids.new(),
            account_id=account_id,
            provider_id=f"quarantine:{digest}",
            kind=EntryKind.MESSAGE,
            thread=f"quarantine:{digest[:16]}",
            order=0,
            raw=raw,
            received_at=self._clock.now(),
        )
        reason = clean_text(reason)[:500]  # it may quote what came in
        try:
            await self._store.quarantine(entry, reason)
        except (StoreError, StoreRefused) as error:
            log.error("quarantine_failed", account=account_id, error=str(error), size=len(raw))
            return
        self._measures.quarantined(account_id)
        log.warning("quarantined", account=account_id, reason=reason, size=len(raw))
