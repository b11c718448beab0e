"""From our message to the arguments of one Bot API call; pure.

Texts go out plain, without `parse_mode`: no character of a text can break a message or become mark-up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters

from channels.port import Attachment, Button, Capabilities, OutboundMessage, Rejected
from channels.split import length_of
from channels.telegram.parse import PRESS

# source: Bot API, sendMessage, sendPhoto, InlineKeyboardButton; Bots FAQ, "My bot is hitting limits"
TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
PHOTO_BYTES = 10 * 1024 * 1024
FILE_BYTES = 50 * 1024 * 1024
BUTTON_BYTES = 64
PHOTO_TYPES = ("image/jpeg", "image/png", "image/webp")


def capabilities(slots: int) -> Capabilities:
    return Capabilities(
        text_limit=TEXT_LIMIT,
        length_unit="utf-16",
        buttons=8,
        button_label_limit=40,  # longer ones are cut off on a phone
        media=True,
        typing=True,
        rate_per_s=30.0,
        thread_rate_per_s=1.0,
        slots=slots,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One call, checked: nothing in it is known to be refused."""

    chat_id: int
    text: str
    keyboard: InlineKeyboardMarkup | None
    reply: ReplyParameters | None
    attachment: Attachment | None


def plan(message: OutboundMessage) -> Outgoing:
    """Check a message against Telegram's limits. Raises `Rejected` with a code of ours, before any call."""
    if not re.fullmatch(r"-?\d{1,18}", message.to):
        raise Rejected("the address is not a Telegram chat id", code="bad_address")
    if len(message.attachments) > 1:
        raise Rejected("Telegram takes one file a message: send the files one by one", code="too_many_files")
    text = message.text.encode("utf-8", "replace").decode().strip()
    _check_text(text, captioned=bool(message.attachments))
    return Outgoing(
        chat_id=int(message.to),
        text=text,
        keyboard=_keyboard(message.buttons),
        reply=_reply(message),
        attachment=message.attachments[0] if message.attachments else None,
    )


def pressed_query(message: OutboundMessage) -> str:
    """Return the button press that this message answers, "" for none."""
    return message.reply_to.removeprefix(PRESS) if message.reply_to.startswith(PRESS) else ""


def _check_text(text: str, *, captioned: bool) -> None:
    limit = CAPTION_LIMIT if captioned else TEXT_LIMIT
    if length_of(text, "utf-16") > limit:
        raise Rejected(f"the text is longer than {limit} UTF-16 units", code="too_long")
    if not text and not captioned:
        raise Rejected("the text is empty", code="empty")


def _keyboard(buttons: tuple[Button, ...]) -> InlineKeyboardMarkup | None:
    """One button a row: labels stay whole on a phone, and read the same in both directions of writing."""
    for button in buttons:
        if not 1 <= len(button.value.encode()) <= BUTTON_BYTES:
            raise Rejected(f"a button's value takes 1 to {BUTTON_BYTES} bytes", code="bad_button")
    rows = [[InlineKeyboardButton(button.label, callback_data=button.value)] for button in buttons]
    return InlineKeyboardMarkup(rows) if rows else None


def _reply(message: OutboundMessage) -> ReplyParameters | None:
    """Point at the message answered to; a press or an unknown id is answered without pointing."""
    match = re.fullmatch(r"(-?\d+):(\d{1,18})(?::e.*)?", message.reply_to)
    if match is None or match[1] != message.to:
        return None
    # The customer may have deleted it meanwhile: the answer goes out all the same.
    return ReplyParameters(message_id=int(match[2]), allow_sending_without_reply=True)
