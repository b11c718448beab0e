"""The Telegram door: one bot, by long polling or webhook, text, buttons, photos and files."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from starlette.routing import BaseRoute
from telegram import Message
from telegram.constants import ChatAction

from channels.port import (
    Attachment,
    Capabilities,
    Envelope,
    HookRequest,
    Host,
    InboundMessage,
    Malformed,
    Media,
    OutboundMessage,
    Receipt,
    Rejected,
    SendError,
    StatusReport,
    Uncertain,
)
from channels.split import split_text
from channels.telegram import parse as reading
from channels.telegram.api import Api
from channels.telegram.backoff import Sleep
from channels.telegram.errors import ApiError
from channels.telegram.outgoing import (
    FILE_BYTES,
    PHOTO_BYTES,
    PHOTO_TYPES,
    TEXT_LIMIT,
    Outgoing,
    capabilities,
    plan,
    pressed_query,
)
from channels.telegram.polling import Poller
from channels.telegram.presses import Presses
from channels.telegram.settings import TelegramSettings
from channels.telegram.webhook import WebhookKeeper, check_secret

_TYPING_BUDGET_S = 3.0


class TelegramDoor:
    """Implements `channels.port.Door` for one bot. Keeps nothing that a restart would miss."""

    kind = "telegram"

    def __init__(self, settings: TelegramSettings, host: Host, *, sleep: Sleep = asyncio.sleep) -> None:
        self.account_id = settings.account_id
        self.capabilities: Capabilities = capabilities(settings.slots)
        self._settings = settings
        self._host = host
        self._sleep = sleep
        self._api = Api(settings)
        self._presses = Presses(self._api, settings.account_id)

    def open_hook(self, request: HookRequest) -> list[Envelope]:
        check_secret(request, self._settings)
        envelope = reading.cut(request.body)
        if envelope.provider_id.startswith(reading.PRESS):
            self._presses.note(envelope.provider_id.removeprefix(reading.PRESS))
        return [envelope]

    def parse(self, raw: bytes) -> InboundMessage:
        return reading.parse(raw)

    def parse_status(self, raw: bytes) -> StatusReport:
        """Only "blocked" and "unblocked": Telegram tells nothing about single messages."""
        return reading.parse_status(raw)

    def split(self, text: str) -> list[str]:
        return split_text(text, TEXT_LIMIT, "utf-16")

    async def send(self, message: OutboundMessage) -> Receipt:
        self._presses.note(pressed_query(message))
        outgoing = plan(message)
        if outgoing.attachment is None:
            sent = await self._api.call(lambda: self._send_text(outgoing))
        else:
            sent = await self._send_file(outgoing, await self._load(outgoing.attachment))
        return Receipt(f"{sent.chat.id}:{sent.message_id}")

    async def _send_text(self, outgoing: Outgoing) -> Message:
        return await self._api.bot.send_message(
            outgoing.chat_id,
            outgoing.text,
            reply_markup=outgoing.keyboard,
            reply_parameters=outgoing.reply,
        )

    async def _load(self, attachment: Attachment) -> Media:
        media = await self._host.load_media(attachment.ref)
        if media is None:
            raise Rejected("the file to send is not in the media store", code="no_file")
        if len(media.data) > FILE_BYTES:
            raise Rejected(f"Telegram takes files up to {FILE_BYTES} bytes", code="too_large")
        return media

    async def _send_file(self, outgoing: Outgoing, media: Media) -> Message:
        return await self._api.call(
            lambda: self._upload(outgoing, media), budget_s=self._settings.media_timeout_s
        )

    async def _upload(self, outgoing: Outgoing, media: Media) -> Message:
        if media.attachment.mime not in PHOTO_TYPES or len(media.data) > PHOTO_BYTES:
            return await self._send_document(outgoing, media)
        try:
            return await self._send_photo(outgoing, media)
        except ApiError as exc:
            if exc.status != 400 or not _about_the_picture(exc.message):
                raise
        # Refused as a photo (odd dimensions, say), hence not sent: as a file it goes through.
        return await self._send_document(outgoing, media)

    async def _send_photo(self, outgoing: Outgoing, media: Media) -> Message:
        return await self._api.bot.send_photo(
            outgoing.chat_id,
            media.data,
            caption=outgoing.text or None,
            filename=media.attachment.name or "photo.jpg",
            reply_markup=outgoing.keyboard,
            reply_parameters=outgoing.reply,
        )

    async def _send_document(self, outgoing: Outgoing, media: Media) -> Message:
        return await self._api.bot.send_document(
            outgoing.chat_id,
            media.data,
            caption=outgoing.text or None,
            filename=media.attachment.name or "file",
            reply_markup=outgoing.keyboard,
            reply_parameters=outgoing.reply,
        )

    async def look_up(self, message: OutboundMessage) -> Receipt | None:
        raise Uncertain("Telegram offers no way to look up what was sent")

    async def fetch(self, attachment: Attachment) -> Attachment:
        """Places and telephone numbers carry their value in the reference: there is nothing to bring."""
        if not attachment.ref.startswith("telegram:"):
            return attachment
        limit = self._settings.max_download_bytes
        if attachment.size is not None and attachment.size > limit:
            raise Rejected(f"the file is larger than {limit} bytes", code="too_large")
        data = await self._api.download(attachment.ref.removeprefix("telegram:"))
        try:
            stored = await self._host.store_media(data, name=attachment.name, claimed_mime=attachment.mime)
        except Malformed as exc:
            raise Rejected(str(exc), code="bad_file") from exc
        return replace(stored, kind=attachment.kind) if _plays(attachment, stored) else stored

    async def show_typing(self, thread: str) -> None:
        """Show the customer that an answer is being written; best effort, for about five seconds."""
        if not thread.lstrip("-").isdigit():
            return
        try:
            await self._api.call(
                lambda: self._api.bot.send_chat_action(int(thread), ChatAction.TYPING),
                budget_s=_TYPING_BUDGET_S,
            )
        except SendError:
            return

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._presses.run())
            tasks.create_task(self._receiver().run())

    def _receiver(self) -> Poller | WebhookKeeper:
        if self._settings.mode == "webhook":
            return WebhookKeeper(self._api, self._settings, sleep=self._sleep)
        return Poller(self._api, self._host, self.account_id, self._presses, sleep=self._sleep)

    async def check(self) -> str:
        me = await self._api.ask(self._api.bot.get_me)
        info = await self._api.ask(self._api.bot.get_webhook_info)
        words = f"@{me.username} ({me.first_name}), by {self._settings.mode}"
        if self._settings.mode == "polling" and info.url:
            return f"{words}; a webhook is set elsewhere and will be removed at start"
        if info.last_error_message:
            words += f"; Telegram's last trouble in calling us: {info.last_error_message}"
        return words

    def routes(self) -> list[BaseRoute]:
        return []

    async def close(self) -> None:
        await self._api.close()


def _about_the_picture(description: str) -> bool:
    words = description.lower()
    return any(word in words for word in ("photo", "image", "dimensions"))


def _plays(claimed: Attachment, stored: Attachment) -> bool:
    """Whether the sender's word on sound or film is kept: containers like Ogg and MP4 can hold either."""
    return claimed.kind in ("audio", "video") and stored.kind in ("audio", "video", "file")
