"""Reading of what customers send through Twilio; pure.

A message's id is its MessageSid; its lane is the customer's address without the channel's mark. Twilio gives neither a
time nor an order with a message: both are those of its arrival. source: Twilio's request to your incoming message
Webhook URL
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from channels.port import Envelope, InboundMessage, Malformed
from channels.text import clean_text
from channels.twilio.address import LONGEST, bare, channel_of, is_name
from channels.twilio.content import read_content
from channels.twilio.form import Form

Kind = Literal["sms", "whatsapp"]

_SID = re.compile(r"[A-Za-z0-9]{8,64}")
_ADDRESS = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_NAME_LENGTH = 128
_CONSENT: Mapping[str, Literal["stop", "start", "help"]] = {"STOP": "stop", "START": "start", "HELP": "help"}
"""Of Advanced Opt-Out, which has answered the customer already. source: Twilio's Advanced Opt-Out"""


def cut_message(form: Form, raw: bytes, kind: Kind) -> Envelope:
    """The entry of a message. Raises `Malformed`."""
    return Envelope(provider_id=message_sid(form), thread=sender_of(form, kind), raw=raw)


def read_message(form: Form, kind: Kind) -> InboundMessage:
    """Raises `Malformed`."""
    sid, sender = message_sid(form), sender_of(form, kind)
    content = read_content(form, kind)
    return InboundMessage(
        provider_id=sid,
        thread=sender,
        sender=sender,
        sender_name=" ".join(clean_text(form.get("ProfileName")).split())[:_NAME_LENGTH],
        recipient=bare(clean_text(form.get("To")))[:LONGEST],
        text=content.text,
        quoted=content.quoted,
        attachments=content.attachments,
        choice=content.choice,
        reply_to=_replied_to(form),
        unsupported=content.unsupported,
        automatic=_automatic(form, sender),
        consent=_CONSENT.get(form.get("OptOutType").upper(), ""),
    )


def message_sid(form: Form) -> str:
    """The message's id, under its name or one of its old names. Raises `Malformed`."""
    sid = form.need("MessageSid", "SmsSid", "SmsMessageSid")
    if not _SID.fullmatch(sid):
        raise Malformed("MessageSid is not an identifier")
    return sid


def sender_of(form: Form, kind: Kind) -> str:
    """The customer's address: a number, a short code, a name, or the id of a WhatsApp user who hides the number.

    Raises `Malformed`, also for a message of another channel: answered here, it would leave by the wrong one.
    """
    address = form.need("From", "ExternalUserId").strip()
    channel = channel_of(address) or "sms"
    if channel != kind:
        raise Malformed(
            f"a message by {channel} at an account for {kind}: let its sender's webhook call another account"
        )
    sender = bare(address)
    if not sender or len(sender) > LONGEST or not _ADDRESS.fullmatch(sender):
        raise Malformed("From is not an address")
    return sender


def _replied_to(form: Form) -> str:
    sid = form.get("OriginalRepliedMessageSid")
    return sid if _SID.fullmatch(sid) else ""


def _automatic(form: Form, sender: str) -> str:
    """A sender that is only a name takes no answer; a reaction (👍 on our message) asks for none."""
    if channel_of(form.get("From")) == "" and is_name(sender):
        return "no-reply sender"
    return "reaction" if form.get("MessageType").lower() == "reaction" else ""
