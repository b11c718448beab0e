"""What a sandbox account is: whom it stands in for, and what that channel can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from channels.port import Capabilities

Via = Literal["email", "sms", "whatsapp", "telegram", "webchat"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """One sandbox account. Without `outbound_url`, what it sends is only shown on its page."""

    account_id: str
    via: Via = "webchat"
    outbound_url: str = ""  # base address of a stand-in provider: POST {base}/send, GET {base}/sent/{key}
    secret: str = field(default="", repr=False)  # when set, inbound calls carry it in X-Relais-Secret
    timeout_s: float = 20.0  # total budget of one provider call
    lookup: bool = True  # False: like a provider that can't say whether a message arrived
    max_file_bytes: int = 20 * 1024 * 1024


# No network, no provider: nothing is rationed unless the operator sets `delivery.rates`.
_RATE_PER_S = 10_000.0
_SLOTS = 256


def _like(
    *,
    text_limit: int,
    unit: Literal["characters", "utf-16"] = "characters",
    buttons: tuple[int, int] = (0, 0),  # how many, and their labels' length
    media: bool = True,
    html: bool = False,
    receipts: tuple[str, ...] = (),
    typing: bool = False,
) -> Capabilities:
    return Capabilities(
        text_limit=text_limit,
        length_unit=unit,
        buttons=buttons[0],
        button_label_limit=buttons[1],
        media=media,
        html=html,
        receipts=frozenset(receipts),
        lookup=True,
        lookup_settles_s=0.5,
        typing=typing,
        rate_per_s=_RATE_PER_S,
        thread_rate_per_s=0.0,
        slots=_SLOTS,
    )


CAPABILITIES: Mapping[Via, Capabilities] = MappingProxyType(
    {
        "email": _like(text_limit=100_000, html=True),
        "sms": _like(text_limit=1_600, media=False, receipts=("delivered",)),
        "whatsapp": _like(text_limit=1_600, buttons=(3, 20), receipts=("delivered", "read")),
        "telegram": _like(text_limit=4_096, unit="utf-16", buttons=(8, 64), typing=True),
        "webchat": _like(text_limit=4_000, buttons=(8, 60), receipts=("delivered", "read"), typing=True),
    }
)
"""What each channel can do, as its own documents say. source: design §5"""
