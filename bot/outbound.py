"""How messages go out: the settings of delivery, and an outbox row as its door takes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from bot.store.port import OutboxRow
from channels.port import Attachment, Button, OutboundMessage


class DeliverySettings:
    """From `delivery:` in the configuration."""

    def __init__(
        self,
        *,
        retries: int = 6,
        backoff_s: tuple[float, ...] = (1, 4, 15, 60, 300, 900),
        timeout_s: float = 20.0,
        rates: Mapping[str, float] | None = None,
        uncertain: Mapping[str, Literal["hold", "resend"]] | None = None,
    ) -> None:
        self.retries = retries
        self.backoff_s = backoff_s
        self.timeout_s = timeout_s
        self.rates = dict(rates or {})
        self.uncertain = dict(uncertain or {})


def outbound(row: OutboxRow) -> OutboundMessage:
    """The message as its door takes it."""
    body = row.body
    heard_at = body.get("heard_at")
    return OutboundMessage(
        id=row.id,
        account_id=row.account_id,
        thread=row.thread,
        to=row.to,
        text=body["text"],
        language=body.get("language", "en"),
        subject=body.get("subject", ""),
        html=body.get("html", ""),
        buttons=tuple(Button(label, value) for label, value in body.get("buttons", ())),
        attachments=tuple(Attachment(**item) for item in body.get("attachments", ())),
        reply_to=body.get("reply_to", ""),
        author=body.get("author", "bot"),
        created_at=row.created_at,
        purpose=row.purpose,
        template=body.get("template", ""),
        variables=body.get("variables", {}),
        last_heard_at=datetime.fromisoformat(heard_at) if heard_at else None,
        answers_subject=body.get("answers_subject", ""),
        unsubscribe_url=body.get("unsubscribe_url", ""),
        pixel=body.get("pixel", ""),
    )
