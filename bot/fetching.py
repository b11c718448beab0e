"""Brings providers' files in after their message is safe; each on its own, with its own retries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta

import structlog

from bot.store import changes
from bot.store.port import DueTimer, Store
from channels.port import Attachment, Door, InboundError, NotSent, SendError

log = structlog.get_logger()

_TRIES = 8


class FileFetcher:
    """The handler of "media.fetch" timers."""

    def __init__(self, store: Store, doors: Mapping[str, Door]) -> None:
        self._store = store
        self._doors = doors

    async def handle(self, timer: DueTimer) -> timedelta | None:
        """Fetch one file and point its message and case to our copy; None when done or given up."""
        payload = timer.payload
        door = self._doors.get(payload["account"])
        if door is None:
            return None
        wanted = Attachment(**payload["file"])
        try:
            kept = await door.fetch(wanted)
        except NotSent as error:
            if timer.attempts + 1 >= _TRIES:
                log.error("file_given_up", account=payload["account"], message=payload["message"])
                return None
            log.warning("file_not_fetched", account=payload["account"], error=str(error))
            return timedelta(seconds=5 * 3**timer.attempts)
        except (SendError, InboundError) as error:  # too large, gone, or not what it claims to be
            log.warning("file_refused", account=payload["account"], error=str(error))
            return None
        message_id, index, file = payload["message"], payload["index"], asdict(kept)
        await self._store.write(lambda session: changes.keep_file(session, message_id, index, file))
        return None
