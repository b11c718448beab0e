"""Journal entries of the web chat: written when a page said or saw something, read again in the lane."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, TypeVar

import orjson
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from channels.port import (
    Attachment,
    EntryKind,
    Envelope,
    InboundMessage,
    Malformed,
    StatusReport,
)
from channels.webchat.frames import CID_PATTERN
from channels.webchat.token import Visitor, attachment_to_json

_Model = TypeVar("_Model", bound=BaseModel)


class _File(BaseModel):
    kind: Literal["image", "audio", "video", "file", "location", "contact"]
    ref: str = Field(pattern=r"^media:[0-9a-f]{64}$")
    name: str = ""
    mime: str = "application/octet-stream"
    size: int | None = None


class _Message(BaseModel):
    v: Literal[1]
    type: Literal["message"]
    cid: str = Field(pattern=CID_PATTERN)
    visitor: str = Field(min_length=1, max_length=200)
    name: str = ""
    text: str = ""
    choice: str = ""
    files: list[_File] = Field(default_factory=list)
    language: str = ""
    at: AwareDatetime


class _Status(BaseModel):
    v: Literal[1]
    type: Literal["status"]
    id: str = Field(min_length=1, max_length=200)
    status: Literal["delivered", "read"]
    at: AwareDatetime


def message_entry(
    visitor: Visitor,
    *,
    cid: str,
    text: str,
    choice: str,
    files: Iterable[Attachment],
    language: str,
    at: datetime,
) -> Envelope:
    """What a visitor said. The page's id, under the visitor's thread, makes it unique in the account."""
    body: dict[str, Any] = {
        "v": 1,
        "type": "message",
        "cid": cid,
        "visitor": visitor.id,
        "name": visitor.name,
        "text": text,
        "choice": choice,
        "files": [attachment_to_json(file) for file in files],
        "language": language,
        "at": at.isoformat(),
    }
    return Envelope(provider_id=f"{visitor.id}/{cid}", thread=visitor.id, raw=orjson.dumps(body))


def status_entry(
    visitor: Visitor, message_id: str, status: Literal["delivered", "read"], at: datetime
) -> Envelope:
    """That a page got or showed a message of ours: a lane of its own, so that it never delays an answer."""
    body = {"v": 1, "type": "status", "id": message_id, "status": status, "at": at.isoformat()}
    return Envelope(
        provider_id=f"{status}:{message_id}",
        thread=f"status:{visitor.id}",
        raw=orjson.dumps(body),
        kind=EntryKind.STATUS,
    )


def read_message(raw: bytes, account_id: str) -> InboundMessage:
    """Read a message entry again. Raises `Malformed`."""
    entry = _read(_Message, raw)
    return InboundMessage(
        provider_id=f"{entry.visitor}/{entry.cid}",
        thread=entry.visitor,
        sender=entry.visitor,
        sender_name=entry.name,
        recipient=account_id,
        text=entry.text,
        attachments=tuple(Attachment(**file.model_dump()) for file in entry.files),
        choice=entry.choice,
        sent_at=entry.at,
        language_hint=entry.language,
    )


def read_status(raw: bytes) -> StatusReport:
    """Read a status entry again. Raises `Malformed`."""
    entry = _read(_Status, raw)
    return StatusReport(provider_id=entry.id, status=entry.status, at=entry.at)


def _read(model: type[_Model], raw: bytes) -> _Model:
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, fault["loc"])) or "entry"
        raise Malformed(f"web chat entry, {where}: {fault['msg']}") from error
