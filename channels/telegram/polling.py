"""Receiving by long polling: the offset moves only after the host has the updates durably."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from channels.port import (
    Envelope,
    Host,
    Malformed,
    NotSent,
    Overloaded,
    SendError,
    Throttled,
    Unsupported,
)
from channels.telegram.api import Api
from channels.telegram.backoff import Backoff, Sleep
from channels.telegram.parse import PRESS, cut
from channels.telegram.presses import Presses
from channels.telegram.reader import dump_json

_CONFLICT_S = 10.0  # another program polls: two that hammer would starve each other
_REFUSED_S = 60.0  # the token is wrong: only a person can mend it

Step = Callable[[], Awaitable[None]]

log = structlog.get_logger()


class Poller:
    """Takes one account's updates in their order. Telegram keeps unconfirmed ones for 24 hours."""

    def __init__(self, api: Api, host: Host, account_id: str, presses: Presses, *, sleep: Sleep) -> None:
        self._api = api
        self._host = host
        self._account_id = account_id
        self._presses = presses
        self._backoff = Backoff(sleep)
        self._offset = 0

    async def run(self) -> None:
        while not await self._tried(self._leave_webhook):
            pass
        while True:
            await self._tried(self._poll_once)

    async def _tried(self, step: Step) -> bool:
        """Run one step; after a failure, pause as long as its kind asks for. Returns whether it went well."""
        try:
            await step()
        except Throttled as exc:
            await self._fail(exc, at_least_s=exc.retry_after_s)
        except SendError as exc:
            waits = {"401": _REFUSED_S, "404": _REFUSED_S, "409": _CONFLICT_S}
            await self._fail(exc, at_least_s=waits.get(exc.code, 0.0))
        except Exception as exc:  # one account's trouble must not stop the others; nothing was confirmed
            await self._fail(exc)
        else:
            self._backoff.reset()
            return True
        return False

    async def _fail(self, exc: Exception, *, at_least_s: float = 0.0) -> None:
        what = str(exc) if isinstance(exc, SendError | Overloaded) else type(exc).__name__
        code = exc.code if isinstance(exc, SendError) else ""
        event = {"401": "telegram.token_refused", "404": "telegram.token_refused", "409": "telegram.conflict"}
        log.warning(event.get(code, "telegram.poll_failed"), account=self._account_id, code=code, what=what)
        await self._backoff.pause(at_least_s=at_least_s)

    async def _leave_webhook(self) -> None:
        """While a webhook is set, polling is refused. What waits on the server is kept."""
        info = await self._api.ask(self._api.bot.get_webhook_info)
        if info.url:
            log.warning(
                "telegram.webhook_removed", account=self._account_id, pending=info.pending_update_count
            )
            await self._api.ask(lambda: self._api.bot.delete_webhook(drop_pending_updates=False))

    async def _poll_once(self) -> None:
        updates = await self._api.updates(self._offset)
        if not updates:
            # All is confirmed: begin afresh. After a quiet week the numbers restart anywhere, also lower, and
            # an old offset would confirm such updates unseen. source: Bot API, Update
            self._offset = 0
            return
        await self._take(updates)
        self._offset = _next_offset(updates)

    async def _take(self, updates: list[object]) -> None:
        """Hand a batch to the host; after any error the same batch comes again and the journal knows it."""
        envelopes, broken = self._cut(updates)
        if envelopes:
            await self._accept(envelopes)
        for raw, reason in broken:
            log.warning("telegram.malformed", account=self._account_id, what=reason)
            await self._host.quarantine(self._account_id, raw, reason)
        for envelope in envelopes:
            if envelope.provider_id.startswith(PRESS):
                self._presses.note(envelope.provider_id.removeprefix(PRESS))

    async def _accept(self, envelopes: list[Envelope]) -> None:
        try:
            await self._host.accept(self._account_id, envelopes)
        except Overloaded:
            raise
        except Exception as exc:
            log.error("telegram.batch_refused", account=self._account_id, error=type(exc).__name__)
            await self._accept_singly(envelopes)

    async def _accept_singly(self, envelopes: list[Envelope]) -> None:
        """Find the one entry that the host can't take and set it aside, so that it holds up nobody else."""
        for envelope in envelopes:
            try:
                await self._host.accept(self._account_id, [envelope])
            except Overloaded:
                raise
            except Exception as exc:
                reason = f"not taken by the journal: {type(exc).__name__}"
                await self._host.quarantine(self._account_id, envelope.raw, reason)

    def _cut(self, updates: list[object]) -> tuple[list[Envelope], list[tuple[bytes, str]]]:
        """Return the entries of a batch, and what could not be read with the reason."""
        envelopes: list[Envelope] = []
        broken: list[tuple[bytes, str]] = []
        for update in updates:
            raw = dump_json(update)
            try:
                envelopes.append(cut(raw))
            except Unsupported as exc:
                log.debug("telegram.ignored", account=self._account_id, what=str(exc))
            except Malformed as exc:
                broken.append((raw, str(exc)))
        return envelopes, broken


def _next_offset(updates: list[object]) -> int:
    """Return the number after the last update that has one; raises `NotSent` where none has."""
    numbers = [update.get("update_id") for update in updates if isinstance(update, dict)]
    known = [number for number in numbers if type(number) is int and 0 <= number < 2**63 - 1]
    if not known:
        raise NotSent("getUpdates gives updates without numbers: they are set aside and can't be confirmed")
    return max(known) + 1
