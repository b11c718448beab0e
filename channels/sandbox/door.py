"""A real channel without a network: it stands in for any other in the demo, in tests and in benchmarks."""

from __future__ import annotations

import hmac
from collections import deque
from dataclasses import replace

from starlette.routing import BaseRoute

from channels.port import (
    Attachment,
    Capabilities,
    Envelope,
    HookRequest,
    Host,
    InboundMessage,
    Malformed,
    NotSent,
    OutboundMessage,
    Receipt,
    Rejected,
    Shown,
    StatusReport,
    Untrusted,
)
from channels.sandbox.provider import Provider
from channels.sandbox.settings import CAPABILITIES, SandboxSettings
from channels.sandbox.wire import cut, message_of, status_of
from channels.split import split_text

SECRET_HEADER = "x-relais-secret"
SHELF = 500  # messages of all threads that a page may still ask for


class SandboxDoor:
    """One sandbox account. Messages go to its page, or to a stand-in provider where `outbound_url` is set."""

    kind = "sandbox"

    def __init__(self, settings: SandboxSettings, host: Host) -> None:
        self.account_id = settings.account_id
        self.settings = settings
        self.capabilities: Capabilities = replace(CAPABILITIES[settings.via], lookup=settings.lookup)
        self._host = host
        self._secret = settings.secret.encode()
        self._shelf: deque[tuple[str, Shown]] = deque(maxlen=SHELF)
        self._provider = Provider(settings, slots=self.capabilities.slots) if settings.outbound_url else None

    def open_hook(self, request: HookRequest) -> list[Envelope]:
        if self._secret:
            given = request.headers.get(SECRET_HEADER, "").encode()
            if not hmac.compare_digest(given, self._secret):
                raise Untrusted("X-Relais-Secret is missing or wrong")
        return cut(request.body)

    def parse(self, raw: bytes) -> InboundMessage:
        return message_of(raw, via=self.settings.via)

    def parse_status(self, raw: bytes) -> StatusReport:
        return status_of(raw)

    def split(self, text: str) -> list[str]:
        return split_text(text, self.capabilities.text_limit, self.capabilities.length_unit)

    async def send(self, message: OutboundMessage) -> Receipt:
        if self._provider is not None:
            return await self._provider.send(message)
        shown = self._shown(message)
        self._shelf.append((message.thread, shown))
        self._host.publish(self.account_id, message.thread, shown)
        return Receipt(message.id, delivered="delivered" in self.capabilities.receipts)

    def shelf(self, thread: str) -> list[Shown]:
        """The latest messages to an address, also one without a conversation (a colleague's). Not durable."""
        return [shown for known, shown in self._shelf if known == thread]

    async def look_up(self, message: OutboundMessage) -> Receipt | None:
        if self._provider is not None:
            return await self._provider.look_up(message.id)
        return Receipt(message.id)  # the page shows a message once, however often it is published

    async def fetch(self, attachment: Attachment) -> Attachment:
        if attachment.ref.startswith("media:"):
            return attachment
        if self._provider is None:
            raise Rejected("this account has no provider to fetch files from", code="no_provider")
        limit = self.settings.max_file_bytes
        data, mime = await self._provider.download(attachment.ref.removeprefix("sandbox:"), max_bytes=limit)
        try:
            return await self._host.store_media(
                data, name=attachment.name, claimed_mime=mime or attachment.mime
            )
        except Malformed as error:
            raise Rejected(str(error), code="malformed") from error

    async def run(self) -> None:
        """Nothing to run: messages come by HTTP."""

    async def check(self) -> str:
        if self._provider is None:
            return f"sandbox for {self.settings.via}: shown on /sandbox, nothing leaves this machine"
        try:
            await self._provider.look_up("relais-check")
        except NotSent as error:
            raise NotSent(
                f"{self.settings.outbound_url} does not answer: {error}", code=error.code
            ) from error
        return f"sandbox for {self.settings.via}: sends to {self.settings.outbound_url}"

    def routes(self) -> list[BaseRoute]:
        """None of its own: `sandbox_routes` in page.py serves one page for all sandbox accounts."""
        return []

    async def close(self) -> None:
        if self._provider is not None:
            await self._provider.close()

    def _shown(self, message: OutboundMessage) -> Shown:
        return Shown(
            id=message.id,
            seq=0,
            direction="out",
            author=message.author,
            text=message.text,
            at=message.created_at or self._host.now(),
            language=message.language,
            buttons=message.buttons,
            attachments=message.attachments,
        )
