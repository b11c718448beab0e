"""A message's links and picture, so that they tell who followed and opened it. What people read stays the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from scheduler.campaigns.ports import LinkMaker

_LINK: Final = re.compile(r"https?://[^\s<>\"'«»]{1,1900}[^\s<>\"'«».,;:!?)\]،؛؟]")
_WITHOUT: Final = frozenset(("sms",))
"""Channels whose links stay as they are: a longer link costs another segment."""


def with_followed_links(
    body: Mapping[str, Any], row_id: str, *, channel: str, links: LinkMaker
) -> dict[str, Any]:
    """The body of an outbox row with its links wrapped, in text and HTML, and a picture where it is a mail.

    The way out stays as it is: who wants no messages is not followed on their way out.
    """
    changed = dict(body)
    kept = body.get("unsubscribe_url", "")

    def wrapped(match: re.Match[str]) -> str:
        return match[0] if match[0] == kept else links.wrap(match[0], row_id)

    if channel not in _WITHOUT:
        for key in ("text", "html"):
            if body.get(key):
                changed[key] = _LINK.sub(wrapped, body[key])
    pixel = links.pixel(row_id) if channel == "email" else None
    if pixel:
        changed["pixel"] = pixel
    return changed
