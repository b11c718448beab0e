"""Reading of Telegram updates; pure. Own strict reader: the library's costs 158 µs and accepts anything.

Identifiers: a message is `<chat>:<message>`, its edits `<chat>:<message>:e<date>-<update>`, a pressed button
`cb:<query>`, a blocked or unblocked bot `member:<update>:<date>`. The lane is the chat. The order is the
update id: it grows over all kinds of update alike. source: Bot API, Update

A person who blocks the bot is reported as a status of the chat, not of a message: `parse_status` gives an
empty `provider_id` with code `BLOCKED` or `UNBLOCKED`; whose chat it is stands in the envelope's thread.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from channels.port import EntryKind, Envelope, InboundMessage, Malformed, StatusReport, Unsupported
from channels.telegram.content import SERVICE, read_content
from channels.telegram.reader import Fields, load_json
from channels.text import clean_text

KINDS = ("message", "edited_message", "callback_query", "my_chat_member")
"""The update kinds that are read; all others are not even asked for (`allowed_updates`)."""

PRESS = "cb:"
"""Begins the provider id of a pressed button; Telegram's id of the press, which wants an answer, follows."""

BLOCKED = "blocked"
UNBLOCKED = "unblocked"

_LATEST = 253_402_300_799  # the last second that a datetime can hold
_QUERY_ID = re.compile(r"[!-~]{1,128}")
_LANGUAGE = re.compile(r"[A-Za-z0-9-]{2,35}")
_CALLBACK_BYTES = 64  # source: Bot API, InlineKeyboardButton


def cut(raw: bytes) -> Envelope:
    """Return the outside of one update. Raises `Malformed` or `Unsupported`."""
    update = Fields(load_json(raw))
    order = update.integer("update_id", least=0)
    match _kind(update):
        case "callback_query":
            query, chat = _query(update)
            return Envelope(provider_id=_query_id(query), thread=chat, raw=raw, order=order)
        case "my_chat_member":
            member, chat = _membership(update)
            provider_id = f"member:{order}:{_date(member, 'date'):d}"
            return Envelope(provider_id=provider_id, thread=chat, raw=raw, kind=EntryKind.STATUS, order=order)
        case kind:
            message, chat = _message(update, kind)
            edited = kind == "edited_message"
            return Envelope(
                provider_id=_edit_id(message, chat, order) if edited else _message_id(message, chat),
                thread=chat,
                raw=raw,
                kind=EntryKind.EDIT if edited else EntryKind.MESSAGE,
                order=order,
            )


def parse(raw: bytes) -> InboundMessage:
    """Read one message, edit or pressed button. Raises `Malformed` or `Unsupported`."""
    update = Fields(load_json(raw))
    order = update.integer("update_id", least=0)
    match _kind(update):
        case "callback_query":
            return _read_press(update)
        case "my_chat_member":
            raise Unsupported("a change of membership is a status, not a message")
        case kind:
            return _read_message(update, kind, order)


def parse_status(raw: bytes) -> StatusReport:
    """Read that a person blocked or unblocked the bot. Raises `Malformed` or `Unsupported`."""
    update = Fields(load_json(raw))
    if _kind(update) != "my_chat_member":
        raise Unsupported("not a change of membership")
    member, _ = _membership(update)
    blocked = member.child("new_chat_member").text("status") == "kicked"
    return StatusReport(
        provider_id="",
        status="failed" if blocked else "accepted",
        code=BLOCKED if blocked else UNBLOCKED,
        at=datetime.fromtimestamp(_date(member, "date"), UTC),
    )


def _kind(update: Fields) -> str:
    kind = next((name for name in KINDS if update.has(name)), "")
    if not kind:
        others = sorted(update.keys() - {"update_id"})
        raise Unsupported(f"not asked for: {clean_text(', '.join(others))[:80] or 'an empty update'}")
    return kind


def _message(update: Fields, kind: str) -> tuple[Fields, str]:
    message = update.child(kind)
    chat = _private_chat(message)
    if message.has("from") and message.child("from").flag("is_bot"):
        raise Unsupported("written by a bot")
    if service := SERVICE & message.keys():
        raise Unsupported(f"a note of Telegram's own: {min(service)}")
    if kind == "edited_message" and message.has("location"):
        raise Unsupported("a live location moved")
    return message, chat


def _query(update: Fields) -> tuple[Fields, str]:
    query = update.child("callback_query")
    if not query.has("message") or not query.has("data"):
        raise Unsupported("a button that is not of a message of ours")
    return query, _private_chat(query.child("message"))


def _membership(update: Fields) -> tuple[Fields, str]:
    member = update.child("my_chat_member")
    chat = _private_chat(member)
    if member.child("new_chat_member").text("status") not in ("kicked", "member"):
        raise Unsupported("a change of membership without meaning in a private chat")
    return member, chat


def _private_chat(owner: Fields) -> str:
    chat = owner.child("chat")
    number = chat.integer("id")
    if chat.text("type") != "private":
        raise Unsupported("from a group or channel; only private chats are answered")
    return str(number)


def _message_id(message: Fields, chat: str) -> str:
    return f"{chat}:{message.integer('message_id', least=0)}"


def _edit_id(message: Fields, chat: str, order: int) -> str:
    """The date alone would take two edits within a second for one."""
    return f"{_message_id(message, chat)}:e{_date(message, 'edit_date')}-{order}"


def _query_id(query: Fields) -> str:
    query_id = query.text("id")
    if not _QUERY_ID.fullmatch(query_id):
        raise query.wrong("id", "not an identifier")
    return f"{PRESS}{query_id}"


def _date(owner: Fields, key: str) -> int:
    return owner.integer(key, least=0, most=_LATEST)


def _read_message(update: Fields, kind: str, order: int) -> InboundMessage:
    message, chat = _message(update, kind)
    edited = kind == "edited_message"
    content = read_content(message)
    name, language = _person(message)
    return InboundMessage(
        provider_id=_edit_id(message, chat, order) if edited else _message_id(message, chat),
        thread=chat,
        sender=chat,
        sender_name=name,
        text=content.text,
        attachments=content.attachments,
        sent_at=datetime.fromtimestamp(_date(message, "edit_date" if edited else "date"), UTC),
        language_hint=language,
        reply_to=_message_id(message.child("reply_to_message"), chat)
        if message.has("reply_to_message")
        else "",
        edits=_message_id(message, chat) if edited else "",
        unsupported=content.unsupported,
    )


def _read_press(update: Fields) -> InboundMessage:
    query, chat = _query(update)
    data = query.text("data")
    if len(data.encode("utf-8", "surrogatepass")) > _CALLBACK_BYTES:
        raise Malformed(f"{query.path('data')}: longer than {_CALLBACK_BYTES} bytes")
    message = query.child("message")
    name, language = _person(query)
    return InboundMessage(
        provider_id=_query_id(query),
        thread=chat,
        sender=chat,
        sender_name=name,
        text=_label(message, data),
        choice=clean_text(data),
        language_hint=language,
        reply_to=_message_id(message, chat),
    )


def _label(message: Fields, data: str) -> str:
    """The words on the pressed button, as the customer saw them; "" when the message is too old."""
    if not message.has("reply_markup") or not message.child("reply_markup").has("inline_keyboard"):
        return ""
    markup = message.child("reply_markup")
    for index, row in enumerate(markup.items("inline_keyboard")):
        if not isinstance(row, list):
            raise markup.wrong(f"inline_keyboard[{index}]", "expected a list")
        for button in (Fields(item, markup.path(f"inline_keyboard[{index}]")) for item in row):
            if button.text_or_empty("callback_data") == data:
                return clean_text(button.text("text"))
    return ""


def _person(owner: Fields) -> tuple[str, str]:
    """Return name and language as the person's app reports them."""
    if not owner.has("from"):
        return "", ""
    person = owner.child("from")
    name = clean_text(f"{person.text('first_name')} {person.text_or_empty('last_name')}")
    language = person.text_or_empty("language_code")
    return " ".join(name.split())[:128], language if _LANGUAGE.fullmatch(language) else ""
