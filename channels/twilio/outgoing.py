"""From our message to the fields of one API call; pure. source: Message resource, Create"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels.port import Attachment, BadAddress, Capabilities, OutboundMessage, Rejected
from channels.segments import fold_typography
from channels.split import length_of
from channels.twilio import whatsapp
from channels.twilio.address import bare, is_e164, is_possible
from channels.twilio.settings import TwilioSettings

# One limit for all channels; WhatsApp itself would take 4096. source: Maximum Message Length, error 21617.
TEXT_LIMIT = 1600
_FILE_BYTES = {
    "whatsapp": 16 * 1024 * 1024,
    "sms": 5 * 1024 * 1024,
}  # source: Accepted Content Types for Media
_USER_ID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")  # source: WhatsApp, business-scoped user IDs


def capabilities(settings: TwilioSettings) -> Capabilities:
    whatsapp_too = settings.kind == "whatsapp"
    return Capabilities(
        text_limit=TEXT_LIMIT,
        length_unit="utf-16",  # Twilio doesn't say how it counts: this way a part always fits
        media=settings.media,
        receipts=_receipts(settings),
        lookup=True,
        lookup_settles_s=15.0,
        window_s=whatsapp.window_s(settings) if whatsapp_too else 0.0,
        # WhatsApp: a sender's throughput. SMS: what a long code can't send at once waits at Twilio, where a receipt
        # would stand behind a campaign: so not much more than it can.
        rate_per_s=80.0 if whatsapp_too else 10.0,
        thread_rate_per_s=1.0,
        slots=settings.slots,
        hook_answer=(
            "text/xml; charset=utf-8",
            "<Response/>",
        ),  # a plain text would be sent on to the customer
    )


def _receipts(settings: TwilioSettings) -> frozenset[str]:
    if not settings.status_url:
        return frozenset()
    return frozenset({"delivered", "read"} if settings.kind == "whatsapp" else {"delivered"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One call, checked: nothing in it is known to be refused."""

    to: str  # with the channel's mark
    body: str = ""
    content_sid: str = ""
    content_variables: str = ""
    attachment: Attachment | None = None

    def fields(self, settings: TwilioSettings, media_url: str = "") -> dict[str, Any]:
        """The arguments of the SDK's `messages.create`."""
        fields: dict[str, Any] = {"to": self.to, **sender_fields(settings)}
        if self.content_sid:
            fields["content_sid"] = self.content_sid
            if self.content_variables:
                fields["content_variables"] = self.content_variables
        else:
            if self.body:
                fields["body"] = self.body
            if media_url:
                fields["media_url"] = [media_url]
        if settings.status_url:
            fields["status_callback"] = settings.status_url
        return fields


def sender_fields(settings: TwilioSettings) -> dict[str, str]:
    if settings.messaging_service_sid:
        return {"messaging_service_sid": settings.messaging_service_sid}
    return {"from_": f"{settings.prefix}{settings.sender}"}


def plan(message: OutboundMessage, settings: TwilioSettings, now: datetime) -> Outgoing:
    """Check a message against Twilio's and WhatsApp's limits, before any call.

    Raises `BadAddress`, `WindowClosed`, and `Rejected` with a code of ours.
    """
    if settings.kind == "whatsapp" and not whatsapp.is_open(message.last_heard_at, now, settings):
        sid, variables = whatsapp.template_of(message, settings)
        return Outgoing(to=_to(message, settings), content_sid=sid, content_variables=variables)
    return plan_free(message, settings)


def plan_free(message: OutboundMessage, settings: TwilioSettings) -> Outgoing:
    """The message in its own words, whether or not the window is open. Raises `BadAddress` and `Rejected`."""
    attachment = _attachment(message, settings)
    body = _body(message.text, settings)
    if not body and attachment is None:
        raise Rejected("the text is empty", code="empty")
    return Outgoing(to=_to(message, settings), body=body, attachment=attachment)


def may_be_template(message: OutboundMessage, settings: TwilioSettings, now: datetime) -> bool:
    """Whether a message that was tried at some time before `now` may have gone out as a template."""
    if settings.kind != "whatsapp" or whatsapp.is_open(message.last_heard_at, now, settings):
        return False
    return (
        f"{message.template}.{message.language}" in settings.templates
        or message.template in settings.templates
    )


def _to(message: OutboundMessage, settings: TwilioSettings) -> str:
    return f"{settings.prefix}{_address(message.to, settings)}"


def _address(to: str, settings: TwilioSettings) -> str:
    address = bare(to)
    if is_e164(address):
        if not is_possible(address):
            raise BadAddress(
                "no such number can exist: its country or its length is wrong", code="bad_address"
            )
        return address
    if settings.kind == "whatsapp" and _USER_ID.fullmatch(address):
        return address
    raise BadAddress("not an international telephone number such as +213555000111", code="bad_address")


def _body(text: str, settings: TwilioSettings) -> str:
    text = text.encode("utf-8", "replace").decode().strip()
    if length_of(text, "utf-16") > TEXT_LIMIT:
        raise Rejected(f"the text is longer than {TEXT_LIMIT} UTF-16 units", code="too_long")
    if settings.kind == "sms" and settings.fold_typography:
        folded = fold_typography(text)
        return folded if length_of(folded, "utf-16") <= TEXT_LIMIT else text
    return text


def _attachment(message: OutboundMessage, settings: TwilioSettings) -> Attachment | None:
    if not message.attachments:
        return None
    if not settings.media:
        why = (
            "needs server.public_url"
            if settings.kind == "whatsapp"
            else "needs `mms: true` and server.public_url"
        )
        raise Rejected(f"files can't be sent here: {settings.kind} {why}", code="no_media")
    if len(message.attachments) > 1:
        raise Rejected("one file a message: send the files one by one", code="too_many_files")
    attachment = message.attachments[0]
    limit = _FILE_BYTES[settings.kind]
    if attachment.size is not None and attachment.size > limit:
        raise Rejected(f"the file is larger than {limit} bytes", code="too_large")
    return attachment
