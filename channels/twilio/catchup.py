"""Messages that Twilio could not bring us: it calls a webhook once, and a server that was away misses them.

Every few minutes the account's list is asked for what came since the last time, and what is not in the journal yet is
journaled under the same id, so nothing comes twice. The list knows less than a call: no profile name, place or button
value. That is why young messages are left to their calls. source: Message resource, Read multiple
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import structlog

from channels.port import Envelope, Host, InboundError, SendError
from channels.twilio.api import Api
from channels.twilio.content import MOST_FILES
from channels.twilio.form import Form
from channels.twilio.parse import cut_message
from channels.twilio.settings import TwilioSettings

log = structlog.get_logger()

Sleep = Callable[[float], Awaitable[None]]

NOTE = "caught_up_to"
YOUNG = timedelta(minutes=2)
OVERLAP = timedelta(minutes=10)
LONGEST = timedelta(days=7)
MOST = 1000  # messages a round


class CatchUp:
    """Looks for missed messages until cancelled. Keeps how far it came with the host."""

    def __init__(
        self, api: Api, host: Host, settings: TwilioSettings, *, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._api = api
        self._host = host
        self._settings = settings
        self._sleep = sleep

    async def run(self) -> None:
        while True:
            try:
                await self.once()
            except (SendError, InboundError) as error:
                log.warning("catch_up_failed", account=self._settings.account_id, reason=str(error))
            await self._sleep(self._settings.catch_up_s)

    async def once(self) -> int:
        """One round; how many messages were missing. Raises `SendError` and `Overloaded`."""
        account, now = self._settings.account_id, self._host.now()
        until = now - YOUNG
        noted = await self._host.recall(account, NOTE)
        taken = 0
        if noted:  # the first start begins here: what came before us was answered by others
            since = max(datetime.fromisoformat(noted) - OVERLAP, now - LONGEST)
            missed = await self._listed(since, until)
            envelopes = [envelope for one in missed if (envelope := await self._envelope(one)) is not None]
            taken = sum(await self._host.accept(account, envelopes)) if envelopes else 0
        await self._host.note(account, NOTE, until.isoformat())
        if taken:
            log.warning("messages_missed", account=account, messages=taken)
        return taken

    async def _listed(self, since: datetime, until: datetime) -> list[Any]:
        """What came for our sender in this time, oldest first."""
        ours = f"{self._settings.prefix}{self._settings.sender}" if self._settings.sender else ""
        filters = {"to": ours} if ours else {}
        listed = await self._api.messages(limit=MOST, date_sent_after=since, **filters)
        found = [
            one
            for one in listed
            if str(one.direction) == "inbound"
            and isinstance(one.date_created, datetime)
            and since <= one.date_created <= until
            and (ours or one.messaging_service_sid == self._settings.messaging_service_sid)
        ]
        return sorted(found, key=lambda one: (one.date_created, str(one.sid)))

    async def _envelope(self, one: Any) -> Envelope | None:
        """The message as its call would have said it, as far as the list knows."""
        fields = {
            "MessageSid": one.sid,
            "AccountSid": one.account_sid,
            "From": one.from_,
            "To": one.to,
            "Body": one.body,
            "SmsStatus": "received",
        }
        fields |= await self._files(one)
        raw = urlencode({key: value for key, value in fields.items() if value}).encode()
        try:
            return cut_message(Form(raw), raw, self._settings.kind)
        except InboundError as error:
            await self._host.quarantine(self._settings.account_id, raw, f"{type(error).__name__}: {error}")
            return None

    async def _files(self, one: Any) -> dict[str, str]:
        if str(one.num_media or "0") in ("", "0"):
            return {}
        listed = await self._api.get(f"{self._api.account_url}/Messages/{one.sid}/Media.json")
        files = [file for file in listed.get("media_list") or [] if isinstance(file, dict)][:MOST_FILES]
        fields = {"NumMedia": str(len(files))}
        for index, file in enumerate(files):
            path = str(file.get("uri", "")).removesuffix(".json")
            if not path.startswith("/"):
                continue
            fields[f"MediaUrl{index}"] = f"{self._settings.api_base_url}{path}"
            fields[f"MediaContentType{index}"] = str(file.get("content_type", ""))
        return fields
