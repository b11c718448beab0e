"""One open page: reads its frames, writes ours, and never waits for it without an end."""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from collections.abc import AsyncIterator
from typing import Literal

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from channels.port import Attachment, Host, Malformed, Overloaded, Shown, Typing, Untrusted
from channels.text import clean_text
from channels.webchat.bucket import Bucket
from channels.webchat.entry import message_entry, status_entry
from channels.webchat.frames import (
    MAX_SEQ,
    VERSION,
    Acknowledge,
    ClientFrame,
    Earlier,
    Hello,
    Ping,
    Say,
    TypingNote,
    cid_of,
    message_to_json,
    read_frame,
    write_frame,
)
from channels.webchat.settings import WebChatSettings
from channels.webchat.token import Signer, Visitor
from channels.webchat.words import choose_language, explain
from channels.webchat.writer import (
    CLOSE_FAILED,
    CLOSE_RESTART,
    CLOSE_TOO_LARGE,
    CLOSE_UNAUTHORISED,
    FrameWriter,
    Gone,
)

PAGE_OF_HISTORY = 50
_MAX_CATCH_UP_PAGES = 20
_LAST = MAX_SEQ  # before_seq beyond every message: the newest ones
_REMEMBERED_IDS = 2000  # of our messages a page may acknowledge
_RETRY_S = 3.0
_log = structlog.get_logger("relais.webchat")


class ChatSocket:
    """Serves one accepted WebSocket until it ends."""

    def __init__(self, websocket: WebSocket, settings: WebChatSettings, host: Host, signer: Signer) -> None:
        self._websocket = websocket
        self._settings = settings
        self._limits = settings.limits
        self._host = host
        self._signer = signer
        self._writer = FrameWriter(websocket, settings.limits)
        self._bucket = Bucket(burst=self._limits.burst, per_s=self._limits.per_s, now_s=_now_s())
        self._typing_bucket = Bucket(burst=3, per_s=0.5, now_s=_now_s())
        self._sent_ids: OrderedDict[str, None] = OrderedDict()
        self._visitor = Visitor(id="")
        self._language = settings.languages[0]
        self._language_hint = ""

    # The life of a socket.

    async def hello(self) -> Hello | None:
        """Wait for the first frame and learn who is there; None, and closed, when nobody we know."""
        try:
            async with asyncio.timeout(self._limits.hello_s):
                frame = read_frame(await self._receive())
            if not isinstance(frame, Hello) or frame.v != VERSION:
                raise Untrusted("the first frame must be a hello of this version")
            self._visitor = self._signer.read(frame.token, self._host.now())
        except (TimeoutError, Untrusted, Malformed) as error:
            _log.info("socket_refused", account=self._settings.account_id, reason=str(error) or "no hello")
            await self._writer.close(CLOSE_UNAUTHORISED, write_frame("bye", code="unauthorised"))
            return None
        except (Gone, WebSocketDisconnect):
            return None
        self._language_hint = frame.language
        self._language = choose_language(frame.language, self._settings.languages)
        return frame

    @property
    def visitor(self) -> Visitor:
        return self._visitor

    async def serve(self, hello: Hello) -> None:
        """Subscribe first and read the history then, so that nothing falls between the two."""
        account, thread = self._settings.account_id, self._visitor.id
        async with self._host.subscribe(account, thread) as events:
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._writer.run())
                    self._say_ready()
                    await self._catch_up_or_end(hello.after_seq)
                    group.create_task(self._forward(events))
                    group.create_task(self._read_all())
            except* (Gone, WebSocketDisconnect):
                pass

    def end(self, close_code: int, code: str, retry_after_s: float | None = None) -> None:
        """Say good-bye and close. With `retry_after_s` the page comes back."""
        self._writer.end(close_code, code, retry_after_s)

    async def drop(self) -> None:
        """Close at once after a fault of ours; the page comes back."""
        await self._writer.close(CLOSE_FAILED, write_frame("bye", code="error", retry_after_s=_RETRY_S))

    # Reading.

    async def _read_all(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._limits.idle_s):
                    data = await self._receive()
            except TimeoutError:
                self.end(CLOSE_RESTART, "idle", 0.0)
                return
            try:
                frame = read_frame(data)
            except Malformed as fault:
                self._refuse(cid_of(data), "malformed", detail=str(fault))
            else:
                await self._handle(frame)

    async def _receive(self) -> str:
        event = await self._websocket.receive()
        if event["type"] == "websocket.disconnect":
            raise Gone
        text = event.get("text")
        data: str = text if text is not None else event["bytes"].decode("utf-8", "replace")
        if len(data) > self._limits.frame_bytes:
            await self._writer.close(CLOSE_TOO_LARGE, write_frame("bye", code="frame_too_large"))
            raise Gone
        return data

    async def _handle(self, frame: ClientFrame) -> None:
        if isinstance(frame, Say):
            await self._say(frame)
        elif isinstance(frame, Acknowledge):
            await self._acknowledge(frame.ids, "delivered" if frame.type == "got" else "read")
        elif isinstance(frame, Earlier):
            await self._earlier(frame.before_seq)
        elif isinstance(frame, TypingNote):
            self._note_typing(frame.on)
        elif isinstance(frame, Ping):
            self._writer.post("pong")
        else:
            self._refuse("", "malformed", detail="a second hello")

    async def _say(self, frame: Say) -> None:
        wait_s = self._bucket.take(_now_s())
        if wait_s > 0:
            self._refuse(frame.cid, "slow_down", retry_after_s=math.ceil(wait_s))
            return
        text = clean_text(frame.text)
        files = self._checked_files(frame, text)
        if files is None:
            return
        at = self._host.now()
        envelope = message_entry(
            self._visitor,
            cid=frame.cid,
            text=text,
            choice=clean_text(frame.choice),
            files=files,
            language=self._language_hint,
            at=at,
        )
        try:
            async with asyncio.timeout(self._limits.accept_s):
                (new,) = await self._host.accept(self._settings.account_id, [envelope])
        except (Overloaded, TimeoutError):
            self._refuse(frame.cid, "overloaded", retry_after_s=_RETRY_S)
            return
        self._writer.post("accepted", cid=frame.cid, at=at.isoformat())
        if new:
            self._tell_other_pages(envelope.provider_id, text, files, at.isoformat())

    def _checked_files(self, frame: Say, text: str) -> tuple[Attachment, ...] | None:
        """The files of a message that can be taken; None when it was refused."""
        limit, most = self._settings.max_text, self._settings.max_files
        if len(text) > limit:
            self._refuse(frame.cid, "too_long", limit=limit)
        elif len(frame.files) > most:
            self._refuse(frame.cid, "too_many_files", limit=most)
        elif not (text or frame.files or frame.choice):
            self._refuse(frame.cid, "empty")
        else:
            try:
                return tuple(self._signer.read_ticket(self._visitor.id, ticket) for ticket in frame.files)
            except Untrusted:
                self._refuse(frame.cid, "bad_file")
        return None

    def _tell_other_pages(
        self, provider_id: str, text: str, files: tuple[Attachment, ...], at_iso: str
    ) -> None:
        shown = Shown(
            id=f"in:{provider_id}",
            seq=0,
            direction="in",
            author="contact",
            text=text,
            at=self._host.now(),
            attachments=files,
            provider_id=provider_id,
        )
        self._host.publish(self._settings.account_id, self._visitor.id, shown)

    async def _acknowledge(self, ids: list[str], status: Literal["delivered", "read"]) -> None:
        """Journal what arrived here. Only what this page was sent counts; a page may not speak for others."""
        now = self._host.now()
        known = [message_id for message_id in dict.fromkeys(ids) if message_id in self._sent_ids]
        if not known:
            return
        entries = [status_entry(self._visitor, message_id, status, now) for message_id in known]
        try:
            async with asyncio.timeout(self._limits.accept_s):
                await self._host.accept(self._settings.account_id, entries)
        except (Overloaded, TimeoutError):
            _log.info("acknowledgement_dropped", account=self._settings.account_id, count=len(known))

    def _note_typing(self, on: bool) -> None:
        if self._typing_bucket.take(_now_s()) == 0:
            self._host.publish(self._settings.account_id, self._visitor.id, Typing("contact", on))

    # Answering.

    def _refuse(
        self,
        cid: str,
        code: str,
        *,
        retry_after_s: float | None = None,
        detail: str = "",
        **values: object,
    ) -> None:
        frame: dict[str, object] = {
            "cid": cid,
            "code": code,
            "text": explain(code, self._language, **values),
        }
        if retry_after_s is not None:
            frame["retry_after_s"] = retry_after_s
        if detail:
            frame["detail"] = detail
        self._writer.post("refused", **frame)

    def _say_ready(self) -> None:
        limits = {
            "text": self._settings.max_text,
            "files": self._settings.max_files,
            "upload_bytes": self._settings.max_upload_bytes,
        }
        self._writer.post("ready", v=VERSION, language=self._language, limits=limits)

    async def _forward(self, events: AsyncIterator[Shown | Typing]) -> None:
        async for event in events:
            if isinstance(event, Shown):
                self._writer.post("message", message=self._to_json(event))
            elif event.author != "contact":
                self._writer.post("typing", author=event.author, on=event.on)

    # History.

    async def _catch_up_or_end(self, after_seq: int) -> None:
        try:
            await self._catch_up(after_seq)
        except (Overloaded, TimeoutError):
            self.end(CLOSE_RESTART, "overloaded", _RETRY_S)

    async def _catch_up(self, after_seq: int) -> None:
        """The newest messages, or every one since `after_seq` where that reaches further back."""
        newest = await self._history(before_seq=_LAST)
        if after_seq == 0 or not newest or newest[0].seq <= after_seq + 1:
            self._post_history(newest, more=len(newest) == PAGE_OF_HISTORY)
            return
        for _ in range(_MAX_CATCH_UP_PAGES):
            page = await self._history(after_seq=after_seq)
            self._post_history(page, more=False)
            if len(page) < PAGE_OF_HISTORY:
                return
            after_seq = page[-1].seq

    async def _earlier(self, before_seq: int) -> None:
        try:
            page = await self._history(before_seq=before_seq)
        except (Overloaded, TimeoutError):
            return  # the page asks again when its customer scrolls
        self._post_history(page, more=len(page) == PAGE_OF_HISTORY, earlier=True)

    async def _history(self, *, after_seq: int = 0, before_seq: int = 0) -> list[Shown]:
        async with asyncio.timeout(self._limits.accept_s):
            return await self._host.history(
                self._settings.account_id,
                self._visitor.id,
                after_seq=after_seq,
                before_seq=before_seq,
                limit=PAGE_OF_HISTORY,
            )

    def _post_history(self, messages: list[Shown], *, more: bool, earlier: bool = False) -> None:
        shown = [self._to_json(message) for message in messages]
        self._writer.post("history", messages=shown, more=more, earlier=earlier)

    def _to_json(self, message: Shown) -> dict[str, object]:
        if message.direction == "out":
            self._sent_ids[message.id] = None
            if len(self._sent_ids) > _REMEMBERED_IDS:
                self._sent_ids.popitem(last=False)
        return message_to_json(message, self._visitor.id, self._link)

    def _link(self, attachment: Attachment) -> str:
        link = self._signer.media_link(attachment, self._host.now())
        return f"webchat/{self._settings.account_id}/media/{link}"  # relative to where the widget came from


def _now_s() -> float:
    return asyncio.get_running_loop().time()
