"""One web chat account as a door: the widget's pages on one side, the bot on the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import structlog
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from channels.port import (
    Attachment,
    Capabilities,
    Envelope,
    HookRequest,
    Host,
    InboundMessage,
    OutboundMessage,
    Receipt,
    Rejected,
    Shown,
    StatusReport,
    Unsupported,
)
from channels.split import split_text
from channels.webchat.entry import read_message, read_status
from channels.webchat.pages import ChatPage, WidgetScript
from channels.webchat.routes import ChatRoutes
from channels.webchat.settings import WebChatSettings
from channels.webchat.socket import ChatSocket
from channels.webchat.token import Signer
from channels.webchat.writer import CLOSE_FAILED, CLOSE_REPLACED, CLOSE_RESTART

_COME_BACK_S: Final = 2.0
_log = structlog.get_logger("relais.webchat")


class WebChatDoor:
    """The `Door` of one web chat. A message is sent once the core has stored it: pages read it from there."""

    kind = "webchat"

    def __init__(self, settings: WebChatSettings, host: Host) -> None:
        self.account_id = settings.account_id
        self.capabilities = Capabilities(
            text_limit=settings.max_text,
            buttons=8,
            button_label_limit=40,
            media=True,
            receipts=frozenset({"delivered", "read"}),
            lookup=True,
            typing=True,
            rate_per_s=500.0,
            thread_rate_per_s=0.0,
            slots=32,
        )
        self._settings = settings
        self._host = host
        self._signer = Signer(settings.identity_secret, settings.account_id, token_days=settings.token_days)
        self._http = ChatRoutes(settings, host, self._signer)
        self._sockets: dict[str, list[ChatSocket]] = defaultdict(list)  # by visitor, oldest first
        self._open = 0
        self._closing = False

    def open_hook(self, request: HookRequest) -> list[Envelope]:
        """No provider calls us: pages come in by the socket."""
        raise Unsupported("web chat has no provider and takes no hooks")

    def parse(self, raw: bytes) -> InboundMessage:
        return read_message(raw, self.account_id)

    def parse_status(self, raw: bytes) -> StatusReport:
        return read_status(raw)

    def split(self, text: str) -> list[str]:
        return split_text(text, self.capabilities.text_limit)

    async def send(self, message: OutboundMessage) -> Receipt:
        """Tell the open pages. Those that are closed or miss it read it from the history."""
        if message.account_id != self.account_id:
            raise Rejected(f"the message is for the account {message.account_id}, this is {self.account_id}")
        shown = Shown(
            id=message.id,
            seq=0,  # live: pages order by arrival until they read the history
            direction="out",
            author=message.author,
            text=message.text,
            at=message.created_at or self._host.now(),
            language=message.language,
            buttons=message.buttons,
            attachments=message.attachments,
        )
        self._host.publish(self.account_id, message.thread, shown)
        return Receipt(provider_id=message.id)

    async def look_up(self, message: OutboundMessage) -> Receipt | None:
        """Always there: it is in the store the pages read, and they drop doubles by its id."""
        return await self.send(message)

    async def fetch(self, attachment: Attachment) -> Attachment:
        """Uploads are in our store before their message is; there is nothing to bring."""
        if attachment.ref.startswith("media:"):
            return attachment
        raise Rejected(f"web chat knows no file {attachment.ref.partition(':')[0]}:…")

    async def run(self) -> None:
        return

    async def check(self) -> str:
        origins = ", ".join(self._settings.allowed_origins) or "our own pages only"
        return f"web chat “{self._settings.title}”, allowed on: {origins}"

    def routes(self) -> list[BaseRoute]:
        base = f"/webchat/{self.account_id}"
        return [
            Route("/widget.js", WidgetScript(self.account_id).serve),
            Route("/chat", ChatPage(self._settings).serve),
            Route(f"{base}/session", self._http.session, methods=["POST", "OPTIONS"]),
            Route(f"{base}/media", self._http.upload, methods=["POST", "OPTIONS"]),
            Route(f"{base}/media/{{link}}", self._http.download),
            WebSocketRoute(f"{base}/socket", self._serve_socket),
        ]

    async def close(self) -> None:
        """Ask every page to come back in a moment, when another process serves."""
        self._closing = True
        for socket in self._all_sockets():
            socket.end(CLOSE_RESTART, "restart", _COME_BACK_S)

    def _all_sockets(self) -> Sequence[ChatSocket]:
        return [socket for sockets in self._sockets.values() for socket in sockets]

    async def _serve_socket(self, websocket: WebSocket) -> None:
        if not self._http.allows(websocket):
            await websocket.close(CLOSE_FAILED)  # before it is accepted: HTTP 403
            return
        if self._closing or self._open >= self._settings.limits.total:
            await websocket.close(CLOSE_RESTART)
            return
        self._open += 1
        try:
            await websocket.accept()
            await self._serve_accepted(ChatSocket(websocket, self._settings, self._host, self._signer))
        finally:
            self._open -= 1

    async def _serve_accepted(self, socket: ChatSocket) -> None:
        hello = await socket.hello()
        if hello is None:
            return
        mine = self._sockets[socket.visitor.id]
        if len(mine) >= self._settings.limits.per_visitor:
            mine.pop(0).end(CLOSE_REPLACED, "replaced")
        mine.append(socket)
        try:
            await socket.serve(hello)
        except Exception:  # a fault of ours: the page comes back, the log tells us, nothing leaks out
            _log.exception("socket_failed", account=self.account_id)
            await socket.drop()
        finally:
            if socket in mine:
                mine.remove(socket)
            if not mine:
                self._sockets.pop(socket.visitor.id, None)
