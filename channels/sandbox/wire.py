"""The sandbox's JSON, read strictly: messages, statuses, and what is posted to a stand-in provider.

A message, alone or in a list of at most `MAX_BATCH`::

    {"id": "m1", "from": "+213555000101", "text": "Bonjour",            required: id, from
     "name": "Amina", "choice": "yes", "order": 1, "language": "fr-DZ",
     "sent_at": "2026-03-05T09:00:00Z", "thread": "…", "reply_to": "…", "edits": "…",
     "attachments": [{"ref": "media:…", "kind": "image", "name": "…", "mime": "…", "size": 1}]}

A status: ``{"status_of": "<provider id>", "status": "delivered", "code": "", "at": "2026-03-05T09:00:00Z"}``.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final, Literal

import orjson

from channels.port import (
    Attachment,
    EntryKind,
    Envelope,
    InboundMessage,
    Malformed,
    OutboundMessage,
    StatusReport,
)
from channels.text import clean_text

MAX_BATCH: Final = 1_000
MAX_ID: Final = 200  # characters
MAX_TEXT: Final = 100_000  # characters
MAX_ATTACHMENTS: Final = 10
MAX_ORDER: Final = 2**63 - 1  # what both databases keep

_OUTSIDE = ("id", "from", "thread", "order", "edits")
_INSIDE = ("name", "text", "choice", "language", "sent_at", "reply_to", "attachments")
_MESSAGE_KEYS: Final = frozenset((*_OUTSIDE, *_INSIDE))
_STATUS_KEYS: Final = frozenset(("id", "status_of", "status", "code", "at"))
_FILE_KEYS: Final = frozenset(("ref", "kind", "name", "mime", "size"))
_KINDS: Final = frozenset(("image", "audio", "video", "file", "location", "contact"))
_STATUSES: Final = frozenset(("accepted", "delivered", "read", "failed"))
_REF = re.compile(r"(?:media:[0-9a-f]{64}|sandbox:[A-Za-z0-9._~-]{1,200})")
_MIME = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,64}/[A-Za-z0-9!#$&^_.+-]{1,100}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")


def cut(body: bytes) -> list[Envelope]:
    """Cut a call's body into its entries. Raises `Malformed`, and then takes none of them."""
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"the body is not JSON: {error}") from error
    if type(payload) is dict:
        return [_envelope(payload, body, "")]
    if type(payload) is not list:
        raise Malformed("the body must be one object or a list of objects")
    if not 0 < len(payload) <= MAX_BATCH:
        raise Malformed(f"a list holds 1 to {MAX_BATCH} entries, this one {len(payload)}")
    return [_envelope(entry, None, f"entry {number}: ") for number, entry in enumerate(payload)]


def _envelope(entry: Any, raw: bytes | None, where: str) -> Envelope:
    """The outside of one entry; hot path, so only what the journal relies on is looked at here."""
    if type(entry) is not dict:
        raise Malformed(f"{where}an entry must be an object")
    if "status_of" in entry:
        return _status_envelope(entry, raw, where)
    provider_id = entry.get("id")
    sender = entry.get("from")
    thread = entry.get("thread", sender)
    order = entry.get("order", 0)
    if type(provider_id) is not str or not 0 < len(provider_id) <= MAX_ID or not provider_id.isprintable():
        raise Malformed(f"{where}id must be text of 1 to {MAX_ID} printable characters")
    if type(sender) is not str or not 0 < len(sender) <= MAX_ID or not sender.isprintable():
        raise Malformed(f"{where}from must be text of 1 to {MAX_ID} printable characters")
    if type(thread) is not str or not 0 < len(thread) <= MAX_ID or not thread.isprintable():
        raise Malformed(f"{where}thread must be text of 1 to {MAX_ID} printable characters")
    if type(order) is not int or not 0 <= order <= MAX_ORDER:
        raise Malformed(f"{where}order must be a whole number from 0")
    if not entry.keys() <= _MESSAGE_KEYS:
        raise Malformed(f"{where}unknown key {min(entry.keys() - _MESSAGE_KEYS)}")
    kind = EntryKind.EDIT if entry.get("edits") else EntryKind.MESSAGE
    raw = orjson.dumps(entry) if raw is None else raw
    return Envelope(provider_id=provider_id, thread=thread, raw=raw, kind=kind, order=order)


def _status_envelope(entry: dict[str, Any], raw: bytes | None, where: str) -> Envelope:
    status_of = _id(entry, "status_of", where, required=True)
    status = _text(entry, "status", 20, where, required=True)
    _known_keys(entry, _STATUS_KEYS, where)
    return Envelope(
        provider_id=_id(entry, "id", where) or f"status:{status_of}:{status}"[: MAX_ID + 40],
        thread=f"status:{status_of}",
        raw=orjson.dumps(entry) if raw is None else raw,
        kind=EntryKind.STATUS,
    )


def message_of(raw: bytes, *, via: str) -> InboundMessage:
    """Read one message or edit in full. Raises `Malformed`, naming the field."""
    entry = _object(raw)
    _known_keys(entry, _MESSAGE_KEYS, "")
    sender = _id(entry, "from", required=True)
    return InboundMessage(
        provider_id=_id(entry, "id", required=True),
        thread=_id(entry, "thread") or sender,
        sender=sender,
        sender_name=clean_text(_text(entry, "name", MAX_ID, "")),
        text=clean_text(_text(entry, "text", MAX_TEXT, "")),
        attachments=_attachments(entry.get("attachments")),
        choice=clean_text(_text(entry, "choice", 64, "")),
        sent_at=_instant(entry, "sent_at"),
        language_hint=_matching(entry, "language", _LANGUAGE),
        reply_to=_id(entry, "reply_to"),
        edits=_id(entry, "edits"),
        via=via,
    )


def status_of(raw: bytes) -> StatusReport:
    """Read one status. Raises `Malformed`, naming the field."""
    entry = _object(raw)
    _known_keys(entry, _STATUS_KEYS, "")
    status: Any = _text(entry, "status", 20, "", required=True)
    if status not in _STATUSES:
        raise Malformed(f"status must be one of {', '.join(sorted(_STATUSES))}")
    return StatusReport(
        provider_id=_id(entry, "status_of", required=True),
        status=status,
        code=clean_text(_text(entry, "code", 64, "")),
        at=_instant(entry, "at"),
    )


def to_provider(message: OutboundMessage, *, via: str) -> bytes:
    """The body posted to a stand-in provider."""
    buttons = [{"label": button.label, "value": button.value} for button in message.buttons]
    files = [{"ref": file.ref, "name": file.name, "mime": file.mime} for file in message.attachments]
    body = {
        "key": message.id,
        "account": message.account_id,
        "via": via,
        "to": message.to,
        "thread": message.thread,
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
        "language": message.language,
        "author": message.author,
        "reply_to": message.reply_to,
        "buttons": buttons,
        "attachments": files,
    }
    return orjson.dumps(body)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        entry = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"the entry is not JSON: {error}") from error
    if type(entry) is not dict:
        raise Malformed("the entry must be an object")
    return entry


def _known_keys(entry: dict[str, Any], known: frozenset[str], where: str) -> None:
    if not entry.keys() <= known:
        raise Malformed(f"{where}unknown key {min(entry.keys() - known)}")


def _text(entry: dict[str, Any], key: str, limit: int, where: str, *, required: bool = False) -> str:
    value = entry.get(key, "")
    if type(value) is not str or len(value) > limit or (required and not value):
        raise Malformed(f"{where}{key} must be text of {1 if required else 0} to {limit} characters")
    return value


def _id(entry: dict[str, Any], key: str, where: str = "", *, required: bool = False) -> str:
    """An identifier, which the store keeps as it is: one line of printable characters."""
    value = _text(entry, key, MAX_ID, where, required=required)
    if not value.isprintable():
        raise Malformed(f"{where}{key} must be printable characters only")
    return value


def _matching(entry: dict[str, Any], key: str, pattern: re.Pattern[str]) -> str:
    value = _text(entry, key, MAX_ID, "")
    if value and not pattern.fullmatch(value):
        raise Malformed(f"{key} is not of the documented form")
    return value


def _instant(entry: dict[str, Any], key: str) -> datetime | None:
    value = _text(entry, key, 40, "")
    if not value:
        return None
    try:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None:
            raise ValueError("no time zone")
        return instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Malformed(f"{key} must be a time such as 2026-03-05T09:00:00Z") from error


def _attachments(value: Any) -> tuple[Attachment, ...]:
    if value is None:
        return ()
    if type(value) is not list or len(value) > MAX_ATTACHMENTS:
        raise Malformed(f"attachments must be a list of at most {MAX_ATTACHMENTS}")
    return tuple(_attachment(file, f"attachments[{number}].") for number, file in enumerate(value))


def _attachment(file: Any, where: str) -> Attachment:
    if type(file) is not dict:
        raise Malformed(f"{where[:-1]} must be an object")
    _known_keys(file, _FILE_KEYS, where)
    ref = _text(file, "ref", MAX_ID + 10, where, required=True)
    mime = _text(file, "mime", 170, where) or "application/octet-stream"
    size = file.get("size")
    if not _REF.fullmatch(ref):
        raise Malformed(f"{where}ref must be media:<sha256> or sandbox:<file id>")
    if not _MIME.fullmatch(mime):
        raise Malformed(f"{where}mime is not a media type")
    if size is not None and (type(size) is not int or not 0 <= size <= MAX_ORDER):
        raise Malformed(f"{where}size must be a whole number of bytes")
    name = clean_text(_text(file, "name", MAX_ID, where))
    return Attachment(kind=_kind(file, mime, where), ref=ref, name=name, mime=mime, size=size)


def _kind(
    file: dict[str, Any], mime: str, where: str
) -> Literal["image", "audio", "video", "file", "location", "contact"]:
    major = mime.partition("/")[0]
    kind: Any = file.get("kind", major if major in ("image", "audio", "video") else "file")
    if type(kind) is not str or kind not in _KINDS:
        raise Malformed(f"{where}kind must be one of {', '.join(sorted(_KINDS))}")
    return kind  # type: ignore[return-value]  # one of _KINDS, which mypy can't see
