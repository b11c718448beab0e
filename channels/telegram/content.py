"""What a Telegram message holds besides text: files by reference, and what nobody here can read."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from channels.port import Attachment
from channels.telegram.reader import Fields
from channels.text import clean_text

FileKind = Literal["image", "audio", "video", "file"]

# Files a message may carry -> kind, type where Telegram names none. `animation` comes with a twin `document`.
_FILES: tuple[tuple[str, FileKind, str], ...] = (
    ("animation", "video", "video/mp4"),
    ("audio", "audio", "audio/mpeg"),
    ("document", "file", "application/octet-stream"),
    ("video", "video", "video/mp4"),
    ("video_note", "video", "video/mp4"),
    ("voice", "audio", "audio/ogg"),
)
# People speak in these: the file is kept, and the bot asks for words.
_SPOKEN = {"voice": "voice", "video_note": "video_note"}
# source: Bot API, Message. Written by a person, and without words.
_WORDLESS = (
    "sticker",
    "poll",
    "dice",
    "game",
    "story",
    "paid_media",
    "checklist",
    "invoice",
    "giveaway",
    "giveaway_winners",
)
# source: Bot API, Message. Telegram's own notes about a chat: nobody waits for an answer.
SERVICE = frozenset(
    {
        "new_chat_members",
        "left_chat_member",
        "new_chat_title",
        "new_chat_photo",
        "delete_chat_photo",
        "group_chat_created",
        "supergroup_chat_created",
        "channel_chat_created",
        "message_auto_delete_timer_changed",
        "migrate_to_chat_id",
        "migrate_from_chat_id",
        "pinned_message",
        "successful_payment",
        "refunded_payment",
        "users_shared",
        "chat_shared",
        "gift",
        "unique_gift",
        "gift_upgrade_sent",
        "connected_website",
        "write_access_allowed",
        "passport_data",
        "proximity_alert_triggered",
        "boost_added",
        "chat_background_set",
        "checklist_tasks_done",
        "checklist_tasks_added",
        "direct_message_price_changed",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
        "general_forum_topic_hidden",
        "general_forum_topic_unhidden",
        "giveaway_created",
        "giveaway_completed",
        "paid_message_price_changed",
        "video_chat_scheduled",
        "video_chat_started",
        "video_chat_ended",
        "video_chat_participants_invited",
        "chat_owner_changed",
        "chat_owner_left",
        "suggested_post_approved",
        "suggested_post_approval_failed",
        "suggested_post_declined",
        "suggested_post_paid",
        "suggested_post_refunded",
        "web_app_data",
    }
)
_FILE_ID = re.compile(r"[!-~]{1,512}")
_MIME = re.compile(r"[a-z0-9.+-]{1,64}/[a-z0-9.+-]{1,96}")


class Content(NamedTuple):
    text: str
    attachments: tuple[Attachment, ...]
    unsupported: str


def read_content(message: Fields) -> Content:
    """Read text, files and places of a message. Raises `Malformed`."""
    text = clean_text(message.text_or_empty("text") or message.text_or_empty("caption"))
    attachments, spoken = _files(message)
    attachments += _places(message)
    wordless = next((name for name in _WORDLESS if message.has(name)), "")
    unsupported = wordless or spoken
    if not (text or attachments or unsupported):
        unsupported = "message"  # a kind newer than this program, or text of nothing readable
    return Content(text, tuple(attachments), "" if text else unsupported)


def _files(message: Fields) -> tuple[list[Attachment], str]:
    files: list[Attachment] = []
    spoken = ""
    if message.has("photo"):
        files.append(_largest_photo(message))
    for name, kind, mime in _FILES:
        if not message.has(name) or (name == "document" and message.has("animation")):
            continue
        files.append(_file(message.child(name), kind, mime))
        spoken = _SPOKEN.get(name, spoken)
    return files, spoken


def _largest_photo(message: Fields) -> Attachment:
    """Telegram offers a photo in several sizes, in no order it promises."""
    sizes = message.children("photo")
    if not sizes:
        raise message.wrong("photo", "the list is empty")
    largest = max(sizes, key=lambda size: size.integer("width", least=0) * size.integer("height", least=0))
    return _file(largest, "image", "image/jpeg")


def _file(entry: Fields, kind: FileKind, default_mime: str) -> Attachment:
    mime = entry.text_or_empty("mime_type").lower()
    mime = mime if _MIME.fullmatch(mime) else default_mime
    file_id = entry.text("file_id")
    if not _FILE_ID.fullmatch(file_id):
        raise entry.wrong("file_id", "not an identifier")
    return Attachment(
        kind=_kind_by_mime(mime) if kind == "file" else kind,
        ref=f"telegram:{file_id}",
        name=clean_text(entry.text_or_empty("file_name"))[:255],
        mime=mime,
        size=entry.size("file_size"),
    )


def _kind_by_mime(mime: str) -> FileKind:
    if mime.startswith("image/") and "svg" not in mime:
        return "image"
    if mime.startswith("audio/"):
        return "audio"
    return "video" if mime.startswith("video/") else "file"


def _places(message: Fields) -> list[Attachment]:
    places: list[Attachment] = []
    if message.has("location"):
        title = message.child("venue").text_or_empty("title") if message.has("venue") else ""
        places.append(_place(message.child("location"), title))
    if message.has("contact"):
        places.append(_contact(message.child("contact")))
    return places


def _place(location: Fields, title: str) -> Attachment:
    latitude = location.number("latitude", least=-90, most=90)
    longitude = location.number("longitude", least=-180, most=180)
    return Attachment(
        kind="location",
        ref=f"geo:{latitude:.6f},{longitude:.6f}",  # source: RFC 5870
        name=clean_text(title)[:255],
        mime="application/geo+json",
    )


def _contact(contact: Fields) -> Attachment:
    digits = re.sub(r"\D", "", contact.text("phone_number"))[:20]
    name = f"{contact.text('first_name')} {contact.text_or_empty('last_name')}"
    return Attachment(kind="contact", ref=f"tel:+{digits}", name=clean_text(name)[:255], mime="text/vcard")
