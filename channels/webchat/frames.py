"""The socket protocol, version 1: JSON text frames, each an object with a `type`.

Page to server::

    hello    {v: 1, token, after_seq?, language?}   first frame, within 10 s; `after_seq`: the last one it has
    say      {cid, text?, files?, choice?}          `cid`: the page's own id (UUID), the same when sent again
    earlier  {before_seq}                           scrolled up: the messages before
    got      {ids}                                  these arrived here
    seen     {ids}                                  these were on a visible, open panel
    typing   {on?}
    ping     {}

Server to page::

    ready    {v: 1, language, limits}
    history  {messages, more, earlier}              oldest first; `more`: older ones exist
    message  {message}                              live: `seq` is 0, a page orders it by arrival
    accepted {cid, at}                              it is durable; sent after that and never before
    refused  {cid, code, text, retry_after_s?}      with `retry_after_s` the page keeps it and tries again
    typing   {author, on}
    pong     {}
    bye      {code, retry_after_s?}                 we close; without `retry_after_s` the page stays closed

A message is {id, seq, direction, author, text, at, language, buttons: [{label, value}], files: [{kind, name,
mime, size, url}], cid}. Pages drop doubles by `cid` for what they said and by `id` for what they hear.
Unknown keys are ignored, so that an older page and a newer server understand each other.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from channels.port import Attachment, Malformed, Shown

VERSION = 1
MAX_SEQ = 2**31 - 1  # a database integer
CID_PATTERN = r"^[A-Za-z0-9-]{8,64}$"


class _Frame(BaseModel):
    model_config = {"frozen": True, "extra": "ignore"}


class Hello(_Frame):
    type: Literal["hello"]
    v: int = VERSION
    token: str = Field(max_length=4096, repr=False)  # a crash report may print its locals
    after_seq: int = Field(default=0, ge=0, le=MAX_SEQ)
    language: str = Field(default="", max_length=35, pattern=r"^[A-Za-z0-9-]*$")


class Say(_Frame):
    type: Literal["say"]
    cid: str = Field(pattern=CID_PATTERN)
    text: str = ""
    files: list[Annotated[str, Field(max_length=4096)]] = Field(default_factory=list, max_length=100)
    choice: str = Field(default="", max_length=64)


class Earlier(_Frame):
    type: Literal["earlier"]
    before_seq: int = Field(ge=1, le=MAX_SEQ)


class Acknowledge(_Frame):
    type: Literal["got", "seen"]
    ids: list[Annotated[str, Field(max_length=200)]] = Field(max_length=500)


class TypingNote(_Frame):
    type: Literal["typing"]
    on: bool = True


class Ping(_Frame):
    type: Literal["ping"]


ClientFrame = Hello | Say | Earlier | Acknowledge | TypingNote | Ping
_CLIENT: TypeAdapter[ClientFrame] = TypeAdapter(Annotated[ClientFrame, Field(discriminator="type")])


def read_frame(data: str) -> ClientFrame:
    """Read one frame of a page. Raises `Malformed` that names the first fault, never its content."""
    try:
        return _CLIENT.validate_python(_read_json(data), strict=True)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, fault["loc"])) or "frame"
        raise Malformed(f"{where}: {fault['msg']}") from error


def _read_json(data: str) -> Any:
    """Read JSON; half an emoji (a lone surrogate, which browsers do send) is cleaned away later."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        try:
            return json.loads(data)
        except (ValueError, RecursionError) as error:
            raise Malformed("the frame is not JSON") from error


def cid_of(data: str) -> str:
    """The `cid` of a frame that could not be read as a whole, "" where there is none to be found."""
    try:
        value = _read_json(data)
    except Malformed:
        return ""
    cid = value.get("cid") if isinstance(value, dict) else None
    return cid if isinstance(cid, str) and len(cid) <= 64 else ""


def write_frame(kind: str, **values: object) -> str:
    return orjson.dumps({"type": kind, **values}).decode()


def message_to_json(message: Shown, thread: str, link: Callable[[Attachment], str]) -> dict[str, Any]:
    """A message as the page gets it; `link` makes the address of a file."""
    return {
        "id": message.id,
        "seq": message.seq,
        "direction": message.direction,
        "author": message.author,
        "text": message.text,
        "at": message.at.isoformat(),
        "language": message.language,
        "buttons": [{"label": button.label, "value": button.value} for button in message.buttons],
        "files": [_file_to_json(attachment, link) for attachment in message.attachments],
        "cid": message.provider_id.removeprefix(f"{thread}/"),
    }


def _file_to_json(attachment: Attachment, link: Callable[[Attachment], str]) -> dict[str, Any]:
    stored = attachment.ref.startswith("media:")  # else it is still with its provider
    return {
        "kind": attachment.kind,
        "name": attachment.name,
        "mime": attachment.mime,
        "size": attachment.size,
        "url": link(attachment) if stored else "",
    }
