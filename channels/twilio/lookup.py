"""Whether a message in doubt was sent, told from the account's list of messages; pure.

Twilio's API takes no idempotency key and keeps no mark of ours, so the evidence is: to the same address, from our
sender, created since we first tried, in the same words. It fails to tell when Twilio hides the words (redaction) or
made them itself (templates): then a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from channels.port import Receipt, Uncertain
from channels.segments import fold_typography
from channels.twilio.outgoing import Outgoing
from channels.twilio.settings import TwilioSettings

CLOCKS = timedelta(seconds=5)  # how far Twilio's clock may be behind ours
MOST = 200  # messages looked through
_TRIAL = "Sent from your Twilio trial account - "


def find(
    listed: Iterable[Any],
    wanted: Outgoing,
    since: datetime,
    settings: TwilioSettings,
    *,
    may_be_template: bool = False,
) -> Receipt | None:
    """The message among those listed, None when it was not sent. Raises `Uncertain` when that can't be told."""
    candidates = [one for one in listed if _may_be(one, since, settings)]
    for one in candidates:
        if _plain(one.body or "") == _plain(wanted.body) and _files(one) == (wanted.attachment is not None):
            return Receipt(str(one.sid))
    if candidates and may_be_template:
        raise Uncertain("a template's words can't be compared: somebody has to look", code="template")
    if any(not one.body and not _files(one) for one in candidates):
        raise Uncertain("Twilio hides the words of its messages: somebody has to look", code="redacted")
    return None


def _may_be(one: Any, since: datetime, settings: TwilioSettings) -> bool:
    if not str(one.direction).startswith("outbound") or str(one.status) == "canceled":
        return False
    if not isinstance(one.date_created, datetime) or one.date_created < (since - CLOCKS).replace(
        microsecond=0
    ):
        return False
    if settings.messaging_service_sid:
        return bool(one.messaging_service_sid == settings.messaging_service_sid)
    return bool(one.from_ == f"{settings.prefix}{settings.sender}")


def _files(one: Any) -> bool:
    return str(one.num_media or "0") not in ("", "0")


def _plain(text: str) -> str:
    """Words alone: Twilio trims, may replace typographic characters, and marks those of trial accounts."""
    return re.sub(r"\s+", " ", fold_typography(text.removeprefix(_TRIAL))).strip()
