"""The table of channels. Adding one is a folder, a row here, and captured payloads for its contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from channels.port import Door
from channels.sandbox.door import SandboxDoor
from channels.telegram.door import TelegramDoor
from channels.webchat.door import WebChatDoor

DOORS: Mapping[str, Callable[..., Door]] = MappingProxyType(
    {
        "sandbox": SandboxDoor,
        "telegram": TelegramDoor,
        "webchat": WebChatDoor,
    }
)
"""How to build a door of each kind: `DOORS[kind](settings, host)`, with the settings of that channel."""
