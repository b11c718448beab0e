"""Whether a person or a machine asked for a link or a picture: what can be told from one request. Pure.

No list is complete: who hides as a browser counts as a person, and who blocks pictures is not seen at all. Results
say so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final, Literal

Kind = Literal["open", "click"]

TOO_SOON: Final[Mapping[Kind, timedelta]] = {"open": timedelta(seconds=2), "click": timedelta(seconds=5)}
"""After its sending nobody has read a message yet: filters open all of it at once."""
BURST: Final = timedelta(seconds=2)
"""Two different links of a message followed so shortly after each other: a filter looks at all of them."""

# "Cubot" makes telephones.
_PROGRAM: Final = re.compile(
    r"(?<!cu)bot\b|crawl|spider|preview|scan|fetch|monitor|headless|phantom|python|curl|wget|go-http|java/|okhttp"
    r"|httpclient|libwww|axios|node|ruby|perl|barracuda|proofpoint|mimecast|symantec|trendmicro|fireeye|safelinks"
    r"|facebookexternalhit|^whatsapp/|skypeuri|slack|discord|embedly",
    re.I,
)
_HIDDEN: Final = "Mozilla/5.0"
"""All that Apple's mail servers say of themselves: they load every picture of every mail, read or not."""


def machine(kind: Kind, headers: Mapping[str, str], since_sent: timedelta | None) -> str:
    """By what a machine was recognised: prefetch, program, too_soon; "" where it may be a person.

    `since_sent` is None while the message has not been taken by its provider.
    """
    purpose = " ".join(
        headers.get(name, "") for name in ("sec-purpose", "purpose", "x-purpose", "x-moz")
    ).lower()
    if "prefetch" in purpose or "preview" in purpose or "prerender" in purpose:
        return "prefetch"
    program = headers.get("user-agent", "").strip()
    unknown = not program or (kind == "click" and "mozilla/" not in program.lower())
    if unknown or program == _HIDDEN or _PROGRAM.search(program):
        return "program"
    if since_sent is None or since_sent < TOO_SOON[kind]:
        return "too_soon"
    return ""


def unwilling(headers: Mapping[str, str]) -> bool:
    """They ask not to be followed: nothing is written down. source: Global Privacy Control, Tracking Preference"""
    return headers.get("sec-gpc") == "1" or headers.get("dnt") == "1"
