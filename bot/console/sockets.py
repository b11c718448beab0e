"""NiceGUI's socket, held to the page it belongs to: a message for another page, or after the end, is dropped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import structlog

log = structlog.get_logger()

_OF_A_CLIENT: Final = ("event", "javascript_response", "ack", "log")


def guard_sockets(server: Any) -> None:
    """Wrap the handlers of a socket.io server, once.

    NiceGUI finds the page by the id that a message names; here the socket must have joined that page before.
    """
    handlers = server.handlers["/"]
    for name in _OF_A_CLIENT:
        handler = handlers[name]
        if not getattr(handler, "is_guarded", False):
            handlers[name] = _guarded(server, handler)


def _guarded(server: Any, handler: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(sid: str, message: Any) -> Any:
        client_id = message.get("client_id") if isinstance(message, dict) else None
        if not isinstance(client_id, str) or client_id not in server.rooms(sid):
            log.warning("console_message_dropped")
            return None
        return handler(sid, message)

    guarded.is_guarded = True  # type: ignore[attr-defined]
    return guarded
