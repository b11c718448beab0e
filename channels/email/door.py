"""The e-mail door: one mailbox, read by IMAP or handed in by LMTP, answered by SMTP."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.routing import BaseRoute

from channels.email import inbound
from channels.email.compose import Composer, Draft
from channels.email.dkim import Signer
from channels.email.imap import Mailbox
from channels.email.incoming import REFUSED, Incoming
from channels.email.lmtp import Listener
from channels.email.settings import EmailSettings
from channels.email.smtp import Parcel, Submitter
from channels.email.threads import Threads
from channels.port import (
    Attachment,
    Capabilities,
    Envelope,
    HookRequest,
    Host,
    InboundMessage,
    Media,
    NotSent,
    OutboundMessage,
    Receipt,
    Rejected,
    StatusReport,
    Uncertain,
    Unsupported,
)
from channels.split import split_text

TEXT_LIMIT = 50_000
_QUICK_BYTES = 500_000  # of files: more is encoded in a thread

Sleep = Callable[[float], Awaitable[None]]


class EmailDoor:
    """Implements `channels.port.Door` for one mailbox. Keeps nothing that a restart would miss."""

    kind = "email"

    def __init__(self, settings: EmailSettings, host: Host, *, sleep: Sleep = asyncio.sleep) -> None:
        self.account_id = settings.account_id
        self.capabilities = Capabilities(
            text_limit=TEXT_LIMIT,
            media=True,
            html=True,
            threads=True,
            rate_per_s=20.0,
            slots=settings.smtp.connections if settings.smtp else 1,
        )
        self._settings = settings
        self._host = host
        self._threads = Threads(settings)
        self._composer = Composer(settings, self._threads)
        self._signer = Signer(settings.dkim) if settings.dkim else None
        self._submitter = Submitter(settings.smtp, ehlo_name=settings.domain) if settings.smtp else None
        incoming = Incoming(settings, self._threads, host)
        self.mailbox = (
            Mailbox(settings.account_id, settings.imap, incoming, host, sleep=sleep)
            if settings.imap
            else None
        )
        self.listener = (
            Listener(settings.account_id, settings.listen, self._threads, incoming, sleep=sleep)
            if settings.listen
            else None
        )

    def open_hook(self, request: HookRequest) -> list[Envelope]:
        raise Unsupported("mail does not come by HTTP")

    def parse(self, raw: bytes) -> InboundMessage:
        return inbound.read_message(raw, self._settings, self._threads)

    def parse_status(self, raw: bytes) -> StatusReport:
        return inbound.read_report(raw, self._threads)

    def split(self, text: str) -> list[str]:
        return split_text(text, TEXT_LIMIT, "characters")

    async def send(self, message: OutboundMessage) -> Receipt:
        if self._submitter is None:
            raise NotSent("this account has no smtp: it can't send", code="no_smtp")
        files = [await self._load(attachment) for attachment in message.attachments]
        if sum(len(file.data) for file in files) > _QUICK_BYTES:
            draft = await asyncio.to_thread(self._write, message, files)
        else:
            draft = self._write(message, files)
        content = self._signer.sign(draft.content) if self._signer else draft.content
        await self._submitter.submit(Parcel(sender=draft.sender, to=draft.to, content=content))
        return Receipt(draft.message_id)

    def _write(self, message: OutboundMessage, files: list[Media]) -> Draft:
        return self._composer.compose(message, files, now=self._host.now())

    async def _load(self, attachment: Attachment) -> Media:
        media = await self._host.load_media(attachment.ref)
        if media is None:
            raise Rejected("the file to send is not in the media store", code="no_file")
        return media

    async def look_up(self, message: OutboundMessage) -> Receipt | None:
        raise Uncertain("a mail server can't be asked what became of a mail")

    async def fetch(self, attachment: Attachment) -> Attachment:
        """Files are in our store before their mail is journaled: what is not there was refused, or is too large."""
        if attachment.ref.startswith(inbound.WHOLE):
            place = attachment.ref.removeprefix(inbound.WHOLE)
            raise Rejected(f"the mail is too large and stays in its folder: {place}", code="too_large")
        if attachment.ref == REFUSED:
            raise Rejected("the file was not taken into the store", code="bad_file")
        if not attachment.ref.startswith("media:"):
            raise Rejected("no such file", code="no_file")
        return attachment

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            if self.mailbox is not None:
                tasks.create_task(self.mailbox.run())
            if self.listener is not None:
                tasks.create_task(self.listener.run())

    async def check(self) -> str:
        words = [self._settings.address]
        if self.mailbox is not None:
            words.append(await self.mailbox.check())
        if self._settings.listen is not None:
            listen = self._settings.listen
            words.append(f"takes mail by {listen.protocol.upper()} at {listen.host}:{listen.port}")
        if self._submitter is not None:
            words.append(await self._submitter.check())
        if self._settings.dkim is not None:
            words.append(f"signs as {self._settings.dkim.selector}._domainkey.{self._settings.dkim.domain}")
        return "; ".join(words)

    def routes(self) -> list[BaseRoute]:
        return []

    async def close(self) -> None:
        if self._submitter is not None:
            await self._submitter.close()
