"""The table of channels. Adding one is a folder, a row here, and captured payloads for its contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType

from channels.port import Door

DOORS: Mapping[str, str] = MappingProxyType(
    {
        "email": "channels.email.door:EmailDoor",
        "sandbox": "channels.sandbox.door:SandboxDoor",
        "sms": "channels.twilio.door:TwilioDoor",
        "telegram": "channels.telegram.door:TelegramDoor",
        "webchat": "channels.webchat.door:WebChatDoor",
        "whatsapp": "channels.twilio.door:TwilioDoor",
    }
)
"""The class of each kind of door. Read when an account of it is on: their libraries take long to load."""


def door_class(kind: str) -> Callable[..., Door]:
    """How to build a door: `door_class(kind)(settings, host)`, with the settings of that channel."""
    module, _, name = DOORS[kind].partition(":")
    built: Callable[..., Door] = getattr(import_module(module), name)
    return built
