"""The Twilio door: one SMS or WhatsApp sender, by webhooks in and the API out."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import structlog
from starlette.routing import BaseRoute

from channels.port import (
    Attachment,
    Capabilities,
    Envelope,
    HookRequest,
    Host,
    InboundMessage,
    Malformed,
    OutboundMessage,
    Receipt,
    Rejected,
    StatusReport,
    Uncertain,
    Unsupported,
    Untrusted,
)
from channels.segments import Segments, count_segments, fold_typography
from channels.split import split_text
from channels.twilio import lookup, parse, status
from channels.twilio.api import Api
from channels.twilio.catchup import CatchUp, Sleep
from channels.twilio.form import Form
from channels.twilio.links import MediaLinks
from channels.twilio.media import MediaLine
from channels.twilio.outgoing import TEXT_LIMIT, capabilities, may_be_template, plan, plan_free
from channels.twilio.settings import TwilioSettings
from channels.twilio.signature import check_signature, is_form
from channels.twilio.standing import describe

log = structlog.get_logger()


class TwilioDoor:
    """Implements `channels.port.Door` for one sender. Keeps nothing that a restart would miss."""

    def __init__(self, settings: TwilioSettings, host: Host, *, sleep: Sleep = asyncio.sleep) -> None:
        self.account_id = settings.account_id
        self.kind: str = settings.kind
        self.capabilities: Capabilities = capabilities(settings)
        self.untrusted_taken = 0  # calls with a wrong signature that `signature: report` let in
        self._settings = settings
        self._host = host
        self._sleep = sleep
        self._api = Api(settings)
        self._media = MediaLine(settings)
        self._links = MediaLinks(settings, host)

    def open_hook(self, request: HookRequest) -> list[Envelope]:
        self._check(request)
        if not is_form(request.headers):
            raise Unsupported("an event that is not a form: not a message, not a status")
        form = Form(request.body)
        if status.is_status(form):
            return [status.cut_status(form, request.body)]
        return [parse.cut_message(form, request.body, self._settings.kind)]

    def _check(self, request: HookRequest) -> None:
        try:
            check_signature(request, self._settings)
        except Untrusted as error:
            if self._settings.signature == "enforce":
                raise
            self.untrusted_taken += 1
            log.warning("untrusted_call_taken", account=self.account_id, reason=str(error))

    def parse(self, raw: bytes) -> InboundMessage:
        form = Form(raw)
        if status.is_status(form):  # out of the quarantine, where nobody knew what it was
            raise Unsupported("a status is not a message")
        return parse.read_message(form, self._settings.kind)

    def parse_status(self, raw: bytes) -> StatusReport:
        return status.read_status(Form(raw))

    def split(self, text: str) -> list[str]:
        return split_text(text, TEXT_LIMIT, "utf-16")

    def segments(self, text: str) -> Segments:
        """What an SMS of this text becomes on the air, after folding."""
        return count_segments(fold_typography(text) if self._settings.fold_typography else text)

    def cost(self, text: str) -> Decimal | None:
        """What an SMS of this text costs, None where no price is set."""
        price = self._settings.price_per_segment
        if price is None or self._settings.kind != "sms":
            return None
        return sum((self.segments(part).cost(price) for part in self.split(text)), Decimal(0))

    async def send(self, message: OutboundMessage) -> Receipt:
        outgoing = plan(message, self._settings, self._host.now())
        media_url = await self._media_url(outgoing.attachment) if outgoing.attachment else ""
        return Receipt(await self._api.create(outgoing.fields(self._settings, media_url)))

    async def _media_url(self, attachment: Attachment) -> str:
        if await self._host.load_media(attachment.ref) is None:
            raise Rejected("the file to send is not in the media store", code="no_file")
        return self._links.link(attachment, self._host.now())

    async def look_up(self, message: OutboundMessage) -> Receipt | None:
        if message.created_at is None:
            raise Uncertain("when the message was made is not known: it can't be told from an older one")
        outgoing = plan_free(message, self._settings)
        listed = await self._api.messages(limit=lookup.MOST, to=outgoing.to)
        templated = may_be_template(message, self._settings, self._host.now())
        return lookup.find(listed, outgoing, message.created_at, self._settings, may_be_template=templated)

    async def fetch(self, attachment: Attachment) -> Attachment:
        """Places carry their value in the reference: there is nothing to bring."""
        mark = f"{self.kind}:"
        if not attachment.ref.startswith(mark):
            return attachment
        data = await self._media.download(attachment.ref.removeprefix(mark))
        try:
            stored = await self._host.store_media(data, name=attachment.name, claimed_mime=attachment.mime)
        except Malformed as exc:
            raise Rejected(str(exc), code="bad_file") from exc
        return replace(stored, kind=attachment.kind) if _keeps_kind(attachment, stored) else stored

    async def run(self) -> None:
        if self._settings.catch_up_s > 0:
            await CatchUp(self._api, self._host, self._settings, sleep=self._sleep).run()

    async def check(self) -> str:
        return await describe(self._api, self._settings)

    def routes(self) -> list[BaseRoute]:
        return [self._links.route()] if self._settings.media else []

    async def close(self) -> None:
        await self._api.close()
        await self._media.close()


def _keeps_kind(claimed: Attachment, stored: Attachment) -> bool:
    """Whether the sender's word is kept: a card is a text file, and Ogg or MP4 hold sound as well as film."""
    if claimed.kind == "contact":
        return stored.kind == "file"
    return claimed.kind in ("audio", "video") and stored.kind in ("audio", "video", "file")
